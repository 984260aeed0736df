"""`supportrules evaluate -o FILE`: decisions by columns, into a file."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from supportrules.batch import OnError
from supportrules.batch.arrow import arrow
from supportrules.cli.output import DONE, FINDINGS, USAGE
from supportrules.cli.progress import Progress
from supportrules.cli.tickets import read_chunks
from supportrules.errors import TicketError
from supportrules.evaluate import Policy
from supportrules.problem import Problem
from supportrules.report.problems import problem_text, problems_text
from supportrules.report.tables import SUFFIXES, DecisionFile
from supportrules.tickets import Chunk

# How many tickets with errors are told; the others are in the file only.
_MOST_TOLD = 100


def refuse_unknown_suffix(output: str) -> None:
    """Ends the command for a file of another form than there is."""
    if Path(output).suffix.lower() not in SUFFIXES:
        message = f"`{output}` is written by its suffix: {', '.join(SUFFIXES)}"
        raise click.BadParameter(message, param_hint="--output")


def evaluate_into(
    output: str,
    policy: Policy,
    names: tuple[str, ...],
    source: str | None,
    spoken: str,
    *,
    defaults: bool,
    extra: bool,
    on_error: OnError,
) -> int:
    """Decides the tickets of files, and writes the decisions into one.

    Args:
        output: the file.
        names: of the files of tickets.
        source: their form; None to tell it by the name or the content.
        spoken: the language of the progress bar.
        defaults: whether facts that are not given take their defaults.
        extra: whether fields that are no facts are passed over.
        on_error: whether a ticket with an error is a row, or ends the work without a file.

    Returns:
        The exit code.
    """
    # What it frees is used again, where Arrow's own pool keeps a good deal.
    arrow().set_memory_pool(arrow().system_memory_pool())
    code, told = DONE, 0
    reading: deque[Chunk] = deque()
    vocabulary = policy.definition.vocabulary
    with Progress(names, spoken) as progress, _file(output, policy.decision_schema()) as file:
        files = (read_chunks(name, source, vocabulary, extra) for name in names)
        chunks = progress.files(files, lambda chunk: chunk.count)
        decided = policy.evaluate_batches(_tickets(chunks, reading), defaults=defaults, extra=extra)
        for each in decided:
            chunk = reading.popleft()
            for row, error in each.errors:
                told += 1
                code = max(code, USAGE if isinstance(error, TicketError) else FINDINGS)
                if told <= _MOST_TOLD:
                    progress.echo(_error_text(chunk, row, error))
                if on_error == "fail":
                    raise click.exceptions.Exit(code)
            file.write(each.batch)
    if told > _MOST_TOLD:
        click.echo(f"{told:,} tickets have errors: see `error` in {output}", err=True)
    return code


def _tickets(chunks: Iterable[Chunk], reading: deque[Chunk]) -> Iterator[Any]:
    """The tickets of chunks, which are kept until they are decided."""
    for chunk in chunks:
        reading.append(chunk)
        yield chunk.tickets


def _file(output: str, schema: Any) -> DecisionFile:
    try:
        return DecisionFile(output, schema)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise click.BadParameter(f"can't write `{output}`: {reason}", param_hint="--output") from None


def _error_text(chunk: Chunk, row: int, error: Exception) -> str:
    record = chunk.record(row)
    if isinstance(error, TicketError):
        return problems_text(record.placed(problem) for problem in error.problems)
    return problem_text(Problem("policy-fault", str(error), "", record.location))
