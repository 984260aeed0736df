"""What follows from a ticket's facts: why a channel is refused, in words."""

from __future__ import annotations

import itertools
import json
import pickle
import random
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest

from known_tickets import NO_CALLS
from random_tickets import random_ticket, random_tickets
from supportrules import Decision, Policy, TicketError
from supportrules.engine.contracts import decision_schema


def rules(decision: Decision, channel: str) -> list[str]:
    return [refusal.rule for refusal in decision.channels[channel].says]


def test_an_open_telephone_has_no_words_of_an_overridden_rule(shipped: Policy) -> None:
    ticket = {
        "plan": "small_business",
        "category": "technical",
        "service_state": "degraded",
        "requester": "delegated_partner",
        "advanced_support": True,
        "requested_severity": "B",
        "country": "US",
    }
    decision = shipped.evaluate(ticket)
    phone = decision.channels["phone"]
    assert phone.eligible is True
    assert phone.says == ()
    overridden = {e.rule for e in decision.derivation if e.concludes == "channels.phone" and e.overridden_by}
    assert overridden == {"channels.phone.technical_not_critical"}


def test_rules_that_agree_in_refusing_all_have_their_words(shipped: Policy) -> None:
    decision = shipped.evaluate(NO_CALLS)
    # A technical problem that is not critical, by whoever asks: an administrator, an end user or a prospect.
    assert decision.channels["phone"].eligible is False
    assert rules(decision, "phone") == [
        "channels.phone.end_user",
        "channels.phone.prospect",
        "channels.phone.technical_not_critical",
    ]
    texts = [refusal.says for refusal in decision.channels["phone"].says]
    assert all(set(text) == {"en", "fr"} and all(text.values()) for text in texts)
    (agreement,) = (e for e in decision.derivation if e.concludes == "channels.phone")
    assert agreement.agreed_by == tuple(rules(decision, "phone"))


def completions(policy: Policy, ticket: Mapping[str, Any], facts: list[str]) -> Iterator[dict[str, Any]]:
    """A ticket with every combination of values of some facts; one value for each class that rules see."""
    axes = [policy.program.domains[fact] for fact in facts]
    for values in itertools.product(*axes):
        yield {**ticket, **dict(zip(facts, values, strict=True))}


def told(policy: Policy, channel: str, ticket: dict[str, Any]) -> set[str] | None:
    """The rules that refuse a channel to a ticket of which all that it depends on is known."""
    try:
        decision = policy.evaluate(ticket, defaults=False)
    except TicketError:
        # The category contradicts the kind of problem.
        return None
    name = f"channels.{channel}"
    standing = [e for e in decision.derivation if e.concludes == name and e.overridden_by is None]
    assert all(entry.rule for entry in standing)
    return set() if decision.channels[channel].eligible else {str(entry.rule) for entry in standing}


@pytest.mark.parametrize(("which", "least"), [("shipped", 3), ("harbourline", 0)])
def test_the_words_are_those_of_every_completion_and_no_other(
    request: pytest.FixtureRequest, which: str, least: int
) -> None:
    policy: Policy = request.getfixturevalue(which)
    rng = random.Random(14)
    several = refused = 0
    while refused < 40:
        ticket = random_ticket(policy, rng, 1.0)
        channel = rng.choice(list(policy.definition.channels))
        # Of facts of few values, at least one that the rules of the channel read themselves.
        few = [f for f in policy.program.support[f"channels.{channel}"] if len(policy.program.domains[f]) < 8]
        read = [f for f in policy.program.stages[f"channels.{channel}"].inputs if f in few]
        if not read:
            continue
        unknown = list(dict.fromkeys([rng.choice(read), *rng.sample(few, min(2, len(few)))]))
        partial = {name: value for name, value in ticket.items() if name not in unknown}
        try:
            decision = policy.evaluate(partial, defaults=False)
        except TicketError:
            continue
        if decision.channels[channel].eligible is not False:
            assert decision.channels[channel].says == ()
            continue
        expected: set[str] = set()
        for each in completions(policy, partial, unknown):
            expected |= told(policy, channel, each) or set()
        assert rules(decision, channel) == sorted(expected), (partial, channel)
        refused += 1
        several += len(expected) > 1
    assert several >= least


def test_words_are_in_the_languages_of_the_policy_and_of_the_rule(policy: Policy) -> None:
    texts = {rule.id: rule.says for rule in policy.definition.channel_rules if not rule.eligible}
    refused = 0
    for ticket in random_tickets(policy, random.Random(3), 200):
        for channel in policy.evaluate(ticket).channels.values():
            refused += channel.eligible is False
            assert bool(channel.says) is (channel.eligible is False)
            for refusal in channel.says:
                assert refusal.says == texts[refusal.rule]
                assert set(refusal.says) == set(policy.definition.languages)
    assert refused > 20


def test_words_are_part_of_the_json_form_and_of_its_schema(policy: Policy) -> None:
    schema = decision_schema(policy.definition)
    validator = jsonschema.Draft202012Validator(schema)
    seen = 0
    for ticket in random_tickets(policy, random.Random(4), 100):
        decision = policy.evaluate(ticket)
        data = json.loads(json.dumps(decision.to_dict()))
        validator.validate(data)
        for name, channel in decision.channels.items():
            says = data["channels"][name]["says"]
            assert says == [{"rule": r.rule, "says": dict(r.says)} for r in channel.says]
            seen += bool(says)
        assert pickle.loads(pickle.dumps(decision)).channels == decision.channels
    assert seen > 10
    data["channels"][name].pop("says")
    with pytest.raises(jsonschema.ValidationError, match="says"):
        validator.validate(data)
