"""Times in an area: one where all places of it agree, else what there can be, and which fact settles more.

Places at which hours are open at the same instants are asked once: at the same instants of the years from an
opening to all that is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from supportrules.errors import CalendarError
from supportrules.time import zones
from supportrules.time.calendars import closures, years_with_data
from supportrules.time.clocks import Area, Clock, Group, Place, Role
from supportrules.time.openness import DAY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from supportrules.time.calendars import BusinessCalendar, Column

    Columns: TypeAlias = NDArray[np.int64]
    """Columns of times, one below the other."""

Answer = TypeVar("Answer", int, tuple[int, int])

OPEN: Mapping[Role, int] = {"subdivision": -(2**63) + 1, "timezone": -(2**63) + 2}
"""What stands in a column of times where places do not agree, by the role of the fact that settles more."""

_YEAR = 31_556_952
_MARGIN = 7 * 86_400


def possible(
    clock: Clock, area: Area | None, opened: int, ask: Callable[[BusinessCalendar], Answer]
) -> tuple[tuple[Answer, tuple[Place, ...]], ...]:
    """What the calendars of an area answer to an opening, least first, and which places have that answer.

    Raises:
        CalendarError: there is no data for that time.
    """
    sole = clock.sole(area)
    if sole is not None:
        return ((ask(sole.calendar), sole.places),)
    assert area is not None
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


def settling(answers: Sequence[tuple[object, Sequence[Place]]]) -> Role:
    """The role of the fact that settles more of what is possible in an area.

    It is the subdivision if in a larger share of subdivisions than of zones all places agree.
    """
    zones: dict[str, set[object]] = {}
    parts: dict[str | None, set[object]] = {}
    for answer, places in answers:
        for place in places:
            zones.setdefault(place.zone, set()).add(answer)
            parts.setdefault(place.subdivision, set()).add(answer)
    by_zone, by_part = (sum(len(each) == 1 for each in side.values()) / len(side) for side in (zones, parts))
    return "subdivision" if by_part > by_zone else "timezone"


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
    years = _years(int(opened.min()), int(opened.max()))
    while True:
        groups = clock.groups(area, *years)
        if not groups:
            raise CalendarError("the country has no time zone")
        answers, low, high = _compared(groups, _disputed(clock, groups[0], years), opened, ask)
        wider = _wider(years, low, high)
        if wider == years:
            return answers
        years = wider


def _compared(
    groups: Sequence[Sequence[Group]],
    disputed: Sequence[date],
    opened: Column,
    ask: Callable[[BusinessCalendar, Column], Columns],
) -> tuple[Columns, int, int]:
    """The answers, and from when to when they reach."""
    import numpy as np

    # By kind of zone, in the first of the subdivisions.
    firsts = np.array([ask(some[0].calendar, opened) for some in groups])
    low, high = min(opened.min(), firsts.min()), max(opened.max(), firsts.max())
    near = np.zeros(opened.size, dtype=bool)
    for some, first in zip(groups, firsts, strict=True):
        near |= _reach(disputed, some[0].calendar.zone, opened, first)
    # Far from disputed days all subdivisions agree.
    found = np.where((firsts == firsts[0]).all(axis=(0, 1)), firsts[0], OPEN["timezone"])
    rows = np.flatnonzero(near)
    if not rows.size:
        return found, int(low), int(high)
    settled_by_zone, total = np.zeros(rows.size), 0
    same = np.ones((len(groups[0]), rows.size), dtype=bool)
    for number, some in enumerate(groups):
        others = [ask(group.calendar, opened[rows]) for group in some[1:]]
        answers = np.array([firsts[number][:, rows], *others])
        low, high = min(low, answers.min()), max(high, answers.max())
        count = len({place.zone for place in some[0].places})
        settled_by_zone += count * (answers == answers[0]).all(axis=(0, 1))
        total += count
        if number == 0:
            base = answers
        same &= (answers == base).all(axis=1)
    counts = np.array([len({place.subdivision for place in group.places}) for group in groups[0]])
    by_part, by_zone = counts @ same / counts.sum(), settled_by_zone / total
    marks = np.where(by_part > by_zone, OPEN["subdivision"], OPEN["timezone"])
    found[:, rows] = np.where((by_part == 1) & (by_zone == 1), base[0], marks)
    return found, int(low), int(high)


def _disputed(clock: Clock, groups: Sequence[Group], years: tuple[int, int]) -> list[date]:
    """The days that public holidays close in some subdivisions and not in others."""
    first, last = years_with_data(groups[0].calendar.holidays_of, *years)
    days = [frozenset(closures(clock.week, group.calendar.holidays_of, first, last)) for group in groups]
    return sorted(frozenset.union(*days) - frozenset.intersection(*days))


def _reach(days: Sequence[date], name: str, opened: Column, answers: Columns) -> NDArray[np.bool_]:
    """Which openings have one of some days between them and what is answered."""
    import numpy as np

    zone = zones.zone(name)
    begins = [int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) for day in days]
    # What begins on a day can end on the next.
    ends = [begin + 3 * DAY for begin in begins]
    low, high = np.minimum(opened, answers.min(axis=0)), np.maximum(opened, answers.max(axis=0))
    reached: NDArray[np.bool_] = np.searchsorted(begins, high, "right") > np.searchsorted(ends, low, "left")
    return reached


def _wider(years: tuple[int, int], low: int, high: int) -> tuple[int, int]:
    """Years that hold a span of time as well."""
    first, last = _years(low, high)
    return min(years[0], first), max(years[1], last)


def _years(low: int, high: int) -> tuple[int, int]:
    """Years that surely hold the local dates of two instants, and of all between."""
    return 1970 + (low - _MARGIN) // _YEAR, 1970 + (high + _MARGIN) // _YEAR
