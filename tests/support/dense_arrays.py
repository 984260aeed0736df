"""What a policy comes to by listing every combination of facts: arrays with an axis for each fact.

An oracle for what decision diagrams say, which is slow and large, and says nothing of diagrams.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from supportrules import Policy
from supportrules.engine.columns.combinations import Combinations
from supportrules.engine.rules import Groups, Program, Stage
from supportrules.engine.tables import Outcome, Table
from supportrules.engine.tables.possible import ordered
from supportrules.engine.tables.table import Values, fault_for
from supportrules.errors import PolicyFault, TooMuchUnknown
from supportrules.policy.vocabulary import UNKNOWN

Array = numpy.ndarray[Any, numpy.dtype[Any]]

_WORD = 64


class Sets:
    """A set of numbers at each place of an array.

    Args:
        words: arrays of one shape with a bit for each of 64 numbers; those of the first begin with 0.
    """

    def __init__(self, words: Sequence[Array]) -> None:
        import numpy

        self._np, self.words = numpy, tuple(words)

    @classmethod
    def of(cls, numbers: Array, valid: Array, count: int) -> Sets:
        """The sets of one number each.

        Args:
            numbers: the number at each place.
            valid: where there is one; elsewhere the set is empty.
            count: how many numbers there are.
        """
        import numpy as np

        kind = np.min_scalar_type((1 << min(count, _WORD)) - 1).type
        bits = np.left_shift(kind(1), (numbers % _WORD).astype(kind))
        words = range(words_of(count))
        return cls([np.where(valid & (numbers // _WORD == word), bits, kind(0)) for word in words])

    def union(self, axes: int | tuple[int, ...] | None, *, keepdims: bool = False) -> Sets:
        """The unions along some axes, or over all."""
        unite: Any = self._np.bitwise_or.reduce
        return Sets([unite(word, axis=axes, keepdims=keepdims) for word in self.words])

    def at(self, places: Array) -> Sets:
        """Those at some places of an array of one dimension."""
        return Sets([self._np.take(word, places) for word in self.words])

    def counts(self) -> Array:
        """How many numbers each has."""
        counts = [self._np.bitwise_count(word) for word in self.words]
        return sum(counts[1:], counts[0].astype(self._np.int64) if len(counts) > 1 else counts[0])

    def has(self, number: int) -> Array:
        """Which of them have a number."""
        word = self.words[number // _WORD]
        found: Array = (word >> word.dtype.type(number % _WORD)) & word.dtype.type(1)
        return found

    def only(self) -> Array:
        """The number of each that has one; of those that are empty, 0."""
        found = self._np.zeros(self.words[0].shape, dtype=self._np.int64)
        for place, word in enumerate(self.words):
            below = self._np.bitwise_count(word - word.dtype.type(1)) + _WORD * place
            found = self._np.where(word > 0, below, found)
        return found


def words_of(count: int) -> int:
    """How many words hold so many numbers."""
    return -(-count // _WORD)


def numbers_in(words: Sequence[int]) -> list[int]:
    """The numbers of one set."""
    return [
        _WORD * place + bit for place, word in enumerate(words) for bit in range(_WORD) if word >> bit & 1
    ]


# How many completions are walked at most: about a second, and some hundred megabytes.
MOST_COMPLETIONS = 20_000_000
# How many axes an array can have everywhere.
MOST_UNKNOWN = 32


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


@dataclass(frozen=True)
class CompletionGrid:
    """A conclusion for every completion.

    Args:
        facts: the fact of each axis.
        axes: the values along each axis, each of which stands for a group.
        values: the values of the conclusion.
        numbers: which value, by completion; -1 where there is none, -2 where the facts contradict each other.
        strengths: the weakest basis of the value, by completion.
    """

    facts: tuple[str, ...]
    axes: tuple[tuple[Any, ...], ...]
    values: tuple[Any, ...]
    numbers: Array
    strengths: Array


class Completions:
    """What the stages come to over all completions of a ticket's unknown facts.

    Arrays have an axis for each unknown fact, of length 1 where a stage does not depend on it, so that they
    broadcast; each stage is worked out once, however many answers rest on it.
    """

    def __init__(
        self,
        program: Program,
        tables: Mapping[str, Table],
        paths: Mapping[str, tuple[str, ...]],
        facts: Values,
        *,
        rules_of: str | None,
        axes: Mapping[str, Groups] | None,
    ) -> None:
        # Imported where it is needed: a ticket of which everything is known does without.
        import numpy

        self._np = numpy
        self._program, self._tables, self._paths, self._facts = program, tables, paths, facts
        support = {fact for facts in program.support.values() for fact in facts}
        unknown = [
            fact
            for fact in facts
            if fact in support and facts[fact] is UNKNOWN and len(program.domains[fact]) > 1
        ]
        self._unknown = tuple(unknown if axes is None else axes)
        if len(self._unknown) > MOST_UNKNOWN:
            raise TooMuchUnknown("", self._unknown)
        # For each unknown fact the values to walk, the group of each, and for how many values it stands.
        self._groups: dict[str, Groups] = {}
        self._values: dict[str, tuple[Any, ...]] = {}
        self._weights: dict[str, tuple[int, ...]] = {}
        for fact in self._unknown:
            groups = program.axes[fact] if axes is None else axes[fact]
            if rules_of is not None:
                groups = program.stages[rules_of].split(fact, groups)
            self._groups[fact] = groups
            self._values[fact] = tuple(group[0] for group in groups)
            self._weights[fact] = tuple(map(len, groups))
        self._results: dict[str, _Result] = {}
        # Which completions there are: a category that contradicts the other facts is none.
        self._valid: Array = self._constant(True)
        self._category: Array | None = None

    def possible(self, name: str) -> Possible:
        """What a stage can come to.

        Raises:
            PolicyFault: the policy has an answer for no completion.
        """
        self.walk(name)
        found = self._summary(name)
        if found.fault and not found.values:
            raise found.fault
        return found

    def walk(self, name: str) -> None:
        """Works out a stage, and all that it rests on."""
        for stage in self._paths[name]:
            if stage not in self._results:
                self._results[stage] = self._run(self._program.stages[stage])
                if stage == self._program.category:
                    self._settle_category(stage)

    def reached(self, name: str) -> Mapping[tuple[int, ...], Outcome]:
        """The combinations of class numbers that some completion leads to, with the outcome of each."""
        self.walk(name)
        result = self._results[name]
        numbers, sound = self._np.broadcast_arrays(result.numbers, self._sound(name))
        found = self._np.unique(numbers[sound]).tolist()
        return {result.keys[number]: result.outcomes[number] for number in found}

    def blocked(self, name: str) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """The combinations of a stage's inputs of which a fault below it leaves some without a value.

        Returns:
            For each the class numbers, and the places of the inputs that have no value.
        """
        np = self._np
        self.walk(name)
        result, inputs = self._results[name], self._program.stages[name].inputs
        blocked = result.blocked & (self._valid if self._is_tied(name) else self._constant(True))
        if not blocked.any():
            return
        lacking = self._constant(0)
        for place, read in enumerate(inputs):
            if read != name and read in self._results:
                lacking = lacking + (self._results[read].faulty.astype(np.int64) << place)
        numbers, lacking, blocked = np.broadcast_arrays(result.numbers, lacking, blocked)
        pairs = np.unique(np.stack([numbers[blocked], lacking[blocked]]), axis=1).T.tolist()
        for number, bits in pairs:
            yield result.keys[number], tuple(place for place in range(len(inputs)) if bits >> place & 1)

    def where(self, name: str, holds: Callable[[Outcome], bool]) -> Array:
        """Which completions lead to such outcomes of a stage; it broadcasts with all others of these."""
        self.walk(name)
        result = self._results[name]
        chosen = self._pick([holds(outcome) for outcome in result.outcomes], result.numbers)
        mask: Array = chosen.astype(bool) & self._sound(name)
        return mask

    def outcomes(self, name: str) -> tuple[Sequence[Outcome], Array]:
        """The distinct outcomes of a stage, and which of them each completion leads to."""
        self.walk(name)
        return self._results[name].outcomes, self._results[name].numbers

    def grid(self, name: str, *, contradictions: bool = True) -> CompletionGrid:
        """The value of a stage for every completion.

        Args:
            contradictions: whether a given category must be the one concluded; else the one concluded counts.
        """
        self.walk(name)
        result = self._results[name]
        if name == self._program.category:
            # What is not concluded is what was given.
            assert self._category is not None
            values, numbers = list(self._program.domains[name]), self._category
        else:
            # Where there is a fault there is no value.
            values = list(dict.fromkeys(each.value for each in result.outcomes if each.fault is None))
            places = [values.index(each.value) if each.fault is None else 0 for each in result.outcomes]
            numbers = self._pick(places, result.numbers)
        valid = self._valid if contradictions and self._is_tied(name) else self._constant(True)
        numbers, valid, faulty, strengths = self._np.broadcast_arrays(
            numbers, valid, result.faulty, result.strengths
        )
        settled = self._np.where(valid, self._np.where(faulty.astype(bool), -1, numbers), -2)
        axes = tuple(self._values[fact] for fact in self._unknown)
        return CompletionGrid(self._unknown, axes, tuple(values), settled, strengths)

    def positions(self, mask: Array, near: Sequence[int], most: int = 1) -> list[list[int]]:
        """Positions that a mask holds, those first that differ from another one in the fewest facts."""
        found = self._np.argwhere(mask)
        differing = (found != self._np.array(near, dtype=found.dtype)).sum(axis=1)
        positions: list[list[int]] = found[self._np.argsort(differing, kind="stable")][:most].tolist()
        return positions

    def position(self, facts: Values) -> list[int]:
        """The position of some facts; of those that are not among them, the first value of each."""
        return [self.index(fact, facts[fact]) if fact in facts else 0 for fact in self._unknown]

    def index(self, fact: str, value: Any) -> int:
        """Where a value of a fact stands on its axis."""
        return next(number for number, group in enumerate(self._groups[fact]) if value in group)

    def outcome(self, name: str, position: Sequence[int]) -> Outcome:
        """The outcome of a stage at a position."""
        result = self._results[name]
        # Along an axis that the stage does not depend on there is one place.
        places = zip(position, result.numbers.shape, strict=True)
        return result.outcomes[int(result.numbers[tuple(min(i, n - 1) for i, n in places)])]

    def at(self, position: Sequence[int]) -> dict[str, Any]:
        """The facts of the completion at a position; along an axis of length 1, its first value."""
        return {
            fact: self._values[fact][int(index)] for fact, index in zip(self._unknown, position, strict=True)
        }

    def _sound(self, name: str) -> Array:
        """Where the category is none that contradicts, and all that a stage rests on has a value."""
        valid = self._valid if self._is_tied(name) else self._constant(True)
        sound: Array = valid & ~self._results[name].blocked
        return sound

    # One stage

    def _run(self, stage: Stage) -> _Result:
        """Looks up every combination of inputs that occurs."""
        np, table, widths = self._np, self._tables[stage.name], stage.ruleset.widths
        combinations = Combinations(np, self._constant(0))
        size = 1
        for position, width in enumerate(widths):
            codes = self._codes(stage, position)
            size = math.prod(np.broadcast_shapes(combinations.numbers.shape, codes.shape))
            if size > MOST_COMPLETIONS:
                raise TooMuchUnknown(stage.name, self._unknown)
            combinations.add(codes, width)
        outcomes, numbers = [table.ask(key) for key in combinations.distinct], combinations.numbers
        faulty = self._pick([outcome.fault is not None for outcome in outcomes], numbers)
        blocked = self._constant(False)
        strengths = self._pick([outcome.strength for outcome in outcomes], numbers)
        for read in stage.inputs:
            below = self._results.get(read) if read != stage.name else None
            if below is not None:
                used = self._pick([read in outcome.reads for outcome in outcomes], numbers)
                strengths = np.maximum(strengths, below.strengths * used)
                faulty = faulty | below.faulty
                blocked = blocked | below.faulty.astype(bool)
        return _Result(combinations.distinct, outcomes, numbers, strengths, faulty, blocked)

    def _codes(self, stage: Stage, position: int) -> Array:
        """The class numbers of an input."""
        name, classes = stage.inputs[position], stage.classes[position]
        if name == stage.name or name not in self._results:
            return self._fact(name, classes)
        if name == self._program.category:
            assert self._category is not None
            return self._pick([classes[value] for value in self._program.domains[name]], self._category)
        below = self._results[name]
        # Where there is a fault there is no value; what is looked up for it is not used.
        return self._pick([classes.get(outcome.value, 0) for outcome in below.outcomes], below.numbers)

    def _fact(self, name: str, numbers: Mapping[Any, int]) -> Array:
        """A number for each value of a fact, along its axis if it is unknown."""
        if name not in self._values:
            value = self._facts[name]
            # Of a fact that can have one value only, that is the one.
            return self._constant(numbers[self._program.domains[name][0] if value is UNKNOWN else value])
        shape = [1] * len(self._unknown)
        shape[self._unknown.index(name)] = len(self._values[name])
        values = [self._program.reduce(name, value) for value in self._values[name]]
        return self._np.array([numbers[value] for value in values]).reshape(shape)

    def _constant(self, number: int) -> Array:
        array: Array = self._np.full((1,) * len(self._unknown), number)
        return array

    def _pick(self, items: Sequence[int], numbers: Array) -> Array:
        """For each number the item at that position."""
        small = self._np.array(items, dtype=self._np.int16)
        picked: Array = small[numbers]
        return picked

    def _settle_category(self, name: str) -> None:
        """The category is the one concluded, else the one given."""
        index = {value: number for number, value in enumerate(self._program.domains[name])}
        result = self._results[name]
        concluded = self._pick([index.get(outcome.value, -1) for outcome in result.outcomes], result.numbers)
        given = self._fact(name, index)
        self._category = self._np.where(concluded >= 0, concluded, given)
        self._valid = (concluded < 0) | (concluded == given)

    # One answer

    def _summary(self, name: str) -> Possible:
        np, result = self._np, self._results[name]
        if name == self._program.category:
            assert self._category is not None
            domain, numbers = list(self._program.domains[name]), self._category
        else:
            domain = list(dict.fromkeys(outcome.value for outcome in result.outcomes))
            numbers = self._pick([domain.index(o.value) for o in result.outcomes], result.numbers)
        # A fault is a value of its own, so that what leads to one counts as a difference.
        fault = len(domain)
        numbers = np.where(result.faulty, fault, numbers)
        valid = self._valid if self._is_tied(name) else self._constant(True)
        numbers, valid, strengths, which = np.broadcast_arrays(
            numbers, valid, result.strengths * ~result.faulty.astype(bool), result.numbers
        )
        sets = Sets.of(numbers, valid, fault + 1)
        present = numbers_in([int(word) for word in sets.union(None).words])
        faults = (
            fault_for(outcome.fault, self._program.stages[stage], self._facts)
            for stage in self._paths[name]
            for outcome in self._results[stage].outcomes
            if outcome.fault
        )
        return Possible(
            values=ordered(self._program, name, [domain[number] for number in present if number != fault]),
            fault=next(faults) if fault in present else None,
            strength=int(np.where(valid, strengths, 0).max(initial=0)),
            missing=dict(self._missing(sets)) if len(present) > 1 else {},
            outcomes=tuple(result.outcomes[number] for number in np.unique(which[valid]).tolist()),
        )

    def _is_tied(self, name: str) -> bool:
        """Whether an answer depends on the category, so that a contradiction matters to it."""
        category = self._program.category
        return category is not None and category in self._program.support[name]

    def _missing(self, sets: Sets) -> Iterator[tuple[str, float]]:
        """The facts along whose axis the value changes somewhere, and how many values each leaves."""
        axes = range(len(self._unknown))
        for axis, fact in enumerate(self._unknown):
            if (sets.union(axis).counts() > 1).any():
                left = sets.union(tuple(other for other in axes if other != axis)).counts().tolist()
                pairs = [(n, weight) for n, weight in zip(left, self._weights[fact], strict=True) if n]
                yield fact, sum(n * weight for n, weight in pairs) / sum(weight for _, weight in pairs)


@dataclass(frozen=True)
class _Result:
    """A stage over all completions.

    Args:
        keys: the distinct combinations of class numbers.
        outcomes: the outcome of each.
        numbers: which of them, by completion.
        strengths: the weakest basis of the chain, by completion.
        faulty: whether the chain has a fault, by completion.
        blocked: whether the chain below this stage has one.
    """

    keys: list[tuple[int, ...]]
    outcomes: list[Outcome]
    numbers: Array
    strengths: Array
    faulty: Array
    blocked: Array


def completions(
    policy: Policy,
    facts: Values,
    *,
    rules_of: str | None = None,
    axes: Mapping[str, Groups] | None = None,
) -> Completions:
    """All completions of the unknown facts."""
    program, tables = policy.program, policy.tables
    paths = {name: tables.path(name) for name in program.stages}
    return Completions(program, tables.tables, paths, facts, rules_of=rules_of, axes=axes)
