"""A function seen along others that it follows from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from supportrules.engine.diagrams.composition import copied, selected
from supportrules.engine.diagrams.diagram import Diagram, Nodes

# A function, and how many values it has; its leaves are their numbers.
Along = Sequence[tuple[Diagram, int]]


def image(
    result: Diagram,
    along: Along,
    none: Hashable,
    meet: Callable[[Any, Any], Hashable],
    most: int,
    names: tuple[Sequence[str], Sequence[str]] = ((), ()),
) -> Diagram:
    """What a function comes to for the values that some others have together.

    Args:
        result: the function.
        along: the others, of the same levels.
        none: the leaf of the function that stands for nothing.
        meet: what two different values for the same come to, in whatever order they meet.
        most: how many nodes it may take.
        names: of the levels, and of the others, as `Nodes` takes them.

    Returns:
        A diagram that has a level for each of the others; `none` where their values never meet.

    Raises:
        TooLarge: it takes too much.
    """
    return _Image(result, along, none, meet, most, names).diagram()


def carried_back(image: Diagram, along: Along, widths: Sequence[int], most: int) -> Diagram:
    """A function of the values of some others, as one of the levels that these have.

    Args:
        image: the function.
        along: the others.
        widths: of their levels.
        most: how many nodes it may take.

    Raises:
        TooLarge: it takes too much.
    """
    nodes = Nodes(widths, most)
    new = {~number: nodes.leaf(value) for number, value in enumerate(image.leaves)}
    for node, (level, children) in enumerate(zip(image.levels, image.children, strict=True)):
        operand, _ = along[level]
        new[node] = selected(nodes, operand, tuple([new[children[code]] for code in operand.leaves]))
    return nodes.diagram(new[image.root])


class _Image:
    def __init__(
        self,
        result: Diagram,
        along: Along,
        none: Hashable,
        meet: Callable[[Any, Any], Hashable],
        most: int,
        names: tuple[Sequence[str], Sequence[str]],
    ) -> None:
        self._along, self._meet = [diagram for diagram, _ in along], meet
        self._nodes = Nodes(result.widths, most, names[0])
        self._seen = Nodes([width for _, width in along], most, names[1])
        self._none, self._nowhere = self._nodes.leaf(none), self._seen.leaf(none)
        self._root = copied(self._nodes, result)
        # By place, the levels that no function from there on asks.
        self._done = [frozenset(range(len(result.widths)))]
        for diagram in reversed(self._along):
            self._done.append(self._done[-1] - diagram.asked)
        self._done.reverse()
        self._known: dict[tuple[int, int], int] = {}
        self._unions: dict[tuple[int, int], int] = {}
        self._lefts: list[dict[int, int]] = [{} for _ in self._done]

    def diagram(self) -> Diagram:
        return self._seen.diagram(self._from(0, self._left(0, self._root)))

    def _from(self, place: int, rest: int) -> int:
        """The node of what is left of the function once the values of some others are known."""
        if rest == self._none:
            return self._nowhere
        if place == len(self._along):
            return self._seen.leaf(self._nodes.value(rest))
        key = place, rest
        found = self._known.get(key)
        if found is None:
            parts = self._parts(place, rest)
            every = range(self._seen.widths[place])
            found = self._known[key] = self._seen.node(
                place, tuple([self._from(place + 1, parts.get(code, self._none)) for code in every])
            )
        return found

    def _parts(self, place: int, rest: int) -> Mapping[int, int]:
        """The function where another one has each of its codes, without the levels that no later one asks."""
        diagram, nodes, none = self._along[place], self._nodes, self._none
        done = self._done[place + 1]
        known: dict[tuple[int, int], Mapping[int, int]] = {}

        def walk(node: int, rest: int) -> Mapping[int, int]:
            if rest == none:
                return {}
            if node < 0:
                return {diagram.leaves[~node]: self._left(place + 1, rest)}
            found = known.get((node, rest))
            if found is None:
                level = min(diagram.levels[node], nodes.level(rest))
                asks = diagram.levels[node] == level
                below = [
                    walk(diagram.children[node][code] if asks else node, nodes.below(rest, level, code))
                    for code in range(nodes.widths[level])
                ]
                if level in done:
                    nodes.spend(len(below))
                    found = {}
                    for parts in below:
                        for code, part in parts.items():
                            found[code] = self._union(found.get(code, none), part)
                else:
                    found = {
                        code: nodes.node(level, tuple([parts.get(code, none) for parts in below]))
                        for code in dict.fromkeys(itertools.chain.from_iterable(below))
                    }
                known[node, rest] = found
            return found

        return walk(diagram.root, rest)

    def _left(self, place: int, node: int) -> int:
        """The same without the levels that no later function asks."""
        done, known, nodes = self._done[place], self._lefts[place], self._nodes

        def walk(node: int) -> int:
            if node < 0:
                return node
            found = known.get(node)
            if found is None:
                children = [walk(child) for child in dict.fromkeys(nodes.children[node])]
                if nodes.levels[node] in done:
                    found = children[0]
                    for child in children[1:]:
                        found = self._union(found, child)
                else:
                    found = nodes.node(nodes.levels[node], tuple([walk(c) for c in nodes.children[node]]))
                known[node] = found
            return found

        return walk(node)

    def _union(self, one: int, other: int) -> int:
        if other in (one, self._none):
            return one
        if one == self._none:
            return other
        key = (one, other) if one < other else (other, one)
        found = self._unions.get(key)
        if found is None:
            nodes = self._nodes
            if one < 0 and other < 0:
                return nodes.leaf(self._meet(nodes.value(one), nodes.value(other)))
            level = min(nodes.level(one), nodes.level(other))
            pairs = (
                (nodes.below(one, level, code), nodes.below(other, level, code))
                for code in range(nodes.widths[level])
            )
            found = self._unions[key] = nodes.node(level, tuple([self._union(*pair) for pair in pairs]))
        return found
