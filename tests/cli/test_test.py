"""`supportrules test` as it is installed: results, what went wrong, coverage, formats, exit codes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from command import run
from edits import copied, edited
from folders import HARBOURLINE, SHIPPED
from supportrules.cases.cases import read_cases
from supportrules.policy.starter import STARTER
from supportrules.report.words import WORDS

Result = subprocess.CompletedProcess[str]

GOOD = """\
cases:
  - name: fifty seats are urgent
    ticket: {plan: basic, site: harbour, seats_down: 50}
    expect: {severity: urgent}
  - name: nine are normal
    ticket: {plan: basic, site: harbour, seats_down: 9}
    expect: {severity: normal}
"""
WRONG = """\
cases:
  - name: "ten are low: 100%, or not"
    ticket: {plan: basic, site: harbour, seats_down: 10}
    expect:
      severity: low
      channels: {email: {eligible: false}}
"""
ERRORS = """\
cases:
  - name: a plan that there is not
    ticket: {plan: prro}
    expect: {severity: low}
  - name: a clause that there is not
    ticket: {plan: pro, seats_down: 0}
    clauses: [L-9]
    expect: {severity: low}
"""
UNREADABLE = """\
cases:
  - name: a misspelt key
    ticket: {plan: pro, seats_down: 0}
    expcet: {severity: low}
