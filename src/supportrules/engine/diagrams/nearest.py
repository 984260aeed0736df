"""The combinations of a region that are nearest to another one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from supportrules.engine.diagrams.diagram import bits
from supportrules.engine.diagrams.regions import Regions


def nearest(
    regions: Regions, region: int, near: Mapping[int, int] | Sequence[int], order: Sequence[int]
) -> Iterator[dict[int, int]]:
    """The combinations inside, those first that differ from another one in the fewest levels.

    Args:
        regions: where the region is.
        region: asks no other levels than those of `order`.
        near: the code of each level in the other one.
        order: the levels; of what differs in as few, the lowest codes of those at the front come first.
    """
    search = _Search(regions, near, order)
    for differing in bits(search.differing(region, 0)):
        yield from search.found(region, 0, differing)


class _Search:
    def __init__(
        self, regions: Regions, near: Mapping[int, int] | Sequence[int], order: Sequence[int]
    ) -> None:
        self._regions, self._order, self._near = regions, order, near
        # By how many levels are known, and a node: in how many of the rest what is inside can differ.
        self._known: list[dict[int, int]] = []
        self._left: list[list[int]] = []
        for place in range(len(order) + 1):
            self._known.append({regions.nothing: 0, regions.everything: 1})
            self._left.append(sorted(level for level in order[place:] if regions.widths[level] > 1))

    def found(self, region: int, place: int, differing: int) -> Iterator[dict[int, int]]:
        """Those that differ in so many levels from a place of the order on."""
        if place == len(self._order):
            yield {}
            return
        level = self._order[place]
        for code in range(self._regions.widths[level]):
            rest = differing - (code != self._near[level])
            below = self._regions.given(region, level, code)
            if rest >= 0 and self.differing(below, place + 1) >> rest & 1:
                for found in self.found(below, place + 1, rest):
                    found[level] = code
                    yield found

    def differing(self, region: int, place: int) -> int:
        """In how many levels, from a place of the order on, what is inside can differ; as bits."""
        left = self._left[place]
        return self._skipped(self._from(region, place), 0, self._at(region, left))

    def _at(self, node: int, left: Sequence[int]) -> int:
        return bisect_left(left, self._regions.levels[node]) if node >= 0 else len(left)

    def _skipped(self, counts: int, begin: int, end: int) -> int:
        """With levels that are not asked, and may differ or not."""
        for _ in range(begin, end):
            counts |= counts << 1
        return counts

    def _from(self, node: int, place: int) -> int:
        """The same of the levels from that of the node downward."""
        known = self._known[place]
        counts = known.get(node)
        if counts is None:
            left, level = self._left[place], self._regions.levels[node]
            begin, near, counts = self._at(node, left) + 1, self._near[level], 0
            for code, child in enumerate(self._regions.children[node]):
                below = self._skipped(self._from(child, place), begin, self._at(child, left))
                counts |= below << (code != near)
            known[node] = counts
        return counts
