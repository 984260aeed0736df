"""`supportrules build`: a policy in one file that loads in milliseconds."""

from __future__ import annotations

from pathlib import Path

import click

from supportrules.base.problem import Location, Problem
from supportrules.base.regular_files import open_regular
from supportrules.base.replacement import replacing
from supportrules.base.wording import reason
from supportrules.cli.output import (
    DONE,
    FINDINGS,
    USAGE,
    check_output,
    policy_parameter,
    tell_of_the_one_here,
    tell_problems,
)
from supportrules.engine import built
from supportrules.engine.evaluation import Policy, load_policy
from supportrules.errors import BuildError
from supportrules.report.problems import printable


@click.command()
@policy_parameter
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(), required=True, help="The file, such as acme.policy."
)
@click.option("--check", is_flag=True, help="Write nothing: say whether FILE is what would be written.")
@click.option("--force", is_flag=True, help="Write FILE also where it is something else now.")
@click.pass_context
def build(ctx: click.Context, policy: str | None, output: str, check: bool, force: bool) -> None:
    """Put a policy into one file that loads in milliseconds.

    POLICY is a directory, a built file, or REV:PATH in a git repository; without it, the bundled policy.
    FILE holds its rules, compiled; commands that decide, show, check or compare read it in place of the
    policy.

    \b
    Example:
      supportrules build policies -o acme.policy
    """
    if check and force:
        raise click.UsageError("--check writes nothing: --force has no meaning with it.")
    if output == "-":
        raise click.UsageError("A built policy is put in place when it is whole: name a file, and not `-`.")
    tell_of_the_one_here(policy)
    if not check:
        check_output(output, policy)
    file = Path(output)
    loaded = load_policy(policy)
    try:
        data = built.build(loaded.tables.forest)
        code, said = _check(loaded, file, data) if check else _write(loaded, file, data, force)
    except BuildError as error:
        tell_problems([error.problem])
        ctx.exit(USAGE)
    except OSError as error:
        what = "read" if check else "write"
        raise click.BadParameter(f"can't {what} `{output}`: {reason(error)}", param_hint="--output") from None
    if said:
        click.echo(printable(said))
    ctx.exit(code)


def _check(policy: Policy, file: Path, data: bytes) -> tuple[int, str]:
    """The exit code, and what to say."""
    # One byte more shows a file that goes on.
    with open_regular(file) as stream:
        same = stream.read(len(data) + 1) == data
    what = "is" if same else "is not"
    return DONE if same else FINDINGS, f"{file} {what} {policy.name} {policy.version} as it is built now"


def _write(policy: Policy, file: Path, data: bytes, force: bool) -> tuple[int, str]:
    if file.exists() and not file.is_file():
        raise click.BadParameter(f"`{file}` is no file", param_hint="--output")
    if file.exists() and not force and not built.is_built(file):
        hint = "choose another name, or give --force"
        problem = Problem("not-made", "there is something else already", hint, Location(str(file)))
        tell_problems([problem])
        return USAGE, ""
    with replacing(file) as stream:
        stream.write(data)
    size = f"{len(data) / 1000:,.0f} kB"
    return DONE, f"built {file}: {policy.name} {policy.version}, {policy.digest}, {size}"
