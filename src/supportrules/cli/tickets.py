"""Tickets that a command is given: files, or standard input."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import BinaryIO

from supportrules.errors import InputError
from supportrules.problem import Location
from supportrules.tickets import Record, read_tickets
from supportrules.vocabulary import Fields


def ticket_records(name: str, source: str | None, vocabulary: Fields, extra: bool) -> Iterator[Record]:
    """The tickets of a file; what can't be read of it does not keep others from being decided.

    Args:
        name: a path, or ``-``.
        source: the form; None to tell it by the name or the content.
        extra: whether fields that are no facts are passed over.
    """
    # A standard input that was closed is an empty one.
    stdin: BinaryIO = sys.stdin.buffer if sys.stdin else io.BytesIO()
    try:
        yield from read_tickets(name, stdin, source, vocabulary=vocabulary, extra=extra)
    except InputError as error:
        yield Record(error.location or Location(name), None, error.problems)
