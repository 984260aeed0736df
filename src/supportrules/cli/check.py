"""`supportrules check`: what is wrong with a policy."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import click

from supportrules.cli.output import (
    DONE,
    FINDINGS,
    POLICY,
    check_output,
    format_option,
    lang_option,
    language,
    output_option,
    policy_parameter,
    put_file,
    put_text,
    tell,
    tell_of_the_one_here,
    timeline_option,
)
from supportrules.engine.chaining import durable_missing
from supportrules.engine.evaluation import Policy, load_policy
from supportrules.errors import PolicyLoadError
from supportrules.history.timeline import Timeline, load_timeline
from supportrules.report.findings import FORMATS, Findings, counted
from supportrules.report.problems import printable


@click.command()
@policy_parameter
@timeline_option
@format_option(*FORMATS, help="Text, data, or what GitHub, code scanning and CI systems read.")
@output_option
@lang_option
@click.option("--strict", is_flag=True, help="Warnings fail the check too.")
@click.option("--show-allowed", is_flag=True, help="List what the policy allows, with its reasons.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Look at dates of review on that day (default: today, UTC), and three months ahead for calendars "
    "that end.",
)
@click.option(
    "--emit-tests",
    metavar="FILE",
    type=click.Path(),
    help="Write the tickets that show findings to a new file of test cases.",
)
@click.pass_context
def check(
    ctx: click.Context,
    policy: str | None,
    timeline: str | None,
    form: str,
    output: str | None,
    lang: str | None,
    strict: bool,
    show_allowed: bool,
    on: datetime | None,
    emit_tests: str | None,
) -> None:
    """Find what is wrong with a policy, over all possible tickets.

    POLICY is a directory, a built file, or REV:PATH in a git repository; without it, the bundled policy.
    With --timeline it is about the versions of a policy side by side, and each alone can be checked too.

    \b
    Example:
      supportrules check policies
    """
    if timeline is None:
        tell_of_the_one_here(policy)
    elif policy is not None or on is not None or emit_tests is not None or strict or show_allowed:
        options = "--on, --emit-tests, --strict and --show-allowed"
        raise click.UsageError(f"A --timeline is checked alone: without POLICY, {options}.")
    check_output(output, policy if timeline is None else timeline)
    check_output(emit_tests, policy, option="--emit-tests")
    findings = Findings(strict=strict, show_allowed=show_allowed, language=lang)
    # Without a file, what does not load is told to people as every command tells it.
    for_people = form == "pretty" and output is None
    try:
        if timeline is None:
            day = (on or datetime.now(UTC)).date()
            loaded = load_policy(policy)
            findings, summary, code = _of_policy(loaded, findings, day, ahead=on is not None)
        else:
            findings, summary, code = _of_timeline(load_timeline(timeline), findings)
        text = FORMATS[form](findings)
    except PolicyLoadError as error:
        if for_people:
            raise
        put_text(FORMATS[form](replace(findings, found=error.problems)), output, styled=form == "pretty")
        what = "policy" if timeline is None else "timeline"
        tell(f"the {what} does not load: {counted(len(error.problems), 'problem')}")
        ctx.exit(POLICY)
    except click.ClickException:
        raise
    except Exception as error:
        # Who reads what a format promises can still read it, and is told that not all was checked.
        if not for_people:
            fault = replace(
                findings, found=(), fault=f"the check failed, which is a fault of its own: {error!r}"
            )
            put_text(FORMATS[form](fault), output, styled=form == "pretty")
        raise
    if emit_tests is not None:
        _emit(findings, emit_tests)
    if form == "pretty":
        text = summary + text
    put_text(text, output, styled=form == "pretty")
    if output is not None:
        tell(findings.summary())
    ctx.exit(max(code, FINDINGS if findings.failed else DONE))


def _of_policy(loaded: Policy, findings: Findings, day: date, *, ahead: bool) -> tuple[Findings, str, int]:
    """What is found in a policy, what was loaded, and the exit code beside that of findings."""
    # What only a policy that loads needs.
    from supportrules.cli.progress import Steps
    from supportrules.proofs.check import check_policy

    spoken = language(loaded.definition, findings.language)
    findings = replace(findings, policy=loaded.reference, language=spoken)
    with Steps(spoken) as steps:
        found = check_policy(loaded, day, steps.begin, ahead=ahead)
    return replace(findings, found=found), _summed_up(loaded), DONE


def _of_timeline(loaded: Timeline, findings: Findings) -> tuple[Findings, str, int]:
    """The same of the versions of a policy."""
    from supportrules.history.timeline.checks import check_timeline

    latest = loaded.versions[-1]
    spoken = language(latest.manifest, findings.language)
    findings = replace(findings, found=check_timeline(loaded), language=spoken)
    since = loaded.versions[0].effective_from
    count = counted(len(loaded.versions), "version")
    summary = printable(f"{latest.name}: {count}, in force from {since}") + "\n"
    broken = any(version.problems for version in loaded.versions)
    return findings, summary, POLICY if broken else DONE


def _emit(findings: Findings, file: str) -> None:
    """Writes the tickets of findings as test cases; what is there already is kept."""
    from supportrules.report.cases import cases_text

    text = cases_text(findings.problems, _schema_beside(Path(file)))
    if not text:
        tell("no finding that counts has a ticket for a test, so none is written")
        return
    put_file(file, text, "--emit-tests", new=True)


def _schema_beside(file: Path) -> str | None:
    """Where the schema of test cases is, seen from a file: in the next `schema` above it."""
    above = file.absolute().parent
    for folder in (above, *above.parents):
        schema = folder / "schema" / "tests.schema.json"
        if schema.is_file():
            return Path(os.path.relpath(schema, above)).as_posix()
    return None


def _summed_up(policy: Policy) -> str:
    """What was loaded, and which chainer infers."""
    rules = sum(len(stage.rules) for stage in policy.program.stages.values())
    facts = len(policy.definition.vocabulary.facts)
    lines = (
        printable(f"{policy.name} {policy.version} loads: {facts} facts, {rules} rules, {policy.digest}"),
        f"inference: {_inference()}",
    )
    return "".join(f"{line}\n" for line in lines)


def _inference() -> str:
    missing = durable_missing()
    return f"the plain chainer, {missing}" if missing else "durable-rules"
