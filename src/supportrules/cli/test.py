"""`supportrules test`: a policy's own tests, and how much of it they cover."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import click

from supportrules.base.wording import did_you_mean, nearest
from supportrules.cases.cases import Case, CaseOutcome, find_cases, no_cases, run_cases
from supportrules.cases.coverage import cover
from supportrules.cli.output import (
    DONE,
    FINDINGS,
    USAGE,
    check_output,
    console,
    format_option,
    lang_option,
    language,
    output_option,
    policy_parameter,
    put_text,
    tell,
    tell_of_skipped,
    tell_of_the_one_here,
    tell_problems,
)
from supportrules.engine.evaluation import Policy, load_policy
from supportrules.report.data import data_text
from supportrules.report.problems import printable, problem_text
from supportrules.report.testing import Results, summary
from supportrules.report.words import Words


@click.command()
@policy_parameter
@click.option(
    "--run",
    "patterns",
    metavar="PATTERN",
    multiple=True,
    help="Run only tests whose name or file has this text in it, or fits it (*, ?, [); may be repeated.",
)
@click.option("-x", "--fail-fast", is_flag=True, help="Stop after the first test that does not pass.")
@click.option("-v", "--verbose", is_flag=True, help="List every test; with --coverage, every rule and cell.")
@click.option("--coverage", is_flag=True, help="Show which rules and cells the tests that pass cover.")
@click.option(
    "--threshold",
    type=click.IntRange(0, 100),
    metavar="PERCENT",
    help="Fail where fewer percent of the rules and cells are covered; implies --coverage.",
)
@format_option(
    "pretty", "json", "junit", "github", help="Text, data, JUnit XML, or workflow commands of GitHub."
)
@output_option
@lang_option
@click.pass_context
def test(
    ctx: click.Context,
    policy: str | None,
    patterns: tuple[str, ...],
    fail_fast: bool,
    verbose: bool,
    coverage: bool,
    threshold: int | None,
    form: str,
    output: str | None,
    lang: str | None,
) -> None:
    """Run a policy's tests: tickets with the expected decisions.

    POLICY is a directory, or REV:PATH in a git repository; without it, the bundled policy.

    \b
    Example:
      supportrules test --coverage policies
    """
    tell_of_the_one_here(policy)
    check_output(output, policy)
    loaded = load_policy(policy)
    spoken = language(loaded.definition, lang)
    cases, unreadable = find_cases(policy)
    chosen = _chosen(cases, patterns)
    outcomes = tuple(_until_failure(run_cases(loaded, chosen)) if fail_fast else run_cases(loaded, chosen))
    covered = cover(loaded, outcomes) if coverage or threshold is not None else None
    results = Results(outcomes, unreadable, len(chosen) - len(outcomes), covered)
    if form == "pretty":
        _pretty(results, loaded, spoken, verbose, output)
    else:
        put_text(_text(results, loaded, form, spoken), output)
    if unreadable:
        tell_problems(unreadable)
    tell_of_skipped(policy)
    if output is not None:
        tell(summary(results, Words(spoken)))
    code = DONE
    if not cases and not unreadable:
        code = _fail(problem_text(no_cases(policy)))
    # What can't be read may be what was meant.
    for pattern in patterns if cases and not unreadable else ():
        if not any(case.matches(pattern) for case in cases):
            code = _fail(_unmatched(pattern, cases))
    if covered and threshold is not None and not covered.share.reaches(threshold):
        code = _fail(f"coverage is {covered.share.percent} %, which is less than {threshold} %")
    if results.failed:
        code = FINDINGS
    if results.errors or unreadable:
        code = USAGE
    ctx.exit(code)


def _chosen(cases: tuple[Case, ...], patterns: tuple[str, ...]) -> tuple[Case, ...]:
    if not patterns:
        return cases
    return tuple(case for case in cases if any(case.matches(pattern) for pattern in patterns))


def _until_failure(outcomes: Iterable[CaseOutcome]) -> Iterator[CaseOutcome]:
    for outcome in outcomes:
        yield outcome
        if not outcome.passed:
            return


def _fail(message: str) -> int:
    tell(message)
    return FINDINGS


def _unmatched(pattern: str, cases: Iterable[Case]) -> str:
    hint = did_you_mean(nearest(pattern, [case.name for case in cases]))
    return printable(f"no test matches `{pattern}`" + (f": {hint}" if hint else ""))


def _text(results: Results, policy: Policy, form: str, spoken: str) -> str:
    """The results in a form for machines."""
    match form:
        case "json":
            from supportrules.report.testing.data import results_data

            return data_text(results_data(results, policy.reference), indent=2) + "\n"
        case "junit":
            from supportrules.report.testing.junit import junit_text

            return junit_text(results)
        case _:
            from supportrules.report.testing.github import github_text

            return github_text(results, Words(spoken))


def _pretty(results: Results, policy: Policy, spoken: str, verbose: bool, output: str | None) -> None:
    from rich.console import Console

    from supportrules.report.testing.text import ResultsReport

    written = io.StringIO()
    where = (
        console()
        if output is None
        else Console(file=written, highlight=False, markup=False, emoji=False, width=100)
    )
    ResultsReport(policy, where, spoken, verbose=verbose).print(results)
    if output is not None:
        put_text(written.getvalue(), output, styled=True)
