"""Conclusions as functions of the facts that they depend on.

A stage's table holds its outcome for every combination of class numbers that was asked; inference fills it,
once for each combination. For complete facts, answers are read off stage by stage. For unknown facts the
stages are composed over the ticket's own facts: one array axis for each unknown fact, so that an answer is
known exactly for every completion, jointly, and never guessed from stages that are open each for itself.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supportrules.errors import PolicyFault, RuleConflict, RuleGap
from supportrules.inference import Chainer, Firings
from supportrules.rules import Program, Rule, Stage
from supportrules.vocabulary import UNKNOWN

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Firing:
    """A rule that fired, the value that it concluded, and the rules that took it out."""

    rule: Rule
    value: Any
    overridden_by: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a stage comes to for one combination.

    Args:
        value: the conclusion; None for none.
        strength: how weak the basis of the rules that stand is: 0 stated, 1 inferred, 2 assumed.
        reads: what the rules that stand read.
        firings: every rule that fired, by id.
        fault: why there is no value, if there is none.
    """

    value: Any
    strength: int
    reads: tuple[str, ...]
    firings: tuple[Firing, ...]
    fault: PolicyFault | None = None

    @property
    def standing(self) -> tuple[Firing, ...]:
        """The rules that decided."""
        return tuple(firing for firing in self.firings if not firing.overridden_by)


@dataclass(frozen=True)
class Possible:
    """What a conclusion can be, over all completions of the unknown facts.

    Args:
        values: the distinct values, in the order of their domain.
        fault: why the policy has no answer for some completion, or None.
        strength: the weakest basis of any of them.
        missing: the unknown facts that the value depends on, with the number of values that are left on
            average when the fact is known.
        outcomes: the distinct outcomes of the stage.
    """

    values: tuple[Any, ...]
    fault: PolicyFault | None
    strength: int
    missing: Mapping[str, float]
    outcomes: tuple[Outcome, ...]

    @property
    def settled(self) -> bool:
        """Whether all completions agree."""
        return len(self.values) == 1 and self.fault is None


@dataclass
class Course:
    """How far one ticket has come: facts and conclusions, outcomes by stage, and the basis of each chain."""

    values: dict[str, Any]
    outcomes: dict[str, Outcome]
    strengths: dict[str, int]


class Table:
    """The outcomes of one stage, filled as they are asked for; safe in threads."""

    def __init__(self, stage: Stage, chainer: Chainer) -> None:
        self.stage = stage
        self._chainer = chainer
        self._outcomes: dict[tuple[int, ...], Outcome] = {}
        self._name: Hashable | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._outcomes)

    def look_up(self, values: Values) -> Outcome:
        """The outcome for known inputs."""
        stage = self.stage
        pairs = zip(stage.classes, stage.inputs, strict=True)
        key = tuple([classes[values[name]] for classes, name in pairs])
        outcome = self._outcomes.get(key)
        return outcome if outcome is not None else self.ask(key)

    def ask(self, key: tuple[int, ...]) -> Outcome:
        """The outcome for a combination of class numbers, inferred if it was not asked before."""
        outcome = self._outcomes.get(key)
        if outcome is None:
            with self._lock:
                outcome = self._outcomes.get(key)
                if outcome is None:
                    outcome = self._outcomes[key] = self._infer(key)
        return outcome

    def combinations(self) -> Iterator[tuple[int, ...]]:
        """All combinations of class numbers."""
        import itertools

        return itertools.product(*(range(width) for width in self.stage.ruleset.widths))

    def _infer(self, key: tuple[int, ...]) -> Outcome:
        if self._name is None:
            self._name = self._chainer.learn(self.stage.ruleset)
        return self._outcome(key, self._chainer.infer(self._name, key))

    def _outcome(self, key: tuple[int, ...], fired: Firings) -> Outcome:
        stage = self.stage
        inputs = {
            name: next(value for value, number in classes.items() if number == code)
            for name, classes, code in zip(stage.inputs, stage.classes, key, strict=True)
        }
        firings = tuple(
            Firing(
                stage.rules[n],
                stage.rules[n].conclude(inputs),
                # Those that stand come first: they are the ones to name.
                tuple(stage.rules[b].id for b in sorted(by, key=lambda b: (bool(fired[b]), b))),
            )
            for n, by in fired.items()
        )
        standing = [firing for firing in firings if not firing.overridden_by]
        if not standing:
            fault = None if stage.may_be_empty else RuleGap(stage.name, inputs)
            return Outcome(None, 0, stage.inputs, firings, fault)
        values = tuple(dict.fromkeys(firing.value for firing in standing))
        reads = tuple(dict.fromkeys(name for firing in standing for name in firing.rule.reads))
        if len(values) > 1:
            pairs = [(str(f.value), f.rule.id, f.rule.origin.location) for f in standing]
            texts, ids, places = zip(*pairs, strict=True)
            return Outcome(None, 0, reads, firings, RuleConflict(stage.name, texts, ids, places))
        strength = max(firing.rule.strength for firing in standing)
        return Outcome(values[0], strength, reads, firings)


