"""`supportrules evaluate`: tickets in, decisions out."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from typing import Any

import click

from supportrules.cli.ledger import (
    LoggedWriter,
    Write,
    ledger_option,
    mask_key_option,
    mask_option,
    opened_ledger,
    size_option,
    tell_head,
)
from supportrules.cli.output import (
    DONE,
    FINDINGS,
    USAGE,
    console,
    echo_json,
    echo_text,
    is_terminal,
    lang_option,
    language,
    policy_option,
)
from supportrules.cli.progress import Progress
from supportrules.cli.tickets import extra_option, read_what_can_be, source_option
from supportrules.decision import Decision
from supportrules.errors import AnswerError, PolicyFault, TicketError
from supportrules.evaluate import Policy, load_policy
from supportrules.problem import Problem
from supportrules.report.columns import DecisionColumns
from supportrules.report.problems import problem_text, problems_text
from supportrules.tickets import STDIN, Record
from supportrules.whynot import answers_called


@click.command()
@click.argument("tickets", nargs=-1, type=click.Path())
@policy_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["pretty", "json", "jsonl", "csv"]),
    help="pretty (default on a terminal), json, jsonl (default elsewhere), or csv.",
)
@source_option
@lang_option
@click.option("--explain", is_flag=True, help="Show every rule that fired, and why.")
@click.option(
    "--why-not",
    "why_not",
    metavar="ANSWER",
    multiple=True,
    help="Show why a level, a channel or a target was not decided (A, phone, PT1H); may be repeated.",
)
@click.option("--no-defaults", is_flag=True, help="Leave facts that are not given unknown.")
@extra_option
@ledger_option
@size_option
@mask_option
@mask_key_option
@click.pass_context
def evaluate(
    ctx: click.Context,
    tickets: tuple[str, ...],
    policy: str | None,
    form: str | None,
    source: str | None,
    lang: str | None,
    explain: bool,
    why_not: tuple[str, ...],
    no_defaults: bool,
    extra: str,
    ledger: str | None,
    size: int,
    masked: tuple[str, ...],
    mask_key: str | None,
) -> None:
    """Decide tickets.

    TICKETS are files of JSON (an object or an array), JSON lines, YAML or CSV; - is standard input.
    """
    if not tickets:
        if is_terminal(sys.stdin):
            raise click.UsageError("Name a file of tickets, or - for standard input.")
        tickets = (STDIN,)
    if form == "csv" and (explain or why_not):
        option = "--explain" if explain else "--why-not"
        raise click.UsageError(f"A row of csv has no room for {option}: use --format jsonl.")
    loaded = load_policy(policy)
    try:
        # Known before any ticket is read.
        for name in why_not:
            answers_called(loaded.tables, name)
    except AnswerError as error:
        raise click.BadParameter(str(error), param_hint="--why-not") from None
    spoken = language(loaded.definition, lang)
    form = form or ("pretty" if is_terminal(sys.stdout) else "jsonl")
    write, finish = _writer(form, loaded, spoken, explain, why_not)
    code, ignore = DONE, extra == "ignore"
    with (
        Progress(tickets, spoken) as progress,
        opened_ledger(ledger, size, masked, mask_key, [loaded], progress.echo) as opened,
    ):
        logged = LoggedWriter(opened, write, defaults=not no_defaults, names=tickets)
        files = (read_what_can_be(name, source, loaded.definition.vocabulary, ignore) for name in tickets)
        for record in progress.files(files):
            try:
                if record.ticket is None:
                    raise TicketError(record.problems)
                decision = loaded.evaluate(record.ticket, defaults=not no_defaults, extra=ignore)
            except TicketError as error:
                code = USAGE
                problems = [record.placed(problem) for problem in error.problems]
                progress.echo(problems_text(problems))
                message = "; ".join(problem.text for problem in problems)
                logged.error(record, {"message": message, "problems": [p.to_dict() for p in problems]})
            except PolicyFault as fault:
                code = max(code, FINDINGS)
                progress.echo(problem_text(Problem("policy-fault", str(fault), "", record.location)))
                logged.error(record, {"message": str(fault), "problems": []})
            else:
                logged.decision(loaded, record, decision)
        logged.flush()
        if opened is not None:
            tell_head(opened, progress)
    finish()
    ctx.exit(code)


def _writer(
    form: str, policy: Policy, lang: str, explain: bool, why_not: tuple[str, ...]
) -> tuple[Write, Callable[[], None]]:
    """What writes a record, and what ends the output."""
    if form == "pretty":
        return _pretty_writer(policy, lang, explain, why_not)
    if form == "csv":
        return _csv_writer(policy)
    written: list[Any] = []

    def data(record: Record, decision: Decision | None, error: dict[str, Any] | None) -> dict[str, Any]:
        if decision is not None:
            found = decision.to_dict(derivation=explain)
            if why_not:
                found["why_not"] = {name: [e.to_dict() for e in decision.why_not(name)] for name in why_not}
            return found
        return {
            "ticket": _ticket_id(policy, record),
            "line": record.location.line or None,
            "error": error,
        }

    def line(record: Record, decision: Decision | None, error: dict[str, Any] | None) -> None:
        echo_json(data(record, decision, error), indent=None)

    def keep(record: Record, decision: Decision | None, error: dict[str, Any] | None) -> None:
        written.append(data(record, decision, error))

    def finish() -> None:
        echo_json(written[0] if len(written) == 1 else written)

    return (line, lambda: None) if form == "jsonl" else (keep, finish)


def _ticket_id(policy: Policy, record: Record) -> str | None:
    ticket = (record.ticket or {}).get(policy.definition.roles.ticket or "")
    return ticket if isinstance(ticket, str) else None


def _csv_writer(policy: Policy) -> tuple[Write, Callable[[], None]]:
    columns = DecisionColumns(policy.definition)
    row = csv.writer(_Utf8()).writerow

    def write(record: Record, decision: Decision | None, error: dict[str, Any] | None) -> None:
        if decision is not None:
            row(columns.decision(decision))
        elif error is not None:
            row(columns.error(_ticket_id(policy, record), record.location.line or None, error["message"]))

    row(columns.names)
    return write, lambda: None


class _Utf8:
    """Standard output for text that is UTF-8 whatever the terminal is."""

    def write(self, text: str) -> None:
        echo_text(text)


def _pretty_writer(
    policy: Policy, lang: str, explain: bool, why_not: tuple[str, ...]
) -> tuple[Write, Callable[[], None]]:
    from supportrules.report.decisions import DecisionReport

    report = DecisionReport(policy.definition, console(), lang, explain=explain, why_not_of=why_not)

    def write(record: Record, decision: Decision | None, error: dict[str, Any] | None) -> None:
        if decision is not None:
            report.print(decision)

    return write, lambda: None
