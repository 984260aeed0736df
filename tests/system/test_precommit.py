"""The hooks, run by pre-commit in a repository of a policy's owner."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from folders import ROOT

PRE_COMMIT = [sys.executable, "-m", "pre_commit"]
# What the hooks' environment is made from.
SOURCES = [
    "pyproject.toml",
    "README.md",
    "LICENSE",
    ".pre-commit-hooks.yaml",
    "src",
    "policies",
    "schema",
    "starter",
    "docs",
]
SOMEBODY = ["-c", "user.name=me", "-c", "user.email=me@example.com"]


def git(folder: Path, *arguments: str) -> str:
    # Hooks run in a git of their own, whatever git this is run in.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    line = ["git", "-C", str(folder), *SOMEBODY, *arguments]
    return subprocess.run(line, check=True, capture_output=True, encoding="utf-8", env=env).stdout.strip()


@dataclass
class Hooks:
    """This repository at its present state, and where pre-commit keeps its environments."""

    repository: Path
    revision: str
    home: Path

    def run(self, folder: Path, hook: str, *settings: str, stage: str = "--all-files") -> tuple[int, str]:
        """Runs one hook in a repository with a configuration of its own; gives exit code and output."""
        lines = [f"repos: [{{repo: {self.repository}, rev: {self.revision}, hooks: [", f"{{id: {hook}"]
        lines[1] += "".join(f", {setting}" for setting in settings) + "}]}]"
        (folder / ".pre-commit-config.yaml").write_text("\n".join(lines), "utf-8")
        git(folder, "add", "-A")
        env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            [*PRE_COMMIT, "run", hook, *([stage] if stage else [])],
            cwd=folder,
            env=env | {"PRE_COMMIT_HOME": str(self.home), "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=600,
        )
        return done.returncode, done.stdout


@pytest.fixture(scope="session")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Hooks:
    folder = tmp_path_factory.mktemp("hooks")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")
    return Hooks(folder, git(folder, "rev-parse", "HEAD"), tmp_path_factory.mktemp("home"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the policy that ships, under the name that the hooks expect."""
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    git(tmp_path, "init", "-q")
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_check_passes_a_policy_and_shows_what_is_wrong(hooks: Hooks, repository: Path) -> None:
    code, output = hooks.run(repository, "supportrules-check")
    assert code == 0, output
    edit(repository / "policies" / "plans.yaml", "column: midsize_business", "column: midsize")
    code, output = hooks.run(repository, "supportrules-check")
    assert code == 1
    assert "policies/plans.yaml:55:13: unknown column `midsize`: did you mean `midsize_business`?" in output
    assert "- exit code: 3" in output


def test_a_policy_elsewhere_needs_nothing_but_args(hooks: Hooks, repository: Path) -> None:
    (repository / "support").mkdir()
    (repository / "policies").rename(repository / "support" / "promise")
    edit(repository / "support" / "promise" / "plans.yaml", "column: midsize_business", "column: midsize")
    code, output = hooks.run(repository, "supportrules-check", "args: [--format, github, support/promise]")
    assert code == 1
    assert "::error file=support/promise/plans.yaml,line=55,col=13," in output


@pytest.mark.parametrize("hook", ["supportrules-check", "supportrules-test"])
def test_they_run_whatever_is_committed(hooks: Hooks, repository: Path, hook: str) -> None:
    assert hooks.run(repository, hook)[0] == 0
    git(repository, "commit", "-qm", "all", "--no-verify")

    def run(*arguments: str) -> tuple[int, str]:
        git(repository, *arguments)
        found = hooks.run(repository, hook, stage="")
        git(repository, "reset", "-q", "--hard")
        return found

    # What is only taken away, under its name or altogether.
    for arguments in (
        ["rm", "-q", "policies/severity.yaml"],
        ["mv", "policies/severity.yaml", "policies/severity.txt"],
        ["mv", "policies/severity.yaml", "severity.yaml"],
        ["rm", "-q", "-r", "policies"],
    ):
        code, output = run(*arguments)
        assert code == 1 and "Skipped" not in output, output
    # Of another type.
    (repository / "policies" / "severity.yaml").unlink()
    (repository / "policies" / "severity.yaml").symlink_to("nothing")
    assert run("add", "-A")[0] == 1
    (repository / "notes.txt").write_text("text", "utf-8")
    code, output = run("add", "-A")
    assert code == 0 and "Passed" in output


def test_the_layout_is_looked_at_when_yaml_changes(hooks: Hooks, repository: Path) -> None:
    hooks.run(repository, "supportrules-fmt")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "all", "--no-verify")
    (repository / "notes.txt").write_text("text", "utf-8")
    code, output = hooks.run(repository, "supportrules-fmt", stage="")
    assert code == 0 and "(no files to check)Skipped" in output


def test_the_tests_of_a_policy_run(hooks: Hooks, repository: Path) -> None:
    code, output = hooks.run(repository, "supportrules-test")
    assert code == 0, output
    edit(repository / "policies" / "tests" / "severity.yaml", "expect: {severity: A", "expect: {severity: C")
    code, output = hooks.run(repository, "supportrules-test")
    assert code == 1 and "policies/tests/severity.yaml:" in output


def test_the_layout_of_a_policy_is_mended_and_told(hooks: Hooks, repository: Path) -> None:
    hooks.run(repository, "supportrules-fmt")
    assert hooks.run(repository, "supportrules-fmt")[0] == 0
    file = repository / "policies" / "plans.yaml"
    before = file.read_text("utf-8")
    edit(file, "column: midsize_business", "column:    midsize_business")
    code, output = hooks.run(repository, "supportrules-fmt")
    assert code == 1 and "files were modified by this hook" in output
    assert file.read_text("utf-8") == before
    assert hooks.run(repository, "supportrules-fmt")[0] == 0
