"""Parquet as others write it, and as disks and networks damage it."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from known_tickets import MAIL
from random_tickets import random_tickets
from supportrules import Policy
from supportrules.cli import run
from supportrules.tickets import read_chunks, read_tickets
from ticket_tables import expected, rows, table

TEXTS = ("id", "plan", "issue_type", "country")


@pytest.fixture(scope="module")
def tickets(shipped: Policy) -> list[dict[str, Any]]:
    return [MAIL, *random_tickets(shipped, random.Random(3), 40)]


def check(file: Path, policy: Policy, tickets: list[dict[str, Any]]) -> None:
    """A file has these tickets, by columns and one by one."""
    vocabulary = policy.definition.vocabulary
    wanted = [expected(policy, ticket) for ticket in tickets]
    chunks = [chunk.tickets for chunk in read_chunks(str(file), vocabulary=vocabulary)]
    assert [row for chunk in chunks for row in rows(policy, chunk)] == wanted
    alone = [record.ticket for record in read_tickets(str(file), vocabulary=vocabulary)]
    assert [expected(policy, ticket or {}) for ticket in alone] == wanted


@pytest.mark.parametrize("compression", ["NONE", "SNAPPY", "GZIP", "ZSTD", "LZ4", "BROTLI"])
@pytest.mark.parametrize("pages", ["1.0", "2.0"])
@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_texts_of_every_encoding(
    tmp_path: Path,
    shipped: Policy,
    tickets: list[dict[str, Any]],
    encoding: str,
    pages: str,
    compression: str,
) -> None:
    file = tmp_path / "t.parquet"
    pq.write_table(
        table(shipped, tickets),
        file,
        row_group_size=15,
        use_dictionary=False,
        column_encoding=dict.fromkeys(TEXTS, encoding),
        data_page_version=pages,
        compression=compression,
    )
    said = pq.read_metadata(file).row_group(0)
    encodings = {said.column(n).path_in_schema: said.column(n).encodings for n in range(said.num_columns)}
    assert all(encoding in encodings[name] for name in TEXTS)
    check(file, shipped, tickets)


def test_row_groups_of_different_encodings(
    tmp_path: Path, shipped: Policy, tickets: list[dict[str, Any]]
) -> None:
    """A writer gives a dictionary up where it grows too large, in the middle of a file."""
    file = tmp_path / "t.parquet"
    many = [MAIL | {"id": f"T-{n}", "plan": MAIL["plan"] if n < 20 else f"no_plan_{n}"} for n in range(60)]
    connection = duckdb.connect().from_arrow(table(shipped, many))
    options = "FORMAT parquet, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 8, ROW_GROUP_SIZE 20"
    connection.query("t", f"COPY (FROM t) TO '{file}' ({options})")
    check(file, shipped, many)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_what_duckdb_writes(
    tmp_path: Path, shipped: Policy, tickets: list[dict[str, Any]], version: str
) -> None:
    file = tmp_path / "t.parquet"
    relation = duckdb.connect().from_arrow(table(shipped, tickets))
    relation.query("t", f"COPY (FROM t) TO '{file}' (FORMAT parquet, PARQUET_VERSION {version})")
    check(file, shipped, tickets)


def test_what_pandas_writes(tmp_path: Path, shipped: Policy, capfd: Any) -> None:
    """An index that nobody named is a column of the file."""
    file = tmp_path / "t.parquet"
    frame = pd.DataFrame({"id": ["T-1", "T-2"], "country": ["FR", "GB"]}).set_index(pd.Index(["x", "y"]))
    frame.to_parquet(file)
    assert run(["evaluate", str(file)]) == 2
    assert capfd.readouterr()[1].startswith(
        f"{file}: the index of the DataFrame has no name: leave it out with"
    )
    frame.to_parquet(file, index=False)
    assert run(["evaluate", str(file), "-o", str(tmp_path / "d.csv")]) == 0
    frame.rename(columns={"id": "country", "country": "plan"}).set_index("country").to_parquet(file)
    (record, _) = read_tickets(str(file), vocabulary=shipped.definition.vocabulary)
    assert record.ticket == {"country": "T-1", "plan": "FR"}


# Damage


def damaged_name(policy: Policy) -> bytes:
    """A file with a column whose name is not UTF-8."""
    buffer = io.BytesIO()
    pq.write_table(table(policy, [MAIL]), buffer, compression="NONE", store_schema=False)
    name = b"affected_users"
    assert name in buffer.getvalue()
    return buffer.getvalue().replace(name, name[:-1] + b"\xff")


def cut(policy: Policy) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table(policy, [MAIL]), buffer)
    return buffer.getvalue()[:-200]


def no_end(policy: Policy) -> bytes:
    """The length of the end of the file is more than the file has."""
    buffer = io.BytesIO()
    pq.write_table(table(policy, [MAIL]), buffer)
    data = buffer.getvalue()
    return data[:-8] + b"\xff\xff\xff\x7f" + data[-4:]


def no_pages(policy: Policy) -> bytes:
    """All that stands before the end of the file is gone over with zeros."""
    buffer = io.BytesIO()
    pq.write_table(table(policy, [MAIL]), buffer)
    data = buffer.getvalue()
    end = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    return data[:4] + bytes(end - 4) + data[end:]


@pytest.mark.parametrize("damage", [damaged_name, cut, no_end, no_pages])
def test_a_damaged_file_is_named_and_the_others_are_decided(
    tmp_path: Path, shipped: Policy, damage: Any, capfd: Any
) -> None:
    bad, good, target = tmp_path / "bad.parquet", tmp_path / "good.parquet", tmp_path / "d.jsonl"
    bad.write_bytes(damage(shipped))
    pq.write_table(table(shipped, [MAIL]), good)
    message = f"{bad}: can't be read as Parquet: "
    assert run(["evaluate", str(bad), str(good)]) == 2
    out, err = capfd.readouterr()
    assert message in err and "it may be damaged, or not written to its end: write it again" in err
    first, second = map(json.loads, out.splitlines())
    assert first["error"]["problems"][0]["code"] == "parquet-syntax"
    assert (second["ticket"], second["severity"]) == ("T-1", "B")
    # One table of all is not written from some.
    assert run(["evaluate", str(bad), str(good), "-o", str(target)]) == 2
    assert message in capfd.readouterr()[1]
    assert not target.exists()


def test_values_that_a_dictionary_does_not_have(tmp_path: Path, shipped: Policy, capfd: Any) -> None:
    """The last bytes of a page are indices of two bits each, of which the dictionary has three."""
    buffer, plans = io.BytesIO(), ["enterprise_e1", "enterprise_e3", "enterprise_e4", None]
    pq.write_table(pa.table({"plan": plans * 4}), buffer, compression="NONE")
    column = pq.read_metadata(buffer).row_group(0).column(0)
    end = column.dictionary_page_offset + column.total_compressed_size
    data = buffer.getvalue()
    bad, good = tmp_path / "bad.parquet", tmp_path / "good.parquet"
    bad.write_bytes(data[: end - 2] + b"\xff\xff" + data[end:])
    pq.write_table(table(shipped, [MAIL]), good)
    assert run(["evaluate", str(bad), str(good)]) == 2
    out, err = capfd.readouterr()
    assert f"{bad}: column `plan` is damaged: it refers to values that its dictionary does not have" in err
    assert json.loads(out.splitlines()[-1])["ticket"] == "T-1"
    assert run(["evaluate", str(bad), "-o", str(tmp_path / "d.csv")]) == 2


def test_fewer_rows_than_the_file_says(
    tmp_path: Path, shipped: Policy, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    file = tmp_path / "t.parquet"
    pq.write_table(table(shipped, [MAIL] * 6), file, row_group_size=2)
    whole = pq.ParquetFile.iter_batches
    # What is wrong in a page can end it early, and pyarrow then says nothing.
    monkeypatch.setattr(
        pq.ParquetFile, "iter_batches", lambda *given, **how: (b.slice(1) for b in whole(*given, **how))
    )
    assert run(["evaluate", str(file), "-o", str(tmp_path / "d.csv")]) == 2
    message = f"{file}: can't be read as Parquet: it says that it has 6 rows, and has 3: it may be damaged"
    assert message in capfd.readouterr()[1]


def test_a_file_that_is_not_written_with_what_pyarrow_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    """A file that is whole is not said to be damaged."""

    def unknown(*_: object, **__: object) -> None:
        raise pa.ArrowNotImplementedError("Support for codec 'x' not built")

    file = tmp_path / "t.parquet"
    pq.write_table(pa.table({"plan": ["enterprise_e3"]}), file)
    monkeypatch.setattr(pq, "ParquetFile", unknown)
    monkeypatch.setattr(pq, "read_metadata", unknown)
    assert run(["evaluate", str(file)]) == 2
    assert capfd.readouterr()[1] == f"{file}: can't be read as Parquet: Support for codec 'x' not built\n"


# Bytes of a small file are altered at random, each in a process of its own: what ends pyarrow itself is not
# counted, and everything else is a decision or an error with the file's name.
ALTERED = """
import io, os, random, resource, sys
import pyarrow as pa, pyarrow.parquet as pq
from supportrules import InputError
from supportrules.tickets import read_chunks, read_tickets
from supportrules import load_policy

