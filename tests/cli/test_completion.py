"""What a shell gets to complete a line; `tests/system/test_shells.py` types such lines in real shells."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from command import COMMAND, run
from completion_folder import folder
from supportrules.cli import _COMMANDS
from supportrules.cli.candidates import COMPLETE

__all__ = ["folder"]

BREAKS = " \t\n\"'><=;|&(:"


def candidates(line: str, folder: Path, shell: str = "bash") -> list[str]:
    """The candidates for a line that is typed up to the cursor; `FILE` where the shell completes files."""
    env = {"COMP_LINE": f"supportrules {line}", "COMP_WORDBREAKS": BREAKS, COMPLETE: f"{shell}_complete"}
    done = subprocess.run(
        COMMAND, cwd=folder, env=os.environ | env, capture_output=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = [text.split("\t") for text in done.stdout.splitlines()]
    return ["FILE" if kind == "file" else value for kind, value, _ in found]


def test_commands_are_completed_with_what_they_do(folder: Path) -> None:
    assert candidates("", folder) == [*_COMMANDS]
    assert candidates("che", folder) == ["check"]
    assert candidates("check --str", folder) == ["--strict"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # Policies: at any depth where they are, but for hidden ones.
        ("check ", ["broken", "harbour", "a b/acme.policy", "support/promise"]),
        ("check ha", ["harbour"]),
        ("check sup", ["support/promise"]),
        ("check support/", ["support/promise"]),
        ("check ./ha", ["./harbour"]),
        ("check .h", [".hidden"]),
        ("show --policy ha", ["harbour"]),
        ("diff harbour su", ["support/promise"]),
        # Where none has that name there may be files.
        ("check tick", ["FILE"]),
        ("check nowhere/", ["FILE"]),
        ("check v1", ["v1.2:"]),
        # bash completes what stands behind the colon, or the equals sign.
        ("check v1.2:", ["broken", "harbour", "support/promise"]),
        ("check v1.2:su", ["support/promise"]),
        ("check v9:", ["FILE"]),
        ("check --policy=ha", ["harbour"]),
        # Languages, facts, topics and clauses are those of the policy that the line names.
        ("show --lang ", ["en", "fr"]),
        ("show support/promise --lang ", ["en"]),
        ("show --policy support/promise --lang ", ["en"]),
        ("show --policy=support/promise --lang ", ["en"]),
        ("show plans support/promise --lang ", ["en"]),
        ("show --policy broken --lang ", ["FILE"]),
        ("show ta", ["targets"]),
        ("show plans sev", ["severity"]),
        ("show ha", ["harbour"]),
        ("trace SV-A", ["SV-A", "SV-A1", "SV-A2", "SV-A3"]),
        ("trace --policy support/promise R-", ["R-1", "R-2"]),
        ("trace channels.self", ["channels.self_service.customers", "channels.self_service.everybody"]),
        ("trace ha", ["harbour"]),
        ("evaluate --mask pl", ["plan"]),
        ("replay l.ledger --find advanced_support", ["advanced_support="]),
        ("replay l.ledger --find advanced_support=", ["true", "false"]),
        ("replay --policy harbour --find environment=t", ["test"]),
        ("evaluate --why-not ph", ["phone"]),
        ("evaluate --why-not severity.", ["severity.A", "severity.B", "severity.C"]),
        ("schema t", ["ticket", "targets", "tests"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("evaluate --format ", ["pretty", "json", "jsonl", "csv"]),
        # Files stay.
        *((line, ["FILE"]) for line in ("evaluate tick", "evaluate --ledger ", "diff a b --tickets ")),
        *((line, ["FILE"]) for line in ("fmt ", "log ", "build -o ", "replay ", "check --emit-tests ")),
    ],
)
def test_the_names_that_a_line_can_go_on_with(line: str, expected: list[str], folder: Path) -> None:
    assert candidates(line, folder) == expected


def test_other_shells_get_the_whole_word(folder: Path) -> None:
    for shell in ("zsh", "fish"):
        assert candidates("check v1.2:su", folder, shell) == ["v1.2:support/promise"]
        assert candidates("check --policy=ha", folder, shell) == ["--policy=harbour"]
        assert candidates("replay --find severity_asked=", folder, shell) == ["FILE"]


def test_outside_a_repository(tmp_path: Path) -> None:
    assert candidates("check v1", tmp_path) == ["FILE"]
    assert candidates("check v1:", tmp_path) == ["FILE"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_printed(shell: str) -> None:
    done = run("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{COMPLETE}={shell}_complete" in done.stdout or f"{COMPLETE} {shell}_complete" in done.stdout
    assert run("completion", "tcsh").returncode == 2
