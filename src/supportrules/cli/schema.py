"""`supportrules schema`: the JSON Schemas."""

from __future__ import annotations

import click

from supportrules import contracts
from supportrules import schema as schemas
from supportrules.cli.output import echo_json, policy_option
from supportrules.evaluate import load_policy
from supportrules.wording import did_you_mean, nearest


@click.command()
@click.argument("name", required=False)
@policy_option
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
    echo_json(data)
