"""Tickets that a command is given: files, or standard input."""

from __future__ import annotations

import io
import sys
from collections.abc import Collection, Iterable, Iterator
from typing import BinaryIO

import click

from supportrules.base.problem import Location
from supportrules.engine.evaluation import Policy
from supportrules.errors import InputError
from supportrules.policy.vocabulary import Fields
from supportrules.tickets import FORMS, Chunk, Record, read_chunks, read_tickets

source_option = click.option(
    "--from",
    "source",
    type=click.Choice(FORMS),
    help="What the tickets are; by default the file's suffix tells, or else its content. "
    "json, yaml and, from a pipe, parquet are read whole.",
)
extra_option = click.option(
    "--extra",
    type=click.Choice(["error", "ignore"]),
    default="error",
    show_default=True,
    help="How to treat fields that are not facts; a field that is nearly a fact is always an error.",
)
ignore_option = click.option(
    "--ignore",
    metavar="NAME",
    multiple=True,
    help="Ignore the field NAME, even if it is nearly a fact; may be repeated.",
)


def check_ignored(ignore: Collection[str], policies: Iterable[Policy]) -> None:
    """Ends the command for a field to ignore that is a fact of all policies.

    Raises:
        BadParameter: there is one.
    """
    facts = [policy.definition.vocabulary.facts for policy in policies]
    for name in ignore:
        if all(name in each for each in facts):
            raise click.BadParameter(
                f"`{name}` is a fact, and facts are never ignored", param_hint="--ignore"
            )


def read(
    name: str, source: str | None, vocabulary: Fields, extra: bool, ignore: Collection[str]
) -> Iterator[Record]:
    """The tickets of a file.

    Args:
        name: a path, or ``-``.
        source: the form; None to tell it by the name or the content.
        extra, ignore: as of `read_tickets`.

    Raises:
        InputError: the file can't be read, holds nothing, or is no text of that form.
        MissingExtra: it is Parquet, and pyarrow is not installed.
    """
    return read_tickets(name, _stdin(), source, vocabulary=vocabulary, extra=extra, ignore=ignore)


def read_in_chunks(
    name: str, source: str | None, vocabulary: Fields, extra: bool, ignore: Collection[str]
) -> Iterator[Chunk]:
    """As `read`, but many tickets at a time, and Parquet by columns.

    Raises:
        InputError, MissingExtra: as `read`.
    """
    return read_chunks(name, _stdin(), source, vocabulary=vocabulary, extra=extra, ignore=ignore)


def read_what_can_be(
    name: str, source: str | None, vocabulary: Fields, extra: bool, ignore: Collection[str]
) -> Iterator[Record]:
    """As `read`, but what can't be read of a file is a record, and keeps no other from being decided.

    Raises:
        MissingExtra: as `read`.
    """
    try:
        yield from read(name, source, vocabulary, extra, ignore)
    except InputError as error:
        yield Record(error.location or Location(name), None, error.problems)


def _stdin() -> BinaryIO:
    # A standard input that was closed is an empty one.
    return sys.stdin.buffer if sys.stdin else io.BytesIO()
