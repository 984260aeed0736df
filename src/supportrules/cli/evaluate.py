"""`supportrules evaluate`: tickets in, decisions out."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

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
    policy_option,
    timeline_option,
)
from supportrules.cli.progress import Progress
from supportrules.cli.tickets import ticket_records
from supportrules.decision import Decision
from supportrules.errors import AnswerError, PolicyFault, PolicyLoadError, TicketError
from supportrules.evaluate import Policy, load_policy
from supportrules.policy import Definition
from supportrules.policy.manifest import Manifest
from supportrules.problem import Problem
from supportrules.report.columns import DecisionColumns
from supportrules.report.problems import problem_text, problems_text
from supportrules.tickets import FORMS, STDIN, Record
from supportrules.timeline import Timeline, load_timeline
from supportrules.vocabulary import Fields
from supportrules.whynot import answers_called


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
@click.option(
    "--from",
    "source",
    type=click.Choice(FORMS),
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
    timeline: str | None,
    form: str | None,
    source: str | None,
    lang: str | None,
    explain: bool,
    why_not: tuple[str, ...],
    no_defaults: bool,
    extra: str,
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
    if timeline is None:
        versions = _the_policy(load_policy(policy))
    elif policy is None:
        versions = _the_versions(load_timeline(timeline))
    else:
        raise click.UsageError("Tickets are decided by a --policy or by a --timeline, not by both.")
    # Known before any ticket is read.
    _refuse_unknown(why_not, versions)
    spoken = language(versions.speaks, lang)
    form = form or ("pretty" if is_terminal(sys.stdout) else "jsonl")
    write, finish = _writer(form, versions, spoken, explain, why_not)
    code, ignore = DONE, extra == "ignore"
    told = set[Problem]()
    with Progress(tickets, spoken) as progress:
        files = (ticket_records(name, source, versions.vocabulary, ignore) for name in tickets)
        for record in progress.files(files):
            try:
                if record.ticket is None:
                    raise TicketError(record.problems)
                decided_by = versions.policy_for(record.ticket)
                decision = decided_by.evaluate(record.ticket, defaults=not no_defaults, extra=ignore)
            except TicketError as error:
                code = max(code, USAGE)
                problems = [record.placed(problem) for problem in error.problems]
                progress.echo(problems_text(problems))
                message = "; ".join(problem.text for problem in problems)
                write(record, None, {"message": message, "problems": [p.to_dict() for p in problems]})
            except PolicyFault as fault:
                code = max(code, FINDINGS)
                progress.echo(problem_text(Problem("policy-fault", str(fault), "", record.location)))
                write(record, None, {"message": str(fault), "problems": []})
            except PolicyLoadError as error:
                code = POLICY
                # Of a version that does not load all is told once, and at each ticket that.
                if new := [problem for problem in error.problems if problem not in told]:
                    progress.echo(problems_text(new))
                told.update(new)
                message = f"no policy to decide by: {error.problems[0]}"
                progress.echo(problem_text(Problem("no-policy", message, "", record.location)))
                write(record, None, {"message": message, "problems": [p.to_dict() for p in error.problems]})
            else:
                write(record, (decided_by, decision), None)
    finish()
    ctx.exit(code)


@dataclass(frozen=True)
class _Versions:
    """What decides tickets: a policy, or the versions of one.

    Args:
        policy_for: the policy that decides a ticket.
        policies: all that can be loaded, the latest first.
        speaks: whose languages there are.
        vocabulary: the facts by which tables of tickets are read.
        ids: the facts that name a ticket.
        many: whether it has to be said which version decided.
    """

    policy_for: Callable[[Mapping[str, Any]], Policy]
    policies: Callable[[], tuple[Policy, ...]]
    speaks: Definition | Manifest
    vocabulary: Fields
    ids: tuple[str | None, ...]
    many: bool

    def ticket_id(self, record: Record) -> str | None:
        """The id of a ticket that is not decided."""
        found = ((record.ticket or {}).get(name or "") for name in self.ids)
        return next((ticket for ticket in found if isinstance(ticket, str)), None)


def _the_policy(policy: Policy) -> _Versions:
    definition = policy.definition
    ids = (definition.roles.ticket,)
    return _Versions(lambda _: policy, lambda: (policy,), definition, definition.vocabulary, ids, False)


def _the_versions(timeline: Timeline) -> _Versions:
    latest_first = timeline.versions[::-1]
    return _Versions(
        lambda ticket: timeline.version_for(ticket).policy,
        lambda: timeline.policies[::-1],
        latest_first[0].manifest,
        timeline.vocabulary,
        tuple(dict.fromkeys(version.manifest.ticket for version in latest_first)),
        True,
    )


def _refuse_unknown(names: tuple[str, ...], versions: _Versions) -> None:
    """Ends the command for an answer that no version can give."""
    policies = versions.policies() if names else ()
    known = {name for policy in policies for name in _askable(policy, names)}
    try:
        for name in names:
            if policies and name not in known:
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


Decided = tuple[Policy, Decision]
Write = Callable[[Record, Decided | None, dict[str, Any] | None], None]


def _writer(
    form: str, versions: _Versions, lang: str, explain: bool, why_not: tuple[str, ...]
) -> tuple[Write, Callable[[], None]]:
    """What writes a record, and what ends the output."""
    if form == "pretty":
        return _pretty_writer(versions, lang, explain, why_not)
    if form == "csv":
        return _csv_writer(versions)
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
            "ticket": versions.ticket_id(record),
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


def _csv_writer(versions: _Versions) -> tuple[Write, Callable[[], None]]:
    columns = DecisionColumns(*(policy.definition for policy in versions.policies()))
    row = csv.writer(_Utf8()).writerow

    def write(record: Record, decided: Decided | None, error: dict[str, Any] | None) -> None:
        if decided is not None:
            row(columns.decision(decided[1]))
        elif error is not None:
            row(columns.error(versions.ticket_id(record), record.location.line or None, error["message"]))

    row(columns.names)
    return write, lambda: None


class _Utf8:
    """Standard output for text that is UTF-8 whatever the terminal is."""

    def write(self, text: str) -> None:
        echo_text(text)


def _pretty_writer(
    versions: _Versions, lang: str, explain: bool, why_not: tuple[str, ...]
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
                named=versions.many,
                first=not reports,
            )
        return reports[policy]

    def write(record: Record, decided: Decided | None, error: dict[str, Any] | None) -> None:
        if decided is not None:
            policy, decision = decided
            report_of(policy).print(decision)

    return write, lambda: None
