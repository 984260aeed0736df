"""The ledger: what is acknowledged is on disk, and what is not as it was written shows."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import json
import os
import random
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import ledger_kills
import supportrules
from folders import HARBOURLINE
from known_tickets import MAIL
from random_tickets import random_tickets
from supportrules import BrokenChain, LedgerError, NotLogged, Policy
from supportrules.base.problem import Location
from supportrules.base.strict_json import NotJson
from supportrules.history.ledger import Break, Chain, Ledger, Line, Masks, ledger_files, read_facts, read_key
from supportrules.history.ledger.chain import LogFile
from supportrules.history.ledger.line import MOST_LINES, START, Link, body, chained, line_data
from supportrules.time import public_holidays
from supportrules.time.zones import tzdata_version

KEY = b"k" * 32


def silent(message: str) -> None:
    raise AssertionError(message)


def fill(
    file: Path, policy: Policy, count: int, *, seed: int = 1, size: int | None = None
) -> list[dict[str, Any]]:
    """Appends decisions of random tickets, each acknowledged alone; gives the tickets."""
    tickets = list(random_tickets(policy, random.Random(seed), count))
    with Ledger(file, size=size, tell=silent) as ledger:
        for ticket in tickets:
            ledger.append(policy, ticket, policy.evaluate(ticket))
    return tickets


def read(file: Path, head: str | None = None) -> list[Line | Break]:
    chain = Chain(head)
    found: list[Line | Break] = []
    for each in ledger_files(file):
        found += chain.read(each)
    return found + list(chain.end(str(file)))


def paths(file: Path) -> list[Path]:
    return [each.path for each in ledger_files(file)]


def lines(file: Path) -> list[Line]:
    found = read(file)
    assert all(isinstance(each, Line) for each in found), found
    return [each for each in found if isinstance(each, Line)]


def breaks(file: Path, head: str | None = None) -> list[str]:
    return [each.problem.code for each in read(file, head) if isinstance(each, Break)]


def test_a_line_says_all_that_a_decision_rested_on(policy: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    tickets = fill(file, policy, 5)
    raw = ledger_kills.whole_lines([file])
    for number, (line, ticket) in enumerate(zip(raw, tickets, strict=True), 1):
        assert list(line) == [
            "format", "sequence", "previous", "time", "software", "policy", "calendars",
            "ticket", "masked", "defaults", "decision", "hash",
        ]  # fmt: skip
        assert (line["format"], line["sequence"]) == (2, number)
        assert line["software"] == supportrules.__version__
        assert line["policy"] == {"name": policy.name, "version": policy.version, "digest": policy.digest}
        assert line["calendars"] == {"holidays": public_holidays.version(), "tzdata": tzdata_version()}
        assert (line["ticket"], line["masked"], line["defaults"]) == (ticket, [], True)
        assert line["decision"] == json.loads(json.dumps(policy.evaluate(ticket).to_dict()))
        assert str(line["time"]).endswith("Z")
    for logged, line in zip(lines(file), raw, strict=True):
        assert (logged.sequence, logged.hash, logged.decision) == (
            line["sequence"],
            line["hash"],
            line["decision"],
        )


def test_a_field_that_is_no_fact_is_left_out_and_defaults_are_told(shipped: Policy, tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ticket = {"plan": "enterprise_e3", "phone number": "+33 1 23 45 67 89"}
        decision = shipped.evaluate(ticket, extra=True, defaults=["issue_type"])
        ledger.append(shipped, ticket, decision, defaults=["issue_type"])
    (line,) = lines(tmp_path / "ledger")
    assert (line.ticket, line.defaults) == ({"plan": "enterprise_e3"}, ("issue_type",))


# What is altered shows


def test_each_byte_that_is_another_one_shows(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 2)
    data = file.read_bytes()
    rng = random.Random(7)
    with file.open("r+b", buffering=0) as stream:

        def shows(place: int, other: int) -> bool:
            os.pwrite(stream.fileno(), bytes([other]), place)
            found = bool(breaks(file))
            os.pwrite(stream.fileno(), data[place : place + 1], place)
            return found

        # One of its eight bits, and a line end into another byte and another byte into a line end.
        unseen = [place for place, byte in enumerate(data) if not shows(place, byte ^ 1 << rng.randrange(8))]
        unseen += [place for place, byte in enumerate(data) if not shows(place, 32 if byte == 10 else 10)]
    assert unseen == []
    assert not breaks(file)


def test_an_altered_line_refuses_what_would_follow_it(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 3)
    file.write_bytes(
        data := file.read_bytes().replace(b'"sequence":2,"previous":', b'"sequence":2,"previous" :')
    )
    with pytest.raises(BrokenChain, match=f"{file}:2: .*no line of a ledger"):
        Ledger(file)
    file.write_bytes(
        data.replace(b'"previous" :', b'"previous":').replace(b'"defaults":true', b'"defaults":null', 2)
    )
    with pytest.raises(
        BrokenChain, match=f"{file}:1: altered: its hash is sha256:[0-9a-f]{{64}}, and it says sha256:"
    ):
        Ledger(file)
    assert breaks(file) == ["altered", "altered"]


def test_removed_and_reordered_lines_show(policy: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    fill(file, policy, 8)
    whole = file.read_bytes().splitlines(keepends=True)
    for number in range(7):
        file.write_bytes(b"".join(whole[:number] + whole[number + 1 :]))
        (problem,) = [each.problem for each in read(file) if isinstance(each, Break)]
        assert (problem.code, problem.location and problem.location.line) == ("missing", number + 1)
        assert f"line {number + 1} is missing" in problem.message
    file.write_bytes(b"".join(whole[:2] + whole[5:]))
    assert "lines 3 to 5 are missing" in next(e for e in read(file) if isinstance(e, Break)).problem.message
    for number in range(7):
        swapped = [*whole[:number], whole[number + 1], whole[number], *whole[number + 2 :]]
        file.write_bytes(b"".join(swapped))
        assert "misplaced" in breaks(file)
    file.write_bytes(b"".join([*whole[:4], whole[3], *whole[4:]]))
    assert breaks(file) == ["misplaced"]


def test_a_cut_end_shows_by_a_hash_that_was_kept(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 4)
    heads = [line.hash for line in lines(file)]
    whole = file.read_bytes().splitlines(keepends=True)
    for known in range(1, 5):
        for kept in range(5):
            file.write_bytes(b"".join(whole[:kept]))
            expected = [] if kept >= known else ["cut"]
            assert breaks(file, heads[known - 1]) == expected
            assert breaks(file, heads[known - 1].removeprefix("sha256:").upper()) == expected
            assert not breaks(file)


def test_a_line_of_another_chain_shows(harbourline: Policy, tmp_path: Path) -> None:
    fill(tmp_path / "one", harbourline, 3, seed=1)
    fill(tmp_path / "two", harbourline, 3, seed=2)
    one, two = ((tmp_path / name).read_bytes().splitlines(keepends=True) for name in ("one", "two"))
    (tmp_path / "one").write_bytes(one[0] + two[1] + two[2])
    assert breaks(tmp_path / "one") == ["other-chain"]


def test_a_line_of_another_format_is_told(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 1)
    file.write_bytes(file.read_bytes().replace(b'{"format":2,', b'{"format":3,'))
    with pytest.raises(BrokenChain, match="format 3, and this version reads formats up to 2"):
        Ledger(file)


# Several at once


def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    line = [sys.executable, ledger_kills.__file__, "20", "5", str(tmp_path)]
    done = subprocess.run(line, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["rounds"] == 20 and found["lines"] >= found["acknowledged"] > 20


def test_many_threads_and_two_processes_make_one_chain(tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    script = """
import sys, threading
from pathlib import Path
from supportrules import load_policy
from supportrules.history.ledger import Ledger

