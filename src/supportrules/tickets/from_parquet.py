"""Tickets in Parquet: a column a fact, a row a ticket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from supportrules.batch import ROWS, columns, tickets
from supportrules.batch.arrow import arrow
from supportrules.errors import InputError
from supportrules.problem import Location, Problem
from supportrules.tickets.record import Record
from supportrules.vocabulary import Fields

# How much of a column is read at a time, so that a file of one row group takes no more memory than others.
_BUFFER = 1 << 20
_TOGETHER = 16 * ROWS


def parquet_batches(
    source: BinaryIO, name: str, vocabulary: Fields | None, extra: bool
) -> Iterator[tuple[Any, int, int]]:
    """The columns of facts of a Parquet file, as record batches.

    Args:
        source: the file, which can be sought in.
        vocabulary: the facts; None takes all columns.
        extra: whether columns that are no facts are passed over; otherwise they are errors.

    Returns:
        Each with the number of its first row, from 1, and how many bytes of the file were read with it.

    Raises:
        InputError: it is no Parquet, has columns that are wrong, or no rows.
        MissingExtra: pyarrow is not installed.
    """
    pa = arrow()
    import pyarrow.parquet as parquet

    try:
        schema = parquet.read_schema(source)
        facts = schema.names
        coded: list[str] = []
        if vocabulary is not None:
            facts = list(columns(schema, vocabulary, extra))
            # Of texts that are few, the distinct ones are looked at.
            coded = [fact for fact in facts if vocabulary.facts[fact].type not in ("text", "instant")]
        file = parquet.ParquetFile(source, read_dictionary=coded, buffer_size=_BUFFER)
        total, size = file.metadata.num_rows, source.seek(0, 2)
        if not total:
            raise InputError(Problem("empty-file", "no tickets", "give a row for each ticket"))
        before = 0
        for groups in _groups(file.metadata):
            for batch in file.iter_batches(ROWS, row_groups=groups, columns=facts):
                yield batch, before + 1, size * (before + batch.num_rows) // total
                before += batch.num_rows
    except InputError as error:
        raise InputError(*(_placed(problem, name) for problem in error.problems)) from None
    except (pa.ArrowException, OSError) as error:
        message = f"not Parquet: {str(error).splitlines()[0]}"
        raise InputError(Problem("parquet-syntax", message, "", Location(name))) from None


def _groups(metadata: Any) -> Iterator[list[int]]:
    """The row groups, some at a time: what was read of them is kept until the last of these is done."""
    groups, rows = list[int](), 0
    for group in range(metadata.num_row_groups):
        groups.append(group)
        rows += metadata.row_group(group).num_rows
        if rows >= _TOGETHER:
            yield groups
            groups, rows = [], 0
    if groups:
        yield groups


def _placed(problem: Problem, name: str) -> Problem:
    return replace(problem, location=Location(name))


def parquet_rows(source: BinaryIO, name: str, vocabulary: Fields | None, extra: bool) -> Iterator[Record]:
    """The rows of a Parquet file; a place is the number of a row.

    Raises:
        InputError: it is no Parquet, has columns that are wrong, or no rows.
        MissingExtra: pyarrow is not installed.
    """
    for batch, first, read in parquet_batches(source, name, vocabulary, extra):
        facts = {fact: index for index, fact in enumerate(batch.schema.names)}
        for row, ticket in enumerate(tickets(batch, facts), first):
            yield Record(Location(name, row), ticket, (), None, read)
