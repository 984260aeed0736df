"""`supportrules ask`: by the command, from lines of a script and from a file of answers."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from command import run
from folders import HARBOURLINE, ROOT
from many_facts import limit_diagrams, policy_of_chosen_facts
from random_tickets import complete_tickets, random_value
from supportrules import Interview, load_policy
from supportrules.cli.ask import ask
from supportrules.report.phrases import Phrases
from supportrules.report.questions import Questions, UnclearError

ANSWERS = ROOT / "examples" / "answers.yaml"


def test_answers_from_a_file_end_in_the_decision_of_the_ticket() -> None:
    done = run("ask", "--answers", str(ANSWERS), "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    decision = load_policy().evaluate(found["ticket"], defaults=False)
    assert found["decision"] == decision.to_dict()
    # RT-4, and England's holidays: Christmas, Boxing Day and a weekend in between.
    assert found["decision"]["promises"]["response"]["due_at"] == "2014-12-29T17:00:00Z"


def test_lines_of_a_script_are_answers() -> None:
    lines = ["technical", "administrator", "5", "", "lync_communication", "all", "2014-09-05T11:30:00+02:00"]
    done = run("ask", "--lang", "en", stdin="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("-  severity A (critical)  technical\n")
    assert "due Fri 2014-09-05 12:30 +02:00" in done.stdout
    ticket = json.loads(done.stdout.splitlines()[-1])
    assert ticket == {
        "plan": "enterprise_e3",
        "category": "technical",
        "issue_type": "lync_communication",
        "affected_users": "all",
        "requester": "administrator",
        "advanced_support": False,
        "opened_at": "2014-09-05T11:30:00+02:00",
    }
    # Questions are asked on the other stream.
    assert "Which plan does the customer have?" in done.stderr
    assert "?" not in done.stdout


EASTER = {
    "plan": "midsize_business",
    "issue_type": "lync_communication",
    "affected_users": "several",
    "requester": "administrator",
    "advanced_support": False,
    "country": "GB",
    "opened_at": "2026-04-02T11:00:00+01:00",
}


@pytest.mark.parametrize("typed", ["3", "Scotland", "scot", "GB-SCT", "gb-sct"])
def test_regions_are_offered_by_name(tmp_path: Path, typed: str) -> None:
    (tmp_path / "ticket.json").write_text(json.dumps(EASTER))
    done = run("ask", "ticket.json", "--lang", "en", "--format", "json", stdin=f"{typed}\n", cwd=tmp_path)
    assert "  1  England           GB-ENG\n" in done.stderr
    found = json.loads(done.stdout)
    assert (found["asked"], found["ticket"]["subdivision"]) == (["subdivision"], "GB-SCT")
    assert found["decision"]["promises"]["response"]["due_at"] == "2026-04-06T16:00:00Z"


def test_regions_are_asked_for_only_where_they_matter(tmp_path: Path) -> None:
    """On the day after Easter Monday all of Britain works."""
    (tmp_path / "ticket.json").write_text(json.dumps(EASTER | {"opened_at": "2026-04-07T11:00:00+01:00"}))
    done = run("ask", "ticket.json", "--format", "json", stdin="", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (found["asked"], found["decision"]["promises"]["response"]["due_at"]) == (
        [],
        "2026-04-08T16:00:00Z",
    )


def test_back_and_not_known_are_answers() -> None:
    done = run("ask", "--lang", "en", "--format", "json", stdin="billing\n<\npre-sales\n?\n")
    found = json.loads(done.stdout)
    assert found["ticket"] == {"category": "presales"}
    assert done.stderr.count("What kind of support is asked for?") == 2


def test_what_is_no_answer_is_told_and_asked_again() -> None:
    done = run("ask", "--lang", "en", stdin="technicl\n7\n\ntechnical\n")
    assert "`technicl`: did you mean `technical`?" in done.stderr
    assert "`7`: choose a number from 1 to 3" in done.stderr
    assert "there is no default here; ? if you don't know" in done.stderr
    assert done.returncode == 0


def test_now_is_a_time(tmp_path: Path) -> None:
    ticket = {"plan": "enterprise_e3", "issue_type": "sharepoint_site_down", "requester": "administrator"}
    (tmp_path / "t.json").write_text(json.dumps(ticket | {"advanced_support": False}), "utf-8")
    done = run("ask", str(tmp_path / "t.json"), "--lang", "en", "--format", "json", stdin="now\n")
    assert done.stderr.count("?") == 2  # one question, and the hint
    assert json.loads(done.stdout)["decision"]["promises"]["response"]["due_at"] is not None


def test_the_ticket_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "ticket.json"
    done = run("ask", "--answers", str(ANSWERS), "--save", str(file), "--format", "json")
    assert json.loads(file.read_text("utf-8")) == json.loads(done.stdout)["ticket"]
    again = json.loads(run("evaluate", "--format", "json", str(file)).stdout)
    assert again["severity"] == json.loads(done.stdout)["decision"]["severity"]
    assert run("ask", "--answers", str(ANSWERS), "--save", str(tmp_path / "no" / "t.json")).returncode == 2


def test_french_and_another_policy() -> None:
    done = run("ask", "--policy", str(HARBOURLINE), "--lang", "fr", stdin="?\n" * 9)
    assert done.returncode == 0
    assert "Quel plan ?" in done.stderr
    assert "? ne sais pas" in done.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("plan: enterprise_e2\n", "answers.yaml:1:1: unknown plan `enterprise_e2`: did you mean"),
        ("pln: enterprise_e1\n", "answers.yaml:1:1: unknown field `pln`: did you mean `plan`?"),
        ("- {plan: enterprise_e1}\n- {plan: enterprise_e1}\n", "more than one ticket: give one"),
        ("category: billing\nissue_type: mail_access\n", "contradicts"),
        ("", "no tickets"),
    ],
)
def test_a_file_of_answers_that_is_wrong(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(content, "utf-8")
    for arguments in (["ask", "--answers", str(file)], ["ask", str(file)]):
        done = run(*arguments)
        assert done.returncode == 2
        assert words in done.stderr
    assert run("ask", "--answers", str(tmp_path / "none.yaml")).returncode == 2


def test_none_is_an_answer(tmp_path: Path) -> None:
    ticket = {
        "plan": "enterprise_e3",
        "issue_type": "mail_access",
        "affected_users": "one",
        "workaround": False,
    }
    ticket |= {"requester": "administrator", "opened_at": "2014-09-05T11:30:00+02:00"}
    file = tmp_path / "t.json"
    file.write_text(json.dumps(ticket), "utf-8")
    for none in ("", "4", "none"):
        done = run("ask", str(file), "--lang", "en", "--format", "json", stdin=f"{none}\n\n")
        assert done.returncode == 0
        found = json.loads(done.stdout)
        assert found["decision"]["undetermined"] == {}
        assert "requested_severity" not in found["ticket"]


def test_what_is_not_known_and_has_a_default_is_told(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text('{"plan": "enterprise_e3", "issue_type": "sharepoint_site_down"}', "utf-8")
    done = run("ask", str(file), "--lang", "en", stdin="?\n" * 9)
    assert "not known, and with a default: " in done.stderr
    assert "--no-defaults" in done.stderr
    again = run("evaluate", "--no-defaults", "--format", "json", stdin=done.stdout.splitlines()[-1])
    shown = run("ask", str(file), "--format", "json", stdin="?\n" * 9)
    assert json.loads(again.stdout)["severity"] == json.loads(shown.stdout)["decision"]["severity"] is None


def test_what_may_be_absent_is_taken_from_the_answers(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    more = 'id: T-9\nclosed_at: "2014-12-30T10:00:00Z"\nsubmitted_via: online\n'
    file.write_text(ANSWERS.read_text("utf-8") + more, "utf-8")
    found = json.loads(run("ask", "--answers", str(file), "--format", "json").stdout)
    # SR-2: 14 days.
    assert found["decision"]["reopen"] == {"until": "2015-01-13T10:00:00Z"}
    assert found["ticket"]["id"] == "T-9"


def test_standard_input_can_be_the_ticket_or_the_answers() -> None:
    text = ANSWERS.read_text("utf-8")
    piped = run("ask", "--answers", "-", "--format", "json", stdin=text)
    assert piped.stdout == run("ask", "--answers", str(ANSWERS), "--format", "json").stdout
    assert json.loads(run("ask", "-", "--format", "json", stdin=text).stdout)["decision"]["severity"] == "B"


def test_a_place_that_cannot_be_written_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "no" / "t.json"):
        done = run("ask", "--save", str(place), stdin="presales\nprospect\n")
        assert (done.returncode, done.stdout) == (2, "")
        assert "kind of support" not in done.stderr


def test_wrong_answers_are_told_in_the_language_of_the_questions() -> None:
    lines = ["technique", "administrateur", "Enterprise E7", "enterprise_e3", "peut-être"]
    done = run("ask", "--lang", "fr", stdin="\n".join(lines) + "\n")
    assert "est-ce `" in done.stderr
    assert "`peut-être`\u00a0: oui ou non" in done.stderr
    assert "did you mean" not in done.stderr


@pytest.mark.parametrize(
    ("typed", "code"),
    [("fr", "FR"), ("France", "FR"), ("south korea", "KR"), ("Great Britain", None), ("UK", None)],
)
def test_countries_by_code_or_name(typed: str, code: str | None) -> None:
    known = '{"plan": "midsize_business", "issue_type": "mail_access", "affected_users": "one", "workaround": false}'
    policy = load_policy()
    fact = policy.definition.vocabulary.facts["country"]
    questions = Questions(Interview(policy, json.loads(known)), Phrases(policy.definition, "en"))
    if code is None:
        with pytest.raises(UnclearError):
            questions.read(fact, typed)
    else:
        assert questions.read(fact, typed) == code
    # A word of one name alone is enough, the same of several is not.
    plan = policy.definition.vocabulary.facts["plan"]
    assert questions.read(plan, "E3") == "enterprise_e3"
    with pytest.raises(UnclearError, match="did you mean"):
        questions.read(plan, "Enterprise")


@pytest.mark.parametrize("where", [None, HARBOURLINE])
def test_answers_over_all_facts_end_in_the_decision_of_evaluate(tmp_path: Path, where: Path | None) -> None:
    policy = load_policy(where)
    for number, (ticket, _) in enumerate(complete_tickets(policy, random.Random(61), 4)):
        facts = policy.definition.vocabulary.facts
        # And a request that is closed, with its number.
        ticket |= {n: random_value(f, random.Random(number)) for n, f in facts.items() if f.optional}
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(ticket), "utf-8")
        options = ["--policy", str(where)] if where else []
        asked = json.loads(run("ask", "--answers", str(file), "--format", "json", *options).stdout)
        evaluated = run("evaluate", "--no-defaults", "--explain", "--format", "json", str(file), *options)
        assert asked["decision"] == json.loads(evaluated.stdout)
        assert asked["ticket"] == ticket
        assert len(set(asked["asked"])) == len(asked["asked"]) < len(ticket)


def test_answers_that_are_too_few_by_themselves_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_diagrams(monkeypatch, 3_000)
    policy = policy_of_chosen_facts(tmp_path / "policy", 10)
    files: dict[str, dict[str, Any]] = {
        "ticket": {"one": "of_b3", "two": "of_b4"},
        "answers": {"plan": "basic", "seats_down": 0, "b3": True},
    }
    for name, fields in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(fields))
    saved = tmp_path / "saved.json"
    options = ["--policy", str(policy), "--answers", str(tmp_path / "answers.json"), "--save", str(saved)]
    done = CliRunner().invoke(ask, [*options, "--format", "json", str(tmp_path / "ticket.json")])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["decision"]["severity"] == "urgent"
    assert json.loads(saved.read_text()).items() >= (files["ticket"] | files["answers"]).items()
    # Without the ticket it is too little; what was answered is kept.
    saved.unlink()
    done = CliRunner().invoke(ask, options)
    assert done.exit_code == 1
    assert "above all `one` and `two`" in done.stderr
    assert json.loads(saved.read_text()) == files["answers"]
