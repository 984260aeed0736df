"""What check proves: each finding where it is made, and none in the policies as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from edits import with_edits
from folders import HARBOURLINE, SHIPPED
from larger_policies import enlarge
from many_facts import policy_of_chosen_facts
from policy_data import load, save
from supportrules import Policy, PolicyFault, PolicyLoadError, load_policy
from supportrules.base.problem import Problem
from supportrules.base.steps import Step
from supportrules.policy.definition import SEVERITY
from supportrules.policy.starter import STARTER
from supportrules.proofs.check import CHECKS, CODES, check_policy
from supportrules.proofs.check.severity_falls import severity_falls
from supportrules.proofs.check.space import Space
from supportrules.proofs.check.upkeep import data_too_old
from supportrules.proofs.comparison.comparison import compare
from supportrules.time.observances import Observance
from witnesses import assert_shown


def changed(folder: Path, source: Path, *edits: tuple[str, str, str]) -> Policy:
    """A policy with some texts, each of which stands once in its file, replaced."""
    return load_policy(with_edits(folder, *edits, source=source))


def findings(policy: Policy, on: date | None = None) -> list[Problem]:
    return [problem for problem in check_policy(policy, on) if problem.allowed is None]


class Found(NamedTuple):
    """A finding that an edit makes.

    Args:
        line: what the line of its place begins with.
        says: parts of its message, in order.
    """

    source: Path
    edits: tuple[tuple[str, str, str], ...]
    code: str
    stem: str
    line: str
    says: tuple[str, ...]


EDITS: Mapping[str, Found] = {
    "a fallback that leaves something out": Found(
        STARTER,
        (("severity", "when: {}", "when: {impact: hindered}"),),
        "hole",
        "severity",
        "rules:",
        ("`severity`", "`affected` is `one_person`", "`impact` is `stopped`"),
    ),
    "a number that no rule counts": Found(
        HARBOURLINE,
        (("severity", "at_least: 10, at_most: 49", "at_least: 12, at_most: 49"),),
        "hole",
        "severity",
        "rules:",
        ("`environment` is `production`", "`seats_down` is 10 to 11", "`safety` is `false`"),
    ),
    "a plan without an entitlement": Found(
        STARTER,
        (("plans", "    entitlements:\n      phone_support: true\n", ""),),
        "hole",
        "plans",
        "plus:",
        ("`phone_support`", "`plan` is `plus`"),
    ),
    "a plan without a column": Found(
        STARTER,
        (("plans", "    column: plus\n", ""),),
        "hole",
        "plans",
        "plus:",
        ("`targets.response`", "`column` is absent"),
    ),
    "requests of no severity and no word about their target": Found(
        STARTER,
        (("severity", "level: minor\n", "level: none\n"),),
        "hole",
        "response_targets",
        "targets:",
        ("`targets.response`", "`severity` is absent"),
    ),
    "a channel that forgets somebody": Found(
        STARTER,
        (("channels", "when: {phone_support: false}", "when: {plan: plus, phone_support: false}"),),
        "hole",
        "channels",
        "phone:",
        ("`channels.phone`", "`plan` is `standard`"),
    ),
    "hours of a response that there is not": Found(
        SHIPPED,
        (
            (
                "channels",
                "        hours: business_hours\n        label: {en: billing",
                "        hours: response\n        label: {en: billing",
            ),
        ),
        "hole",
        "channels",
        "billing:",
        ("`channels.phone.billing` opens `channels.phone`", "`category` is `billing`"),
    ),
    "a way of submission that reopening forgets": Found(
        SHIPPED,
        (
            (
                "channels",
                "  phone:\n    when: {submitted_via: phone}",
                "  other:\n    when: {submitted_via: online}\n    overrides: [channels.reopening.online]",
            ),
        ),
        "hole",
        "channels",
        "reopening:",
        ("`reopen`", "`submitted_via` is `phone`"),
    ),
    "two levels for one ticket": Found(
        STARTER,
        (("severity", "when: {impact: asking}", "when: {affected: everybody}"),),
        "conflict",
        "severity",
        "all_work_stopped:",
        ("`urgent`", "`severity.definitions.only_a_question` `minor`", "`affected` is `everybody`"),
    ),
    "an override that is missing": Found(
        SHIPPED,
        (("channels", "        overrides: [channels.phone.technical_not_critical]\n", ""),),
        "conflict",
        "channels",
        "technical_advanced:",
        (
            "open in",
            "`channels.phone.technical_not_critical` `refused`",
            "`advanced_support_in_force` is `true`",
        ),
    ),
    "a level that is never given, in a condition": Found(
        HARBOURLINE,
        (("severity", "level: high", "level: normal"),),
        "dead-rule",
        "channels",
        "high:",
        ("`channels.phone.high`", "`severity` is never `high`"),
    ),
    "facts that never come together": Found(
        SHIPPED,
        (
            (
                "severity",
                "issue_type: sharepoint_external_recipients}",
                "issue_type: sharepoint_external_recipients, category: billing}",
            ),
        ),
        "dead-rule",
        "severity",
        "sharepoint_external_recipients:",
        ("its conditions never hold together",),
    ),
    "a level that is never given, in the table": Found(
        STARTER,
        (("severity", "level: minor\n", "level: normal\n"),),
        "dead-cell",
        "response_targets",
        "plus: {target: 3",
        ("`response_targets.minor.plus`", "`severity` is never `minor`"),
    ),
    "a fallback that goes first": Found(
        STARTER,
        (("severity", "[definitions, otherwise]", "[otherwise, definitions]"),),
        "always-overridden",
        "severity",
        "all_work_stopped:",
        (
            "`severity.definitions.all_work_stopped` never decides",
            "`severity.otherwise.neither` overrides it",
        ),
    ),
    "an override of what never fires beside it": Found(
        STARTER,
        (
            (
                "channels",
                "when: {phone_support: true}",
                "when: {phone_support: true}\n        overrides: [channels.phone.not_in_the_plan]",
            ),
        ),
        "idle-override",
        "channels",
        "overrides:",
        ("`channels.phone.in_the_plan` never overrides `channels.phone.not_in_the_plan`",),
    ),
    "a condition that another one implies": Found(
        STARTER,
        (("channels", "when: {phone_support: true}", "when: {phone_support: true, plan: plus}"),),
        "idle-condition",
        "channels",
        "when:",
        ("`plan` in `channels.phone.in_the_plan`",),
    ),
    "a value that no other rule leaves": Found(
        STARTER,
        (
            ("severity", "when: {impact: asking}", "when: {impact: [asking, stopped]}"),
            (
                "severity",
                "      level: urgent\n",
                "      level: urgent\n      overrides: [severity.definitions.only_a_question]\n",
            ),
            ("severity", "affected: [team, everybody]", "affected: [one_person, team, everybody]"),
        ),
        "idle-condition",
        "severity",
        "when:",
        ("`stopped` of `impact`",),
    ),
    "a bound that another rule's bound makes idle": Found(
        HARBOURLINE,
        (
            (
                "severity",
                "precedence: [safety, environment, seats]",
                "precedence: [safety, environment, seats, rest]",
            ),
            (
                "severity",
                "    ten_or_more:\n      when: {seats_down: {at_least: 10, at_most: 49}}",
                "  rest:\n    ten_or_more:\n      when: {seats_down: {at_least: 10, at_most: 49}}",
            ),
            (
                "severity",
                "    one_or_more:\n      when: {seats_down: {at_least: 1, at_most: 9}}",
                "    one_or_more:\n      when: {seats_down: {at_least: 1, at_most: 9}}",
            ),
        ),
        "idle-condition",
        "severity",
        "when:",
        ("`at_most` of `seats_down` in `severity.rest.ten_or_more`",),
    ),
    "an alternative that cannot be": Found(
        SHIPPED,
        (
            (
                "severity",
                "          - {affected_services: several}",
                "          - {affected_services: several}\n          - {affected_users: several, affected_services: several}",
            ),
        ),
        "idle-condition",
        "severity",
        "- {affected_users: several, affected",
        ("this alternative in `severity.definitions.critical`",),
    ),
    "an example that is milder than it was": Found(
        SHIPPED,
        (("severity", "affected_users: all}\n      level: A", "affected_users: all}\n      level: C"),),
        "severity-falls",
        "severity",
        "lync_all_users:",
        (
            "from `B` to `C`",
            "`affected_users` worsens from `several` to `all`",
            "`severity.examples.lync_several_users`",
        ),
    ),
    "a number that is worse and counts less": Found(
        HARBOURLINE,
        (("severity", "at_least: 50}}\n      level: urgent", "at_least: 50}}\n      level: low"),),
        "severity-falls",
        "severity",
        "fifty_or_more:",
        ("from `high` to `low`", "`seats_down` worsens from `10` to `50`"),
    ),
    "a higher level that waits longer": Found(
        STARTER,
        (("response_targets", "standard: {target: PT4H", "standard: {target: PT10H"),),
        "target-later",
        "response_targets",
        "standard: {target: PT10H",
        (
            "`response_targets.urgent.standard`",
            "`response_targets.normal.standard`",
            "`urgent` is higher than `normal`",
        ),
    ),
    "a better column that waits longer": Found(
        STARTER,
        (
            (
                "response_targets",
                "plus: {target: PT8H, clock: office_hours",
                "plus: {target: 2_business_days, clock: office_hours",
            ),
        ),
        "target-later",
        "response_targets",
        "plus: {target: 2_business_days",
        ("`response_targets.normal.standard`", "`plus` is better than `standard`"),
    ),
    "a better column that promises nothing": Found(
        STARTER,
        (
            (
                "response_targets",
                "plus: {target: PT8H, clock: office_hours",
                "plus: {target: none, clock: 24x7",
            ),
        ),
        "target-later",
        "response_targets",
        "plus: {target: none",
        ("`response_targets.normal.standard`", "no time is promised"),
    ),
    "hours that open later, and no time in them": Found(
        STARTER,
        (
            ("response_targets", "plus: {target: 3_business_days", "plus: {target: none"),
            (
                "response_targets",
                "standard: {target: none, clock: office_hours",
                "standard: {target: none, clock: 24x7",
            ),
        ),
        "target-later",
        "response_targets",
        "plus: {target: none",
        ("`response_targets.minor.standard`", "hours that open"),
    ),
    "a target that is later where any time does not hold": Found(
        HARBOURLINE,
        (
            (
                "response_targets",
                "pro_inland: {target: PT1H, clock: 24x7",
                "pro_inland: {target: PT5H, clock: 24x7",
            ),
            (
                "response_targets",
                "basic: {target: PT4H, clock: business_hours",
                "basic: {target: PT4H, clock: extended_hours",
            ),
        ),
        "target-later",
        "response_targets",
        "pro_inland: {target: PT5H",
        ("`response_targets.urgent.basic`", "`pro_inland` is better than `basic`"),
    ),
    "older time zones than the policy relies on": Found(
        STARTER,
        (
            (
                "policy",
                "languages: [en]\n",
                'languages: [en]\ndata_from: {holidays: "0.9", tzdata: "9999.1"}\n',
            ),
        ),
        "old-data",
        "policy",
        "data_from:",
        ("relies on `tzdata` 9999.1 or newer, and ",),
    ),
    "the list of a country that its parts contradict": Found(
        STARTER,
        (
            (
                "calendars",
                "holidays: customer",
                "timezone: Europe/London\n    holidays: [GB]",
            ),
        ),
        "country-list",
        "calendars",
        "holidays: [GB]",
        ("nationwide holidays of GB", " 3 of 4 in `GB`"),
    ),
    "a fact for nothing": Found(
        STARTER,
        (("severity", "when: {impact: stopped, affected: [team, everybody]}", "when: {impact: stopped}"),),
        "unread-fact",
        "vocabulary",
        "affected:",
        ("no rule reads `affected`",),
    ),
    "a fact that counts and denies it": Found(
        STARTER,
        (
            (
                "vocabulary",
                "    worsens: [one_person, team, everybody]\n",
                "    no_effect: {en: nobody asks}\n",
            ),
        ),
        "has-effect",
        "vocabulary",
        "no_effect:",
        ("`affected` says that it has no effect", "`severity.definitions.all_work_stopped` reads it"),
    ),
    "a conclusion for nothing": Found(
        STARTER,
        (
            ("channels", "when: {phone_support: true}", "when: {plan: plus}"),
            ("channels", "when: {phone_support: false}", "when: {plan: standard}"),
        ),
        "unread-conclusion",
        "vocabulary",
        "phone_support:",
        ("`phone_support`",),
    ),
    "hours for nothing": Found(
        HARBOURLINE,
        (("channels", "hours: extended_hours", "hours: 24x7"),),
        "unused-hours",
        "calendars",
        "extended_hours:",
        ("`extended_hours`",),
    ),
    "a clause that nothing cites": Found(
        HARBOURLINE,
        (("calendars", "source: [H-2, H-3]", "source: [H-3]"),),
        "clause-not-encoded",
        "clauses",
        "H-2:",
        ("`H-2`",),
    ),
    "an excuse for nothing": Found(
        STARTER,
        (
            (
                "plans",
                "    column: plus\n",
                "    column: plus\n    allow: {dead-rule: {reason: {en: x}, source: [P-2]}}\n",
            ),
        ),
        "idle-allow",
        "plans",
        "plus:",
        ("`dead-rule`",),
    ),
    "an excuse that is misspelt": Found(
        STARTER,
        (
            (
                "plans",
                "    column: plus\n",
                "    column: plus\n    allow: {dead-rules: {reason: {en: x}, source: [P-2]}}\n",
            ),
        ),
        "idle-allow",
        "plans",
        "plus:",
        ("there is no finding `dead-rules`",),
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_an_edit_makes_is_found_where_it_is(name: str, tmp_path: Path) -> None:
    case = EDITS[name]
    policy = changed(tmp_path, case.source, *case.edits)
    found = [p for p in findings(policy) if p.code == case.code]
    matching = [
        p
        for p in found
        if p.location
        and p.location.file.endswith(f"/{case.stem}.yaml")
        and p.location.text.strip().startswith(case.line)
    ]
    assert matching, [str(problem) for problem in findings(policy)]
    assert any(_says(problem, case.says) for problem in matching), [p.message for p in matching]
    assert {problem.kind for problem in found} == {CODES[case.code]}


def _says(problem: Problem, parts: tuple[str, ...]) -> bool:
    start = 0
    for part in parts:
        start = problem.message.find(part, start)
        if start < 0:
            return False
    return True


def test_the_policies_have_no_findings_but_those_that_they_explain(policy: Policy, starter: Policy) -> None:
    assert findings(policy) == []
    assert findings(starter) == []


def test_what_the_shipped_policy_allows_it_explains_in_its_languages(shipped: Policy) -> None:
    allowed = [problem for problem in check_policy(shipped) if problem.allowed is not None]
    assert {problem.code for problem in allowed} == {"idle-condition"}
    assert all(set(problem.allowed or {}) == {"en", "fr"} for problem in allowed)


def test_every_code_is_made_by_some_edit(tmp_path: Path) -> None:
    # These take a date, a wide policy, or one that is too large to walk.
    elsewhere = {"review-due", "data-ends", "engine-limit", "not-proved"}
    assert {case.code for case in EDITS.values()} | elsewhere == set(CODES)


def test_each_answer_and_each_check_is_told_as_it_begins(harbourline: Policy) -> None:
    seen: list[Step] = []
    found = check_policy(harbourline, on_step=seen.append)
    stages = list(harbourline.program.stages)
    count = len(stages) + len(CHECKS)
    checks = [SEVERITY if check is severity_falls else None for check in CHECKS]
    assert [step.name for step in seen] == [*stages, *checks]
    assert [(step.number, step.of) for step in seen] == [(number + 1, count) for number in range(count)]
    assert found == check_policy(harbourline)


def test_severity_that_falls_by_one_of_many_rules_is_told_for_each_of_them(tmp_path: Path) -> None:
    """Not for each of the million sets of them that can decide together."""
    folder = enlarge(tmp_path / "star", star=12)
    rules = load(folder)["severity"]["rules"]
    falls = [problem for problem in check_policy(load_policy(folder)) if problem.code == "severity-falls"]
    messages = [problem.message for problem in falls]
    # A site that one user can't reach is B by its example; with several users these rules decide.
    for rule in rules["pairs_c"]:
        assert any(f"`severity.pairs_c.{rule}` after" in message for message in messages), rule
    assert len(set(messages)) == len(messages) < 100


def test_what_is_not_proved_names_the_two_facts_that_cost_most(tmp_path: Path) -> None:
    policy = load_policy(policy_of_chosen_facts(tmp_path, 61, (1, 11, 24)))
    found = [problem for problem in check_policy(policy) if problem.code == "not-proved"]
    # Each combination of the 61 leads to a node of its own for either choice, of 61 children.
    assert {problem.message.split("`")[1] for problem in found} >= {"promises.response", "channels.phone"}
    for problem in found:
        _, because = problem.message.split(" is too large, above all because of ")
        assert set(because.split(" and ")) == {"`one`", "`two`"}


@pytest.mark.parametrize("name", EDITS)
def test_witnesses_show_what_the_finding_says(name: str, tmp_path: Path) -> None:
    case = EDITS[name]
    policy = changed(tmp_path, case.source, *case.edits)
    for problem in check_policy(policy):
        assert_shown(policy, problem)


def test_what_is_expected_of_a_witness_fails_now(tmp_path: Path) -> None:
    for name, case in EDITS.items():
        folder = tmp_path / name
        folder.mkdir()
        policy = changed(folder, case.source, *case.edits)
        for problem in check_policy(policy):
            if problem.witnesses and problem.witnesses[0].expect:
                assert not expected(policy, problem.witnesses[0].to_dict()), f"{name}: {problem.message}"


def expected(policy: Policy, witness: dict[str, Any]) -> bool:
    """Whether a policy decides a witness as it is expected to."""
    from supportrules.base.problem import Location
    from supportrules.cases.cases import Case

    rules = {kind: tuple(names) for kind, names in witness.get("rules", {}).items()}
    case = Case("witness", witness["ticket"], witness["expect"], Location("x"), rules=rules)
    try:
        return not case.run(policy).differences
    except PolicyFault:
        return False


def test_hours_that_open_on_a_date_alone_are_never_open_in_a_week(tmp_path: Path) -> None:
    hours = "  one_day:\n    label: {en: x}\n    week: {monday: []}\n    holidays: none\n    source: [H-1]\n    basis: stated\n"
    policy = changed(
        tmp_path,
        STARTER,
        ("calendars", "hours:\n  office_hours:", f"hours:\n{hours}  office_hours:"),
        (
            "calendars",
            "dates:\n",
            'dates:\n  "2026-12-23":\n    label: {en: x}\n    hours: [one_day]\n    open: ["09:00-12:00"]\n'
            "    source: [H-2]\n    basis: stated\n",
        ),
        (
            "response_targets",
            "plus: {target: 3_business_days, clock: office_hours",
            "plus: {target: none, clock: one_day",
        ),
    )
    (later,) = findings(policy)
    assert later.code == "target-later"
    assert (
        "`response_targets.minor.plus` can be due later than `response_targets.minor.standard`"
        in later.message
    )


# Targets, over holidays and dates


def later(policy: Policy) -> Problem:
    """The one finding, with tickets of which the policy answers the first later."""
    (found,) = findings(policy)
    assert found.code == "target-later"
    first, second = (policy.evaluate(witness.ticket) for witness in found.witnesses)
    due = [decision.response.due_at for decision in (first, second) if decision.response]
    assert due[0] and due[1] and due[0] > due[1]
    assert found.witnesses[0].ticket["opened_at"] == found.witnesses[1].ticket["opened_at"]
    assert str(found.witnesses[0].ticket["opened_at"]) in found.message
    return found


HOLIDAY_HOURS = """  holiday_hours:
    label: {en: office hours and public holidays}
    week:
      monday: ["09:00-17:00"]
      tuesday: ["09:00-17:00"]
      wednesday: ["09:00-17:00"]
      thursday: ["09:00-17:00"]
      friday: ["09:00-17:00"]
    holidays: none
    source: [H-1]
    basis: stated

