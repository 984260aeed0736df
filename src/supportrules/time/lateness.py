"""Whether a promise is due sooner than another one for any opening, in any country and zone.

Two promises that run from one opening are followed from date to date, through all that a date can be: a
public holiday (any date can be one, and any number in a row), a special date in its place, a change of the
clock of any size and at any local time that there is, none within six days of another. Openings are not
sampled: between two instants at which hours open or close, what is left of a promise after a date stands
still or moves with the opening, so a stretch of openings is followed as one, and cut where a due time meets
an opening or a closing. Within a piece both due times are straight lines, and what holds at both its ends
holds inside. After the last special date what is left is followed by day of the week, and nothing twice, so
the search ends. Special dates of every year are those of as many years as there are courses of the calendar,
and those of one place are followed for that place. Where it finds no opening for which the one promise is due
sooner, there is none.
"""

from __future__ import annotations

import functools
import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from supportrules.time.clocks import Place
from supportrules.time.openness import DAY, Intervals, Openness, by_place, dates_of_both, special_dates
from supportrules.time.promises import Timing
from supportrules.time.targets import Target

# The changes of local time since 2001 in all zones: by how many minutes the clock goes forward, and at which
# minutes of the local day it does.
CHANGES: Mapping[int, tuple[int, ...]] = {
    -180: (0, 120, 180, 240),
    -120: (120,),
    -60: (0, 1, 60, 120, 150, 180, 225, 240, 300, 1320, 1380),
    -30: (0, 30, 120, 180),
    30: (120, 150, 1410),
    60: (0, 1, 60, 120, 150, 165, 180, 240, 1320, 1380),
    120: (60, 120),
    180: (0, 1, 120, 180, 240),
    1440: (0,),
}
# For how many dates after one no clock changes again, at least.
_REST = 5
_YEAR = 366
# How many stretches of openings are followed through a date at most.
_MOST = 8_000


class Undecided(Exception):
    """Which of two promises is due sooner remains open, for the reason that its text gives."""


def ever_sooner(promise: Timing, other: Timing) -> bool:
    """Whether a promise is due sooner than the other for some opening.

    Args:
        promise, other: both of a time, not of hours alone.

    Raises:
        Undecided: it would take too long to tell, or one of them can't be followed.
    """
    # Nothing else of a clock counts, such as its name.
    return any(
        _ever_sooner(
            _Promised(promise.target, hours, promise.cut_off), _Promised(other.target, others, other.cut_off)
        )
        for _, (hours, others) in by_place(promise.hours, other.hours)
    )


class _Promised(NamedTuple):
    """What counts of a promise for when it is due."""

    target: Target
    hours: Openness
    cut_off: int | None


@functools.lru_cache(maxsize=4096)
def _ever_sooner(promise: _Promised, other: _Promised) -> bool:
    if promise == other:
        return False
    (target, *hours), (another, *other_hours) = promise, other
    if target.counts is None and type(target) is type(another) and hours == other_hours:
        return target.length < another.length
    both = _followed(promise), _followed(other)
    if both[1].plainly_no_later(both[0]):
        return False
    # In plain weeks most that are sooner somewhere are so already.
    ways = itertools.product((True, False), tuple(_clusters(both)))
    return any(_Race(both, dates, calm=calm).won() for calm, dates in ways)


def never_later(promise: Timing, other: Timing) -> bool:
    """Whether a promise is answered no later than the other, whatever the opening.

    A time is no later than none; of two promises of hours alone the one whose hours include the other's.

    Raises:
        Undecided: as of `ever_sooner`.
    """
    if promise.target.committed != other.target.committed:
        return promise.target.committed
    if not promise.target.committed:
        return promise.hours.includes(other.hours)
    return not ever_sooner(other, promise)


def later_at(opened: int, place: Place, promise: Timing, other: Timing) -> bool:
    """Whether a promise is answered later than the other for one opening.

    Raises:
        CalendarError: there is no data for that time.
    """
    if promise.target.committed != other.target.committed:
        return other.target.committed
    return promise.due(opened, place) > other.due(opened, place)


