"""`supportrules check`: what is wrong with a policy."""

from __future__ import annotations

import click

from supportrules.cli.output import echo_json
from supportrules.errors import PolicyLoadError
from supportrules.evaluate import load_policy
from supportrules.inference import durable_missing, limits_passed


@click.command()
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
            echo_json({"problems": [problem.to_dict() for problem in error.problems]})
        raise
    stages = loaded.program.stages.values()
    if form == "json":
        echo_json({"policy": loaded.name, "version": loaded.version, "digest": loaded.digest, "problems": []})
        return
    rules = sum(len(stage.rules) for stage in stages)
    facts = len(loaded.definition.vocabulary.facts)
    click.echo(f"{loaded.name} {loaded.version} loads: {facts} facts, {rules} rules, {loaded.digest}")
    missing = durable_missing()
    click.echo(f"inference: the plain chainer, {missing}" if missing else "inference: durable-rules")
    for stage in stages if missing is None else ():
        for limit in limits_passed(stage.ruleset):
            click.echo(f"  {stage.name}: the plain chainer, {limit}")
