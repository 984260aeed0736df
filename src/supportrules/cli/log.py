"""`supportrules log`: the versions of a policy, and what changed from one to the next."""

from __future__ import annotations

import click

from supportrules.cli.output import (
    check_output,
    console,
    format_option,
    lang_option,
    language,
    one_name,
    output_option,
    put_text,
    timeline_option,
)
from supportrules.cli.progress import Steps
from supportrules.history.timeline import load_timeline
from supportrules.report.data import data_text


@click.command()
@click.argument("argument", required=False, metavar="TIMELINE", type=click.Path())
@timeline_option
@format_option("pretty", "markdown", "json", help="Text, Markdown, or data.")
@output_option
@lang_option
def log(argument: str | None, timeline: str | None, form: str, output: str | None, lang: str | None) -> None:
    """List the versions of a policy and what each one changed.

    The latest comes first; each is compared in meaning with the one before. TIMELINE is a folder with a
    directory or a built file for each version, or tags:PATH, a directory at each tag of a git repository, or
    tags/PATTERN:PATH, at some of them.

    \b
    Example:
      supportrules log tags:policies
    """
    from supportrules.history.timeline.history import history
    from supportrules.report.version_history import history_data, history_parts

    timeline = one_name("timelines", argument, timeline)
    if timeline is None:
        raise click.UsageError("Name a TIMELINE: a folder of versions, or tags:PATH in a git repository.")
    check_output(output, timeline)
    loaded = load_timeline(timeline)
    spoken = language(loaded.versions[-1].manifest, lang)
    with Steps(spoken) as steps:
        entries = list(history(loaded, steps.begin))[::-1]
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
