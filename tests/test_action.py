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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from folders import ROOT
from supportrules.policy.starter import STARTER

SCRIPT = ROOT / "action" / "pull_request.py"
NAMES = runpy.run_path(str(SCRIPT))
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
BOT, TOKEN, PULL = "github-actions[bot]", "a-token", 7
BETTER = {"answer": "severity", "aspect": "value", "new": "A", "verdict": "better"}
WORSE = {"answer": "promises.response", "aspect": "value", "new": None, "verdict": "worse"}
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

    @staticmethod
    def pull_request(head: str, base: str, into: str = "main") -> dict[str, Any]:
        return {"pull_request": {"number": PULL, "head": {"sha": head}, "base": {"sha": base, "ref": into}}}

    def commit(self, message: str = "a change") -> str:
        self.git("add", "-A")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.policy / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    def calls(self) -> list[list[str]]:
        path = self.folder / "bin" / "calls"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def run(
        self, event: Any = None, ref: str = "", more: Mapping[str, str] = MappingProxyType({}), **inputs: str
    ) -> subprocess.CompletedProcess[str]:
        if event is None:
            # As where the head of the pull request is checked out.
            event = self.pull_request(self.git("rev-parse", "HEAD"), self.base)
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
            "GITHUB_REF": ref,
            "GITHUB_REPOSITORY": "acme/support",
            "GITHUB_RUN_ID": "42",
            "GITHUB_SERVER_URL": "https://github.example.com",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.policy.parent),
        }
        expression = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")
        for name, value in ACTION["runs"]["steps"][-1]["env"].items():
            environment[name] = expression.sub(lambda found: given[found[1]], value)
        environment |= more
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
    found.git("init", "--quiet", "--initial-branch=main")
    found.git("add", ".")
    found.git("commit", "--quiet", "-m", "base")
    found.base = found.git("rev-parse", "HEAD")
    return found


@pytest.fixture
def quick(job: Job) -> Job:
    """One where everything is canned, and good."""
    job.canned = dict(GOOD)
    return job


# What it is compared with


@pytest.fixture
def moved_on(quick: Job) -> Job:
    """A pull request of one commit, whose base branch got two others since; `base` is where it began."""
    quick.git("checkout", "--quiet", "-b", "change")
    quick.edit("plans.yaml", "column: standard", "column:  standard")
    quick.commit("mine")
    quick.git("checkout", "--quiet", "main")
    for number in (1, 2):
        (quick.policy / "other.txt").write_text(str(number), "utf-8")
        quick.commit("another's")
    quick.git("update-ref", "refs/remotes/origin/main", "main")
    return quick


def compared_with(job: Job, done: subprocess.CompletedProcess[str]) -> str:
    """The commit, by its name for a revision."""
    assert done.returncode == 0, done.stdout
    (diff,) = [call for call in job.calls() if call[0] == "diff"]
    short, _, inside = diff[1].partition(":")
    assert (inside, diff[2]) == ("policies", "policies")
    return job.git("rev-parse", short)


def test_a_merge_is_compared_with_what_it_was_merged_into(moved_on: Job) -> None:
    into, head = moved_on.git("rev-parse", "main", "change").split()
    # The event is older than the merge, and the branch newer.
    event = moved_on.pull_request(head, moved_on.base)
    moved_on.git("checkout", "--quiet", "--detach", "main")
    moved_on.git("merge", "--quiet", "--no-ff", "-m", f"Merge {head} into {into}", "change")
    moved_on.git(
        "update-ref",
        "refs/remotes/origin/main",
        moved_on.git("commit-tree", "main^{tree}", "-p", "main", "-m", "x"),
    )
    assert compared_with(moved_on, moved_on.run(event, ref=f"refs/pull/{PULL}/merge")) == into


def test_a_merge_that_is_newer_than_the_event_is_known_by_its_subject(moved_on: Job) -> None:
    into, head = moved_on.git("rev-parse", "main", "change").split()
    event = moved_on.pull_request(moved_on.git("rev-parse", "change^"), moved_on.base)
    moved_on.git("update-ref", "-d", "refs/remotes/origin/main")
    moved_on.git("checkout", "--quiet", "--detach", "main")
    moved_on.git("merge", "--quiet", "--no-ff", "-m", f"Merge {head} into {into}", "change")
    assert compared_with(moved_on, moved_on.run(event)) == into


