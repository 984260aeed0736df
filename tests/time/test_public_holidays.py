"""Public holidays are those of the ``holidays`` package, whether they were kept before or not."""

from __future__ import annotations

import importlib.metadata
from datetime import date

import holidays
import pytest

from shelf import Shelf, forget
from supportrules.errors import CalendarError
from supportrules.time import public_holidays


@pytest.mark.parametrize(
    ("country", "language", "day", "name"),
    [
        ("FR", "fr", date(2026, 5, 1), "Fête du Travail"),
        ("FR", "en", date(2026, 5, 1), "Labor Day"),
        # The country's own English goes before that of America.
        ("GB", "en", date(2026, 12, 26), "Boxing Day"),
        ("CA", "fr", date(2026, 12, 25), "Jour de Noël"),
        # What the package does not have in a language has its own name.
        ("FR", "de", date(2026, 5, 1), "Fête du Travail"),
        ("US", "fr", date(2026, 1, 1), "New Year's Day"),
        ("BE", "de", date(2026, 12, 25), "Weihnachten"),
        ("FR", "en-GB", date(2026, 5, 1), "Labor Day"),
    ],
)
def test_names_are_in_the_language_that_is_asked_for(
    country: str, language: str, day: date, name: str, shelf: Shelf
) -> None:
    for _ in range(2):
        found = public_holidays.names_in(language, country, day.year)
        assert found[day] == name
        assert found.keys() == public_holidays.names(country, day.year).keys()
        public_holidays.names_in.cache_clear()
    assert f"{country}-{day.year}-{language}" in shelf


@pytest.mark.parametrize("country", ["GB", "JP", "FR", "IL", "US"])
@pytest.mark.parametrize("year", [1999, 2014, 2026])
def test_what_was_kept_is_what_the_package_says(country: str, year: int, shelf: Shelf) -> None:
    language = holidays.country_holidays(country).default_language
    expected = dict(holidays.country_holidays(country, years=year, language=language))
    assert expected
    for _ in range(2):
        assert public_holidays.names(country, year) == expected
        first, last = public_holidays.years(country)
        assert first <= year <= last
        forget()
    assert shelf.keys() == {country, f"{country}-{year}"}


def test_what_was_kept_is_asked_for_no_more(shelf: Shelf) -> None:
    shelf.write("FR", [2013, 2015])
    shelf.write("FR-2014", [[date(2014, 9, 3).toordinal(), "Jour de la Suède"]])
    assert public_holidays.years("FR") == (2013, 2015)
    assert public_holidays.names("FR", 2014) == {date(2014, 9, 3): "Jour de la Suède"}


def test_a_country_without_data_is_not_kept(shelf: Shelf) -> None:
    for _ in range(2):
        with pytest.raises(CalendarError, match=r"^no public holidays are known for the country XX$"):
            public_holidays.years("XX")
    assert not shelf


def test_version_is_that_of_the_package() -> None:
    assert public_holidays.version() == importlib.metadata.version("holidays")


def test_categories_and_worked_days_are_kept_by_their_names(shelf: Shelf) -> None:
    for _ in range(2):
        assert date(2026, 12, 24) in public_holidays.names("AT", 2026, "bank")
        assert not public_holidays.names("PL", 2026, "bank")
        assert date(2025, 9, 28) in public_holidays.worked("CN", 2025)
        forget()
    expected = {"AT-categories", "AT-bank-2026", "PL-categories", "PL-bank-2026", "CN-worked-2025"}
    assert shelf.keys() == expected


def test_countries_with_holidays_of_parts_are_kept(shelf: Shelf) -> None:
    found = public_holidays.divided()
    assert {"GB", "US", "DE"} <= {*found} and not {"LV", "JP"} & {*found}
    assert shelf.read("divided") == [*found] == sorted(found)


def test_the_last_year_of_decrees_is_kept(shelf: Shelf) -> None:
    until = max(holidays.country_holidays("CN").special_public_holidays)
    assert public_holidays.decreed_until("CN") == until
    assert shelf.read("CN-decreed") == until
    for kept, found in (
        (2031, 2031),
        (None, until),
        ("2031", until),
        (True, until),
        (0, until),
        ([2031], until),
    ):
        shelf.write("CN-decreed", kept)
        public_holidays.decreed_until.cache_clear()
        assert public_holidays.decreed_until("CN") == found
    assert public_holidays.decreed_until("DE") is None and shelf.read("DE-decreed") is None
