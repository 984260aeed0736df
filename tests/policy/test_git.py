"""Policies in git repositories: links, submodules, clones that lack something, and what git says then."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from supportrules import PolicyLoadError, TimelineLoadError, load_policy, load_timeline
from supportrules.cases.cases import read_cases
from supportrules.policy.starter import write_starter

SECRET = "not: for the public"


class Repo:
    """A git repository in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self("init", "-q", "-b", "main")

    def __call__(self, *arguments: str) -> str:
        who = ["-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "protocol.file.allow=always"]
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.folder, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, tag: str = "") -> str:
        self("add", "-A")
        self("commit", "-qm", "a change", "--allow-empty")
        if tag:
            self("tag", tag)
        return self("rev-parse", "HEAD")

    def link(self, place: str, target: str) -> None:
        path = self.folder / place
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def move(self, place: str, to: str) -> None:
        (self.folder / to).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / place).rename(self.folder / to)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with a policy, in which the program stands; a secret lies beside it."""
    found = Repo(tmp_path / "repository")
    write_starter(str(found.folder / "policies"))
    (tmp_path / "secret.yaml").write_text(SECRET, "utf-8")
    monkeypatch.chdir(found.folder)
    return found


def refused(where: str) -> str:
    """Why a policy does not load: one problem, of what can't be read."""
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(where)
    (problem,) = caught.value.problems
    assert problem.code == "unreadable"
    assert "public" not in str(problem)
    return str(problem)


