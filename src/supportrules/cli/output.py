"""What the commands share: exit codes, the options of most of them, and how they write."""

from __future__ import annotations

import errno
import functools
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from supportrules.base.characters import is_plain
from supportrules.base.problem import Problem
from supportrules.base.replacement import replacing
from supportrules.base.wording import reason
from supportrules.cli.candidates import languages, names_policy, policies
from supportrules.engine.built import is_built
from supportrules.policy import Definition
from supportrules.policy.files import CASES, MANIFEST, SHIPPED, is_read
from supportrules.policy.manifest import Manifest
from supportrules.report.data import data_text
from supportrules.report.github import without_commands
from supportrules.report.problems import printable, printable_lines, problems_text
from supportrules.tickets import STDIN

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
    # As where a file is read, this is the standard stream.
    callback=lambda _ctx, _param, value: None if value == "-" else value,
    help="Write to FILE instead of standard output.",
)


def named(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The name of a file or a directory where there can be no standard stream in its place.

    Raises:
        BadParameter: it means the stream.
    """
    if value == STDIN:
        raise click.BadParameter("it takes a name, and not `-`", ctx, param)
    return value


def first_option(what: str) -> Callable[[Any], Any]:
    """The option that says how many of what is counted are named.

    Args:
        what: is counted, in the plural.
    """
    text = f"How many {what} to name in each group."
    return click.option("--first", type=click.IntRange(0), default=3, show_default=True, help=text)


def echo_json(data: Any, indent: int | None = 2) -> None:
    """Writes data as JSON, which is UTF-8 whatever the terminal is."""
    click.echo(data_text(data, indent).encode())


def echo_text(text: str) -> None:
    """Writes text for files as UTF-8, whatever the terminal is; its line ends are its own.

    A terminal gets what shows itself only; a file or a program gets the text as it is.
    """
    safe = printable_lines(text) if is_terminal(sys.stdout) else text
    click.echo(safe.encode("utf-8", "replace"), nl=False)


def put_text(text: str, output: str | None = None, *, styled: bool = False) -> None:
    """Writes a report to a file or to standard output.

    Args:
        text: what to write.
        output: the file; None is standard output.
        styled: whether it is text for people, with colours that only a terminal gets.

    Raises:
        BadParameter: the file can't be written.
    """
    if output is not None:
        put_file(output, click.unstyle(text) if styled else text)
    elif styled:
        click.echo(_styled(text), nl=False, color=False if os.environ.get("NO_COLOR") else None)
    else:
        echo_text(text)


def put_file(output: str, text: str, option: str = "--output", *, new: bool = False) -> None:
    """Writes a file, all of it or nothing.

    Args:
        option: that names it.
        new: whether a file that is there stays as it is.

    Raises:
        BadParameter: it can't be written.
    """
    file = Path(output)
    try:
        if new and os.path.lexists(file):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        with replacing(file) as stream:
            stream.write(text.encode("utf-8", "replace"))
    except OSError as error:
        raise click.BadParameter(f"can't write `{output}`: {reason(error)}", param_hint=option) from None


def check_output(output: str | None, *inputs: str | None, option: str = "--output") -> None:
    """Ends the command for a file that can't be written, or that it reads, before any work is done.

    Args:
        output: the file; None if there is none.
        inputs: files, directories of policies or versions, revisions, or `-` for standard input.
        option: that names it.

    Raises:
        BadParameter: nothing can be written there.
    """
    if output is None:
        return
    path, there = Path(output), status(output)
    if path.is_dir():
        message = f"`{output}` is a directory"
    elif not path.parent.is_dir():
        message = f"can't write `{output}`: there is no directory `{path.parent}`"
    elif there and (stat.S_ISREG(there.st_mode) or stat.S_ISFIFO(there.st_mode)):
        # By whatever name or link; nor is standard input there to be written, whether it is read or not.
        read = filter(None, map(status, (STDIN, *_read_from(inputs))))
        if not any(os.path.samestat(there, each) for each in read):
            return
        message = f"`{output}` is read by this command: name another file"
    else:
        return
    raise click.BadParameter(message, param_hint=option)


def status(name: str) -> os.stat_result | None:
    """What the system tells of a file, or of standard input; None where there is none."""
    try:
        return os.fstat(sys.stdin.fileno()) if name == STDIN else os.stat(name)  # noqa: PTH116 - as fstat
    except (OSError, ValueError, AttributeError):
        return None


def _read_from(names: Iterable[str | None]) -> Iterator[str]:
    """The files that are read where these are named."""
    for name in names:
        path = SHIPPED if name is None else Path(name)
        if not path.is_dir():
            yield str(path)
            continue
        # A policy; or versions of one, which are directories and built files in it.
        for folder in (path, *(manifest.parent for manifest in path.glob(f"*/{MANIFEST}"))):
            files = (*folder.glob("*"), *folder.glob(f"{CASES}/**/*"))
            yield from (str(file) for file in files if is_read(file.name) or _is_built(file))


def _is_built(file: Path) -> bool:
    try:
        return file.is_file() and is_built(file)
    except OSError:
        return False


def tell(text: str) -> None:
    """Writes a message to standard error; one that can't be written is lost, and nothing else with it.

    Args:
        text: of one or more lines, in which what comes from outside only shows itself.
    """
    try:
        click.echo(_styled(text), err=True)
    except (OSError, ValueError):
        drop(sys.stderr)


def tell_problems(problems: Iterable[Problem]) -> None:
    """Writes problems to standard error, as `tell` does."""
    tell(problems_text(problems))


def drop(stream: Any) -> None:
    """What could not be written to a standard stream must not fail again when Python ends."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError, AttributeError):
        # It was closed, or is none of the system's.
        return


def _styled(text: str) -> str:
    """Text with styles, in which everything else only shows itself."""
    safe = _NOT_PLAIN.sub(lambda found: found[0] if _is_safe(found[0]) else printable(found[0]), text)
    return without_commands(safe)


# The styles that are set here, and what may be less plain than ASCII.
_NOT_PLAIN = re.compile("\x1b\\[[0-9;]*m|[^ -~\n]")


def _is_safe(found: str) -> bool:
    return len(found) > 1 or is_plain(found)


def tell_of_the_one_here(policy: str | None) -> None:
    """Tells whoever named no policy, and stands in one, that it is not the one that is looked at."""
    if policy is None and Path("policy.yaml").is_file():
        tell("this is about the bundled policy: `.` names the one in this directory")


def tell_of_skipped(policy: str | None) -> None:
    """Tells of files below `tests` of a policy that are not read."""
    # What only the commands about tests need.
    from supportrules.cases.cases import skipped_files

    for name in skipped_files(policy):
        tell(f"{name}: skipped: test cases are in files whose names end in .yaml or .yml")


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

    return Console(highlight=False, markup=False, emoji=False, width=None if is_terminal(sys.stdout) else 100)
