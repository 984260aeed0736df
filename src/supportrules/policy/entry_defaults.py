"""Sources and bases that a file gives once → the file in which each entry gives its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from supportrules.base.problem import Location
from supportrules.policy.documents import Node
from supportrules.policy.format import CITING, ENTRY_DEFAULTS, is_step, kind_of

_Paths = Sequence[tuple[str, ...]]
_NONE = Node({}, Location(""), {}, 1)


def written_out(file: str, document: Node) -> Node:
    """A document of a policy without `entry_defaults`: each entry has what it inherits, at the place of that.

    Args:
        file: without its ending.
        document: may have faults; those in `entry_defaults` are inherited too.
    """
    return _written_out(document, [steps[1:] for steps in CITING if is_step(steps[0], file)], _NONE)


def _written_out(node: Node, paths: _Paths, inherited: Node) -> Node:
    """What is written below a key.

    Args:
        paths: lead from here to what has a source and a basis; an empty one is this.
        inherited: the nearest defaults.
    """
    if isinstance(node.value, tuple):
        items = (_written_out(item, [path[1:] for path in paths if path], inherited) for item in node.value)
        return replace(node, value=tuple(items))
    if not isinstance(node.value, Mapping):
        return node
    own = node.value.get(ENTRY_DEFAULTS)
    if own is not None and isinstance(own.value, Mapping):
        inherited = _completed(own, inherited)
    values = {}
    for key, item in node.value.items():
        below = [path[1:] for path in paths if path and (kind_of(path[0]) or path[0] == key)]
        values[key] = _written_out(item, below, inherited) if below else item
    values.pop(ENTRY_DEFAULTS, None)
    written = replace(node, value=values, keys={key: node.keys[key] for key in values})
    return _completed(written, inherited) if () in paths else written


def _completed(node: Node, other: Node) -> Node:
    """A mapping with what only another one has."""
    assert isinstance(node.value, Mapping) and isinstance(other.value, Mapping)
    values = {**node.value, **other.value, **node.value}
    return replace(node, value=values, keys={**node.keys, **other.keys, **node.keys})
