"""`supportrules log`: the versions of a policy, and what changed from one to the next."""

from __future__ import annotations

import click

from supportrules.cli.output import (
    check_output,
    console,
    format_option,
    lang_option,
    language,
    output_option,
    put_text,
)
from supportrules.report.data import data_text
from supportrules.timeline import load_timeline


@click.command()
@click.argument("timeline", metavar="TIMELINE")
@format_option("pretty", "markdown", "json", help="Text, Markdown, or data.")
@output_option
@lang_option
def log(timeline: str, form: str, output: str | None, lang: str | None) -> None:
    """List the versions of a policy, the latest first, and what changed in meaning against the one before.

    TIMELINE is a folder with a directory or a built file for each version, or tags:PATH, a directory at each
    tag of a git repository, or tags/PATTERN:PATH, at some of them.
    """
    from supportrules.report.history import history_data, history_parts
    from supportrules.timeline.history import history

    check_output(output, timeline)
    loaded = load_timeline(timeline)
    spoken = language(loaded.versions[-1].manifest, lang)
    entries = list(history(loaded))[::-1]
    if form == "json":
        data = {"versions": history_data(entries)}
        put_text(data_text(data, indent=2) + "\n", output)
        return
    parts = tuple(history_parts(entries, spoken))
    if form == "markdown":
        from supportrules.report.parts.markdown import markdown

        put_text(markdown(parts), output)
        return
    from supportrules.report.parts.terminal import terminal

    put_text(terminal(parts, console().width), output, styled=True)