# Days of your own."""


def test_a_better_column_is_later_on_a_public_holiday_alone(tmp_path: Path) -> None:
    policy = changed(
        tmp_path,
        STARTER,
        ("calendars", "\n# Days of your own.", HOLIDAY_HOURS),
        (
            "response_targets",
            "standard: {target: next_business_day, clock: office_hours",
            "standard: {target: PT8H, clock: holiday_hours",
        ),
        (
            "response_targets",
            "standard: {target: PT4H, clock: office_hours",
            "standard: {target: PT4H, clock: holiday_hours",
        ),
    )
    found = later(policy)
    assert "`response_targets.normal.plus` can be due later" in found.message
    ticket = found.witnesses[0].ticket
    opened, place = datetime.fromisoformat(str(ticket["opened_at"])), str(ticket["region"])
    assert f"opened {ticket['opened_at']} in {place}, " in found.message
    # A holiday lies between the opening and the time that the better promise is due.
    response = policy.evaluate(ticket).response
    assert response and response.due_at
    days = [opened.date() + timedelta(days=n) for n in range((response.due_at - opened).days + 2)]
    assert any(Observance((place,)).marks(day).holiday for day in days)


def test_tickets_that_have_no_decision_show_nothing(tmp_path: Path) -> None:
    data = load(SHIPPED)
    data["response_targets"]["targets"]["A"]["enterprise"]["target"] = "PT12H"
    *others, plan = (id for id, each in data["plans"]["plans"].items() if each["column"] == "enterprise")
    # Of the plans whose column it is, all but one have a conflict.
    rule = {"when": {"plan": others}, "label": {"en": "x", "fr": "x"}, "source": ["OV-2"], "basis": "assumed"}
    data["channels"]["channels"]["online"]["rules"] |= {
        "open_to_most": rule | {"eligible": True, "hours": "24x7"},
        "refused_to_most": rule | {"eligible": False, "says": rule["label"]},
    }
    save(data, tmp_path)
    policy = load_policy(tmp_path)
    found = [problem for problem in findings(policy) if problem.code == "target-later"]
    assert [{witness.ticket["plan"] for witness in problem.witnesses} for problem in found] == [
        {plan, "midsize_business"},
        {plan},
    ]
    for problem in found:
        assert_shown(policy, problem)


