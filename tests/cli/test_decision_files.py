"""`supportrules evaluate -o FILE`, and tickets in Parquet: what is in the file is what `evaluate` decides."""

from __future__ import annotations

import csv
import errno
import gc
import gzip
import io
import json
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from known_tickets import MAIL
from random_tickets import random_tickets
from supportrules import InputError, Policy
from supportrules.cli import run
from supportrules.engine.columns import batches as evaluation
from supportrules.tickets import read_chunks, read_tickets
from ticket_tables import expected, rows, table

BAD = {"id": "T-9", "plan": "enterprise_e9"}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One for all runs: they would load the policy each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPPORTRULES_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def value_data(row: dict[str, Any]) -> Any:
    return json.loads(json.dumps(row, default=lambda moment: moment.isoformat().replace("+00:00", "Z")))


@pytest.fixture
def tickets(shipped: Policy) -> list[dict[str, Any]]:
    found = [MAIL, *random_tickets(shipped, random.Random(2), 40)]
    found.insert(7, BAD)
    return found


def written(folder: Path, suffix: str, tickets: list[dict[str, Any]], policy: Policy) -> Path:
    file = folder / f"tickets{suffix}"
    match suffix:
        case ".parquet":
            # Several row groups, and more than one of them to a batch.
            pq.write_table(table(policy, tickets), file, row_group_size=9)
        case ".csv":
            with file.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, list(policy.definition.vocabulary.facts))
                writer.writeheader()
                for ticket in tickets:
                    writer.writerow(
                        {k: str(v).lower() if isinstance(v, bool) else v for k, v in ticket.items()}
                    )
        case ".json":
            file.write_text(json.dumps(tickets), "utf-8")
        case _:
            file.write_text("".join(json.dumps(ticket) + "\n" for ticket in tickets), "utf-8")
    return file


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl", ".json"])
def test_a_file_of_any_form_becomes_a_table(
    tmp_path: Path, shipped: Policy, tickets: list[dict[str, Any]], suffix: str, capfd: Any
) -> None:
    source, target = written(tmp_path, suffix, tickets, shipped), tmp_path / "decisions.parquet"
    assert run(["evaluate", str(source), "-o", str(target)]) == 2
    found = pq.read_table(target)
    assert found.schema == shipped.decision_schema()
    assert found.to_pylist() == [expected(shipped, ticket) for ticket in tickets]
    out, err = capfd.readouterr()
    assert out == ""
    line = {".parquet": "8:", ".csv": "9:5:", ".jsonl": "8:15:", ".json": "1:"}[suffix]
    assert f"{source}:{line}" in err
    assert "unknown plan `enterprise_e9`" in err
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_lines_have_the_json_form(tmp_path: Path, shipped: Policy, tickets: list[dict[str, Any]]) -> None:
    source, target = written(tmp_path, ".parquet", tickets, shipped), tmp_path / "decisions.jsonl"
    run(["evaluate", str(source), "-o", str(target)])
    found = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert found == [value_data(expected(shipped, ticket)) for ticket in tickets]


def test_a_csv_has_the_cells_of_the_format_csv(
    tmp_path: Path, shipped: Policy, tickets: list[dict[str, Any]], capfd: Any
) -> None:
    source, target = written(tmp_path, ".jsonl", tickets, shipped), tmp_path / "decisions.csv"
    run(["evaluate", str(source), "-o", str(target)])
    run(["evaluate", str(source), "--format", "csv"])
    out, _ = capfd.readouterr()
    found = list(csv.DictReader(io.StringIO(target.read_text("utf-8"))))
    want = list(csv.DictReader(io.StringIO(out)))
    dropped = {"promises.response.due_at_local", "policy.version", "policy.digest", "line"}
    assert found == [{k: v for k, v in row.items() if k not in dropped} for row in want]
    assert list(found[0]) == [name for name in want[0] if name not in dropped]


def test_rows_of_parquet_are_tickets_like_others(
    tmp_path: Path, shipped: Policy, tickets: list[dict[str, Any]], capfd: Any
) -> None:
    parquet, lines = (written(tmp_path, suffix, tickets, shipped) for suffix in (".parquet", ".jsonl"))
    run(["evaluate", "--format", "csv", str(parquet)])
    from_parquet = list(csv.DictReader(io.StringIO(capfd.readouterr()[0])))
    run(["evaluate", "--format", "csv", str(lines)])
    from_lines = list(csv.DictReader(io.StringIO(capfd.readouterr()[0])))
    # Instants are in UTC, and so is the local time where no time zone is known.
    for row in (*from_parquet, *from_lines):
        local = row.pop("promises.response.due_at_local")
        assert not local or datetime.fromisoformat(local) == datetime.fromisoformat(
            row["promises.response.due_at"]
        )
    assert from_parquet == from_lines


