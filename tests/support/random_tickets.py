"""Random tickets for any policy, from its vocabulary."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from supportrules import Decision, Policy, TicketError
from supportrules.policy.vocabulary import Fact
from supportrules.time.places import subdivisions

COUNTRIES = ["FR", "DE", "US", "CA", "GB", "IN", "AE", "IS", "JP", "BR"]
SUBDIVISIONS = ["GB-SCT", "GB-ENG", "DE-BY", "DE-BE", "US-TX", "US-NY", "CA-QC", "FR-6AE", "IN-KL", "GB-LND"]
ZONES = ["Europe/Paris", "America/New_York", "Asia/Kolkata", "Asia/Dubai", "Atlantic/Reykjavik", "UTC"]


def random_value(fact: Fact, rng: random.Random) -> Any:
    match fact.type:
        case "boolean":
            return rng.random() < 0.5
        case "number":
            return rng.choice([0, 1, 5, 9, 10, 11, 49, 50, 51, 1000])
        case "country":
            return rng.choice(COUNTRIES)
        case "subdivision":
            return rng.choice(SUBDIVISIONS)
        case "timezone":
            return rng.choice(ZONES)
        case "text":
            return f"T-{rng.randrange(1000)}"
        case "instant":
            day, hour, minute = rng.randrange(1, 29), rng.randrange(24), rng.randrange(60)
            offset = rng.choice(["Z", "+02:00", "-05:00", "+05:30"])
            return f"{rng.randrange(2012, 2030)}-{rng.randrange(1, 13):02}-{day:02}T{hour:02}:{minute:02}:00{offset}"
        case _:
            return rng.choice(list(fact.values))


def random_ticket(policy: Policy, rng: random.Random, known: float) -> dict[str, Any]:
    facts = policy.definition.vocabulary.facts
    ticket = {name: random_value(fact, rng) for name, fact in facts.items() if rng.random() < known}
    for name, country in policy.definition.vocabulary.subdivisions.items():
        # Few that are chosen blindly lie in the country.
        if name in ticket and country in ticket:
            codes = list(subdivisions(ticket[country]))
            ticket[name] = rng.choice(codes) if codes else None
    return ticket


def random_tickets(policy: Policy, rng: random.Random, count: int) -> Iterator[dict[str, Any]]:
    """Valid tickets, from nearly empty to complete."""
    while count:
        ticket = random_ticket(policy, rng, rng.choice([0.3, 0.7, 0.9, 1.0]))
        try:
            policy.evaluate(ticket)
        except TicketError:
            # A category that contradicts the kind of problem.
            continue
        yield ticket
        count -= 1


def complete_tickets(
    policy: Policy, rng: random.Random, count: int
) -> Iterator[tuple[dict[str, Any], Decision]]:
    """Tickets in which every fact that can be asked for is given, with their decisions."""
    facts = policy.definition.vocabulary.facts
    while count:
        ticket = {k: v for k, v in random_ticket(policy, rng, 1.0).items() if not facts[k].optional}
        try:
            decision = policy.evaluate(ticket)
        except TicketError:
            # A category that contradicts the kind of problem.
            continue
        yield ticket, decision
        count -= 1