def test_a_better_column_is_later_on_a_date_alone(tmp_path: Path) -> None:
    # Eight hours go past the short day, and the close of business does not.
    edit = ("calendars", "open: []\n    source", 'open: ["09:00-12:00"]\n    source')
    label = ("calendars", "closed on Christmas Eve", "open in the morning")
    found = findings(changed(tmp_path, STARTER, edit, label))
    assert {each.code for each in found} == {"target-later"}
    assert [each.message.partition(" can be")[0] for each in found] == [
        "`response_targets.urgent.standard`",
        "`response_targets.normal.plus`",
    ]
    assert all("2026-12-24" in each.message or "2026-12-23" in each.message for each in found)


def test_a_date_long_after_the_policy_comes_into_force_counts(tmp_path: Path) -> None:
    edits = [
        ("calendars", "open: []\n    source", 'open: ["09:00-12:00"]\n    source'),
        ("calendars", '"12-24"', '"2031-12-24"'),
    ]
    found = findings(changed(tmp_path, STARTER, *edits))
    assert len(found) == 2
    assert all("opened 2031-12-2" in each.message for each in found)


# Data that the policy relies on


@pytest.mark.parametrize(
    ("installed", "oldest", "old"),
    [
        ("0.100", "0.85", False),
        ("0.85", "0.100", True),
        ("2025.2", "2025.2", False),
        ("2025.2", "2025.10", True),
        ("2025.2.post1", "2025.2", False),
        ("2024.2", "2025", True),
    ],
)
def test_versions_of_data_are_compared_as_those_of_packages(
    installed: str, oldest: str, old: bool, starter: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportrules.proofs.check.upkeep.version", lambda package: installed)
    definition = replace(starter.definition, data_from={"holidays": oldest})
    found = list(data_too_old(Space(Policy(definition))))
    assert [each.code for each in found] == ["old-data"] * old
    assert not found or (oldest in found[0].message and installed in found[0].message)


def test_the_data_that_a_policy_relies_on_is_part_of_it_and_changes_no_answer(
    starter: Policy, tmp_path: Path
) -> None:
    edit = ("policy", "languages: [en]\n", 'languages: [en]\ndata_from: {tzdata: "2025.1"}\n')
    policy = changed(tmp_path, STARTER, edit)
    assert findings(policy) == []
    assert policy.definition.data_from == {"tzdata": "2025.1"}
    assert policy.digest != starter.digest
    policy.build(tmp_path / "built")
    assert load_policy(tmp_path / "built").definition == policy.definition
    found = compare(starter, policy)
    (told,) = found.edits
    assert "data_from" in repr(told.fields or told)
    assert not found.changes_answers
    ticket = {"plan": "plus", "impact": "hindered", "country": "FR", "opened_at": "2026-05-01T10:00:00Z"}
    decisions = [each.evaluate(ticket).to_dict() | {"policy": None} for each in (starter, policy)]
    assert decisions[0] == decisions[1]
    with pytest.raises(PolicyLoadError, match="a version of `tzdata` is numbers with periods"):
        changed(tmp_path / "b", STARTER, (*edit[:2], edit[2].replace("2025.1", "2025b")))


# One cause, one finding


def test_a_plan_without_entitlements_is_one_finding(tmp_path: Path) -> None:
    files = load(SHIPPED)
    plans = files["plans"]
    plans["plans"]["enterprise_e9"] = {
        key: value for key, value in plans["plans"]["enterprise_e3"].items() if key != "entitlements"
    }
    save(files, tmp_path)
    (found,) = findings(load_policy(tmp_path))
    assert found.code == "hole"
    assert "where `plan` is `enterprise_e9`" in found.message
    missing = set(plans["plans"]["enterprise_e3"]["entitlements"])
    assert missing and all(f"`{name}`" in found.message for name in missing)
    assert found.location and found.location.text.strip().startswith("enterprise_e9")
    assert found.witnesses[0].ticket["plan"] == "enterprise_e9"


def test_each_plan_that_leaves_something_out_is_one_finding(tmp_path: Path) -> None:
    files = load(SHIPPED)
    plans = files["plans"]
    del plans["plans"]["enterprise_e3"]["entitlements"]
    del plans["plans"]["enterprise_e4"]["entitlements"]["telephone_support"]
    save(files, tmp_path)
    found = findings(load_policy(tmp_path))
    assert [(each.code, str(each.witnesses[0].ticket["plan"])) for each in found] == [
        ("hole", "enterprise_e3"),
        ("hole", "enterprise_e4"),
    ]
    assert found[1].message == "no rule concludes `telephone_support` where `plan` is `enterprise_e4`"


def test_a_cell_that_a_plan_without_a_column_leaves_alone_is_no_finding(tmp_path: Path) -> None:
    policy = changed(tmp_path, STARTER, ("plans", "    column: plus\n", ""))
    (found,) = findings(policy)
    assert found.code == "hole"
    # A column that no plan has, nor could have once a hole is filled, is another matter.
    policy = changed(tmp_path / "b", STARTER, ("plans", "    column: plus\n", "    column: standard\n"))
    assert {each.code for each in findings(policy)} == {"dead-cell"}


def test_a_rule_that_a_conflict_keeps_tickets_from_is_no_finding(tmp_path: Path) -> None:
    # Both plans' telephone is in conflict: nothing is decided about it, and no rule of it is dead for that.
    files = load(STARTER)
    other = {"when": {}, "label": {"en": "x"}, "source": ["P-1"], "basis": "stated"}
    files["plans"]["rules"] = {
        "yes": {"then": {"phone_support": True}} | other,
        "no": {"then": {"phone_support": False}} | other,
    }
    save(files, tmp_path)
    assert {each.code for each in findings(load_policy(tmp_path))} == {"conflict"}


def test_an_excuse_for_a_review_is_idle_until_it_is_due(tmp_path: Path) -> None:
    lines = "    column: plus\n    review_by: 2026-06-30\n    allow: {review-due: {reason: {en: x}, source: [P-2]}}\n"
    policy = changed(tmp_path, STARTER, ("plans", "    column: plus\n", lines))
    assert findings(policy) == findings(policy, date(2026, 7, 1)) == []
    assert [problem.code for problem in findings(policy, date(2026, 6, 30))] == ["idle-allow"]


def test_a_review_is_due_after_its_day(tmp_path: Path) -> None:
    edit = ("plans", "    column: plus\n", "    column: plus\n    review_by: 2026-06-30\n")
    policy = changed(tmp_path, STARTER, edit)
    assert findings(policy) == []
    assert findings(policy, date(2026, 6, 30)) == []
    (due,) = findings(policy, date(2026, 7, 1))
    assert (due.code, due.kind) == ("review-due", "warning")
    assert due.location and due.location.text.strip() == "plus:"
    assert "2026-06-30" in due.message and "2026-07-01" in due.message
