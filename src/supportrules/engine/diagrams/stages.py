"""A stage as diagrams of its inputs, compiled from its rules: no combination of inputs is listed.

Rules of a stage fall into groups, of which an earlier one takes out all that a later one concludes. Each
group is a diagram of its own: of two facts that only different groups test, no node has to remember both.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NamedTuple

from supportrules.base.frozen import lazy
from supportrules.engine.answers import Access
from supportrules.engine.diagrams.diagram import EXHAUSTED, Diagram, Nodes, TooLarge, bits, costliest
from supportrules.engine.rules import CodedCondition, Program, Stage


class Without(Enum):
    """Why there is no conclusion: no rule fires, rules have no single one, or no ticket has these facts."""

    NOTHING = 0
    FAULT = 1
    CONTRADICTION = 2


NOTHING, FAULT, CONTRADICTION = Without


class Inference(NamedTuple):
    """What a stage concludes.

    Args:
        value: what; None for none.
        strength: how weak the basis is: 0 stated, 1 inferred, 2 assumed.
        reads: the conclusions that it rests on, of which the basis is not yet taken into account.
    """

    value: Any
    strength: int
    reads: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Fired:
    """Rules of a group that fire together.

    Args:
        rules: their numbers, but for some that others take out.
        taken: the inputs that one of them takes over, by place, and the class number of each.
    """

    rules: tuple[int, ...]
    taken: tuple[tuple[int, int], ...] = ()


# One way in which a condition can hold: the class numbers that pass, by input.
Alternative = Mapping[int, frozenset[int]]


def alternatives(condition: CodedCondition) -> Iterator[Alternative]:
    """The ways in which a condition can hold."""
    own: dict[int, frozenset[int]] = {}
    for place, passing in condition.tests:
        own[place] = own.get(place, passing) & passing
    if not all(own.values()):
        return
    if not condition.alternatives:
        yield own
    for inner in itertools.chain.from_iterable(map(alternatives, condition.alternatives)):
        both = own | {place: codes & own.get(place, codes) for place, codes in inner.items()}
        if all(both.values()):
            yield both


@dataclass(frozen=True)
class StageDiagrams:
    """The groups of a stage's rules, as diagrams.

    Args:
        stage: the stage.
        order: its inputs by place, the one that is asked first at the front.
        conclusions: the inputs that are conclusions of other stages.
        known: the rules that fire in each group, as `fired` gives them, where they were compiled before.
    """

    stage: Stage
    order: tuple[int, ...]
    conclusions: frozenset[str]
    known: tuple[Diagram, ...] | None = None

    @classmethod
    def of(cls, program: Program, name: str, order: tuple[int, ...]) -> StageDiagrams:
        """Those of one stage of a program."""
        stage = program.stages[name]
        conclusions = frozenset(program.stages) & frozenset(stage.inputs) - {name}
        return cls(stage, order, conclusions)

    @lazy
    def names(self) -> tuple[str, ...]:
        """The inputs in the order in which they are asked."""
        return tuple(self.stage.inputs[place] for place in self.order)

    @lazy
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the rules of each group."""
        over = self.over
        everything = (1 << len(over)) - 1
        ranked = sorted(range(len(over)), key=lambda rule: -over[rule].bit_count())
        groups: list[tuple[int, ...]] = []
        begin, left, common = 0, everything, everything
        for end, rule in enumerate(ranked, 1):
            left &= ~(1 << rule)
            common &= over[rule]
            if left & ~common == 0:
                groups.append(tuple(sorted(ranked[begin:end])))
                begin, common = end, everything
        return tuple(groups)

    def group(self, number: int) -> Diagram:
        """What a group concludes; its levels are places in the order of inputs.

        Its leaves are conclusions, FAULT, or NOTHING where none of its rules fires.
        """
        return self._groups(number)

    @lazy
    def _groups(self) -> Callable[[int], Diagram]:
        # In the place of one that is too large, what cost most.
        known: dict[int, Diagram | tuple[str, ...]] = {}

        def find(number: int) -> Diagram:
            if number not in known:
                try:
                    fired = self.fired(number)
                    leaves = [self.concluded(leaf.rules, dict(leaf.taken)) for leaf in fired.leaves]
                    known[number] = replace(fired, leaves=leaves)
                except EXHAUSTED as error:
                    # Nor is it tried again.
                    known[number] = costliest(error)
            found = known[number]
            if isinstance(found, tuple):
                raise TooLarge(found)
            return found

        return find

    def fired(self, number: int) -> Diagram:
        """Which rules of a group fire: for each thing that it concludes those of one combination."""
        if self.known is not None:
            return self.known[number]
        if number not in self._fired:
            first: dict[Hashable, Fired] = {}

            def told(rules: Sequence[int], taken: Mapping[int, int]) -> Fired:
                found = Fired(tuple(rules), tuple(taken.items()))
                return first.setdefault(self.concluded(rules, taken), found)

            self._fired[number] = self.compiled(self.groups[number], told, self._alike)
        return self._fired[number]

    @lazy
    def _fired(self) -> dict[int, Diagram]:
        return {}

    def held(self, number: int, codes: Sequence[frozenset[int]]) -> Diagram:
        """What a group concludes where inputs can have some codes only; of others it says nothing.

        Args:
            codes: the class numbers of each input, in the order in which they are asked.

        Raises:
            TooLarge: it takes too much.
        """
        possible = [codes[self.order.index(place)] for place in range(len(self.order))]
        rules = [rule for rule in self.groups[number] if self.can_fire(rule, possible)]
        return self.compiled(rules, self.concluded, self._alike, codes)

    def conclude(self, codes: Sequence[int]) -> Inference | Without:
        """What the stage comes to for known inputs.

        Args:
            codes: the class number of each input, in the order in which they are asked.
        """
        for number in range(len(self.groups)):
            found: Inference | Without = self.group(number)(codes)
            if found is not NOTHING:
                return found
        return self.empty

    @lazy
    def empty(self) -> Inference | Without:
        """What it comes to where no rule fires; that rests on all that the stage reads."""
        return Inference(None, 0, self.conclusions) if self.stage.may_be_empty else FAULT

    def can_fire(self, rule: int, possible: Sequence[frozenset[int]]) -> bool:
        """Whether a rule can fire, by its tests one by one.

        Args:
            possible: the class numbers that each input can have, in the order of inputs.
        """
        ways = alternatives(self.stage.ruleset.conditions[rule])
        return any(all(codes & possible[place] for place, codes in way.items()) for way in ways)

    def standing(self, rule: int, among: Sequence[int]) -> Diagram:
        """Whether a rule fires and none takes it out.

        Args:
            among: the rules that can fire at all.
        """
        rules = [other for other in among if other == rule or self.over[other] >> rule & 1]

        def stands(fired: Sequence[int], _copied: Mapping[int, int]) -> bool:
            return rule in fired and not any(self.over[other] >> rule & 1 for other in fired)

        return self.compiled(rules, stands, lambda other: other == rule)

    def firing(self, rule: int) -> Diagram:
        """Whether a rule fires."""
        return self.compiled([rule], lambda fired, _copied: bool(fired), lambda _: True)

    def overrides(self, rule: int, other: int) -> bool:
        """Whether a rule takes out another one."""
        return bool(self.over[rule] >> other & 1)

    # What rules take out, and conclude

    @lazy
    def over(self) -> tuple[int, ...]:
        """For each rule those that it takes out, as bits."""
        ruleset = self.stage.ruleset
        of_rank: dict[int, int] = {}
        for rule, rank in enumerate(ruleset.ranks):
            of_rank[rank] = of_rank.get(rank, 0) | 1 << rule
        later, below = {}, 0
        for rank in sorted(of_rank, reverse=True):
            later[rank] = below
            below |= of_rank[rank]
        pairs = zip(ruleset.ranks, ruleset.overrides, strict=True)
        return tuple(later[rank] | sum(1 << loser for loser in losers) for rank, losers in pairs)

    def concluded(self, fired: Sequence[int], copied: Mapping[int, int]) -> Inference | Without:
        """What rules that fire come to; NOTHING of none.

        Args:
            fired: their numbers, but for some that others make idle.
            copied: the class number of each input that one of them takes over, by place.
        """
        if not fired:
            return NOTHING
        out = 0
        for rule in fired:
            out |= self.over[rule]
        standing = [rule for rule in fired if not out >> rule & 1]
        values = {self.alone(rule, copied) for rule in standing}
        value = values.pop()
        if values or value is FAULT:
            return FAULT
        rules = [self.stage.rules[rule] for rule in standing]
        reads = frozenset(name for rule in rules for name in rule.reads) & self.conclusions
        return Inference(value, max(rule.strength for rule in rules), reads)

    def alone(self, number: int, copied: Mapping[int, int]) -> Any:
        """The value that a rule concludes by itself, or FAULT.

        Args:
            copied: the class number of the input that it takes over, by place.
        """
        rule = self.stage.rules[number]
        value = rule.value
        if rule.copies is not None:
            place = self.stage.inputs.index(rule.copies)
            value = rule.conclude({rule.copies: self.stage.firsts[place][copied[place]]})
        return FAULT if isinstance(value, Access) and value.lacks_hours else value

    def _alike(self, number: int) -> Hashable:
        """What is the same of rules of which one says all."""
        rule = self.stage.rules[number]
        if rule.copies is not None:
            return number
        reads = self.conclusions.intersection(rule.reads)
        return rule.value, rule.strength, reads, self.over[number], self._taken_out_by[number]

    @lazy
    def _taken_out_by(self) -> Sequence[Hashable]:
        """For each rule what takes it out: its rank, and the rules that name it."""
        named: list[list[int]] = [[] for _ in self.stage.rules]
        for rule, losers in enumerate(self.stage.ruleset.overrides):
            for loser in losers:
                named[loser].append(rule)
        return list(zip(self.stage.ruleset.ranks, map(tuple, named), strict=True))

    # From rules to a diagram

    def compiled(
        self,
        rules: Sequence[int],
        told: Callable[[Sequence[int], Mapping[int, int]], Hashable],
        alike: Callable[[int], Hashable],
        held: Sequence[frozenset[int]] | None = None,
    ) -> Diagram:
        """A diagram of some rules.

        Args:
            rules: their numbers.
            told: gives a leaf for the rules that fire, but for some that others make idle, and the class
                number of each input that one of them takes over.
            alike: what is the same of rules of which, if one fires, the others make no difference.
            held: for each level, the codes of which it is to tell; else of all.

        Raises:
            TooLarge: it takes too much.
        """
        return _Compiler(self, rules, told, alike, held).diagram()


