"""`supportrules diff`: what a change of a policy means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from supportrules.cli.candidates import policies
from supportrules.cli.output import (
    DONE,
    FINDINGS,
    USAGE,
    check_output,
    console,
    first_option,
    lang_option,
    language,
    output_option,
    parts_format_option,
    put_text,
    tell,
    tell_problems,
)
from supportrules.cli.progress import Progress, Steps
from supportrules.cli.tickets import check_ignored, extra_option, ignore_option, read, source_option
from supportrules.errors import InputError, TicketError
from supportrules.policy.vocabulary import Vocabulary
from supportrules.report.data import data_text
from supportrules.report.problems import problems_text
from supportrules.tickets import Record

if TYPE_CHECKING:
    from supportrules.proofs.comparison import Comparison
    from supportrules.proofs.comparison.impact import Impact


@click.command()
@click.argument("old", metavar="OLD", shell_complete=policies)
@click.argument("new", metavar="NEW", shell_complete=policies)
@parts_format_option
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
@ignore_option
@first_option("of these tickets")
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
    ignore: tuple[str, ...],
    first: int,
    exit_code: bool,
) -> None:
    """Compare two policies: text, meaning, and real tickets.

    OLD and NEW are directories, built files, or REV:PATH in a git repository.

    \b
    Example:
      supportrules diff main:policies policies
    """
    if not tickets:
        options = {"source": "--from", "extra": "--extra", "ignore": "--ignore", "first": "--first"}
        for name, option in options.items():
            if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
                raise click.UsageError(f"{option} is about real tickets: give --tickets too.")
    check_output(output, old, new, *tickets)
    from supportrules.proofs.comparison.comparison import compare, loaded

    before, after = loaded(old, new)
    check_ignored(ignore, (before, after))
    spoken = language(after.definition, lang)
    with Steps(spoken) as steps:
        found, impact = compare(before, after, steps.begin), None
    if tickets:
        # The names of either policy will do.
        facts = {**before.definition.vocabulary.facts, **after.definition.vocabulary.facts}
        vocabulary, others = Vocabulary(facts.values()), extra == "ignore"
        try:
            with Progress(tickets, spoken, writes=False) as progress:
                files = (read(name, source, vocabulary, others, ignore) for name in tickets)
                impact = _impact(found, files, progress, others, ignore, first)
        except InputError as error:
            # Of a file that is not there, nothing is told: it would look like no impact.
            tell_problems(error.problems)
            ctx.exit(USAGE)
    text = _text(form, found, impact, spoken, (old, new))
    put_text(text, output, styled=form == "pretty")
    if impact is not None and impact.bad.count:
        tell(f"{impact.bad.count} of {impact.read} tickets can't be decided")
        ctx.exit(USAGE)
    ctx.exit(FINDINGS if exit_code and found.differs else DONE)


def _impact(
    found: Comparison,
    files: Iterator[Iterator[Record]],
    progress: Progress,
    extra: bool,
    ignore: tuple[str, ...],
    first: int,
) -> Impact:
    """What changes for the tickets of some files; those that can't be decided are told as they pass."""
    from supportrules.proofs.comparison.impact import Count

    names = found.names.ticket
    how: dict[str, Any] = {"as_old": names, "as_new": names, "extra": extra, "ignore": ignore}
    count = Count(found.old, found.new, most=first, **how)
    for record in progress.files(files):
        ticket = TicketError(record.problems) if record.ticket is None else record.ticket
        problems = count.add(record.location, ticket)
        if problems:
            progress.echo(problems_text(map(record.placed, problems)))
    return count.impact()


def _text(form: str, found: Comparison, impact: Impact | None, spoken: str, names: tuple[str, str]) -> str:
    if form == "json":
        from supportrules.report.diff.data import comparison_data

        return data_text(comparison_data(found, impact), indent=2) + "\n"
    from supportrules.report.diff.phrases import DiffPhrases
    from supportrules.report.diff.sections import parts

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
