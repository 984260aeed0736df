"""What did not pass, as workflow commands that GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from supportrules.base.problem import Location
from supportrules.report.github import workflow_command
from supportrules.report.problems import printable
from supportrules.report.testing import Results, summary
from supportrules.report.words import Words


def github_text(results: Results, words: Words) -> str:
    """A command for each case that does not pass and for each problem of files, and a summary."""
    return "".join(f"{line}\n" for line in (*_commands(results), summary(results, words)))


def _commands(results: Results) -> Iterator[str]:
    for outcome in results.outcomes:
        name, place = outcome.case.name, outcome.case.location
        if outcome.differences:
            yield _command(
                name, "\n".join(printable(str(difference)) for difference in outcome.differences), place
            )
        for problem in outcome.problems:
            yield _command(name, printable(problem.text), problem.location or place)
    for problem in results.unreadable:
        yield _command(problem.code, printable(problem.text), problem.location)


def _command(title: str, message: str, place: Location | None) -> str:
    return workflow_command("error", title, message, place)
