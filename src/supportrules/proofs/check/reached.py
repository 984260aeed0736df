"""What the inputs of a stage can be together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from supportrules.engine.diagrams.composition import Composition
from supportrules.engine.diagrams.diagram import Diagram, bits
from supportrules.engine.diagrams.image import image
from supportrules.engine.diagrams.stages import Inference, Without
from supportrules.engine.tables import Firing
from supportrules.policy.definition import COLUMN, FAMILY
from supportrules.proofs.check.rule_regions import MOST_STEPS, RuleRegions

Key = tuple[int, ...]


class Reached:
    """What the inputs of a stage can be together.

    Attributes:
        stage: the stage.
        rules: where its rules fire and decide.
        region: the combinations that facts lead to.
        mended: these, and those that facts could lead to if faults had a value: holes and conflicts before
            it. What is never the case here is so for another reason than a fault, which is told by itself.
    """

    def __init__(self, composition: Composition, name: str) -> None:
        self.rules = RuleRegions(composition.stages(name))
        self.stage, regions = self.rules.stage, self.rules.regions
        found = _image(composition, name)
        self.region = self._of(found, mended=False)
        self.mended = regions.either(self._of(found, mended=True), self._filled())

    def numbers(self, firings: Iterable[Firing]) -> tuple[int, ...]:
        """The numbers of the rules of firings."""
        return tuple(self.rules.numbers[firing.rule.id] for firing in firings)

    def first(self, region: int) -> Key:
        """The first combination of a region, by class numbers."""
        codes = self.rules.regions.lowest(region, self.rules.coordinates)
        return tuple([codes[level] for level in self.rules.coordinates])

    def occurring(self, place: int, region: int) -> frozenset[int]:
        """The class numbers that an input has in a region."""
        return frozenset(bits(self.rules.regions.met(region, self.rules.coordinates[place], {})))

    def _of(self, found: Diagram, *, mended: bool) -> int:
        """Combinations as a region: of an input that lacks its value with any of its codes, or without it."""
        regions = self.rules.regions
        new = {~n: regions.everything if leaf else regions.nothing for n, leaf in enumerate(found.leaves)}
        for node, (level, below) in enumerate(zip(found.levels, found.children, strict=True)):
            *children, lacking = [new[child] for child in below]
            if mended:
                children = [regions.either(child, lacking) for child in children]
            new[node] = regions.node(level, tuple(children))
        return new[found.root]

    def _filled(self) -> int:
        """Gaps with any value in place of one that a plan leaves out: it is missed where it is read."""
        stage, rules, regions = self.stage, self.rules, self.rules.regions
        absent = {
            rules.coordinates[place]: frozenset([stage.classes[place][None]])
            for place, name in enumerate(stage.inputs)
            if name in (COLUMN, FAMILY)
        }
        found, gaps = regions.nothing, rules.gaps(self.region) if absent else regions.nothing
        for level, code in absent.items():
            gone = regions.both(gaps, regions.box({level: code}))
            gaps = regions.either(regions.less(gaps, gone), regions.freed(gone, level))
            found = regions.either(found, regions.freed(gone, level))
        return found


def _image(composition: Composition, name: str) -> Diagram:
    """Which class numbers the inputs of a stage have together, one more for none, where facts agree."""
    program, stages = composition.program, composition.stages(name)
    along = []
    for place in stages.order:
        width, concluded = stages.stage.ruleset.widths[place], composition.operand(stages.stage, place)
        if concluded is None:
            codes = composition.classes(stages.stage, place)
        else:
            codes = concluded.restricted({}, _Code(stages.stage.classes[place], width))
        along.append((codes, width + 1))
    tied = program.category is not None and program.category in program.support[name]
    agreed = composition.sound if tied else Diagram(composition.widths, [], [], [True], -1)
    names = composition.levels.facts, stages.names
    return image(agreed, along, False, lambda _one, _other: True, MOST_STEPS, names)


class _Code:
    """Takes a conclusion to its class number.

    Args:
        classes: the class numbers.
        none: the one of no conclusion.
    """

    def __init__(self, classes: Mapping[Any, int], none: int) -> None:
        self._classes, self._none = classes, none

    def __call__(self, leaf: Inference | Without) -> int:
        return self._classes.get(leaf.value, 0) if isinstance(leaf, Inference) else self._none
