"""The cases of both policies, that they leave nothing out, and that a wrong one fails."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from command import run
from edits import edited
from folders import HARBOURLINE
from known_tickets import WINDOW
from supportrules import CaseError, Location, Policy, PolicyLoadError, load_policy
from supportrules.cases.cases import Case, Json, differences, find_cases, read_cases, run_cases, skipped_files

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_shipped(case: Case, shipped: Policy) -> None:
    assert not case.run(shipped).differences, case.location


@pytest.mark.parametrize("case", read_cases(HARBOURLINE), ids=lambda case: case.name)
def test_harbourline(case: Case, harbourline: Policy) -> None:
    assert not case.run(harbourline).differences, case.location


# The cases leave nothing out (that every rule stands in one is tried in test_trace.py)


def test_every_clause_with_a_rule_has_a_case(policy: Policy) -> None:
    needed = {clause.number for clause in policy.definition.clauses.values() if clause.not_a_rule is None}
    cases = CASES if policy == load_policy() else read_cases(HARBOURLINE)
    assert not needed - {number for case in cases for number in case.clauses}


def test_every_case_names_its_clauses() -> None:
    assert not [case.name for case in (*CASES, *read_cases(HARBOURLINE)) if not case.clauses]


# A wrong expectation fails

OPEN: dict[str, Any] = {
    "plan": "midsize_business",
    "issue_type": "mail_send_receive",
    "service_state": "usable",
    "country": "FR",
    "requested_severity": "A",
    "opened_at": "2014-09-05T11:30:00+02:00",
}
DUE: dict[str, Any] = WINDOW | {"plan": "enterprise_e3"}
CLOSE = "2014-09-03T15:00:00Z"
HOURS = {"opens_at": "2014-09-03T07:00:00Z", "closes_at": CLOSE}
LEFT: dict[str, Any] = {"severity": {}, "promises.response": {}, "channels.phone": {}, "channels.online": {}}
NOTE = "requested_severity_without_effect"


def fails(policy: Policy, ticket: Json, expect: Json, **rules: tuple[str, ...]) -> bool:
    return bool(Case("a case", ticket, expect, Location("a.yaml"), rules=rules).run(policy).differences)


@pytest.mark.parametrize(
    ("ticket", "right", "wrong"),
    [
        (DUE, {"category": "technical"}, {"category": "billing"}),
        (DUE, {"severity": "B"}, {"severity": "A"}),
        (DUE, {"severity": "B"}, {"severity": None}),
        (OPEN, {"undetermined": LEFT, "severity": None}, {"severity": "B"}),
        (DUE, {"channels": {"phone": {"eligible": True}}}, {"channels": {"phone": {"eligible": False}}}),
        (DUE, {"channels": {"phone": {"eligible": True}}}, {"channels": {"phone": {"eligible": 1}}}),
        (DUE, {"channels": {"phone": {"hours": "24x7"}}}, {"channels": {"phone": {"hours": None}}}),
        (DUE, {"channels": {"online": {"eligible": True}}}, {"channels": {"chat": {"eligible": True}}}),
        (DUE, {"promises": {"response": {"target": "PT8H"}}}, {"promises": {"response": {"target": "PT2H"}}}),
        (DUE, {"promises": {"response": {"target": "PT8H"}}}, {"promises": {"response": None}}),
        (
            OPEN,
            {"undetermined": LEFT, "promises": {"response": None}},
            {"promises": {"response": {"target": "PT1H"}}},
        ),
        (
            DUE,
            {"promises": {"response": {"clock": "24x7"}}},
            {"promises": {"response": {"clock": "business_hours"}}},
        ),
        (
            DUE,
            {"promises": {"response": {"committed": True}}},
            {"promises": {"response": {"committed": False}}},
        ),
        (
            DUE,
            {"promises": {"response": {"due_at": "2014-09-03T17:00:00Z"}}},
            {"promises": {"response": {"due_at": "2014-09-03T17:00:01Z"}}},
        ),
        (
            DUE,
            {"promises": {"response": {"due_at_local": "2014-09-03T19:00:00+02:00"}}},
            {"promises": {"response": {"due_at_local": "2014-09-03T18:00:00+01:00"}}},
        ),
        (
            DUE,
            {"promises": {"response": {"window": None}}},
            {"promises": {"response": {"window": {"opens_at": "2014-09-03T07:00:00Z"}}}},
        ),
        (WINDOW, {"promises": {"response": {"window": HOURS}}}, {"promises": {"response": {"window": None}}}),
        (
            WINDOW,
            {"promises": {"response": {"window": HOURS}}},
            {"promises": {"response": {"window": HOURS | {"opens_at": CLOSE}}}},
        ),
        (
            WINDOW,
            {"promises": {"response": {"window": {"opens_at": HOURS["opens_at"]}}}},
            {"promises": {"response": {"window": {"opens_at": CLOSE}}}},
        ),
        (
            WINDOW,
            {"promises": {"response": {"window": {"closes_at": CLOSE}}}},
            {"promises": {"response": {"window": {"closes_at": None}}}},
        ),
        (DUE, {"reopen": None}, {"reopen": {"until": "2014-09-19T09:00:00Z"}}),
        (
            DUE | {"closed_at": "2014-09-05T11:00:00+02:00", "submitted_via": "online"},
            {"reopen": {"until": "2014-09-19T09:00:00Z"}},
            {"reopen": None},
        ),
        (DUE, {"undetermined": {}}, {"undetermined": {"severity": {}}}),
        (
            OPEN,
            {"undetermined": LEFT},
            {"undetermined": {"severity": {}, "promises.response": {}, "channels.phone": {}}},
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


# What is open is not null


@pytest.mark.parametrize(
    ("less", "null", "left"),
    [
        # What is closed as a problem of one kind and could be one of another.
        ({"issue_type": None}, {"category": None}, {"category"}),
        ({"affected_users": None, "workaround": None}, {"severity": None}, {"severity", "promises.response"}),
        ({"affected_users": None}, {"promises": {"response": None}}, {"severity", "promises.response"}),
        ({"affected_users": None}, {"basis": {"severity": None}}, {"severity", "promises.response"}),
        ({"requester": None}, {"channels": {"phone": {"eligible": None}}}, {"channels.phone"}),
        ({"requester": None}, {"channels": {"phone": {"hours": None}}}, {"channels.phone"}),
        ({"opened_at": None}, {"promises": {"response": {"due_at": None}}}, {"promises.response"}),
        ({"opened_at": None}, {"promises": {"response": {"due_at_local": None}}}, {"promises.response"}),
        (
            {"opened_at": None, "plan": "small_business"},
            {"promises": {"response": {"window": None}}},
            {"promises.response"},
        ),
        ({"closed_at": "2014-09-05T11:00:00+02:00", "submitted_via": None}, {"reopen": None}, {"reopen"}),
    ],
)
def test_a_null_that_is_expected_of_an_open_answer_fails(
    shipped: Policy, less: Json, null: Json, left: set[str]
) -> None:
    # Nothing is taken for granted, so that what is left out is unknown.
    given = {"advanced_support": False, "service_state": "usable", "requested_severity": None}
    ticket = {**DUE, **given, **less}
    case = Case("a case", ticket, null, Location("a.yaml"), defaults=False)
    open_answers = shipped.evaluate(ticket, defaults=False).undetermined
    assert left <= set(open_answers)
    (difference,) = case.run(shipped).differences
    assert difference.open
    assert str(difference).endswith(", but it is open")
    assert difference.to_dict()["open"] is True
    # It passes where the case says that it is open; that says all that is open.
    told = replace(case, expect={**null, "undetermined": {name: {} for name in open_answers}})
    assert not told.run(shipped).differences
    short = replace(case, expect={**null, "undetermined": {}})
    assert [each.name for each in short.run(shipped).differences] == ["undetermined"]


def test_a_null_of_what_there_is_none_of_passes(shipped: Policy) -> None:
    # The opening is unknown, and no time is promised: the window is open, and there is no deadline.
    ticket = {name: value for name, value in WINDOW.items() if name != "opened_at"}
    assert not fails(
        shipped, ticket, {"promises": {"response": {"due_at": None, "due_at_local": None, "target": None}}}
    )
    assert fails(shipped, ticket, {"promises": {"response": {"window": None}}})
    assert fails(shipped, ticket, {"promises": {"response": {"window": {"opens_at": HOURS["opens_at"]}}}})
    # A time is promised: there is no window, and the deadline is open.
    assert not fails(
        shipped, ticket | {"plan": "enterprise_e3"}, {"promises": {"response": {"window": None}}}
    )
    # A request that is not closed can't be reopened, whatever is open of it.
    assert not fails(shipped, OPEN, {"reopen": None})


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
    expect = {
        "promises": {"response": {"target": "PT2H", "due_at": "2014-09-03T17:00:00Z"}},
        "channels": {"chat": {}},
    }
    decision = shipped.evaluate(DUE).to_dict()
    assert [str(difference) for difference in differences(expect, decision)] == [
        'promises.response.target: expected "PT2H", found "PT8H"',
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
    with pytest.raises(CaseError, match=f"unknown rule `{misspelt}`"):
        fails(shipped, DOWN, {"severity": "A"}, **{kind: (misspelt,)})


# An error of the ticket can be expected, and then nothing else will do


@pytest.mark.parametrize(
    ("ticket", "right", "wrong"),
    [
        ({"plan": "enterprise_e2"}, {"code": "unknown-value", "field": "plan"}, {"code": "unknown-field"}),
        ({"plan": "enterprise_e2"}, {"field": "plan"}, {"field": "country"}),
        ({"plna": "enterprise_e3"}, {"code": "unknown-field", "field": "plna"}, {"field": "plan"}),
        ({"plan": "x", "country": "y"}, {"field": "country"}, {"code": "contradiction"}),
        # Code and field of two errors make none.
        ({"plan": "x", "plna": "y"}, {"code": "unknown-field"}, {"code": "unknown-field", "field": "plan"}),
        (
            {"issue_type": "sharepoint_site_down", "category": "billing"},
            {"code": "contradiction"},
            {"code": "unknown-value"},
        ),
    ],
)
def test_a_wrong_error_fails(shipped: Policy, ticket: Json, right: Json, wrong: Json) -> None:
    assert not fails(shipped, ticket, {"error": right})
    assert fails(shipped, ticket, {"error": wrong})
    # A rule of which something is expected did not fire.
    assert fails(shipped, ticket, {"error": right}, stood=("severity.fallback",))
    with pytest.raises(CaseError):
        fails(shipped, ticket, {"severity": None})


@pytest.mark.parametrize("key", ["opens_at", "closes_at"])
def test_a_part_of_a_window_is_enough_in_a_file(shipped: Policy, tmp_path: Path, key: str) -> None:
    expect = {"promises": {"response": {"window": {key: HOURS[key]}}}}
    text = json.dumps({"cases": [{"name": "n", "ticket": WINDOW, "expect": expect}]})
    assert not case_in(tmp_path, text).run(shipped).differences


def test_an_error_that_a_ticket_does_not_have_fails(shipped: Policy) -> None:
    case = Case("n", DUE, {"error": {"field": "plan"}}, Location("a.yaml"))
    (difference,) = case.run(shipped).differences
    assert str(difference) == 'error: expected {"field": "plan"}, and there is none'


def test_an_error_says_which_ones_there_are(shipped: Policy) -> None:
    case = Case("n", {"plan": "x"}, {"error": {"field": "country"}}, Location("a.yaml"))
    (difference,) = case.run(shipped).differences
    assert difference.found == [{"code": "unknown-value", "field": "plan"}]


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ("{error: {code: unknown-value, field: plan}}", None),
        ("{error: {}}", r"a\.yaml:2:50: `error` is empty: such as"),
        ("{error: {feild: plan}}", "unknown key `feild`: did you mean `field`?"),
        ("{error: {code: Unknown Value}}", "a code is words of small letters"),
        ("{error: {field: plan}, severity: A}", "`severity` does not go here: a ticket with an error has no"),
    ],
)
def test_an_error_stands_alone(tmp_path: Path, expect: str, message: str | None) -> None:
    (tmp_path / "tests").mkdir()
    text = f"cases:\n  - {{name: n, ticket: {{plan: x}}, expect: {expect}}}\n"
    (tmp_path / "tests" / "a.yaml").write_text(text)
    if message is None:
        assert len(read_cases(tmp_path)) == 1
        return
    with pytest.raises(CaseError, match=message):
        read_cases(tmp_path)


# All are run, each for itself


def test_cases_that_can_not_be_run_are_outcomes(shipped: Policy) -> None:
    place = Location("a.yaml", 1, 1)
    cases = [
        Case("bad ticket", {"plan": "x"}, {"severity": None}, place),
        Case("good", DUE, {"severity": "B"}, place),
        Case("bad clause", DUE, {"severity": "B"}, place, clauses=("SV-A9",)),
        Case("wrong", DUE, {"severity": "A"}, place),
    ]
    outcomes = list(run_cases(shipped, cases))
    assert [outcome.case for outcome in outcomes] == cases
    assert [outcome.passed for outcome in outcomes] == [False, True, False, False]
    assert [[p.code for p in outcome.problems] for outcome in outcomes] == [
        ["unknown-value"],
        [],
        ["unknown-reference"],
        [],
    ]
    assert [len(outcome.differences) for outcome in outcomes] == [0, 0, 0, 1]


def test_cases_are_run_one_by_one(shipped: Policy) -> None:
    def endless() -> Iterator[Case]:
        yield Case("first", DUE, {"severity": "B"}, Location("a.yaml"))
        raise AssertionError("the second was asked for")

    assert next(run_cases(shipped, endless())).passed


PLACES = """\
cases:
  - name: n
    ticket: {plan: enterprise_e3, issue_type: sharepoint_site_down}
    expect:
      notes: [x]
      severity: B
      undetermined:
        severity:
          possible: [A]
      promises:
        response:
          target: PT8H
          clock: 24x7
      basis: {reopen: stated, severity: assumed}
    rules:
      fired: [severity.examples.sharepoint_site_down]
      stood:
        - severity.examples.sharepoint_site_down
        - severity.definitions.critical
