"""`supportrules show`: a policy as tables."""

from __future__ import annotations

import click

from supportrules.base.wording import did_you_mean, nearest
from supportrules.cli.candidates import topics
from supportrules.cli.output import (
    console,
    echo_json,
    echo_text,
    lang_option,
    language,
    policy_among,
    report_format_option,
)
from supportrules.engine.evaluation import load_policy


@click.command()
@click.argument("what", nargs=-1, metavar="[WHAT]... [POLICY]", shell_complete=topics)
@policy_among("what", lambda name: _topic(name) is not None)
@lang_option
@report_format_option
@click.option("--clauses", is_flag=True, help="Show the clauses of each cell.")
def show(what: tuple[str, ...], policy: str | None, lang: str | None, form: str, clauses: bool) -> None:
    """Print a policy as tables.

    WHAT is plans, severity, targets, channels, calendars, vocabulary or issue-types; without it, all of them.
    POLICY may be named here or by --policy.

    \b
    Example:
      supportrules show targets --policy policies
    """
    # Imported where it is needed: the other commands do without.
    from supportrules.report.show import PolicyTables

    asked = list(dict.fromkeys(map(_asked, what)))
    loaded = load_policy(policy)
    tables = PolicyTables(loaded, asked or _topics(), language(loaded.definition, lang), clauses=clauses)
    for topic in asked:
        if not any(sheet.topic == topic for sheet in tables.sheets):
            raise click.BadParameter(f"this policy has no {topic}", param_hint="WHAT")
    if form == "json":
        echo_json(tables.to_dict())
    elif form == "markdown":
        echo_text(tables.markdown())
    else:
        tables.print(console())


def _topics() -> list[str]:
    from supportrules.report.policy_tables import TOPICS

    return list(TOPICS)


def _topic(what: str) -> str | None:
    """The topic of a name, which may be in the singular."""
    name = what.casefold().replace("_", "-")
    return next((topic for topic in _topics() if name in (topic, topic.removesuffix("s"))), None)


def _asked(what: str) -> str:
    topic = _topic(what)
    if topic is None:
        hint = did_you_mean(nearest(what, _topics())) or "there are " + ", ".join(_topics())
        raise click.BadParameter(f"nothing is called `{what}`: {hint}", param_hint="WHAT")
    return topic
