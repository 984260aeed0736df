"""Record batches of tickets → record batches of decisions."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from supportrules.batch.answers import ColumnBook
from supportrules.batch.arrow import arrow
from supportrules.batch.facts import Reader
from supportrules.batch.rows import Fault, OnError, Ticket, as_columns, column, columns, decided, tickets
from supportrules.batch.schema import decision_schema
from supportrules.batch.work import Work
from supportrules.decision import Decision
from supportrules.rules import Program

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

# How many rows are worked on together: more take more memory, fewer more time.
ROWS = 32_768


class Evaluate(Protocol):
    """What decides one ticket, as `Policy.evaluate` does."""

    def __call__(
        self, ticket: Mapping[str, object], *, defaults: bool | Collection[str], extra: bool
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


class Batches:
    """Decides many tickets by one policy; safe in threads.

    Args:
        program: the policy.
        book: its answers.
        evaluate: what decides one ticket.
        defaults: whether facts that are not given take their defaults, or the names of those that do.
        extra: whether columns that are no facts are passed over.
        on_error: whether a ticket that can't be decided is a row with an error, or ends the work.
    """

    def __init__(
        self,
        program: Program,
        book: ColumnBook,
        evaluate: Evaluate,
        *,
        defaults: bool | Collection[str],
        extra: bool,
        on_error: OnError,
    ) -> None:
        self.schema = decision_schema(program.definition)
        self._definition, self._book, self._evaluate = program.definition, book, evaluate
        self._defaults, self._extra, self._on_error = defaults, extra, on_error
        self._reader = Reader(program, defaults)

    def table(self, table: Any) -> Any:
        """The decisions of a table's or a record batch's rows, as one of the same kind."""
        pa = arrow()
        if isinstance(table, pa.RecordBatch):
            return self._decide(table).batch
        columns(table.schema, self._definition.vocabulary, self._extra)
        found = [each.batch for each in self.decided(table.to_batches(ROWS))]
        return pa.Table.from_batches(found, self.schema)

    def decided(self, batches: Iterable[Any]) -> Iterator[Decided]:
        """The decisions of one batch after the other, in order; a few are worked on at a time.

        Args:
            batches: record batches, or sequences of tickets.
        """
        workers = os.cpu_count() or 1
        waiting: deque[Future[Decided]] = deque()
        with ThreadPoolExecutor(workers) as pool:
            for batch in batches:
                waiting.append(pool.submit(self._decide, batch))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _decide(self, batch: Any) -> Decided:
        if not isinstance(batch, arrow().RecordBatch):
            return self._decide_tickets(batch)
        import numpy as np

        vocabulary = self._definition.vocabulary
        facts = columns(batch.schema, vocabulary, self._extra)

        alone = np.zeros(batch.num_rows, dtype=bool)
        return self._decide_columns(batch, facts, alone, lambda rows: tickets(batch, facts, rows))

    def _decide_tickets(self, given: Sequence[Ticket]) -> Decided:
        batch, odd = as_columns(given, self._definition.vocabulary, self._extra)
        facts = {name: index for index, name in enumerate(batch.schema.names)}
        return self._decide_columns(batch, facts, odd, lambda rows: (given[row] for row in rows.tolist()))

    def _decide_columns(
        self,
        batch: Any,
        facts: Mapping[str, int],
        alone: Array,
        chosen: Callable[[Array], Iterable[Ticket]],
    ) -> Decided:
        """The decisions of columns of tickets, but for those that are decided one by one.

        Args:
            facts: the facts that there are columns of.
            alone: the tickets that columns do not hold.
            chosen: gives some of the tickets.
        """
        import numpy as np

        pa, answers = arrow(), self._book.answers()
        if answers is None:
            alone = np.ones(batch.num_rows, dtype=bool)
            columned = pa.RecordBatch.from_pylist([], schema=self.schema)
        else:
            known, bad = self._reader.read(batch, facts)
            work = Work(answers, known, batch.num_rows, alone | bad)
            columned = work.decisions(self.schema, self._ids(batch, facts))
            alone = work.alone
        rows = np.flatnonzero(alone)
        if not rows.size:
            return Decided(columned, ())
        found, errors = decided(chosen(rows), self._evaluate_one, self._definition.roles.ticket)
        if errors and self._on_error == "fail":
            raise errors[0][1]
        others = pa.RecordBatch.from_pylist(found, schema=self.schema)
        if rows.size == batch.num_rows:
            merged = others
        else:
            order = np.arange(batch.num_rows)
            order[rows] = batch.num_rows + np.arange(rows.size)
            merged = pa.concat_batches([columned, others]).take(pa.array(order))
        return Decided(merged, tuple((int(rows[row]), error) for row, error in errors))

    def _evaluate_one(self, ticket: Mapping[str, Any]) -> Decision:
        return self._evaluate(ticket, defaults=self._defaults, extra=self._extra)

    def _ids(self, batch: Any, facts: Mapping[str, int]) -> Any:
        """The names of the tickets."""
        pa, name = arrow(), self._definition.roles.ticket
        if name is None or name not in facts:
            return pa.nulls(batch.num_rows, pa.string())
        return column(batch, facts[name]).cast(pa.string())
