"""Deadlines at places, by walking local days: which subdivisions there are and what they keep is asked anew.

Run by ``make soak``: ``python tests/support/places_by_day.py 100000``. It prints how many tickets were compared, and
ends with the first difference.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import product
from typing import Any

import holidays
import numpy as np
import pycountry

from oracle import rows, zone_of
from supportrules.time.agreement import OPEN
from supportrules.time.calendars import Week
from supportrules.time.clocks import Area, Clock
from supportrules.time.observances import COUNTRY, CUSTOMER, NO_HOLIDAYS, Observance
from supportrules.time.openness import Intervals
from supportrules.time.promises import Timing
from supportrules.time.targets import BusinessDays, Duration

HOUR = 3600
HOLIDAYS: tuple[Observance, ...] = (CUSTOMER, COUNTRY, NO_HOLIDAYS)
OFFICE = ((9 * HOUR, 17 * HOUR),)
SHORT = ((10 * HOUR, 14 * HOUR),)
FIRST, LAST = date(2025, 3, 1), date(2027, 6, 30)
# Special dates of some places: each is closed on every eleventh day, and has short hours on the next, on which what
# lies in it is closed. London and Paris lie in what holidays are known of.
SPECIAL_PLACES = ("DE", "DE-BY", "FR", "FR-IDF", "FR-75C", "FR-GES", "GB-LND", "US-TX", "AU-NSW")
SPECIAL: dict[str, dict[date, Intervals]] = {
    code: {
        FIRST + timedelta(days=number): SHORT if number % 11 == position else ()
        for number in range((LAST - FIRST).days)
        if number % 11 in (position - 1, position)
    }
    for position, code in enumerate(SPECIAL_PLACES, 1)
}
CLOCKS = [
    Clock("weekdays", Week((OFFICE,) * 5 + ((), ())), CUSTOMER),
    Clock("saturdays", Week((OFFICE,) * 5 + (((10 * HOUR, 14 * HOUR),), ())), CUSTOMER),
    Clock("country", Week((OFFICE,) * 5 + ((), ())), COUNTRY),
]
_LOCAL = tuple(
    (code, tuple((day, each, "") for day, each in days.items()), ()) for code, days in SPECIAL.items()
)
SPECIAL_DATES = [
    Clock(f"special dates, {holidays.of}", Week((OFFICE,) * 5 + ((), ()), (), (), _LOCAL), holidays)
    for holidays in HOLIDAYS
]
CLOCKS += SPECIAL_DATES
TIMINGS = [
    Timing(target, clock)
    for clock in CLOCKS
    for target in (BusinessDays(1), BusinessDays(3), Duration(4 * HOUR), Duration(30 * HOUR))
]
# Of the places of a ticket so many are looked at.
MOST = 8

SUBDIVISIONS: Any = pycountry.subdivisions
KNOWN = holidays.list_supported_countries(include_aliases=False)
COUNTRIES = sorted(code for code, parts in KNOWN.items() if parts and code != "UA")
# ISO 3166-2 says of these that they are in ISO 3166-1 as well; some have the code that they have there.
OTHER_NAMES = {"FI-01": "AX", "FR-971": "GP", "FR-972": "MQ", "FR-973": "GF", "FR-974": "RE", "FR-976": "YT"}
OTHER_NAMES |= {"NL-BQ1": "BQ", "NL-BQ2": "BQ", "NL-BQ3": "BQ", "NO-21": "SJ", "NO-22": "SJ"}
SAME_NAMES = {
    "CN": {"HK", "MO", "TW"},
    "FR": {"BL", "MF", "NC", "PF", "PM", "TF", "WF"},
    "NL": {"AW", "CW", "SX"},
    "US": {"AS", "GU", "MP", "PR", "UM", "VI"},
}
# As `holidays` calls them.
OTHER_CODES = {"BQ-BO": "BON", "BQ-SA": "SAB", "BQ-SE": "STA", "IT-23": "AO"}


@cache
def smallest(country: str) -> tuple[str, ...]:
    """The subdivisions of a country that are not divided again."""
    every = SUBDIVISIONS.get(country_code=country) or []
    divided = {each.parent_code for each in every}
    own = SAME_NAMES.get(country, set())
    return tuple(
        each.code
        for each in every
        if each.code not in divided | OTHER_NAMES.keys() and each.code[3:] not in own
    )


@cache
def within(code: str) -> tuple[str, ...]:
    """A subdivision and those that it lies in, the smallest first."""
    found = SUBDIVISIONS.get(code=code)
    return (code, *(within(found.parent_code) if found.parent_code else ()))


@cache
def days_off(place: str, year: int) -> frozenset[date]:
    """The public holidays of a year, as ``holidays`` has them for the smallest part that it knows."""
    country = place[:2]
    for code in within(place) if "-" in place else ():
        part = OTHER_CODES.get(code, code[3:])
        if part in KNOWN[country]:
            return frozenset(holidays.country_holidays(country, part, years=year))
    return frozenset(holidays.country_holidays(country, years=year))


def hours(timing: Timing, place: str, zone: str, day: date) -> tuple[int, int] | None:
    """From when to when business is open on a local date."""
    clock, around = timing.clock, (*(within(place) if "-" in place else ()), place[:2])
    special = next((SPECIAL[code][day] for code in around if day in SPECIAL.get(code, ())), None)
    intervals: Intervals
    if special is not None and clock in SPECIAL_DATES:
        intervals = special
    else:
        kept = {CUSTOMER: place, COUNTRY: place[:2], NO_HOLIDAYS: None}[clock.holidays]
        intervals = () if kept and day in days_off(kept, day.year) else clock.week.days[day.weekday()]
    if not intervals:
        return None
    ((opens, shuts),) = intervals
    at = (datetime.combine(day, time(second // HOUR), zone_of(zone)) for second in (opens, shuts))
    start, end = (int(each.timestamp()) for each in at)
    return start, end


@cache
def due(number: int, opened: int, zone: str, place: str) -> int:
    """When a promise is due: the days are walked until it is."""
    timing = TIMINGS[number]
    day, left = datetime.fromtimestamp(opened, zone_of(zone)).date(), timing.target.length
    by_day = isinstance(timing.target, BusinessDays)
    while True:
        day += timedelta(days=by_day)
        if (open := hours(timing, place, zone, day)) is not None:
            start, end = max(open[0], opened), open[1]
            left -= 1 if by_day else max(end - start, 0)
            if by_day and not left:
                return end
            if not by_day and left <= 0 and end > start:
                return end + left
        day += timedelta(days=not by_day)


@dataclass(frozen=True)
class Ticket:
    """What is known of a ticket."""

    number: int
    opened: int
    area: Area

    @property
    def timing(self) -> Timing:
        return TIMINGS[self.number]


def tickets(count: int, seed: int) -> Iterator[Ticket]:
    """Random tickets of all countries whose parts keep days of their own."""
    rng = random.Random(f"places {seed}")
    begin, end = (
        int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) for day in (FIRST, LAST)
    )
    while count:
        country = rng.choice(COUNTRIES)
        zones = [name for code, _, name, *_ in rows("zone.tab") if code == country]
        zone = rng.choice(zones) if rng.random() < 0.6 else None
        codes = [code for each in smallest(country) for code in within(each)]
        subdivision = rng.choice(codes) if codes and rng.random() < 0.4 else None
        area = Area(zone, country, subdivision)
        clock = rng.choice(CLOCKS)
        numbers = [number for number, timing in enumerate(TIMINGS) if timing.clock is clock]
        # Calendars take longer to build than to ask.
        for _ in range(min(count, 25)):
            count -= 1
            yield Ticket(rng.choice(numbers), rng.randrange(begin, end), area)


def compare(ticket: Ticket, rng: random.Random) -> None:
    """Ends with the difference where what is possible is not what walking finds."""
    area, timing = ticket.area, ticket.timing
    possible = timing.possible_dues(ticket.opened, area)
    found = {place: when for when, places in possible for place in places}
    assert len(found) == sum(len(places) for _, places in possible), ticket
    zones = [area.zone] if area.zone else [n for code, _, n, *_ in rows("zone.tab") if code == area.country]
    whole = area.subdivision
    parts = [each for each in smallest(str(area.country)) if whole is None or whole in within(each)]
    pairs = list(product(zones, parts or [str(area.country)]))
    assert {place.zone for place in found} == set(zones), ticket
    for zone, part in rng.sample(pairs, min(MOST, len(pairs))):
        # The smallest one that is told apart.
        around = (*(within(part) if "-" in part else ()), whole)
        by_part = {place.subdivision: when for place, when in found.items() if place.zone == zone}
        when = next(by_part[code] for code in (*around, None) if code in by_part)
        expected = due(ticket.number, ticket.opened, zone, part)
        assert when == expected, (ticket, zone, part, instant(when), instant(expected))


def instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


@dataclass(frozen=True)
class Codes:
    values: list[Any]
    codes: Any

    @classmethod
    def of(cls, texts: list[str | None]) -> Codes:
        numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        return cls(list(numbers), np.array([numbers[text] for text in texts], dtype=np.int32))


def by_column(some: list[Ticket]) -> None:
    """Ends with the difference where columns say something else than tickets one at a time."""
    areas = [ticket.area for ticket in some]
    columns = tuple(Codes.of([area[side] for area in areas]) for side in range(3))
    opened = np.array([ticket.opened for ticket in some])
    for number, timing in enumerate(TIMINGS):
        of = np.array([row for row, ticket in enumerate(some) if ticket.number == number], dtype=np.int64)
        if not of.size:
            continue
        found: dict[int, int] = {}
        for timed in timing.dues(opened, of, (columns[0], columns[1], columns[2])):
            found |= dict(zip(timed.rows.tolist(), timed.times[0].tolist(), strict=True))
        assert found.keys() == set(of.tolist())
        for row, when in found.items():
            answers = timing.possible_dues(some[row].opened, some[row].area)
            expected = answers[0][0] if len(answers) == 1 else OPEN
            assert when == expected, (some[row], when, expected)


def main(count: int, seed: int = 1) -> None:
    some, rng = list(tickets(count, seed)), random.Random(seed)
    for ticket in some:
        compare(ticket, rng)
    by_column(some)
    print(f"{count} tickets of {len(COUNTRIES)} countries: what is possible is what walking days finds")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
