"""Why something was not decided: agrees with the derivation, and names what the policy's files ask for."""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from folders import HARBOURLINE, SHIPPED
from random_tickets import random_tickets
from supportrules import AnswerError, NotConcluded, Policy, Unmet

TICKET = {
    "plan": "small_business",
    "issue_type": "mail_access",
    "affected_users": "one",
    "workaround": False,
    "requester": "end_user",
}


def of(entries: tuple[NotConcluded, ...], rule: str) -> NotConcluded:
    return next(entry for entry in entries if entry.rule == rule)


def test_a_level_names_the_first_condition_that_failed(shipped: Policy) -> None:
    found = shipped.evaluate(TICKET).why_not("A")
    # SV-A3: Lync for all users; here one.
    entry = of(found, "severity.examples.lync_all_users")
    assert entry.unmet == (Unmet("affected_users", "all", True, "one", False, ()),)
    assert (entry.value, entry.source) == ("A", ("SV-A3", "SV-3"))
    # The customer's choice needs advanced support, which was not bought (by default).
    (unmet,) = of(found, "severity.customer_choice.requested").unmet
    assert (unmet.name, unmet.value) == ("advanced_support_in_force", False)
    assert unmet.concluded_by == ("plans.rules.advanced_support_not_bought",)
    # SV-A: several users, or several services; none of the alternatives holds.
    critical = of(found, "severity.definitions.critical").unmet
    assert [(u.name, u.value, u.default) for u in critical] == [
        ("affected_users", "one", False),
        ("affected_services", "one", True),
    ]


def test_a_level_that_a_fact_asks_for(shipped: Policy) -> None:
    ticket = TICKET | {"plan": "enterprise_e3", "advanced_support": True, "requested_severity": "C"}
    (unmet,) = of(shipped.evaluate(ticket).why_not("A"), "severity.customer_choice.requested").unmet
    assert (unmet.name, unmet.wanted, unmet.value) == ("requested_severity", "A", "C")
    entry = of(shipped.evaluate(ticket).why_not("C"), "severity.customer_choice.requested")
    assert entry.stands


def test_a_channel_that_is_refused(shipped: Policy) -> None:
    entry = of(shipped.evaluate(TICKET).why_not("phone"), "channels.phone.technical")
    (unmet,) = entry.unmet
    assert unmet.name == "requester"
    assert unmet.wanted == ("administrator", "delegated_partner")
    assert unmet.value == "end_user"


def test_a_target_is_sought_in_the_cells_of_the_table(shipped: Policy) -> None:
    found = shipped.evaluate(TICKET).why_not("PT1H")
    assert {entry.rule for entry in found} == {
        f"response_targets.A.{c}" for c in ("small_business", "midsize_business", "enterprise", "advanced")
    }
    assert {(u.name, u.value) for entry in found for u in entry.unmet} == {("severity", "B")}


def test_a_rule_that_was_overridden_names_by_what(shipped: Policy) -> None:
    ticket = TICKET | {"workaround": True}
    entry = of(shipped.evaluate(ticket).why_not("B"), "severity.fallback.neither_a_nor_c")
    assert entry.unmet != () or entry.overridden_by is not None


def test_what_is_unknown_is_open_and_not_failed(shipped: Policy) -> None:
    found = shipped.evaluate({"plan": "small_business", "issue_type": "lync_communication"}).why_not("A")
    (unmet,) = of(found, "severity.examples.lync_all_users").unmet
    assert unmet == Unmet("affected_users", "all", False, None, False, ())


def test_an_answer_that_does_not_exist(shipped: Policy) -> None:
    with pytest.raises(AnswerError, match=r"unknown answer `fone`: did you mean `phone`\?"):
        shipped.evaluate(TICKET).why_not("fone")


def test_a_name_with_its_answer_before_it_means_the_same(shipped: Policy) -> None:
    decision = shipped.evaluate(TICKET)
    assert decision.why_not("severity.A") == decision.why_not("A")
    assert decision.why_not("channels.phone") == decision.why_not("phone")
    assert decision.why_not("promises.response.PT1H") == decision.why_not("PT1H")


def test_a_copy_from_elsewhere_says_that_it_cannot_tell(shipped: Policy) -> None:
    copy = pickle.loads(pickle.dumps(shipped.evaluate(TICKET)))
    assert copy.derivation == shipped.evaluate(TICKET).derivation
    with pytest.raises(AnswerError, match="evaluate the ticket again"):
        copy.why_not("A")


@pytest.mark.parametrize("defaults", [True, False])
def test_it_agrees_with_the_derivation(policy: Policy, defaults: bool) -> None:
    for ticket in random_tickets(policy, random.Random(31), 120):
        decision = policy.evaluate(ticket, defaults=defaults)
        fired = {entry.rule: entry for entry in decision.derivation if entry.rule}
        agreed = {rule for entry in decision.derivation for rule in entry.agreed_by}
        for level in policy.definition.levels:
            entries = decision.why_not(level)
            if "severity" not in decision.undetermined and not agreed:
                assert any(entry.stands for entry in entries) == (decision.severity == level)
            for entry in entries:
                if entry.rule in fired and fired[entry.rule].value == level:
                    assert entry.unmet == ()
                    assert (entry.overridden_by is None) == (fired[entry.rule].overridden_by is None)
                elif entry.unmet and all(u.known for u in entry.unmet):
                    assert entry.rule not in fired or fired[entry.rule].value != level
        for name, channel in decision.channels.items():
            if channel.eligible and f"channels.{name}" not in decision.undetermined and not agreed:
                assert any(entry.stands for entry in decision.why_not(f"channels.{name}"))


@pytest.mark.parametrize("folder", [SHIPPED, HARBOURLINE])
def test_every_rule_of_a_level_is_told(folder: Path, request: pytest.FixtureRequest) -> None:
    policy: Policy = request.getfixturevalue("shipped" if folder == SHIPPED else "harbourline")
    data: Any = yaml.safe_load((folder / "severity.yaml").read_text("utf-8"))
    rules = [(f"severity.{g}.{n}", r) for g, group in data["rules"].items() for n, r in group.items()]
    decision = policy.evaluate({})
    for level in (item["id"] for item in data["levels"]):
        expected = {id for id, rule in rules if rule.get("level") == level or "level_from" in rule}
        assert {entry.rule for entry in decision.why_not(f"severity.{level}")} == expected
