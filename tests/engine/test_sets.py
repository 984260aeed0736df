"""Sets as bits are sets of Python's."""

from __future__ import annotations

import random

import numpy as np
import pytest

from supportrules.engine.tables.sets import Sets, numbers_in, words_of

SHAPE = (3, 4, 5)


@pytest.mark.parametrize("count", [1, 3, 8, 9, 31, 32, 63, 64, 65, 128, 129, 200])
def test_unions_are_those_of_sets(count: int) -> None:
    rng = np.random.default_rng(count)
    numbers, valid = rng.integers(0, count, SHAPE), rng.random(SHAPE) < 0.4
    # The first and the last number stand at the edges of words.
    numbers[0, 0, :2], valid[0, 0, :2] = (0, count - 1), True
    sets = Sets.of(numbers, valid, count)
    for axes in (None, 0, 2, (0, 2), (0, 1, 2)):
        union = sets.union(axes)
        chosen = range(3) if axes is None else (axes,) if isinstance(axes, int) else axes
        left = [axis for axis in range(3) if axis not in chosen]
        expected: dict[tuple[int, ...], set[int]] = {
            place: set() for place in np.ndindex(*(SHAPE[axis] for axis in left))
        }
        for place in np.ndindex(SHAPE):
            if valid[place]:
                expected[tuple(place[axis] for axis in left)].add(int(numbers[place]))
        for place, values in expected.items():
            assert numbers_in([int(word[place]) for word in union.words]) == sorted(values)
            assert union.counts()[place] == len(values)
            for number in (0, count // 2, count - 1):
                assert bool(union.has(number)[place]) == (number in values)
            if len(values) < 2:
                assert union.only()[place] == sum(values)
    flat = Sets([word.ravel() for word in sets.words])
    places = np.array([0, 1, 17])
    assert [word.tolist() for word in flat.at(places).words] == [
        word.ravel()[places].tolist() for word in sets.words
    ]


def test_few_values_take_little_memory() -> None:
    zeros, valid = np.zeros(4, dtype=int), np.ones(4, dtype=bool)
    sizes = {count: Sets.of(zeros, valid, count).words[0].dtype.itemsize for count in (8, 9, 16, 17, 64)}
    assert sizes == {8: 1, 9: 2, 16: 2, 17: 4, 64: 8}
    assert [words_of(count) for count in (1, 64, 65, 129)] == [1, 1, 2, 3]


def test_a_union_keeps_its_places_if_asked() -> None:
    rng = random.Random(2)
    numbers = np.array([[rng.randrange(70) for _ in range(3)] for _ in range(2)])
    union = Sets.of(numbers, numbers >= 0, 70).union(1, keepdims=True)
    assert [word.shape for word in union.words] == [(2, 1), (2, 1)]
    assert union.counts().ravel().tolist() == [len(set(row)) for row in numbers.tolist()]
