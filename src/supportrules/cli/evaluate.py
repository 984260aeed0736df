"""`supportrules evaluate`: tickets in, decisions out.

What goes to the standard output is written here, ticket by ticket; files of `--output` are those of
`report/decision_files`.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from supportrules.base.problem import Problem
from supportrules.cli.candidates import answers
from supportrules.cli.decision_files import check_table, evaluate_into
from supportrules.cli.ledger import (
    Decided,
    LoggedWriter,
    Write,
    ledger_option,
    mask_key_option,
    mask_option,
    opened_ledger,
    size_option,
)
from supportrules.cli.output import (
    DONE,
    FINDINGS,
    POLICY,
    USAGE,
    console,
    echo_json,
    echo_text,
    is_terminal,
    lang_option,
    language,
    output_option,
    policy_option,
    timeline_option,
)
from supportrules.cli.progress import Progress
from supportrules.cli.tickets import (
    check_ignored,
    extra_option,
    ignore_option,
    read_what_can_be,
    source_option,
)
from supportrules.cli.versions import Versions, versions
from supportrules.engine.cache import load_cached
from supportrules.engine.columns import OnError
from supportrules.engine.evaluation import Policy
from supportrules.engine.why_not import answers_called
from supportrules.errors import AnswerError, PolicyFault, PolicyLoadError, TicketError
from supportrules.report.decision_columns import DecisionColumns, spreadsheet_cell
from supportrules.report.problems import printable, problem_text, problems_text
from supportrules.tickets import STDIN, Record


@click.command()
@click.argument("tickets", nargs=-1, type=click.Path())
@policy_option
@timeline_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["pretty", "json", "jsonl", "csv"]),
    help="pretty (default on a terminal), json, jsonl (default elsewhere), or csv.",
)
@output_option
@click.option("--spreadsheet", is_flag=True, help="Keep spreadsheets from computing cells of CSV.")
@source_option
@lang_option
@click.option("--explain", is_flag=True, help="Show every rule that fired, and why.")
@click.option(
    "--why-not",
    "why_not",
    metavar="ANSWER",
    multiple=True,
    shell_complete=answers,
    help="Show why a level, a channel or a target was not decided (A, phone, PT1H); may be repeated.",
)
@click.option("--no-defaults", is_flag=True, help="Leave facts that are not given unknown.")
@extra_option
@ignore_option
@click.option(
    "--on-error",
    type=click.Choice(["null", "fail"]),
    default="null",
    show_default=True,
    help="What a ticket with an error gets: null answers and its error, or the end of the run.",
)
@ledger_option
@size_option
@mask_option
@mask_key_option
@click.pass_context
def evaluate(
    ctx: click.Context,
    tickets: tuple[str, ...],
    policy: str | None,
    timeline: str | None,
    form: str | None,
    output: str | None,
    spreadsheet: bool,
    source: str | None,
    lang: str | None,
    explain: bool,
    why_not: tuple[str, ...],
    no_defaults: bool,
    extra: str,
    ignore: tuple[str, ...],
    on_error: OnError,
    ledger: str | None,
    size: int | None,
    masked: tuple[str, ...],
    mask_key: str | None,
) -> None:
    """Decide tickets.

    TICKETS are files of JSON (an object or an array), JSON lines, YAML, CSV or Parquet; - is standard input.

    With --output, the decisions are a table, .parquet, .csv or .jsonl, of any size.

    \b
    Example:
      supportrules evaluate --format pretty tickets.jsonl
    """
    if not tickets:
        if is_terminal(sys.stdin):
            raise click.UsageError("Name a file of tickets, or - for standard input.")
        tickets = (STDIN,)
    if form == "csv" and (explain or why_not):
        option = "--explain" if explain else "--why-not"
        raise click.UsageError(f"A row of csv has no room for {option}: use --format jsonl.")
    if spreadsheet and form != "csv" and Path(output or "").suffix.lower() != ".csv":
        raise click.UsageError("--spreadsheet is about CSV: give --format csv, or a file ending in .csv.")
    if output is not None:
        _refuse_with_output(ctx)
        check_table(output, policy, tickets)
        decided_by = load_cached(policy)
        spoken = language(decided_by.definition, lang)
        check_ignored(ignore, [decided_by])
        how: dict[str, Any] = {"defaults": not no_defaults, "extra": extra == "ignore", "ignore": ignore}
        how |= {"on_error": on_error, "spreadsheet": spreadsheet}
        ctx.exit(evaluate_into(output, decided_by, tickets, source, spoken, **how))
    decides = versions(policy, timeline)
    # Known before any ticket is read.
    check_ignored(ignore, decides.policies() if ignore else ())
    _refuse_unknown(why_not, decides)
    spoken = language(decides.speaks, lang)
    form = form or ("pretty" if is_terminal(sys.stdout) else "jsonl")
    write, finish = _writer(form, decides, spoken, explain, why_not, spreadsheet)
    code, defaults, others = DONE, not no_defaults, extra == "ignore"
    told = set[Problem]()

    def told_of(message: str) -> None:
        progress.echo(printable(message))

    def not_logged(problem: Problem) -> None:
        nonlocal code
        code = max(code, USAGE)
        progress.echo(problem_text(problem))

    with (
        Progress(tickets, spoken, writes=True) as progress,
        opened_ledger(ledger, size, masked, mask_key, decides.policies, told_of) as opened,
    ):
        logged = LoggedWriter(opened, write, not_logged, defaults=defaults, names=tickets)
        files = (read_what_can_be(name, source, decides.vocabulary, others, ignore) for name in tickets)
        for record in progress.files(files):
            try:
                if record.ticket is None:
                    raise TicketError(record.problems)
                decided_by = decides.policy_for(record.ticket)
                decision = decided_by.evaluate(record.ticket, defaults=defaults, extra=others, ignore=ignore)
            except TicketError as error:
                code = max(code, USAGE)
                problems = [record.placed(problem) for problem in error.problems]
                progress.echo(problems_text(problems))
                message = "; ".join(problem.text for problem in problems)
                logged.error(record, {"message": message, "problems": [p.to_dict() for p in problems]})
            except PolicyFault as fault:
                code = max(code, FINDINGS)
                progress.echo(problem_text(Problem("policy-fault", str(fault), "", record.location)))
                logged.error(record, {"message": str(fault), "problems": []})
            except PolicyLoadError as error:
                code = POLICY
                # Of a version that does not load all is told once, and at each ticket that.
                if new := [problem for problem in error.problems if problem not in told]:
                    progress.echo(problems_text(new))
                told.update(new)
                message = f"no policy to decide by: {error.problems[0]}"
                progress.echo(problem_text(Problem("no-policy", message, "", record.location)))
                logged.error(record, {"message": message, "problems": [p.to_dict() for p in error.problems]})
            else:
                logged.decision(record, decided_by, decision)
            if code and on_error == "fail":
                break
        logged.flush()
    finish()
    ctx.exit(code)


# What a table of decisions has no room for, by the names of parameters.
_NOT_WITH_OUTPUT = {
    "form": "--format",
    "explain": "--explain",
    "why_not": "--why-not",
    "timeline": "--timeline",
    "ledger": "--ledger",
    "size": "--ledger-size",
    "masked": "--mask",
    "mask_key": "--mask-key",
}


def _refuse_with_output(ctx: click.Context) -> None:
    for name, option in _NOT_WITH_OUTPUT.items():
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"--output is a table by its suffix, which has no room for {option}.")


def _refuse_unknown(names: tuple[str, ...], decides: Versions) -> None:
    """Ends the command for an answer that no version can give."""
    policies = decides.policies() if names else ()
    known = {name for policy in policies for name in _askable(policy, names)}
    try:
        for name in names:
            if name not in known:
                answers_called(policies[0].tables, name)
    except AnswerError as error:
        raise click.BadParameter(str(error), param_hint="--why-not") from None


def _askable(policy: Policy, names: tuple[str, ...]) -> tuple[str, ...]:
    """The answers that a policy can give, of some that one of its versions can."""

    def gives(name: str) -> bool:
        try:
            return bool(answers_called(policy.tables, name))
        except AnswerError:
            return False

    return tuple(filter(gives, names))


def _writer(
    form: str, decides: Versions, lang: str, explain: bool, why_not: tuple[str, ...], spreadsheet: bool
) -> tuple[Write, Callable[[], None]]:
    """What writes a record, and what ends the output."""
    if form == "pretty":
        return _pretty_writer(decides, lang, explain, why_not)
    if form == "csv":
        return _csv_writer(decides, spreadsheet)
    written: list[Any] = []

    def data(record: Record, decided: Decided | None, error: dict[str, Any] | None) -> dict[str, Any]:
        if decided is not None:
            policy, decision = decided
            found = decision.to_dict(derivation=explain)
            if why_not:
                found["why_not"] = {
                    name: [entry.to_dict() for entry in decision.why_not(name)]
                    for name in _askable(policy, why_not)
                }
            return found
        return {
            "ticket": decides.ticket_id(record),
            "line": record.location.line or None,
            "error": error,
        }

    def line(record: Record, decided: Decided | None, error: dict[str, Any] | None) -> None:
        echo_json(data(record, decided, error), indent=None)

    def keep(record: Record, decided: Decided | None, error: dict[str, Any] | None) -> None:
        written.append(data(record, decided, error))

    def finish() -> None:
        echo_json(written[0] if len(written) == 1 else written)

    return (line, lambda: None) if form == "jsonl" else (keep, finish)


def _csv_writer(decides: Versions, spreadsheet: bool) -> tuple[Write, Callable[[], None]]:
    columns = DecisionColumns(*(policy.definition for policy in decides.policies()))
    # Where a semicolon parts cells, only quotes keep one together.
    writer = csv.writer(_Utf8(), quoting=csv.QUOTE_ALL if spreadsheet else csv.QUOTE_MINIMAL)

    def row(cells: Iterable[str]) -> None:
        writer.writerow(map(spreadsheet_cell, cells) if spreadsheet else cells)

    def write(record: Record, decided: Decided | None, error: dict[str, Any] | None) -> None:
        if decided is not None:
            row(columns.decision(decided[1]))
        elif error is not None:
            row(columns.error(decides.ticket_id(record), record.location.line or None, error["message"]))

    row(columns.names)
    return write, lambda: None


# Of a row.
END = "\r\n"


class _Utf8:
    """Standard output for text that is UTF-8 whatever the terminal is."""

    def write(self, row: str) -> None:
        # A cell may have lines of its own, which a terminal would show as rows.
        echo_text(f"{printable(row.removesuffix(END))}\n" if is_terminal(sys.stdout) else row)


def _pretty_writer(
    decides: Versions, lang: str, explain: bool, why_not: tuple[str, ...]
) -> tuple[Write, Callable[[], None]]:
    from supportrules.report.decisions import DecisionReport

    reports: dict[Policy, DecisionReport] = {}
    screen = console()

    def report_of(policy: Policy) -> DecisionReport:
        if policy not in reports:
            languages = policy.definition.languages
            reports[policy] = DecisionReport(
                policy.definition,
                screen,
                # A version may lack a language that the latest has.
                lang if lang in languages else languages[0],
                explain=explain,
                why_not_of=_askable(policy, why_not),
                named=decides.many,
                first=not reports,
            )
        return reports[policy]

    def write(record: Record, decided: Decided | None, error: dict[str, Any] | None) -> None:
        if decided is not None:
            policy, decision = decided
            report_of(policy).print(decision)

    return write, lambda: None
