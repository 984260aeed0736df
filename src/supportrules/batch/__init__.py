"""Columns of tickets → columns of decisions, as Arrow tables and record batches."""

from __future__ import annotations

from supportrules.batch.answers import ColumnBook
from supportrules.batch.evaluation import Batches
from supportrules.batch.rows import OnError
from supportrules.batch.schema import decision_schema

__all__ = ["Batches", "ColumnBook", "OnError", "decision_schema"]
