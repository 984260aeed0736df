"""Openings that show two promises apart: where hours begin and end, and what is due there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from supportrules.time.calendars import Week
from supportrules.time.clocks import NEVER_STOPS, Clock, Place
from supportrules.time.observances import COUNTRY, NO_HOLIDAYS
from supportrules.time.openings import turning_points
from supportrules.time.promises import Timing
from supportrules.time.targets import BusinessDays, CalendarDays, Duration

HOUR, DAY = 3600, 86400
OFFICE = Clock("office", Week((((9 * HOUR, 17 * HOUR),),) * 5 + ((), ())), NO_HOLIDAYS)
CLOSING = Clock("office", OFFICE.week, COUNTRY)
ALL_DAY = Clock("all_day", NEVER_STOPS.week, NO_HOLIDAYS)
UTC_ALONE = Place("Etc/UTC")
BERLIN = Place("Europe/Berlin", "DE")
MONDAY = int(datetime(2025, 5, 5, tzinfo=UTC).timestamp())

NEXT_DAY = Timing(BusinessDays(1), OFFICE)


def points(one: Timing, other: Timing, place: Place = UTC_ALONE, days: int = 1) -> list[int]:
    """Seconds from the beginning of that Monday, in UTC."""
    return [moment - MONDAY for moment in turning_points((one, other), place, MONDAY, MONDAY + days * DAY)]


def around(*hours: int) -> list[int]:
    """Full hours from the beginning of that Monday, and a second before and after each."""
    return [hour * HOUR + step for hour in hours for step in (-1, 0, 1) if hour * HOUR + step >= 0]


def test_hours_turn_where_they_open_and_close() -> None:
    assert points(NEXT_DAY, NEXT_DAY) == around(0, 9, 17)
    assert points(NEXT_DAY, NEXT_DAY, days=2) == around(0, 9, 17, 24 + 9, 24 + 17)


def test_open_time_turns_where_it_is_due_when_hours_open_or_close() -> None:
    # Two hours that begin at three end when business does.
    assert points(Timing(Duration(2 * HOUR), OFFICE), NEXT_DAY) == around(0, 9, 15, 17)
    # Ten hours that begin on Monday at 15 run until Tuesday at 17: eight of them are left at 9.
    assert points(Timing(Duration(10 * HOUR), OFFICE), NEXT_DAY) == around(0, 9, 15, 17)


def test_time_that_never_stops_turns_where_it_is_due_when_the_hours_of_the_other_open_or_close() -> None:
    # From 13 and from 21 on Monday there are 20 hours to Tuesday at 9 and at 17.
    assert points(Timing(Duration(20 * HOUR), NEVER_STOPS), NEXT_DAY) == around(0, 9, 13, 17, 21)


def test_hours_past_midnight_turn_where_they_close() -> None:
    night = Clock("night", Week((((21 * HOUR, 26 * HOUR),), *[()] * 6)), NO_HOLIDAYS)
    assert points(Timing(BusinessDays(1), night), NEXT_DAY, days=2) == around(0, 9, 17, 21, 26, 33, 41)


def test_business_days_turn_where_one_shift_follows_the_other() -> None:
    # From 8 to 8 on Monday and Tuesday: one window, and two business days.
    shifts = Clock("shifts", Week((((8 * HOUR, 32 * HOUR),),) * 2 + ((),) * 5), NO_HOLIDAYS)
    day = Timing(BusinessDays(1), shifts)
    assert points(day, day, days=3) == around(0, 8, 32, 56)


def test_dates_turn_at_their_local_end_where_hours_never_close() -> None:
    # In May it is two hours later in Berlin.
    day = Timing(BusinessDays(1), ALL_DAY)
    assert points(day, Timing(Duration(24 * HOUR), NEVER_STOPS), BERLIN) == around(0, 22)
    # From noon there are ten hours to the end of the date.
    assert points(day, Timing(Duration(10 * HOUR), NEVER_STOPS), BERLIN) == around(0, 12, 22)


def test_open_time_of_hours_that_never_close_turns_as_time_that_never_stops_does() -> None:
    for clock in (ALL_DAY, NEVER_STOPS):
        assert points(Timing(Duration(20 * HOUR), clock), NEXT_DAY) == around(0, 9, 13, 17, 21)


def test_calendar_days_turn_where_clocks_change_before_or_after() -> None:
    day = Timing(CalendarDays(1), CalendarDays(1).runs_in(NEVER_STOPS))
    # In Berlin the clock goes back on Sunday 2025-10-26 at 01:00 UTC, from 3 to 2.
    saturday = int(datetime(2025, 10, 25, tzinfo=UTC).timestamp())
    found = set(
        turning_points((day, Timing(Duration(24 * HOUR), NEVER_STOPS)), BERLIN, saturday, saturday + 2 * DAY)
    )
    assert {saturday + hour * HOUR for hour in (1, 25)} <= found


def test_a_cut_off_turns() -> None:
    assert points(NEXT_DAY, NEXT_DAY._replace(cut_off=16 * HOUR)) == around(0, 9, 16, 17)


@pytest.mark.parametrize("target", [Duration(HOUR), BusinessDays(1)])
def test_there_are_openings_as_far_as_there_is_data(target: Duration | BusinessDays) -> None:
    far = int(datetime(2400, 1, 3, tzinfo=UTC).timestamp())
    pair = Timing(target, CLOSING), Timing(target, ALL_DAY)
    assert list(turning_points(pair, BERLIN, far, far + DAY)) == [far, far + 1]
