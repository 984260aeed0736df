"""Record batches of tickets → record batches of decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from supportrules.batch.arrow import arrow
from supportrules.batch.rows import Evaluate, OnError, columns, decided, tickets
from supportrules.batch.schema import decision_schema
from supportrules.policy import Definition

# How many rows are worked on together: enough that the work for each batch does not count.
ROWS = 131_072


class Batches:
    """Decides the rows of tables by one policy.

    Args:
        definition: the policy.
        evaluate: what decides one ticket.
        defaults: whether facts that are not given take their defaults, or the names of those that do.
        extra: whether columns that are no facts are passed over.
        on_error: whether a ticket that can't be decided is a row with an error, or ends the work.
    """

    def __init__(
        self,
        definition: Definition,
        evaluate: Evaluate,
        *,
        defaults: bool | Collection[str],
        extra: bool,
        on_error: OnError,
    ) -> None:
        self._definition, self._evaluate = definition, evaluate
        self._defaults, self._extra, self._on_error = defaults, extra, on_error
        self.schema = decision_schema(definition)

    def table(self, table: Any) -> Any:
        """The decisions of a table's or a record batch's rows, as one of the same kind."""
        pa = arrow()
        if isinstance(table, pa.RecordBatch):
            return self._batch(table)
        return pa.Table.from_batches(self.batches(table.to_batches(ROWS)), self.schema)

    def batches(self, batches: Iterator[Any]) -> Iterator[Any]:
        """The decisions of one record batch after the other."""
        return map(self._batch, batches)

    def _batch(self, batch: Any) -> Any:
        definition = self._definition
        facts = columns(batch, definition.vocabulary, self._extra)
        rows = decided(
            tickets(batch, facts, definition.vocabulary),
            self._evaluate,
            definition.roles.ticket,
            defaults=self._defaults,
            on_error=self._on_error,
        )
        return arrow().RecordBatch.from_pylist(list(rows), schema=self.schema)
