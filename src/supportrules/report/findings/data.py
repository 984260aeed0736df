"""Findings as JSON data."""

from __future__ import annotations

from dataclasses import asdict

from supportrules.base.problem import Problem
from supportrules.report.data import data_text
from supportrules.report.findings.form import Findings


def json_text(findings: Findings) -> str:
    """Findings as JSON: the policy, what counts, what it allows, and how many there are."""
    data: dict[str, object] = {
        "policy": asdict(findings.policy) if findings.policy else None,
        "problems": [_finding(problem) for problem in findings.problems],
        "allowed": [_finding(problem) for problem in findings.allowed],
        "counts": findings.counts,
    }
    if findings.fault is not None:
        data["error"] = findings.fault
    return data_text(data, indent=2) + "\n"


def _finding(problem: Problem) -> dict[str, object]:
    return {"kind": problem.kind, **problem.to_dict()}
