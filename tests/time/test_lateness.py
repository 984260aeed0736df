"""Whether a promise is ever due sooner than another: no opening contradicts it, and clocks change as is assumed."""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import numpy as np
import pytest

from minute_walls import LATER, Intervals, walls
from openings_by_minute import LENGTH, WEEKS, both_ways
from supportrules.time.calendars import Week
from supportrules.time.clocks import NEVER_STOPS, Clock, Place
from supportrules.time.lateness import CHANGES, Undecided, ever_sooner, later_at, never_later
from supportrules.time.observances import COUNTRY, CUSTOMER, NO_HOLIDAYS, Observance, Whose
from supportrules.time.openness import ALWAYS_OPEN, Openness
from supportrules.time.promises import Timing
from supportrules.time.targets import BusinessDays, CalendarDays, Duration, NoTime, Target

HOUR = 3600
OFFICE: Intervals = ((9 * HOUR, 17 * HOUR),)
HOLIDAYS = (NO_HOLIDAYS, COUNTRY)
OFFICE_WEEK = (OFFICE,) * 5 + ((), ())
OFFICE_HOURS = Clock("office", Week(OFFICE_WEEK), COUNTRY)
PARIS = Place("Europe/Paris", "FR")


def timing(target: Target, hours: Openness, cut_off: int | None = None) -> Timing:
    """A target in a clock that runs in some hours."""
    week = Week(hours.days, tuple((day, intervals, "") for day, intervals in hours.dates))
    found = Timing(target, Clock("hours", week, hours.holidays), cut_off)
    assert found.hours == hours
    return found


# Over all openings


def random_intervals(rng: random.Random, overnight: bool) -> Intervals:
    count = rng.choice([0, 1, 1, 1, 2])
    hours = sorted(rng.sample([0, 2, 6, 8, 9, 10, 12, 13, 16, 17, 18, 21, 24][3 * overnight :], 2 * count))
    found = tuple((a * HOUR, b * HOUR) for a, b in zip(hours[::2], hours[1::2], strict=True))
    if overnight and rng.random() < 0.6:
        shift = rng.choice([20, 21, 22, 23, 23.5]), rng.choice([24.5, 25, 26, 26.5, 27, 30, 32])
        opens, shuts = (int(hour * HOUR) for hour in shift)
        found = (*(each for each in found if each[1] < opens), (opens, shuts))
    return found


def random_hours(rng: random.Random, around: date, overnight: bool) -> Openness:
    day = random_intervals(rng, overnight) or OFFICE
    if rng.random() < 0.7:
        week = tuple(day if number < rng.choice([5, 6]) else () for number in range(7))
    else:
        week = (*(random_intervals(rng, overnight) for _ in range(6)), day)
    dates = []
    if rng.random() < 0.4:
        numbers = rng.sample(range(8, 20), rng.randrange(1, 3))
        dates = [
            (around + timedelta(days=number), random_intervals(rng, overnight)) for number in sorted(numbers)
        ]
    return Openness(week, tuple(dates), COUNTRY if rng.random() < 0.5 else NO_HOLIDAYS)


def random_pair(rng: random.Random, around: date, overnight: bool = False) -> tuple[Timing, Timing]:
    """Two promises, often of hours that have to do with each other.

    Args:
        overnight: whether some of them run on past midnight.
    """
    hours = random_hours(rng, around, overnight)
    chance = rng.random()
    if chance < 0.4:
        other = hours
    elif chance < 0.6:
        other = ALWAYS_OPEN
    elif chance < 0.7:
        other = replace(hours, holidays=NO_HOLIDAYS if hours.holidays.of else COUNTRY)
    else:
        other = random_hours(rng, around, overnight)

    def timed(hours: Openness) -> Timing:
        if hours is ALWAYS_OPEN or rng.random() < 0.5:
            return timing(Duration(rng.choice([0, 1, 2, 4, 8, 9, 16, 24, 30]) * HOUR), hours)
        return timing(BusinessDays(rng.choice([1, 1, 2, 3])), hours)

    pair = timed(hours), timed(other)
    return pair if rng.random() < 0.5 else (pair[1], pair[0])


