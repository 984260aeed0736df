"""`supportrules diff`: what a change of a policy means."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from supportrules.cli.output import (
    DONE,
    FINDINGS,
    USAGE,
    console,
    lang_option,
    language,
    output_option,
    put_text,
)
from supportrules.cli.progress import Progress
from supportrules.cli.tickets import extra_option, read, source_option
from supportrules.errors import InputError, TicketError
from supportrules.evaluate import load_policy
from supportrules.problem import Location
from supportrules.report.problems import problems_text
from supportrules.tickets import Record
from supportrules.vocabulary import Vocabulary

if TYPE_CHECKING:
    from supportrules.comparison import Comparison
    from supportrules.comparison.impact import Impact


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--format",
    "form",
    type=click.Choice(["pretty", "json", "markdown", "html"]),
    default="pretty",
    show_default=True,
    help="Text, data, Markdown for a comment, or a page.",
)
@output_option
@lang_option
@click.option(
    "--tickets",
    metavar="FILE",
    multiple=True,
    type=click.Path(),
    help="Real tickets, as evaluate reads them, to count what changes for them; may be repeated.",
)
@source_option
@extra_option
@click.option(
    "--first",
    type=click.IntRange(0),
    default=3,
    show_default=True,
    help="How many of these tickets to name in each group.",
)
@click.option("--exit-code", is_flag=True, help="End with 1 if anything differs.")
@click.pass_context
def diff(
    ctx: click.Context,
    old: str,
    new: str,
    form: str,
    output: str | None,
    lang: str | None,
    tickets: tuple[str, ...],
    source: str | None,
    extra: str,
    first: int,
    exit_code: bool,
) -> None:
    """Say what differs between two policies: in the text, in the meaning, and for real tickets.

    OLD and NEW are directories, built files, or REV:PATH in a git repository.
    """
    from supportrules.comparison import compare

    before, after = load_policy(old), load_policy(new)
    spoken = language(after.definition, lang)
    found, impact = compare(before, after), None
    if tickets:
        # The names of either policy will do.
        facts = {**before.definition.vocabulary.facts, **after.definition.vocabulary.facts}
        vocabulary, ignore = Vocabulary(facts.values()), extra == "ignore"
        try:
            with Progress(tickets, spoken) as progress:
                files = (read(name, source, vocabulary, ignore) for name in tickets)
                impact = _impact(found, progress.files(files), ignore, first)
        except InputError as error:
            # Of a file that is not there, nothing is told: it would look like no impact.
            click.echo(problems_text(error.problems), err=True)
            ctx.exit(USAGE)
    text = _text(form, found, impact, spoken, (old, new))
    put_text(text, output, styled=form == "pretty")
    if impact is not None and impact.bad.count:
        click.echo(f"{impact.bad.count} of {impact.read} tickets can't be decided", err=True)
        ctx.exit(USAGE)
    ctx.exit(FINDINGS if exit_code and found.differs else DONE)


def _impact(found: Comparison, records: Iterable[Record], extra: bool, first: int) -> Impact:
    from supportrules.comparison.impact import impact
    from supportrules.comparison.order import verdict

    names = found.names.ticket
    tickets = (_ticket(record) for record in records)
    return impact(
        found.old, found.new, tickets, verdict=verdict, as_old=names, as_new=names, extra=extra, most=first
    )


def _ticket(record: Record) -> tuple[Location, Mapping[str, Any] | TicketError]:
    return record.location, TicketError(record.problems) if record.ticket is None else record.ticket


def _text(form: str, found: Comparison, impact: Impact | None, spoken: str, names: tuple[str, str]) -> str:
    if form == "json":
        from supportrules.report.diff.data import comparison_data

        return json.dumps(comparison_data(found, impact), ensure_ascii=False, indent=2) + "\n"
    from supportrules.report.diff.phrases import DiffPhrases
    from supportrules.report.diff.told import parts

    told = tuple(parts(found, DiffPhrases(found, spoken), impact))
    if form == "html":
        from supportrules.report.diff.page import Edition, html_page

        before, after = Edition(names[0], found.old), Edition(names[1], found.new)
        return html_page(before, after, spoken, told)
    if form == "markdown":
        from supportrules.report.parts.markdown import markdown

        return markdown(told)
    from supportrules.report.parts.terminal import terminal

    return terminal(told, console().width)
