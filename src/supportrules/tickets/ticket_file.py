"""A file or a stream of tickets that is open; its form is told by the suffix, or by its content."""

from __future__ import annotations

import io
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from supportrules.base.file_signatures import LENGTH, foreign
from supportrules.base.problem import Location, Problem
from supportrules.base.wording import reason
from supportrules.errors import InputError
from supportrules.policy.vocabulary import Fields
from supportrules.tickets.from_parquet import BEGINS

STDIN = "-"
PARQUET = "parquet"
LINES, JSON, YAML, CSV = "jsonl", "json", "yaml", "csv"
FORMS = (JSON, LINES, YAML, CSV, PARQUET)
_BY_SUFFIX = {
    ".jsonl": LINES,
    ".ndjson": LINES,
    ".json": JSON,
    ".yaml": YAML,
    ".yml": YAML,
    ".csv": CSV,
    ".parquet": PARQUET,
}


@dataclass(frozen=True)
class TicketFile:
    """A file of tickets.

    Args:
        name: that places have.
        form: one of `FORMS`.
        lines: what it holds; of Parquet nothing.
        stream: what it holds, where it is Parquet, to be sought in.
    """

    name: str
    form: str
    lines: Iterable[bytes]
    stream: BinaryIO


@contextmanager
def ticket_file(
    name: str, stream: BinaryIO | None, form: str | None, vocabulary: Fields | None
) -> Iterator[TicketFile]:
    """A file that is open as long as the block lasts.

    Args:
        name: a path, or ``-``.
        stream: what to read for ``-``.
        form: None to tell it by the suffix, else by the content.
        vocabulary: the facts, which tell the header of a CSV.

    Raises:
        InputError: it can't be read, is compressed, or of another kind.
    """
    standard = stream if name == STDIN else None
    shown = "<stdin>" if standard else name
    try:
        with nullcontext(standard) if standard else Path(name).open("rb") as file:
            if standard is None and _is_endless(file):
                raise InputError(Problem("unreadable", "a device, which has no end", "", Location(name)))
            yield _told(file, shown, form or (None if standard else _by_suffix(name)), vocabulary)
    except OSError as error:
        raise InputError(Problem("unreadable", reason(error), "", Location(shown))) from None


def _is_endless(file: BinaryIO) -> bool:
    """Whether it is a device that gives bytes for ever: no terminal, and not the one that is empty."""
    status = os.fstat(file.fileno())
    return stat.S_ISCHR(status.st_mode) and not (
        file.isatty() or os.path.samestat(status, os.stat(os.devnull))  # noqa: PTH116 - it is no path
    )


def _by_suffix(name: str) -> str | None:
    return _BY_SUFFIX.get(Path(name).suffix.lower())


def _told(stream: BinaryIO, name: str, form: str | None, vocabulary: Fields | None) -> TicketFile:
    # No more than it takes, and no more than a line: the next may be long in coming.
    begins = stream.readline(LENGTH)
    if problem := foreign(begins, name):
        raise InputError(problem)
    if form is None and begins.startswith(BEGINS):
        form = PARQUET
    if form == PARQUET:
        whole = stream if stream.seekable() else io.BytesIO(begins + stream.read())
        return TicketFile(name, form, (), whole)
    first = begins if begins.endswith(b"\n") else begins + stream.readline()
    lines: Iterable[bytes] = chain([first] if first else [], stream)
    if form is None:
        lines, form = _sniff(iter(lines), vocabulary)
    return TicketFile(name, form, lines, stream)


def _sniff(lines: Iterator[bytes], vocabulary: Fields | None) -> tuple[Iterable[bytes], str]:
    """The form of lines without a name.

    A first line that is a whole JSON object makes it JSON lines, one with names of facts as cells CSV.
    """
    head: list[bytes] = []
    for line in lines:
        head.append(line)
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not text:
            continue
        form = YAML
        if text[:1] == b"[":
            form = JSON
        elif text[:1] == b"{":
            form = LINES if text.endswith(b"}") and _is_json(text) else JSON
            if form == JSON and not text.startswith((b"{}", b'{"')) and text != b"{":
                form = YAML
        elif vocabulary is not None and _is_header(text, vocabulary):
            form = CSV
        return chain(head, lines), form
    return head, JSON


def _is_json(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _is_header(text: bytes, vocabulary: Fields) -> bool:
    """Whether two cells or more are names of facts; other separators than commas are told when it is read."""
    cells = re.split("[,;\t]", text.decode("utf-8", "replace"))
    return sum(cell.strip().strip('"') in vocabulary.facts for cell in cells) > 1
