"""When hours are open: special dates, of one place too, and whether they include others, date by date."""

from __future__ import annotations

from datetime import UTC, date, datetime

from supportrules.time.calendars import ClosedDay, Week, calendar
from supportrules.time.clocks import Clock, Place
from supportrules.time.lateness import never_later
from supportrules.time.observances import COUNTRY, NO_HOLIDAYS, Observance
from supportrules.time.openness import (
    ALWAYS_OPEN,
    DAY,
    Intervals,
    Openness,
    by_place,
    on_the_wall,
    openness,
    special_dates,
)
from supportrules.time.promises import Timing
from supportrules.time.targets import BusinessDays

HOUR = 3600
SHIFT = (21 * HOUR, 26 * HOUR)
EVENING, MORNING = (21 * HOUR, DAY), (0, 2 * HOUR)
OPEN = ((9 * 3600, 17 * 3600),)
HALF_OPEN = ((9 * 3600, 12 * 3600),)
OFFICE = (OPEN,) * 5 + ((), ())
CLOSED: tuple[tuple[int, int], ...] = ()


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def due(week: Week, opened: str, country: str | None = None) -> str:
    """When one business day from an opening is due."""
    kept = Observance((country,)) if country else NO_HOLIDAYS
    found = calendar(week, "Etc/UTC", kept).day_deadline(at(opened), 1)
    return datetime.fromtimestamp(found, UTC).strftime("%Y-%m-%dT%H:%M")


def test_a_day_of_every_year_and_one_of_a_year() -> None:
    # 24 December is a Thursday in 2026, a Friday in 2027, a Sunday in 2028, a Monday in 2029.
    week = Week(OFFICE, ((date(2027, 12, 24), OPEN, "sale"),), (((12, 24), CLOSED, "eve"),))
    assert due(week, "2026-12-23T10:00") == "2026-12-25T17:00"
    assert due(week, "2027-12-23T10:00") == "2027-12-24T17:00"
    assert due(week, "2029-12-21T10:00") == "2029-12-25T17:00"
    found = calendar(week, "Etc/UTC", NO_HOLIDAYS).closed_days(at("2028-12-23T00:00"), at("2028-12-24T00:00"))
    assert found == (ClosedDay(date(2028, 12, 23), "weekly"), ClosedDay(date(2028, 12, 24), "special", "eve"))


def test_a_leap_day_is_closed_in_leap_years_alone() -> None:
    # 29 February 2028 is a Tuesday; 1 March 2027 a Monday.
    week = Week(OFFICE, (), (((2, 29), CLOSED, "leap"),))
    assert due(week, "2028-02-28T10:00") == "2028-03-01T17:00"
    assert due(week, "2027-02-26T10:00") == "2027-03-01T17:00"


def test_a_holiday_that_is_worked() -> None:
    # 1 May 2026 is a Friday, 1 May 2027 a Saturday, and a holiday in Germany.
    week = Week(OFFICE, (), (((5, 1), None, "worked"),))
    assert due(Week(OFFICE), "2026-04-30T10:00", "DE") == "2026-05-04T17:00"
    assert due(week, "2026-04-30T10:00", "DE") == "2026-05-01T17:00"
    assert due(Week(OFFICE, ((date(2026, 5, 1), None, ""),)), "2026-04-30T10:00", "DE") == "2026-05-01T17:00"
    found = calendar(week, "Etc/UTC", Observance(("DE",))).closed_days(
        at("2027-05-01T00:00"), at("2027-05-01T12:00")
    )
    assert found == (ClosedDay(date(2027, 5, 1), "weekly"),)


def test_dates_of_one_place_go_before_those_of_all() -> None:
    day = date(2026, 12, 24)
    week = Week(OFFICE, ((day, CLOSED, "eve"),), (), (("DE", ((day, HALF_OPEN, "half"),), ()),))
    clock = Clock("office", week, NO_HOLIDAYS)
    assert "country" in clock.needs and "country" not in Clock("office", Week(OFFICE), NO_HOLIDAYS).needs
    for country, closes in (("DE", "2026-12-24T12:00"), ("FR", "2026-12-25T17:00")):
        found = clock.calendar(Place("Etc/UTC", country)).day_deadline(at("2026-12-23T10:00"), 1)
        assert found == at(closes)


def test_every_course_of_the_calendar_is_met() -> None:
    """A 29 February and a 1 January fall on each day of the week, with others after them."""
    found = special_dates(
        openness(Week(OFFICE, (), (((2, 29), CLOSED, ""), ((1, 1), CLOSED, ""))), NO_HOLIDAYS, None)
    )
    inner = [day for day in found if day.year not in (found[0].year, found[-1].year)]
    assert {day.weekday() for day in inner if day.month == 2} == {*range(7)}
    assert {day.weekday() for day in inner if day.month == 1} == {*range(7)}


