"""The space of all facts: what the inputs of each stage of a policy can be together, and by which facts.

It is walked on decision diagrams: no combination is listed. Values that no rule tells apart are one; nothing
is sampled.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from supportrules.base.steps import Start, unwatched
from supportrules.engine.diagrams.composition import Composition, Levels
from supportrules.engine.diagrams.diagram import EXHAUSTED, costliest
from supportrules.engine.diagrams.projection import Choices
from supportrules.engine.evaluation import Policy
from supportrules.engine.rules import GIVEN, Groups, Stage
from supportrules.engine.tables import Outcome
from supportrules.proofs.check.premises import Premises
from supportrules.proofs.check.reached import Key, Reached

# How many children of nodes a conclusion may take over all facts.
MOST_STEPS = 3_000_000


class Unproved(NamedTuple):
    """A stage that it takes too much to walk.

    Args:
        facts: how many facts it follows from.
        costliest: the names of the two facts or conclusions that cost most, as far as they are known.
    """

    facts: int
    costliest: tuple[str, ...]


class Space:
    """All facts of one policy.

    Args:
        policy: the policy.
        begin: is called with the name of each stage as its turn comes.

    Attributes:
        reached: for each stage, what its inputs can be together.
        unproved: the stages that it takes too much to walk, and why.
    """

    def __init__(self, policy: Policy, start: Start = unwatched) -> None:
        self.policy, self.definition, self.program = policy, policy.definition, policy.program
        self.reached: dict[str, Reached] = {}
        self.unproved: dict[str, Unproved] = {}
        self._compiled = policy.tables.forest.compiled
        self._premises: dict[str, Premises] = {}
        self._compositions: dict[tuple[Groups, ...], Composition] = {}
        choices = Choices()
        for name in self.program.stages:
            start(name)
            with self.proving(name):
                self.reached[name] = Reached(choices.made(self.composition(name), name), name)

    @contextmanager
    def proving(self, name: str) -> Iterator[None]:
        """Where a stage turns out to take too much, it is unproved."""
        try:
            yield
        except EXHAUSTED as error:
            self.reached.pop(name, None)
            self.unproved[name] = Unproved(len(self.premises(name).facts), costliest(error))

    def premises(self, name: str) -> Premises:
        """All facts that a stage follows from, with every rule of it told apart."""
        if name not in self._premises:
            self._premises[name] = Premises(self.composition(name), self.policy.tables.absent, name)
        return self._premises[name]

    def composition(self, name: str) -> Composition:
        """The conclusions, over values of facts that the rules of a stage tell apart."""
        stage = self.program.stages[name]
        axes = {fact: stage.split(fact, groups) for fact, groups in self.program.axes.items()}
        key = tuple(axes.values())
        if key not in self._compositions:
            read = {fact for facts in self.program.support.values() for fact in facts}
            asked = {fact: axis for fact, axis in axes.items() if fact in read and len(axis) > 1}
            self._compositions[key] = Composition(self._compiled, Levels(asked), {}, MOST_STEPS)
        return self._compositions[key]

    def examples(self, name: str, region: int, most: int = 1) -> Iterator[dict[str, Any]]:
        """Facts for which the inputs of a stage are in a region, the plainest first."""
        premises, regions = self.premises(name), self.reached[name].rules.regions
        found = premises.nearest(premises.led(name, regions.diagram(region)), premises.plain, premises.facts)
        answer = self.program.answers.get(name)
        closed = {str(self.definition.roles.closing): GIVEN} if answer and answer.only_for_closed else {}
        for position in itertools.islice(found, most):
            yield premises.at(position) | closed

    def outcome(self, name: str, key: Key) -> Outcome:
        """What a stage comes to for a combination of class numbers."""
        return self.policy.tables.tables[name].ask(key)

    def stage(self, name: str) -> Stage:
        """A stage by its name."""
        return self.program.stages[name]
