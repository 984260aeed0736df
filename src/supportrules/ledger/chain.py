"""Files of a ledger, read line by line, and whether they are one chain."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from supportrules.errors import LedgerError
from supportrules.ledger.line import MAX_LINE, START, Line, LineProblem, Link, link_of, parsed, stated
from supportrules.problem import Location, Problem

_TORN = "torn"


@dataclass(frozen=True)
class Break:
    """A place where a ledger is not as it was written.

    Args:
        problem: what is wrong there.
        read: how many bytes of the file were read with it.
    """

    problem: Problem
    read: int = field(default=0, compare=False)

    @property
    def is_torn(self) -> bool:
        """Whether it is a last line without its end, as one that was being written leaves it."""
        return self.problem.code == _TORN


@dataclass(frozen=True)
class Checked:
    """A line that is as it was written, and in its place.

    Args:
        raw: the line, without its end.
        link: what the next one is chained to.
        read: how many bytes of the file were read with it.
    """

    raw: bytes
    link: Link
    location: Location
    read: int


def checked(
    stream: BinaryIO,
    name: str,
    before: Link | None,
    lines: int = 0,
    *,
    end: int | None = None,
    fresh: bool = False,
) -> Iterator[Checked | Break]:
    """The lines of a stream; after one that is broken it goes on with what that says of itself.

    Args:
        before: what the first is chained to; None where that is not known.
        lines: how many lines stand before it.
        end: where to end, in bytes; None for the end of the stream.
        fresh: whether a chain may begin with its first line.
    """
    read = stream.tell()
    while (end is None or read < end) and (raw := stream.readline(MAX_LINE)):
        lines += 1
        location = Location(name, lines)
        read += len(raw)
        last = raw
        while not last.endswith(b"\n"):
            # Longer than a line, or without an end: what it is need not be held.
            last = stream.readline(MAX_LINE)
            read += len(last)
            if not last:
                yield Break(Problem(_TORN, "a torn line: it has no end", "", location), read)
                return
        raw = raw.removesuffix(b"\n")
        try:
            follows, link = link_of(raw)
        except LineProblem as error:
            yield Break(Problem(error.code, error.message, "", location), read)
            before, fresh = stated(raw), False
            continue
        expected = START if fresh and follows == START else before
        if expected is not None and follows != expected:
            yield Break(Problem(*_misplaced(follows, expected), "", location), read)
        yield Checked(raw, link, location, read)
        before, fresh = link, False


def _misplaced(follows: Link, expected: Link) -> tuple[str, str]:
    """What is wrong with a line that follows another one than it should: a code and a message."""
    here, due = follows.sequence + 1, expected.sequence + 1
    if here > due:
        missing = f"line {due} is" if here == due + 1 else f"lines {due} to {here - 1} are"
        return "missing", f"line {here} of the ledger, where {due} should be: {missing} missing"
    if here < due:
        return "misplaced", f"line {here} of the ledger, where {due} should be"
    return "other-chain", f"chained to {follows.hash}, and the line before it is {expected.hash}"


class Chain:
    """Reads the files of ledgers one after the other, and checks that each goes on where the last one ended.

    Args:
        head: the hash of a line that must be there, such as the last one that was known.
    """

    def __init__(self, head: str | None = None) -> None:
        self._sought = head and f"sha256:{head.removeprefix('sha256:').lower()}"
        self._found = head is None
        self._link: Link | None = START

    @property
    def head(self) -> str | None:
        """The hash of the last line that was read."""
        return self._link and self._link.hash

    def read(self, file: str | Path, *, fresh: bool = False) -> Iterator[Line | Break]:
        """The lines of a file, and what is wrong with it, in order; not what is added meanwhile.

        Args:
            fresh: whether another chain may begin with this file.

        Raises:
            LedgerError: it can't be read.
        """
        try:
            with Path(file).open("rb") as stream:
                end = _whole(stream)
                for each in checked(stream, str(file), self._link, end=end, fresh=fresh):
                    if isinstance(each, Break):
                        yield each
                        continue
                    self._link = each.link
                    self._found = self._found or each.link.hash == self._sought
                    try:
                        yield parsed(each.raw, each.location, each.read)
                    except LineProblem as error:
                        yield Break(Problem(error.code, error.message, "", each.location), each.read)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise LedgerError(Problem("unreadable", reason, "", Location(str(file)))) from None

    def end(self, name: str) -> Iterator[Break]:
        """What is wrong with the end, after all files.

        Args:
            name: of the last file.
        """
        if not self._found:
            message = f"no line has the hash {self._sought}: the end is cut off, or it is another ledger"
            yield Break(Problem("cut", message, "", Location(name)))


def _whole(stream: BinaryIO) -> int:
    """The length of a file at a moment when nobody writes into it."""
    # Where files can't be locked, what is being written is seen as torn.
    with suppress(OSError):
        fcntl.flock(stream.fileno(), fcntl.LOCK_SH)
    try:
        return os.fstat(stream.fileno()).st_size
    finally:
        with suppress(OSError):
            fcntl.flock(stream.fileno(), fcntl.LOCK_UN)


def segments(file: str | Path) -> tuple[Path, ...]:
    """The files that were full before this one was begun, in their order.

    Each has the name of the ledger and the number of its first line: ``decisions.ledger.000000004001``.
    """
    path = Path(file)
    numbered = re.compile(re.escape(path.name) + r"\.[0-9]{12,}")
    try:
        found = [each for each in path.absolute().parent.iterdir() if numbered.fullmatch(each.name)]
    except OSError:
        return ()
    return tuple(path.with_name(each.name) for each in sorted(found, key=first_number))


def first_number(segment: Path) -> int:
    """The number of the first line of a full file, by its name."""
    return int(segment.name.rpartition(".")[2])


def ledger_files(file: str | Path) -> tuple[Path, ...]:
    """The files of a ledger, in their order."""
    return (*segments(file), Path(file))
