"""`supportrules vectors`: test vectors of promise clocks."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from supportrules.base.problem import Location, Problem
from supportrules.base.wording import reason
from supportrules.cases.vectors import Vector, VectorOutcome, read_vectors
from supportrules.cli.output import (
    DONE,
    FINDINGS,
    USAGE,
    check_output,
    format_option,
    output_option,
    put_text,
    tell_problems,
)
from supportrules.errors import InputError
from supportrules.report.data import data_text
from supportrules.report.vectors import VectorResults, vectors_data, vectors_text


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@format_option("pretty", "json", help="Text, or data.")
@output_option
@click.pass_context
def vectors(ctx: click.Context, files: tuple[str, ...], form: str, output: str | None) -> None:
    """Run test vectors of promise clocks.

    FILE has a vector on each line: what happened to one promise, and when it is due, whether it was kept and
    how much time is left. `-` reads standard input. Exit code 1 if something is not as a vector expects.

    \b
    Example:
      supportrules vectors vectors/pauses.jsonl
    """
    check_output(output, *files)
    results = _results(files)
    text = data_text(vectors_data(results), indent=2) + "\n" if form == "json" else vectors_text(results)
    put_text(text, output, styled=form == "pretty")
    if results.unreadable:
        tell_problems(results.unreadable)
    if results.unreadable or results.counts["errors"]:
        ctx.exit(USAGE)
    ctx.exit(FINDINGS if results.counts["failed"] else DONE)


def _results(files: Iterable[str]) -> VectorResults:
    outcomes: list[VectorOutcome] = []
    unreadable: list[Problem] = []
    for file in files:
        try:
            for found in read_vectors(*_read(file)):
                if isinstance(found, Vector):
                    outcomes.append(found.run())
                else:
                    unreadable += found
        except InputError as error:
            unreadable += error.problems
    return VectorResults(outcomes, unreadable)


def _read(file: str) -> tuple[bytes, str]:
    """The bytes of a file or of standard input, and its name for places."""
    if file == "-":
        return sys.stdin.buffer.read(), "<stdin>"
    try:
        return Path(file).read_bytes(), file
    except OSError as error:
        raise InputError(Problem("unreadable", reason(error), "", Location(file))) from None
