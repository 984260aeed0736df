"""`supportrules init`: a new policy to start from."""

from __future__ import annotations

import shlex

import click

from supportrules.base.problem import Location, Problem
from supportrules.base.wording import describe, reason
from supportrules.cli.output import USAGE, named, tell_problems
from supportrules.policy.starter import fits_as_name, name_hint, write_starter
from supportrules.report.problems import printable


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(readable=False), callback=named)
@click.option("--name", help="Name of the policy. Default: the name of DIR, if it can be one.")
@click.pass_context
def init(ctx: click.Context, directory: str, name: str | None) -> None:
    """Make a new policy to start from.

    DIR is a directory that is made, or that is empty. It gets the files of a small policy, which loads, with
    comments that say what to change, and the JSON Schemas that an editor needs for them.

    \b
    Example:
      supportrules init acme
    """
    if name is not None and not fits_as_name(name):
        raise click.BadParameter(f"{describe(name)} can't be a name: {name_hint()}", param_hint="--name")
    try:
        written = write_starter(directory, name)
    except FileExistsError as error:
        _refuse(ctx, directory, str(error.strerror), "name a new directory, or an empty one")
    except OSError as error:
        _refuse(ctx, directory, reason(error), "")
    else:
        _echo_made(directory, written)


def _refuse(ctx: click.Context, directory: str, message: str, hint: str) -> None:
    tell_problems([Problem("not-made", message, hint, Location(directory))])
    ctx.exit(USAGE)


def _echo_made(directory: str, written: tuple[str, ...]) -> None:
    click.echo(f"made a policy of an invented company in {printable(directory)}:")
    parts = dict.fromkeys(path.partition("/")[0] + "/" * ("/" in path) for path in written)
    for part in sorted(parts, key=lambda part: (part.endswith("/"), part)):
        click.echo(f"  {part}")
    click.echo("try next:")
    place = printable(shlex.quote(directory))
    tickets = next(path for path in written if path.startswith("examples/"))
    tickets = printable(shlex.quote(f"{directory.rstrip('/')}/{tickets}"))
    click.echo(f"  supportrules check {place}")
    click.echo(f"  supportrules test {place}")
    click.echo(f"  supportrules show --policy {place}")
    click.echo(f"  supportrules evaluate --policy {place} --format pretty {tickets}")
