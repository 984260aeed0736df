"""Business time by brute force: every minute of some weeks, with the wall clock that it has.

It shares no code with the library, and is exact where intervals, targets and changes of the clock are whole
minutes. All openings of the weeks are answered at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from minutes import zone_of

Intervals = tuple[tuple[int, int], ...]
Week = tuple[Intervals, ...]
Array = np.ndarray[Any, np.dtype[Any]]

# No due time within the weeks.
LATER = -1


@dataclass(frozen=True)
class Walls:
    """The wall clock of a zone at each minute: local date (its ordinal) and minute of the day."""

    days: Array
    minutes: Array

    def dates(self) -> list[date]:
        return [date.fromordinal(int(day)) for day in np.unique(self.days)]

    def began(self, week: Week, dates: Mapping[date, Intervals], closed: Collection[date]) -> Array:
        """The date (its ordinal) on which the hours began that are open at each minute; 0 where none are.

        Args:
            closed: the holidays, where they count.
        """
        first, last = int(self.days.min()), int(self.days.max())
        table = np.zeros((last - first + 2, 2880), dtype=bool)
        for number in range(len(table)):
            day = date.fromordinal(first - 1 + number)
            hours = dates[day] if day in dates else () if day in closed else week[day.weekday()]
            for start, end in hours:
                table[number, start // 60 : end // 60] = True
        today = table[self.days - first + 1, self.minutes]
        yesterday = table[self.days - first, self.minutes + 1440]
        # What a skipped date leaves over belongs to the one before.
        there = np.isin(np.arange(first - 1, last + 1), [first - 1, *np.unique(self.days)])
        before = self.days - 1 - ~there[self.days - first]
        found: Array = np.where(today, self.days, np.where(yesterday, before, 0))
        return found

    def due(self, is_open: Array, seconds: int) -> Array:
        """For an opening at the beginning of each minute, the minute at whose end so much time has run."""
        before = np.concatenate([[0], np.cumsum(is_open)])
        if seconds:
            found = np.searchsorted(before, before[:-1] + seconds // 60, "left")
        else:
            # At once if it is open, else at the next opening.
            found = np.searchsorted(before, before[:-1] + 1, "left") - 1
        return np.where(found < before.size - (not seconds), found, LATER)

    def due_by_days(self, began: Array, days: int) -> Array:
        """The end of the last open minute of the Nth date with hours after that of each opening."""
        business, _, closes = self._business(began)
        index = np.searchsorted(business, self._counted(business, closes), "right") + days - 1
        return _picked(closes[:-1], index)

    def due_by_next_close(self, began: Array) -> Array:
        """The first end of the last open minute of a date that comes after each opening."""
        _, _, closes = self._business(began)
        index = np.searchsorted(closes, np.arange(self.days.size), "right")
        return _picked(closes[:-1], index)

    def due_by_wall(self, dates: int) -> Array:
        """When the wall clock first is as late as at each opening so many dates before."""
        existing = np.unique(self.days)
        then = _picked(existing, np.searchsorted(existing, self.days) + dates)
        found = self._first_at(then * 1440 + self.minutes)
        return np.where((then == LATER) | (found == self.days.size), LATER, found)

    def counted_from(self, began: Array, cut_off: int) -> Array:
        """The opening that counts for each, with a cut-off in minutes of the day."""
        business, opens, closes = self._business(began)
        until = np.minimum(self._first_at(business * 1440 + cut_off), closes - 1)
        opened = np.arange(self.days.size)
        counted = self._counted(business, closes)
        today = np.searchsorted(business, counted, "left")
        mine = _picked(business, today) == counted
        today += ~(mine & (opened <= _picked(until, today))) & mine
        opening = _picked(opens, today)
        found: Array = np.where(opening == LATER, LATER, np.maximum(opened, opening))
        return found

    def _business(self, began: Array) -> tuple[Array, Array, Array]:
        """The dates with hours, the first open minute of these, and the end of the last.

        Of the last date, only a part may be there.
        """
        minutes = np.flatnonzero(began)
        business, first = np.unique(began[minutes], return_index=True)
        _, last = np.unique(began[minutes[::-1]], return_index=True)
        return business, minutes[first], minutes[::-1][last] + 1

    def _counted(self, business: Array, closes: Array) -> Array:
        """The date that counts for each opening: that with hours before its own as long as they have not ended."""
        earlier = np.searchsorted(business, self.days, "left") - 1
        unclosed = (earlier >= 0) & (_picked(closes, earlier) > np.arange(self.days.size))
        return np.where(unclosed, _picked(business, earlier), self.days)

    def _first_at(self, local: Array) -> Array:
        """The first minute at which the wall clock is that late: -1 before the first, and one after the last."""
        latest = np.maximum.accumulate(self.days * 1440 + self.minutes)
        return np.where(local < latest[0], -1, np.searchsorted(latest, local, "left"))


def _picked(values: Array, index: Array) -> Array:
    """The values at some places; none where there are not so many."""
    if not values.size:
        return np.full(index.size, LATER)
    return np.where(index < values.size, values[np.minimum(index, values.size - 1)], LATER)


@cache
def walls(zone: str, first: date, days: int) -> Walls:
    """The walls of a zone from noon UTC of a date on."""
    start = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    local = [(start + timedelta(minutes=minute)).astimezone(zone_of(zone)) for minute in range(days * 1440)]
    return Walls(
        np.array([moment.toordinal() for moment in local]),
        np.array([moment.hour * 60 + moment.minute for moment in local]),
    )
