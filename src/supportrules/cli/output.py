"""What the commands share: exit codes, the options of most of them, and how they write."""

from __future__ import annotations

import functools
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from supportrules.cli.candidates import languages, names_policy, policies
from supportrules.policy import Definition
from supportrules.policy.manifest import Manifest

if TYPE_CHECKING:
    from rich.console import Console

DONE, FINDINGS, USAGE, POLICY, FAULT = 0, 1, 2, 3, 70

policy_option = click.option(
    "--policy",
    metavar="POLICY",
    shell_complete=policies,
    help="Directory of the policy, built file, or REV:PATH in a git repository. Default: the bundled policy.",
)
timeline_option = click.option(
    "--timeline",
    metavar="TIMELINE",
    type=click.Path(),
    help="Versions of the policy: a folder of them, or tags:PATH or tags/PATTERN:PATH in a git repository.",
)
lang_option = click.option(
    "--lang",
    shell_complete=languages,
    help="Language of labels. Default: the first of the policy's that LANG names.",
)


def policy_parameter(command: Callable[..., Any]) -> Callable[..., Any]:
    """Lets a command take its `policy` as an argument or as ``--policy``."""

    @click.argument("argument", required=False, metavar="[POLICY]", shell_complete=policies)
    @policy_option
    @functools.wraps(command)
    def with_policy(*args: Any, argument: str | None, policy: str | None, **options: Any) -> Any:
        return command(*args, policy=one_name("policies", argument, policy), **options)

    return with_policy


def policy_among(names: str, topics: Callable[[str], bool] = lambda _: False) -> Callable[[Any], Any]:
    """Lets a command take its `policy` as ``--policy`` or as one of its arguments.

    Args:
        names: the parameter of the arguments; the command gets those that name no policy.
        topics: whether an argument means something else, even where a policy has that name.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @policy_option
        @functools.wraps(command)
        def with_policy(*args: Any, policy: str | None, **options: Any) -> Any:
            others = []
            for argument in options.pop(names):
                if not topics(argument) and names_policy(argument):
                    policy = one_name("policies", argument, policy)
                else:
                    others.append(argument)
            return command(*args, policy=policy, **{names: tuple(others)}, **options)

        return with_policy

    return decorate


def one_name(things: str, argument: str | None, option: str | None) -> str | None:
    """What an argument or an option names; None where neither does.

    Args:
        things: what they name, in the plural.

    Raises:
        UsageError: they name different things.
    """
    if None not in (argument, option) and argument != option:
        raise click.UsageError(f"Two {things} are named, `{argument}` and `{option}`: name one.")
    return argument if option is None else option


def format_option(*forms: str, help: str) -> Callable[[Any], Any]:
    """The option that says how what a command tells is written; the first form is the default."""
    choice = click.Choice(forms)
    return click.option("--format", "form", type=choice, default=forms[0], show_default=True, help=help)


report_format_option = format_option(
    "pretty", "markdown", "json", help="Text, Markdown, or data in all languages."
)
parts_format_option = format_option(
    "pretty", "json", "markdown", "html", help="Text, data, Markdown for a comment, or a page."
)
output_option = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(),
    help="Write to FILE instead of standard output.",
)


def first_option(what: str) -> Callable[[Any], Any]:
    """The option that says how many of what is counted are named.

    Args:
        what: is counted, in the plural.
    """
    text = f"How many {what} to name in each group."
    return click.option("--first", type=click.IntRange(0), default=3, show_default=True, help=text)


def echo_json(data: Any, indent: int | None = 2) -> None:
    # As bytes: JSON is UTF-8, whatever the terminal is.
    text = json.dumps(data, ensure_ascii=False, indent=indent, allow_nan=False)
    click.echo(text.encode("utf-8", "replace"))


def echo_text(text: str) -> None:
    """Writes text for files as UTF-8, whatever the terminal is; its line ends are its own."""
    click.echo(text.encode("utf-8", "replace"), nl=False)


def put_text(text: str, output: str | None = None, *, styled: bool = False) -> None:
    """Writes text to a file or to standard output.

    Args:
        text: what to write.
        output: the file; None is standard output.
        styled: whether it is text for people, with colours that only a terminal gets.

    Raises:
        BadParameter: the file can't be written.
    """
    if output is not None:
        plain = click.unstyle(text) if styled else text
        try:
            Path(output).write_bytes(plain.encode("utf-8", "replace"))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise click.BadParameter(f"can't write `{output}`: {reason}", param_hint="--output") from None
    elif styled:
        _show_what_can_be_shown()
        click.echo(text, nl=False, color=False if os.environ.get("NO_COLOR") else None)
    else:
        echo_text(text)


def tell_of_the_one_here(policy: str | None) -> None:
    """Tells whoever named no policy, and stands in one, that it is not the one that is looked at."""
    if policy is None and Path("policy.yaml").is_file():
        click.echo("this is about the bundled policy: `.` names the one in this directory", err=True)


def is_terminal(stream: Any) -> bool:
    """Whether a standard stream is a terminal; one that was closed is none."""
    return stream is not None and bool(stream.isatty())


def language(definition: Definition | Manifest, asked: str | None) -> str:
    """The language to write in: the one asked for, else the first that the environment names.

    Raises:
        BadParameter: the policy does not have the one asked for.
    """
    languages: tuple[str, ...] = definition.languages
    if asked is not None and asked not in languages:
        raise click.BadParameter(f"this policy has {', '.join(languages)}", param_hint="--lang")
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return asked or next((code for code in languages if spoken.startswith(code)), languages[0])


def console() -> Console:
    """Where text for people goes; 100 columns where it is no terminal."""
    from rich.console import Console

    _show_what_can_be_shown()
    return Console(highlight=False, width=None if is_terminal(sys.stdout) else 100)


def _show_what_can_be_shown() -> None:
    """What a terminal can't show must not end the program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
