"""What must not get worse: severity when a fact worsens."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from supportrules.base.problem import Location, Witness
from supportrules.engine.tables import CompletionGrid, Outcome
from supportrules.engine.tables.table import value_text
from supportrules.policy.definition import SEVERITY
from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.space import Space
from supportrules.proofs.check.witness import Ticket, minimal_tickets, ticket


def severity_falls(space: Space) -> Iterator[Finding]:
    """Facts that get worse, everything else equal, and the severity falls."""
    if SEVERITY not in space.reached:
        return
    grid = space.walk(SEVERITY).grid(SEVERITY)
    for axis, name in enumerate(grid.facts):
        steps = _steps(space, name, grid.axes[axis])
        if len(steps) > 1 and grid.numbers.shape[axis] > 1:
            yield from _falls(space, grid, axis, steps)


def _steps(space: Space, name: str, values: Sequence[Any]) -> list[tuple[int, Any]]:
    """The positions on an axis from the mildest value to the worst, and the value at each."""
    worsens = space.definition.vocabulary.facts[name].worsens
    if isinstance(worsens, str):
        found = sorted((value, index) for index, value in enumerate(values) if value is not None)
        return [(index, value) for value, index in (found if worsens == "upwards" else reversed(found))]
    return [(space.walk(SEVERITY).index(name, value), value) for value in worsens]


def _falls(
    space: Space, grid: CompletionGrid, axis: int, steps: Sequence[tuple[int, Any]]
) -> Iterator[Finding]:
    walk = space.walk(SEVERITY)
    levels = list(space.definition.levels)
    import numpy as np

    # None, and no value, are no level: they compare with nothing.
    ranks = np.array([levels.index(value) if value in levels else -1 for value in grid.values] + [-1, -1])
    rank = ranks[grid.numbers]
    told: set[tuple[str, ...]] = set()
    pairs = itertools.combinations(range(len(steps)), 2)
    # Steps to a neighbour first: they tell the most.
    for one, other in sorted(pairs, key=lambda pair: pair[1] - pair[0]):
        (milder, before), (worse, after) = steps[one], steps[other]
        high, low = rank.take(milder, axis), rank.take(worse, axis)
        falls = (high >= 0) & (low > high)
        while falls.any():
            plain = space.plain(SEVERITY)
            (position,) = walk.positions(falls, [*plain[:axis], *plain[axis + 1 :]])
            at = [[*position[:axis], index, *position[axis:]] for index in (milder, worse)]
            outcomes = [walk.outcome(SEVERITY, where) for where in at]
            deciding = _deciding(outcomes[1])
            falls &= ~walk.where(SEVERITY, _decided_by(deciding)).take(worse, axis)
            if deciding not in told:
                told.add(deciding)
                facts = [
                    walk.at(where) | {grid.facts[axis]: value}
                    for where, value in zip(at, (before, after), strict=True)
                ]
                yield _finding(space, grid.facts[axis], facts, outcomes)


def _decided_by(rules: tuple[str, ...]) -> Callable[[Outcome], bool]:
    return lambda outcome: _deciding(outcome) == rules


def _deciding(outcome: Outcome) -> tuple[str, ...]:
    return tuple(firing.rule.id for firing in outcome.standing)


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

    def shows(tickets: Sequence[Ticket]) -> bool:
        return [space.policy.evaluate(each).severity for each in tickets] == [low, high]

    found = minimal_tickets([ticket(space.policy, each) for each in reversed(facts)], shows)
    witnesses = (Witness(found[0], {"severity": high}), Witness(found[1], {}))
    hint = f"let it be `{high}` or higher"
    return Finding("severity-falls", message, hint, second.origin, None, related, witnesses)
