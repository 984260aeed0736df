"""Findings in each format: what stands in it, and that the programs which read it can."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from folders import ROOT, TESTS
from supportrules import Location, Policy, Problem
from supportrules.base.problem import Witness
from supportrules.engine.decision import PolicyRef
from supportrules.history.timeline.checks import CODES as TIMELINE_CODES
from supportrules.proofs.check import CODES
from supportrules.report.findings import FORMATS, Findings, counted
from supportrules.report.findings.schema import findings_schema

SARIF = json.loads((TESTS / "sarif" / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))
DOCS = {page.stem: page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md")}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HOMEPAGE = PROJECT["urls"]["Homepage"]
POLICY = PolicyRef("acme", "1", "sha256:0")
CONFLICT = Problem(
    "conflict",
    "rules conclude `A` and `B`",
    "let one override the other",
    Location("acme/severity.yaml", 12, 3, "  mail_down:"),
    related=(Location("acme/severity.yaml", 20, 5, "    lines_down: {}"),),
    witnesses=(Witness({"plan": "basic", "seats": 3, "open": None}, {"severity": "A"}),),
)
DEAD = Problem(
    "dead-rule", "`old` never fires", "", Location("acme/plans.yaml", 4, 1, "old:"), kind="warning"
)
ALLOWED = Problem(
    "hole",
    "no rule for `chat`",
    "",
    Location("acme/channels.yaml", 7, 0, "chat:"),
    allowed={"fr": "pas encore décidé", "en": "not decided yet"},
)
ALL = Findings(POLICY, (DEAD, ALLOWED, CONFLICT))
# Text that formats could take for something of their own.
AWKWARD = Problem(
    "odd: 100%, {0}",
    "50% of `{1}` [not a link](1) \x1b[31m]]>&<\nnext {line}",
    "a\tb",
    Location("a b/é%,:\x1b.yaml", 1, 1, "\x1b[2J: x"),
    related=(Location("x]y(z).yaml", 2, 1, "x"),),
    witnesses=(Witness({"id": "\x1b[2J\u009b\U000e0001'é\""}, {}),),
)


@pytest.fixture(autouse=True)
def outside_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


# What counts


def test_findings_are_sorted_and_what_is_allowed_stands_apart() -> None:
    assert ALL.problems == (DEAD, CONFLICT)
    assert ALL.allowed == (ALLOWED,)
    assert ALL.listed == (DEAD, CONFLICT)
    assert replace(ALL, show_allowed=True).listed == (DEAD, CONFLICT, ALLOWED)
    assert ALL.counts == {"errors": 1, "warnings": 1, "allowed": 1}


@pytest.mark.parametrize(
    ("found", "strict", "failed"),
    [
        ((), True, False),
        ((ALLOWED,), True, False),
        ((DEAD,), False, False),
        ((DEAD,), True, True),
        ((CONFLICT,), False, True),
    ],
)
def test_errors_fail_and_warnings_do_where_they_are_to(
    found: tuple[Problem, ...], strict: bool, failed: bool
) -> None:
    assert Findings(POLICY, found, strict=strict).failed is failed


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((), "no problems"),
        ((ALLOWED,), "no problems, 1 allowed"),
        ((DEAD,), "1 warning"),
        ((CONFLICT, DEAD, ALLOWED), "1 error, 1 warning, 1 allowed"),
        (
            (CONFLICT, replace(CONFLICT, message="m"), DEAD, replace(DEAD, message="m")),
            "2 errors, 2 warnings",
        ),
    ],
)
def test_the_summary(found: tuple[Problem, ...], words: str) -> None:
    assert Findings(POLICY, found).summary() == words


def test_numbers_of_things() -> None:
    assert [counted(n, "error") for n in (0, 1, 2)] == ["0 errors", "1 error", "2 errors"]


def test_a_reason_is_told_in_the_language_that_is_spoken_or_in_one_that_it_has() -> None:
    assert [replace(ALL, language=code).reason(ALLOWED) for code in ("en", "fr", "de", None)] == [
        "not decided yet",
        "pas encore décidé",
        "pas encore décidé",
        "pas encore décidé",
    ]


# Text


def plain(findings: Findings) -> list[str]:
    return click.unstyle(FORMATS["pretty"](findings)).splitlines()


def test_text_shows_places_lines_carets_and_tickets() -> None:
    assert plain(replace(ALL, show_allowed=True, language="en")) == [
        "acme/plans.yaml:4:1: warning[dead-rule]: `old` never fires",
        "    old:",
        "    ^",
        "acme/severity.yaml:12:3: error[conflict]: rules conclude `A` and `B`: let one override the other",
        "      mail_down:",
        "      ^",
        "  and acme/severity.yaml:20:5",
        "        lines_down: {}",
        "        ^",
        '  ticket: {"plan": "basic", "seats": 3, "open": null}',
        '  expect: {"severity": "A"}',
        "acme/channels.yaml:7: allowed[hole]: no rule for `chat`",
        "    chat:",
        "  allowed: not decided yet",
        "1 error, 1 warning, 1 allowed",
    ]


def test_kinds_have_colours_of_their_own() -> None:
    text = FORMATS["pretty"](replace(ALL, show_allowed=True))
    red, yellow, green = (
        click.style(word, fg=colour, bold=True)
        for word, colour in (
            ("error[conflict]", "red"),
            ("warning[dead-rule]", "yellow"),
            ("allowed[hole]", "green"),
        )
    )
    assert red in text and yellow in text and green in text


def test_a_finding_without_a_place() -> None:
    assert plain(Findings(None, (Problem("c", "m", "h"),))) == ["error[c]: m: h", "1 error"]


def test_a_long_ticket_wraps_and_can_be_pasted_as_it_is(shipped: Policy) -> None:
    facts = shipped.definition.vocabulary.facts
    ticket: dict[str, object] = {name: next(iter(fact.values)) for name, fact in facts.items() if fact.values}
    lines = plain(Findings(POLICY, (replace(CONFLICT, witnesses=(Witness(ticket, {}),)),)))
    start = next(number for number, line in enumerate(lines) if line.startswith("  ticket: "))
    shown = lines[start:-1]
    assert len(shown) > 1 and max(map(len, shown)) <= 100
    pasted = "\n".join(shown).removeprefix("  ticket: ")
    assert json.loads(pasted) == ticket
    assert shipped.evaluate(json.loads(pasted)).derivation is not None


@pytest.mark.parametrize("length", range(20, 40))
def test_no_line_of_a_ticket_is_too_long_and_none_is_broken_too_early(length: int) -> None:
    ticket = {"first": "a" * 20, "second": "b" * length, "third": "c"}
    lines = plain(Findings(POLICY, (Problem("c", "m", witnesses=(Witness(ticket, {}),)),)))[1:-1]
    assert max(map(len, lines)) <= 100
    whole = f"  ticket: {json.dumps(ticket)}"
    assert (len(lines) == 1) is (len(whole) <= 100)


def test_what_a_terminal_would_obey_is_not_printed_and_tickets_stay_what_they_are() -> None:
    lines = plain(Findings(POLICY, (replace(AWKWARD, allowed={"en": "\x1b[0m"}),), show_allowed=True))
    assert all(char.isprintable() for line in lines for char in line)
    (ticket,) = (line.removeprefix("  ticket: ") for line in lines if line.startswith("  ticket: "))
    assert json.loads(ticket) == AWKWARD.witnesses[0].ticket
    assert "'é" in ticket


# JSON


def test_json_has_the_kind_of_each_and_what_is_allowed() -> None:
    data = json.loads(FORMATS["json"](ALL))
    assert list(data) == ["policy", "problems", "allowed", "counts"]
    assert data["policy"] == {"name": "acme", "version": "1", "digest": "sha256:0"}
    assert [(problem["kind"], problem["code"]) for problem in data["problems"]] == [
        ("warning", "dead-rule"),
        ("error", "conflict"),
    ]
    assert data["problems"][1]["witnesses"] == [
        {"ticket": {"plan": "basic", "seats": 3, "open": None}, "expect": {"severity": "A"}}
    ]
    assert data["allowed"][0]["allowed"] == {"fr": "pas encore décidé", "en": "not decided yet"}
    assert data["counts"] == {"errors": 1, "warnings": 1, "allowed": 1}
    assert json.loads(FORMATS["json"](Findings(None)))["policy"] is None


@pytest.mark.parametrize(
    "findings",
    [
        ALL,
        Findings(POLICY, (AWKWARD, replace(AWKWARD, message="m", allowed={}))),
        Findings(None, (Problem("c", "m", "h", None, "f", 1.5, ("a",), ("b",)),), fault="boom"),
    ],
)
def test_json_is_as_its_schema_says(findings: Findings) -> None:
    schema = findings_schema()
    Draft202012Validator.check_schema(schema)
    data = json.loads(FORMATS["json"](findings))
    Draft202012Validator(schema).validate(data)
    assert set(data) <= set(schema["properties"])
    data["problems"][0]["kind"] = "remark"
    assert not Draft202012Validator(schema).is_valid(data)


# GitHub's workflow commands


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Workflow commands as a runner reads them: kind, properties, message."""
    found = []
    for line in text.splitlines():
        if not line.startswith("::"):
            assert re.fullmatch(r"(no|\d+) \w+(, \d+ \w+)*", line), line
            continue
        match = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
        assert match, line
        pairs = (pair.split("=", 1) for pair in match[2].split(","))
        found.append((match[1], {name: unescaped(value) for name, value in pairs}, unescaped(match[3])))
    return found