@pytest.mark.parametrize("base", ["main", "old"])
def test_a_head_is_compared_with_where_it_left_the_base(moved_on: Job, base: str) -> None:
    moved_on.git("checkout", "--quiet", "change")
    head, tip = moved_on.git("rev-parse", "change", "main").split()
    event = moved_on.pull_request(head, tip if base == "main" else moved_on.base)
    assert compared_with(moved_on, moved_on.run(event)) == moved_on.base


def test_a_head_that_took_in_its_base_is_no_merge_of_github(moved_on: Job) -> None:
    moved_on.git("checkout", "--quiet", "change")
    moved_on.git("merge", "--quiet", "--no-ff", "-m", "take in main", "main")
    # Its own first parent is its own work; and the event says less of the base branch than the clone.
    event = moved_on.pull_request(moved_on.git("rev-parse", "HEAD"), moved_on.base)
    assert compared_with(moved_on, moved_on.run(event)) == moved_on.git("rev-parse", "main")


def test_a_head_that_was_merged_since_is_compared_as_before(moved_on: Job) -> None:
    tip = moved_on.git("rev-parse", "main")
    moved_on.git("merge", "--quiet", "--no-ff", "-m", "merged", "change")
    moved_on.git("update-ref", "refs/remotes/origin/main", "main")
    moved_on.git("checkout", "--quiet", "change")
    event = moved_on.pull_request(moved_on.git("rev-parse", "HEAD"), tip)
    assert compared_with(moved_on, moved_on.run(event)) == moved_on.base


def test_what_is_given_wins(moved_on: Job) -> None:
    moved_on.git("checkout", "--quiet", "change")
    event = moved_on.pull_request(moved_on.git("rev-parse", "HEAD"), moved_on.base)
    tip = moved_on.git("rev-parse", "main")
    assert compared_with(moved_on, moved_on.run(event, base=tip)) == tip
    # A branch that was fetched, and is not checked out.
    moved_on.git("branch", "--quiet", "-D", "main")
    (moved_on.folder / "bin" / "calls").unlink()
    assert compared_with(moved_on, moved_on.run(event, base="main")) == tip


def test_other_events_are_compared_with_what_was_before(moved_on: Job) -> None:
    tip = moved_on.git("rev-parse", "main")
    zeros = "0" * 40
    repository = {"default_branch": "main"}
    for event, ref, at, expected in (
        ({"before": moved_on.base, "repository": repository}, "refs/heads/main", "main", moved_on.base),
        ({"before": tip, "forced": True, "repository": repository}, "refs/heads/main", "main~1", tip),
        ({"before": zeros, "repository": repository}, "refs/heads/change", "change", moved_on.base),
        (
            {"merge_group": {"base_sha": tip}, "repository": repository},
            "refs/heads/gh-readonly-queue/x",
            "main",
            tip,
        ),
        # Run by hand, on a branch.
        ({"repository": repository}, "refs/heads/change", "change", moved_on.base),
        # On what the default branch has there is nothing to compare with.
        ({"before": zeros, "repository": repository}, "refs/tags/v1", "main", ""),
        ({"repository": repository}, "refs/heads/main", "main", ""),
        ({"schedule": "0 6 * * 1"}, "refs/heads/main", "main", ""),
    ):
        moved_on.git("checkout", "--quiet", "--detach", at)
        done = moved_on.run(event, ref=ref)
        if expected:
            assert compared_with(moved_on, done) == expected
        else:
            assert done.returncode == 0
            assert moved_on.summary.read_text("utf-8").rstrip().endswith("There is no base to compare with.")
        (moved_on.folder / "bin" / "calls").unlink()


def test_a_commit_of_the_base_is_no_pull_request(moved_on: Job) -> None:
    """As `pull_request_target` checks it out."""
    event = moved_on.pull_request(moved_on.git("rev-parse", "change"), moved_on.git("rev-parse", "main"))
    done = moved_on.run(event, ref="refs/heads/main")
    assert done.returncode == 2
    assert "::error" in done.stdout and "none of the pull request" in done.stdout


# What can't be compared


def shallow(job: Job, depth: int, at: str) -> None:
    """Makes a checkout with so many commits, as actions/checkout does."""
    origin = job.folder / "origin"
    job.policy.parent.rename(origin)
    job.policy.parent.mkdir()
    job.git("init", "--quiet")
    job.git("fetch", "--quiet", f"--depth={depth}", f"file://{origin}", at)
    job.git("checkout", "--quiet", "--detach", "FETCH_HEAD")


