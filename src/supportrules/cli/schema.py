"""`supportrules schema`: the JSON Schemas."""

from __future__ import annotations

from pathlib import Path

import click

from supportrules.base.wording import did_you_mean, nearest, reason
from supportrules.cases.vectors import SCHEMA as VECTOR
from supportrules.cli.candidates import completes
from supportrules.cli.output import echo_json, named, policy_option
from supportrules.engine import contracts
from supportrules.engine.evaluation import load_policy
from supportrules.policy import schema as schemas
from supportrules.report.findings.schema import findings_schema
from supportrules.report.problems import printable

_OF_POLICY = {"ticket": contracts.ticket_schema, "decision": contracts.decision_schema}
_OTHERS = {"diff": "reports/diff", "vector": VECTOR}


def _names() -> list[str]:
    return [*_OF_POLICY, "findings", *_OTHERS, *schemas.schema_names()]


@click.command()
@click.argument("name", required=False, shell_complete=completes(lambda *_: _names()))
@policy_option
@click.option(
    "--write",
    metavar="DIR",
    type=click.Path(),
    callback=named,
    help="Write the schemas of policy files into DIR, in place of those that are there.",
)
def schema(name: str | None, policy: str | None, write: str | None) -> None:
    """Print JSON Schemas of policy files, tickets, vectors or reports.

    Without NAME: the names there are. With --write: all schemas of policy files, for an editor.

    \b
    Example:
      supportrules schema ticket
    """
    if write is not None:
        if name is not None:
            raise click.UsageError("Give NAME or --write, not both.")
        _write(write)
        return
    if name is None:
        click.echo("\n".join(_names()))
        return
    if schemas.schema_name(name) not in _names():
        hint = did_you_mean(nearest(name, _names())) or "there are " + ", ".join(_names())
        raise click.BadParameter(f"no schema `{name}`: {hint}", param_hint="NAME")
    if name in _OF_POLICY:
        echo_json(_OF_POLICY[name](load_policy(policy).definition))
    elif name == "findings":
        echo_json(findings_schema())
    else:
        echo_json(schemas.load_schema(_OTHERS.get(name, name)))


def _write(folder: str) -> None:
    try:
        files = schemas.write_schemas(Path(folder))
    except OSError as error:
        raise click.BadParameter(
            f"can't write into `{folder}`: {reason(error)}", param_hint="--write"
        ) from None
    click.echo(printable(f"wrote {len(files)} schemas into {folder}"))
