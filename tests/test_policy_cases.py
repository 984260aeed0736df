"""The cases of both policies, that they leave nothing out, and that a wrong one fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conftest import HARBOURLINE
from policycases import Case, CaseError, Json, differences, failures, read_cases, stood
from supportrules import Location, Policy
from supportrules.policy.files import SHIPPED

CASES = read_cases(SHIPPED)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_shipped(case: Case, shipped: Policy) -> None:
    assert not failures(shipped, case), case.location


@pytest.mark.parametrize("case", read_cases(HARBOURLINE), ids=lambda case: case.name)
def test_harbourline(case: Case, harbourline: Policy) -> None:
    assert not failures(harbourline, case), case.location


# The cases leave nothing out


@pytest.fixture(scope="module")
def shown(shipped: Policy) -> set[str]:
    return {rule for case in CASES for rule in stood(case.decide(shipped))}


def test_every_rule_is_shown(shipped: Policy, shown: set[str]) -> None:
    definition = shipped.definition
    rules = {f"response_targets.{cell.level}.{cell.column}" for cell in definition.cells}
    rules |= {"response_targets.without_severity", "calendars.coverage"}
    rules |= {f"calendars.hours.{hours}" for hours in definition.hours}
    rules |= {f"issue_types.{issue.id}" for issue in definition.issue_types.values() if issue.category}
    for texts in (
        definition.free_rules,
        definition.severity_rules,
        definition.column_rules,
        definition.channel_rules,
        definition.reopening_rules,
        definition.notes,
    ):
        rules |= {text.id for text in texts}
    assert len(rules) > 50
    assert not rules - shown


def test_every_plan_is_shown(shipped: Policy, shown: set[str]) -> None:
    for plan in shipped.definition.plans:
        assert f"plans.{plan}.column" in shown
        assert f"plans.{plan}.telephone_support" in shown


def test_every_clause_with_a_rule_has_a_case(shipped: Policy) -> None:
    clauses = shipped.definition.clauses.values()
    needed = {clause.number for clause in clauses if clause.not_a_rule is None}
    assert not needed - {number for case in CASES for number in case.clauses}


def test_every_case_names_its_clauses() -> None:
    assert not [case.name for case in CASES if not case.clauses]


# A wrong expectation fails

OPEN: dict[str, Any] = {
    "plan": "midsize_business",
    "issue_type": "mail_send_receive",
    "service_state": "usable",
    "country": "FR",
    "requested_severity": "A",
    "opened_at": "2014-09-05T11:30:00+02:00",
}
WINDOW: dict[str, Any] = {
    "plan": "small_business",
    "issue_type": "lync_communication",
    "affected_users": "several",
    "requester": "administrator",
    "country": "FR",
    "opened_at": "2014-09-03T11:00:00+02:00",
}
DUE: dict[str, Any] = WINDOW | {"plan": "enterprise_e3"}
CLOSE = "2014-09-03T15:00:00Z"
HOURS = {"opens_at": "2014-09-03T07:00:00Z", "closes_at": CLOSE}
NOTE = "requested_severity_without_effect"


def fails(policy: Policy, ticket: Json, expect: Json, **rules: tuple[str, ...]) -> bool:
    case = Case("a case", ticket, True, (), expect, rules, Location("a.yaml"))
    return bool(failures(policy, case))


@pytest.mark.parametrize(
    ("ticket", "right", "wrong"),
    [
        (DUE, {"category": "technical"}, {"category": "billing"}),
        (DUE, {"severity": "B"}, {"severity": "A"}),
        (DUE, {"severity": "B"}, {"severity": None}),
        (OPEN, {"severity": None}, {"severity": "B"}),
        (DUE, {"channels": {"phone": {"eligible": True}}}, {"channels": {"phone": {"eligible": False}}}),
        (DUE, {"channels": {"phone": {"eligible": True}}}, {"channels": {"phone": {"eligible": 1}}}),
        (DUE, {"channels": {"phone": {"hours": "24x7"}}}, {"channels": {"phone": {"hours": None}}}),
        (DUE, {"channels": {"online": {"eligible": True}}}, {"channels": {"chat": {"eligible": True}}}),
        (DUE, {"response": {"target": "PT8H"}}, {"response": {"target": "PT2H"}}),
        (DUE, {"response": {"target": "PT8H"}}, {"response": None}),
        (OPEN, {"response": None}, {"response": {"target": "PT1H"}}),
        (DUE, {"response": {"clock": "24x7"}}, {"response": {"clock": "business_hours"}}),
        (DUE, {"response": {"committed": True}}, {"response": {"committed": False}}),
        (
            DUE,
            {"response": {"due_at": "2014-09-03T17:00:00Z"}},
            {"response": {"due_at": "2014-09-03T17:00:01Z"}},
        ),
        (
            DUE,
            {"response": {"due_at_local": "2014-09-03T19:00:00+02:00"}},
            {"response": {"due_at_local": "2014-09-03T18:00:00+01:00"}},
        ),
        (DUE, {"response": {"window": None}}, {"response": {"window": {"opens_at": "2014-09-03T07:00:00Z"}}}),
        (WINDOW, {"response": {"window": HOURS}}, {"response": {"window": None}}),
        (WINDOW, {"response": {"window": HOURS}}, {"response": {"window": HOURS | {"opens_at": CLOSE}}}),
        (WINDOW, {"response": {"window": HOURS}}, {"response": {"window": {"closes_at": CLOSE}}}),
        (DUE, {"reopen": None}, {"reopen": {"until": "2014-09-19T09:00:00Z"}}),
        (
            DUE | {"closed_at": "2014-09-05T11:00:00+02:00", "submitted_via": "online"},
            {"reopen": {"until": "2014-09-19T09:00:00Z"}},
            {"reopen": None},
        ),
        (DUE, {"undetermined": {}}, {"undetermined": {"severity": {}}}),
        (
            OPEN,
            {"undetermined": {"severity": {}, "response": {}, "channels.phone": {}, "channels.online": {}}},
            {"undetermined": {"severity": {}, "response": {}, "channels.phone": {}}},
        ),
        (OPEN, {"notes": [NOTE]}, {"notes": []}),
        (OPEN, {"notes": [NOTE]}, {"notes": [NOTE, "advanced_support_not_in_force"]}),
        (DUE, {"notes": []}, {"notes": [NOTE]}),
        (DUE, {"basis": {"severity": "stated"}}, {"basis": {"severity": "assumed"}}),
        (DUE, {"basis": {"severity": "stated"}}, {"basis": {"reopen": "stated"}}),
    ],
)
def test_a_wrong_answer_fails(shipped: Policy, ticket: Json, right: Json, wrong: Json) -> None:
    assert not fails(shipped, ticket, right)
    assert fails(shipped, ticket, wrong)
    # It is a failure among right expectations too.
    assert fails(shipped, ticket, {"notes": [], **right, **wrong})


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ({"possible": ["A", None, "B"]}, {"possible": ["A", "B"]}),
        ({"possible": ["B", "A", None]}, {"possible": ["A", "B", "C", None]}),
        ({"possible": [None, "A", "B"]}, {"possible": ["A", "B", "C"]}),
        ({"missing": ["x", "y"]}, {"missing": ["y", "x"]}),
        ({"missing": ["x", "y"]}, {"missing": ["x"]}),
        ({"missing": ["x", "y"]}, {"missing": ["x", "y", "z"]}),
    ],
)
def test_open_answers_are_complete(right: Json, wrong: Json) -> None:
    decision = {"undetermined": {"severity": {"possible": ["A", "B", None], "missing": ["x", "y"]}}}
    assert not list(differences({"undetermined": {"severity": right}}, decision))
    assert len(list(differences({"undetermined": {"severity": wrong}}, decision))) == 1


def test_a_difference_says_what_and_where(shipped: Policy) -> None:
    expect = {"response": {"target": "PT2H", "due_at": "2014-09-03T17:00:00Z"}, "channels": {"chat": {}}}
    decision = shipped.evaluate(DUE).to_dict()
    assert list(differences(expect, decision)) == [
        'response.target: expected "PT2H", found "PT8H"',
        "channels.chat: expected {}, and there is none",
    ]


# So do wrong expectations of rules

DOWN: Json = {
    "issue_type": "sharepoint_site_down",
    "affected_users": "one",
    "business_impact": "minimal",
    "workaround": True,
}
EXAMPLE = "severity.examples.sharepoint_site_down"
DEFINITION = "severity.definitions.medium"
OTHER = "severity.definitions.critical"


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("fired", EXAMPLE, OTHER),
        ("fired", DEFINITION, "severity.definitions"),
        ("stood", EXAMPLE, DEFINITION),
        ("stood", EXAMPLE, OTHER),
        ("not_fired", OTHER, EXAMPLE),
        ("not_fired", OTHER, DEFINITION),
        ("not_fired", "severity.customer_choice", "severity.examples"),
    ],
)
def test_a_wrong_rule_fails(shipped: Policy, kind: str, right: str, wrong: str) -> None:
    assert not fails(shipped, DOWN, {"severity": "A"}, **{kind: (right,)})
    assert fails(shipped, DOWN, {"severity": "A"}, **{kind: (wrong,)})
    assert fails(shipped, DOWN, {"severity": "A"}, **{kind: (right, wrong)})


@pytest.mark.parametrize("kind", ["fired", "stood", "not_fired"])
@pytest.mark.parametrize("misspelt", [f"{EXAMPLE}s", EXAMPLE[:-1], "severity.exampels", "sharepoint"])
def test_a_misspelt_rule_is_an_error(shipped: Policy, kind: str, misspelt: str) -> None:
    with pytest.raises(CaseError, match=f"no rule `{misspelt}`"):
        fails(shipped, DOWN, {"severity": "A"}, **{kind: (misspelt,)})


# What a case names must exist


def test_an_unknown_clause_is_an_error(shipped: Policy) -> None:
    case = Case("a case", DOWN, True, ("SV-A2", "SV-A9"), {"severity": "A"}, {}, Location("a.yaml", 3, 5))
    with pytest.raises(CaseError, match=r"a\.yaml:3:5: no clause `SV-A9`"):
        failures(shipped, case)


CASE = "cases:\n  - {name: a case, ticket: {plan: pro}, expect: {severity: A}}\n"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no cases here"),
        ({"a.txt": CASE}, "no cases here"),
        ({"a.yaml": ""}, "0 documents"),
        ({"a.yaml": "cases: []\n"}, r"a\.yaml:1:8"),
        ({"a.yaml": CASE.replace("severity", "severety")}, r"a\.yaml:2:.*severety"),
        ({"a.yaml": CASE.replace("{severity: A}", "{}")}, r"a\.yaml:2"),
        ({"a.yaml": CASE.replace("ticket", "tikcet")}, r"a\.yaml:2"),
        ({"a.yaml": CASE + "cases: []\n"}, r"a\.yaml:3:1: `cases` twice"),
        ({"a.yaml": CASE + "\t- x\n"}, r"a\.yaml:3"),
        ({"a.yaml": CASE, "b.yaml": CASE}, r"b\.yaml:2:5: `a case` stands in .*a\.yaml:2:5 already"),
    ],
)
def test_cases_that_cannot_be_read_are_an_error(tmp_path: Path, files: dict[str, str], message: str) -> None:
    (tmp_path / "tests").mkdir()
    for name, text in files.items():
        (tmp_path / "tests" / name).write_text(text)
    with pytest.raises(CaseError, match=message):
        read_cases(tmp_path)


def test_a_case_is_read_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    text = "{name: n, ticket: {country: NO}, defaults: false, clauses: [C-1], expect: {severity: null}}"
    (tmp_path / "tests" / "a.yaml").write_text(f"cases:\n- {text}\n")
    (case,) = read_cases(tmp_path)
    assert (case.name, case.ticket, case.defaults) == ("n", {"country": "NO"}, False)
    assert (case.clauses, case.expect, case.rules) == (("C-1",), {"severity": None}, {})
    assert case.location.line == 2
