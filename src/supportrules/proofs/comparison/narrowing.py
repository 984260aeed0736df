"""The values of facts for which rules that differ can fire: for all others two policies answer alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supportrules.engine.rules import Rule, Stage, overriding
from supportrules.policy.conditions import Test
from supportrules.proofs.comparison.changes import Span
from supportrules.proofs.comparison.facts import REFUSED, Pair, ValueClass


@dataclass(frozen=True)
class Narrowing:
    """What each of some rules asks of facts, by itself.

    Args:
        rules: for each rule its tests of facts, all of which have to pass.
    """

    rules: tuple[Mapping[str, Test], ...]

    @property
    def facts(self) -> frozenset[str]:
        """The facts that each of the rules asks for."""
        asked = [frozenset(tests) for tests in self.rules]
        return frozenset.intersection(*asked) if asked else frozenset()

    def lets(self, fact: str, place: ValueClass) -> bool:
        """Whether some rule can fire for some of these values of a fact."""
        if fact not in self.facts:
            return True
        values = [value for value in (place.old, place.new, *place.values) if value is not REFUSED]
        return any(
            isinstance(value, Span) or tests[fact].holds(value) for tests in self.rules for value in values
        )


NOTHING_LEFT_OUT = Narrowing(())


def narrowing(pair: Pair, name: str) -> Narrowing | None:
    """What the rules ask of facts that two policies do not have alike, of those that an answer follows from.

    Args:
        pair: the policies, which read the facts that it follows from alike.
        name: the answer.

    Returns:
        None where it follows from other stages in either.
    """
    paths = [policy.tables.path(name) if name in policy.program.stages else () for policy in pair]
    if set(paths[0]) != set(paths[1]):
        return None
    found: list[Mapping[str, Test]] = []
    for stage in paths[0]:
        one, other = (policy.program.stages[stage] for policy in pair)
        if one.may_be_empty != other.may_be_empty:
            return None
        for rule in _differing(one, other):
            tests: dict[str, Test] = {}
            for test in rule.when.tests:
                # A category is given under the name of the one that is concluded.
                if test.name not in pair[0].program.stages:
                    tests.setdefault(test.name, test)
            found.append(tests)
    return Narrowing(tuple(found))


def _differing(one: Stage, other: Stage) -> Iterator[Rule]:
    """The rules of two stages that only one of them has so.

    That others override one of these, or are overridden by it, makes no difference where it can't fire.
    """
    for stage, another in ((one, other), (other, one)):
        alike, theirs = overriding(stage, another, shared=True), {rule.id: rule for rule in another.rules}
        for rule in stage.rules:
            their = theirs.get(rule.id)
            if their is None or not _same(rule, their) or not alike(rule, their):
                yield rule


def _same(rule: Rule, their: Rule) -> bool:
    said: Sequence[Any] = (rule.when, rule.value, rule.copies, rule.make, rule.strength)
    return said == (their.when, their.value, their.copies, their.make, their.strength)
