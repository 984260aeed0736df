"""Completion, typed in the real shells, by tmux."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from completion_folder import folder
from terminals import start_session, tmux

__all__ = ["folder"]

# How each starts without anybody's settings, and how a user has it read the script.
SHELLS = {
    "bash": ("bash --norc --noprofile", "source <(supportrules completion bash)"),
    "zsh": ("zsh -f", "autoload -Uz compinit; compinit -u -D; source <(supportrules completion zsh)"),
    "fish": ("fish --no-config", "supportrules completion fish | source"),
}


class Shell:
    def __init__(self, name: str, folder: Path) -> None:
        start, script = SHELLS[name]
        self.session = f"shell-{os.getpid()}-{name}"
        path = shlex.quote(f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        start_session(self.session, 120, f"env LC_ALL=C.UTF-8 PATH={path} PS1='> ' {start}", folder)
        self.keys(script, "Enter")
        self.keys("echo rea''dy", "Enter")
        self.until("\nready")

    def keys(self, text: str, *names: str) -> None:
        tmux("send-keys", "-t", self.session, "-l", "--", text)
        for name in names:
            tmux("send-keys", "-t", self.session, name)

    def until(self, *texts: str) -> str:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            screen = tmux("capture-pane", "-p", "-t", self.session)
            if all(text in screen for text in texts):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"waited in vain for {texts}:\n{screen}")

    def complete(self, typed: str, *expected: str, tabs: int = 1) -> None:
        """Types the beginning of a line and Tab, until what is expected can be seen."""
        tmux("send-keys", "-t", self.session, "C-c")
        time.sleep(0.3)
        self.keys("clear", "Enter")
        time.sleep(0.3)
        self.keys(typed, *["Tab"] * tabs)
        self.until(*expected)


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, folder: Path) -> Iterator[Shell]:
    shell = Shell(request.param, folder)
    yield shell
    tmux("kill-session", "-t", shell.session, check=False)


def test_lines_are_completed(shell: Shell) -> None:
    # Each is the only candidate, and goes on where the next word begins, or where more of it has to come.
    for typed, expected in (
        ("supportrules che", "supportrules check --strict"),
        ("supportrules check ha", "supportrules check harbour --strict"),
        ("supportrules check sup", "supportrules check support/promise --strict"),
        ("supportrules check --policy=ha", "supportrules check --policy=harbour --strict"),
        ("supportrules check v1.2:su", "supportrules check v1.2:support/promise --strict"),
        ("supportrules show --policy support/promise --lang ", "--lang en --strict"),
        ("supportrules show targ", "supportrules show targets --strict"),
        ("supportrules evaluate tick", "supportrules evaluate tickets.jsonl --strict"),
        ("supportrules evaluate --mask pl", "supportrules evaluate --mask plan --strict"),
        ("supportrules evaluate --why-not ph", "--why-not phone --strict"),
        ("supportrules replay l --find advanced_supp", "--find advanced_support=--strict"),
        ("supportrules replay l --find advanced_support=t", "--find advanced_support=true --strict"),
    ):
        shell.complete(typed, "supportrules")
        time.sleep(1)
        shell.keys("--strict")
        shell.until(expected)


def test_what_can_follow_is_listed(shell: Shell) -> None:
    shell.complete("supportrules evaluate --format ", "pretty", "jsonl", "csv", tabs=2)
    shell.complete("supportrules show ", "plans", "issue-types", "vocabulary", tabs=2)
    shell.complete("supportrules check ", "harbour", "support/promise", tabs=2)
    shell.complete("supportrules trace SV-A", "SV-A1", "SV-A2", "SV-A3", tabs=2)
