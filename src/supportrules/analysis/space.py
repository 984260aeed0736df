"""The space of all facts: what each stage of a policy comes to over every combination that there can be.

It is walked on the tables that decide tickets. Values that no rule tells apart are one; nothing is sampled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from supportrules.errors import TooMuchUnknown
from supportrules.evaluate import Policy
from supportrules.policy.objects import REOPEN
from supportrules.rules import GIVEN, Stage
from supportrules.tables import Completions, Outcome
from supportrules.vocabulary import UNKNOWN

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

    def walk(self, name: str) -> Completions:
        """All completions of the facts that a stage follows from, each rule of it told apart."""
        if name not in self._walked:
            facts: dict[str, Any] = dict.fromkeys(self.program.support[name], UNKNOWN)
            self._walked[name] = self.policy.tables.completions(facts, rules_of=name)
        return self._walked[name]

    def plain(self, name: str) -> list[int]:
        """The position, among all completions of a stage, of the plainest ticket: every default holds."""
        absent = self.policy._reduce(self.definition.vocabulary.read({}).values)
        facts = {fact: absent[fact] for fact in self.program.support[name]}
        return self.walk(name).position({f: v for f, v in facts.items() if v is not UNKNOWN})

    def examples(self, name: str, holds: Callable[[Outcome], bool], most: int = 1) -> list[dict[str, Any]]:
        """Facts that lead to such an outcome of a stage, the plainest first."""
        walk = self.walk(name)
        positions = walk.positions(walk.where(name, holds), self.plain(name), most)
        # Reopening is told of closed requests alone.
        closed = {str(self.definition.roles.closing): GIVEN} if name == REOPEN else {}
        return [walk.at(position) | closed for position in positions]

    def stage(self, name: str) -> Stage:
        """A stage by its name."""
        return self.program.stages[name]
