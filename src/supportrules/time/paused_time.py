"""Time that a clock runs: open, and not paused.

Pauses are stretches of UTC epoch seconds, each from its first instant up to, not including, its last; one
without an end holds until further notice. What depends on when that will be has no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from supportrules.time.calendars import BusinessCalendar


class Pause(NamedTuple):
    """A stretch in which a clock stands, open or not.

    Args:
        start: its first instant.
        end: the first instant after it; None where it holds until further notice.
    """

    start: int
    end: int | None


class StillPausedError(Exception):
    """What was asked for depends on when a pause ends that has no end yet."""


def united(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """Pauses in order, in which each instant is in one at most; those of no length are left out."""
    found: list[Pause] = []
    for pause in sorted(pauses, key=lambda pause: pause.start):
        if pause.end is not None and pause.end <= pause.start:
            continue
        last = found[-1] if found else None
        if last is None or (last.end is not None and last.end < pause.start):
            found.append(pause)
        elif last.end is not None:
            end = None if pause.end is None else max(last.end, pause.end)
            found[-1] = Pause(last.start, end)
    return tuple(found)


class PausedTime:
    """A calendar of which only the time counts that is not paused.

    It answers what targets ask of a calendar, and raises what that raises, or `StillPausedError`.

    Args:
        calendar: the open time.
        pauses: when the clock stands, in any order.
    """

    def __init__(self, calendar: BusinessCalendar, pauses: Iterable[Pause] = ()) -> None:
        self._calendar, self._pauses = calendar, united(pauses)

    def holds(self, instant: int) -> bool:
        """Whether an instant is paused, open or not."""
        return any(p.start <= instant and (p.end is None or instant < p.end) for p in self._pauses)

    def ran(self, start: int, end: int) -> int:
        """For how many seconds the clock ran between two instants; none where the second is earlier."""
        return max(0, self._calendar.open_seconds(start, end) - self.stood(start, end)) if start < end else 0

    def stood(self, start: int, end: int) -> int:
        """For how many seconds of open time it was paused between two instants."""
        spans = ((first, end if last is None else min(last, end)) for first, last in self._from(start))
        return sum(self._calendar.open_seconds(*span) for span in spans if span[0] < span[1])

    def deadline(self, opened: int, seconds: int) -> int:
        """The instant at which the clock has run for some time.

        What is used up as a pause begins, or as hours close, is due then. No time at all is due at the first
        instant at which the clock runs.
        """
        left = seconds
        for start, end in self._from(opened):
            if seconds:
                open_seconds = self._calendar.open_seconds(opened, start)
                if open_seconds >= left:
                    break
                left -= open_seconds
            elif self._calendar.deadline(opened, 0) < start:
                break
            opened = _until(end)
        return self._calendar.deadline(opened, left)

    def day_deadline(self, opened: int, days: int) -> int:
        """The close of the Nth business day, of those on which the clock ran, after the day of an instant.

        That day is as in `BusinessCalendar.day_deadline`. Where the clock is paused at that close, it is the
        next close at which it runs.
        """
        if next(self._from(opened), None) is None:
            return self._calendar.day_deadline(opened, days)
        own = self._calendar.day_deadline(opened, 0)
        close = self._calendar.day_deadline(opened, 1) if days else own
        # All open time from the close before is that of one business day.
        before, counted = own if own < close else opened, 0
        while True:
            for start, end in self._from(before):
                if start < close:
                    _until(end)
            counted += self.ran(before, close) > 0
            if counted >= days and not self.holds(close - 1):
                return close
            before, close = close, self._calendar.day_deadline(close, 0)

    def same_time(self, opened: int, days: int) -> int:
        """The local time of an instant some calendar days later, and as much later as the clock is paused."""
        due = self._calendar.same_time(opened, days)
        for start, end in self._from(opened):
            if start >= due:
                break
            due += _until(end) - start
        return due

    def _from(self, instant: int) -> Iterator[Pause]:
        """The pauses from an instant on, of one that holds then the rest."""
        for start, end in self._pauses:
            if end is None or end > instant:
                yield Pause(max(start, instant), end)


def _until(end: int | None) -> int:
    """The end of a pause that has one."""
    if end is None:
        raise StillPausedError
    return end
