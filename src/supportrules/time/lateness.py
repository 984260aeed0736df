"""Whether a promise is due sooner than another one for any opening, in any country and zone.

Two promises that run from one opening are followed from date to date, through all that a date can be: a
public holiday, a half day or a day that is worked on a weekend (any date can be one, and any number in a
row; where two hours keep those of different places, for one of them alone), a special date in its place, a
change of the clock of any size and at any local time that there is, none within six days of another. Openings
are not sampled: between two instants at which hours open or close, what is left of a promise after a date
stands still or moves with the opening, so a stretch of openings is followed as one, and cut where a due time
meets an opening or a closing. Within a piece both due times are straight lines, and what holds at both its
ends holds inside. From a date to the next goes with it how long its hours run on past midnight: its business
ends there; and a promise whose opening counts as one of the next business day waits for that. After the last
special date what is left is followed by day of the week, and nothing twice, so the search ends. Special dates
of every year are those of as many years as there are courses of the calendar, and those of one place are
followed for that place. Where it finds no opening for which the one promise is due sooner, there is none.
"""

from __future__ import annotations

import functools
import itertools
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol, TypeAlias

from supportrules.time.clocks import Place
from supportrules.time.openness import DAY, Intervals, Openness, by_place, special_dates, ways
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
    if both[0].local and both[1].local and promise.hours.zone != other.hours.zone:
        raise Undecided("their hours are kept in different time zones")
    # In plain weeks most that are sooner somewhere are so already.
    races = itertools.product((True, False), tuple(_clusters(both)))
    return any(_Race(both, dates, calm=calm).won() for calm, dates in races)


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
        openings: for each date with business in it, its place among those of the step (-1 for the date
            before), and its first opening; the end of the step where it only opens then.
        closings: for each date whose business closes in it, its place, and the closing.
        last: the place of the last date.
        over: for how many seconds its hours run on into the date after the step.
        pieces: the local time that passes, as the step has it.
    """

    ends: Sequence[int]
    totals: Sequence[int]
    openings: Sequence[tuple[int, int]]
    closings: Sequence[tuple[int, int]]
    last: int
    over: int
    pieces: Sequence[tuple[int, int, int]]

    def place(self, moment: int) -> tuple[int, int]:
        """The place of the date of a moment, and the second of its day."""
        before = 0
        for place, begin, end in self.pieces:
            if moment < before + end - begin:
                return place, begin + moment - before
            before += end - begin
        return self.last, DAY

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

    def counted(self, moment: int) -> int:
        """How many closings in the step and after it are of the day of an opening or of one before."""
        place, _ = self.place(moment)
        if any(at < place and closing > moment for at, closing in self.closings):
            # The business of the date before has not closed.
            place -= 1
        unclosed = place == self.last and self.over > 0
        return sum(at <= place for at, _ in self.closings) + unclosed

    def closed(self, moment: int) -> int:
        """How many closings there are up to a moment."""
        return sum(closing <= moment for _, closing in self.closings)

    def counted_from(self, moment: int, cut_off: int) -> int | None:
        """When an opening counts from, if that is in the step."""
        number = self.closed(moment)
        if number < len(self.openings):
            until = self.openings[number][0] * DAY + cut_off
            passed = self.first_at(until) if until >= 0 else -1
            number += passed is not None and passed < moment
        return max(moment, self.openings[number][1]) if number < len(self.openings) else None

    def opening(self) -> int | None:
        """The first opening of a date of the step, if there is one."""
        return next((moment for place, moment in self.openings if place >= 0), None)

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


_Over: TypeAlias = tuple[int, int]
"""For how many seconds the hours of either promise run on from the date before."""


class _Line(NamedTuple):
    """What is left of a promise, for the first of some openings, and how much more for each after it.

    Args:
        waits: whether it only begins with the next business day that opens; nothing is told then.
    """

    left: int
    slope: int
    waits: bool = False


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

    def entered(self, course: _Course, line: _Line) -> _Line:
        """What is left at the beginning of a later step, if it waited for one that it begins in."""

    def due(self, course: _Course, line: _Line, opening: int) -> int | None:
        """When it is due in a step, if it is.

        Args:
            line: what is left at the beginning.
            opening: which of the openings.
        """

    def rest(self, course: _Course, line: _Line, opening: int) -> _Line:
        """What is left after a step, from an opening on."""


class _InHours(ABC):
    """A promise that runs in hours, from the opening that counts."""

    def __init__(self, length: int, hours: Openness, cut_off: int | None) -> None:
        self.length, self.hours, self.cut_off = length, hours, cut_off

    @abstractmethod
    def begun(self, course: _Course, moment: int) -> _Line:
        """What is left at the beginning of a step as if it had begun then and more were to pass.

        Args:
            moment: when it begins.
        """

    def opened(self, course: _Course, moment: int) -> _Line:
        if self.cut_off is None:
            return self.begun(course, moment)
        counted = course.counted_from(moment, self.cut_off)
        if counted is None:
            return _Line(0, 0, waits=True)
        line = self.begun(course, counted)
        return line if counted == moment else _Line(line.left, 0)

    def entered(self, course: _Course, line: _Line) -> _Line:
        moment = course.opening() if line.waits else None
        return line if moment is None else _Line(self.begun(course, moment).left, 0)


class _OpenSeconds(_InHours):
    """A promise for which open time runs."""

    def __init__(self, length: int, hours: Openness, cut_off: int | None) -> None:
        super().__init__(length, hours, cut_off)
        self.local = not hours.always
        # No time at all is due a second before one second is.
        self._early = int(length == 0)

    def plainly_no_later(self, other: _Followed) -> bool:
        if isinstance(other, _LocalTime):
            return self.hours.always and self.length <= other.least
        same = isinstance(other, _OpenSeconds) and self.length <= other.length
        return same and self.hours.includes(other.hours) and _counts_no_later(self, other)

    def turns(self, course: _Course) -> Iterator[int]:
        return (total + 1 for total in course.totals)

    def days(self) -> int:
        if self.hours.always:
            return 1 + self.length // DAY
        run = sum(map(self.hours.least, range(7)))
        return 7 * (2 + (self.cut_off is not None) + self.length // max(run, 1))

    def begun(self, course: _Course, moment: int) -> _Line:
        elapsed = course.elapsed(moment)
        return _Line(self.length + self._early + elapsed, course.elapsed(moment + 1) - elapsed)

    def due(self, course: _Course, line: _Line, opening: int) -> int | None:
        reached = None if line.waits else course.reached(line.left + line.slope * opening)
        return None if reached is None else reached - self._early

    def rest(self, course: _Course, line: _Line, opening: int) -> _Line:
        run = course.totals[-1] if course.totals else 0
        return line if line.waits else _Line(line.left + line.slope * opening - run, line.slope)


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
            return self._dates * DAY + self._changed <= other.length
        same = isinstance(other, _LocalTime) and self._dates <= other._dates
        return same and self.hours.zone == other.hours.zone

    def turns(self, course: _Course) -> Iterator[int]:
        for at, begin, end in course.pieces:
            yield from (at * DAY + begin, at * DAY + end, at * DAY + end + 1)

    def days(self) -> int:
        return self._dates + 1

    def opened(self, course: _Course, moment: int) -> _Line:
        place, second = course.place(moment)
        return _Line((place + self._dates) * DAY + second, 1)

    def entered(self, course: _Course, line: _Line) -> _Line:
        return line

    def due(self, course: _Course, line: _Line, opening: int) -> int | None:
        return course.first_at(line.left + line.slope * opening)

    def rest(self, course: _Course, line: _Line, opening: int) -> _Line:
        dates = len({at for at, _, _ in course.pieces})
        return _Line(line.left + line.slope * opening - dates * DAY, line.slope)


class _BusinessDates(_InHours):
    """A promise for which dates with open time pass, which begin and end by local time."""

    local = True

    def plainly_no_later(self, other: _Followed) -> bool:
        # In wider hours the close of business can come later.
        same = isinstance(other, _BusinessDates) and self.length <= other.length
        return same and self.hours == other.hours and _counts_no_later(self, other)

    def turns(self, course: _Course) -> Iterator[int]:
        return iter(())

    def days(self) -> int:
        days = self.length + (self.cut_off is not None)
        return 7 * (2 + days // max(sum(map(bool, self.hours.days)), 1))

    def begun(self, course: _Course, moment: int) -> _Line:
        return _Line(self.length + course.counted(moment), 0)

    def due(self, course: _Course, line: _Line, opening: int) -> int | None:
        within = not line.waits and line.left <= len(course.closings)
        return course.closings[line.left - 1][1] if within else None

    def rest(self, course: _Course, line: _Line, opening: int) -> _Line:
        return line if line.waits else _Line(line.left - len(course.closings), 0)


class _NextClose(_BusinessDates):
    """A promise for which the first close of business after the opening comes."""

    def begun(self, course: _Course, moment: int) -> _Line:
        return _Line(1 + course.closed(moment), 0)


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
    """What is left of two promises at the beginning of a date, and for how long it is open from before."""

    day: int
    over: _Over
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
        kind = state.day, state.over, state.openings, first.slope, second.slope, first.waits, second.waits
        known = self._known.setdefault(kind, [])
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
        self._overnight = any(promise.hours.overnight for promise in promises)
        self._days, self._last = range(7), 0
        if dates:
            # Its hours can run on into the date after it.
            self._last = min(dates[-1].toordinal() + self._overnight, date.max.toordinal())
            self._days = range(dates[0].toordinal() - _span(promises), self._last + 1)
        self._changes = () if calm else tuple(_changes(promises))
        self._steps: dict[tuple[int, _Over, int], tuple[_Step, ...]] = {}
        self._ways = functools.cache(self._kept_ways)

    def won(self) -> bool:
        """Whether the first promise is due before the other for some opening."""
        waiting = _Waiting()
        for step, lines, openings in self._starts():
            if self._first_due(step, lines, openings, waiting):
                return True
        tried = 0
        for state in waiting:
            for step in self._from(state.day, state.over, state.rest):
                tried += 1
                if tried > _MOST:
                    raise Undecided("the comparison takes too long")
                first, second = (
                    promise.entered(course, line)
                    for promise, course, line in zip(self._promises, step.courses, state.lines, strict=True)
                )
                if self._first_due(step, (first, second), state.openings, waiting):
                    return True
        return False

    def _starts(self) -> Iterator[tuple[_Step, tuple[_Line, _Line], int]]:
        """All openings, in stretches in which hours neither open nor close."""
        dates = ((day, over) for day in self._days for over in self._overs(day))
        for step in itertools.chain.from_iterable(self._from(day, over, 0) for day, over in dates):
            before = 0
            after = set(self._after_cut_offs(step))
            for (_, begin, end), cuts in zip(step.pieces, step.cuts, strict=True):
                more = (moment - before + begin for moment in after)
                edges = sorted({*cuts, *(edge for edge in more if begin < edge < end)})
                for opening, stop in itertools.pairwise(edges):
                    moment = before + opening - begin
                    first, second = (
                        promise.opened(course, moment)
                        for promise, course in zip(self._promises, step.courses, strict=True)
                    )
                    yield step, (first, second), stop - opening
                before += end - begin

    def _after_cut_offs(self, step: _Step) -> Iterator[int]:
        """The moments just after cut-offs."""
        for promise, course in zip(self._promises, step.courses, strict=True):
            if promise.cut_off is not None:
                for place in {place for place, _, _ in step.pieces}:
                    until = course.first_at(place * DAY + promise.cut_off)
                    if until is not None:
                        yield until + 1

    def _first_due(self, step: _Step, lines: tuple[_Line, _Line], openings: int, after: _Waiting) -> bool:
        """Whether the first promise is due first in a step; what neither is due in goes on after it."""
        cuts = {0, openings}
        both = tuple(zip(self._promises, step.courses, lines, strict=True))
        for promise, course, line in both:
            if line.slope:
                turns = (turn - line.left for turn in promise.turns(course))
                cuts.update(turn for turn in turns if 0 < turn < openings)
        for low, stop in itertools.pairwise(sorted(cuts)):
            for opening in {low, stop - 1}:
                first, second = (promise.due(course, line, opening) for promise, course, line in both)
                if first is not None and (second is None or first < second):
                    return True
            if first is None and second is None:
                # The later the opening, the more is left: neither are those after it.
                rest = [promise.rest(course, line, low) for promise, course, line in both]
                more = openings - low if any(line.slope for line in rest) else 1
                over = step.courses[0].over, step.courses[1].over
                after.add(_State(step.next, over, step.rest, (rest[0], rest[1]), more))
                return False
        return False

    # What a date can be

    def _overs(self, day: int) -> set[_Over]:
        """For how long hours can run on into a date."""
        before = (day - 1) % 7 if day < 7 else day - 1
        return {(_over(first), _over(second)) for first, second in self._ways(before)}

    def _from(self, day: int, over: _Over, rest: int) -> tuple[_Step, ...]:
        if (day, over, rest) not in self._steps:
            self._steps[day, over, rest] = tuple(self._all_from(day, over, rest))
        return self._steps[day, over, rest]

    def _all_from(self, day: int, over: _Over, rest: int) -> Iterator[_Step]:
        yield from self._kept([day], over, ((0, 0, DAY),), max(rest - 1, 0))
        if not rest:
            for start, gain in self._changes:
                days, pieces = [day, self._after(day)], _pieces(start, gain, self._overnight)
                if self._overnight and gain == DAY:
                    days.append(self._after(days[1]))
                elif not any(place for place, _, _ in pieces):
                    days.pop()
                yield from self._kept(days, over, pieces, _REST)

    def _kept(
        self, days: Sequence[int], over: _Over, pieces: tuple[tuple[int, int, int], ...], rest: int
    ) -> Iterator[_Step]:
        """A step for each way in which its dates can be kept.

        Args:
            days: the dates; of three the one in the middle is skipped.
        """
        for kept in itertools.product(*map(self._ways, days)):
            both = [_spans(hours, each) for hours, each in zip(zip(*kept, strict=True), over, strict=True)]
            edges = [
                {edge for spans, _ in both for span in spans[place] for edge in span[:2]} for place in (0, -1)
            ]
            cuts = tuple(
                (begin, *sorted(edge for edge in edges[place] if begin < edge < end), end)
                for place, begin, end in pieces
            )
            first, second = (_course(*each, pieces) for each in both)
            yield _Step(pieces, cuts, (first, second), self._after(days[-1]), rest)

    def _after(self, day: int) -> int:
        """The next date."""
        if day < 7:
            return (day + 1) % 7
        return day + 1 if day < self._last else day % 7  # ordinal 1 was a Monday

    def _kept_ways(self, day: int) -> Sequence[tuple[Intervals, Intervals]]:
        """The ways in which the clocks can run on a date."""
        found = ways(_hours(self._promises), day if day < 7 else date.fromordinal(day))
        return found[:1] if self._calm else found


def _hours(promises: tuple[_Followed, _Followed]) -> tuple[Openness, Openness]:
    return promises[0].hours, promises[1].hours


_Span: TypeAlias = tuple[int, int, int]
"""Open seconds of a date, and the place of the date on which they began, -1 for that before the step."""


def _spans(hours: Sequence[Intervals], over: int) -> tuple[list[list[_Span]], int]:
    """When hours are open on the dates of a step but one that is skipped, and for how long after it.

    Args:
        hours: their intervals on each date.
        over: for how long they run on from the date before.
    """
    found = []
    for place, intervals in enumerate(hours):
        found.append([(0, over, place - 1)] if over else [])
        found[-1] += [(opens, shuts, place) for opens, shuts in intervals]
        over = _over(intervals)
    if len(hours) == 3:
        # What is left of the hours of a date that is skipped belongs to the date before.
        found = [found[0], [(opens, shuts, place // 2) for opens, shuts, place in found[2]]]
    return found, over


def _over(intervals: Intervals) -> int:
    """For how many seconds they run on into the next date."""
    return max((end - DAY for _, end in intervals if end > DAY), default=0)


def _course(spans: Sequence[Sequence[_Span]], over: int, pieces: Sequence[tuple[int, int, int]]) -> _Course:
    ends: list[int] = []
    totals: list[int] = []
    openings: dict[int, int] = {}
    closings: dict[int, int] = {}
    before = total = 0
    for place, begin, end in pieces:
        for opens, shuts, began in spans[place]:
            first, last = max(opens, begin), min(shuts, end)
            if first < last:
                total += last - first
                openings.setdefault(began, before + first - begin)
                closings[began] = before + last - begin
                ends.append(closings[began])
                totals.append(total)
        before += end - begin
    if over:
        # It closes after the step.
        closings.pop(len(spans) - 1, None)
        openings.setdefault(len(spans) - 1, before)
    return _Course(
        ends, totals, sorted(openings.items()), sorted(closings.items()), len(spans) - 1, over, pieces
    )


def _pieces(start: int, gain: int, overnight: bool) -> tuple[tuple[int, int, int], ...]:
    """What is passed of a date, and of the next where it takes both, when the clock changes.

    What changes at the beginning of a date is a change at the end of the one before where hours run on past
    midnight: they may end there.
    """
    target = start + gain
    if overnight and start == 0 < gain:
        return (0, 0, DAY), (1, gain % DAY, DAY)
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
    intervals = {
        (max(start, midnight) - midnight, min(end, midnight + DAY) - midnight)
        for promise in local
        for start, end in promise.hours.intervals
        for midnight in (0, DAY)
        if end > midnight
    }
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


def _clusters(promises: tuple[_Followed, _Followed]) -> Iterator[tuple[date, ...]]:
    """No special date, and the special dates that are near each other; alike ones once."""
    yield ()
    clusters: list[list[date]] = []
    hours = _hours(promises)
    days = special_dates(*hours)
    for day in days:
        if {*ways(hours, day)} <= {*ways(hours, day.weekday())}:
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
        alike = tuple(((day - cluster[0]).days, frozenset(ways(hours, day))) for day in cluster)
        found.setdefault((cluster[0].weekday(), alike), tuple(cluster))
    yield from found.values()


def _span(promises: tuple[_Followed, _Followed]) -> int:
    """How many days before a date an opening can be for which neither promise is due before that date."""
    first, second = (promise.days() for promise in promises)
    # A day that is a holiday for the one alone can be worked for the other, and the other way round.
    apart = len({hours.holidays for hours in _hours(promises) if hours.holidays.of}) > 1
    return first + second if apart else min(first, second)