"""


def with_cases(folder: Path, **files: str) -> Path:
    """Harbourline with test files of one's own."""
    copied(folder, HARBOURLINE)
    if files:
        (folder / "tests").mkdir()
    for name, text in files.items():
        (folder / "tests" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def test_policy(folder: Path, *arguments: str, lang: str = "en") -> Result:
    return run("test", str(folder), "--lang", lang, *arguments)


# The helper is no test of its own.
test_policy.__test__ = False  # type: ignore[attr-defined]


def data(folder: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(test_policy(folder, "--format", "json", *arguments).stdout)
    return found


# Policies that pass


@pytest.mark.parametrize("folder", [None, HARBOURLINE, STARTER])
def test_all_tests_of_our_policies_pass(folder: Path | None) -> None:
    done = run("test", *([str(folder)] if folder else []), "--lang", "en")
    count = len(read_cases(folder))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{count} tests: {count} passed\n", "")


def test_all_rules_of_our_policies_are_covered() -> None:
    for folder in (SHIPPED, HARBOURLINE, STARTER):
        done = test_policy(folder, "--threshold", "100")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("coverage\n  rules  ")
        assert done.stdout.count(", 100 %\n") == 3


def test_a_revision_is_tested_with_the_tests_that_it_had(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "promise").mkdir()
    with_cases(tmp_path / "promise", good=GOOD, wrong=WRONG)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    (tmp_path / "promise" / "tests" / "wrong.yaml").unlink()
    assert run("test", "promise", cwd=tmp_path).returncode == 0
    before = run("test", "HEAD:promise", "--lang", "en", cwd=tmp_path)
    assert before.returncode == 1
    assert before.stdout.startswith("FAILED  HEAD:promise/tests/wrong.yaml:2:5  ")


# Tests that fail


def test_a_failing_test_says_where_what_and_why(tmp_path: Path) -> None:
    done = test_policy(with_cases(tmp_path, good=GOOD, wrong=WRONG))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.replace(str(tmp_path), "mine") == (
        """\
FAILED  mine/tests/wrong.yaml:2:5  ten are low: 100%, or not
  severity                 expected "low", found "high"  wrong.yaml:5
  channels.email.eligible  expected false, found true  wrong.yaml:6

why
  severity: high  stated
    rule     severity.seats.ten_or_more  severity.yaml:30
    because  seats down: 10
    clause   L-1 Levels
  e-mail: yes (any time)  stated
    rule    channels.email.everybody  channels.yaml:9
    clause  N-1 E-mail

3 tests: 2 passed, 1 failed
"""
    )


def test_in_french(tmp_path: Path) -> None:
    done = test_policy(with_cases(tmp_path, good=GOOD, wrong=WRONG), lang="fr")
    assert "ÉCHEC  " in done.stdout
    assert '  severity                 attendu "low", trouvé "high"  wrong.yaml:5\n' in done.stdout
    assert "\n  gravité\u00a0: haut  écrit\n" in done.stdout
    assert done.stdout.endswith("\n3 tests\u00a0: 2 réussis, 1 échoué\n")


def test_an_edit_of_the_policy_fails_the_tests_that_it_breaks(tmp_path: Path) -> None:
    edited(tmp_path, "response_targets", "target: PT8H", "target: PT6H")
    shutil.copytree(SHIPPED / "tests", tmp_path / "tests")
    found = data(tmp_path)
    broken = [
        case.name
        for case in read_cases()
        if (case.expect.get("promises", {}).get("response") or {}).get("target") == "PT8H"
        or {"target": "PT8H", "clock": "24x7"}
        in case.expect.get("undetermined", {}).get("promises.response", {}).get("possible", ())
        or {"target": "PT8H", "clock": "business_hours"}
        in case.expect.get("undetermined", {}).get("promises.response", {}).get("possible", ())
    ]
    failed = [test["name"] for test in found["tests"] if not test["passed"]]
    assert len(broken) > 5
    assert set(broken) <= set(failed)
    assert found["counts"] == {
        "tests": len(read_cases()),
        "passed": len(read_cases()) - len(failed),
        "failed": len(failed),
        "errors": 0,
        "not_run": 0,
    }
    differing = {d["name"] for test in found["tests"] for d in test.get("differences", ())}
    # Only a target, what is due by it, and what of it is open can change.
    assert differing <= {
        "promises.response.target",
        "promises.response.due_at",
        "promises.response.due_at_local",
        "undetermined.promises.response.possible",
    }


@pytest.mark.parametrize(
    ("expect", "shown", "hidden"),
    [
        ("severity: low", "severity: high", "e-mail"),
        ("promises: {response: {target: PT2H}}", "response: ", "e-mail"),
        ("undetermined: {severity: {}}", "severity: high", "e-mail"),
        ("basis: {severity: assumed}", "severity: high", "e-mail"),
        ("basis: {channels: assumed}", "e-mail: yes", "reopening"),
        ("channels: {phone: {eligible: true}}", "telephone: no", "chat"),
        ("notes: [x]", "3 tests", "why"),
        ("reopen: {until: '2025-04-16T11:00:00Z'}", "3 tests", "e-mail"),
        ("severity: high\n    rules: {stood: [severity.safety]}", "severity: high", "e-mail"),
        (
            "severity: high\n    rules: {stood: [plans.basic.column], not_fired: [plans.basic.column]}",
            "column of targets: Basic",
            "severity: high",
        ),
    ],
)
def test_only_what_differs_is_explained(tmp_path: Path, expect: str, shown: str, hidden: str) -> None:
    case = f"""\
cases:
  - name: n
    ticket: {{plan: basic, site: harbour, seats_down: 10}}
    expect:
      {expect}
"""
    done = test_policy(with_cases(tmp_path, good=GOOD, wrong=case))
    assert done.returncode == 1
    assert shown in done.stdout
    assert hidden not in done.stdout


def test_a_ticket_that_the_policy_has_no_answer_for_fails(tmp_path: Path) -> None:
    edited(tmp_path, "severity", "seats_down: 0}", "seats_down: 999}", HARBOURLINE)
    (tmp_path / "tests").mkdir()
    text = "cases:\n  - {name: none, ticket: {plan: pro, seats_down: 0}, expect: {severity: low}}\n"
    (tmp_path / "tests" / "b.yaml").write_text(text, "utf-8")
    done = test_policy(tmp_path, "--run", "b.yaml")
    assert done.returncode == 1
    assert "  the policy has no single answer  no rule concludes `severity`" in done.stdout
    (test,) = data(tmp_path, "--run", "none")["tests"]
    assert test["decision"] is None
    assert test["differences"][0]["fault"].startswith("no rule concludes `severity`")


# Tests that can't be run or read


def test_one_bad_case_hides_no_other(tmp_path: Path) -> None:
    done = test_policy(with_cases(tmp_path, errors=ERRORS, good=GOOD, wrong=WRONG))
    assert (done.returncode, done.stderr) == (2, "")
    place = f"{tmp_path}/tests/errors.yaml"
    assert f"ERROR  {place}:2:5  a plan that there is not\n  {place}:3:20: unknown plan `prro`" in done.stdout
    assert "          ticket: {plan: prro}\n                         ^\n" in done.stdout
    assert f"ERROR  {place}:5:5  a clause that there is not\n  {place}:7:15: unknown cl" in done.stdout
    assert "FAILED  " in done.stdout
    assert done.stdout.endswith("\n5 tests: 2 passed, 1 failed, 2 can't be run\n")


def test_a_file_that_can_not_be_read_is_told_with_its_place_and_hides_no_other(tmp_path: Path) -> None:
    done = test_policy(with_cases(tmp_path, good=GOOD, unreadable=UNREADABLE))
    assert done.returncode == 2
    place = f"{tmp_path}/tests/unreadable.yaml"
    assert f"{place}:4:5: unknown key `expcet`: did you mean `expect`?\n" in done.stderr
    assert done.stdout == "2 tests: 2 passed, 1 file can't be read\n"


@pytest.mark.parametrize("form", ["pretty", "json", "junit", "github"])
def test_exit_codes_are_the_same_in_every_form(tmp_path: Path, form: str) -> None:
    with_cases(tmp_path, good=GOOD, wrong=WRONG, errors=ERRORS)
    codes = {"good": 0, "wrong": 1, "errors": 2}
    for file, code in codes.items():
        assert test_policy(tmp_path, "--format", form, "--run", f"{file}.yaml").returncode == code
    # A case that can't be run is worse than one that fails.
    assert test_policy(tmp_path, "--format", form).returncode == 2
    (tmp_path / "tests" / "unreadable.yaml").write_text(UNREADABLE, "utf-8")
    assert test_policy(tmp_path, "--format", form, "--run", "good").returncode == 2


@pytest.mark.parametrize("form", ["pretty", "json", "junit", "github"])
def test_no_tests_are_a_failure(tmp_path: Path, form: str) -> None:
    done = test_policy(with_cases(tmp_path), "--format", form)
    assert done.returncode == 1
    assert done.stderr == (
        f"{tmp_path}/tests: no test cases here: write them as `supportrules schema tests` says\n"
    )


def test_a_policy_that_does_not_load_and_one_that_is_not_there(tmp_path: Path) -> None:
    edited(tmp_path, "severity", "level: low", "level: lwo", HARBOURLINE)
    done = test_policy(tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "did you mean `low`?" in done.stderr
    assert run("test", "nowhere").returncode == 3


# Which tests are run


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["FIFTY"], ["fifty seats are urgent"]),
        (["good.yaml"], ["fifty seats are urgent", "nine are normal"]),
        (["tests/good.yaml"], ["fifty seats are urgent", "nine are normal"]),
        (["g*.yaml"], ["fifty seats are urgent", "nine are normal"]),
        (["*are*"], ["fifty seats are urgent", "nine are normal", "ten are low: 100%, or not"]),
        (["*are"], []),
        (["nine*", "ten"], ["nine are normal", "ten are low: 100%, or not"]),
        (["n?ne*"], ["nine are normal"]),
        (["[nt]*"], ["nine are normal", "ten are low: 100%, or not"]),
        (["100%"], ["ten are low: 100%, or not"]),
    ],
)
def test_patterns_choose_tests_by_name_or_file(tmp_path: Path, patterns: list[str], names: list[str]) -> None:
    with_cases(tmp_path, good=GOOD, wrong=WRONG)
    found = data(tmp_path, *(part for pattern in patterns for part in ("--run", pattern)))
    assert [test["name"] for test in found["tests"]] == names


