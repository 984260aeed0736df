"""The JSON Schemas of tickets and decisions hold for what is taken and what is given."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from random_tickets import random_ticket, random_tickets
from supportrules import Policy, TicketError
from supportrules.engine.contracts import decision_schema, ticket_schema


def test_both_are_valid_schemas(policy: Policy) -> None:
    for schema in (ticket_schema(policy.definition), decision_schema(policy.definition)):
        Draft202012Validator.check_schema(schema)
        json.dumps(schema)


def test_tickets_that_are_decided_are_valid_and_so_are_their_decisions(policy: Policy) -> None:
    tickets = Draft202012Validator(ticket_schema(policy.definition))
    decisions = Draft202012Validator(decision_schema(policy.definition))
    for ticket in random_tickets(policy, random.Random(31), 200):
        tickets.validate(ticket)
        decision = policy.evaluate(ticket)
        decisions.validate(decision.to_dict())
        decisions.validate(decision.to_dict(derivation=False))
        decisions.validate(policy.evaluate(ticket, defaults=False).to_dict())


@pytest.mark.parametrize(
    "value", ["nope", 3, 2.5, True, [], {}, "2014-09-05T11:30:00", "fr", "enterprise_e2", -1]
)
def test_what_the_schema_refuses_is_refused(policy: Policy, value: Any) -> None:
    """The schema is never stricter than the command; text that only looks right is left to the command."""
    tickets = Draft202012Validator(ticket_schema(policy.definition))
    for name, fact in policy.definition.vocabulary.facts.items():
        ticket = {name: value}
        refused = not tickets.is_valid(ticket)
        try:
            policy.evaluate(ticket)
        except TicketError:
            assert refused or fact.type == "timezone"
        else:
            assert not refused


def test_an_unknown_field_is_refused(policy: Policy) -> None:
    ticket = random_ticket(policy, random.Random(1), 0.3) | {"nope": 1}
    assert not Draft202012Validator(ticket_schema(policy.definition)).is_valid(ticket)


def test_a_decision_with_another_key_is_refused(shipped: Policy) -> None:
    schema = Draft202012Validator(decision_schema(shipped.definition))
    decision = shipped.evaluate({}).to_dict()
    assert schema.is_valid(decision)
    assert not schema.is_valid(decision | {"nope": 1})
    assert not schema.is_valid({k: v for k, v in decision.items() if k != "basis"})
    assert not schema.is_valid(decision | {"severity": "D"})