# How many children of nodes, and alternatives that are looked at, one group of rules may take.
MOST_STEPS = 3_000_000


class _Compiler:
    """Rules → a diagram, by the set of alternatives that can still hold at each node."""

    def __init__(
        self,
        stage: StageDiagrams,
        rules: Sequence[int],
        told: Callable[[Sequence[int], Mapping[int, int]], Hashable],
        alike: Callable[[int], Hashable],
        held: Sequence[frozenset[int]] | None,
    ) -> None:
        ruleset, self._told = stage.stage.ruleset, told
        widths = [ruleset.widths[place] for place in stage.order]
        self._nodes = Nodes(widths, MOST_STEPS, stage.names)
        self._order = stage.order
        self._held = held or [frozenset(range(width)) for width in widths]
        level_of = {place: level for level, place in enumerate(stage.order)}
        found = [(rule, ways) for rule in rules for ways in alternatives(ruleset.conditions[rule])]
        self._rules = [rule for rule, _ in found]
        self._all = (1 << len(found)) - 1
        of_rule: dict[int, int] = dict.fromkeys(rules, 0)
        for number, rule in enumerate(self._rules):
            of_rule[rule] |= 1 << number
        # For each level, which alternatives each code leaves.
        tested = [0] * len(widths)
        passing: list[dict[int, int]] = [{} for _ in widths]
        last = [-1] * len(found)
        for number, (_, ways) in enumerate(found):
            for place, codes in ways.items():
                level = level_of[place]
                last[number] = max(last[number], level)
                tested[level] |= 1 << number
                for code in codes:
                    passing[level][code] = passing[level].get(code, 0) | 1 << number
        self._passing = [
            [self._all & ~tested[level] | passing[level].get(code, 0) for code in range(width)]
            for level, width in enumerate(widths)
        ]
        # Which alternatives are tested through before each level.
        self._certain = [0] * (len(widths) + 1)
        for number, level in enumerate(last):
            self._certain[level + 1] |= 1 << number
        self._certain = list(itertools.accumulate(self._certain, int.__or__))
        inputs = stage.stage.inputs
        # Which alternatives take over the input of each level.
        self._taken = [0] * len(widths)
        for number, rule in enumerate(self._rules):
            name = stage.stage.rules[rule].copies
            if name is not None:
                self._taken[level_of[inputs.index(name)]] |= 1 << number
        self._asked = [each | taken for each, taken in zip(tested, self._taken, strict=True)]
        of_kind: dict[Hashable, int] = {}
        kinds = {rule: alike(rule) for rule in rules}
        for rule, kind in kinds.items():
            of_kind[kind] = of_kind.get(kind, 0) | of_rule[rule]
        # What a rule that surely fires makes idle: those that are alike, and those that it takes out, with
        # all that they would.
        self._idle: dict[int, int] = {}
        these, over = sum(1 << rule for rule in rules), stage.over
        for rule in rules:
            taken_out = bits(over[rule] & these)
            idle = sum(of_rule[other] for other in taken_out if not over[other] & ~over[rule])
            self._idle[rule] = idle | of_kind[kinds[rule]]
        self._known: dict[tuple[int, int, tuple[tuple[int, int], ...]], int] = {}

    def diagram(self) -> Diagram:
        return self._nodes.diagram(self._from(0, self._pruned(0, self._all), ()))

    def _pruned(self, level: int, alive: int) -> int:
        """Without the alternatives that one that surely holds makes idle."""
        for number in bits(alive & self._certain[level]):
            self._nodes.spend(1)
            if alive >> number & 1:
                alive = alive & ~self._idle[self._rules[number]] | 1 << number
        return alive

    def _from(self, level: int, alive: int, taken: tuple[tuple[int, int], ...]) -> int:
        """The node for alternatives that can still hold.

        Args:
            taken: the codes of inputs that some of them take over.
        """
        widths = self._nodes.widths
        while level < len(widths):
            if alive & self._asked[level]:
                if len(self._held[level]) > 1:
                    break
                (code,) = self._held[level]
                alive, taken = self._below(level, code, alive, taken)
            level += 1
        if level == len(widths):
            fired = sorted({self._rules[number] for number in bits(alive)})
            copied = {self._order[level]: code for level, code in taken}
            return self._nodes.leaf(self._told(fired, copied))
        key = level, alive, taken
        found = self._known.get(key)
        if found is None:
            children: list[int | None] = []
            known: dict[tuple[int, bool, int], int] = {}
            takes = alive & self._taken[level]
            for code, passing in enumerate(self._passing[level]):
                if code not in self._held[level]:
                    children.append(None)
                    continue
                left = alive & passing
                kept = bool(left & takes)
                place = left, kept, code if kept else -1
                if place not in known:
                    known[place] = self._from(level + 1, *self._below(level, code, alive, taken))
                children.append(known[place])
            # Where other codes lead makes no difference.
            some = next(child for child in children if child is not None)
            below = tuple([some if child is None else child for child in children])
            found = self._known[key] = self._nodes.node(level, below)
        return found

    def _below(
        self, level: int, code: int, alive: int, taken: tuple[tuple[int, int], ...]
    ) -> tuple[int, tuple[tuple[int, int], ...]]:
        """The alternatives that a code leaves, and the codes that some of these take over."""
        left = alive & self._passing[level][code]
        if left & self._taken[level]:
            taken = (*taken, (level, code))
        left = self._pruned(level + 1, left)
        return left, tuple([each for each in taken if left & self._taken[each[0]]])
