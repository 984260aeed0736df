"""Decisions and problems for people: golden outputs, made once and read by eye."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.console import Console

from edits import copied
from folders import TESTS
from known_tickets import HARBOUR, MAIL, NO_CALLS, WINDOW
from random_tickets import random_tickets
from supportrules import Location, Policy, Problem, load_policy
from supportrules.report.decisions import DecisionReport
from supportrules.report.problems import printable, problem_text, problems_text
from supportrules.report.words import LANGUAGES, WORDS, Words

TICKETS = [
    json.loads(line) for line in (TESTS.parent / "examples" / "tickets.jsonl").read_text().splitlines()
]


def printed(
    policy: Policy,
    tickets: list[dict[str, object]],
    language: str,
    width: int,
    *,
    explain: bool = False,
    why_not: Iterable[str] = (),
) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, color_system=None)
    report = DecisionReport(policy.definition, console, language, explain=explain, why_not_of=why_not)
    for ticket in tickets:
        report.print(policy.evaluate(ticket))
    return stream.getvalue()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [80, 120])
def test_the_examples_as_they_were_read_by_eye(shipped: Policy, language: str, width: int) -> None:
    expected = (TESTS / "golden" / f"tickets.{language}.{width}.txt").read_text("utf-8")
    found = printed(shipped, TICKETS, language, width)
    assert found == expected
    assert max(map(len, found.splitlines())) <= width
    assert not any(line != line.rstrip() for line in found.splitlines())


def test_a_conclusion_that_is_called_as_a_channel_is_not_taken_for_it(tmp_path: Path) -> None:
    """What was decided about the telephone is nothing about a conclusion of that name."""
    for file in copied(tmp_path).glob("**/*.yaml"):
        file.write_text(file.read_text("utf-8").replace("online_support", "phone"), "utf-8")
    policy = load_policy(tmp_path)

    def decided(answer: str) -> list[str]:
        lines = printed(policy, [MAIL], "en", 200, why_not=[answer]).splitlines()
        return [line.strip() for line in lines if line.strip().startswith("decided:")]

    assert decided("conclusions.phone") == []
    assert len(decided("channels.phone")) == 1


def test_a_policy_of_another_vendor_needs_no_words_of_ours(harbourline: Policy) -> None:
    assert printed(harbourline, [HARBOUR], "fr", 100).splitlines() == [
        "-  gravité haut",
        "réponse      le jour ouvrable suivant, heures ouvrables\u00a0; échéance lun 2025-04-14 17:30 +04:00",
        "courriel     oui, à tout moment",
        "discussion   non\u00a0: La discussion ne va pas avec ce plan. Écrivez un courriel.",
        "téléphone    non\u00a0: Le téléphone est pour les urgences. Écrivez un courriel.",
        "réouverture  jusqu'au mer 2025-05-14 06:00 +00:00",
    ]


def test_explained_decisions_name_rule_clause_place_and_closed_days(shipped: Policy) -> None:
    text = printed(shipped, TICKETS[2:3], "en", 200, explain=True)
    for words in (
        "skipped   Thu 2014-12-25  holiday: Christmas Day",
        "Sat 2014-12-27  closed on this weekday",
        "due       Mon 2014-12-29 17:00 +00:00",
        "time zone: Europe/London (default)",
        "clause    RT-5 Business hours",
        "rule     severity.examples.sharepoint_site_unreachable  severity.yaml:71",
        "over     severity.fallback.neither_a_nor_c: B (high)  severity.yaml:133  assumed  SV-4",
    ):
        assert words in text


# For each policy: decided with a deadline, refused on the telephone, and open.
EXPLAINED: dict[str, list[dict[str, object]]] = {
    "shipped": [
        TICKETS[2],
        TICKETS[3],
        {"id": "T-9", "plan": "small_business", "requester": "end_user", "issue_type": "lync_communication"},
        {"id": "T-10", "category": "presales", "requester": "prospect", "advanced_support": True},
    ],
    "harbourline": [
        HARBOUR,
        {"plan": "basic", "seats_down": 3},
    ],
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("which", ["shipped", "harbourline"])
def test_explanations_as_they_were_read_by_eye(
    which: str, language: str, width: int, request: pytest.FixtureRequest
) -> None:
    policy: Policy = request.getfixturevalue(which)
    levels = list(policy.definition.levels)[:1]
    text = printed(policy, EXPLAINED[which], language, width, explain=True, why_not=levels)
    # Lines of the policy move with every edit.
    found = re.sub(r"\.yaml:\d+", ".yaml:N", text)
    expected = (TESTS / "golden" / f"explained.{which}.{language}.{width}.txt").read_text("utf-8")
    assert found == expected
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize(
    ("language", "name"), [("en", "holiday: Labor Day"), ("fr", "jour férié\u00a0: Fête du Travail")]
)
def test_holidays_are_named_in_the_language_of_the_report(shipped: Policy, language: str, name: str) -> None:
    ticket = WINDOW | {"opened_at": "2026-04-30T18:00:00+02:00"}
    text = printed(shipped, [ticket], language, 120, explain=True)
    assert name.replace("\u00a0", " ") in text.replace("\u00a0", " ")
    # Data is the same whatever the language: the country's own words.
    closed = shipped.evaluate(ticket).derivation[-1].to_dict()["closed_days"]
    assert [day["name"] for day in closed if day["kind"] == "holiday"] == ["Fête du Travail"]


def test_a_refusal_by_rules_that_agree_has_all_their_words(shipped: Policy) -> None:
    says = [refusal.says["en"] for refusal in shipped.evaluate(NO_CALLS).channels["phone"].says]
    assert len(says) == 3
    text = printed(shipped, [NO_CALLS], "en", 1000, explain=True)
    assert all(text.count(each) == 2 for each in says)
    # Each stands on a line of its own.
    lines = [line.strip() for line in text.splitlines()]
    start = next(index for index, line in enumerate(lines) if line.startswith("telephone"))
    assert lines[start].endswith(f"no: {says[0]}") and lines[start + 1 : start + 3] == says[1:]


def test_every_rule_that_fired_is_in_the_explanation(policy: Policy) -> None:
    for ticket in random_tickets(policy, random.Random(51), 60):
        stream = io.StringIO()
        console = Console(file=stream, width=400, highlight=False, color_system=None)
        decision = policy.evaluate(ticket)
        DecisionReport(policy.definition, console, "en", explain=True).print(decision)
        text = stream.getvalue()
        for entry in decision.derivation:
            if not decision.undetermined and entry.concludes not in (
                *decision.basis,
                "promises.response.due_at",
            ):
                # What no answer came to rest on is left out.
                continue
            for name in (entry.rule, *entry.agreed_by, *entry.source):
                assert name is None or name in text
        for answer in decision.undetermined.values():
            for name in answer.missing:
                assert name in text


def test_languages_have_the_same_words() -> None:
    assert LANGUAGES == ("en", "fr")
    assert len({frozenset(words) for words in WORDS.values()}) == 1


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("PT1H", "within 1 hour"),
        ("PT8H30M", "within 8 hours 30 minutes"),
        ("PT45S", "within 45 seconds"),
        ("next_business_day", "on the next business day"),
        ("3_business_days", "within 3 business days"),
    ],
)
def test_targets_in_words(target: str, words: str) -> None:
    assert Words("en").promise(target) == words


def test_a_problem_shows_its_line_and_a_caret() -> None:
    problem = Problem("c", "unknown x `y`", "did you mean `z`?", Location("a.yaml", 3, 6, "  x: y"))
    import click

    assert click.unstyle(problem_text(problem)).splitlines() == [
        "a.yaml:3:6: unknown x `y`: did you mean `z`?",
        "      x: y",
        "         ^",
    ]
    assert problems_text([Problem("c", "no place")]) == click.style("no place", bold=True)


def test_what_moves_the_cursor_is_escaped_and_what_keeps_words_together_is() -> None:
    assert printable("a\x1b[2Jb\tc\u00a0: d") == "a\\x1b[2Jb c\u00a0: d"


def test_a_long_line_is_cut_around_the_caret() -> None:
    import click

    line = "a" * 300 + "HERE" + "b" * 300
    shown = click.unstyle(problem_text(Problem("c", "m", location=Location("f", 1, 301, line)))).splitlines()
    assert len(shown[1]) < 120
    assert shown[1][len(shown[2]) - 1 :].startswith("HERE")
