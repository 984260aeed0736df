"""What never decides: rules and cells that no facts reach, or that others always override."""

from __future__ import annotations

from collections.abc import Iterator

from supportrules.base.problem import Witness
from supportrules.engine.rules import Rule, Stage, referred
from supportrules.engine.tables import Outcome
from supportrules.engine.tables.table import value_text
from supportrules.errors import SupportRulesError
from supportrules.policy.conditions import Test
from supportrules.policy.definition import TARGET
from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.space import Reached, Space
from supportrules.proofs.check.witness import complete_ticket

# How many of the facts that make a rule fire are tried for a ticket that can be decided.
_TRIED = 20


def dead_rules(space: Space) -> Iterator[Finding]:
    """Rules and cells that no facts reach."""
    for name in space.reached:
        reached = space.mended(name)
        fired = {firing.rule.id for outcome in reached.values() for firing in outcome.firings}
        stage = space.stage(name)
        for rule in stage.rules:
            if rule.id not in fired and not _follows(space, stage, rule, reached):
                is_cell = name == TARGET and len(rule.when.tests) == 2
                code, what = ("dead-cell", "cell") if is_cell else ("dead-rule", "rule")
                message = f"no ticket reaches the {what} `{rule.id}`: {_why(stage, rule, reached)}"
                hint = "leave it out, or mend what keeps tickets from it"
                yield Finding(code, message, hint, rule.origin)


def _follows(space: Space, stage: Stage, rule: Rule, reached: Reached) -> bool:
    """Whether a rule that another finding says never decides would give what a test of this one asks for."""
    for test in _failing(stage, rule, reached):
        if test.name in space.reached and test.name != stage.name:
            outcomes = space.mended(test.name).values()
            deciding = {firing.rule.id for outcome in outcomes for firing in outcome.standing}
            idle = (other for other in space.stage(test.name).rules if other.id not in deciding)
            if any(other.copies is None and test.holds(other.value) for other in idle):
                return True
    return False


def _failing(stage: Stage, rule: Rule, reached: Reached) -> Iterator[Test]:
    """The tests that never pass by themselves."""
    conditions = stage.ruleset.conditions[stage.rules.index(rule)]
    for test, (position, passing) in zip(rule.when.tests, conditions.tests, strict=True):
        if passing.isdisjoint({key[position] for key in reached}):
            yield test


def _why(stage: Stage, rule: Rule, reached: Reached) -> str:
    """The test that never passes by itself, or that all of them never do together."""
    for test in _failing(stage, rule, reached):
        if test.accepted is not None:
            values = " or ".join(sorted(f"`{value_text(value)}`" for value in test.accepted))
            return f"`{test.name}` is never {values} there"
        return f"`{test.name}` never passes"
    return "its conditions never hold together"


def always_overridden(space: Space) -> Iterator[Finding]:
    """Rules that fire, and that others override every time."""
    for name in space.reached:
        reached = space.mended(name)
        overriders: dict[str, list[set[str]]] = {}
        for outcome in reached.values():
            for firing in outcome.firings:
                overriders.setdefault(firing.rule.id, []).append(set(firing.overridden_by))
        rules = {rule.id: rule for rule in space.stage(name).rules}
        for id, sets in sorted(overriders.items()):
            if all(sets):
                others = list(_covering(sets))
                listed = " or ".join(f"`{other}`" for other in others)
                message = f"`{id}` never decides: whenever it fires, {listed} overrides it"
                related = tuple(rules[other].origin.location for other in others)
                witnesses = _fired(space, name, id)
                hint = "leave it out, or let it override"
                yield Finding("always-overridden", message, hint, rules[id].origin, None, related, witnesses)


def _fired(space: Space, name: str, id: str) -> tuple[Witness, ...]:
    """A ticket for which a rule fires, and that has no fault."""

    def fires(outcome: Outcome) -> bool:
        return any(firing.rule.id == id for firing in outcome.firings)

    for facts in space.examples(name, fires, _TRIED):
        # Test cases expect something of the decision: of a whole ticket, that nothing is left open.
        found = complete_ticket(space.policy, facts)
        try:
            derivation = space.policy.evaluate(found).derivation
        except SupportRulesError:
            continue
        if any(entry.rule == id for entry in derivation):
            return (Witness(found, {"undetermined": {}}, {"stood": (id,)}),)
    return ()


def _covering(sets: list[set[str]]) -> Iterator[str]:
    """A few names of which each set has one."""
    while sets:
        names = sorted(set().union(*sets))
        chosen = max(names, key=lambda name: sum(name in found for found in sets))
        yield chosen
        sets = [found for found in sets if chosen not in found]


def idle_overrides(space: Space) -> Iterator[Finding]:
    """Overrides that never happen: the two rules never fire together."""
    definition = space.definition
    overriding = {rule.id: rule.overrides for rule in definition.overriding_rules}
    for name in space.reached:
        reached = space.mended(name)
        together: dict[str, set[str]] = {}
        for outcome in reached.values():
            ids = {firing.rule.id for firing in outcome.firings}
            for id in ids:
                together.setdefault(id, set()).update(ids)
        for rule in space.stage(name).rules:
            for index, other in enumerate(overriding.get(rule.id, ())):
                # A rule that never fires is told by itself.
                met = together.get(rule.id)
                if met is not None and not referred(other, met - {rule.id}):
                    message = f"`{rule.id}` never overrides `{other}`: no ticket makes both fire"
                    place = definition.sources.in_rule(rule.id, "overrides", index)
                    yield Finding("idle-override", message, "leave it out", rule.origin, place)