@pytest.mark.parametrize("overnight", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_no_opening_contradicts_what_is_told(seed: int, overnight: bool) -> None:
    rng = random.Random(f"order {seed}")
    weeks = rng.sample(WEEKS, 3)
    one, other = random_pair(rng, weeks[0][1], overnight)
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


def test_dates_end_by_local_time_in_hours_that_never_close() -> None:
    day = timing(BusinessDays(1), ALWAYS_OPEN)
    # From the last second of a date to the end of the next there are 24 hours and a second, or three hours less.
    assert never_later(timing(Duration(21 * HOUR + 1), ALWAYS_OPEN), day)
    assert not never_later(timing(Duration(21 * HOUR + 2), ALWAYS_OPEN), day)
    # From its first second there are 48 hours, or three hours more.
    assert never_later(day, timing(Duration(51 * HOUR), ALWAYS_OPEN))
    assert not never_later(day, timing(Duration(51 * HOUR - 1), ALWAYS_OPEN))
    assert never_later(day, timing(BusinessDays(2), ALWAYS_OPEN)) and not never_later(
        timing(BusinessDays(2), ALWAYS_OPEN), day
    )


@pytest.mark.parametrize("number", range(5))
def test_no_opening_contradicts_what_is_told_of_dates_in_hours_that_never_close(number: int) -> None:
    office = Openness(OFFICE_WEEK, (), COUNTRY)
    other = [
        timing(Duration(22 * HOUR), ALWAYS_OPEN),
        timing(Duration(49 * HOUR), ALWAYS_OPEN),
        timing(Duration(8 * HOUR), office),
        timing(BusinessDays(1), office),
        timing(BusinessDays(2), office),
    ][number]
    day = timing(BusinessDays(1), ALWAYS_OPEN)
    found = both_ways(day, other, number)
    assert ever_sooner(day, other) >= found[0] and ever_sooner(other, day) >= found[1]


def test_a_time_that_fits_in_every_business_day_is_never_later_than_its_end() -> None:
    for closes in HOLIDAYS:
        office = Openness(OFFICE_WEEK, (), closes)
        one = timing(Duration(8 * HOUR), office), timing(BusinessDays(1), office)
        assert never_later(*one) and ever_sooner(*one)
        short = Openness(OFFICE_WEEK, ((date(2025, 4, 16), ((9 * HOUR, 12 * HOUR),)),), closes)
        one = timing(Duration(8 * HOUR), short), timing(BusinessDays(1), short)
        assert not never_later(*one)
        assert never_later(timing(Duration(3 * HOUR), short), one[1])


@pytest.mark.parametrize("overnight", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_no_opening_contradicts_what_is_told_of_days_and_cut_offs(seed: int, overnight: bool) -> None:
    rng = random.Random(f"days {seed}")
    weeks = rng.sample(WEEKS, 3)
    hours = random_hours(rng, weeks[0][1], overnight)

    def timed(hours: Openness) -> Timing:
        kind = rng.choice(["dates", "same", "same", "days", "seconds"])
        if kind == "dates":
            return timing(CalendarDays(rng.choice([1, 1, 2, 3])), ALWAYS_OPEN)
        cut_off = rng.choice([None, 10 * HOUR, 12 * HOUR, (22 if overnight else 15) * HOUR])
        if not any(day and day[0][0] < (cut_off or 0) < day[-1][1] for day in hours.days):
            cut_off = None
        if kind == "seconds":
            return timing(Duration(rng.choice([1, 4, 8, 22, 23, 24, 26, 48]) * HOUR), hours, cut_off)
        return timing(BusinessDays(0 if kind == "same" else rng.choice([1, 2])), hours, cut_off)

    other = rng.choice([hours, hours, ALWAYS_OPEN, random_hours(rng, weeks[0][1], overnight)])
    one, another = timed(hours), timed(other)
    found = both_ways(one, another, seed, weeks)
    for pair, sooner in zip(((one, another), (another, one)), found, strict=True):
        try:
            told = ever_sooner(*pair)
        except Undecided as undecided:
            assert "too long" in str(undecided)
        else:
            assert told >= sooner


def test_the_same_day_is_never_later_than_the_next() -> None:
    office = Openness(OFFICE_WEEK, (), COUNTRY)
    same, following = timing(BusinessDays(0), office), timing(BusinessDays(1), office)
    assert never_later(same, following) and ever_sooner(same, following)
    # Eight hours of eight end with the day or after it; a second less can end before it does.
    assert never_later(same, timing(Duration(8 * HOUR), office))
    assert ever_sooner(timing(Duration(8 * HOUR - 1), office), same)
    # Over holidays in a row there is no number of hours for it.
    assert not never_later(same, timing(Duration(100 * 24 * HOUR), ALWAYS_OPEN))


def test_a_calendar_day_is_as_long_as_the_clock_makes_it() -> None:
    day = timing(CalendarDays(1), ALWAYS_OPEN)

    def hours(number: int, more: int = 0) -> Timing:
        return timing(Duration(number * HOUR + more), ALWAYS_OPEN)

    # Clocks go back and forward by three hours at most; a date that is skipped does not count.
    assert never_later(day, hours(27)) and not never_later(day, hours(27, -1))
    assert never_later(hours(21), day) and not never_later(hours(21, 1), day)
    assert never_later(day, timing(CalendarDays(2), ALWAYS_OPEN))
    assert not never_later(timing(CalendarDays(2), ALWAYS_OPEN), day)
    # A date ends after each time of it, but where the clock goes back from its first minute into the date before: that
    # one has not ended, and the first date after it ends before the same time on the second.
    assert not never_later(day, timing(BusinessDays(1), ALWAYS_OPEN))
    assert never_later(day, timing(BusinessDays(2), ALWAYS_OPEN))
    # Sixteen days are compared as one is: three times clocks can go back, each six days after the last.
    fortnight = timing(CalendarDays(16), ALWAYS_OPEN)
    assert never_later(fortnight, hours(16 * 24 + 9)) and not never_later(fortnight, hours(16 * 24))


def test_a_cut_off_makes_nothing_earlier() -> None:
    office = Openness(OFFICE_WEEK, (), COUNTRY)
    noon, four = 12 * HOUR, 16 * HOUR
    for target in (BusinessDays(0), BusinessDays(2), Duration(4 * HOUR)):
        plain, late, early = (timing(target, office, cut_off) for cut_off in (None, four, noon))
        for sooner, later in itertools.pairwise((plain, late, early)):
            assert never_later(sooner, later) and not never_later(later, sooner)
        # From the opening of a business day more of the same comes later, whatever the cut-off.
        assert ever_sooner(early, plain._replace(target=type(target)(target.length + 1)))


def test_by_noon_the_same_day_and_later_the_next_is_no_later_than_the_next() -> None:
    office = Openness(OFFICE_WEEK, (), COUNTRY)
    by_noon = timing(BusinessDays(0), office, 12 * HOUR)
    assert never_later(by_noon, timing(BusinessDays(1), office))
    assert never_later(by_noon, timing(BusinessDays(1), office, 16 * HOUR))
    # A second business day with a cut-off can be the third, and never a later one.
    cut = timing(BusinessDays(2), office, 16 * HOUR)
    assert never_later(cut, timing(BusinessDays(3), office))
    assert not ever_sooner(timing(BusinessDays(1), office), by_noon)


def test_cut_offs_are_compared_to_the_second() -> None:
    office = Openness(OFFICE_WEEK, (), COUNTRY)
    by_noon = timing(BusinessDays(0), office, 12 * HOUR)
    # What is opened at noon has five hours to the close; a second more goes on to the next day.
    assert never_later(timing(Duration(5 * HOUR), office), by_noon)
    assert not never_later(timing(Duration(5 * HOUR + 1), office), by_noon)
    # What is opened a second after noon counts from nine, and so is due at 13; eight hours from then are due at
    # a second after noon, and nine less a second at 13.
    four = timing(Duration(4 * HOUR), office, 12 * HOUR)
    assert never_later(four, timing(Duration(9 * HOUR - 1), office))
    assert not never_later(four, timing(Duration(9 * HOUR - 2), office))
    # On special dates and any other weekday it is the same; a shorter day ends at its close.
    short = Openness(OFFICE_WEEK, ((date(2025, 4, 16), ((9 * HOUR, 11 * HOUR),)),), COUNTRY)
    assert not never_later(timing(Duration(5 * HOUR), short), timing(BusinessDays(0), short, 12 * HOUR))


def test_what_holds_at_neither_end_of_a_stretch_counts() -> None:
    def lunch(at: int) -> Openness:
        return Openness((((9 * HOUR, at * HOUR), ((at + 1) * HOUR, 17 * HOUR)),) * 7)

    late, early = timing(Duration(3 * HOUR), lunch(13)), timing(Duration(2 * HOUR + 45 * 60), lunch(12))
    # Between 9:15 and 10 lunch at twelve puts the shorter time off, and not yet lunch at one.
    assert ever_sooner(late, early) and ever_sooner(early, late)


def test_a_shift_past_midnight_is_one_business_day() -> None:
    night = Openness((((21 * HOUR, 26 * HOUR),),) * 7)
    next_day = timing(BusinessDays(1), night)
    # In the last second of a shift one second runs, and in the next three hours at least: where the clock goes from
    # midnight to three.
    assert never_later(timing(Duration(3 * HOUR + 1), night), next_day)
    assert not never_later(timing(Duration(3 * HOUR + 2), night), next_day)
    # From the close of one to that of the next but one there are 48 hours, and three more where the clock goes back.
    assert never_later(next_day, timing(Duration(51 * HOUR), ALWAYS_OPEN))
    assert not never_later(next_day, timing(Duration(51 * HOUR - 1), ALWAYS_OPEN))
    # From its last second to the close of the next there are 24 hours and a second, or three hours less.
    assert never_later(timing(Duration(21 * HOUR + 1), ALWAYS_OPEN), next_day)
    assert not never_later(timing(Duration(21 * HOUR + 2), ALWAYS_OPEN), next_day)


def test_cut_offs_of_shifts_past_midnight_are_compared_to_the_second() -> None:
    night = Openness((((21 * HOUR, 26 * HOUR),),) * 7)
    by_eleven = timing(BusinessDays(0), night, 23 * HOUR)
    # What is opened at eleven has an hour to the close, where the clock goes from midnight to three.
    assert never_later(timing(Duration(HOUR), night), by_eleven)
    assert not never_later(timing(Duration(HOUR + 1), night), by_eleven)
    # A second later it has that shift and the next, and three hours more where the clock goes back.
    assert never_later(by_eleven, timing(Duration(30 * HOUR - 1), ALWAYS_OPEN))
    assert not never_later(by_eleven, timing(Duration(30 * HOUR - 2), ALWAYS_OPEN))
    same_day, next_day = timing(BusinessDays(0), night), timing(BusinessDays(1), night)
    assert never_later(same_day, by_eleven) and not never_later(by_eleven, same_day)
    assert never_later(by_eleven, next_day) and not never_later(next_day, by_eleven)
    # From each opening that counts, an hour at least of its shift is left.
    in_shift = timing(Duration(HOUR), night, 23 * HOUR)
    assert never_later(in_shift, by_eleven) and not never_later(by_eleven, in_shift)
    assert not never_later(timing(CalendarDays(1), ALWAYS_OPEN), by_eleven)
    assert never_later(by_eleven, timing(CalendarDays(2), ALWAYS_OPEN))


def test_a_shift_in_two_pieces_is_two_business_days() -> None:
    one = Openness((((21 * HOUR, 26 * HOUR),),) * 7)
    two = Openness((((0, 2 * HOUR), (21 * HOUR, 24 * HOUR)),) * 7)
    # They are open at the same times, and before midnight the next day ends sooner in two pieces, after it in one.
    for length in (HOUR, 30 * HOUR):
        assert not ever_sooner(timing(Duration(length), one), timing(Duration(length), two))
    days = timing(BusinessDays(1), one), timing(BusinessDays(1), two)
    assert ever_sooner(*days) and ever_sooner(*days[::-1])


def test_holidays_in_a_row_count() -> None:
    closing, staying = (Openness(OFFICE_WEEK, (), closes) for closes in reversed(HOLIDAYS))
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


# Hours alone, and what is not followed


def test_a_time_is_no_later_than_none() -> None:
    time, none, wider = (
        Timing(BusinessDays(3), OFFICE_HOURS),
        Timing(NoTime(), OFFICE_HOURS),
        Timing(NoTime(), NEVER_STOPS),
    )
    assert never_later(time, none) and not never_later(none, time)
    assert never_later(wider, none) and not never_later(none, wider)
    night = int(datetime(2025, 4, 10, 20, tzinfo=UTC).timestamp())
    assert later_at(night, PARIS, none, time) and not later_at(night, PARIS, time, none)
    assert later_at(night, PARIS, none, wider) and not later_at(night, PARIS, wider, none)


def test_what_is_not_followed_is_undecided() -> None:
    with pytest.raises(Undecided):
        ever_sooner(Timing(NoTime(), OFFICE_HOURS), Timing(Duration(HOUR), OFFICE_HOURS))


def test_what_is_not_followed_has_an_order_among_its_own_kind_in_the_same_hours() -> None:
    class Moons(Target):
        """A kind that is not followed from date to date."""

    short, long = Timing(Moons(1), OFFICE_HOURS), Timing(Moons(2), OFFICE_HOURS)
    assert ever_sooner(short, long) and never_later(short, long)
    assert not ever_sooner(long, short) and not never_later(long, short)
    assert never_later(long, long)
    # Hours by another name are the same hours.
    assert never_later(short, Timing(Moons(2), replace(OFFICE_HOURS, name="desk")))
    for other in (Timing(Moons(2), NEVER_STOPS), Timing(Duration(HOUR), OFFICE_HOURS)):
        with pytest.raises(Undecided):
            never_later(short, other)


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


def test_holidays_of_a_part_and_of_the_whole_are_not_the_same() -> None:
    part, whole, none = (Openness(OFFICE_WEEK, (), kept) for kept in (CUSTOMER, COUNTRY, NO_HOLIDAYS))
    for one, other in ((part, whole), (whole, part)):
        assert not one.includes(other) and none.includes(one)
        # Each has days that the other has not.
        assert ever_sooner(timing(BusinessDays(1), one), timing(BusinessDays(1), other))
        assert ever_sooner(timing(Duration(9 * HOUR), one), timing(Duration(9 * HOUR), other))
        assert never_later(timing(BusinessDays(1), none), timing(BusinessDays(1), one))
        assert never_later(timing(BusinessDays(1), one), timing(BusinessDays(2), one))


# Half days, worked weekends, and days of different places


def office(of: Whose, *, half: bool = False, worked: bool = False, zone: str | None = None) -> Clock:
    """Office hours that keep the days of some places."""
    half_days = ((9 * HOUR, 12 * HOUR),)
    kept = Observance(of, ("public",), half_days if half else None, OFFICE if worked else None)
    return Clock("office", Week(OFFICE_WEEK), kept, zone)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # Half days leave less time; days that are worked give more.
        (office("customer", half=True), office("customer"), (False, True)),
        (office("customer", worked=True), office("customer"), (True, False)),
        (office("customer", half=True, worked=True), office("customer"), (True, True)),
        # The days of one place are not those of another, and more places have more of them.
        (office("customer"), office("country"), (True, True)),
        (office(("DE-BY",)), office(("AT",)), (True, True)),
        (office(("DE-BY",)), office(("DE-BY", "AT")), (True, False)),
        (office(("DE-BY",), worked=True), office(("DE-BY", "AT")), (True, False)),
        (office(()), office(("DE-BY",)), (True, False)),
    ],
)
def test_what_public_calendars_say_of_a_day(one: Clock, other: Clock, expected: tuple[bool, bool]) -> None:
    first, second = Timing(Duration(20 * HOUR), one), Timing(Duration(20 * HOUR), other)
    assert (ever_sooner(first, second), ever_sooner(second, first)) == expected


