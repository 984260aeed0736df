"""Countries whose moved days are decreed year by year, and how far ``holidays`` knows them."""

from __future__ import annotations

import holidays
import pytest

from supportrules.time import decrees, public_holidays


def decreed_years(country: str) -> set[int]:
    """The years for which ``holidays`` lists days of a country that follow from no rule."""
    return set(holidays.country_holidays(country).special_public_holidays)


@pytest.mark.parametrize("country", decrees.SOURCES)
def test_moved_days_are_known_to_the_last_decree(country: str) -> None:
    years = decreed_years(country)
    until = public_holidays.decreed_until(country)
    assert until == max(years)
    # As it is decreed year by year, there are days of most of the last years.
    assert len(years & set(range(until - 9, until + 1))) >= 5
    assert decrees.SOURCES[country].startswith("https://")


def test_what_notes_say_of_the_pinned_package() -> None:
    known = {country: public_holidays.decreed_until(country) for country in decrees.SOURCES}
    assert {known[country] for country in ("AR", "BY", "CN", "GH", "HU", "LV", "TH", "UZ", "VN")} == {2026}
    assert known["RU"] == 2027


def test_countries_with_a_yearly_exchange_of_days_are_listed() -> None:
    """An exchange moves a free day from a weekend, which is worked."""

    def exchanged(country: str) -> set[int]:
        days = holidays.country_holidays(country).special_public_holidays
        return {
            year
            for year, some in days.items()
            if any(len(day) > 3 for day in (some if isinstance(some[0], tuple) else (some,)))
        }

    static = (code for code in holidays.list_supported_countries(include_aliases=False))
    with_days = (
        code for code in static if hasattr(holidays.country_holidays(code), "special_public_holidays")
    )
    often = {code for code in with_days if len(exchanged(code) & set(range(2017, 2027))) >= 5}
    # Taiwan has had a law instead of yearly decrees since 2025; Ukraine has moved no days since 2022.
    assert often - {"TW", "UA"} <= decrees.SOURCES.keys()


def test_other_countries_are_not_asked() -> None:
    assert public_holidays.decreed_until("DE") is None
    assert public_holidays.decreed_until("XX") is None
