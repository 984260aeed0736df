"""`supportrules evaluate`: tickets in, decisions out."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO

import click

from supportrules.cli.output import (
    DONE,
    FINDINGS,
    USAGE,
    console,
    echo_json,
    is_terminal,
    lang_option,
    language,
    policy_option,
)
from supportrules.decision import Decision
from supportrules.errors import AnswerError, InputError, PolicyFault, TicketError
from supportrules.evaluate import Policy, load_policy
from supportrules.problem import Location, Problem
from supportrules.report.problems import problem_text, problems_text
from supportrules.tickets import STDIN, Record, read_tickets


@click.command()
@click.argument("tickets", nargs=-1, type=click.Path())
@policy_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["pretty", "json", "jsonl"]),
    help="pretty (default on a terminal), json, or jsonl (default elsewhere).",
)
@click.option(
    "--from",
    "source",
    type=click.Choice(["json", "jsonl", "yaml"]),
    help="What the input is; by default the file's suffix or its content tells.",
)
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
@click.option(
    "--extra",
    type=click.Choice(["error", "ignore"]),
    default="error",
    show_default=True,
    help="What a field that is no fact gets.",
)
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
) -> None:
    """Decide tickets.

    TICKETS are files of JSON (an object or an array), JSON lines or YAML; - is standard input.
    """
    if not tickets:
        if is_terminal(sys.stdin):
            raise click.UsageError("Name a file of tickets, or - for standard input.")
        tickets = (STDIN,)
    loaded = load_policy(policy)
    try:
        # Known before any ticket is read.
        for name in why_not:
            loaded.evaluate({}).why_not(name)
    except AnswerError as error:
        raise click.BadParameter(str(error), param_hint="--why-not") from None
    spoken = language(loaded.definition, lang)
    form = form or ("pretty" if is_terminal(sys.stdout) else "jsonl")
    write, finish = _writer(form, loaded, spoken, explain, why_not)
    code = DONE
    for record in _records(tickets, source):
        try:
            if record.ticket is None:
                raise TicketError([record.problem] if record.problem else [])
            decision = loaded.evaluate(record.ticket, defaults=not no_defaults, extra=extra == "ignore")
        except TicketError as error:
            code = USAGE
            problems = [_placed(problem, record) for problem in error.problems]
            click.echo(problems_text(problems), err=True)
            message = "; ".join(problem.text for problem in problems)
            write(record, None, {"message": message, "problems": [p.to_dict() for p in problems]})
        except PolicyFault as fault:
            code = max(code, FINDINGS)
            click.echo(problem_text(Problem("policy-fault", str(fault), "", record.location)), err=True)
            write(record, None, {"message": str(fault), "problems": []})
        else:
            write(record, decision, None)
    finish()
    ctx.exit(code)


Write = Callable[[Record, Decision | None, dict[str, Any] | None], None]


def _records(names: Iterable[str], source: str | None) -> Iterator[Record]:
    """The tickets of all files; what can't be read of one does not keep the others from being decided."""
    # A standard input that was closed is an empty one.
    stdin: BinaryIO = sys.stdin.buffer if sys.stdin else io.BytesIO()
    for name in names:
        try:
            yield from read_tickets(name, stdin, source)
        except InputError as error:
            yield Record(error.location or Location(name), None, error.problem)


def _placed(problem: Problem, record: Record) -> Problem:
    if problem.location is not None:
        return problem
    return replace(problem, location=record.place(problem.field))


def _writer(
    form: str, policy: Policy, lang: str, explain: bool, why_not: tuple[str, ...]
) -> tuple[Write, Callable[[], None]]:
    """What writes a record, and what ends the output."""
    if form == "pretty":
        return _pretty_writer(policy, lang, explain, why_not)
    written: list[Any] = []

    def data(record: Record, decision: Decision | None, error: dict[str, Any] | None) -> dict[str, Any]:
        if decision is not None:
            found = decision.to_dict(derivation=explain)
            if why_not:
                found["why_not"] = {name: [e.to_dict() for e in decision.why_not(name)] for name in why_not}
            return found
        ticket = (record.ticket or {}).get(policy.definition.roles.ticket or "")
        return {
            "ticket": ticket if isinstance(ticket, str) else None,
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


def _pretty_writer(
    policy: Policy, lang: str, explain: bool, why_not: tuple[str, ...]
) -> tuple[Write, Callable[[], None]]:
    from supportrules.report.decisions import DecisionReport

    report = DecisionReport(policy.definition, console(), lang, explain=explain, why_not_of=why_not)

    def write(record: Record, decision: Decision | None, error: dict[str, Any] | None) -> None:
        if decision is not None:
            report.print(decision)

    return write, lambda: None
