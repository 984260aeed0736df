"""Record batches of tickets → record batches of decisions."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, get_args

from supportrules.base.logs import logger
from supportrules.base.problem import Problem
from supportrules.base.wording import describe
from supportrules.engine.columns.arrow import arrow
from supportrules.engine.columns.decisions import ColumnDecisions
from supportrules.engine.columns.facts import Reader
from supportrules.engine.columns.frames import batches_of, is_stream, table_of
from supportrules.engine.columns.numbered_answers import ColumnBook
from supportrules.engine.columns.rows import (
    Fault,
    OnError,
    Ticket,
    TicketColumns,
    as_columns,
    columns,
    decided,
    is_empty,
)
from supportrules.engine.columns.schema import decision_schema
from supportrules.engine.decision import Decision
from supportrules.engine.rules import Program
from supportrules.errors import InputError
from supportrules.policy.vocabulary import check_names

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_log = logger(__name__)

# How many rows are worked on together: more take more memory, fewer more time.
ROWS = 65_536
# Of how many rows one is few: picking all of them takes as long as cutting at one in some hundred.
_FEW = 200


_TABLES = "a DataFrame or whatever else has the Arrow PyCapsule interface"


class Evaluate(Protocol):
    """What decides one ticket, as `Policy.evaluate` does."""

    def __call__(
        self,
        ticket: Mapping[str, object],
        *,
        defaults: bool | Collection[str],
        extra: bool,
        ignore: Collection[str],
    ) -> Decision:
        """The decision, or a TicketError or a PolicyFault."""


@dataclass(frozen=True)
class Decided:
    """The decisions of some tickets.

    Args:
        batch: a record batch with a row for each.
        errors: why some could not be decided, with the index of the ticket.
    """

    batch: Any
    errors: tuple[tuple[int, Fault], ...]

    def __repr__(self) -> str:
        return f"<Decided {self.batch.num_rows} tickets, {len(self.errors)} of them with errors>"


class Batches:
    """Decides many tickets by one policy; safe in threads.

    Args:
        program: the policy.
        book: its answers.
        evaluate: what decides one ticket.
        defaults: whether facts that are not given take their defaults, or the names of those that do.
        extra, ignore: as of `columns`.
        on_error: whether a ticket that can't be decided is a row with an error, or ends the work.

    Raises:
        TypeError, ValueError: `defaults`, `ignore` or `on_error` is something else.
    """

    def __init__(
        self,
        program: Program,
        book: ColumnBook,
        evaluate: Evaluate,
        *,
        defaults: bool | Collection[str],
        extra: bool,
        ignore: Collection[str],
        on_error: OnError,
    ) -> None:
        if on_error not in get_args(OnError):
            raise ValueError(f"`on_error` is {' or '.join(map(repr, get_args(OnError)))}, not {on_error!r}")
        check_names(ignore)
        self.schema = decision_schema(program.definition)
        self._definition, self._book, self._evaluate = program.definition, book, evaluate
        self._defaults, self._extra, self._ignore, self._on_error = defaults, extra, ignore, on_error
        self._reader = Reader(program, defaults)

    def table(self, data: Any) -> Any:
        """The decisions of a table's rows, as a table; of a record batch, as a record batch.

        Raises:
            TypeError: it is no table.
        """
        pa, table = arrow(), table_of(data, self._definition.vocabulary)
        if table is None:
            message = f"`evaluate_batch` takes {_TABLES}, not {describe(data)}"
            raise TypeError(f"{message}; of lists of tickets `evaluate_batches` takes any number")
        found = list(self.decided(self._pieces(table)))
        if isinstance(table, pa.RecordBatch):
            return self._joined(found).batch
        return pa.Table.from_batches([each.batch for each in found], self.schema)

    def decided(self, batches: Iterable[Any]) -> Iterator[Decided]:
        """The decisions of one batch after the other, in order; a few are worked on at a time.

        Args:
            batches: what `decide` takes; or a stream of record batches, which are made `ROWS` rows each.
        """
        workers, waiting = _processors(), deque[Future[Decided]]()
        if is_stream(batches):
            batches = gathered(batches_of(batches, self._definition.vocabulary))
        with ThreadPoolExecutor(workers) as pool:
            for batch in batches:
                waiting.append(pool.submit(self.decide, batch))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def decide(self, batch: Any) -> Decided:
        """The decisions of one batch.

        Args:
            batch: a table of any kind, or a sequence of tickets.

        Raises:
            TypeError: it is something else.
        """
        table = table_of(batch, self._definition.vocabulary)
        if table is not None:
            return self._joined([self._decide_piece(piece) for piece in self._pieces(table)])
        if isinstance(batch, Sequence) and not isinstance(batch, str | bytes):
            columns, odd = as_columns(batch, self._definition.vocabulary, self._extra, self._ignore)
            return self._decide_columns(columns, odd, lambda rows: (batch[row] for row in rows.tolist()))
        raise TypeError(f"a batch is {_TABLES}, or a list of tickets, not {describe(batch)}")

    def _pieces(self, table: Any) -> Iterator[Any]:
        """The columns of facts of a table or a record batch, `ROWS` rows at a time."""

        def empty(index: int) -> bool:
            return is_empty(table.column(index))

        facts = columns(table.schema, self._definition.vocabulary, self._extra, self._ignore, empty)
        chosen = table.select(list(facts.values()))
        return gathered(chosen.to_batches() if isinstance(table, arrow().Table) else [chosen])

    def _decide_piece(self, piece: Any) -> Decided:
        import numpy as np

        columns = TicketColumns.of(piece, self._definition.vocabulary)
        return self._decide_columns(columns, np.zeros(piece.num_rows, dtype=bool), columns.tickets)

    def _joined(self, parts: Sequence[Decided]) -> Decided:
        """The decisions of tickets that follow each other."""
        if len(parts) == 1:
            return parts[0]
        errors, before = [], 0
        for part in parts:
            errors += [(before + row, error) for row, error in part.errors]
            before += part.batch.num_rows
        nothing = arrow().RecordBatch.from_pylist([], schema=self.schema)
        return Decided(arrow().concat_batches([nothing, *(part.batch for part in parts)]), tuple(errors))

    def _decide_columns(
        self, columns: TicketColumns, alone: Array, chosen: Callable[[Array], Iterable[Ticket]]
    ) -> Decided:
        """The decisions of tickets, by columns but for those that are decided one by one.

        Args:
            alone: the tickets that columns do not hold.
            chosen: gives some of the tickets.
        """
        import numpy as np

        pa, answers, ids = arrow(), self._book.answers(), self._ids(columns)
        unread = 0
        if answers is None:
            alone = np.ones(columns.count, dtype=bool)
            columned = pa.RecordBatch.from_pylist([], schema=self.schema)
        else:
            known, bad = self._reader.read(columns)
            alone = alone | bad
            unread = int(np.count_nonzero(alone))
            work = ColumnDecisions(answers, known, columns.count, alone)
            columned = work.decisions(self.schema, ids)
            alone = work.alone
        rows = np.flatnonzero(alone)
        if not rows.size:
            return Decided(columned, ())
        reason = "%d of %d tickets are decided one by one, %d of them for values that columns can't have"
        _log.debug(reason, rows.size, columns.count, unread)
        found, errors = decided(chosen(rows), self._evaluate_one, self._definition.roles.ticket)
        if errors and self._on_error == "fail":
            raise errors[0][1]
        for row, _ in errors:
            # Of a ticket with a text that can't be read, the name may be one that can.
            if found[row]["ticket"] is None:
                found[row]["ticket"] = ids[int(rows[row])].as_py()
        others = pa.RecordBatch.from_pylist(found, schema=self.schema)
        merged = others if rows.size == columns.count else _merged(columned, others, rows)
        return Decided(merged, tuple((int(rows[row]), error) for row, error in errors))

    def _evaluate_one(self, ticket: Mapping[str, Any]) -> Decision:
        return self._evaluate(ticket, defaults=self._defaults, extra=self._extra, ignore=self._ignore)

    def _ids(self, columns: TicketColumns) -> Any:
        """The names of the tickets."""
        pa, name = arrow(), self._definition.roles.ticket
        if name is None or name not in columns.arrays:
            return pa.nulls(columns.count, pa.string())
        return columns.arrays[name].cast(pa.string())


def _merged(columned: Any, others: Any, rows: Array) -> Any:
    """A record batch in which some rows are those of another one, in order."""
    import numpy as np

    pa, count = arrow(), columned.num_rows
    if rows.size > count // _FEW:
        order = np.arange(count)
        order[rows] = count + np.arange(rows.size)
        return pa.concat_batches([columned, others]).take(pa.array(order))
    # What lies between a few rows is copied at once.
    parts, begin = [], 0
    for number, row in enumerate(rows.tolist()):
        parts += [columned.slice(begin, row - begin), others.slice(number, 1)]
        begin = row + 1
    return pa.concat_batches([*parts, columned.slice(begin)])


def gathered(batches: Iterable[Any]) -> Iterator[Any]:
    """Record batches of `ROWS` rows each, in order: small ones are put together, large ones are cut.

    Raises:
        InputError: a column refers to values that its dictionary does not have.
    """
    waiting: list[Any] = []
    count = 0
    for batch in batches:
        _check_dictionaries(batch)
        while batch.num_rows:
            some = batch.slice(0, ROWS - count)
            batch = batch.slice(some.num_rows)
            waiting.append(some)
            count += some.num_rows
            if count == ROWS:
                yield from _together(waiting)
                waiting, count = [], 0
    yield from _together(waiting)


def _check_dictionaries(batch: Any) -> None:
    # Arrow takes an index for a right one, wherever in memory that leads to.
    pa = arrow()
    from pyarrow import compute

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if not pa.types.is_dictionary(column.type):
            continue
        used = compute.min_max(column.indices).as_py()
        if used["min"] is not None and not 0 <= used["min"] <= used["max"] < len(column.dictionary):
            message = f"column `{name}` is damaged: it refers to values that its dictionary does not have"
            raise InputError(Problem("unreadable", message, "", None, name))


def _together(batches: list[Any]) -> list[Any]:
    pa = arrow()
    if len(batches) < 2:
        return batches
    try:
        return [pa.concat_batches(batches)]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        # Dictionaries with nulls, or of more values together than their indices can tell apart.
        return batches


def _processors() -> int:
    """How many processors this process may use."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