@dataclass(frozen=True)
class _Course:
    """How the clock of a promise runs through a step, in seconds from its beginning.

    Args:
        ends: the closing of each stretch of open time.
        totals: the open time until then.
        closings: for each date with open time, its place among those of the step, and its last closing.
        pieces: the local time that passes, as the step has it.
    """

    ends: Sequence[int]
    totals: Sequence[int]
    closings: Sequence[tuple[int, int]]
    pieces: Sequence[tuple[int, int, int]]

    def place(self, moment: int) -> tuple[int, int]:
        """The place of the date of a moment, and the second of its day."""
        before = 0
        for place, begin, end in self.pieces:
            if moment < before + end - begin:
                return place, begin + moment - before
            before += end - begin
        raise AssertionError("no moment of the step")

    def first_at(self, local: int) -> int | None:
        """When the local clock first is so many seconds from the beginning of the first date, if it is.

        A time that the clock skips is the one at which it goes forward. The midnight after a step is in it.
        """
        before = 0
        for number, (place, begin, end) in enumerate(self.pieces, 1):
            if local < place * DAY + end + (number == len(self.pieces)):
                return before + max(local - place * DAY - begin, 0)
            before += end - begin
        return None

    def over(self, moment: int, cut_off: int | None) -> int | None:
        """The place of the date of an opening that counts as one of the next business day, if it does."""
        if cut_off is None:
            return None
        place, _ = self.place(moment)
        until = self.first_at(place * DAY + cut_off)
        counts = moment < dict(self.closings).get(place, 0) and (until is None or moment <= until)
        return None if counts else place

    def elapsed(self, moment: int) -> int:
        """The open time until a moment."""
        before = 0
        for end, total in zip(self.ends, self.totals, strict=True):
            if moment < end:
                return max(before, total - (end - moment))
            before = total
        return before

    def reached(self, seconds: int) -> int | None:
        """When so much open time has run, if it has."""
        index = bisect_left(self.totals, seconds)
        return self.ends[index] - (self.totals[index] - seconds) if index < len(self.totals) else None


class _Step(NamedTuple):
    """A date, or two that the clock goes back and forth between.

    Args:
        pieces: stretches of local time as they pass: the place of the date, and seconds of its day.
        cuts: for each piece, where hours open or close in it, and its ends.
        courses: how either clock runs.
        next: the date after it.
        rest: for how many dates after it no clock changes.
    """

    pieces: tuple[tuple[int, int, int], ...]
    cuts: tuple[tuple[int, ...], ...]
    courses: tuple[_Course, _Course]
    next: int
    rest: int


class _Line(NamedTuple):
    """What is left of a promise, for the first of some openings, and how much more for each after it."""

    left: int
    slope: int


class _Followed(Protocol):
    """A promise that is followed from date to date: what its clock has left to run.

    Attributes:
        hours: when its clock runs.
        local: whether it depends on local time when it is due.
        cut_off: as of `Timing`.
    """

    hours: Openness
    local: bool
    cut_off: int | None

    def plainly_no_later(self, other: _Followed) -> bool:
        """Whether no more to run in hours that are open whenever the other's are makes it plain."""

    def turns(self, course: _Course) -> Iterator[int]:
        """What can be left at the beginning of a step from which on it is due in another stretch of time."""

    def days(self) -> int:
        """In how many days it is due; with holidays, all that can be left of it is left by then."""

    def opened(self, course: _Course, moment: int) -> _Line:
        """What is left at the beginning of a step for openings from a moment of it on."""

    def due(self, course: _Course, line: _Line, opening: int, place: int) -> int | None:
        """When it is due in a step, if it is.

        Args:
            line: what is left at the beginning.
            opening: which of the openings.
            place: the place of the date of the openings in the step, or -1 if it has passed.
        """

    def rest(self, course: _Course, line: _Line, opening: int, place: int) -> _Line:
        """What is left after a step, from an opening on."""


