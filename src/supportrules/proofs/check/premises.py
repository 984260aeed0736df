"""The facts that a stage follows from: which of them lead to a region of its inputs, the plainest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from supportrules.base.frozen import lazy
from supportrules.engine.diagrams.composition import Composition
from supportrules.engine.diagrams.diagram import BOTTOM, Diagram
from supportrules.engine.diagrams.nearest import nearest
from supportrules.engine.diagrams.regions import Regions
from supportrules.engine.diagrams.stages import FAULT
from supportrules.policy.vocabulary import UNKNOWN
from supportrules.proofs.check.reached import Key
from supportrules.proofs.check.rule_regions import MOST_STEPS, RuleRegions

# For each fact the number of a group of its values.
Position = Mapping[str, int]


class Premises:
    """All facts that a stage follows from, with values that lead to the same by different rules told apart.

    A position has the number of a group of values for each fact.

    Args:
        composition: the conclusions by facts.
        absent: the facts of a ticket that gives none.
        name: the stage.

    Attributes:
        facts: those that can have more than one value.
        plain: the position of the plainest ticket: every default holds.
    """

    def __init__(self, composition: Composition, absent: Mapping[str, Any], name: str) -> None:
        self._composition, self._levels = composition, composition.levels
        program = composition.program
        self.facts = tuple(fact for fact in program.support[name] if len(program.domains[fact]) > 1)
        self._groups = {fact: self._levels.axes.get(fact, program.axes[fact]) for fact in self.facts}
        self.plain = {
            fact: 0 if absent[fact] is UNKNOWN else self.number(fact, absent[fact]) for fact in self.facts
        }

    def number(self, fact: str, value: Any) -> int:
        """Which group of its fact a value is in."""
        return next(number for number, group in enumerate(self._groups[fact]) if value in group)

    def values(self, fact: str) -> tuple[Any, ...]:
        """The values of a fact that stand for their groups."""
        return tuple(group[0] for group in self._groups[fact])

    def level(self, fact: str) -> int:
        """The level of a fact; BOTTOM where all its values are one group."""
        return self._levels.level.get(fact, BOTTOM)

    def at(self, position: Position) -> dict[str, Any]:
        """The facts at a position."""
        return {fact: self._groups[fact][position[fact]][0] for fact in self.facts}

    @lazy
    def _asked(self) -> Mapping[str, int]:
        return {fact: self._levels.level[fact] for fact in self.facts if fact in self._levels.level}

    @lazy
    def regions(self) -> Regions:
        """Where regions of facts are."""
        return Regions(self._levels.widths, MOST_STEPS, self._levels.facts)

    def led(self, name: str, region: Diagram) -> int:
        """The facts for which the inputs of a stage have values, which are in a region.

        Args:
            name: the stage, or one that it rests on.
        """
        regions, composition = self.regions, self._composition
        found = regions.where(composition.asked(name, region), lambda leaf: leaf is True)
        stage = composition.program.stages[name]
        for place in range(len(stage.inputs)):
            below = composition.operand(stage, place)
            if below is not None and FAULT in below.leaves:
                found = regions.less(found, regions.where(below, lambda leaf: leaf is FAULT))
        return found

    def decided(self, name: str, id: str) -> int:
        """The facts for which a rule decides.

        Args:
            name: its stage, or one that it rests on.
        """
        rules = RuleRegions(self._composition.stages(name))
        region = rules.standing(rules.numbers[id], rules.regions.everything)
        return self.led(name, rules.regions.diagram(region))

    def answers(self, name: str) -> Diagram:
        """What a stage comes to, by facts."""
        return self._composition.answer(name)

    def nearest(self, region: int, near: Position, facts: Collection[str]) -> Iterator[Position]:
        """Positions in a region of facts, those first that differ from another one in the fewest facts.

        Args:
            facts: those that are looked at, of which none that the region depends on may lack; of others it
                is the first group.
        """
        levels = {fact: level for fact, level in self._asked.items() if fact in facts}
        codes = {level: near[fact] for fact, level in levels.items()}
        for found in nearest(self.regions, region, codes, list(levels.values())):
            yield {fact: found[levels[fact]] if fact in levels else 0 for fact in self.facts}

    def key(self, name: str, position: Position) -> Key:
        """The class numbers of the inputs of a stage at a position."""
        composition, stage = self._composition, self._composition.program.stages[name]
        codes = {level: position[fact] for fact, level in self._asked.items()}
        found = []
        for place, classes in enumerate(stage.classes):
            below = composition.operand(stage, place)
            if below is None:
                found.append(composition.classes(stage, place)(codes))
            else:
                found.append(classes.get(below(codes).value, 0))
        return tuple(found)
