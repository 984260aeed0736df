"""One way to name a policy: every command that reads one takes it as ``--policy``, and as an argument."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click
import pytest

from command import run
from supportrules.cli import cli
from supportrules.policy.starter import STARTER

# The commands that read one policy and where nothing else has to stand, with what else they are given.
ARGUMENT = {
    "build": ("-o", "out.policy"),
    "check": (),
    "fmt": ("--check",),
    "show": (),
    "test": (),
    "trace": (),
}
# Where tickets, ledgers or schemas stand.
OPTION_ONLY = {"ask", "evaluate", "replay", "schema"}
# They read no policy, or more than one.
OTHERS = {"completion", "diff", "init", "log", "vectors"}


def commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    return {name: cli.get_command(context, name) or cli for name in cli.list_commands(context)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("mine", "other"):
        shutil.copytree(STARTER, tmp_path / name, ignore=shutil.ignore_patterns("examples"))
    return tmp_path


def test_every_command_is_named_here() -> None:
    assert {*ARGUMENT, *OPTION_ONLY, *OTHERS} >= {*commands()}
    for name, command in commands().items():
        assert any(parameter.name == "policy" for parameter in command.params) == (name not in OTHERS), name


def outcome(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", ARGUMENT)
def test_a_policy_is_named_by_an_argument_or_by_the_option(name: str, folder: Path) -> None:
    more = ARGUMENT[name]
    first = run(name, "mine", *more, cwd=folder)
    assert first.returncode == 0, first.stderr
    assert "example-support" in first.stdout + first.stderr or name in ("fmt", "show", "test", "trace")
    for arguments in (("--policy", "mine"), ("mine", "--policy", "mine"), ("--policy=mine",)):
        assert outcome(run(name, *arguments, *more, cwd=folder)) == outcome(first), arguments


@pytest.mark.parametrize("name", ARGUMENT)
def test_two_policies_are_refused(name: str, folder: Path) -> None:
    done = run(name, "mine", "--policy", "other", *ARGUMENT[name], cwd=folder)
    assert done.returncode == 2 and done.stdout == ""
    expected = "not both" if name == "fmt" else "Two policies are named, `mine` and `other`: name one."
    assert expected in done.stderr


@pytest.mark.parametrize(("name", "what"), [("show", "targets"), ("trace", "S-1")])
def test_a_policy_stands_beside_what_is_shown(name: str, what: str, folder: Path) -> None:
    expected = run(name, "--policy", "mine", what, cwd=folder)
    assert expected.returncode == 0 and expected.stdout, expected.stderr
    for arguments in ((what, "mine"), ("mine", what), (what, "./mine")):
        done = run(name, *arguments, cwd=folder)
        assert done.stdout.replace("./", "") == expected.stdout, arguments
    for more in ((), (what,)):
        done = run(name, "mine", *more, "other", cwd=folder)
        assert done.returncode == 2 and "name one" in done.stderr


def test_a_built_file_is_named_as_a_directory_is(folder: Path) -> None:
    assert run("build", "mine", "-o", "mine.policy", cwd=folder).returncode == 0
    expected = run("show", "--policy", "mine.policy", "plans", cwd=folder)
    assert expected.returncode == 0
    assert outcome(run("show", "plans", "mine.policy", cwd=folder)) == outcome(expected)


def test_a_topic_is_a_topic_whatever_lies_there(folder: Path) -> None:
    expected = run("show", "plans", cwd=folder)
    (folder / "mine").rename(folder / "plans")
    assert outcome(run("show", "plans", cwd=folder)) == outcome(expected)
    assert "Standard" in run("show", "./plans", cwd=folder).stdout


def test_what_is_neither_is_told(folder: Path) -> None:
    assert "nothing is called `min`" in run("show", "min", cwd=folder).stderr
    assert "no clause and no rule `min`" in run("trace", "min", cwd=folder).stderr
    # By its form it can only be a policy.
    for name in ("show", "trace"):
        done = run(name, "not/there", cwd=folder)
        assert done.returncode == 3 and "not/there" in done.stderr


def test_versions_are_named_by_an_argument_or_by_the_option(folder: Path) -> None:
    versions = folder / "versions"
    versions.mkdir()
    (folder / "mine").rename(versions / "1")
    first = run("log", "versions", cwd=folder)
    assert first.returncode == 0, first.stderr
    assert outcome(run("log", "--timeline", "versions", cwd=folder)) == outcome(first)
    assert outcome(run("log", "versions", "--timeline", "versions", cwd=folder)) == outcome(first)
    done = run("log", "versions", "--timeline", "other", cwd=folder)
    assert done.returncode == 2 and "Two timelines are named" in done.stderr
    done = run("log", cwd=folder)
    assert done.returncode == 2 and "Name a TIMELINE" in done.stderr