"""


def test_each_difference_has_its_place_in_the_order_of_the_file(shipped: Policy, tmp_path: Path) -> None:
    outcome = case_in(tmp_path, PLACES).run(shipped)
    found = [(d.name, d.location and (d.location.line, d.location.column)) for d in outcome.differences]
    assert found == [
        ("notes", (5, 14)),
        ("severity", (6, 17)),
        ("undetermined", (8, 9)),
        ("promises.response.target", (12, 19)),
        ("basis.reopen", (14, 23)),
        ("basis.severity", (14, 41)),
        ("rules.severity.definitions.critical", (19, 11)),
    ]


def test_what_can_be_read_is_found_beside_what_can_not(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "a.yaml").write_text("- x\n")
    (tmp_path / "tests" / "b.yaml").write_text(CASE)
    (tmp_path / "tests" / "c.yaml").write_text(CASE)
    cases, problems = find_cases(tmp_path)
    assert [case.location.file for case in cases] == [f"{tmp_path}/tests/b.yaml"]
    assert [problem.code for problem in problems] == ["wrong-type", "duplicate-value"]
    assert find_cases(tmp_path / "tests") == ((), ())


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("urgent", True),
        ("URGENT", True),
        ("is it urgent?", True),
        ("urgent?", True),
        ("is*", True),
        ("*urgent", False),
        ("[ij]s it*", True),
        ("[jk]s it*", False),
        ("levels", True),
        ("Levels.YAML", True),
        ("tests/levels.yaml", True),
        ("mine/tests/levels.yaml", True),
        ("tests/*", True),
        ("other/levels.yaml", False),
        ("mine", False),
        ("l*.yaml", True),
        ("m*.yaml", False),
        ("", True),
        (".", True),
        ("./", False),
        ("É", False),
    ],
)
def test_a_pattern_is_for_name_or_file(pattern: str, matches: bool) -> None:
    case = Case("Is it urgent?", {}, {}, Location("/home/mine/tests/levels.yaml", 1, 1))
    assert case.matches(pattern) == matches


# What a case names must exist


NAMING = """\
cases:
  - name: a case
    ticket:
      plan: enterprise_e3
      issue_type: sharepoint_site_don
      countri: FR
    clauses: [SV-A2, SV-A9]
    expect: {severity: A}
    rules:
      stood: [severity.examples.sharepoint_site_down, severity.examples.sharepoint_site_dwn]