policy = load_policy()
vocabulary = policy.definition.vocabulary
columns = pa.table({
    "id": [f"T-{n}" for n in range(30)],
    "plan": ["enterprise_e3", None, "midsize_business"] * 10,
    "workaround": [True, False, None] * 10,
    "opened_at": pa.array(range(30), pa.timestamp("s", "UTC")),
})
files = []
for options in (
    {}, {"compression": "NONE", "row_group_size": 10}, {"compression": "NONE", "store_schema": False},
    {"compression": "NONE", "use_dictionary": False, "column_encoding": {"plan": "DELTA_BYTE_ARRAY"}},
):
    stream = io.BytesIO()
    pq.write_table(columns, stream, **options)
    files.append(stream.getvalue())
policy.evaluate_batch(columns)
rng = random.Random(int(sys.argv[1]))
for number in range(int(sys.argv[2])):
    data = bytearray(rng.choice(files))
    for _ in range(rng.choice([1, 1, 3])):
        data[rng.randrange(4, len(data))] ^= 1 << rng.randrange(8)
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        name = f"altered{number}.parquet"
        with open(name, "wb") as file:
            file.write(data)
        code = 0
        try:
            if number % 2:
                chunks = read_chunks(name, vocabulary=vocabulary, extra=True)
                for decided in policy.evaluate_batches((chunk.tickets for chunk in chunks), extra=True):
                    pass
            else:
                for record in read_tickets(name, vocabulary=vocabulary, extra=True):
                    pass
        except InputError as error:
            code = 0 if all(p.location.file == name for p in error.problems) else 3
        except BaseException as error:
            print(number, repr(error), flush=True)
            code = 3
        os._exit(code)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended > 0:
        sys.exit(f"file {number} of {sys.argv[1]}")
print("all read or refused")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it forks")
def test_altered_bytes(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", ALTERED, "7", "300"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (found.stdout, found.stderr) == ("all read or refused\n", "")
