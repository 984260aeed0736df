"""Frozen values ↔ JSON data, by the types that their classes declare.

A shape is worked out once for each type. Reading makes values of the declared types and nothing else: what is
in the data chooses no class, and a value of another type is an error.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Literal, Protocol, Union, get_args, get_origin

from supportrules.base.frozen import FrozenDict, lazy
from supportrules.base.problem import Location
from supportrules.policy.documents import Path
from supportrules.policy.sources import Sources
from supportrules.policy.vocabulary import UNKNOWN, Fact, Instant, OnlyZoneOf, Vocabulary
from supportrules.time.targets import Target


class Malformed(ValueError):
    """Data that is not of its shape."""


class Shape(Protocol):
    """How values of one type are written and read.

    Attributes:
        json: the type of the data.
    """

    json: type

    def write(self, value: Any) -> Any:
        """A value → JSON data."""

    def read(self, data: Any, base: str) -> Any:
        """JSON data → a value.

        Args:
            data: the data.
            base: what the names of files in places start with.

        Raises:
            Malformed: the data is not of this shape.
        """


@functools.cache
def shape_of(hint: Any) -> Shape:
    """The shape of a type."""
    if isinstance(hint, type) and hint in _SPECIAL:
        return _SPECIAL[hint]
    origin, args = get_origin(hint), get_args(hint)
    if hint in (str, int, bool, types.NoneType):
        return _Plain(hint)
    if origin is Literal:
        return _Choice(args)
    if origin in (Union, types.UnionType):
        return _Either(args)
    if origin is tuple:
        return _Sequence(args[0]) if args[1:] == (...,) else _RowForm(args)
    if origin is frozenset:
        return _Set(args[0])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _Names(args[1]) if args[0] is str else _Pairs(*args)
    return _Object(hint)


# Once for each class, and not again for each that is derived from it.
@functools.cache
def _annotations(type: type) -> Mapping[str, Any]:
    return inspect.get_annotations(type, eval_str=True)


def _items(data: Any, count: int | None = None) -> list[Any]:
    if type(data) is not list or (count is not None and len(data) != count):
        raise Malformed
    return data


class _Plain:
    def __init__(self, type: type) -> None:
        self.json = type

    def write(self, value: Any) -> Any:
        assert type(value) is self.json, value
        return value

    def read(self, data: Any, base: str) -> Any:
        if type(data) is not self.json:
            raise Malformed
        return data


class _Choice:
    json: type = str

    def __init__(self, values: tuple[str, ...]) -> None:
        self.values = values

    def write(self, value: Any) -> Any:
        return value

    def read(self, data: Any, base: str) -> Any:
        if data not in self.values:
            raise Malformed
        return data


class _Date:
    json: type = str

    def write(self, value: date) -> Any:
        return value.isoformat()

    def read(self, data: Any, base: str) -> date:
        if type(data) is not str:
            raise Malformed
        return date.fromisoformat(data)


class _Either:
    """One of several types, told apart by the type of their data."""

    json: type = object

    def __init__(self, hints: tuple[Any, ...]) -> None:
        self.hints = hints

    @lazy
    def shapes(self) -> Mapping[type, Shape]:
        shapes = {shape.json: shape for shape in map(shape_of, self.hints)}
        assert len(shapes) == len(self.hints), self.hints
        return shapes

    def write(self, value: Any) -> Any:
        data = type(value)
        if data not in self.shapes:
            data = dict if isinstance(value, Mapping) else str if isinstance(value, date) else list
        return self.shapes[data].write(value)

    def read(self, data: Any, base: str) -> Any:
        shape = self.shapes.get(type(data))
        if shape is None:
            raise Malformed
        return shape.read(data, base)


class _Sequence:
    json: type = list

    def __init__(self, hint: Any) -> None:
        self.item = shape_of(hint)

    def write(self, value: tuple[Any, ...]) -> Any:
        return [self.item.write(item) for item in value]

    def read(self, data: Any, base: str) -> tuple[Any, ...]:
        items = _items(data)
        if isinstance(self.item, _Plain) and set(map(type, items)) <= {self.item.json}:
            return tuple(items)
        read = self.item.read
        return tuple([read(item, base) for item in items])


class _RowForm:
    json: type = list

    def __init__(self, hints: tuple[Any, ...]) -> None:
        self.items = tuple(map(shape_of, hints))

    def write(self, value: tuple[Any, ...]) -> Any:
        return [shape.write(item) for shape, item in zip(self.items, value, strict=True)]

    def read(self, data: Any, base: str) -> tuple[Any, ...]:
        pairs = zip(self.items, _items(data, len(self.items)), strict=True)
        return tuple([shape.read(item, base) for shape, item in pairs])


class _Set:
    json: type = list

    def __init__(self, hint: Any) -> None:
        self.item = shape_of(hint)

    def write(self, value: frozenset[Any]) -> Any:
        # In an order of their own: that of a set is another in every process.
        return sorted(map(self.item.write, value), key=lambda data: (type(data).__name__, data))

    def read(self, data: Any, base: str) -> frozenset[Any]:
        return frozenset([self.item.read(item, base) for item in _items(data)])


class _Names:
    """A mapping of names to something."""

    json: type = dict

    def __init__(self, value: Any) -> None:
        self.value = shape_of(value)

    def write(self, value: Mapping[str, Any]) -> Any:
        return {name: self.value.write(item) for name, item in value.items()}

    def read(self, data: Any, base: str) -> Mapping[str, Any]:
        if type(data) is not dict:
            raise Malformed
        if isinstance(self.value, _Plain) and set(map(type, data.values())) <= {self.value.json}:
            return FrozenDict(data)
        read = self.value.read
        return FrozenDict({name: read(item, base) for name, item in data.items()})


class _Pairs:
    """A mapping of what need not be text."""

    json: type = list

    def __init__(self, key: Any, value: Any) -> None:
        self.pair = _RowForm((key, value))

    def write(self, value: Mapping[Any, Any]) -> Any:
        return [self.pair.write(pair) for pair in value.items()]

    def read(self, data: Any, base: str) -> Mapping[Any, Any]:
        return FrozenDict([self.pair.read(item, base) for item in _items(data)])


class _Object:
    """An object of a dataclass: its fields in order."""

    json: type = list

    def __init__(self, type: Any) -> None:
        self.type = type
        self.checks = getattr(type, "__post_init__", None)

    # When it is first asked for: a class can have fields of its own type.
    @lazy
    def fields(self) -> tuple[tuple[str, Shape], ...]:
        hints: dict[str, Any] = {}
        for base in reversed(self.type.__mro__):
            hints |= _annotations(base)
        return tuple((field.name, shape_of(hints[field.name])) for field in fields(self.type))

    def write(self, value: Any) -> Any:
        assert type(value) is self.type, value
        return [shape.write(getattr(value, name)) for name, shape in self.fields]

    def read(self, data: Any, base: str) -> Any:
        items = _items(data, len(self.fields))
        # As its constructor would, in a third of the time.
        made = object.__new__(self.type)
        values = made.__dict__
        for (name, shape), item in zip(self.fields, items, strict=True):
            values[name] = shape.read(item, base)
        if self.checks:
            self.checks(made)
        return made


class _Place:
    """A place in one of a policy's files; which directory they were in is left out."""

    json: type = list

    def write(self, value: Location) -> Any:
        return [value.file.rpartition("/")[2], value.line, value.column, value.text]

    def read(self, data: Any, base: str) -> Location:
        file, line, column, text = _items(data, 4)
        if not (type(file) is type(text) is str and type(line) is type(column) is int):
            raise Malformed
        return Location(f"{base}/{file}", line, column, text)


