"""What the stages of a policy come to, for complete facts and for some that are unknown.

Answers are read off decision diagrams of the rules. Which rules fired, and which of them another one took
out, is inferred: a stage's table holds that for every combination of class numbers that was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from supportrules.base.frozen import lazy
from supportrules.engine.chaining import Chainer
from supportrules.engine.diagrams.diagram import EXHAUSTED
from supportrules.engine.diagrams.forest import Forest
from supportrules.engine.diagrams.possible import left, telling
from supportrules.engine.diagrams.stages import CONTRADICTION, FAULT, Inference, StageDiagrams, Without
from supportrules.engine.rules import Program, Rule
from supportrules.engine.tables.possible import Possible, ordered
from supportrules.engine.tables.spread import Spread
from supportrules.engine.tables.table import Firing, Outcome, Table, Values, fault_for
from supportrules.errors import PolicyFault
from supportrules.policy.vocabulary import UNKNOWN

__all__ = [
    "MOST_KEPT",
    "Course",
    "Firing",
    "Outcome",
    "Possible",
    "Spread",
    "Table",
    "Tables",
]

# How many combinations of known facts are kept; what is known of tickets has many forms.
MOST_KEPT = 10_000


@dataclass
class Course:
    """How far one ticket has come.

    Args:
        values: its facts, and what was concluded.
        keys: for each stage that was asked, the class numbers of its inputs.
        strengths: for each of them the weakest basis of its chain.
    """

    values: dict[str, Any]
    keys: dict[str, tuple[int, ...]]
    strengths: dict[str, int]


class Tables:
    """What the stages of a policy come to.

    Args:
        program: the stages.
        chainer: gives what infers.
        known: stages that were made into diagrams before.
    """

    def __init__(
        self,
        program: Program,
        chainer: Callable[[], Chainer],
        known: Iterable[StageDiagrams] = (),
    ) -> None:
        self.program, self.forest = program, Forest(program, known)
        self.tables: Mapping[str, Table] = {
            name: Table(stage, chainer) for name, stage in program.stages.items()
        }
        self._paths = {name: self._build_path(name) for name in program.stages}
        self._concluded: Mapping[str, dict[tuple[int, ...], Inference | Without]] = {
            name: {} for name in program.stages
        }
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
        concluded: str | None = self._conclude(name, Course(dict(facts), {}, {})).value
        return concluded

    def path(self, name: str) -> tuple[str, ...]:
        """The stages that one rests on, in order, itself last."""
        return self._paths[name]

    def unknown(self, name: str, facts: Values) -> tuple[str, ...]:
        """The unknown facts that a conclusion may depend on."""
        return tuple(fact for fact in self.program.support[name] if facts[fact] is UNKNOWN)

    # Complete facts

    def conclude(self, name: str, course: Course) -> Any:
        """The value of a stage whose facts are all known; what it rests on is added to the course.

        Raises:
            PolicyFault: the policy has no single answer for these facts.
        """
        for stage in self._paths[name]:
            if stage not in course.keys:
                found = self._conclude(stage, course)
                strengths = course.strengths
                weakest = max((strengths[read] for read in found.reads), default=0)
                strengths[stage] = max(found.strength, weakest)
                # A category that nothing concludes is the one that was given.
                if stage != self.program.category or found.value is not None:
                    course.values[stage] = found.value
        return course.values[name]

    def _conclude(self, name: str, course: Course) -> Inference:
        table, kept = self.tables[name], self._concluded[name]
        key = table.key(course.values)
        found = kept.get(key)
        if found is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            found = kept[key] = self._concluded_by(name, key)
        if isinstance(found, Inference):
            course.keys[name] = key
            return found
        fault = table.ask(key).fault
        assert fault is not None
        raise fault_for(fault, table.stage, course.values)

    def _concluded_by(self, name: str, key: tuple[int, ...]) -> Inference | Without:
        """What a stage comes to for a combination of class numbers."""
        stages = self.forest.stage(name)
        try:
            return stages.conclude([key[place] for place in stages.order])
        except EXHAUSTED:
            # Rules that are too much for a diagram are asked themselves.
            outcome = self.tables[name].ask(key)
            reads = stages.conclusions.intersection(outcome.reads)
            return FAULT if outcome.fault else Inference(outcome.value, outcome.strength, reads)

    def outcome(self, name: str, course: Course) -> Outcome:
        """The rules that fire in a stage whose facts are all known."""
        self.conclude(name, course)
        return self.tables[name].ask(course.keys[name])

    # Facts of which some are unknown

    def possible(self, name: str, facts: Values) -> Possible:
        """What a stage can come to for some facts.

        Args:
            facts: as rules see them; some may be UNKNOWN.

        Raises:
            PolicyFault: the policy has an answer for no completion.
            TooMuchUnknown: there are too many completions to tell them apart.
        """
        diagram = self.forest.left(name, facts)
        found = [leaf for leaf in diagram.leaves if isinstance(leaf, Inference)]
        values = list(dict.fromkeys(leaf.value for leaf in found))
        faulty = FAULT in diagram.leaves
        if faulty and not values:
            raise self._fault(name, facts)
        missing: dict[str, float] = {}
        if len(values) + faulty > 1:
            # Only the value counts, and a fault is one of its own.
            plain = diagram.restricted({}, lambda leaf: leaf[:1] if isinstance(leaf, Inference) else leaf)
            levels = self.forest.levels
            averages = left(plain, levels.weights)
            missing = {levels.facts[level]: averages[level] for level in telling(plain)}
        return Possible(
            ordered(self.program, name, values),
            faulty,
            max((leaf.strength for leaf in found), default=0),
            missing,
        )

    def _fault(self, name: str, facts: Values) -> PolicyFault:
        """Why there is no answer, for the first completion that there is."""
        levels, values = self.forest.levels, dict(facts)
        path = self.forest.left(name, facts).path(lambda leaf: leaf is not CONTRADICTION) or {}
        for level, fact in enumerate(levels.facts):
            if values[fact] is UNKNOWN:
                values[fact] = levels.axes[fact][path.get(level, 0)][0]
        for fact, domain in self.program.domains.items():
            if values.get(fact) is UNKNOWN:
                values[fact] = domain[0]
        course = Course(values, {}, {})
        for stage in self._paths[name]:
            fault = self.tables[stage].look_up(values).fault
            if fault is not None:
                return fault_for(fault, self.tables[stage].stage, facts)
            self.conclude(stage, course)
        raise AssertionError(name)

    def deciding(self, name: str, facts: Values) -> tuple[Rule, ...]:
        """The rules that decide about a stage for some completion, by id.

        Raises:
            PolicyFault: the policy has no single answer for facts of which all are known.
            TooMuchUnknown: there are too many completions to tell them apart.
        """
        if not self.unknown(name, facts):
            standing = self.outcome(name, Course(dict(facts), {}, {})).standing
            return tuple(firing.rule for firing in standing)
        rules = self.program.stages[name].rules
        return tuple(rules[number] for number in self.forest.agreement(name, facts).standing)

    def explained(self, name: str, facts: Values) -> tuple[Firing, ...] | None:
        """What leads to a value that is the same for all completions of the unknown facts.

        Returns:
            The rules that fire for all completions, where the same ones decide for all; else None.

        Raises:
            TooMuchUnknown: there are too many completions to tell them apart.
        """
        stages, rules = self.forest.stage(name), self.program.stages[name].rules
        agreement = self.forest.agreement(name, facts)
        fired = agreement.always
        if fired is None:
            return None
        taken = {rules[number].copies for number in fired}
        inputs = {read: self._first(read, facts) for read in taken if read is not None}

        def firing(number: int) -> Firing:
            by = [other for other in fired if stages.overrides(other, number)]
            # Those that stand come first: they are the ones to name.
            by.sort(key=lambda other: (other not in agreement.standing, other))
            rule = rules[number]
            return Firing(rule, rule.conclude(inputs), tuple(rules[other].id for other in by))

        return tuple(map(firing, fired))

    def _first(self, name: str, facts: Values) -> Any:
        """The value of a fact or a conclusion, the first of those that are possible."""
        if name not in self.program.stages:
            return self.program.domains[name][0] if facts[name] is UNKNOWN else facts[name]
        return self.possible(name, facts).values[0]

    # All facts

    def spread(self, name: str) -> Spread | None:
        """What a stage comes to, for everything that can be known of a ticket; None where that is too much.

        It is worked out once.
        """
        if name not in self._spreads:
            self._spreads[name] = self._spread(name)
        return self._spreads[name]

    def _spread(self, name: str) -> Spread | None:
        whole = self.forest.whole(name)
        if whole is None:
            return None
        return Spread(whole, self.forest.levels, lambda values: ordered(self.program, name, values))
