"""Observances: whose public holidays count, and what they make of a day, against ``holidays`` itself."""

from __future__ import annotations

import random
from datetime import date, timedelta

import holidays
import pytest

from supportrules.errors import CalendarError
from supportrules.time import places
from supportrules.time.observances import COUNTRY, CUSTOMER, NO_HOLIDAYS, NO_MARKS, Marks, Observance

HOUR = 3600
OFFICE = ((9 * HOUR, 17 * HOUR),)
MORNING = ((9 * HOUR, 13 * HOUR),)


def test_whose_holidays_count_for_a_customer() -> None:
    assert CUSTOMER.at("DE", "DE-BY").of == ("DE-BY",)
    assert CUSTOMER.at("DE", None).of == COUNTRY.at("DE", "DE-BY").of == ("DE",)
    assert NO_HOLIDAYS.at("DE", "DE-BY").of == CUSTOMER.at(None, None).of == ()
    assert Observance(("AT", "DE-BY")).at("FR", None).of == ("AT", "DE-BY")
    # London keeps the days of England.
    assert CUSTOMER.at("GB", "GB-LND").of == ("GB-ENG",)


def test_public_holidays_of_a_country() -> None:
    france, britain, america = (Observance((code,)) for code in ("FR", "GB", "US"))
    assert france.marks(date(2014, 7, 14)).holiday and not britain.marks(date(2014, 7, 14)).holiday
    # Observed on the day before.
    assert america.marks(date(2015, 7, 3)).holiday
    with pytest.raises(CalendarError, match="of BT are known for the years"):
        Observance(("BT",)).marks(date(2040, 1, 1))
    # Data ends with that of the country.
    with pytest.raises(CalendarError, match="of IN are known for the years"):
        Observance(("IN-AN",)).marks(date(2040, 1, 1))
    with pytest.raises(CalendarError, match="of DE and BT are known for the years 2007 to 2035 only"):
        Observance(("DE", "BT")).marks(date(2040, 1, 1))


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (NO_MARKS, OFFICE),
        (Marks(holiday=True), ()),
        (Marks(half_day=True), MORNING),
        (Marks(worked=True), ((10 * HOUR, 18 * HOUR),)),
        # Cut, and never longer than it would be.
        (Marks(half_day=True, worked=True), ((10 * HOUR, 13 * HOUR),)),
        (Marks(holiday=True, half_day=True, worked=True), ()),
    ],
)
def test_what_a_day_comes_to(marks: Marks, expected: object) -> None:
    observance = Observance(("CN",), ("public",), MORNING, ((10 * HOUR, 18 * HOUR),))
    assert observance.hours(OFFICE, marks) == expected


def test_what_is_not_named_does_not_count() -> None:
    for marks in (Marks(half_day=True), Marks(worked=True)):
        assert Observance(("CN",)).hours(OFFICE, marks) == OFFICE
    assert NO_HOLIDAYS.hours(OFFICE, Marks(True, True, True)) == OFFICE
    assert Observance(("CN",), ("public",), ()).hours(OFFICE, Marks(half_day=True)) == ()
    assert Observance(("CN",), ("public",), MORNING).hours((), Marks(half_day=True)) == ()


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("CN", date(2025, 9, 28), Marks(worked=True)),
        ("CN", date(2025, 10, 1), Marks(holiday=True)),
        ("HU", date(2024, 12, 7), Marks(worked=True)),
        ("TR", date(2026, 10, 28), Marks(half_day=True)),
        ("TR", date(2026, 10, 29), Marks(holiday=True)),
        ("EE", date(2026, 12, 23), Marks(half_day=True)),
        ("EE", date(2026, 12, 24), Marks(holiday=True)),
        ("HU", date(2024, 12, 14), Marks(worked=True)),
        # A country without half days has none.
        ("DE", date(2026, 12, 24), NO_MARKS),
    ],
)
def test_half_days_and_worked_weekends(code: str, day: date, expected: Marks) -> None:
    assert Observance((code,), ("public",), MORNING, OFFICE).marks(day) == expected
    assert Observance((code,)).marks(day) == Marks(holiday=expected.holiday)


def test_several_places_close_on_the_days_of_any() -> None:
    both = Observance(("DE-BY", "AT"))
    # The Assumption in both, German Unity in Bavaria, the Austrian national day, and none.
    days = [date(2025, 8, 15), date(2025, 10, 3), date(2025, 10, 26), date(2025, 10, 31)]
    assert [both.marks(day).holiday for day in days] == [True, True, True, False]
    assert both.days(2025)[date(2025, 8, 15)][1] == "Mariä Himmelfahrt"
    assert both.days(2025)[date(2025, 10, 26)][1] == "Nationalfeiertag"


def test_categories_close_together() -> None:
    # 24 December is a day of banks in Austria.
    bank, public = Observance(("AT",), ("bank",)), Observance(("AT",))
    both = Observance(("AT",), ("public", "bank"))
    eve, christmas = date(2025, 12, 24), date(2025, 12, 25)
    assert [each.marks(eve).holiday for each in (public, bank, both)] == [False, True, True]
    assert [each.marks(christmas).holiday for each in (public, bank, both)] == [True, False, True]
    # Poland has none of that kind.
    assert not Observance(("PL",), ("bank",)).days(2025)


def test_a_name_in_a_language() -> None:
    republic = Observance(("TR",), ("public",), MORNING)
    half_day = date(2026, 10, 28)
    # Its own, with a dotless i.
    assert republic.days(2026)[half_day][1] == "Cumhuriyet Bayram\u0131 (saat 13.00'ten)"
    assert republic.names_in("en", half_day, ("half_day",)) == ("Republic Day (from 1pm)",)
    assert republic.names_in("en", half_day, ("public",)) == ()


def supported() -> list[tuple[str, str | None]]:
    countries = holidays.list_supported_countries(include_aliases=False)
    return [(code, part) for code, parts in countries.items() for part in (None, *parts)]


@pytest.mark.parametrize("seed", range(40))
def test_days_are_those_of_the_package(seed: int) -> None:
    rng = random.Random(f"days {seed}")
    chosen = rng.sample(supported(), 3)
    year = rng.randrange(2015, 2028)
    of, data, half, worked = [], set[date](), set[date](), set[date]()
    for country, part in chosen:
        code = f"{country}-{part}" if part else country
        if part and code not in places.subdivisions(country):
            continue
        of.append(code)
        known = holidays.country_holidays(country).supported_categories
        found = holidays.country_holidays(
            country, part, years=year, categories=[each for each in ("public", "bank") if each in known]
        )
        data.update(found)
        worked.update(found.weekend_workdays)
        if "half_day" in known:
            half.update(holidays.country_holidays(country, part, years=year, categories=("half_day",)))
    observance = Observance(tuple(of), ("public", "bank"), MORNING, OFFICE)
    first = date(year, 1, 1)
    for day in (first + timedelta(days=number) for number in range(365)):
        assert observance.marks(day) == Marks(day in data, day in half, day in worked), (of, day)
