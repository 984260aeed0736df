"""Which answer is better for the customer, and that no opening contradicts it."""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from minute_walls import LATER, Array, Intervals, Walls, walls
from supportrules import Policy
from supportrules.engine.answers import Access, NoteAnswer
from supportrules.policy.definition import Definition
from supportrules.proofs.comparison.changes import NoAnswer
from supportrules.proofs.comparison.preference import verdict
from supportrules.time.calendars import Week
from supportrules.time.clocks import Clock
from supportrules.time.lateness import CHANGES, Undecided, ever_sooner, never_later
from supportrules.time.openness import ALWAYS_OPEN, Openness
from supportrules.time.promises import Promise, Timing
from supportrules.time.targets import BusinessDays, Duration, NoTime

HOUR = 3600
REVERSED = {"better": "worse", "worse": "better", "other": "other"}
OFFICE: Intervals = ((9 * HOUR, 17 * HOUR),)
OFFICE_WEEK = (OFFICE,) * 5 + ((), ())
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


# What is declared


def declared(definition: Definition, answer: str, before: Any, after: Any) -> str:
    """The verdict, and that it is the other way round with the operands swapped."""
    found = verdict(definition, definition, answer, before, after)
    assert verdict(definition, definition, answer, after, before) == REVERSED[found]
    return found


def test_a_higher_level_is_better(policy: Policy) -> None:
    for higher, lower in itertools.combinations(policy.definition.levels, 2):
        assert declared(policy.definition, "severity", lower, higher) == "better"
        assert declared(policy.definition, "severity", higher, higher) == "other"
        assert declared(policy.definition, "severity", None, higher) == "other"


def test_levels_in_another_order_are_not_compared(policy: Policy) -> None:
    definition = policy.definition
    reordered = replace(definition, levels=dict(reversed(list(definition.levels.items()))))
    high, low, *_ = definition.levels
    assert verdict(definition, reordered, "severity", low, high) == "other"
    fewer = replace(definition, levels={high: definition.levels[high]})
    assert verdict(fewer, definition, "severity", high, low) == "worse"
    assert (
        verdict(fewer, replace(definition, levels={low: definition.levels[low]}), "severity", high, low)
        == "other"
    )


def test_an_open_channel_is_better_than_a_refused_one(harbourline: Policy) -> None:
    for hours in ("24x7", *harbourline.definition.hours):
        found = declared(harbourline.definition, "channels.phone", Access(False, None), Access(True, hours))
        assert found == "better"


def test_wider_hours_are_better(harbourline: Policy) -> None:
    def change(before: str, after: str) -> str:
        return declared(harbourline.definition, "channels.phone", Access(True, before), Access(True, after))

    assert change("business_hours", "24x7") == "better"
    assert change("business_hours", "business_hours") == "other"
    # The extended hours hold the business hours on every day of the week and on the special dates.
    assert change("business_hours", "extended_hours") == "better"


def test_a_special_date_can_keep_hours_from_being_wider(harbourline: Policy) -> None:
    definition = harbourline.definition
    extended = definition.hours["extended_hours"]
    closed = replace(extended, week=replace(extended.week, dates=((date(2025, 4, 14), (), "closed"),)))
    new = replace(definition, hours={**definition.hours, "extended_hours": closed})
    before, after = Access(True, "business_hours"), Access(True, "extended_hours")
    assert verdict(definition, new, "channels.phone", before, after) == "other"


def test_longer_to_reopen_is_better(policy: Policy) -> None:
    for before, after in [(None, Duration(60)), (Duration(60), Duration(61)), (None, Duration(0))]:
        assert declared(policy.definition, "reopen", before, after) == "better"
    assert declared(policy.definition, "reopen", None, None) == "other"


