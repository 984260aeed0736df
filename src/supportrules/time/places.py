"""The places of the world: countries and their subdivisions, as ISO 3166 has them in ``pycountry``.

A code is that of a country (``DE``) or of a subdivision (``DE-BY``). Subdivisions of every level exist, but
for those that are countries of their own: Puerto Rico is ``PR``, not ``US-PR``. Which of them keep public
holidays of their own is for the ``holidays`` package to say, whose codes for parts that ISO does not know
name no place.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from supportrules.time.keeper import kept

_SAME_CODES = (
    *("CN-HK", "CN-MO", "CN-TW", "FR-BL", "FR-MF", "FR-NC", "FR-PF", "FR-PM", "FR-TF", "FR-WF", "NL-AW"),
    *("NL-CW", "NL-SX", "US-AS", "US-GU", "US-MP", "US-PR", "US-UM", "US-VI"),
)
COUNTRIES = {code: code[3:] for code in _SAME_CODES} | {
    "FI-01": "AX",
    "FR-971": "GP",
    "FR-972": "MQ",
    "FR-973": "GF",
    "FR-974": "RE",
    "FR-976": "YT",
    "NL-BQ1": "BQ",
    "NL-BQ2": "BQ",
    "NL-BQ3": "BQ",
    "NO-21": "SJ",
    "NO-22": "SJ",
}
"""What ISO 3166-2 lists below one country and ISO 3166-1 as another, which is the one here."""

# Where `holidays` writes a subdivision of ISO otherwise.
_WRITTEN = {"BQ-BO": "BON", "BQ-SA": "SAB", "BQ-SE": "STA", "IT-23": "AO"}


def country(code: str) -> str:
    """The country in which a place lies, or that it is."""
    return code.partition("-")[0]


@functools.cache
def subdivisions(country: str, language: str = "en") -> Mapping[str, str]:
    """The subdivisions of a country, of every level.

    Args:
        country: ISO 3166-1 alpha-2 code.
        language: two small letters, with a country where that matters: ``en``, ``pt-BR``.

    Returns:
        ISO 3166-2 code → its name in the language, or the country's own where ``pycountry`` has none; sorted
        by code.
    """
    key = f"{country}-subdivisions" + (f"-{language}" if language != "en" else "")
    names = kept(key, lambda: dict(_named(country, language.replace("-", "_"))), _are_texts)
    return MappingProxyType(names)


def name(code: str, language: str = "en") -> str:
    """The name of a subdivision in a language, as in `subdivisions`.

    Raises:
        KeyError: there is no such subdivision.
    """
    return subdivisions(country(code), language)[code]


@functools.cache
def parts(code: str) -> tuple[str, ...]:
    """The subdivisions that a place consists of, each spot in one of them.

    They are of the first level, and of a lower one wherever something below a subdivision has public holidays
    of its own: the four nations of the United Kingdom, the provinces of Italy, the regions of France, but the
    departments of Grand-Est.

    Args:
        code: of a country or subdivision.

    Returns:
        Their codes; none where no part of the country has public holidays of its own.
    """
    return tuple(kept(f"{code}-parts", lambda: list(_parts(code)), _are_codes))


@functools.cache
def within(code: str) -> tuple[str, ...]:
    """The places that a place lies in, the country first, and itself last."""
    return tuple(kept(f"{code}-within", lambda: _within(code), _are_codes)) if "-" in code else (code,)


@functools.cache
def holidays_of(code: str) -> str:
    """The place whose public holidays a place keeps: itself, a subdivision it lies in, or the country."""
    if "-" not in code:
        return code
    found: str = kept(f"{code}-holidays", lambda: _holidays_of(code), _is_code)
    return found


def holidays_code(code: str) -> str | None:
    """What ``holidays`` calls a subdivision; None for a country, and for what it does not know."""
    own = _WRITTEN.get(code, code[3:])
    return own if own and own in _with_holidays(country(code)) else None


def suggestions(text: str, country: str | None = None, languages: Iterable[str] = ()) -> tuple[str, ...]:
    """The subdivisions of a name: ``DE-BY`` for ``Bavaria``, ``Bayern`` or ``by``.

    Args:
        text: a name, or a code without its country.
        country: the country to look in; all of them without it.
        languages: those in which a name is looked for, besides English and the country's own.

    Returns:
        Their codes, sorted.
    """
    wanted = text.strip().casefold()
    codes = {code for code in _all() if country is None or code[:2] == country}
    found = {code for code in codes if wanted in (code.casefold(), country and code[3:].casefold())}
    for language in (None, "en", *languages):
        found |= {
            code for code, name in _names(language).items() if code in codes and name.casefold() == wanted
        }
    return tuple(sorted(found))


# What the packages say


@functools.cache
def _all() -> Mapping[str, tuple[str, str | None]]:
    """All subdivisions: their names as ISO writes them, and what each lies in."""
    import pycountry

    return {
        each.code: (each.name, each.parent_code)
        for each in sorted(pycountry.subdivisions, key=lambda each: str(each.code))
        if each.code not in COUNTRIES
    }


@functools.cache
def _names(language: str | None) -> Mapping[str, str]:
    """The names of all subdivisions in a language, else as ISO writes them."""
    import gettext

    import pycountry

    known = gettext.translation("iso3166-2", pycountry.LOCALES_DIR, [language or ""], fallback=True)
    # ISO adds other languages and countries: "Wales [Cymru GB-CYM]", "Laâyoune (EH)".
    return {code: re.split(r" \[| / | \(EH", known.gettext(name))[0] for code, (name, _) in _all().items()}


def _named(country: str, language: str) -> Iterator[tuple[str, str]]:
    return ((code, name) for code, name in _names(language).items() if code[:2] == country)


@functools.cache
def _all_below() -> Mapping[str, tuple[str, ...]]:
    """What lies next below each country and subdivision that anything lies in."""
    found: dict[str, list[str]] = {}
    for code, (_, above) in _all().items():
        found.setdefault(above or country(code), []).append(code)
    return {above: tuple(codes) for above, codes in found.items()}


def _parts(code: str) -> Iterator[str]:
    below = _all_below().get(code, ())
    if any(map(_differs, below)):
        for each in below:
            yield from _parts(each)
    elif "-" in code and _with_holidays(country(code)):
        yield code


@functools.cache
def _differs(code: str) -> bool:
    """Whether a subdivision or anything below it has public holidays of its own."""
    return holidays_code(code) is not None or any(map(_differs, _all_below().get(code, ())))


def _within(code: str) -> list[str]:
    found, above = [code], _all()[code][1] if code in _all() else None
    while above is not None:
        found.insert(0, above)
        above = _all()[above][1]
    return [country(code), *found]


def _holidays_of(code: str) -> str:
    return next((each for each in reversed(_within(code)) if holidays_code(each)), country(code))


def _with_holidays(country: str) -> frozenset[str]:
    """The parts of a country that ``holidays`` knows, as it calls them."""
    return _all_with_holidays().get(country, frozenset())


@functools.cache
def _all_with_holidays() -> Mapping[str, frozenset[str]]:
    """The parts of each country that ``holidays`` knows."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return {country: frozenset(parts) for country, parts in known.items()}


# What was kept


def _is_code(data: Any) -> bool:
    return isinstance(data, str)


def _are_codes(data: Any) -> bool:
    return isinstance(data, list) and all(map(_is_code, data))


def _are_texts(data: Any) -> bool:
    return isinstance(data, dict) and all(map(_is_code, data.values()))