def test_a_pattern_that_matches_nothing_is_a_failure(tmp_path: Path) -> None:
    with_cases(tmp_path, good=GOOD)
    done = test_policy(tmp_path, "--run", "nine are normla")
    assert (done.returncode, done.stdout) == (1, "0 tests: 0 passed\n")
    assert done.stderr == "no test matches `nine are normla`: did you mean `nine are normal`?\n"
    # Beside one that matches too: what was meant to run did not.
    done = test_policy(tmp_path, "--run", "nine", "--run", "zzz")
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "1 test: 1 passed\n",
        "no test matches `zzz`\n",
    )


def test_fail_fast_stops_after_the_first(tmp_path: Path) -> None:
    with_cases(tmp_path, a=WRONG, b=GOOD)
    done = test_policy(tmp_path, "-x")
    assert done.returncode == 1
    assert done.stdout.endswith("\n3 tests: 0 passed, 1 failed, 2 not run\n")
    assert data(tmp_path, "-x")["counts"] == {"tests": 1, "passed": 0, "failed": 1, "errors": 0, "not_run": 2}
    assert test_policy(tmp_path, "--fail-fast", "--run", "b.yaml").stdout == "2 tests: 2 passed\n"


def test_verbose_lists_tests_by_file(tmp_path: Path) -> None:
    with_cases(tmp_path, errors=ERRORS, good=GOOD, wrong=WRONG)
    text = test_policy(tmp_path, "-v").stdout
    assert text.startswith(
        f"""\
{tmp_path}/tests/errors.yaml
  ERROR  a plan that there is not
  ERROR  a clause that there is not

{tmp_path}/tests/good.yaml
  ok  fifty seats are urgent
  ok  nine are normal

{tmp_path}/tests/wrong.yaml
  FAILED  ten are low: 100%, or not

ERROR  """
    )


