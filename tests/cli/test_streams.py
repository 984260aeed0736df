"""What a run writes is whole, whatever becomes of its streams, its files or itself."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from command import COMMAND
from supportrules import cli
from supportrules.cli import run
from supportrules.cli.output import check_output, put_file
from supportrules.policy.starter import STARTER

SCRIPT = [str(Path(sys.executable).with_name("supportrules"))]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    shutil.copytree(STARTER, tmp_path / "acme")
    return tmp_path / "acme"


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


# Standard error and standard output


@pytest.mark.parametrize("lost", ["2>/dev/full", "2>&-", "2> >(:)"])
def test_a_message_that_can_not_be_written_loses_no_result(lost: str, tmp_path: Path) -> None:
    good = {"plan": "enterprise_e3", "category": "technical"}
    tickets = [good, {"plan": "no such plan"}, *[good] * 7]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(each) + "\n" for each in tickets), "utf-8")
    command = " ".join(COMMAND)
    done = shell(f"{command} evaluate t.jsonl --ledger log {lost}", tmp_path)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, len(lines), len([line for line in lines if "error" in line])) == (2, 9, 1)
    # No file of the run got the number of the stream that is not there.
    assert len((tmp_path / "log").read_text("utf-8").splitlines()) == 8
    done = shell(f"{command} evaluate t.jsonl -o d.csv {lost}", tmp_path)
    assert done.returncode == 2 and len((tmp_path / "d.csv").read_text("utf-8").splitlines()) == 10
    done = shell(f"{command} check nowhere --format json {lost}", tmp_path)
    assert done.returncode == 3 and json.loads(done.stdout)["counts"]["errors"] == 1
    assert shell(f"{command} check --format json -o f.json {lost}", tmp_path).returncode == 0
    assert json.loads((tmp_path / "f.json").read_text("utf-8"))["counts"]["errors"] == 0
    assert shell(f"{command} evaluate nowhere {lost}", tmp_path).returncode == 2


@pytest.mark.parametrize("lost", [">&-", ">/dev/full"])
def test_results_that_can_not_be_written_are_not_as_if_they_were(
    lost: str, policy: Path, tmp_path: Path
) -> None:
    command, unformatted = " ".join(COMMAND), policy / "tests" / "severity.yaml"
    unformatted.write_text(unformatted.read_text("utf-8") + "\n\n\n", "utf-8")
    (tmp_path / "t.jsonl").write_text('{"plan": "plus"}\n', "utf-8")
    for words in (
        "evaluate --policy acme t.jsonl",
        "evaluate --policy acme t.jsonl --format pretty",
        "check acme",
        "show --format json",
        "diff acme acme",
        "fmt --diff acme",
        "build acme -o acme.policy",
        "build acme -o acme.policy --check",
        "completion bash",
        "schema",
        "--version",
        "evaluate --help",
    ):
        done = shell(f"{command} {words} {lost}", tmp_path)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert done.stderr.startswith("the output can't be written: "), done.stderr
    # What was to be written is there all the same, and nothing is lost where nothing is said.
    assert shell(f"{command} build acme -o acme.policy --check", tmp_path).returncode == 0
    assert shell(f"{command} check acme --format json -o f.json {lost}", tmp_path).returncode == 0
    assert shell(f"{command} evaluate --policy acme t.jsonl -o d.csv {lost}", tmp_path).returncode == 0
    assert shell(f"{command} fmt acme {lost}", tmp_path).returncode == 0


def test_who_reads_no_more_ends_a_run_quietly_and_not_as_if_all_were_read(
    policy: Path, tmp_path: Path
) -> None:
    (policy / "plans.yaml").write_text("plans:   []\n", "utf-8")
    for words in ("show", "show --format json", "evaluate --help", "fmt --diff acme"):
        done = shell(f"{' '.join(COMMAND)} {words} | :; echo ${{PIPESTATUS[0]}}", tmp_path)
        assert (done.stdout, done.stderr) == ("141\n", "")


# Files


def test_a_file_that_can_not_be_written_is_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.json"
    file.write_text("before", "utf-8")
    with pytest.raises(click.BadParameter, match="file exists"):
        put_file(str(file), "after", new=True)
    assert file.read_text("utf-8") == "before"
    assert run(["check", "--format", "json", "-o", "/dev/full"]) == 2
    assert "can't write `/dev/full`: no space left on device" in capsys.readouterr().err
    assert run(["check", "--format", "json", "-o", str(tmp_path / "no" / "a")]) == 2
    assert "there is no directory" in capsys.readouterr().err


def outputs() -> list[tuple[str, str]]:
    """The commands and their options that name a file to write; those of a directory make no file that is read."""
    found = []
    for name in cli.cli.list_commands(None):  # type: ignore[arg-type]
        command = cli.cli.get_command(None, name)  # type: ignore[arg-type]
        assert command
        found += [
            (name, option.opts[0])
            for option in command.params
            if option.name in ("output", "save", "emit_tests") and isinstance(option, click.Option)
        ]
    return found


def inputs(name: str, policy: Path, tickets: Path) -> tuple[list[str], list[Path]]:
    """A line that reads files, and those that it reads."""
    read = [policy / "policy.yaml", policy / "severity.yaml"]
    tests = [*sorted((policy / "tests").glob("*.yaml"))[:1]]
    match name:
        case "evaluate":
            return ["--policy", str(policy), str(tickets)], [tickets]
        case "ask":
            return ["--policy", str(policy), "--answers", str(tickets)], [tickets, *read]
        case "diff":
            return [str(policy), str(STARTER), "--tickets", str(tickets)], [tickets, *read]
        case "log":
            return [str(policy.parent)], read
        case "replay":
            return [str(tickets), "--policy", str(policy)], read
        case _:
            return [str(policy)], [*read, *tests]


@pytest.mark.parametrize(("name", "option"), outputs())
def test_no_command_writes_onto_what_it_reads(
    name: str, option: str, policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tickets = tmp_path / "t.csv"
    tickets.write_text("plan\nplus\n", "utf-8")
    if name == "replay":
        shell(f"{' '.join(COMMAND)} evaluate t.csv --policy acme --ledger log", tmp_path)
        tickets = tmp_path / "log"
    line, files = inputs(name, policy, tickets)
    links = tmp_path / "links"
    links.mkdir()
    for number, file in enumerate(files):
        before = file.read_bytes()
        hard, soft = links / f"hard{number}.csv", links / f"soft{number}.csv"
        hard.hardlink_to(file)
        soft.symlink_to(file)
        for target in (file, hard, soft):
            if name == "evaluate" and target.suffix != ".csv":
                continue
            assert run([name, *line, option, str(target)]) == 2
            assert "`" in capsys.readouterr().err
            assert (file.read_bytes(), file.stat().st_nlink, soft.is_symlink()) == (before, 2, True)


def test_standard_input_is_not_written_and_other_files_of_a_directory_are(
    policy: Path, tmp_path: Path
) -> None:
    command, report = " ".join(COMMAND), policy / "report.json"
    (tmp_path / "t.csv").write_text("plan\nplus\n", "utf-8")
    done = shell(f"{command} check acme --format json -o /dev/stdin < t.csv", tmp_path)
    assert done.returncode == 2 and "is read by this command" in done.stderr
    assert (tmp_path / "t.csv").read_text("utf-8") == "plan\nplus\n"
    for _ in range(2):
        check_output(str(report), str(policy))
        put_file(str(report), "x")
    done = shell(f"{command} check acme --format json -o -", tmp_path)
    assert json.loads(done.stdout)["counts"]["errors"] == 0 and not (tmp_path / "-").exists()


# Signals


@pytest.mark.parametrize("command", [COMMAND, SCRIPT])
def test_an_interrupt_is_quiet_as_soon_as_there_is_anything_of_the_program(
    command: list[str], tmp_path: Path
) -> None:
    """The moments before are those of Python itself, in which it can only be what Python makes of it."""
    # Python tells what it imports, so that there is a first moment.
    environment = os.environ | {"PYTHONVERBOSE": "", "PYTHONUNBUFFERED": "1"}
    watched = [command[0], "-v", *command[1:]] if command == COMMAND else [sys.executable, "-v", *command]
    rng = random.Random(1)
    for _ in range(6):
        with subprocess.Popen(
            [*watched, "check", str(STARTER)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        ) as running:
            assert running.stderr
            for line in running.stderr:
                if line.startswith("import 'supportrules.base.replacement'"):
                    break
            time.sleep(rng.random() * 0.4)
            running.send_signal(signal.SIGINT)
            said = running.communicate(timeout=60)[1]
            assert running.returncode in (128 + signal.SIGINT, 0)
            assert "Traceback" not in said and "Exception ignored" not in said
