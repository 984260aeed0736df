"""What must not get worse: severity when a fact worsens."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from supportrules.base.problem import Location, Witness
from supportrules.engine.diagrams.composition import copied
from supportrules.engine.diagrams.diagram import Diagram
from supportrules.engine.diagrams.stages import Inference
from supportrules.engine.tables import Outcome
from supportrules.engine.tables.table import value_text
from supportrules.policy.definition import SEVERITY
from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.premises import Premises
from supportrules.proofs.check.space import Space
from supportrules.proofs.check.witness import Ticket, minimal_tickets, ticket


def severity_falls(space: Space) -> Iterator[Finding]:
    """Facts that get worse, everything else equal, and the severity falls."""
    if SEVERITY in space.reached:
        with space.proving(SEVERITY):
            premises = space.premises(SEVERITY)
            ranks = _ranks(space, premises)
            # Where nothing falls, none is asked for.
            firing = functools.cache(functools.partial(_firing, space, premises))
            for name in premises.facts:
                steps = _steps(space, premises, name)
                if len(steps) > 1 and premises.level(name) in ranks.asked:
                    yield from _falls(space, premises, ranks, firing, name, steps)


def _ranks(space: Space, premises: Premises) -> Diagram:
    """The severity by facts, as the place of its level; none is no level, and compares with nothing."""
    levels = list(space.definition.levels)

    def rank(leaf: Any) -> int:
        return levels.index(leaf.value) if isinstance(leaf, Inference) and leaf.value in levels else -1

    return premises.answers(SEVERITY).restricted({}, rank)


def _firing(space: Space, premises: Premises, rule: int) -> int:
    """The facts for which a rule of severity fires."""
    rules = space.reached[SEVERITY].rules
    return premises.led(SEVERITY, rules.regions.diagram(rules.firing(rule)))


def _steps(space: Space, premises: Premises, name: str) -> list[tuple[int, Any]]:
    """The groups of a fact's values from the mildest to the worst, and a value of each."""
    worsens = space.definition.vocabulary.facts[name].worsens
    if isinstance(worsens, str):
        found = sorted((value, n) for n, value in enumerate(premises.values(name)) if value is not None)
        return [(n, value) for value, n in (found if worsens == "upwards" else reversed(found))]
    return [(premises.number(name, value), value) for value in worsens]


def _falls(
    space: Space,
    premises: Premises,
    ranks: Diagram,
    firing: Callable[[int], int],
    name: str,
    steps: Sequence[tuple[int, Any]],
) -> Iterator[Finding]:
    level, others = premises.level(name), [fact for fact in premises.facts if fact != name]
    reached, regions = space.reached[SEVERITY], premises.regions
    rules = reached.rules
    told: set[frozenset[int]] = set()
    pairs = itertools.combinations(range(len(steps)), 2)
    # Steps to a neighbour first: they tell the most.
    for one, other in sorted(pairs, key=lambda pair: pair[1] - pair[0]):
        (milder, before), (worse, after) = steps[one], steps[other]
        high, low = (copied(regions, ranks.restricted({level: number})) for number in (milder, worse))
        falls = regions.joined(high, low, lambda high, low: 0 <= high < low)
        # Rule by rule: what is nearest is found soon in the few facts for which one fires. What those decide
        # that take it out is gone by then.
        for rule in itertools.chain.from_iterable(rules.diagrams.groups):
            if falls == regions.nothing:
                break
            part = regions.both(falls, regions.given(firing(rule), level, worse))
            while part != regions.nothing:
                position = next(premises.nearest(part, premises.plain, others))
                at = [{**position, name: number} for number in (milder, worse)]
                outcomes = [space.outcome(SEVERITY, premises.key(SEVERITY, where)) for where in at]
                standing = reached.numbers(outcomes[1].standing)
                led = premises.led(SEVERITY, rules.regions.diagram(rules.together(standing)))
                led = regions.given(led, level, worse)
                falls, part = regions.less(falls, led), regions.less(part, led)
                if not any(each.issubset(standing) for each in told):
                    told.add(frozenset(standing))
                    facts = [
                        premises.at(where) | {name: value}
                        for where, value in zip(at, (before, after), strict=True)
                    ]
                    yield _finding(space, name, facts, outcomes)


def _finding(
    space: Space, name: str, facts: Sequence[dict[str, Any]], outcomes: Sequence[Outcome]
) -> Finding:
    before, after = (value_text(each[name]) for each in facts)
    high, low = (outcome.value for outcome in outcomes)
    first, second = (outcome.standing[0].rule for outcome in outcomes)
    message = (
        f"severity falls from `{high}` to `{low}` when `{name}` worsens from `{before}` to `{after}`: "
        f"`{first.id}` decides before, `{second.id}` after"
    )
    related: tuple[Location, ...] = (first.origin.location,)

    policy = space.policy

    def severity(each: Ticket) -> Sequence[Any]:
        facts = policy.definition.vocabulary.read(each).values
        return policy.book.possible(SEVERITY, policy.tables.reduced(facts)).values

    def shows(tickets: Sequence[Ticket]) -> bool:
        pairs = list(zip(tickets, (low, high), strict=True))
        # Severity first: to work out all answers takes longer.
        return all(severity(each) == (level,) for each, level in pairs) and all(
            policy.evaluate(each).severity == level for each, level in pairs
        )

    found = minimal_tickets([ticket(policy, each) for each in reversed(facts)], shows)
    witnesses = (Witness(found[0], {"severity": high}), Witness(found[1], {}))
    hint = f"let it be `{high}` or higher"
    return Finding("severity-falls", message, hint, second.origin, None, related, witnesses)
