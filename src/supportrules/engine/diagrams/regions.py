"""Regions: sets of combinations, as diagrams that tell of each combination whether it is inside."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from supportrules.engine.diagrams.diagram import BOTTOM, Diagram, Nodes, bits

# For some levels the codes that are let through; those of the others all are.
Held = Mapping[int, frozenset[int]]


class Regions(Nodes):
    """Regions that are being made, each a node.

    Attributes:
        nothing: the region of no combination.
        everything: the region of all combinations.
    """

    def __init__(self, widths: Sequence[int], most: int, names: Sequence[str] = ()) -> None:
        super().__init__(widths, most, names)
        self.nothing, self.everything = self.leaf(False), self.leaf(True)
        self._both: dict[tuple[int, int], int] = {}
        self._either: dict[tuple[int, int], int] = {}
        self._less: dict[tuple[int, int], int] = {}
        self._given: dict[tuple[int, int, int], int] = {}
        self._sizes: dict[int, int] = {self.nothing: 0, self.everything: 1}

    def where(self, diagram: Diagram, holds: Callable[[Any], object] = bool) -> int:
        """Where a diagram has such a value."""
        new = {~n: self.everything if holds(leaf) else self.nothing for n, leaf in enumerate(diagram.leaves)}
        for node, (level, children) in enumerate(zip(diagram.levels, diagram.children, strict=True)):
            new[node] = self.node(level, tuple([new[child] for child in children]))
        return new[diagram.root]

    def box(self, held: Held) -> int:
        """What is let through."""
        found = self.everything
        for level in sorted(held, reverse=True):
            codes = held[level]
            found = self.node(
                level,
                tuple([found if code in codes else self.nothing for code in range(self.widths[level])]),
            )
        return found

    def both(self, one: int, other: int) -> int:
        """What is in both."""
        if self.nothing in (one, other):
            return self.nothing
        if one in (other, self.everything):
            return other
        if other == self.everything:
            return one
        key = (one, other) if one < other else (other, one)
        found = self._both.get(key)
        if found is None:
            found = self._both[key] = self._each(one, other, self.both)
        return found

    def either(self, one: int, other: int) -> int:
        """What is in the one or the other."""
        if self.everything in (one, other):
            return self.everything
        if one in (other, self.nothing):
            return other
        if other == self.nothing:
            return one
        key = (one, other) if one < other else (other, one)
        found = self._either.get(key)
        if found is None:
            found = self._either[key] = self._each(one, other, self.either)
        return found

    def less(self, one: int, other: int) -> int:
        """What is in the one and not in the other."""
        if one in (other, self.nothing) or other == self.everything:
            return self.nothing
        if other == self.nothing:
            return one
        found = self._less.get((one, other))
        if found is None:
            found = self._less[one, other] = self._each(one, other, self.less)
        return found

    def given(self, region: int, level: int, code: int) -> int:
        """What is inside where the code of a level is known; it does not ask that level any more."""
        asked = self.level(region)
        if asked > level:
            return region
        if asked == level:
            return self.children[region][code]
        found = self._given.get((region, level, code))
        if found is None:
            below = tuple([self.given(child, level, code) for child in self.children[region]])
            found = self._given[region, level, code] = self.node(asked, below)
        return found

    def freed(self, region: int, level: int) -> int:
        """What is inside for some code of a level, for any code of it."""
        found = self.nothing
        for code in range(self.widths[level]):
            found = self.either(found, self.given(region, level, code))
        return found

    def _each(self, one: int, other: int, make: Callable[[int, int], int]) -> int:
        level = min(self.level(one), self.level(other))
        codes = range(self.widths[level])
        return self.node(
            level, tuple([make(self.below(one, level, c), self.below(other, level, c)) for c in codes])
        )

    def size(self, region: int) -> int:
        """How many combinations are inside."""
        return self._size(region) * self._skipped(-1, region)

    def _size(self, region: int) -> int:
        """How many there are of the levels from that of the node downward."""
        found = self._sizes.get(region)
        if found is None:
            level = self.levels[region]
            found = sum(self._size(child) * self._skipped(level, child) for child in self.children[region])
            self._sizes[region] = found
        return found

    def _skipped(self, level: int, child: int) -> int:
        """How many combinations of codes the levels between have."""
        below = self.levels[child] if child >= 0 else len(self.widths)
        return math.prod(self.widths[level + 1 : below])

    def met(self, region: int, level: int, held: Held) -> int:
        """The codes of a level, as bits, that combinations inside have of which all else is let through.

        Args:
            held: lets some code of each level through.
        """
        every = (1 << self.widths[level]) - 1
        known = {self.nothing: 0, self.everything: every}

        def walk(node: int) -> int:
            found = known.get(node)
            if found is None:
                asked, children, found = self.levels[node], self.children[node], 0
                if asked == level:
                    for code, child in enumerate(children):
                        if walk(child):
                            found |= 1 << code
                else:
                    let = held.get(asked)
                    for child in children if let is None else [children[code] for code in let]:
                        found |= walk(child)
                        if found == every:
                            break
                known[node] = found
            return found

        return walk(region)

    def lowest(self, region: int, order: Sequence[int]) -> dict[int, int]:
        """The codes of the combination inside that has the lowest; there must be one.

        Args:
            order: every level; the lowest codes of those at the front count first.
        """
        found: dict[int, int] = {}
        held: dict[int, frozenset[int]] = {}
        for level in order:
            found[level] = next(bits(self.met(region, level, held)))
            held[level] = frozenset([found[level]])
        return found

    def meets(self, regions: Collection[int], held: Held, without: Sequence[Held] = ()) -> bool:
        """Whether some combination that is let through is in each of some regions.

        Args:
            regions: the regions.
            held: what is let through.
            without: what, box by box, is not.

        Raises:
            TooLarge: it takes too many steps.
        """
        if not all(held.values()):
            return False
        return _Intersection(self, held, without).found(frozenset(regions) - {self.everything})


class _Intersection:
    """A search for a combination, of which each part is gone through once."""

    def __init__(self, regions: Regions, held: Held, without: Sequence[Held]) -> None:
        self._regions, self._held = regions, held
        regions.spend(len(without))
        # For each level the boxes that ask it, with the codes that each lets through.
        self._asking: dict[int, list[tuple[int, Collection[int]]]] = {}
        # For each level the boxes that ask none further down.
        self._last: dict[int, int] = {}
        alive = 0
        # Whether a box keeps out all that is let through.
        self._shut = False
        for number, box in enumerate(without):
            # One that nothing is in together with what is let through keeps nothing out.
            if any(held[level].isdisjoint(codes) for level, codes in box.items() if level in held):
                continue
            # Where all codes of a level that are let through are in the box, it need not ask.
            asks = {
                level: codes for level, codes in box.items() if level not in held or not held[level] <= codes
            }
            if not asks:
                self._shut = True
                break
            alive |= 1 << number
            for level, codes in asks.items():
                self._asking.setdefault(level, []).append((1 << number, codes))
            last = max(asks)
            self._last[last] = self._last.get(last, 0) | 1 << number
        self._alive = alive
        self._levels = sorted(self._asking)
        self._vain: set[tuple[frozenset[int], int, int]] = set()

    def found(self, nodes: frozenset[int]) -> bool:
        """Whether there is one in each of the regions of some nodes."""
        if self._shut or self._regions.nothing in nodes:
            return False
        return self._search(nodes, self._alive, 0)

    def _search(self, nodes: frozenset[int], alive: int, place: int) -> bool:
        """Whether there is one.

        Args:
            alive: the boxes that everything so far is in.
            place: the first of the levels of boxes that was not gone through.
        """
        if not nodes and not alive:
            return True
        regions = self._regions
        level = min([regions.levels[node] for node in nodes], default=BOTTOM)
        while place < len(self._levels) and self._levels[place] < level:
            if any(bit & alive for bit, _ in self._asking[self._levels[place]]):
                level = self._levels[place]
            else:
                place += 1
        key = nodes, alive, place
        if key in self._vain:
            return False
        after = place + 1 if place < len(self._levels) and self._levels[place] == level else place
        asking, last = self._asking.get(level, ()), self._last.get(level, 0)
        tried = set()
        for code in self._held.get(level, range(regions.widths[level])):
            regions.spend(1 + len(asking))
            left = alive
            for bit, codes in asking:
                if code not in codes:
                    left &= ~bit
            if left & last:
                continue
            below = frozenset([regions.below(node, level, code) for node in nodes]) - {regions.everything}
            if regions.nothing in below or (below, left) in tried:
                continue
            tried.add((below, left))
            if self._search(below, left, after):
                return True
        self._vain.add(key)
        return False


def between(one: Held, other: Held) -> Held:
    """What both let through."""
    return {**one, **{level: codes & one.get(level, codes) for level, codes in other.items()}}
