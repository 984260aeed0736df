"""Conditions that change nothing: the same rules decide for every ticket without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from supportrules.engine.diagrams.regions import between
from supportrules.engine.diagrams.stages import FAULT, Inference
from supportrules.engine.rules import CodedCondition
from supportrules.engine.tables.table import value_text
from supportrules.policy.conditions import Condition, Test
from supportrules.policy.documents import Path
from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.reached import Reached
from supportrules.proofs.check.space import Space


class _Variant(NamedTuple):
    """A condition with one part of it left out, where the part stands, and what to say of it.

    Args:
        smaller, whole: the test that has less in it, and what it was; None where all of a test is left out.
    """

    condition: Condition
    path: Path
    what: str
    smaller: Test | None = None
    whole: Test | None = None


def idle_conditions(space: Space) -> Iterator[Finding]:
    """Parts of conditions without which the same rules decide for every ticket."""
    sources = space.definition.sources
    for name, reached in tuple(space.reached.items()):
        rules = [
            (number, rule) for number, rule in enumerate(reached.stage.rules) if rule.id in sources.rules
        ]
        with space.proving(name):
            changes = _Changes(space, reached)
            for number, rule in rules:
                # What never decides is told by itself.
                if reached.rules.stands(number, reached.mended):
                    for variant in _variants(rule.when, ("when",)):
                        if changes.none(number, variant):
                            what = f"{variant.what} in `{rule.id}` changes nothing"
                            place = sources.in_rule(rule.id, *variant.path)
                            message = f"{what}: the same rules decide without it"
                            yield Finding("idle-condition", message, "leave it out", rule.origin, place)


class _Changes:
    """What another condition of a rule changes, for all that facts lead to."""

    def __init__(self, space: Space, reached: Reached) -> None:
        self._reached, self._stage = reached, reached.stage
        self._space = space
        self._values: dict[str, list[Any]] = {}

    def none(self, rule: int, variant: _Variant) -> bool:
        """Whether the same rules decide everywhere if a rule has the condition of a variant.

        Where it fires by one of the conditions alone, another one has to take it out, and what it takes out
        as well. All rules of an earlier group do both.
        """
        rules, regions = self._reached.rules, self._reached.rules.regions
        before = [self._reached.mended, *rules.before(rule)]
        rivals = [way for rival in rules.rivals(rule) for way in rules.ways(rival)]
        old, new = rules.ways(rule), rules.ways_of(self._coded(variant.condition, variant))
        for ways, without in ((new, old), (old, new)):
            if any(regions.meets(before, way, [*without, *rivals]) for way in ways):
                return False
        for fellow in rules.fellows(rule):
            others = [way for n in rules.rivals(fellow) if n != rule for way in rules.ways(n)]
            for ways, without in ((new, old), (old, new)):
                both = [between(way, taken) for way in ways for taken in rules.ways(fellow)]
                if any(regions.meets(before, way, [*without, *others]) for way in both):
                    return False
        return True

    def _coded(self, condition: Condition, variant: _Variant) -> CodedCondition:
        options = tuple(self._coded(option, variant) for option in condition.alternatives)
        return CodedCondition(tuple(self._test(test, variant) for test in condition.tests), options)

    def _test(self, test: Test, variant: _Variant) -> tuple[int, frozenset[int]]:
        """The place of a test and what passes; of a smaller one, values for which it differs count."""
        place = self._stage.inputs.index(test.name)
        classes = self._stage.classes[place]
        whole = variant.whole if test is variant.smaller and variant.whole else test
        passing = {code for value, code in classes.items() if whole.holds(value)}
        # A class can hold values that the whole test does not tell apart, and the smaller one does.
        for value in self._occurring(test.name) if whole is not test else ():
            if test.holds(value) != whole.holds(value):
                if test.holds(value):
                    passing.add(classes[value])
                else:
                    passing.discard(classes[value])
        return place, frozenset(passing)

    def _occurring(self, name: str) -> list[Any]:
        """The values of an input that occur."""
        if name not in self._values:
            self._values[name] = self._find(name)
        return self._values[name]

    def _find(self, name: str) -> list[Any]:
        values = list(self._stage.classes[self._stage.inputs.index(name)])
        if name == self._space.program.category or name not in self._space.reached:
            return values
        below = self._space.reached[name]
        found = set(below.rules.conclusions(below.mended))
        if FAULT in found:
            # Whatever is concluded once that is mended.
            return values
        concluded = {each.value for each in found if isinstance(each, Inference)}
        return [value for value in values if value in concluded]


def _variants(condition: Condition, path: Path) -> Iterator[_Variant]:
    """Conditions with one part left out, however deep it stands."""
    for number, test in enumerate(condition.tests):
        before, after = condition.tests[:number], condition.tests[number + 1 :]
        here = (*path, test.name)
        yield _Variant(replace(condition, tests=(*before, *after)), here, f"`{test.name}`")
        for smaller, where, what in _smaller(test):
            tests = (*before, smaller, *after)
            yield _Variant(replace(condition, tests=tests), (*here, *where), what, smaller, test)
    for number, option in enumerate(condition.alternatives):
        rest = condition.alternatives[:number], condition.alternatives[number + 1 :]
        where = (*path, "any", number)
        if any(rest):
            options = (*rest[0], *rest[1])
            yield _Variant(replace(condition, alternatives=options), where, "this alternative")
        for inner in _variants(option, where):
            if inner.condition != Condition():
                options = (*rest[0], inner.condition, *rest[1])
                yield inner._replace(condition=replace(condition, alternatives=options))


def _smaller(test: Test) -> Iterator[tuple[Test, Path, str]]:
    """A test with one of its values or bounds left out, where that stands, and its name."""
    for key, values in (("", test.accepted), ("not", test.excluded)):
        for value in sorted(values or (), key=value_text) if values and len(values) > 1 else ():
            rest = (values or frozenset()) - {value}
            smaller = replace(test, excluded=rest) if key else replace(test, accepted=rest)
            yield smaller, (key,) if key else (), f"`{value_text(value)}` of `{test.name}`"
    if test.at_least is not None and test.at_most is not None:
        yield replace(test, at_least=None), ("at_least",), f"`at_least` of `{test.name}`"
        yield replace(test, at_most=None), ("at_most",), f"`at_most` of `{test.name}`"