file, name = sys.argv[1:]
policy = load_policy()
decision = policy.evaluate({})
with Ledger(file, size=100_000) as ledger:
    def work(thread):
        for number in range(15):
            ledger.append(policy, {"id": f"{name}-{thread}-{number}"}, decision)
            if number % 5 == 0:
                with ledger.group():
                    for more in range(3):
                        ledger.append(policy, {"id": f"{name}-{thread}-{number}-{more}"}, decision)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(file), name], stderr=subprocess.PIPE)
        for name in "ab"
    ]
    for writer in writers:
        assert writer.communicate()[1] == b""
    raw = ledger_kills.whole_lines(ledger_kills.files_of(file))
    assert len(ledger_kills.files_of(file)) > 2
    found = [dict(line["ticket"])["id"] for line in raw]  # type: ignore[call-overload]
    expected = {f"{name}-{thread}-{number}" for name in "ab" for thread in range(8) for number in range(15)}
    expected |= {f"{id}-{more}" for id in expected if int(id.split("-")[2]) % 5 == 0 for more in range(3)}
    assert len(found) == len(expected) and set(found) == expected
    # Whoever appends in a row does so in order.
    for name in "ab":
        for thread in range(8):
            mine = [int(id.split("-")[2]) for id in found if id.startswith(f"{name}-{thread}-")]
            assert mine == sorted(mine)
    assert len(lines(file)) == len(expected)


def test_a_thread_waits_until_its_line_is_on_disk(
    harbourline: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many threads, few fsyncs, and none returns before the one that covers it."""
    decision = harbourline.evaluate({})
    synced: list[int] = []
    fsync = os.fsync

    def counted(descriptor: int) -> None:
        fsync(descriptor)
        synced.append(os.fstat(descriptor).st_size)

    with Ledger(tmp_path / "ledger") as ledger:
        monkeypatch.setattr(os, "fsync", counted)
        late: list[int] = []

        def work() -> None:
            for _ in range(20):
                ledger.append(harbourline, {}, decision)
                # What is in the file up to the last fsync holds as many lines as returned at least.
                late.append(ledger.sequence)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(lines(tmp_path / "ledger")) == 160
    assert synced == sorted(synced) and synced[-1] == (tmp_path / "ledger").stat().st_size
    assert len(synced) < 160


def test_a_group_is_written_together(harbourline: Policy, tmp_path: Path) -> None:
    file, decision = tmp_path / "ledger", harbourline.evaluate({})
    with Ledger(file) as ledger:
        with ledger.group():
            ledger.append(harbourline, {}, decision)
            with ledger.group():
                ledger.append(harbourline, {}, decision)
            assert not file.stat().st_size
        assert len(lines(file)) == 2
        with pytest.raises(ZeroDivisionError), ledger.group():
            ledger.append(harbourline, {}, decision)
            raise ZeroDivisionError
        assert len(lines(file)) == 3
        ledger.append(harbourline, {}, decision)
        assert (ledger.sequence, ledger.head) == (4, lines(file)[-1].hash)


def test_a_child_of_a_fork_goes_on(tmp_path: Path) -> None:
    script = """
import os, sys
from supportrules import load_policy
from supportrules.history.ledger import Ledger

policy = load_policy(sys.argv[2])
decision = policy.evaluate({})
ledger = Ledger(sys.argv[1])
children = []
for _ in range(3):
    child = os.fork()
    if not child:
        for _ in range(20):
            ledger.append(policy, {}, decision)
        os._exit(0)
    children.append(child)
for _ in range(20):
    ledger.append(policy, {}, decision)
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
"""
    where = str(HARBOURLINE)
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "ledger"), where], check=True)
    assert len(lines(tmp_path / "ledger")) == 80


def test_a_lock_does_not_outlive_who_holds_it(tmp_path: Path) -> None:
    """A child that never uses the ledger lives on after its parent, which was killed while it wrote."""
    script = """
import os, signal, sys, time
from supportrules import load_policy
from supportrules.history.ledger import Ledger

file, where = sys.argv[1:]
policy = load_policy(where)
decision = policy.evaluate({})
ledger = Ledger(file)
ledger.append(policy, {}, decision)
reading, writing = os.pipe()

def forks(descriptor):
    # The child of another thread that has nothing to do with this, while the file is locked.
    if not os.fork():
        os.write(writing, f"{os.getpid()} ".encode())
        os.closerange(0, 3)
        time.sleep(60)
        os._exit(0)
    time.sleep(0.1)
    print(os.read(reading, 20).decode(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

os.fsync = forks
ledger.append(policy, {}, decision)
"""
    where = str(HARBOURLINE)
    line = [sys.executable, "-c", script, str(tmp_path / "ledger"), where]
    done = subprocess.run(line, capture_output=True, encoding="utf-8", check=False)
    child = int(done.stdout)
    try:
        with (tmp_path / "ledger").open("rb") as stream:
            # At once, and not in a minute.
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.kill(child, signal.SIGKILL)
    Ledger(tmp_path / "ledger").close()
    assert len(lines(tmp_path / "ledger")) in (1, 2)


def test_a_child_can_close_while_a_thread_of_its_parent_writes(tmp_path: Path) -> None:
    script = """
import os, signal, sys, threading
from supportrules import load_policy
from supportrules.history.ledger import Ledger

file, where = sys.argv[1:]
policy = load_policy(where)
decision = policy.evaluate({})
ledger = Ledger(file)
fsync, inside, goes_on = os.fsync, threading.Event(), threading.Event()

def slow(descriptor):
    inside.set()
    goes_on.wait()
    fsync(descriptor)

os.fsync = slow
thread = threading.Thread(target=ledger.append, args=(policy, {}, decision))
thread.start()
inside.wait()
child = os.fork()
if not child:
    signal.alarm(20)
    ledger.close()
    os._exit(0)
ended = os.waitpid(child, 0)[1]
goes_on.set()
thread.join()
assert not ended, ended
"""
    where = str(HARBOURLINE)
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "ledger"), where], check=True)
    assert len(lines(tmp_path / "ledger")) == 1


def test_what_a_group_holds_is_its_parents_after_a_fork(tmp_path: Path) -> None:
    script = """
import os, sys
from supportrules import load_policy
from supportrules.history.ledger import Ledger

file = sys.argv[1]
policy = load_policy()
decision = policy.evaluate({})
ledger = Ledger(file)
with ledger.group():
    ledger.append(policy, {"id": "parent"}, decision)
    child = os.fork()
    if not child:
        ledger.append(policy, {"id": "child"}, decision)
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "ledger")], check=True)
    assert sorted(line.ticket["id"] for line in lines(tmp_path / "ledger")) == ["child", "parent"]


