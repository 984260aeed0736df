"""What is right for a test vector, by walking minute after minute on the wall clock of its zone.

It reads the form of vectors and the meaning that docs/vectors.md gives them, and shares nothing with the code that
judges promises. Instants of a vector are whole minutes.
"""

from __future__ import annotations

import functools
import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = 60
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# No case that is made here is due later than that after it starts.
HORIZON = 25 * 24 * 60

Json = dict[str, Any]


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def utc(second: int | None) -> str | None:
    return None if second is None else datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def minutes(text: str) -> tuple[int, int]:
    """An interval of a day, in minutes of it."""
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return (start, end) if end > start else (start, end + 1440)


class Walker:
    """The clock of a vector under some hours, and some pauses.

    Args:
        pauses: pairs of seconds, the second None where a pause goes on.
    """

    def __init__(self, vector: Json, hours: str | Json, pauses: list[tuple[int, int | None]]) -> None:
        self.zone, self.hours, self.pauses = ZoneInfo(vector["timezone"]), hours, pauses
        self.closed = {date.fromisoformat(day) for day in vector.get("closed", ())}
        self.owner = functools.cache(self._owner)

    def local(self, second: int) -> datetime:
        return datetime.fromtimestamp(second, self.zone)

    def _owner(self, second: int) -> date | None:
        """The date on which the open time of a minute began; None where it is not open."""
        wall = self.local(second)
        today, minute = wall.date(), wall.hour * 60 + wall.minute
        if self.hours == "24x7":
            return today
        assert isinstance(self.hours, dict)
        for day, passed in ((today, minute), (today - timedelta(days=1), minute + 1440)):
            if day in self.closed:
                continue
            if any(
                start <= passed < end for start, end in map(minutes, self.hours.get(DAYS[day.weekday()], ()))
            ):
                return day
        return None

    def paused(self, second: int) -> bool:
        return any(start <= second and (end is None or second < end) for start, end in self.pauses)

    def endless(self, second: int) -> bool:
        """Whether a pause that goes on holds at an instant, or began before."""
        return any(end is None and start <= second for start, end in self.pauses)

    def runs(self, second: int) -> bool:
        return self.owner(second) is not None and not self.paused(second)

    def ran(self, start: int, end: int) -> int:
        return sum(MINUTE for second in range(start, end, MINUTE) if self.runs(second))

    # When something is due

    def due(self, target: str, start: int) -> int | None:
        if target.startswith("PT"):
            return self._after(seconds(target), start)
        if target.startswith("P"):
            return self._dates_later(int(target[1:-1]), start)
        named = {"same_business_day": 0, "next_business_day": 1, "next_day": 1}
        return self._close(named[target] if target in named else int(target.split("_")[0]), start)

    def _after(self, length: int, start: int) -> int | None:
        left, second = length, start
        while second < start + HORIZON * MINUTE:
            if self.endless(second):
                return None
            if self.runs(second):
                if not left:
                    return second
                left -= MINUTE
                if left == 0:
                    return second + MINUTE
            second += MINUTE
        raise AssertionError("never due")

    def _dates_later(self, number: int, start: int) -> int | None:
        wall = self.local(start).replace(tzinfo=None, fold=0) + timedelta(days=number)
        # Of times that come twice the first; one that is skipped is told by the clock before the change.
        due, second = int(wall.replace(tzinfo=self.zone, fold=0).timestamp()), start
        while second < due:
            if self.endless(second):
                return None
            due += MINUTE * self.paused(second)
            second += MINUTE
        return due

    def _close(self, number: int, start: int) -> int | None:
        days: dict[date, list[int]] = {}
        for second in range(start - 2 * 1440 * MINUTE, start + HORIZON * MINUTE, MINUTE):
            if (owner := self.owner(second)) is not None:
                days.setdefault(owner, []).append(second)
        business = sorted(days)
        if number:
            own = self.owner(start) or self.local(start).date()
            later = [day for day in business if day > own]
        else:
            later = [day for day in business if days[day][-1] + MINUTE > start]
        counted = 0
        for day in later:
            close = days[day][-1] + MINUTE
            if any(end is None and begin < close for begin, end in self.pauses):
                return None
            counted += any(map(self.runs, days[day]))
            if counted >= number and self.runs(close - MINUTE):
                return close
        raise AssertionError("never due")


def seconds(text: str) -> int:
    total, number = 0, ""
    for letter in text.removeprefix("PT"):
        if letter.isdigit():
            number += letter
        else:
            total, number = total + int(number) * {"H": 3600, "M": 60, "S": 1}[letter], ""
    return total