def test_the_default_checkout_of_a_merge_is_refused_with_what_to_set(moved_on: Job) -> None:
    into, head = moved_on.git("rev-parse", "main", "change").split()
    event = moved_on.pull_request(head, moved_on.base)
    moved_on.git("merge", "--quiet", "--no-ff", "-m", f"Merge {head} into {into}", "change")
    shallow(moved_on, 1, "main")
    done = moved_on.run(event)
    assert done.returncode == 2
    assert (
        f"::error title=supportrules::the policy can't be compared: the base of the merge `{into}`"
        in done.stdout
    )
    assert "shallow: give actions/checkout `fetch-depth: 2`\n" in done.stdout
    moved_on.git("fetch", "--quiet", "--depth=2", f"file://{moved_on.folder / 'origin'}", "main")
    (moved_on.folder / "bin" / "calls").unlink()
    assert compared_with(moved_on, moved_on.run(event)) == into


@pytest.mark.parametrize("depth", [1, 2])
def test_a_head_without_its_history_is_refused_with_what_to_set(moved_on: Job, depth: int) -> None:
    event = moved_on.pull_request(*moved_on.git("rev-parse", "change", "main").split())
    shallow(moved_on, depth, "change")
    # The base branch is there or is not: where it was left is not known.
    for _ in range(2):
        done = moved_on.run(event)
        assert done.returncode == 2
        assert "::error" in done.stdout and "give actions/checkout `fetch-depth: 0`" in done.stdout
        moved_on.git(
            "fetch",
            "--quiet",
            "--depth=1",
            f"file://{moved_on.folder / 'origin'}",
            "main:refs/remotes/origin/main",
        )


def test_a_push_without_what_was_before_is_refused(moved_on: Job) -> None:
    event = {"before": moved_on.base, "repository": {"default_branch": "main"}}
    shallow(moved_on, 1, "main")
    done = moved_on.run(event, ref="refs/heads/main")
    assert done.returncode == 2 and "give actions/checkout `fetch-depth: 0`" in done.stdout


def test_a_base_that_is_not_there_is_refused_for_the_right_reason(quick: Job) -> None:
    done = quick.run(base="0" * 40)
    assert done.returncode == 2
    assert (
        "is not in this clone: fetch it, or give `base`" in done.stdout and "fetch-depth" not in done.stdout
    )


def test_what_git_says_is_shown_whole(quick: Job) -> None:
    refused = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "HOME": str(quick.folder)}
    done = quick.run(more=refused)
    assert done.returncode == 2
    (error,) = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert "detected dubious ownership" in error and "fetch-depth" not in error
    assert f"git config --global --add safe.directory {quick.policy.parent}" in error


def test_git_that_is_not_there_is_named(quick: Job) -> None:
    done = quick.run(event={"before": quick.base}, more={"PATH": str(quick.folder)})
    assert (done.returncode, done.stderr) == (2, "")
    assert "git can't be run: No such file or directory" in done.stdout and "fetch-depth" not in done.stdout


def test_what_is_no_repository_is_refused(quick: Job) -> None:
    event = quick.pull_request(quick.base, quick.base)
    shutil.rmtree(quick.policy.parent / ".git")
    done = quick.run(event)
    assert done.returncode == 2
    assert "run actions/checkout before this" in done.stdout and "not a git repository" in done.stdout


@pytest.fixture
def real(job: Job) -> Job:
    """One where the comparison is real."""
    job.canned = {"check github": GOOD["check"]} | {name: GOOD[name] for name in ("test github", "test json")}
    return job


def worse(job: Job) -> None:
    job.edit("response_targets.yaml", "target: PT1H", "target: PT90M")


@pytest.mark.parametrize(
    "links", [{"policies/response_targets.yaml": "../shared/t.yaml"}, {"policies": "promises/first"}]
)
def test_a_policy_behind_links_is_compared(real: Job, links: dict[str, str]) -> None:
    root = real.policy.parent
    for place, target in links.items():
        to = Path(os.path.normpath((root / place).parent / target))
        to.parent.mkdir()
        (root / place).rename(to)
        (root / place).symlink_to(target)
    real.base = real.commit()
    worse(real)
    real.commit()
    done = real.run(fail_on="worse")
    assert done.returncode == 1, done.stdout
    assert "answers get worse (`promises.response`)" in done.stdout


