"""Numbers for the distinct combinations of several columns of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]


class Combinations:
    """The distinct combinations of codes that occur, and which of them each row has."""

    def __init__(self, np: Any, numbers: Array) -> None:
        self._np = np
        # The combinations, in the order of their numbers.
        self.distinct: list[tuple[int, ...]] = [()]
        self.numbers = numbers

    def add(self, codes: Array, width: int) -> None:
        """Takes one more input; numbering anew after each keeps every number small."""
        np = self._np
        pairs = self.numbers * width + codes
        count = len(self.distinct) * width
        if count > pairs.size * 4:
            distinct, numbers = np.unique(pairs, return_inverse=True)
            self.numbers = numbers.reshape(pairs.shape)
        else:
            seen = np.zeros(count, dtype=bool)
            seen[pairs] = True
            distinct = np.flatnonzero(seen)
            position = np.zeros(count, dtype=np.int64)
            position[distinct] = np.arange(len(distinct))
            self.numbers = position[pairs]
        self.distinct = [(*self.distinct[pair // width], pair % width) for pair in distinct.tolist()]
