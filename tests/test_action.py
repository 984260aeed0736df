"""The GitHub Action: its script on a pull request in a repository, with a stand-in for the API of comments.

Where a test is about what `check` and `test` find, they run; where it is about the comment, they are canned.
"""

from __future__ import annotations

import json
import os
import random
import re
import runpy
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from supportrules.policy.starter import STARTER

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "action" / "pull_request.py"
NAMES = runpy.run_path(str(SCRIPT))
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
BOT, TOKEN, PULL = "github-actions[bot]", "a-token", 7
BETTER = {"answer": "severity", "aspect": "value", "new": "A", "verdict": "better"}
WORSE = {"answer": "response", "aspect": "value", "new": None, "verdict": "worse"}
GOOD = {
    "check": [0, "no problems\n", ""],
    "test github": [0, "17 tests: 17 passed\n", ""],
    "test json": [0, '{"coverage": {"covered": 9, "total": 10, "percent": 90}}', ""],
    "diff markdown": [0, "### What changes\n\nAn answer in six hours.\n", ""],
}


# A stand-in for GitHub


@dataclass
class GitHub:
    """The comments of one pull request."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    read_only: bool = False
    url: str = ""

    def add(self, author: str | None, body: str) -> dict[str, Any]:
        user = None if author is None else {"login": author}
        self.comments.append({"id": 1000 + len(self.comments), "user": user, "body": body})
        return self.comments[-1]

    @property
    def writes(self) -> list[tuple[str, str]]:
        return [request for request in self.requests if request[0] != "GET"]

    def answer(self, method: str, path: str, headers: Any, body: Any) -> tuple[int, Any, str]:
        self.requests.append((method, path))
        if headers["Authorization"] != f"Bearer {TOKEN}" or "json" not in headers["Accept"]:
            return 401, {"message": "Bad credentials"}, ""
        parts = urlsplit(path)
        listed = f"/repos/acme/support/issues/{PULL}/comments"
        if method == "GET" and parts.path == listed:
            query = {name: int(values[0]) for name, values in parse_qs(parts.query).items()}
            size, page = min(query.get("per_page", 30), 100), query.get("page", 1)
            last = -(-len(self.comments) // size)
            link = f'<{self.url}{listed}?page={page + 1}>; rel="next"' if page < last else ""
            return 200, self.comments[(page - 1) * size : page * size], link
        if self.read_only:
            return 403, {"message": "Resource not accessible by integration"}, ""
        if len(body["body"]) > 65_536:
            return 422, {"message": "Validation Failed"}, ""
        if method == "POST" and parts.path == listed:
            return 201, self.add(BOT, body["body"]), ""
        found = re.fullmatch(r"/repos/acme/support/issues/comments/(\d+)", parts.path)
        comment = next((c for c in self.comments if found and c["id"] == int(found[1])), None)
        if method != "PATCH" or comment is None:
            return 404, {"message": "Not Found"}, ""
        comment["body"] = body["body"]
        return 200, comment, ""


@pytest.fixture
def github() -> Iterator[GitHub]:
    found = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, data, link = found.answer(self.command, self.path, self.headers, body)
            self.send_response(status)
            if link:
                self.send_header("Link", link)
            self.end_headers()
            self.wfile.write(json.dumps(data).encode())

        do_POST = do_PATCH = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        server.shutdown()
        thread.join()


# A pull request


@dataclass
class Job:
    """A checkout of a pull request, and the program installed for it."""

    folder: Path
    github: GitHub
    base: str = ""
    canned: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def policy(self) -> Path:
        return self.folder / "repository" / "policies"

    @property
    def summary(self) -> Path:
        return self.folder / "summary.md"

    def git(self, *arguments: str) -> str:
        who = {f"GIT_{a}_{b}": "me@example.com" for a in ("AUTHOR", "COMMITTER") for b in ("NAME", "EMAIL")}
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=self.policy.parent, env=os.environ | who, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.policy / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    def calls(self) -> list[list[str]]:
        path = self.folder / "bin" / "calls"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def run(self, event: Any = None, **inputs: str) -> subprocess.CompletedProcess[str]:
        if event is None:
            event = {"pull_request": {"number": PULL, "base": {"sha": self.base}}}
        (self.folder / "event.json").write_text(json.dumps(event), "utf-8")
        (self.folder / "bin" / "canned.json").write_text(json.dumps(self.canned), "utf-8")
        given = {name: str(each["default"]) for name, each in ACTION["inputs"].items()} | {"token": TOKEN}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        environment = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "no_proxy": "127.0.0.1",
            "GITHUB_API_URL": self.github.url,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_REPOSITORY": "acme/support",
            "GITHUB_RUN_ID": "42",
            "GITHUB_SERVER_URL": "https://github.example.com",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.policy.parent),
        }
        expression = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")
        for name, value in ACTION["runs"]["steps"][-1]["env"].items():
            environment[name] = expression.sub(lambda found: given[found[1]], value)
        command = [str(self.folder / "bin" / "python"), str(SCRIPT)]
        return subprocess.run(
            command, cwd=self.policy.parent, env=environment, capture_output=True, text=True, check=False
        )


STAND_IN = """#!{python}
import json, os, sys
from pathlib import Path

