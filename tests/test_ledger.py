"""The ledger: what is acknowledged is on disk, and what is not as it was written shows."""

from __future__ import annotations

import errno
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ledgerkills
import supportrules
from randomtickets import random_tickets
from supportrules import BrokenChain, LedgerError, Policy
from supportrules.calendars import holidays_version
from supportrules.ledger import Break, Chain, Ledger, Line, Masks, ledger_files, read_facts, read_key
from supportrules.zones import tzdata_version

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
    raw = ledgerkills.whole_lines([file])
    for number, (line, ticket) in enumerate(zip(raw, tickets, strict=True), 1):
        assert list(line) == [
            "format", "sequence", "previous", "time", "software", "policy", "calendars",
            "ticket", "masked", "defaults", "decision", "hash",
        ]  # fmt: skip
        assert (line["format"], line["sequence"]) == (1, number)
        assert line["software"] == supportrules.__version__
        assert line["policy"] == {"name": policy.name, "version": policy.version, "digest": policy.digest}
        assert line["calendars"] == {"holidays": holidays_version(), "tzdata": tzdata_version()}
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
    file.write_bytes(file.read_bytes().replace(b'{"format":1,', b'{"format":2,'))
    with pytest.raises(BrokenChain, match="format 2, and this version reads format 1"):
        Ledger(file)


# Several at once


def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    line = [sys.executable, ledgerkills.__file__, "20", "5", str(tmp_path)]
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
from supportrules.ledger import Ledger

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
    raw = ledgerkills.whole_lines(ledgerkills.files_of(file))
    assert len(ledgerkills.files_of(file)) > 2
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
from supportrules.ledger import Ledger

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
    where = str(Path(__file__).parent / "harbourline")
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "ledger"), where], check=True)
    assert len(lines(tmp_path / "ledger")) == 80


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
    ledgerkills.whole_lines(files)
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


def test_a_full_file_is_never_written_over(harbourline: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    with Ledger(file, size=1) as ledger:
        ledger.append(harbourline, {}, harbourline.evaluate({}))
        (tmp_path / "ledger.000000000001").write_bytes(b"precious")
        with pytest.raises(LedgerError, match=r"`ledger\.000000000001` is there already"):
            ledger.append(harbourline, {}, harbourline.evaluate({}))


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


# Reading


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
