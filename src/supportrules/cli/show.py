"""`supportrules show`: a policy as tables."""

from __future__ import annotations

import click

from supportrules.cli.output import (
    console,
    echo_json,
    echo_text,
    lang_option,
    language,
    policy_option,
    report_format_option,
)
from supportrules.evaluate import load_policy
from supportrules.wording import did_you_mean, nearest


@click.command()
@click.argument("what", required=False)
@policy_option
@lang_option
@report_format_option
@click.option("--clauses", is_flag=True, help="Show the clauses of each cell.")
def show(what: str | None, policy: str | None, lang: str | None, form: str, clauses: bool) -> None:
    """Print a policy as tables.

    WHAT is plans, severity, targets, channels, calendars, vocabulary or issue-types; all of them if it is not
    given.
    """
    # Imported where it is needed: the other commands do without.
    from supportrules.report.sheets import TOPICS
    from supportrules.report.show import PolicyTables

    topics = list(TOPICS) if what is None else [_topic(what, list(TOPICS))]
    loaded = load_policy(policy)
    tables = PolicyTables(loaded, topics, language(loaded.definition, lang), clauses=clauses)
    if not tables.sheets:
        raise click.BadParameter(f"this policy has no {topics[0]}", param_hint="WHAT")
    if form == "json":
        echo_json(tables.to_dict())
    elif form == "markdown":
        echo_text(tables.markdown())
    else:
        tables.print(console())


def _topic(what: str, topics: list[str]) -> str:
    """The topic of a name, which may be in the singular."""
    name = what.casefold().replace("_", "-")
    for topic in topics:
        if name in (topic, topic.removesuffix("s")):
            return topic
    hint = did_you_mean(nearest(what, topics)) or "there are " + ", ".join(topics)
    raise click.BadParameter(f"nothing is called `{what}`: {hint}", param_hint="WHAT")
