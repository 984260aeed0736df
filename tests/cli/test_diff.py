"""`supportrules diff`: two policies in, what differs out."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from command import run
from edits import Edit, copied, with_edits
from folders import GOLDEN, HARBOURLINE
from scenarios import (
    EXAMPLE_FROM_B_TO_A,
    ONE_CELL_FASTER,
    OTHER_FRENCH_LABEL,
    OTHER_HOURS,
    PLAN_WITH_ITS_OWN_COLUMN,
)
from supportrules import Policy, load_policy
from supportrules.policy.format import KINDS
from supportrules.proofs.comparison import compare
from supportrules.proofs.comparison.changes import NoAnswer, Term, Verdict
from supportrules.proofs.comparison.edits import Touches
from supportrules.report.diff.phrases import DiffPhrases
from supportrules.report.diff.sections import parts
from supportrules.report.parts.terminal import terminal
from supportrules.report.words import WORDS

SCENARIOS = {
    "one-cell-faster": ONE_CELL_FASTER,
    "plan-with-its-own-column": PLAN_WITH_ITS_OWN_COLUMN,
    "example-from-b-to-a": EXAMPLE_FROM_B_TO_A,
    "other-hours": OTHER_HOURS,
}


def policies(folder: Path, *edits: Edit) -> Path:
    """A folder with the shipped policy in `old`, and in `new` with edits."""
    with_edits(folder / "old")
    with_edits(folder / "new", *edits)
    return folder


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_a_reviewer_reads(scenario: str, tmp_path: Path) -> None:
    done = run("diff", "old", "new", "--format", "markdown", cwd=policies(tmp_path, *SCENARIOS[scenario]))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (GOLDEN / f"diff.{scenario}.md").read_text("utf-8")


def test_a_policy_and_itself(tmp_path: Path) -> None:
    done = run("diff", "old", "new", "--exit-code", cwd=policies(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "Nothing changes.\n", "")


def test_layout_and_comments_are_no_change(tmp_path: Path) -> None:
    file = policies(tmp_path) / "new" / "response_targets.yaml"
    text = file.read_text("utf-8").replace(
        "    enterprise: {target", "    # faster soon\n    enterprise: {  target"
    )
    file.write_text(text.replace("source: [RT-1, RT-2]", "source: ['RT-2', RT-1]"), "utf-8")
    done = run("diff", "old", "new", "--exit-code", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Nothing changes.\n")


def test_wording_is_told_in_one_line_and_then_where(tmp_path: Path) -> None:
    done = run("diff", "old", "new", "--exit-code", cwd=policies(tmp_path, *OTHER_FRENCH_LABEL))
    assert done.returncode == 1
    first, *rest = done.stdout.splitlines()
    assert first == "Only wordings change: no answer does."
    assert "WHAT IT MEANS" not in rest
    assert "  · label.fr: Office 365 Moyenne Entreprise → Office 365 Entreprise moyenne" in rest


def test_two_natures_are_told_together(tmp_path: Path) -> None:
    cited = ("response_targets", "source: [SV-2]", "source: [SV-2, RT-1]")
    done = run("diff", "old", "new", cwd=policies(tmp_path, *OTHER_FRENCH_LABEL, cited))
    assert done.stdout.splitlines()[0] == "Only citations and wordings change: no answer does."
    french = run("diff", "old", "new", "--lang", "fr", cwd=tmp_path)
    assert french.stdout.splitlines()[0].startswith("Seuls changent des citations et des libellés")


def test_a_rename_that_is_declared(tmp_path: Path) -> None:
    for file in (policies(tmp_path) / "new").glob("*.yaml"):
        text = re.sub(r"\benterprise_k1\b", "frontline", file.read_text("utf-8"))
        file.write_text(
            text.replace("  frontline:\n", "  frontline:\n    formerly: [enterprise_k1]\n"), "utf-8"
        )
    told = run("diff", "old", "new", cwd=tmp_path).stdout
    assert told.splitlines()[0] == "Only names change: no answer does."
    assert "renamed plan enterprise_k1 → frontline (old/plans.yaml:" in told
    for file in (tmp_path / "new").glob("*.yaml"):
        file.write_text(file.read_text("utf-8").replace("    formerly: [enterprise_k1]\n", ""), "utf-8")
    told = run("diff", "old", "new", cwd=tmp_path).stdout
    assert "added plan frontline" in told and "removed plan enterprise_k1" in told
    assert "It is answered as with Office 365 Enterprise E1" in told or "It is answered as with" in told


def test_a_revision_and_a_directory(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        name = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *name, *arguments], cwd=tmp_path, check=True, capture_output=True)

    with_edits(tmp_path / "support")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    file = tmp_path / "support" / "response_targets.yaml"
    file.write_text(file.read_text("utf-8").replace("target: PT8H", "target: PT4H"), "utf-8")
    told = run("diff", "HEAD:support", "support", cwd=tmp_path)
    assert told.returncode == 0
    assert "better: 8 hours (any time) → 4 hours (any time)" in told.stdout
    assert "HEAD:support/response_targets.yaml:37:5 → support/response_targets.yaml:37:5" in told.stdout


def test_real_tickets(tmp_path: Path) -> None:
    policies(tmp_path, *ONE_CELL_FASTER)
    high = {"category": "technical", "business_impact": "severe", "affected_users": "one", "country": "FR"}
    tickets = [
        {"id": "T-1", "plan": "enterprise_e3", "opened_at": "2024-03-04T10:00:00Z", **high},
        {"id": "T-2", "plan": "small_business", "opened_at": "2024-03-04T10:00:00Z", **high},
        {"id": "T-3", "plan": "nothing_we_sell"},
    ]
    (tmp_path / "tickets.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in tickets), "utf-8")
    done = run("diff", "old", "new", "--tickets", "tickets.jsonl", "--format", "json", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("tickets.jsonl:3:15: unknown plan `nothing_we_sell`")
    assert done.stderr.endswith("1 of 3 tickets can't be decided\n")
    impact = json.loads(done.stdout)["impact"]
    assert (impact["read"], impact["changed"]["count"], impact["bad"]["count"]) == (3, 1, 1)
    earlier = impact["deadlines"]["earlier"]
    # Four hours instead of eight.
    assert (earlier["tickets"]["count"], earlier["median_seconds"], earlier["most_seconds"]) == (
        1,
        14400,
        14400,
    )
    assert earlier["farthest"]["ticket"] == "T-1"
    told = run("diff", "old", "new", "--tickets", "tickets.jsonl", cwd=tmp_path).stdout
    assert "1 of 3 tickets gets another answer; 1 can't be decided" in told
    assert re.search(r"come earlier +1 +4 hours +4 hours +T-1 \(tickets\.jsonl:1:1\)", told)


def test_every_ticket_that_is_not_decided_is_told_as_evaluate_tells_it(tmp_path: Path) -> None:
    policies(tmp_path, *ONE_CELL_FASTER)
    lines = ['{"plan": "none"}', '{"plan":', '{"country": "France", "requester": 7}', '{"id": "T-4"}', "[]"]
    (tmp_path / "tickets.jsonl").write_text("\n".join(lines), "utf-8")
    expected = run("evaluate", "--policy", "new", "tickets.jsonl", cwd=tmp_path).stderr
    # The line, the caret and two problems of the third.
    assert expected.count("tickets.jsonl:") == 5
    done = run("diff", "old", "new", "--tickets", "tickets.jsonl", "--first", "0", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, f"{expected}4 of 5 tickets can't be decided\n")


@pytest.mark.parametrize(
    "options", [["--from", "csv"], ["--first", "3"], ["--extra", "ignore"]], ids=lambda each: each[0]
)
def test_an_option_about_tickets_that_are_not_there(options: list[str], tmp_path: Path) -> None:
    done = run("diff", "old", "new", *options, cwd=policies(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{options[0]} is about real tickets: give --tickets too." in done.stderr


def test_in_french(tmp_path: Path) -> None:
    done = run("diff", "old", "new", "--lang", "fr", cwd=policies(tmp_path, *ONE_CELL_FASTER))
    assert "mieux\u00a0: 8 heures (à tout moment) → 4 heures (à tout moment)" in done.stdout
    assert "gravité\u00a0: B (haute)" in done.stdout


def test_a_page_in_a_file(tmp_path: Path) -> None:
    policies(tmp_path, *ONE_CELL_FASTER)
    done = run("diff", "old", "new", "--format", "html", "-o", "page.html", "--exit-code", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>") and "<del>8 hours (any time)</del>" in page


def test_what_does_not_load(tmp_path: Path) -> None:
    policies(tmp_path, *ONE_CELL_FASTER)
    done = run("diff", "old", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "nowhere: no such directory" in done.stderr
    assert run("diff", "old", cwd=tmp_path).returncode == 2
    done = run("diff", "neither", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "neither: no such directory" in done.stderr and "nowhere: no such directory" in done.stderr
    assert done.stderr.endswith("2 problems\n")


def test_neither_policy_need_be_like_the_other(tmp_path: Path) -> None:
    copied(tmp_path, HARBOURLINE)
    done = run("diff", str(tmp_path), str(policies(tmp_path / "x") / "old"), "--format", "json")
    assert done.returncode == 0
    told = json.loads(done.stdout)["meaning"]
    assert told["readings"] and told["not_compared"]


def test_what_is_not_compared_is_told_with_why(
    harbourline: Policy, shipped: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(old: Policy, new: Policy, language: str) -> str:
        found = compare(old, new)
        assert found.meaning.not_compared
        return terminal(parts(found, DiffPhrases(found, language)))

    assert "the policies have different facts for the category" in told(harbourline, shipped, "en")
    assert "la catégorie n'est pas le même fait dans les deux" in told(harbourline, shipped, "fr")
    source = HARBOURLINE
    choice = "type: choice\n    values: {danger: {en: danger, fr: danger}}\n"
    edits = (
        (
            "vocabulary",
            "type: boolean\n    default: false\n    label: {en: matter",
            choice + "    label: {en: matter",
        ),
        ("vocabulary", "    worsens: [false, true]\n", ""),
        ("severity", "{safety: true}", "{safety: danger}"),
    )
    typed = with_edits(tmp_path / "typed", *edits, source=source)
    assert "is of another type in the other policy" in told(harbourline, load_policy(typed), "en")
    cell = with_edits(tmp_path / "cell", *ONE_CELL_FASTER)
    monkeypatch.setattr("supportrules.proofs.comparison.joint.MOST_STEPS", 1)
    found = told(shipped, load_policy(cell), "en")
    assert "its decision diagrams are too large, above all because of plan" in found


def test_every_kind_of_difference_has_its_words() -> None:
    wanted = {f"edit.kind.{kind}" for kind in KINDS}
    wanted |= {f"edit.only.{touches}" for touches in get_args(Touches) if touches != "substance"}
    wanted |= {f"edit.{what}" for what in ("added", "removed", "changed", "renamed")}
    wanted |= {f"diff.no_answer.{reason.value}" for reason in NoAnswer}
    wanted |= {f"diff.verdict.{verdict}" for verdict in get_args(Verdict)}
    wanted |= {f"diff.reading.{what}" for what in ("added", "removed", "type", "default", "range", "role")}
    wanted |= {f"{key}_{side}" for key in ("diff.taken", "diff.open_alone") for side in ("old", "new")}
    for language, words in WORDS.items():
        assert wanted <= words.keys(), (language, wanted - words.keys())


def test_groups_of_values_are_named_where_they_are_meant_whole(shipped: Policy, tmp_path: Path) -> None:
    comparison = compare(shipped, load_policy(with_edits(tmp_path, *ONE_CELL_FASTER)))
    phrases = DiffPhrases(comparison, "en")
    plans = list(shipped.definition.plans)
    enterprise = [p for p in plans if shipped.definition.plans[p].family == "enterprise"]
    rest = [plan for plan in plans if plan not in enterprise]

    def told(values: list[str]) -> str:
        others = tuple(plan for plan in plans if plan not in values)
        return phrases.term(Term("plan", "value", tuple(values), others))

    assert told(enterprise) == "plan: Enterprise (family)"
    assert told(rest) == "plan: not Enterprise (family)"
    # All but two of a family is not all but the family.
    assert "Enterprise (family)" not in told([*rest, *enterprise[2:]])
    assert told([*rest, *enterprise[2:]]) == "plan: not Office 365 Enterprise E1 or Office 365 Enterprise E3"


def test_what_else_is_to_be_said_where_no_answer_changes(tmp_path: Path) -> None:
    default = ("vocabulary", "    default: other\n", "")
    told = run("diff", "old", "new", cwd=policies(tmp_path, default)).stdout.splitlines()
    assert told[2].startswith(
        "No answer changes for tickets that both take and read alike. Tickets that leave out "
    )
    assert told[2].endswith(" are read otherwise.")


def test_a_kind_of_problem_that_gets_a_category_refuses_others(tmp_path: Path) -> None:
    for folder in ("old", "new"):
        with_edits(tmp_path / folder)
    file = tmp_path / "new" / "issue_types.yaml"
    text = file.read_text("utf-8")
    assert "\n  other:\n" in text
    file.write_text(text.replace("\n  other:\n", "\n  other:\n    category: billing\n"), "utf-8")
    told = run("diff", "old", "new", cwd=tmp_path).stdout
    assert "as the ticket says → billing" in told
    assert "a ticket that gives another than billing and subscription is refused" in told
