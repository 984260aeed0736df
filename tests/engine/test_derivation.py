"""How a decision came about: the rules that fired, what they read, what was overridden, and the deadline."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from edits import BY_NOON, with_edits
from folders import HARBOURLINE, SHIPPED
from random_tickets import random_tickets
from supportrules import Policy, load_policy
from supportrules.engine.decision import Derived
from supportrules.policy.starter import STARTER
from supportrules.time.calendars import Week
from supportrules.time.clocks import Clock
from supportrules.time.instants import utc_text
from supportrules.time.observances import NO_HOLIDAYS
from supportrules.time.targets import Duration

TICKET: dict[str, Any] = {
    "plan": "midsize_business",
    "issue_type": "lync_communication",
    "affected_users": "several",
    "service_state": "unusable",
    "business_impact": "severe",
    "workaround": False,
    "requester": "administrator",
    "country": "FR",
    "opened_at": "2014-11-07T16:00:00+01:00",
}


def entries(policy: Policy, ticket: dict[str, Any], concludes: str) -> list[Derived]:
    return [entry for entry in policy.evaluate(ticket).derivation if entry.concludes == concludes]


def test_what_stood_and_what_was_overridden(shipped: Policy) -> None:
    found = {entry.rule: entry for entry in entries(shipped, TICKET, "severity")}
    # B3 names several users of Lync; by definition it would be A, and the fallback is B.
    assert set(found) == {
        "severity.examples.lync_several_users",
        "severity.definitions.critical",
        "severity.fallback.neither_a_nor_c",
    }
    stood = found["severity.examples.lync_several_users"]
    assert (stood.value, stood.overridden_by, stood.source) == ("B", None, ("SV-B3", "SV-3"))
    overridden = found["severity.definitions.critical"]
    assert (overridden.value, overridden.overridden_by) == ("A", "severity.examples.lync_several_users")


def test_defaults_are_marked_in_what_was_read(shipped: Policy) -> None:
    (critical,) = [
        e for e in entries(shipped, TICKET, "severity") if e.rule == "severity.definitions.critical"
    ]
    assert critical.inputs == {
        "service_state": "unusable",
        "business_impact": "severe",
        "affected_users": "several",
        "affected_services": {"value": "one", "default": True},
    }


def test_the_deadline_says_which_days_were_closed_and_why(shipped: Policy) -> None:
    # Friday 2014-11-07, 16:00: the next business day is Monday 10, the day after it Armistice Day.
    (entry,) = entries(shipped, TICKET, "promises.response.due_at")
    assert entry.value == "2014-11-10T16:00:00Z"
    assert entry.rule == "calendars.hours.business_hours"
    assert entry.more["calendar"] == "business_hours"
    assert [(day["date"], day["kind"]) for day in entry.more["closed_days"]] == [
        ("2014-11-08", "weekly"),
        ("2014-11-09", "weekly"),
    ]
    assert entry.inputs["timezone"] == {"value": "Europe/Paris", "default": True}
    (later,) = entries(
        shipped, TICKET | {"opened_at": "2014-11-10T16:00:00+01:00"}, "promises.response.due_at"
    )
    assert later.value == "2014-11-12T16:00:00Z"
    assert later.to_dict()["closed_days"] == [{"date": "2014-11-11", "kind": "holiday", "name": "Armistice"}]


def test_a_target_can_run_in_other_hours_than_it_is_promised_in(
    monkeypatch: pytest.MonkeyPatch, harbourline: Policy
) -> None:
    week = Week((((9 * 3600, 17 * 3600),),) * 5 + ((), ()))
    monkeypatch.setattr(Duration, "runs_in", lambda target, clock: Clock(clock.name, week, NO_HOLIDAYS))
    policy = Policy(harbourline.definition)
    # A Friday evening in Dubai.
    ticket = {"plan": "pro", "site": "harbour", "seats_down": 60, "country": "AE"}
    ticket |= {"zone": "Asia/Dubai", "raised": "2025-04-11T22:00:00+04:00"}
    (entry,) = entries(policy, ticket, "promises.response.due_at")
    assert (entry.value, entry.rule) == ("2025-04-14T05:30:00Z", "calendars.coverage")
    assert (entry.more["calendar"], entry.inputs["zone"]) == ("24x7", "Asia/Dubai")
    assert [day["date"] for day in entry.more["closed_days"]] == ["2025-04-12", "2025-04-13"]
    table = policy.evaluate_batch(pa.Table.from_pylist([ticket]), extra=True)
    assert utc_text(table.to_pylist()[0]["promises"]["response"]["due_at"]) == entry.value
    del ticket["zone"], ticket["country"]
    assert "zone" in policy.evaluate(ticket, defaults=False).undetermined["promises.response"].missing


def test_an_answer_that_rests_on_agreement_alone_says_so(shipped: Policy) -> None:
    # Severity B or C: for Small Business both promise business hours and no time.
    ticket = {
        "plan": "small_business",
        "issue_type": "mail_access",
        "affected_users": "one",
        "requester": "administrator",
    }
    decision = shipped.evaluate(ticket)
    assert decision.undetermined["severity"].possible == ("B", "C")
    assert decision.response is not None and decision.response.clock == "business_hours"
    (entry,) = [e for e in decision.derivation if e.concludes == "targets.response"]
    assert entry.rule is None
    assert entry.agreed_by == ("response_targets.B.small_business", "response_targets.C.small_business")
    assert entry.basis == "inferred"
    assert entry.to_dict()["agreed_by"] == list(entry.agreed_by)
    # What is open has no entry.
    assert not [e for e in decision.derivation if e.concludes == "severity"]


def test_agreement_names_every_rule(shipped: Policy) -> None:
    decision = shipped.evaluate({"category": "presales", "requester": "prospect"})
    (entry,) = [e for e in decision.derivation if e.concludes == "presales_support"]
    assert len(entry.agreed_by) == 15


def test_a_rule_that_decides_whatever_else_is_unknown_is_named(shipped: Policy) -> None:
    found = entries(shipped, {"plan": "standalone", "issue_type": "sharepoint_site_down"}, "severity")
    # The definitions may fire or not; the example and the fallback do.
    assert [(e.rule, e.overridden_by) for e in found] == [
        ("severity.examples.sharepoint_site_down", None),
        ("severity.fallback.neither_a_nor_c", "severity.examples.sharepoint_site_down"),
    ]


def test_a_refusal_says_what_to_do(shipped: Policy) -> None:
    (entry,) = entries(shipped, {"requester": "end_user", "issue_type": "mail_access"}, "channels.phone")
    assert "administrator" in entry.says["en"]
    assert "administrateur" in entry.says["fr"]
    assert entry.to_dict()["says"] == dict(entry.says)


def test_places_lead_to_the_yaml(policy: Policy) -> None:
    folder = SHIPPED if policy.name.startswith("office") else HARBOURLINE
    checked = 0
    for ticket in random_tickets(policy, random.Random(21), 30):
        for entry in policy.evaluate(ticket).derivation:
            if entry.location is None:
                continue
            file, line = entry.location.split(":")
            text = (folder / file).read_text("utf-8").splitlines()[int(line) - 1]
            names = str(entry.rule).split(".")
            assert text.strip().split(":")[0] in [*names, "coverage"], (entry.rule, text)
            checked += 1
    assert checked > 100


def test_the_basis_of_an_answer_is_the_weakest_of_its_chain(policy: Policy) -> None:
    order = ("stated", "inferred", "assumed")
    for ticket in random_tickets(policy, random.Random(22), 200):
        decision = policy.evaluate(ticket)
        for entry in decision.derivation:
            key = entry.concludes.split(".")[0]
            if ".notes." in entry.concludes:
                continue
            if entry.overridden_by is None and decision.basis.get(key) is not None and key != "reopen":
                if key == "channels" and entry.concludes in decision.undetermined:
                    continue
                assert order.index(str(decision.basis[key])) >= order.index(entry.basis)


def test_entries_are_ordered_by_stage_and_rule(policy: Policy) -> None:
    stages = [*policy.program.stages, "promises.response.due_at", "promises.response.window"]
    for ticket in random_tickets(policy, random.Random(23), 50):
        keys = [(stages.index(e.concludes), e.rule or "") for e in policy.evaluate(ticket).derivation]
        assert keys == sorted(keys)


@pytest.mark.parametrize("defaults", [True, False])
def test_every_settled_answer_has_an_entry(policy: Policy, defaults: bool) -> None:
    for ticket in random_tickets(policy, random.Random(24), 80):
        decision = policy.evaluate(ticket, defaults=defaults)
        concluded = {e.concludes for e in decision.derivation if e.overridden_by is None}
        for channel, answer in decision.channels.items():
            if f"channels.{channel}" not in decision.undetermined:
                assert f"channels.{channel}" in concluded
                assert answer.eligible is not None
        if "severity" not in decision.undetermined:
            assert "severity" in concluded
        if decision.response is not None:
            assert "promises.response" in concluded
        if decision.reopen is not None:
            assert "reopen" in concluded


def test_a_cut_off_that_moves_the_opening_is_told(tmp_path: Path) -> None:
    policy = load_policy(with_edits(tmp_path, *BY_NOON, source=STARTER))
    ticket = {"plan": "standard", "impact": "hindered", "country": "DE", "timezone": "Europe/Berlin"}
    # Maundy Thursday; after Easter Monday business goes on.
    (entry,) = entries(
        policy, ticket | {"opened_at": "2026-04-02T12:00:01+02:00"}, "promises.response.due_at"
    )
    assert entry.value == "2026-04-07T15:00:00Z"
    assert entry.more["cut_off"] == "12:00" and entry.more["counted_from"] == "2026-04-07T07:00:00Z"
    assert entry.to_dict()["counted_from"] == entry.more["counted_from"]
    (entry,) = entries(
        policy, ticket | {"opened_at": "2026-04-02T12:00:00+02:00"}, "promises.response.due_at"
    )
    assert entry.value == "2026-04-02T15:00:00Z"
    assert entry.more["cut_off"] == "12:00" and "counted_from" not in entry.more
    # Of a cut-off a decision says nothing else.
    plain = policy.evaluate(ticket).to_dict(derivation=False)
    assert plain["promises"]["response"] == {
        "committed": True,
        "target": "same_business_day",
        "clock": "office_hours",
        "due_at": None,
        "due_at_local": None,
        "window": None,
    }
    (possible,) = plain["undetermined"]["promises.response"]["possible"]
    assert possible == {"target": "same_business_day", "clock": "office_hours"}


def test_promises_that_differ_in_their_cut_offs_alone_are_one_that_is_possible(tmp_path: Path) -> None:
    edits = [
        ("response_targets", f"{plan}: {{target: {target}, clock: office_hours,", f"{plan}: {{{promise}")
        for plan, target, promise in (
            ("standard", "next_business_day", "target: PT8H, clock: office_hours, cut_off: 12:00,"),
            ("plus", "PT8H", "target: PT8H, clock: office_hours, cut_off: 16:00,"),
        )
    ]
    decision = load_policy(with_edits(tmp_path, *edits, source=STARTER)).evaluate({"impact": "hindered"})
    left = decision.undetermined["promises.response"]
    assert left.possible == ({"target": "PT8H", "clock": "office_hours"},) and "plan" in left.missing