def test_promises_are_better_than_none_and_times_than_hours(harbourline: Policy) -> None:
    uncommitted = Promise(NoTime(), "business_hours")
    wider = Promise(NoTime(), "24x7")
    days = Promise(BusinessDays(5), "business_hours")
    for before, after in [(None, uncommitted), (uncommitted, wider), (wider, days), (None, days)]:
        assert declared(harbourline.definition, "response", before, after) == "better"


def test_nothing_else_has_an_order(shipped: Policy) -> None:
    definition = shipped.definition
    assert declared(definition, "category", "billing", "technical") == "other"
    assert declared(definition, next(iter(shipped.program.stages_of(NoteAnswer))), None, True) == "other"
    for answer, value in [("severity", "A"), ("response", None), ("channels.phone", Access(True, "24x7"))]:
        assert declared(definition, answer, NoAnswer.FAULT, value) == "other"
        assert declared(definition, answer, value, NoAnswer.REFUSED) == "other"


def test_each_promise_runs_in_the_hours_of_its_own_policy(shipped: Policy) -> None:
    hours = shipped.definition.hours["business_hours"]
    longer = replace(hours, week=replace(hours.week, days=(((8 * HOUR, 17 * HOUR),),) * 5 + ((), ())))
    new = replace(shipped.definition, hours={"business_hours": longer})
    promise = Promise(Duration(4 * HOUR), "business_hours")
    assert verdict(shipped.definition, new, "response", promise, promise) == "better"
    # The close of business is where it was.
    promise = Promise(BusinessDays(1), "business_hours")
    assert verdict(shipped.definition, new, "response", promise, promise) == "other"


# Two times


def timing(target: Duration | BusinessDays, hours: Openness) -> Timing:
    """A target in a clock that runs in some hours."""
    week = Week(hours.days, tuple((day, intervals, "") for day, intervals in hours.dates))
    found = Timing(target, Clock("hours", week, hours.closes))
    assert found.hours == hours
    return found


def due(where: Walls, timed: Timing, holidays: set[date]) -> Array:
    hours = timed.hours
    closed = holidays if hours.closes else set()
    is_open = where.is_open(hours.days, dict(hours.dates), closed)
    if isinstance(timed.target, BusinessDays):
        return where.due_by_days(is_open, timed.target.length)
    assert isinstance(timed.target, Duration)
    return where.due(is_open, timed.target.seconds)


def sooner(where: Walls, timed: Timing, other: Timing, holidays: set[date]) -> Array:
    """The openings for which a promise is due sooner, where both are due within the weeks or one is."""
    first, second = due(where, timed, holidays), due(where, other, holidays)
    found: Array = (first != LATER) & ((second == LATER) | (first < second))
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


def random_intervals(rng: random.Random) -> Intervals:
    count = rng.choice([0, 1, 1, 1, 2])
    hours = sorted(rng.sample([0, 2, 6, 8, 9, 10, 12, 13, 16, 17, 18, 21, 24], 2 * count))
    return tuple((a * HOUR, b * HOUR) for a, b in zip(hours[::2], hours[1::2], strict=True))


def random_hours(rng: random.Random, around: date) -> Openness:
    day = random_intervals(rng) or OFFICE
    if rng.random() < 0.7:
        week = tuple(day if number < rng.choice([5, 6]) else () for number in range(7))
    else:
        week = (*(random_intervals(rng) for _ in range(6)), day)
    dates = []
    if rng.random() < 0.4:
        numbers = rng.sample(range(8, 20), rng.randrange(1, 3))
        dates = [(around + timedelta(days=number), random_intervals(rng)) for number in sorted(numbers)]
    return Openness(week, tuple(dates), rng.random() < 0.5)


