"""Columns of tickets → what is known of each ticket, as numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supportrules.engine.columns.arrow import arrow
from supportrules.engine.columns.rows import TicketColumns, seconds, values
from supportrules.engine.rules import Program
from supportrules.errors import TicketError
from supportrules.policy.vocabulary import UNKNOWN, Fact, Instant, OnlyZoneOf
from supportrules.time import places

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

# Times of year 1 and year 9999 are left to `evaluate`, whose local times may lie outside.
EARLIEST, LATEST = -62135596800 + 2 * 86400, 253402300799 - 2 * 86400


@dataclass(frozen=True)
class FactColumn:
    """A fact of many tickets.

    Args:
        values: the distinct values that there are; the first is that of tickets which do not give it.
        codes: for each ticket, which of them.
        seconds: of an instant, for each ticket the seconds since 1970; 0 where it has none.
    """

    values: list[Any]
    codes: Array
    seconds: Array | None = None

    def pick(self, number: Callable[[Any], int]) -> Array:
        """For each ticket the number of its value."""
        import numpy as np

        return np.array([number(value) for value in self.values], dtype=np.int32)[self.codes]

    @property
    def given(self) -> Array:
        """For which tickets there is a value: not of an absent fact, nor of an unknown one."""
        import numpy as np

        return np.array([value is not UNKNOWN and value is not None for value in self.values])[self.codes]


class Reader:
    """Reads columns of facts as the vocabulary reads a ticket: what a value means is asked of it.

    Args:
        program: the policy.
        defaults: whether facts that are not given take their defaults, or the names of those that do.
    """

    def __init__(self, program: Program, defaults: bool | Collection[str]) -> None:
        self._program, self._defaults = program, defaults
        self._vocabulary = program.definition.vocabulary
        self._absent = self._vocabulary.read({}, defaults=defaults).values
        self._kept: dict[tuple[str, type, Any], Any] = {}

    def read(self, columns: TicketColumns) -> tuple[dict[str, FactColumn], Array]:
        """The facts of tickets.

        Returns:
            All facts by name, and which tickets have a value that can't be read.
        """
        import numpy as np

        bad = np.zeros(columns.count, dtype=bool)
        for which in columns.garbled.values():
            bad |= which
        found = {}
        for name, fact in self._vocabulary.facts.items():
            if name in columns.arrays:
                found[name] = self._column(fact, columns.arrays[name], bad)
            else:
                found[name] = FactColumn([self._absent[name]], np.zeros(columns.count, dtype=np.int32))
        for name, country in self._vocabulary.subdivisions.items():
            found[name], found[country] = self._placed(name, found[name], found[country], bad)
        for name, fact in self._vocabulary.facts.items():
            if isinstance(fact.default, OnlyZoneOf):
                found[name] = self._with_zones(name, found[name], fact.default.country, found)
        return found, bad

    def _column(self, fact: Fact, array: Any, bad: Array) -> FactColumn:
        import numpy as np

        pa = arrow()
        absent = self._absent[fact.name]
        if fact.type == "instant" and pa.types.is_timestamp(array.type):
            given, times = array.is_valid().to_numpy(zero_copy_only=False), seconds(array)
            bad |= given & ((times < EARLIEST) | (times > LATEST))
            return FactColumn([absent, Instant(0, 0)], given.astype(np.int32), times)
        if fact.type == "text" and (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
            # Any text will do, and no rule sees more of it than that it is there.
            return FactColumn([absent, ""], array.is_valid().to_numpy(zero_copy_only=False).astype(np.int32))
        codes, raws = encoded(array)
        values = [absent, *(self._value(fact, raw) for raw in raws)]
        wrong = np.array([value is _WRONG for value in values])
        if wrong.any():
            bad |= wrong[codes]
            values = [absent if value is _WRONG else value for value in values]
        if fact.type != "instant":
            return FactColumn(values, codes)
        times = np.array([value.seconds if isinstance(value, Instant) else 0 for value in values])
        bad |= ((times < EARLIEST) | (times > LATEST))[codes]
        return FactColumn([absent, Instant(0, 0)], (codes > 0).astype(np.int32), times[codes])

    def _value(self, fact: Fact, raw: Any) -> Any:
        if raw is None:
            return self._absent[fact.name]
        key = (fact.name, type(raw), raw)
        if key in self._kept:
            return self._kept[key]
        try:
            value = self._vocabulary.read({fact.name: raw}, defaults=self._defaults).values[fact.name]
        except TicketError:
            value = _WRONG
        # Of times there are too many.
        if fact.type != "instant" and len(self._kept) < _MOST_VALUES:
            self._kept[key] = value
        return value

    def _placed(
        self, name: str, subdivisions: FactColumn, countries: FactColumn, bad: Array
    ) -> tuple[FactColumn, FactColumn]:
        """Subdivisions, without defaults that lie elsewhere, and countries, with those that these tell."""
        import numpy as np

        given, are_known = subdivisions.codes > 0, [isinstance(each, str) for each in subdivisions.values]
        tell = (places.country(each) if isinstance(each, str) else each for each in subdivisions.values)
        values = [*countries.values, *tell]
        told = len(countries.values) + subdivisions.codes
        found = _distinct(values, np.where(given & (countries.codes == 0), told, countries.codes))
        elsewhere = np.array(are_known)[subdivisions.codes] & (found.codes != _distinct(values, told).codes)
        bad |= elsewhere & given
        codes = np.where(elsewhere & ~given, len(subdivisions.values), subdivisions.codes)
        return FactColumn([*subdivisions.values, UNKNOWN], codes), found

    def _with_zones(
        self, name: str, column: FactColumn, country: str, found: Mapping[str, FactColumn]
    ) -> FactColumn:
        """The time zones, with those of countries that have only one where none is given."""
        import numpy as np

        if self._defaults is not True:
            return column
        countries, values = found[country], list(column.values)
        zones = []
        for value in countries.values:
            given = {country: value} if isinstance(value, str) else {}
            values.append(self._vocabulary.read(given, defaults=self._defaults).values[name])
            zones.append(len(values) - 1)
        return _distinct(values, np.where(column.codes == 0, np.array(zones)[countries.codes], column.codes))


def _distinct(values: Sequence[Any], codes: Array) -> FactColumn:
    """A column with a code for each distinct value."""
    import numpy as np

    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return FactColumn(list(numbers), np.array([numbers[value] for value in values])[codes])


_WRONG = object()
_MOST_VALUES = 100_000


def encoded(array: Any) -> tuple[Array, list[Any]]:
    """A column as distinct values, and for each row which of them, counted from 1; 0 for null."""
    import numpy as np

    pa = arrow()
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    raws = values(array.dictionary)
    indices = array.indices.cast(pa.int64())
    codes = indices.fill_null(-1).to_numpy(zero_copy_only=False) + 1
    if None in raws:
        codes[np.array([False, *(raw is None for raw in raws)])[codes]] = 0
    return codes, raws
