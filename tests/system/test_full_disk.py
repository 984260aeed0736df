"""A ledger on a loopback file system that is filled to the brim: root is needed, and nothing is skipped."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ledger_kills
from random_tickets import random_tickets
from supportrules import LedgerError, Policy, load_policy
from supportrules.history.ledger import Ledger


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system in a file, with 64 kB of room."""
    folder, image = tmp_path / "small", tmp_path / "image"
    folder.mkdir()
    image.write_bytes(b"\0" * 256 * 1024)
    # Without a journal, and without blocks that only root gets.
    subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", "-m", "0", "-N", "16", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    with (folder / "taken").open("wb") as taken:
        taken.write(b"x" * (shutil.disk_usage(folder).free - 64 * 1024))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("grouped", [1, 3])
def test_nothing_acknowledged_is_lost_where_the_disk_is_full(
    policy: Policy, small: Path, grouped: int
) -> None:
    ledger, filler = small / "ledger", small / "filler"
    # Room is found again by taking this away.
    filler.write_bytes(b"x" * 28_000)
    acknowledged: list[str] = []
    tickets = random_tickets(policy, random.Random(1), 10_000)

    def append(opened: Ledger) -> None:
        some = [next(tickets) | {"id": f"T-{len(acknowledged) + n}"} for n in range(grouped)]
        with opened.group():
            for ticket in some:
                opened.append(policy, ticket, policy.evaluate(ticket))
        acknowledged.extend(str(ticket["id"]) for ticket in some)

    def logged() -> list[object]:
        return [line["ticket"]["id"] for line in ledger_kills.whole_lines([ledger])]  # type: ignore[index]

    with Ledger(ledger) as opened:
        with pytest.raises(LedgerError, match="can't append: no space left on device"):
            while True:
                append(opened)
        assert acknowledged and logged() == acknowledged
        # It stays full, whoever tries, and the file stays whole.
        with Ledger(ledger) as other:
            for again in (opened, other):
                with pytest.raises(LedgerError, match="no space left on device"):
                    for _ in range(10):
                        append(again)
                assert logged() == acknowledged
        filler.unlink()
        append(opened)
    assert logged() == acknowledged


def test_a_torn_line_waits_where_there_is_no_room_to_set_it_aside(policy: Policy, small: Path) -> None:
    ledger, filler = small / "ledger", small / "filler"
    with Ledger(ledger) as opened:
        opened.append(policy, {}, policy.evaluate({}))
    whole = ledger.read_bytes()
    ledger.write_bytes(whole + b'{"format":1,' + b"x" * 9000)
    with pytest.raises(OSError, match="No space left"), filler.open("wb", buffering=0) as stream:
        while True:
            stream.write(b"x" * 4096)
    torn = ledger.read_bytes()
    with pytest.raises(
        LedgerError, match="has a torn line, which can't be set aside: no space left on device"
    ):
        Ledger(ledger)
    assert ledger.read_bytes() == torn
    assert not list(small.glob("ledger-torn-*"))
    filler.unlink()
    told: list[str] = []
    Ledger(ledger, tell=told.append).close()
    assert len(told) == 1 and ledger.read_bytes() == whole
    assert len(list(small.glob("ledger-torn-*"))) == 1


def test_the_command_writes_no_decision_that_is_not_logged(small: Path) -> None:
    example = json.loads(ledger_kills.EXAMPLES.read_text("utf-8").splitlines()[0])
    tickets = "".join(json.dumps(example | {"id": f"T-{number}"}) + "\n" for number in range(2000))
    line = [sys.executable, "-m", "supportrules", "evaluate", "--ledger", str(small / "ledger")]
    done = subprocess.run(line, input=tickets, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert "can't append: no space left on device" in done.stderr
    written = [json.loads(each)["ticket"] for each in done.stdout.splitlines()]
    logged = [each["ticket"]["id"] for each in ledger_kills.whole_lines([small / "ledger"])]  # type: ignore[index]
    assert written == logged[: len(written)]