def supportrules(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("supportrules")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# Links


@pytest.mark.parametrize(
    ("moved", "links"),
    [
        (
            [("policies/calendars.yaml", "shared/calendars.yaml")],
            [("policies/calendars.yaml", "../shared/calendars.yaml")],
        ),
        # By way of another link, and of a directory that is one.
        (
            [("policies/calendars.yaml", "shared/real/hours.yaml")],
            [
                ("policies/calendars.yaml", "../alias/calendars.yaml"),
                ("shared/calendars.yaml", "./real//hours.yaml"),
                ("alias", "shared"),
            ],
        ),
        # Up through a directory to which a link leads, which is not the one that its name says.
        (
            [("policies/calendars.yaml", "deep/down/calendars.yaml")],
            [
                ("policies/calendars.yaml", "../short/../down/calendars.yaml"),
                ("short", "deep/other"),
                ("deep/other/.keep", "x"),
            ],
        ),
        ([("policies/tests", "cases")], [("policies/tests", "../cases")]),
        ([("policies", "promises/first")], [("policies", "promises/first/")]),
        ([("policies", "else/where/policies")], [("policies", "up/where/policies"), ("up", "else")]),
    ],
)
def test_links_inside_a_repository_are_followed_in_a_commit(
    repo: Repo, moved: list[tuple[str, str]], links: list[tuple[str, str]]
) -> None:
    before = load_policy("policies")
    cases = len(read_cases("policies"))
    for place, to in moved:
        repo.move(place, to)
    for place, target in links:
        repo.link(place, target)
    repo.commit("v1")
    for where in ("policies", "v1:policies"):
        assert load_policy(where) == before
        assert len(read_cases(where)) == cases > 0
    # What is read is what the commit has, not what lies there now.
    (repo.folder / moved[0][1]).rename(repo.folder / "gone")
    assert load_policy("v1:policies") == before


def test_a_policy_in_a_directory_that_is_a_link(repo: Repo) -> None:
    before = load_policy("policies")
    repo.move("policies", "2026/policies")
    repo.link("current", "2026")
    repo.commit()
    assert load_policy("HEAD:current/policies") == load_policy("current/policies") == before


@pytest.mark.parametrize(
    "place", ["policies/plans.yaml", "policies/policy.yaml", "policies/tests", "policies"]
)
@pytest.mark.parametrize("target", ["outside", "absolute", "up and in again"])
def test_a_link_that_leaves_the_repository_is_named_and_not_read(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, target: str
) -> None:
    up = "../" * (place.count("/") + 1)
    targets = {
        "outside": f"{up}secret.yaml",
        "absolute": str(tmp_path / "secret.yaml"),
        # Where the repository lies is no part of a commit.
        "up and in again": f"{up}repository/else/{place.rpartition('/')[2]}",
    }
    shutil.copytree("policies", "else")
    repo.link(place, targets[target])
    repo.commit()
    monkeypatch.setenv("GIT_DIR", ".git")
    for where in ("HEAD:policies", *(["policies"] if "again" not in target else [])):
        if place.endswith("tests"):
            load_policy(where)
            with pytest.raises(PolicyLoadError) as caught:
                read_cases(where)
            said = str(caught.value)
        else:
            said = refused(where)
        assert place in said and "leaves the" in said and "secret" not in said


def test_links_that_lead_nowhere_are_named(repo: Repo) -> None:
    for target, why in {
        "plans.yaml": "leads round in a circle",
        "../policies/plans.yaml": "leads round in a circle",
        "../lost/plans.yaml": "leads to nothing in this commit",
        "policy.yaml/plans.yaml": "leads to nothing in this commit",
    }.items():
        repo.link("policies/plans.yaml", target)
        repo.commit()
        assert refused("HEAD:policies").endswith(f"the link `policies/plans.yaml` {why}")
        # It may be left out, but is not: nothing is decided as if it were not there.
        assert "policies/plans.yaml: not a file, or a broken link" in refused("policies") or target in (
            "plans.yaml",
            "../policies/plans.yaml",
        )


def test_a_file_is_no_directory(repo: Repo) -> None:
    (repo.folder / "policies" / "plans.yaml").unlink()
    (repo.folder / "policies" / "plans.yaml").mkdir()
    (repo.folder / "policies" / "plans.yaml" / "a").write_text("", "utf-8")
    repo.commit()
    for where in ("policies", "HEAD:policies"):
        assert refused(where).startswith(f"{where}/plans.yaml: not a file")


def test_a_link_to_what_git_keeps_is_refused(repo: Repo) -> None:
    """A checkout of GitHub keeps its token there."""
    (repo.folder / ".git" / "plans.yaml").write_text(SECRET, "utf-8")
    repo.link("policies/plans.yaml", "../.git/plans.yaml")
    repo("add", "-A")
    assert "a link that leaves the git repository" in refused("policies")
    repo.commit()
    assert "leads to nothing in this commit" in refused("HEAD:policies")


def test_a_link_into_another_repository_is_refused(repo: Repo, tmp_path: Path) -> None:
    other = Repo(tmp_path / "other")
    shutil.copytree("policies", other.folder / "policies")
    repo.link("beside", "../other")
    repo("add", "-A")
    assert "a link that leaves the git repository" in refused("beside/policies")
    # By way of a link that is no part of it.
    repo.link("mine", "beside/policies")
    assert "a link that leaves the git repository" in refused("mine")
    assert load_policy(tmp_path / "other" / "policies") == load_policy("policies")


def test_a_link_that_git_does_not_track_leads_anywhere(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an environment that is a link, in which a policy is installed."""
    before = load_policy("policies")
    repo.move("policies", "../environment/policies")
    repo.link(".venv", "../environment")
    (repo.folder / ".gitignore").write_text(".venv", "utf-8")
    repo.commit()
    for where in (".venv/policies", repo.folder / ".venv" / "policies"):
        assert load_policy(where) == before
    # Where git can't say, it may be one of the repository.
    monkeypatch.setenv("PATH", "")
    assert "a link that leaves the git repository" in refused(".venv/policies")


def test_outside_a_repository_links_lead_anywhere(tmp_path: Path) -> None:
    write_starter(str(tmp_path / "policies"))
    before = load_policy(tmp_path / "policies")
    (tmp_path / "policies" / "plans.yaml").rename(tmp_path / "p")
    (tmp_path / "policies" / "plans.yaml").symlink_to(tmp_path / "p")
    assert load_policy(tmp_path / "policies") == before


def test_a_link_makes_a_version_of_its_own_where_it_leads_to_something_else(repo: Repo) -> None:
    repo.move("policies/policy.yaml", "shared/policy.yaml")
    repo.link("policies/policy.yaml", "../shared/policy.yaml")
    repo.commit("v1")
    (repo.folder / "README.md").write_text("else", "utf-8")
    repo.commit("v1.1")
    file = repo.folder / "shared" / "policy.yaml"
    text = file.read_text("utf-8").replace('"2026-01"', '"2027-01"').replace("2026-01-01", "2027-01-01")
    file.write_text(text, "utf-8")
    repo.commit("v2")
    versions = load_timeline("tags:policies").versions
    assert [version.names for version in versions] == [("v1:policies", "v1.1:policies"), ("v2:policies",)]
    repo.link("policies", "../nowhere")
    repo.commit("v3")
    with pytest.raises(TimelineLoadError, match="v3:policies: the link `policies` leaves the repository"):
        load_timeline("tags:policies")


# Submodules


@pytest.fixture
def promise(tmp_path: Path, repo: Repo) -> Repo:
    """A repository of a policy, which is a submodule of the other one at `sub`."""
    found = Repo(tmp_path / "promise")
    repo.move("policies", "../promise/policies")
    found.commit()
    repo("submodule", "--quiet", "add", str(found.folder), "sub")
    repo.commit("v1")
    return found


def test_a_submodule_is_read_at_its_commit(repo: Repo, promise: Repo) -> None:
    before = load_policy("sub/policies")
    file = repo.folder / "sub" / "policies" / "response_targets.yaml"
    file.write_text(file.read_text("utf-8").replace("PT1H", "PT2H"), "utf-8")
    sub = Repo(repo.folder / "sub")
    sub.commit()
    repo.link("policies", "sub/policies")
    repo.commit("v2")
    assert load_policy("v1:sub/policies") == before
    assert (
        load_policy("v2:sub/policies") == load_policy("v2:policies") == load_policy("sub/policies") != before
    )
    assert len(read_cases("v1:sub/policies")) == len(read_cases("sub/policies"))


def test_a_submodule_that_is_not_here_is_named_with_what_helps(
    repo: Repo, promise: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "clone"
    repo("clone", "--quiet", str(repo.folder), str(clone))
    monkeypatch.chdir(clone)
    said = refused("HEAD:sub/policies")
    assert "`sub` is a submodule that is not checked out" in said
    assert "`git submodule update --init`" in said and "`submodules: true`" in said
    # A commit of it that was never pushed.
    monkeypatch.chdir(repo.folder)
    lost = "1" * 40
    repo("update-index", "--cacheinfo", f"160000,{lost},sub")
    repo("commit", "-qm", "lost")
    assert f"the submodule `sub` does not have its commit {lost[:10]}" in refused("HEAD:sub/policies")


# Clones that lack something


def test_a_shallow_clone_says_so(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("v1")
    repo.commit("v2")
    shallow, whole = tmp_path / "shallow", tmp_path / "whole"
    repo("clone", "--quiet", "--depth=1", "--no-tags", f"file://{repo.folder}", str(shallow))
    repo("clone", "--quiet", "--no-tags", f"file://{repo.folder}", str(whole))
    monkeypatch.chdir(shallow)
    for where, load in (
        ("v1:policies", load_policy),
        ("HEAD~1:policies", load_policy),
        ("tags:policies", load_timeline),
    ):
        with pytest.raises(PolicyLoadError) as caught:
            load(where)
        assert "this clone is shallow" in str(caught.value)
        assert "`git fetch --unshallow --tags`" in str(caught.value) and "`fetch-depth: 0`" in str(
            caught.value
        )
    load_policy("HEAD:policies")
    monkeypatch.chdir(whole)
    with pytest.raises(PolicyLoadError, match="`git fetch --tags`"):
        load_policy("v1:policies")
    monkeypatch.chdir(repo.folder)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy("v9:policies")
    assert "fetch" not in str(caught.value)


# What git says


def test_all_that_git_says_is_shown(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("v1")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for where, load in (("v1:policies", load_policy), ("tags:policies", load_timeline)):
        with pytest.raises(PolicyLoadError) as caught:
            load(where)
        said = str(caught.value)
        assert "git says: detected dubious ownership in repository at" in said
        assert f"git config --global --add safe.directory {repo.folder}" in said


@pytest.mark.parametrize("what", ["HEAD:policies", "HEAD:policies/plans.yaml", "HEAD"])
@pytest.mark.parametrize("damaged", [False, True])
def test_an_object_that_is_lost_or_damaged_is_named(repo: Repo, what: str, damaged: bool) -> None:
    hash = repo("rev-parse", repo.commit("v1") and what)
    file = repo.folder / ".git" / "objects" / hash[:2] / hash[2:]
    file.unlink()
    if damaged:
        file.write_bytes(b"nothing that git wrote")
    said = refused("v1:policies")
    assert "git says: " in said or "git has lost" in said
    # A damaged one can be named by its file.
    assert hash in said or f"{hash[:2]}/{hash[2:]}" in said


def test_git_that_is_not_there_or_can_t_be_run(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(PolicyLoadError, match="git is not installed"):
        load_policy("v1:policies")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("no program", "utf-8")
    (tmp_path / "bin" / "git").chmod(0o755)
    with pytest.raises(PolicyLoadError, match="git can't be run: exec format error"):
        load_policy("v1:policies")


def test_the_refusal_of_a_partial_clone_to_fetch_is_shown(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo("config", "uploadpack.allowFilter", "true")
    repo.commit("v1")
    clone = tmp_path / "clone"
    repo("clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{repo.folder}", str(clone))
    repo.folder.rename(tmp_path / "away")
    monkeypatch.chdir(clone)
    said = refused("v1:policies")
    assert "does not appear to be a git repository" in said and "promisor remote" in said


def test_no_control_character_of_a_path_reaches_a_terminal(repo: Repo) -> None:
    repo.link("policies/plans\x1b[2J.yaml", "\x1b]0;title\x07")
    repo.commit()
    done = supportrules("check", "HEAD:policies")
    assert done.returncode == 3
    assert "\x1b" not in done.stdout + done.stderr and "\x07" not in done.stderr


def test_the_layout_of_what_lies_outside_is_left_alone(repo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "plans.yaml"
    (repo.folder / "policies" / "plans.yaml").rename(outside)
    outside.write_text(outside.read_text("utf-8").replace("column: ", "column:    "), "utf-8")
    before = outside.read_bytes()
    repo.link("policies/plans.yaml", "../../plans.yaml")
    repo("add", "-A")
    done = supportrules("fmt", "policies")
    assert done.returncode == 2
    assert "policies/plans.yaml: a link that leaves the git repository" in done.stderr
    assert outside.read_bytes() == before
