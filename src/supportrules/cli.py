"""The command: arguments → library call → report."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO

import click

from supportrules import __version__, contracts
from supportrules import schema as schemas
from supportrules.decision import Decision
from supportrules.errors import InputError, PolicyFault, PolicyLoadError, TicketError
from supportrules.evaluate import Policy, load_policy
from supportrules.inference import durable_missing, limits_passed
from supportrules.problem import Location, Problem
from supportrules.report.problems import problem_text, problems_text
from supportrules.tickets import STDIN, Record, read_tickets
from supportrules.wording import did_you_mean, nearest

DONE, FINDINGS, USAGE, POLICY, FAULT = 0, 1, 2, 3, 70
_POLICY_HELP = "Directory of the policy, or REV:PATH in a git repository. Default: the one that ships."


class _Group(click.Group):
    """Suggests the command that was probably meant."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            hint = did_you_mean(nearest(args[0], self.list_commands(ctx)))
            if hint:
                raise click.UsageError(f"{error.message} {hint[0].upper()}{hint[1:]}", ctx) from None
            raise


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="supportrules")
@click.option("--debug", is_flag=True, help="Show the traceback of a fault of the program.")
def cli(debug: bool) -> None:
    """Exact answers from a support policy: which severity, which channels, due by when, and why.

    Exit codes: 0 done, 1 findings, 2 wrong usage or input that cannot be read, 3 a policy that does not load.
    """


@cli.command()
@click.argument("tickets", nargs=-1, type=click.Path())
@click.option("--policy", metavar="POLICY", help=_POLICY_HELP)
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
@click.option("--lang", help="Language of labels. Default: the first of the policy's that LANG names.")
@click.option("--explain", is_flag=True, help="Show every rule that fired, and why.")
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
    no_defaults: bool,
    extra: str,
) -> None:
    """Decide tickets.

    TICKETS are files of JSON (an object or an array), JSON lines or YAML; - is standard input.
    """
    if not tickets:
        if _is_terminal(sys.stdin):
            raise click.UsageError("Name a file of tickets, or - for standard input.")
        tickets = (STDIN,)
    loaded = load_policy(policy)
    languages = loaded.definition.languages
    if lang is not None and lang not in languages:
        raise click.BadParameter(f"this policy has {', '.join(languages)}", param_hint="--lang")
    form = form or ("pretty" if _is_terminal(sys.stdout) else "jsonl")
    write, finish = _writer(form, loaded, lang, explain)
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


def _writer(form: str, policy: Policy, lang: str | None, explain: bool) -> tuple[Write, Callable[[], None]]:
    """What writes a record, and what ends the output."""
    if form == "pretty":
        return _pretty_writer(policy, lang, explain)
    written: list[Any] = []

    def data(record: Record, decision: Decision | None, error: dict[str, Any] | None) -> dict[str, Any]:
        if decision is not None:
            return decision.to_dict(derivation=explain)
        ticket = (record.ticket or {}).get(policy.definition.roles.ticket or "")
        return {
            "ticket": ticket if isinstance(ticket, str) else None,
            "line": record.location.line or None,
            "error": error,
        }

    def line(record: Record, decision: Decision | None, error: dict[str, Any] | None) -> None:
        _echo_json(data(record, decision, error), indent=None)

    def keep(record: Record, decision: Decision | None, error: dict[str, Any] | None) -> None:
        written.append(data(record, decision, error))

    def finish() -> None:
        _echo_json(written[0] if len(written) == 1 else written)

    return (line, lambda: None) if form == "jsonl" else (keep, finish)


def _pretty_writer(policy: Policy, lang: str | None, explain: bool) -> tuple[Write, Callable[[], None]]:
    from rich.console import Console

    from supportrules.report.decisions import DecisionReport

    languages = policy.definition.languages
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    language = lang or next((code for code in languages if spoken.startswith(code)), languages[0])
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a terminal can't show must not end the program.
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False, width=None if _is_terminal(sys.stdout) else 100)
    report = DecisionReport(policy.definition, console, language, explain=explain)

    def write(record: Record, decision: Decision | None, error: dict[str, Any] | None) -> None:
        if decision is not None:
            report.print(decision)

    return write, lambda: None


