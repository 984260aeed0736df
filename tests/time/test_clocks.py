"""Clocks: which facts they need, and the calendar of each place."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from supportrules.time.calendars import BusinessCalendar, Everlasting, Week, calendar
from supportrules.time.clocks import ALWAYS, NEVER_STOPS, Area, Clock, Place, PlaceGroup
from supportrules.time.observances import COUNTRY, CUSTOMER, NO_HOLIDAYS, Observance
from supportrules.time.openness import ALWAYS_OPEN, Openness

HOUR = 3600
OFFICE = Week((((9 * HOUR, 17 * HOUR),),) * 5 + ((), ()))
CLOSING, STAYING = Clock("office", OFFICE, COUNTRY), Clock("office", OFFICE, NO_HOLIDAYS)
CLOCKS = [CLOSING, STAYING, NEVER_STOPS]
PARIS = Place("Europe/Paris", "FR")
# Thursday, 1 May 2025, a holiday in France: 10 in the morning there.
LABOUR_DAY = int(datetime(2025, 5, 1, 8, tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class Codes:
    values: list[Any]
    codes: Any


# Rows: Paris in France, Kolkata in India, Paris in Germany, Paris in France.
ZONES = Codes(["Asia/Kolkata", "Europe/Paris"], np.array([1, 0, 1, 1], dtype=np.int32))
COUNTRIES = Codes(["DE", "FR", "IN"], np.array([1, 2, 0, 1], dtype=np.int32))


def test_hours_need_a_zone_and_a_country_where_holidays_close_them() -> None:
    assert CLOSING.needs == ("opening", "country", "timezone")
    assert STAYING.needs == ("opening", "timezone")
    assert CLOSING.local and STAYING.local


def test_the_clock_that_never_stops_is_the_same_everywhere() -> None:
    assert (NEVER_STOPS.name, NEVER_STOPS.needs, NEVER_STOPS.local) == (ALWAYS, ("opening",), False)
    assert NEVER_STOPS.calendar(None) is NEVER_STOPS.calendar(PARIS)
    assert isinstance(NEVER_STOPS.calendar(None), Everlasting)
    assert NEVER_STOPS.openness == ALWAYS_OPEN


def test_whether_holidays_close_hours_is_part_of_when_they_are_open() -> None:
    assert CLOSING.openness == Openness(OFFICE.days, (), COUNTRY)
    assert STAYING.openness == Openness(OFFICE.days, (), NO_HOLIDAYS)


def test_holidays_close_hours_at_places_of_their_country() -> None:
    assert not CLOSING.calendar(PARIS).is_open(LABOUR_DAY)
    assert STAYING.calendar(PARIS).is_open(LABOUR_DAY)
    assert CLOSING.calendar(Place("Europe/Paris")).is_open(LABOUR_DAY)
    # It is half past one in the afternoon there.
    assert CLOSING.calendar(Place("Asia/Kolkata", "IN")).is_open(LABOUR_DAY)


def test_an_unknown_zone_has_no_calendar() -> None:
    with pytest.raises(KeyError):
        CLOSING.calendar(Place("Europe/Atlantis", "FR"))


def test_a_calendar_is_shared_by_all_that_count_alike() -> None:
    assert CLOSING.calendar(PARIS) is calendar(OFFICE, "Europe/Paris", Observance(("FR",)))
    german = STAYING.calendar(Place("Europe/Paris", "DE"))
    assert STAYING.calendar(PARIS) is german is calendar(OFFICE, "Europe/Paris", NO_HOLIDAYS)


KOLKATA, GERMANY = Area("Asia/Kolkata", "IN"), Area("Europe/Paris", "DE")
ZONES_ALONE = {Area("Asia/Kolkata"): [1], Area("Europe/Paris"): [0, 2, 3]}


@pytest.mark.parametrize(
    ("clock", "countries", "expected"),
    [
        (CLOSING, COUNTRIES, {KOLKATA: [1], GERMANY: [2], Area("Europe/Paris", "FR"): [0, 3]}),
        (CLOSING, None, ZONES_ALONE),
        (STAYING, COUNTRIES, ZONES_ALONE),
    ],
)
def test_the_rows_of_a_column_are_those_of_each_area(
    clock: Clock, countries: Codes | None, expected: dict[Area, list[int]]
) -> None:
    columns = ZONES, countries, None
    assert {area: rows.tolist() for area, rows in clock.areas(np.arange(4), columns)} == expected
    some = [rows.tolist() for _, rows in clock.areas(np.array([1, 3]), columns)]
    assert sorted(some) == [[1], [3]]


def test_all_rows_have_the_calendar_that_never_stops() -> None:
    ((area, rows),) = NEVER_STOPS.areas(np.arange(4), (None, None, None))
    assert area is None and rows.tolist() == [0, 1, 2, 3]
    assert NEVER_STOPS.sole(None) == PlaceGroup(NEVER_STOPS.calendar(None), ())


def test_clocks_and_calendars_travel() -> None:
    for clock in CLOCKS:
        found = pickle.loads(pickle.dumps(clock))
        assert found == clock and hash(found) == hash(clock)
        there: BusinessCalendar = pickle.loads(pickle.dumps(clock.calendar(PARIS)))
        assert there.deadline(LABOUR_DAY, HOUR) == clock.calendar(PARIS).deadline(LABOUR_DAY, HOUR)


# Hours of one's own


MUNICH = Clock("munich", OFFICE, Observance(("DE-BY",)), "Europe/Berlin")
BERLIN_FOR_ALL = Clock("berlin", OFFICE, CUSTOMER, "Europe/Berlin")


def test_hours_of_one_place_need_no_place() -> None:
    assert (MUNICH.needs, MUNICH.narrowed) == (("opening",), ())
    assert (BERLIN_FOR_ALL.needs, BERLIN_FOR_ALL.narrowed) == (("opening", "country"), ("subdivision",))
    assert Clock("named", OFFICE, Observance(("DE-BY",))).needs == ("opening", "timezone")


def test_hours_of_one_place_have_one_calendar() -> None:
    expected = calendar(OFFICE, "Europe/Berlin", Observance(("DE-BY",)))
    for place in (None, PARIS, Place("Asia/Tokyo"), Place("Europe/Paris", "FR", "FR-ARA")):
        assert MUNICH.calendar(place) is expected
    for area in (Area(None), Area(None, "US"), Area("Asia/Tokyo", "JP", "JP-13")):
        sole, ((group,),) = MUNICH.sole(area), MUNICH.groups(area, 2026, 2026)
        assert sole == group and group.calendar is expected
        assert [place.zone for place in group.places] == ["Europe/Berlin"]
    assert BERLIN_FOR_ALL.calendar(PARIS) is calendar(OFFICE, "Europe/Berlin", Observance(("FR",)))


def test_places_of_hours_with_a_zone_differ_in_holidays_alone() -> None:
    assert {place.zone for place in BERLIN_FOR_ALL.places(Area(None, "US"))} == {"Europe/Berlin"}
    assert BERLIN_FOR_ALL.places(Area("Europe/Paris", "FR", "FR-ARA"))[0].zone == "Europe/Berlin"


def test_rows_without_a_place_have_hours_of_one_place() -> None:
    rows = np.arange(4)
    ((area, some),) = MUNICH.areas(rows, (ZONES, COUNTRIES, None))
    assert (area, some.tolist()) == (Area(None), [0, 1, 2, 3])
    ((area, some),) = MUNICH.areas(rows, (None, None, None))
    assert (area, some.tolist()) == (Area(None), [0, 1, 2, 3])
    found = {area: some.tolist() for area, some in BERLIN_FOR_ALL.areas(rows, (ZONES, COUNTRIES, None))}
    assert found == {Area(None, "FR"): [0, 3], Area(None, "IN"): [1], Area(None, "DE"): [2]}
    # Whose country is not known is left out.
    assert list(BERLIN_FOR_ALL.areas(rows, (ZONES, None, None))) == []
