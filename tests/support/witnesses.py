"""Whether the tickets of a finding show what it says."""

from __future__ import annotations

import random
import re

import pytest

from random_tickets import random_ticket
from supportrules import Policy, PolicyFault, RuleConflict, RuleGap, TicketError
from supportrules.base.problem import Problem


def assert_shown(policy: Policy, problem: Problem) -> None:
    """Asserts that the tickets of a finding show it; those that must have some have some."""
    tickets = [witness.ticket for witness in problem.witnesses]
    match problem.code:
        case "hole" if "`reopen`" in problem.message:
            assert policy.evaluate(tickets[0]).reopen is None
        case "hole":
            with pytest.raises(RuleGap):
                policy.evaluate(tickets[0])
        case "conflict":
            with pytest.raises(RuleConflict) as caught:
                policy.evaluate(tickets[0])
            assert problem.location in caught.value.locations
            assert set(problem.related) <= set(caught.value.locations)
        case "always-overridden":
            (id,) = problem.witnesses[0].rules["stood"]
            entry = next(e for e in policy.evaluate(tickets[0]).derivation if e.rule == id)
            assert entry.overridden_by is not None
        case "severity-falls":
            worse, milder = (policy.evaluate(ticket).severity for ticket in tickets)
            levels = list(policy.definition.levels)
            assert levels.index(str(worse)) > levels.index(str(milder))
            (name,) = {n for n in {*tickets[0], *tickets[1]} if tickets[0].get(n) != tickets[1].get(n)}
            assert f"`{name}` worsens" in problem.message
        case "target-later" if not tickets:
            assert not set(re.findall(r"`(response_targets\.\S+)`", problem.message)) <= deciding(policy)
        case "target-later":
            better, other = (policy.evaluate(ticket).response for ticket in tickets)
            assert better is not None and other is not None
            opening = policy.definition.roles.opening
            assert tickets[0][opening] == tickets[1][opening]
            if better.due_at and other.due_at:
                assert better.due_at > other.due_at
            else:
                assert not better.committed
        case _:
            assert tickets == []


def deciding(policy: Policy) -> set[str | None]:
    """The rules that decide random tickets, of those that have a decision."""
    found, rng = set[str | None](), random.Random(0)
    for _ in range(500):
        try:
            found |= {entry.rule for entry in policy.evaluate(random_ticket(policy, rng, 1.0)).derivation}
        except (TicketError, PolicyFault):
            continue
    return found
