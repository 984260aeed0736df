"""Business time the slow way: a clock that steps from minute to minute and looks at the wall each time.

It shares no code with the library, and is exact where openings, intervals and offsets are whole minutes.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import count
from zoneinfo import ZoneInfo

import holidays

MINUTE, DAY = 60, 86_400


@functools.cache
def zone_of(name: str) -> ZoneInfo:
    """The zone as the ``tzdata`` package has it."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@functools.cache
def holidays_of(country: str | None, year: int) -> frozenset[date]:
    """The public holidays of a country around a year."""
    if country is None:
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=range(year - 1, year + 2)))


@functools.cache
def exists(zone: str, day: date) -> bool:
    """Whether the clocks of a zone ever showed a date."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    hours = (noon + timedelta(hours=hour) for hour in range(-36, 37))
    return any(hour.astimezone(zone_of(zone)).date() == day for hour in hours)


@dataclass(frozen=True)
class Minutes:
    """Hours (seven weekdays, special dates), kept in a zone, closed on the holidays of a country."""

    days: tuple[tuple[tuple[int, int], ...], ...]
    dates: tuple[tuple[date, tuple[tuple[int, int], ...] | None, str], ...]
    zone: str
    country: str | None

    def local(self, instant: int) -> datetime:
        return datetime.fromtimestamp(instant, zone_of(self.zone))

    def hours(self, day: date) -> tuple[tuple[int, int], ...]:
        for special, intervals, _ in self.dates:
            if special == day:
                return self.days[day.weekday()] if intervals is None else intervals
        return () if day in holidays_of(self.country, day.year) else self.days[day.weekday()]

    def began(self, instant: int) -> set[date]:
        """The dates on which the hours began that are open: this one, and the one before past midnight."""
        local = self.local(instant)
        second = local.hour * 3600 + local.minute * 60 + local.second
        today, yesterday = local.date(), local.date() - timedelta(days=1)
        found = set()
        if any(start <= second < end for start, end in self.hours(today)):
            found.add(today)
        if any(start <= second + DAY < end for start, end in self.hours(yesterday)):
            found.add(yesterday if exists(self.zone, yesterday) else yesterday - timedelta(days=1))
        return found

    def is_open(self, instant: int) -> bool:
        return bool(self.began(instant))

    def next_open(self, instant: int) -> int:
        return next(minute for minute in count(instant, MINUTE) if self.is_open(minute))

    def deadline(self, opened: int, minutes: int) -> int:
        if not minutes:
            return self.next_open(opened)
        return next(
            minute + MINUTE
            for number, minute in enumerate(self.open_minutes(count(opened, MINUTE)), 1)
            if number == minutes
        )

    def closes(self, start: int) -> Iterator[dict[date, int]]:
        """The close of business of each date, as far as it is known from minute to minute."""
        found: dict[date, int] = {}
        for minute in self.open_minutes(count(start, MINUTE)):
            found |= dict.fromkeys(self.began(minute), minute + MINUTE)
            yield found

    def day(self, instant: int) -> date:
        """The date of an instant; the one with hours before it, as long as those have not ended."""
        today = self.local(instant).date()
        return max((day for day in self.business_days(instant, instant + DAY) if day < today), default=today)

    def day_deadline(self, opened: int, days: int) -> int:
        today = self.day(opened)
        # Two days more: from the first minutes of the next one the clock may go back into the last one, as in
        # Phoenix at 00:01 in 1944.
        closes = next(found for found in self.closes(opened) if sum(day > today for day in found) > days + 1)
        return closes[sorted(day for day in closes if day > today)[days - 1]]

    def next_close(self, opened: int) -> int:
        """The soonest close of a business day that is to come."""
        return min(next(found for found in self.closes(opened) if len(found) > 2).values())

    def wall_time(self, instant: int) -> datetime:
        return self.local(instant).replace(tzinfo=None, fold=0)

    def first_at(self, wall: datetime, near: int) -> int:
        """The first minute of two days around one at which the wall clock is that late."""
        return next(m for m in range(near - 2 * DAY, near + 2 * DAY, MINUTE) if self.wall_time(m) >= wall)

    def same_time(self, opened: int, days: int) -> int:
        today = self.local(opened).date()
        ahead = {self.local(hour).date() for hour in range(opened, opened + (days + 3) * DAY, 3600)}
        then = sorted(day for day in ahead if day > today)[days - 1]
        return self.first_at(datetime.combine(then, self.wall_time(opened).time()), opened + days * DAY)

    def counted_from(self, opened: int, cut_off: int) -> int:
        today = self.day(opened)
        midnight = datetime(today.year, today.month, today.day)
        mine = [m for m in range(opened - 2 * DAY, opened + 2 * DAY, MINUTE) if today in self.began(m)]
        until = self.first_at(midnight + timedelta(minutes=cut_off), opened)
        if mine and opened <= min(until, mine[-1]):
            return max(opened, mine[0])
        minutes = self.open_minutes(count(opened - 2 * DAY, MINUTE))
        return max(opened, next(m for m in minutes if any(day > today for day in self.began(m))))

    def window(self, instant: int) -> tuple[int, int]:
        first = last = self.next_open(instant)
        while self.is_open(first - MINUTE):
            first -= MINUTE
        while self.is_open(last):
            last += MINUTE
        return first, last

    def open_minutes(self, minutes: count[int] | range) -> Iterator[int]:
        return (minute for minute in minutes if self.is_open(minute))

    def business_days(self, start: int, end: int) -> set[date]:
        """The dates of the hours that are open between two instants."""
        return set().union(*map(self.began, range(start, end, MINUTE)))
