"""Conditions that change nothing: the same rules decide for every ticket without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from supportrules.engine.rules import Rule, Stage
from supportrules.engine.tables.table import value_text
from supportrules.policy.conditions import Condition, Test
from supportrules.policy.documents import Path
from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.space import Reached, Space

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]


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
    for name in space.reached:
        reached = space.mended(name)
        stage = space.stage(name)
        written = [rule for rule in stage.rules if rule.id in sources.rules]
        if not written or not reached:
            continue
        firings = _Firings(space, stage, reached)
        for rule in written:
            # What never decides is told by itself.
            if firings.decides(rule):
                for variant in _variants(rule.when, ("when",)):
                    if firings.same(rule, variant):
                        what = f"{variant.what} in `{rule.id}` changes nothing"
                        place = sources.in_rule(rule.id, *variant.path)
                        message = f"{what}: the same rules decide without it"
                        yield Finding("idle-condition", message, "leave it out", rule.origin, place)


class _Firings:
    """Which rules of a stage fire and decide for each combination that is reached."""

    def __init__(self, space: Space, stage: Stage, reached: Reached) -> None:
        import numpy

        self._np, self._stage = numpy, stage
        self._codes = numpy.array(list(reached), dtype=numpy.int64).reshape(len(reached), len(stage.inputs))
        self._values = {name: _occurring(space, stage, name) for name in stage.inputs}
        self._numbers = {rule.id: number for number, rule in enumerate(stage.rules)}
        self._fired = numpy.zeros((len(reached), len(stage.rules)), dtype=bool)
        for row, outcome in enumerate(reached.values()):
            for firing in outcome.firings:
                self._fired[row, self._numbers[firing.rule.id]] = True
        ranks = numpy.array(stage.ruleset.ranks)
        self._overrides = ranks[:, None] < ranks
        for winner, losers in enumerate(stage.ruleset.overrides):
            self._overrides[winner, list(losers)] = True
        self._standing = self._stand(self._fired)

    def decides(self, rule: Rule) -> bool:
        """Whether a rule stands anywhere."""
        return bool(self._standing[:, self._numbers[rule.id]].any())

    def same(self, rule: Rule, variant: _Variant) -> bool:
        """Whether the same rules stand everywhere if a rule has another condition."""
        number = self._numbers[rule.id]
        fires = self._holds(variant.condition, variant)
        differs = fires != self._fired[:, number]
        fired = self._fired[differs]
        fired[:, number] = fires[differs]
        return bool((self._stand(fired) == self._standing[differs]).all())

    def _stand(self, fired: Array) -> Array:
        standing: Array = fired & ~(fired @ self._overrides)
        return standing

    def _holds(self, condition: Condition, variant: _Variant) -> Array:
        np = self._np
        holds = np.ones(len(self._codes), dtype=bool)
        for test in condition.tests:
            holds &= self._passes(test, variant)
        if condition.alternatives:
            options = [self._holds(option, variant) for option in condition.alternatives]
            holds &= np.logical_or.reduce(options)
        found: Array = holds
        return found

    def _passes(self, test: Test, variant: _Variant) -> Array:
        """Which combinations pass a test; of a smaller one, those for which it differs somewhere count."""
        position = self._stage.inputs.index(test.name)
        classes = self._stage.classes[position]
        passing = self._np.zeros(self._stage.ruleset.widths[position], dtype=bool)
        whole = variant.whole if test is variant.smaller and variant.whole else test
        for value, code in classes.items():
            passing[code] = whole.holds(value)
        # A class can hold values that the whole test does not tell apart, and the smaller one does.
        for value in self._values[test.name]:
            if whole is not test and test.holds(value) != whole.holds(value):
                passing[classes[value]] = test.holds(value)
        passes: Array = passing[self._codes[:, position]]
        return passes


def _occurring(space: Space, stage: Stage, name: str) -> list[Any]:
    """The values of an input that occur."""
    values = list(stage.classes[stage.inputs.index(name)])
    if name == space.program.category or name not in space.reached:
        return values
    outcomes = space.mended(name).values()
    if any(outcome.fault for outcome in outcomes):
        # Whatever is concluded once that is mended.
        return values
    concluded = {outcome.value for outcome in outcomes}
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
