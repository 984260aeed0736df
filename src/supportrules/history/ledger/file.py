"""The file of a ledger that lines are added to, while it is open."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NoReturn, Self

from supportrules.base.problem import Location, Problem
from supportrules.base.wording import reason
from supportrules.errors import BrokenChain, LedgerError
from supportrules.history.ledger.chain import Break, checked, first_number, segments
from supportrules.history.ledger.line import MAX_LINE, MOST_LINES, START, Link, chained, ending

_COPIED_AT_ONCE = 1_000_000


class OpenFile:
    """The file that lines are added to, as far as it is known to be whole and on disk.

    Whoever uses it throws it away after any error, and where it is no longer the file of that name: then it
    is opened again and read from its beginning, and nothing that was known of it counts.

    Args:
        path: its name, absolute and without links.
        shown: its name in messages.
        descriptor: the file itself.
    """

    def __init__(self, path: Path, shown: Path, descriptor: int) -> None:
        self._path, self._shown, self._descriptor = path, shown, descriptor
        self._is_read = False
        self.link = START
        # The number of its first line, and how many lines and bytes are known to be whole.
        self._first, self._lines, self._end = 1, 0, 0

    @classmethod
    def open(cls, path: Path, shown: Path, known: Link) -> Self:
        """Opens the file of that name; one that is not there is made, where nothing known is lost by that.

        Args:
            known: a line that must be in it, or before it.

        Raises:
            BrokenChain: it is not there, and the line was in it.
            LedgerError: it can't be written.
        """
        try:
            return cls(path, shown, _opened(path, shown, known))
        except OSError as error:
            _fail(shown, "can't be written", error)

    # Turns

    def take(self, known: Link, tell: Callable[[str], None]) -> bool:
        """Locks it against other processes and reads what they have added.

        Args:
            known: a line that must be in it, or before it.
            tell: gets what has to be told.

        Returns:
            Whether it still is the file of that name; otherwise another process has begun the next one.

        Raises:
            BrokenChain: it is not as it was written.
            LedgerError: it can't be read, or not brought to disk.
        """
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            mine = os.fstat(self._descriptor)
        except OSError as error:
            self._fail("can't be locked", error)
        if not stat.S_ISREG(mine.st_mode):
            raise LedgerError(
                Problem("ledger", "can't be written: it is no file", "", Location(str(self._shown)))
            )
        try:
            if not os.path.samestat(mine, self._path.stat()):
                return False
        except FileNotFoundError:
            return False
        except OSError as error:
            self._fail("can't be written", error)
        if self._is_read:
            self._catch_up(mine.st_size, tell)
        else:
            self._read_all(known, tell)
        return True

    def release(self) -> None:
        """Ends the turn: others may write."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Lets it go, with its lock."""
        # Another process may have a copy of the descriptor, with which the lock would live on.
        with suppress(OSError):
            self.release()
        os.close(self._descriptor)

    def leave(self) -> None:
        """Lets it go in the child of a fork; the lock is its parent's."""
        os.close(self._descriptor)

    # Writing

    def append(self, bodies: Sequence[bytes], size: int | None) -> int:
        """Brings lines to disk, as many as there is room for.

        Args:
            bodies: what the lines say.
            size: of a file, in bytes; one line is there whatever its size.

        Returns:
            How many there was room for.

        Raises:
            LedgerError: it can't be written; then none of them is in it.
        """
        link, data, count = self.link, bytearray(), 0
        for body in bodies:
            # Where the files before it are put away, its first line alone says that it is all there.
            begins = link.sequence > 0 and not self._lines + count
            raw, then = chained(body, link, begins_file=begins)
            if then.sequence > MOST_LINES:
                message = f"it has {MOST_LINES:,} lines, and can have no more: begin a new one"
                raise LedgerError(Problem("ledger", message, "", Location(str(self._shown))))
            end = self._end + len(data) + len(raw)
            if size is not None and end > size and then.sequence != self._first:
                break
            data += raw
            link, count = then, count + 1
        if data:
            self._write(data)
            self.link, self._lines, self._end = link, self._lines + count, self._end + len(data)
        return count

    def _write(self, data: bytearray) -> None:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._descriptor, left) :]
            os.fsync(self._descriptor)
        except BaseException as error:
            # Where this fails too, whoever opens it next finds the rest, and sets it aside.
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._end)
                os.fsync(self._descriptor)
            if isinstance(error, OSError):
                self._fail("can't append", error)
            raise

    def rotate(self) -> None:
        """Gives it, as it is full, its own name; the next one is made when it is opened.

        Raises:
            LedgerError: it can't have that name.
        """
        full = self._path.with_name(f"{self._path.name}.{self._first:012}")
        if full.exists():
            message = f"the file is full, and `{full.name}` is there already"
            raise LedgerError(Problem("ledger", message, "", Location(str(self._shown))))
        try:
            # Lines of a process that was killed may not be on disk yet, and the next file rests on them.
            os.fsync(self._descriptor)
            self._path.rename(full)
            self._sync_folder()
        except OSError as error:
            self._fail("can't begin the next file", error)

    # Reading

    def _read_all(self, known: Link, tell: Callable[[str], None]) -> None:
        """Reads it from its beginning, which has to go on where the one before it ended."""
        try:
            full = segments(self._path)
        except OSError as error:
            self._fail("the files before it can't be found", error)
        before = last_link(full[-1]) if full else None
        self.link = before or START
        self._first = self.link.sequence + 1
        self._check_known(known, self.link)
        self._follow(before, known, tell, fresh=before is None)
        if self.link.sequence < known.sequence:
            raise _cut(self._shown, self.link, known)
        try:
            # It may have been made, renamed or written by a process that was killed before it did this.
            os.fsync(self._descriptor)
            self._sync_folder()
        except OSError as error:
            self._fail("can't be brought to disk", error)
        self._is_read = True

    def _catch_up(self, size: int, tell: Callable[[str], None]) -> None:
        """Reads what other processes have added after the last line that is known, if that is still there."""
        if size < self._end:
            message = f"it has {size} bytes, and had {self._end}"
            raise BrokenChain(Problem("cut", message, "", Location(str(self._shown))))
        if self._lines:
            said = ending(self.link)
            if os.pread(self._descriptor, len(said), self._end - len(said)) != said:
                message = f"line {self.link.sequence} is no longer as it was"
                raise BrokenChain(Problem("cut", message, "", Location(str(self._shown), self._lines)))
        if size > self._end:
            self._follow(self.link, START, tell)

    def _follow(
        self, before: Link | None, known: Link, tell: Callable[[str], None], *, fresh: bool = False
    ) -> None:
        """Reads on from where the file is known, to its end."""
        try:
            with open(os.dup(self._descriptor), "rb") as stream:  # noqa: PTH123 - it is no path
                stream.seek(self._end)
                for each in checked(stream, str(self._shown), before, self._lines, fresh=fresh):
                    if not isinstance(each, Break):
                        if not self._lines:
                            self._first = each.link.sequence
                        self._check_known(known, each.link)
                        self.link, self._lines, self._end = each.link, self._lines + 1, each.read
                    elif each.is_torn:
                        self._set_aside(each, tell)
                    else:
                        raise BrokenChain(each.problem)
        except OSError as error:
            self._fail("can't be read", error)

    def _check_known(self, known: Link, found: Link) -> None:
        if found.sequence == known.sequence and found.hash != known.hash:
            message = f"line {known.sequence} has the hash {found.hash}, and had {known.hash}"
            raise BrokenChain(Problem("other-chain", message, "", Location(str(self._shown))))

    def _set_aside(self, torn: Break, tell: Callable[[str], None]) -> None:
        """Moves what stands after the last whole line into a file of its own."""
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        # Not the ledger's name, a dot and more: what stands for all full files must not stand for this one.
        name = f"{self._path.name}-torn-{now}"
        aside = self._path.with_name(name)
        try:
            about = os.fstat(self._descriptor)
            with open(_made(aside, about), "wb") as copy:
                try:
                    self._copy_rest(copy)
                except OSError:
                    # It is still in its place.
                    aside.unlink()
                    raise
            self._sync_folder()
            os.ftruncate(self._descriptor, self._end)
            os.fsync(self._descriptor)
        except OSError as error:
            self._fail("has a torn line, which can't be set aside", error)
        shown = self._shown.with_name(name)
        tell(f"{torn.problem}; its {about.st_size - self._end} bytes are set aside in {shown}")

    def _copy_rest(self, copy: BinaryIO) -> None:
        """Copies what stands after the last whole line, to disk."""
        place = self._end
        while part := os.pread(self._descriptor, _COPIED_AT_ONCE, place):
            copy.write(part)
            place += len(part)
        copy.flush()
        os.fsync(copy.fileno())

    def _sync_folder(self) -> None:
        """A new name of a file is on disk once its folder is."""
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _fail(self, what: str, error: OSError) -> NoReturn:
        _fail(self._shown, what, error)


