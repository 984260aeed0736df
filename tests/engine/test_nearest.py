"""The combinations of a region that are nearest to another one, against a look at all of them."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from supportrules.engine.diagrams.nearest import nearest
from supportrules.engine.diagrams.regions import Regions


@given(st.data())
def test_those_that_differ_in_the_fewest_come_first_and_of_these_the_lowest(data: st.DataObject) -> None:
    widths = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    every = list(itertools.product(*map(range, widths)))
    inside = data.draw(st.sets(st.sampled_from(every)))
    near = data.draw(st.sampled_from(every))
    order = data.draw(st.permutations(range(len(widths))))
    regions = Regions(widths, 1_000_000)
    region = regions.nothing
    for codes in inside:
        region = regions.either(
            region, regions.box({level: frozenset([code]) for level, code in enumerate(codes)})
        )

    def rank(codes: tuple[int, ...]) -> tuple[int, list[int]]:
        apart = sum(code != other for code, other in zip(codes, near, strict=True))
        return apart, [codes[level] for level in order]

    wanted = [dict(enumerate(codes)) for codes in sorted(inside, key=rank)]
    assert list(nearest(regions, region, near, order)) == wanted
