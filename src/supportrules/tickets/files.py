"""A file or a stream → tickets, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import BinaryIO

from supportrules.base.problem import Location, Problem
from supportrules.errors import InputError
from supportrules.policy.documents import DocumentError, decode
from supportrules.policy.vocabulary import Fields
from supportrules.tickets.from_csv import csv_rows
from supportrules.tickets.from_json import json_lines, json_values
from supportrules.tickets.from_parquet import parquet_rows
from supportrules.tickets.from_yaml import yaml_tickets
from supportrules.tickets.record import Record
from supportrules.tickets.ticket_file import CSV, JSON, LINES, PARQUET, TicketFile, ticket_file


def read_tickets(
    name: str,
    stream: BinaryIO | None = None,
    form: str | None = None,
    *,
    vocabulary: Fields | None = None,
    extra: bool = False,
    ignore: Collection[str] = (),
) -> Iterator[Record]:
    """The tickets of a file.

    What is wrong with one ticket is a record of it; what is wrong with the file ends it.

    Args:
        name: a path, or ``-``.
        stream: what to read for ``-``.
        form: ``json``, ``jsonl``, ``yaml``, ``csv`` or ``parquet``; by the suffix, else by the content,
            when None.
        vocabulary: the facts, whose types say what the texts of a CSV mean; without it they stay texts.
        extra: whether columns of a table that are no facts are ignored, unless a fact can be meant;
            otherwise they are errors.
        ignore: the names of columns to ignore where they are no facts, whatever else can be meant.

    Raises:
        InputError: the file can't be read, holds nothing, or is no text of that form.
        MissingExtra: it is Parquet, and pyarrow is not installed.
    """
    with ticket_file(name, stream, form, vocabulary) as file:
        yield from records(file, vocabulary, extra, ignore)


def records(
    file: TicketFile, vocabulary: Fields | None, extra: bool, ignore: Collection[str]
) -> Iterator[Record]:
    """The tickets of a file that is open, as `read_tickets`.

    Raises:
        InputError: it holds nothing, or is no text of its form.
        MissingExtra: it is Parquet, and pyarrow is not installed.
    """
    count = 0
    for record in _records(file, vocabulary, extra, ignore):
        count += 1
        yield record
    if not count:
        hint = "give a JSON object or array, JSON lines, YAML, CSV with a header, or Parquet"
        raise InputError(Problem("empty-file", "no tickets", hint, Location(file.name)))


def _records(
    file: TicketFile, vocabulary: Fields | None, extra: bool, ignore: Collection[str]
) -> Iterator[Record]:
    if file.form == PARQUET:
        return parquet_rows(file.stream, file.name, vocabulary, extra, ignore)
    if file.form == LINES:
        return json_lines(file.lines, file.name)
    if file.form == CSV:
        return csv_rows(file.lines, file.name, vocabulary, extra, ignore)
    try:
        text = decode(b"".join(file.lines), file.name)
    except DocumentError as error:
        raise InputError(error.problem) from None
    return json_values(text, file.name) if file.form == JSON else yaml_tickets(text, file.name)
