"""What never decides: rules and cells that no facts reach, or that others always override."""

from __future__ import annotations

from collections.abc import Iterator

from supportrules.base.problem import Witness
from supportrules.engine.tables.table import value_text
from supportrules.errors import SupportRulesError
from supportrules.policy.conditions import Test
from supportrules.policy.format import covers, targeted_promise
from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.reached import Reached
from supportrules.proofs.check.space import Space
from supportrules.proofs.check.witness import complete_ticket

# How many of the facts that make a rule fire are tried for a ticket that can be decided.
_TRIED = 20


def dead_rules(space: Space) -> Iterator[Finding]:
    """Rules and cells that no facts reach."""
    for name, reached in tuple(space.reached.items()):
        with space.proving(name):
            for number, rule in enumerate(reached.stage.rules):
                if not reached.rules.fires(number, reached.mended) and not _follows(space, reached, number):
                    if _fires_elsewhere(space, name, rule.id):
                        continue
                    is_cell = bool(targeted_promise(name)) and len(rule.when.tests) == 2
                    code, what = ("dead-cell", "cell") if is_cell else ("dead-rule", "rule")
                    message = f"no ticket reaches the {what} `{rule.id}`: {_why(reached, number)}"
                    hint = "leave it out, or mend what keeps tickets from it"
                    yield Finding(code, message, hint, rule.origin)


def _fires_elsewhere(space: Space, name: str, id: str) -> bool:
    """Whether the entry that makes a rule of a stage makes one of another stage, which fires."""
    return any(
        other.rules.fires(number, other.mended)
        for stage, other in space.reached.items()
        if stage != name
        for number, rule in enumerate(other.stage.rules)
        if rule.id == id
    )


def _follows(space: Space, reached: Reached, rule: int) -> bool:
    """Whether a rule that another finding says never decides would give what a test of this one asks for."""
    for test in _failing(reached, rule):
        if test.name in space.reached and test.name != reached.stage.name:
            below = space.reached[test.name]
            for number, other in enumerate(below.stage.rules):
                gives = other.copies is None and test.holds(other.value)
                if gives and not below.rules.stands(number, below.mended):
                    return True
    return False


def _failing(reached: Reached, rule: int) -> Iterator[Test]:
    """The tests that never pass by themselves."""
    stage = reached.stage
    tests = zip(stage.rules[rule].when.tests, stage.ruleset.conditions[rule].tests, strict=True)
    for test, (place, passing) in tests:
        if passing.isdisjoint(reached.occurring(place, reached.mended)):
            yield test


def _why(reached: Reached, rule: int) -> str:
    """The test that never passes by itself, or that all of them never do together."""
    for test in _failing(reached, rule):
        if test.accepted is not None:
            values = " or ".join(sorted(f"`{value_text(value)}`" for value in test.accepted))
            return f"`{test.name}` is never {values} there"
        return f"`{test.name}` never passes"
    return "its conditions never hold together"


def always_overridden(space: Space) -> Iterator[Finding]:
    """Rules that fire, and that others override every time."""
    for name, reached in tuple(space.reached.items()):
        with space.proving(name):
            for number, rule in sorted(enumerate(reached.stage.rules), key=lambda each: each[1].id):
                rules, mended = reached.rules, reached.mended
                if not rules.stands(number, mended) and rules.fires(number, mended):
                    others = [reached.stage.rules[other] for other in _covering(reached, number)]
                    listed = " or ".join(f"`{other.id}`" for other in others)
                    message = f"`{rule.id}` never decides: whenever it fires, {listed} overrides it"
                    related = tuple(other.origin.location for other in others)
                    hint = "leave it out, or let it override"
                    witnesses = _fired(space, name, number)
                    yield Finding("always-overridden", message, hint, rule.origin, None, related, witnesses)


def _fired(space: Space, name: str, rule: int) -> tuple[Witness, ...]:
    """A ticket for which a rule fires, and that has no fault."""
    reached = space.reached[name]
    for facts in space.examples(name, reached.rules.firing(rule), _TRIED):
        # Test cases expect something of the decision: of a whole ticket, that nothing is left open.
        found = complete_ticket(space.policy, facts)
        try:
            derivation = space.policy.evaluate(found).derivation
        except SupportRulesError:
            continue
        id = reached.stage.rules[rule].id
        if any(entry.rule == id for entry in derivation):
            return (Witness(found, {"undetermined": {}}, {"stood": (id,)}),)
    return ()


def _covering(reached: Reached, rule: int) -> Iterator[int]:
    """A few rules of which one overrides a rule wherever it fires."""
    rules, regions = reached.rules, reached.rules.regions
    left = regions.both(reached.mended, rules.firing(rule))
    others = [other for other in rules.overriders(rule) if rules.fires(other, left)]
    others.sort(key=lambda other: reached.stage.rules[other].id)
    while left != regions.nothing:
        met = {other: regions.both(left, rules.firing(other)) for other in others}
        chosen = max(others, key=lambda other: regions.size(met[other]))
        yield chosen
        left = regions.less(left, met[chosen])


def idle_overrides(space: Space) -> Iterator[Finding]:
    """Overrides that never happen: the two rules never fire together."""
    definition = space.definition
    overriding = {rule.id: rule.overrides for rule in definition.overriding_rules if rule.overrides}
    for name, reached in tuple(space.reached.items()):
        with space.proving(name):
            for number, rule in enumerate(reached.stage.rules):
                # A rule that never fires is told by itself.
                if rule.id not in overriding or not reached.rules.fires(number, reached.mended):
                    continue
                for index, other in enumerate(overriding[rule.id]):
                    if not _meets(reached, number, other):
                        message = f"`{rule.id}` never overrides `{other}`: no ticket makes both fire"
                        place = definition.sources.in_rule(rule.id, "overrides", index)
                        yield Finding("idle-override", message, "leave it out", rule.origin, place)


def _meets(reached: Reached, rule: int, reference: str) -> bool:
    """Whether a rule fires together with another one that a reference means."""
    return any(
        reached.rules.fire(rule, number, reached.mended)
        for number, other in enumerate(reached.stage.rules)
        if number != rule and (other.id == reference or covers(reference, other.id))
    )
