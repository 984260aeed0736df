"""Business time, against a clock that steps by the minute and against dates worked out by hand."""

from __future__ import annotations

import pickle
import pkgutil
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from minutes import Minutes
from supportrules.errors import CalendarError
from supportrules.time import calendars, zones
from supportrules.time.calendars import BusinessCalendar, ClosedDay, Week, merged, other_days
from supportrules.time.observances import NO_HOLIDAYS, Interval, Observance

HOUR, DAY = 3600, 86_400


def between(start: str, end: str) -> Interval:
    """An interval such as 09:00 to 17:30, or 21:00 to 02:00 on the next day."""

    def seconds(time: str) -> int:
        return int(time[:2]) * HOUR + int(time[3:]) * 60

    return seconds(start), seconds(end) + DAY * (end <= start)


def week(
    *hours: Interval, days: str = "1234567", dates: dict[str, tuple[Interval, ...]] | None = None
) -> Week:
    """The same hours on some weekdays (Monday is 1)."""
    special = tuple(
        (date.fromisoformat(day), intervals, "special") for day, intervals in (dates or {}).items()
    )
    return Week(tuple(hours if str(day) in days else () for day in range(1, 8)), special)


def observed(place: str | None) -> Observance:
    """The public holidays of a place; None for none."""
    return NO_HOLIDAYS if place is None else Observance((place,))


def calendar(week: Week, zone: str, place: str | None) -> BusinessCalendar:
    return calendars.calendar(week, zone, observed(place))