class Tables:
    """The tables of all stages of a policy, and what follows from them together."""

    def __init__(self, program: Program, chainer: Chainer) -> None:
        self.program = program
        self.tables = {name: Table(stage, chainer) for name, stage in program.stages.items()}
        self._paths = {name: self._build_path(name) for name in program.stages}
        self._possible: dict[tuple[Hashable, ...], Possible] = {}

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
                raise outcome.fault
            strength = outcome.strength
            for read in outcome.reads:
                if read in strengths and strengths[read] > strength:
                    strength = strengths[read]
            outcomes[stage], strengths[stage] = outcome, strength
            # A category that nothing concludes is the one that was given.
            if stage != self.program.category or outcome.value is not None:
                values[stage] = outcome.value
        return outcomes[name]

    def possible(self, name: str, facts: Values, *, every_value: bool = False) -> Possible:
        """What a conclusion can be when some facts are unknown.

        Args:
            name: a stage.
            facts: the facts, some UNKNOWN, all reduced to their domains.
            every_value: whether values that no rule tells apart are still walked one by one, so that the
                outcomes name every rule.

        Raises:
            PolicyFault: the policy has an answer for no completion.
        """
        support = self.program.support[name]
        key = (name, every_value, *(facts[fact] for fact in support))
        found = self._possible.get(key)
        if found is None:
            box = _Box(self, facts, [f for f in support if facts[f] is UNKNOWN], every_value)
            found = self._possible[key] = box.possible(name, self._paths[name])
        if found.fault and not found.values:
            raise found.fault
        return found