here = Path(__file__).parent
with (here / "calls").open("a") as calls:
    print(json.dumps(sys.argv[1:]), file=calls)
canned = json.loads((here / "canned.json").read_text())
command, *arguments = sys.argv[1:]
form = arguments[arguments.index("--format") + 1]
found = canned.get(f"{{command}} {{form}}") or canned.get(command)
if found is None:
    os.execv({real!r}, [{real!r}, *sys.argv[1:]])
code, out, told = found
sys.stdout.write(out)
sys.stderr.write(told)
sys.exit(code)
"""


@pytest.fixture
def job(tmp_path: Path, github: GitHub) -> Job:
    """A pull request that changes nothing yet; the comparison is canned."""
    found = Job(tmp_path, github, canned={"diff markdown": GOOD["diff markdown"]})
    (tmp_path / "bin").mkdir()
    # The script runs the command that is beside its Python.
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    command = tmp_path / "bin" / "supportrules"
    real = str(Path(sys.executable).with_name("supportrules"))
    command.write_text(STAND_IN.format(python=sys.executable, real=real), "utf-8")
    command.chmod(0o755)
    shutil.copytree(STARTER, found.policy)
    found.git("init", "--quiet")
    found.git("add", ".")
    found.git("commit", "--quiet", "-m", "base")
    found.base = found.git("rev-parse", "HEAD")
    return found


@pytest.fixture
def quick(job: Job) -> Job:
    """One where everything is canned, and good."""
    job.canned = dict(GOOD)
    return job


# What is found


def test_a_good_change_is_told_with_its_meaning_and_coverage(job: Job, github: GitHub) -> None:
    job.edit("response_targets.yaml", "target: PT1H", "target: PT45M")
    (job.policy / "tests" / "response.yaml").unlink()
    done = job.run(tickets="export.csv", lang="en", coverage_threshold="10")
    assert (done.returncode, done.stderr) == (0, "")
    assert "::error" not in done.stdout
    comment = github.comments[0]["body"]
    lines = comment.splitlines()
    assert lines[:2] == ["<!-- supportrules: policies -->", "## Support policy `policies`"]
    assert "| check | ✅ | no problems |" in lines
    tests = len(re.findall("- name:", "".join(p.read_text() for p in (job.policy / "tests").iterdir())))
    assert f"| tests | ✅ | {tests} tests: {tests} passed |" in lines
    (coverage,) = [line for line in lines if line.startswith("| coverage")]
    numbers = [int(n) for n in re.findall(r"\d+", coverage)]
    # Without the tests of responses, some cells are shown by none; in the base all are.
    percent, covered, total = numbers[:3]
    assert percent == 100 * covered // total < 100
    assert numbers[3:] == [100, total, total, 10]
    assert "✅" in coverage
    assert comment.endswith("### What changes\n\nAn answer in six hours.\n")
    assert job.summary.read_text("utf-8") == comment.partition("\n")[2]
    before = f"{job.base[:10]}:policies"
    assert [call for call in job.calls() if call[0] == "diff"] == [
        ["diff", before, "policies", "--format", "markdown", "--tickets", "export.csv", "--lang", "en"]
    ]


def test_the_comment_tells_the_meaning_of_one_cell_for_customers_and_for_real_tickets(
    job: Job, github: GitHub
) -> None:
    job.canned = {name: GOOD[name] for name in ("check", "test github", "test json")}
    old, new = "target: PT1H", "target: PT90M"
    job.edit("response_targets.yaml", old, new)
    ticket = {"plan": "plus", "impact": "stopped", "affected": "everybody"}
    (job.policy.parent / "tickets.json").write_text(json.dumps(ticket), "utf-8")
    done = job.run(tickets="tickets.json", fail_on="worse")
    assert done.returncode == 1, done.stdout
    comment = github.comments[0]["body"]
    assert "❌ Blocked by `fail-on: worse`: answers get worse (`response`)." in comment
    assert "1 change of answers: **1 worse**" in comment
    assert "- **worse**: 1 hour (any time) → **1 hour 30 minutes (any time)**" in comment
    assert "1 of 1 tickets gets another answer" in comment
    place = f"{job.base[:10]}:policies/response_targets.yaml:"
    assert place in comment and f"`target`: {old[8:]} → **{new[8:]}**" in comment
    assert job.run(tickets="tickets.json", fail_on="never").returncode == 0
    assert len(github.comments) == 1


def test_failing_tests_block_and_are_told_at_their_lines(job: Job, github: GitHub) -> None:
    job.canned |= {name: GOOD[name] for name in ("check", "test json")}
    job.edit("response_targets.yaml", "target: PT4H", "target: PT6H")
    done = job.run()
    assert done.returncode == 1
    where = r"^::error file=policies/tests/response.yaml,line=4,col=5,title=Standard%2C urgent.*::response.target: "
    assert re.search(where, done.stdout, re.MULTILINE)
    comment = github.comments[0]["body"]
    assert re.search(r"^\| tests \| ❌ \| 17 tests: 15 passed, 2 failed \|$", comment, re.MULTILINE)
    # Listed as they are, and the meaning is told all the same.
    assert re.search(
        r'^policies/tests/response.yaml:4:5: error: .*: response.target: expected "PT4H"', comment, re.M
    )
    assert re.search(r'^    response.due_at_local: expected "2026-03-09T11:00:00', comment, re.M)
    assert "An answer in six hours." in comment


def test_a_policy_that_does_not_load_is_neither_tested_nor_compared(job: Job, github: GitHub) -> None:
    job.edit("plans.yaml", "column: standard", "column: standart")
    done = job.run(fail_on="any")
    assert done.returncode == 3
    assert re.search(r"^::error file=policies/plans.yaml,line=\d+,col=\d+,", done.stdout, re.MULTILINE)
    assert {call[0] for call in job.calls()} == {"check"}
    comment = github.comments[0]["body"]
    assert "unknown column `standart`: did you mean `standard`?" in comment
    assert "neither tested nor compared" in comment


@pytest.mark.parametrize(("strict", "code"), [("false", 0), ("true", 1)])
def test_warnings_block_if_that_is_asked_for(job: Job, strict: str, code: int) -> None:
    job.canned |= {"test github": GOOD["test github"], "test json": GOOD["test json"]}
    job.edit("plans.yaml", "column: standard", "review_by: 2020-01-01\n    column: standard")
    done = job.run(strict=strict)
    assert done.returncode == code
    assert re.search(r"^::warning file=policies/plans.yaml,", done.stdout, re.MULTILINE)


def test_too_little_coverage_blocks(job: Job, github: GitHub) -> None:
    job.canned |= {"check": GOOD["check"]}
    (job.policy / "tests" / "response.yaml").unlink()
    done = job.run(coverage_threshold="100")
    assert done.returncode == 1
    assert re.search(
        r"^::error title=supportrules::coverage is \d+ %25, which is less than", done.stdout, re.M
    )
    assert re.search(
        r"^\| coverage \| ❌ .* at least 100 % is asked for \|$", github.comments[0]["body"], re.M
    )


def test_a_new_policy_is_not_compared(job: Job, github: GitHub) -> None:
    shutil.copytree(job.policy, job.policy.parent / "second")
    job.canned |= {name: GOOD[name] for name in ("check", "test github")}
    done = job.run(policy="./second/", fail_on="any")
    assert done.returncode == 0
    assert "diff" not in {call[0] for call in job.calls()}
    comment = github.comments[0]["body"]
    assert comment.startswith("<!-- supportrules: second -->\n")
    assert "This policy is new" in comment
    assert "base:" not in comment


def test_a_directory_is_named_as_revisions_name_it(quick: Job, github: GitHub) -> None:
    assert quick.run(policy="./policies/").returncode == 0
    assert [call[1:3] for call in quick.calls() if call[0] == "diff"] == [
        [f"{quick.base[:10]}:policies", "policies"]
    ]
    assert github.comments[0]["body"].startswith("<!-- supportrules: policies -->\n")


def test_a_policy_at_the_root_is_compared_too(quick: Job) -> None:
    for file in quick.policy.iterdir():
        file.rename(quick.policy.parent / file.name)
    quick.git("add", ".")
    quick.git("commit", "--quiet", "-m", "moved")
    base = quick.git("rev-parse", "HEAD")
    assert quick.run(policy=".", base=base).returncode == 0
    assert [call[1:3] for call in quick.calls() if call[0] == "diff"] == [[f"{base[:10]}:.", "."]]


def test_a_base_that_does_not_load_is_told_and_blocks_nothing(quick: Job, github: GitHub) -> None:
    quick.canned |= {"diff": [3, "", "old.yaml: broken\n"], "test json": [3, "", ""]}
    del quick.canned["diff markdown"]
    done = quick.run(fail_on="any")
    assert done.returncode == 0
    assert "The policy of the base does not load" in github.comments[0]["body"]


@pytest.mark.parametrize(
    ("meaning", "blocked_by"),
    [
        ({}, {}),
        ({"changes": [BETTER]}, {"any": "answers change (`severity`)"}),
        (
            {"changes": [BETTER, WORSE, WORSE, WORSE | {"answer": "channels.phone"}]},
            {
                "any": "answers change (`severity`, `response`, `channels.phone`)",
                "worse": "answers get worse (`response`, `channels.phone`)",
            },
        ),
        (
            {"changes": [WORSE | {"verdict": "other", "new": {"no_answer": "fault"}}]},
            {"any": "answers change (`response`)", "worse": "answers are lost (`response`)"},
        ),
        (
            {"changes": [BETTER | {"aspect": "basis", "verdict": "other", "new": "stated"}]},
            {"any": "answers rest on another basis (`severity`)"},
        ),
        (
            {"hours": [{"hours": "days", "verdict": "worse"}, {"hours": "late", "verdict": "other"}]},
            {"any": "hours change (`days`, `late`)", "worse": "hours get worse (`days`)"},
        ),
        (
            {"one_sided": [{"fact": "plan", "taken": "new", "changes": [WORSE]}]},
            {"any": "tickets are read differently (`plan`)"},
        ),
        (
            {
                "one_sided": [{"fact": "plan", "taken": "old", "changes": []}],
                "readings": [{"fact": "plan"}, {"fact": "country"}],
            },
            {
                "any": "tickets are read differently (`plan`, `country`)",
                "worse": "values are no longer taken (`plan`)",
            },
        ),
        (
            {"changes": [WORSE], "not_compared": {"severity": {"why": "size", "facts": ["plan"]}}},
            {
                "any": "answers change (`response`); answers could not be compared (`severity`)",
                "worse": "answers get worse (`response`); answers could not be compared (`severity`)",
            },
        ),
    ],
)
@pytest.mark.parametrize("fail_on", ["never", "any", "worse"])
def test_a_change_of_meaning_blocks_where_it_is_asked_for(
    quick: Job, github: GitHub, meaning: Any, blocked_by: dict[str, str], fail_on: str
) -> None:
    nothing: dict[str, Any] = {
        "changes": [],
        "hours": [],
        "one_sided": [],
        "readings": [],
        "not_compared": {},
    }
    told = {"text": [{"verdict": "worse"}], "meaning": nothing | meaning}
    quick.canned["diff json"] = [0, json.dumps(told), ""]
    done = quick.run(fail_on=fail_on)
    assert done.returncode == (fail_on in blocked_by)
    comment = github.comments[0]["body"]
    assert ("Blocked" in comment) == ("Blocked" in done.stdout) == (fail_on in blocked_by)
    if fail_on in blocked_by:
        said = f"Blocked by `fail-on: {fail_on}`: {blocked_by[fail_on]}."
        assert f"\n❌ {said}\n" in comment
        assert f"::error title=supportrules::{said}\n" in done.stdout


def test_a_comparison_that_fails_is_no_success(quick: Job) -> None:
    quick.canned["diff markdown"] = [2, "", "export.csv: no such file\n"]
    done = quick.run(tickets="export.csv")
    assert done.returncode == 2
    assert "::error title=supportrules::export.csv: no such file" in done.stdout


def test_a_base_that_is_not_in_the_clone_is_told_with_what_helps(quick: Job) -> None:
    done = quick.run(base="0" * 40)
    assert done.returncode == 2
    assert "fetch-depth: 0" in done.stdout


@pytest.mark.parametrize(
    "wrong", [{"strict": "yes"}, {"comment": ""}, {"fail_on": "better"}, {"coverage_threshold": "80%"}]
)
def test_a_wrong_input_is_an_error(quick: Job, wrong: dict[str, str]) -> None:
    done = quick.run(**wrong)
    assert done.returncode == 2
    ((name, value),) = wrong.items()
    assert (
        f"`{name.replace('_', '-')}` is" in done.stdout
        and f"not `{value}`".replace("%", "%25") in done.stdout
    )


def test_outside_a_pull_request_there_is_no_comment(quick: Job, github: GitHub) -> None:
    done = quick.run(event={"ref": "refs/heads/main"})
    assert (done.returncode, github.requests) == (0, [])
    assert "There is no base to compare with." in quick.summary.read_text("utf-8")


def test_it_speaks_french(quick: Job, github: GitHub) -> None:
    assert quick.run(lang="fr").returncode == 0
    assert "## Politique d'assistance `policies`" in github.comments[0]["body"]
    assert all(call[-2:] == ["--lang", "fr"] or "fr" in call or "json" in call for call in quick.calls())
    words = NAMES["WORDS"]
    assert words["en"].keys() == words["fr"].keys()
    for key, text in words["en"].items():
        assert set(re.findall("{.*?}", text)) == set(re.findall("{.*?}", words["fr"][key]))


def test_text_from_a_policy_is_no_command_of_the_workflow(quick: Job) -> None:
    quick.canned["check"] = [3, "", "policies/plans.yaml:3:1: wrong\n    ::add-mask::a\n"]
    done = quick.run()
    assert done.returncode == 3
    before, _, rest = done.stdout.partition("    ::add-mask::a\n")
    stopped = re.findall(r"^::stop-commands::(\w+)$", before, re.M)
    assert rest.startswith(f"::{stopped[-1]}::\n")
    assert "::add-mask" not in rest.replace("%0A    ::add-mask", "")


# The comment


def test_the_comment_is_kept_up_to_date_and_others_are_left_alone(quick: Job, github: GitHub) -> None:
    marker = "<!-- supportrules: policies -->\n"
    others = [
        github.add("somebody", "fine by me"),
        github.add("somebody", f"{marker}my own words"),
        github.add(BOT, f"> {marker}quoted"),
        github.add(BOT, "<!-- supportrules: second -->\nanother policy"),
        github.add(None, f"{marker}by a user who is gone"),
    ]
    before = [dict(comment) for comment in others]
    assert quick.run().returncode == 0
    assert github.writes == [("POST", f"/repos/acme/support/issues/{PULL}/comments")]
    mine = github.comments[-1]

    # The same again writes nothing, also where GitHub has it with other line ends.
    mine["body"] = mine["body"].strip().replace("\n", "\r\n")
    assert quick.run().returncode == 0
    assert len(github.writes) == 1

    quick.canned["diff markdown"] = [0, "Nothing changes.\n", ""]
    assert quick.run().returncode == 0
    assert github.writes[1:] == [("PATCH", f"/repos/acme/support/issues/comments/{mine['id']}")]
    assert mine["body"].endswith("\n\nNothing changes.\n")
    assert github.comments[:-1] == before


def test_the_comment_is_found_on_a_later_page(quick: Job, github: GitHub) -> None:
    for number in range(230):
        github.add("somebody", f"remark {number}")
    github.comments.insert(215, github.add(BOT, "<!-- supportrules: policies -->\nold"))
    github.comments.pop()
    before = len(github.comments)
    assert quick.run().returncode == 0
    assert [method for method, _ in github.requests] == ["GET", "GET", "GET", "PATCH"]
    assert len(github.comments) == before
    assert "An answer in six hours." in github.comments[215]["body"]


@pytest.mark.parametrize("failed", [False, True])
def test_a_comment_that_can_t_be_written_blocks_nothing(quick: Job, github: GitHub, failed: bool) -> None:
    if failed:
        quick.canned["test github"] = [1, "::error title=a::b\n1 test: 0 passed, 1 failed\n", ""]
    github.read_only = True
    done = quick.run()
    assert done.returncode == failed
    (warning,) = [line for line in done.stdout.splitlines() if line.startswith("::warning")]
    assert "403" in warning and "pull-requests: write" in warning
    assert github.comments == []
    # It is read nevertheless.
    assert "An answer in six hours." in quick.summary.read_text("utf-8")


def test_an_api_that_is_not_there_blocks_nothing(quick: Job, github: GitHub) -> None:
    github.url = "http://127.0.0.1:9"
    done = quick.run()
    assert done.returncode == 0
    assert "::warning title=supportrules::the comment was not written" in done.stdout


def test_no_comment_is_written_where_none_is_wanted(quick: Job, github: GitHub) -> None:
    assert quick.run(comment="false").returncode == 0
    assert github.requests == []


def test_a_long_comment_is_cut_and_says_where_the_rest_is(quick: Job, github: GitHub) -> None:
    lines = "".join(f"- été {number}\n" for number in range(10_000))
    quick.canned["diff markdown"] = [0, f"<details>\n\n```text\n{lines}```\n</details>\n", ""]
    assert quick.run().returncode == 0
    body = github.comments[0]["body"]
    assert len(body.encode()) <= 65_536 < len(body.encode()) + 100
    assert "(https://github.example.com/acme/support/actions/runs/42)" in body.splitlines()[-1]
    assert re.search(r"- été \d+\n```\n\n</details>\n\nThe rest", body)
    assert "- été 9999\n```\n" in quick.summary.read_text("utf-8")


@pytest.mark.parametrize("seed", range(100))
def test_what_is_cut_is_whole_lines_with_what_is_open_closed(seed: int) -> None:
    rng = random.Random(seed)
    kinds = ["a line\n", "é" * 30 + "\n", "\n", "<details><summary>s</summary>\n", "</details>\n"]
    text, depth, fence = "", 0, ""
    for _ in range(rng.randrange(5, 60)):
        line = rng.choice(kinds)
        if not fence and rng.random() < 0.2:
            fence = "`" * rng.randrange(3, 6)
            line = f"{fence}text\n"
        elif fence and rng.random() < 0.4:
            line, fence = f"{fence}\n", ""
        elif not fence:
            if line == "</details>\n" and not depth:
                continue
            depth += line.startswith("<details>") - (line == "</details>\n")
        text += line
    text += (f"{fence}\n" if fence else "") + "</details>\n" * depth
    cut = NAMES["cut"]
    most = rng.randrange(150, len(text.encode()) + 200)
    found = cut(text, most, "the rest")
    assert len(found.encode()) <= most
    if len(text.encode()) <= most:
        assert found == text
        return
    assert found.endswith("\nthe rest\n")
    kept = found.removesuffix("\nthe rest\n")
    pairs = zip(kept.splitlines(), text.splitlines(), strict=False)
    whole = list(takewhile(lambda pair: pair[0] == pair[1], pairs))
    added = kept.splitlines()[len(whole) :]
    assert all(line.strip("`\n") in ("", "</details>") for line in added)
    # Read as Markdown reads it: every fence and every fold is closed.
    depth, fence = 0, ""
    for line in kept.splitlines():
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if fence:
            fence = "" if line == ticks and len(ticks) >= len(fence) else fence
        elif len(ticks) >= 3:
            fence = ticks
        else:
            depth += line.startswith("<details>") - (line == "</details>")
    assert (depth, fence) == (0, "")


# action.yml


def test_the_action_is_well_formed() -> None:
    assert {"name", "description", "inputs", "runs"} <= ACTION.keys()
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert ("uses" in step) != ("run" in step)
        assert "run" not in step or step["shell"] == "bash"
        # What an input says is never part of a command.
        assert "${{" not in step.get("run", "")
    for given in ACTION["inputs"].values():
        assert given["description"].endswith(".") or given["description"].endswith("`.")
        assert isinstance(given["default"], str)


def test_the_action_hands_on_exactly_the_inputs_that_the_script_reads() -> None:
    names = [*NAMES["Inputs"].__dataclass_fields__]
    step = ACTION["runs"]["steps"][-1]
    assert step["run"].rstrip().endswith('"$GITHUB_ACTION_PATH/action/pull_request.py"')
    expected = {f"INPUT_{name.upper()}": f"${{{{ inputs.{name.replace('_', '-')} }}}}" for name in names}
    assert step["env"] == expected
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(ACTION["runs"])))
    assert used == set(ACTION["inputs"])
    assert used - {name.replace("_", "-") for name in names} == {"python-version", "version"}


def test_the_documentation_names_every_input_with_its_default() -> None:
    page = (ROOT / "docs" / "ci.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \|(?: (.*?))? \| .* \|$", page, re.MULTILINE))
    assert ACTION["inputs"].keys() <= rows.keys()
    for name, given in ACTION["inputs"].items():
        default = given["default"]
        # What an expression or an empty text stands for is said in words.
        assert (f"`{default}`" == rows[name]) == (bool(default) and "${{" not in default), name
