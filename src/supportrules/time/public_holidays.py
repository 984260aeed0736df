"""Public holidays of places, observed days included, as the ``holidays`` package has them.

A place is a country as a whole (``DE``) or a subdivision (``DE-BY``). A subdivision that the package does not
know has the holidays of the larger place that contains it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, date
from functools import partial
from sys import intern
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from supportrules.errors import CalendarError
from supportrules.time import decrees, places
from supportrules.time.keeper import kept

if TYPE_CHECKING:
    from holidays import HolidayBase

PUBLIC, HALF_DAY, WORKDAY = "public", "half_day", "workday"
"""Categories of holidays: closed days, shortened days, and days that are worked as usual."""

# For these `holidays` counts more years than it has all feasts of: the tables of moving feasts end early.
_COMPLETE_YEARS = {
    "BT": (2007, 2035),
    "FJ": (2016, 2035),
    "GY": (2001, 2035),
    "ID": (1946, 2050),
    "IN": (2001, 2035),
    "MU": (2001, 2035),
    "NP": (2010, 2032),
    "NZ": (1894, 2052),
    "SR": (2001, 2035),
}


@functools.cache
def years(place: str) -> tuple[int, int]:
    """The first and the last year with data for a place, which are those of its country.

    Args:
        place: code of a country or subdivision.

    Raises:
        CalendarError: there is no data for the country.
    """
    country = places.country(place)
    first, last = kept(country, lambda: _years(country), _are_years)
    return first, last


@functools.lru_cache(maxsize=4096)
def names(place: str, year: int, category: str = PUBLIC) -> Mapping[date, str]:
    """The holidays of a category in a year; empty if the country does not have that category.

    Args:
        place: code of a country or subdivision that has data for the year.
        category: what the ``holidays`` package calls it.
    """
    key = f"{_key(place, category)}-{year}"
    found = kept(key, lambda: _names(place, year, category), partial(_are_names, year))
    return MappingProxyType({date.fromordinal(day): name for day, name in found})


@functools.lru_cache(maxsize=256)
def names_in(language: str, place: str, year: int, category: str = PUBLIC) -> Mapping[date, str]:
    """The holidays of a year with their names in a language, or in the country's own if there are none in it.

    Args:
        language: two small letters, with a country where that matters: ``en``, ``pt-BR``.
        place: code of a country or subdivision that has data for the year.
        category: what the ``holidays`` package calls it.
    """
    key = f"{_key(place, category)}-{year}-{language}"
    found = kept(key, lambda: _names(place, year, category, language), partial(_are_names, year))
    return MappingProxyType({date.fromordinal(day): name for day, name in found})


@functools.lru_cache(maxsize=1024)
def worked(place: str, year: int) -> frozenset[date]:
    """The working weekend days of a year.

    Args:
        place: code of a country or subdivision that has data for the year.
    """
    found = kept(f"{place}-worked-{year}", lambda: _worked(place, year), partial(_are_days, year))
    return frozenset(map(date.fromordinal, found))


@functools.cache
def decreed_until(country: str) -> int | None:
    """The last year for which a country's moved days are known; None if they are not decreed year by year.

    It is the last year for which the ``holidays`` package lists days of the country that follow from no rule.

    Args:
        country: ISO 3166-1 alpha-2 code.
    """
    if country not in decrees.SOURCES:
        return None
    found: int = kept(f"{country}-decreed", lambda: max(_data(country).special_public_holidays), _is_year)
    return found


@functools.cache
def categories(country: str) -> tuple[str, ...]:
    """The categories of holidays that a country has.

    Args:
        country: ISO 3166-1 alpha-2 code.

    Raises:
        CalendarError: there is no data for the country.
    """
    found = kept(f"{country}-categories", lambda: sorted(_data(country).supported_categories), _are_texts)
    return tuple(found)


@functools.cache
def all_categories() -> tuple[str, ...]:
    """The categories of holidays that any country has."""
    return tuple(kept("categories", lambda: list(_all_categories()), _are_texts))


@functools.cache
def divided() -> tuple[str, ...]:
    """The countries with parts that have public holidays of their own."""
    return tuple(kept("divided", _divided, _are_texts))


def version() -> str:
    """The version of the ``holidays`` package."""
    from holidays import version

    return version.__version__


def _are_years(data: Any) -> bool:
    is_pair = isinstance(data, list) and list(map(type, data)) == [int, int]
    return is_pair and MINYEAR <= data[0] <= data[1] <= MAXYEAR


def _is_year(data: Any) -> bool:
    return type(data) is int and MINYEAR <= data <= MAXYEAR


def _key(place: str, category: str) -> str:
    return place if category == PUBLIC else f"{place}-{category}"


def _are_names(year: int, data: Any) -> bool:
    return isinstance(data, list) and all(
        isinstance(each, list) and list(map(type, each)) == [int, str] and each[0] in _ordinals(year)
        for each in data
    )


def _are_days(year: int, data: Any) -> bool:
    return isinstance(data, list) and all(type(day) is int and day in _ordinals(year) for day in data)


def _are_texts(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(each, str) for each in data)


def _ordinals(year: int) -> range:
    return range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)


def _years(country: str) -> tuple[int, int]:
    data = _data(country)
    return _COMPLETE_YEARS.get(country, (data.start_year, data.end_year))


def _names(place: str, year: int, category: str, spoken: str | None = None) -> list[tuple[int, str]]:
    if category != PUBLIC and category not in categories(places.country(place)):
        return []
    found = _found(place, year, category, spoken)
    # Names come again, from year to year and in other places.
    return [(day.toordinal(), intern(name)) for day, name in found.items()]


def _all_categories() -> list[str]:
    import holidays

    countries = holidays.list_supported_countries(include_aliases=False)
    return sorted({category for country in countries for category in categories(country)})


def _divided() -> list[str]:
    import holidays

    countries = holidays.list_supported_countries(include_aliases=False)
    return sorted(country for country, parts in countries.items() if parts)


def _worked(place: str, year: int) -> list[int]:
    # A year's data also names some of the last days of other years.
    days = _found(place, year, PUBLIC).weekend_workdays
    return sorted(day.toordinal() for day in days if day.year == year)


def _found(place: str, year: int, category: str, spoken: str | None = None) -> HolidayBase:
    import holidays

    country, part = places.country(place), places.holidays_code(places.holidays_of(place))
    # Without a language `holidays` takes that of the environment.
    language = _language(_data(country), spoken)
    return holidays.country_holidays(country, part, years=year, language=language, categories=(category,))


def _language(data: HolidayBase, spoken: str | None) -> str | None:
    """The language of `holidays` that is nearest to one; else the one in which a country has its own."""
    own = data.default_language
    if spoken is None or own is None:
        return own
    wanted, base = spoken.replace("-", "_"), spoken[:2]
    # British holidays in English are not called as in America: the country's own words go first.
    known = [each for each in (own, *data.supported_languages) if each.partition("_")[0] == base]
    return wanted if wanted in known else known[0] if known else own


@functools.cache
def _data(country: str) -> HolidayBase:
    import holidays

    if country not in holidays.list_supported_countries(include_aliases=False):
        raise CalendarError(f"no public holidays are known for the country {country}")
    return holidays.country_holidays(country)
