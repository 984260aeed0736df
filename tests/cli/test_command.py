"""The command, as it is installed: arguments in, output, messages and exit codes out."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from command import COMMAND, lines, run
from edits import edited
from folders import HARBOURLINE, ROOT
from supportrules import load_policy
from supportrules.cases.cases import read_cases
from supportrules.policy.starter import STARTER

GOOD = {
    "id": "T-1",
    "plan": "enterprise_e3",
    "issue_type": "sharepoint_site_down",
    "requester": "administrator",
}
OPENED = {"opened_at": "2014-09-05T11:30:00+02:00", "country": "FR"}


def test_a_ticket_is_decided_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "ticket.json").write_text(json.dumps(GOOD | OPENED), "utf-8")
    done = run("evaluate", "ticket.json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (decision,) = lines(done.stdout)
    assert decision["ticket"] == "T-1"
    assert decision["severity"] == "A"
    assert decision["promises"]["response"]["due_at_local"] == "2014-09-05T12:30:00+02:00"
    assert "derivation" not in decision


def test_the_same_ticket_in_every_form_gives_the_same_decision(tmp_path: Path) -> None:
    ticket = GOOD | OPENED
    (tmp_path / "a.json").write_text(json.dumps(ticket, indent=2), "utf-8")
    (tmp_path / "b.json").write_text(json.dumps([ticket]), "utf-8")
    (tmp_path / "c.jsonl").write_text(json.dumps(ticket) + "\n", "utf-8")
    (tmp_path / "d.yaml").write_text("".join(f"{k}: {v}\n" for k, v in ticket.items()), "utf-8")
    (tmp_path / "e.csv").write_text(f"{','.join(ticket)}\n{','.join(ticket.values())}\n", "utf-8")
    files = ["a.json", "b.json", "c.jsonl", "d.yaml", "e.csv", "-"]
    done = run("evaluate", *files, stdin=json.dumps(ticket), cwd=tmp_path)
    assert done.returncode == 0
    outputs = done.stdout.splitlines()
    assert len(outputs) == len(files)
    assert len(set(outputs)) == 1


def test_standard_input_is_the_default() -> None:
    assert lines(run("evaluate", stdin=json.dumps(GOOD)).stdout)[0]["severity"] == "A"
    assert lines(run("evaluate", "--from", "yaml", stdin="plan: standalone").stdout)[0]["severity"] is None


def test_json_is_an_object_for_one_and_an_array_for_several() -> None:
    one = json.loads(run("evaluate", "--format", "json", stdin=json.dumps(GOOD)).stdout)
    several = json.loads(run("evaluate", "--format", "json", stdin=json.dumps([GOOD, GOOD])).stdout)
    assert several == [one, one]


def test_pretty_is_for_people_and_in_their_language() -> None:
    english = run("evaluate", "--format", "pretty", stdin=json.dumps(GOOD | OPENED))
    assert "severity A (critical)" in english.stdout
    assert "within 1 hour, any time; due Fri 2014-09-05 12:30 +02:00" in english.stdout
    french = run("evaluate", "--format", "pretty", "--lang", "fr", stdin=json.dumps(GOOD | OPENED))
    assert "gravité A (critique)" in french.stdout
    assert "échéance ven 2014-09-05 12:30 +02:00" in french.stdout
    assert run(
        "evaluate", "--format", "pretty", stdin=json.dumps(GOOD), LC_ALL="fr_FR.UTF-8"
    ).stdout.startswith("T-1  gravité")
    assert run("evaluate", "--format", "pretty", "--lang", "de", stdin="{}").returncode == 2


def test_the_language_does_not_change_json() -> None:
    ticket = json.dumps(GOOD)
    outputs = {run("evaluate", "--lang", lang, "--explain", stdin=ticket).stdout for lang in ("en", "fr")}
    assert len(outputs) == 1


def test_explain_adds_the_derivation() -> None:
    (decision,) = lines(run("evaluate", "--explain", stdin=json.dumps(GOOD)).stdout)
    rules = {entry["rule"] for entry in decision["derivation"]}
    assert "severity.examples.sharepoint_site_down" in rules
    text = run("evaluate", "--explain", "--format", "pretty", stdin=json.dumps(GOOD)).stdout
    assert "severity.examples.sharepoint_site_down" in text


def test_no_defaults_leaves_facts_unknown() -> None:
    (decision,) = lines(run("evaluate", "--no-defaults", stdin=json.dumps(GOOD)).stdout)
    # With advanced support another severity may be asked for.
    assert decision["severity"] is None
    assert decision["undetermined"]["severity"]["possible"] == ["A", "B", "C"]


def test_bad_tickets_among_good_ones(tmp_path: Path) -> None:
    content = [
        json.dumps(GOOD),
        '{"id": "T-2", "plan": "enterprise_e2"}',
        '{"id": "T-3", "pla',
        '{"id": "T-4", "category": "billing", "issue_type": "mail_access"}',
        json.dumps(GOOD | {"id": "T-5"}),
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(content), "utf-8")
    done = run("evaluate", "t.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    records = lines(done.stdout)
    assert [record["ticket"] for record in records] == ["T-1", "T-2", None, "T-4", "T-5"]
    assert [record.get("line") for record in records] == [None, 2, 3, 4, None]
    assert records[0]["severity"] == records[4]["severity"] == "A"
    assert records[1]["error"]["problems"][0]["nearest"] == [
        "enterprise_e1",
        "enterprise_e3",
        "enterprise_e4",
    ]
    messages = done.stderr.splitlines()
    assert messages[0] == (
        "t.jsonl:2:15: unknown plan `enterprise_e2`: "
        "did you mean `enterprise_e1`, `enterprise_e3` or `enterprise_e4`?"
    )
    assert messages[1:3] == ['    {"id": "T-2", "plan": "enterprise_e2"}', "                  ^"]
    assert messages[3] == "t.jsonl:3:15: the JSON ends too early"
    assert messages[6].startswith("t.jsonl:4:15: category `billing` contradicts issue_type `mail_access`")


def test_a_file_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(json.dumps(GOOD), "utf-8")
    (tmp_path / "empty.json").write_text("", "utf-8")
    (tmp_path / "latin.json").write_bytes(b'{"id": "\xe9"}')
    done = run("evaluate", "missing.json", "empty.json", "latin.json", "good.json", cwd=tmp_path)
    assert done.returncode == 2
    assert [record.get("severity") for record in lines(done.stdout)] == [None, None, None, "A"]
    assert "missing.json: no such file or directory" in done.stderr
    assert "empty.json: no tickets" in done.stderr
    assert "latin.json:1:9: byte 0xe9 is not UTF-8" in done.stderr


def test_what_was_typed_is_quoted_with_its_escapes(tmp_path: Path) -> None:
    for arguments in (["show", "\x1b[31mplan"], ["evaluate", "--why-not", "\x1b[31mplan"], ["\x1b[31mplan"]):
        done = run(*arguments, stdin="", cwd=tmp_path)
        assert done.returncode == 2 and "\\x1b[31mplan" in done.stderr


def test_a_directory_is_never_called_like_a_stream(tmp_path: Path) -> None:
    for arguments in (["init", "-"], ["schema", "--write", "-"]):
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == 2 and "it takes a name, and not `-`" in done.stderr
    assert not list(tmp_path.iterdir())


def test_extra_fields() -> None:
    ticket = json.dumps(GOOD | {"queue": "north"})
    assert run("evaluate", stdin=ticket).returncode == 2
    done = run("evaluate", "--extra", "ignore", stdin=ticket)
    assert (done.returncode, lines(done.stdout)[0]["severity"]) == (0, "A")


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_csv_in_and_out(tmp_path: Path) -> None:
    rows = [
        "id,subject,plan,issue_type,requester,workaround",
        'T-1,"Two\r\nlines",enterprise_e3,sharepoint_site_down,administrator,',
        "T-2,,enterprise_e2,,,yes",
        "T-3,",
        "T-4,,enterprise_e3,sharepoint_site_down,administrator,FALSE",
    ]
    (tmp_path / "t.csv").write_text("".join(f"{row}\r\n" for row in rows), "utf-8", newline="")
    done = run("evaluate", "--format", "csv", "--extra", "ignore", "t.csv", cwd=tmp_path)
    assert done.returncode == 2
    found = read_csv(done.stdout)
    assert [row["ticket"] for row in found] == ["T-1", "T-2", "", "T-4"]
    assert [row["severity"] for row in found] == ["A", "", "", "A"]
    assert [row["line"] for row in found] == ["", "4", "5", ""]
    assert found[1]["error"] == (
        "unknown plan `enterprise_e2`: did you mean `enterprise_e1`, `enterprise_e3` or `enterprise_e4`?; "
        "`workaround` takes true or false, not `yes`: did you mean true?"
    )
    assert {name for name, cell in found[1].items() if cell} == {"ticket", "line", "error"}
    assert [line for line in done.stderr.splitlines() if line.startswith("t.csv")] == [
        "t.csv:4:6: unknown plan `enterprise_e2`: "
        "did you mean `enterprise_e1`, `enterprise_e3` or `enterprise_e4`?",
        "t.csv:4:22: `workaround` takes true or false, not `yes`: did you mean true?",
        "t.csv:5:5: a row of 2 cells, where the header has 6: leave a cell empty for what is not given",
    ]


def test_csv_is_written_with_crlf_and_as_utf8() -> None:
    line = [*COMMAND, "evaluate", "--format", "csv", "--from", "csv"]
    env = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        line,
        input='id,requester\n"é, ""x""\n",\n'.encode(),
        capture_output=True,
        env=env,
        check=True,
        timeout=120,
    )
    header, ticket, rest = done.stdout.split(b"\n", 2)
    assert header.startswith(b"ticket,category,severity,") and header.endswith(b",line,error\r")
    assert ticket == '"é, ""x""'.encode()
    assert rest.startswith(b'",') and rest.endswith(b"\r\n") and rest.count(b"\n") == 1


def test_a_column_that_is_no_fact_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,queue,plans\n" + "T-1,north,\n" * 5, "utf-8")
    done = run("evaluate", "t.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "t.csv:1:4: unknown column `queue`: to ignore it, use `--extra ignore`",
        "    id,queue,plans",
        "       ^",
        "t.csv:1:10: unknown column `plans`: did you mean `plan`?",
        "    id,queue,plans",
        "             ^",
    ]
    (record,) = lines(done.stdout)
    assert (record["line"], len(record["error"]["problems"])) == (1, 2)


def test_messages_alone_make_no_bar(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text((json.dumps(GOOD) + "\n") * 30_000, "utf-8")
    assert run("evaluate", "t.jsonl", cwd=tmp_path).stderr == ""


def test_a_pipe_that_is_closed_early_ends_quietly(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text((json.dumps(GOOD) + "\n") * 5000, "utf-8")
    with subprocess.Popen(
        [*COMMAND, "evaluate", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr
        assert json.loads(process.stdout.readline())["severity"] == "A"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141


def test_a_policy_that_does_not_load(tmp_path: Path) -> None:
    edited(tmp_path, "plans", "column: midsize_business", "column: midsize")
    for command in (["evaluate", "--policy", str(tmp_path)], ["check", str(tmp_path)]):
        done = run(*command, stdin=json.dumps(GOOD))
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.splitlines() == [
            f"{tmp_path}/plans.yaml:55:13: unknown column `midsize`: did you mean `midsize_business`?",
            "        column: midsize",
            "                ^",
            "the policy does not load: 1 problem",
        ]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("json", '"column": 13'),
        (
            "github",
            "::error file=plans.yaml,line=55,col=13,title=unknown-reference::unknown column `midsize`: did",
        ),
        ("sarif", '"startColumn": 13'),
        ("junit", 'name="plans.yaml:55:13: unknown column `midsize`" file="plans.yaml" line="55"'),
    ],
)
def test_what_does_not_load_goes_through_each_format(tmp_path: Path, form: str, words: str) -> None:
    edited(tmp_path, "plans", "column: midsize_business", "column: midsize")
    done = run("check", "--format", form, str(tmp_path), cwd=tmp_path, GITHUB_WORKSPACE="")
    assert (done.returncode, done.stderr) == (3, "the policy does not load: 1 problem\n")
    assert words in done.stdout
    written = run("check", "--format", form, str(tmp_path), "-o", "f", cwd=tmp_path, GITHUB_WORKSPACE="")
    assert (written.returncode, written.stdout, written.stderr) == (3, "", done.stderr)
    assert (tmp_path / "f").read_text("utf-8") == done.stdout


BECAUSE = "{reason: {en: so agreed}, source: [H-1]}"


@pytest.mark.parametrize("form", ["pretty", "json", "github", "sarif", "junit"])
@pytest.mark.parametrize(
    ("old", "new", "options", "code"),
    [
        ("when: {impact: asking}", "when: {impact: stopped}", [], 1),
        ("when: {impact: asking}", "when: {impact: asking, affected: [one_person, team, everybody]}", [], 0),
        (
            "when: {impact: asking}",
            "when: {impact: asking, affected: [one_person, team, everybody]}",
            ["--strict"],
            1,
        ),
        (
            "when: {impact: asking}",
            f"when: {{impact: asking, affected: [one_person, team, everybody]}}\n      allow: {{idle-condition: {BECAUSE}}}",
            ["--strict", "--show-allowed"],
            0,
        ),
    ],
    ids=["error", "warning", "strict", "allowed"],
)
def test_findings_decide_the_exit_code_in_every_format(
    tmp_path: Path, form: str, old: str, new: str, options: list[str], code: int
) -> None:
    edited(tmp_path, "severity", old, new, STARTER)
    done = run("check", str(tmp_path), "--format", form, *options)
    assert (done.returncode, done.stderr) == (code, "")
    assert "severity.yaml" in done.stdout and "\x1b" not in done.stdout
    assert ("so agreed" in done.stdout) == ("--show-allowed" in options)


def test_tickets_of_findings_are_kept_as_test_cases(tmp_path: Path) -> None:
    edited(
        tmp_path, "severity", "affected_users: all}\n      level: A", "affected_users: all}\n      level: C"
    )
    file = tmp_path / "tests" / "found.yaml"
    file.parent.mkdir()
    assert run("check", str(tmp_path), "--emit-tests", str(file)).returncode == 1
    # The milder ticket is as it should be, the worse one is not.
    (case,) = read_cases(tmp_path)
    assert dict(case.expect) == {"severity": "B"}
    (difference,) = case.run(load_policy(tmp_path)).differences
    assert (difference.path, difference.expected, difference.found) == (("severity",), "B", "C")
    assert run("fmt", "--check", str(file)).returncode == 0
    again = run("check", str(tmp_path), "--emit-tests", str(file))
    assert (again.returncode, "is read by this command" in again.stderr) == (2, True)
    clean = run("check", "--emit-tests", str(tmp_path / "none.yaml"))
    assert (clean.returncode, clean.stderr) == (
        0,
        "no finding that counts has a ticket for a test, so none is written\n",
    )
    assert not (tmp_path / "none.yaml").exists()


@pytest.mark.parametrize("command", ["check", "test"])
def test_who_stands_in_a_policy_and_names_none_is_told(command: str) -> None:
    told = "this is about the bundled policy: `.` names the one in this directory\n"
    done = run(command, cwd=HARBOURLINE)
    assert (done.returncode, done.stderr) == (0, told)
    assert run(command, ".", cwd=HARBOURLINE).stderr == ""


def test_no_name_is_this_directory(tmp_path: Path) -> None:
    done = run("check", "", cwd=tmp_path)
    assert (done.returncode, done.stderr.partition(": ")[0]) == (3, "no such directory")


def test_reviews_are_looked_at_on_a_day(tmp_path: Path) -> None:
    edited(tmp_path, "plans", "    column: plus\n", "    column: plus\n    review_by: 2026-06-30\n", STARTER)
    assert "review-due" not in run("check", str(tmp_path), "--on", "2026-06-30").stdout
    due = run("check", str(tmp_path), "--on", "2026-07-01")
    assert (due.returncode, "warning[review-due]" in due.stdout) == (0, True)
    # Without a day it is today's.
    assert "warning[review-due]" in run("check", str(tmp_path)).stdout
    assert run("check", "--on", "tomorrow").returncode == 2


def test_findings_go_to_a_file_without_colours(tmp_path: Path) -> None:
    edited(tmp_path, "plans", "column: midsize_business", "column: midsize")
    assert run("check", str(tmp_path), "-o", str(tmp_path / "f")).returncode == 3
    assert (tmp_path / "f").read_text("utf-8").splitlines() == [
        f"{tmp_path}/plans.yaml:55:13: error[unknown-reference]: unknown column `midsize`: did you mean "
        "`midsize_business`?",
        "        column: midsize",
        "                ^",
        "1 error",
    ]
    good = run("check", "-o", str(tmp_path / "f"))
    assert (good.returncode, good.stdout, good.stderr) == (0, "", "no problems, 4 allowed\n")
    assert (tmp_path / "f").read_text("utf-8").startswith("office-365-support 2014-09-03 loads: ")
    lost = run("check", "-o", str(tmp_path / "no" / "f"))
    assert lost.returncode == 2
    assert f"can't write `{tmp_path}/no/f`: there is no directory `{tmp_path}/no`" in lost.stderr


def test_check_of_a_policy_that_loads() -> None:
    done = run("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("office-365-support 2014-09-03 loads: 20 facts, ")
    assert run("check", str(HARBOURLINE)).returncode == 0
    data = json.loads(run("check", "--format", "json").stdout)
    assert (data["policy"]["name"], data["problems"]) == ("office-365-support", [])
    assert run("check", "--lang", "de").returncode == 2
    for form, text in (
        ("github", "no problems, 4 allowed\n"),
        ("junit", 'tests="4" failures="0"'),
        ("sarif", '"suppressions"'),
    ):
        done = run("check", "--format", form, "--strict", "--show-allowed")
        assert (done.returncode, done.stderr) == (0, "")
        assert text in done.stdout


def test_a_fault_of_the_policy_is_told_for_its_ticket(tmp_path: Path) -> None:
    folder = edited(
        tmp_path,
        "severity",
        "      when: {issue_type: sharepoint_site_access, affected_users: one}",
        "      when: {issue_type: sharepoint_site_down}",
    )
    done = run(
        "evaluate", "--policy", str(folder), stdin=json.dumps(GOOD) + '\n{"issue_type": "single_sign_on"}'
    )
    assert done.returncode == 1
    assert "neither overriding" in done.stderr
    assert [("error" in record) for record in lines(done.stdout)] == [True, False]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["evalute"], "Did you mean `evaluate`?"),
        (["schema", "tickt"], "did you mean `ticket`?"),
        (["evaluate", "--format", "xml"], "is not one of"),
        (["show", "chanels"], "did you mean `channels`?"),
        (["show", "weather"], "there are plans, severity, targets, channels,"),
        (["show", "issue-types", "--policy", str(HARBOURLINE)], "this policy has no issue-types"),
        (["show", "--lang", "de"], "this policy has en, fr"),
        (["evaluate", "--nope"], "No such option"),
        (["evaluate", "--explain", "--format", "csv"], "no room for --explain: use --format jsonl"),
        (["evaluate", "--why-not", "A", "--format", "csv"], "no room for --why-not: use --format jsonl"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_streams_that_are_closed_or_full(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(GOOD), "utf-8")

    def shell(redirection: str, *options: str) -> subprocess.CompletedProcess[str]:
        words = [*COMMAND, "evaluate", *options, str(tmp_path / "t.json")]
        line = " ".join(words) + redirection
        return subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False, timeout=120)

    assert shell(" <&-").returncode == 0
    for form in ("json", "jsonl", "csv", "pretty"):
        full = shell(" >/dev/full", "--format", form)
        assert (full.returncode, full.stderr) == (2, "the output can't be written: no space left on device\n")


def test_a_terminal_of_few_characters_gets_what_it_can_show(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(GOOD | {"id": "é"}), "utf-8")
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = run("evaluate", "t.json", "--format", "pretty", "--lang", "fr", cwd=tmp_path, **ascii_only)
    assert (done.returncode, done.stderr) == (0, "")
    # JSON is UTF-8 everywhere.
    assert (
        '"ticket": "é"' in run("evaluate", "t.json", "--format", "jsonl", cwd=tmp_path, **ascii_only).stdout
    )


def test_a_ticket_cannot_move_the_cursor() -> None:
    done = run("evaluate", "--format", "pretty", stdin=json.dumps(GOOD | {"id": "a\x1b[2Jb"}))
    assert "\x1b" not in done.stdout
    bad = run("evaluate", stdin=json.dumps({"plan": "a\x1b[2Jb"}))
    assert "\x1b" not in bad.stderr
    for value in ("9" * 5000, "NaN", '"\\ud800"'):
        done = run("evaluate", "--format", "jsonl", stdin=f'{{"id": {value}}}')
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        json.loads(done.stdout)


def test_schemas_are_printed_and_hold() -> None:
    names = run("schema").stdout.split()
    assert {"ticket", "decision", "findings", "plans", "tests"} <= set(names)
    for name in names:
        Draft202012Validator.check_schema(json.loads(run("schema", name).stdout))
    ticket = json.loads(run("schema", "ticket", "--policy", str(HARBOURLINE)).stdout)
    assert "seats_down" in ticket["properties"]


def test_schemas_are_written_for_an_editor(tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "plans.schema.json").write_text("old", "utf-8")
    (tmp_path / "schema" / "mine.json").write_text("mine", "utf-8")
    for _ in range(2):
        done = run("schema", "--write", "schema", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "wrote 10 schemas into schema\n"
    assert (tmp_path / "schema" / "mine.json").read_text("utf-8") == "mine"
    # Those of the repository, byte for byte, from the installed package.
    source = ROOT / "schema"
    written = {file.name: file.read_bytes() for file in (tmp_path / "schema").glob("*.schema.json")}
    assert written == {file.name: file.read_bytes() for file in source.glob("*.schema.json")}
    (tmp_path / "file").write_text("", "utf-8")
    bad = run("schema", "--write", "file/schema", cwd=tmp_path)
    assert bad.returncode == 2 and "can't write into `file/schema`: not a directory" in bad.stderr
    assert "not both" in run("schema", "plans", "--write", "x", cwd=tmp_path).stderr


def test_help_and_version() -> None:
    assert "Exit codes: 0 done, 1 findings" in run("--help").stdout
    assert run("--version").stdout.startswith("supportrules, version ")
    assert "are files of JSON" in run("evaluate", "-h").stdout


def test_a_fault_of_the_program_is_one_plain_message() -> None:
    code = (
        "import sys, supportrules.cli as c, supportrules.cli.check\n"
        "def fail(*a, **k): raise ZeroDivisionError('boom')\n"
        "sys.modules['supportrules.cli.check'].load_policy = fail\n"
        "sys.exit(c.run(sys.argv[1:]))"
    )
    done = subprocess.run([sys.executable, "-c", code, "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 70
    assert "a fault of its own" in done.stderr and "Traceback" not in done.stderr
    debug = subprocess.run(
        [sys.executable, "-c", code, "--debug", "check"], capture_output=True, text=True, check=False
    )
    assert "Traceback" in debug.stderr
    for form, start in (("json", "{"), ("sarif", "{"), ("github", "::error "), ("junit", "<?xml ")):
        line = [sys.executable, "-c", code, "check", "--format", form]
        told = subprocess.run(line, capture_output=True, text=True, check=False)
        assert (told.returncode, told.stderr) == (70, done.stderr)
        assert told.stdout.startswith(start) and "boom" in told.stdout


def test_a_policy_is_shown_as_tables() -> None:
    everything = run("show")
    assert (everything.returncode, everything.stderr) == (0, "")
    titles = ["Plans: Small Business", "Severity levels", "Targets: response", "Channels: technical", "Hours"]
    titles += ["Facts of a ticket", "Types of issue: technical"]
    found = everything.stdout.splitlines()
    assert [line for line in found if line in titles] == titles
    assert max(map(len, found)) <= 100
    plural = run("show", "targets", "--lang", "fr").stdout
    assert plural.startswith("Délais\u00a0: réponse\n")
    assert run("show", "target", LC_ALL="fr_FR.UTF-8").stdout == plural
    assert run("show", "Issue_Type").stdout == run("show", "issue-types").stdout
    assert "(RT-1, RT-2)" in run("show", "targets", "--clauses").stdout
    # Harbourline has no types of issue.
    other = run("show", "--policy", str(HARBOURLINE), "--format", "markdown").stdout
    assert "## Channels\n" in other and "Types of issue:" not in other


def test_tables_that_nobody_reads_to_their_end_or_that_do_not_fit() -> None:
    line = " ".join([*COMMAND, "show"])

    def shell(redirection: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", line + redirection], capture_output=True, text=True, check=False, timeout=120
        )

    assert shell(" | head -1").stderr == ""
    for form in ("pretty", "markdown", "json"):
        full = shell(f" --format {form} >/dev/full")
        assert (full.returncode, full.stderr) == (2, "the output can't be written: no space left on device\n")
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    assert run("show", "channels", "--lang", "fr", cwd=None, **ascii_only).returncode == 0


def test_a_policy_is_shown_as_data() -> None:
    done = run("show", "channels", "--format", "json")
    data = json.loads(done.stdout)
    assert done.stdout == run("show", "channels", "--format", "json", "--lang", "fr", "--clauses").stdout
    assert {table["topic"] for table in data["tables"]} == {"channels"}
    end_user = data["tables"][0]["rows"][3]
    assert end_user["requester"]["value"] == ["end_user"]
    assert end_user["phone"] == {
        "value": {"eligible": False, "hours": None},
        "text": {"en": "no", "fr": "non"},
        "source": ["RS-1"],
        "basis": "stated",
    }


# Traces


def test_trace_shows_clauses_and_rules_in_every_form() -> None:
    pretty = run("trace", "SV-B1", "severity.examples.mail_unreachable", "--lang", "en")
    assert (pretty.returncode, pretty.stderr) == (0, "")
    assert pretty.stdout.startswith("SV-B1  Example of B in mail\n")
    assert "\nseverity.examples.mail_unreachable\n" in pretty.stdout
    assert "what has none" not in pretty.stdout
    french = run("trace", "SV-B1", "--format", "markdown", "--lang", "fr")
    assert french.stdout.startswith("## SV-B1  Exemple de B pour le courrier\n")
    data = json.loads(run("trace", "SV-B1", "--format", "json").stdout)
    assert list(data) == ["policy", "clauses", "rules", "cases"]
    (clause,) = data["clauses"]
    assert (clause["clause"], data["rules"]) == ("SV-B1", [])
    assert "one user cannot reach their mail at all" in clause["listed"]
    assert data["cases"].keys() == {*clause["listed"], *clause["stood"]}


def test_trace_shows_all_and_what_is_missing() -> None:
    everything = run("trace", "--policy", str(HARBOURLINE), "--lang", "en").stdout
    for number in ("F-1", "L-1", "L-2", "L-3", "C-1", "T-1", "H-1", "H-5", "N-1", "N-3", "R-1"):
        assert f"\n{number}  " in f"\n{everything}"
    missing = run("trace", "--policy", str(HARBOURLINE), "--lang", "en", "--missing").stdout
    assert missing.startswith("what has none\n")
    assert everything.endswith(f"\n\n{missing}")
    data = json.loads(run("trace", "--missing", "--format", "json").stdout)
    assert list(data) == ["policy", "missing"]
    assert "LG-1" in data["missing"]["not_a_rule"]
    whole = json.loads(run("trace", "--format", "json").stdout)
    assert list(whole) == ["policy", "clauses", "rules", "cases", "missing"]
    assert whole["missing"] == data["missing"]


def test_a_name_of_several_rules_traces_them_all() -> None:
    data = json.loads(
        run("trace", "severity.fallback", "severity.customer_choice", "--format", "json").stdout
    )
    rules = [rule["rule"] for rule in data["rules"]]
    assert len(rules) >= 2
    assert all(rule.startswith(("severity.fallback.", "severity.customer_choice")) for rule in rules)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["SV-B9"], 2, "no clause and no rule `SV-B9`: did you mean "),
        (["severity.examples.mail_unreachabel"], 2, "did you mean `severity.examples.mail_unreachable`?"),
        (["zzzzzz"], 2, "`supportrules trace` without a name shows all"),
        (["SV-B1", "--missing"], 2, "Name clauses, or give --missing"),
        (["--lang", "de"], 2, "this policy has en, fr"),
        (["--policy", "nowhere"], 3, "no such directory"),
    ],
)
def test_trace_says_what_it_does_not_take(arguments: list[str], code: int, message: str) -> None:
    done = run("trace", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr


def test_trace_needs_cases_that_are_sound(tmp_path: Path) -> None:
    edited(tmp_path, "policy", "harbourline-support", "harbourline-support", HARBOURLINE)
    done = run("trace", "--policy", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{tmp_path}/tests: no test cases here")
    (tmp_path / "tests").mkdir()
    text = "cases:\n  - {name: n, ticket: {plan: prro}, clauses: [L-9], expect: {severity: low}}\n"
    (tmp_path / "tests" / "a.yaml").write_text(text)
    done = run("trace", "--policy", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{tmp_path}/tests/a.yaml:2:30: unknown plan `prro`: did you mean `pro`?" in done.stderr
    assert f"{tmp_path}/tests/a.yaml:2:47: unknown clause `L-9`: did you mean " in done.stderr
