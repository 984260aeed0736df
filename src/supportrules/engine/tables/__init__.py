"""Conclusions as functions of the facts that they depend on.

A stage's table holds its outcome for every combination of class numbers that was asked; inference fills it,
once for each combination. For complete facts, answers are read off stage by stage. For unknown facts the
stages are composed over the ticket's own facts, so that an answer is known exactly for every completion,
jointly, and never guessed from stages that are open each for itself. For columns of tickets an answer is
spread over all that can be known of a ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supportrules.base.frozen import lazy
from supportrules.engine.chaining import Chainer
from supportrules.engine.rules import Groups, Program
from supportrules.engine.tables.completions import (
    Combinations,
    CompletionGrid,
    Completions,
    Possible,
    ordered,
)
from supportrules.engine.tables.spread import Settlement, Spread
from supportrules.engine.tables.table import Firing, Outcome, Table, Values, fault_for
from supportrules.errors import TooMuchUnknown
from supportrules.policy.vocabulary import UNKNOWN

__all__ = [
    "MOST_KEPT",
    "Combinations",
    "CompletionGrid",
    "Completions",
    "Course",
    "Firing",
    "Outcome",
    "Possible",
    "Settlement",
    "Spread",
    "Table",
    "Tables",
]
# How many combinations of known facts are kept; what is known of tickets has many forms.
MOST_KEPT = 10_000


@dataclass
class Course:
    """How far one ticket has come: facts and conclusions, outcomes by stage, and the basis of each chain."""

    values: dict[str, Any]
    outcomes: dict[str, Outcome]
    strengths: dict[str, int]


class Tables:
    """The tables of all stages of a policy, and what follows from them together.

    Args:
        program: the stages.
        chainer: what infers.
        like: the tables of another policy; what its stages say as these do need not be inferred twice.
    """

    def __init__(self, program: Program, chainer: Chainer, like: Tables | None = None) -> None:
        self.program = program
        twins: Mapping[str, Table] = like.tables if like else {}
        self.tables: Mapping[str, Table] = {
            name: Table(stage, chainer, twins.get(name)) for name, stage in program.stages.items()
        }
        self._paths = {name: self._build_path(name) for name in program.stages}
        self._explained: dict[tuple[Any, ...], Possible] = {}
        self._spreads: dict[str, Spread | None] = {}

    def _build_path(self, name: str) -> tuple[str, ...]:
        needed: set[str] = set()

        def add(stage: str) -> None:
            if stage not in needed:
                needed.add(stage)
                for read in self.program.stages[stage].inputs:
                    # The stage of the category reads the given one under the same name.
                    if read in self.program.stages and read != stage:
                        add(read)

        add(name)
        category = self.program.category
        if category and set(self.program.support[name]) & set(self.program.support[category]):
            add(category)
        return tuple(stage for stage in self.program.stages if stage in needed)

    def reduced(self, facts: Values) -> dict[str, Any]:
        """Facts as rules see them: values that no rule tells apart are one."""
        reduced = dict(facts)
        for name in self.program.reduced_facts:
            value = reduced[name]
            if value is not UNKNOWN:
                reduced[name] = self.program.reduce(name, value)
        return reduced

    @lazy
    def absent(self) -> Values:
        """The facts of a ticket that gives none, as rules see them: defaults, where there are any."""
        return self.reduced(self.program.definition.vocabulary.read({}).values)

    def category(self, facts: Values) -> str | None:
        """The category that the other facts tell; None where they tell none.

        Args:
            facts: as rules see them.
        """
        name = self.program.category
        if name is None or any(facts[fact] is UNKNOWN for fact in self.program.stages[name].inputs):
            return None
        concluded: str | None = self.tables[name].look_up(facts).value
        return concluded

    def path(self, name: str) -> tuple[str, ...]:
        """The stages that one rests on, in order, itself last."""
        return self._paths[name]

    def fill(self) -> int:
        """Asks every combination of every stage; gives their number."""
        for table in self.tables.values():
            for key in table.combinations():
                table.ask(key)
        return sum(map(len, self.tables.values()))

    def unknown(self, name: str, facts: Values) -> tuple[str, ...]:
        """The unknown facts that a conclusion may depend on."""
        return tuple(fact for fact in self.program.support[name] if facts[fact] is UNKNOWN)

    def conclude(self, name: str, course: Course) -> Outcome:
        """The outcome of a stage whose facts are all known; what it rests on is added to the course.

        Raises:
            PolicyFault: the policy has no single answer for these facts.
        """
        outcomes, values, strengths = course.outcomes, course.values, course.strengths
        for stage in self._paths[name]:
            if stage in outcomes:
                continue
            outcome = self.tables[stage].look_up(values)
            if outcome.fault:
                raise fault_for(outcome.fault, self.tables[stage].stage, values)
            strength = outcome.strength
            for read in outcome.reads:
                if read in strengths and strengths[read] > strength:
                    strength = strengths[read]
            outcomes[stage], strengths[stage] = outcome, strength
            # A category that nothing concludes is the one that was given.
            if stage != self.program.category or outcome.value is not None:
                values[stage] = outcome.value
        return outcomes[name]

    def explained(self, name: str, facts: Values) -> Possible:
        """What a stage comes to over all completions of its unknown facts, by every rule that leads there.

        It is worked out once for the facts that it depends on; safe in threads.

        Raises:
            PolicyFault: the policy has an answer for no completion.
        """
        key = (name, *(facts[fact] for fact in self.program.support[name]))
        found = self._explained.get(key)
        if found is None:
            # Facts that it does not depend on need not be walked.
            unknown = self.unknown(name, facts)
            here = {fact: v for fact, v in facts.items() if v is not UNKNOWN or fact in unknown}
            found = self.completions(here, rules_of=name).possible(name)
            if len(self._explained) >= MOST_KEPT:
                self._explained.clear()
            self._explained[key] = found
        return found

    def completions(
        self, facts: Values, *, rules_of: str | None = None, axes: Mapping[str, Groups] | None = None
    ) -> Completions:
        """All completions of the unknown facts.

        Args:
            facts: the facts, some UNKNOWN, all reduced to their domains.
            rules_of: a stage whose outcomes are to name every rule: values that lead to the same conclusion
                by different rules of it are walked one by one.
            axes: the facts to walk and the groups of their values, if not those of this policy.
        """
        return Completions(self.program, self.tables, self._paths, facts, rules_of=rules_of, axes=axes)

    def spread(self, name: str) -> Spread | None:
        """What a stage comes to, for everything that can be known of a ticket; None where that is too much.

        It is worked out once.
        """
        if name not in self._spreads:
            self._spreads[name] = self._spread(name)
        return self._spreads[name]

    def _spread(self, name: str) -> Spread | None:
        program = self.program
        # Values that no rule tells apart, or that are the only ones, make no difference.
        axes = {fact: program.axes[fact] for fact in program.support[name] if len(program.axes[fact]) > 1}
        if not Spread.fits([len(groups) for groups in axes.values()], len(program.domains.get(name, ()))):
            return None
        unknown = dict.fromkeys(program.definition.vocabulary.facts, UNKNOWN)
        try:
            grid = self.completions(unknown, axes=axes).grid(name)
        except TooMuchUnknown:
            return None
        weights = [list(map(len, groups)) for groups in axes.values()]
        return Spread(grid, weights, lambda values: ordered(program, name, values))