"""


def case_in(tmp_path: Path, text: str) -> Case:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "a.yaml").write_text(text)
    (case,) = read_cases(tmp_path)
    return case


def test_what_a_case_names_must_exist_and_all_of_it_is_told(shipped: Policy, tmp_path: Path) -> None:
    case = case_in(tmp_path, NAMING)
    with pytest.raises(CaseError) as caught:
        case.run(shipped)
    places = {(p.location.line, p.location.column) for p in caught.value.problems if p.location}
    assert places == {(5, 19), (6, 16), (7, 22), (10, 55)}
    near = [name for problem in caught.value.problems for name in problem.nearest]
    assert near[0] == "sharepoint_site_down"
    assert "country" in near
    assert near[-1] == "severity.examples.sharepoint_site_down"
    assert "unknown clause `SV-A9`" in str(caught.value)


def test_a_case_that_was_made_in_python_has_the_place_that_it_was_given(shipped: Policy) -> None:
    case = Case("a case", DOWN, {"severity": "A"}, Location("a.yaml", 3, 5), clauses=("SV-A2", "SV-A9"))
    with pytest.raises(CaseError, match=r"^a\.yaml:3:5: unknown clause `SV-A9`: did you mean "):
        case.run(shipped)


def test_a_ticket_that_the_policy_has_no_answer_for_is_a_difference(tmp_path: Path) -> None:
    policy = load_policy(edited(tmp_path, "severity", "seats_down: 0}", "seats_down: 999}", HARBOURLINE))
    case = Case("a case", {"plan": "pro", "seats_down": 0}, {"severity": "low"}, Location("a.yaml"))
    outcome = case.run(policy)
    assert outcome.decision is None
    assert outcome.fired == outcome.stood == frozenset()
    (difference,) = outcome.differences
    assert str(difference).startswith("no rule concludes `severity`")


CASE = "cases:\n  - {name: a case, ticket: {plan: pro}, expect: {severity: A}}\n"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "tests: no test cases here: write"),
        ({"a.txt": CASE}, "no test cases here"),
        ({"a.yaml": ""}, r"a\.yaml: the file is empty"),
        ({"a.yaml": f"{CASE}---\n{CASE}"}, r"a\.yaml:4:1: more than one document"),
        ({"a.yaml": b"\xff"}, "UTF-8"),
        ({"a.yaml": "- x\n", "b.yaml": "cases: []\n"}, r"a\.yaml:1:1: [^\0]*\n[^\0]*b\.yaml:1:8"),
        ({"a.yaml": "cases: []\n"}, r"a\.yaml:1:8"),
        ({"a.yaml": CASE.replace("severity", "severety")}, r"a\.yaml:2:.*severety"),
        ({"a.yaml": CASE.replace("{severity: A}", "{}")}, r"a\.yaml:2"),
        ({"a.yaml": CASE.replace("ticket", "tikcet")}, r"a\.yaml:2"),
        ({"a.yaml": CASE + "cases: []\n"}, r"a\.yaml:3:1: `cases` twice"),
        ({"a.yaml": CASE + "\t- x\n"}, r"a\.yaml:3"),
        (
            {"a.yaml": CASE, "b.yaml": CASE},
            r"b\.yaml:2:5: `a case` twice: it stands in .*a\.yaml:2:5 already",
        ),
    ],
)
def test_cases_that_cannot_be_read_are_an_error(
    tmp_path: Path, files: dict[str, str | bytes], message: str
) -> None:
    (tmp_path / "tests").mkdir()
    for name, text in files.items():
        (tmp_path / "tests" / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CaseError, match=message):
        read_cases(tmp_path)


def named(name: str) -> str:
    return CASE.replace("a case", name)


def test_every_file_below_tests_is_read_or_told(tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    (tests / "plans" / "old").mkdir(parents=True)
    (tests / "drafts.yaml").mkdir()
    (tests / "drafts.yaml" / "lost.yaml").write_text(named("of a directory with the name of a file"))
    (tests / "a.yaml").write_text(named("above"))
    (tests / "b.yml").write_text(named("of the other suffix"))
    (tests / ".hidden.yaml").write_text(named("hidden"))
    (tests / "plans" / "c.yaml").write_text(named("below"))
    (tests / "plans" / "old" / "d.yaml").write_text(named("further below"))
    (tests / "plans" / "notes.md").write_text("notes")
    (tests / ".keep").write_text("")
    (tests / "linked.yaml").symlink_to("plans/c.yml")
    (tests / "shared").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "e.yaml").write_text(named("linked"))
    (tests / "plans" / "round").symlink_to("..")
    os.mkfifo(tests / "pipe.yaml")
    cases, problems = find_cases(tmp_path)
    assert {case.name for case in cases} == {
        "above",
        "of the other suffix",
        "hidden",
        "below",
        "further below",
        "linked",
    }
    assert next(case for case in cases if case.name == "below").location.file.endswith("tests/plans/c.yaml")
    told = {str(problem.location).removeprefix(f"{tmp_path}/"): problem.message for problem in problems}
    assert told == {
        "tests/drafts.yaml": "a directory, not a file",
        "tests/linked.yaml": "not a file, or a broken link",
        "tests/pipe.yaml": "not a file, or a broken link",
        "tests/plans/round": "a link that leads round in a circle",
    }
    assert {problem.code for problem in problems} == {"unreadable"}
    skipped = {name.removeprefix(f"{tmp_path}/") for name in skipped_files(tmp_path)}
    assert skipped == {"tests/.keep", "tests/plans/notes.md"}


def test_what_is_skipped_below_tests_is_told_by_the_command(tmp_path: Path) -> None:
    shutil.copytree(HARBOURLINE, tmp_path / "mine")
    (tmp_path / "mine" / "tests" / "more.yml.bak").write_text(CASE)
    (tmp_path / "mine" / "tests" / "gone.yaml").symlink_to("nowhere.yaml")
    done = run("test", str(tmp_path / "mine"))
    assert done.returncode == 2
    assert "gone.yaml: not a file, or a broken link" in done.stderr
    assert "more.yml.bak: skipped: test cases are in files whose names end in .yaml or .yml" in done.stderr
    (tmp_path / "mine" / "tests" / "gone.yaml").unlink()
    done = run("test", str(tmp_path / "mine"))
    assert done.returncode == 0
    assert "more.yml.bak: skipped" in done.stderr


def test_cases_of_directories_in_a_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(HARBOURLINE, tmp_path / "mine", ignore=shutil.ignore_patterns("tests"))
    (tmp_path / "mine" / "tests" / "plans").mkdir(parents=True)
    (tmp_path / "mine" / "tests" / "plans" / "a.yaml").write_text(named("below"))
    (tmp_path / "mine" / "tests" / "notes.txt").write_text("notes")
    (tmp_path / "mine" / "tests" / "gone.yaml").symlink_to("nowhere.yaml")
    (tmp_path / "mine" / "tests" / "plans" / "round").symlink_to("..")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    cases, problems = find_cases("HEAD:mine")
    assert [(case.name, case.location.file) for case in cases] == [("below", "HEAD:mine/tests/plans/a.yaml")]
    assert [str(problem.location) for problem in problems] == [
        "HEAD:mine/tests/gone.yaml",
        "HEAD:mine/tests/plans/round",
    ]
    assert skipped_files("HEAD:mine") == ("HEAD:mine/tests/notes.txt",)


def test_a_case_is_read_as_it_stands(tmp_path: Path) -> None:
    text = "{name: n, ticket: {country: NO}, defaults: false, clauses: [C-1], expect: {severity: null}}"
    case = case_in(tmp_path, f"cases:\n- {text}\n")
    assert (case.name, case.ticket, case.defaults) == ("n", {"country": "NO"}, False)
    assert (case.clauses, case.expect, case.rules) == (("C-1",), {"severity": None}, {})
    assert case.location == Location(str(tmp_path / "tests" / "a.yaml"), 2, 3)


# Where they are read from


def test_cases_of_a_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(HARBOURLINE, tmp_path / "deep" / "promise")
    shutil.rmtree(tmp_path / "deep" / "promise" / "tests")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    shutil.copytree(HARBOURLINE / "tests", tmp_path / "deep" / "promise" / "tests")
    git("add", ".")
    git("commit", "-qm", "two")
    cases = read_cases("HEAD:deep/promise")
    assert [(case.name, case.ticket, case.expect) for case in cases] == [
        (case.name, case.ticket, case.expect) for case in read_cases(HARBOURLINE)
    ]
    assert cases[0].location.file == "HEAD:deep/promise/tests/channels.yaml"
    with pytest.raises(CaseError, match=r"^HEAD~1:deep/promise/tests: no test cases here"):
        read_cases("HEAD~1:deep/promise")
    # A policy at the root of a repository.
    monkeypatch.chdir(tmp_path / "deep" / "promise")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    assert len(read_cases("HEAD:")) == len(read_cases("HEAD:.")) == len(cases)


def git(*arguments: str) -> None:
    name = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", *name, *arguments], check=True, capture_output=True)


def test_a_place_without_a_policy_has_no_cases_either(tmp_path: Path) -> None:
    with pytest.raises(PolicyLoadError, match="no such directory"):
        read_cases(tmp_path / "nowhere")