def test_a_group_is_of_one_task(harbourline: Policy, tmp_path: Path) -> None:
    """What another task appends meanwhile is on disk when that returns."""
    file, decision = tmp_path / "ledger", harbourline.evaluate({})
    found: list[int] = []

    async def grouped(ledger: Ledger, begun: asyncio.Event, ended: asyncio.Event) -> None:
        with ledger.group():
            ledger.append(harbourline, {}, decision)
            begun.set()
            await ended.wait()

    async def alone(ledger: Ledger, begun: asyncio.Event, ended: asyncio.Event) -> None:
        await begun.wait()
        ledger.append(harbourline, {}, decision)
        found.append(len(lines(file)))
        ended.set()

    async def late(ledger: Ledger) -> None:
        ledger.append(harbourline, {}, decision)
        found.append(len(lines(file)))

    async def main() -> None:
        with Ledger(file) as ledger:
            begun, ended = asyncio.Event(), asyncio.Event()
            await asyncio.gather(grouped(ledger, begun, ended), alone(ledger, begun, ended))
            with ledger.group():
                # Begun in the group, and still there when that has ended.
                task = asyncio.create_task(late(ledger))
            await task

    asyncio.run(main())
    assert found == [1, 3] and len(lines(file)) == 3


# What goes wrong


@pytest.mark.parametrize("cut", ["a part", "all but its end"])
def test_a_torn_line_is_set_aside_and_told(harbourline: Policy, tmp_path: Path, cut: str) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 3)
    whole = file.read_bytes()
    start = whole.rindex(b"\n", 0, -1) + 1
    kept = whole[: start + 40] if cut == "a part" else whole[:-1]
    file.write_bytes(kept)
    assert breaks(file) == ["torn"]
    told: list[str] = []
    with Ledger(file, tell=told.append) as ledger:
        assert ledger.sequence == 2
        ledger.append(harbourline, {}, harbourline.evaluate({}))
    (aside,) = tmp_path.glob("ledger-torn-*")
    assert aside.read_bytes() == kept[start:]
    assert told == [
        f"{file}:3: a torn line: it has no end; its {len(kept) - start} bytes are set aside in {aside}"
    ]
    assert len(lines(file)) == 3


def test_what_another_writer_left_torn_is_set_aside_too(harbourline: Policy, tmp_path: Path) -> None:
    file, told = tmp_path / "ledger", list[str]()
    with Ledger(file, tell=told.append) as ledger:
        ledger.append(harbourline, {}, harbourline.evaluate({}))
        with file.open("ab") as other:
            other.write(b'{"format":1,"seq')
        ledger.append(harbourline, {}, harbourline.evaluate({}))
        with file.open("ab") as other:
            other.write(b"something else\n")
        with pytest.raises(BrokenChain, match=f"{file}:3: no line of a ledger"):
            ledger.append(harbourline, {}, harbourline.evaluate({}))
    assert len(told) == 1 and len(list(tmp_path.glob("ledger-torn-*"))) == 1


