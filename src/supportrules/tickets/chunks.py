"""Tickets of a file, many at a time: columns of Parquet, or records of what is read record by record."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from supportrules.base.problem import Location
from supportrules.engine.columns import Ticket
from supportrules.errors import TicketError
from supportrules.policy.vocabulary import Fields
from supportrules.tickets.files import records
from supportrules.tickets.from_parquet import parquet_batches
from supportrules.tickets.record import Record
from supportrules.tickets.ticket_file import PARQUET, ticket_file

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


def read_chunks(
    name: str,
    stream: BinaryIO | None = None,
    form: str | None = None,
    *,
    vocabulary: Fields,
    extra: bool = False,
    ignore: Collection[str] = (),
) -> Iterator[Chunk]:
    """The tickets of a file as `read_tickets` gives them, but many at a time, and Parquet by columns.

    Args:
        name, stream, form, vocabulary, extra, ignore: as of `read_tickets`.

    Raises:
        InputError, MissingExtra: as `read_tickets`.
    """
    with ticket_file(name, stream, form, vocabulary) as file:
        if file.form == PARQUET:
            for batch, first, read in parquet_batches(file.stream, file.name, vocabulary, extra, ignore):
                yield Chunk(batch, (), Location(file.name, first), batch.num_rows, read)
            return
        rest = records(file, vocabulary, extra, ignore)
        while some := list(islice(rest, _RECORDS)):
            yield Chunk.of(some)
