"""The command in a real terminal, by tmux."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

COMMAND = f"{shlex.quote(sys.executable)} -m supportrules"
HARBOURLINE = shlex.quote(str(Path(__file__).parent.parent / "harbourline"))
TICKET = {
    "id": "T-1",
    "plan": "small_business",
    "issue_type": "sharepoint_external_recipients",
    "requester": "administrator",
    "country": "FR",
    "opened_at": "2014-09-05T11:30:00+02:00",
}


class Terminal:
    def __init__(self, columns: int) -> None:
        self.session = f"supportrules-{columns}"
        tmux("kill-session", "-t", self.session, check=False)
        tmux(
            "new-session",
            "-d",
            "-s",
            self.session,
            "-x",
            str(columns),
            "-y",
            "40",
            "env LC_ALL=C.UTF-8 PS1='> ' bash --norc",
        )

    def run(self, command: str, until: str, *, escapes: bool = False) -> str:
        tmux("send-keys", "-t", self.session, "-l", f"clear; {command}; echo exit $?")
        return self._enter(until, escapes)

    def type(self, text: str, until: str) -> str:
        """Answers a prompt; what was on the screen before is gone first."""
        tmux("clear-history", "-t", self.session)
        tmux("send-keys", "-t", self.session, "C-l")
        tmux("send-keys", "-t", self.session, "-l", text)
        return self._enter(until, False)

    def _enter(self, until: str, escapes: bool) -> str:
        tmux("send-keys", "-t", self.session, "Enter")
        for _ in range(150):
            time.sleep(0.2)
            screen = tmux("capture-pane", *(["-e"] if escapes else []), "-p", "-t", self.session)
            if until in screen:
                return screen
        raise AssertionError(screen)


def tmux(*arguments: str, check: bool = True) -> str:
    return subprocess.run(["tmux", *arguments], check=check, capture_output=True, encoding="utf-8").stdout


@pytest.fixture(params=[80, 130])
def terminal(request: pytest.FixtureRequest) -> Iterator[Terminal]:
    terminal = Terminal(request.param)
    yield terminal
    tmux("kill-session", "-t", terminal.session, check=False)


def test_a_terminal_gets_words_and_colours(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "ticket.json"
    file.write_text(json.dumps(TICKET), "utf-8")
    green = "\x1b[32m"
    assert green in terminal.run(f"{COMMAND} evaluate {file}", "exit 0", escapes=True)
    assert green not in terminal.run(f"NO_COLOR=1 {COMMAND} evaluate {file}", "exit 0", escapes=True)
    plain = terminal.run(f"{COMMAND} evaluate {file}", "exit 0")
    assert "telephone     no: The telephone is for critical problems on this plan." in plain
    assert "self-service  yes, any time" in plain
    assert "{" not in plain


def test_no_tickets_in_a_terminal_is_wrong_usage_and_does_not_wait(terminal: Terminal) -> None:
    screen = terminal.run(f"{COMMAND} evaluate", "exit 2")
    assert "Name a file of tickets" in screen


def test_questions_are_asked_and_answered_in_a_terminal(terminal: Terminal) -> None:
    screen = terminal.run(f"{COMMAND} ask --lang en", "What kind of support is asked for?")
    assert "1  technical" in screen
    steps = [
        ("x", "choose a number from 1 to 3"),
        ("technical", "Who asks?"),
        ("<", "What kind of support is asked for?"),
        ("1", "Who asks?"),
        ("1", "Which plan does the customer have?"),
        ("5", "Does the customer pay for advanced support?"),
        ("", "What is the problem?"),
        ("sharepoint_site_down", "When was the request opened?"),
        ("2014-09-05T11:30:00+02:00", "exit 0"),
    ]
    for typed, until in steps:
        screen = terminal.type(typed, until)
    assert '{"plan": "enterprise_e3", "category": "technical"' in screen


def test_an_explanation_fits_the_terminal(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "ticket.json"
    file.write_text(json.dumps(TICKET), "utf-8")
    screen = terminal.run(f"{COMMAND} evaluate --why-not A --lang en {file}", "exit 0")
    assert "why not A" in screen
    assert "it takes" in screen


def test_tables_fit_the_terminal(terminal: Terminal) -> None:
    columns = int(terminal.session.rsplit("-", 1)[1])
    screen = terminal.run(f"{COMMAND} show targets", "exit 0")
    lines = screen.splitlines()
    assert max(map(len, lines)) <= columns
    # A line that the terminal had to fold would break the rule under the head of the table.
    (rule, *_) = [line for line in lines if line.startswith("\u2500")]
    assert set(rule) == {"\u2500"} and 60 < len(rule) <= columns
    assert "A (critical)   1 hour, any" in screen
    assert "[3] assumed: RT-1 (The table of targets), RT-4 (Next business day)" in screen


def test_channels_have_colours_where_colours_are_wanted(terminal: Terminal) -> None:
    command = f"{COMMAND} show channels --policy {HARBOURLINE}"
    plain = terminal.run(command, "exit 0")
    assert "Basic" in plain and "no; depends" in " ".join(plain.split())
    green, red, yellow = "\x1b[32m", "\x1b[31m", "\x1b[33m"
    coloured = terminal.run(command, "exit 0", escapes=True)
    assert green in coloured and red in coloured and yellow in coloured
    assert green not in terminal.run(f"NO_COLOR=1 {command}", "exit 0", escapes=True)
    # The tables of the policy that ships are longer than the screen; its end is read.
    end = terminal.run(f"{COMMAND} show channels", "exit 0")
    assert "[4] assumed: SS-1 (Self-service for every plan)" in end
    assert max(map(len, end.splitlines())) <= int(terminal.session.rsplit("-", 1)[1])