def test_more_categories_close_more_days() -> None:
    public = Clock("office", Week(OFFICE_WEEK), Observance("customer"))
    both = Clock("office", Week(OFFICE_WEEK), Observance("customer", ("public", "bank")))
    for target in (Duration(HOUR), BusinessDays(1)):
        assert not ever_sooner(Timing(target, both), Timing(target, public))
        assert ever_sooner(Timing(target, public), Timing(target, both))


def test_hours_in_different_zones_are_compared_with_all_time_alone() -> None:
    munich, tokyo = (office((), zone=zone) for zone in ("Europe/Berlin", "Asia/Tokyo"))
    for other in (tokyo, office(())):
        with pytest.raises(Undecided, match="different time zones"):
            ever_sooner(Timing(Duration(HOUR), munich), Timing(Duration(HOUR), other))
        assert not munich.openness.includes(other.openness)
    assert not ever_sooner(Timing(Duration(HOUR), munich), Timing(Duration(HOUR), NEVER_STOPS))
    assert ever_sooner(Timing(Duration(HOUR), munich), Timing(Duration(2 * HOUR), NEVER_STOPS))
    assert ever_sooner(Timing(Duration(HOUR), munich), Timing(Duration(2 * HOUR), munich))
    assert ALWAYS_OPEN.includes(munich.openness) and not munich.openness.includes(ALWAYS_OPEN)