def test_errors_that_fail_leave_no_file(tmp_path: Path, shipped: Policy, capfd: Any) -> None:
    source, target = written(tmp_path, ".jsonl", [MAIL, BAD, MAIL, BAD], shipped), tmp_path / "d.csv"
    target.write_text("before", "utf-8")
    assert run(["evaluate", str(source), "-o", str(target), "--on-error", "fail"]) == 2
    assert target.read_text("utf-8") == "before"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["d.csv", "tickets.jsonl"]
    assert capfd.readouterr()[1].count("unknown plan") == 1
    # Decisions that are written one by one end there as well.
    assert run(["evaluate", str(source), "--on-error", "fail"]) == 2
    out, err = capfd.readouterr()
    assert len(out.splitlines()) == 2
    assert err.count("unknown plan") == 1


def test_many_errors_are_counted(tmp_path: Path, shipped: Policy, capfd: Any) -> None:
    source, target = written(tmp_path, ".jsonl", [BAD] * 150, shipped), tmp_path / "d.parquet"
    assert run(["evaluate", str(source), "-o", str(target)]) == 2
    err = capfd.readouterr()[1]
    assert err.count("unknown plan") == 100
    assert err.splitlines()[-1] == f"150 tickets have errors: see `error` in {target}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "d.txt"], "`d.txt` is written by its suffix: .parquet, .csv, .jsonl"),
        (["-o", "d.csv", "--explain"], "no room for --explain"),
        (["-o", "d.csv", "--why-not", "A"], "no room for --why-not"),
        (["-o", "d.csv", "--format", "csv"], "no room for --format"),
        (["-o", "d.csv", "--ledger", "l"], "no room for --ledger"),
        (["-o", "d.csv", "--timeline", "t"], "no room for --timeline"),
        (["-o", "d.csv", "--mask", "id"], "no room for --mask"),
        (["-o", "d.csv", "--mask-key", "k"], "no room for --mask-key"),
        (["-o", "d.csv", "--ledger-size", "0"], "no room for --ledger-size"),
        (["-o", "no/such/d.csv"], "can't write `no/such/d.csv`: there is no directory `no/such`"),
    ],
)
def test_what_a_table_has_no_room_for(arguments: list[str], message: str, capfd: Any) -> None:
    assert run(["evaluate", "examples/tickets.jsonl", *arguments]) == 2
    assert message in " ".join(capfd.readouterr()[1].split())


def test_a_parquet_file_that_is_none(tmp_path: Path, shipped: Policy, capfd: Any) -> None:
    file, target = tmp_path / "t.parquet", tmp_path / "d.jsonl"
    file.write_bytes(b"not Parquet at all")
    columns = tmp_path / "c.parquet"
    pq.write_table(pa.table({"plan": ["enterprise_e3"], "agent": ["Ada"]}), columns)
    for name, message in (
        (file, f"{file}: not Parquet: "),
        (columns, f"{columns}: unknown column `agent`"),
        (tmp_path / "nowhere.parquet", "nowhere.parquet: no such file or directory"),
    ):
        assert run(["evaluate", str(name), "-o", str(target)]) == 2
        assert message in capfd.readouterr()[1]
        assert run(["evaluate", str(name)]) == 2
        assert message in capfd.readouterr()[1]
        with pytest.raises(InputError):
            list(read_tickets(str(name), vocabulary=shipped.definition.vocabulary))
    assert run(["evaluate", str(columns), "--extra", "ignore", "-o", str(target)]) == 0
    assert json.loads(target.read_text("utf-8"))["ticket"] is None


