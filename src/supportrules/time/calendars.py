"""Business time: when hours are open, and when a target is due.

An instant is open if its local wall clock lies in an interval of that local date, or in one of the date
before that runs on past midnight; a shift belongs to the date on which it begins. The open time of a calendar
is a table of windows on the UTC axis, and each question a binary search in it. All instants are integers, UTC
epoch seconds; a window is open from its first instant up to, not including, its second.
"""

from __future__ import annotations

import functools
from array import array
from bisect import bisect_left, bisect_right
from calendar import isleap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from supportrules.errors import CalendarError
from supportrules.time import zones
from supportrules.time.observances import NO_HOLIDAYS, NO_MARKS, Interval, Marks, Observance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column: TypeAlias = NDArray[np.int64]

Opening: TypeAlias = tuple[Interval, ...] | None
"""The intervals of a special date; None for the usual hours of its weekday, even on a holiday."""

DayOfYear: TypeAlias = tuple[int, int]
"""A month and a day of it."""

_Dates: TypeAlias = tuple[tuple[date, Opening, str], ...]
_Yearly: TypeAlias = tuple[tuple[DayOfYear, Opening, str], ...]
_Holidays: TypeAlias = Mapping[int, tuple[Marks, str]]
_OtherDays: TypeAlias = tuple[tuple[date, tuple[Interval, ...]], ...]
_DAY = 86_400
_PROBE = 3 * _DAY
_SECOND = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1)
_EPOCH_DAY = _EPOCH.toordinal()


@dataclass(frozen=True)
class Week:
    """Hours of business.

    Args:
        days: the intervals of each day of the week, Monday first; none for a day that is closed.
            One that runs on past midnight ends before the hours of the next date begin.
        dates: special dates with their intervals and the reason; they replace the hours of the weekday and
            any holiday of that date.
        yearly: special dates of every year, likewise; one of a year goes before one of every year.
        local: dates and yearly dates of customers in one place alone, by its code; they go
            before those of all customers.

    Raises:
        ValueError: not seven days, a date given twice, or an interval that is empty, longer than a day, or
            begins on another day.
    """

    days: tuple[tuple[Interval, ...], ...]
    dates: _Dates = ()
    yearly: _Yearly = ()
    local: tuple[tuple[str, _Dates, _Yearly], ...] = ()

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            raise ValueError(f"a week has seven days, not {len(self.days)}")
        dated = [self.dates, *(dates for _, dates, _ in self.local)]
        recurring = [self.yearly, *(yearly for _, _, yearly in self.local)]
        for some in (*dated, *recurring):
            if len({day for day, _, _ in some}) != len(some):
                raise ValueError("a special date is given twice")
        openings = [opening or () for some in (*dated, *recurring) for _, opening, _ in some]
        for start, end in chain(*self.days, *openings):
            if not 0 <= start < _DAY or not start < end <= start + _DAY:
                raise ValueError(f"not an interval of a day: {start} to {end} seconds")

    def at(self, codes: Iterable[str | None]) -> Week:
        """The hours for customers in a place, all special dates of which are for everyone.

        Args:
            codes: those of the place, the widest first; the narrowest goes before the others.
        """
        dates = {day: (day, opening, reason) for day, opening, reason in self.dates}
        yearly = {day: (day, opening, reason) for day, opening, reason in self.yearly}
        for code in codes:
            for place, some, recurring in self.local:
                if place == code:
                    dates |= {each[0]: each for each in some}
                    yearly |= {each[0]: each for each in recurring}
        return Week(self.days, tuple(dates.values()), tuple(yearly.values()))


class UnusualDay(NamedTuple):
    """A local date on which hours differ from those of its weekday, and why.

    Args:
        date: the local date.
        kind: ``special`` (a special date), ``holiday``, ``half_day``, or ``worked`` (a working weekend day).
        name: the name of the holiday or the reason of the special date, else empty.
        intervals: the hours of that date.
    """

    date: date
    kind: Literal["special", "holiday", "half_day", "worked"]
    name: str
    intervals: tuple[Interval, ...]


@dataclass(frozen=True)
class ClosedDay:
    """A local date on which no open time begins, and why.

    Args:
        date: the local date.
        kind: ``weekly`` (no hours on that weekday), ``holiday``, ``special`` (closed by a special date),
            ``half_day`` (no hours of that weekday are left), or ``skipped`` (a change of the clock left out
            the date, or all of its hours).
        name: the name of the holiday or the reason of the special date, else empty.
    """

    date: date
    kind: Literal["weekly", "holiday", "half_day", "special", "skipped"]
    name: str = ""