# Coverage


def without(folder: Path, name: str) -> Path:
    """Harbourline with its tests but one."""
    copied(folder, HARBOURLINE)
    shutil.copytree(HARBOURLINE / "tests", folder / "tests")
    for file in (folder / "tests").glob("*.yaml"):
        parts = file.read_text("utf-8").split("  - name: ")
        file.write_text("  - name: ".join(p for p in parts if not p.startswith(f"{name}\n")), "utf-8")
    return folder


REOPENING = "what is settled can be reopened for 30 days"


def test_coverage_names_what_is_missing(tmp_path: Path) -> None:
    done = test_policy(without(tmp_path, REOPENING), "--coverage")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        """\
coverage
  rules  19 of 20, 95 %
  cells  12 of 12, 100 %
  both   31 of 32, 96 %
  rules and cells that no case fires
    channels.yaml:"""
    )
    assert "  channels.reopening.always\n" in done.stdout
    assert "31 tests: 31 passed\n" in done.stdout


@pytest.mark.parametrize(("threshold", "code"), [(0, 0), (96, 0), (97, 1), (100, 1)])
def test_a_threshold_is_compared_exactly(tmp_path: Path, threshold: int, code: int) -> None:
    # 31 of 32 are 96.875 percent.
    done = test_policy(without(tmp_path, REOPENING), "--threshold", str(threshold))
    assert done.returncode == code
    message = f"coverage is 96 %, which is less than {threshold} %\n"
    assert done.stderr == (message if code else "")
    assert "  both   31 of 32, 96 %\n" in done.stdout


@pytest.mark.parametrize("threshold", ["-1", "101", "half"])
def test_a_threshold_is_a_percentage(threshold: str) -> None:
    assert test_policy(HARBOURLINE, "--threshold", threshold).returncode == 2


