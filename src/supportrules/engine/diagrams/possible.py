"""What a conclusion can still be: its values, and the facts that it depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from supportrules.engine.diagrams.diagram import BOTTOM, Diagram
from supportrules.engine.diagrams.stages import CONTRADICTION


def telling(diagram: Diagram) -> Iterator[int]:
    """The levels of which the code makes a difference somewhere, where facts do not contradict each other."""
    if CONTRADICTION not in diagram.leaves:
        yield from sorted(diagram.asked)
        return
    differ = _Difference(diagram)
    by_level: dict[int, list[tuple[int, ...]]] = {}
    for level, children in zip(diagram.levels, diagram.children, strict=True):
        by_level.setdefault(level, []).append(children)
    for level in sorted(by_level):
        if any(differ(*pair) for kids in by_level[level] for pair in combinations(set(kids), 2)):
            yield level


class _Difference:
    """Whether two nodes ever lead to different values, where both have one."""

    def __init__(self, diagram: Diagram) -> None:
        self._diagram = diagram
        self._none = 1 << list(diagram.leaves).index(CONTRADICTION)
        self._known: dict[tuple[int, int], bool] = {}

    def __call__(self, node: int, other: int) -> bool:
        if node == other:
            return False
        diagram = self._diagram
        reach, others = diagram.reached(node), diagram.reached(other)
        if not (reach | others) & self._none:
            return True
        if not reach & ~self._none or not others & ~self._none:
            return False
        if node < 0 and other < 0:
            return True
        key = (node, other) if node < other else (other, node)
        found = self._known.get(key)
        if found is None:
            levels, children = diagram.levels, diagram.children
            level = min(levels[each] for each in key if each >= 0)
            below = [
                children[each] if each >= 0 and levels[each] == level else (each,) * diagram.widths[level]
                for each in key
            ]
            found = any(self(*pair) for pair in set(zip(*below, strict=True)))
            self._known[key] = found
        return found


def left(diagram: Diagram, weights: Sequence[Sequence[int]]) -> Mapping[int, float]:
    """How many values are left on average, once the code of a level is known.

    Args:
        weights: for each level, for how many values of the fact each code stands.

    Returns:
        For each level that is asked.
    """
    none = sum(1 << number for number, value in enumerate(diagram.leaves) if value is CONTRADICTION)
    # What can be met, whatever the code of a level: where a step passes it over.
    highest: dict[int, int] = {}
    for level, children in zip(diagram.levels, diagram.children, strict=True):
        for child in children:
            highest[child] = min(level, highest.get(child, level))
    passing: dict[tuple[int, int], int] = {}
    for node, above in highest.items():
        step = above, diagram.levels[node] if node >= 0 else BOTTOM
        passing[step] = passing.get(step, 0) | diagram.reached(node)
    if diagram.root >= 0:
        step = -1, diagram.levels[diagram.root]
        passing[step] = diagram.reached(diagram.root)
    met = {level: [0] * diagram.widths[level] for level in diagram.asked}
    for level, children in zip(diagram.levels, diagram.children, strict=True):
        met[level] = [
            found | diagram.reached(child) for found, child in zip(met[level], children, strict=True)
        ]
    averages = {}
    for level, each in met.items():
        always = 0
        for (above, below), leaves in passing.items():
            if above < level < below:
                always |= leaves
        counts = [((found | always) & ~none).bit_count() for found in each]
        pairs = [(count, weight) for count, weight in zip(counts, weights[level], strict=True) if count]
        averages[level] = sum(count * weight for count, weight in pairs) / sum(weight for _, weight in pairs)
    return averages
