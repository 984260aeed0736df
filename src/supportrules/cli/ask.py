"""`supportrules ask`: questions, until the decision is made."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from supportrules.cache import load_cached
from supportrules.cli.output import (
    DONE,
    FINDINGS,
    USAGE,
    console,
    echo_json,
    format_option,
    is_terminal,
    lang_option,
    language,
    policy_option,
)
from supportrules.errors import InputError, PolicyFault, TicketError
from supportrules.evaluate import Policy
from supportrules.interview import Interview
from supportrules.problem import Problem
from supportrules.report.phrases import Phrases
from supportrules.report.problems import problem_text, problems_text
from supportrules.report.questions import BACK, NOW, PASS, Questions, UnclearError
from supportrules.tickets import Record, read_tickets


@click.command()
@click.argument("ticket", required=False, type=click.Path())
@policy_option
@lang_option
@click.option(
    "--answers",
    metavar="FILE",
    type=click.Path(),
    help="Take the answers from a ticket in FILE instead of asking; a fact that it lacks is not known.",
)
@click.option("--save", metavar="FILE", type=click.Path(), help="Write the ticket to FILE, as JSON.")
@format_option("pretty", "json", help="How the decision is written; questions are always for people.")
@click.pass_context
def ask(
    ctx: click.Context,
    ticket: str | None,
    policy: str | None,
    lang: str | None,
    answers: str | None,
    save: str | None,
    form: str,
) -> None:
    """Ask the questions that decide a ticket, and no more.

    TICKET is a file with what is known already. At each question: a number or a name, Enter for the default,
    ? for "don't know", < to go back; the end of the input ends the questions. Defaults are not assumed.

    \b
    Example:
      supportrules ask --save ticket.json
    """
    if save:
        _check_writable(save)
    loaded = load_cached(policy)
    phrases = Phrases(loaded.definition, language(loaded.definition, lang))
    try:
        known = _only_ticket(ticket, loaded) if ticket else None
        if answers:
            interview = _from_file(loaded, known, _only_ticket(answers, loaded))
        else:
            interview = _started(loaded, known)
            _from_person(interview, Questions(interview, phrases))
    except (TicketError, InputError) as error:
        click.echo(problems_text(error.problems), err=True)
        ctx.exit(USAGE)
    except PolicyFault as fault:
        click.echo(problem_text(Problem("policy-fault", str(fault))), err=True)
        ctx.exit(FINDINGS)
    _finish(interview, loaded, phrases, form)
    if save:
        _save(interview.ticket, save)
    ctx.exit(DONE)


def _check_writable(save: str) -> None:
    """Before anything is asked: what was answered must not be lost."""
    folder = Path(save).absolute().parent
    if not folder.is_dir() or Path(save).is_dir():
        reason = "a directory" if folder.is_dir() else "no such directory"
        raise click.BadParameter(f"can't write `{save}`: {reason}", param_hint="--save")


def _save(ticket: Mapping[str, Any], save: str) -> None:
    try:
        Path(save).write_text(json.dumps(ticket, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise click.BadParameter(f"can't write `{save}`: {reason}", param_hint="--save") from None


def _only_ticket(name: str, policy: Policy) -> Record:
    """The one ticket of a file.

    Raises:
        InputError: the file can't be read, or holds another number of tickets.
    """
    stdin = sys.stdin.buffer if sys.stdin else io.BytesIO()
    records = list(read_tickets(name, stdin, vocabulary=policy.definition.vocabulary))
    if len(records) > 1:
        raise InputError(Problem("many-tickets", "more than one ticket", "give one", records[1].location))
    if records[0].problem:
        raise InputError(*records[0].problems)
    return records[0]


def _started(policy: Policy, known: Record | None, optional: Mapping[str, Any] | None = None) -> Interview:
    if known is None:
        return Interview(policy, optional)
    try:
        return Interview(policy, {**(optional or {}), **(known.ticket or {})})
    except TicketError as error:
        raise TicketError(map(known.placed, error.problems)) from None


def _from_file(policy: Policy, known: Record | None, answers: Record) -> Interview:
    """Answers every question from a ticket; all of it is checked first, asked for or not."""
    fields: Mapping[str, Any] = answers.ticket or {}
    try:
        policy.evaluate(fields, defaults=False)
        # What may be absent is never asked for: a request that is closed is known to be.
        facts = policy.definition.vocabulary.facts
        optional = {name: value for name, value in fields.items() if facts[name].optional}
        interview = _started(policy, known, optional)
        while (fact := interview.question) is not None:
            if fields.get(fact.name) is None:
                interview.pass_over()
            else:
                interview.answer(fields[fact.name])
        # Nothing that the file says is lost, whether it was asked for or not.
        interview.tell(fields)
    except TicketError as error:
        raise TicketError(map(answers.placed, error.problems)) from None
    return interview


def _from_person(interview: Interview, questions: Questions) -> None:
    lines = _lines()
    asked = None
    while (fact := interview.question) is not None:
        # After an answer that is none, what is wrong with it is enough.
        if asked != (fact.name, interview.asked):
            click.echo(("\n" if asked else "") + questions.text(fact), err=True)
            asked = fact.name, interview.asked
        line = next(lines, None)
        if line is None:
            return
        try:
            answer = questions.read(fact, line)
        except UnclearError as unclear:
            click.echo(f"  {unclear}", err=True)
            continue
        if answer is BACK:
            interview.back()
        elif answer is PASS:
            interview.pass_over()
        else:
            value = datetime.now().astimezone().isoformat(timespec="seconds") if answer is NOW else answer
            try:
                interview.answer(value)
            except TicketError as error:
                click.echo(f"  {questions.unclear(fact, line.strip(), error.problems[0].nearest)}", err=True)


def _lines() -> Iterator[str]:
    """What is typed, or what a script sends, to the end of it."""
    terminal = is_terminal(sys.stdin)
    if terminal:
        # Gives the arrow keys their meaning, where there is one.
        with contextlib.suppress(ImportError):
            importlib.import_module("readline")
    stream = sys.stdin or io.StringIO()
    while True:
        try:
            yield input("> ") if terminal else _next_line(stream)
        except EOFError:
            return


def _next_line(stream: Any) -> str:
    line = stream.readline()
    if not line:
        raise EOFError
    return str(line).rstrip("\r\n")


def _finish(interview: Interview, policy: Policy, phrases: Phrases, form: str) -> None:
    decision, ticket = interview.decision, interview.ticket
    if form == "json":
        echo_json({"ticket": ticket, "asked": list(interview.asked), "decision": decision.to_dict()})
        return
    from supportrules.report.decisions import DecisionReport

    DecisionReport(policy.definition, console(), phrases.language, explain=True).print(decision)
    click.echo(f"\n{phrases.words['ticket']}")
    echo_json(ticket, indent=None)
    if interview.assumed:
        names = ", ".join(map(phrases.name, interview.assumed))
        click.echo(phrases.words["not_known"].format(names=names), err=True)