def duration(length: int) -> str:
    hours, rest = divmod(length, 3600)
    parts = ((hours, "H"), (rest // 60, "M"), (rest % 60, "S"))
    return "PT" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0S")


def right(vector: Json) -> Json:
    """What is right for a vector, apart from those that repeat."""
    ended = at(vector["ended"]) if vector.get("ended") else None
    looked = at(vector["at"]) if vector.get("at") else None
    by_end = ended is not None and (looked is None or ended <= looked)
    moment = ended if by_end else looked
    pauses: list[tuple[int, int | None]] = []
    for begin, end in vector.get("paused", ()):
        start, stop = at(begin), None if end is None else at(end)
        if by_end and moment is not None:
            if start < moment:
                pauses.append((start, moment if stop is None else min(stop, moment)))
        elif moment is None or start <= moment:
            pauses.append(
                (start, None if moment is not None and stop is not None and stop > moment else stop)
            )
    pauses = [(start, stop) for start, stop in pauses if stop is None or start < stop]
    target, hours, start = vector["target"], vector["hours"], at(vector["starts"])
    for change in vector.get("changes", ()):
        when = at(change["at"])
        if moment is not None and (when > moment or (by_end and when == moment)):
            break
        due = Walker(vector, _hours(target, hours), pauses).due(target, start)
        if due is not None and due <= when:
            break
        if change["on_change"] == "keep":
            continue
        target, hours = change.get("target", target), change.get("hours", hours)
        start = when if change["on_change"] == "restart" else start
    walker = Walker(vector, _hours(target, hours), pauses)
    due = walker.due(target, start)
    late = due is not None and moment is not None and moment > due
    if by_end:
        status = "missed" if late else "met"
    elif late:
        status = "missed"
    elif moment is None:
        status = "paused" if any(stop is None for _, stop in pauses) else "open"
    else:
        status = "paused" if walker.paused(moment) else "open"
    found: Json = {"due": utc(due), "status": status, "used": None, "remaining": None, "late_by": None}
    if moment is not None and target.startswith("PT"):
        used = walker.ran(start, moment)
        found |= {"used": duration(used), "remaining": duration(max(0, seconds(target) - used))}
    if late and due is not None and moment is not None:
        found["late_by"] = duration(walker.ran(due, moment))
    return found


def _hours(target: str, hours: str | Json) -> str | Json:
    """Calendar days pass always."""
    return "24x7" if target[0] == "P" and target[1] != "T" else hours


# Cases

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
WEEKS: tuple[str | Json, ...] = (
    "24x7",
    {day: ["09:00-17:00"] for day in DAYS[:5]},
    {day: ["08:00-12:00", "13:30-18:00"] for day in DAYS[:6]},
    {day: ["21:00-02:30"] for day in DAYS},
    {"sunday": ["01:00-04:00"], "monday": ["00:00-24:00"], "thursday": ["10:00-11:00"]},
)
# The days around changes of the clocks in these zones, and plain ones.
FIRST_DAYS = (
    "2026-03-07",
    "2026-03-27",
    "2026-04-03",
    "2026-10-03",
    "2026-10-24",
    "2026-10-31",
    "2026-06-11",
)
TARGETS = (
    *("PT0S", "PT30M", "PT4H", "PT9H30M", "PT40H"),
    *("same_business_day", "next_business_day", "2_business_days", "P1D", "P3D"),
)


def cases(count: int, seed: int) -> Iterator[Json]:
    """Random vectors with what is right for each."""
    rng = random.Random(seed)
    for number in range(count):
        first = int(datetime.fromisoformat(rng.choice(FIRST_DAYS)).replace(tzinfo=UTC).timestamp())

        def moment(low: int = 0, high: int = 6 * 1440, first: int = first) -> str:
            return str(utc(first + MINUTE * rng.randrange(low, high, 5)))

        vector: Json = {
            "name": f"random {number}",
            "timezone": rng.choice(ZONES),
            "hours": rng.choice(WEEKS),
            "target": rng.choice(TARGETS),
            "starts": moment(0, 2 * 1440),
        }
        if rng.random() < 0.4:
            day = datetime.fromtimestamp(first, UTC).date() + timedelta(days=rng.randrange(4))
            vector["closed"] = [day.isoformat()]
        pauses = [sorted((moment(), moment())) for _ in range(rng.choice((0, 0, 1, 1, 2, 3)))]
        if pauses:
            vector["paused"] = pauses
            if rng.random() < 0.2:
                max(pauses)[1] = None  # type: ignore[call-overload]
        later = sorted(filter(lambda text: text > vector["starts"], (moment() for _ in range(2))))
        if rng.random() < 0.5 and later:
            vector["changes"] = [_change(rng, text) for text in later]
        for key in ("ended", "at"):
            if rng.random() < 0.5:
                vector[key] = max(vector["starts"], moment(0, 8 * 1440))
        yield vector | {"expect": right(vector)}


def _change(rng: random.Random, when: str) -> Json:
    found: Json = {"at": when, "on_change": rng.choice(("continue", "restart", "keep"))}
    if rng.random() < 0.8:
        found["target"] = rng.choice(TARGETS)
    if "target" not in found or rng.random() < 0.5:
        found["hours"] = rng.choice(WEEKS)
    return found


if __name__ == "__main__":
    lines = (json.dumps(each) + "\n" for each in cases(int(sys.argv[1]), 1))
    Path(sys.argv[2]).write_text("".join(lines), "utf-8")