def random_pair(rng: random.Random, around: date) -> tuple[Timing, Timing]:
    """Two promises, often of hours that have to do with each other."""
    hours = random_hours(rng, around)
    chance = rng.random()
    if chance < 0.4:
        other = hours
    elif chance < 0.6:
        other = ALWAYS_OPEN
    elif chance < 0.7:
        other = replace(hours, closes=not hours.closes)
    else:
        other = random_hours(rng, around)

    def timed(hours: Openness) -> Timing:
        if hours is ALWAYS_OPEN or rng.random() < 0.5:
            return timing(Duration(rng.choice([0, 1, 2, 4, 8, 9, 16, 24, 30]) * HOUR), hours)
        return timing(BusinessDays(rng.choice([1, 1, 2, 3])), hours)

    pair = timed(hours), timed(other)
    return pair if rng.random() < 0.5 else (pair[1], pair[0])


@pytest.mark.parametrize("seed", range(30))
def test_no_opening_contradicts_what_is_told(seed: int) -> None:
    rng = random.Random(f"order {seed}")
    weeks = rng.sample(WEEKS, 3)
    one, other = random_pair(rng, weeks[0][1])
    told = []
    for pair in ((one, other), (other, one)):
        try:
            told.append(ever_sooner(*pair))
        except Undecided:
            told.append(True)
    found = both_ways(one, other, seed, weeks)
    assert told[0] >= found[0] and told[1] >= found[1]


def test_much_is_told() -> None:
    """Of random pairs, most that have an order are told to have one."""
    told = {"never later": 0, "no order": 0}
    for seed in range(60):
        one, other = random_pair(random.Random(f"order {seed}"), date(2025, 4, 1))
        try:
            ordered = never_later(one, other) or never_later(other, one)
        except Undecided:
            ordered = False
        told["never later" if ordered else "no order"] += 1
    assert told["never later"] >= 25


@pytest.mark.parametrize("which", ["shipped", "harbourline"])
def test_promises_of_cells_have_the_order_that_all_openings_have(
    which: str, request: pytest.FixtureRequest
) -> None:
    definition: Definition = request.getfixturevalue(which).definition
    promises = list(dict.fromkeys(c.promise for c in definition.cells if c.target.committed))
    unordered = []
    for one, other in itertools.combinations(promises, 2):
        timed = [definition.timing(promise) for promise in (one, other)]
        weeks = [WEEKS[0], ("Etc/UTC", date(2025, 4, 1))]
        ways = both_ways(timed[0], timed[1], 1, weeks)
        expected = {(True, False): "worse", (False, True): "better"}.get(ways, "other")
        assert declared(definition, "response", one, other) == expected, (one, other)
        if expected == "other":
            unordered.append((str(one), str(other)))
    # Eight hours are less than a day of eight and a half, and more where that day ends in the morning.
    listed = [("next_business_day in business_hours", "PT8H in business_hours")]
    assert unordered == (listed if which == "harbourline" else [])


def test_clocks_that_change_count() -> None:
    office = Openness((OFFICE,) * 7)
    next_day = timing(BusinessDays(1), office)
    # From the last second of a day until the next close of business there are 17 hours and a second, and three
    # hours less where the clock goes forward in between.
    assert never_later(timing(Duration(14 * HOUR + 1), ALWAYS_OPEN), next_day)
    assert not never_later(timing(Duration(14 * HOUR + 2), ALWAYS_OPEN), next_day)
    # From its first second there are 24 hours more, and three still where the clock goes back.
    assert never_later(next_day, timing(Duration(44 * HOUR), ALWAYS_OPEN))
    assert not never_later(next_day, timing(Duration(44 * HOUR - 1), ALWAYS_OPEN))
    night = Openness((((0, 24 * HOUR),),) * 6 + ((),))
    assert not never_later(timing(Duration(24 * HOUR), night), timing(BusinessDays(1), night))
    assert never_later(timing(Duration(21 * HOUR), night), timing(BusinessDays(1), night))


def test_a_time_that_fits_in_every_business_day_is_never_later_than_its_end() -> None:
    for closes in (False, True):
        office = Openness(OFFICE_WEEK, (), closes)
        one = timing(Duration(8 * HOUR), office), timing(BusinessDays(1), office)
        assert never_later(*one) and ever_sooner(*one)
        short = Openness(OFFICE_WEEK, ((date(2025, 4, 16), ((9 * HOUR, 12 * HOUR),)),), closes)
        one = timing(Duration(8 * HOUR), short), timing(BusinessDays(1), short)
        assert not never_later(*one)
        assert never_later(timing(Duration(3 * HOUR), short), one[1])


