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
from supportrules.time.openness import DAY, Openness
from supportrules.time.targets import Target

if TYPE_CHECKING:
    from supportrules.time.agreement import Columns
    from supportrules.time.calendars import BusinessCalendar, Column
    from supportrules.time.clocks import DataEnd, Places


def time_text(seconds: int) -> str:
    """A local time as a policy writes it, such as ``16:00``."""
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"


class Promise(NamedTuple):
    """A response target and the name of the clock in which it runs.

    Args:
        cut_off: the local time, in seconds of the day, up to which a business day of the clock takes what is
            opened on it; None where it takes all.
    """

    target: Target
    clock: str
    cut_off: int | None = None

    def __str__(self) -> str:
        until = "" if self.cut_off is None else f" with cut-off {time_text(self.cut_off)}"
        return f"{self.target} in {self.clock}{until}"

    @property
    def rank(self) -> tuple[int, int, str, int]:
        """A place among promises: that of the target, the name of the clock, the later cut-off first."""
        return (*self.target.rank, self.clock, -DAY - 1 if self.cut_off is None else -self.cut_off)


class TimedRows(NamedTuple):
    """The times of some rows of a column, all of one area.

    Args:
        area: where they are; no matter for a clock that is not local.
        rows: their numbers.
        times: when they are due, or below each other when their windows open and close; `OPEN` where the
            places of the area do not agree.
        ends: where data on the days of the area ends.
    """

    area: Area | None
    rows: Column
    times: Columns
    ends: tuple[DataEnd, ...]


class Timing(NamedTuple):
    """A promise as it is timed: a target, and the clock that runs until it is due.

    That clock goes by the name of the one in which it is promised.
    """

    target: Target
    clock: Clock
    cut_off: int | None = None

    @property
    def needs(self) -> tuple[Role, ...]:
        """The roles of the facts that its time follows from; none where it has no time."""
        return self.target.needs(self.clock)

    @property
    def hours(self) -> Openness:
        """When the clock runs."""
        return self.clock.openness

    def counted_from(self, opened: int, place: Place | None) -> int:
        """The opening that counts, which is a later one after the cut-off.

        Takes and raises what `due` does.
        """
        if self.cut_off is None:
            return opened
        return self.clock.calendar(place).counted_from(opened, self.cut_off)

    def due(self, opened: int, place: Place | None) -> int:
        """When it is due; where no time is promised, when the hours are open next.

        Args:
            opened: the opening.
            place: where the clock is kept; no matter for one that is not local.

        Raises:
            CalendarError: there is no data for that time.
        """
        return self.due_by(self.clock.calendar(place), opened)

    def due_by(self, calendar: BusinessCalendar, opened: int) -> int:
        """`due` by the calendar of a place."""
        if self.cut_off is not None:
            opened = calendar.counted_from(opened, self.cut_off)
        return self.target.due(calendar, opened)

    def _dues(self, calendar: BusinessCalendar, opened: Column) -> Column:
        if self.cut_off is not None:
            opened = calendar.counted_froms(opened, self.cut_off)
        return self.target.dues(calendar, opened)

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
            return ((self.due_by(sole.calendar, opened), sole.places),)
        assert area is not None
        return possible(self.clock, area, opened, lambda calendar: self.due_by(calendar, opened))

    def possible_windows(
        self, opened: int, area: Area | None
    ) -> tuple[tuple[tuple[int, int], tuple[Place, ...]], ...]:
        """`window` in an area, as `possible_dues` has it."""
        sole = self.clock.sole(area)
        if sole is not None:
            return ((sole.calendar.window(opened), sole.places),)
        assert area is not None
        return possible(self.clock, area, opened, lambda calendar: calendar.window(opened))

    def dues(self, opened: Column, rows: Column, places: Places) -> Iterator[TimedRows]:
        """`due` for some rows of a column.

        Args:
            opened: the openings of the whole column.
            rows: the numbers of the rows.
            places: what is known of the places of the whole column.

        Returns:
            The rows of each area; none of an area one of whose rows has no data.
        """
        return self._times(opened, rows, places, lambda *asked: self._dues(*asked)[None])

    def windows(self, opened: Column, rows: Column, places: Places) -> Iterator[TimedRows]:
        """`window` for some rows of a column, as `dues` has it."""
        return self._times(opened, rows, places, _windows)

    def _times(
        self, opened: Column, rows: Column, places: Places, ask: Callable[[BusinessCalendar, Column], Columns]
    ) -> Iterator[TimedRows]:
        for area, some in self.clock.areas(rows, places):
            try:
                times = agreed(self.clock, area, opened[some], ask)
            except CalendarError:
                continue
            yield TimedRows(area, some, times, self.clock.data_ends(area) if area else ())


def _windows(calendar: BusinessCalendar, opened: Column) -> Columns:
    import numpy as np

    return np.array(calendar.windows(opened))
