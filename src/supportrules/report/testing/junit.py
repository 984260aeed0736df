"""What came of test cases, as JUnit's XML: a suite for each file."""

from __future__ import annotations

from pathlib import PurePath

from supportrules.base.problem import Location, Problem
from supportrules.cases.cases import CaseOutcome
from supportrules.report.junit import JUnitCase, Suite, junit_document
from supportrules.report.problems import printable
from supportrules.report.testing import Results, by_file


def junit_text(results: Results) -> str:
    """The whole document."""
    suites = [
        Suite(file, tuple(map(_case, outcomes))) for file, outcomes in by_file(results.outcomes).items()
    ]
    # A file that can't be read has no tests; it must not look as if it had passed, nor must no test at all.
    suites += map(_unreadable, results.unreadable)
    return junit_document(
        suites or [Suite("tests", (JUnitCase("no test was run", "tests", error="no test was run"),))]
    )


def _case(outcome: CaseOutcome) -> JUnitCase:
    case = outcome.case
    lines = [printable(str(difference)) for difference in outcome.differences]
    if len(lines) > 1:
        # The first line is what is shown of it in a list.
        lines = ["; ".join(lines), *(printable(f"{d.location}: {d}") for d in outcome.differences)]
    problems = "\n".join(printable(str(problem)) for problem in outcome.problems)
    return JUnitCase(
        case.name,
        PurePath(case.location.file).stem,
        case.location.file,
        case.location.line,
        failure="\n".join(lines) or None,
        error=problems or None,
    )


def _unreadable(problem: Problem) -> Suite:
    place = problem.location or Location("")
    path = PurePath(place.file)
    return Suite(
        place.file, (JUnitCase(path.name, path.stem, place.file, place.line, error=printable(str(problem))),)
    )
