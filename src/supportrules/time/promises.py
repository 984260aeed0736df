"""Promises, and when each is due: a target in a clock, from an opening at a place, or for a column of them.

One ticket, columns of tickets and proofs all ask here, so that whatever stops a clock, or counts at a place,
is taken into account once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from supportrules.errors import CalendarError
from supportrules.time.agreement import agreed, possible
from supportrules.time.clocks import Area, Clock, Place, Role
from supportrules.time.openness import Openness
from supportrules.time.targets import Target

if TYPE_CHECKING:
    from supportrules.time.calendars import BusinessCalendar, Column
    from supportrules.time.clocks import Places


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

        Args:
            opened: the opening.
            area: where the clock is kept; no matter for one that is not local, which has no places.

        Raises:
            CalendarError: there is no data for that time.
        """
        sole = self.clock.sole(area)
        if sole is not None:
            return ((self.target.due(sole.calendar, opened), sole.places),)
        assert area is not None
        return possible(self.clock, area, opened, lambda calendar: self.target.due(calendar, opened))

    def possible_windows(
        self, opened: int, area: Area | None
    ) -> tuple[tuple[tuple[int, int], tuple[Place, ...]], ...]:
        """`window` in an area, as `possible_dues` has it."""
        sole = self.clock.sole(area)
        if sole is not None:
            return ((sole.calendar.window(opened), sole.places),)
        assert area is not None
        return possible(self.clock, area, opened, lambda calendar: calendar.window(opened))

    def dues(self, opened: Column, rows: Column, places: Places) -> Iterator[tuple[Column, Column]]:
        """`due` for some rows of a column.

        Args:
            opened: the openings of the whole column.
            rows: the numbers of the rows.
            places: what is known of the places of the whole column.

        Returns:
            For each area its rows, and when they are due, or `OPEN` where its places do not agree; none for
            rows one of which has no data.
        """
        for some, times in self._times(opened, rows, places, lambda *asked: self.target.dues(*asked)[None]):
            yield some, times[0]

    def windows(
        self, opened: Column, rows: Column, places: Places
    ) -> Iterator[tuple[Column, Column, Column]]:
        """`window` for some rows of a column, as `dues` has it: rows, openings, closings."""
        for some, times in self._times(opened, rows, places, _windows):
            yield some, times[0], times[1]

    def _times(
        self, opened: Column, rows: Column, places: Places, ask: Callable[[BusinessCalendar, Column], Column]
    ) -> Iterator[tuple[Column, Column]]:
        for area, some in self.clock.areas(rows, places):
            try:
                times = agreed(self.clock, area, opened[some], ask)
            except CalendarError:
                continue
            yield some, times


def _windows(calendar: BusinessCalendar, opened: Column) -> Column:
    import numpy as np

    return np.array(calendar.windows(opened))
