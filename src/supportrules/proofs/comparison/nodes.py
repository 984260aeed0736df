"""Changes of what YAML says, put together from small ones; what is changed keeps its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from supportrules.policy.documents import Node

Rename = Callable[[str], str]
Change = Callable[[Node], Node]


def same(node: Node) -> Node:
    """Changes nothing."""
    return node


def in_turn(*changes: Change) -> Change:
    """Makes one change after the other."""

    def changed(node: Node) -> Node:
        for change in changes:
            node = change(node)
        return node

    return changed


def each(change: Callable[[str], Change], rename: Rename = str) -> Change:
    """Renames the keys of a mapping and changes what they hold, as is said of each key.

    The items of a list are changed as if they stood at their ids.
    """

    def changed(node: Node) -> Node:
        if isinstance(node.value, tuple):
            return items(lambda item: change(item.plain()["id"])(item))(node)
        assert isinstance(node.value, Mapping)
        values = {rename(key): change(key)(item) for key, item in node.value.items()}
        return replace(node, value=values, keys={rename(key): place for key, place in node.keys.items()})

    return changed


def at(path: str, change: Change) -> Change:
    """Changes what stands at a path, if anything does: keys joined by dots, of which ``*`` is any.

    Args:
        path: empty for the whole.
    """
    if not path:
        return change
    step, _, rest = path.partition(".")
    inner = each(lambda key: at(rest, change) if step in ("*", key) else same)
    return lambda node: inner(node) if isinstance(node.value, Mapping) else node


def without(key: str) -> Change:
    """Takes a key out of a mapping."""

    def changed(node: Node) -> Node:
        assert isinstance(node.value, Mapping)
        kept = {name: item for name, item in node.value.items() if name != key}
        return replace(node, value=kept, keys={name: node.keys[name] for name in kept})

    return changed


def items(change: Change) -> Change:
    """Changes the items of a list."""

    def changed(node: Node) -> Node:
        assert isinstance(node.value, tuple)
        return replace(node, value=tuple(change(item) for item in node.value))

    return changed


def text(rename: Rename) -> Change:
    """Changes a text, those in a list, or the keys of a mapping; anything else stays."""

    def changed(node: Node) -> Node:
        match node.value:
            case str():
                return replace(node, value=rename(node.value))
            case tuple():
                return items(changed)(node)
            case Mapping():
                return each(lambda _: same, rename)(node)
        return node

    return changed
