"""All conclusions of a policy as diagrams, each made when it is asked for.

Where no fact is known yet an answer is one diagram of all facts, made once: a ticket only restricts it. Where
that would take too much, it is made anew for what is known of a ticket, which leaves fewer facts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supportrules.base.frozen import lazy
from supportrules.engine.diagrams.composition import Compiled, Composition, Levels
from supportrules.engine.diagrams.diagram import EXHAUSTED, Diagram
from supportrules.engine.diagrams.order import orders, tests
from supportrules.engine.diagrams.stages import StageDiagrams, Without
from supportrules.engine.rules import Program, Stage
from supportrules.errors import TooMuchUnknown
from supportrules.policy.vocabulary import UNKNOWN

# How many children of nodes an answer may take over all facts: half a second; and for one ticket.
MOST_STEPS, MOST_FOR_ONE = 1_000_000, 3_000_000
# How many nodes all answers have together where no better order is looked for.
_ENOUGH = 2_000


@dataclass(frozen=True)
class Agreement:
    """The rules that lead to a conclusion, whatever the unknown facts are.

    Args:
        standing: those that decide for some completion, by number.
        always: where the same ones decide for all of them, those that fire for all; else None.
    """

    standing: tuple[int, ...]
    always: tuple[int, ...] | None


class Forest:
    """The conclusions of a policy as diagrams of its facts; safe in threads.

    Args:
        program: its stages.
        known: those of them that were made into diagrams before.
    """

    def __init__(self, program: Program, known: Iterable[StageDiagrams] = ()) -> None:
        self.program, self.compiled = program, Compiled(program, known)
        self._whole: dict[str, Diagram | None] = {}
        self._split: dict[str, Levels] = {}

    @lazy
    def _orders(self) -> Sequence[Levels]:
        axes = self.program.axes
        return [Levels({fact: axes[fact] for fact in order}) for order in orders(self.program)]

    @lazy
    def _composition(self) -> Composition:
        """All answers together, in the order in which they have the fewest nodes."""
        best, fewest = None, math.inf
        for levels in self._orders:
            each = Composition(self.compiled, levels, {}, MOST_STEPS)
            try:
                nodes: float = sum(each.answer(name).size for name in self.program.answers)
            except EXHAUSTED:
                nodes = math.inf
            if nodes <= _ENOUGH:
                return each
            # Of orders that all take too much, the first: what it found to be too large is not tried again.
            if best is None or nodes < fewest:
                best, fewest = each, nodes
        assert best is not None
        return best

    @property
    def levels(self) -> Levels:
        """The facts in the order in which they are asked."""
        return self._composition.levels

    def stage(self, name: str) -> StageDiagrams:
        """A stage as diagrams of its inputs."""
        return self.compiled.stage(name, self._orders[0])

    def whole(self, name: str) -> Diagram | None:
        """What an answer comes to for all facts; None where that takes too much."""
        if name not in self._whole:
            try:
                self._whole[name] = self._composition.answer(name)
            except EXHAUSTED:
                self._whole[name] = None
        return self._whole[name]

    def left(self, name: str, facts: Mapping[str, Any]) -> Diagram:
        """What an answer comes to for facts of which some are UNKNOWN.

        Args:
            facts: as rules see them.

        Raises:
            TooMuchUnknown: it takes too much, whatever is known.
        """
        known = self._known(self.levels, facts)
        whole = self.whole(name)
        if whole is not None:
            return whole.restricted(known)
        try:
            return Composition(self.compiled, self.levels, known, MOST_FOR_ONE).answer(name)
        except EXHAUSTED:
            raise self._too_much(name, facts) from None

    def agreement(self, name: str, facts: Mapping[str, Any]) -> Agreement:
        """The rules that lead to what a stage comes to, where its value is the same for all completions.

        Raises:
            TooMuchUnknown: it takes too much.
        """
        # Values that lead to the same by different rules are told apart.
        levels = self._split.get(name)
        if levels is None:
            stage = self.program.stages[name]
            axes = {fact: stage.split(fact, groups) for fact, groups in self.program.axes.items()}
            asked = {fact: axes[fact] for fact in (*self.levels.facts, *axes) if len(axes[fact]) > 1}
            levels = self._split[name] = Levels(asked)
        composition = Composition(self.compiled, levels, self._known(levels, facts), MOST_FOR_ONE)
        try:
            return self._agreement(composition, self.program.stages[name])
        except EXHAUSTED:
            raise self._too_much(name, facts) from None

    def _agreement(self, composition: Composition, stage: Stage) -> Agreement:
        stages = composition.stages(stage.name)
        possible = composition.possible(stage.name)
        alive = [rule for rule in range(len(stage.rules)) if stages.can_fire(rule, possible)]
        verdicts = {rule: self._verdicts(composition, stage, stages.standing(rule, alive)) for rule in alive}
        standing = tuple(rule for rule in alive if True in verdicts[rule])
        if any(False in verdicts[rule] for rule in standing):
            return Agreement(standing, None)
        fires = (
            rule
            for rule in alive
            if rule in standing or False not in self._verdicts(composition, stage, stages.firing(rule))
        )
        return Agreement(standing, tuple(fires))

    def _verdicts(self, composition: Composition, stage: Stage, asked: Diagram) -> frozenset[bool]:
        """What a yes or no comes to for facts that have an answer."""
        leaves = composition.asked(stage.name, asked).leaves
        return frozenset(leaf for leaf in leaves if not isinstance(leaf, Without))

    def _known(self, levels: Levels, facts: Mapping[str, Any]) -> Mapping[int, int]:
        """The codes of the facts that are known, by level."""
        found = ((level, fact, facts.get(fact, UNKNOWN)) for fact, level in levels.level.items())
        return {level: levels.codes[fact][value] for level, fact, value in found if value is not UNKNOWN}

    def _too_much(self, name: str, facts: Mapping[str, Any]) -> TooMuchUnknown:
        unknown = tuple(fact for fact in self.program.support[name] if facts[fact] is UNKNOWN)
        counts = tests(self.program, unknown)
        most = sorted(unknown, key=lambda fact: -counts[fact])[:2]
        return TooMuchUnknown(name, unknown, tuple(most))
