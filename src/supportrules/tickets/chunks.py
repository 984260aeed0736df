"""Tickets of a file, many at a time: columns of Parquet, or records of what is read record by record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from supportrules.batch import Ticket
from supportrules.errors import InputError, TicketError
from supportrules.problem import Location, Problem
from supportrules.tickets.files import PARQUET, STDIN, form_by_name, seekable
from supportrules.tickets.from_parquet import parquet_batches
from supportrules.tickets.record import Record
from supportrules.vocabulary import Fields

# How many records are held together: they are larger than rows of columns.
_RECORDS = 16_384


@dataclass(frozen=True)
class Chunk:
    """Tickets that follow each other in a file.

    Args:
        tickets: a record batch, or a sequence of tickets.
        records: those that these were; of a record batch there are none, but
        first: where it begins.
        count: how many they are.
        read: how many bytes of the file were read with them.
    """

    tickets: Any
    records: Sequence[Record]
    first: Location
    count: int
    read: int

    @classmethod
    def of(cls, records: Sequence[Record]) -> Chunk:
        """A chunk of records."""
        tickets: list[Ticket] = [
            TicketError(record.problems) if record.ticket is None else record.ticket for record in records
        ]
        return cls(tickets, records, records[0].location, len(records), records[-1].read)

    def record(self, index: int) -> Record:
        """The record of a ticket, for its place."""
        if self.records:
            return self.records[index]
        return Record(Location(self.first.file, self.first.line + index), None)


def chunked(records: Iterable[Record]) -> Iterator[Chunk]:
    """Records, many at a time."""
    rest = iter(records)
    while some := list(islice(rest, _RECORDS)):
        yield Chunk.of(some)


def is_parquet(name: str, form: str | None) -> bool:
    """Whether a file has columns: it is of that form, by its suffix where None is given."""
    return (form or form_by_name(name)) == PARQUET


def parquet_chunks(name: str, stream: BinaryIO, *, vocabulary: Fields, extra: bool) -> Iterator[Chunk]:
    """The tickets of a Parquet file.

    Args:
        name: a path, or ``-``.
        stream: what to read for ``-``.
        vocabulary: the facts.
        extra: whether columns that are no facts are passed over; otherwise they are errors.

    Raises:
        InputError: the file can't be read, or is no Parquet, or has columns that are wrong.
        MissingExtra: pyarrow is not installed.
    """
    if name == STDIN:
        yield from _chunks(stream, "<stdin>", vocabulary, extra)
        return
    try:
        with Path(name).open("rb") as file:
            yield from _chunks(file, name, vocabulary, extra)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(Problem("unreadable", reason, "", Location(name))) from None


def _chunks(stream: BinaryIO, name: str, vocabulary: Fields, extra: bool) -> Iterator[Chunk]:
    for batch, first, read in parquet_batches(seekable(stream), name, vocabulary, extra):
        yield Chunk(batch, (), Location(name, first), batch.num_rows, read)
