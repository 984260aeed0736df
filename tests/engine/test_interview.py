"""Asking: only what matters, each fact once, and the same decision as for the whole ticket in the end."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from many_facts import limit_diagrams, policy_of_chosen_facts
from random_tickets import complete_tickets
from supportrules import Interview, Policy, TicketError, TooMuchUnknown, load_policy
from supportrules.policy.vocabulary import UNKNOWN
from supportrules.time import zones


def answered(policy: Policy, ticket: dict[str, Any]) -> Interview:
    interview = Interview(policy)
    while (fact := interview.question) is not None:
        missing = {name for answer in interview.decision.undetermined.values() for name in answer.missing}
        assert fact.name in missing
        interview.answer(ticket[fact.name])
    return interview


def in_fixed_order(policy: Policy, ticket: dict[str, Any]) -> int:
    """How many questions it takes to ask in the vocabulary's order, as a form does."""
    known: dict[str, Any] = {}
    for count, name in enumerate(ticket):
        try:
            if not policy.evaluate(known, defaults=False).undetermined:
                return count
        except TicketError:
            pass
        known[name] = ticket[name]
    return len(ticket)


def test_it_ends_in_the_decision_of_the_whole_ticket(policy: Policy) -> None:
    roles = policy.definition.roles
    for ticket, _ in complete_tickets(policy, random.Random(41), 60):
        # A zone is asked for where those of the country differ.
        ticket |= {str(roles.timezone): zones.zones(ticket[str(roles.country)])[0]}
        expected = policy.evaluate(ticket)
        interview = answered(policy, ticket)
        found = interview.decision
        assert found.undetermined == {}
        assert (found.severity, found.channels, found.response) == (
            expected.severity,
            expected.channels,
            expected.response,
        )
        assert len(set(interview.asked)) == len(interview.asked)
        # The ticket to keep says as much.
        assert policy.evaluate(interview.ticket, defaults=False).to_dict() == found.to_dict()


def test_it_asks_fewer_questions_than_a_form(policy: Policy) -> None:
    counts = [
        (len(answered(policy, ticket).asked), in_fixed_order(policy, ticket))
        for ticket, _ in complete_tickets(policy, random.Random(42), 60)
    ]
    asked, form = map(sum, zip(*counts, strict=True))
    assert asked < form * 0.8
    assert max(mine for mine, _ in counts) < max(other for _, other in counts)


def test_the_questions_are_few(shipped: Policy) -> None:
    # Stated in the documentation: a mean of about 5, and never more than 12, where a form asks about 13.
    counts = [len(answered(shipped, t).asked) for t, _ in complete_tickets(shipped, random.Random(43), 100)]
    assert sum(counts) / len(counts) < 6
    assert max(counts) <= 12


def test_what_is_known_from_the_start_is_not_asked(shipped: Policy) -> None:
    interview = Interview(
        shipped, {"issue_type": "sharepoint_site_down", "plan": "enterprise_e3", "country": None}
    )
    while (fact := interview.question) is not None:
        assert fact.name not in {"issue_type", "plan", "category"}
        interview.pass_over()
    assert interview.ticket == {"plan": "enterprise_e3", "issue_type": "sharepoint_site_down"}


def test_going_back_restores_the_question(shipped: Policy) -> None:
    interview = Interview(shipped)
    assert not interview.back()
    first = interview.question
    assert first is not None
    before = interview.decision
    interview.answer(next(iter(interview.choices(first))))
    assert interview.back()
    assert (interview.question, interview.decision, interview.ticket) == (first, before, {})


def test_not_knowing_anything_ends_too(policy: Policy) -> None:
    interview = Interview(policy)
    for _ in range(50):
        if interview.question is None:
            break
        interview.pass_over()
    assert interview.question is None
    assert interview.decision == policy.evaluate({}, defaults=False)
    assert len(set(interview.asked)) == len(interview.asked) > 3


def test_a_wrong_answer_leaves_the_question(shipped: Policy) -> None:
    interview = Interview(shipped)
    first = interview.question
    assert first is not None
    with pytest.raises(TicketError):
        interview.answer("nonsense")
    assert (interview.question, interview.asked) == (first, ())
    with pytest.raises(ValueError, match="nothing is asked"):
        finished(shipped).answer("A")


