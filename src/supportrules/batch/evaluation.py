"""Record batches of tickets → record batches of decisions."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from supportrules.batch.answers import ColumnBook
from supportrules.batch.arrow import arrow
from supportrules.batch.facts import Reader
from supportrules.batch.rows import Evaluate, OnError, column, columns, decided, tickets
from supportrules.batch.schema import decision_schema
from supportrules.batch.work import Work
from supportrules.rules import Program

# How many rows are worked on together: enough that the work for each batch does not count.
ROWS = 131_072


class Batches:
    """Decides the rows of tables by one policy; safe in threads.

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
            return self._batch(table)
        columns(table, self._definition.vocabulary, self._extra)
        return pa.Table.from_batches(self.batches(table.to_batches(ROWS)), self.schema)

    def batches(self, batches: Iterable[Any]) -> Iterator[Any]:
        """The decisions of one record batch after the other, in order; a few are worked on at a time."""
        workers = os.cpu_count() or 1
        waiting: deque[Future[Any]] = deque()
        with ThreadPoolExecutor(workers) as pool:
            for batch in batches:
                waiting.append(pool.submit(self._batch, batch))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _batch(self, batch: Any) -> Any:
        import numpy as np

        pa = arrow()
        facts = columns(batch, self._definition.vocabulary, self._extra)
        answers = self._book.answers()
        if answers is None:
            return self._one_by_one(batch, facts)
        known, bad = self._reader.read(batch, facts)
        work = Work(answers, known, batch.num_rows, bad)
        found = work.decisions(self.schema, self._ticket_ids(batch, facts))
        # What is not as usual is left to what decides one ticket.
        rows = np.flatnonzero(work.alone)
        if not rows.size:
            return found
        others = self._one_by_one(batch.take(pa.array(rows)), facts)
        order = np.arange(batch.num_rows)
        order[rows] = batch.num_rows + np.arange(rows.size)
        return pa.concat_batches([found, others]).take(pa.array(order))

    def _ticket_ids(self, batch: Any, facts: Mapping[str, int]) -> Any:
        pa, name = arrow(), self._definition.roles.ticket
        if name is None or name not in facts:
            return pa.nulls(batch.num_rows, pa.string())
        return column(batch, facts[name]).cast(pa.string())

    def _one_by_one(self, batch: Any, facts: Mapping[str, int]) -> Any:
        rows = decided(
            tickets(batch, facts, self._definition.vocabulary),
            self._evaluate,
            self._definition.roles.ticket,
            defaults=self._defaults,
            on_error=self._on_error,
        )
        return arrow().RecordBatch.from_pylist(list(rows), schema=self.schema)
