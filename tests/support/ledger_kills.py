"""Rounds of two real writer processes that are killed with -9 at random moments, and one that reads meanwhile.

Each writer forks when it has begun, and its child writes too; files are small, so that they get full in every round.

Run by ``make soak`` and, with fewer rounds, by a test: ``python tests/support/ledger_kills.py ROUNDS SEED FOLDER``. After each
round the ledger is opened again, which recovers it, and read by a few lines of this file that know nothing of the
library: the chain is whole, and every line that was acknowledged is there, once.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path
from typing import NoReturn

from folders import ROOT
from supportrules import Decision, Policy, load_policy
from supportrules.history.ledger import Break, Chain, Ledger, ledger_files

EXAMPLES = ROOT / "examples" / "tickets.jsonl"
ROUNDS_OF_A_LEDGER = 4
SIZE = 300_000


def whole_lines(files: list[Path]) -> list[dict[str, object]]:
    """The lines of a ledger, each held against the one before it."""
    lines = []
    before = None
    for file in files:
        data = file.read_bytes()
        assert data.endswith(b"\n") or not data
        for raw in data.splitlines():
            content, _, ending = raw.rpartition(b',"hash":')
            line = json.loads(raw)
            assert line["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
            assert json.loads(ending[:-1]) == line["hash"]
            assert line["previous"] == before
            lines.append(line)
            before = line["hash"]
            assert line["sequence"] == len(lines)
    return lines


def files_of(ledger: Path) -> list[Path]:
    return [*sorted(ledger.parent.glob(f"{ledger.name}.[0-9]*")), ledger]


def write(
    ledger: Path, acknowledged: Path, writer: str, policy: Policy, decision: Decision, parent: int
) -> NoReturn:
    """Appends until it is killed, or left alone, and notes what was acknowledged; so does a child."""
    os.setpgid(0, 0)
    notes = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    opened = Ledger(ledger, size=SIZE)
    me = os.getpid()
    if not os.fork():
        writer, parent = f"{writer}-child", me
    rng, numbers = random.Random(writer), count()
    while os.getppid() == parent:
        ids = [f"{writer}-{next(numbers)}" for _ in range(rng.choice([1, 1, 100]))]
        with opened.group():
            for id in ids:
                opened.append(policy, {"id": id}, decision)
        os.write(notes, "".join(f"{id}\n" for id in ids).encode())
    os._exit(1)


def read(ledger: Path) -> NoReturn:
    """Reads until it is ended, or until what it reads is no whole chain."""
    while True:
        if size_of(ledger):
            chain = Chain()
            found = [each for file in ledger_files(ledger) for each in chain.read(file)]
            broken = [each for each in found if isinstance(each, Break)]
            # A line that was being written may be torn, at the end.
            if broken and not (broken == found[-1:] and broken[0].is_torn):
                print(*(each.problem for each in broken), sep="\n", file=sys.stderr, flush=True)
                os._exit(1)


def size_of(ledger: Path) -> int:
    try:
        return ledger.stat().st_size
    except FileNotFoundError:
        # Not begun yet, or between two files.
        return 0


def until_it_grows(ledger: Path) -> None:
    """Waits, for a second at most, for the beginning of a write."""
    end, size = time.monotonic() + 1, size_of(ledger)
    while time.monotonic() < end and size_of(ledger) == size:
        pass


def main(rounds: int, seed: int, folder: Path) -> None:
    rng, parent = random.Random(seed), os.getpid()
    policy = load_policy()
    decision = policy.evaluate(json.loads(EXAMPLES.read_text("utf-8").splitlines()[0]))
    decision.to_dict()
    found = dict.fromkeys(("rounds", "acknowledged", "lines", "files", "torn"), 0)
    for number in range(rounds):
        ledger = folder / f"{number // ROUNDS_OF_A_LEDGER}.ledger"
        writers = [f"{number}-{name}" for name in "ab"]
        children = []
        reader = os.fork()
        if not reader:
            read(ledger)
        for writer in writers:
            child = os.fork()
            if not child:
                write(ledger, folder / f"{writer}.acknowledged", writer, policy, decision, parent)
            # Whichever of both comes first.
            os.setpgid(child, child)
            children.append(child)
        for child in children:
            time.sleep(rng.uniform(0.02, 0.1))
            if rng.random() < 0.5:
                until_it_grows(ledger)
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
        os.kill(reader, signal.SIGKILL)
        assert os.WIFSIGNALED(os.waitpid(reader, 0)[1]), "what was read was no whole chain"
        Ledger(ledger, tell=lambda message: None).close()
        lines = whole_lines(files_of(ledger))
        ids = [line["ticket"]["id"] for line in lines]  # type: ignore[index]
        assert len(set(ids)) == len(ids)
        for other in range(number // ROUNDS_OF_A_LEDGER * ROUNDS_OF_A_LEDGER, number + 1):
            for name in "ab":
                noted = folder / f"{other}-{name}.acknowledged"
                # A note that was being written itself has no end.
                known = noted.read_text().split("\n")[:-1] if noted.exists() else []
                assert set(known) <= set(ids), f"{noted}: {set(known) - set(ids)}"
                found["acknowledged"] += len(known) if other == number else 0
        found["rounds"] += 1
        if (number + 1) % ROUNDS_OF_A_LEDGER == 0 or number + 1 == rounds:
            found["lines"] += len(lines)
            found["files"] += len(files_of(ledger))
            found["torn"] += len(list(folder.glob(f"{ledger.name}-torn-*")))
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
