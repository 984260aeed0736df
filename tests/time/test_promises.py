"""When promises are due: one at a time as by column, at every place, and with no data for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from minutes import zone_of
from supportrules.errors import CalendarError
from supportrules.time.calendars import Week
from supportrules.time.clocks import NEVER_STOPS, Clock, Place
from supportrules.time.observances import COUNTRY, NO_HOLIDAYS
from supportrules.time.promises import Promise, Timing
from supportrules.time.targets import BusinessDays, CalendarDays, Duration, NoTime, Target

HOUR = 3600
OFFICE = Week((((9 * HOUR, 17 * HOUR),),) * 5 + ((), ()), ((date(2025, 4, 16), (), "moving"),))
CLOCKS = [Clock("office", OFFICE, COUNTRY), Clock("office", OFFICE, NO_HOLIDAYS), NEVER_STOPS]
TARGETS: list[Target] = [
    Duration(0),
    Duration(4 * HOUR),
    Duration(30 * HOUR),
    CalendarDays(1),
    CalendarDays(16),
    BusinessDays(0),
    BusinessDays(1),
    BusinessDays(3),
]
CUT_OFFS = [None, 12 * HOUR, 16 * HOUR]
PLACES = [Place("Europe/Paris", "FR"), Place("Asia/Kolkata", "IN"), Place("Europe/Paris", "DE")]
START = int(datetime(2025, 4, 10, tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class Codes:
    values: list[str]
    codes: Any


def places(rows: list[Place]) -> tuple[Codes, Codes, None]:
    columns = []
    for texts in ([zone for zone, *_ in rows], [str(country) for _, country, _ in rows]):
        values = sorted({*texts})
        columns.append(Codes(values, np.array([values.index(text) for text in texts], dtype=np.int32)))
    return columns[0], columns[1], None


def runs(target: Target, clock: Clock) -> bool:
    return clock.local or target.runs_always


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("target", [*TARGETS, NoTime()])
@pytest.mark.parametrize("cut_off", CUT_OFFS)
def test_one_at_a_time_is_as_by_column(target: Target, clock: Clock, cut_off: int | None) -> None:
    if not runs(target, clock) or (cut_off is not None and not (target.follows_hours and clock.local)):
        return
    timing = Timing(target, target.runs_in(clock), cut_off)
    clock = timing.clock
    opened = np.arange(START, START + 14 * 24 * HOUR, 5_000)
    where = [PLACES[number % 3] for number in range(len(opened))]
    rows = np.flatnonzero(np.arange(len(opened)) % 5 > 0)
    due = np.zeros_like(opened)
    for timed in timing.dues(opened, rows, places(where)):
        (due[timed.rows],) = timed.times
    assert due[rows].tolist() == [timing.due(int(opened[row]), where[row]) for row in rows]
    assert not due[::5].any()
    if clock.local and not clock.openness.always:
        found: dict[int, tuple[int, int]] = {}
        for timed in timing.windows(opened, rows, places(where)):
            found |= dict(zip(timed.rows.tolist(), zip(*timed.times.tolist(), strict=True), strict=True))
        assert found == {row: timing.window(int(opened[row]), where[row]) for row in rows.tolist()}


def test_a_calendar_without_data_leaves_out_its_rows() -> None:
    timing = Timing(Duration(HOUR), CLOCKS[0])
    late = int(datetime(2199, 1, 1, tzinfo=UTC).timestamp())
    with pytest.raises(CalendarError):
        timing.due(late, PLACES[0])
    opened = np.array([START, late, START])
    found = timing.dues(opened, np.arange(3), places([*PLACES[:2], PLACES[0]]))
    assert [timed.rows.tolist() for timed in found] == [[0, 2]]


def test_a_clock_that_never_stops_needs_neither_place_nor_data() -> None:
    timing = Timing(Duration(HOUR), NEVER_STOPS)
    assert timing.due(10**12, None) == 10**12 + HOUR
    assert timing.needs == ("opening",) and Timing(NoTime(), NEVER_STOPS).needs == ()


def test_a_time_in_hours_follows_from_what_they_need() -> None:
    for target in (*TARGETS, NoTime()):
        if target.runs_in(CLOCKS[0]) != CLOCKS[0]:
            continue
        assert Timing(target, CLOCKS[0]).needs == ("opening", "country", "timezone")
        assert Timing(target, CLOCKS[1]).needs == ("opening", "timezone")


def test_promises_have_an_order_by_kind_length_and_clock() -> None:
    ordered = [
        Promise(target, clock, cut_off)
        for target in [*TARGETS, NoTime()]
        for clock in ("24x7", "office")
        # The later the cut-off, the more is opened in time.
        for cut_off in (None, 16 * HOUR, 12 * HOUR)
    ]
    ranks = [promise.rank for promise in ordered]
    assert ranks == sorted({*ranks})
    assert str(ordered[-3]) == "none in office"
    assert str(ordered[-1]) == "none in office with cut-off 12:00"


# Openings and deadlines by local time, worked out by hand; in Germany 2025-04-18 is Good Friday, and the
# 21st Easter Monday.
BERLIN = Place("Europe/Berlin", "DE")
PLAIN = Clock("office", Week((((9 * HOUR, 17 * HOUR),),) * 5 + ((), ())), COUNTRY)
NIGHT = Clock("night", Week((((18 * HOUR, 26 * HOUR),),) * 5 + ((), ())), COUNTRY)


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone_of(zone)).timestamp())


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2025-04-16T08:00", "2025-04-16T17:00"),
        ("2025-04-16T09:00", "2025-04-16T17:00"),
        ("2025-04-16T16:59:59", "2025-04-16T17:00"),
        # At the close the hours are over.
        ("2025-04-16T17:00", "2025-04-17T17:00"),
        ("2025-04-17T20:00", "2025-04-22T17:00"),
        ("2025-04-18T10:00", "2025-04-22T17:00"),
        ("2025-04-19T10:00", "2025-04-22T17:00"),
    ],
)
def test_the_same_day_is_the_next_one_when_hours_are_over(opened: str, due: str) -> None:
    assert Timing(BusinessDays(0), PLAIN).due(at(opened), BERLIN) == at(due)


def is_counted(clock: Clock, cut_off: int, opened: str, counts: str, dues: tuple[str, str, str]) -> None:
    """From when an opening of April 2025 counts, and when three targets are due: one by one and by column."""
    moment = at(f"2025-04-{opened}")
    targets = BusinessDays(0), BusinessDays(1), Duration(2 * HOUR)
    for target, due in zip(targets, dues, strict=True):
        timing = Timing(target, clock, cut_off)
        assert timing.counted_from(moment, BERLIN) == at(f"2025-04-{counts}")
        assert timing.due(moment, BERLIN) == at(f"2025-04-{due}")
        times = timing.dues(np.array([moment]), np.arange(1), places([BERLIN]))
        assert [each.times.tolist() for each in times] == [[[at(f"2025-04-{due}")]]]


@pytest.mark.parametrize(
    ("opened", "counts", "same", "following", "in_two_hours"),
    [
        ("14T08:00", "14T09:00", "14T17:00", "15T17:00", "14T11:00"),
        ("14T11:30", "14T11:30", "14T17:00", "15T17:00", "14T13:30"),
        # Noon itself is in time, and a second later is not.
        ("14T12:00:00", "14T12:00:00", "14T17:00", "15T17:00", "14T14:00"),
        ("14T12:00:01", "15T09:00", "15T17:00", "16T17:00", "15T11:00"),
        ("14T20:00", "15T09:00", "15T17:00", "16T17:00", "15T11:00"),
        # Over Easter; what is opened on no business day is opened on the next.
        ("17T12:30", "22T09:00", "22T17:00", "23T17:00", "22T11:00"),
        ("19T10:00", "22T09:00", "22T17:00", "23T17:00", "22T11:00"),
    ],
)
def test_what_is_opened_after_the_cut_off_counts_from_the_next_business_day(
    opened: str, counts: str, same: str, following: str, in_two_hours: str
) -> None:
    is_counted(PLAIN, 12 * HOUR, opened, counts, (same, following, in_two_hours))


@pytest.mark.parametrize(
    ("opened", "counts", "same", "following", "in_two_hours"),
    [
        ("14T17:00", "14T18:00", "15T02:00", "16T02:00", "14T20:00"),
        ("14T22:00", "14T22:00", "15T02:00", "16T02:00", "15T00:00"),
        ("14T22:00:01", "15T18:00", "16T02:00", "17T02:00", "15T20:00"),
        # After midnight the cut-off of the day before has passed, and that of the day is to come.
        ("15T01:00", "15T18:00", "16T02:00", "17T02:00", "15T20:00"),
        ("15T02:00", "15T18:00", "16T02:00", "17T02:00", "15T20:00"),
        # Thursday's shift runs on into Good Friday; the next one is that of the Tuesday after Easter.
        ("17T21:00", "17T21:00", "18T02:00", "23T02:00", "17T23:00"),
        ("18T01:00", "22T18:00", "23T02:00", "24T02:00", "22T20:00"),
    ],
)
def test_the_cut_off_of_a_shift_past_midnight_is_on_the_date_on_which_it_begins(
    opened: str, counts: str, same: str, following: str, in_two_hours: str
) -> None:
    is_counted(NIGHT, 22 * HOUR, opened, counts, (same, following, in_two_hours))


@pytest.mark.parametrize(
    ("opened", "due"), [("14T12:00", "15T02:00"), ("15T01:59", "15T02:00"), ("15T02:00", "16T02:00")]
)
def test_the_same_day_ends_with_its_shift(opened: str, due: str) -> None:
    assert Timing(BusinessDays(0), NIGHT).due(at(f"2025-04-{opened}"), BERLIN) == at(f"2025-04-{due}")


def test_a_day_that_closes_before_the_cut_off_ends_at_its_close() -> None:
    days = (((9 * HOUR, 17 * HOUR),),) * 4 + (((9 * HOUR, 13 * HOUR),), (), ())
    timing = Timing(BusinessDays(0), Clock("office", Week(days), NO_HOLIDAYS), 16 * HOUR)
    # Friday 2025-05-09 closes at 13.
    assert timing.due(at("2025-05-09T12:59"), BERLIN) == at("2025-05-09T13:00")
    assert timing.due(at("2025-05-09T13:00"), BERLIN) == at("2025-05-12T17:00")
    assert timing.due(at("2025-05-08T16:00:01"), BERLIN) == at("2025-05-09T13:00")


@pytest.mark.parametrize(
    ("zone", "opened", "days", "due"),
    [
        ("Europe/Berlin", "2025-05-05T10:15:30", 1, "2025-05-06T10:15:30+02:00"),
        # Over the change to summer time a day has 23 hours, and back 25.
        ("Europe/Berlin", "2025-03-29T10:00", 1, "2025-03-30T10:00+02:00"),
        ("Europe/Berlin", "2025-10-25T10:00", 1, "2025-10-26T10:00+01:00"),
        ("Europe/Berlin", "2025-10-20T10:00", 16, "2025-11-05T10:00+01:00"),
        # 02:30 is skipped on 30 March: it comes an hour later, as the clock goes forward by one.
        ("Europe/Berlin", "2025-03-29T02:30", 1, "2025-03-30T03:30+02:00"),
        # 02:30 comes twice on 26 October: the first one counts.
        ("Europe/Berlin", "2025-10-25T02:30", 1, "2025-10-26T02:30+02:00"),
        ("Australia/Lord_Howe", "2025-10-04T02:15", 1, "2025-10-05T02:45+11:00"),
        # Samoa had no 30 December 2011.
        ("Pacific/Apia", "2011-12-29T10:00", 1, "2011-12-31T10:00+14:00"),
        ("Pacific/Apia", "2011-12-28T10:00", 2, "2011-12-31T10:00+14:00"),
    ],
)
def test_a_calendar_day_ends_at_the_same_local_time(zone: str, opened: str, days: int, due: str) -> None:
    expected = int(datetime.fromisoformat(due).timestamp())
    for clock in CLOCKS:
        timing = Timing(CalendarDays(days), CalendarDays(days).runs_in(clock))
        assert timing.clock.name == clock.name and timing.needs == ("opening", "timezone")
        assert timing.due(at(opened, zone), Place(zone)) == expected


@pytest.mark.parametrize("cut_off", CUT_OFFS)
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_nothing_that_is_opened_later_or_promised_longer_is_due_sooner(
    zone: str, cut_off: int | None
) -> None:
    def wall(moment: int) -> float:
        return datetime.fromtimestamp(moment, zone_of(zone)).replace(tzinfo=UTC).timestamp()

    ladders: list[list[Target]] = [
        [Duration(hours * HOUR) for hours in (1, 8, 9)],
        [BusinessDays(days) for days in range(4)],
        [CalendarDays(days) for days in (1, 2, 16)],
    ]
    # Four weeks around the changes of the clock in spring and in autumn.
    for first in ("2025-03-20", "2025-10-10"):
        start = at(first, zone)
        opened = np.arange(start, start + 28 * 24 * HOUR, 1801)
        for ladder in ladders:
            before = opened
            for target in ladder:
                own = cut_off if target.follows_hours else None
                timing = Timing(target, target.runs_in(PLAIN), own)
                due = np.array([timing.due(int(moment), Place(zone, "DE")) for moment in opened])
                plain = timing._replace(cut_off=None)
                goes_back: Any = False
                if isinstance(target, CalendarDays):
                    # In the hour that comes twice the wall clock itself goes back, and what would be due in
                    # the one that is skipped is due an hour later.
                    walls = np.array([wall(each) for each in opened.tolist()])
                    skipped = (
                        np.array([wall(each) for each in due.tolist()]) - walls != target.length * 86_400
                    )
                    goes_back = (np.diff(walls) < 0) | skipped[:-1]
                assert ((np.diff(due) >= 0) | goes_back).all() and (due >= before).all()
                assert (due >= [plain.due(int(moment), Place(zone, "DE")) for moment in opened]).all()
                before = due
