"""Files that are nearly tickets, or something else: each message says what it is, and what to do."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from command import run
from supportrules import InputError, Policy, PolicyLoadError, TicketError, load_policy
from supportrules.base.file_signatures import LENGTH, foreign
from supportrules.errors import LedgerError
from supportrules.history.ledger import Break, Chain, Ledger, ledger_files
from supportrules.tickets import read_tickets

CSV = "id,plan\nT-1,enterprise_e3\n"
JSON = json.dumps({"id": "T-1", "plan": "enterprise_e3"})
UTF8 = "save it as UTF-8, or convert it with `iconv`"
SHEET = "save the sheet as CSV in UTF-8"


def problems(path: Path, content: bytes, policy: Policy) -> list[str]:
    """What is wrong with a file as a whole, or with its tickets."""
    path.write_bytes(content)
    found = []
    try:
        for record in read_tickets(str(path), vocabulary=policy.definition.vocabulary):
            found += [problem.text for problem in record.problems]
            if record.ticket is not None:
                policy.evaluate(record.ticket)
    except (InputError, TicketError) as error:
        found += [problem.text for problem in error.problems]
    return found


@pytest.mark.parametrize("suffix", ["", ".csv", ".json", ".jsonl", ".yaml", ".parquet"])
@pytest.mark.parametrize(
    ("content", "text"),
    [
        (CSV.encode("utf-16"), f"text in UTF-16: {UTF8}"),
        (b"\xfe\xff" + CSV.encode("utf-16-be"), f"text in UTF-16: {UTF8}"),
        (CSV.encode("utf-16-le"), f"text in UTF-16: {UTF8}"),
        (JSON.encode("utf-16-be"), f"text in UTF-16: {UTF8}"),
        (JSON.encode("utf-32"), f"text in UTF-32: {UTF8}"),
        # The bytes name the case: they hold no time of day.
        (gzip.compress(JSON.encode(), mtime=0), "compressed by gzip: unpack it first"),
        (bz2.compress(JSON.encode()), "compressed by bzip2: unpack it first"),
        (lzma.compress(JSON.encode()), "compressed by xz: unpack it first"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"an Excel workbook: {SHEET}"),
        (b"ARROW1\0\0", "an Arrow file: write it as Parquet"),
        (b"<!DOCTYPE html>\n<html>", "HTML or XML: give JSON, JSON lines, YAML, CSV or Parquet"),
        (b'<?xml version="1.0"?>', "HTML or XML: give JSON, JSON lines, YAML, CSV or Parquet"),
        (b"%PDF-1.7\n", "a PDF: give JSON, JSON lines, YAML, CSV or Parquet"),
    ],
)
def test_what_is_no_text_of_tickets_is_named(
    content: bytes, text: str, suffix: str, shipped: Policy, tmp_path: Path
) -> None:
    assert problems(tmp_path / f"t{suffix}", content, shipped) == [text]


def test_a_workbook_is_told_by_its_suffix(shipped: Policy, tmp_path: Path) -> None:
    assert problems(tmp_path / "t.xlsx", b"PK\x03\x04", shipped) == [f"a workbook: {SHEET}"]
    assert problems(tmp_path / "t.zip", b"PK\x03\x04", shipped) == [
        "compressed by zip: unpack it first; of a workbook, save a sheet as CSV"
    ]


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        f"\ufeff{CSV}",
        JSON,
        f"[{JSON}]",
        "plan: x\n",
        "---\nplan: x\n",
        "PAR1",
        "BZh9,plan\n",
        "Object,plan\n",
        "é",
        "",
    ],
)
def test_text_is_taken_for_nothing_else(content: str) -> None:
    assert foreign(content.encode()[:LENGTH], "t") is None


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("t.csv", "id;plan\nT;x\n", "the fields are separated by `;`: use commas"),
        ("t.csv", "id\tplan\nT\tx\n", "the fields are separated by tabs: use commas"),
        ("t.csv", "id|plan\nT|x\n", "the fields are separated by `|`: use commas"),
        (
            "t.csv",
            "sep=;\nid;plan\n",
            "a line for Excel, which is not CSV: begin with the names of the fields, and separate them by commas",
        ),
        ("t.csv", "id,plan,id\nT,,U\n", "`id` twice"),
        ("t.csv", "workaround\nyes\n", "`workaround` takes true or false, not `yes`: did you mean true?"),
        ("t.csv", "workaround\nN\n", "`workaround` takes true or false, not `N`: did you mean false?"),
        ("t.csv", "workaround\n1.0\n", "`workaround` takes true or false, not `1.0`: did you mean true?"),
        ("t.csv", "workaround\nmaybe\n", "`workaround` takes true or false, not `maybe`"),
        (
            "t.json",
            '{"workaround": 0}',
            "`workaround` takes true or false, not the number 0: did you mean false?",
        ),
        ("t.json", '{"id": 17}', "`id` takes text, not the number 17: write it in quotes"),
        ("t.json", f"[{JSON},]", "not JSON: a comma before `]`"),
        ("t.json", '{"id": "T",}', "not JSON: a comma before `}`"),
        ("t.jsonl", f"{JSON},\n", "a comma after the object, where the line ends in JSON lines"),
    ],
)
def test_what_is_nearly_right_says_how_to_write_it(
    name: str, content: str, text: str, shipped: Policy, tmp_path: Path
) -> None:
    assert problems(tmp_path / name, content.encode(), shipped) == [text]


def test_a_number_in_quotes_and_a_value_that_is_none(harbourline: Policy) -> None:
    missing = "use null for what is not given"
    for value, hint in (("5", "write it without quotes"), (float("nan"), missing), (pd.NA, missing)):
        with pytest.raises(TicketError) as caught:
            harbourline.evaluate({"seats_down": value})
        assert caught.value.problems[0].hint == hint


def test_a_byte_order_mark_is_no_part_of_the_header(shipped: Policy, tmp_path: Path) -> None:
    assert problems(tmp_path / "t.csv", f"\ufeff{CSV}".encode(), shipped) == []


def test_a_device_without_an_end_is_refused_and_a_pipe_is_read(tmp_path: Path) -> None:
    done = run("evaluate", "/dev/zero")
    assert (done.returncode, done.stderr) == (2, "/dev/zero: a device, which has no end\n")
    done = run("evaluate", "/dev/null")
    assert (done.returncode, done.stderr.partition(":")[0]) == (2, "/dev/null")
    done = run("evaluate", "/dev/stdin", stdin=JSON)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, lambda data: data.decode().encode("utf-16")])
def test_a_ledger_that_is_packed_is_told_to_be(pack: Any, shipped: Policy, tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as ledger:
        ledger.append(shipped, {}, shipped.evaluate({}))
    packed = pack(path.read_bytes())
    path.write_bytes(packed)
    said = foreign(packed[:LENGTH], str(path))
    assert said is not None
    (file,) = ledger_files(str(path))
    (found,) = Chain(None).read(file, fresh=True)
    assert isinstance(found, Break) and found.problem == said
    # Nothing is appended to it, nor is it put aside as a line that is torn.
    with pytest.raises(LedgerError, match=r"unpack it first|UTF-16"), Ledger(path) as ledger:
        ledger.append(shipped, {}, shipped.evaluate({}))
    assert (path.read_bytes(), [each.name for each in tmp_path.iterdir()]) == (packed, ["ledger"])


def test_a_policy_file_in_another_encoding_says_which(tmp_path: Path, starter: Policy) -> None:
    folder = Path(starter.definition.sources.documents["policy"].location.file).parent
    for file in folder.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    (tmp_path / "plans.yaml").write_text((folder / "plans.yaml").read_text("utf-8"), "utf-16")
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    assert [problem.text for problem in caught.value.problems] == [f"text in UTF-16: {UTF8}"]
