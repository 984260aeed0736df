"""The kinds of target: how a policy writes each, and when what it promises is due.

A further kind is a further class here, its place among `KINDS`, what it asks of a calendar for one opening
and for a column, and its words in the report; ``make schemas`` writes its pattern into the schemas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from supportrules.base.frozen import lazy

if TYPE_CHECKING:
    from supportrules.time.calendars import BusinessCalendar, Column
    from supportrules.time.clocks import Clock, Role


class OpenTime(Protocol):
    """What a target asks of a calendar, or of one of which not all open time counts."""

    def deadline(self, opened: int, seconds: int) -> int:
        """The instant at which an amount of open time has run."""

    def day_deadline(self, opened: int, days: int) -> int:
        """The close of the Nth business day after the day of an instant."""

    def same_time(self, opened: int, days: int) -> int:
        """The local time of an instant some calendar days later."""


@dataclass(frozen=True)
class Target:
    """What is promised: a time of some kind, or none.

    Args:
        length: how much of what the kind counts; the more, the later it is due.

    Attributes:
        pattern: a regular expression for what a policy writes.
        answered: one for what a decision writes, whose sums can be longer.
        forms: what a policy writes, for people.
        committed: whether a time is promised.
        counts: what the target counts on its clock: open seconds, dates of the local calendar, or business
            days; None if it is compared only with its own kind in the same hours.
        runs_always: whether it can be promised in the clock that never stops.
        follows_hours: whether its time runs in hours, so that it can have a cut-off.
    """

    pattern: ClassVar[str]
    answered: ClassVar[str]
    forms: ClassVar[tuple[str, ...]]
    committed: ClassVar[bool] = True
    counts: ClassVar[Literal["seconds", "dates", "days"] | None] = None
    runs_always: ClassVar[bool] = True
    follows_hours: ClassVar[bool] = True

    length: int = 0

    def __str__(self) -> str:
        return self.text

    @staticmethod
    def of(text: str) -> Target:
        """The target that a policy or a decision writes so.

        Raises:
            ValueError: there is none.
        """
        for kind in KINDS:
            if (found := kind.read(text)) is not None:
                return found
        raise ValueError(f"no target: {text}")

    @lazy
    def text(self) -> str:
        """As a policy writes it."""
        return self.written()

    @property
    def answer(self) -> str | None:
        """As a decision writes it: None where no time is promised."""
        return self.text if self.committed else None

    @property
    def rank(self) -> tuple[int, int]:
        """Its place among targets: by kind, and short before long."""
        return KINDS.index(type(self)), self.length

    # What each kind says

    @classmethod
    def read(cls, text: str) -> Target | None:
        """The target of this kind that is written so, if one is."""
        raise NotImplementedError

    def written(self) -> str:
        """As a policy writes it."""
        raise NotImplementedError

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """What there are words for, and how many of each."""
        raise NotImplementedError

    def runs_in(self, clock: Clock) -> Clock:
        """The clock that runs until it is due, which goes by the name of the one that it is promised in."""
        return clock

    def needs(self, clock: Clock) -> tuple[Role, ...]:
        """The roles of the facts that its time follows from; none where it has no time.

        Args:
            clock: the one that runs.
        """
        return clock.needs

    def due(self, calendar: OpenTime, opened: int) -> int:
        """When it is due; where no time is promised, when the hours are open next."""
        raise NotImplementedError

    def dues(self, calendar: BusinessCalendar, opened: Column) -> Column:
        """`due` for a column of openings."""
        raise NotImplementedError


class Duration(Target):
    """Open time of the clock, in seconds."""

    pattern = "PT(?=[0-9])([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,6}S)?"
    answered = r"PT(?=\d)(\d+H)?(\d+M)?(\d+S)?"
    forms = ("a duration such as `PT8H`",)
    counts = "seconds"

    @classmethod
    def read(cls, text: str) -> Duration | None:
        return cls(duration(text)) if text.startswith("PT") else None

    def written(self) -> str:
        letters = {"hour": "H", "minute": "M", "second": "S"}
        parts = [f"{number}{letters[unit]}" for unit, number in self.parts]
        return "PT" + "".join(parts)

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.length

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        hours, rest = divmod(self.length, 3600)
        minutes, seconds = divmod(rest, 60)
        found = ("hour", hours), ("minute", minutes), ("second", seconds)
        return tuple((unit, number) for unit, number in found if number) or (("second", 0),)

    def due(self, calendar: OpenTime, opened: int) -> int:
        return calendar.deadline(opened, self.length)

    def dues(self, calendar: BusinessCalendar, opened: Column) -> Column:
        return calendar.deadlines(opened, self.length)


class CalendarDays(Target):
    """The local time of the opening, one or more calendar days later, open or not."""

    pattern = "P[1-9][0-9]{0,5}D"
    answered = r"P\d+D"
    forms = ("calendar days such as `P1D`",)
    counts = "dates"
    follows_hours = False

    @classmethod
    def read(cls, text: str) -> CalendarDays | None:
        number = text.removeprefix("P").removesuffix("D")
        return cls(int(number)) if text == f"P{number}D" and number.isdecimal() else None

    def written(self) -> str:
        return f"P{self.length}D"

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        return (("calendar_day", self.length),)

    def runs_in(self, clock: Clock) -> Clock:
        return clock.dates

    def due(self, calendar: OpenTime, opened: int) -> int:
        return calendar.same_time(opened, self.length)

    def dues(self, calendar: BusinessCalendar, opened: Column) -> Column:
        return calendar.same_times(opened, self.length)


class BusinessDays(Target):
    """The close of business some business days after the day of the opening; with none, the next close."""

    pattern = "(same|next)_business_day|([2-9]|[1-9][0-9]{1,5})_business_days"
    answered = r"(same|next)_business_day|\d+_business_days"
    forms = ("`same_business_day`", "`next_business_day`", "`2_business_days` and up")
    counts = "days"
    runs_always = False

    @classmethod
    def read(cls, text: str) -> BusinessDays | None:
        if text in _NAMED_DAYS:
            return cls(_NAMED_DAYS.index(text))
        number, _, rest = text.partition("_")
        return cls(int(number)) if rest == "business_days" and number.isdecimal() else None

    def written(self) -> str:
        named = self.length < len(_NAMED_DAYS)
        return _NAMED_DAYS[self.length] if named else f"{self.length}_business_days"

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        return (("business_day" if self.length else "same_business_day", self.length or 1),)

    def due(self, calendar: OpenTime, opened: int) -> int:
        return calendar.day_deadline(opened, self.length)

    def dues(self, calendar: BusinessCalendar, opened: Column) -> Column:
        return calendar.day_deadlines(opened, self.length)


class NoTime(Target):
    """Hours, but no time in them."""

    pattern = "none"
    forms = ("`none`",)
    committed = False
    follows_hours = False

    @classmethod
    def read(cls, text: str) -> NoTime | None:
        return cls() if text == cls.pattern else None

    def written(self) -> str:
        return self.pattern

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        return (("no_time", 1),)

    def needs(self, clock: Clock) -> tuple[Role, ...]:
        return clock.needs if clock.local else ()

    def due(self, calendar: OpenTime, opened: int) -> int:
        return calendar.deadline(opened, 0)

    def dues(self, calendar: BusinessCalendar, opened: Column) -> Column:
        return calendar.deadlines(opened, 0)


KINDS: tuple[type[Target], ...] = (Duration, CalendarDays, BusinessDays, NoTime)
"""In the order of promises: times before days before no time."""

_NAMED_DAYS = ("same_business_day", "next_business_day")

TIMES = tuple(kind for kind in KINDS if kind.committed)
"""Those that promise a time."""

ANSWER_PATTERN = "^(" + "|".join(kind.answered for kind in TIMES) + ")$"
"""A regular expression for the target of a promise in a decision."""


def pattern(kinds: Iterable[type[Target]]) -> str:
    """A regular expression for targets of some kinds, as a policy writes them."""
    return "^(" + "|".join(kind.pattern for kind in reversed(tuple(kinds))) + ")$"


def forms(kinds: Iterable[type[Target]]) -> str:
    """What a policy writes for targets of some kinds, in words."""
    *some, last = (form for kind in kinds for form in kind.forms)
    return f"{', '.join(some)}, or {last}"


def duration(text: str) -> int:
    """An ISO 8601 duration of days, hours, minutes and seconds → seconds."""
    units = {"D": 86400, "H": 3600, "M": 60, "S": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([DHMS])", text))
