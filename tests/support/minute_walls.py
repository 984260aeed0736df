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

    def is_open(self, week: Week, dates: Mapping[date, Intervals], closed: Collection[date]) -> Array:
        """Whether hours are open at each minute; `closed` are the holidays, where they count."""
        first = int(self.days.min())
        table = np.zeros((int(self.days.max()) - first + 1, 1440), dtype=bool)
        for day in self.dates():
            hours = dates[day] if day in dates else () if day in closed else week[day.weekday()]
            for start, end in hours:
                table[day.toordinal() - first, start // 60 : end // 60] = True
        found: Array = table[self.days - first, self.minutes]
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

    def due_by_days(self, is_open: Array, days: int) -> Array:
        """The end of the last open minute of the Nth date with any after that of each opening."""
        business, _, closes = self._business(is_open)
        index = np.searchsorted(business, self.days, "right") + days - 1
        return _picked(self._whole(business, closes), index)

    def due_by_next_close(self, is_open: Array) -> Array:
        """The first end of the last open minute of a date that comes after each opening."""
        business, _, closes = self._business(is_open)
        index = np.searchsorted(closes, np.arange(self.days.size), "right")
        return _picked(self._whole(business, closes), index)

    def due_by_wall(self, dates: int) -> Array:
        """When the wall clock first is as late as at each opening so many dates before."""
        existing = np.unique(self.days)
        then = _picked(existing, np.searchsorted(existing, self.days) + dates)
        return np.where(then == LATER, LATER, self._first_at(then * 1440 + self.minutes))

    def counted_from(self, is_open: Array, cut_off: int) -> Array:
        """The opening that counts for each, with a cut-off in minutes of the day."""
        business, opens, closes = self._business(is_open)
        until = np.minimum(self._first_at(business * 1440 + cut_off), closes - 1)
        opened = np.arange(self.days.size)
        today = np.searchsorted(business, self.days, "left")
        mine = _picked(business, today) == self.days
        counts = mine & (opened <= _picked(until, today))
        later = _picked(opens, np.searchsorted(business, self.days, "right"))
        found: Array = np.where(counts, np.maximum(opened, _picked(opens, today)), later)
        return found

    def _business(self, is_open: Array) -> tuple[Array, Array, Array]:
        """The dates with any open minute, the first of these, and the end of the last."""
        minutes = np.flatnonzero(is_open)
        business, first = np.unique(self.days[minutes], return_index=True)
        _, last = np.unique(self.days[minutes[::-1]], return_index=True)
        return business, minutes[first], minutes[::-1][last] + 1

    def _whole(self, business: Array, closes: Array) -> Array:
        """Without that of the last date, of which only a part is there."""
        found: Array = closes[business < self.days.max()]
        return found

    def _first_at(self, local: Array) -> Array:
        latest = np.maximum.accumulate(self.days * 1440 + self.minutes)
        found = np.searchsorted(latest, local, "left")
        return np.where(found < latest.size, found, LATER)


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
