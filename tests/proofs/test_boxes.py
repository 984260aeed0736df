"""Boxes that cover some combinations: all of them, none besides, none too many, and each as large as it can be."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from supportrules.proofs.check.boxes import Box, cover, rows_in


@st.composite
def regions(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], list[bool]]:
    widths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    every = list(itertools.product(*map(range, widths)))
    occurs = draw(st.lists(st.booleans(), min_size=len(every), max_size=len(every)))
    rows = [row for row, kept in zip(every, occurs, strict=True) if kept] or every
    # Few inside and many are both of interest.
    inside = draw(st.lists(st.sampled_from([True, True, False]), min_size=len(rows), max_size=len(rows)))
    return rows, inside


def holds(box: Box, row: tuple[int, ...]) -> bool:
    return all(codes is None or code in codes for codes, code in zip(box, row, strict=True))


@given(regions())
def test_boxes_cover_what_is_inside_and_nothing_else(
    region: tuple[list[tuple[int, ...]], list[bool]],
) -> None:
    rows, inside = region
    boxes = cover(np.array(rows), np.array(inside))
    for row, wanted in zip(rows, inside, strict=True):
        assert any(holds(box, row) for box in boxes) == wanted


@given(regions())
def test_no_box_can_be_dropped(region: tuple[list[tuple[int, ...]], list[bool]]) -> None:
    rows, inside = region
    boxes = cover(np.array(rows), np.array(inside))
    for box in boxes:
        rest = [other for other in boxes if other is not box]
        assert any(holds(box, row) and not any(holds(other, row) for other in rest) for row in rows)


@given(regions())
def test_no_box_can_be_widened(region: tuple[list[tuple[int, ...]], list[bool]]) -> None:
    rows, inside = region
    outside = [row for row, wanted in zip(rows, inside, strict=True) if not wanted]
    for box in cover(np.array(rows), np.array(inside)):
        for place, codes in enumerate(box):
            if codes is None:
                continue
            free = (*box[:place], None, *box[place + 1 :])
            # It asks something of a coordinate only where it has to, and no more than it has to.
            assert any(holds(free, row) for row in outside)
            for code in {row[place] for row in rows if holds(free, row)} - codes:
                assert any(holds(free, row) and row[place] == code for row in outside)


@given(regions(), st.data())
def test_rows_in_a_box(region: tuple[list[tuple[int, ...]], list[bool]], data: st.DataObject) -> None:
    rows, inside = region
    # Boxes of other rows can name codes that these do not have.
    box = data.draw(
        st.sampled_from([*cover(np.array(rows), np.array(inside)), (frozenset([9]),) * len(rows[0])])
    )
    assert rows_in(np.array(rows), box).tolist() == [holds(box, row) for row in rows]


def test_a_region_that_is_everything_asks_nothing() -> None:
    assert cover(np.array([(0, 1), (1, 0)]), np.array([True, True])) == [(None, None)]
