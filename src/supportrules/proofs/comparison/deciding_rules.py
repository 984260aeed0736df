"""Which rules make a difference: those that decide in one of two policies only, ticket by ticket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supportrules.engine.rules import Rule, overriding
from supportrules.engine.tables import Outcome
from supportrules.engine.tables.completions import Combinations
from supportrules.policy.definition import TARGET
from supportrules.proofs.comparison.joint import Rows, Walk

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

# The ids of rules on either side.
_Sides = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class _Decided:
    """The rules that decide about a stage, by id, and what they read."""

    rules: frozenset[str]
    reads: frozenset[str]

    @classmethod
    def by(cls, outcome: Outcome) -> _Decided:
        return cls(frozenset(firing.rule.id for firing in outcome.standing), frozenset(outcome.reads))


class DecidingRules:
    """The rules that decide about an answer in one of two policies only, for each row.

    Args:
        walk: both policies.
        rows: the combinations along which the answer is told.
        name: the answer.
        stages: it, and the conclusions between what it is told along and it.

    Attributes:
        tell: for which rows there are any.
    """

    def __init__(self, walk: Walk, rows: Rows, name: str, stages: Sequence[str]) -> None:
        import numpy as np

        self._np, self._pair, self._name, self._stages = np, walk.pair, name, stages
        self._alike = {stage: frozenset(self._said_alike(stage)) for stage in stages}
        # Most rows are decided as others are.
        self._ways = Combinations(np, np.zeros(len(rows.ranks), dtype=np.int64))
        self._decided: dict[tuple[str, int], tuple[int, Sequence[_Decided]]] = {}
        for stage in stages:
            for side, policy in enumerate(self._pair):
                if stage in policy.program.stages:
                    outcomes, numbers = walk.sides[side].outcomes(stage)
                    each = [_Decided.by(outcome) for outcome in outcomes]
                    codes = {decided: number for number, decided in enumerate(dict.fromkeys(each))}
                    self._decided[stage, side] = len(self._decided), tuple(codes)
                    which = np.array([codes[decided] for decided in each])
                    self._ways.add(which[walk.at(rows, numbers)], len(codes))
        self._sides = [self._deciding(way) for way in self._ways.distinct]
        self.tell: Array = np.array([any(sides) for sides in self._sides])[self._ways.numbers]

    def rules(self, rows: Array) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
        """The rules of either side that decide, and do not on the other, for some of these rows."""
        ways = [self._sides[way] for way in self._np.unique(self._ways.numbers[rows]).tolist()]
        old, new = (frozenset[str]().union(*(sides[side] for sides in ways)) for side in (0, 1))
        return tuple(self._named(old, 0)), tuple(self._named(new, 1))

    def _named(self, ids: frozenset[str], side: int) -> Iterator[Rule]:
        stages = self._pair[side].program.stages
        for stage in self._stages:
            if stage in stages:
                yield from (rule for rule in stages[stage].rules if rule.id in ids)

    def _deciding(self, way: Sequence[int]) -> _Sides:
        """The rules that make the difference for one way in which all stages come out."""
        found: tuple[set[str], set[str]] = set(), set()
        path = [self._name]
        for stage in path:
            pair = [self._at(stage, side, way) for side in (0, 1)]
            same = pair[0].rules & pair[1].rules & self._alike[stage]
            for mine, decided in zip(found, pair, strict=True):
                mine |= decided.rules - same
            # What is not read makes no difference.
            read = pair[0].reads | pair[1].reads
            path += [name for name in self._stages if name in read and name not in path]
        return frozenset(found[0]), frozenset(found[1])

    def _at(self, stage: str, side: int, way: Sequence[int]) -> _Decided:
        if (stage, side) not in self._decided:
            return _Decided(frozenset(), frozenset())
        position, decided = self._decided[stage, side]
        return decided[way[position]]

    def _said_alike(self, stage: str) -> Iterator[str]:
        sides = [policy.program.stages[stage] for policy in self._pair if stage in policy.program.stages]
        override_alike = overriding(sides[0], sides[-1])
        theirs = {rule.id: rule for rule in sides[-1].rules}
        for rule in sides[0].rules:
            other = theirs.get(rule.id)
            if other and _said(rule) == _said(other) and override_alike(rule, other):
                yield rule.id


def _said(rule: Rule) -> object:
    # What promises run in some hours shows in the cells.
    tests = tuple(test for test in rule.when.tests if test.name != TARGET)
    return tests, rule.when.alternatives, rule.value, rule.copies, rule.strength
