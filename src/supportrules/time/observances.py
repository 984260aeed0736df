"""Observances: on whose public holidays hours close, and which hours a day has."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from supportrules.errors import CalendarError
from supportrules.time import places, public_holidays

Interval: TypeAlias = tuple[int, int]
"""Seconds of the local day: from the first up to, not including, the second.

What ends later than 86400 runs on into the next date: (75600, 93600) is 21:00 to 02:00.
"""

Whose: TypeAlias = Literal["customer", "country"] | tuple[str, ...]
"""Whose public holidays count: those of the customer's place, of its country alone, or of places by code."""

_YEARS = (1900, 2199)


class Marks(NamedTuple):
    """What a date is in public calendars.

    Args:
        holiday: a holiday of a category that closes the day.
        half_day: a day that is shortened.
        worked: a day of a weekend that is worked.
    """

    holiday: bool = False
    half_day: bool = False
    worked: bool = False


NO_MARKS = Marks()


@dataclass(frozen=True)
class Observance:
    """Whose public holidays hours keep, and how.

    Args:
        of: whose holidays count; of several places, the holidays of any of them; of no places, none.
        categories: the kinds of holidays that close a day, as the ``holidays`` package has them.
        half_days: the hours to which half days are cut, what runs on past midnight too; none of them does
            so. None where half days do not count.
        worked: the hours of days that are worked on a weekend, none past midnight; None where they are not
            worked.
    """

    of: Whose = ()
    categories: tuple[str, ...] = ("public",)
    half_days: tuple[Interval, ...] | None = None
    worked: tuple[Interval, ...] | None = None

    @property
    def is_local(self) -> bool:
        """Whether they are those of where the customer is."""
        return isinstance(self.of, str)

    @property
    def changes(self) -> bool:
        """Whether it makes other days of some than their weekday does, besides closing them."""
        return self.half_days is not None or self.worked is not None

    def at(self, country: str | None, subdivision: str | None) -> Observance:
        """The observance for a customer: that of named places, each one that keeps days of its own."""
        if isinstance(self.of, str):
            codes = [(subdivision if self.of == "customer" else None) or country]
        else:
            codes = [*self.of]
        return replace(self, of=tuple(dict.fromkeys(places.holidays_of(code) for code in codes if code)))

    def hours(self, usual: tuple[Interval, ...], marks: Marks) -> tuple[Interval, ...]:
        """The hours of a date.

        Args:
            usual: those of its weekday, in order.
            marks: what the date is in the calendars of its places.
        """
        if not self.of:
            return usual
        if marks.holiday:
            return ()
        if marks.worked and self.worked is not None:
            usual = self.worked
        if marks.half_day and self.half_days is not None:
            both = ((max(a, c), min(b, d)) for a, b in usual for c, d in self.half_days)
            return tuple((start, end) for start, end in both if start < end)
        return usual

    # Of named places

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year with data for all of its places.

        Raises:
            CalendarError: there is no data for one of the countries.
        """
        known = [public_holidays.years(place) for place in self._places] or [_YEARS]
        return max(first for first, _ in known), min(last for _, last in known)

    def days(self, year: int) -> Mapping[date, tuple[Marks, str]]:
        """The dates of a year that are no plain days, and the names of their holidays or half days."""
        return _days(self, year)

    def marks(self, day: date) -> Marks:
        """What a date is in the calendars of its places.

        Raises:
            CalendarError: there is no data for that year.
        """
        first, last = self.years
        if not first <= day.year <= last:
            raise self.no_data((first, last))
        return self.days(day.year).get(day, (NO_MARKS, ""))[0]

    def no_data(self, known: tuple[int, int]) -> CalendarError:
        """The error of a year without data.

        Args:
            known: the first and the last year in which business time is known.
        """
        holidays = bool(self.of) and known == self.years
        countries = dict.fromkeys(map(places.country, self._places)) if holidays else ()
        what = f"the public holidays of {' and '.join(countries)} are" if countries else "business time is"
        return CalendarError(f"{what} known for the years {known[0]} to {known[1]} only")

    @property
    def _places(self) -> tuple[str, ...]:
        assert not isinstance(self.of, str)
        return self.of

    def names_in(self, language: str, day: date, categories: Iterable[str]) -> tuple[str, ...]:
        """The names that the holidays of some categories on a date have in a language, each once."""
        pairs = itertools.product(self._places, categories)
        days = (public_holidays.names_in(language, place, day.year, category) for place, category in pairs)
        return tuple(dict.fromkeys(names[day] for names in days if day in names))

    def named(self, year: int, *categories: str) -> Iterator[tuple[date, str]]:
        """The holidays of some categories in a year, place by place."""
        for place, category in itertools.product(self._places, categories):
            yield from public_holidays.names(place, year, category).items()


@functools.lru_cache(maxsize=4096)
def _days(observance: Observance, year: int) -> Mapping[date, tuple[Marks, str]]:
    closed, half = dict[date, dict[str, None]](), dict[date, dict[str, None]]()
    for day, name in observance.named(year, *observance.categories):
        closed.setdefault(day, {})[name] = None
    if observance.half_days is not None:
        for day, name in observance.named(year, public_holidays.HALF_DAY):
            half.setdefault(day, {})[name] = None
    worked = set[date]()
    if observance.worked is not None:
        worked.update(*(public_holidays.worked(place, year) for place in observance._places))
    return MappingProxyType(
        {
            day: (
                Marks(day in closed, day in half, day in worked),
                "; ".join(closed.get(day) or half.get(day) or ()),
            )
            for day in {**closed, **half, **dict.fromkeys(sorted(worked))}
        }
    )


CUSTOMER, COUNTRY, NO_HOLIDAYS = Observance("customer"), Observance("country"), Observance()
