"""Sets of values as bits, so that a union over axes is one reduction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_WORD = 64


class Sets:
    """A set of numbers at each place of an array.

    Args:
        words: arrays of one shape with a bit for each of 64 numbers; those of the first begin with 0.
    """

    def __init__(self, words: Sequence[Array]) -> None:
        import numpy

        self._np, self.words = numpy, tuple(words)

    @classmethod
    def of(cls, numbers: Array, valid: Array, count: int) -> Sets:
        """The sets of one number each.

        Args:
            numbers: the number at each place.
            valid: where there is one; elsewhere the set is empty.
            count: how many numbers there are.
        """
        import numpy as np

        kind = np.min_scalar_type((1 << min(count, _WORD)) - 1).type
        bits = np.left_shift(kind(1), (numbers % _WORD).astype(kind))
        words = range(words_of(count))
        return cls([np.where(valid & (numbers // _WORD == word), bits, kind(0)) for word in words])

    def union(self, axes: int | tuple[int, ...] | None, *, keepdims: bool = False) -> Sets:
        """The unions along some axes, or over all."""
        unite: Any = self._np.bitwise_or.reduce
        return Sets([unite(word, axis=axes, keepdims=keepdims) for word in self.words])

    def at(self, places: Array) -> Sets:
        """Those at some places of an array of one dimension."""
        return Sets([self._np.take(word, places) for word in self.words])

    def counts(self) -> Array:
        """How many numbers each has."""
        counts = [self._np.bitwise_count(word) for word in self.words]
        return sum(counts[1:], counts[0].astype(self._np.int64) if len(counts) > 1 else counts[0])

    def has(self, number: int) -> Array:
        """Which of them have a number."""
        word = self.words[number // _WORD]
        found: Array = (word >> word.dtype.type(number % _WORD)) & word.dtype.type(1)
        return found

    def only(self) -> Array:
        """The number of each that has one; of those that are empty, 0."""
        found = self._np.zeros(self.words[0].shape, dtype=self._np.int64)
        for place, word in enumerate(self.words):
            below = self._np.bitwise_count(word - word.dtype.type(1)) + _WORD * place
            found = self._np.where(word > 0, below, found)
        return found


def words_of(count: int) -> int:
    """How many words hold so many numbers."""
    return -(-count // _WORD)


def numbers_in(words: Sequence[int]) -> list[int]:
    """The numbers of one set."""
    return [
        _WORD * place + bit for place, word in enumerate(words) for bit in range(_WORD) if word >> bit & 1
    ]