def test_coverage_is_of_the_tests_that_run_and_names_the_fallback(tmp_path: Path) -> None:
    overridden = """\
cases:
  - name: in test
    ticket: {plan: basic, site: harbour, seats_down: 50, environment: test}
    expect: {severity: normal}
"""
    with_cases(tmp_path, good=GOOD, overridden=overridden)
    text = re.sub(r":\d+", ":N", test_policy(tmp_path, "--coverage", "--run", "fifty").stdout)
    assert "  cells  1 of 12, 8 %\n" in text
    assert text.endswith(
        """\
  cells that tests reach only by the fallback
    response_targets.yaml:N  response_targets.urgent.basic

1 test: 1 passed
"""
    )
    text = re.sub(r":\d+", ":N", test_policy(tmp_path, "--coverage", "--run", "in test").stdout)
    assert "  rules and cells that are overridden in every case\n    severity.yaml:N  severity.seats" in text
    assert "by the fallback" not in text


def test_verbose_coverage_has_every_rule_and_cell() -> None:
    rows = [line.split() for line in test_policy(HARBOURLINE, "--coverage", "-v").stdout.splitlines()]
    each = data(HARBOURLINE, "--coverage")["coverage"]["each"]
    assert len(each) == 32
    for rule in each:
        assert [rule["location"], str(rule["fired"]), str(rule["stood"]), rule["rule"]] in rows
    assert ["rules", "fires", "stands"] in rows


# Forms for machines


def test_json_has_all(tmp_path: Path) -> None:
    with_cases(tmp_path, errors=ERRORS, good=GOOD, unreadable=UNREADABLE, wrong=WRONG)
    found = data(tmp_path, "--coverage")
    assert list(found) == ["policy", "counts", "tests", "problems", "coverage"]
    assert found["policy"]["name"] == "harbourline-support"
    assert found["counts"] == {"tests": 5, "passed": 2, "failed": 1, "errors": 2, "not_run": 0}
    tests = {test["name"]: test for test in found["tests"]}
    assert tests["nine are normal"] == {
        "name": "nine are normal",
        "location": {"file": f"{tmp_path}/tests/good.yaml", "line": 5, "column": 5},
        "passed": True,
    }
    wrong = tests["ten are low: 100%, or not"]
    assert (wrong["passed"], wrong["decision"]["severity"]) == (False, "high")
    assert wrong["differences"][0] == {
        "name": "severity",
        "expected": "low",
        "found": "high",
        "location": {"file": f"{tmp_path}/tests/wrong.yaml", "line": 5, "column": 17},
    }
    assert [d["name"] for d in wrong["differences"]] == ["severity", "channels.email.eligible"]
    (problem,) = tests["a plan that there is not"]["problems"]
    assert (problem["code"], problem["location"]["line"]) == ("unknown-value", 3)
    assert {p["code"] for p in found["problems"]} == {"unknown-key", "missing-key"}
    coverage = found["coverage"]
    assert coverage["covered"] == sum(rule["stood"] > 0 for rule in coverage["each"])
    assert coverage["cells"] == {"covered": 2, "total": 12, "percent": 16}
    assert "coverage" not in data(tmp_path)


