"""Files of a ledger, read line by line, and whether they are one chain."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

from supportrules.base.file_signatures import LENGTH, foreign
from supportrules.base.problem import Location, Problem
from supportrules.base.wording import reason
from supportrules.errors import LedgerError
from supportrules.history.ledger.line import (
    MAX_LINE,
    START,
    Line,
    LineProblem,
    Link,
    begins_file,
    link_of,
    parsed,
    stated,
)

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
        fresh: whether a chain may begin with its first line, which begins one, or a file that goes on after
            another one, if nothing is known before it.
    """
    read = stream.tell()
    while (end is None or read < end) and (raw := stream.readline(MAX_LINE)):
        lines += 1
        location = Location(name, lines)
        read += len(raw)
        if lines == 1 and (problem := foreign(raw[:LENGTH], name)):
            yield Break(problem, read)
            return
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
        expected = before
        if fresh and (follows == START or (before is None and not begins_file(raw))):
            expected = START
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
    if expected.hash is None:
        return "other-chain", f"chained to {follows.hash}, and no line comes before it"
    return "other-chain", f"chained to {follows.hash or 'no line'}, and the line before it is {expected.hash}"


@dataclass(frozen=True)
class LogFile:
    """A file of a ledger as it was at a moment: what is added later is no part of it.

    It is found where it gets another name meanwhile, as a file does that is full.

    Two names of one file are one file.

    Args:
        path: its name at that moment.
        size: how many bytes it had when nobody was writing into it.
        inode: by which the system knows it.
    """

    path: Path = field(compare=False)
    size: int = field(compare=False)
    inode: tuple[int, int]

    @classmethod
    def now(cls, path: Path) -> Self:
        """The file of a name as it is now."""
        with path.open("rb") as stream:
            # Where files can't be locked, what is being written is seen as torn.
            with suppress(OSError):
                fcntl.flock(stream.fileno(), fcntl.LOCK_SH)
            try:
                about = os.fstat(stream.fileno())
                return cls(path, about.st_size, (about.st_dev, about.st_ino))
            finally:
                with suppress(OSError):
                    fcntl.flock(stream.fileno(), fcntl.LOCK_UN)

    @contextmanager
    def open(self) -> Iterator[tuple[BinaryIO, Path]]:
        """Its content, and the name that it has by now."""
        for path in self._names():
            with suppress(FileNotFoundError), path.open("rb") as stream:
                about = os.fstat(stream.fileno())
                if (about.st_dev, about.st_ino) == self.inode:
                    yield stream, path
                    return
        raise FileNotFoundError(errno.ENOENT, "it was taken away while it was read")

    def _names(self) -> Iterator[Path]:
        """The names that it can have."""
        yield self.path
        # Listed once the first name led elsewhere: by then a file that is full has its other one.
        yield from segments(self.path)


class Chain:
    """Reads the files of ledgers one after the other, and checks that each goes on where the last one ended.

    Args:
        head: the hash of a line that must be there, such as the last one that was known.
    """

    def __init__(self, head: str | None = None) -> None:
        self._sought = head and f"sha256:{head.removeprefix('sha256:').lower()}"
        self._found = head is None
        self._link: Link | None = START

    def read(self, file: LogFile, *, fresh: bool = False) -> Iterator[Line | Break]:
        """The lines of a file, and what is wrong with it, in order; not what is added meanwhile.

        Args:
            file: one of those that `ledger_files` gives.
            fresh: whether another chain may begin with this file.

        Raises:
            LedgerError: it can't be read.
        """
        try:
            with file.open() as (stream, path):
                for each in checked(stream, str(path), self._link, end=file.size, fresh=fresh):
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
            raise _unreadable(file.path, error) from None

    def end(self, name: str) -> Iterator[Break]:
        """What is wrong with the end, after all files.

        Args:
            name: of the last file.
        """
        if not self._found:
            message = f"no line has the hash {self._sought}: the end is cut off, or it is another ledger"
            yield Break(Problem("cut", message, "", Location(name)))


def segments(path: Path) -> tuple[Path, ...]:
    """The files that were full before this one was begun, in their order.

    Each has the name of the ledger and the number of its first line: ``decisions.ledger.000000004001``.

    Raises:
        OSError: the folder can't be read.
    """
    numbered = re.compile(re.escape(path.name) + r"\.[0-9]{12,}")
    found = [each for each in path.absolute().parent.iterdir() if numbered.fullmatch(each.name)]
    return tuple(path.with_name(each.name) for each in sorted(found, key=first_number))


def first_number(segment: Path) -> int:
    """The number of the first line of a full file, by its name."""
    return int(segment.name.rpartition(".")[2])


def real_name(file: str | Path) -> Path:
    """The name of a file itself, where it is given by a link to it."""
    path = Path(file)
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def ledger_files(file: str | Path) -> tuple[LogFile, ...]:
    """The files of a ledger as they are at one moment, in their order, also where it is written to.

    Args:
        file: the one that lines are added to, or a full one; where the next one is not begun yet after a
            full one, there are those that are full.

    Raises:
        LedgerError: they can't be read.
    """
    path = Path(file)
    try:
        # Asked once: where a file gets full, its name can be gone for a moment.
        if _mode(path) not in (None, stat.S_IFREG):
            message = "it is no file: a ledger is read from files, by their names"
            raise LedgerError(Problem("unreadable", message, "", Location(str(path))))
        path = real_name(path)
        while True:
            # A file that gets full meanwhile is among the full ones, and the name is another one's.
            last = _now(path)
            full = tuple(map(LogFile.now, segments(path)))
            if last == _now(path):
                break
        if last is None and not full:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    except OSError as error:
        raise _unreadable(path, error) from None
    return full if last is None else (*full, last)


def _mode(path: Path) -> int | None:
    """What a name stands for; None for nothing."""
    with suppress(FileNotFoundError):
        return stat.S_IFMT(path.stat().st_mode)
    return None


def _now(path: Path) -> LogFile | None:
    with suppress(FileNotFoundError):
        return LogFile.now(path)
    return None


def _unreadable(path: Path, error: OSError) -> LedgerError:
    return LedgerError(Problem("unreadable", reason(error), "", Location(str(path))))
