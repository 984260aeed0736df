"""Places: the subdivisions of ISO 3166-2, what they consist of, and whose public holidays they keep."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pycountry
import pytest

from places_by_day import COUNTRIES, OTHER_NAMES, SAME_NAMES, smallest, within
from shelf import Shelf, forget
from supportrules.time import places, zones

EVERY: list[Any] = list(pycountry.subdivisions)


def test_subdivisions_are_those_of_iso_without_countries_of_their_own() -> None:
    found = {
        code: name for country in zones.country_names() for code, name in places.subdivisions(country).items()
    }
    own = {
        f"{country}-{code}" for country, codes in SAME_NAMES.items() for code in codes
    } | OTHER_NAMES.keys()
    assert found.keys() == {each.code for each in EVERY} - own
    assert own <= {each.code for each in EVERY}
    assert all(
        list(places.subdivisions(country)) == sorted(places.subdivisions(country)) for country in COUNTRIES
    )


def test_what_has_the_name_of_a_country_is_one_or_is_named_after_its_town() -> None:
    names = {each.name: each.alpha_2 for each in pycountry.countries}
    namesakes = {
        each.code
        for each in EVERY
        if names.get(each.name, each.country_code) != each.country_code
        and each.code in places.subdivisions(each.country_code)
    }
    assert namesakes == {"BE-WLX", "GN-ML", "NG-NI", "US-GA"}


def test_a_place_lies_in_its_country_and_the_subdivisions_above_it() -> None:
    for country in COUNTRIES:
        assert places.within(country) == (country,)
        for code in places.subdivisions(country):
            assert places.within(code) == (country, *reversed(within(code)))


@pytest.mark.parametrize(
    "code", ["US-PR", "FR-GP", "NL-AW", "NO-31", "CH-Stadt Zurich", "DE-Augsburg", "XX-1", ""]
)
def test_what_iso_does_not_know_does_not_exist(code: str) -> None:
    with pytest.raises(KeyError):
        places.name(code)


def test_what_iso_lists_twice_is_a_country() -> None:
    """ISO 3166-1 has a country of each name; the three islands of the Caribbean Netherlands share one."""
    called = {each.code: each.name for each in pycountry.subdivisions}
    countries = {each.alpha_2 for each in pycountry.countries}
    for code, country in places.COUNTRIES.items():
        assert code in called and country in countries
        assert code not in places.subdivisions(places.country(code))
    twice = {"FR-971": "Guadeloupe", "FR-974": "La Réunion", "FI-01": "Landskapet Åland"}
    assert {code: called[code] for code in twice} == twice
    assert [places.COUNTRIES[code] for code in twice] == ["GP", "RE", "AX"]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("DE-BY", "Bavaria"),
        ("GB-WLS", "Wales"),
        ("GB-LND", "London, City of"),
        ("US-TX", "Texas"),
        ("CH-FR", "Fribourg"),
        ("MA-LAA", "Laâyoune"),
    ],
)
def test_subdivisions_have_english_names(code: str, name: str) -> None:
    assert places.name(code) == name


@pytest.mark.parametrize(
    ("text", "country", "languages", "codes"),
    [
        ("Bavaria", "DE", [], ("DE-BY",)),
        ("bayern ", None, [], ("DE-BY",)),
        ("BY", "DE", [], ("DE-BY",)),
        ("de-by", None, [], ("DE-BY",)),
        ("Bavière", "DE", [], ()),
        ("Bavière", "DE", ["fr"], ("DE-BY",)),
        ("Bavaria", "AT", [], ()),
        ("england", None, [], ("GB-ENG",)),
        ("Puerto Rico", None, [], ()),
        ("La Rioja", None, [], ("AR-F", "ES-LO", "ES-RI")),
        ("by", None, [], ()),
    ],
)
def test_names_suggest_codes(
    text: str, country: str | None, languages: list[str], codes: tuple[str, ...]
) -> None:
    assert places.suggestions(text, country, languages) == codes


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("GB", ("GB-ENG", "GB-NIR", "GB-SCT", "GB-WLS")),
        ("GB-LND", ("GB-LND",)),
        ("FR-GES", ("FR-08", "FR-10", "FR-51", "FR-52", "FR-54", "FR-55", "FR-57", "FR-6AE", "FR-88")),
        ("FR-67", ("FR-67",)),
        ("JP", ()),
        ("NL", ()),
        ("XX", ()),
    ],
)
def test_parts(code: str, parts: tuple[str, ...]) -> None:
    assert places.parts(code) == parts


def test_germany_has_its_states_and_italy_its_provinces() -> None:
    assert len(places.parts("DE")) == 16
    assert {"IT-BO", "IT-23"} <= {*places.parts("IT")} and "IT-45" not in places.parts("IT")


@pytest.mark.parametrize("country", COUNTRIES)
def test_each_spot_is_in_one_part(country: str) -> None:
    parts = places.parts(country)
    if not parts:
        # All that `holidays` knows of are parts that ISO does not.
        assert all(places.holidays_of(code) == country for code in places.subdivisions(country))
    else:
        assert all(len({*within(code)} & {*parts}) == 1 for code in smallest(country))


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("DE", "DE"),
        ("DE-BY", "DE-BY"),
        ("GB-LND", "GB-ENG"),
        ("FR-67", "FR-6AE"),
        ("FR-75", "FR"),
        ("ES-B", "ES-CT"),
        ("BQ-BO", "BQ-BO"),
        ("NL-UT", "NL"),
        ("JP-13", "JP"),
        ("XX-1", "XX"),
    ],
)
def test_a_place_keeps_the_holidays_of_what_it_lies_in(code: str, kept: str) -> None:
    assert places.holidays_of(code) == kept


@pytest.mark.parametrize(
    ("code", "called"), [("GB-ENG", "ENG"), ("BQ-BO", "BON"), ("IT-23", "AO"), ("DE", None), ("JP-13", None)]
)
def test_holidays_calls_them_otherwise(code: str, called: str | None) -> None:
    assert places.holidays_code(code) == called


def test_what_packages_say_is_kept(shelf: Shelf) -> None:
    def asked() -> Any:
        forget()
        return dict(places.subdivisions("GB")), places.parts("GB"), places.holidays_of("GB-LND")

    first = asked()
    assert shelf.keys() == {"GB-subdivisions", "GB-parts", "GB-LND-holidays"} and asked() == first
    shelf.write("GB-parts", ["GB-ENG"])
    assert asked()[1] == ("GB-ENG",)
    for name in shelf:
        shelf.write(name, 7)
    assert asked() == first


def test_packages_are_imported_when_they_are_asked() -> None:
    code = """
import sys
from supportrules.time import places, promises
print(places.holidays_of("DE"), {"pycountry", "holidays"} & {*sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "DE set()\n"
