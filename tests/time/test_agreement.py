"""Times in an area: what places.md measured, what walking days finds, and columns that say the same."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import numpy as np
import pytest

from places_by_day import SPECIAL_DATES, Codes, by_column, compare, tickets
from supportrules.errors import CalendarError
from supportrules.time import observances
from supportrules.time.agreement import OPEN, agreed, possible
from supportrules.time.calendars import BusinessCalendar, Week
from supportrules.time.clocks import NEVER_STOPS, Area, Clock, Place
from supportrules.time.observances import Observance
from supportrules.time.promises import Timing
from supportrules.time.targets import BusinessDays, Duration, NoTime
from supportrules.time.zones import zone

HOUR = 3600
WEEK = Week((((9 * HOUR, 17 * HOUR),),) * 5 + ((), ()))
CUSTOMER, COUNTRY, OPEN_THEN = (
    Clock("office", WEEK, holidays)
    for holidays in (observances.CUSTOMER, observances.COUNTRY, observances.NO_HOLIDAYS)
)
NIGHT = Clock("night", Week((((21 * HOUR, 29 * HOUR),),) * 7), observances.CUSTOMER)
NEXT_DAY = Timing(BusinessDays(1), CUSTOMER)


def noon(text: str, zone_hours: int = 0) -> int:
    """Noon of a date, some hours east of Greenwich."""
    return int(datetime.fromisoformat(f"{text}T12:00:00+00:00").timestamp()) - zone_hours * HOUR


def days(timing: Timing, opened: int, area: Area) -> dict[str, set[str | None]]:
    """The dates on which it is possible that it is due, and the subdivisions in which it is."""
    found: dict[str, set[str | None]] = {}
    for when, places in timing.possible_dues(opened, area):
        for place in places:
            day = datetime.fromtimestamp(when, zone(place.zone)).date().isoformat()
            found.setdefault(day, set()).add(place.subdivision)
    return found


ENGLAND = {"GB-ENG", "GB-NIR", "GB-WLS"}


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        ("2026-04-02", {"2026-04-06": {"GB-SCT"}, "2026-04-07": ENGLAND}),
        ("2026-08-28", {"2026-08-31": {"GB-SCT"}, "2026-09-01": ENGLAND}),
        ("2026-09-02", {"2026-09-03": ENGLAND | {"GB-SCT"}}),
    ],
)
def test_the_nations_of_the_united_kingdom(opened: str, expected: dict[str, set[str | None]]) -> None:
    assert days(NEXT_DAY, noon(opened), Area(None, "GB")) == expected


def test_the_rows_of_countries_whose_parts_differ_from_the_whole() -> None:
    sydney = days(NEXT_DAY, noon("2026-12-24", 10), Area("Australia/Sydney", "AU"))
    assert {day: len(parts) for day, parts in sydney.items()} == {"2026-12-29": 8}
    swiss = days(NEXT_DAY, noon("2026-04-02"), Area(None, "CH"))
    # The 27th that was counted is the city of Zurich, which is no subdivision.
    assert {day: len(parts) for day, parts in swiss.items()} == {
        "2026-04-03": 3,
        "2026-04-06": 6,
        "2026-04-07": 17,
    }
    canada = days(NEXT_DAY, noon("2026-05-15", -5), Area("America/Toronto", "CA"))
    assert {day: len(parts) for day, parts in canada.items()} == {"2026-05-18": 4, "2026-05-19": 9}
    spain = days(NEXT_DAY, noon("2026-04-01"), Area("Europe/Madrid", "ES"))
    assert len(spain.pop("2026-04-02")) == 2 and sum(map(len, spain.values())) == 17
    malaysia = days(NEXT_DAY, noon("2026-12-31", 8), Area(None, "MY"))
    assert "MY-14" in malaysia["2027-01-04"]
    assert {day: len(parts) for day, parts in malaysia.items()} == {"2027-01-01": 5, "2027-01-04": 11}


def test_texas_has_no_columbus_day() -> None:
    friday = noon("2026-10-09", -6)
    assert days(NEXT_DAY, friday, Area("America/Chicago", "US", "US-TX")) == {"2026-10-12": {"US-TX"}}
    assert days(NEXT_DAY, friday, Area("America/Chicago", "US", "US-IL")) == {"2026-10-13": {"US-IL"}}
    assert days(Timing(BusinessDays(1), COUNTRY), friday, Area("America/Chicago", "US")) == {
        "2026-10-13": {None}
    }


def test_germany_needs_no_zone() -> None:
    ((when, places),) = NEXT_DAY.possible_dues(noon("2026-04-02"), Area(None, "DE"))
    assert when == int(datetime(2026, 4, 7, 15, tzinfo=UTC).timestamp())
    assert len(places) == 32 and {place.zone for place in places} == {"Europe/Berlin", "Europe/Busingen"}


def test_what_is_given_narrows_its_own_side_only() -> None:
    assert len(CUSTOMER.places(Area(None, "AU"))) == 12 * 8
    assert CUSTOMER.places(Area("Australia/Perth", "AU", "AU-NSW")) == (
        Place("Australia/Perth", "AU", "AU-NSW"),
    )
    assert len(CUSTOMER.places(Area(None, "AU", "AU-NSW"))) == 12
    assert len(CUSTOMER.places(Area("Australia/Perth", "AU"))) == 8
    assert CUSTOMER.places(Area("Europe/Paris", "FR", "FR-GES"))[0] == Place("Europe/Paris", "FR", "FR-08")
    assert CUSTOMER.places(Area("Asia/Tokyo", "JP")) == (Place("Asia/Tokyo", "JP"),)
    for clock in (COUNTRY, OPEN_THEN):
        assert clock.places(Area("Europe/Zurich", "CH")) == (Place("Europe/Zurich", "CH"),)
        assert clock.places(Area("Europe/Zurich", "CH", "CH-TI")) == (Place("Europe/Zurich", "CH", "CH-TI"),)
    assert CUSTOMER.places(Area(None, "BV")) == () and NEXT_DAY.possible_dues(0, Area(None, "BV")) == ()


def test_a_region_whose_departments_differ_is_open() -> None:
    # Good Friday is a holiday in Alsace and Moselle.
    found = days(NEXT_DAY, noon("2026-04-02"), Area("Europe/Paris", "FR", "FR-GES"))
    assert found["2026-04-07"] == {"FR-57", "FR-6AE"} and len(found["2026-04-03"]) == 7
    assert days(NEXT_DAY, noon("2026-04-02"), Area("Europe/Paris", "FR", "FR-67")) == {
        "2026-04-07": {"FR-67"}
    }


def test_a_special_date_of_one_subdivision_is_kept_there_alone() -> None:
    # A Wednesday. Bavaria is one place, and all else of Germany another.
    fair = (("DE-BY", ((date(2026, 9, 2), (), "fair"),), ()),)
    clock = Clock("office", Week(WEEK.days, (), (), fair), observances.NO_HOLIDAYS)
    assert clock.needs == ("opening", "country", "timezone") and clock.narrowed == ("subdivision", "timezone")
    next_day, tuesday = Timing(BusinessDays(1), clock), noon("2026-09-01")
    wednesday, thursday = "2026-09-02", "2026-09-03"
    germany = days(next_day, tuesday, Area(None, "DE"))
    assert germany == {wednesday: {None}, thursday: {"DE-BY"}}
    assert days(next_day, tuesday, Area(None, "DE", "DE-BY")) == {thursday: {"DE-BY"}}
    assert days(next_day, tuesday, Area(None, "DE", "DE-BE")) == {wednesday: {"DE-BE"}}
    assert days(next_day, tuesday, Area(None, "AT")) == {wednesday: {None}}
    columns = Codes.of([None] * 3), Codes.of(["DE", "DE", "AT"]), Codes.of([None, "DE-BY", None])
    found: dict[int, int] = {}
    for timed in next_day.dues(np.array([tuesday] * 3), np.arange(3), columns):
        found |= dict(zip(timed.rows.tolist(), timed.times[0].tolist(), strict=True))
    closing = noon(thursday) + 3 * HOUR
    assert found == {0: OPEN, 1: closing, 2: closing - 24 * HOUR}


def test_special_dates_below_a_part_and_above_it() -> None:
    def places(code: str, area: Area) -> list[str | None]:
        day = date(2026, 9, 2)
        clock = Clock(
            "office", Week(WEEK.days, (), (), ((code, ((day, (), ""),), ()),)), observances.CUSTOMER
        )
        return [place.subdivision for place in clock.places(area)]

    london, paris = Area("Europe/London", "GB"), Area("Europe/Paris", "FR", "FR-GES")
    # The City of London lies in England, and all of England that is not in it is told apart from it.
    assert sorted(map(str, places("GB-LND", london))) == ["GB-ENG", "GB-LND", "GB-NIR", "GB-SCT", "GB-WLS"]
    # Grand-Est is its departments; so nothing of it is apart.
    assert places("FR-GES", paris) == [place.subdivision for place in CUSTOMER.places(paris)]


def test_windows_have_places_too() -> None:
    closing = Timing(NoTime(), CUSTOMER)
    found = closing.possible_windows(noon("2026-04-03"), Area("Europe/London", "GB"))
    tuesday, monday = (int(datetime(2026, 4, day, 8, tzinfo=UTC).timestamp()) for day in (7, 6))
    assert [window for window, _ in found] == [(monday, monday + 8 * HOUR), (tuesday, tuesday + 8 * HOUR)]
    assert [len(places) for _, places in found] == [1, 3]


def test_what_has_no_place_has_one_answer() -> None:
    assert Timing(Duration(HOUR), NEVER_STOPS).possible_dues(10**12, None) == ((10**12 + HOUR, ()),)


def test_a_calendar_is_asked_once_for_all_places_that_are_alike() -> None:
    asked: list[BusinessCalendar] = []

    def ask(each: BusinessCalendar) -> int:
        asked.append(each)
        return each.day_deadline(noon("2026-06-10"), 1)

    ((_, places),) = possible(CUSTOMER, Area(None, "GB"), noon("2026-06-10"), ask)
    assert len(places) == 4
    # In 2026 England and Wales keep the same days.
    assert len(asked) == 3


def test_the_years_that_are_compared_grow_with_what_is_answered() -> None:
    # In 2026 Berlin and Hamburg close on the same weekdays; in 2027 Women's Day is a Monday in Berlin.
    long, opened, berlin = Timing(BusinessDays(150), CUSTOMER), noon("2026-09-02"), "Europe/Berlin"
    assert days(NEXT_DAY, opened, Area(berlin, "DE")).keys() == {"2026-09-03"}
    found = {
        place: when for when, places in long.possible_dues(opened, Area(berlin, "DE")) for place in places
    }
    in_berlin, in_hamburg = (found[Place(berlin, "DE", part)] for part in ("DE-BE", "DE-HH"))
    assert in_berlin > in_hamburg
    assert all(long.due(opened, place) == when for place, when in found.items())


def test_tables_are_shared() -> None:
    first, second = (
        BusinessCalendar(WEEK, zone, Observance(("DE-BE",))) for zone in ("Europe/Berlin", "Europe/Busingen")
    )
    opened = noon("2019-06-04")
    assert first is not second and first.deadline(opened, HOUR) == second.deadline(opened, HOUR)
    assert first._table is second._table


def test_tables_are_shared_by_what_a_day_is_made() -> None:
    closed, morning = (), ((9 * HOUR, 12 * HOUR),)
    tables: dict[str, list[Any]] = {}
    for part, half_days in product(("NSW", "VIC", "SA"), (None, closed, morning)):
        kept = Observance((f"AU-{part}",), ("public",), half_days)
        calendar = BusinessCalendar(WEEK, "Australia/Adelaide", kept)
        calendar.is_open(noon("2026-12-24"))
        tables.setdefault(part, []).append(calendar._table)
    # There are no half days in New South Wales and Victoria, where some holidays differ.
    for part in ("NSW", "VIC"):
        assert len({*map(id, tables[part])}) == 1
    assert tables["NSW"][0] is not tables["VIC"][0]
    # In South Australia, Christmas Eve is one.
    assert len({*map(id, tables["SA"])}) == 3


def test_no_data_for_one_place_is_none_for_the_area() -> None:
    with pytest.raises(CalendarError):
        NEXT_DAY.possible_dues(noon("2250-01-01"), Area(None, "DE"))
    with pytest.raises(CalendarError):
        NEXT_DAY.possible_dues(10**15, Area(None, "DE"))


# Walked, and by column


def test_random_tickets_are_due_when_walking_days_finds() -> None:
    some, rng = list(tickets(5000, 1)), random.Random(1)
    for ticket in some:
        compare(ticket, rng)
    by_column(some)


@pytest.mark.parametrize(
    "area",
    [Area(None, "AU"), Area("Europe/Zurich", "CH"), Area(None, "DE"), Area(None, "GB"), Area(None, "JP")],
)
@pytest.mark.parametrize("clock", [CUSTOMER, NIGHT, *SPECIAL_DATES], ids=lambda clock: clock.name)
@pytest.mark.parametrize("target", [BusinessDays(1), Duration(20 * HOUR)])
def test_a_column_is_answered_as_each_opening(
    area: Area, clock: Clock, target: BusinessDays | Duration
) -> None:
    timing = Timing(target, clock)
    opened = np.arange(noon("2026-03-28"), noon("2026-05-20"), 5 * HOUR)
    columns = tuple(Codes.of([each] * len(opened)) for each in area)
    ((at, rows, (times,), _),) = timing.dues(
        opened, np.arange(len(opened)), (columns[0], columns[1], columns[2])
    )
    expected = []
    for moment in opened.tolist():
        answers = timing.possible_dues(moment, area)
        expected.append(answers[0][0] if len(answers) == 1 else OPEN)
    assert times.tolist() == expected and len(rows) == len(opened) and at == area


@pytest.mark.parametrize("cut_off", [None, 22 * HOUR])
def test_shifts_past_midnight_are_due_as_at_each_place(cut_off: int | None) -> None:
    # 2 January is a holiday in a part of Switzerland, and so are days in a row at Easter.
    area = Area("Europe/Zurich", "CH")
    for target in (BusinessDays(0), BusinessDays(1), Duration(4 * HOUR)):
        timing = Timing(target, NIGHT, cut_off)
        for first in ("2026-12-31", "2027-03-25"):
            for moment in range(noon(first), noon(first) + 6 * 24 * HOUR, 2 * HOUR):
                found = {place: due for due, places in timing.possible_dues(moment, area) for place in places}
                assert found == {place: timing.due(moment, place) for place in NIGHT.places(area)}


def test_windows_by_column() -> None:
    timing = Timing(NoTime(), CUSTOMER)
    opened = np.array([noon("2026-04-02"), noon("2026-04-03"), noon("2026-06-03")])
    columns = Codes.of(["Europe/London"] * 3), Codes.of(["GB"] * 3), Codes.of([None] * 3)
    ((_, _, (opens, closes), _),) = timing.windows(opened, np.arange(3), columns)
    assert opens.tolist() == [noon("2026-04-02") - 4 * HOUR, OPEN, noon("2026-06-03") - 4 * HOUR]
    assert closes.tolist() == [noon("2026-04-02") + 4 * HOUR, OPEN, noon("2026-06-03") + 4 * HOUR]


def test_a_column_of_a_country_without_a_zone_has_no_answer() -> None:
    with pytest.raises(CalendarError):
        agreed(CUSTOMER, Area(None, "BV"), np.array([0]), lambda calendar, opened: opened[None])
    none = Codes.of([None])
    assert not list(NEXT_DAY.dues(np.array([0]), np.arange(1), (none, Codes.of(["BV"]), none)))
    assert not list(NEXT_DAY.dues(np.array([0]), np.arange(1), (none, none, none)))
