"""An answer over its own facts, each of which has one more place, for unknown: for many tickets at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supportrules.base.locks import fork_safe_lock
from supportrules.engine.tables.completions import Combinations, CompletionGrid
from supportrules.engine.tables.sets import Sets, numbers_in, words_of
from supportrules.policy.definition import BASES

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

# How many places an answer can have to be spread: some 500 megabytes.
MOST_PLACES = 50_000_000

# One for all spreads: learning is rare once they are known.
_lock = fork_safe_lock()


@dataclass(frozen=True)
class Settlement:
    """What an answer comes to where as much is known.

    Args:
        values: those that are possible, in the order of their domain.
        faulty: whether the policy has no answer for some completion.
        strength: the weakest basis of any of them.
        missing: the unknown facts that it depends on, the most telling first, with the number of values that
            are left on average when the fact is known.
    """

    values: tuple[Any, ...]
    faulty: bool
    strength: int
    missing: Mapping[str, float]

    @property
    def settled(self) -> bool:
        """Whether all completions agree."""
        return len(self.values) == 1 and not self.faulty


class Spread:
    """What an answer comes to, for each combination of places of its facts, the last of which is "unknown".

    The array of a grid gets one more place along every axis, which is the union along it. What follows from
    the sets is worked out for the combinations that are asked for, all at once; safe in threads.

    Args:
        grid: the answer for complete facts.
        weights: for each axis, for how many values of the fact each place stands.
        ordered: puts values into their order.
    """

    def __init__(
        self,
        grid: CompletionGrid,
        weights: Sequence[Sequence[int]],
        ordered: Callable[[Sequence[Any]], tuple[Any, ...]],
    ) -> None:
        import numpy as np

        self._np, self._grid, self._weights, self._ordered = np, grid, weights, ordered
        self.facts = grid.facts
        # A fault is a value of its own, so that what leads to one counts as a difference.
        self._fault = len(grid.values)
        # -2 is where the facts contradict each other, -1 where there is a fault.
        numbers = np.where(grid.numbers == -1, self._fault, grid.numbers)
        sets = Sets.of(numbers, numbers >= 0, self._fault + 1)
        strengths = np.asarray(np.where(grid.numbers < 0, 0, grid.strengths), dtype=np.uint8)
        sizes = grid.numbers.shape
        self.shape = tuple(size + 1 for size in sizes)
        self._strides = [math.prod(self.shape[axis + 1 :]) for axis in range(len(sizes))]
        # Bit by bit, whether a fact that is unknown changes the answer in some completion of the others.
        telling = np.zeros(self.shape, dtype=np.min_scalar_type((1 << len(sizes)) - 1))
        known = tuple(slice(size) for size in sizes)
        for axis in range(len(sizes)):
            differs = sets.union(axis, keepdims=True).counts() > 1
            unknown = (*known[:axis], slice(-1, None), *known[axis + 1 :])
            telling[unknown] = differs.astype(telling.dtype) << axis
        self._telling = self._united(telling, np.bitwise_or)
        self._sets = Sets([self._united(self._longer(word), np.bitwise_or) for word in sets.words])
        self._strengths = self._united(self._longer(strengths), np.maximum)
        # By place the number of what it comes to, from 1; 0 where nobody asked yet, which takes no memory.
        self._numbers: Array = np.zeros(math.prod(self.shape), dtype=np.uint16)
        self.settlements: list[Settlement] = []
        self._settled = self._number_settled()
        self._known: dict[tuple[Any, ...], int] = {}

    @staticmethod
    def fits(sizes: Sequence[int], values: int) -> bool:
        """Whether an answer with so many places along its axes, and so many values, can be spread."""
        return math.prod(size + 1 for size in sizes) * words_of(values + 1) <= MOST_PLACES

    def numbers(self, places: Sequence[Array], rows: int) -> Array:
        """What an answer comes to for many tickets.

        Args:
            places: for each fact the place of each ticket.
            rows: how many tickets there are.

        Returns:
            Indices of `settlements`.
        """
        np = self._np
        keys = np.zeros(rows, dtype=np.int64)
        for column, stride in zip(places, self._strides, strict=True):
            keys += column * np.int64(stride)
        found = np.take(self._numbers, keys)
        if not found.all():
            with _lock:
                fresh = np.unique(keys[found == 0])
                self._learn(fresh[np.take(self._numbers, fresh) == 0])
            found = np.take(self._numbers, keys)
        settled: Array = found.astype(np.int32) - 1
        return settled

    def _longer(self, array: Array) -> Array:
        """The same with one more place along every axis."""
        longer: Array = self._np.zeros(self.shape, dtype=array.dtype)
        longer[tuple(slice(size) for size in array.shape)] = array
        return longer

    def _united(self, array: Array, union: Any) -> Array:
        """Takes into the last place along each axis the union of the others."""
        for axis in range(array.ndim):
            moved = self._np.moveaxis(array, axis, 0)
            last = moved[-1:]
            for place in range(len(moved) - 1):
                union(last, moved[place : place + 1], out=last)
        return array.ravel()

    def _number_settled(self) -> Array:
        """The numbers of what is settled, by that of the value, and strength; the last is that of none."""
        numbers = [*([number] for number in range(self._fault + 1)), []]
        for each in numbers:
            for strength in range(len(BASES)):
                self.settlements.append(self._settlement(each, strength, {}))
        found: Array = self._np.arange(1, len(self.settlements) + 1, dtype=self._np.int32)
        return found.reshape(len(numbers), len(BASES))

    def _learn(self, keys: Array) -> None:
        np = self._np
        sets = self._sets.at(keys)
        counts = sets.counts()
        settled = keys[counts <= 1]
        values = np.where(counts == 0, self._fault + 1, sets.only())[counts <= 1]
        self._numbers[settled] = self._settled[values, self._strengths[settled]]
        if settled.size < keys.size:
            self._learn_open(keys[counts > 1])

    def _learn_open(self, keys: Array) -> None:
        np = self._np
        left = np.full((len(self.facts), keys.size), np.inf)
        # What leaves equally many is ordered by name.
        by_name = sorted(range(len(self.facts)), key=lambda axis: self.facts[axis])
        telling = self._telling[keys]
        for row, axis in enumerate(by_name):
            chosen = np.flatnonzero(telling >> axis & 1)
            if chosen.size:
                left[row, chosen] = self._left(keys[chosen], axis)
        self._number(keys, by_name, left)

    def _left(self, keys: Array, axis: int) -> Array:
        """How many values are left on average, once the fact of an axis is known that was not."""
        np, size, stride = self._np, self.shape[axis] - 1, self._strides[axis]
        left, all_weights = np.zeros(keys.size, dtype=np.int64), np.zeros(keys.size, dtype=np.int64)
        for place, weight in enumerate(self._weights[axis]):
            counts = self._sets.at(keys - (size - place) * stride).counts().astype(np.int64)
            left += counts * weight
            all_weights += (counts > 0) * weight
        average: Array = left / all_weights
        return average

    def _number(self, keys: Array, by_name: Sequence[int], left: Array) -> None:
        """Numbers what is possible at some places, and in which order the facts tell most."""
        np = self._np
        combinations = Combinations(np, np.zeros(keys.size, dtype=np.int64))
        sets = self._sets.at(keys)
        words: list[list[int]] = []
        for word in sets.words:
            distinct, which = np.unique(word, return_inverse=True)
            combinations.add(which, len(distinct))
            words.append(distinct.tolist())
        combinations.add(self._strengths[keys].astype(np.int64), len(BASES))
        order = np.argsort(left, axis=0, kind="stable")
        ranked = np.take_along_axis(left, order, axis=0)
        # What else an answer may depend on leaves all its values: on which side of that a fact stands.
        count = sets.counts() - sets.has(self._fault)
        end = 3 * len(by_name)
        for rank in range(int((ranked < np.inf).sum(axis=0).max())):
            codes = np.where(ranked[rank] < np.inf, 3 * order[rank] + 1 + np.sign(ranked[rank] - count), end)
            combinations.add(codes.astype(np.int64), end + 1)
        _, firsts = np.unique(combinations.numbers, return_index=True)
        numbers = []
        for codes, first in zip(combinations.distinct, firsts.tolist(), strict=True):
            bits = tuple(distinct[code] for distinct, code in zip(words, codes, strict=False))
            strength, *told = codes[len(words) :]
            told = [code for code in told if code != end]
            known = (bits, strength, *told)
            if known not in self._known:
                missing = {
                    self.facts[by_name[row]]: float(left[row, first]) for row in (code // 3 for code in told)
                }
                self.settlements.append(self._settlement(numbers_in(bits), strength, missing))
                self._known[known] = len(self.settlements)
            numbers.append(self._known[known])
        if len(self.settlements) > np.iinfo(self._numbers.dtype).max:
            self._numbers = self._numbers.astype(np.int32)
        self._numbers[keys] = np.array(numbers, dtype=self._numbers.dtype)[combinations.numbers]

    def _settlement(self, numbers: Sequence[int], strength: int, missing: Mapping[str, float]) -> Settlement:
        values = [self._grid.values[number] for number in numbers if number != self._fault]
        return Settlement(self._ordered(values), self._fault in numbers, strength, missing)
