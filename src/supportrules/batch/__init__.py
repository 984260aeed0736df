"""Columns of tickets → columns of decisions, as Arrow tables and record batches."""

from __future__ import annotations

from supportrules.batch.answers import ColumnBook
from supportrules.batch.evaluation import ROWS, Batches, Decided
from supportrules.batch.rows import OnError, Ticket, columns, tickets
from supportrules.batch.schema import decision_schema

__all__ = [
    "ROWS",
    "Batches",
    "ColumnBook",
    "Decided",
    "OnError",
    "Ticket",
    "columns",
    "decision_schema",
    "tickets",
]
