"""What the files of a policy say, entry by entry: each plan, rule, cell, clause and so on, with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from supportrules.base.problem import Location
from supportrules.policy.documents import Node
from supportrules.policy.format import ENTRY_KINDS, ORDERED, WHOLE, EntryKind, is_in, kind_of, promise_in

Path = tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """A part of an entry that is said by itself: a text in one language, a value, a list, a condition.

    Args:
        path: the keys that lead to it.
        node: what it says.
        at: the place of its key.
    """

    path: Path
    node: Node
    at: Location

    @property
    def says(self) -> str:
        """What it says, the same for all ways to say it."""
        data = self.node.plain()
        if self.path == ("when",):
            data = _condition(data)
        return json.dumps(data if self.path[0] in ORDERED else _unordered(data), sort_keys=True)


@dataclass(frozen=True)
class PolicyEntry:
    """An entry that the files of a policy say something of.

    Args:
        kind: what it is: ``plan``, ``rule``, ``cell`` and so on; ``order`` is a list whose order counts.
        id: its name: a rule and a note have the id that derivations show, a cell is
            ``<promise>.<level>.<column>``.
        node: what is said of it, without what is an entry of its own.
        at: its place.
    """

    kind: str
    id: str
    node: Node
    at: Location

    def fields(self) -> Iterator[Field]:
        """All that is said of it."""
        yield from _fields((), self.node, self.at)


def entries_in(documents: Mapping[str, Node]) -> Iterator[PolicyEntry]:
    """The entries in the files of a policy, kind by kind.

    Args:
        documents: by file, those of YAML without its ending.
    """
    for kind in ENTRY_KINDS:
        _, *path = kind.steps
        for file in sorted(file for file in documents if is_in(kind, file)):
            root, promise = documents[file], promise_in(file)
            first = (promise,) if kind_of(kind.steps[0]) else ()
            for names, node, at in _found(root, path, root.location, first):
                own = _own(kind, names, node, at)
                if kind.name == "calendar_file":
                    own = _with_days(own, documents)
                yield PolicyEntry(kind.name, kind.name_of(*names), own, at)


def _found(
    node: Node, path: Sequence[str], at: Location, names: Path = ()
) -> Iterator[tuple[Path, Node, Location]]:
    """What stands at a path, with the names in its path and its place."""
    if not path:
        yield names, node, at
        return
    for key, item, place in _steps(node):
        if kind_of(path[0]):
            yield from _found(item, path[1:], place, (*names, key))
        elif path[0] == key:
            yield from _found(item, path[1:], place, names)


def _steps(node: Node) -> Iterator[tuple[str, Node, Location]]:
    """The entries of a mapping by their keys, those of a list by their ids."""
    if isinstance(node.value, Mapping):
        yield from ((key, item, node.keys[key]) for key, item in node.value.items())
    elif isinstance(node.value, tuple):
        yield from ((_id(item).plain(), item, item.location) for item in node.value)


def _id(node: Node) -> Node:
    """The id of an entry of a list, which may be no more than that."""
    return node.value["id"] if isinstance(node.value, Mapping) else node


def _own(kind: EntryKind, names: Path, node: Node, at: Location) -> Node:
    """What is said of an entry by itself, as a mapping."""
    if kind.name == "order":
        assert isinstance(node.value, tuple)
        ids = replace(node, value=tuple(_id(item) for item in node.value))
        return replace(node, value={"order": ids}, keys={"order": at})
    if kind.name == "section":
        return replace(node, value={"label": node}, keys={"label": at})
    assert isinstance(node.value, Mapping)
    values = {key: item for key, item in node.value.items() if key not in kind.apart}
    places = {key: node.keys[key] for key in values}
    if kind.about:
        values, places = {kind.about: Node(names[-1], at, {}, 1), **values}, {kind.about: at, **places}
    return replace(node, value=values, keys=places)


def _with_days(entry: Node, documents: Mapping[str, Node]) -> Node:
    """A calendar of dates with the days that its file has."""
    assert isinstance(entry.value, Mapping)
    days = documents[entry.value["file"].plain()]
    return replace(
        entry, value={**entry.value, "days": days}, keys={**entry.keys, "days": entry.keys["file"]}
    )


def _fields(path: Path, node: Node, at: Location) -> Iterator[Field]:
    if isinstance(node.value, Mapping) and (not path or (node.value and path[0] not in WHOLE)):
        for key, item, place in _steps(node):
            yield from _fields((*path, key), item, place)
    else:
        yield Field(path, node, at)


def _unordered(data: Any) -> Any:
    if isinstance(data, list):
        return sorted((_unordered(item) for item in data), key=json.dumps)
    return {key: _unordered(item) for key, item in data.items()} if isinstance(data, dict) else data


def _condition(data: Mapping[str, Any]) -> dict[str, Any]:
    """A condition in which one value is a list of one."""
    return {
        name: [_condition(option) for option in test] if name == "any" else _test(test)
        for name, test in data.items()
    }


def _test(test: Any) -> Any:
    if isinstance(test, dict):
        return {key: _test(item) if key == "not" else item for key, item in test.items()}
    return test if isinstance(test, list) else [test]
