"""The command: arguments → library call → report."""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
from typing import Any

import click

from supportrules import __version__
from supportrules.base.replacement import abandon
from supportrules.base.wording import did_you_mean, nearest, reason
from supportrules.cli.candidates import COMPLETE
from supportrules.cli.output import DONE, FAULT, FINDINGS, POLICY, USAGE, drop, tell, tell_problems
from supportrules.errors import (
    BrokenChain,
    CaseError,
    LedgerError,
    MissingExtra,
    PolicyLoadError,
    TimelineLoadError,
)
from supportrules.report.problems import printable

# As a shell has it of what a signal ended.
_INTERRUPTED, _READER_GONE = 128 + 2, 128 + 13

_COMMANDS = (
    "ask",
    "build",
    "check",
    "completion",
    "diff",
    "evaluate",
    "fmt",
    "init",
    "log",
    "replay",
    "schema",
    "show",
    "test",
    "trace",
    "vectors",
)
# What people try first who come from other programs.
_MEANT = {
    "check": "analyse analyze doctor lint proof prove validate verify",
    "completion": "autocomplete complete completions",
    "diff": "changes compare",
    "evaluate": "answer apply classify decide eval triage",
    "evaluate --explain": "explain why",
    "fmt": "fix format prettify tidy",
    "build": "bundle compile pack package",
    "--help": "help usage",
    "init": "create new scaffold",
    "log": "history timeline versions",
    "replay": "audit ledger redecide rerun",
    "show": "cat describe display list print render view",
    "test": "cases coverage",
    "trace": "clauses cover sources",
    "--version": "version",
}
_COMMAND_FOR = {verb: command for command, verbs in _MEANT.items() for verb in verbs.split()}


class _Commands(click.Group):
    """Imports a command when it is asked for, and suggests the one that was probably meant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"supportrules.cli.{cmd_name}"), cmd_name)
        # Where commands are listed, click would cut it off.
        command.short_help = (command.help or "").partition("\n\n")[0]
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            found = super().resolve_command(ctx, args)
        except click.UsageError as error:
            meant = {name: name for name in self.list_commands(ctx)} | _COMMAND_FOR
            hint = did_you_mean(dict.fromkeys(meant[name] for name in nearest(args[0], meant)))
            if hint:
                raise click.UsageError(f"{error.message} {hint[0].upper()}{hint[1:]}", ctx) from None
            raise
        # All that it imports at first is there.
        if signal.getsignal(signal.SIGINT) is _leave:
            signal.signal(signal.SIGINT, _interrupt)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            # click would write an empty line first.
            raise click.Abort from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-V",
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=lambda context, _, asked: _show_versions(context) if asked else None,
    help="Show the versions of the program, its chainer and its data.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of a fault of the program.")
def cli(debug: bool) -> None:
    """Exact answers from a support policy: which severity, which channels, due by when, and why.

    Exit codes: 0 done, 1 findings, 2 wrong usage or input that cannot be read, 3 a policy that does not load.
    """


def _show_versions(context: click.Context) -> None:
    if context.resilient_parsing:
        return
    # Imported where it is needed: the commands start without.
    from importlib.metadata import version

    from supportrules.engine.chaining import durable_missing

    missing = durable_missing()
    chainer = f"the plain chainer: {missing}" if missing else f"durable-rules {version('durable-rules')}"
    click.echo(f"supportrules, version {__version__}")
    click.echo(f"inference: {chainer}")
    click.echo(f"data: tzdata {version('tzdata')}, holidays {version('holidays')}")
    context.exit()


def run(arguments: list[str] | None = None) -> int:
    """Runs the command; gives the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a terminal can't show must not end the program.
        sys.stdout.reconfigure(errors="replace")
    try:
        if COMPLETE in os.environ:
            # It makes the shells known.
            importlib.import_module("supportrules.cli.completion")
        result = cli.main(arguments, prog_name="supportrules", complete_var=COMPLETE, standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
        return result if isinstance(result, int) else DONE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except click.ClickException as error:
        _show_usage(error)
        return error.exit_code
    except PolicyLoadError as error:
        _show_load_error(error)
        return POLICY
    except CaseError as error:
        tell_problems(error.problems)
        return USAGE
    except LedgerError as error:
        tell_problems([error.problem])
        return FINDINGS if isinstance(error, BrokenChain) else USAGE
    except MissingExtra as error:
        tell(printable(str(error)))
        return USAGE
    except (BrokenPipeError, SystemExit):
        if COMPLETE in os.environ:
            # Here click leaves because it has completed a line.
            return DONE
        # Elsewhere it leaves only where whoever reads has had enough.
        drop(sys.stdout)
        return _READER_GONE
    except OSError as error:
        tell(f"the output can't be written: {reason(error)}")
        drop(sys.stdout)
        return USAGE
    except Exception as error:
        if "--debug" in (arguments if arguments is not None else sys.argv):
            raise
        tell(printable(f"supportrules failed, which is a fault of its own: {error!r}"))
        tell("run it with --debug to see where, and report that")
        return FAULT


def _show_load_error(error: PolicyLoadError) -> None:
    tell_problems(error.problems)
    what = "timeline" if isinstance(error, TimelineLoadError) else "policy"
    count = len(error.problems)
    tell(f"the {what} does not load: {count} problem{'s' if count > 1 else ''}")


def _show_usage(error: click.ClickException) -> None:
    text = io.StringIO()
    error.show(text)
    # It may quote what was typed, of which click leaves out styles.
    tell(text.getvalue().replace(click.unstyle(error.message), printable(error.message)).rstrip("\n"))


def _interrupt(number: int, _frame: object) -> None:
    # Whoever asks again does not want to wait for what is tidied.
    signal.signal(number, _leave)
    raise KeyboardInterrupt


def _leave(number: int, _frame: object) -> None:
    abandon()
    os._exit(128 + number)


def _end(number: int, _frame: object) -> None:
    # Not by an exception: what is being imported or collected just then may swallow it.
    abandon()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def main() -> None:
    """The entry point of the command; a signal that ends it leaves no file behind that is half written."""
    for name in ("SIGTERM", "SIGHUP"):
        # Not every system has both.
        each = getattr(signal, name, None)
        # What runs it may want a signal to be passed over, as `nohup` does.
        if each and signal.getsignal(each) is signal.SIG_DFL:
            signal.signal(each, _end)
    # Until a command runs, and once it is done, an exception would only disturb Python itself.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _leave)
    _open_streams()
    # NumPy would begin with a thread for each processor, for linear algebra, of which there is none here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code = run()
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, _leave)
    sys.exit(code)


def _open_streams() -> None:
    """Puts nothing in the place of standard streams that were closed: else a file would get their numbers.

    Results for a standard output that was closed would be lost without a word: they can't be written.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if descriptor == 1 else os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115 - the stream
