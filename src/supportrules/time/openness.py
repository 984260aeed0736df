"""When hours are open, apart from all wording: on each local date, a public holiday or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, TypeAlias

from supportrules.time.calendars import Interval, Week, merged

Intervals = tuple[Interval, ...]

DAY = 86_400

Holidays: TypeAlias = Literal["customer", "country", "none"]
"""Whose public holidays close hours: those of the customer's place, of the country alone, or nobody's."""


@dataclass(frozen=True)
class Openness:
    """The open time of hours; two that are equal are open at the same instants, everywhere and always.

    Args:
        days: the intervals of each day of the week, Monday first, merged.
        dates: those of special dates, by date.
        holidays: whose public holidays close a day that is no special date.
    """

    days: tuple[Intervals, ...]
    dates: tuple[tuple[date, Intervals], ...] = ()
    holidays: Holidays = "none"

    @property
    def closes(self) -> bool:
        """Whether public holidays close a day that is no special date."""
        return self.holidays != "none"

    @cached_property
    def special(self) -> Mapping[date, Intervals]:
        """The intervals of special dates."""
        return dict(self.dates)

    @property
    def always(self) -> bool:
        """Whether they never close."""
        return self == ALWAYS_OPEN

    def on(self, day: date, *, holiday: bool) -> Intervals:
        """The intervals of a date."""
        found = self.special.get(day)
        return self.plain(day.weekday(), holiday=holiday) if found is None else found

    def plain(self, weekday: int, *, holiday: bool) -> Intervals:
        """The intervals of a day of the week that is no special date."""
        return () if holiday and self.closes else self.days[weekday]

    def includes(self, other: Openness) -> bool:
        """Whether they are open whenever the others are, in any country and zone.

        What includes on each local date includes at each instant, whatever clocks do; any date may be a
        holiday somewhere.
        """
        holidays = dates_of_both(self, other)
        return all(
            _within(other.plain(weekday, holiday=theirs), self.plain(weekday, holiday=ours))
            for weekday in range(7)
            for ours, theirs in holidays
        ) and all(
            _within(other.on(day, holiday=theirs), self.on(day, holiday=ours))
            for day in {*self.special, *other.special}
            for ours, theirs in holidays
        )


ALWAYS_OPEN = Openness((((0, DAY),),) * 7)


def openness(week: Week, holidays: Holidays) -> Openness:
    """When hours are open.

    Args:
        week: their days and special dates.
        holidays: whose public holidays close them.
    """
    dates = sorted((day, merged(intervals)) for day, intervals, _ in week.dates)
    return Openness(tuple(map(merged, week.days)), tuple(dates), holidays)


def dates_of_both(one: Openness, other: Openness) -> tuple[tuple[bool, bool], ...]:
    """What a date can be for two: a public holiday that closes the one, and one that closes the other.

    A country's holiday need not be one of its subdivision, nor the other way round.
    """
    if one.closes and other.closes and one.holidays != other.holidays:
        return (False, False), (False, True), (True, False), (True, True)
    return (False, False), (True, True)


def _within(inner: Intervals, outer: Intervals) -> bool:
    return all(any(start <= s and e <= end for start, end in outer) for s, e in inner)
