"""`supportrules ask`: questions, until the decision is made."""

from __future__ import annotations

import contextlib
import importlib
import io
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import click

from supportrules.base.problem import Problem
from supportrules.cli.output import (
    DONE,
    FINDINGS,
    USAGE,
    check_output,
    console,
    echo_json,
    format_option,
    is_terminal,
    lang_option,
    language,
    policy_option,
    put_file,
    tell,
    tell_problems,
)
from supportrules.engine.cache import load_cached
from supportrules.engine.evaluation import Policy
from supportrules.engine.interview import Interview
from supportrules.errors import InputError, PolicyFault, TicketError, TooMuchUnknown
from supportrules.report.data import data_text
from supportrules.report.phrases import Phrases
from supportrules.report.problems import printable
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
    # Before anything is asked: what was answered must not be lost.
    check_output(save, policy, ticket, answers, option="--save")
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
        tell_problems(error.problems)
        ctx.exit(USAGE)
    except PolicyFault as fault:
        tell_problems([Problem("policy-fault", str(fault))])
        ctx.exit(FINDINGS)
    code = DONE
    try:
        _finish(interview, loaded, phrases, form)
    except TooMuchUnknown as fault:
        tell_problems([Problem("policy-fault", str(fault))])
        code = FINDINGS
    if save:
        put_file(save, data_text(interview.ticket) + "\n", "--save")
    ctx.exit(code)


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
        with contextlib.suppress(TooMuchUnknown):
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
            tell(("\n" if asked else "") + questions.text(fact))
            asked = fact.name, interview.asked
        line = next(lines, None)
        if line is None:
            return
        try:
            answer = questions.read(fact, line)
        except UnclearError as unclear:
            tell(f"  {unclear}")
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
                tell(f"  {questions.unclear(fact, line.strip(), error.problems[0].nearest)}")


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
        tell(printable(phrases.words["not_known"].format(names=names)))
