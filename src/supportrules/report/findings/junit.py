"""Findings as JUnit's XML: what fails the check is a failure, and what the policy allows is skipped."""

from __future__ import annotations

from supportrules.base.problem import Problem
from supportrules.report.findings.form import Findings, words
from supportrules.report.junit import JUnitCase, Suite, junit_document
from supportrules.report.locations import in_repository
from supportrules.report.problems import printable

_NAME = "supportrules check"


def junit_text(findings: Findings) -> str:
    """A case for each finding; one that passes where there is none."""
    cases = [_case(findings, problem) for problem in findings.listed]
    if findings.fault is not None:
        cases.append(JUnitCase("check", _NAME, error=printable(findings.fault), kind="fault"))
    elif not cases:
        cases.append(JUnitCase(findings.summary(), _NAME))
    return junit_document([Suite(_NAME, tuple(cases))])


def _case(findings: Findings, problem: Problem) -> JUnitCase:
    place, text = problem.location and in_repository(problem.location), "\n".join(words(problem))
    return JUnitCase(
        f"{place}: {problem.message}" if place else problem.message,
        f"{_NAME}.{problem.code}",
        place.file if place else None,
        place.line if place else 0,
        failure=text if findings.fails(problem) else None,
        kind=problem.code,
        skipped=f"allowed: {findings.reason(problem)}" if problem.allowed is not None else None,
        output=None if findings.fails(problem) else f"{findings.kind(problem)}: {text}",
    )
