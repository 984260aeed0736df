"""`supportrules show`: a policy as tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from supportrules.base.wording import did_you_mean, nearest
from supportrules.cli.candidates import topics
from supportrules.cli.output import (
    console,
    echo_json,
    echo_text,
    format_option,
    lang_option,
    language,
    policy_among,
)
from supportrules.engine.evaluation import Policy, load_policy
from supportrules.errors import CalendarError
from supportrules.policy.vocabulary import unknown_place

if TYPE_CHECKING:
    from supportrules.report.days import Days


@click.command()
@click.argument("what", nargs=-1, metavar="[WHAT]... [POLICY]", shell_complete=topics)
@policy_among("what", lambda name: _topic(name) is not None)
@lang_option
@format_option(
    "pretty", "markdown", "json", "ics", help="Text, Markdown, data in all languages, or a calendar."
)
@click.option("--clauses", is_flag=True, help="Show the clauses of each cell.")
@click.option(
    "--place", metavar="CODE", help="Show a year's days with other hours at a place, such as GB-ENG."
)
@click.option(
    "--from",
    "first",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first day of the year of --place. Default: today, UTC.",
)
def show(
    what: tuple[str, ...],
    policy: str | None,
    lang: str | None,
    form: str,
    clauses: bool,
    place: str | None,
    first: datetime | None,
) -> None:
    """Print a policy as tables.

    WHAT is plans, severity, targets, channels, calendars, vocabulary or issue-types; without it, all of them.
    POLICY may be named here or by --policy.

    With --place, it shows the days of twelve months on which hours differ from those of their weekday:
    holidays, special dates, half days, working weekend days. The format ics is a calendar file of them.

    \b
    Example:
      supportrules show targets --policy policies
      supportrules show --place GB-ENG --from 2026-01-01 --policy policies
    """
    # Imported where it is needed: the other commands do without.
    from supportrules.report.show import PolicyTables

    asked = list(dict.fromkeys(map(_asked, what)))
    loaded = load_policy(policy)
    spoken = language(loaded.definition, lang)
    days = _days(loaded, asked, place, first)
    if form == "ics":
        if days is None:
            raise click.UsageError(
                "a calendar is of a place: name it with `--place`, such as `--place GB-ENG`"
            )
        click.echo(days.calendar(spoken), nl=False)
        return
    tables = PolicyTables(loaded, [] if days else asked or _topics(), spoken, clauses=clauses, days=days)
    for topic in asked:
        if not any(sheet.topic == topic for sheet in tables.sheets):
            raise click.BadParameter(f"this policy has no {topic}", param_hint="WHAT")
    if form == "json":
        echo_json(tables.to_dict())
    elif form == "markdown":
        echo_text(tables.markdown())
    else:
        tables.print(console())


def _days(policy: Policy, asked: Sequence[str], place: str | None, first: datetime | None) -> Days | None:
    """The unusual days of a place, if one is named."""
    if place is None:
        if first is not None:
            raise click.UsageError("`--from` goes with `--place`")
        return None
    from supportrules.report.days import Days

    if asked not in ([], ["calendars"]):
        raise click.UsageError("`--place` shows calendars, and nothing else")
    problem = unknown_place(place, policy.definition.languages)
    if problem is not None:
        raise click.BadParameter(f"{problem.message}: {problem.hint}", param_hint="--place")
    try:
        return Days(policy, place, (first or datetime.now(UTC)).date())
    except CalendarError as error:
        raise click.BadParameter(str(error), param_hint="--from") from None


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