def test_torn_lines_are_told_on_standard_error(
    harbourline: Policy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ledger").write_bytes(b"{")
    Ledger(tmp_path / "ledger").close()
    assert "a torn line: it has no end; its 1 bytes are set aside" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["read-only", "a directory", "no directory", "no file"])
def test_what_can_not_be_written_is_told_at_once(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "ledger"
    match kind:
        case "read-only":
            file.touch(0o444)
            reason = "it is read-only"
        case "a directory":
            file.mkdir()
            reason = "is a directory"
        case "no directory":
            file = tmp_path / "nowhere" / "ledger"
            reason = "no such file or directory"
        case _:
            file = Path("/dev/null")
            reason = "it is no file"
    with pytest.raises(LedgerError, match=f"{file}: can't be written: {reason}"):
        Ledger(file)


def failing_after(count: int) -> Callable[[int, Any], int]:
    """A write that has room for some bytes, and then none."""
    write, left = os.write, [count]

    def limited(descriptor: int, data: Any) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(descriptor, bytes(data)[: left[0]])
        left[0] -= written
        return written

    return limited


@pytest.mark.parametrize("room", [0, 10, 3000])
def test_a_full_disk_is_told_and_leaves_no_part_of_a_line(
    harbourline: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 2)
    before = file.read_bytes()
    decision = harbourline.evaluate({})
    with Ledger(file, tell=silent) as ledger:
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", failing_after(room))
            with (
                pytest.raises(LedgerError, match=f"{file}: can't append: no space left on device"),
                ledger.group(),
            ):
                for _ in range(5):
                    ledger.append(harbourline, {}, decision)
        assert file.read_bytes() == before
        ledger.append(harbourline, {}, decision)
    assert len(lines(file)) == 3


def test_a_file_that_was_cut_or_taken_away_is_told(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    decision = harbourline.evaluate({})
    with Ledger(file) as ledger:
        for _ in range(3):
            ledger.append(harbourline, {}, decision)
        first = file.read_bytes().splitlines(keepends=True)[0]
        os.truncate(file, len(first))
        with pytest.raises(BrokenChain, match=r"it has .* bytes, and had"):
            ledger.append(harbourline, {}, decision)
    with Ledger(file) as ledger:
        ledger.append(harbourline, {}, decision)
        file.unlink()
        with pytest.raises(BrokenChain, match="it ends with line 0, and line 2 was in it"):
            ledger.append(harbourline, {}, decision)


@pytest.mark.parametrize("how", ["away", "cut", "gone to", "other chain"])
def test_a_chain_that_broke_stays_broken(harbourline: Policy, tmp_path: Path, how: str) -> None:
    """Whoever logs on after an error begins no second chain, and goes on where the first one is back."""
    file, decision = tmp_path / "ledger", harbourline.evaluate({})
    fill(tmp_path / "other", harbourline, 5, seed=2)
    with Ledger(file) as ledger:
        for _ in range(3):
            ledger.append(harbourline, {}, decision)
        whole = file.read_bytes()
        match how:
            case "away":
                file.unlink()
            case "cut":
                os.truncate(file, whole.index(b"\n") + 1)
            case "gone to":
                file.write_bytes(b"")
            case _:
                (tmp_path / "other").rename(file)
        left = file.read_bytes() if file.exists() else None
        for _ in range(3):
            with pytest.raises(BrokenChain):
                ledger.append(harbourline, {}, decision)
        assert (file.read_bytes() if file.exists() else None) == left
        file.write_bytes(whole)
        ledger.append(harbourline, {}, decision)
    assert len(lines(file)) == 4 and lines(file)[2].hash == json.loads(whole.splitlines()[2])["hash"]


def test_a_line_that_was_written_anew_shows_before_the_next_one(harbourline: Policy, tmp_path: Path) -> None:
    """A file that was cut, and filled up by others to the same length."""
    file, decision = tmp_path / "ledger", harbourline.evaluate({})
    with Ledger(file) as ledger:
        for _ in range(2):
            ledger.append(harbourline, {}, decision)
        whole = file.read_bytes()
        os.truncate(file, whole.index(b"\n") + 1)
        with Ledger(file) as other:
            other.append(harbourline, {}, decision)
        assert len(file.read_bytes()) == len(whole)
        for _ in range(2):
            with pytest.raises(BrokenChain, match="line 2"):
                ledger.append(harbourline, {}, decision)
    assert len(lines(file)) == 2


def test_a_ledger_stays_where_it_was_opened(
    harbourline: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with Ledger("ledger", size=1) as ledger:
        for folder in ("elsewhere", "..", "elsewhere"):
            ledger.append(harbourline, {}, harbourline.evaluate({}))
            monkeypatch.chdir(folder)
    assert not list((tmp_path / "elsewhere").iterdir())
    assert len(lines(tmp_path / "ledger")) == 3


def test_what_is_on_disk_is_acknowledged_though_more_was_not(
    shipped: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of threads that share a write, which fails in its middle, those whose lines were written succeed."""
    file, decision = tmp_path / "ledger", shipped.evaluate({})
    fsync, said, held = os.fsync, dict[int, bool](), threading.Event()
    with Ledger(tmp_path / "one") as one:
        one.append(shipped, {"id": "0"}, decision)
    with Ledger(file, size=4 * (tmp_path / "one").stat().st_size) as ledger:

        def work(number: int) -> None:
            try:
                ledger.append(shipped, {"id": str(number)}, decision)
                said[number] = True
            except LedgerError:
                said[number] = False

        def slow(descriptor: int) -> None:
            held.wait()
            fsync(descriptor)

        monkeypatch.setattr(os, "fsync", slow)
        threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        # The next file can't be begun.
        (tmp_path / "ledger.000000000001").touch()
        held.set()
        for thread in threads:
            thread.join()
    logged = {int(json.loads(line)["ticket"]["id"]) for line in file.read_bytes().splitlines()}
    assert 1 < len(logged) < 12
    assert {number for number, done in said.items() if done} == logged


def is_folder(descriptor: int) -> bool:
    return stat.S_ISDIR(os.fstat(descriptor).st_mode)


def test_a_folder_that_was_not_brought_to_disk_is_so_by_the_next_append(
    harbourline: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision, fsync, synced = harbourline.evaluate({}), os.fsync, list[str]()

    def second_folder_fails(descriptor: int) -> None:
        synced.append("folder" if is_folder(descriptor) else "file")
        if synced.count("folder") == 2 and synced[-1] == "folder":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(descriptor)

    with Ledger(tmp_path / "ledger", size=1) as ledger:
        ledger.append(harbourline, {}, decision)
        monkeypatch.setattr(os, "fsync", second_folder_fails)
        # The first is that of the full file's new name, the second that of the new file.
        with pytest.raises(LedgerError, match="can't be brought to disk: input/output error"):
            ledger.append(harbourline, {}, decision)
        synced[:] = ["folder", "folder"]
        ledger.append(harbourline, {}, decision)
        assert synced[2:] == ["file", "folder", "file"]
    assert len(lines(tmp_path / "ledger")) == 2


def test_a_file_is_on_disk_before_it_gets_its_name(
    harbourline: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another process wrote its last line and was killed before it could bring that to disk."""
    file, decision = tmp_path / "ledger", harbourline.evaluate({})
    done, fsync, rename = list[str](), os.fsync, Path.rename
    with Ledger(file, size=1) as ledger, Ledger(file, size=None) as other:
        ledger.append(harbourline, {}, decision)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", lambda descriptor: None)
            other.append(harbourline, {}, decision)

        def noted(descriptor: int) -> None:
            done.append("folder" if is_folder(descriptor) else "file")
            fsync(descriptor)

        def named(path: Path, target: Path) -> Path:
            done.append("name")
            return rename(path, target)

        monkeypatch.setattr(os, "fsync", noted)
        monkeypatch.setattr(Path, "rename", named)
        ledger.append(harbourline, {}, decision)
    assert done[:3] == ["file", "name", "folder"] and done[-1] == "file"


def test_a_closed_ledger_takes_nothing(harbourline: Policy, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="it is closed"):
        ledger.append(harbourline, {}, harbourline.evaluate({}))


@pytest.mark.parametrize("value", ["\ud800", float("nan"), {1, 2}, "x" * 5_000_000], ids=repr)
def test_what_no_line_can_say_is_told_and_stops_nobody_else(
    shipped: Policy, tmp_path: Path, value: object
) -> None:
    decision = shipped.evaluate({})
    with Ledger(tmp_path / "ledger") as ledger, ledger.group():
        ledger.append(shipped, {"id": "one"}, decision)
        with pytest.raises(NotLogged):
            ledger.append(shipped, {"id": value}, decision)
        ledger.append(shipped, {"id": "two"}, decision)
    assert [line.ticket["id"] for line in lines(tmp_path / "ledger")] == ["one", "two"]


def test_a_ledger_is_its_owners_alone_and_what_follows_it_is_as_it_is(
    harbourline: Policy, tmp_path: Path
) -> None:
    file, decision = tmp_path / "ledger", harbourline.evaluate({})
    with Ledger(file, size=1, tell=lambda message: None) as ledger:
        assert file.stat().st_mode & 0o777 == 0o600
        ledger.append(harbourline, {}, decision)
        file.chmod(0o660)
        ledger.append(harbourline, {}, decision)
        with file.open("ab") as other:
            other.write(b"{")
        ledger.append(harbourline, {}, decision)
    names = {each.name[:12]: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
    assert names == {"ledger": 0o660, "ledger.00000": 0o660, "ledger-torn-": 0o660}
    # A full one that was locked away is no pattern for one that is written to.
    for each in paths(file)[:-1]:
        each.chmod(0o440)
    file.unlink()
    Ledger(file).close()
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("there", [True, False])
def test_a_link_to_a_ledger_stays_one(harbourline: Policy, tmp_path: Path, there: bool) -> None:
    real, link = tmp_path / "real" / "ledger", tmp_path / "link"
    real.parent.mkdir()
    if there:
        real.touch()
    link.symlink_to(real)
    fill(link, harbourline, 3, size=1)
    assert link.is_symlink() and [each.name for each in tmp_path.iterdir() if each != real.parent] == ["link"]
    assert len(list(real.parent.iterdir())) == 3
    assert [line.sequence for line in lines(link)] == [line.sequence for line in lines(real)] == [1, 2, 3]


def test_errors_reach_every_thread_that_waits(
    harbourline: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = harbourline.evaluate({})
    failed: list[LedgerError] = []
    with Ledger(tmp_path / "ledger") as ledger:
        monkeypatch.setattr(os, "write", failing_after(0))

        def work() -> None:
            try:
                ledger.append(harbourline, {}, decision)
            except LedgerError as error:
                failed.append(error)

        threads = [threading.Thread(target=work) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(failed) == 10 and len(set(map(id, failed))) == 10


# Several files


def test_full_files_carry_the_chain_over(policy: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    tickets = fill(file, policy, 12, size=20_000)
    files = paths(file)
    assert len(files) > 2 and files[-1] == file
    assert [each.ticket for each in lines(file)] == tickets
    ledger_kills.whole_lines(files)
    for each in files[:-1]:
        first = json.loads(each.read_bytes().splitlines()[0])
        assert each.name == f"ledger.{first['sequence']:012}"
        assert each.stat().st_size <= 20_000
    # Whoever opens it again goes on, with another size too.
    with Ledger(file, tell=silent) as ledger:
        assert ledger.sequence == 12
    fill(file, policy, 3, size=1)
    assert len(paths(file)) == len(files) + 3
    assert len(lines(file)) == 15


def test_a_missing_or_altered_file_of_several_shows(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 6, size=1)
    files = paths(file)
    assert len(files) == 6
    for gone in files[:-1]:
        data = gone.read_bytes()
        gone.unlink()
        assert breaks(file) == ["missing"]
        gone.write_bytes(data)
    last = files[-2]
    last.write_bytes(last.read_bytes().replace(b'"defaults":true', b'"defaults":fals'))
    with pytest.raises(BrokenChain, match=f"{last}: its last line: altered"):
        Ledger(file)
    last.write_bytes(files[-3].read_bytes())
    with pytest.raises(BrokenChain, match=str(last)):
        Ledger(file)


def test_a_crash_between_two_files_is_no_break(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 3)
    file.rename(tmp_path / "ledger.000000000001")
    fill(file, harbourline, 2)
    assert [line.sequence for line in lines(file)] == [1, 2, 3, 4, 5]


def test_files_that_were_put_away_do_not_stop_a_writer(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 4, size=1)
    for each in paths(file)[:-1]:
        each.rename(tmp_path / f"away.{each.name}")
    fill(file, harbourline, 2, size=1)
    assert [json.loads(each.read_bytes())["sequence"] for each in paths(file)] == [4, 5, 6]
    assert breaks(file) == ["missing"]


def chain_of(policy: Policy, count: int, first: Link = START) -> list[bytes]:
    """Lines as they are written to one file, the first of them after another one."""
    decision = policy.evaluate({}).to_dict()
    raws, link = [], first
    for _ in range(count):
        raw, link = chained(body(policy.reference, {}, (), True, decision), link)
        raws.append(raw)
    return raws


HASH = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("first", "missing"),
    [
        (Link(1, HASH), "line 1 is missing"),
        (Link(4, HASH), "lines 1 to 4 are missing"),
        (Link(0, HASH), f"chained to {HASH}, and no line comes before it"),
        (Link(4, None), "lines 1 to 4 are missing"),
        (Link(MOST_LINES - 1, HASH), f"lines 1 to {MOST_LINES - 1} are missing"),
    ],
)
def test_nothing_is_appended_to_a_ledger_without_its_beginning(
    harbourline: Policy, tmp_path: Path, first: Link, missing: str
) -> None:
    file = tmp_path / "ledger"
    data = b"".join(chain_of(harbourline, 1, first))
    file.write_bytes(data)
    with pytest.raises(BrokenChain, match=missing) as error:
        Ledger(file)
    assert error.value.problem.location == Location(str(file), 1)
    assert file.read_bytes() == data


@pytest.mark.parametrize(
    "number", ["0", "-1", "1.0", "1e0", "true", "null", '"1"', "01", "1" * 16, "9" * 400]
)
def test_what_is_no_number_of_a_line_is_no_line(harbourline: Policy, tmp_path: Path, number: str) -> None:
    file = tmp_path / "ledger"
    (raw,) = chain_of(harbourline, 1)
    forged = raw.replace(b'"sequence":1,', f'"sequence":{number},'.encode())
    said = forged[: forged.rindex(b',"hash"')]
    data = said + f',"hash":"sha256:{hashlib.sha256(said).hexdigest()}"}}\n'.encode()
    file.write_bytes(data)
    with pytest.raises(BrokenChain, match="no line of a ledger"):
        Ledger(file)
    assert file.read_bytes() == data


def test_first_lines_of_any_file_are_missed(harbourline: Policy, tmp_path: Path) -> None:
    """Whether the files before it are there or put away."""
    file = tmp_path / "ledger"
    fill(file, harbourline, 5, size=1)
    with Ledger(file) as ledger:
        ledger.append(harbourline, {}, harbourline.evaluate({}))
    whole = file.read_bytes()
    for put_away in (False, True):
        for each in paths(file)[:-1] if put_away else ():
            each.unlink()
        file.write_bytes(whole.split(b"\n", 1)[1])
        with pytest.raises(BrokenChain, match=r"where [15] should be"):
            Ledger(file)
        file.write_bytes(whole)
        Ledger(file).close()


def test_one_ledger_after_another_in_a_file_is_no_ledger(harbourline: Policy, tmp_path: Path) -> None:
    one, other, file = (tmp_path / name for name in ("one", "other", "both"))
    fill(one, harbourline, 2)
    fill(other, harbourline, 3)
    file.write_bytes(one.read_bytes() + other.read_bytes())
    with pytest.raises(BrokenChain, match="line 1 of the ledger, where 3 should be"):
        Ledger(file)


def test_a_ledger_of_as_many_lines_as_can_be_takes_no_more(harbourline: Policy, tmp_path: Path) -> None:
    (raw,) = chain_of(harbourline, 1, Link(MOST_LINES - 1, HASH))
    (tmp_path / "ledger.000000000001").write_bytes(raw)
    file = tmp_path / "ledger"
    with Ledger(file) as ledger, pytest.raises(LedgerError, match="can have no more"):
        ledger.append(harbourline, {}, harbourline.evaluate({}))
    assert file.read_bytes() == b""


def test_a_full_file_is_never_written_over(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    with Ledger(file, size=1) as ledger:
        ledger.append(harbourline, {}, harbourline.evaluate({}))
        (tmp_path / "ledger.000000000001").write_bytes(b"precious")
        with pytest.raises(LedgerError, match=r"`ledger\.000000000001` is there already"):
            ledger.append(harbourline, {}, harbourline.evaluate({}))


@pytest.mark.parametrize("moment", ["before the first file", "between two files"])
def test_what_is_read_is_the_ledger_of_one_moment(harbourline: Policy, tmp_path: Path, moment: str) -> None:
    """Also where the file gets full, and the name another file's, before it is read."""
    file, decision = tmp_path / "ledger", harbourline.evaluate({})
    with Ledger(file, size=1) as ledger:
        for _ in range(4):
            ledger.append(harbourline, {}, decision)
        chain, files = Chain(), ledger_files(file)
        found = [] if moment == "before the first file" else list(chain.read(files[0]))
        for _ in range(3):
            ledger.append(harbourline, {}, decision)
        for each in files[len(found) :]:
            found += chain.read(each)
    assert [each.sequence if isinstance(each, Line) else each for each in found] == [1, 2, 3, 4]
    last = found[-1]
    assert isinstance(last, Line) and last.location.file == f"{file}.000000000004"


def test_a_reader_beside_a_writer_sees_a_whole_chain(harbourline: Policy, tmp_path: Path) -> None:
    file, decision = tmp_path / "ledger", harbourline.evaluate({})
    fill(file, harbourline, 1)
    ended = threading.Event()

    def write() -> None:
        with Ledger(file, size=6_000) as ledger:
            while not ended.is_set():
                ledger.append(harbourline, {}, decision)

    writer = threading.Thread(target=write)
    writer.start()
    counts = list[int]()
    try:
        while len(counts) < 6 or len(paths(file)) < 8:
            counts.append(len(lines(file)))
    finally:
        ended.set()
        writer.join()
    assert counts == sorted(counts) and counts[0] < counts[-1]


def test_a_file_that_becomes_full_as_it_is_opened_is_found_by_its_other_name(
    harbourline: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 2)
    now, content, opened = LogFile.now(file), file.read_bytes(), Path.open

    def fill_up(path: Path, *arguments: Any) -> Any:
        if path == file and file.stat().st_ino == now.inode[1]:
            file.rename(f"{file}.000000000002")
            file.touch()
        return opened(path, *arguments)

    monkeypatch.setattr(Path, "open", fill_up)
    with now.open() as (stream, path):
        assert (stream.read(), path.name) == (content, "ledger.000000000002")


def test_full_files_are_a_ledger_before_the_next_one_is_begun(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 3, size=1)
    file.rename(f"{file}.000000000003")
    assert [line.sequence for line in lines(file)] == [1, 2, 3]


def test_full_files_are_named_without_what_was_set_aside(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 2, size=1)
    with file.open("ab") as other:
        other.write(b"{")
    Ledger(file, tell=lambda message: None).close()
    assert [each.name for each in tmp_path.glob("ledger.*")] == ["ledger.000000000001"]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_file_whose_name_is_like_one_of_the_ledger_is_told(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 8)
    (tmp_path / "ledger.202611270300").write_bytes(file.read_bytes())
    with pytest.raises(
        BrokenChain, match="by its name its first line is 202611270300, and its last one is 8: no file of"
    ):
        Ledger(file)


def test_a_folder_that_can_not_be_read_is_told(
    harbourline: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ledger"
    fill(file, harbourline, 2, size=1)

    def refuses(path: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "iterdir", refuses)
    with pytest.raises(LedgerError, match=f"{file}: permission denied"):
        ledger_files(file)
    with pytest.raises(LedgerError, match="the files before it can't be found: permission denied"):
        Ledger(file)


# Masks


def test_only_facts_that_nothing_reads_can_be_masked(policy: Policy) -> None:
    definition = policy.definition
    for fact in definition.vocabulary.facts.values():
        masks = Masks([fact.name], KEY)
        # What no rule reads says so in the vocabulary, or is the ticket's own name.
        if fact.name == definition.roles.ticket or fact.no_effect is not None:
            masks.check(policy)
        elif fact.name in read_facts(policy):
            with pytest.raises(
                LedgerError, match=f"`{fact.name}` can't be masked: (the rule `.*` reads it|a clock reads it)"
            ):
                masks.check(policy)
        else:
            raise AssertionError(fact.name)


def test_what_is_masked_changes_no_decision(shipped: Policy) -> None:
    """Whatever a fact is that may be masked: the answers are the same with any value, and without one."""
    free = shipped.definition.vocabulary.facts.keys() - read_facts(shipped)
    assert free > {shipped.definition.roles.ticket}
    for ticket in random_tickets(shipped, random.Random(3), 60):
        with_them = shipped.evaluate(ticket).to_dict()
        without = shipped.evaluate({k: v for k, v in ticket.items() if k not in free}).to_dict()
        assert with_them | {"ticket": None} == without | {"ticket": None}


def test_an_unknown_fact_can_not_be_masked(shipped: Policy) -> None:
    with pytest.raises(LedgerError, match="unknown fact `idd`: did you mean `id`"):
        Masks(["idd"], KEY).check(shipped)


def test_a_masked_value_is_nowhere_and_can_be_matched(shipped: Policy, tmp_path: Path) -> None:
    file, masks = tmp_path / "ledger", Masks(["id"], KEY)
    with Ledger(file, masks=masks) as ledger:
        for id in ("Zoé Zaïre", "Xavier", "Zoé Zaïre"):
            ledger.append(shipped, {"id": id}, shipped.evaluate({"id": id}))
        ledger.append(shipped, {"id": None}, shipped.evaluate({}))
    assert "Xavier" not in file.read_text("utf-8") and "Zoé" not in file.read_text("utf-8")
    one, other, again, none = lines(file)
    assert one.ticket["id"] == again.ticket["id"] == masks.value("id", "Zoé Zaïre") == one.decision["ticket"]
    assert (
        other.ticket["id"]
        == Masks([], KEY).value("id", "Xavier")
        != Masks([], b"x" * 32).value("id", "Xavier")
    )
    assert masks.value("id", "Xavier") != masks.value("service", "Xavier")
    assert one.masked == ("id",) and none.masked == () and none.ticket == {"id": None}


def test_a_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    key = read_key(tmp_path / "key")
    assert read_key(tmp_path / "key") == key and len(key) == 64
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key"]
    assert read_key(tmp_path / "other") != key
    (tmp_path / "short").write_text("secret")
    with pytest.raises(LedgerError, match="a key of 6 bytes: it takes 32 or more"):
        read_key(tmp_path / "short")
    with pytest.raises(LedgerError, match="nowhere/key: no such file or directory"):
        read_key(tmp_path / "nowhere" / "key")
    with pytest.raises(LedgerError, match="a key of 6 bytes: it takes 32 or more"):
        Masks(["id"], b"secret")
    (tmp_path / "bytes").write_bytes(key := b" \n\r\t" * 8)
    assert read_key(tmp_path / "bytes") == key


# Reading


def resealed(line: dict[str, Any], changes: dict[str, Any]) -> bytes:
    """A line with another content, and the hash of that."""
    raw = json.dumps({k: v for k, v in (line | changes).items() if k != "hash"}, separators=(",", ":"))
    digest = hashlib.sha256(raw[:-1].encode()).hexdigest()
    return f'{raw[:-1]},"hash":"sha256:{digest}"}}\n'.encode()


def every(name: str, *values: Any) -> list[dict[str, Any]]:
    return [{name: value} for value in values]


NO_TARGET = {"committed": True, "target": None, "clock": "x", "due_at_local": None, "window": None}
FORGED: list[dict[str, Any]] = [
    *every("ticket", [], None, "x"),
    {"policy": {"name": [1], "version": "1", "digest": "x"}},
    {"policy": {"name": "x", "version": "1", "digest": None}},
    {"policy": {"name": "x", "version": "1"}},
    {"calendars": {"holidays": ["x"], "tzdata": "y"}},
    {"calendars": {"holidays": "x", "tzdata": "y", "more": "z"}},
    *every("masked", [{}], "id", [1]),
    *every("defaults", [{}], None, "ab"),
    *every("decision", None, "x", {}, {"severity": "B"}),
    *every("time", 5, "yesterday"),
    {"software": None},
    {"more": 1},
]
FORGED_DECISIONS: list[dict[str, Any]] = [
    *every("severity", ["A"], 5),
    *every("basis", None, {"severity": [1]}),
    *every("notes", [{"code": [1], "text": {}}], [{}], None),
    *every("undetermined", None, {"severity": {"possible": 5, "missing": []}}),
    {"undetermined": {"severity": {"possible": [], "missing": [[1]]}}},
    {"ticket": {"a": 1}},
    {"channels": {"phone": None}},
    {"derivation": [{"overridden_by": None, "concludes": [1]}]},
    *every("reopen", {}, {"until": "2014"}, {"until": "2014-02-30T00:00:00Z"}),
    *every(
        "promises",
        None,
        *every("response", {}, NO_TARGET, NO_TARGET | {"due_at": "yesterday"}, NO_TARGET | {"due_at": 5}),
        {"response": NO_TARGET | {"due_at": None, "window": {}}},
    ),
]


@pytest.mark.parametrize("changes", [*FORGED, *every("decision", *FORGED_DECISIONS)], ids=str)
def test_a_hash_does_not_make_a_line(shipped: Policy, tmp_path: Path, changes: dict[str, Any]) -> None:
    """Whatever it says, it is a line or a break, and the next one is read."""
    file = tmp_path / "ledger"
    with Ledger(file) as ledger:
        for ticket in random_tickets(shipped, random.Random(4), 2):
            ledger.append(shipped, ticket, shipped.evaluate(ticket))
    first, second = (json.loads(line) for line in file.read_bytes().splitlines())
    if changes in every("decision", *FORGED_DECISIONS):
        changes = {"decision": first["decision"] | changes["decision"]}
    forged = resealed(first, changes)
    then = resealed(second, {"previous": json.loads(forged)["hash"]})
    file.write_bytes(forged + then)
    found = read(file)
    assert [type(each) for each in found] == [Break, Line]
    assert isinstance(found[0], Break) and found[0].problem.message.startswith("no line of a ledger: ")
    # The same without changes is a line.
    file.write_bytes(resealed(first, {}))
    assert len(lines(file)) == 1


def with_a_key_twice(text: str) -> Iterator[tuple[str, str]]:
    """JSON with one object of its own that says its first key again, and that key, for each object that has one."""
    for place in range(len(text)):
        found = re.match(r'\{("(?:[^"\\]|\\.)*"):', text[place:])
        if found:
            yield f"{text[:place]}{{{found[1]}:0,{text[place + 1 :]}", json.loads(found[1])


def test_a_line_with_a_key_twice_is_never_read(shipped: Policy, tmp_path: Path) -> None:
    """In whichever object, at whatever depth, and with a right hash."""
    file = tmp_path / "ledger"
    ticket = MAIL | {"id": '"{"a":', "service_state": "degraded"}
    with Ledger(file) as ledger:
        ledger.append(shipped, ticket, shipped.evaluate(ticket))
        ledger.append(shipped, {}, shipped.evaluate({}))
    raw, rest = file.read_bytes().split(b"\n", 1)
    said = raw[: raw.rindex(b',"hash"')].decode()
    line = json.loads(raw)
    assert line["ticket"]["id"] == ticket["id"] and line["decision"]["promises"]["response"]
    forged = list(with_a_key_twice(said))
    # All the objects: the line, policy, calendars, ticket, decision, each channel, each derived fact and so on.
    assert len(forged) == objects(line) > 20
    # What a line begins with is fixed.
    forged[0] = f'{said},"ticket":{{}}', "ticket"
    for text, key in forged:
        digest = hashlib.sha256(text.encode()).hexdigest()
        file.write_bytes(text.encode() + f',"hash":"sha256:{digest}"}}\n'.encode() + rest)
        found = read(file)
        assert isinstance(found[0], Break)
        assert found[0].problem.message == f"damaged: `{key}` twice"


def objects(data: Any) -> int:
    """How many objects that are not empty there are in JSON data, outside of texts."""
    if isinstance(data, dict):
        return (len(data) > 0) + sum(map(objects, data.values()))
    return sum(map(objects, data)) if isinstance(data, list) else 0


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1, "b":[{"c":2}]}',
        '{"a":-0}',
        '{"a":1e3}',
        '{"\\u0061":"\\u00e9"}',
        "[1.0e-7,10000000000000000000000]",
    ],
)
def test_json_in_another_form_than_ours_is_read(text: str) -> None:
    assert line_data(text.encode()) == json.loads(text)


@pytest.mark.parametrize("text", ['{"a":NaN}', '["\\ud800"]', '{"a":1,"\\u0061":2}'])
def test_what_json_does_not_have_is_not_read(text: str) -> None:
    with pytest.raises(NotJson):
        line_data(text.encode())


def test_only_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(LedgerError, match="it is no file: a ledger is read from files, by their names"):
            ledger_files(tmp_path / name)


def test_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="nothing: no such file or directory"):
        ledger_files(tmp_path / "nothing")


def test_a_file_without_line_ends_is_not_held_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "zeros"
    with file.open("wb") as stream:
        stream.truncate(50_000_000)
    assert breaks(file) == ["torn"]
    with file.open("ab") as stream:
        stream.write(b"\nx\n")
    assert breaks(file) == ["not-a-line", "not-a-line"]
