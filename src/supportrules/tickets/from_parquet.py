"""Tickets in Parquet: a column a fact, a row a ticket."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from supportrules.batch import MANY, ROWS, TicketColumns, columns, gathered
from supportrules.batch.arrow import arrow
from supportrules.errors import InputError, TicketError
from supportrules.problem import Location, Problem
from supportrules.tickets.record import Record
from supportrules.vocabulary import Fields

# How much of a column is read at a time, so that a file of one row group takes no more memory than others.
_BUFFER = 1 << 20
_TOGETHER = 16 * ROWS


def parquet_batches(
    source: BinaryIO, name: str, vocabulary: Fields | None, extra: bool, ignore: Collection[str]
) -> Iterator[tuple[Any, int, int]]:
    """The columns of facts of a Parquet file, as record batches.

    Args:
        source: the file, which can be sought in.
        vocabulary: the facts; None takes all columns.
        extra, ignore: as of `columns`.

    Returns:
        Each with the number of its first row, from 1, and how many bytes of the file were read with it.

    Raises:
        InputError: it is no Parquet, has columns that are wrong, or no rows.
        MissingExtra: pyarrow is not installed.
    """
    pa = arrow()
    import pyarrow.parquet as parquet

    try:
        metadata = parquet.read_metadata(source)
        schema = metadata.schema.to_arrow_schema()
        facts = schema.names
        coded: list[str] = []
        if vocabulary is not None:

            def empty(index: int) -> bool:
                return _is_empty(metadata, schema.names[index])

            facts = list(columns(schema, vocabulary, extra, ignore, empty))
            coded = [fact for fact in facts if vocabulary.facts[fact].type not in MANY]
        file = parquet.ParquetFile(source, metadata=metadata, read_dictionary=coded, buffer_size=_BUFFER)
        total, size, before = metadata.num_rows, source.seek(0, 2), 0
        if not total:
            raise InputError(Problem("empty-file", "no tickets", "give a row for each ticket"))
        # Of columns that are read as dictionaries, a batch ends with its row group.
        batches = (
            batch
            for groups in _groups(metadata)
            for batch in file.iter_batches(ROWS, row_groups=groups, columns=facts)
        )
        for batch in gathered(batches):
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


def _is_empty(metadata: Any, column: str) -> bool:
    """Whether the statistics of a file tell that a column holds nothing but null."""
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        parts = map(group.column, range(group.num_columns))
        found = [part for part in parts if part.path_in_schema.partition(".")[0] == column]
        if not all(p.statistics and p.statistics.null_count == p.num_values for p in found):
            return False
    return True


def _placed(problem: Problem, name: str) -> Problem:
    return replace(problem, location=Location(name))


def parquet_rows(
    source: BinaryIO, name: str, vocabulary: Fields | None, extra: bool, ignore: Collection[str]
) -> Iterator[Record]:
    """The rows of a Parquet file; a place is the number of a row.

    Raises:
        InputError: it is no Parquet, has columns that are wrong, or no rows.
        MissingExtra: pyarrow is not installed.
    """
    for batch, first, read in parquet_batches(source, name, vocabulary, extra, ignore):
        for row, ticket in enumerate(TicketColumns.of(batch, vocabulary).tickets(), first):
            if isinstance(ticket, TicketError):
                yield Record(Location(name, row), None, ticket.problems, None, read)
            else:
                yield Record(Location(name, row), dict(ticket), (), None, read)
