"""Which rules make a difference: those that decide in one of two policies only, ticket by ticket."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from supportrules.engine.diagrams.composition import copied
from supportrules.engine.diagrams.diagram import Diagram, Nodes
from supportrules.engine.diagrams.stages import CONTRADICTION
from supportrules.engine.rules import Rule, overriding
from supportrules.policy.format import targeted_promise
from supportrules.proofs.comparison.joint import Walk


class Differing(NamedTuple):
    """How an answer differs, and the rules that make the difference.

    Args:
        kind: the answer on either side, as numbers.
        rules: the ids of the rules of either side that decide, and do not on the other.
    """

    kind: tuple[int, int]
    rules: tuple[frozenset[str], frozenset[str]]


class _FollowedDifference(NamedTuple):
    """A difference that is being followed down.

    Args:
        left, done: the stages that are still to be looked at, and those that are.
    """

    found: Differing
    left: frozenset[str]
    done: frozenset[str]


class _Standing(NamedTuple):
    """The rules that decide about a stage, by id, and the stages that they read."""

    rules: frozenset[str]
    reads: frozenset[str]


_NOTHING = _Standing(frozenset(), frozenset())


class DecidingRules:
    """The rules that decide about an answer in one of two policies only.

    Args:
        walk: both policies.
        name: the answer.
        stages: it, and the conclusions between what it is told along and it.
    """

    def __init__(self, walk: Walk, name: str, stages: Sequence[str]) -> None:
        self._walk, self._pair, self._name, self._stages = walk, walk.pair, name, stages

    def told(self, differences: Diagram) -> Diagram:
        """Where an answer differs, how and by which rules.

        Args:
            differences: leaves that are pairs of numbers become `Differing`, others stay.
        """
        nodes, none = self._walk.nodes(), frozenset[str]()

        def begun(leaf: Any) -> Any:
            if not isinstance(leaf, tuple):
                return leaf
            return _FollowedDifference(Differing(leaf, (none, none)), frozenset([self._name]), none)

        found = differences.restricted({}, begun)
        while (stage := self._next(found)) is not None:
            within = found.restricted({}, partial(_follows, stage))
            root = _followed(nodes, copied(nodes, found), copied(nodes, self._at(stage, within)), stage)
            found = nodes.diagram(root)
        return found.restricted(
            {}, lambda leaf: leaf.found if isinstance(leaf, _FollowedDifference) else leaf
        )

    def _next(self, found: Diagram) -> str | None:
        left = {
            stage for leaf in found.leaves if isinstance(leaf, _FollowedDifference) for stage in leaf.left
        }
        return next((stage for stage in self._stages if stage in left), None)

    def rules(self, found: Sequence[Differing]) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
        """The rules of either side that decide, and do not on the other, in one of some cases."""
        old, new = (frozenset[str]().union(*(each.rules[side] for each in found)) for side in (0, 1))
        return tuple(self._named(old, 0)), tuple(self._named(new, 1))

    def _named(self, ids: frozenset[str], side: int) -> Iterator[Rule]:
        stages = self._pair[side].program.stages
        for stage in self._stages:
            if stage in stages:
                yield from (rule for rule in stages[stage].rules if rule.id in ids)

    def _at(self, stage: str, within: Diagram) -> Diagram:
        """The rules that decide about a stage on one side only, and the stages that either side reads."""
        old, new = (self._standing(stage, side, within) for side in (0, 1))
        alike = frozenset(self._said_alike(stage))

        def differing(old: Any, new: Any) -> Hashable:
            if CONTRADICTION in (old, new):
                return CONTRADICTION
            same = old.rules & new.rules & alike
            # What is not read makes no difference.
            return old.rules - same, new.rules - same, old.reads | new.reads

        return self._walk.joined(old, new, differing)

    def _standing(self, name: str, side: int, within: Diagram) -> Diagram:
        stage = self._pair[side].program.stages.get(name)
        if stage is None:
            return self._walk.constant(_NOTHING)
        rules, takes_out, stages = stage.rules, stage.ruleset.takes_out, frozenset(self._stages)

        def standing(fired: Sequence[int]) -> _Standing:
            stand = [rules[n] for n in fired if not any(takes_out(other, n) for other in fired)]
            reads = frozenset(read for rule in stand for read in rule.reads)
            return _Standing(frozenset(rule.id for rule in stand), reads & stages)

        empty = _Standing(frozenset(), frozenset(stage.inputs) & stages)
        return self._walk.looked_up[side].fired(name, standing, empty, within)

    def _said_alike(self, stage: str) -> Iterator[str]:
        sides = [policy.program.stages[stage] for policy in self._pair if stage in policy.program.stages]
        override_alike = overriding(sides[0], sides[-1])
        theirs = {rule.id: rule for rule in sides[-1].rules}
        for rule in sides[0].rules:
            other = theirs.get(rule.id)
            if other and _said(rule) == _said(other) and override_alike(rule, other):
                yield rule.id


def _follows(stage: str, leaf: Any) -> bool:
    """Whether a difference is to be followed down to a stage."""
    return isinstance(leaf, _FollowedDifference) and stage in leaf.left


def _followed(nodes: Nodes, root: int, decided: int, stage: str) -> int:
    """What differs, followed down by one more stage."""

    def settle(node: int, other: int) -> int | None:
        if node >= 0:
            return None
        leaf = nodes.value(node)
        if not _follows(stage, leaf):
            return node
        if other >= 0:
            return None
        old, new, reads = nodes.value(other)
        (kind, rules), done = leaf.found, leaf.done | {stage}
        differing = Differing(kind, (rules[0] | old, rules[1] | new))
        return nodes.leaf(_FollowedDifference(differing, (leaf.left | reads) - done, done))

    return nodes.paired(root, decided, settle)


def _said(rule: Rule) -> object:
    # What promises run in some hours shows in the cells.
    tests = tuple(test for test in rule.when.tests if not targeted_promise(test.name))
    return tests, rule.when.alternatives, rule.value, rule.copies, rule.strength