def test_calendar_days_in_different_zones_are_compared_with_all_time_alone() -> None:
    munich, tokyo = (
        Timing(CalendarDays(1), office((), zone=zone).dates) for zone in ("Europe/Berlin", "Asia/Tokyo")
    )
    later = Timing(CalendarDays(2), tokyo.clock)
    # A date that one zone skips is none of the other.
    for pair in ((munich, tokyo), (later, munich), (Timing(BusinessDays(1), office(())), munich)):
        with pytest.raises(Undecided, match="different time zones"):
            ever_sooner(*pair)
    assert not ever_sooner(later, tokyo) and ever_sooner(tokyo, later)
    assert not ever_sooner(Timing(Duration(48 * HOUR), NEVER_STOPS), munich)
    assert ever_sooner(Timing(Duration(24 * HOUR), NEVER_STOPS), munich)
    assert munich.hours.always and munich.hours.includes(office(()).openness)


def by_marks(hours: Openness, day: date, marks: Sequence[set[date]]) -> Intervals:
    """The hours of a date that is no special date."""
    closed, half, worked = (day in some for some in marks)
    if closed:
        return ()
    found = hours.days[day.weekday()]
    if worked and hours.holidays.worked is not None:
        found = hours.holidays.worked
    if half and hours.holidays.half_days is not None:
        ((low, high),) = hours.holidays.half_days
        found = tuple((max(a, low), min(b, high)) for a, b in found if max(a, low) < min(b, high))
    return found


