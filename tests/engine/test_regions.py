"""Regions as diagrams, beside sets of combinations that are written out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportrules.engine.diagrams.diagram import TooLarge
from supportrules.engine.diagrams.regions import Held, Regions, between

WIDTHS = (2, 3, 4, 2)
EVERY = list(itertools.product(*map(range, WIDTHS)))
ROWS = st.sets(st.sampled_from(EVERY))
BOX = st.dictionaries(st.integers(0, 3), st.frozensets(st.integers(0, 3)), max_size=3).map(
    lambda box: {level: codes & frozenset(range(WIDTHS[level])) for level, codes in box.items()}
)
ORDER = st.permutations(range(len(WIDTHS)))

Row = tuple[int, ...]


def of(regions: Regions, rows: Iterable[Row]) -> int:
    found = regions.nothing
    for row in rows:
        box = {level: frozenset([code]) for level, code in enumerate(row)}
        found = regions.either(found, regions.box(box))
    return found


def holds(box: Held, row: Row) -> bool:
    return all(row[level] in codes for level, codes in box.items())


@given(ROWS, ROWS, BOX)
def test_regions_are_sets(one: set[Row], other: set[Row], box: Held) -> None:
    regions = Regions(WIDTHS, 1_000_000)
    first, second = of(regions, one), of(regions, other)
    assert regions.both(first, second) == of(regions, one & other)
    assert regions.either(first, second) == of(regions, one | other)
    assert regions.less(first, second) == of(regions, one - other)
    assert regions.box(box) == of(regions, [row for row in EVERY if holds(box, row)])
    assert regions.size(first) == len(one)


@given(ROWS, st.integers(0, 3), st.integers(0, 1))
def test_a_level_that_is_known_or_free(rows: set[Row], level: int, code: int) -> None:
    regions = Regions(WIDTHS, 1_000_000)
    region = of(regions, rows)

    def moved(row: Row, code: int) -> Row:
        return (*row[:level], code, *row[level + 1 :])

    known = [row for row in EVERY if moved(row, code) in rows]
    assert regions.given(region, level, code) == of(regions, known)
    free = [row for row in EVERY if any(moved(row, each) in rows for each in range(WIDTHS[level]))]
    assert regions.freed(region, level) == of(regions, free)


@given(ROWS, BOX, st.integers(0, 3), ORDER)
def test_codes_that_are_met(rows: set[Row], box: Held, level: int, order: list[int]) -> None:
    regions = Regions(WIDTHS, 1_000_000)
    region, held = of(regions, rows), {at: codes for at, codes in box.items() if codes and at != level}
    codes = {row[level] for row in rows if holds(held, row)}
    assert regions.met(region, level, held) == sum(1 << code for code in codes)
    if rows:
        lowest = min(rows, key=lambda row: [row[level] for level in order])
        assert regions.lowest(region, order) == dict(enumerate(lowest))


@given(st.lists(ROWS, max_size=3), BOX, st.lists(BOX, max_size=3))
def test_whether_regions_meet(sets: list[set[Row]], box: Held, without: list[Held]) -> None:
    regions = Regions(WIDTHS, 1_000_000)
    left = [row for row in set(EVERY).intersection(*sets) if holds(box, row)]
    expected = any(not any(holds(each, row) for each in without) for row in left)
    assert regions.meets([of(regions, rows) for rows in sets], box, without) == expected


@given(BOX, BOX)
def test_what_two_boxes_let_through(one: Held, other: Held) -> None:
    both = between(one, other)
    assert [holds(both, row) for row in EVERY] == [holds(one, row) and holds(other, row) for row in EVERY]


def test_a_region_of_too_many_nodes() -> None:
    regions = Regions((2,) * 20, 10)
    with pytest.raises(TooLarge):
        regions.box({level: frozenset([0]) for level in range(20)})
