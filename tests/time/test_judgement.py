"""Whether a promise was kept: laws over pauses, changes and moments. Single cases are test vectors."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportrules.errors import CalendarError
from supportrules.time.calendars import BusinessCalendar, Everlasting, Week, calendar
from supportrules.time.judgement import Judgement, OnChange, Terms, TermsChange, judge, judge_repeated
from supportrules.time.observances import NO_HOLIDAYS
from supportrules.time.paused_time import Pause, PausedTime, StillPausedError, united
from supportrules.time.targets import BusinessDays, CalendarDays, Duration, NoTime, Target

HOUR, DAY = 3600, 86_400
# Two days before clocks go forward in Berlin.
FIRST = int(datetime(2026, 3, 27, tzinfo=UTC).timestamp())
OFFICE = Week((*[((9 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR))] * 5, (), ()))
NIGHT = Week((((21 * HOUR, 26 * HOUR),),) * 7)
CALENDARS = tuple(calendar(week, "Europe/Berlin", NO_HOLIDAYS) for week in (OFFICE, NIGHT))
LENGTHS = (0, 1, 30 * 60, 8 * HOUR, 30 * HOUR)
TARGETS: tuple[Target, ...] = (
    *map(Duration, LENGTHS),
    *map(BusinessDays, (0, 1, 3)),
    *map(CalendarDays, (1, 4)),
)

moments = st.integers(FIRST, FIRST + 9 * DAY)
calendars = st.sampled_from(CALENDARS)
terms = st.builds(Terms, st.sampled_from(TARGETS), calendars)


@st.composite
def pauses(draw: st.DrawFn) -> Pause:
    start = draw(moments)
    return Pause(start, start + draw(st.integers(0, 3 * DAY)))


@st.composite
def changes(draw: st.DrawFn, start: int) -> list[TermsChange]:
    found = sorted(draw(st.lists(st.integers(start, start + 5 * DAY), max_size=2)))
    effects: tuple[OnChange, ...] = ("continue", "restart", "keep")
    return [TermsChange(at, draw(terms), draw(st.sampled_from(effects))) for at in found]


@settings(deadline=None, max_examples=200)
@given(terms, moments, st.lists(pauses(), max_size=3), pauses())
def test_a_pause_makes_nothing_earlier(
    promised: Terms, starts: int, some: list[Pause], another: Pause
) -> None:
    without, found = judge(promised, starts, some).due, judge(promised, starts, [*some, another]).due
    assert without is not None and found is not None and found >= without
    endless = judge(promised, starts, [*some, Pause(another.start, None)]).due
    assert endless is None or endless == judge(promised, starts, [*some, another]).due


@settings(deadline=None, max_examples=200)
@given(terms, moments, pauses(), st.floats(0, 1), moments, st.data())
def test_a_pause_in_two_pieces_is_one(
    promised: Terms, starts: int, pause: Pause, where: float, at: int, data: st.DataObject
) -> None:
    assert pause.end is not None
    middle, changed = pause.start + int((pause.end - pause.start) * where), data.draw(changes(starts))
    pieces = [Pause(middle, pause.end), Pause(pause.start, middle), Pause(middle, middle)]
    assert judge(promised, starts, [pause], changed, at=at) == judge(promised, starts, pieces, changed, at=at)


@settings(deadline=None, max_examples=200)
@given(terms, moments, st.lists(pauses(), max_size=2), moments, moments)
def test_a_change_to_the_same_changes_nothing(
    promised: Terms, starts: int, some: list[Pause], change: int, at: int
) -> None:
    changed = [TermsChange(max(starts, change), promised, "continue")]
    assert judge(promised, starts, some, changed, at=at) == judge(promised, starts, some, at=at)


@settings(deadline=None, max_examples=200)
@given(terms, moments, st.lists(pauses(), max_size=2), st.integers(0, 5 * DAY), st.data())
def test_what_comes_after_the_fulfilment_changes_nothing(
    promised: Terms, starts: int, some: list[Pause], after: int, data: st.DataObject
) -> None:
    ended, changed = starts + after, data.draw(changes(starts))
    found = judge(promised, starts, some, changed, ended=ended)
    known = [change for change in changed if change.at < ended]
    cut = [Pause(start, min(end, ended)) for start, end in some if end is not None and start < ended]
    assert found == judge(promised, starts, cut, known, ended=ended)
    late = TermsChange(ended + 1, Terms(Duration(1), CALENDARS[0]), "restart")
    assert found == judge(
        promised, starts, [*some, Pause(ended, None)], [*known, late], ended=ended, at=ended + DAY
    )
    assert found.status in ("met", "missed")


@settings(deadline=None, max_examples=200)
@given(terms, moments, st.lists(pauses(), max_size=2), moments, terms)
def test_a_restart_begins_anew(
    promised: Terms, starts: int, some: list[Pause], change: int, other: Terms
) -> None:
    at = max(starts, change)
    before, found = (
        judge(promised, starts, some).due,
        judge(promised, starts, some, [TermsChange(at, other, "restart")]),
    )
    assert found.due == (before if before is not None and before <= at else judge(other, at, some).due)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(LENGTHS), calendars, moments, st.lists(pauses(), max_size=3), moments)
def test_what_is_used_and_what_remains_is_the_target(
    length: int, hours: BusinessCalendar, starts: int, some: list[Pause], at: int
) -> None:
    found = judge(Terms(Duration(length), hours), starts, some, at=at)
    assert found.used is not None and found.remaining is not None and found.paused is not None
    assert found.remaining == max(0, length - found.used)
    # All open time runs, or is paused.
    assert found.used + found.paused == (hours.open_seconds(starts, at) if starts < at else 0)
    if found.status == "missed":
        assert found.late_by == found.used - length


@settings(deadline=None, max_examples=100)
@given(terms, moments, st.lists(pauses(), max_size=2), st.lists(st.integers(0, 4 * DAY), max_size=3), moments)
def test_intervals_go_from_one_fulfilment_to_the_next(
    promised: Terms, starts: int, some: list[Pause], after: list[int], at: int
) -> None:
    fulfilled = sorted({starts + each for each in after})
    found = judge_repeated(promised, starts, fulfilled, some, at=at)
    begins = [starts, *(each for each in fulfilled if each <= at)]
    assert [each.starts for each in found] == begins
    for each, ended in zip(found, [*begins[1:], None], strict=True):
        assert each.ended == ended
        assert each.judgement == judge(promised, each.starts, some, ended=ended, at=at)


def test_nothing_promised_has_no_time() -> None:
    hours = Terms(NoTime(), CALENDARS[0])
    assert judge(hours, FIRST, at=FIRST + DAY) == Judgement(None, "none")
    # Until the change there was a promise, which was judged if it was due by then.
    soon = Terms(Duration(HOUR), Everlasting())
    assert judge(soon, FIRST, (), [TermsChange(FIRST + 60, hours, "continue")]).status == "none"
    late = judge(soon, FIRST, (), [TermsChange(FIRST + 2 * HOUR, hours, "continue")], at=FIRST + DAY)
    assert (late.status, late.due) == ("missed", FIRST + HOUR)


def test_a_time_without_data_is_an_error() -> None:
    with pytest.raises(CalendarError):
        judge(Terms(Duration(HOUR), CALENDARS[0]), int(datetime(2300, 1, 1, tzinfo=UTC).timestamp()))


def test_united_pauses_hold_each_instant_once() -> None:
    some = [Pause(5, 9), Pause(1, 3), Pause(2, 4), Pause(4, 5), Pause(20, None), Pause(7, 7), Pause(30, 40)]
    assert united(some) == (Pause(1, 9), Pause(20, None))


def test_a_pause_without_an_end_leaves_open_what_comes_after_it() -> None:
    clock = PausedTime(Everlasting(), [Pause(FIRST + HOUR, None)])
    assert clock.deadline(FIRST, HOUR) == FIRST + HOUR
    with pytest.raises(StillPausedError):
        clock.deadline(FIRST, HOUR + 1)
    with pytest.raises(StillPausedError):
        clock.same_time(FIRST, 1)
