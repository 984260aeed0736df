"""Openings that are worth trying where two promises are to be shown apart."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from supportrules.errors import CalendarError
from supportrules.time.calendars import BusinessCalendar
from supportrules.time.clocks import Place
from supportrules.time.openness import DAY
from supportrules.time.promises import Timing


def turning_points(promises: Sequence[Timing], place: Place, start: int, end: int) -> Iterator[int]:
    """Openings of a stretch of time, so chosen that two promises keep their order between them.

    Between two neighbours a due time stands still or moves with the opening, so what holds at both ends of a
    stretch holds within.
    """
    windows = [
        None if promise.hours.always else list(_windows(promise.clock.calendar(place), start, end))
        for promise in promises
    ]
    edges = {start, *itertools.chain.from_iterable(w for found in windows if found for w in found)}
    for promise in promises:
        # Where hours never close, or shifts follow each other, business days end inside a window.
        hours = promise.hours
        if promise.target.counts == "days" and (hours.always or hours.overnight):
            edges.update(_ends_of_days(promise.clock.calendar(place), start, end))
        if promise.target.counts == "dates":
            edges.update(_clock_changes(promise.clock.calendar(place), start, end))
        if promise.cut_off is not None:
            edges.update(_cut_offs(promise.clock.calendar(place), start, end, promise.cut_off))
    points = set(edges)
    for promise, found in zip(promises, windows, strict=True):
        if promise.target.counts == "seconds":
            points.update(_due_at(edges, promise.target.length, found))
        elif promise.target.counts == "dates":
            points.update(_as_late_before(promise, place, edges))
    near = {point + step for point in points for step in (-1, 0, 1)}
    yield from sorted(moment for moment in near if start <= moment < end)


def _windows(hours: BusinessCalendar, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The open stretches in a stretch of time, as far as there is data."""
    with suppress(CalendarError):
        while start < end:
            opens, start = hours.window(start)
            yield opens, start


def _ends_of_days(hours: BusinessCalendar, start: int, end: int) -> Iterator[int]:
    """The closes of business in a stretch of time, and some beside it, as far as there is data."""
    moment = start - 2 * DAY
    with suppress(CalendarError):
        while moment < end:
            moment = hours.day_deadline(moment - 1, 1)
            yield moment


def _clock_changes(hours: BusinessCalendar, start: int, end: int) -> Iterator[int]:
    """The changes of the clock in a stretch of time, as far as there is data."""
    with suppress(CalendarError):
        yield from hours.clock_changes(start, end)


def _cut_offs(hours: BusinessCalendar, start: int, end: int, cut_off: int) -> Iterator[int]:
    """The cut-offs in a stretch of time, as far as there is data."""
    with suppress(CalendarError):
        yield from hours.cut_offs(start, end, cut_off)


def _as_late_before(promise: Timing, place: Place, edges: Iterable[int]) -> Iterator[int]:
    """The openings that are due just when something begins or ends, whatever the clock did in between."""
    with suppress(CalendarError):
        for edge in edges:
            opening = edge - promise.target.length * DAY
            yield opening
            yield opening + edge - promise.due(opening, place)


def _due_at(edges: Iterable[int], seconds: int, windows: Sequence[tuple[int, int]] | None) -> Iterator[int]:
    """The openings that are due just when some hours begin or end.

    Args:
        windows: those of the clock; None where it never stops.
    """
    if windows is None:
        yield from (edge - seconds for edge in edges)
        return
    starts = [opens for opens, _ in windows]
    totals = [0, *itertools.accumulate(shuts - opens for opens, shuts in windows)]
    for edge in edges:
        place = bisect_right(starts, edge) - 1
        if place < 0:
            continue
        opens, shuts = windows[place]
        left = totals[place] + min(edge, shuts) - opens - seconds
        if left >= 0:
            before = bisect_right(totals, left) - 1
            yield starts[min(before, len(starts) - 1)] + left - totals[before]