@dataclass(frozen=True)
class ChangedDay:
    """A local date with other hours than its weekday, and why.

    Args:
        date: the local date.
        kind: ``half_day``, or ``worked`` (on a weekend).
        name: the name of the half day, else empty.
    """

    date: date
    kind: Literal["half_day", "worked"]
    name: str = ""


class BusinessCalendar:
    """The open time of hours of business in one zone; safe to share between threads.

    Public holidays are those of places, observed days included. One closes what begins on it: a shift of the
    evening before runs on into it. Whatever would depend on a local date in a year without data raises
    `CalendarError`; without a place the years are 1900 to 2199.

    Args:
        week: the hours.
        zone: the time zone in which they are kept.
        observance: the public holidays that they keep, of named places.

    Raises:
        KeyError: the zone is unknown.
    """

    __slots__ = ("_days", "_observance", "_overnight", "_specials", "_table", "_week", "_yearly", "_zone")

    def __init__(self, week: Week, zone: str, observance: Observance) -> None:
        self._week, self._zone, self._observance = week, zones.zone(zone), observance
        self._days = _merged_days(week)
        self._specials = {_day_number(day): (_merged(opening), why) for day, opening, why in week.dates}
        self._yearly = {day: (_merged(opening), why) for day, opening, why in week.yearly}
        self._overnight = _overnight(week)
        # Replaced as a whole when it grows: a reader sees the old or the new one, both right.
        self._table: _WindowTable | None = None

    @property
    def week(self) -> Week:
        """The hours."""
        return self._week

    @property
    def zone(self) -> str:
        """The name of the time zone."""
        return self._zone.key

    @property
    def observance(self) -> Observance:
        """The public holidays that the hours keep."""
        return self._observance

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.week!r}, {self.zone!r}, {self.observance!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return calendar, (self.week, self.zone, self.observance)

    def is_open(self, instant: int) -> bool:
        """Whether an instant is open."""
        return self._covering(instant, instant).is_open(instant)

    def window(self, instant: int) -> tuple[int, int]:
        """The service window that is open at an instant, else the one that opens next.

        Windows that touch are one. One that reaches a year without data raises `CalendarError`.
        """
        table = self._covering(instant, instant)
        while True:
            start, end = table.window(instant)
            if end >= table.end:
                table = self._later(table)
            elif start == table.begin:
                table = self._earlier(table)
            else:
                return start, end

    def windows(self, instants: Column) -> tuple[Column, Column]:
        """`window` for a column of instants: openings and closings; it raises if it would for any of them."""
        if not instants.size:
            return instants.copy(), instants.copy()
        table = self._covering(int(instants.min()), int(instants.max()))
        while True:
            starts, ends = table.windows(instants)
            if (ends >= table.end).any():
                table = self._later(table)
            elif (starts == table.begin).any():
                table = self._earlier(table)
            else:
                return starts, ends

    def deadline(self, opened: int, seconds: int) -> int:
        """The instant at which an amount of open time has run.

        What ends exactly at closing time is due at closing time. No time at all is due at once if that
        instant is open, else at the next opening.

        Args:
            opened: where time starts to run; outside hours it starts at the next opening.
            seconds: open time, 0 or more.
        """
        _require(seconds, 0, "seconds")
        return self._answer(opened, _WindowTable.deadline, seconds)

    def deadlines(self, opened: Column, seconds: int) -> Column:
        """`deadline` for a column of instants; it raises if it would for any of them."""
        _require(seconds, 0, "seconds")
        return self._answers(opened, _WindowTable.deadlines, seconds)

    def day_deadline(self, opened: int, days: int) -> int:
        """The close of business of the Nth business day after the day of an instant.

        That day is the local date; the date before, as long as its business has not closed. The zeroth is
        that day as long as its close is to come, else the next business day.

        Args:
            opened: the instant.
            days: how many business days, 0 or more; these are local dates on which some open time begins.
        """
        _require(days, 0, "days")
        return self._answer(opened, _WindowTable.day_deadline, days)

    def day_deadlines(self, opened: Column, days: int) -> Column:
        """`day_deadline` for a column of instants; it raises if it would for any of them."""
        _require(days, 0, "days")
        return self._answers(opened, _WindowTable.day_deadlines, days)

    def same_time(self, opened: int, days: int) -> int:
        """The local time of an instant some calendar days later, open or not.

        A time that the clock skips there comes later, by as much as the clock goes forward; of one that comes
        twice it is the first. A date that is skipped as a whole does not count.

        Args:
            opened: the instant.
            days: how many local dates later, 0 or more.
        """
        _require(days, 0, "days")
        return self._answer(opened, _WindowTable.same_time, days)

    def same_times(self, opened: Column, days: int) -> Column:
        """`same_time` for a column of instants; it raises if it would for any of them."""
        _require(days, 0, "days")
        return self._answers(opened, _WindowTable.same_times, days)

    def counted_from(self, opened: int, cut_off: int) -> int:
        """The opening that counts where a business day takes what is opened up to a local time.

        What is opened later, after the close or on a day without business counts as opened at the opening of
        the next business day; what is opened before the opening, at that.

        Args:
            opened: when it was opened.
            cut_off: the local time, in seconds of the date of the business day; one that the clock skips is
                the instant at which it goes forward, of one that comes twice it is the first.
        """
        return self._answer(opened, _WindowTable.counted_from, cut_off)

    def counted_froms(self, opened: Column, cut_off: int) -> Column:
        """`counted_from` for a column of instants; it raises if it would for any of them."""
        return self._answers(opened, _WindowTable.counted_froms, cut_off)

    def cut_offs(self, start: int, end: int, cut_off: int) -> tuple[int, ...]:
        """The cut-offs of the business days from the local date of one instant to that of another."""
        return self._covering(start, end).cut_offs(start, end, cut_off)

    def clock_changes(self, start: int, end: int) -> tuple[int, ...]:
        """The instants of a stretch of time at which the offset from UTC changes."""
        table = self._covering(start, end)
        return tuple(cut for cut in table.cuts[1:] if start <= cut < end)

    def open_seconds(self, start: int, end: int) -> int:
        """The open time between two instants, negative if the second comes first."""
        table = self._covering(min(start, end), max(start, end) - 1)
        return table.elapsed(end) - table.elapsed(start)

    def closed_days(self, start: int, end: int) -> tuple[ClosedDay, ...]:
        """The closed days from the day of one instant to that of a later one, both included.

        A day is that of `day_deadline`.
        """
        if end < start:
            return ()
        table = self._covering(start, end)
        first, last = table.business_day(start), table.business_day(end)
        holidays = self._holidays(_date(first).year, _date(last).year)
        business = set(table.business_days(first, last))
        closed = (day for day in range(first, last + 1) if day not in business)
        return tuple(self._closed_day(day, holidays, day in table.skipped) for day in closed)

    def changed_days(self, start: int, end: int) -> tuple[ChangedDay, ...]:
        """The half days, and the days worked on a weekend, of the dates that `closed_days` looks at."""
        if end < start or not self._observance.changes:
            return ()
        table = self._covering(start, end)
        first, last = table.business_day(start), table.business_day(end)
        holidays = self._holidays(_date(first).year, _date(last).year)
        business = (day for day in table.business_days(first, last) if self._special(day) is None)
        found = ((day, holidays[day]) for day in business if day in holidays)
        return tuple(
            ChangedDay(_date(day), "half_day" if marks.half_day else "worked", name)
            for day, (marks, name) in found
            if self._observance.hours(usual := self._usual(day), marks) != usual
        )

    def unusual_days(self, first: date, last: date) -> tuple[UnusualDay, ...]:
        """The dates on which hours differ from those of their weekday, both ends included.

        Raises:
            CalendarError: there is no data for one of the years.
        """
        if self._observance.of:
            known = self._observance.years
            if first.year < known[0] or last.year > known[1]:
                raise self._observance.no_data(known)
        holidays = self._holidays(first.year, last.year)
        days = range(_day_number(first), _day_number(last) + 1)
        unusual = (day for day in days if self._hours(day, holidays) != self._usual(day))
        return tuple(self._unusual_day(day, holidays) for day in unusual)

    def _unusual_day(self, day: int, holidays: _Holidays) -> UnusualDay:
        when, hours, special = _date(day), self._hours(day, holidays), self._special(day)
        if special is not None:
            return UnusualDay(when, "special", special[1], hours)
        marks, name = holidays[day]
        if marks.holiday:
            return UnusualDay(when, "holiday", name, hours)
        return UnusualDay(when, "half_day" if marks.half_day else "worked", name, hours)

    def _closed_day(self, day: int, holidays: _Holidays, skipped: bool) -> ClosedDay:
        when = _date(day)
        if skipped or self._hours(day, holidays):
            return ClosedDay(when, "skipped")
        special, usual = self._special(day), self._usual(day)
        if special is not None and special[0] is not None:
            return ClosedDay(when, "special", special[1])
        marks, name = holidays.get(day, (NO_MARKS, ""))
        if special is not None or (not usual and not (marks.worked and self._observance.worked)):
            return ClosedDay(when, "weekly")
        return ClosedDay(when, "holiday" if marks.holiday else "half_day", name)

    def _hours(self, day: int, holidays: _Holidays) -> tuple[Interval, ...]:
        special, usual = self._special(day), self._usual(day)
        if special is not None:
            return usual if special[0] is None else special[0]
        return self._observance.hours(usual, holidays[day][0]) if day in holidays else usual

    def _special(self, day: int) -> tuple[Opening, str] | None:
        """The intervals and the reason of a special date."""
        found = self._specials.get(day)
        if found is None and self._yearly:
            when = _date(day)
            found = self._yearly.get((when.month, when.day))
        return found

    def _usual(self, day: int) -> tuple[Interval, ...]:
        return self._days[(day + 3) % 7]  # day 0 was a Thursday

    def _holidays(self, first: int, last: int) -> _Holidays:
        if not self._observance.of:
            return {}
        years = (self._observance.days(year) for year in range(first, last + 1))
        return {_day_number(day): found for days in years for day, found in days.items()}

    def _answer(self, opened: int, ask: Callable[[_WindowTable, int, int], int | None], length: int) -> int:
        table = self._covering(opened, opened)
        while (answer := ask(table, opened, length)) is None:
            table = self._later(table)
        return answer

    def _answers(
        self, opened: Column, ask: Callable[[_WindowTable, Column, int], Column | None], length: int
    ) -> Column:
        if not opened.size:
            return opened.copy()
        table = self._covering(int(opened.min()), int(opened.max()))
        while (answer := ask(table, opened, length)) is None:
            table = self._later(table)
        return answer

    def _covering(self, low: int, high: int) -> _WindowTable:
        """A table that holds both instants."""
        table = self._table
        if table is not None and table.begin <= low and high < table.end:
            return table
        first, last = self._years()
        if low < _new_year(self._zone, first)[1] or high >= _new_year(self._zone, last + 1)[0]:
            raise self._observance.no_data((first, last))
        return self._grown(_local(self._zone, low).year - 1, _local(self._zone, high).year + 1)

    def _earlier(self, table: _WindowTable) -> _WindowTable:
        if table.first == self._years()[0]:
            raise self._observance.no_data(self._years())
        return self._grown(table.first - 1, table.last)

    def _later(self, table: _WindowTable) -> _WindowTable:
        worked = self._observance.worked if self._observance.of else None
        special = (*self._specials.values(), *self._yearly.values())
        if not any(self._days) and not worked and not any(opening for opening, _ in special):
            raise CalendarError("these hours are never open")
        if table.last == self._years()[1]:
            raise self._observance.no_data(self._years())
        return self._grown(table.first, table.last + 1)

    def _grown(self, first: int, last: int) -> _WindowTable:
        """The table after it has grown to hold these years, as far as there is data for them."""
        table = self._table
        if table is not None:
            # Growing by its own size keeps the sum of all rebuilding small.
            size = table.last - table.first + 1
            first = min(first, table.first - size) if first < table.first else table.first
            last = max(last, table.last + size) if last > table.last else table.last
        first, last = years_with_data(self._week, self._observance, first, last)
        # All that is the same in these years shares one table.
        same = (
            self._week,
            stretches(self._zone, first, last),
            other_days(self._week, self._observance, first, last),
        )
        table = _tables.get(same)
        if table is None:
            table = _tables[same] = self._built(first, last)
        self._table = table
        return table

    def _years(self) -> tuple[int, int]:
        """The first and the last year in which all open time is known."""
        return years_with_data(self._week, self._observance, date.min.year, date.max.year)

    def _built(self, first: int, last: int) -> _WindowTable:
        """The table of some years: the local intervals, shifted by the offset of each stretch, and merged."""
        begin = _new_year(self._zone, first)[1]
        end, _ = _new_year(self._zone, last + 1)
        first_day, end_day = _day_number(date(first, 1, 1)), _day_number(date(last + 1, 1, 1))
        holidays = self._holidays(first - self._overnight, last)
        # A shift of the evening before runs on into the first year, one of the last evening out of the last.
        offsets = stretches(self._zone, first, last)
        days = [
            range((start + offset) // _DAY, min(-(-(stop + offset) // _DAY), end_day))
            for start, stop, offset in offsets
        ]
        skipped = frozenset({*range(first_day - self._overnight, end_day)}.difference(*days))
        starts, ends = array("q", [begin]), array("q", [begin])  # no search has to look before the first
        opens: dict[int, int] = {}
        closes: dict[int, int] = {}
        for (start, stop, offset), dates in zip(offsets, days, strict=True):
            for day in range(dates.start - self._overnight, dates.stop):
                midnight = day * _DAY - offset
                for opening, closing in self._hours(day, holidays):
                    opening, closing = max(midnight + opening, start, begin), min(midnight + closing, stop)
                    if opening < closing:
                        # What is left of a shift of a date that doesn't exist belongs to the date before.
                        business_day = day - (day in skipped)
                        opens.setdefault(business_day, opening)
                        closes[business_day] = closing
                        if opening <= ends[-1]:
                            ends[-1] = max(ends[-1], closing)
                        elif opening < end:  # not where the clock went back into the old year
                            starts.append(opening)
                            ends.append(closing)
        totals = _small([*accumulate(end - start for start, end in zip(starts, ends, strict=True))])
        starts, ends = _small(starts), _small(ends)
        business = _small(sorted(closes))
        # Mostly each day has a window of its own.
        openings = _shared([opens[day] for day in business], starts)
        closings = _shared([closes[day] for day in business], ends)
        return _WindowTable(
            first,
            last,
            begin,
            end,
            starts,
            ends,
            totals,
            array("q", (start for start, _, _ in offsets)),
            array("q", (offset for _, _, offset in offsets)),
            business,
            openings,
            closings,
            skipped,
        )


class Everlasting(BusinessCalendar):
    """The calendar of a clock that never stops: all time runs, with data or without."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(Week((((0, _DAY),),) * 7), "Etc/UTC", NO_HOLIDAYS)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), ()

    def deadline(self, opened: int, seconds: int) -> int:
        """The instant after an amount of time."""
        return opened + seconds

    def deadlines(self, opened: Column, seconds: int) -> Column:
        """`deadline` for a column of instants."""
        return opened + seconds


@functools.lru_cache(maxsize=1024)
def calendar(week: Week, zone: str, observance: Observance) -> BusinessCalendar:
    """The calendar of hours, a zone and the public holidays of named places.

    One object serves all who ask for the same, so that its table is built once.

    Raises:
        KeyError: the zone is unknown.
    """
    return BusinessCalendar(week, zone, observance)


def new_year(zone: str, year: int) -> int:
    """The first instant at which a year begins in a time zone."""
    return _new_year(zones.zone(zone), year)[0]


def years_with_data(week: Week, observance: Observance, first: int, last: int) -> tuple[int, int]:
    """Those of some years in which all open time of hours is known, or the nearest one."""
    earliest, latest = observance.years
    # Whether a shift of the evening before runs on into the first one is not known.
    earliest += _overnight(week)
    return min(max(first, earliest), latest), max(min(last, latest), earliest)


@functools.lru_cache(maxsize=4096)
def stretches(zone: ZoneInfo, first: int, last: int) -> tuple[tuple[int, int, int], ...]:
    """How far a zone is from UTC in some years, and two days before and after them.

    Returns:
        Stretches with their start, end, and offset in seconds.
    """
    begin, end = _new_year(zone, first)[1], _new_year(zone, last + 1)[1]
    return tuple(_stretches(zone, begin - 2 * _DAY, end + 2 * _DAY))


def other_days(week: Week, observance: Observance, first: int, last: int) -> _OtherDays:
    """The days of some years with other hours than their weekday, and these, in order.

    They are those of an observance, and special dates apart from those of single places; of the year before
    too where hours run on past midnight.
    """
    first -= _overnight(week)
    found = _other_days(_merged_days(week), observance, first, last) if observance.of else ()
    return _with_special_dates(week, found, first, last) if week.dates or week.yearly else found


@functools.lru_cache(maxsize=1024)
def _with_special_dates(week: Week, others: _OtherDays, first: int, last: int) -> _OtherDays:
    """The days of some years with other hours than their weekday, of which special dates have their own."""
    usual, found = _merged_days(week), dict(others)
    special = {day: opening for day, opening, _ in week.dates if first <= day.year <= last}
    for (month, number), opening, _ in week.yearly:
        for year in range(first, last + 1):
            if isleap(year) or (month, number) != (2, 29):
                special.setdefault(date(year, month, number), opening)
    for day, opening in special.items():
        found[day] = usual[day.weekday()] if opening is None else merged(opening)
    differ = ((day, hours) for day, hours in found.items() if hours != usual[day.weekday()])
    return _same_days(tuple(sorted(differ)))


@functools.lru_cache(maxsize=16_384)
def _other_days(
    usual: tuple[tuple[Interval, ...], ...], observance: Observance, first: int, last: int
) -> _OtherDays:
    found = []
    for year in range(first, last + 1):
        for day, (marks, _) in observance.days(year).items():
            hours = observance.hours(usual[day.weekday()], marks)
            if hours != usual[day.weekday()]:
                found.append((day, hours))
    return _same_days(tuple(sorted(found)))


@functools.lru_cache(maxsize=16_384)
def _same_days(days: _OtherDays) -> _OtherDays:
    """One object for all that are equal."""
    return days


@dataclass(frozen=True)
class _WindowTable:
    """Windows over whole years; answers are None where they lie behind its end.

    Args:
        first: the first year.
        last: the last year.
        begin: the first instant.
        end: the instant after the last.
        starts: the opening of each window; the first one may have no length.
        ends: the closing of each window, that of the last one beyond the end where a shift runs on.
        totals: the open time until the closing of each window.
        cuts: where the offset from UTC changes, after a first one that is `begin` or before.
        offsets: the offset in seconds from each cut on.
        days: the business days, counted from 1970-01-01.
        opens: the opening of each.
        closes: the close of business of each.
        skipped: the dates that don't exist.
    """

    first: int
    last: int
    begin: int
    end: int
    starts: array[int]
    ends: array[int]
    totals: array[int]
    cuts: array[int]
    offsets: array[int]
    days: array[int]
    opens: Sequence[int]
    closes: Sequence[int]
    skipped: frozenset[int]

    def is_open(self, instant: int) -> bool:
        return instant < self.ends[bisect_right(self.starts, instant) - 1]

    def window(self, instant: int) -> tuple[int, int]:
        """The window open at an instant or next, or one of no length at the end of the table."""
        index = bisect_right(self.ends, instant)
        return (self.starts[index], self.ends[index]) if index < len(self.ends) else (self.end, self.end)

    def windows(self, instants: Column) -> tuple[Column, Column]:
        import numpy as np

        starts, ends = _column(self.starts), _column(self.ends)
        index = np.searchsorted(ends, instants, "right")
        if index.max() == ends.size:
            # What lies behind the last window gets the one of no length at the end.
            starts, ends = np.append(starts, self.end), np.append(ends, self.end)
        return starts[index], ends[index]

    def day(self, instant: int) -> int:
        """The local date."""
        return (instant + self.offsets[bisect_right(self.cuts, instant) - 1]) // _DAY

    def business_day(self, instant: int) -> int:
        """The local date; the business day before it, as long as that one has not closed."""
        day = self.day(instant)
        before = bisect_left(self.days, day) - 1
        return self.days[before] if before >= 0 and instant < self.closes[before] else day

    def business_days(self, first: int, last: int) -> array[int]:
        return self.days[bisect_left(self.days, first) : bisect_right(self.days, last)]

    def elapsed(self, instant: int) -> int:
        """The open time until an instant."""
        index = bisect_right(self.starts, instant) - 1
        return self.totals[index] - max(self.ends[index] - instant, 0)

    def deadline(self, opened: int, seconds: int) -> int | None:
        if not seconds:
            index = bisect_right(self.ends, opened)
            return max(opened, self.starts[index]) if index < len(self.ends) else None
        target = self.elapsed(opened) + seconds
        index = bisect_left(self.totals, target)
        return self.ends[index] - (self.totals[index] - target) if index < len(self.ends) else None

    def deadlines(self, opened: Column, seconds: int) -> Column | None:
        import numpy as np

        starts, ends, totals = _column(self.starts), _column(self.ends), _column(self.totals)
        if seconds > totals[-1]:  # a sum with it might not fit the column
            return None
        if not seconds:
            index = np.searchsorted(ends, opened, "right")
            return np.maximum(opened, starts[index]) if index.max() < ends.size else None
        index = np.searchsorted(starts, opened, "right") - 1
        target = totals[index] - np.maximum(ends[index] - opened, 0) + seconds
        index = np.searchsorted(totals, target, "left")
        return ends[index] - (totals[index] - target) if index.max() < ends.size else None

    def day_deadline(self, opened: int, days: int) -> int | None:
        if days:
            day = self.day(opened)
            after = bisect_right(self.days, day)
            # Where the business day before has not closed, the local date is one of those that are counted.
            unclosed = after > 1 and opened < self.closes[after - 2] and self.days[after - 1] == day
            index = after - unclosed + days - 1
        else:
            index = self._next_close(opened)
        return self.closes[index] if index < len(self.closes) else None

    def day_deadlines(self, opened: Column, days: int) -> Column | None:
        import numpy as np

        if days > len(self.days):
            return None
        closes = _column(self.closes)
        if days:
            dates, day = np.asarray(self.days), self._locals(opened) // _DAY
            after = np.searchsorted(dates, day, "right")
            # Where the business day before has not closed, the local date is one of those that are counted.
            unclosed = (after > 1) & (dates[after - 1] == day) & (opened < closes[after - 2])
            index = after - unclosed + days - 1
        else:
            index = np.searchsorted(closes, opened, "right")
        return closes[index] if index.max() < closes.size else None

    def _next_close(self, instant: int) -> int:
        return bisect_right(self.closes, instant)

    def same_time(self, opened: int, days: int) -> int | None:
        local = opened + self.offsets[bisect_right(self.cuts, opened) - 1]
        later = local + days * _DAY
        for day in sorted(self.skipped):
            later += _DAY * (local < day * _DAY <= later)
        cuts, offsets, index = self.cuts, self.offsets, self._stretch_at(later)
        found = later - offsets[index]
        if found < cuts[index]:
            # Skipped: as much later as the clock goes forward.
            found = later - offsets[index - 1]
        return found if found < self.end else None

    def same_times(self, opened: Column, days: int) -> Column | None:
        import numpy as np

        local = self._locals(opened)
        later = local + days * _DAY
        for day in sorted(self.skipped):
            later += _DAY * ((local < day * _DAY) & (day * _DAY <= later))
        cuts, offsets, index = *map(_column, (self.cuts, self.offsets)), self._stretches_at(later)
        found: Column = later - offsets[index]
        found = np.where(found < cuts[index], later - offsets[index - 1], found)
        return found if found.max() < self.end else None

    def cut_offs(self, start: int, end: int, cut_off: int) -> tuple[int, ...]:
        days = self.business_days(self.day(start), self.day(end))
        return tuple(self._first_at(day * _DAY + cut_off) for day in days)

    def counted_from(self, opened: int, cut_off: int) -> int | None:
        index = self._next_close(opened)
        if index < len(self.days) and self._first_at(self.days[index] * _DAY + cut_off) < opened:
            index += 1
        return max(opened, self.opens[index]) if index < len(self.days) else None

    def counted_froms(self, opened: Column, cut_off: int) -> Column | None:
        import numpy as np

        days, opens = _column(self.days), _column(self.opens)
        index = np.searchsorted(_column(self.closes), opened, "right")
        if index.max() >= days.size:
            return None
        index += self._firsts_at(days[index] * _DAY + cut_off) < opened
        return np.maximum(opened, opens[index]) if index.max() < days.size else None

    def _locals(self, instants: Column) -> Column:
        """The local times, in seconds since 1970-01-01."""
        import numpy as np

        found: Column = instants + _column(self.offsets)[np.searchsorted(self.cuts, instants, "right") - 1]
        return found

    def _first_at(self, local: int) -> int:
        """The first instant at which the local time is that late, as if no clock changed behind the table."""
        index = self._stretch_at(local)
        return max(local - self.offsets[index], self.cuts[index])

    def _firsts_at(self, local: Column) -> Column:
        import numpy as np

        index = self._stretches_at(local)
        found: Column = np.maximum(local - _column(self.offsets)[index], _column(self.cuts)[index])
        return found

    def _stretch_at(self, local: int) -> int:
        """The stretch of one offset in which the local time is first that late."""
        cuts, offsets = self.cuts, self.offsets
        return bisect_right(range(len(cuts) - 1), local, key=lambda n: cuts[n + 1] + offsets[n])

    def _stretches_at(self, local: Column) -> Column:
        import numpy as np

        ends = _column(self.cuts)[1:] + _column(self.offsets)[:-1]
        found: Column = np.searchsorted(ends, local, "right")
        return found


# By hours, and by what else decides when they are open.
_tables: WeakValueDictionary[tuple[object, ...], _WindowTable] = WeakValueDictionary()


def _small(numbers: Sequence[int]) -> array[int]:
    """Ascending numbers in no more room than they need."""
    fits = not numbers or (numbers[0] >= -(2**31) and numbers[-1] < 2**31)
    return array("i" if fits else "q", numbers)


def _column(numbers: Sequence[int]) -> Column:
    """Numbers that may be held in little room, as ones with room for what is worked out of them."""
    import numpy as np

    return np.asarray(numbers, dtype=np.int64)


def _shared(times: list[int], all_times: array[int]) -> Sequence[int]:
    """Times of each day, which take no room where they are those of all windows after the first."""
    found = _small(times)
    return memoryview(all_times)[1:] if found == all_times[1:] else found


def _stretches(zone: ZoneInfo, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The stretches of one offset that make up a part of the UTC axis: start, end, offset in seconds."""
    start, offset, previous = begin, _offset(zone, begin), begin
    # No zone has two changes less than six days apart, so that none hides between two probes.
    for probe in chain(range(begin + _PROBE, end, _PROBE), [end - 1]):
        if (changed := _offset(zone, probe)) != offset:
            change = _first_change(zone, previous, probe)
            yield start, change, offset
            start, offset = change, changed
        previous = probe
    yield start, end, offset


def _first_change(zone: ZoneInfo, low: int, high: int) -> int:
    """The first instant after `low`, up to `high`, that has another offset."""
    before = _offset(zone, low)
    return low + bisect_left(range(low, high), True, key=lambda instant: _offset(zone, instant) != before)


def _offset(zone: ZoneInfo, instant: int) -> int:
    return (_local(zone, instant) - _EPOCH) // _SECOND - instant


def _local(zone: ZoneInfo, instant: int) -> datetime:
    """The wall clock."""
    utc = _EPOCH.replace(tzinfo=zone) + timedelta(seconds=instant)
    return zone.fromutc(utc).replace(tzinfo=None)


def _new_year(zone: ZoneInfo, year: int) -> tuple[int, int]:
    """The first and the last instant at which a year begins.

    They are two where the clock went back from the new year into the old one (Phoenix at 00:01 in 1944).
    """
    local = datetime(year, 1, 1, tzinfo=zone)
    first, second = (int(local.replace(fold=fold).timestamp()) for fold in (0, 1))
    return first, max(first, second)


def _day_number(day: date) -> int:
    return day.toordinal() - _EPOCH_DAY


def _date(day_number: int) -> date:
    return date.fromordinal(day_number + _EPOCH_DAY)


@functools.lru_cache(maxsize=1024)
def _overnight(week: Week) -> bool:
    """Whether some hours run on past midnight."""
    special = (opening or () for _, opening, _ in (*week.dates, *week.yearly))
    return any(end > _DAY for _, end in chain(*week.days, *special))


@functools.lru_cache(maxsize=1024)
def _merged_days(week: Week) -> tuple[tuple[Interval, ...], ...]:
    return tuple(map(merged, week.days))


def merged(intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """The same open time in the fewest intervals, in order."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return tuple(found)


def _merged(opening: Opening) -> Opening:
    return None if opening is None else merged(opening)


def _require(count: int, least: int, what: str) -> None:
    if count < least:
        raise ValueError(f"{what} must be {least} or more, not {count}")
