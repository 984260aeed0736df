"""Findings as workflow commands: GitHub shows them at their lines of a pull request."""

from __future__ import annotations

from collections.abc import Mapping

from supportrules.problem import Problem
from supportrules.report.findings.found import Findings, in_repository, words


def github_text(findings: Findings) -> str:
    """One command for each finding."""
    lines = [_command(findings, problem) for problem in findings.listed]
    if findings.fault is not None:
        lines.append(_written("error", {"title": "fault"}, findings.fault))
    return "".join(f"{line}\n" for line in lines)


def _command(findings: Findings, problem: Problem) -> str:
    kind = "notice" if problem.allowed is not None else problem.kind
    properties: dict[str, object] = {}
    if problem.location:
        properties["file"] = in_repository(problem.location).file
        if problem.location.line:
            properties["line"] = problem.location.line
        if problem.location.column:
            properties["col"] = problem.location.column
    properties["title"] = problem.code
    text = words(problem)
    if problem.allowed is not None:
        text.append(f"allowed: {findings.reason(problem)}")
    return _written(kind, properties, "\n".join(text))


def _written(kind: str, properties: Mapping[str, object], message: str) -> str:
    listed = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items())
    return f"::{kind} {listed}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    """Text with `%XX` for what would end a command or a property of it."""
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text
