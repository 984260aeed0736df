"""The options of a ledger, and decisions that are written once they are in it."""

from __future__ import annotations

import re
import select
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from supportrules.base.problem import Problem
from supportrules.cli.candidates import facts
from supportrules.cli.output import named
from supportrules.engine.decision import Decision
from supportrules.engine.evaluation import Policy
from supportrules.errors import LedgerError, NotLogged
from supportrules.history.ledger import SIZE, Ledger, Masks, check_masked, read_key
from supportrules.tickets import STDIN, Record

# How many decisions wait for each other at most, to reach the disk together.
_TOGETHER = 250


if TYPE_CHECKING:
    _Bytes = click.ParamType[int]
else:
    # It takes no type in the older versions of click.
    _Bytes = click.ParamType


class _Size(_Bytes):
    """A number of bytes, such as 500kB or 2GB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([0-9]{1,12}) ?(|k|M|G)B?", value)
        if not found:
            self.fail(f"`{value}` is no size: give a whole number of bytes, kB, MB or GB", param, ctx)
        return int(found[1]) * {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}[found[2]]


ledger_option = click.option(
    "--ledger",
    metavar="FILE",
    type=click.Path(),
    callback=named,
    help="Append each decision to FILE before it is written.",
)
size_option = click.option(
    "--ledger-size",
    "size",
    metavar="SIZE",
    type=_Size(),
    help=f"How large a file may get (500kB, 2GB); 0 for any size. Default: {SIZE // 10**6}MB.",
)
mask_option = click.option(
    "--mask",
    "masked",
    metavar="FACT",
    multiple=True,
    shell_complete=facts,
    help="Log a keyed hash in place of a fact that no rule and no clock reads; may be repeated.",
)
mask_key_option = click.option(
    "--mask-key",
    metavar="FILE",
    type=click.Path(),
    callback=named,
    help="The key of masked facts; FILE is made if it is not there.",
)


@contextmanager
def opened_ledger(
    file: str | None,
    size: int | None,
    masked: Sequence[str],
    key: str | None,
    policies: Callable[[], Sequence[Policy]],
    tell: Callable[[str], None],
) -> Iterator[Ledger | None]:
    """The ledger that was asked for, ready to be appended to; None where none was.

    In the end, however it comes, the head is told, by which a cut end is seen later.

    Args:
        policies: those that may decide; each must do without the masked facts.
        tell: gets that, and what has to be told when it is opened.

    Raises:
        LedgerError: it can't be written, or is broken.
        UsageError: the options make no sense together.
    """
    if file is None:
        for given, option in ((masked or None, "--mask"), (key, "--mask-key"), (size, "--ledger-size")):
            if given is not None:
                raise click.UsageError(f"{option} is about a ledger: give --ledger too.")
        yield None
        return
    if bool(masked) != (key is not None):
        missing = "--mask-key FILE" if masked else "--mask FACT"
        raise click.UsageError(f"Give {missing} too: what is masked is told by a key.")
    masks = None
    if key is not None:
        try:
            # No key is made for masks that there can't be.
            check_masked(masked, policies())
            masks = Masks(masked, read_key(key))
            masks.check(*policies())
        except LedgerError as error:
            hint = "--mask-key" if error.problem.code == "mask-key" else "--mask"
            raise click.BadParameter(str(error), param_hint=hint) from None
    with Ledger(file, masks=masks, size=(SIZE if size is None else size) or None, tell=tell) as ledger:
        try:
            yield ledger
        finally:
            if ledger.head is not None:
                tell(f"{ledger.file}: line {ledger.sequence}, head {ledger.head}")


Decided = tuple[Policy, Decision]
Write = Callable[[Record, Decided | None, dict[str, Any] | None], None]


class LoggedWriter:
    """Writes decisions once they are on disk, as many at a time as are there without waiting for more input.

    Args:
        ledger: None where none was asked for; then they are written at once.
        tell: gets why a decision can't be logged, with its place.
        defaults: whether facts that were not given took their defaults.
        names: of the files that are read.
    """

    def __init__(
        self,
        ledger: Ledger | None,
        write: Write,
        tell: Callable[[Problem], None],
        *,
        defaults: bool,
        names: Sequence[str],
    ) -> None:
        self._ledger, self._write, self._tell, self._defaults = ledger, write, tell, defaults
        self._streams = STDIN in names
        self._waiting: list[tuple[Record, Decided | None, dict[str, Any] | None]] = []

    def decision(self, record: Record, policy: Policy, decision: Decision) -> None:
        """Takes a decision, and who made it.

        Raises:
            LedgerError: as `flush`.
        """
        self._take(record, (policy, decision), None)

    def error(self, record: Record, error: dict[str, Any]) -> None:
        """Takes why there is none.

        Raises:
            LedgerError: as `flush`.
        """
        self._take(record, None, error)

    def _take(self, record: Record, decided: Decided | None, error: dict[str, Any] | None) -> None:
        if self._ledger is None:
            self._write(record, decided, error)
            return
        self._waiting.append((record, decided, error))
        if len(self._waiting) >= _TOGETHER or (self._streams and not _more_input()):
            self.flush()

    def flush(self) -> None:
        """Writes what waits.

        Raises:
            LedgerError: the ledger can't be written; then nothing of it is.
        """
        waiting, self._waiting = self._waiting, []
        if self._ledger is not None and waiting:
            with self._ledger.group():
                waiting = [self._logged(self._ledger, *each) for each in waiting]
        for each in waiting:
            self._write(*each)

    def _logged(
        self, ledger: Ledger, record: Record, decided: Decided | None, error: dict[str, Any] | None
    ) -> tuple[Record, Decided | None, dict[str, Any] | None]:
        """Logs a decision; one that can't be logged is not given out either."""
        if decided is not None and record.ticket is not None:
            policy, decision = decided
            try:
                ledger.append(policy, record.ticket, decision, defaults=self._defaults)
            except NotLogged as refusal:
                problem = record.placed(refusal.problem)
                self._tell(problem)
                return record, None, {"message": problem.text, "problems": [problem.to_dict()]}
        return record, decided, error


def _more_input() -> bool:
    """Whether standard input can be read on without waiting for whoever writes it."""
    return sys.stdin is None or bool(select.select([sys.stdin], [], [], 0)[0])
