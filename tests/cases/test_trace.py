"""Traces of both policies: against their YAML, against each derivation, and as they are written for people."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from edits import copied, edited
from folders import GOLDEN, HARBOURLINE, SHIPPED
from supportrules import CaseError, Location, Policy, load_policy
from supportrules.cases.cases import Case, read_cases
from supportrules.cases.trace import Trace, trace
from supportrules.report.trace import TraceReport

FOLDERS = {"office-365-support": SHIPPED, "harbourline-support": HARBOURLINE}
TRACES: dict[str, Trace] = {}


def traced(policy: Policy) -> Trace:
    if policy.name not in TRACES:
        TRACES[policy.name] = trace(policy, read_cases(FOLDERS[policy.name]))
    return TRACES[policy.name]


# What encodes a clause


def cited(folder: Path) -> Iterator[tuple[str, str]]:
    """Clause and place of every entry with a `source`, read from the YAML with its line alone."""

    def walk(node: yaml.Node, file: str, line: int) -> Iterator[tuple[str, str]]:
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from walk(item, file, item.start_mark.line + 1)
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == "source" and isinstance(value, yaml.SequenceNode):
                    yield from ((item.value, f"{file}:{line}") for item in value.value)
                # What is allowed is excused by its clauses, and encodes none.
                if key.value != "allow":
                    yield from walk(value, file, key.start_mark.line + 1)

    for file in folder.glob("*.yaml"):
        node = yaml.compose(file.read_text("utf-8"))
        assert node is not None
        yield from walk(node, file.name, 1)


def test_every_entry_that_cites_a_clause_encodes_it(policy: Policy) -> None:
    found = [(n, e.location) for n, t in traced(policy).clauses.items() for e in t.encodings]
    assert len(found) > 40
    assert sorted(found) == sorted(cited(FOLDERS[policy.name]))


def test_every_rule_is_made_by_an_entry(policy: Policy) -> None:
    made = {rule for t in traced(policy).clauses.values() for e in t.encodings for rule in e.rules}
    assert made == {rule.id for stage in policy.program.stages.values() for rule in stage.rules}


def test_entries_are_named_by_rule_or_by_keys(harbourline: Policy) -> None:
    clauses = traced(harbourline).clauses
    assert [(e.id, e.rules) for e in clauses["C-1"].encodings] == [
        ("plans.basic", ("plans.basic.column",)),
        ("plans.pro", ()),
        ("plans.onsite", ("plans.onsite.column",)),
        ("response_targets.columns.basic", ()),
        ("response_targets.columns.pro_inland", ("response_targets.columns.pro_inland",)),
        ("response_targets.columns.priority", ("response_targets.columns.priority",)),
    ]
    assert [e.id for e in clauses["H-3"].encodings] == [
        "calendars.hours.business_hours",
        "calendars.hours.extended_hours",
        "calendars.dates.2025-04-13",
        "calendars.dates.2025-04-16",
    ]
    assert [e.id for e in clauses["H-5"].encodings] == ["calendars.coverage", "calendars.coverage.iceland"]
    assert "severity.levels.low" in [e.id for e in clauses["L-1"].encodings]


# Which cases show it


def test_cases_are_those_in_whose_derivation_the_rule_is(policy: Policy) -> None:
    fired: dict[str, list[str]] = {}
    stood: dict[str, list[str]] = {}
    by_clause: dict[str, list[str]] = {}
    listed: dict[str, list[str]] = {}
    for case in read_cases(FOLDERS[policy.name]):
        entries = policy.evaluate(case.ticket, defaults=case.defaults).to_dict(derivation=True)["derivation"]
        rules = [entry for entry in entries if entry["rule"]]
        standing = [entry for entry in rules if not entry["overridden_by"]]
        for found, names in (
            (fired, {entry["rule"] for entry in rules}),
            (stood, {entry["rule"] for entry in standing}),
            (by_clause, {number for entry in standing for number in entry["source"]}),
            (listed, set(case.clauses)),
        ):
            for name in names:
                found.setdefault(name, []).append(case.name)
    whole = traced(policy)
    assert {id: list(rule.fired) for id, rule in whole.rules.items() if rule.fired} == fired
    assert {id: list(rule.stood) for id, rule in whole.rules.items() if rule.stood} == stood
    assert {number: list(t.stood) for number, t in whole.clauses.items() if t.stood} == by_clause
    assert {number: list(t.listed) for number, t in whole.clauses.items() if t.listed} == listed


def test_a_rule_that_is_overridden_does_not_show_its_clause(harbourline: Policy) -> None:
    # 200 seats in test: the rule for 50 seats fires, and that for test decides.
    ticket = {"plan": "pro", "site": "harbour", "seats_down": 200, "environment": "test"}
    case = Case("in test", ticket, {"severity": "normal"}, Location("a.yaml", 1, 1))
    found = trace(harbourline, [case])
    assert found.rules["severity.seats.fifty_or_more"].fired == ("in test",)
    assert found.rules["severity.seats.fifty_or_more"].stood == ()
    assert found.clauses["L-2"].stood == ("in test",)
    assert found.clauses["L-1"].stood == ()
    assert [rule.id for rule in found.never_stood] == ["severity.seats.fifty_or_more"]
    assert "severity.safety.always_urgent" in {rule.id for rule in found.never_fired}


# What has none


def test_both_policies_leave_nothing_out(policy: Policy) -> None:
    found = traced(policy)
    assert (found.not_encoded, found.not_shown, found.never_fired, found.never_stood) == ((), (), (), ())


def test_no_answer_rests_on_families(shipped: Policy, harbourline: Policy) -> None:
    families = {f"plans.{plan.id}.family" for plan in shipped.definition.plans.values() if plan.family}
    assert {rule.id for rule in traced(shipped).never_read} == families
    assert traced(harbourline).never_read == ()


def test_clauses_that_are_no_rules_are_those_that_say_so(shipped: Policy) -> None:
    data = yaml.safe_load((SHIPPED / "clauses.yaml").read_text("utf-8"))["clauses"]
    expected = {number: item["not_a_rule"] for number, item in data.items() if "not_a_rule" in item}
    assert traced(shipped).missing_to_dict()["not_a_rule"] == expected
    assert len(expected) == 8


def test_a_clause_that_nothing_encodes_and_nothing_shows(tmp_path: Path) -> None:
    new = "  X-1: {section: facts, heading: {en: New, fr: Neuf}, summary: {en: New., fr: Neuf.}, basis: stated}\n  L-1:\n"
    policy = load_policy(edited(tmp_path, "clauses", "  L-1:\n", new, HARBOURLINE))
    cases = read_cases(HARBOURLINE)
    found = trace(policy, cases)
    assert [t.clause.number for t in found.not_encoded] == ["X-1"]
    assert [t.clause.number for t in found.not_shown] == ["X-1"]
    listing = Case("x", {}, {"notes": []}, Location("a.yaml", 1, 1), clauses=("X-1",))
    assert trace(policy, [*cases, listing]).not_shown == ()


@pytest.mark.parametrize(
    ("left_out", "rule"),
    [
        ("what is settled can be reopened for 30 days", "channels.reopening.always"),
        (
            "low on Pro inland promises the business hours after the weekend and the day that is closed",
            "response_targets.low.pro_inland",
        ),
    ],
)
def test_without_its_case_a_rule_is_not_shown(harbourline: Policy, left_out: str, rule: str) -> None:
    all_cases = read_cases(HARBOURLINE)
    cases = [case for case in all_cases if case.name != left_out]
    assert len(cases) == len(all_cases) - 1
    assert [found.id for found in trace(harbourline, cases).never_fired] == [rule]


def test_cases_of_another_policy_are_all_told(harbourline: Policy) -> None:
    with pytest.raises(CaseError) as caught:
        trace(harbourline, read_cases())
    assert len({problem.location for problem in caught.value.problems}) > 100


# For people


def written(policy: Policy, language: str, names: tuple[str, ...] = (), width: int = 80) -> str:
    stream = io.StringIO()
    report = TraceReport(traced(policy), language)
    found = traced(policy)
    blocks = [
        report.clause(found.clauses[n]) if n in found.clauses else report.rule(found.rules[n]) for n in names
    ]
    console = Console(file=stream, width=width, highlight=False, color_system=None)
    report.print(blocks or [report.missing()], console)
    return stream.getvalue()


CHOSEN = {
    "office-365-support": ("SV-B1", "RT-3", "RS-3", "severity.examples.mail_unreachable"),
    "harbourline-support": ("H-5", "C-1", "severity.seats.fifty_or_more"),
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("what", ["clauses", "missing"])
def test_traces_as_they_were_read_by_eye(policy: Policy, language: str, what: str) -> None:
    text = written(policy, language, CHOSEN[policy.name] if what == "clauses" else ())
    # Lines of the policy move with every edit.
    found = re.sub(r"\.yaml:\d+ *", ".yaml:N ", text)
    assert found == (GOLDEN / f"trace.{policy.name}.{what}.{language}.txt").read_text("utf-8")
    assert max(map(len, text.splitlines())) <= 80


def test_a_clause_with_nothing_says_so(tmp_path: Path) -> None:
    new = "  X-1: {section: facts, heading: {en: New, fr: Neuf}, summary: {en: New., fr: Neuf.}, basis: stated}\n  L-1:\n"
    policy = load_policy(edited(tmp_path, "clauses", "  L-1:\n", new, HARBOURLINE))
    report = TraceReport(trace(policy, read_cases(HARBOURLINE)), "en")
    parts = report.clause(report.trace.clauses["X-1"]).parts
    assert parts == (("encoded by nothing", ()), ("shown by no case", ()))
    (missing, *_) = report.missing().parts
    assert missing == ("clauses that nothing encodes", (("X-1", "New", ""),))


def test_markdown_is_a_heading_and_lists(harbourline: Policy) -> None:
    report = TraceReport(traced(harbourline), "en")
    text = report.markdown([report.clause(report.trace.clauses["R-1"])])
    place = report.trace.rules["channels.reopening.always"].location
    case = report.trace.case_place("what is settled can be reopened for 30 days")
    assert (
        text
        == f"""\
