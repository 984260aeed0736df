"""Decision diagrams: functions of a few variables that are written down once for all combinations.

A diagram asks one variable at a node and has a child for each of its codes; equal parts are one node, and a
node whose children are all the same is left out. Variables are asked in one order, by level. So a function
has one diagram, however it was made, and a question to all combinations is a question to each node.

A node is a number; a leaf is a negative one. Children have lower numbers than their parents, so that a walk
over the numbers upward meets children first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supportrules.base.frozen import lazy


class TooLarge(Exception):
    """A diagram that takes more to make than it may.

    Args:
        costliest: the names of the two variables whose nodes have the most children, if known.
    """

    def __init__(self, costliest: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.costliest = costliest


# What making a diagram can end with: the one, or as many levels as Python does not go down.
EXHAUSTED = (TooLarge, RecursionError)


def costliest(error: TooLarge | RecursionError) -> tuple[str, ...]:
    """The names of the two variables that cost most; of too many levels none did."""
    return error.costliest if isinstance(error, TooLarge) else ()


# Below all variables.
BOTTOM = 1 << 30


class Nodes:
    """Nodes of diagrams that are being made, each once.

    Args:
        widths: how many codes the variable of each level has.
        most: how much they may take: a child of a node that is made, found or not, counts as one.
        names: what the variable of each level is called, for what is too large; none where nobody asks.
    """

    def __init__(self, widths: Sequence[int], most: int, names: Sequence[str] = ()) -> None:
        self.widths, self._most, self._names, self.spent = widths, most, names, 0
        self.levels: list[int] = []
        self.children: list[tuple[int, ...]] = []
        # None is -1, which has the hash of -2: all nodes of such leaves would have one hash.
        self.leaves: list[Any] = [None]
        self._nodes: dict[tuple[int, tuple[int, ...]], int] = {}
        self._leaves: dict[Hashable, int] = {}

    def leaf(self, value: Hashable) -> int:
        """The leaf of a value."""
        number = self._leaves.get(value)
        if number is None:
            self.leaves.append(value)
            number = self._leaves[value] = -len(self.leaves)
        return number

    def node(self, level: int, children: tuple[int, ...]) -> int:
        """The node that asks a level's variable; a child where they are all the same.

        Raises:
            TooLarge: it took too much.
        """
        self.spend(len(children))
        if children.count(children[0]) == len(children):
            return children[0]
        key = level, children
        number = self._nodes.get(key)
        if number is None:
            number = len(self.levels)
            self.levels.append(level)
            self.children.append(children)
            self._nodes[key] = number
        return number

    def spend(self, count: int) -> None:
        """Takes something into account.

        Raises:
            TooLarge: it took too much.
        """
        self.spent += count
        if self.spent > self._most:
            raise TooLarge(self._costliest)

    @lazy
    def _costliest(self) -> tuple[str, ...]:
        """The two variables whose nodes have the most children; once it took too much, no node is added."""
        counts = Counter(self.levels) if self._names else {}
        levels = sorted(counts, key=lambda level: (-counts[level] * self.widths[level], level))
        return tuple(self._names[level] for level in levels[:2])

    def level(self, node: int) -> int:
        """Which variable a node asks."""
        return self.levels[node] if node >= 0 else BOTTOM

    def value(self, leaf: int) -> Any:
        """The value of a leaf."""
        return self.leaves[~leaf]

    def variable(self, level: int, values: Sequence[Hashable]) -> int:
        """The node of a variable that has a value for each code."""
        return self.node(level, tuple(map(self.leaf, values)))

    def below(self, node: int, level: int, code: int) -> int:
        """Where a code leads from a node, if it asks that level; else the node."""
        return self.children[node][code] if node >= 0 and self.levels[node] == level else node

    def mapped(self, node: int, change: Callable[[int], int]) -> int:
        """The same with other leaves.

        Args:
            change: gives a node for each leaf; it may ask nothing that is asked above.
        """
        known: dict[int, int] = {}

        def walk(node: int) -> int:
            found = known.get(node)
            if found is None:
                if node < 0:
                    found = change(node)
                else:
                    found = self.node(
                        self.levels[node], tuple([walk(child) for child in self.children[node]])
                    )
                known[node] = found
            return found

        return walk(node)

    def joined(
        self,
        node: int,
        other: int,
        join: Callable[[Any, Any], Hashable],
        known: dict[tuple[int, int], int] | None = None,
    ) -> int:
        """What two functions come to together.

        Args:
            join: gives the value for one of each.
            known: what was joined so before; what is joined now is added.
        """

        def settle(node: int, other: int) -> int | None:
            return self.leaf(join(self.value(node), self.value(other))) if node < 0 and other < 0 else None

        return self.paired(node, other, settle, known)

    def first(self, node: int, other: int, empty: int) -> int:
        """One function, and where that has the leaf `empty` another."""

        def settle(node: int, other: int) -> int | None:
            if node < 0:
                return other if node == empty else node
            return node if other == empty else None

        return self.paired(node, other, settle)

    def paired(
        self,
        node: int,
        other: int,
        settle: Callable[[int, int], int | None],
        known: dict[tuple[int, int], int] | None = None,
    ) -> int:
        """What two functions come to, gone through side by side.

        Args:
            settle: gives the node for two nodes, as it must for two leaves; None where their children decide.
            known: what two nodes came to so before; more is added.
        """
        known = {} if known is None else known

        def walk(node: int, other: int) -> int:
            found = known.get((node, other))
            if found is None:
                found = settle(node, other)
                if found is None:
                    level = min(self.level(node), self.level(other))
                    codes = range(self.widths[level])
                    pairs = [(self.below(node, level, c), self.below(other, level, c)) for c in codes]
                    found = self.node(level, tuple([walk(*pair) for pair in pairs]))
                known[node, other] = found
            return found

        return walk(node, other)

    def diagram(self, root: int) -> Diagram:
        """What a node leads to, by itself."""
        return _copied(root, self.widths, self.levels, self.children, self.leaves)


@dataclass(frozen=True, eq=False)
class Diagram:
    """A function of the variables of some levels; immutable.

    Args:
        widths: how many codes the variable of each level has.
        levels: which variable each node asks.
        children: where each code leads from each node.
        leaves: the values.
        root: the node, or leaf, to begin at.
    """

    widths: Sequence[int]
    levels: Sequence[int]
    children: Sequence[tuple[int, ...]]
    leaves: Sequence[Any]
    root: int

    @property
    def size(self) -> int:
        """How many nodes it has."""
        return len(self.levels)

    def __call__(self, codes: Sequence[int] | Mapping[int, int]) -> Any:
        """The value for a code of each level that is asked."""
        node = self.root
        while node >= 0:
            node = self.children[node][codes[self.levels[node]]]
        return self.leaves[~node]

    @lazy
    def asked(self) -> frozenset[int]:
        """The levels that the value depends on."""
        return frozenset(self.levels)

    @lazy
    def reach(self) -> tuple[int, ...]:
        """For each node, the leaves that it leads to, as bits."""
        found: list[int] = []
        for children in self.children:
            bits = 0
            for child in children:
                bits |= found[child] if child >= 0 else 1 << ~child
            found.append(bits)
        return tuple(found)

    def reached(self, node: int) -> int:
        """The leaves that a node leads to, as bits."""
        return self.reach[node] if node >= 0 else 1 << ~node

    def restricted(
        self, codes: Mapping[int, int], change: Callable[[Any], Hashable] = lambda value: value
    ) -> Diagram:
        """The function that is left where some variables are known.

        Args:
            codes: the code of each level that is known.
            change: the value that takes the place of another.
        """
        wanted = [False] * len(self.levels)
        if self.root >= 0:
            wanted[self.root] = True
        for node in range(self.root, -1, -1):
            if wanted[node]:
                level = self.levels[node]
                children = self.children[node]
                for child in (children[codes[level]],) if level in codes else children:
                    if child >= 0:
                        wanted[child] = True
        nodes = Nodes(self.widths, sum(map(len, self.children)))
        # In the place of each node, and, from behind, of each leaf.
        new = [0] * (len(self.levels) + len(self.leaves))
        for number, value in enumerate(self.leaves):
            new[~number] = nodes.leaf(change(value))
        for node, is_wanted in enumerate(wanted):
            if is_wanted:
                level, children = self.levels[node], self.children[node]
                if level in codes:
                    new[node] = new[children[codes[level]]]
                else:
                    new[node] = nodes.node(level, tuple([new[child] for child in children]))
        return nodes.diagram(new[self.root])

    def path(self, holds: Callable[[Any], bool]) -> dict[int, int] | None:
        """Codes of the levels that lead to a value, the lowest of each; None if there is none.

        Args:
            holds: whether it is such a value.
        """
        good = sum(1 << number for number, value in enumerate(self.leaves) if holds(value))
        node, codes = self.root, dict[int, int]()
        if not self.reached(node) & good:
            return None
        while node >= 0:
            code = next(c for c, child in enumerate(self.children[node]) if self.reached(child) & good)
            codes[self.levels[node]] = code
            node = self.children[node][code]
        return codes


def _copied(
    root: int,
    widths: Sequence[int],
    levels: Sequence[int],
    children: Sequence[tuple[int, ...]],
    leaves: Sequence[Any],
) -> Diagram:
    """A diagram with those nodes and leaves alone that its root leads to."""
    wanted: set[int] = set()
    todo = [root]
    while todo:
        node = todo.pop()
        if node not in wanted:
            wanted.add(node)
            if node >= 0:
                todo += children[node]
    new: dict[int, int] = {}
    kept = sorted(~node for node in wanted if node < 0)
    for number, leaf in enumerate(kept):
        new[~leaf] = ~number
    inner = sorted(node for node in wanted if node >= 0)
    for number, node in enumerate(inner):
        new[node] = number
    return Diagram(
        widths,
        [levels[node] for node in inner],
        [tuple([new[child] for child in children[node]]) for node in inner],
        [leaves[leaf] for leaf in kept],
        new[root],
    )


def bits(mask: int) -> Iterator[int]:
    """The places of the bits that are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
