"""A function seen along others, against all combinations."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from supportrules.engine.diagrams.diagram import Diagram, Nodes
from supportrules.engine.diagrams.image import carried_back, image

Codes = tuple[int, ...]


def diagram(widths: Sequence[int], value: Callable[[Codes], int]) -> Diagram:
    nodes = Nodes(widths, 10_000)

    def below(codes: Codes) -> int:
        level = len(codes)
        if level == len(widths):
            return nodes.leaf(value(codes))
        return nodes.node(level, tuple([below((*codes, code)) for code in range(widths[level])]))

    return nodes.diagram(below(()))


@given(st.data())
def test_an_image_tells_what_the_function_comes_to_for_each_combination(data: st.DataObject) -> None:
    widths = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    every = list(itertools.product(*map(range, widths)))

    def function(most: int) -> dict[Codes, int]:
        values = data.draw(st.lists(st.integers(0, most), min_size=len(every), max_size=len(every)))
        return dict(zip(every, values, strict=True))

    counts = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    others = [function(count - 1) for count in counts]
    result = function(4)
    # 0 stands for nothing.
    wanted: dict[Codes, int] = {}
    for codes in every:
        row = tuple(other[codes] for other in others)
        if result[codes]:
            wanted[row] = min(result[codes], wanted.get(row, 9))
    along = [(diagram(widths, o.__getitem__), n) for o, n in zip(others, counts, strict=True)]
    found = image(diagram(widths, result.__getitem__), along, 0, min, 10_000)
    for row in itertools.product(*map(range, counts)):
        assert found(row) == wanted.get(row, 0)
    back = carried_back(found, along, widths, 10_000)
    for codes in every:
        assert back(codes) == wanted.get(tuple(other[codes] for other in others), 0)
