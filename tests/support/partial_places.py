"""An answer over its facts, each of which has one more code, for unknown: a set of values at each place.

An oracle for what is open, worked out from arrays of all combinations (`dense_arrays`): what is unknown is the union
along an axis. Places are those of many tickets at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dense_arrays import completions
from supportrules import Policy
from supportrules.engine.tables.possible import Possible, ordered
from supportrules.policy.vocabulary import UNKNOWN

Array = np.ndarray[Any, np.dtype[Any]]


class PartialPlaces:
    """All places of an answer.

    Args:
        policy: the policy.
        name: the answer.

    Attributes:
        axes: for each fact that it may depend on, the groups of its values.
        sizes: how many codes each fact has, the last of which is that it is unknown.
    """

    def __init__(self, policy: Policy, name: str) -> None:
        self._program, self._name = policy.program, name
        program, asked = policy.program, policy.tables.forest.levels.level
        self.axes = {fact: program.axes[fact] for fact in program.support[name] if fact in asked}
        self.sizes = [len(groups) + 1 for groups in self.axes.values()]
        nothing: dict[str, Any] = dict.fromkeys(policy.definition.vocabulary.facts, UNKNOWN)
        grid = completions(policy, nothing, axes=self.axes).grid(name)
        shape = [size - 1 for size in self.sizes]
        numbers, strengths = (np.broadcast_to(array, shape) for array in (grid.numbers, grid.strengths))
        self._values, fault = grid.values, len(grid.values)
        kind = np.min_scalar_type((2 << fault) - 1).type
        # By number: of each value; of facts that contradict each other (-2), of a fault (-1).
        alone = np.array([*(1 << number for number in range(fault)), 0, 1 << fault], dtype=kind)
        self._alone = alone[numbers]
        self._sets = self._with_unknown(self._alone, np.bitwise_or)
        self._strengths = self._with_unknown(np.where(numbers < 0, 0, strengths).astype(np.int8), np.maximum)

    def _with_unknown(self, array: Array, unite: np.ufunc, without: int | None = None) -> Array:
        """One more code of each fact but one."""
        # From the last one on, so that large arrays are put together in large parts.
        for axis in reversed(range(len(self.axes))):
            if axis != without:
                array = np.concatenate([array, unite.reduce(array, axis=axis, keepdims=True)], axis=axis)
        return array

    def some(self, rng: np.random.Generator, most: int) -> Array:
        """The codes of some places, from those of which nothing is known to complete ones; all if they are few."""
        if math.prod(self.sizes) <= most:
            return np.indices(self.sizes).reshape(len(self.sizes), -1)
        known = rng.random(most)
        return np.array(
            [np.where(rng.random(most) < known, rng.integers(0, n - 1, most), n - 1) for n in self.sizes]
        )

    def facts(self, codes: Sequence[int]) -> dict[str, Any]:
        """The facts that are known at a place."""
        known = zip(self.axes.items(), codes, strict=True)
        return {fact: groups[code][0] for (fact, groups), code in known if code < len(groups)}

    def possible(self, places: Array) -> Iterator[Possible]:
        """What the answer can be at each of some places."""
        sets = self._sets[tuple(places)]
        told = {found: self._told(found) for found in np.unique(sets).tolist()}
        left = dict(self._left(places, sets))
        rows = np.array(list(left.values())).T.tolist()
        for found, strength, each in zip(
            sets.tolist(), self._strengths[tuple(places)].tolist(), rows, strict=True
        ):
            missing = {fact: count for fact, count in zip(left, each, strict=True) if count}
            yield Possible(*told[found], strength, missing)

    def _told(self, found: int) -> tuple[tuple[Any, ...], bool]:
        """The values of a set, and whether there is a fault."""
        values = [value for number, value in enumerate(self._values) if found >> number & 1]
        return ordered(self._program, self._name, values), bool(found >> len(self._values))

    def _left(self, places: Array, sets: Array) -> Iterator[tuple[str, Array]]:
        """For each fact how many values it leaves on average once it is known; 0 where it makes no difference."""
        is_open = np.bitwise_count(sets) > 1
        for axis, (fact, groups) in enumerate(self.axes.items()):
            together = np.bitwise_or.reduce(self._alone, axis=axis, keepdims=True)
            differs = self._with_unknown(np.bitwise_count(together) > 1, np.logical_or, axis)
            anywhere = places.copy()
            anywhere[axis] = 0
            rows = np.flatnonzero(is_open & (places[axis] == self.sizes[axis] - 1) & differs[tuple(anywhere)])
            total, weights = np.zeros(len(rows), dtype=int), np.zeros(len(rows), dtype=int)
            for code, group in enumerate(groups):
                known = places[:, rows]
                known[axis] = code
                counts = np.bitwise_count(self._sets[tuple(known)]).astype(int)
                total += counts * len(group)
                weights += (counts > 0) * len(group)
            left = np.zeros(places.shape[1])
            left[rows] = total / weights
            yield fact, left
