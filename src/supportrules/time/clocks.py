"""Clocks: the hours in which time runs, wherever a ticket comes from, and the one that never stops."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol, TypeAlias

from supportrules.base.frozen import lazy
from supportrules.errors import CalendarError
from supportrules.time import places, public_holidays, zones
from supportrules.time.calendars import (
    BusinessCalendar,
    Everlasting,
    Week,
    calendar,
    new_year,
    other_days,
    stretches,
    years_with_data,
)
from supportrules.time.observances import NO_HOLIDAYS, Observance
from supportrules.time.openness import DAY, Openness, openness

if TYPE_CHECKING:
    from supportrules.time.calendars import Column

    class Coded(Protocol):
        """A column as distinct values, and for each row which of them."""

        @property
        def values(self) -> Sequence[Any]: ...

        @property
        def codes(self) -> Column: ...

    Places: TypeAlias = tuple[Coded | None, Coded | None, Coded | None]
    """The zones, countries and subdivisions of a column of tickets; None for what the policy has no fact for.

    A value that is no text stands for what is not known."""


ALWAYS = "24x7"
"""The name of the clock that never stops."""

Role = Literal["opening", "country", "subdivision", "timezone"]

# How many calendars a clock holds; all of them share those of `calendar`.
_MOST_HELD = 1024
_UNASKED: Any = object()
# Behind all instants.
_NEVER = 2**62


class Place(NamedTuple):
    """What a calendar depends on besides its clock.

    Args:
        zone: the time zone in which hours are kept.
        country: the country whose public holidays close them, and whose special dates count, or None.
        subdivision: the part of it that keeps days of its own, or None.
    """

    zone: str
    country: str | None = None
    subdivision: str | None = None


class Area(NamedTuple):
    """What is known of a place.

    Args:
        zone: its time zone; None where it is not known.
        country: its country; None only where the zone is known.
        subdivision: the part of the country; None where it is not known.
    """

    zone: str | None
    country: str | None = None
    subdivision: str | None = None


class PlaceGroup(NamedTuple):
    """Places at which hours are open at the same instants, and the calendar of one of them.

    Args:
        data_end: where the first of the data on the days of one place ends.
    """

    calendar: BusinessCalendar
    places: tuple[Place, ...]
    data_end: int = _NEVER


@dataclass(frozen=True)
class DatedDays:
    """Special dates of some hours that are listed year by year.

    Args:
        name: the file that lists them.
        until: the last year in which there are any.
        places: the countries and subdivisions whose customers they apply to; empty for all.
    """

    name: str
    until: int
    places: frozenset[str] = frozenset()


class DataEnd(NamedTuple):
    """Where data on the days of some hours ends.

    Args:
        instant: the end of the last year with data, a shift of its last evening included, in the zone where
            that comes first.
        name: the file that lists the days, or the country that decrees them.
        until: that year.
    """

    instant: int
    name: str
    until: int


@dataclass(frozen=True)
class Clock:
    """Hours of business in which time runs.

    Args:
        name: what the policy calls them.
        week: the hours, in local time.
        holidays: the public holidays that they keep.
        zone: the time zone in which they are kept; None for the customer's.
        dated: their special dates that are listed year by year.

    Attributes:
        local: whether they are kept in local time.
    """

    name: str
    week: Week
    holidays: Observance
    zone: str | None = None
    dated: tuple[DatedDays, ...] = ()

    local: ClassVar[bool] = True

    def __reduce__(self) -> tuple[object, ...]:
        # What it holds is found again.
        return type(self), (self.name, self.week, self.holidays, self.zone, self.dated)

    @lazy
    def openness(self) -> Openness:
        """When they are open, apart from all wording."""
        return openness(self.week, self.holidays, self.zone)

    @property
    def needs(self) -> tuple[Role, ...]:
        """The roles of the facts that a time in them follows from, besides those that it is `narrowed` by."""
        placed = self.holidays.is_local or self.week.local
        country: tuple[Role, ...] = ("country",) if placed else ()
        return "opening", *country, *self._zoned

    @property
    def narrowed(self) -> tuple[Role, ...]:
        """The roles of the facts without which a time in them can still be the same in all `places`."""
        subdivision: tuple[Role, ...] = ("subdivision",) if self._in_parts else ()
        return *subdivision, *self._zoned

    @property
    def _zoned(self) -> tuple[Role, ...]:
        return () if self.zone else ("timezone",)

    @lazy
    def _in_parts(self) -> bool:
        """Whether the part of a country counts."""
        return self.holidays.of == "customer" or any("-" in code for code, _, _ in self.week.local)

    @property
    def dates(self) -> Clock:
        """The clock of the same name and zone in which every local date counts, whatever is open."""
        return _of_dates(self.name, self.zone)

    @lazy
    def _calendars(self) -> dict[Place | None, BusinessCalendar]:
        return {}

    def calendar(self, place: Place | None) -> BusinessCalendar:
        """The calendar of a place.

        Args:
            place: the place; no matter where they need none.

        Raises:
            KeyError: the zone is unknown.
        """
        found = self._calendars.get(place)
        if found is None:
            zone, country, subdivision = place or (self.zone, None, None)
            assert zone is not None
            if len(self._calendars) >= _MOST_HELD:
                self._calendars.clear()
            week, observance = self._week_at(country, subdivision), self.holidays.at(country, subdivision)
            found = self._calendars[place] = calendar(week, self.zone or zone, observance)
        return found

    def _week_at(self, country: str | None, subdivision: str | None) -> Week:
        if not self.week.local:
            return self.week
        code = subdivision or country
        return self.week.at(places.within(code) if code else ())

    def places(self, area: Area) -> tuple[Place, ...]:
        """The places of an area: all pairs of its zones and, where their days count, of its parts.

        Returns:
            The places; none where the country has no zone.
        """
        names, parts = self._sides(area)
        return tuple(Place(zone, area.country, part) for zone in names for part in parts)

    def _sides(self, area: Area) -> tuple[tuple[str, ...], tuple[str | None, ...]]:
        """The zones of an area, and its parts."""
        code = area.subdivision or area.country
        parts = places.parts(code) if code and self.holidays.of == "customer" else ()
        within = {each for part in parts or (code,) if part for each in places.within(part)}
        # What has special dates below a part, or in a country without parts, is a part as well.
        own = (each for each, _, _ in self.week.local if each not in within and code in places.within(each))
        zone = self.zone or area.zone
        names = (zone,) if zone else zones.zones(area.country or "")
        return names, (*(parts or (area.subdivision,)), *own)

    @lazy
    def _sole(self) -> dict[Area | None, PlaceGroup | None]:
        return {}

    def sole(self, area: Area | None) -> PlaceGroup | None:
        """An area as a group, if it is one place; else None.

        Args:
            area: the area; no matter where they are not local.
        """
        found: PlaceGroup | None = self._sole.get(area, _UNASKED)
        if found is _UNASKED:
            assert area is not None
            if len(self._sole) >= _MOST_HELD:
                self._sole.clear()
            all_places, ends = self.places(area), self.data_ends(area)
            end = ends[0].instant if ends else _NEVER
            one = PlaceGroup(self.calendar(all_places[0]), all_places, end) if len(all_places) == 1 else None
            found = self._sole[area] = one
        return found

    def data_ends(self, area: Area) -> tuple[DataEnd, ...]:
        """Where data on the days of an area ends, soonest first."""
        found = self._data_ends.get(area)
        if found is None:
            if len(self._data_ends) >= _MOST_HELD:
                self._data_ends.clear()
            found = self._data_ends[area] = self.data_ends_at(self.places(area))
        return found

    def data_ends_at(self, some: Iterable[Place]) -> tuple[DataEnd, ...]:
        """Where data on the days of some places ends, soonest first, and each name where it ends first."""
        found: dict[str, DataEnd] = {}
        for place in some:
            for name, until in self.known_until(place.country, place.subdivision).items():
                if until < MAXYEAR:
                    end = DataEnd(self._year_end(place, until), name, until)
                    found[name] = min(found.get(name, end), end)
        return tuple(sorted(found.values()))

    def _year_end(self, place: Place, year: int) -> int:
        """The end of a year at a place; where a shift of its last evening runs on, the end of that."""
        midnight, last = new_year(place.zone, year + 1), date(year, 12, 31)
        kept = self.holidays.at(place.country, place.subdivision)
        hours = openness(self._week_at(place.country, place.subdivision), kept, self.zone)
        try:
            intervals = hours.on(last, kept.marks(last)) if hours.overnight else ()
        except CalendarError:
            # Without data of the year, nothing is known of that evening.
            intervals = ()
        return midnight + max((end - DAY for _, end in intervals if end > DAY), default=0)

    @lazy
    def _data_ends(self) -> dict[Area, tuple[DataEnd, ...]]:
        return {}

    def known_until(self, country: str | None, subdivision: str | None) -> Mapping[str, int]:
        """The last years for which days are known that are listed or decreed year by year.

        Args:
            country, subdivision: where the customers are.

        Returns:
            The file that lists the days, or the country that decrees them → the last year.
        """
        found: dict[str, int] = {}
        code = subdivision or country
        around = places.within(code) if code and self.dated else ()
        for each in self.dated:
            if not each.places or not each.places.isdisjoint(around):
                found[each.name] = max(found.get(each.name, each.until), each.until)
        for code in map(places.country, self.holidays.at(country, None).of):
            until = public_holidays.decreed_until(code)
            if until is not None:
                found[code] = until
        return found

    def groups(self, area: Area, first: int, last: int) -> tuple[tuple[PlaceGroup, ...], ...]:
        """The places of an area, those together at which hours are open at the same instants of some years.

        Args:
            area: the area.
            first, last: the years, both included.

        Returns:
            For zones that are alike the groups, which differ in public holidays or special dates.
        """
        key = area, first, last
        found = self._groups.get(key)
        if found is None:
            if len(self._groups) >= _MOST_HELD:
                self._groups.clear()
            found = self._groups[key] = tuple(self._grouped(area, first, last))
        return found

    def _grouped(self, area: Area, first: int, last: int) -> Iterator[tuple[PlaceGroup, ...]]:
        kept = self.holidays.at(area.country, area.subdivision)
        first, last = years_with_data(self.week, kept, first, last)
        names, parts = self._sides(area)
        zones_alike: dict[object, list[str]] = {}
        for name in names:
            zones_alike.setdefault(stretches(zones.zone(name), first, last), []).append(name)
        parts_alike: dict[object, list[str | None]] = {}
        for part in parts:
            week, kept = self._week_at(area.country, part), self.holidays.at(area.country, part)
            parts_alike.setdefault(other_days(week, kept, first, last), []).append(part)
        for some in zones_alike.values():
            groups = (
                tuple(Place(zone, area.country, part) for zone in some for part in alike)
                for alike in parts_alike.values()
            )
            yield tuple(PlaceGroup(self.calendar(found[0]), found) for found in groups)

    @lazy
    def _groups(self) -> dict[tuple[Area, int, int], tuple[tuple[PlaceGroup, ...], ...]]:
        return {}

    def areas(self, rows: Column, columns: Places) -> Iterator[tuple[Area | None, Column]]:
        """The areas of some rows of a column, and the rows of each.

        Rows without a zone or a country are left out, unless the hours need neither.
        """
        import numpy as np

        keys, widths = np.zeros(len(rows), dtype=np.int64), []
        counted = [
            column if counts else None for column, counts in zip(columns, self._counts(columns), strict=True)
        ]
        for column in counted:
            widths.append(len(column.values) if column else 1)
            keys *= widths[-1]
            if column:
                keys += column.codes[rows]
        order = np.argsort(keys, kind="stable")
        distinct, starts = np.unique(keys[order], return_index=True)
        for key, some in zip(distinct.tolist(), np.split(rows[order], starts[1:]), strict=True):
            known: list[str | None] = []
            for column, width in zip(reversed(counted), reversed(widths), strict=True):
                key, code = divmod(key, width)
                value = column.values[code] if column else None
                known.append(value if isinstance(value, str) else None)
            subdivision, country, zone = known
            if zone or country or len(self.needs) == 1:
                yield Area(zone, country, subdivision), some

    def _counts(self, columns: Places) -> tuple[bool, bool, bool]:
        """Which of zones, countries and subdivisions its time depends on."""
        zoned = columns[0]
        everywhere = zoned is not None and all(isinstance(value, str) for value in zoned.values)
        by_zone, placed = self.zone is None, "country" in self.needs
        return by_zone, placed or (by_zone and not everywhere), self._in_parts


class _NeverStops(Clock):
    """The clock that never stops: it is the same everywhere."""

    local = False

    @property
    def needs(self) -> tuple[Role, ...]:
        return ("opening",)

    def calendar(self, place: Place | None) -> BusinessCalendar:
        return self._everywhere.calendar

    def sole(self, area: Area | None) -> PlaceGroup | None:
        return self._everywhere

    def data_ends(self, area: Area | None) -> tuple[DataEnd, ...]:
        return ()

    def areas(self, rows: Column, columns: Places) -> Iterator[tuple[Area | None, Column]]:
        yield None, rows

    @lazy
    def _everywhere(self) -> PlaceGroup:
        return PlaceGroup(Everlasting(), ())


_EVERY_DAY = Week((((0, DAY),),) * 7)

NEVER_STOPS = _NeverStops(ALWAYS, _EVERY_DAY, NO_HOLIDAYS)
"""The clock named `ALWAYS`."""


@functools.lru_cache(maxsize=1024)
def _of_dates(name: str, zone: str | None) -> Clock:
    return Clock(name, _EVERY_DAY, NO_HOLIDAYS, zone)
