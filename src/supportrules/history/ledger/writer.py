"""A ledger that decisions are appended to."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

from supportrules.base.problem import Location, Problem
from supportrules.engine.decision import Decision
from supportrules.engine.evaluation import Policy
from supportrules.errors import LedgerError
from supportrules.history.ledger.chain import real_name
from supportrules.history.ledger.file import OpenFile
from supportrules.history.ledger.line import START, body
from supportrules.history.ledger.masks import Masks

# Large enough that few files are made, and small enough to be checked in a moment when it is opened.
SIZE = 100_000_000
# How many lines a group holds back at most before it writes.
_HELD = 256


def _to_stderr(message: str) -> None:
    # A message that can't be written is lost, and no line of a ledger with it.
    with suppress(OSError, ValueError):
        print(message, file=sys.stderr or io.StringIO())


@dataclass
class _Entry:
    """Lines that one thread waits for."""

    bodies: Sequence[bytes]
    done: bool = False
    failure: LedgerError | None = None


class _Group:
    """Lines that wait for the end of a block, in the thread in which it began."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._thread = ledger, _thread()
        self.held: list[bytes] = []
        self.ended = False

    def takes(self, ledger: Ledger) -> bool:
        """Whether a line that is appended here and now belongs to it."""
        return self._ledger is ledger and not self.ended and self._thread == _thread()


def _thread() -> tuple[int, int]:
    return os.getpid(), threading.get_ident()


_GROUPS: ContextVar[tuple[_Group, ...]] = ContextVar("groups", default=())


class Ledger:
    """Decisions as they were made, each line chained to the one before it.

    What `append` has taken is on disk when it returns, or, inside of a `group`, when the group ends; threads
    that append at the same time share one write and one fsync. Several processes may append to one ledger,
    and a process that forks may go on in its child.

    Opening it checks its file, and each append what others have added since. A last line that is torn, as
    one that was being written leaves it, is set aside into a file of its own, and told. Where anything else
    is not as it was written, nothing is appended; nor where a line is gone that this has read or written.

    Args:
        file: its name; files that are full get the number of their first line as a suffix. A new one can be
            read by its owner alone; the next ones have its mode.
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
        self.file = real_name(file)
        # Whatever directory the process works in later.
        self._path = Path(os.path.realpath(self.file))
        self._masks, self._size, self._tell = masks, size, tell
        self._open: OpenFile | None = None
        self._known, self._closed = START, False
        self._turn, self._queue = threading.Lock(), deque[_Entry]()
        _LEDGERS.add(self)
        with self._locked() as opened:
            self._known = opened.link

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; all that was acknowledged is on disk already."""
        with self._turn:
            self._closed = True
            self._throw_away()

    @property
    def head(self) -> str | None:
        """The hash of the last line that is known; kept elsewhere, it shows whether the end was cut off."""
        return self._known.hash

    @property
    def sequence(self) -> int:
        """The number of the last line that is known."""
        return self._known.sequence

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
            BrokenChain: others have added what is no line, or taken lines away.
            NotLogged: it can't be said in a line.
            LedgerError: it can't be written, or a rule of the policy reads a masked fact.
        """
        vocabulary = policy.definition.vocabulary
        given = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in vocabulary.fields(ticket).items()
            if name in vocabulary.facts
        }
        data, masked = decision.to_dict(), frozenset[str]()
        if self._masks is not None:
            self._masks.check(policy)
            given, masked = self._masks.ticket(given)
            if policy.definition.roles.ticket in masked:
                data["ticket"] = given[policy.definition.roles.ticket]
        line = body(decision.policy, given, masked, defaults, data)
        group = self._group()
        if group is None:
            self._commit([line])
            return
        group.held.append(line)
        if len(group.held) == _HELD:
            full, group.held = group.held, []
            self._commit(full)

    @contextmanager
    def group(self) -> Iterator[None]:
        """Appends of this block that are on disk together when it ends, however it ends.

        Those of other threads do not belong to it, nor those of other tasks that were begun before it.

        Raises:
            LedgerError: as for `append`; part of the group may be in the ledger then.
        """
        if self._group() is not None:
            yield
            return
        group = _Group(self)
        token = _GROUPS.set((*_GROUPS.get(), group))
        try:
            yield
        finally:
            _GROUPS.reset(token)
            # In the child of a fork, what it holds is its parent's.
            mine, group.ended = group.takes(self), True
            if mine and group.held:
                self._commit(group.held)

    def _group(self) -> _Group | None:
        return next((group for group in _GROUPS.get() if group.takes(self)), None)

    def _commit(self, bodies: Sequence[bytes]) -> None:
        """Brings lines to disk, together with those of the threads that wait meanwhile."""
        entry = _Entry(bodies)
        self._queue.append(entry)
        with self._turn:
            # Whoever had the turn before may have written it.
            if not entry.done:
                self._write_all([self._queue.popleft() for _ in range(len(self._queue))])
        if entry.failure is not None:
            raise type(entry.failure)(entry.failure.problem)

    def _write_all(self, batch: Sequence[_Entry]) -> None:
        bodies = [line for entry in batch for line in entry.bodies]
        failure = self._error("the write was interrupted")
        written = 0
        try:
            while written < len(bodies):
                with self._locked() as file:
                    if count := file.append(bodies[written:], self._size):
                        self._known, written = file.link, written + count
                    if written < len(bodies):
                        file.rotate()
        except LedgerError as error:
            failure = error
        finally:
            for entry in batch:
                written -= len(entry.bodies)
                entry.done, entry.failure = True, None if written >= 0 else failure

    @contextmanager
    def _locked(self) -> Iterator[OpenFile]:
        """The file that lines are added to, with what others have added, locked; any error throws it away."""
        if self._closed:
            raise self._error("it is closed")
        try:
            while True:
                if self._open is None:
                    self._open = OpenFile.open(self._path, self.file, self._known)
                if self._open.take(self._known, self._tell):
                    break
                self._throw_away()
            yield self._open
            self._open.release()
        except BaseException:
            self._throw_away()
            raise

    def _throw_away(self) -> None:
        if self._open is not None:
            file, self._open = self._open, None
            file.close()

    def _after_fork(self) -> None:
        """In a child: its parent's file, its turn and who waits for it are not its own."""
        self._turn, self._queue = threading.Lock(), deque()
        if self._open is not None:
            file, self._open = self._open, None
            file.leave()

    def _error(self, message: str) -> LedgerError:
        return LedgerError(Problem("ledger", message, "", Location(str(self.file))))


_LEDGERS = WeakSet[Ledger]()


def _after_fork() -> None:
    # A lock lasts as long as any process has the descriptor open, so no child may keep it.
    for ledger in list(_LEDGERS):
        ledger._after_fork()


os.register_at_fork(after_in_child=_after_fork)
