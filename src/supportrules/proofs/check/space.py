"""The space of all facts: what each stage of a policy comes to over every combination that there can be.

It is walked on the tables that decide tickets. Values that no rule tells apart are one; nothing is sampled.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from supportrules.engine.evaluation import Policy
from supportrules.engine.rules import GIVEN, Stage
from supportrules.engine.tables import Completions, Outcome
from supportrules.errors import RuleGap, TooMuchUnknown
from supportrules.policy.definition import COLUMN, FAMILY
from supportrules.policy.vocabulary import UNKNOWN

Key = tuple[int, ...]
Reached = Mapping[Key, Outcome]


class Space:
    """All facts of one policy.

    Attributes:
        reached: for each stage, the combinations of class numbers that facts lead to, with their outcomes.
        unproved: the stages whose combinations are too many to walk, and why.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy, self.definition, self.program = policy, policy.definition, policy.program
        self.reached: dict[str, Reached] = {}
        self.unproved: dict[str, TooMuchUnknown] = {}
        self._walked: dict[str, Completions] = {}
        for name in self.program.stages:
            try:
                self.reached[name] = self.walk(name).reached(name)
            except TooMuchUnknown as error:
                self.unproved[name] = error
        self._mended: dict[str, Reached] = {}

    def mended(self, name: str) -> Reached:
        """What a stage reaches, and what it could reach if faults had a value: holes and conflicts before it.

        What is never the case here is so for another reason than a fault, which is told by itself.
        """
        if name not in self._mended:
            reached, table = self.reached[name], self.policy.tables.tables[name]
            more = dict.fromkeys(key for key in self._fillings(name) if key not in reached)
            self._mended[name] = {**reached, **{key: table.ask(key) for key in more}} if more else reached
        return self._mended[name]

    def _fillings(self, name: str) -> Iterator[Key]:
        """The combinations of a stage with any value where a fault leaves none."""
        stage = self.stage(name)
        lacking = list(self.walk(name).blocked(name))
        for key, outcome in self.reached[name].items():
            # What a plan leaves out is missed where it is read.
            absent = [n for n, read in enumerate(stage.inputs) if read in (COLUMN, FAMILY)]
            absent = [n for n in absent if key[n] == stage.classes[n][None]]
            if absent and isinstance(outcome.fault, RuleGap):
                lacking.append((key, tuple(absent)))
        for key, places in lacking:
            widths = stage.ruleset.widths
            yield from itertools.product(
                *(range(widths[n]) if n in places else (code,) for n, code in enumerate(key))
            )

    def walk(self, name: str) -> Completions:
        """All completions of the facts that a stage follows from, each rule of it told apart."""
        if name not in self._walked:
            facts: dict[str, Any] = dict.fromkeys(self.program.support[name], UNKNOWN)
            self._walked[name] = self.policy.tables.completions(facts, rules_of=name)
        return self._walked[name]

    def plain(self, name: str) -> list[int]:
        """The position, among all completions of a stage, of the plainest ticket: every default holds."""
        facts = {fact: self.policy.tables.absent[fact] for fact in self.program.support[name]}
        return self.walk(name).position({f: v for f, v in facts.items() if v is not UNKNOWN})

    def examples(self, name: str, holds: Callable[[Outcome], bool], most: int = 1) -> list[dict[str, Any]]:
        """Facts that lead to such an outcome of a stage, the plainest first."""
        walk = self.walk(name)
        positions = walk.positions(walk.where(name, holds), self.plain(name), most)
        answer = self.program.answers.get(name)
        closed = {str(self.definition.roles.closing): GIVEN} if answer and answer.only_for_closed else {}
        return [walk.at(position) | closed for position in positions]

    def stage(self, name: str) -> Stage:
        """A stage by its name."""
        return self.program.stages[name]