class _Box:
    """All completions of some unknown facts at once: an array axis for each fact."""

    def __init__(self, tables: Tables, facts: Values, unknown: Sequence[str], every_value: bool) -> None:
        import numpy

        self.np = numpy
        self.tables = tables
        self.program = tables.program
        self.facts = facts
        self.unknown = tuple(unknown)
        axes = {fact: self.program.axes[fact] for fact in unknown}
        self.values: dict[str, tuple[Any, ...]] = {}
        self.weights: dict[str, tuple[int, ...]] = {}
        for fact, axis in axes.items():
            if every_value:
                self.values[fact] = tuple(value for group in axis.groups for value in group)
                self.weights[fact] = (1,) * len(self.values[fact])
            else:
                self.values[fact] = tuple(group[0] for group in axis.groups)
                self.weights[fact] = axis.weights
        self.outcomes: list[Outcome] = []
        # By stage and completion: number of the outcome, basis of the chain, whether there is a fault.
        self.numbers: dict[str, Array] = {}
        self.strengths: dict[str, Array] = {}
        self.faulty: dict[str, Array] = {}
        self.valid: Array = numpy.ones((1,) * len(self.unknown), dtype=bool)
        # The concluded or given category, as numbers into this list.
        self.categories: list[Any] = []
        self.category: Array | None = None

    def along(self, fact: str, numbers: Sequence[int]) -> Array:
        """Numbers laid along the axis of a fact."""
        shape = [1] * len(self.unknown)
        shape[self.unknown.index(fact)] = len(numbers)
        return self.np.array(numbers, dtype=self.np.int64).reshape(shape)

    def constant(self, number: int) -> Array:
        """One number for all completions."""
        array: Array = self.np.full((1,) * len(self.unknown), number, dtype=self.np.int64)
        return array

    def pick(self, values: Sequence[int], where: Array) -> Array:
        """For each number the value at that position."""
        taken: Array = self.np.take(self.np.array(values, dtype=self.np.int64), where)
        return taken

    def codes(self, stage: Stage, position: int) -> Array:
        """The class numbers of an input, by completion."""
        name, classes = stage.inputs[position], stage.classes[position]
        if name == self.program.category and stage.name != name:
            assert self.category is not None
            return self.pick([classes[value] for value in self.categories], self.category)
        if name in self.numbers and stage.name != name:
            lookup = [classes.get(outcome.value, 0) for outcome in self.outcomes]
            return self.pick(lookup, self.numbers[name])
        if name in self.values:
            return self.along(name, [classes[value] for value in self.values[name]])
        return self.constant(classes[self.facts[name]])

    def run(self, name: str) -> None:
        """Fills in a stage whose inputs are filled in."""
        np = self.np
        stage = self.program.stages[name]
        table = self.tables.tables[name]
        widths = stage.ruleset.widths
        flat: Array = np.zeros((1,) * len(self.unknown), dtype=np.int64)
        for position, width in enumerate(widths):
            flat = flat * width + self.codes(stage, position)
        distinct, inverse = np.unique(flat, return_inverse=True)
        base = len(self.outcomes)
        for number in distinct.tolist():
            key: list[int] = []
            for width in reversed(widths):
                number, code = divmod(number, width)
                key.append(code)
            self.outcomes.append(table.ask(tuple(reversed(key))))
        numbers = inverse.reshape(flat.shape) + base
        new = self.outcomes[base:]
        relative = numbers - base
        faulty = np.array([outcome.fault is not None for outcome in new], dtype=bool)[relative]
        strength = np.array([outcome.strength for outcome in new], dtype=np.int8)[relative]
        for read in stage.inputs:
            if read in self.numbers and read != name:
                used = np.array([read in outcome.reads for outcome in new], dtype=bool)[relative]
                strength = np.maximum(strength, np.where(used, self.strengths[read], 0))
                faulty = faulty | self.faulty[read]
        self.numbers[name], self.strengths[name], self.faulty[name] = numbers, strength, faulty
        if name == self.program.category:
            self.settle_category(name, new, relative)

    def settle_category(self, name: str, outcomes: Sequence[Outcome], where: Array) -> None:
        """The category is the one concluded, else the one given; where they differ, it is no completion."""
        np = self.np
        domain = list(self.program.domains[name])
        index = {value: number for number, value in enumerate(domain)}
        self.categories = domain
        concluded = np.array(
            [-1 if outcome.value is None else index[outcome.value] for outcome in outcomes], dtype=np.int64
        )[where]
        if name in self.values:
            given = self.along(name, [index[value] for value in self.values[name]])
        else:
            given = self.constant(index[self.facts[name]])
        self.category = np.where(concluded >= 0, concluded, given)
        self.valid = (concluded < 0) | (concluded == given)

    def possible(self, name: str, path: Iterable[str]) -> Possible:
        np = self.np
        for stage in path:
            self.run(stage)
        shape = tuple(len(self.values[fact]) for fact in self.unknown)
        domain: list[Any]
        if name == self.program.category:
            assert self.category is not None
            domain, numbers = self.categories, self.category
        else:
            domain = list(dict.fromkeys(outcome.value for outcome in self.outcomes))
            index = {value: number for number, value in enumerate(domain)}
            lookup = [index[outcome.value] for outcome in self.outcomes]
            numbers = np.array(lookup, dtype=np.int64)[self.numbers[name]]
        faulty = np.broadcast_to(self.faulty[name], shape)
        valid = np.broadcast_to(self.valid, shape)
        # A fault is a value of its own, so that what leads to one counts as a difference.
        fault = len(domain)
        values = np.where(faulty, fault, np.broadcast_to(numbers, shape))
        present = np.unique(values[valid]).tolist()
        strengths = np.broadcast_to(self.strengths[name], shape)[valid & ~faulty]
        seen = np.unique(np.broadcast_to(self.numbers[name], shape)[valid]).tolist()
        return Possible(
            values=self.ordered(name, [domain[number] for number in present if number != fault]),
            fault=next(o.fault for o in self.outcomes if o.fault) if fault in present else None,
            strength=int(strengths.max(initial=0)),
            missing=dict(self.missing(values, valid)) if len(present) > 1 else {},
            outcomes=tuple(self.outcomes[number] for number in seen),
        )

    def ordered(self, name: str, values: Sequence[Any]) -> tuple[Any, ...]:
        rank = {value: number for number, value in enumerate(self.program.domains.get(name, ()))}
        return tuple(sorted(values, key=lambda value: (value is None, rank.get(value, 0), str(value))))

    def missing(self, values: Array, valid: Array) -> Iterator[tuple[str, float]]:
        """The facts along whose axis the value changes somewhere, and how many values each leaves."""
        np = self.np
        highest = np.where(valid, values, -1)
        lowest = np.where(valid, values, np.iinfo(np.int64).max)
        for position, fact in enumerate(self.unknown):
            if not (highest.max(axis=position) > lowest.min(axis=position)).any():
                continue
            total = weight = 0
            for number, count in enumerate(self.weights[fact]):
                slice_valid = valid.take(number, axis=position)
                if slice_valid.any():
                    left = np.unique(values.take(number, axis=position)[slice_valid])
                    total += count * len(left)
                    weight += count
            yield fact, total / weight
