"""Clocks: the hours in which time runs, wherever a ticket comes from, and the one that never stops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias

from supportrules.base.frozen import lazy
from supportrules.time.calendars import BusinessCalendar, Everlasting, Week, calendar
from supportrules.time.openness import DAY, Openness, openness

if TYPE_CHECKING:
    from supportrules.time.calendars import Column

    class Coded(Protocol):
        """A column as distinct values, and for each row which of them."""

        @property
        def values(self) -> Sequence[Any]: ...

        @property
        def codes(self) -> Column: ...

    Places: TypeAlias = tuple[Coded | None, Coded | None]
    """The zones and the countries of a column of tickets; None for what the policy has no fact for."""


ALWAYS = "24x7"
"""The name of the clock that never stops."""

Role = Literal["opening", "country", "timezone"]

# How many calendars a clock holds; all of them share those of `calendar`.
_MOST_HELD = 1024


Place: TypeAlias = tuple[str, str | None]
"""What a calendar depends on besides its clock: the time zone in which hours are kept, and the country whose
public holidays close them, or None."""


@dataclass(frozen=True)
class Clock:
    """Hours of business in which time runs.

    Args:
        name: what the policy calls them.
        week: the hours, in local time.
        national_holidays: whether public holidays close them.

    Attributes:
        local: whether they are kept in local time.
    """

    name: str
    week: Week
    national_holidays: bool

    local: ClassVar[bool] = True

    def __reduce__(self) -> tuple[object, ...]:
        # What it holds is found again.
        return type(self), (self.name, self.week, self.national_holidays)

    @lazy
    def openness(self) -> Openness:
        """When they are open, apart from all wording."""
        return openness(self.week, self.national_holidays)

    @property
    def needs(self) -> tuple[Role, ...]:
        """The roles of the facts that a time in them follows from."""
        return ("opening", "country", "timezone") if self.national_holidays else ("opening", "timezone")

    @lazy
    def _calendars(self) -> dict[Place | None, BusinessCalendar]:
        return {}

    def calendar(self, place: Place | None) -> BusinessCalendar:
        """The calendar of a place.

        Args:
            place: the place; no matter where they are not local.

        Raises:
            KeyError: the zone is unknown.
        """
        found = self._calendars.get(place)
        if found is None:
            assert place is not None
            if len(self._calendars) >= _MOST_HELD:
                self._calendars.clear()
            zone, country = place
            counted = country if self.national_holidays else None
            found = self._calendars[place] = calendar(self.week, zone, counted)
        return found

    def calendars(self, rows: Column, places: Places) -> Iterator[tuple[BusinessCalendar, Column]]:
        """The calendars of some rows of a column, and the rows of each."""
        import numpy as np

        zones, countries = places
        assert zones is not None
        if not self.national_holidays:
            countries = None
        width = len(countries.values) if countries else 1
        keys = zones.codes[rows].astype(np.int64) * width
        if countries:
            keys += countries.codes[rows]
        order = np.argsort(keys, kind="stable")
        distinct, starts = np.unique(keys[order], return_index=True)
        for key, some in zip(distinct.tolist(), np.split(rows[order], starts[1:]), strict=True):
            zone, country = divmod(key, width)
            place = zones.values[zone], countries.values[country] if countries else None
            yield self.calendar(place), some


class _NeverStops(Clock):
    """The clock that never stops: it is the same everywhere."""

    local = False

    @property
    def needs(self) -> tuple[Role, ...]:
        return ("opening",)

    def calendar(self, place: Place | None) -> BusinessCalendar:
        return self._everlasting

    def calendars(self, rows: Column, places: Places) -> Iterator[tuple[BusinessCalendar, Column]]:
        yield self._everlasting, rows

    @lazy
    def _everlasting(self) -> BusinessCalendar:
        return Everlasting()


NEVER_STOPS = _NeverStops(ALWAYS, Week((((0, DAY),),) * 7), False)
"""The clock named `ALWAYS`."""
