"""The command in a real terminal, by tmux."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from folders import HARBOURLINE, SHIPPED
from larger_policies import edited, enlarge
from many_facts import policy_of_chosen_facts
from supportrules import load_policy
from terminals import start_session, tmux

COMMAND = f"{shlex.quote(sys.executable)} -m supportrules"
OTHER_POLICY = shlex.quote(str(HARBOURLINE))
SHIPPED_POLICY = shlex.quote(str(SHIPPED))
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
        # A name of its own: other runs may go on beside this one.
        self.session = f"supportrules-{os.getpid()}-{columns}"
        start_session(self.session, columns, "env LC_ALL=C.UTF-8 PS1='> ' bash --norc")

    def run(self, command: str, until: str, *, escapes: bool = False) -> str:
        return self.screens(command, until, escapes=escapes)[-1]

    def screens(self, command: str, until: str, *, pause: float = 0.2, escapes: bool = False) -> list[str]:
        """What is seen at one time after the other, until a text is."""
        tmux("send-keys", "-t", self.session, "-l", f"clear; {command}; echo exit $?")
        return self._enter(until, escapes, pause)

    def type(self, text: str, until: str) -> str:
        """Answers a prompt; what was on the screen before is gone first."""
        tmux("clear-history", "-t", self.session)
        tmux("send-keys", "-t", self.session, "C-l")
        tmux("send-keys", "-t", self.session, "-l", text)
        return self._enter(until)[-1]

    def _enter(self, until: str, escapes: bool = False, pause: float = 0.2) -> list[str]:
        tmux("send-keys", "-t", self.session, "Enter")
        screens: list[str] = []
        while len(screens) < 60 / pause:
            time.sleep(pause)
            screens.append(tmux("capture-pane", *(["-e"] if escapes else []), "-p", "-t", self.session))
            if until in screens[-1]:
                return screens
        raise AssertionError(screens[-1])


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
    command = f"{COMMAND} show channels --policy {OTHER_POLICY}"
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


BAR = re.compile(r"^━+[╸╺ ]?━* +\d+% [\d,]+ tickets, [\d,]+ a second$", re.MULTILINE)


def test_a_bar_is_seen_while_many_tickets_are_decided(terminal: Terminal, tmp_path: Path) -> None:
    many, bad = json.dumps(TICKET) + "\n", '{"country": "fr"}\n'
    (tmp_path / "good.jsonl").write_text(many * 40_000, "utf-8")
    (tmp_path / "bad.jsonl").write_text((many * 15_000 + bad) * 2 + many * 10_000, "utf-8")
    screens = terminal.screens(f"cd {tmp_path}; {COMMAND} evaluate good.jsonl > out", "exit 0", pause=0.05)
    bars = [bar for screen in screens for bar in BAR.findall(screen)]
    assert len(set(bars)) > 3, screens
    assert bars == sorted(bars, key=lambda bar: int(bar.split("%")[0].split()[-1]))
    # It leaves nothing behind.
    assert screens[-1].split() == ["exit", "0", ">"]
    screens = terminal.screens(f"{COMMAND} evaluate bad.jsonl good.jsonl > out", "exit 2", pause=0.05)
    assert any(BAR.search(screen) for screen in screens)
    lines = screens[-1].rstrip().splitlines()
    message = "unknown country `fr`: did you mean `FR`?"
    assert [line for line in lines if "unknown" in line] == [
        f"bad.jsonl:{number}:2: {message}" for number in (15001, 30002)
    ]
    assert len(lines) == 2 * 3 + 2, lines


def test_a_bar_is_seen_where_nothing_goes_to_standard_output(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text((json.dumps(TICKET) + "\n") * 80_000, "utf-8")
    screens = terminal.screens(
        f"cd {tmp_path}; {COMMAND} evaluate many.jsonl -o out.csv", "exit 0", pause=0.05
    )
    assert len({bar for screen in screens for bar in BAR.findall(screen)}) > 1, screens
    assert screens[-1].split() == ["exit", "0", ">"]
    # Nor does a comparison write before all is read.
    screens = terminal.screens(
        f"{COMMAND} diff {SHIPPED_POLICY} {SHIPPED_POLICY} --tickets many.jsonl", "exit 0", pause=0.05
    )
    assert any(BAR.search(screen) for screen in screens), screens
    assert "━" not in screens[-1]


def test_no_bar_for_few_tickets_nor_where_nobody_looks(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text((json.dumps(TICKET) + "\n") * 40_000, "utf-8")
    run = f"{COMMAND} evaluate {file}"
    for command in (
        f"head -3 {file} | {run.replace(str(file), '-')} > out",
        f"{run} > out 2> messages; wc -c < messages",
    ):
        screens = terminal.screens(f"cd {tmp_path}; {command}", "exit 0", pause=0.05)
        assert not any("━" in screen for screen in screens)
    assert screens[-1].split() == ["0", "exit", "0", ">"]


STEP = re.compile(r"^[━╸╺]+ +\d+% (?:([a-z0-9. /-]+), )?(\d+) of (\d+)$", re.MULTILINE)


def test_what_is_proved_is_seen_while_it_takes_a_while(terminal: Terminal, tmp_path: Path) -> None:
    large = policy_of_chosen_facts(tmp_path / "large", 61, (1, 11, 24))
    screens = terminal.screens(f"cd {tmp_path}; {COMMAND} check large > out", "exit 1", pause=0.1)
    steps = [(name, int(number)) for screen in screens for name, number, _ in STEP.findall(screen)]
    assert {name for name, _ in steps} & set(load_policy(large).program.stages), screens
    assert [number for _, number in steps] == sorted(number for _, number in steps)
    # It leaves nothing behind.
    assert screens[-1].split() == ["exit", "1", ">"]
    screens = terminal.screens(f"{COMMAND} diff large {OTHER_POLICY} > out", "exit 0", pause=0.1)
    assert any(STEP.search(screen) for screen in screens), screens
    assert screens[-1].split() == ["exit", "0", ">"]


def test_each_version_is_seen_while_a_history_takes_a_while(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    old = enlarge(tmp_path / "old", facts=8)
    mid = edited(old, tmp_path / "mid")
    # So many that they take longer than what is shown at once, on a fast machine too.
    for year in range(2001, 2013):
        folder = Path(shutil.copytree((old, mid)[year % 2], tmp_path / "v" / str(year)))
        manifest = folder / "policy.yaml"
        text = re.sub(
            "(?m)^(version|effective_from): .*$", rf"\1: '{year}-01-01'", manifest.read_text("utf-8")
        )
        manifest.write_text(text, "utf-8")
    screens = terminal.screens(f"cd {tmp_path}; {COMMAND} log v > out", "exit 0", pause=0.1)
    seen = [(name, int(number), int(of)) for screen in screens for name, number, of in STEP.findall(screen)]
    assert set(seen) & {(f"v/{2000 + number}", number, 12) for number in range(1, 13)}, screens
    assert [number for _, number, _ in seen] == sorted(number for _, number, _ in seen)
    assert screens[-1].split() == ["exit", "0", ">"]


def test_no_steps_where_nobody_looks_nor_for_a_small_policy(terminal: Terminal, tmp_path: Path) -> None:
    policy_of_chosen_facts(tmp_path / "large", 61, (1, 11, 24))
    for command, end in (
        (f"{COMMAND} check large > out 2> messages; wc -c < messages; false", "exit 1"),
        (f"{COMMAND} check {OTHER_POLICY} > out", "exit 0"),
        (f"{COMMAND} diff {OTHER_POLICY} {OTHER_POLICY} > out", "exit 0"),
    ):
        screens = terminal.screens(f"cd {tmp_path}; {command}", end, pause=0.05)
        assert not any("━" in screen for screen in screens)
