"""Tickets in Parquet: a column a fact, a row a ticket."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from supportrules.base.problem import Location, Problem
from supportrules.engine.columns import MANY, ROWS, TicketColumns, columns, gathered, is_empty
from supportrules.engine.columns.arrow import arrow
from supportrules.errors import InputError, TicketError
from supportrules.policy.vocabulary import Fields
from supportrules.tickets.record import Record

# How much of a column is read at a time, so that a file of one row group takes no more memory than others.
_BUFFER = 1 << 20
_TOGETHER = 16 * ROWS
# How a file begins that is Parquet.
BEGINS = b"PAR1"


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

        def opened(coded: Sequence[str] = ()) -> Any:
            return parquet.ParquetFile(source, metadata=metadata, read_dictionary=coded, buffer_size=_BUFFER)

        facts = schema.names
        coded: list[str] = []
        if vocabulary is not None:

            def empty(index: int) -> bool:
                parts = opened().iter_batches(ROWS, columns=[schema.names[index]])
                return all(is_empty(part.column(0)) for part in parts)

            facts = list(columns(schema, vocabulary, extra, ignore, empty))
            coded = [fact for fact in facts if vocabulary.facts[fact].type not in MANY]
        total, size, before = metadata.num_rows, source.seek(0, 2), 0
        if not total:
            raise InputError(Problem("empty-file", "no tickets", "give a row for each ticket"))
        for batch in gathered(_batches(opened, coded, metadata, facts)):
            yield batch, before + 1, size * (before + batch.num_rows) // total
            before += batch.num_rows
        if before < total:
            message = f"can't be read as Parquet: it says that it has {total} rows, and has {before}"
            raise InputError(Problem("parquet-syntax", message, _DAMAGED))
    except InputError as error:
        raise InputError(*(_placed(problem, name) for problem in error.problems)) from None
    except (pa.ArrowException, OSError, *_DAMAGE) as error:
        raise InputError(_damaged(source, name, error)) from None


# What pyarrow raises, beside its own errors, for names that are not UTF-8 and numbers that no file can have.
_DAMAGE = (ValueError, OverflowError, IndexError, MemoryError)
_DAMAGED = "it may be damaged, or not written to its end: write it again"


def _damaged(source: BinaryIO, name: str, error: Exception) -> Problem:
    """The problem of a file that pyarrow can't read."""
    reason = next(iter(str(error).splitlines()), "") or type(error).__name__
    source.seek(0)
    if source.read(len(BEGINS)) != BEGINS:
        return Problem("parquet-syntax", f"not Parquet: {reason}", "", Location(name))
    hint = "" if isinstance(error, NotImplementedError) else _DAMAGED
    return Problem("parquet-syntax", f"can't be read as Parquet: {reason}", hint, Location(name))


def _batches(
    opened: Callable[[Sequence[str]], Any], coded: Sequence[str], metadata: Any, facts: Sequence[str]
) -> Iterator[Any]:
    """The rows of a file, in batches that end with a row group.

    Args:
        opened: opens the file, with some columns as dictionaries.
        coded: those for which that saves time.
    """
    file = opened(coded)
    for groups in _groups(metadata):
        done = 0
        try:
            for batch in file.iter_batches(ROWS, row_groups=groups, columns=facts):
                yield batch
                done += batch.num_rows
        except (NotImplementedError, OSError):
            # pyarrow makes no dictionary of texts with delta encoding, to which a writer may change anywhere.
            # What is damaged can't be read in this way either.
            if not coded:
                raise
            file, coded = opened(()), ()
            for batch in file.iter_batches(ROWS, row_groups=groups, columns=facts):
                yield batch.slice(min(done, batch.num_rows))
                done -= min(done, batch.num_rows)


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
