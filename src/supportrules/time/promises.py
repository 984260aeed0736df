"""Promises, and when each is due: a target in a clock, from an opening at a place, or for a column of them.

One ticket, columns of tickets and proofs all ask here, so that whatever stops a clock, or counts at a place,
is taken into account once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from supportrules.errors import CalendarError
from supportrules.time.clocks import Area, Clock, Place, Role
from supportrules.time.openness import Openness
from supportrules.time.targets import Target

if TYPE_CHECKING:
    from supportrules.time.calendars import BusinessCalendar, Column
    from supportrules.time.clocks import Places


_Answer = TypeVar("_Answer", int, tuple[int, int])

OPEN = -(2**63) + 1
"""Stands in a column of times for one that is not the same in all places."""

_YEAR = 31_556_952
_MARGIN = 7 * 86_400


class Promise(NamedTuple):
    """A response target and the name of the clock in which it runs."""

    target: Target
    clock: str

    def __str__(self) -> str:
        return f"{self.target} in {self.clock}"

    @property
    def rank(self) -> tuple[int, int, str]:
        """A place among promises: that of the target, then the name of the clock."""
        return (*self.target.rank, self.clock)


class Timing(NamedTuple):
    """A promise as it is timed: a target, and the clock that runs until it is due.

    That clock goes by the name of the one in which it is promised.
    """

    target: Target
    clock: Clock

    @property
    def needs(self) -> tuple[Role, ...]:
        """The roles of the facts that its time follows from; none where it has no time."""
        return self.target.needs(self.clock)

    @property
    def hours(self) -> Openness:
        """When the clock runs."""
        return self.clock.openness

    def due(self, opened: int, place: Place | None) -> int:
        """When it is due; where no time is promised, when the hours are open next.

        Args:
            opened: the opening.
            place: where the clock is kept; no matter for one that is not local.

        Raises:
            CalendarError: there is no data for that time.
        """
        return self.target.due(self.clock.calendar(place), opened)

    def window(self, opened: int, place: Place | None) -> tuple[int, int]:
        """The service window: that of the opening, else the next.

        Takes and raises what `due` does.
        """
        return self.clock.calendar(place).window(opened)

    def possible_dues(self, opened: int, area: Area | None) -> tuple[tuple[int, tuple[Place, ...]], ...]:
        """When it can be due in an area, soonest first, and at which of its places it is due then.

        One deadline is worked out for all places at which the clock runs alike.

        Args:
            opened: the opening.
            area: where the clock is kept; no matter for one that is not local, which has no places.

        Raises:
            CalendarError: there is no data for that time.
        """
        return self._possible(opened, area, lambda calendar: self.target.due(calendar, opened))

    def possible_windows(
        self, opened: int, area: Area | None
    ) -> tuple[tuple[tuple[int, int], tuple[Place, ...]], ...]:
        """`window` in an area, as `possible_dues` has it."""
        return self._possible(opened, area, lambda calendar: calendar.window(opened))

    def _possible(
        self, opened: int, area: Area | None, ask: Callable[[BusinessCalendar], _Answer]
    ) -> tuple[tuple[_Answer, tuple[Place, ...]], ...]:
        years = _years(opened, opened)
        while True:
            groups = self.clock.groups(area, *years)
            answers = [ask(calendar) for calendar, _ in groups]
            if len(groups) == 1 and len(groups[0][1]) <= 1:
                return ((answers[0], groups[0][1]),)
            times = [opened]
            for answer in answers:
                times += answer if isinstance(answer, tuple) else (answer,)
            reached = _years(min(times), max(times))
            if years[0] <= reached[0] and reached[1] <= years[1]:
                break
            years = min(years[0], reached[0]), max(years[1], reached[1])
        found: dict[_Answer, tuple[Place, ...]] = {}
        for answer, (_, some) in sorted(zip(answers, groups, strict=True), key=lambda pair: pair[0]):
            found[answer] = found.get(answer, ()) + some
        return tuple(found.items())

    def dues(self, opened: Column, rows: Column, places: Places) -> Iterator[tuple[Column, Column]]:
        """`due` for some rows of a column.

        Args:
            opened: the openings of the whole column.
            rows: the numbers of the rows.
            places: what is known of the places of the whole column.

        Returns:
            For each area its rows, and when they are due, or `OPEN` where its places differ in that; none for
            rows one of which has no data.
        """
        for area, some in self.clock.areas(rows, places):
            times = self._agreed(
                opened[some], area, lambda calendar, moments: (self.target.dues(calendar, moments),)
            )
            if times is not None:
                yield some, times[0]

    def windows(
        self, opened: Column, rows: Column, places: Places
    ) -> Iterator[tuple[Column, Column, Column]]:
        """`window` for some rows of a column, as `dues` has it: rows, openings, closings."""
        for area, some in self.clock.areas(rows, places):
            times = self._agreed(opened[some], area, lambda calendar, moments: calendar.windows(moments))
            if times is not None:
                yield some, times[0], times[1]

    def _agreed(
        self,
        opened: Column,
        area: Area | None,
        ask: Callable[[BusinessCalendar, Column], tuple[Column, ...]],
    ) -> Sequence[Column] | None:
        """The times of a column in an area, `OPEN` where places differ; None if one has no data."""
        import numpy as np

        low, high = int(opened.min()), int(opened.max())
        years = _years(low, high)
        while True:
            first, *others = self.clock.groups(area, *years)
            try:
                times = ask(first[0], opened)
                if not others and len(first[1]) <= 1:
                    return times
                found = [each.copy() for each in times]
                low, high = _widened(low, high, times)
                same = np.arange(opened.size)
                for calendar, _ in others:
                    times = ask(calendar, opened[same])
                    low, high = _widened(low, high, times)
                    agree = np.logical_and.reduce([a == b[same] for a, b in zip(times, found, strict=True)])
                    for each in found:
                        each[same[~agree]] = OPEN
                    same = same[agree]
                    if not same.size:
                        break
            except CalendarError:
                return None
            reached = _years(low, high)
            if years[0] <= reached[0] and reached[1] <= years[1]:
                return found
            years = min(years[0], reached[0]), max(years[1], reached[1])


def _widened(low: int, high: int, times: Sequence[Column]) -> tuple[int, int]:
    """A span of time that holds some times as well."""
    return min(low, *(int(each.min()) for each in times)), max(high, *(int(each.max()) for each in times))


def _years(low: int, high: int) -> tuple[int, int]:
    """Years that surely hold the local dates of two instants, and of all between."""
    return _year(low - _MARGIN), _year(high + _MARGIN)


def _year(instant: int) -> int:
    """The year of an instant, give or take some days."""
    return 1970 + instant // _YEAR
