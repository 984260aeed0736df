"""`supportrules evaluate -o FILE`: decisions by columns, into a file."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import click

from supportrules.base.problem import Problem
from supportrules.base.wording import reason
from supportrules.cli.output import DONE, FINDINGS, USAGE, check_output, tell, tell_problems
from supportrules.cli.progress import Progress
from supportrules.cli.tickets import read_in_chunks
from supportrules.engine.columns import Decided, OnError
from supportrules.engine.columns.arrow import arrow
from supportrules.engine.evaluation import Policy
from supportrules.errors import InputError, TicketError
from supportrules.report.decision_files import SUFFIXES, Write, decision_file
from supportrules.report.problems import printable, problem_text, problems_text
from supportrules.tickets import Chunk

# How many tickets with errors are told; the others are in the file only.
_MOST_TOLD = 100
# After how many batches what threads have freed is given back, which would else grow with the file.
_TIDIED = 32


def check_table(output: str, policy: str | None, names: Iterable[str]) -> None:
    """Ends the command for a file that can't be one of decisions, before anything is read.

    Args:
        policy: that decides, as it was named.
        names: of the files of tickets.

    Raises:
        BadParameter: its suffix is not that of a table, or nothing can be written there.
    """
    if Path(output).suffix.lower() not in SUFFIXES:
        message = f"`{output}` is written by its suffix: {', '.join(SUFFIXES)}"
        raise click.BadParameter(message, param_hint="--output")
    check_output(output, policy, *names)


def evaluate_into(
    output: str,
    policy: Policy,
    names: tuple[str, ...],
    source: str | None,
    spoken: str,
    *,
    defaults: bool,
    extra: bool,
    ignore: tuple[str, ...],
    on_error: OnError,
    spreadsheet: bool = False,
) -> int:
    """Decides the tickets of files, and writes the decisions into one.

    Args:
        output: the file.
        names: of the files of tickets.
        source: their form; None to tell it by the name or the content.
        spoken: the language of the progress bar.
        defaults: whether facts that are not given take their defaults.
        extra, ignore: as of `Policy.evaluate`.
        on_error: whether a ticket with an error is a row, or ends the work without a file.
        spreadsheet: whether no cell of a CSV file is one that a spreadsheet would compute.

    Returns:
        The exit code.

    Raises:
        BadParameter: the file can't be written.
        Exit: a file of tickets can't be read whole; or a ticket has an error, with ``on_error="fail"``.
        MissingExtra: pyarrow is not installed.
    """
    # What it frees is used again, where Arrow's own pool keeps a good deal.
    arrow().set_memory_pool(arrow().system_memory_pool())
    code, told = DONE, 0
    reading: deque[Chunk] = deque()
    vocabulary = policy.definition.vocabulary
    files = (read_in_chunks(name, source, vocabulary, extra, ignore) for name in names)

    def deciding() -> Generator[Decided, None, None]:
        tickets = _tickets(progress.files(files, lambda chunk: chunk.count), reading)
        yield from policy.evaluate_batches(tickets, defaults=defaults, extra=extra, ignore=ignore)

    with (
        _whole_files(),
        Progress(names, spoken, writes=False) as progress,
        _opened(output, policy.decision_schema(), spreadsheet) as write,
        # However it ends, nothing is decided any more by then.
        closing(deciding()) as decided,
    ):
        for number, each in enumerate(decided, 1):
            chunk = reading.popleft()
            for row, error in each.errors:
                told += 1
                code = max(code, USAGE if isinstance(error, TicketError) else FINDINGS)
                if told <= _MOST_TOLD:
                    progress.echo(_error_text(chunk, row, error))
                if on_error == "fail":
                    raise click.exceptions.Exit(code)
            write(each.batch)
            if number % _TIDIED == 0:
                arrow().default_memory_pool().release_unused()
    if told > _MOST_TOLD:
        tell(printable(f"{told:,} tickets have errors: see `error` in {output}"))
    return code


@contextmanager
def _whole_files() -> Iterator[None]:
    """Ends the command for a file that is not all there: with the rest it would look like fewer tickets."""
    try:
        yield
    except InputError as error:
        tell_problems(error.problems)
        raise click.exceptions.Exit(USAGE) from None


def _tickets(chunks: Iterable[Chunk], reading: deque[Chunk]) -> Iterator[Any]:
    """The tickets of chunks, which are kept until they are decided."""
    for chunk in chunks:
        reading.append(chunk)
        yield chunk.tickets


@contextmanager
def _opened(output: str, schema: Any, spreadsheet: bool) -> Iterator[Write]:
    with ExitStack() as stack:
        try:
            write = stack.enter_context(decision_file(Path(output), schema, spreadsheet=spreadsheet))
        except OSError as error:
            message = f"can't write `{output}`: {reason(error)}"
            raise click.BadParameter(message, param_hint="--output") from None
        yield write


def _error_text(chunk: Chunk, row: int, error: Exception) -> str:
    record = chunk.record(row)
    if isinstance(error, TicketError):
        return problems_text(record.placed(problem) for problem in error.problems)
    return problem_text(Problem("policy-fault", str(error), "", record.location))
