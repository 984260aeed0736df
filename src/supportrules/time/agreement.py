"""Times in an area: one where all places of it agree, else what there can be.

Places at which hours are open at the same instants are asked once: at the same instants of the years from an
opening to all that is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from supportrules.errors import CalendarError
from supportrules.time import zones
from supportrules.time.calendars import other_days, years_with_data
from supportrules.time.clocks import Area, Clock, Place, PlaceGroup
from supportrules.time.openness import DAY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supportrules.time.calendars import BusinessCalendar, Column

    Columns: TypeAlias = NDArray[np.int64]
    """Columns of times, one below the other."""

Answer = TypeVar("Answer", int, tuple[int, int])

OPEN = -(2**63) + 1
"""What stands in a column of times where places do not agree."""

_YEAR = 31_556_952
_MARGIN = 7 * 86_400


def possible(
    clock: Clock, area: Area, opened: int, ask: Callable[[BusinessCalendar], Answer]
) -> tuple[tuple[Answer, tuple[Place, ...]], ...]:
    """What the calendars of an area answer to an opening, least first, and which places have that answer.

    Raises:
        CalendarError: there is no data for that time.
    """
    years = _years(opened, opened)
    while True:
        groups = tuple(chain.from_iterable(clock.groups(area, *years)))
        answers = [ask(group.calendar) for group in groups]
        times = [opened]
        for answer in answers:
            times += answer if isinstance(answer, tuple) else (answer,)
        wider = _wider(years, min(times), max(times))
        if wider == years:
            break
        years = wider
    found: dict[Answer, tuple[Place, ...]] = {}
    for answer, group in sorted(zip(answers, groups, strict=True), key=lambda pair: pair[0]):
        found[answer] = found.get(answer, ()) + group.places
    return tuple(found.items())


def agreed(
    clock: Clock, area: Area | None, opened: Column, ask: Callable[[BusinessCalendar, Column], Columns]
) -> Columns:
    """What the calendars of an area answer to a column of openings; `OPEN` where they differ.

    Raises:
        CalendarError: there is no data for one of them, or no zone.
    """
    sole = clock.sole(area)
    if sole is not None:
        return ask(sole.calendar, opened)
    assert area is not None
    import numpy as np

    # What is answered is in the order of openings, so that what reaches a day is a stretch of them.
    order = np.argsort(opened)
    opened = opened[order]
    years = _years(int(opened[0]), int(opened[-1]))
    while True:
        groups = clock.groups(area, *years)
        if not groups:
            raise CalendarError("the country has no time zone")
        answers, low, high = _compared(groups, _days_apart(groups[0], years), opened, ask)
        wider = _wider(years, low, high)
        if wider == years:
            found = np.empty_like(answers)
            found[:, order] = answers
            return found
        years = wider


def _compared(
    groups: Sequence[Sequence[PlaceGroup]],
    apart: Sequence[frozenset[date]],
    opened: Column,
    ask: Callable[[BusinessCalendar, Column], Columns],
) -> tuple[Columns, int, int]:
    """The answers to openings in order, and from when to when they reach.

    Args:
        apart: the days on which each group of subdivisions is not as the usual one, of which there are none.
    """
    import numpy as np

    usual = apart.index(frozenset())
    firsts = np.array([ask(some[usual].calendar, opened) for some in groups])
    low, high = min(opened[0], firsts.min()), max(opened[-1], firsts.max())
    alike = (firsts == firsts[0]).all(axis=(0, 1))
    reaches = [
        (some[usual].calendar.zone, np.minimum(opened, first[0]), np.maximum(opened, first[-1]))
        for some, first in zip(groups, firsts, strict=True)
    ]
    for number, days in enumerate(apart):
        rows = np.flatnonzero(_near(days, reaches) & alike)
        if rows.size:
            answers = np.array([ask(some[number].calendar, opened[rows]) for some in groups])
            low, high = min(low, answers.min()), max(high, answers.max())
            alike[rows] = (answers == firsts[0][:, rows]).all(axis=(0, 1))
    return np.where(alike, firsts[0], OPEN), int(low), int(high)


@lru_cache(maxsize=256)
def _days_apart(groups: tuple[PlaceGroup, ...], years: tuple[int, int]) -> tuple[frozenset[date], ...]:
    """The days on which hours differ, of each group and the one with the fewest days that do so."""
    calendars = [group.calendar for group in groups]
    first, last = years_with_data(calendars[0].week, calendars[0].observance, *years)
    days = [frozenset(other_days(each.week, each.observance, first, last)) for each in calendars]
    usual = min(days, key=len)
    return tuple(frozenset(day for day, _ in each ^ usual) for each in days)


def _near(days: frozenset[date], reaches: Iterable[tuple[str, Column, Column]]) -> NDArray[np.bool_]:
    """The openings that have one of some days between them and what is answered.

    Args:
        reaches: for each zone its name, and from when to when openings and answers reach there, in order.
    """
    import numpy as np

    found: NDArray[np.bool_] = np.False_  # type: ignore[assignment]
    for name, low, high in reaches:
        near = np.zeros(low.size + 1, dtype=np.int64)
        begins = _begins(days, name)
        # What begins on a day can end on the next.
        np.add.at(near, np.searchsorted(high, begins, "left"), 1)
        np.add.at(near, np.searchsorted(low, begins + 3 * DAY, "right"), -1)
        found = found | (near.cumsum()[:-1] > 0)
    return found


@lru_cache(maxsize=1024)
def _begins(days: frozenset[date], name: str) -> Column:
    """When some days begin in a zone."""
    import numpy as np

    zone = zones.zone(name)
    begins = (datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() for day in sorted(days))
    return np.fromiter(begins, dtype=np.int64)


def _wider(years: tuple[int, int], low: int, high: int) -> tuple[int, int]:
    """Years that hold a span of time as well."""
    first, last = _years(low, high)
    return min(years[0], first), max(years[1], last)


def _years(low: int, high: int) -> tuple[int, int]:
    """Years that surely hold the local dates of two instants, and of all between."""
    return 1970 + (low - _MARGIN) // _YEAR, 1970 + (high + _MARGIN) // _YEAR
