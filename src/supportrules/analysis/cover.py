"""Regions as boxes: the fewest largest ones that cover some combinations and none of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

# For each coordinate, the codes that are inside; None where nothing is asked of it.
Box = tuple[frozenset[int] | None, ...]


def cover(rows: Array, inside: Array, *, both_ways: bool = True) -> list[Box]:
    """Boxes that together hold the rows inside and no other row.

    None can be left out, and none can take in one more code that occurs with the rest of it, nor ask less.

    Args:
        rows: the combinations that occur, one a row, a code for each coordinate.
        inside: which of the rows are to be covered.
        both_ways: whether to free the last coordinates first as well, and to take what asks less.
    """
    space = _Space(rows, inside)
    orders = space.orders if both_ways else space.orders[:1]
    primes: dict[Box, Array] = {}
    left = inside.copy()
    while left.any():
        seed = rows[int(left.argmax())]
        for order in orders:
            box = space.grown(seed, order)
            primes[box] = held = space.held(box) & inside
            left &= ~held
    return _irredundant(_chosen(primes, inside), primes)


def _chosen(primes: dict[Box, Array], inside: Array) -> Iterator[Box]:
    """Those first that cover the most of what is left, of these the ones that ask the least."""
    left = inside.copy()
    while left.any():

        def worth(box: Box, left: Array = left) -> tuple[int, int]:
            return int((primes[box] & left).sum()), sum(codes is None for codes in box)

        best = max(primes, key=worth)
        yield best
        left &= ~primes[best]


def _irredundant(boxes: Iterator[Box], primes: dict[Box, Array]) -> list[Box]:
    found = list(boxes)
    for box in reversed(tuple(found)):
        counts = sum(primes[other].astype(int) for other in found if other != box)
        if len(found) > 1 and not (primes[box] & (counts == 0)).any():
            found.remove(box)
    return found


class _Space:
    """The combinations that occur."""

    def __init__(self, rows: Array, inside: Array) -> None:
        import numpy

        self._np = numpy
        self.rows, self.inside, self.outside = rows, inside, ~inside
        self.widths = [int(column.max()) + 1 for column in rows.T]
        places = range(len(self.widths))
        # What is freed first can be freed most: one order and its reverse find the boxes that people name.
        self.orders: tuple[Sequence[int], ...] = (places, places[::-1])

    def grown(self, seed: Array, order: Sequence[int]) -> Box:
        """The box around a row that can't grow, with no more in it than occurs."""
        np = self._np
        holds = []
        for place, width in enumerate(self.widths):
            codes = np.zeros(width, dtype=bool)
            codes[seed[place]] = True
            holds.append(codes)
        free: set[int] = set()
        grows = True
        while grows:
            grows = False
            for place in order:
                inside, outside = self._met(holds, place)
                more = inside & ~outside & ~holds[place]
                if more.any():
                    holds[place] |= more
                    grows = True
            for place in order:
                # Of what never occurs with the rest, either may be said; less is more.
                if place not in free and not self._met(holds, place)[1].any():
                    holds[place][:] = True
                    free.add(place)
                    grows = True
        return tuple(
            None if place in free else frozenset(np.flatnonzero(codes).tolist())
            for place, codes in enumerate(holds)
        )

    def held(self, box: Box) -> Array:
        """The rows in a box."""
        np = self._np
        held: Array = np.ones(len(self.rows), dtype=bool)
        for place, codes in enumerate(box):
            if codes is not None:
                held &= np.isin(self.rows[:, place], list(codes))
        return held

    def _met(self, holds: list[Array], place: int) -> tuple[Array, Array]:
        """The codes of one coordinate that occur with the rest of a box, in rows inside and outside."""
        alone = self._misses(holds) - ~holds[place][self.rows[:, place]] == 0
        width = self.widths[place]
        found = [
            self._np.bincount(self.rows[side & alone, place], minlength=width) > 0
            for side in (self.inside, self.outside)
        ]
        return found[0], found[1]

    def _misses(self, holds: list[Array]) -> Array:
        """How many coordinates keep each row out."""
        misses = self._np.zeros(len(self.rows), dtype=self._np.int16)
        for place, codes in enumerate(holds):
            misses += ~codes[self.rows[:, place]]
        return misses
