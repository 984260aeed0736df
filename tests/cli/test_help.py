"""What `--help` says: whole sentences, and examples that run; and what a wrong verb leads to."""

from __future__ import annotations

import re
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest

from command import run
from folders import ROOT
from pages import SOMEBODY, run_line
from supportrules.cli import _COMMAND_FOR, _COMMANDS

# What a command of an example reads.
MADE = [
    "git init -q -b main && git add policies && git commit -qm first && git tag v1",
    "cp examples/tickets.jsonl tickets.jsonl",
    "supportrules evaluate --ledger decisions.ledger tickets.jsonl",
]


def help_of(*command: str) -> list[str]:
    done = run(*command, "--help", COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_every_command_is_summed_up_in_a_whole_sentence() -> None:
    lines = help_of()
    listed = dict(line.split(maxsplit=1) for line in lines[lines.index("Commands:") + 1 :])
    assert [*listed] == sorted(_COMMANDS)
    for name, summary in listed.items():
        assert re.fullmatch(r"[A-Z].*[a-z]\.", summary) and "..." not in summary, name
        # It is the first line of the command's own help too.
        assert f"  {summary}" in help_of(name)


@pytest.mark.parametrize("name", [(), *((name,) for name in _COMMANDS)], ids=lambda name: " ".join(name))
def test_help_fits_a_terminal(name: tuple[str, ...]) -> None:
    for line in help_of(*name):
        assert len(line) <= 80 and not re.search(r"[a-z]\.\.\.$|…", line), line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    for name in ("examples", "policies", "vectors"):
        shutil.copytree(ROOT / name, folder / name)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SOMEBODY.items():
            patch.setenv(name, value)
        for line in MADE:
            run_line(line, folder)
    return folder


@pytest.mark.parametrize("name", _COMMANDS)
def test_its_example_runs(name: str, folder: Path) -> None:
    lines = help_of(name)
    examples = [line.strip() for line in lines[lines.index("  Example:") + 1 : lines.index("Options:")]]
    examples = [line for line in examples if line]
    assert examples
    for example in examples:
        assert example.startswith(f"supportrules {name} ")
        # Without a terminal, `ask` meets the end of its input.
        shown = run_line(f"{example} < /dev/null; echo code $?", folder)
        assert shown.endswith("code 0\n"), shown
        assert len(shown.splitlines()) > 1


@pytest.mark.parametrize(
    ("verb", "command"),
    [
        ("validate", "check"),
        ("Validate", "check"),
        ("validat", "check"),
        ("lint", "check"),
        ("verify", "check"),
        ("compare", "diff"),
        ("format", "fmt"),
        ("decide", "evaluate"),
        ("explain", "evaluate --explain"),
        ("history", "log"),
        ("versions", "log"),
        ("version", "--version"),
        ("help", "--help"),
        ("evalute", "evaluate"),
        ("chek", "check"),
    ],
)
def test_a_verb_of_other_programs_leads_to_the_command(verb: str, command: str) -> None:
    done = run(verb)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.endswith(f"No such command '{verb}'. Did you mean `{command}`?\n")


def test_no_verb_hides_a_command() -> None:
    assert not {*_COMMAND_FOR} & {*_COMMANDS}
    for command in _COMMAND_FOR.values():
        name, *options = command.split()
        assert name in _COMMANDS or name in ("--help", "--version")
        if options:
            assert any(option in line for line in help_of(name) for option in options)


def test_a_verb_that_is_like_nothing_gets_no_hint() -> None:
    assert "Did you mean" not in run("xyzzy").stderr


def test_the_version_says_what_infers_and_by_which_data() -> None:
    first, inference, data = run("--version").stdout.splitlines()
    assert first == f"supportrules, version {version('supportrules')}"
    assert data == f"data: tzdata {version('tzdata')}, holidays {version('holidays')}"
    try:
        expected = f"inference: durable-rules {version('durable-rules')}"
    except ImportError:
        expected = "inference: the plain chainer: durable-rules is not installed"
    assert inference == expected
    assert run("-V").stdout == run("--version").stdout


def test_the_version_without_durable_rules(tmp_path: Path) -> None:
    (tmp_path / "durable_rules_engine.py").write_text("raise ImportError('no such symbol')\n", "utf-8")
    shown = run("--version", PYTHONPATH=str(tmp_path)).stdout.splitlines()
    assert shown[1] == (
        "inference: the plain chainer: durable-rules does not load on this Python: no such symbol"
    )