## R-1  Reopening

Channels; stated

For 30 days.

encoded by

- `{place}` channels.reopening.always: fires in 1 case

cases that list it

- `{case}` what is settled can be reopened for 30 days

stands in 1 case
"""
    )


def test_data_from_outside_does_nothing_to_markdown_or_terminal(harbourline: Policy) -> None:
    hostile = Case(
        "\x1b[31m*a* <b>`c`\n[d](e)", {"plan": "pro"}, {}, Location("x/a.yaml", 1, 1), clauses=("R-1",)
    )
    report = TraceReport(trace(harbourline, [hostile]), "en")
    blocks = [report.clause(report.trace.clauses["R-1"])]
    assert r"\*a\* \<b\>\`c\` \[d\](e)" in report.markdown(blocks)
    assert "\x1b" not in report.markdown(blocks)


def test_a_case_that_does_not_pass_shows_nothing(tmp_path: Path) -> None:
    folder = copied(tmp_path, HARBOURLINE)
    (folder / "tests").mkdir()
    text = "cases:\n  - {name: wrong, ticket: {seats_down: 50, safety: false}, clauses: [L-1], expect: {severity: low}}\n"
    (folder / "tests" / "a.yaml").write_text(text, "utf-8")
    traced = trace(load_policy(folder), read_cases(folder))
    assert traced.failed == ("wrong",)
    assert traced.clauses["L-1"].listed == ()
    assert not any(rule.fired for rule in traced.rules.values())
    assert traced.missing_to_dict()["failed"] == ["wrong"]
