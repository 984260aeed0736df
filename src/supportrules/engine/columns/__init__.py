"""Columns of tickets → columns of decisions, as Arrow tables and record batches."""

from __future__ import annotations

from supportrules.engine.columns.batches import ROWS, Batches, Decided, gathered
from supportrules.engine.columns.numbered_answers import ColumnBook
from supportrules.engine.columns.rows import MANY, OnError, Ticket, TicketColumns, columns, is_empty
from supportrules.engine.columns.schema import decision_schema

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
