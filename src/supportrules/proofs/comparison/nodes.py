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


def each(change: Callable[[str], Change], rename: Rename = str) -> Change:
    """Renames the keys of a mapping and changes what they hold, as is said of each key."""

    def changed(node: Node) -> Node:
        assert isinstance(node.value, Mapping)
        values = {rename(key): change(key)(item) for key, item in node.value.items()}
        return replace(node, value=values, keys={rename(key): place for key, place in node.keys.items()})

    return changed


def keys(rename: Rename, change: Change = same) -> Change:
    """Renames the keys of a mapping and changes what they hold, all of it alike."""
    return each(lambda _: change, rename)


def values(change: Change) -> Change:
    """Changes what the keys of a mapping hold, all of it alike."""
    return each(lambda _: change)


def edit(**changes: Change) -> Change:
    """Changes what some keys of a mapping hold."""
    return each(lambda key: changes.get(key, same))


def without(key: str, change: Change = same) -> Change:
    """Takes a key out of a mapping, and changes the rest."""

    def changed(node: Node) -> Node:
        assert isinstance(node.value, Mapping)
        kept = {name: item for name, item in node.value.items() if name != key}
        return change(replace(node, value=kept, keys={name: node.keys[name] for name in kept}))

    return changed


def items(change: Change) -> Change:
    """Changes the items of a list."""

    def changed(node: Node) -> Node:
        assert isinstance(node.value, tuple)
        return replace(node, value=tuple(change(item) for item in node.value))

    return changed


def text(rename: Rename) -> Change:
    """Changes a text, or those in a list; what is no text stays."""

    def changed(node: Node) -> Node:
        if isinstance(node.value, tuple):
            return items(changed)(node)
        return replace(node, value=rename(node.value)) if isinstance(node.value, str) else node

    return changed