def test_a_policy_that_became_a_link_is_compared(real: Job) -> None:
    worse(real)
    (real.policy.parent / "promises").mkdir()
    real.policy.rename(real.policy.parent / "promises" / "first")
    real.policy.symlink_to("promises/first")
    real.commit()
    assert real.run(fail_on="worse").returncode == 1


def test_a_policy_that_moved_is_compared_with_where_it_was(real: Job) -> None:
    worse(real)
    (real.policy.parent / "support").mkdir()
    real.git("mv", "policies", "support/promise")
    real.commit()
    done = real.run(policy="support/promise", fail_on="worse")
    assert done.returncode == 1, done.stdout
    assert f"{real.base[:10]}:policies" in {word for call in real.calls() for word in call}


@pytest.mark.parametrize("place", ["policies/plans.yaml", "policies"])
def test_a_base_that_can_t_be_read_is_not_taken_for_a_new_policy(
    real: Job, github: GitHub, place: str
) -> None:
    root = real.policy.parent
    (root / place).rename(root / "kept")
    (root / place).symlink_to("../" * (place.count("/") + 1) + "elsewhere")
    real.base = real.commit("a link that leaves")
    (root / place).unlink()
    (root / "kept").rename(root / place)
    real.commit("mended")
    done = real.run()
    assert done.returncode == 2
    (error,) = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert f"the link `{place}` leaves the repository" in error
    assert "could not be compared" in github.comments[0]["body"]


def test_a_submodule_is_compared_or_refused(real: Job) -> None:
    root, inner = real.policy.parent, real.folder / "inner"
    real.git("mv", "policies", str(root / "sub"))
    (root / "sub").rename(inner)
    made = Job(inner / "x", real.github)
    made.policy.parent.mkdir(parents=True)
    made.git("init", "--quiet", "--initial-branch=main")
    for file in list(inner.iterdir()):
        if file.name != "x":
            file.rename(made.policy.parent / file.name)
    made.commit()
    real.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(made.policy.parent), "policies"
    )
    real.base = real.commit("a submodule")
    worse(real)
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=b", "commit", "-qam", "worse"],
        cwd=real.policy,
        check=True,
    )
    real.commit("moved on")
    done = real.run(fail_on="worse")
    assert done.returncode == 1, done.stdout
    # A checkout of one commit of it does not have the other.
    real.git("update-index", "--cacheinfo", f"160000,{'1' * 40},policies")
    real.git("commit", "--quiet", "-m", "lost")
    real.base = real.git("rev-parse", "HEAD")
    done = real.run()
    assert done.returncode == 2
    assert "the submodule `policies` does not have its commit" in done.stdout


def test_a_policy_that_is_in_no_commit_is_not_taken_for_new(real: Job) -> None:
    shutil.copytree(real.policy, real.policy.parent / "made")
    done = real.run(policy="made")
    assert done.returncode == 2 and "`made` is not in the commit that is checked out" in done.stdout


def test_tickets_that_a_link_takes_from_elsewhere_are_refused(quick: Job) -> None:
    (quick.folder / "secret").write_text("not for the public", "utf-8")
    for target in ("../secret", ".git/config"):
        (quick.policy.parent / "tickets.csv").unlink(missing_ok=True)
        (quick.policy.parent / "tickets.csv").symlink_to(target)
        done = quick.run(tickets="tickets.csv")
        assert done.returncode == 2 and quick.calls() == []
        assert "`tickets.csv` is a link that leaves the repository" in done.stdout
    # What an earlier step put beside the repository is its own.
    assert quick.run(tickets="../secret").returncode == 0


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
    assert "❌ Blocked by `fail-on: worse`: answers get worse (`promises.response`)." in comment
    assert "1 change of answers: **1 worse**" in comment
    assert "- **worse**: 1 hour (any time) → **1 hour 30 minutes (any time)**" in comment
    assert "1 of 1 tickets gets another answer" in comment
    place = f"{job.base[:10]}:policies/response_targets.yaml:"
    # Comments that nobody sees keep GitHub from linking the commit.
    assert place in comment.replace("<!-- -->", "") and f"`target`: {old[8:]} → **{new[8:]}**" in comment
    assert job.run(tickets="tickets.json", fail_on="never").returncode == 0
    assert len(github.comments) == 1


