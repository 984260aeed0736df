"""When promises are due: one at a time as by column, at every place, and with no data for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from supportrules.errors import CalendarError
from supportrules.time.calendars import Week
from supportrules.time.clocks import NEVER_STOPS, Clock, Place
from supportrules.time.promises import Promise, Timing
from supportrules.time.targets import BusinessDays, Duration, NoTime, Target

HOUR = 3600
OFFICE = Week((((9 * HOUR, 17 * HOUR),),) * 5 + ((), ()), ((date(2025, 4, 16), (), "moving"),))
CLOCKS = [Clock("office", OFFICE, "country"), Clock("office", OFFICE, "none"), NEVER_STOPS]
TARGETS: list[Target] = [
    Duration(0),
    Duration(4 * HOUR),
    Duration(30 * HOUR),
    BusinessDays(1),
    BusinessDays(3),
]
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
def test_one_at_a_time_is_as_by_column(target: Target, clock: Clock) -> None:
    if not runs(target, clock):
        return
    timing = Timing(target, clock)
    opened = np.arange(START, START + 14 * 24 * HOUR, 5_000)
    where = [PLACES[number % 3] for number in range(len(opened))]
    rows = np.flatnonzero(np.arange(len(opened)) % 5 > 0)
    due = np.zeros_like(opened)
    for some, times in timing.dues(opened, rows, places(where)):
        due[some] = times
    assert due[rows].tolist() == [timing.due(int(opened[row]), where[row]) for row in rows]
    assert not due[::5].any()
    if clock.local:
        found: dict[int, tuple[int, int]] = {}
        for some, opens, closes in timing.windows(opened, rows, places(where)):
            found |= dict(zip(some.tolist(), zip(opens.tolist(), closes.tolist(), strict=True), strict=True))
        assert found == {row: timing.window(int(opened[row]), where[row]) for row in rows.tolist()}


def test_a_calendar_without_data_leaves_out_its_rows() -> None:
    timing = Timing(Duration(HOUR), CLOCKS[0])
    late = int(datetime(2199, 1, 1, tzinfo=UTC).timestamp())
    with pytest.raises(CalendarError):
        timing.due(late, PLACES[0])
    opened = np.array([START, late, START])
    found = [some.tolist() for some, _ in timing.dues(opened, np.arange(3), places([*PLACES[:2], PLACES[0]]))]
    assert found == [[0, 2]]


def test_a_clock_that_never_stops_needs_neither_place_nor_data() -> None:
    timing = Timing(Duration(HOUR), NEVER_STOPS)
    assert timing.due(10**12, None) == 10**12 + HOUR
    assert timing.needs == ("opening",) and Timing(NoTime(), NEVER_STOPS).needs == ()


def test_a_time_in_hours_follows_from_what_they_need() -> None:
    for target in (*TARGETS, NoTime()):
        assert Timing(target, CLOCKS[0]).needs == ("opening", "country", "timezone")
        assert Timing(target, CLOCKS[1]).needs == ("opening", "timezone")


def test_promises_have_an_order_by_kind_length_and_clock() -> None:
    ordered = [Promise(target, clock) for target in [*TARGETS, NoTime()] for clock in ("24x7", "office")]
    ranks = [promise.rank for promise in ordered]
    assert ranks == sorted({*ranks})
    assert str(ordered[-1]) == "none in office"
