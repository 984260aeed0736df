"""When hours are open, apart from all wording: on each local date, a public holiday or not."""

from __future__ import annotations

import calendar
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import cached_property
from typing import Literal, TypeAlias

from supportrules.time import places
from supportrules.time.calendars import DayOfYear, Interval, Opening, Week, merged

Intervals = tuple[Interval, ...]

DAY = 86_400

Holidays: TypeAlias = Literal["customer", "country", "none"]
"""Whose public holidays close hours: those of the customer's place, of the country alone, or nobody's."""

# In so many years every course of the calendar comes up, those over a turn of the year too.
_EVERY_COURSE = (2001, 2029)
# One of so many years has a 29 February.
_LEAP = 8


@dataclass(frozen=True)
class Openness:
    """The open time of hours; two that are equal are open at the same instants, everywhere and always.

    Args:
        days: the intervals of each day of the week, Monday first, merged.
        dates: those of special dates, by date.
        holidays: whose public holidays close a day that is no special date.
        yearly: the intervals of special dates of every year; None for those that are like their weekday.
        local: the open time for customers in a place with special dates of its own, by its code.
    """

    days: tuple[Intervals, ...]
    dates: tuple[tuple[date, Intervals], ...] = ()
    holidays: Holidays = "none"
    yearly: tuple[tuple[DayOfYear, Opening], ...] = ()
    local: tuple[tuple[str, Openness], ...] = ()

    @property
    def closes(self) -> bool:
        """Whether public holidays close a day that is no special date."""
        return self.holidays != "none"

    @cached_property
    def special(self) -> Mapping[date, Intervals]:
        """The intervals of special dates."""
        return dict(self.dates)

    @cached_property
    def every_year(self) -> Mapping[DayOfYear, Opening]:
        """The intervals of special dates of every year; None for those that are like their weekday."""
        return dict(self.yearly)

    @cached_property
    def overnight(self) -> bool:
        """Whether some of them run on past midnight."""
        special = (*self.special.values(), *self.every_year.values())
        return any(end > DAY for _, end in itertools.chain(*self.days, *(day or () for day in special)))

    @cached_property
    def always(self) -> bool:
        """Whether they never close."""
        walls = (on_the_wall(self.days[weekday - 1], self.days[weekday]) for weekday in range(7))
        special = self.dates or self.yearly or self.local
        return not special and not self.closes and all(wall == ((0, DAY),) for wall in walls)

    def on(self, day: date, *, holiday: bool) -> Intervals:
        """The intervals of a date."""
        if (found := self.special.get(day)) is not None:
            return found
        of_year = day.month, day.day
        if of_year not in self.every_year:
            return self.plain(day.weekday(), holiday=holiday)
        opening = self.every_year[of_year]
        return self.days[day.weekday()] if opening is None else opening

    def plain(self, weekday: int, *, holiday: bool) -> Intervals:
        """The intervals of a day of the week that is no special date."""
        return () if holiday and self.closes else self.days[weekday]

    def includes(self, other: Openness) -> bool:
        """Whether they are open whenever the others are, in any country and zone.

        What includes on each local date includes at each instant, whatever clocks do; any date may be a
        holiday somewhere. On a date what runs on from the one before counts too.
        """
        for _, (ours, theirs) in by_place(self, other):
            special = {*special_dates(ours, theirs)}
            # The day after a special date; the last one that there is has none.
            special |= {day + timedelta(days=1) for day in special if day < date.max}
            for befores, days in itertools.product(dates_of_both(ours, theirs), repeat=2):
                (before, holiday), (their_before, their_holiday) = zip(befores, days, strict=True)
                walls = zip(
                    theirs._walls(special, their_before, their_holiday),
                    ours._walls(special, before, holiday),
                    strict=True,
                )
                if not all(_within(*pair) for pair in walls):
                    return False
        return True

    def _walls(self, special: Collection[date], before: bool, holiday: bool) -> Iterator[Intervals]:
        """When they are open on the days of the week and on some dates, by the clock of each.

        Args:
            special: the dates.
            before: whether the date before is a holiday.
            holiday: whether the date is one.
        """
        for weekday in range(7):
            yield on_the_wall(self.plain(weekday - 1, holiday=before), self.plain(weekday, holiday=holiday))
        for day in special:
            evening = () if day == date.min else self.on(day - timedelta(days=1), holiday=before)
            yield on_the_wall(evening, self.on(day, holiday=holiday))


ALWAYS_OPEN = Openness((((0, DAY),),) * 7)


def openness(week: Week, holidays: Holidays) -> Openness:
    """When hours are open.

    Args:
        week: their days and special dates.
        holidays: whose public holidays close them.
    """
    days = tuple(map(merged, week.days))
    dates = sorted((day, days[day.weekday()] if o is None else merged(o)) for day, o, _ in week.dates)
    yearly = sorted(((day, None if o is None else merged(o)) for day, o, _ in week.yearly), key=_day)
    codes = sorted(code for code, _, _ in week.local)
    local = tuple((code, openness(week.at(places.within(code)), holidays)) for code in codes)
    return Openness(days, tuple(dates), holidays, tuple(yearly), local)


def dates_of_both(one: Openness, other: Openness) -> tuple[tuple[bool, bool], ...]:
    """What a date can be for two: a public holiday that closes the one, and one that closes the other.

    A country's holiday need not be one of its subdivision, nor the other way round.
    """
    if one.closes and other.closes and one.holidays != other.holidays:
        return (False, False), (False, True), (True, False), (True, True)
    return (False, False), (True, True)


def by_place(*hours: Openness) -> Iterator[tuple[str | None, tuple[Openness, ...]]]:
    """Some hours for customers in each place with special dates of its own, and (None) elsewhere."""
    yield None, tuple(_at((), each) for each in hours)
    for code in dict.fromkeys(code for each in hours for code, _ in each.local):
        yield code, tuple(_at(places.within(code), each) for each in hours)


def special_dates(*hours: Openness) -> list[date]:
    """The special dates of some hours, in order.

    Those of every year are given for as many years as it takes to meet each course of the calendar, and the
    first and the last date are of years before and after all of these and all others.
    """
    found = {day for each in hours for day in each.special}
    if of_year := {day for each in hours for day in each.every_year}:
        first, last = (pick((*_EVERY_COURSE, *(day.year for day in found))) for pick in (min, max))
        for year in range(max(first - _LEAP, MINYEAR), min(last + _LEAP, MAXYEAR) + 1):
            leap = calendar.isleap(year)
            found |= {date(year, *day) for day in of_year if leap or day != (2, 29)}
    return sorted(found)


def _at(codes: Sequence[str], hours: Openness) -> Openness:
    """Some hours for customers in a place, by the codes of what it lies in, the widest first."""
    local = dict(hours.local)
    return next((local[code] for code in reversed(codes) if code in local), replace(hours, local=()))


def _day(special: tuple[DayOfYear, Opening]) -> DayOfYear:
    return special[0]


def on_the_wall(before: Intervals, day: Intervals) -> Intervals:
    """When hours are open by the clock of a local date.

    Args:
        before: the intervals of the date before.
        day: those of the date.
    """
    over = ((0, end - DAY) for _, end in before if end > DAY)
    return merged((*over, *((start, min(end, DAY)) for start, end in day)))


def _within(inner: Intervals, outer: Intervals) -> bool:
    return all(any(start <= s and e <= end for start, end in outer) for s, e in inner)
