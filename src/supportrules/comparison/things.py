"""What the files of a policy say, thing by thing: each plan, rule, cell, clause and so on, with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from supportrules.documents import Node
from supportrules.problem import Location

Path = tuple[str, ...]
_EACH: Final = "*"
_Step = tuple[str, Node, Location]


@dataclass(frozen=True)
class _Home:
    """Where the things of a kind stand.

    Args:
        kind: of the things.
        id: what their ids are made of: the keys that `_EACH` stands for fill its gaps.
        stem: the file.
        path: the keys that lead to them.
        without: the keys under which other things stand.
    """

    kind: str
    id: str
    stem: str
    path: Path
    without: frozenset[str] = frozenset({"formerly"})


_NESTED = {"policy": {"languages"}, "level": {"id"}, "channel": {"rules"}, "coverage": {"exceptions"}}
_HOMES = tuple(
    _Home(
        kind,
        id,
        stem,
        tuple(path.split(".")) if path else (),
        frozenset({"formerly", *_NESTED.get(kind, ())}),
    )
    for kind, id, stem, path in (
        ("policy", "policy", "policy", ""),
        ("order", "languages", "policy", "languages"),
        ("fact", "{}", "vocabulary", "facts.*"),
        ("conclusion", "{}", "vocabulary", "conclusions.*"),
        ("family", "{}", "plans", "families.*"),
        ("plan", "{}", "plans", "plans.*"),
        ("rule", "plans.rules.{}", "plans", "rules.*"),
        ("note", "plans.notes.{}", "plans", "notes.*"),
        ("issue_type", "{}", "issue_types", "issue_types.*"),
        ("order", "levels", "severity", "levels"),
        ("level", "{}", "severity", "levels.*"),
        ("order", "precedence", "severity", "precedence"),
        ("rule", "severity.{}.{}", "severity", "rules.*.*"),
        ("note", "severity.notes.{}", "severity", "notes.*"),
        ("column", "{}", "response_targets", "columns.*"),
        ("cell", "{}.{}", "response_targets", "targets.*.*"),
        ("without_severity", "without_severity", "response_targets", "without_severity"),
        ("note", "response_targets.notes.{}", "response_targets", "notes.*"),
        ("order", "channels", "channels", "order"),
        ("channel", "{}", "channels", "channels.*"),
        ("rule", "channels.{}.{}", "channels", "channels.*.rules.*"),
        ("rule", "channels.reopening.{}", "channels", "reopening.*"),
        ("note", "channels.notes.{}", "channels", "notes.*"),
        ("hours", "{}", "calendars", "hours.*"),
        ("date", "{}", "calendars", "dates.*"),
        ("coverage", "coverage", "calendars", "coverage"),
        ("exception", "{}", "calendars", "coverage.exceptions.*"),
        ("section", "{}", "clauses", "sections.*"),
        ("clause", "{}", "clauses", "clauses.*"),
    )
)
KINDS = tuple(dict.fromkeys(home.kind for home in _HOMES))
"""The kinds of things, in the order in which a reader wants them."""

# Lists whose order counts.
_ORDERED = {"worsens", "order"}
# What is said as a whole, though it has keys.
_WHOLE = {"when", "then", "default"}


@dataclass(frozen=True)
class Field:
    """A part of a thing that is said by itself: a text in one language, a value, a list, a condition.

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
        return json.dumps(data if self.path[0] in _ORDERED else _unordered(data), sort_keys=True)


@dataclass(frozen=True)
class Thing:
    """One thing that the files of a policy say something of.

    Args:
        kind: what it is: ``plan``, ``rule``, ``cell`` and so on; ``order`` is a list whose order counts.
        id: its name: a rule and a note have the id that derivations show, a cell is ``<level>.<column>``.
        node: what is said of it, without what is a thing of its own.
        at: its place.
    """

    kind: str
    id: str
    node: Node
    at: Location

    def fields(self) -> Iterator[Field]:
        """All that is said of it."""
        yield from _fields((), self.node, self.at)


def things(documents: Mapping[str, Node]) -> Iterator[Thing]:
    """The things in the files of a policy, kind by kind.

    Args:
        documents: by file, without its ending.
    """
    for home in _HOMES:
        if home.stem in documents:
            root = documents[home.stem]
            for keys, node, at in _found(root, home.path, root.location):
                yield Thing(home.kind, home.id.format(*keys), _own(home, keys, node, at), at)


def _found(
    node: Node, path: Path, at: Location, keys: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Node, Location]]:
    if not path:
        yield keys, node, at
    elif path[0] != _EACH:
        for key, item, place in _steps(node):
            if key == path[0]:
                yield from _found(item, path[1:], place, keys)
    else:
        for key, item, place in _steps(node):
            yield from _found(item, path[1:], place, (*keys, key))


def _steps(node: Node) -> Iterator[_Step]:
    """The entries of a mapping by their keys, those of a list by their ids."""
    if isinstance(node.value, Mapping):
        yield from ((key, item, node.keys[key]) for key, item in node.value.items())
    elif isinstance(node.value, tuple):
        yield from ((_id(item).plain(), item, item.location) for item in node.value)


def _id(node: Node) -> Node:
    """The id of an entry of a list, which may be no more than that."""
    return node.value["id"] if isinstance(node.value, Mapping) else node


def _own(home: _Home, keys: Path, node: Node, at: Location) -> Node:
    """What is said of a thing by itself, as a mapping."""
    if home.kind == "order":
        assert isinstance(node.value, tuple)
        return _mapping(
            {"order": replace(node, value=tuple(_id(item) for item in node.value))}, {"order": at}, node
        )
    if home.kind == "section":
        return _mapping({"label": node}, {"label": at}, node)
    assert isinstance(node.value, Mapping)
    values = {key: item for key, item in node.value.items() if key not in home.without}
    places = {key: node.keys[key] for key in values}
    if home.kind == "date":
        # Its name says something: moved to another day it is not the same.
        values, places = {"day": Node(keys[-1], at, {}, 1), **values}, {"day": at, **places}
    return _mapping(values, places, node)


def _mapping(values: Mapping[str, Node], keys: Mapping[str, Location], node: Node) -> Node:
    return replace(node, value=values, keys=keys)


def _fields(path: Path, node: Node, at: Location) -> Iterator[Field]:
    if isinstance(node.value, Mapping) and (not path or (node.value and path[0] not in _WHOLE)):
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
