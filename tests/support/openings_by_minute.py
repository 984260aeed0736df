"""Which of two promises is due sooner, asked of every opening of some weeks in which clocks change."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from minute_walls import LATER, Array, Walls, walls
from supportrules.time.promises import Timing
from supportrules.time.targets import BusinessDays, CalendarDays, Duration

# Weeks in which clocks change: by an hour at night, at midnight, a minute after it, by half an hour, by three
# hours, by a whole day; and without any change.
WEEKS = [
    ("Europe/Paris", date(2025, 3, 20)),
    ("Europe/Paris", date(2024, 10, 17)),
    ("America/New_York", date(2025, 10, 24)),
    ("America/Havana", date(2025, 3, 1)),
    ("America/Santiago", date(2025, 3, 27)),
    ("America/St_Johns", date(2010, 10, 29)),
    ("America/St_Johns", date(2011, 3, 4)),
    ("Australia/Lord_Howe", date(2025, 3, 28)),
    ("Antarctica/Casey", date(2018, 9, 28)),
    ("Antarctica/Casey", date(2019, 9, 26)),
    ("Antarctica/Casey", date(2023, 3, 1)),
    ("Pacific/Apia", date(2011, 12, 22)),
    ("Asia/Gaza", date(2053, 4, 1)),
    ("Etc/UTC", date(2025, 5, 1)),
]
LENGTH = 42


def due(where: Walls, timed: Timing, holidays: set[date]) -> tuple[Array, int]:
    """When a promise is due for each opening, and what it is not due before where that is not known."""
    hours = timed.hours
    closed = holidays if hours.holidays.of else set()
    began = where.began(hours.days, dict(hours.dates), closed)
    known = int(np.flatnonzero(began)[-1]) + 1 if began.any() else 0
    match timed.target:
        case BusinessDays(0):
            found = where.due_by_next_close(began)
        case BusinessDays(days):
            found = where.due_by_days(began, days)
        case CalendarDays(dates):
            found = where.due_by_wall(dates)
        case Duration(seconds):
            found = where.due(began > 0, seconds)
    if timed.cut_off is None:
        return found, known
    counted = where.counted_from(began, timed.cut_off // 60)
    return np.where(counted == LATER, LATER, found[counted]), known


def sooner(where: Walls, timed: Timing, other: Timing, holidays: set[date]) -> Array:
    """The openings for which a promise is due sooner, as far as the weeks show it."""
    first, _ = due(where, timed, holidays)
    second, known = due(where, other, holidays)
    # What is due on the last date may be due later.
    last = np.argmax(where.days == where.days.max())
    until = np.where(second == LATER, known, second)
    found: Array = (first != LATER) & (first <= last) & (first < until)
    return found


def some_holidays(where: Walls, rng: random.Random) -> Iterator[set[date]]:
    """None, here and there, and in a row."""
    dates = where.dates()
    yield set()
    yield {day for day in dates if rng.random() < 0.25}
    start = rng.randrange(5, 20)
    yield set(dates[start : start + rng.randrange(2, 9)])


def both_ways(one: Timing, other: Timing, seed: int, weeks: Any = WEEKS) -> tuple[bool, bool]:
    """Whether either promise is due sooner for some opening."""
    rng = random.Random(seed)
    found = [False, False]
    for zone, first in weeks:
        where = walls(zone, first, LENGTH)
        for holidays in some_holidays(where, rng):
            found[0] |= bool(sooner(where, one, other, holidays).any())
            found[1] |= bool(sooner(where, other, one, holidays).any())
    return found[0], found[1]