def unescaped(text: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_github_gets_a_command_for_each() -> None:
    text = FORMATS["github"](replace(ALL, show_allowed=True, language="en"))
    assert text.splitlines()[0] == (
        "::warning file=acme/plans.yaml,line=4,col=1,title=dead-rule::`old` never fires"
    )
    _, conflict, allowed = commands(text)
    assert conflict == (
        "error",
        {"file": "acme/severity.yaml", "line": "12", "col": "3", "title": "conflict"},
        "rules conclude `A` and `B`: let one override the other\n"
        "and acme/severity.yaml:20:5\n"
        'ticket: {"plan": "basic", "seats": 3, "open": null}\n'
        'expect: {"severity": "A"}',
    )
    assert allowed[:2] == ("notice", {"file": "acme/channels.yaml", "line": "7", "title": "hole"})
    assert allowed[2].endswith("\nallowed: not decided yet")


def test_nothing_in_a_finding_ends_its_command() -> None:
    ((kind, properties, message),) = commands(FORMATS["github"](Findings(POLICY, (AWKWARD,))))
    assert (kind, properties["title"]) == ("error", "odd: 100%, {0}")
    assert properties["file"] == "a b/é%,:\\x1b.yaml"
    assert message.startswith("50% of `{1}` [not a link](1) ")


def test_a_summary_is_no_command() -> None:
    assert FORMATS["github"](Findings(POLICY)) == "no problems\n"
    assert FORMATS["github"](ALL).splitlines()[2:] == ["1 error, 1 warning, 1 allowed"]


# SARIF


def log(findings: Findings) -> dict[str, Any]:
    """The run of a log that is valid by the schema of the standard."""
    data = json.loads(FORMATS["sarif"](findings))
    validator_for(SARIF)(SARIF).validate(data)
    (run,) = data["runs"]
    assert isinstance(run, dict)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    return run


# What code scanning of GitHub shows of a rule; the limits are those of its documentation.
LIMIT = 1024


@pytest.mark.parametrize("code", [*sorted({**CODES, **TIMELINE_CODES}), "unknown-reference", "unreadable"])
def test_a_rule_says_what_its_page_says(code: str) -> None:
    run = log(Findings(POLICY, (Problem(code, "m", "", Location("a.yaml", 1, 1, "x"), kind="warning"),)))
    driver = run["tool"]["driver"]
    assert driver["informationUri"] == HOMEPAGE
    (rule,) = driver["rules"]
    pages = [page for page in ("checks", "load-errors", "timeline") if f"\n### {code}\n" in DOCS[page]]
    (page,) = pages
    assert rule["helpUri"] == f"{HOMEPAGE}/docs/{page}.md#{code}"
    section = DOCS[page].split(f"\n### {code}\n")[1].split("\n### ")[0].split("\n## ")[0].strip()
    # All of it, with whole addresses.
    shown = rule["help"]["markdown"]
    assert re.sub(r"\]\(.*?\)", "]()", shown) == re.sub(r"\]\(.*?\)", "]()", section)
    assert all(link.startswith(f"{HOMEPAGE}/") for link in re.findall(r"\]\((.*?)\)", shown))
    assert not re.search(r"\]\(|^```", rule["help"]["text"], re.M)
    first = " ".join(re.sub(r"\[(.*?)\]\(.*?\)", r"\1", section.split("\n\n")[0]).split())
    summary = rule["fullDescription"]["text"]
    assert first.lower().endswith(summary.lower()) and not summary.startswith(("An error", "A warning"))
    assert summary[0].isupper() and len(summary) <= LIMIT
    assert rule["shortDescription"]["text"].endswith(".")
    assert rule["defaultConfiguration"] == {"level": "warning"}
    assert rule["properties"] == {"precision": "very-high", "problem.severity": "warning"}


def test_a_code_without_a_page_has_a_rule_all_the_same() -> None:
    (rule,) = log(Findings(POLICY, (AWKWARD,)))["tool"]["driver"]["rules"]
    assert rule["id"] == AWKWARD.code and rule["helpUri"] == HOMEPAGE
    assert rule["fullDescription"]["text"] == rule["help"]["text"] == "Odd: 100%, {{0}}."


def test_a_log_has_rules_results_places_and_tickets() -> None:
    run = log(replace(ALL, show_allowed=True, language="en"))
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert run["properties"] == {"policy": {"name": "acme", "version": "1", "digest": "sha256:0"}}
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["conflict", "dead-rule", "hole"]
    dead, conflict, allowed = run["results"]
    assert [result["level"] for result in run["results"]] == ["warning", "error", "error"]
    assert dead["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "acme/plans.yaml"},
        "region": {"startLine": 4, "startColumn": 1, "snippet": {"text": "old:"}},
    }
    assert "[acme/severity.yaml:20:5](1)" in conflict["message"]["text"]
    (related,) = conflict["relatedLocations"]
    assert (related["id"], related["physicalLocation"]["region"]["startLine"]) == (1, 20)
    assert conflict["properties"]["witnesses"][0]["ticket"] == {"plan": "basic", "seats": 3, "open": None}
    assert [result["suppressions"] for result in (dead, conflict)] == [[], []]
    assert allowed["suppressions"] == [
        {"kind": "inSource", "status": "accepted", "justification": "not decided yet"}
    ]


def test_logs_of_nothing_of_what_does_not_load_and_of_what_is_awkward_are_valid() -> None:
    assert log(Findings(POLICY))["results"] == []
    assert "properties" not in log(
        Findings(None, (Problem("c", "m"), Problem("d", "m", location=Location("d"))))
    )
    (result,) = log(Findings(POLICY, (AWKWARD,)))["results"]
    uris = [
        place["physicalLocation"]["artifactLocation"]["uri"]
        for place in (*result["locations"], *result["relatedLocations"])
    ]
    assert uris == ["a%20b/%C3%A9%25%2C%3A%1B.yaml", "x%5Dy%28z%29.yaml"]
    # No placeholder and no link that we did not make.
    text = result["message"]["text"]
    assert re.findall(r"(?<!\{)\{\d+\}", text) == []
    assert re.findall(r"(?<!\\)\[[^]]*(?<!\\)\]\(\d+\)", text) == []
    assert "and [x\\]y(z).yaml:2:1](1)" in text


def test_a_fingerprint_is_the_same_for_a_moved_line_and_another_for_each_finding() -> None:
    def prints(*found: Problem) -> list[str]:
        return [r["partialFingerprints"]["codeAndLine/v1"] for r in log(Findings(POLICY, found))["results"]]

    moved = replace(CONFLICT, location=Location("acme/severity.yaml", 40, 7, "      mail_down:"))
    (before,) = prints(CONFLICT)
    assert prints(moved) == [before]
    assert prints(replace(CONFLICT, code="hole")) != [before]
    assert prints(replace(CONFLICT, location=Location("acme/severity.yaml", 12, 3, "  mail:"))) != [before]
    assert len(set(prints(CONFLICT, moved, DEAD))) == 3
    assert before in prints(CONFLICT, moved, DEAD)


# JUnit


def cases(findings: Findings) -> list[ElementTree.Element]:
    (suite,) = ElementTree.fromstring(FORMATS["junit"](findings))
    return list(suite)


def test_junit_has_a_case_for_each() -> None:
    dead, conflict, allowed = cases(replace(ALL, show_allowed=True, language="en"))
    assert (dead.get("file"), dead.get("line")) == ("acme/plans.yaml", "4")
    assert [(c.tag, c.text) for c in dead] == [("system-out", "warning: `old` never fires")]
    assert conflict.get("name") == "acme/severity.yaml:12:3: rules conclude `A` and `B`"
    assert [(c.tag, c.get("type")) for c in conflict] == [("failure", "conflict")]
    assert '\nticket: {"plan": "basic", "seats": 3, "open": null}\n' in (conflict[0].text or "")
    assert [(c.tag, c.get("message")) for c in allowed] == [
        ("skipped", "allowed: not decided yet"),
        ("system-out", None),
    ]


def test_junit_fails_warnings_where_they_fail() -> None:
    assert [case[0].tag for case in cases(replace(ALL, strict=True))] == ["failure", "failure"]


def test_junit_has_a_case_that_passes_where_nothing_is_found() -> None:
    (case,) = cases(Findings(POLICY))
    assert list(case) == []
    cases(Findings(POLICY, (AWKWARD,)))


# All of them


@pytest.mark.parametrize("form", FORMATS)
def test_a_fault_of_the_program_is_told_in_the_format(form: str) -> None:
    findings = Findings(None, fault="it failed: ZeroDivisionError('boom\n')")
    text = FORMATS[form](findings)
    readers: dict[str, Callable[[], object]] = {
        "pretty": lambda: text,
        "json": lambda: json.loads(text)["error"],
        "github": lambda: commands(text)[0][2],
        "sarif": lambda: log(findings)["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"],
        "junit": lambda: cases(findings)[0].find("error").text,  # type: ignore[union-attr]
    }
    assert "boom" in str(readers[form]())
    if form == "sarif":
        assert log(findings)["invocations"][0]["executionSuccessful"] is False


def test_paths_are_as_the_repository_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repo" / "sub").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repo" / "sub")

    def shown(file: str) -> tuple[str, str, str | None]:
        findings = Findings(POLICY, (Problem("c", "m", location=Location(file, 1, 1, "x")),))
        (result,) = log(findings)["results"]
        ((_, properties, _),) = commands(FORMATS["github"](findings))
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        return properties["file"], uri, cases(findings)[0].get("file")

    here, there = str(tmp_path / "repo/sub/a.yaml"), str(tmp_path / "other/a.yaml")
    assert shown("a.yaml") == ("a.yaml",) * 3
    assert shown(here) == ("a.yaml",) * 3
    assert shown("./b/../a.yaml") == ("a.yaml",) * 3
    assert shown(there) == (there, f"file://{there}", there)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "repo"))
    assert shown("a.yaml") == ("sub/a.yaml",) * 3
    assert shown("../a.yaml") == ("a.yaml",) * 3
    assert shown("v1:policies/a.yaml") == (
        "sub/v1:policies/a.yaml",
        "sub/v1%3Apolicies/a.yaml",
        "sub/v1:policies/a.yaml",
    )