def with_shift(rng: random.Random, clock: Clock) -> Clock:
    """The same on all days but Sunday with a shift past midnight, which half days cut, or close."""
    days = tuple((*hours, (20 * HOUR, 26 * HOUR)) for hours in OFFICE_WEEK[:6])
    kept = clock.holidays
    if kept.half_days is not None and rng.random() < 0.5:
        kept = replace(kept, half_days=((12 * HOUR, rng.choice([22, 24]) * HOUR),))
    return replace(clock, week=replace(clock.week, days=(*days, ())), holidays=kept)


@pytest.mark.parametrize("overnight", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_no_opening_contradicts_what_is_told_of_such_days(seed: int, overnight: bool) -> None:
    rng = random.Random(f"days {seed}")
    places: list[Whose] = [("DE-BY",), ("AT",), "customer"]
    flags = [(rng.random() < 0.6, rng.random() < 0.6) for _ in range(2)]
    clocks = [office(rng.choice(places[:2]), half=half, worked=worked) for half, worked in flags]
    if rng.random() < 0.5:
        clocks[1] = replace(clocks[1], holidays=replace(clocks[1].holidays, of=clocks[0].holidays.of))
    if rng.random() < 0.5:
        special = ((date(2025, 5, 14), ((8 * HOUR, 20 * HOUR),), ""), (date(2025, 4, 4), (), ""))
        clocks[0] = replace(clocks[0], week=replace(clocks[0].week, dates=special))
    if overnight:
        clocks = [with_shift(rng, clock) if rng.random() < 0.7 else clock for clock in clocks]
    targets = [
        rng.choice([Duration(rng.randrange(1, 30) * HOUR), BusinessDays(rng.randrange(1, 4))]) for _ in clocks
    ]
    one, other = (Timing(target, clock) for target, clock in zip(targets, clocks, strict=True))
    told = []
    for pair in ((one, other), (other, one)):
        try:
            told.append(ever_sooner(*pair))
        except Undecided:
            told.append(True)
    for zone, first in [*rng.sample(WEEKS, 2), ("Etc/UTC", date(2025, 5, 1))]:
        where = walls(zone, first, LENGTH)
        marks = {
            clock.holidays.of: tuple({day for day in where.dates() if rng.random() < 0.2} for _ in range(3))
            for clock in clocks
        }
        dues = []
        for timed in (one, other):
            kept = {day: by_marks(timed.hours, day, marks[timed.hours.holidays.of]) for day in where.dates()}
            began = where.began(timed.hours.days, kept | dict(timed.hours.dates), ())
            is_days = isinstance(timed.target, BusinessDays)
            length = timed.target.length
            dues.append(where.due_by_days(began, length) if is_days else where.due(began > 0, length))
        # What is due on the last date may be due later.
        last = np.argmax(where.days == where.days.max())
        both = (dues[0] != LATER) & (dues[1] != LATER) & (dues[0] <= last) & (dues[1] <= last)
        assert told[0] or not (both & (dues[0] < dues[1])).any()
        assert told[1] or not (both & (dues[1] < dues[0])).any()
