"""A file or a stream → tickets: its form is told by the suffix, or by its content."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from supportrules.documents import DocumentError, decode
from supportrules.errors import InputError
from supportrules.problem import Location, Problem
from supportrules.tickets.from_csv import csv_rows
from supportrules.tickets.from_json import json_lines, json_values
from supportrules.tickets.from_parquet import parquet_rows
from supportrules.tickets.from_yaml import yaml_tickets
from supportrules.tickets.record import Record
from supportrules.vocabulary import Fields

STDIN = "-"
PARQUET = "parquet"
_LINES, _JSON, _YAML, _CSV = "jsonl", "json", "yaml", "csv"
FORMS = (_JSON, _LINES, _YAML, _CSV, PARQUET)
_BY_SUFFIX = {
    ".jsonl": _LINES,
    ".ndjson": _LINES,
    ".json": _JSON,
    ".yaml": _YAML,
    ".yml": _YAML,
    ".csv": _CSV,
    ".parquet": PARQUET,
}


def read_tickets(
    name: str,
    stream: BinaryIO | None = None,
    form: str | None = None,
    *,
    vocabulary: Fields | None = None,
    extra: bool = False,
) -> Iterator[Record]:
    """The tickets of a file.

    Args:
        name: a path, or ``-``.
        stream: what to read for ``-``.
        form: ``json``, ``jsonl``, ``yaml``, ``csv`` or ``parquet``; by the suffix, else by the content,
            when None.
        vocabulary: the facts, whose types say what the texts of a CSV mean; without it they stay texts.
        extra: whether columns of a CSV that are no facts are passed over; otherwise they are errors.

    Raises:
        InputError: the file can't be read, holds nothing, or is no text of that form.
        MissingExtra: it is Parquet, and pyarrow is not installed.
    """
    if name == STDIN and stream is not None:
        yield from _records(stream, "<stdin>", form, vocabulary, extra)
        return
    try:
        with Path(name).open("rb") as file:
            form = form or form_by_name(name)
            yield from _records(file, name, form, vocabulary, extra)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(Problem("unreadable", reason, "", Location(name))) from None


def form_by_name(name: str) -> str | None:
    """The form that the suffix of a file tells."""
    return _BY_SUFFIX.get(Path(name).suffix.lower())


def seekable(stream: BinaryIO) -> BinaryIO:
    """A stream as one that can be sought in; what can't be is read whole."""
    return stream if stream.seekable() else io.BytesIO(stream.read())


def _records(
    stream: BinaryIO, name: str, form: str | None, vocabulary: Fields | None, extra: bool
) -> Iterator[Record]:
    lines: Iterable[bytes] = stream
    if form is None:
        lines, form = _sniff(stream, vocabulary)
    if form == PARQUET:
        records = parquet_rows(seekable(stream), name, vocabulary, extra)
    else:
        records = _read(lines, name, form, vocabulary, extra)
    count = 0
    for record in records:
        count += 1
        yield record
    if not count:
        hint = "give a JSON object or array, JSON lines, YAML, CSV with a header, or Parquet"
        raise InputError(Problem("empty-file", "no tickets", hint, Location(name)))


def _read(
    lines: Iterable[bytes], name: str, form: str, vocabulary: Fields | None, extra: bool
) -> Iterator[Record]:
    if form == _LINES:
        return json_lines(lines, name)
    if form == _CSV:
        return csv_rows(lines, name, vocabulary, extra)
    try:
        text = decode(b"".join(lines), name)
    except DocumentError as error:
        raise InputError(error.problem) from None
    return json_values(text, name) if form == _JSON else yaml_tickets(text, name)


def _sniff(stream: BinaryIO, vocabulary: Fields | None) -> tuple[Iterable[bytes], str]:
    """The form of a stream without a name.

    A first line that is a whole JSON object makes it JSON lines, one with names of facts as cells CSV.
    """
    head: list[bytes] = []
    for line in stream:
        head.append(line)
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not text:
            continue
        form = _YAML
        if text[:1] == b"[":
            form = _JSON
        elif text[:1] == b"{":
            form = _LINES if text.endswith(b"}") and _is_json(text) else _JSON
            if form == _JSON and not text.startswith((b"{}", b'{"')) and text != b"{":
                form = _YAML
        elif vocabulary is not None and _is_header(text, vocabulary):
            form = _CSV
        return _chain(head, stream), form
    return head, _JSON


def _is_json(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _is_header(text: bytes, vocabulary: Fields) -> bool:
    """Whether two cells or more are names of facts; other separators than commas are told when it is read."""
    cells = re.split("[,;\t]", text.decode("utf-8", "replace"))
    return sum(cell.strip().strip('"') in vocabulary.facts for cell in cells) > 1


def _chain(head: list[bytes], stream: BinaryIO) -> Iterator[bytes]:
    yield from head
    yield from stream
