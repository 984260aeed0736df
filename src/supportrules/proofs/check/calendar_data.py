"""How far the data of calendars goes, and where that of a whole country is not that of its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from supportrules.base.problem import Location
from supportrules.policy.definition import CalendarFile, Definition, Hours, SpecialDate
from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.space import Space
from supportrules.time import decrees, places, public_holidays, zones
from supportrules.time.calendars import Week, other_days
from supportrules.time.observances import Interval

# So far ahead data has to go: the decrees of a year mostly come in the last three months before it.
_AHEAD = timedelta(days=92)


def data_ends(space: Space, on: date) -> Iterator[Finding]:
    """Hours whose days are known for less than three months from a day on."""
    definition, needed = space.definition, (on + _AHEAD).year
    for name, hours in definition.hours.items():
        ended = {source: until for source, until in _known_until(hours).items() if until < needed}
        countries = {source: until for source, until in ended.items() if source in decrees.SOURCES}
        for source, until in ended.items():
            if source not in countries:
                message = f"the days of `{source}` for `{name}` end with {until}"
                hint = f"add the days of {until + 1}"
                yield Finding("data-ends", message, hint, hours.origin, _listed(definition, source))
        if countries:
            told = ", and ".join(
                f"of {_names([each for each in countries if countries[each] == year])} until {year} only"
                for year in sorted({*countries.values()})
            )
            message = f"`{name}` close on public holidays that are moved by yearly decrees, known {told}"
            hint = "update the Python package `holidays` as soon as it has later ones"
            place = definition.sources.place("calendars", "hours", name, "holidays")
            yield Finding("data-ends", message, hint, hours.origin, place)


def _known_until(hours: Hours) -> Mapping[str, int]:
    """The last years of all data on the days of some hours, each for the customers for whom it ends first."""
    found: dict[str, int] = {}
    for code in (None, *sorted({place for each in hours.dated for place in each.places})):
        country = places.country(code) if code else None
        for source, until in hours.clock.known_until(country, code).items():
            found[source] = min(until, found.get(source, until))
    if hours.holidays.is_local:
        decreed = ((country, public_holidays.decreed_until(country)) for country in decrees.SOURCES)
        found |= {country: until for country, until in decreed if until is not None}
    return found


def _listed(definition: Definition, source: str) -> Location:
    """Where a policy lists days."""
    for file in definition.calendar_files:
        if file.file == source:
            return definition.sources.place("calendars", "files", file.id)
    return definition.sources.place("calendars", "dates")


class _Contradiction(NamedTuple):
    """A date on which a majority of the subdivisions of a country have other hours than the country.

    Args:
        differing: how many have.
        parts: of how many.
    """

    country: str
    date: date
    differing: int
    parts: int


def country_lists(space: Space, year: int) -> Iterator[Finding]:
    """Hours that close on the holidays of a whole country, which a majority of its subdivisions contradicts.

    Args:
        year: the year whose days are compared.
    """
    definition = space.definition
    for name, hours in definition.hours.items():
        if hours.holidays.of == "country":
            countries = _named(definition, hours) or public_holidays.divided()
            hint = "write `holidays: customer`, or say with `allow` why nationwide holidays are right"
        else:
            countries = tuple(code for code in hours.holidays.of if "-" not in code)
            hint = "name the subdivision where these hours are kept"
        found = [each for country in countries if (each := _contradiction(hours, country, year))]
        if found:
            most = max(found, key=lambda each: each.differing / each.parts)
            message = (
                f"`{name}` close on the nationwide holidays of {_names([each.country for each in found])}, "
                f"where most subdivisions keep other days: on {most.date}, {most.differing} of {most.parts} "
                f"in `{most.country}`"
            )
            place = definition.sources.place("calendars", "hours", name, "holidays")
            yield Finding("country-list", message, hint, hours.origin, place)


def _named(definition: Definition, hours: Hours) -> tuple[str, ...]:
    """The customers' countries that a policy names: in conditions, and in what it says of some hours."""
    found: set[str] = set()
    special: tuple[SpecialDate | CalendarFile, ...] = (*definition.dates, *definition.calendar_files)
    for each in special:
        found |= set(map(places.country, each.places)) if hours.id in each.hours else set()
    for exception in definition.coverage.exceptions:
        found |= exception.countries if exception.clock == hours.id else set()
    for rule in (*definition.overriding_rules, *definition.notes):
        for test in rule.when.every_test():
            if test.name == definition.roles.country:
                found |= {value for value in test.mentioned() if isinstance(value, str)}
    return tuple(sorted(found & zones.country_names().keys()))


def _contradiction(hours: Hours, country: str, year: int) -> _Contradiction | None:
    parts = places.parts(country)
    if not parts:
        return None
    first, last = public_holidays.years(country)
    year = min(max(year, first), last)
    own = _other_days(hours, country, year)
    differ = Counter(
        day for part in parts for day in {day for day, _ in own ^ _other_days(hours, part, year)}
    )
    day, count = max(sorted(differ.items()), key=lambda each: each[1], default=(date.min, 0))
    return _Contradiction(country, day, count, len(parts)) if 2 * count > len(parts) else None


def _other_days(hours: Hours, code: str, year: int) -> frozenset[tuple[date, tuple[Interval, ...]]]:
    """The days of a year that a place's public holidays change, and their hours; special dates aside."""
    week = Week(hours.week.days)
    kept = replace(hours.holidays, of=(places.holidays_of(code),))
    return frozenset(other_days(week, kept, year, year))


def _names(countries: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(countries[:-1]), countries[-1])))