def test_junit_can_be_read_back(tmp_path: Path) -> None:
    with_cases(tmp_path, errors=ERRORS, good=GOOD, unreadable=UNREADABLE, wrong=WRONG)
    done = test_policy(tmp_path, "--format", "junit", "-o", str(tmp_path / "junit.xml"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{tmp_path}/tests/unreadable.yaml:")
    assert "5 tests: 2 passed, 1 failed, 2 can't be run, 1 file can't be read\n" in done.stderr
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    unread = 2  # A key too many, and one too few.
    assert root.tag == "testsuites"
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == (str(5 + unread), "1", "4")
    suites = {suite.get("name"): suite for suite in root}
    good, wrong = suites[f"{tmp_path}/tests/good.yaml"], suites[f"{tmp_path}/tests/wrong.yaml"]
    assert [case.get("name") for case in good] == ["fifty seats are urgent", "nine are normal"]
    assert [len(case) for case in good] == [0, 0]
    (case,) = wrong
    assert (case.get("file"), case.get("line")) == (f"{tmp_path}/tests/wrong.yaml", "2")
    assert case.get("name") == "ten are low: 100%, or not"
    (failure,) = case
    assert failure.tag == "failure"
    message = 'severity: expected "low", found "high"; channels.email.eligible: expected false, found true'
    assert failure.get("message") == message
    assert f'{tmp_path}/tests/wrong.yaml:5:17: severity: expected "low"' in str(failure.text)
    errors = suites[f"{tmp_path}/tests/errors.yaml"].findall("testcase/error")
    assert "unknown plan `prro`" in str(errors[0].text)
    assert suites[f"{tmp_path}/tests/unreadable.yaml"].get("errors") == "1"


HOSTILE = """\
cases:
  - name: "a\\nb::error::c, d: 50% \\e[31m]]>"
    ticket: {plan: basic, site: harbour, seats_down: 10}
    expect: {severity: low, notes: [x]}
"""


def commands(text: str) -> Iterator[tuple[dict[str, str], str]]:
    """Workflow commands as GitHub reads them: a line each, properties up to `::`, `%XX` undone at the end."""
    for line in text.splitlines():
        if line.startswith("::error "):
            properties, _, message = line.removeprefix("::error ").partition("::")
            pairs = (part.partition("=") for part in properties.split(","))
            yield {key: unquote(value) for key, _, value in pairs}, unquote(message)


def test_github_gets_commands_that_names_can_not_break(tmp_path: Path) -> None:
    with_cases(tmp_path, errors=ERRORS, hostile=HOSTILE, unreadable=UNREADABLE)
    done = test_policy(tmp_path, "--format", "github")
    found = list(commands(done.stdout))
    assert len(found) == len(done.stdout.splitlines()) - 1
    assert done.stdout.endswith("\n3 tests: 0 passed, 1 failed, 2 can't be run, 1 file can't be read\n")
    (hostile,) = [(p, m) for p, m in found if p["file"].endswith("hostile.yaml")]
    properties, message = hostile
    assert properties == {
        "file": f"{tmp_path}/tests/hostile.yaml",
        "line": "2",
        "col": "5",
        "title": "a b::error::c, d: 50% \\x1b[31m]]>",
    }
    assert message == 'severity: expected "low", found "high"\nnotes: expected ["x"], found []'
    assert "\x1b" not in done.stdout
    clause = next(p for p, m in found if m.startswith("unknown clause `L-9`"))
    assert (clause["line"], clause["col"]) == ("7", "15")


@pytest.mark.parametrize("form", ["pretty", "junit"])
def test_names_from_outside_do_nothing_to_a_terminal_or_to_xml(tmp_path: Path, form: str) -> None:
    done = test_policy(with_cases(tmp_path, hostile=HOSTILE), "--format", form, "-v")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    if form == "junit":
        (name,) = [case.get("name", "") for case in ElementTree.fromstring(done.stdout).iter("testcase")]
        assert name.endswith("c, d: 50% \\x1b[31m]]>")


@pytest.mark.parametrize("form", ["pretty", "json", "junit", "github"])
def test_a_file_gets_what_would_be_printed(tmp_path: Path, form: str) -> None:
    with_cases(tmp_path, good=GOOD, wrong=WRONG)
    printed = test_policy(tmp_path, "--format", form)
    written = test_policy(tmp_path, "--format", form, "--output", str(tmp_path / "out"))
    assert (tmp_path / "out").read_text("utf-8") == printed.stdout
    assert (written.returncode, written.stdout) == (1, "")
    assert written.stderr == "3 tests: 2 passed, 1 failed\n"


def test_a_file_that_can_not_be_written(tmp_path: Path) -> None:
    done = test_policy(with_cases(tmp_path, good=GOOD), "-o", str(tmp_path / "no" / "out"))
    assert done.returncode == 2
    assert "can't write" in done.stderr


def test_words_are_there_in_all_languages() -> None:
    assert WORDS["en"].keys() == WORDS["fr"].keys()


def test_no_test_at_all_is_no_success_in_junits_form() -> None:
    done = run("test", "--run", "no such test", "--format", "junit")
    assert done.returncode == 1
    assert 'errors="1"' in done.stdout
