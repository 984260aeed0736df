"""Findings as workflow commands: GitHub shows them at their lines of a pull request."""

from __future__ import annotations

from supportrules.base.problem import Problem
from supportrules.report.findings.form import Findings, words
from supportrules.report.github import workflow_command
from supportrules.report.problems import printable


def github_text(findings: Findings) -> str:
    """One command for each finding; then how many there are."""
    lines = [_command(findings, problem) for problem in findings.listed]
    if findings.fault is None:
        lines.append(findings.summary())
    else:
        lines.append(workflow_command("error", "fault", printable(findings.fault)))
    return "".join(f"{line}\n" for line in lines)


def _command(findings: Findings, problem: Problem) -> str:
    lines = words(problem)
    if problem.allowed is not None:
        lines.append(f"allowed: {findings.reason(problem)}")
    kind = problem.kind if problem.allowed is None else "notice"
    return workflow_command(kind, problem.code, "\n".join(lines), problem.location)