@cli.command()
@click.argument("policy", required=False, metavar="[POLICY]")
@click.option("--format", "form", type=click.Choice(["pretty", "json"]), default="pretty", show_default=True)
def check(policy: str | None, form: str) -> None:
    """Say what is wrong with a policy.

    POLICY is a directory, or REV:PATH in a git repository; the one that ships if it is not given.
    """
    try:
        loaded = load_policy(policy)
    except PolicyLoadError as error:
        if form == "json":
            _echo_json({"problems": [problem.to_dict() for problem in error.problems]})
        raise
    stages = loaded.program.stages.values()
    if form == "json":
        _echo_json(
            {"policy": loaded.name, "version": loaded.version, "digest": loaded.digest, "problems": []}
        )
        return
    rules = sum(len(stage.rules) for stage in stages)
    facts = len(loaded.definition.vocabulary.facts)
    click.echo(f"{loaded.name} {loaded.version} loads: {facts} facts, {rules} rules, {loaded.digest}")
    missing = durable_missing()
    click.echo(f"inference: the plain chainer, {missing}" if missing else "inference: durable-rules")
    for stage in stages if missing is None else ():
        for limit in limits_passed(stage.ruleset):
            click.echo(f"  {stage.name}: the plain chainer, {limit}")


@cli.command()
@click.argument("name", required=False)
@click.option("--policy", metavar="POLICY", help=_POLICY_HELP)
def schema(name: str | None, policy: str | None) -> None:
    """Print the JSON Schema of a policy file, of tickets, or of decisions.

    Without NAME: the names there are.
    """
    made = {"ticket": contracts.ticket_schema, "decision": contracts.decision_schema}
    names = [*made, *schemas.schema_names()]
    if name is None:
        click.echo("\n".join(names))
        return
    if name not in names:
        hint = did_you_mean(nearest(name, names)) or "there are " + ", ".join(names)
        raise click.BadParameter(f"no schema `{name}`: {hint}", param_hint="NAME")
    data = made[name](load_policy(policy).definition) if name in made else schemas.load_schema(name)
    _echo_json(data)


def _echo_json(data: Any, indent: int | None = 2) -> None:
    # As bytes: JSON is UTF-8, whatever the terminal is.
    text = json.dumps(data, ensure_ascii=False, indent=indent, allow_nan=False)
    click.echo(text.encode("utf-8", "replace"))


def _is_terminal(stream: Any) -> bool:
    """Whether a standard stream is a terminal; one that was closed is none."""
    return stream is not None and bool(stream.isatty())


def run(arguments: list[str] | None = None) -> int:
    """Runs the command; gives the exit code."""
    try:
        result = cli.main(arguments, prog_name="supportrules", standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
        return result if isinstance(result, int) else DONE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except PolicyLoadError as error:
        _show_load_error(error)
        return POLICY
    except SystemExit:
        # click leaves so where whoever reads has had enough, and nowhere else outside its standalone mode.
        return DONE
    except OSError as error:
        click.echo(f"the output can't be written: {(error.strerror or str(error)).lower()}", err=True)
        _drop_output()
        return USAGE
    except Exception as error:
        if "--debug" in (arguments if arguments is not None else sys.argv):
            raise
        click.echo(f"supportrules failed, which is a fault of its own: {error!r}", err=True)
        click.echo("run it with --debug to see where, and report that", err=True)
        return FAULT


def _show_load_error(error: PolicyLoadError) -> None:
    click.echo(problems_text(error.problems), err=True)
    count = len(error.problems)
    click.echo(f"the policy does not load: {count} problem{'s' if count > 1 else ''}", err=True)


def _drop_output() -> None:
    """What could not be written must not fail again when Python ends."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """The entry point of the command."""
    sys.exit(run())