def last_link(segment: Path) -> Link:
    """What the line after a full file is chained to.

    Raises:
        BrokenChain: its last line is none, or not one that a file of its name can have.
        LedgerError: it can't be read.
    """
    try:
        with segment.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            start = max(0, end - MAX_LINE)
            stream.seek(start)
            tail = stream.read()
            # From where its last line begins.
            stream.seek(start + tail.rfind(b"\n", 0, len(tail) - 1) + 1)
            last = next(checked(stream, str(segment), None), None)
    except OSError as error:
        _fail(segment, "can't be gone on after", error)
    if last is None or isinstance(last, Break):
        message = last.problem.message if last else "no line of a ledger"
        raise BrokenChain(Problem("not-a-line", f"its last line: {message}", "", Location(str(segment))))
    first, sequence = first_number(segment), last.link.sequence
    if sequence < first:
        message = (
            f"by its name its first line is {first}, and its last one is {sequence}: no file of this ledger"
        )
        raise BrokenChain(Problem("not-a-line", message, "", Location(str(segment))))
    return last.link


def _opened(path: Path, shown: Path, known: Link) -> int:
    while True:
        try:
            # Also to who may write everything, a file that nobody may write is a finished one.
            if not path.stat().st_mode & 0o222:
                message = "can't be written: it is read-only"
                raise LedgerError(Problem("ledger", message, "", Location(str(shown))))
            return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError:
            full = segments(path)
            before = last_link(full[-1]) if full else START
            if before.sequence < known.sequence:
                raise _cut(shown, before, known) from None
            try:
                return _made(path, full[-1].stat() if full else None)
            except FileExistsError:
                # Another process has made it, or it is a link that leads nowhere.
                if path.is_symlink():
                    raise


def _made(path: Path, like: os.stat_result | None) -> int:
    """Makes a file: for its owner alone, or, where it can be, with the owner and the mode of another one."""
    mode = 0o600 if like is None else stat.S_IMODE(like.st_mode) | 0o600
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    if like is not None:
        for user, group in ((-1, like.st_gid), (like.st_uid, -1)):
            with suppress(PermissionError):
                os.fchown(descriptor, user, group)
        os.fchmod(descriptor, mode)
    return descriptor


def _cut(shown: Path, found: Link, known: Link) -> BrokenChain:
    message = f"it ends with line {found.sequence}, and line {known.sequence} was in it"
    return BrokenChain(Problem("cut", message, "", Location(str(shown))))


def _fail(shown: Path, what: str, error: OSError) -> NoReturn:
    raise LedgerError(Problem("ledger", f"{what}: {reason(error)}", "", Location(str(shown)))) from None