def at(text: str) -> int:
    """The instant that an RFC 3339 text names."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return int(moment.timestamp())


OFFICE = week(between("09:00", "17:00"), days="12345")
NIGHT = week(between("01:00", "04:00"))
WHOLE_DAYS = week(between("00:00", "24:00"), days="12345")
ALWAYS = week(between("00:00", "24:00"))
MORNING = between("09:30", "12:00")
OPEN_LATE = ((20 * HOUR, 26 * HOUR),)
LATE = week(between("21:00", "02:00"))
SHIFTS = week(MORNING, between("22:30", "00:30"), days="24567")
NEVER = week()
FRANCE = calendar(OFFICE, "Europe/Paris", "FR")


# --- against the stepping clock -----------------------------------------------------------------------

PLACES = [
    ("Europe/Paris", "FR", "2014-03-30"),
    ("Europe/Paris", "FR", "2014-10-26"),
    ("Europe/London", "GB", "2016-12-26"),
    ("America/New_York", "US", "2015-03-08"),
    ("America/New_York", None, "2015-11-01"),
    ("America/St_Johns", "CA", "2010-03-14"),  # changed one minute after midnight
    ("America/St_Johns", None, "2010-11-07"),
    ("America/Sao_Paulo", "BR", "2017-10-15"),  # midnight skipped
    ("America/Sao_Paulo", None, "2018-02-18"),  # the hour before midnight twice
    ("America/Phoenix", None, "1944-01-01"),  # the last hour of the year twice
    ("Africa/Casablanca", "MA", "2019-05-05"),
    ("Africa/Casablanca", None, "2019-06-09"),
    ("Asia/Dubai", "AE", "2025-04-13"),
    ("Asia/Dhaka", None, "2009-12-31"),
    ("Asia/Kolkata", "IN", "2012-02-29"),
    ("Asia/Kathmandu", "NP", "2016-02-29"),
    ("Australia/Lord_Howe", "AU", "2014-04-06"),  # by half an hour
    ("Australia/Lord_Howe", None, "2014-10-05"),
    ("Pacific/Apia", "WS", "2011-12-30"),  # no such day
    ("Pacific/Apia", None, "2012-01-01"),
    ("UTC", None, "2016-02-29"),
]


def day_intervals(first: int) -> st.SearchStrategy[tuple[Interval, ...]]:
    """One or two stretches of a day from a minute on."""
    minutes = st.lists(st.integers(first, 1440), min_size=2, max_size=4, unique=True).map(sorted)
    return minutes.map(lambda m: tuple((a * 60, b * 60) for a, b in pairwise(m))[::2])


shifts = st.tuples(st.integers(900, 1439), st.integers(1441, 1920)).map(lambda m: (m[0] * 60, m[1] * 60))
evenings = st.one_of(shifts.map(lambda shift: (shift,)), shifts.map(lambda shift: (MORNING, shift)))
day_hours = st.one_of(st.just(()), day_intervals(0))
weekdays = st.one_of(
    st.tuples(*[day_hours] * 7),
    st.tuples(*[st.one_of(st.just(()), day_intervals(500), evenings)] * 7),
).filter(lambda days: sum(map(bool, days)) > 1)
weeks = st.one_of(st.sampled_from([OFFICE, NIGHT, WHOLE_DAYS, ALWAYS, LATE, SHIFTS]), weekdays.map(Week))


def apart(hours: Week) -> bool:
    """Whether no shift runs on into hours of the next date."""
    special = {day: intervals or () for day, intervals, _ in hours.dates}
    near = {day + timedelta(days) for day in {*special, date(2014, 9, 3)} for days in range(-8, 8)}
    by_day = {day: special.get(day, hours.days[day.weekday()]) for day in near}
    return all(
        end - DAY <= min((start for start, _ in by_day.get(day + timedelta(1), ())), default=DAY)
        for day, intervals in by_day.items()
        for _, end in intervals
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[BusinessCalendar, Minutes, int]:
    """A calendar, its slow twin, and a whole minute within days of something unusual."""
    zone, country, day = draw(st.sampled_from(PLACES))
    middle = date.fromisoformat(day)
    near = st.integers(-3, 3).map(lambda days: middle + timedelta(days))
    special = draw(st.dictionaries(near, st.one_of(day_hours, evenings), max_size=2))
    hours = replace(draw(weeks), dates=tuple((day, times, "special") for day, times in special.items()))
    assume(apart(hours))
    instant = at(f"{day}T00:00+00:00") + 60 * draw(st.integers(-4 * 1440, 4 * 1440))
    return calendar(hours, zone, country), Minutes(hours.days, hours.dates, zone, country), instant


oracle = settings(max_examples=80, deadline=None)


@oracle
@given(cases(), st.integers(0, 2500))
def test_deadline_as_the_minutes_have_it(case: tuple[BusinessCalendar, Minutes, int], minutes: int) -> None:
    fast, slow, opened = case
    minutes = min(minutes, sum(end - start for day in slow.days for start, end in day) // 60)
    assert fast.deadline(opened, 60 * minutes) == slow.deadline(opened, minutes)


@oracle
@given(cases(), st.integers(1, 3))
@example(
    (
        calendar(ALWAYS, "America/Phoenix", None),
        Minutes(ALWAYS.days, (), "America/Phoenix", None),
        at("1943-12-31T05:59+00:00"),
    ),
    1,
)
def test_day_deadline_as_the_minutes_have_it(case: tuple[BusinessCalendar, Minutes, int], days: int) -> None:
    fast, slow, opened = case
    assert fast.day_deadline(opened, days) == slow.day_deadline(opened, days)


@oracle
@given(cases())
def test_the_next_close_as_the_minutes_have_it(case: tuple[BusinessCalendar, Minutes, int]) -> None:
    fast, slow, opened = case
    assert fast.day_deadline(opened, 0) == slow.next_close(opened)


@oracle
@given(cases(), st.integers(1, 8))
def test_the_same_time_on_a_later_day_as_the_minutes_have_it(
    case: tuple[BusinessCalendar, Minutes, int], days: int
) -> None:
    fast, slow, opened = case
    assert fast.same_time(opened, days) == slow.same_time(opened, days)


@oracle
@given(cases(), st.integers(1, 1439))
def test_an_opening_after_the_cut_off_counts_as_the_minutes_have_it(
    case: tuple[BusinessCalendar, Minutes, int], cut_off: int
) -> None:
    fast, slow, opened = case
    assert fast.counted_from(opened, 60 * cut_off) == slow.counted_from(opened, cut_off)


@oracle
@given(cases())
def test_window_as_the_minutes_have_it(case: tuple[BusinessCalendar, Minutes, int]) -> None:
    fast, slow, instant = case
    if fast.week.days != ALWAYS.days:
        assert fast.window(instant) == slow.window(instant)


@settings(max_examples=300, deadline=None)
@given(cases(), st.integers(0, 59))
def test_is_open_as_the_wall_clock_has_it(case: tuple[BusinessCalendar, Minutes, int], second: int) -> None:
    fast, slow, instant = case
    assert fast.is_open(instant + second) == slow.is_open(instant + second)


@oracle
@given(cases(), st.integers(0, 4000))
def test_open_seconds_as_the_minutes_have_it(
    case: tuple[BusinessCalendar, Minutes, int], minutes: int
) -> None:
    fast, slow, start = case
    end = start + 60 * minutes
    expected = 60 * sum(1 for _ in slow.open_minutes(range(start, end, 60)))
    assert fast.open_seconds(start, end) == expected
    assert fast.open_seconds(end, start) == -expected


@oracle
@given(cases(), st.integers(0, 3))
def test_closed_days_as_the_minutes_have_it(case: tuple[BusinessCalendar, Minutes, int], days: int) -> None:
    fast, slow, start = case
    end = start + days * DAY
    first, last = slow.day(start), slow.day(end)
    business = slow.business_days(start - 2 * DAY, end + 2 * DAY)
    dates = {first + timedelta(day) for day in range((last - first).days + 1)}
    assert {closed.date for closed in fast.closed_days(start, end)} == dates - business


# --- laws ---------------------------------------------------------------------------------------------


@st.composite
def moments(draw: st.DrawFn) -> tuple[BusinessCalendar, int]:
    """A calendar and an instant, to the second."""
    fast, _, minute = draw(cases())
    return fast, minute + draw(st.integers(0, 59))


lengths = st.integers(0, 20 * 8 * HOUR)
laws = settings(max_examples=100, deadline=None)


@laws
@given(moments(), st.integers(0, 10 * DAY), lengths, lengths, st.integers(1, 20))
def test_monotone(
    moment: tuple[BusinessCalendar, int], later: int, length: int, more: int, days: int
) -> None:
    hours, opened = moment
    assert hours.deadline(opened, length) <= hours.deadline(opened + later, length)
    assert hours.deadline(opened, length) <= hours.deadline(opened, length + more)
    assert hours.day_deadline(opened, days) <= hours.day_deadline(opened + later, days)
    assert hours.day_deadline(opened, days) < hours.day_deadline(opened, days + 1)


@laws
@given(moments(), lengths, st.integers(1, 20 * 8 * HOUR))
def test_additive(moment: tuple[BusinessCalendar, int], first: int, second: int) -> None:
    hours, opened = moment
    assert hours.deadline(hours.deadline(opened, first), second) == hours.deadline(opened, first + second)


@laws
@given(moments(), lengths)
def test_the_inverse_gives_the_length_back(moment: tuple[BusinessCalendar, int], length: int) -> None:
    hours, opened = moment
    assert hours.open_seconds(opened, hours.deadline(opened, length)) == length


@laws
@given(moments(), lengths, st.integers(1, 20))
def test_never_due_outside_a_window(moment: tuple[BusinessCalendar, int], length: int, days: int) -> None:
    hours, opened = moment
    assert hours.is_open(hours.deadline(opened, length) - (length > 0))
    assert hours.is_open(hours.day_deadline(opened, days) - 1)


@laws
@given(moments(), lengths, st.integers(1, 20), st.integers(-3, 10))
def test_a_closed_date_more_makes_nothing_earlier(
    moment: tuple[BusinessCalendar, int], length: int, days: int, day: int
) -> None:
    hours, opened = moment
    closed = datetime.fromtimestamp(opened, zones.zone(hours.zone)).date() + timedelta(day)
    dates = (*(special for special in hours.week.dates if special[0] != closed), (closed, (), "closed"))
    fewer = calendars.calendar(replace(hours.week, dates=dates), hours.zone, hours.observance)
    assert fewer.deadline(opened, length) >= hours.deadline(opened, length)
    assert fewer.day_deadline(opened, days) >= hours.day_deadline(opened, days)


@laws
@given(moments(), st.lists(st.integers(-60 * DAY, 60 * DAY), max_size=40), lengths, st.integers(1, 20))
def test_one_at_a_time_equals_by_column(
    moment: tuple[BusinessCalendar, int], shifts: list[int], length: int, days: int
) -> None:
    hours, middle = moment
    fresh = BusinessCalendar(hours.week, hours.zone, hours.observance)
    opened = np.array([middle + shift for shift in shifts], dtype=np.int64)
    for seconds in (length, 0):
        column = fresh.deadlines(opened, seconds)
        assert column.dtype == np.int64
        assert column.tolist() == [hours.deadline(instant, seconds) for instant in opened.tolist()]
    assert fresh.day_deadlines(opened, days).tolist() == [
        hours.day_deadline(instant, days) for instant in opened.tolist()
    ]
    fresh = BusinessCalendar(hours.week, hours.zone, hours.observance)
    try:
        windows = [hours.window(instant) for instant in opened.tolist()]
    except CalendarError:
        # Hours that never end have no window.
        with pytest.raises(CalendarError):
            fresh.windows(opened)
    else:
        starts, ends = fresh.windows(opened)
        assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == windows


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-6 * 365 * DAY, 6 * 365 * DAY), min_size=2, max_size=5), lengths)
def test_what_was_asked_before_changes_nothing(shifts: list[int], length: int) -> None:
    used = BusinessCalendar(OFFICE, "Europe/Paris", observed("FR"))
    for shift in shifts:
        opened = at("2014-09-03T12:00+02:00") + shift
        fresh = BusinessCalendar(OFFICE, "Europe/Paris", observed("FR"))
        assert used.deadline(opened, length) == fresh.deadline(opened, length)
        assert used.day_deadline(opened, 1) == fresh.day_deadline(opened, 1)
        assert used.window(opened) == fresh.window(opened)


# --- closing time, length zero, nights, weekends, holidays --------------------------------------------


@pytest.mark.parametrize(
    ("opened", "seconds", "due"),
    [
        # ends exactly at closing time
        ("2014-09-03T15:00+02:00", 2 * HOUR, "2014-09-03T17:00+02:00"),
        ("2014-09-03T09:00+02:00", 8 * HOUR, "2014-09-03T17:00+02:00"),
        ("2014-09-03T09:00+02:00", 16 * HOUR, "2014-09-04T17:00+02:00"),
        ("2014-09-03T15:00+02:00", 2 * HOUR + 1, "2014-09-04T09:00:01+02:00"),
        # opened at closing time, a second before, and after it
        ("2014-09-03T17:00+02:00", HOUR, "2014-09-04T10:00+02:00"),
        ("2014-09-03T16:59:59+02:00", 1, "2014-09-03T17:00+02:00"),
        ("2014-09-03T16:59:59+02:00", 2, "2014-09-04T09:00:01+02:00"),
        ("2014-09-03T23:00+02:00", HOUR, "2014-09-04T10:00+02:00"),
        ("2014-09-03T08:59:59+02:00", 1, "2014-09-03T09:00:01+02:00"),
        # no time at all
        ("2014-09-03T12:34:56+02:00", 0, "2014-09-03T12:34:56+02:00"),
        ("2014-09-03T09:00+02:00", 0, "2014-09-03T09:00+02:00"),
        ("2014-09-03T17:00+02:00", 0, "2014-09-04T09:00+02:00"),
        ("2014-09-05T18:00+02:00", 0, "2014-09-08T09:00+02:00"),
        # Friday evening
        ("2014-09-05T18:00+02:00", HOUR, "2014-09-08T10:00+02:00"),
        ("2014-09-05T16:00+02:00", 2 * HOUR, "2014-09-08T10:00+02:00"),
        # Armistice Day, a Tuesday
        ("2014-11-10T16:00+01:00", 2 * HOUR, "2014-11-12T10:00+01:00"),
        ("2014-11-11T10:00+01:00", 2 * HOUR, "2014-11-12T11:00+01:00"),
        # the night on which the clock goes back lies between
        ("2014-10-24T16:00+02:00", 2 * HOUR, "2014-10-27T10:00+01:00"),
    ],
)
def test_deadlines_in_france(opened: str, seconds: int, due: str) -> None:
    assert FRANCE.deadline(at(opened), seconds) == at(due)
    assert FRANCE.deadlines(np.array([at(opened)]), seconds).tolist() == [at(due)]


@pytest.mark.parametrize(
    ("opened", "days", "due"),
    [
        ("2014-09-03T03:00+02:00", 1, "2014-09-04T17:00+02:00"),
        ("2014-09-03T23:59:59+02:00", 1, "2014-09-04T17:00+02:00"),
        ("2014-09-04T00:00+02:00", 1, "2014-09-05T17:00+02:00"),
        ("2014-09-05T18:00+02:00", 1, "2014-09-08T17:00+02:00"),
        ("2014-09-06T18:00+02:00", 1, "2014-09-08T17:00+02:00"),
        ("2014-09-07T18:00+02:00", 2, "2014-09-09T17:00+02:00"),
        ("2014-11-10T16:00+01:00", 1, "2014-11-12T17:00+01:00"),
        ("2014-11-11T10:00+01:00", 1, "2014-11-12T17:00+01:00"),
        ("2014-11-10T16:00+01:00", 5, "2014-11-18T17:00+01:00"),
        ("2014-12-31T10:00+01:00", 1, "2015-01-02T17:00+01:00"),
        ("2012-02-28T10:00+01:00", 1, "2012-02-29T17:00+01:00"),
    ],
)
def test_business_days_in_france(opened: str, days: int, due: str) -> None:
    assert FRANCE.day_deadline(at(opened), days) == at(due)
    assert FRANCE.day_deadlines(np.array([at(opened)]), days).tolist() == [at(due)]


def test_observed_days_count() -> None:
    # Christmas of 2016 was a Sunday: observed on Tuesday, after Boxing Day
    britain = calendar(OFFICE, "Europe/London", "GB")
    assert britain.deadline(at("2016-12-23T16:30+00:00"), HOUR) == at("2016-12-28T09:30+00:00")


def test_without_a_country_no_holiday_counts() -> None:
    hours = calendar(OFFICE, "Europe/Paris", None)
    assert hours.deadline(at("2014-11-10T16:00+01:00"), 2 * HOUR) == at("2014-11-11T10:00+01:00")


def test_a_special_date_replaces_a_holiday() -> None:
    hours = week(between("09:00", "17:00"), days="12345", dates={"2014-11-11": (between("10:00", "12:00"),)})
    france = calendar(hours, "Europe/Paris", "FR")
    assert france.deadline(at("2014-11-10T16:00+01:00"), 2 * HOUR) == at("2014-11-11T11:00+01:00")
    assert france.day_deadline(at("2014-11-10T16:00+01:00"), 1) == at("2014-11-11T12:00+01:00")
    assert france.closed_days(at("2014-11-10T16:00+01:00"), at("2014-11-12T10:00+01:00")) == ()


@pytest.mark.parametrize(
    ("instant", "opens", "closes"),
    [
        ("2014-09-03T09:00+02:00", "2014-09-03T09:00+02:00", "2014-09-03T17:00+02:00"),
        ("2014-09-03T16:59:59+02:00", "2014-09-03T09:00+02:00", "2014-09-03T17:00+02:00"),
        ("2014-09-03T17:00+02:00", "2014-09-04T09:00+02:00", "2014-09-04T17:00+02:00"),
        ("2014-11-10T20:00+01:00", "2014-11-12T09:00+01:00", "2014-11-12T17:00+01:00"),
    ],
)
def test_windows_in_france(instant: str, opens: str, closes: str) -> None:
    assert FRANCE.window(at(instant)) == (at(opens), at(closes))


def test_windows_that_touch_are_one() -> None:
    # Monday to Friday around the clock, and New Year's Eve in the middle
    hours = calendar(WHOLE_DAYS, "Europe/Paris", None)
    assert hours.window(at("2014-12-30T12:00+01:00")) == (
        at("2014-12-29T00:00+01:00"),
        at("2015-01-03T00:00+01:00"),
    )


def test_intervals_may_overlap_and_come_in_any_order() -> None:
    parts = week(
        between("13:00", "17:00"),
        between("09:00", "12:00"),
        between("10:00", "10:30"),
        between("11:00", "13:00"),
        days="12345",
    )
    hours = calendar(parts, "Europe/Paris", "FR")
    assert hours.window(at("2014-09-03T12:00+02:00")) == FRANCE.window(at("2014-09-03T12:00+02:00"))
    assert hours.deadline(at("2014-09-03T09:00+02:00"), 8 * HOUR) == at("2014-09-03T17:00+02:00")


def test_open_time_within_an_interval() -> None:
    assert FRANCE.open_seconds(at("2014-09-03T10:00+02:00"), at("2014-09-03T11:30+02:00")) == 5400
    assert FRANCE.open_seconds(at("2014-09-05T16:00+02:00"), at("2014-09-08T10:00+02:00")) == 2 * HOUR
    assert FRANCE.open_seconds(at("2014-09-06T10:00+02:00"), at("2014-09-06T10:00+02:00")) == 0


# --- shifts past midnight -----------------------------------------------------------------------------

FRIDAYS = week(between("21:00", "02:00"), days="5")


@pytest.mark.parametrize(
    ("opened", "days", "due"),
    [
        # Friday 2 October 2026, and after midnight in the same shift
        ("2026-10-02T20:00+02:00", 1, "2026-10-10T02:00+02:00"),
        ("2026-10-02T22:00+02:00", 1, "2026-10-10T02:00+02:00"),
        ("2026-10-03T01:00+02:00", 1, "2026-10-10T02:00+02:00"),
        ("2026-10-03T01:59:59+02:00", 2, "2026-10-17T02:00+02:00"),
        # before it: Thursday counts from Thursday
        ("2026-10-01T23:59:59+02:00", 1, "2026-10-03T02:00+02:00"),
        ("2026-10-03T02:00+02:00", 1, "2026-10-10T02:00+02:00"),
    ],
)
def test_a_shift_past_midnight_is_one_business_day(opened: str, days: int, due: str) -> None:
    hours = calendar(FRIDAYS, "Europe/Paris", None)
    assert hours.day_deadline(at(opened), days) == at(due)
    assert hours.day_deadlines(np.array([at(opened)]), days).tolist() == [at(due)]


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        # in Thursday's shift, after it, and in Friday's, where one follows the other
        ("2026-10-02T01:00+02:00", "2026-10-03T02:00+02:00"),
        ("2026-10-02T02:00+02:00", "2026-10-04T02:00+02:00"),
        ("2026-10-02T22:00+02:00", "2026-10-04T02:00+02:00"),
        # from one year into the next
        ("2026-12-31T22:00+01:00", "2027-01-02T02:00+01:00"),
        ("2027-01-01T01:00+01:00", "2027-01-02T02:00+01:00"),
        ("2027-01-01T02:00+01:00", "2027-01-03T02:00+01:00"),
        # before the clock goes back from three to two on Sunday: Saturday's shift has ended
        ("2026-10-25T01:59+02:00", "2026-10-26T02:00+01:00"),
        ("2026-10-25T02:30+02:00", "2026-10-27T02:00+01:00"),
    ],
)
def test_days_are_counted_from_the_day_on_which_a_shift_began(opened: str, due: str) -> None:
    hours = calendar(LATE, "Europe/Paris", None)
    assert hours.day_deadline(at(opened), 1) == at(due)


def test_a_business_day_that_closes_in_the_repeated_hour_closes_the_second_time() -> None:
    hours = calendar(week(between("21:00", "02:30")), "Europe/Paris", None)
    assert hours.window(at("2026-10-24T22:00+02:00")) == (
        at("2026-10-24T21:00+02:00"),
        at("2026-10-25T02:30+02:00"),
    )
    assert hours.window(at("2026-10-25T02:45+02:00")) == (
        at("2026-10-25T02:00+01:00"),
        at("2026-10-25T02:30+01:00"),
    )
    assert hours.day_deadline(at("2026-10-23T22:00+02:00"), 1) == at("2026-10-25T02:30+01:00")
    # In between Saturday has not closed yet.
    assert hours.day_deadline(at("2026-10-25T02:45+02:00"), 1) == at("2026-10-26T02:30+01:00")


def test_a_shift_loses_the_skipped_hour() -> None:
    hours = calendar(week(between("21:00", "04:00")), "Europe/Paris", None)
    assert hours.window(at("2026-03-29T00:00+01:00")) == (
        at("2026-03-28T21:00+01:00"),
        at("2026-03-29T04:00+02:00"),
    )
    assert hours.open_seconds(at("2026-03-28T12:00+01:00"), at("2026-03-29T12:00+02:00")) == 6 * HOUR


def test_a_holiday_closes_the_shifts_that_begin_on_it() -> None:
    # Armistice Day, a Wednesday in 2026: Tuesday's shift runs on into it.
    france = calendar(LATE, "Europe/Paris", "FR")
    assert france.window(at("2026-11-11T01:00+01:00")) == (
        at("2026-11-10T21:00+01:00"),
        at("2026-11-11T02:00+01:00"),
    )
    assert not france.is_open(at("2026-11-11T21:00+01:00"))
    assert not france.is_open(at("2026-11-12T01:00+01:00"))
    assert france.day_deadline(at("2026-11-11T01:00+01:00"), 1) == at("2026-11-13T02:00+01:00")
    closed = france.closed_days(at("2026-11-11T01:00+01:00"), at("2026-11-13T01:00+01:00"))
    assert [(day.date.day, day.kind) for day in closed] == [(11, "holiday")]
    assert france.closed_days(at("2026-11-11T01:00+01:00"), at("2026-11-11T01:30+01:00")) == ()


def test_a_special_date_closes_the_shifts_that_begin_on_it() -> None:
    hours = week(
        between("21:00", "02:00"), dates={"2026-10-06": (), "2026-10-07": (between("20:00", "01:00"),)}
    )
    paris = calendar(hours, "Europe/Paris", None)
    assert paris.is_open(at("2026-10-06T01:00+02:00"))
    assert not paris.is_open(at("2026-10-07T01:00+02:00"))
    assert paris.window(at("2026-10-07T01:00+02:00")) == (
        at("2026-10-07T20:00+02:00"),
        at("2026-10-08T01:00+02:00"),
    )
    assert paris.day_deadline(at("2026-10-06T01:00+02:00"), 1) == at("2026-10-08T01:00+02:00")


def test_a_shift_that_a_skipped_date_would_go_on_from_belongs_to_the_date_before() -> None:
    # In Samoa Friday 30 December 2011 was left out: Thursday's shift goes on as that of Friday would have.
    samoa = calendar(LATE, "Pacific/Apia", None)
    thursday, saturday = at("2011-12-29T21:00-10:00"), at("2011-12-31T02:00+14:00")
    assert samoa.window(thursday) == (thursday, saturday)
    assert samoa.day_deadline(at("2011-12-28T22:00-10:00"), 1) == saturday
    for opened in (thursday, saturday - 1):
        assert samoa.day_deadline(opened, 1) == at("2012-01-01T02:00+14:00")
    closed = samoa.closed_days(thursday, at("2012-01-01T01:00+14:00"))
    assert [(day.date.day, day.kind) for day in closed] == [(30, "skipped")]


def test_the_last_evening_with_data_and_the_first() -> None:
    hours = BusinessCalendar(LATE, "UTC", NO_HOLIDAYS)
    evening = at("2199-12-31T22:00+00:00")
    assert hours.deadline(evening, 3 * HOUR) == at("2200-01-01T01:00+00:00")
    assert hours.day_deadline(evening - DAY, 1) == at("2200-01-01T02:00+00:00")
    for ask in (
        lambda: hours.window(evening),
        lambda: hours.deadline(evening, 5 * HOUR),
        lambda: hours.day_deadline(evening, 1),
        lambda: hours.is_open(at("2200-01-01T01:00+00:00")),
        # Whether a shift of 1899 runs on is not known.
        lambda: hours.is_open(at("1900-01-01T01:00+00:00")),
    ):
        with pytest.raises(CalendarError, match="business time is known for the years 1901 to 2199 only"):
            ask()
    assert hours.is_open(at("1901-01-01T01:00+00:00"))


def test_a_holiday_at_the_end_of_the_year_before_closes_its_shift() -> None:
    # New Year's Day of 2022 was observed on the Friday before; the table that 2023 asks for begins with 2022.
    hours = BusinessCalendar(LATE, "America/New_York", observed("US"))
    assert hours.is_open(at("2023-06-01T22:00-04:00"))
    assert not hours.is_open(at("2022-01-01T01:00-05:00"))
    # The table is shared with no place that has hours on that evening.
    assert (date(2021, 12, 31), ()) in other_days(LATE, observed("US"), 2022, 2024)
    assert (date(2021, 12, 31), ()) not in other_days(ALWAYS, observed("US"), 2022, 2024)


def test_a_half_day_cuts_the_shift_that_begins_on_it() -> None:
    # In Turkey 28 October 2026 is a half day, and the day after it a holiday.
    half_days = ((9 * HOUR, 22 * HOUR),)
    hours = BusinessCalendar(
        week((20 * HOUR, 26 * HOUR)), "Europe/Istanbul", Observance(("TR",), ("public",), half_days)
    )
    evening = at("2026-10-28T20:00+03:00")
    assert hours.window(at("2026-10-28T01:00+03:00")) == (evening - DAY, evening - DAY + 6 * HOUR)
    assert hours.window(at("2026-10-28T12:00+03:00")) == (evening, evening + 2 * HOUR)
    assert hours.window(evening + 3 * HOUR) == (evening + 2 * DAY, evening + 2 * DAY + 6 * HOUR)
    # At one o'clock it is the business day before, which is none of the half days.
    night = evening - DAY + 5 * HOUR
    assert [(day.date.day, day.kind) for day in hours.changed_days(night, evening)] == [(28, "half_day")]
    assert not hours.changed_days(night, night)


def test_special_dates_and_observances_are_one_list_of_other_days() -> None:
    # Good Friday 2026 is 3 April, Easter Monday the 6th; 1 May is a Friday.
    special = (
        (date(2026, 4, 6), None, "worked"),
        (date(2026, 4, 8), OPEN_LATE, ""),
        (date(2026, 4, 11), (), ""),
    )
    hours = Week(OFFICE.days, special, (((5, 1), OPEN_LATE, "fair"), ((4, 8), (), "")))
    found = dict(other_days(hours, observed("DE"), 2026, 2026))
    assert {day: found.get(day) for day in (date(2026, 4, number) for number in (3, 6, 8, 11))} == {
        date(2026, 4, 3): (),
        date(2026, 4, 6): None,
        date(2026, 4, 8): OPEN_LATE,
        date(2026, 4, 11): None,
    }
    assert found[date(2026, 5, 1)] == OPEN_LATE
    # A shift of the last evening of the year before would run on.
    assert {day.year for day, _ in other_days(hours, observed("DE"), 2026, 2026)} == {2025, 2026}


def test_how_a_table_grew_changes_no_shift() -> None:
    new_year = at("2015-01-01T00:00+01:00")
    for first in (new_year - 400 * DAY, new_year + 200 * DAY, new_year + 900 * DAY):
        hours = BusinessCalendar(LATE, "Europe/Paris", NO_HOLIDAYS)
        hours.is_open(first)
        assert hours.window(new_year + HOUR) == (new_year - 3 * HOUR, new_year + 2 * HOUR)
        assert hours.day_deadline(new_year + HOUR, 1) == new_year + DAY + 2 * HOUR
        assert hours.open_seconds(new_year - DAY, new_year + DAY) == 10 * HOUR


# --- closed days --------------------------------------------------------------------------------------


def test_closed_days_say_why() -> None:
    hours = Week(OFFICE.days, ((date(2014, 11, 10), (), "stocktaking"),))
    closed = calendar(hours, "Europe/Paris", "FR").closed_days(
        at("2014-11-08T23:00+01:00"), at("2014-11-12T10:00+01:00")
    )
    assert [(day.date.day, day.kind) for day in closed] == [
        (8, "weekly"),
        (9, "weekly"),
        (10, "special"),
        (11, "holiday"),
    ]
    assert [day.name for day in closed] == ["", "", "stocktaking", "Armistice"]


def test_a_holiday_on_a_day_without_hours_closes_nothing() -> None:
    # All Saints' Day of 2014 was a Saturday
    noon = at("2014-11-01T12:00+01:00")
    assert FRANCE.closed_days(noon, noon) == (ClosedDay(date(2014, 11, 1), "weekly"),)


def test_intervals_that_touch_or_overlap_are_merged() -> None:
    assert merged(((10, 20), (0, 5), (20, 30), (25, 28), (40, 50))) == ((0, 5), (10, 30), (40, 50))
    assert merged(()) == ()


def test_no_closed_days_backwards() -> None:
    assert FRANCE.closed_days(at("2014-11-12T12:00+01:00"), at("2014-11-08T12:00+01:00")) == ()


def test_names_do_not_depend_on_the_language_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en_US")
    instant = at("2014-10-03T12:00+02:00")
    (closed,) = calendar(OFFICE, "Europe/Berlin", "DE").closed_days(instant, instant)
    assert closed.name == "Tag der Deutschen Einheit"


# --- clocks that change -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "opened", "seconds", "due"),
    [
        # 02:00 to 03:00 is skipped: half an hour before, half an hour after
        ("Europe/Paris", "2014-03-30T01:30+01:00", HOUR, "2014-03-30T03:30+02:00"),
        # 02:00 to 03:00 comes twice: half an hour, then the first pass, then half of the second
        ("Europe/Paris", "2014-10-26T01:30+02:00", 2 * HOUR, "2014-10-26T02:30+01:00"),
        ("Europe/Paris", "2014-10-26T00:00+02:00", 4 * HOUR, "2014-10-26T04:00+01:00"),
        # 02:00 to 02:30 is skipped
        ("Australia/Lord_Howe", "2014-10-05T01:30+10:30", HOUR, "2014-10-05T03:00+11:00"),
        # 01:30 to 02:00 comes twice
        ("Australia/Lord_Howe", "2014-04-06T01:30+11:00", HOUR, "2014-04-06T02:00+10:30"),
        ("Asia/Kathmandu", "2016-02-29T00:00+05:45", HOUR, "2016-02-29T02:00+05:45"),
    ],
)
def test_nights_on_which_the_clock_changes(zone: str, opened: str, seconds: int, due: str) -> None:
    assert calendar(NIGHT, zone, None).deadline(at(opened), seconds) == at(due)


def test_hours_that_the_clock_skips() -> None:
    hours = calendar(week(between("02:00", "03:00"), days="7"), "Europe/Paris", None)
    before, after = at("2014-03-29T12:00+01:00"), at("2014-03-30T12:00+02:00")
    assert hours.deadline(before, HOUR) == at("2014-04-06T03:00+02:00")
    assert hours.day_deadline(before, 1) == at("2014-04-06T03:00+02:00")
    assert [(day.date.day, day.kind) for day in hours.closed_days(before, after)] == [
        (29, "weekly"),
        (30, "skipped"),
    ]


def test_a_calendar_day_that_does_not_exist() -> None:
    # Samoa went from Thursday 2011-12-29 to Saturday 2011-12-31
    samoa = calendar(OFFICE, "Pacific/Apia", None)
    thursday, monday = at("2011-12-29T16:00-10:00"), at("2012-01-02T10:00+14:00")
    assert samoa.deadline(thursday, 2 * HOUR) == monday
    assert samoa.day_deadline(thursday, 1) == at("2012-01-02T17:00+14:00")
    assert samoa.closed_days(thursday, monday) == (
        ClosedDay(date(2011, 12, 30), "skipped"),
        ClosedDay(date(2011, 12, 31), "weekly"),
        ClosedDay(date(2012, 1, 1), "weekly"),
    )


FRIDAY = date(2011, 12, 30)


def test_a_skipped_day_is_skipped_whatever_the_hours_say() -> None:
    for hours in (
        week(between("09:00", "17:00"), days="123"),
        replace(OFFICE, dates=((FRIDAY, (), "closed"),)),
    ):
        samoa = calendar(hours, "Pacific/Apia", None)
        closed = samoa.closed_days(at("2011-12-29T23:00-10:00"), at("2011-12-31T09:00+14:00"))
        assert ClosedDay(FRIDAY, "skipped") in closed


def test_the_instant_of_a_change_has_the_new_date() -> None:
    # at the end of Saturday 2018-02-17 the clock went back to its 23:00
    hours = calendar(week(between("09:00", "17:00")), "America/Sao_Paulo", None)
    change, due = at("2018-02-17T23:00-03:00"), at("2018-02-18T17:00-03:00")
    assert hours.day_deadline(change, 1) == due
    assert hours.day_deadlines(np.array([change]), 1).tolist() == [due]


# Phoenix went from 1944-01-01 00:01 -06:00 back to 1943-12-31 23:01 -07:00
SECOND_PASS = at("1943-12-31T23:30-07:00")


def test_a_year_that_begins_twice() -> None:
    late = week(between("23:00", "24:00"))
    ahead = BusinessCalendar(late, "America/Phoenix", NO_HOLIDAYS)
    assert ahead.day_deadline(at("1942-01-01T12:00-06:00"), 729) == at("1944-01-01T00:00-07:00")
    assert ahead.is_open(SECOND_PASS)
    behind = BusinessCalendar(late, "America/Phoenix", NO_HOLIDAYS)
    assert behind.is_open(at("1945-06-01T23:30-07:00"))
    assert behind.is_open(SECOND_PASS)
    assert behind.open_seconds(at("1943-12-31T22:00-06:00"), at("1944-01-01T01:00-07:00")) == HOUR + 59 * 60


def test_round_the_clock_over_a_year_that_begins_twice() -> None:
    opened = at("1942-01-01T12:00-07:00")
    due = BusinessCalendar(ALWAYS, "America/Phoenix", NO_HOLIDAYS).deadline(opened, SECOND_PASS - opened)
    assert due == SECOND_PASS
    due = BusinessCalendar(ALWAYS, "America/Phoenix", NO_HOLIDAYS).day_deadline(opened, 730)
    assert due == at("1944-01-02T00:00-07:00")


@pytest.mark.parametrize(
    ("zone", "later", "night"),
    [
        ("America/Phoenix", "1945-06-01T12:00-07:00", "1943-12-31T23:30-07:00"),
        ("America/Lima", "1987-06-01T12:00-05:00", "1985-12-31T23:30-05:00"),  # midnight skipped
    ],
)
def test_the_last_night_of_a_year_stays_in_it(zone: str, later: str, night: str) -> None:
    # New Year's Eve is a holiday in the Vatican
    hours = BusinessCalendar(ALWAYS, zone, observed("VA"))
    assert hours.is_open(at(later))
    assert not hours.is_open(at(night))


@pytest.mark.parametrize("year", range(2011, 2019))
def test_round_the_clock_over_every_new_year(year: int) -> None:
    # wherever a table happens to end
    new_year = at(f"{year}-01-01T00:00+00:00")
    for instant in (new_year - 1, new_year):
        hours = BusinessCalendar(ALWAYS, "UTC", NO_HOLIDAYS)
        assert hours.is_open(at("2014-09-03T12:00+00:00"))
        assert hours.is_open(instant)
        assert hours.open_seconds(instant, instant + 2) == 2
        assert hours.deadlines(np.array([instant]), 2).tolist() == [instant + 2]
        office = BusinessCalendar(OFFICE, "UTC", NO_HOLIDAYS)
        assert office.is_open(at("2014-09-03T12:00+00:00"))
        assert not office.is_open(instant)


def test_a_window_of_many_years() -> None:
    # found from its middle, whatever the table that it is looked up in at first
    hours = replace(ALWAYS, dates=((date(2006, 6, 1), (), "closed"), (date(2022, 6, 1), (), "closed")))
    window = at("2006-06-02T00:00+00:00"), at("2022-06-01T00:00+00:00")
    assert BusinessCalendar(hours, "UTC", NO_HOLIDAYS).window(at("2014-09-03T12:00+00:00")) == window


def test_clocks_change_no_more_than_once_in_six_days() -> None:
    # finding the changes by probing relies on it
    for name in sorted(zones.zone_names()):
        data = pkgutil.get_data("tzdata", f"zoneinfo/{name}")
        assert data is not None
        second = data.index(b"TZif", 1)
        number = struct.unpack_from(">6l", data, second + 20)[3]
        changes = struct.unpack_from(f">{number}q", data, second + 44)
        assert all(later - sooner > 6 * DAY for sooner, later in pairwise(changes)), name


# --- the hours of another vendor ----------------------------------------------------------------------

HARBOURLINE = week(
    between("08:00", "12:00"),
    between("13:00", "17:30"),
    days="71234",
    dates={"2025-04-13": (), "2025-04-16": (between("08:00", "12:00"),)},
)


@pytest.mark.parametrize(
    ("zone", "opened", "seconds", "due"),
    [
        ("Atlantic/Reykjavik", "2025-04-11T22:00+00:00", HOUR // 2, "2025-04-14T08:30+00:00"),
        ("Asia/Dubai", "2025-04-10T17:00+04:00", 4 * HOUR, "2025-04-14T11:30+04:00"),
        ("Asia/Dubai", "2025-04-10T15:00+04:00", 4 * HOUR, "2025-04-14T09:30+04:00"),
        ("Asia/Dubai", "2025-04-15T16:00+04:00", 4 * HOUR, "2025-04-16T10:30+04:00"),
        ("Asia/Dubai", "2025-04-16T11:00+04:00", 4 * HOUR, "2025-04-17T11:00+04:00"),
        ("Asia/Dubai", "2025-04-14T10:00+04:00", 4 * HOUR, "2025-04-14T15:00+04:00"),
        ("Asia/Dubai", "2025-04-14T12:30+04:00", 8 * HOUR, "2025-04-15T11:30+04:00"),
    ],
)
def test_harbourline_hours(zone: str, opened: str, seconds: int, due: str) -> None:
    assert calendar(HARBOURLINE, zone, None).deadline(at(opened), seconds) == at(due)


@pytest.mark.parametrize(
    ("opened", "days", "due"),
    [
        ("2025-04-12T23:30+04:00", 1, "2025-04-14T17:30+04:00"),
        ("2025-04-10T09:00+04:00", 2, "2025-04-15T17:30+04:00"),
        ("2025-04-10T09:00+04:00", 5, "2025-04-20T17:30+04:00"),
        ("2025-04-14T09:00+04:00", 2, "2025-04-16T12:00+04:00"),
    ],
)
def test_harbourline_days(opened: str, days: int, due: str) -> None:
    assert calendar(HARBOURLINE, "Asia/Dubai", None).day_deadline(at(opened), days) == at(due)


# --- years without data -------------------------------------------------------------------------------


def sri_lanka() -> BusinessCalendar:
    """Its holidays are known for 2003 to 2026; the last business day is Thursday 2026-12-31."""
    return BusinessCalendar(OFFICE, "Asia/Colombo", observed("LK"))


LAST_DAY = at("2026-12-31T09:00+05:30")


def test_the_last_year_with_data_can_be_used_to_its_end() -> None:
    assert sri_lanka().deadline(LAST_DAY, 8 * HOUR) == at("2026-12-31T17:00+05:30")
    assert sri_lanka().day_deadline(at("2026-12-30T12:00+05:30"), 1) == at("2026-12-31T17:00+05:30")
    assert sri_lanka().window(LAST_DAY) == (LAST_DAY, at("2026-12-31T17:00+05:30"))
    assert not sri_lanka().is_open(at("2026-12-31T23:59:59+05:30"))
    assert sri_lanka().closed_days(LAST_DAY, at("2026-12-31T23:59:59+05:30")) == ()


def test_the_first_year_with_data_can_be_used_from_its_start() -> None:
    # Wednesday 2003-01-01 is no holiday there; the clock was at +06:00
    first, due = at("2003-01-01T00:00+06:00"), at("2003-01-01T10:00+06:00")
    assert sri_lanka().deadline(first, HOUR) == due
    assert sri_lanka().deadlines(np.array([first]), HOUR).tolist() == [due]


@pytest.mark.parametrize("opened", [LAST_DAY, at("2026-06-01T09:00+05:30")])
def test_nothing_is_said_of_years_without_data(opened: int) -> None:
    year = 365 * DAY
    questions: list[Callable[[BusinessCalendar], object]] = [
        lambda hours: hours.deadline(opened, year),
        lambda hours: hours.deadlines(np.array([opened]), year),
        lambda hours: hours.day_deadline(opened, 400),
        lambda hours: hours.day_deadlines(np.array([opened]), 400),
        lambda hours: hours.open_seconds(opened, opened + year),
        lambda hours: hours.closed_days(opened, opened + year),
        lambda hours: hours.is_open(opened + year),
        lambda hours: hours.window(opened + year),
        lambda hours: hours.windows(np.array([opened, opened + year])),
    ]
    for ask in questions:
        with pytest.raises(CalendarError) as raised:
            ask(sri_lanka())
        assert str(raised.value) == "the public holidays of LK are known for the years 2003 to 2026 only"


@pytest.mark.parametrize(
    ("opened", "seconds"),
    [
        ("2026-12-31T09:00+05:30", 8 * HOUR + 1),
        ("2026-12-31T17:00+05:30", 0),
        ("2026-12-31T17:00+05:30", 1),
        ("2027-01-01T00:00+05:30", 0),
        ("2002-12-31T23:59:59+06:00", HOUR),
    ],
)
def test_the_edges_of_the_data(opened: str, seconds: int) -> None:
    with pytest.raises(CalendarError):
        sri_lanka().deadline(at(opened), seconds)
    with pytest.raises(CalendarError):
        sri_lanka().deadlines(np.array([LAST_DAY - 30 * DAY, at(opened)]), seconds)


def test_a_window_that_reaches_a_year_without_data_is_not_cut_off() -> None:
    lanka = BusinessCalendar(WHOLE_DAYS, "Asia/Colombo", observed("LK"))
    with pytest.raises(CalendarError):
        lanka.window(LAST_DAY)
    with pytest.raises(CalendarError):
        BusinessCalendar(WHOLE_DAYS, "Asia/Colombo", observed("LK")).window(at("2003-01-01T12:00+06:00"))
    for reaching in (LAST_DAY, at("2003-01-01T12:00+06:00")):
        with pytest.raises(CalendarError):
            BusinessCalendar(WHOLE_DAYS, "Asia/Colombo", observed("LK")).windows(np.array([reaching]))
    midnight = at("2027-01-01T00:00+05:30")
    assert lanka.deadline(midnight - HOUR, HOUR) == midnight
    assert lanka.open_seconds(midnight - HOUR, midnight) == HOUR
    with pytest.raises(CalendarError):
        lanka.deadline(midnight - HOUR, HOUR + 1)


@pytest.mark.parametrize("country", ["BT", "FJ", "GY", "IN", "MU", "NP", "SR"])
def test_years_with_a_part_of_their_holidays_are_years_without_data(country: str) -> None:
    # `holidays` goes on to 2100, without the feasts of the moon; pytest would see its warning for India
    hours = calendar(OFFICE, "Asia/Kolkata", country)
    assert hours.deadline(at("2032-11-29T09:00+05:30"), 8 * HOUR) >= at("2032-11-29T17:00+05:30")
    with pytest.raises(CalendarError):
        hours.is_open(at("2036-01-01T00:00+05:30"))


@pytest.mark.parametrize("opened", ["1899-12-31T23:59:59+00:00", "2200-01-01T00:00:00+00:00"])
def test_years_without_a_country(opened: str) -> None:
    hours = calendar(OFFICE, "UTC", None)
    with pytest.raises(CalendarError, match=r"^business time is known for the years 1900 to 2199 only$"):
        hours.deadline(at(opened), 1)
    assert hours.is_open(at("1900-01-01T09:00+00:00"))
    assert hours.is_open(at("2199-12-31T16:59:59+00:00"))


@pytest.mark.parametrize("far", [10**10, 2**63 - 1, 2**63, 10**30])
def test_far_away_is_an_error(far: int) -> None:
    hours = calendar(OFFICE, "UTC", None)
    now = at("2014-09-03T12:00+00:00")
    column = np.array([now])
    for ask in (
        lambda: hours.deadline(now, far),
        lambda: hours.deadlines(column, far),
        lambda: hours.day_deadline(now, far),
        lambda: hours.day_deadlines(column, far),
        lambda: hours.deadline(far, 1),
        lambda: hours.deadline(-far, 1),
        lambda: hours.window(far),
        lambda: hours.open_seconds(-far, far),
        lambda: hours.deadlines(np.array([now, min(far, 2**63 - 1)]), 1),
        lambda: hours.day_deadlines(np.array([max(-far, -(2**63)), now]), 1),
    ):
        with pytest.raises(CalendarError):
            ask()


def test_hours_that_are_never_open() -> None:
    now = at("2014-09-03T12:00+00:00")
    never = calendar(NEVER, "UTC", None)
    assert not never.is_open(now)
    assert never.open_seconds(now, now + DAY) == 0
    assert len(never.closed_days(now, now + DAY)) == 2
    for ask in (
        lambda: never.deadline(now, 0),
        lambda: never.deadline(now, 1),
        lambda: never.day_deadline(now, 1),
        lambda: never.window(now),
    ):
        with pytest.raises(CalendarError, match=r"^these hours are never open$"):
            ask()


def test_hours_that_were_open_once() -> None:
    hours = calendar(week(dates={"2014-09-03": (between("09:00", "10:00"),)}), "UTC", "FR")
    assert hours.deadline(at("2011-01-01T00:00+00:00"), HOUR) == at("2014-09-03T10:00+00:00")
    with pytest.raises(CalendarError):
        hours.deadline(at("2014-09-03T10:00+00:00"), 0)


@pytest.mark.parametrize("country", ["XX", "FRA", "France", "date", ""])
def test_countries_without_holidays(country: str) -> None:
    with pytest.raises(CalendarError, match="no public holidays are known"):
        calendar(OFFICE, "UTC", country).deadline(0, 1)


# --- what can be asked --------------------------------------------------------------------------------


def test_amounts_that_make_no_sense() -> None:
    column = np.array([0])
    for ask in (
        lambda: FRANCE.deadline(0, -1),
        lambda: FRANCE.deadlines(column, -1),
        lambda: FRANCE.day_deadline(0, -1),
        lambda: FRANCE.day_deadlines(column, -1),
        lambda: FRANCE.same_time(0, -1),
        lambda: FRANCE.same_times(column, -1),
    ):
        with pytest.raises(ValueError, match="or more"):
            ask()


@pytest.mark.parametrize("hours", [(9, 9), (10, 9), (-1, 9), (0, DAY + 1), (DAY, DAY + 9), (9, DAY + 10)])
def test_intervals_that_make_no_sense(hours: Interval) -> None:
    with pytest.raises(ValueError, match="interval"):
        week(hours)
    with pytest.raises(ValueError, match="interval"):
        week(dates={"2014-09-03": (hours,)})


def test_weeks_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="seven"):
        Week(((),) * 6)
    with pytest.raises(ValueError, match="twice"):
        Week(((),) * 7, ((date(2014, 9, 3), (), "a"), (date(2014, 9, 3), (), "b")))


def test_unknown_zones() -> None:
    with pytest.raises(KeyError):
        calendar(OFFICE, "Europe/Lutetia", None)


@pytest.mark.parametrize(
    ("opened", "counted"),
    [
        # In 2038 seconds since 1970 need more than 31 bits; 2 March 2040 is a Friday.
        ("2038-01-15T11:00+01:00", "2038-01-15T11:00+01:00"),
        ("2040-03-02T11:00+01:00", "2040-03-02T11:00+01:00"),
        ("2040-03-02T12:01+01:00", "2040-03-05T09:00+01:00"),
    ],
)
def test_cut_offs_far_ahead(opened: str, counted: str) -> None:
    moments = np.array([at(opened)])
    assert FRANCE.counted_from(at(opened), 12 * HOUR) == at(counted)
    assert FRANCE.counted_froms(moments, 12 * HOUR).tolist() == [at(counted)]


def test_one_object_serves_all() -> None:
    first = calendar(OFFICE, "Europe/Paris", "FR")
    same = calendar(week(between("09:00", "17:00"), days="12345"), "Europe/Paris", "FR")
    assert same is first
    assert pickle.loads(pickle.dumps(first)) is first
    assert (same.week, same.zone, same.observance) == (OFFICE, "Europe/Paris", observed("FR"))


def test_threads_may_share_it() -> None:
    shared = BusinessCalendar(OFFICE, "Europe/Paris", observed("FR"))
    opened = [at(f"{year}-09-03T18:00+02:00") for year in (2014, 1990, 2040, 2000, 2030, 1980, 2050, 2020)]
    with ThreadPoolExecutor(8) as threads:
        due = list(threads.map(lambda instant: shared.deadline(instant, HOUR), opened))
    assert due == [
        BusinessCalendar(OFFICE, "Europe/Paris", observed("FR")).deadline(instant, HOUR) for instant in opened
    ]
