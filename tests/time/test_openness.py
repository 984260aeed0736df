"""When hours are open by date: special dates of a year, of every year, and of one place."""

from __future__ import annotations

from datetime import UTC, date, datetime

from supportrules.time.calendars import ClosedDay, Week, calendar
from supportrules.time.clocks import Clock, Place
from supportrules.time.lateness import never_later
from supportrules.time.openness import by_place, openness, special_dates
from supportrules.time.promises import Timing
from supportrules.time.targets import BusinessDays

DAY = ((9 * 3600, 17 * 3600),)
MORNING = ((9 * 3600, 12 * 3600),)
OFFICE = (DAY,) * 5 + ((), ())
CLOSED: tuple[tuple[int, int], ...] = ()


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def due(week: Week, opened: str, country: str | None = None) -> str:
    """When one business day from an opening is due."""
    found = calendar(week, "Etc/UTC", country).day_deadline(at(opened), 1)
    return datetime.fromtimestamp(found, UTC).strftime("%Y-%m-%dT%H:%M")


def test_a_day_of_every_year_and_one_of_a_year() -> None:
    # 24 December is a Thursday in 2026, a Friday in 2027, a Sunday in 2028, a Monday in 2029.
    week = Week(OFFICE, ((date(2027, 12, 24), DAY, "sale"),), (((12, 24), CLOSED, "eve"),))
    assert due(week, "2026-12-23T10:00") == "2026-12-25T17:00"
    assert due(week, "2027-12-23T10:00") == "2027-12-24T17:00"
    assert due(week, "2029-12-21T10:00") == "2029-12-25T17:00"
    found = calendar(week, "Etc/UTC", None).closed_days(at("2028-12-23T00:00"), at("2028-12-24T00:00"))
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
    found = calendar(week, "Etc/UTC", "DE").closed_days(at("2027-05-01T00:00"), at("2027-05-01T12:00"))
    assert found == (ClosedDay(date(2027, 5, 1), "weekly"),)


def test_dates_of_one_place_go_before_those_of_all() -> None:
    day = date(2026, 12, 24)
    week = Week(OFFICE, ((day, CLOSED, "eve"),), (), (("DE", ((day, MORNING, "half"),), ()),))
    clock = Clock("office", week, "none")
    assert "country" in clock.needs and "country" not in Clock("office", Week(OFFICE), "none").needs
    for country, closes in (("DE", "2026-12-24T12:00"), ("FR", "2026-12-25T17:00")):
        found = clock.calendar(Place("Etc/UTC", country)).day_deadline(at("2026-12-23T10:00"), 1)
        assert found == at(closes)


def test_every_course_of_the_calendar_is_met() -> None:
    """A 29 February and a 1 January fall on each day of the week, with others after them."""
    found = special_dates(openness(Week(OFFICE, (), (((2, 29), CLOSED, ""), ((1, 1), CLOSED, ""))), "none"))
    inner = [day for day in found if day.year not in (found[0].year, found[-1].year)]
    assert {day.weekday() for day in inner if day.month == 2} == {*range(7)}
    assert {day.weekday() for day in inner if day.month == 1} == {*range(7)}


def test_hours_with_fewer_days_of_every_year_include_the_others() -> None:
    wide, narrow = Week(OFFICE), Week(OFFICE, (), (((12, 24), CLOSED, ""),))
    assert openness(wide, "none").includes(openness(narrow, "none"))
    assert not openness(narrow, "none").includes(openness(wide, "none"))
    # In some years it is a Saturday or Sunday, on which nothing else is open.
    saturday = Week(OFFICE, (), (((12, 24), MORNING, ""),))
    assert not openness(wide, "none").includes(openness(saturday, "none"))


def test_two_promises_on_days_of_every_year() -> None:
    def promise(days: int, week: Week) -> Timing:
        return Timing(BusinessDays(days), Clock("office", week, "none"))

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
    plain, local = (Clock("office", Week(OFFICE, (), (), where), "none") for where in ((), there))
    assert [code for code, _ in by_place(plain.openness, local.openness)] == [None, "DE"]
    assert never_later(Timing(BusinessDays(1), plain), Timing(BusinessDays(1), local))
    assert not never_later(Timing(BusinessDays(1), local), Timing(BusinessDays(1), plain))


def test_a_subdivision_without_dates_of_its_own_has_those_of_its_country() -> None:
    eve, fair = (((date(2026, day // 100, day % 100), CLOSED, ""),) for day in (1224, 902))
    country = openness(Week(OFFICE, (), (), (("DE", eve, ()),)), "none")
    both = openness(Week(OFFICE, (), (), (("DE", eve, ()), ("DE-BY", fair, ()))), "none")
    found = {code: tuple(len(each.dates) for each in pair) for code, pair in by_place(country, both)}
    assert found == {None: (0, 0), "DE": (1, 1), "DE-BY": (1, 2)}