def test_columns_of_texts_come_as_dictionaries(
    tmp_path: Path, shipped: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [MAIL, MAIL | {"plan": "standalone"}, MAIL | {"plan": None}] * 10
    file = written(tmp_path, ".parquet", tickets, shipped)
    vocabulary = shipped.definition.vocabulary

    def chunks() -> list[tuple[int, int]]:
        found = list(read_chunks(str(file), vocabulary=vocabulary))
        assert found[-1].read == file.stat().st_size
        assert pa.types.is_dictionary(found[0].tickets.schema.field("plan").type)
        decided = [row for chunk in found for row in rows(shipped, pa.Table.from_batches([chunk.tickets]))]
        assert decided == [expected(shipped, ticket) for ticket in tickets]
        return [(chunk.first.line, chunk.count) for chunk in found]

    # Row groups are put together.
    assert chunks() == [(1, 30)]
    monkeypatch.setattr(evaluation, "ROWS", 20)
    assert chunks() == [(1, 20), (21, 10)]


def test_columns_of_nulls_of_another_type(tmp_path: Path, shipped: Policy, capfd: Any) -> None:
    """Nothing of it is wrong, whatever the file says of its type."""
    file, target = tmp_path / "t.parquet", tmp_path / "d.jsonl"
    columns = pa.table({"plan": pa.array([None, None, 1.5], pa.float64()), "id": ["a", "b", "c"]})
    for rest, code in ((columns[:2], 0), (columns, 2)):
        pq.write_table(rest, file, row_group_size=1)
        assert run(["evaluate", str(file), "-o", str(target)]) == code
    err = capfd.readouterr()[1]
    assert f"{file}: `plan` takes one of" in err and "not a column of type `double`" in err
    pq.write_table(columns[:2], file, write_statistics=False)
    assert run(["evaluate", str(file), "-o", str(target)]) == 0


def test_texts_that_are_not_utf8(tmp_path: Path, shipped: Policy, capfd: Any) -> None:
    columns = pa.table(
        {
            "id": pa.array([b"T-1", b"T-2", b"\xff"], pa.binary()).view(pa.string()),
            "plan": pa.array([b"enterprise_e3", b"\xe9t\xe9", None], pa.binary()).view(pa.string()),
        }
    )
    file, target = tmp_path / "t.parquet", tmp_path / "d.jsonl"
    pq.write_table(columns, file)
    assert run(["evaluate", str(file), "-o", str(target)]) == 2
    found = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [(row["ticket"], row["error"]) for row in found] == [
        ("T-1", None),
        ("T-2", "the text of `plan` is not UTF-8"),
        (None, "the text of `id` is not UTF-8"),
    ]
    told = [f"{file}:2: the text of `plan` is not UTF-8", f"{file}:3: the text of `id` is not UTF-8"]
    assert capfd.readouterr()[1].splitlines() == told
    # Row by row, and whatever the columns are.
    assert run(["evaluate", str(file)]) == 2
    out, err = capfd.readouterr()
    assert err.splitlines() == told
    assert '"ticket": "T-1"' in out
    nested = pa.table({"notes": pa.ListArray.from_arrays([0, 1, 2, 3], columns["id"].chunk(0))})
    pq.write_table(nested, file)
    records = list(read_tickets(str(file)))
    assert [record.ticket for record in records] == [{"notes": ["T-1"]}, {"notes": ["T-2"]}, None]
    assert [problem.code for problem in records[2].problems] == ["encoding"]


def test_parquet_from_standard_input(tmp_path: Path, shipped: Policy) -> None:
    file = written(tmp_path, ".parquet", [MAIL], shipped)
    records = list(
        read_tickets("-", io.BytesIO(file.read_bytes()), "parquet", vocabulary=shipped.definition.vocabulary)
    )
    (record,) = records
    assert record.ticket is not None
    assert record.ticket["opened_at"] == "2014-09-05T09:30:00Z"
    assert str(record.location) == "<stdin>:1"
    (record,) = read_tickets(str(file))
    assert record.ticket is not None and record.ticket["plan"] == "enterprise_e3"


def folder_of(file: Path) -> list[str]:
    return sorted(entry.name for entry in file.parent.iterdir())


BROKEN = {
    "nowhere.parquet": None,
    "nowhere.jsonl": None,
    "half.json": b'[{"id": "T-1"}, {"id": "T-2"}, {"id": ',
    "half.yaml": b"- id: T-1\n- id: [\n",
    "head.csv": b"id;plan\nT-1;enterprise_e3\n",
    "empty.jsonl": b"",
    "nothing.json": b"[]",
    "header.csv": b"id,plan\n",
}


@pytest.mark.parametrize("name", [*BROKEN, "half.parquet", "rows.parquet"])
def test_a_file_that_cannot_be_read_replaces_nothing(
    tmp_path: Path, shipped: Policy, name: str, capfd: Any
) -> None:
    """What is wrong with a file ends the run, wherever it stands; what is wrong with a ticket does not."""
    good = written(tmp_path, ".jsonl", [MAIL, BAD], shipped)
    target, source = tmp_path / "d.csv", tmp_path / name
    target.write_text("before", "utf-8")
    if name == "rows.parquet":
        pq.write_table(table(shipped, [MAIL]).slice(0, 0), source)
    elif name == "half.parquet":
        whole = written(tmp_path, ".parquet", [MAIL] * 200, shipped)
        data = bytearray(whole.read_bytes())
        # A page of the middle is gone; the end, which tells where all are, is there.
        middle = len(data) // 3
        data[middle : middle + 2000] = b"\xff" * 2000
        source.write_bytes(data)
    elif (content := BROKEN[name]) is not None:
        source.write_bytes(content)
    before = folder_of(target)
    for names in ([str(source)], [str(good), str(source)]):
        assert run(["evaluate", *names, "-o", str(target)]) == 2
        out, err = capfd.readouterr()
        assert out == "" and f"{source}:" in err
        assert target.read_text("utf-8") == "before"
        assert folder_of(target) == before
    # One by one, the others are decided and it has a record of its own.
    assert run(["evaluate", str(good), str(source), "--format", "jsonl"]) == 2
    assert json.loads(capfd.readouterr()[0].splitlines()[-1])["error"]["problems"]


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_full_disk_is_told_as_such(tmp_path: Path, shipped: Policy, suffix: str, capfd: Any) -> None:
    tickets = list(random_tickets(shipped, random.Random(3), 200))
    source, target = written(tmp_path, ".jsonl", tickets, shipped), tmp_path / f"d{suffix}"
    target.write_text("before", "utf-8")
    # As `ulimit -f` has it: the most that a file may hold. Python passes over the signal, and gets an error.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, before[1]))
    try:
        code = run(["evaluate", str(source), "-o", str(target)])
        # What was being written is not ended when it is collected.
        gc.collect()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    out, err = capfd.readouterr()
    assert (code, out) == (2, "")
    assert err == f"the output can't be written: {os.strerror(errno.EFBIG).lower()}\n"
    assert target.read_text("utf-8") == "before"
    assert folder_of(target) == sorted([target.name, source.name])


def test_nothing_is_decided_any_more_where_writing_failed(
    tmp_path: Path, shipped: Policy, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    before, left = threading.active_count(), list[int]()

    @contextmanager
    def full(path: Path, schema: Any, **how: Any) -> Iterator[Any]:
        def write(batch: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        try:
            yield write
        finally:
            left.append(threading.active_count() - before)

    monkeypatch.setattr("supportrules.cli.decision_files.decision_file", full)
    source = written(tmp_path, ".parquet", [MAIL] * 60, shipped)
    assert run(["evaluate", str(source), "-o", str(tmp_path / "d.csv")]) == 2
    assert left == [0]
    assert capfd.readouterr() == ("", "the output can't be written: no space left on device\n")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_table_takes_the_place_of_the_one_before(tmp_path: Path, shipped: Policy, suffix: str) -> None:
    source = written(tmp_path, ".jsonl", [MAIL], shipped)
    (tmp_path / "real").mkdir()
    file, link = tmp_path / "real" / f"d{suffix}", tmp_path / f"d{suffix}"
    file.write_text("before", "utf-8")
    file.chmod(0o640)
    link.symlink_to(file)
    assert run(["evaluate", str(source), "-o", str(link)]) == 0
    assert link.is_symlink() and file.read_bytes() != b"before"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    # A pipe is one also then.
    pipe, read = tmp_path / f"pipe{suffix}", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert run(["evaluate", str(source), "-o", str(pipe)]) == 0
    reader.join()
    assert read == [file.read_bytes()] and pipe.is_fifo()


def test_decisions_do_not_replace_the_tickets(
    tmp_path: Path, shipped: Policy, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    source = written(tmp_path, ".jsonl", [MAIL], shipped)
    before = source.read_bytes()
    link = tmp_path / "link.jsonl"
    link.symlink_to(source)
    with source.open(encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        for names, target in (
            ([str(source)], str(source)),
            ([str(source)], str(link)),
            (["nowhere", str(link)], str(source)),
            ([str(source)], os.path.relpath(source)),
            (["-"], str(source)),
            ([], str(source)),
        ):
            assert run(["evaluate", *names, "-o", target]) == 2
            told = " ".join(capfd.readouterr()[1].split())
            assert told.endswith("is read by this command: name another file")
    assert source.read_bytes() == before and not source.is_symlink()


def test_a_directory_is_no_table(tmp_path: Path, capfd: Any) -> None:
    (tmp_path / "d.csv").mkdir()
    # Told before the policy is loaded, which is not there.
    assert run(["evaluate", "nowhere", "--policy", "nowhere", "-o", str(tmp_path / "d.csv")]) == 2
    assert "d.csv` is a directory" in capfd.readouterr()[1]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_ended_leaves_nothing_behind(tmp_path: Path, ending: signal.Signals) -> None:
    target = tmp_path / "d.parquet"
    target.write_text("before", "utf-8")
    line = [sys.executable, "-m", "supportrules", "evaluate", "-", "--from", "jsonl", "-o", str(target)]
    # The tests themselves may be run where it is passed over.
    before = signal.signal(ending, signal.SIG_DFL)
    try:
        started = subprocess.Popen(line, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        signal.signal(ending, before)
    with started as running:
        assert running.stderr is not None
        try:
            while len(folder_of(target)) < 2:
                assert running.poll() is None
                time.sleep(0.02)
            running.send_signal(ending)
            # What a shell tells as 128 and the number.
            assert running.wait(60) == -ending
        finally:
            running.kill()
        assert running.stderr.read() == b""
    assert folder_of(target) == ["d.parquet"] and target.read_text("utf-8") == "before"


def test_a_signal_that_is_passed_over_stays_so(tmp_path: Path) -> None:
    """As under `nohup`."""
    target = tmp_path / "d.csv"
    line = [sys.executable, "-m", "supportrules", "evaluate", "-", "--from", "jsonl", "-o", str(target)]
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        running = subprocess.Popen(line, stdin=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGHUP, before)
    with running:
        assert running.stdin is not None
        try:
            while not folder_of(target):
                assert running.poll() is None
                time.sleep(0.02)
            running.send_signal(signal.SIGHUP)
            running.communicate(b'{"id": "T-1"}\n', timeout=60)
        finally:
            running.kill()
    assert running.returncode == 0 and folder_of(target) == ["d.csv"]


class _Piped(io.BytesIO):
    """As a pipe, which can't be sought in."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: Any) -> int:
        raise OSError(errno.ESPIPE, "Illegal seek")


def test_parquet_is_told_by_its_content(
    tmp_path: Path, shipped: Policy, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    file, target = written(tmp_path, ".parquet", [MAIL, BAD, MAIL], shipped), tmp_path / "d.csv"
    assert run(["evaluate", str(file), "-o", str(target)]) == 2
    want = target.read_bytes()
    bare = file.rename(tmp_path / "tickets")
    capfd.readouterr()
    with bare.open("rb") as opened:
        for stream in (opened, _Piped(bare.read_bytes()), None):
            names = []
            if stream is None:
                names.append(str(bare))
            else:
                monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
            target.unlink()
            assert run(["evaluate", *names, "-o", str(target)]) == 2
            assert target.read_bytes() == want
            assert (f"{bare}:2: " if names else "<stdin>:2: ") in capfd.readouterr()[1]
    assert run(["evaluate", str(bare), "--format", "csv"]) == 2
    assert len(capfd.readouterr()[0].splitlines()) == 4


def _zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("tickets", data)
    return stream.getvalue()


@pytest.mark.parametrize("suffix", ["", ".gz", ".json", ".jsonl", ".yaml", ".csv", ".parquet"])
@pytest.mark.parametrize(
    ("packed", "what"),
    [
        (gzip.compress, "gzip: unpack it first"),
        (lambda data: pa.compress(data, "zstd", asbytes=True), "zstd: unpack it first"),
        (_zipped, "zip: unpack it first; of a workbook, save a sheet as CSV"),
    ],
)
def test_what_is_compressed_is_told_to_be(
    tmp_path: Path, suffix: str, packed: Any, what: str, capfd: Any
) -> None:
    source, target = tmp_path / f"tickets{suffix}", tmp_path / "d.csv"
    source.write_bytes(packed(json.dumps(MAIL).encode()))
    assert run(["evaluate", str(source), "-o", str(target)]) == 2
    assert capfd.readouterr()[1] == f"{source}: compressed by {what}\n"
    assert not target.exists()
    assert run(["evaluate", str(source)]) == 2
    assert f"{source}: compressed by {what}\n" in capfd.readouterr()[1]
