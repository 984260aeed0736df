"""Regions as boxes, each as large as it can be, none too many: all of some combinations, none of the others.

They are found greedily, so that fewer may do.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from supportrules.engine.diagrams.diagram import bits
from supportrules.engine.diagrams.regions import Regions

# For each coordinate, the codes that are inside; None where nothing is asked of it.
Box = tuple[frozenset[int] | None, ...]


def cover(
    regions: Regions, inside: int, outside: int, coordinates: Sequence[int], *, both_ways: bool = True
) -> list[Box]:
    """Boxes that together hold the combinations inside and none of those outside.

    None can be left out, and none can take in one more code that occurs with the rest of it, nor ask less.

    Args:
        regions: where the regions are.
        inside: the combinations that are to be covered.
        outside: all others that occur.
        coordinates: the level of each; the combination that has the lowest codes of the first is taken first.
        both_ways: whether to free the last coordinates first as well, and to take what asks less.
    """
    # What is freed first can be freed most: one order and its reverse find the boxes that people name.
    orders = (coordinates, coordinates[::-1]) if both_ways else (coordinates,)
    primes: dict[Box, int] = {}
    left = inside
    while left != regions.nothing:
        seed = regions.lowest(left, coordinates)
        for order in orders:
            held = _grown(regions, inside, outside, seed, order)
            box = tuple([held.get(level) for level in coordinates])
            if box not in primes:
                primes[box] = regions.both(inside, regions.box(held))
            left = regions.less(left, primes[box])
    return _irredundant(regions, list(_chosen(regions, primes, inside)), primes)


def within(regions: Regions, region: int, coordinates: Sequence[int], box: Box) -> int:
    """What of a region is in a box."""
    held = {level: codes for level, codes in zip(coordinates, box, strict=True) if codes is not None}
    return regions.both(region, regions.box(held))


def _grown(
    regions: Regions, inside: int, outside: int, seed: dict[int, int], order: Sequence[int]
) -> dict[int, frozenset[int]]:
    """The box around a combination that can't grow, with no more in it than occurs; without what is free."""
    held = {level: frozenset([code]) for level, code in seed.items()}
    grows = True
    while grows:
        grows = False
        for level in order:
            if level in held:
                more = regions.met(inside, level, held) & ~regions.met(outside, level, held)
                if not held[level].issuperset(bits(more)):
                    held[level] |= {*bits(more)}
                    grows = True
        for level in order:
            # Of what never occurs with the rest, either may be said; less is more.
            if level in held and not regions.met(outside, level, held):
                del held[level]
                grows = True
    return held


def _chosen(regions: Regions, primes: dict[Box, int], inside: int) -> Iterator[Box]:
    """Those first that cover the most of what is left, of these the ones that ask the least."""
    left = inside
    boxes = list(primes)
    # What a box covers of what is left gets no more: it is counted again where it is the first.
    ranked = [(-regions.size(primes[box]), -box.count(None), number) for number, box in enumerate(boxes)]
    heapq.heapify(ranked)
    while left != regions.nothing:
        size, free, number = ranked[0]
        box = boxes[number]
        now = -regions.size(regions.both(primes[box], left))
        if now == size:
            yield box
            left = regions.less(left, primes[box])
        heapq.heapreplace(ranked, (now, free, number))


def _irredundant(regions: Regions, found: list[Box], primes: dict[Box, int]) -> list[Box]:
    for box in reversed(tuple(found)):
        left = primes[box]
        for other in found:
            if other != box:
                left = regions.less(left, primes[other])
        if left == regions.nothing:
            found.remove(box)
    return found