def test_hours_with_fewer_days_of_every_year_include_the_others() -> None:
    wide, narrow = Week(OFFICE), Week(OFFICE, (), (((12, 24), CLOSED, ""),))
    assert openness(wide, NO_HOLIDAYS, None).includes(openness(narrow, NO_HOLIDAYS, None))
    assert not openness(narrow, NO_HOLIDAYS, None).includes(openness(wide, NO_HOLIDAYS, None))
    # In some years it is a Saturday or Sunday, on which nothing else is open.
    saturday = Week(OFFICE, (), (((12, 24), HALF_OPEN, ""),))
    assert not openness(wide, NO_HOLIDAYS, None).includes(openness(saturday, NO_HOLIDAYS, None))


def test_two_promises_on_days_of_every_year() -> None:
    def promise(days: int, week: Week) -> Timing:
        return Timing(BusinessDays(days), Clock("office", week, NO_HOLIDAYS))

    closed = Week(OFFICE, (), (((12, 24), CLOSED, ""),))
    two = Week(OFFICE, (), (((12, 24), CLOSED, ""), ((12, 25), CLOSED, "")))
    # One closed day more: two business days without it come no later than two with it, and never sooner.
    assert never_later(promise(1, closed), promise(2, closed))
    assert not never_later(promise(1, closed), promise(1, Week(OFFICE)))
    assert never_later(promise(1, Week(OFFICE)), promise(1, closed))
    # From the 23rd one business day with both closed is the 26th; two of the plain week the 25th.
    assert not never_later(promise(1, two), promise(2, Week(OFFICE)))


def test_two_promises_on_days_of_one_place() -> None:
    there = (("DE", ((date(2026, 12, 24), CLOSED, ""),), ()),)
    plain, local = (Clock("office", Week(OFFICE, (), (), where), NO_HOLIDAYS) for where in ((), there))
    assert [code for code, _ in by_place(plain.openness, local.openness)] == [None, "DE"]
    assert never_later(Timing(BusinessDays(1), plain), Timing(BusinessDays(1), local))
    assert not never_later(Timing(BusinessDays(1), local), Timing(BusinessDays(1), plain))


def test_a_subdivision_without_dates_of_its_own_has_those_of_its_country() -> None:
    eve, fair = (((date(2026, day // 100, day % 100), CLOSED, ""),) for day in (1224, 902))
    country = openness(Week(OFFICE, (), (), (("DE", eve, ()),)), NO_HOLIDAYS, None)
    both = openness(Week(OFFICE, (), (), (("DE", eve, ()), ("DE-BY", fair, ()))), NO_HOLIDAYS, None)
    found = {code: tuple(len(each.dates) for each in pair) for code, pair in by_place(country, both)}
    assert found == {None: (0, 0), "DE": (1, 1), "DE-BY": (1, 2)}


def week(**days: Intervals) -> tuple[Intervals, ...]:
    return tuple(days.get(day, ()) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))


def test_a_date_has_what_runs_on_from_the_one_before() -> None:
    assert on_the_wall((), (SHIFT,)) == (EVENING,)
    assert on_the_wall((SHIFT,), ()) == (MORNING,)
    assert on_the_wall((SHIFT,), ((2 * HOUR, 5 * HOUR), SHIFT)) == ((0, 5 * HOUR), EVENING)


def test_a_shift_past_midnight_includes_its_parts_and_no_more() -> None:
    one, two = Openness(week(fri=(SHIFT,))), Openness(week(fri=(EVENING,), sat=(MORNING,)))
    assert one.includes(two) and two.includes(one)
    longer = Openness(week(fri=(EVENING,), sat=((0, 3 * HOUR),)))
    assert longer.includes(one) and not one.includes(longer)
    # From Sunday into Monday.
    assert Openness(week(sun=(SHIFT,))).includes(Openness(week(mon=(MORNING,))))


def test_a_holiday_closes_a_shift_that_begins_on_it() -> None:
    one, two = (
        Openness(week(fri=(SHIFT,)), (), COUNTRY),
        Openness(week(fri=(EVENING,), sat=(MORNING,)), (), COUNTRY),
    )
    # On a Saturday that is a holiday the shift runs on; after a Friday that is one it does not.
    assert not two.includes(one) and not one.includes(two)
    assert Openness(week(fri=(SHIFT,))).includes(two)


def test_a_special_date_counts_for_the_date_after_it() -> None:
    friday, saturday = date(2026, 10, 2), date(2026, 10, 3)
    plain = Openness(week())
    one = Openness(week(), ((friday, (SHIFT,)),))
    two = Openness(week(), ((friday, (EVENING,)), (saturday, (MORNING,))))
    assert one.includes(two) and two.includes(one)
    assert not Openness(week(), ((friday, (EVENING,)),)).includes(one)
    assert one.includes(plain) and not plain.includes(one)
    for day in (date.min, date.max):
        assert Openness(week(), ((day, (SHIFT,)),)).includes(plain)


def test_shifts_that_follow_each_other_never_close() -> None:
    shifts = Openness((((8 * HOUR, 32 * HOUR),),) * 7)
    assert shifts.always and ALWAYS_OPEN.always
    assert shifts.includes(ALWAYS_OPEN) and ALWAYS_OPEN.includes(shifts)
    assert not Openness(shifts.days, ((date(2026, 10, 2), ()),)).always
    assert not Openness(shifts.days, (), COUNTRY).always
    assert not Openness((((8 * HOUR, 31 * HOUR),),) * 7).always
