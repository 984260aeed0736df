"""What test cases cover: against each derivation, at the edges of percents, and where only the fallback decides."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edits import copied, edited
from folders import HARBOURLINE, SHIPPED
from supportrules import Location, Policy, load_policy
from supportrules.cases.cases import Case, read_cases, run_cases
from supportrules.cases.coverage import RuleCoverage, Share, cover
from supportrules.policy.starter import STARTER

FOLDERS = {"office-365-support": SHIPPED, "harbourline-support": HARBOURLINE}
# Urgent by the number of seats, on Basic.
SEATS: dict[str, Any] = {"plan": "basic", "site": "harbour", "seats_down": 50}


def covered(policy: Policy, *cases: Case) -> RuleCoverage:
    return cover(policy, run_cases(policy, cases))


def case(ticket: dict[str, Any], expect: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case(str(ticket), ticket, expect or {"notes": []}, Location("a.yaml", 1, 1), **more)


# Percents


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 100))
def test_percents_are_rounded_down_and_compared_exactly(one: int, other: int, percent: int) -> None:
    found = Share(min(one, other), max(one, other))
    exact = Fraction(100 * found.covered, found.total) if found.total else Fraction(100)
    assert found.percent == floor(exact)
    assert found.reaches(percent) == (exact >= percent)
    assert (found.percent == 100) == (found.covered == found.total)


@pytest.mark.parametrize(
    ("one", "percent", "reaches"),
    [
        (Share(9996, 10000), 99, {99: True, 100: False}),
        (Share(9999, 10000), 99, {99: True, 100: False}),
        (Share(1, 3), 33, {33: True, 34: False}),
        (Share(1, 2), 50, {50: True, 51: False}),
        (Share(0, 7), 0, {0: True, 1: False}),
        (Share(7, 7), 100, {100: True}),
    ],
)
def test_the_edges_of_percents(one: Share, percent: int, reaches: dict[int, bool]) -> None:
    assert one.percent == percent
    assert {n: one.reaches(n) for n in reaches} == reaches


# What is covered


def test_both_policies_are_covered_whole_by_what_their_derivations_say(policy: Policy) -> None:
    cases = read_cases(FOLDERS[policy.name])
    fired: dict[str, int] = {}
    stood: dict[str, int] = {}
    for one in cases:
        entries = policy.evaluate(one.ticket, defaults=one.defaults).to_dict()["derivation"]
        for id in {entry["rule"] for entry in entries}:
            fired[id] = fired.get(id, 0) + 1
        for id in {entry["rule"] for entry in entries if not entry["overridden_by"]}:
            stood[id] = stood.get(id, 0) + 1
    found = covered(policy, *cases)
    assert found.share == Share(len(found.all), len(found.all))
    each = found.to_dict()["each"]
    assert {e["rule"]: (e["fired"], e["stood"]) for e in each} == {
        trace.id: (fired[trace.id], stood[trace.id]) for trace in found.all
    }
    cells = {f"response_targets.{cell.level}.{cell.column}" for cell in policy.definition.cells}
    assert set(found.cells) == cells == {e["rule"] for e in each if e["cell"]}
    ids = {rule.id for stage in policy.program.stages.values() for rule in stage.rules}
    assert ids == {*found.rules, *found.cells, *(trace.id for trace in found.never_read)}


def test_what_no_answer_rests_on_does_not_count(shipped: Policy) -> None:
    found = covered(shipped)
    families = {f"plans.{plan.id}.family" for plan in shipped.definition.plans.values() if plan.family}
    assert {trace.id for trace in found.never_read} == families
    assert found.share == Share(0, len(found.all))
    assert not families & {trace.id for trace in found.all}


def test_a_rule_without_its_case_is_named(harbourline: Policy) -> None:
    left_out = "what is settled can be reopened for 30 days"
    cases = [one for one in read_cases(HARBOURLINE) if one.name != left_out]
    found = covered(harbourline, *cases)
    assert [trace.id for trace in found.never_fired] == ["channels.reopening.always"]
    assert found.never_stood == ()
    assert found.share == Share(len(found.all) - 1, len(found.all))


def test_a_rule_that_is_always_overridden_is_not_covered(harbourline: Policy) -> None:
    ticket = SEATS | {"environment": "test"}
    found = covered(harbourline, case(ticket))
    assert [trace.id for trace in found.never_stood] == ["severity.seats.fifty_or_more"]
    assert found.rules["severity.seats.fifty_or_more"].fired == (str(ticket),)
    # Once it stands it is covered, however often it is overridden elsewhere.
    both = covered(harbourline, case(ticket), case(SEATS))
    assert both.never_stood == ()
    assert len(both.rules["severity.seats.fifty_or_more"].fired) == 2
    assert len(both.rules["severity.seats.fifty_or_more"].stood) == 1


def test_a_case_that_does_not_pass_covers_nothing(harbourline: Policy) -> None:
    right, wrong = case(SEATS, {"severity": "urgent"}), case(SEATS, {"severity": "low"})
    no_ticket = case({"plan": "nothing"})
    assert covered(harbourline, right).share.covered > 0
    assert covered(harbourline, wrong, no_ticket).share.covered == 0


# Cells that only the fallback reaches. Harbourline's last group counts seats; safety and test go before it.


def only_by_fallback(found: RuleCoverage) -> dict[str, bool]:
    return {cell.trace.id: cell.avoidable for cell in found.fallback}


def test_a_cell_that_only_the_last_group_reaches_is_named(harbourline: Policy) -> None:
    cell = "response_targets.urgent.basic"
    assert only_by_fallback(covered(harbourline, case(SEATS))) == {cell: True}
    # The same cell by a rule of another group; the rule of the last group fires too, and is overridden.
    safe = case(SEATS | {"safety": True})
    assert only_by_fallback(covered(harbourline, safe)) == {}
    assert only_by_fallback(covered(harbourline, case(SEATS), safe)) == {}


def test_a_case_that_does_not_pass_does_not_help_a_cell(harbourline: Policy) -> None:
    wrong = case(SEATS | {"safety": True}, {"severity": "low"})
    assert only_by_fallback(covered(harbourline, case(SEATS), wrong)) == {
        "response_targets.urgent.basic": True
    }


def test_where_no_other_group_gives_the_level_it_can_not_be_helped(harbourline: Policy) -> None:
    # Nothing but the number of seats makes a matter low.
    found = covered(harbourline, case(SEATS | {"seats_down": 0}))
    assert only_by_fallback(found) == {"response_targets.low.basic": False}
    assert found.to_dict()["fallback_only"] == [
        {
            "cell": "response_targets.low.basic",
            "stood": [str(SEATS | {"seats_down": 0})],
            "avoidable": False,
        }
    ]


def test_rules_that_agree_are_the_fallback_only_if_all_of_them_are(harbourline: Policy) -> None:
    # Whether it is a matter of safety is unknown, and all ways are urgent: by safety, or by seats.
    mixed = case(SEATS | {"environment": "production"}, {"severity": "urgent"}, defaults=False)
    found = covered(harbourline, mixed)
    assert found.cells["response_targets.urgent.basic"].stood
    assert only_by_fallback(found) == {}


def test_a_level_that_a_fact_gives_can_be_any(shipped: Policy) -> None:
    # The shipped policy lets customers choose any level, so that no cell need be left to the fallback.
    ticket = {"plan": "enterprise_e3", "service_state": "degraded", "business_impact": "minimal"}
    ticket |= {"affected_users": "several", "issue_type": "lync_installation", "requester": "administrator"}
    decision = shipped.evaluate(ticket)
    assert [e.rule for e in decision.derivation if e.concludes == "severity" and not e.overridden_by] == [
        "severity.fallback.neither_a_nor_c"
    ]
    found = covered(shipped, case(ticket))
    assert only_by_fallback(found) == {"response_targets.B.enterprise": True}


def test_a_policy_with_one_group_has_no_fallback(tmp_path: Path) -> None:
    text = (STARTER / "severity.yaml").read_text("utf-8")
    before, _, rest = text.partition("  definitions:\n")
    copied(tmp_path, STARTER)
    alone = f"{before}  otherwise:\n{rest.partition('  otherwise:' + chr(10))[2]}"
    alone = alone.replace("[definitions, otherwise]", "[otherwise]")
    (tmp_path / "severity.yaml").write_text(alone, "utf-8")
    policy = load_policy(tmp_path)
    ticket = case({"plan": "plus", "impact": "stopped", "affected": "team"}, {"severity": "normal"})
    found = covered(policy, ticket)
    assert found.cells["response_targets.normal.plus"].stood
    assert found.fallback == ()


def test_the_shipped_cases_reach_every_cell_by_more_than_the_fallback(shipped: Policy) -> None:
    assert covered(shipped, *read_cases()).fallback == ()


def test_without_severity_is_a_rule_and_no_cell(shipped: Policy) -> None:
    found = covered(shipped)
    assert "response_targets.without_severity" in found.rules


def test_a_column_with_a_condition_is_a_rule_and_no_cell(harbourline: Policy) -> None:
    assert "response_targets.columns.priority" in covered(harbourline).rules


def test_rules_stand_in_the_order_of_the_files(policy: Policy) -> None:
    found = covered(policy)
    places = [trace.origin.location for trace in found.rules.values()]
    assert places == sorted(places)


def test_an_edit_that_makes_a_rule_dead_is_seen(tmp_path: Path) -> None:
    # From 90 seats on: no case has so many.
    policy = load_policy(edited(tmp_path, "severity", "{at_least: 50}", "{at_least: 90}", HARBOURLINE))
    passed = [one for one in read_cases(HARBOURLINE) if one.ticket.get("seats_down", 0) < 50]
    found = covered(policy, *passed)
    assert "severity.seats.fifty_or_more" in {trace.id for trace in found.never_fired}
