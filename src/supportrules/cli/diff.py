"""`supportrules diff`: what a change of a policy means."""

from __future__ import annotations

import click

from supportrules.cli.output import DONE, FINDINGS, lang_option, language, output_option, put_text
from supportrules.evaluate import load_policy


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--format",
    "form",
    type=click.Choice(["pretty", "markdown", "html"]),
    default="pretty",
    show_default=True,
    help="Text, Markdown for a comment, or a page.",
)
@output_option
@lang_option
@click.option("--exit-code", is_flag=True, help="End with 1 if anything differs.")
@click.pass_context
def diff(
    ctx: click.Context, old: str, new: str, form: str, output: str | None, lang: str | None, exit_code: bool
) -> None:
    """Say what differs between two policies.

    OLD and NEW are directories, or REV:PATH in a git repository.
    """
    policies = load_policy(old), load_policy(new)
    from supportrules.comparison import compare
    from supportrules.report.diff.markdown import markdown
    from supportrules.report.diff.phrases import DiffPhrases
    from supportrules.report.diff.terminal import terminal
    from supportrules.report.diff.told import parts

    found = compare(*policies)
    lang = language(policies[1].definition, lang)
    told = tuple(parts(found, DiffPhrases(*policies, lang)))
    text = markdown(told) if form == "markdown" else terminal(told)
    put_text(text, output, styled=form == "pretty")
    ctx.exit(FINDINGS if exit_code and found.changes_answers else DONE)