def finished(policy: Policy) -> Interview:
    interview = Interview(policy)
    while interview.question is not None:
        interview.pass_over()
    return interview


def test_choices_do_not_contradict_the_category(shipped: Policy) -> None:
    facts = shipped.definition.vocabulary.facts
    interview = Interview(shipped, {"category": "billing"})
    choices = interview.choices(facts["issue_type"])
    # BL-2 has six; and there is what is of no category.
    assert len(choices) == 7
    for choice in choices:
        shipped.evaluate({"category": "billing", "issue_type": choice})
    assert len(Interview(shipped).choices(facts["issue_type"])) == 31


def test_defaults_are_offered_and_not_assumed(shipped: Policy) -> None:
    facts = shipped.definition.vocabulary.facts
    interview = Interview(shipped, {"country": "FR"})
    assert interview.offer(facts["timezone"]) == "Europe/Paris"
    assert Interview(shipped, {"country": "DE"}).offer(facts["timezone"]) is UNKNOWN
    assert interview.offer(facts["advanced_support"]) is False
    assert interview.offer(facts["requested_severity"]) is None
    assert interview.offer(facts["workaround"]) is UNKNOWN
    ticket = {"plan": "enterprise_e3", "issue_type": "sharepoint_site_down", "requester": "end_user"}
    # With advanced support the customer may choose the severity.
    questions = set()
    interview = Interview(shipped, ticket)
    while (fact := interview.question) is not None:
        questions.add(fact.name)
        interview.pass_over()
    assert "advanced_support" in questions


def test_every_order_of_answers_asks_each_once(harbourline: Policy) -> None:
    # All of two facts' values, answered or not known, in any state.
    for safety, environment in itertools.product([True, False, None], ["production", "test", None]):
        interview = Interview(harbourline)
        while (fact := interview.question) is not None:
            value = {"safety": safety, "environment": environment}.get(fact.name)
            interview.pass_over() if value is None else interview.answer(value)
        assert len(set(interview.asked)) == len(interview.asked)


def test_every_offer_can_be_taken(policy: Policy) -> None:
    # Also that there is none: a ticket has no field for it, and the answer is known all the same.
    for ticket, _ in complete_tickets(policy, random.Random(44), 40):
        interview, taken = Interview(policy), {}
        while (fact := interview.question) is not None:
            offer = interview.offer(fact)
            taken[fact.name] = offer is not UNKNOWN
            interview.answer(ticket[fact.name] if offer is UNKNOWN else offer)
        assert interview.assumed == ()
        # What was taken is what evaluation with defaults takes.
        found, expected = interview.decision, policy.evaluate(interview.ticket)
        assert (found.severity, found.channels, found.response) == (
            expected.severity,
            expected.channels,
            expected.response,
        )
    interview = Interview(policy)
    fact = interview.question
    assert fact is not None
    with pytest.raises(TicketError, match="can't be none"):
        interview.answer(None)


def test_defaults_of_what_nobody_knows_are_named(shipped: Policy) -> None:
    interview = Interview(shipped, {"plan": "enterprise_e3", "issue_type": "sharepoint_site_down"})
    while interview.question is not None:
        interview.pass_over()
    assert set(interview.assumed) == {"advanced_support", "requested_severity"}


def test_where_too_much_is_unknown_it_asks_for_what_most_rules_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_diagrams(monkeypatch, 3_000)
    policy = load_policy(policy_of_chosen_facts(tmp_path, 10))
    interview = Interview(policy, {"plan": "basic", "safety": False, "seats_down": 0})
    with pytest.raises(TooMuchUnknown):
        _ = interview.decision
    assert interview.question is not None
    # Ten rules test either choice, and two of them any other fact.
    assert interview.question.name == "one"
    interview.pass_over()
    assert interview.question.name == "two"
    interview.back()
    interview.answer("of_b3")
    assert interview.question.name == "two"
    interview.answer("of_b4")
    # Now two of the ten are all that counts.
    assert interview.decision.severity is None
    while (fact := interview.question) is not None:
        if fact.name in ("b3", "b4"):
            interview.answer(fact.name == "b4")
        else:
            interview.pass_over()
    assert interview.decision.severity == "urgent"
    assert set(interview.ticket) >= {"one", "two", "b4"}
