"""Columns of tickets → columns of decisions, as Arrow tables and record batches."""

from __future__ import annotations

from supportrules.batch.answers import ColumnBook
from supportrules.batch.evaluation import ROWS, Batches, Decided, gathered
from supportrules.batch.rows import MANY, OnError, Ticket, TicketColumns, columns, is_empty
from supportrules.batch.schema import decision_schema

__all__ = [
    "MANY",
    "ROWS",
    "Batches",
    "ColumnBook",
    "Decided",
    "OnError",
    "Ticket",
    "TicketColumns",
    "columns",
    "decision_schema",
    "gathered",
    "is_empty",
]
