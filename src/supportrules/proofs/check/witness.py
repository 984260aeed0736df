"""Facts as rules see them → tickets that a person can send in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from supportrules.engine.evaluation import Policy
from supportrules.errors import SupportRulesError
from supportrules.policy import Definition
from supportrules.policy.vocabulary import UNKNOWN, Fact
from supportrules.time import places, zones

Ticket = dict[str, object]


def ticket(policy: Policy, facts: Mapping[str, Any]) -> Ticket:
    """A ticket with these facts, and no more than it takes: what a default gives is left out."""
    absent = policy.tables.absent
    found = {
        name: _written(policy.definition, fact, facts[name])
        for name, fact in policy.definition.vocabulary.facts.items()
        if name in facts and facts[name] is not None and facts[name] != absent[name]
    }
    return _placed(policy.definition, found)


def complete_ticket(policy: Policy, facts: Mapping[str, Any]) -> Ticket:
    """A ticket with these facts of which nothing is unknown: where they say nothing, one value is as good."""
    definition = policy.definition
    found = ticket(policy, facts)
    for name, value in definition.vocabulary.read(found).values.items():
        fact = definition.vocabulary.facts[name]
        if value is UNKNOWN and name not in facts:
            found[name] = _written(definition, fact, _first(fact))
    _placed(definition, found)
    # What gives a default can have come after what takes it.
    given = definition.vocabulary.read(found).defaulted
    return {name: found[name] for name in definition.vocabulary.facts if name in found and name not in given}


def minimal_tickets(tickets: Sequence[Ticket], shows: Callable[[Sequence[Ticket]], bool]) -> list[Ticket]:
    """Tickets with all left out, in each of them, without which they still show the same."""
    found = list(tickets)
    for name in dict.fromkeys(name for each in tickets for name in each):
        less = [{key: value for key, value in each.items() if key != name} for each in found]
        try:
            if shows(less):
                found = less
        except SupportRulesError:
            continue
    return found


def subdivision_of(country: str) -> str | None:
    """A subdivision of a country, of those that keep public holidays of their own if any does."""
    return next(iter((*places.parts(country), *places.subdivisions(country))), None)


def _placed(definition: Definition, found: Ticket) -> Ticket:
    """A ticket with its subdivisions in its country."""
    for name, country in definition.vocabulary.subdivisions.items():
        if name in found and isinstance(found.get(country), str):
            code = subdivision_of(str(found[country]))
            if code is None:
                del found[name]
            else:
                found[name] = code
    return found


def opening(definition: Definition) -> datetime:
    """An opening time for tickets: noon of the day on which the policy comes into force, UTC."""
    return datetime.combine(definition.effective_from, time(12), UTC)


def _first(fact: Fact) -> Any:
    match fact.type:
        case "boolean":
            return False
        case "number":
            return max(fact.minimum or 0, 0) if fact.maximum is None else fact.maximum
        case "country":
            # A country of one zone tells the zone as well.
            return next(code for code in zones.country_names() if zones.only_zone(code))
        case "text" | "subdivision" | "timezone" | "instant":
            return None
        case _:
            return next(iter(fact.values))


def _written(definition: Definition, fact: Fact, value: Any) -> object:
    """A value as a ticket has it; of what rules see only as given, one."""
    match fact.type:
        case "instant":
            moment = opening(definition)
            return moment.isoformat().replace("+00:00", "Z")
        case "subdivision":
            return "GB-ENG"
        case "timezone":
            return "Etc/UTC"
        case "text":
            return "x"
        case _:
            return value
