"""How much of the input is decided, or of a policy is proved, as a bar on standard error."""

from __future__ import annotations

import stat
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from supportrules.base.steps import Step
from supportrules.cli.output import drop, is_terminal, status, tell
from supportrules.report.words import Words

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_PATIENCE = 0.5
_PATIENCE_WITH_PROOFS = 1.0
_INTERVAL = 0.1


class Passing(Protocol):
    """What is told as it passes."""

    @property
    def read(self) -> int:
        """How many bytes of its file were read with it."""


_Passing = TypeVar("_Passing", bound=Passing)


class _Transient:
    """A bar on standard error, which leaves nothing behind.

    Args:
        wanted: whether somebody looks.
    """

    def __init__(self, *, wanted: bool) -> None:
        self._wanted, self._shown = wanted, False
        self._bar: Bar | None = None

    def _draw(self, completed: int, total: int | None, text: str) -> None:
        if self._bar is None:
            self._bar = _bar(total)
        with self._drawing() as bar:
            if not self._shown:
                bar.start()
                self._shown = True
            bar.update(bar.task_ids[0], completed=completed, text=text)
            bar.refresh()

    def _hide(self) -> None:
        if self._shown:
            self._shown = False
            with self._drawing() as bar:
                bar.stop()

    @contextmanager
    def _drawing(self) -> Iterator[Bar]:
        """The bar; where it can't be drawn, there is none from then on."""
        assert self._bar
        try:
            yield self._bar
        except OSError:
            drop(sys.stderr)
            self._wanted = self._shown = False


class Progress(_Transient):
    """How many tickets are decided, seen where it takes a while, and where it is in nobody's way.

    Nothing is drawn but from its methods, so what is written between them stands on lines of its own.

    Args:
        names: the files that will be read.
        language: of its words.
        writes: whether decisions go to standard output meanwhile: on a terminal they would stand in the bar.
    """

    def __init__(self, names: Iterable[str], language: str, *, writes: bool) -> None:
        super().__init__(wanted=is_terminal(sys.stderr) and not (writes and is_terminal(sys.stdout)))
        self._words = Words(language)
        self._sizes = [_size(name) for name in names] if self._wanted else []
        self._count = self._before = self._here = 0
        self._start = time.monotonic()
        self._next = self._start + _PATIENCE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hide()

    def files(
        self, files: Iterable[Iterator[_Passing]], count: Callable[[_Passing], int] = lambda _: 1
    ) -> Iterator[_Passing]:
        """The tickets, or the lines, of all files, which are told as they pass.

        Args:
            files: what passes, for each file.
            count: how many tickets something is that passes.
        """
        for index, records in enumerate(files):
            for record in records:
                if self._wanted:
                    self._pass(record.read, count(record))
                yield record
            self._before += (self._sizes[index] or 0) if self._wanted else 0
            self._here = 0

    def echo(self, message: str) -> None:
        """Writes a message to standard error, where no bar is in its way."""
        self._hide()
        tell(message)

    def _pass(self, read: int, count: int) -> None:
        self._count += count
        self._here = max(self._here, read)
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _INTERVAL
            self._show(now)

    def _show(self, now: float) -> None:
        total = None if None in self._sizes else sum(size or 0 for size in self._sizes)
        rate = self._count / (now - self._start)
        tickets = self._words["tickets"].format(n=self._count, rate=rate)
        self._draw(self._before + self._here, total, tickets)


class Steps(_Transient):
    """What is being proved, seen where it takes more than a second; nothing is to be written meanwhile.

    One step can take all of the time, so a thread draws the bar at first.

    Args:
        language: of its words.
    """

    def __init__(self, language: str) -> None:
        super().__init__(wanted=is_terminal(sys.stderr))
        self._words, self._step, self._lock = Words(language), Step(None, 0, 0), threading.Lock()
        self._late = False
        self._timer = threading.Timer(_PATIENCE_WITH_PROOFS, self._wait)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        if self._wanted:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._wanted = False
            self._hide()

    def begin(self, step: Step) -> None:
        """Tells which step begins."""
        with self._lock:
            self._step = step
            if self._late:
                self._show()

    def _wait(self) -> None:
        """From now on each step is shown, and the one that takes so long."""
        with self._lock:
            self._late = True
            self._show()

    def _show(self) -> None:
        name, number, of = self._step
        if self._wanted and of:
            key = "step" if name is None else "step.named"
            self._draw(number - 1, of, self._words[key].format(name=name, number=number, of=of))


def _size(name: str) -> int | None:
    """The bytes of a file; 0 of one that is not there, None of what is no file."""
    about = status(name)
    if about is None:
        return 0
    return about.st_size if stat.S_ISREG(about.st_mode) else None


def _bar(total: int | None) -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    text = TextColumn("{task.fields[text]}", markup=False)
    columns = [BarColumn(), *([TaskProgressColumn()] if total else []), text]
    # Standard streams stay as they are, and no thread of its own draws.
    bar = Bar(
        *columns,
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    bar.add_task("", total=total or None, text="")
    return bar