def test_what_holds_at_neither_end_of_a_stretch_counts() -> None:
    def lunch(at: int) -> Openness:
        return Openness((((9 * HOUR, at * HOUR), ((at + 1) * HOUR, 17 * HOUR)),) * 7)

    late, early = timing(Duration(3 * HOUR), lunch(13)), timing(Duration(2 * HOUR + 45 * 60), lunch(12))
    # Between 9:15 and 10 lunch at twelve puts the shorter time off, and not yet lunch at one.
    assert ever_sooner(late, early) and ever_sooner(early, late)


def test_holidays_in_a_row_count() -> None:
    closing, staying = (Openness(OFFICE_WEEK, (), closes) for closes in (True, False))
    fortnight = timing(Duration(14 * 24 * HOUR), ALWAYS_OPEN)
    assert never_later(timing(Duration(HOUR), staying), fortnight)
    assert not never_later(timing(Duration(HOUR), closing), fortnight)
    assert never_later(timing(BusinessDays(1), staying), timing(BusinessDays(1), closing))
    assert not never_later(timing(BusinessDays(1), closing), timing(BusinessDays(1), staying))


def test_no_time_at_all() -> None:
    office = Openness(OFFICE_WEEK)
    at_once = timing(Duration(0), office)
    assert never_later(at_once, timing(Duration(1), office)) and ever_sooner(
        at_once, timing(Duration(1), office)
    )
    assert not never_later(at_once, timing(Duration(HOUR), ALWAYS_OPEN))
    assert never_later(timing(Duration(0), ALWAYS_OPEN), at_once)


# The clocks of the world


def transitions() -> Iterator[tuple[str, int, int, int]]:
    """Every change of an offset in the ``tzdata`` package: zone, instant, seconds before and after."""
    root = files("tzdata")
    for zone in root.joinpath("zones").read_text().split():
        data = root.joinpath("zoneinfo", *zone.split("/")).read_bytes()
        counts = struct.unpack(">6l", data[20:44])
        begin = 44 + counts[3] * 5 + counts[4] * 6 + counts[5] + counts[2] * 8 + counts[1] + counts[0]
        number, types = struct.unpack(">2l", data[begin + 32 : begin + 40])
        times = struct.unpack(f">{number}q", data[begin + 44 : begin + 44 + 8 * number])
        which = data[begin + 44 + 8 * number : begin + 44 + 9 * number]
        infos = begin + 44 + 9 * number
        offsets = [struct.unpack(">l", data[infos + 6 * n : infos + 6 * n + 4])[0] for n in range(types)]
        for (_, before), (moment, after) in itertools.pairwise(zip((0, *times), (0, *which), strict=True)):
            if offsets[before] != offsets[after]:
                yield zone, moment, offsets[before], offsets[after]


def test_every_change_of_a_clock_is_known() -> None:
    since = datetime(2001, 1, 1, tzinfo=UTC).timestamp()
    found = {
        ((after - before) / 60, (moment + before) % 86400 / 60)
        for _, moment, before, after in transitions()
        if moment > since
    }
    assert len(found) > 30
    assert found == {(gain, minute) for gain, minutes in CHANGES.items() for minute in minutes}


def test_clocks_rest_for_six_days() -> None:
    since = datetime(2001, 1, 1, tzinfo=UTC).timestamp()
    by_zone = itertools.groupby((t for t in transitions() if t[1] > since), key=lambda found: found[0])
    gaps = [later[1] - sooner[1] for _, group in by_zone for sooner, later in itertools.pairwise(list(group))]
    assert np.min(gaps) > 6 * 86400
