"""Decisions as JSON data, and as rows of tables."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from supportrules.engine.decision.structure import ListOf, MappingOf, Part, Plain, Struct, Value, struct

Write = Callable[[Any], dict[str, Any]]


def writer(type: type, *, whole: bool = True) -> Write:
    """What gives objects of a class as JSON data.

    Args:
        whole: with the parts that are asked for.
    """
    return _Source(lambda part: whole or not part.declared.is_asked_for).function(type)


@functools.cache
def row_writer(type: type) -> Write:
    """What gives objects of a class as rows: the columns by name, with instants as they are."""
    return _Source(lambda part: part.declared.column == "all", is_row=True).function(type)


class _Source:
    """The source text of a function; one that walks the parts for each object takes several times as long."""

    def __init__(self, wanted: Callable[[Part], bool], *, is_row: bool = False) -> None:
        self._wanted, self._is_row = wanted, is_row
        # What the names in the text stand for, and how many variables it has.
        self._names: dict[str, Any] = {}
        self._variables = 0

    def function(self, type: type) -> Write:
        text = f"lambda value: {self._object(struct(type), 'value')}"
        function: Write = eval(compile(text, f"<JSON of {type.__name__}>", "eval"), self._names)
        return function

    def _object(self, tree: Struct, text: str) -> str:
        return "{" + ", ".join(self._part(part, text) for part in tree.parts if self._wanted(part)) + "}"

    def _part(self, part: Part, owner: str) -> str:
        if self._is_row and part.declared.lists:
            lists = part.declared.lists.items()
            return ", ".join(f"{name!r}: list({self._named(find)}({owner}))" for name, find in lists)
        text = f"{owner}.{part.attribute}"
        value = self._value(part.value, text, part.is_nullable)
        if part.declared.merged:
            return f"**{value}"
        if part.declared.is_optional:
            return f"**({{{part.key!r}: {value}}} if {text} else {{}})"
        return f"{part.key!r}: {value}"

    def _value(self, value: Value, text: str, is_nullable: bool = False) -> str:
        if is_nullable:
            name = self._variable()
            written = self._value(value, name)
            return text if written == name else f"None if ({name} := {text}) is None else {written}"
        match value:
            case Plain():
                write = None if self._is_row else value.form.write
                return f"{self._named(write)}({text})" if write else text
            case ListOf():
                name = self._variable()
                written = self._value(value.value, name)
                return f"list({text})" if written == name else f"[{written} for {name} in {text}]"
            case MappingOf():
                key, name = self._variable(), self._variable()
                written = self._value(value.value, name, value.is_nullable)
                if written == name:
                    return f"dict({text})"
                return f"{{{key}: {written} for {key}, {name} in {text}.items()}}"
            case Struct():
                return self._object(value, text)

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"

    def _named(self, value: object) -> str:
        name = f"f{len(self._names)}"
        self._names[name] = value
        return name
