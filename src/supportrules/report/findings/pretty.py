"""Findings for people."""

from __future__ import annotations

import click

from supportrules.base.problem import Problem
from supportrules.report.findings.form import Findings, witness_lines
from supportrules.report.problems import line_and_caret, place_text, printable, problem_text


def pretty_text(findings: Findings) -> str:
    """Each finding with its line, its other places and its tickets; then how many there are."""
    blocks = [_block(findings, problem) for problem in findings.listed]
    return "\n".join([*blocks, printable(findings.fault or findings.summary())]) + "\n"


def _block(findings: Findings, problem: Problem) -> str:
    kind = findings.kind(problem)
    colour = {"error": "red", "warning": "yellow"}.get(kind, "green")
    lead = click.style(f"{kind}[{printable(problem.code)}]", fg=colour, bold=True) + ": "
    lines = [problem_text(problem, lead)]
    for place in problem.related:
        lines += [f"  and {place_text(place)}", *line_and_caret(place)]
    for witness in problem.witnesses:
        lines += [f"  {line}" for line in witness_lines(witness)]
    if problem.allowed is not None:
        lines.append(f"  allowed: {findings.reason(problem)}")
    return "\n".join(lines)
