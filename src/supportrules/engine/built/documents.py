"""A policy's files in a built one: read when a place in them is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from supportrules.base.frozen import FrozenDict, lazy
from supportrules.base.problem import Location
from supportrules.base.strict_json import read_json
from supportrules.engine.built.damage import sound
from supportrules.engine.built.values import Malformed
from supportrules.policy.documents import Node, file_name


def documents_data(documents: Mapping[str, Node]) -> dict[str, Any]:
    """Documents → JSON data: for each file its nodes, and the lines that they stand in."""
    return {
        stem: [_node_data(node), {str(n): text for n, text in sorted(_lines(node).items())}]
        for stem, node in documents.items()
    }


def _node_data(node: Node) -> list[Any]:
    value: Any = node.value
    if isinstance(value, tuple):
        value = [_node_data(item) for item in value]
    elif isinstance(value, Mapping):
        keys = node.keys
        value = {key: [keys[key].line, keys[key].column, *_node_data(item)] for key, item in value.items()}
    return [node.location.line, node.location.column, value]


def _lines(node: Node) -> dict[int, str]:
    found: dict[int, str] = {}
    rest = [node]
    while rest:
        node = rest.pop()
        for place in (node.location, *node.keys.values()):
            found[place.line] = place.text
        if isinstance(node.value, tuple):
            rest += node.value
        elif isinstance(node.value, Mapping):
            rest += node.value.values()
    return found


class BuiltDocuments(Mapping[str, Node]):
    """The documents by file, those of YAML without its ending.

    Args:
        text: their JSON.
        base: the built file; what the names of files in places start with.

    Raises:
        PolicyLoadError: when they are first read, and are none.
    """

    def __init__(self, text: bytes, base: str) -> None:
        self._text, self._base = text, base

    def __reduce__(self) -> tuple[Any, ...]:
        return BuiltDocuments, (self._text, self._base)

    def __getitem__(self, stem: str) -> Node:
        return self._documents[stem]

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    @lazy
    def _documents(self) -> Mapping[str, Node]:
        with sound(self._base):
            data = read_json(self._text)["documents"]
            return FrozenDict(
                {
                    stem: _Reader(f"{self._base}/{file_name(stem)}", lines).node(*node)
                    for stem, (node, lines) in data.items()
                }
            )


class _Reader:
    """Reads the nodes of one file."""

    def __init__(self, file: str, lines: Mapping[str, str]) -> None:
        self.file = file
        self.lines = {int(number): text for number, text in lines.items()}

    def place(self, line: Any, column: Any) -> Location:
        if not type(line) is type(column) is int:
            raise Malformed
        return Location(self.file, line, column, self.lines[line])

    def node(self, line: Any, column: Any, data: Any) -> Node:
        place = self.place(line, column)
        if isinstance(data, list):
            items = tuple([self.node(*item) for item in data])
            return Node(items, place, {}, 1 + sum(item.size for item in items))
        if isinstance(data, dict):
            keys = {key: self.place(*item[:2]) for key, item in data.items()}
            values = {key: self.node(*item[2:]) for key, item in data.items()}
            # Keys count as nodes.
            return Node(values, place, keys, 1 + sum(1 + item.size for item in values.values()))
        return Node(data, place, {}, 1)