def test_failing_tests_block_and_are_told_at_their_lines(job: Job, github: GitHub) -> None:
    job.canned |= {name: GOOD[name] for name in ("check", "test json")}
    job.edit("response_targets.yaml", "target: PT4H", "target: PT6H")
    done = job.run()
    assert done.returncode == 1
    where = r"^::error file=policies/tests/response.yaml,line=4,col=5,title=Standard%2C urgent.*::promises.response.target: "
    assert re.search(where, done.stdout, re.MULTILINE)
    comment = github.comments[0]["body"]
    assert re.search(r"^\| tests \| ❌ \| 17 tests: 15 passed, 2 failed \|$", comment, re.MULTILINE)
    # Listed as they are, and the meaning is told all the same.
    assert re.search(
        r'^policies/tests/response.yaml:4:5: error: .*: promises.response.target: expected "PT4H"',
        comment,
        re.M,
    )
    assert re.search(r'^    promises.response.due_at_local: expected "2026-03-09T11:00:00', comment, re.M)
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
    job.commit()
    job.canned = {name: GOOD[name] for name in ("test github",)}
    done = job.run(policy="./second/", fail_on="any")
    assert done.returncode == 0, done.stdout
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


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("worse", 2), ("any", 2)])
def test_a_base_that_does_not_load_blocks_where_something_hangs_on_the_comparison(
    job: Job, github: GitHub, fail_on: str, code: int
) -> None:
    job.canned = {"test github": GOOD["test github"], "test json": GOOD["test json"]}
    job.edit("plans.yaml", "column: standard", "column: standart")
    job.base = job.commit("broken")
    job.edit("plans.yaml", "column: standart", "column: standard")
    job.commit("mended")
    done = job.run(fail_on=fail_on)
    assert done.returncode == code
    kind = "error" if code else "warning"
    said = rf"^::{kind} .*The policy of the base does not load.*: unknown column `standart`: did you mean"
    assert re.search(said, done.stdout, re.MULTILINE)
    assert "The policy of the base does not load" in github.comments[0]["body"]


@pytest.mark.parametrize(
    ("meaning", "blocked_by"),
    [
        ({}, {}),
        ({"changes": [BETTER]}, {"any": "answers change (`severity`)"}),
        (
            {"changes": [BETTER, WORSE, WORSE, WORSE | {"answer": "channels.phone"}]},
            {
                "any": "answers change (`severity`, `promises.response`, `channels.phone`)",
                "worse": "answers get worse (`promises.response`, `channels.phone`)",
            },
        ),
        (
            {"changes": [WORSE | {"verdict": "other", "new": {"no_answer": "fault"}}]},
            {
                "any": "answers change (`promises.response`)",
                "worse": "answers are lost (`promises.response`)",
            },
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
                "any": "answers change (`promises.response`); answers could not be compared (`severity`)",
                "worse": "answers get worse (`promises.response`); answers could not be compared (`severity`)",
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
    assert "could not be compared: see the log.%0Aexport.csv: no such file" in done.stdout


@pytest.mark.parametrize(
    "wrong", [{"strict": "yes"}, {"comment": ""}, {"fail_on": "better"}, {"coverage_threshold": "80%"}]
)
def test_a_wrong_input_is_an_error(quick: Job, wrong: dict[str, str]) -> None:
    done = quick.run(None, "", {}, **wrong)
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


def test_text_from_a_policy_tells_nobody_and_moves_no_cursor(quick: Job, github: GitHub) -> None:
    said = "wrong `@octo-org/team` | GH-12 \x1b[2J\u202e"
    quick.canned["check"] = [3, "", f"first\n{said}\n"]
    quick.canned["test github"] = [1, f"::error title=a::{said}%0A\x9b@me%1B\n", ""]
    for name in ("check", "test github"):
        done = quick.run()
        assert done.returncode
        body = github.comments[0]["body"]
        assert not set("\x1b\x9b\u202e") & set(done.stdout + body)
        # All of it is code, in which nobody is told.
        prose = re.sub(r"^```.*?^```$|(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", body, flags=re.M | re.S)
        assert "@" not in prose and "GH-12" not in prose and "GH-12" in body
        quick.canned[name] = GOOD[name]


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