class _OpenSeconds:
    """A promise for which open time runs."""

    def __init__(self, seconds: int, hours: Openness, cut_off: int | None) -> None:
        self.hours, self.seconds, self.cut_off = hours, seconds, cut_off
        self.local = not hours.always
        # No time at all is due a second before one second is.
        self._early = int(seconds == 0)

    def plainly_no_later(self, other: _Followed) -> bool:
        if isinstance(other, _LocalTime):
            return self.hours.always and self.seconds <= other.least
        same = isinstance(other, _OpenSeconds) and self.seconds <= other.seconds
        return same and self.hours.includes(other.hours) and _counts_no_later(self, other)

    def turns(self, course: _Course) -> Iterator[int]:
        return (total + 1 for total in course.totals)

    def days(self) -> int:
        if self.hours.always:
            return 1 + self.seconds // DAY
        run = sum(end - start for intervals in self.hours.days for start, end in intervals)
        return 7 * (2 + (self.cut_off is not None) + self.seconds // max(run, 1))

    def opened(self, course: _Course, moment: int) -> _Line:
        # As if it had been opened at the beginning of the step, with more to run.
        if (over := course.over(moment, self.cut_off)) is not None:
            closed = max(moment, dict(course.closings).get(over, 0))
            return _Line(self.seconds + self._early + course.elapsed(closed), 0)
        elapsed = course.elapsed(moment)
        return _Line(self.seconds + self._early + elapsed, course.elapsed(moment + 1) - elapsed)

    def due(self, course: _Course, line: _Line, opening: int, place: int) -> int | None:
        reached = course.reached(line.left + line.slope * opening)
        return None if reached is None else reached - self._early

    def rest(self, course: _Course, line: _Line, opening: int, place: int) -> _Line:
        run = course.totals[-1] if course.totals else 0
        return _Line(line.left + line.slope * opening - run, line.slope)


class _LocalTime:
    """A promise for which the local clock comes to the time of the opening, some dates later.

    What is left is local time from the beginning of a date.
    """

    local = True
    cut_off: int | None = None

    def __init__(self, dates: int, hours: Openness) -> None:
        self.hours, self._dates = hours, dates

    @property
    def least(self) -> int:
        """How many seconds it takes at least."""
        return self._dates * DAY - self._changed

    @property
    def _changed(self) -> int:
        """By how much clocks can change until it is due; with a date that is skipped it takes no less."""
        largest = 60 * max(abs(minutes) for minutes in CHANGES if abs(minutes) * 60 < DAY)
        return largest * (1 + (self._dates + 1) // (_REST + 1))

    def plainly_no_later(self, other: _Followed) -> bool:
        if isinstance(other, _OpenSeconds):
            return self._dates * DAY + self._changed <= other.seconds
        return isinstance(other, _LocalTime) and self._dates <= other._dates

    def turns(self, course: _Course) -> Iterator[int]:
        for at, begin, end in course.pieces:
            yield from (at * DAY + begin, at * DAY + end, at * DAY + end + 1)

    def days(self) -> int:
        return self._dates + 1

    def opened(self, course: _Course, moment: int) -> _Line:
        place, second = course.place(moment)
        return _Line((place + self._dates) * DAY + second, 1)

    def due(self, course: _Course, line: _Line, opening: int, place: int) -> int | None:
        return course.first_at(line.left + line.slope * opening)

    def rest(self, course: _Course, line: _Line, opening: int, place: int) -> _Line:
        dates = len({at for at, _, _ in course.pieces})
        return _Line(line.left + line.slope * opening - dates * DAY, line.slope)


class _BusinessDates:
    """A promise for which dates with open time pass, which begin and end by local time."""

    local = True

    def __init__(self, days: int, hours: Openness, cut_off: int | None) -> None:
        self.hours, self._days, self.cut_off = hours, days, cut_off

    def plainly_no_later(self, other: _Followed) -> bool:
        # In wider hours the close of business can come later.
        same = isinstance(other, _BusinessDates) and self._days <= other._days
        return same and self.hours == other.hours and _counts_no_later(self, other)

    def turns(self, course: _Course) -> Iterator[int]:
        return iter(())

    def days(self) -> int:
        days = self._days + (self.cut_off is not None)
        return 7 * (2 + days // max(sum(map(bool, self.hours.days)), 1))

    def opened(self, course: _Course, moment: int) -> _Line:
        return _Line(self._days + (course.over(moment, self.cut_off) is not None), 0)

    def due(self, course: _Course, line: _Line, opening: int, place: int) -> int | None:
        closings = [closing for at, closing in course.closings if at > place]
        return closings[line.left - 1] if line.left <= len(closings) else None

    def rest(self, course: _Course, line: _Line, opening: int, place: int) -> _Line:
        return _Line(line.left - sum(at > place for at, _ in course.closings), 0)


class _NextClose(_BusinessDates):
    """A promise for which the first close of business after the opening comes."""

    def opened(self, course: _Course, moment: int) -> _Line:
        # Of the closes of the step, without those before the opening, or up to the date that is over.
        if (over := course.over(moment, self.cut_off)) is not None:
            return _Line(1 + sum(at <= over for at, _ in course.closings), 0)
        return _Line(1 + sum(closing <= moment for _, closing in course.closings), 0)

    def due(self, course: _Course, line: _Line, opening: int, place: int) -> int | None:
        return super().due(course, line, opening, -1)

    def rest(self, course: _Course, line: _Line, opening: int, place: int) -> _Line:
        return super().rest(course, line, opening, -1)


def _counts_no_later(promise: _Followed, other: _Followed) -> bool:
    """Whether no opening counts as a later one than for the other."""
    if promise.cut_off is None or other.cut_off is None:
        return promise.cut_off is None
    return promise.hours == other.hours and promise.cut_off >= other.cut_off


def _followed(promise: _Promised) -> _Followed:
    target, hours, cut_off = promise
    match target.counts:
        case "seconds":
            return _OpenSeconds(target.length, hours, cut_off)
        case "dates":
            return _LocalTime(target.length, hours)
        case "days":
            return (_BusinessDates if target.length else _NextClose)(target.length, hours, cut_off)
        case None:
            raise Undecided("targets of their kinds are not compared over all openings")


class _State(NamedTuple):
    """What is left of two promises at the beginning of a date."""

    day: int
    rest: int
    lines: tuple[_Line, _Line]
    openings: int


class _Waiting:
    """States to go on from; none that is no better for the first promise than one that was there before."""

    def __init__(self) -> None:
        self._waiting: list[_State] = []
        self._known: dict[object, list[tuple[int, int, int]]] = {}

    def __iter__(self) -> Iterator[_State]:
        while self._waiting:
            yield self._waiting.pop()

    def add(self, state: _State) -> None:
        first, second = state.lines
        known = self._known.setdefault((state.day, state.openings, first.slope, second.slope), [])
        new = state.rest, first.left, second.left
        if not any(rest <= new[0] and left <= new[1] and other >= new[2] for rest, left, other in known):
            known.append(new)
            self._waiting.append(state)


class _Race:
    """Two promises from the same openings, as far as neither is due.

    A date is a day of the week (0 to 6), or up to the last special date an ordinal.

    Args:
        promises: the one that may be due first, and the other.
        dates: special dates that are near each other; none for weeks without one.
        calm: whether to leave out holidays and changes of the clock.
    """

    def __init__(self, promises: tuple[_Followed, _Followed], dates: Sequence[date], *, calm: bool) -> None:
        self._promises, self._calm = promises, calm
        self._dates = dates_of_both(promises[0].hours, promises[1].hours)
        self._days, self._last = range(7), 0
        if dates:
            self._last = dates[-1].toordinal()
            self._days = range(dates[0].toordinal() - _span(promises), self._last + 1)
        self._changes = () if calm else tuple(_changes(promises))
        self._steps: dict[tuple[int, int], tuple[_Step, ...]] = {}

    def won(self) -> bool:
        """Whether the first promise is due before the other for some opening."""
        waiting = _Waiting()
        for step, lines, openings, place in self._starts():
            if self._first_due(step, lines, openings, place, waiting):
                return True
        tried = 0
        for state in waiting:
            for step in self._from(state.day, state.rest):
                tried += 1
                if tried > _MOST:
                    raise Undecided("the comparison takes too long")
                if self._first_due(step, state.lines, state.openings, -1, waiting):
                    return True
        return False

    def _starts(self) -> Iterator[tuple[_Step, tuple[_Line, _Line], int, int]]:
        """All openings, in stretches in which hours neither open nor close."""
        for step in itertools.chain.from_iterable(self._from(day, 0) for day in self._days):
            before = 0
            over = set(self._overs(step))
            for (place, begin, end), cuts in zip(step.pieces, step.cuts, strict=True):
                more = (moment - before + begin for moment in over)
                edges = sorted({*cuts, *(edge for edge in more if begin < edge < end)})
                for opening, stop in itertools.pairwise(edges):
                    moment = before + opening - begin
                    first, second = (
                        promise.opened(course, moment)
                        for promise, course in zip(self._promises, step.courses, strict=True)
                    )
                    yield step, (first, second), stop - opening, place
                before += end - begin

    def _overs(self, step: _Step) -> Iterator[int]:
        """The moments just after cut-offs."""
        for promise, course in zip(self._promises, step.courses, strict=True):
            if promise.cut_off is not None:
                for place in {place for place, _, _ in step.pieces}:
                    until = course.first_at(place * DAY + promise.cut_off)
                    if until is not None:
                        yield until + 1

    def _first_due(
        self, step: _Step, lines: tuple[_Line, _Line], openings: int, place: int, after: _Waiting
    ) -> bool:
        """Whether the first promise is due first in a step; what neither is due in goes on after it.

        Args:
            place: the place of the date of the openings in the step, or -1 if it has passed.
        """
        cuts = {0, openings}
        both = tuple(zip(self._promises, step.courses, lines, strict=True))
        for promise, course, (left, slope) in both:
            if slope:
                cuts.update(turn - left for turn in promise.turns(course) if 0 < turn - left < openings)
        for low, stop in itertools.pairwise(sorted(cuts)):
            for opening in {low, stop - 1}:
                first, second = (promise.due(course, line, opening, place) for promise, course, line in both)
                if first is not None and (second is None or first < second):
                    return True
            if first is None and second is None:
                # The later the opening, the more is left: neither are those after it.
                rest = [promise.rest(course, line, low, place) for promise, course, line in both]
                more = openings - low if any(line.slope for line in rest) else 1
                after.add(_State(step.next, step.rest, (rest[0], rest[1]), more))
                return False
        return False

    # What a date can be

    def _from(self, day: int, rest: int) -> tuple[_Step, ...]:
        if (day, rest) not in self._steps:
            self._steps[day, rest] = tuple(self._all_from(day, rest))
        return self._steps[day, rest]

    def _all_from(self, day: int, rest: int) -> Iterator[_Step]:
        yield from self._with_holidays(day, ((0, 0, DAY),), max(rest - 1, 0))
        if not rest:
            for start, gain in self._changes:
                yield from self._with_holidays(day, _pieces(start, gain), _REST)

    def _with_holidays(
        self, day: int, pieces: tuple[tuple[int, int, int], ...], rest: int
    ) -> Iterator[_Step]:
        """A step for each way in which its dates can be holidays."""
        days = [day, self._after(day)]
        two = any(place for place, _, _ in pieces)
        for holidays in itertools.product(*(self._holidays(each) for each in days[: 1 + two])):
            hours = [
                [_hours(promise.hours, each, off[side]) for each, off in zip(days, holidays, strict=False)]
                for side, promise in enumerate(self._promises)
            ]
            edges = [
                {edge for each in hours for interval in each[place] for edge in interval}
                for place in range(1 + two)
            ]
            cuts = tuple(
                (begin, *sorted(edge for edge in edges[place] if begin < edge < end), end)
                for place, begin, end in pieces
            )
            courses = _course(hours[0], pieces), _course(hours[1], pieces)
            yield _Step(pieces, cuts, courses, self._after(days[two]), rest)

    def _after(self, day: int) -> int:
        """The next date."""
        if day < 7:
            return (day + 1) % 7
        return day + 1 if day < self._last else day % 7  # ordinal 1 was a Monday

    def _holidays(self, day: int) -> tuple[tuple[bool, bool], ...]:
        """Whether a date can be a holiday for either, as far as that makes a difference."""
        differs = any(_hours(p.hours, day, True) != _hours(p.hours, day, False) for p in self._promises)
        return self._dates if differs and not self._calm else ((False, False),)


def _hours(hours: Openness, day: int, holiday: bool) -> Intervals:
    if day < 7:
        return hours.plain(day, holiday=holiday)
    return hours.on(date.fromordinal(day), holiday=holiday)


def _course(hours: Sequence[Intervals], pieces: Sequence[tuple[int, int, int]]) -> _Course:
    ends: list[int] = []
    totals: list[int] = []
    closings: dict[int, int] = {}
    before = total = 0
    for place, begin, end in pieces:
        for opens, shuts in hours[place]:
            first, last = max(opens, begin), min(shuts, end)
            if first < last:
                total += last - first
                closings[place] = before + last - begin
                ends.append(closings[place])
                totals.append(total)
        before += end - begin
    return _Course(ends, totals, sorted(closings.items()), pieces)


def _pieces(start: int, gain: int) -> tuple[tuple[int, int, int], ...]:
    """What is passed of a date, and of the next where it takes both, when the clock changes."""
    target = start + gain
    if target == start + DAY:
        return ()
    if gain < 0 and target < 0:
        # From the next date back into this one.
        found = [(0, 0, DAY), (1, 0, start), (0, target + DAY, DAY), (1, 0, DAY)]
    elif target >= DAY:
        found = [(0, 0, start), (1, target - DAY, DAY)]
    else:
        found = [(0, 0, start), (0, target, DAY)]
    return tuple(piece for piece in found if piece[1] < piece[2])


# What has to be tried


def _changes(promises: Sequence[_Followed]) -> Iterator[tuple[int, int]]:
    """The changes of the clock that can matter, of those that do the same one: local second, seconds."""
    local = [promise for promise in promises if promise.local]
    openings = {day for p in local for day in (*p.hours.days, *p.hours.special.values())}
    openings |= {opening for p in local for opening in p.hours.every_year.values() if opening}
    intervals = set(itertools.chain(*openings))
    intervals |= {(p.cut_off, p.cut_off + 1) for p in local if p.cut_off is not None}
    edges = sorted({edge for interval in intervals for edge in interval})
    found: dict[object, tuple[int, int]] = {}
    # The largest first: where nothing is open, what it does to other clocks is most.
    for minutes in sorted(CHANGES, key=abs, reverse=True):
        gain = minutes * 60
        for minute in CHANGES[minutes]:
            start = minute * 60
            low, high = sorted((start, start + gain))
            passed = [(low, high), (low + DAY, high + DAY), (low - DAY, high - DAY)]
            quiet = not any(s < h and low < e for s, e in intervals for low, h in passed)
            places = bisect_right(edges, start), bisect_right(edges, start + gain)
            if quiet and len(local) == len(promises):
                continue
            if quiet:
                found.setdefault((places, gain > 0), (start, gain))
            elif places[0] == places[1]:
                found.setdefault((places, gain), (start, gain))
            else:
                found[start, gain] = start, gain
    yield from found.values()


def _clusters(promises: Sequence[_Followed]) -> Iterator[tuple[date, ...]]:
    """No special date, and the special dates that are near each other; alike ones once."""
    yield ()
    clusters: list[list[date]] = []
    hours = [promise.hours for promise in promises]
    days = special_dates(*hours)
    for day in days:
        plain = {
            (hours[0].plain(day.weekday(), holiday=one), hours[1].plain(day.weekday(), holiday=other))
            for one, other in dates_of_both(*hours)
        }
        if _patterns(promises, day) <= plain:
            continue
        if clusters and (day - clusters[-1][-1]).days <= _span(promises):
            clusters[-1].append(day)
        else:
            clusters.append([day])
    found: dict[object, tuple[date, ...]] = {}
    # Where the years end in which those of every year are given, what goes on there is left out.
    ends = {days[0].year, days[-1].year} if any(each.yearly for each in hours) else set()
    for cluster in clusters:
        if cluster[0].year in ends or cluster[-1].year in ends:
            if (cluster[-1] - cluster[0]).days > _YEAR:
                raise Undecided("the special dates of every year leave no plain weeks between them")
            continue
        alike = tuple(((day - cluster[0]).days, frozenset(_patterns(promises, day))) for day in cluster)
        found.setdefault((cluster[0].weekday(), alike), tuple(cluster))
    yield from found.values()


def _patterns(promises: Sequence[_Followed], day: date) -> set[tuple[Intervals, Intervals]]:
    """When the clocks can run on a date."""
    first, second = (promise.hours for promise in promises)
    return {
        (first.on(day, holiday=one), second.on(day, holiday=other))
        for one, other in dates_of_both(first, second)
    }


def _span(promises: Sequence[_Followed]) -> int:
    """How many days before a date an opening can be for which neither promise is due before that date."""
    return min(promise.days() for promise in promises)
