"""Boxes that cover some combinations: all of them, none besides, none too many, and each as large as it can be."""

from __future__ import annotations

import itertools
from collections.abc import Collection

from hypothesis import given, settings
from hypothesis import strategies as st

from supportrules.engine.diagrams.regions import Regions
from supportrules.proofs.check.boxes import Box, cover, within


@st.composite
def regions(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], list[bool]]:
    widths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    every = list(itertools.product(*map(range, widths)))
    occurs = draw(st.lists(st.booleans(), min_size=len(every), max_size=len(every)))
    rows = [row for row, kept in zip(every, occurs, strict=True) if kept] or every
    # Few inside and many are both of interest.
    inside = draw(st.lists(st.sampled_from([True, True, False]), min_size=len(rows), max_size=len(rows)))
    return rows, inside


class Region:
    """Rows inside a region and outside of it, the last coordinate asked first."""

    def __init__(self, rows: list[tuple[int, ...]], inside: list[bool]) -> None:
        widths = [max(codes) + 1 for codes in zip(*rows, strict=True)][::-1]
        self.regions, self.coordinates = Regions(widths, 1_000_000), range(len(widths))[::-1]
        self.inside = self.of([row for row, wanted in zip(rows, inside, strict=True) if wanted])
        self.outside = self.of([row for row, wanted in zip(rows, inside, strict=True) if not wanted])

    def of(self, rows: Collection[tuple[int, ...]]) -> int:
        found = self.regions.nothing
        for row in rows:
            found = self.regions.either(
                found, self.regions.box({n: frozenset([c]) for n, c in enumerate(row[::-1])})
            )
        return found

    def cover(self) -> list[Box]:
        return cover(self.regions, self.inside, self.outside, self.coordinates)


def holds(box: Box, row: tuple[int, ...]) -> bool:
    return all(codes is None or code in codes for codes, code in zip(box, row, strict=True))


@given(regions())
def test_boxes_cover_what_is_inside_and_nothing_else(
    region: tuple[list[tuple[int, ...]], list[bool]],
) -> None:
    rows, inside = region
    boxes = Region(rows, inside).cover()
    for row, wanted in zip(rows, inside, strict=True):
        assert any(holds(box, row) for box in boxes) == wanted


@given(regions())
def test_no_box_can_be_dropped(region: tuple[list[tuple[int, ...]], list[bool]]) -> None:
    rows, inside = region
    boxes = Region(rows, inside).cover()
    for box in boxes:
        rest = [other for other in boxes if other is not box]
        assert any(holds(box, row) and not any(holds(other, row) for other in rest) for row in rows)


@given(regions())
def test_no_box_can_be_widened(region: tuple[list[tuple[int, ...]], list[bool]]) -> None:
    rows, inside = region
    outside = [row for row, wanted in zip(rows, inside, strict=True) if not wanted]
    for box in Region(rows, inside).cover():
        for place, codes in enumerate(box):
            if codes is None:
                continue
            free = (*box[:place], None, *box[place + 1 :])
            # It asks something of a coordinate only where it has to, and no more than it has to.
            assert any(holds(free, row) for row in outside)
            for code in {row[place] for row in rows if holds(free, row)} - codes:
                assert any(holds(free, row) and row[place] == code for row in outside)


@settings(deadline=None)
@given(regions(), st.data())
def test_what_is_within_a_box(region: tuple[list[tuple[int, ...]], list[bool]], data: st.DataObject) -> None:
    rows, inside = region
    found = Region(rows, inside)
    box = data.draw(st.sampled_from([*found.cover(), (frozenset([9]),) * len(rows[0])]))
    those = [row for row, wanted in zip(rows, inside, strict=True) if wanted and holds(box, row)]
    assert within(found.regions, found.inside, found.coordinates, box) == found.of(those)
    assert found.regions.size(found.of(those)) == len(those)


def test_a_region_that_is_everything_asks_nothing() -> None:
    assert Region([(0, 1), (1, 0)], [True, True]).cover() == [(None, None)]
