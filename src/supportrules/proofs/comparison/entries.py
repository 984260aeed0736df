"""What the files of a policy say, thing by thing: each plan, rule, cell, clause and so on, with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from supportrules.base.problem import Location
from supportrules.policy.documents import Node

Path = tuple[str, ...]
_EACH: Final = "*"


class _Home(NamedTuple):
    """Where the things of a kind stand.

    Args:
        kind: of the things.
        id: what their ids are made of; the keys that `_EACH` stands for fill its gaps.
        stem: the file.
        path: the keys that lead to them, joined by dots.
    """

    kind: str
    id: str
    stem: str
    path: str


_HOMES = (
    _Home("policy", "policy", "policy", ""),
    _Home("order", "languages", "policy", "languages"),
    _Home("fact", "{}", "vocabulary", "facts.*"),
    _Home("conclusion", "{}", "vocabulary", "conclusions.*"),
    _Home("family", "{}", "plans", "families.*"),
    _Home("plan", "{}", "plans", "plans.*"),
    _Home("rule", "plans.rules.{}", "plans", "rules.*"),
    _Home("note", "plans.notes.{}", "plans", "notes.*"),
    _Home("issue_type", "{}", "issue_types", "issue_types.*"),
    _Home("order", "levels", "severity", "levels"),
    _Home("level", "{}", "severity", "levels.*"),
    _Home("order", "precedence", "severity", "precedence"),
    _Home("rule", "severity.{}.{}", "severity", "rules.*.*"),
    _Home("note", "severity.notes.{}", "severity", "notes.*"),
    _Home("column", "{}", "response_targets", "columns.*"),
    _Home("cell", "{}.{}", "response_targets", "targets.*.*"),
    _Home("without_severity", "without_severity", "response_targets", "without_severity"),
    _Home("note", "response_targets.notes.{}", "response_targets", "notes.*"),
    _Home("order", "channels", "channels", "order"),
    _Home("channel", "{}", "channels", "channels.*"),
    _Home("rule", "channels.{}.{}", "channels", "channels.*.rules.*"),
    _Home("rule", "channels.reopening.{}", "channels", "reopening.*"),
    _Home("note", "channels.notes.{}", "channels", "notes.*"),
    _Home("hours", "{}", "calendars", "hours.*"),
    _Home("date", "{}", "calendars", "dates.*"),
    _Home("coverage", "coverage", "calendars", "coverage"),
    _Home("exception", "{}", "calendars", "coverage.exceptions.*"),
    _Home("section", "{}", "clauses", "sections.*"),
    _Home("clause", "{}", "clauses", "clauses.*"),
)
KINDS = tuple(dict.fromkeys(home.kind for home in _HOMES))
"""The kinds of things, in the order in which a reader wants them."""

# What says nothing of the thing itself: former names, and the keys under which other things stand.
_APART: Mapping[str, set[str]] = {
    "policy": {"languages"},
    "level": {"id"},
    "channel": {"rules"},
    "coverage": {"exceptions"},
}
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
            path = tuple(home.path.split(".")) if home.path else ()
            for keys, node, at in _found(root, path, root.location):
                yield Thing(home.kind, home.id.format(*keys), _own(home.kind, keys, node, at), at)


def _found(node: Node, path: Path, at: Location, keys: Path = ()) -> Iterator[tuple[Path, Node, Location]]:
    """What stands at a path, with the keys that `_EACH` stands for and its place."""
    if not path:
        yield keys, node, at
        return
    for key, item, place in _steps(node):
        if path[0] == _EACH:
            yield from _found(item, path[1:], place, (*keys, key))
        elif path[0] == key:
            yield from _found(item, path[1:], place, keys)


def _steps(node: Node) -> Iterator[tuple[str, Node, Location]]:
    """The entries of a mapping by their keys, those of a list by their ids."""
    if isinstance(node.value, Mapping):
        yield from ((key, item, node.keys[key]) for key, item in node.value.items())
    elif isinstance(node.value, tuple):
        yield from ((_id(item).plain(), item, item.location) for item in node.value)


def _id(node: Node) -> Node:
    """The id of an entry of a list, which may be no more than that."""
    return node.value["id"] if isinstance(node.value, Mapping) else node


def _own(kind: str, keys: Path, node: Node, at: Location) -> Node:
    """What is said of a thing by itself, as a mapping."""
    if kind == "order":
        assert isinstance(node.value, tuple)
        ids = replace(node, value=tuple(_id(item) for item in node.value))
        return replace(node, value={"order": ids}, keys={"order": at})
    if kind == "section":
        return replace(node, value={"label": node}, keys={"label": at})
    assert isinstance(node.value, Mapping)
    apart = {"formerly", *_APART.get(kind, ())}
    values = {key: item for key, item in node.value.items() if key not in apart}
    places = {key: node.keys[key] for key in values}
    if kind == "date":
        # Its name says something: moved to another day it is not the same.
        values, places = {"day": Node(keys[-1], at, {}, 1), **values}, {"day": at, **places}
    return replace(node, value=values, keys=places)


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
