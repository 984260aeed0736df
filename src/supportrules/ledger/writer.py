"""A ledger that decisions are appended to."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NoReturn, Self

from supportrules.decision import Decision
from supportrules.errors import BrokenChain, LedgerError
from supportrules.evaluate import Policy
from supportrules.ledger.chain import Break, checked, first_number, segments
from supportrules.ledger.line import MAX_LINE, START, Link, body, chained
from supportrules.ledger.masks import Masks
from supportrules.problem import Location, Problem

# Large enough that few files are made, and small enough to be checked in a moment when it is opened.
SIZE = 100_000_000
# How many lines a group holds back at most before it writes.
_HELD = 256
_COPIED_AT_ONCE = 1_000_000


def _to_stderr(message: str) -> None:
    print(message, file=sys.stderr)


@dataclass
class _Entry:
    """Lines that one thread waits for."""

    bodies: Sequence[bytes]
    done: bool = False
    failure: LedgerError | None = None


class Ledger:
    """Decisions as they were made, each line chained to the one before it.

    What `append` has taken is on disk when it returns, or, inside of a `group`, when the group ends; threads
    that append at the same time share one write and one fsync. Several processes may append to one ledger,
    and a process that forks may go on in its child.

    Opening it checks its file, and each append what others have added since. A last line that is torn, as
    one that was being written leaves it, is set aside into a file of its own, and told. Where anything else
    is not as it was written, nothing is appended.

    Args:
        file: its name; files that are full get the number of their first line as a suffix.
        masks: the facts that it must not show.
        size: of a file, in bytes, at which the next one is begun; None for never.
        tell: gets what has to be told: by default it is written to standard error.

    Raises:
        BrokenChain: it is not as it was written.
        LedgerError: it can't be written.
    """

    def __init__(
        self,
        file: str | Path,
        *,
        masks: Masks | None = None,
        size: int | None = SIZE,
        tell: Callable[[str], None] = _to_stderr,
    ) -> None:
        self.file = Path(file)
        self._masks, self._size, self._tell = masks, size, tell
        self._descriptor: int | None = None
        self._link = START
        # Of the file that is open: the number of its first line, and how much of it is known to be whole.
        self._first, self._lines, self._end = 1, 0, 0
        self._process = os.getpid()
        self._turn, self._queue = threading.Lock(), deque[_Entry]()
        self._group = threading.local()
        try:
            with self._locked():
                pass
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; all that was acknowledged is on disk already."""
        with self._turn:
            self._close()

    @property
    def head(self) -> str | None:
        """The hash of the last line that is known; kept elsewhere, it shows whether the end was cut off."""
        return self._link.hash

    @property
    def sequence(self) -> int:
        """The number of the last line that is known."""
        return self._link.sequence

    def append(
        self,
        policy: Policy,
        ticket: Mapping[str, Any],
        decision: Decision,
        *,
        defaults: bool | Collection[str] = True,
    ) -> None:
        """Appends a decision; it is on disk when this returns, or when the group ends in which it is called.

        Args:
            policy: the policy that decided.
            ticket: what it decided; fields that are no facts are left out.
            decision: what `policy.evaluate` gave.
            defaults: as they were given to `policy.evaluate`.

        Raises:
            BrokenChain: others have added what is no line.
            LedgerError: it can't be written, or a rule of the policy reads a masked fact.
        """
        vocabulary = policy.definition.vocabulary
        given = {n: value for n, value in vocabulary.fields(ticket).items() if n in vocabulary.facts}
        data, masked = decision.to_dict(), frozenset[str]()
        if self._masks is not None:
            self._masks.check(policy)
            masked = frozenset(
                n for n, value in given.items() if n in self._masks.facts and value is not None
            )
            given = self._masks.ticket(given)
            if policy.definition.roles.ticket in masked:
                data["ticket"] = given[policy.definition.roles.ticket]
        line = body(decision.policy, given, masked, defaults, data)
        if len(line) > MAX_LINE - 1000:
            raise LedgerError(Problem("too-long", f"a line of more than {MAX_LINE / 1e6:g} MB"))
        held: list[bytes] | None = getattr(self._group, "held", None)
        if held is None:
            self._commit([line])
            return
        held.append(line)
        if len(held) == _HELD:
            full, held[:] = held[:], []
            self._commit(full)

    @contextmanager
    def group(self) -> Iterator[None]:
        """Appends of this thread that are on disk together when the block ends, however it ends.

        Raises:
            LedgerError: as for `append`; part of the group may be in the ledger then.
        """
        if getattr(self._group, "held", None) is not None:
            yield
            return
        held: list[bytes] = []
        self._group.held = held
        try:
            yield
        finally:
            self._group.held = None
            if held:
                self._commit(held)

    # Writing

    def _commit(self, bodies: Sequence[bytes]) -> None:
        """Brings lines to disk, together with those of the threads that wait meanwhile."""
        if os.getpid() != self._process:
            self._forked()
        entry = _Entry(bodies)
        self._queue.append(entry)
        with self._turn:
            # Whoever had the turn before may have written it.
            if not entry.done:
                self._write_all([self._queue.popleft() for _ in range(len(self._queue))])
        if entry.failure is not None:
            raise type(entry.failure)(entry.failure.problem)

    def _write_all(self, batch: Sequence[_Entry]) -> None:
        interrupted = LedgerError(Problem("ledger", "the write was interrupted", "", self._place()))
        failure: LedgerError | None = interrupted
        try:
            left = [line for entry in batch for line in entry.bodies]
            while left:
                with self._locked():
                    left = self._fill(left)
            failure = None
        except LedgerError as error:
            failure = error
        finally:
            for entry in batch:
                entry.done, entry.failure = True, failure

    def _fill(self, bodies: list[bytes]) -> list[bytes]:
        """Writes what the file has room for; gives what is left, for which the next file is begun."""
        link, written, count = self._link, bytearray(), 0
        for count, line in enumerate(bodies):  # noqa: B007 - its last value is how many were written
            raw, then = chained(line, link)
            if (
                self._size is not None
                and self._end + len(written) + len(raw) > self._size
                and then.sequence != self._first
            ):
                break
            written += raw
            link = then
        else:
            count = len(bodies)
        if written:
            self._write(bytes(written))
            self._link, self._lines, self._end = link, self._lines + count, self._end + len(written)
        if count < len(bodies):
            self._rotate()
        return bodies[count:]

    def _write(self, data: bytes) -> None:
        descriptor = self._open_descriptor()
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        except BaseException as error:
            # Where this fails too, whoever opens it next finds the rest, and sets it aside.
            with suppress(OSError):
                os.ftruncate(descriptor, self._end)
                os.fsync(descriptor)
            if isinstance(error, OSError):
                self._fail("can't append", error)
            raise

    def _rotate(self) -> None:
        """Gives the file, which is full, its own name; the next one is made when it is opened."""
        full = self.file.with_name(f"{self.file.name}.{self._first:012}")
        if full.exists():
            message = f"the file is full, and `{full.name}` is there already"
            raise LedgerError(Problem("ledger", message, "", self._place()))
        try:
            self.file.rename(full)
            self._sync_folder()
        except OSError as error:
            self._fail("can't begin the next file", error)
        self._close()

    # Opening

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Locks the file that lines are added to against other processes, and reads what they have added."""
        try:
            opened = self._take()
            if opened:
                self._check_all()
            else:
                self._catch_up()
            yield
        finally:
            if self._descriptor is not None:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _take(self) -> bool:
        """Locks the file of that name; says whether it is another one than before."""
        opened = False
        while True:
            try:
                if self._descriptor is None:
                    self._descriptor, opened = self._open(), True
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
                mine = os.fstat(self._descriptor)
            except OSError as error:
                self._fail("can't be written", error)
            if not stat.S_ISREG(mine.st_mode):
                self._close()
                raise LedgerError(Problem("ledger", "can't be written: it is no file", "", self._place()))
            with suppress(OSError):
                if os.path.samestat(mine, self.file.stat()):
                    return opened
            # Another process has begun the next file meanwhile.
            self._close()

    def _open(self) -> int:
        # Also to who may write everything, a file that nobody may write is a finished one.
        with suppress(FileNotFoundError):
            if not self.file.stat().st_mode & 0o222:
                raise LedgerError(Problem("ledger", "can't be written: it is read-only", "", self._place()))
        return os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def _check_all(self) -> None:
        """Reads the file from its beginning, which has to go on where the one before it ended."""
        known = self._link
        full = segments(self.file)
        before = self._last_link(full[-1]) if full else None
        self._link, self._first, self._lines, self._end = before or START, 1, 0, 0
        self._follow(before, fresh=before is None)
        if not self._end:
            self._first = self._link.sequence + 1
            self._sync_folder()
        if self._link.sequence < known.sequence:
            message = f"it ends with line {self._link.sequence}, and line {known.sequence} was in it"
            raise BrokenChain(Problem("cut", message, "", self._place()))

    def _catch_up(self) -> None:
        """Reads what other processes have added."""
        size = os.fstat(self._open_descriptor()).st_size
        if size < self._end:
            message = f"it has {size} bytes, and had {self._end}"
            raise BrokenChain(Problem("cut", message, "", self._place()))
        if size > self._end:
            self._follow(self._link)

    def _follow(self, before: Link | None, *, fresh: bool = False) -> None:
        """Reads on from where the file is known, to its end."""
        descriptor = self._open_descriptor()
        try:
            with open(os.dup(descriptor), "rb") as stream:  # noqa: PTH123 - it is no path
                stream.seek(self._end)
                for each in checked(stream, str(self.file), before, self._lines, fresh=fresh):
                    if not isinstance(each, Break):
                        if not self._lines:
                            self._first = each.link.sequence
                        self._link, self._lines, self._end = each.link, self._lines + 1, each.read
                    elif each.is_torn:
                        self._set_aside(each)
                    else:
                        raise BrokenChain(each.problem)
        except OSError as error:
            self._fail("can't be read", error)

    def _set_aside(self, torn: Break) -> None:
        """Moves what stands after the last whole line into a file of its own."""
        descriptor = self._open_descriptor()
        size = os.fstat(descriptor).st_size
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        aside = self.file.with_name(f"{self.file.name}.torn-{now}")
        try:
            with aside.open("xb") as copy:
                try:
                    self._copy_rest(copy)
                except OSError:
                    # It is still in its place.
                    aside.unlink()
                    raise
            self._sync_folder()
            os.ftruncate(descriptor, self._end)
            os.fsync(descriptor)
        except OSError as error:
            self._fail("has a torn line, which can't be set aside", error)
        self._tell(f"{torn.problem}; its {size - self._end} bytes are set aside in {aside}")

    def _copy_rest(self, copy: BinaryIO) -> None:
        """Copies what stands after the last whole line, to disk."""
        place = self._end
        while part := os.pread(self._open_descriptor(), _COPIED_AT_ONCE, place):
            copy.write(part)
            place += len(part)
        copy.flush()
        os.fsync(copy.fileno())

    def _last_link(self, segment: Path) -> Link:
        """What the line after a full file is chained to."""
        try:
            with segment.open("rb") as stream:
                end = stream.seek(0, os.SEEK_END)
                start = max(0, end - MAX_LINE)
                stream.seek(start)
                tail = stream.read()
                # From where its last line begins.
                cut = start + tail.rfind(b"\n", 0, len(tail) - 1) + 1
                stream.seek(cut)
                last = next(checked(stream, str(segment), None), None)
        except OSError as error:
            self._fail(f"can't go on after {segment}", error)
        if last is None or isinstance(last, Break) or last.link.sequence < first_number(segment):
            problem = last.problem if isinstance(last, Break) else None
            message = problem.message if problem else "no line of a ledger"
            raise BrokenChain(Problem("not-a-line", f"its last line: {message}", "", Location(str(segment))))
        return last.link

    def _open_descriptor(self) -> int:
        assert self._descriptor is not None
        return self._descriptor

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _forked(self) -> None:
        """In a child: its parent's lock and file are not its own."""
        self._process = os.getpid()
        self._turn, self._queue = threading.Lock(), deque()
        self._close()

    def _sync_folder(self) -> None:
        """A new name of a file is on disk once its folder is."""
        try:
            folder = os.open(self.file.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            self._fail("its folder can't be brought to disk", error)

    def _place(self) -> Location:
        return Location(str(self.file))

    def _fail(self, what: str, error: OSError) -> NoReturn:
        reason = (error.strerror or str(error)).lower()
        raise LedgerError(Problem("ledger", f"{what}: {reason}", "", self._place())) from None
