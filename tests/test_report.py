"""Decisions and problems for people: golden outputs, made once and read by eye."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from supportrules import Location, Policy, Problem
from supportrules.report.decisions import DecisionReport
from supportrules.report.problems import printable, problem_text, problems_text
from supportrules.report.words import LANGUAGES, WORDS, Words

ROOT = Path(__file__).parent
TICKETS = [json.loads(line) for line in (ROOT.parent / "examples" / "tickets.jsonl").read_text().splitlines()]


def printed(
    policy: Policy, tickets: list[dict[str, object]], language: str, width: int, *, explain: bool = False
) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, color_system=None)
    report = DecisionReport(policy.definition, console, language, explain=explain)
    for ticket in tickets:
        report.print(policy.evaluate(ticket))
    return stream.getvalue()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [80, 120])
def test_the_examples_as_they_were_read_by_eye(shipped: Policy, language: str, width: int) -> None:
    expected = (ROOT / "golden" / f"tickets.{language}.{width}.txt").read_text("utf-8")
    found = printed(shipped, TICKETS, language, width)
    assert found == expected
    assert max(map(len, found.splitlines())) <= width
    assert not any(line != line.rstrip() for line in found.splitlines())


def test_a_policy_of_another_vendor_needs_no_words_of_ours(harbourline: Policy) -> None:
    ticket: dict[str, object] = {
        "plan": "basic",
        "site": "harbour",
        "seats_down": 10,
        "country": "AE",
        "zone": "Asia/Dubai",
        "raised": "2025-04-12T23:30:00+04:00",
        "settled": "2025-04-14T10:00:00+04:00",
    }
    assert printed(harbourline, [ticket], "fr", 100).splitlines() == [
        "-  gravité haut",
        "réponse      le jour ouvrable suivant, heures ouvrables\u00a0; échéance lun 2025-04-14 17:30 +04:00",
        "courriel     oui, à tout moment",
        "discussion   non\u00a0: La discussion ne va pas avec ce plan. Écrivez un courriel.",
        "téléphone    non\u00a0: Le téléphone est pour les urgences. Écrivez un courriel.",
        "réouverture  jusqu'au mer 2025-05-14 06:00 +00:00",
    ]


def test_explained_decisions_name_rule_clause_place_and_closed_days(shipped: Policy) -> None:
    text = printed(shipped, TICKETS[2:3], "en", 400, explain=True)
    assert "  response.due_at = 2014-12-29T17:00:00Z  [RT-5, PS-2; assumed]  calendars.yaml:" in text
    assert (
        "closed: 2014-12-25 Christmas Day, 2014-12-26 Boxing Day, 2014-12-27 weekly, 2014-12-28 weekly"
        in text
    )
    assert "overridden by severity.examples.sharepoint_site_unreachable" in text


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


def test_what_moves_the_cursor_is_not_printed_and_what_keeps_words_together_is() -> None:
    assert printable("a\x1b[2Jb\tc\u00a0: d") == "a\ufffd[2Jb c\u00a0: d"


def test_a_long_line_is_cut_around_the_caret() -> None:
    import click

    line = "a" * 300 + "HERE" + "b" * 300
    shown = click.unstyle(problem_text(Problem("c", "m", location=Location("f", 1, 301, line)))).splitlines()
    assert len(shown[1]) < 120
    assert shown[1][len(shown[2]) - 1 :].startswith("HERE")
