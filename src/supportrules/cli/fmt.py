"""`supportrules fmt`: YAML files in their canonical layout."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from supportrules.base.problem import Location, Problem
from supportrules.base.wording import reason
from supportrules.cli.candidates import policies
from supportrules.cli.output import (
    DONE,
    FINDINGS,
    USAGE,
    echo_text,
    is_terminal,
    put_text,
    tell,
    tell_problems,
)
from supportrules.errors import InputError, PolicyLoadError
from supportrules.policy.documents import DocumentError, decode
from supportrules.policy.files import CASES, refuse_leaving
from supportrules.policy.layout import canonical, rewrite
from supportrules.report.problems import printable, printable_lines

_SUFFIXES = (".yaml", ".yml")
_COLOURS = {"-": "red", "+": "green", "@": "cyan"}


@click.command()
@click.argument("paths", nargs=-1, metavar="[POLICY | FILE]...", type=click.Path())
@click.option(
    "--policy",
    metavar="POLICY",
    shell_complete=policies,
    help="Directory of the policy. Default: the directory you are in.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
@click.option("--stdin-filename", metavar="NAME", default="<stdin>", help="The name of `-` in messages.")
@click.pass_context
def fmt(
    ctx: click.Context,
    paths: tuple[str, ...],
    policy: str | None,
    check: bool,
    diff: bool,
    stdin_filename: str,
) -> None:
    """Write YAML files in their canonical layout.

    POLICY is a directory: all its YAML files, and those of its tests. Without it, the directory you are in,
    if that is a policy. `-` reads standard input and writes standard output. What a file says is not changed,
    and every comment stays where it is.

    \b
    Example:
      supportrules fmt policies
    """
    if policy is not None:
        if paths not in ((), (policy,)):
            raise click.UsageError("Name a policy's directory or files, or give --policy: not both.")
        paths = (policy,)
    run = _Run(check, diff)
    if "-" in paths:
        if len(paths) > 1:
            raise click.UsageError("`-` stands alone: either standard input, or files.")
        run.stream(stdin_filename)
        ctx.exit(run.exit_code)
    if not paths and not Path("policy.yaml").is_file():
        raise click.UsageError("no `policy.yaml` here: name a policy's directory, files, or `-`.")
    seen: set[str] = set()
    for path in paths or (".",):
        for file in run.files(path):
            name = os.path.realpath(file)
            if name not in seen:
                seen.add(name)
                run.file(file)
    run.sum_up()
    ctx.exit(run.exit_code)


@dataclass
class _Run:
    """One run of the command, and what it has met so far."""

    check: bool
    diff: bool
    changed: int = field(default=0, init=False)
    unchanged: int = field(default=0, init=False)
    failed: int = field(default=0, init=False)

    @property
    def dry(self) -> bool:
        """Whether nothing is written."""
        return self.check or self.diff

    @property
    def exit_code(self) -> int:
        if self.failed:
            return USAGE
        return FINDINGS if self.check and self.changed else DONE

    def files(self, path: str) -> Iterator[str]:
        """The files that an argument names."""
        try:
            yield from _files(path)
        except (InputError, OSError) as error:
            self.fail(path, error)

    def file(self, path: str) -> None:
        """Formats one file; what is wrong with it is told, and does not end the run."""

        try:
            refuse_leaving(Path(path), path)
            before = Path(path).read_bytes()
            after = canonical(decode(before, path), path)
            if not self.dry and before != after.encode():
                rewrite(path, before, after.encode())
                tell(f"reformatted {printable(path)}")
        except (InputError, DocumentError, PolicyLoadError, OSError) as error:
            self.fail(path, error)
        else:
            self.formatted(before, after, path)

    def stream(self, name: str) -> None:
        """Formats standard input."""
        data = sys.stdin.buffer.read() if sys.stdin else b""
        try:
            after = canonical(decode(data, name), name)
        except (InputError, DocumentError) as error:
            self.fail(name, error)
            return
        self.formatted(data, after, name)
        if not self.dry:
            echo_text(after)

    def formatted(self, before: bytes, after: str, name: str) -> None:
        """Counts a file, and shows what would change."""
        if before == after.encode():
            self.unchanged += 1
            return
        self.changed += 1
        if self.diff:
            _echo_diff(before.decode(), after, name)
        if self.check:
            tell(f"would reformat {printable(name)}")

    def fail(self, name: str, error: InputError | DocumentError | PolicyLoadError | OSError) -> None:
        self.failed += 1
        if isinstance(error, InputError | PolicyLoadError):
            problems = error.problems
        elif isinstance(error, DocumentError):
            problems = (error.problem,)
        else:
            problems = (Problem("unreadable", reason(error), "", Location(name)),)
        tell_problems(problems)

    def sum_up(self) -> None:
        parts = []
        if self.changed:
            count = _count(self.changed)
            parts.append(f"{count} would be reformatted" if self.dry else f"reformatted {count}")
        if self.unchanged:
            count = str(self.unchanged) if self.changed else _count(self.unchanged)
            parts.append(f"{count} {'unchanged' if self.dry else 'left unchanged'}")
        if self.failed:
            parts.append(f"{self.failed} not formatted")
        tell(", ".join(parts))


def _count(number: int) -> str:
    return f"{number} file{'s' if number > 1 else ''}"


def _files(path: str) -> list[str]:
    """The files that an argument names, a policy's by name."""
    place = Path(path)
    if place.is_dir():
        if not (place / "policy.yaml").is_file():
            raise _fail("no-manifest", "no `policy.yaml` here", "name a policy's directory, or files", path)
        found = [*sorted(place.iterdir()), *sorted((place / CASES).rglob("*"))]
        return [str(file) for file in found if file.suffix in _SUFFIXES and file.is_file()]
    if place.is_file():
        if place.suffix not in _SUFFIXES:
            raise _fail("not-yaml", "no YAML file", "its name would end in `.yaml` or `.yml`", path)
        return [path]
    if place.exists():
        raise _fail("no-file", "neither a file nor a directory", "", path)
    if path.partition(":")[1] and not path.startswith(":"):
        hint = "name a directory or files"
        raise _fail("no-file", "no such file, and what is in a git revision is not rewritten", hint, path)
    raise _fail("no-file", "no such file or directory", "", path)


def _fail(code: str, message: str, hint: str, path: str) -> InputError:
    return InputError(Problem(code, message, hint, Location(path)))


def _echo_diff(before: str, after: str, name: str) -> None:
    """A unified diff, such as `patch` takes it."""
    colours = is_terminal(sys.stdout)
    lines = difflib.unified_diff(_lines(before), _lines(after), name, name)
    for line in lines:
        ended = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        colour = _COLOURS.get(line[0]) if colours else None
        put_text(click.style(printable_lines(ended), fg=colour) if colours else ended, styled=colours)


def _lines(text: str) -> list[str]:
    # Not `splitlines`, which knows more ends of lines than diffs do.
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [last for last in text.split("\n")[-1:] if last]
