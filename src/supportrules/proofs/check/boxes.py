"""Regions as boxes, each as large as it can be, none too many: all of some combinations, none of the others.

They are found greedily, so that fewer may do.
"""

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
            box, within = space.grown(seed, order)
            primes[box] = within & inside
            left &= ~primes[box]
    return _irredundant(_chosen(primes, inside), primes)


def rows_in(rows: Array, box: Box) -> Array:
    """Which rows are in a box."""
    import numpy

    found: Array = numpy.ones(len(rows), dtype=bool)
    for column, codes in zip(rows.T, box, strict=True):
        if codes is not None:
            inside = numpy.zeros(int(column.max(initial=0)) + 1, dtype=bool)
            inside[[code for code in codes if code < len(inside)]] = True
            found &= inside[column]
    return found


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
        self.inside = inside
        self.columns = [numpy.ascontiguousarray(column) for column in rows.T]
        self.widths = [int(column.max()) + 1 for column in self.columns]
        places = range(len(self.widths))
        # What is freed first can be freed most: one order and its reverse find the boxes that people name.
        self.orders: tuple[Sequence[int], ...] = (places, places[::-1])

    def grown(self, seed: Array, order: Sequence[int]) -> tuple[Box, Array]:
        """The box around a row that can't grow, with no more in it than occurs; and which rows are in it."""
        np = self._np
        holds = [self._table(place, [code]) for place, code in enumerate(seed.tolist())]
        # A bit for each coordinate that keeps a row out.
        out = np.zeros(len(self.inside), dtype=np.int64)
        for place in order:
            out |= self._kept_out(holds, place)
        free: set[int] = set()
        grows = True
        while grows:
            grows = False
            for place in order:
                inside, outside = self._met(out, place)
                more = inside & ~outside & ~holds[place]
                if more.any():
                    holds[place] |= more
                    out = out & ~(1 << place) | self._kept_out(holds, place)
                    grows = True
            for place in order:
                # Of what never occurs with the rest, either may be said; less is more.
                if place not in free and not self._met(out, place)[1].any():
                    holds[place][:] = True
                    out &= ~(1 << place)
                    free.add(place)
                    grows = True
        box = tuple(
            None if place in free else frozenset(np.flatnonzero(codes).tolist())
            for place, codes in enumerate(holds)
        )
        return box, out == 0

    def _table(self, place: int, codes: list[int]) -> Array:
        """Which codes of a coordinate are some."""
        table: Array = self._np.zeros(self.widths[place], dtype=bool)
        table[codes] = True
        return table

    def _kept_out(self, holds: list[Array], place: int) -> Array:
        kept: Array = (~holds[place][self.columns[place]]).astype(self._np.int64) << place
        return kept

    def _met(self, out: Array, place: int) -> tuple[Array, Array]:
        """The codes of one coordinate that occur with the rest of a box, in rows inside and outside."""
        np = self._np
        alone = np.flatnonzero(out & ~(1 << place) == 0)
        codes, inside = self.columns[place][alone], self.inside[alone]
        both = [np.bincount(codes[side], minlength=self.widths[place]) > 0 for side in (inside, ~inside)]
        return both[0], both[1]