class _Facts:
    json: type = list

    def write(self, value: Vocabulary) -> Any:
        return shape_of(tuple[Fact, ...]).write(tuple(value.facts.values()))

    def read(self, data: Any, base: str) -> Vocabulary:
        return Vocabulary(shape_of(tuple[Fact, ...]).read(data, base))


class _Rules:
    """Where rules stand in the files. The files are written apart: they are large, and few need them."""

    json: type = dict

    def write(self, value: Sources) -> Any:
        return shape_of(Mapping[str, tuple[str, Path]]).write(value.rules)

    def read(self, data: Any, base: str) -> Sources:
        return Sources(FrozenDict(), shape_of(Mapping[str, tuple[str, Path]]).read(data, base))


class _Default:
    """The default of a fact."""

    json: type = object
    _none = frozenset([str, int, bool, types.NoneType])

    def write(self, value: object) -> Any:
        match value:
            case _ if value is UNKNOWN:
                return {}
            case OnlyZoneOf(country):
                return {"only_zone_of": country}
            case Instant(seconds, offset):
                return {"seconds": seconds, "offset": offset}
            case _:
                assert type(value) in self._none, value
                return value

    def read(self, data: Any, base: str) -> object:
        match data:
            case {"only_zone_of": str(country)}:
                return OnlyZoneOf(country)
            case {"seconds": int(seconds), "offset": int(offset)}:
                return Instant(seconds, offset)
            case {} if not data:
                return UNKNOWN
            case _ if type(data) in self._none:
                return data
        raise Malformed


class _Written:
    """A target as a policy writes it, whatever its kind."""

    json: type = str

    def write(self, value: Target) -> Any:
        return value.text

    def read(self, data: Any, base: str) -> Target:
        if type(data) is not str:
            raise Malformed
        return Target.of(data)


_SPECIAL: Mapping[Any, Shape] = {
    date: _Date(),
    Location: _Place(),
    Vocabulary: _Facts(),
    Sources: _Rules(),
    Target: _Written(),
    # Of all that is declared, the default of a fact alone can be nearly anything.
    object: _Default(),
}
