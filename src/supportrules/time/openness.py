"""When hours are open, apart from all wording: on each local date, whatever it is in public calendars."""

from __future__ import annotations

import calendar
import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date, timedelta
from functools import cached_property

from supportrules.time import places
from supportrules.time.calendars import DayOfYear, Opening, Week, merged
from supportrules.time.observances import NO_HOLIDAYS, NO_MARKS, Interval, Marks, Observance

Intervals = tuple[Interval, ...]

DAY = 86_400

_MARKS = tuple(itertools.starmap(Marks, itertools.product((False, True), repeat=3)))

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
        holidays: the public holidays that they keep on a day that is no special date.
        zone: the time zone in which they are kept; None for the customer's.
        yearly: the intervals of special dates of every year; None for those that are like their weekday.
        local: the open time for customers in a place with special dates of its own, by its code.
    """

    days: tuple[Intervals, ...]
    dates: tuple[tuple[date, Intervals], ...] = ()
    holidays: Observance = NO_HOLIDAYS
    zone: str | None = None
    yearly: tuple[tuple[DayOfYear, Opening], ...] = ()
    local: tuple[tuple[str, Openness], ...] = ()

    @cached_property
    def special(self) -> Mapping[date, Intervals]:
        """The intervals of special dates."""
        return dict(self.dates)

    @cached_property
    def every_year(self) -> Mapping[DayOfYear, Opening]:
        """The intervals of special dates of every year; None for those that are like their weekday."""
        return dict(self.yearly)

    @cached_property
    def intervals(self) -> frozenset[Interval]:
        """All intervals of any date, apart from the special dates of single places."""
        plain = (self.plain(weekday, marks) for weekday in range(7) for marks in _MARKS)
        of_year = (opening or () for opening in self.every_year.values())
        return frozenset(itertools.chain(*plain, *self.special.values(), *of_year))

    @cached_property
    def overnight(self) -> bool:
        """Whether some of them run on past midnight."""
        return any(end > DAY for _, end in self.intervals)

    def least(self, weekday: int) -> int:
        """The seconds for which they are open on a day of the week that is no special date, if at all."""
        runs = (sum(end - start for start, end in self.plain(weekday, marks)) for marks in _MARKS)
        return min(filter(None, runs), default=0)

    @cached_property
    def always(self) -> bool:
        """Whether they never close, in whatever zone they are kept."""
        walls = (on_the_wall(self.days[weekday - 1], self.days[weekday]) for weekday in range(7))
        changed = self.dates or self.yearly or self.local or self.holidays.of
        return not changed and all(wall == ((0, DAY),) for wall in walls)

    def on(self, day: date, marks: Marks) -> Intervals:
        """The intervals of a date.

        Args:
            day: the date.
            marks: what it is in public calendars.
        """
        if (found := self.special.get(day)) is not None:
            return found
        of_year = day.month, day.day
        if of_year not in self.every_year:
            return self.plain(day.weekday(), marks)
        opening = self.every_year[of_year]
        return self.days[day.weekday()] if opening is None else opening

    def plain(self, weekday: int, marks: Marks) -> Intervals:
        """The intervals of a day of the week that is no special date."""
        return self.holidays.hours(self.days[weekday], marks)

    def includes(self, other: Openness) -> bool:
        """Whether they are open whenever the others are, in any country and zone.

        What includes on each local date includes at each instant, whatever clocks do; any date may be a
        holiday, a half day or worked somewhere. On a date what runs on from the one before counts too. Of
        hours that are kept in different zones, only those that never close include the others.
        """
        if self.zone != other.zone:
            return self.always
        for _, (ours, theirs) in by_place(self, other):
            pair, special = (ours, theirs), {*special_dates(ours, theirs)}
            # The day after a special date; the last one that there is has none.
            special |= {day + timedelta(days=1) for day in special if day < date.max}
            dates: list[tuple[int | date | None, int | date]] = [((day - 1) % 7, day) for day in range(7)]
            dates += [(day - timedelta(days=1) if day > date.min else None, day) for day in special]
            for before, day in dates:
                evenings = (((), ()),) if before is None else ways(pair, before)
                for kept in itertools.product(evenings, ways(pair, day)):
                    ours_then, theirs_then = (on_the_wall(*each) for each in zip(*kept, strict=True))
                    if not _within(theirs_then, ours_then):
                        return False
        return True


ALWAYS_OPEN = Openness((((0, DAY),),) * 7)


def openness(week: Week, holidays: Observance, zone: str | None) -> Openness:
    """When hours are open.

    Args:
        week: their days and special dates.
        holidays: the public holidays that they keep.
        zone: the time zone in which they are kept; None for the customer's.
    """
    days = tuple(map(merged, week.days))
    dates = sorted((day, days[day.weekday()] if o is None else merged(o)) for day, o, _ in week.dates)
    yearly = sorted(((day, None if o is None else merged(o)) for day, o, _ in week.yearly), key=_day)
    codes = sorted(code for code, _, _ in week.local)
    local = tuple((code, openness(week.at(places.within(code)), holidays, zone)) for code in codes)
    return Openness(days, tuple(dates), holidays, zone, tuple(yearly), local)


def ways(pair: tuple[Openness, Openness], day: int | date) -> tuple[tuple[Intervals, Intervals], ...]:
    """All ways in which two hours can be open on one date, that of a plain day first.

    Args:
        day: the date, or a day of the week that is no special date.
    """
    found = dict[tuple[Intervals, Intervals], None]()
    for both in _marks_of_both(pair[0].holidays, pair[1].holidays):
        first, second = (
            hours.plain(day, marks) if isinstance(day, int) else hours.on(day, marks)
            for hours, marks in zip(pair, both, strict=True)
        )
        found[first, second] = None
    return tuple(found)


@functools.lru_cache(maxsize=1024)
def _marks_of_both(first: Observance, second: Observance) -> tuple[tuple[Marks, Marks], ...]:
    """What a date can be for two observances, as far as it matters to them, a plain day first."""
    pairs = itertools.product(_MARKS, _MARKS)
    together = (both for both in pairs if _go_together(first, both[0], second, both[1]))
    return tuple(dict.fromkeys((_telling(first, one), _telling(second, other)) for one, other in together))


def _telling(observance: Observance, marks: Marks) -> Marks:
    """The marks of a date that tell when hours are open."""
    if not observance.of:
        return NO_MARKS
    if marks.holiday:
        return Marks(holiday=True)
    half_day = marks.half_day and observance.half_days is not None
    return Marks(half_day=half_day, worked=marks.worked and observance.worked is not None)


def _go_together(first: Observance, one: Marks, second: Observance, other: Marks) -> bool:
    """Whether a date can be both in the calendars of one observance and of another."""
    return _follows(first, one, second, other) and _follows(second, other, first, one)


def _follows(first: Observance, one: Marks, second: Observance, other: Marks) -> bool:
    """Whether a date has those marks of one observance for another that must have them too."""
    if first.of != second.of and (first.is_local or second.is_local or not {*first.of} <= {*second.of}):
        return True
    holiday = one.holiday and {*first.categories} <= {*second.categories}
    return holiday <= other.holiday and one.half_day <= other.half_day and one.worked <= other.worked


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
