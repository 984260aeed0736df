"""What came of test cases, as JSON data."""

from __future__ import annotations

from typing import Any

from supportrules.cases.cases import CaseOutcome
from supportrules.engine.decision import PolicyRef
from supportrules.report.testing import Results

Json = dict[str, Any]


def results_data(results: Results, policy: PolicyRef) -> Json:
    """Counts, tests, and coverage if there is one."""
    data: Json = {
        "policy": policy.to_dict(),
        "counts": {
            "tests": len(results.outcomes),
            "passed": len(results.passed),
            "failed": len(results.failed),
            "errors": len(results.errors),
            "not_run": results.not_run,
        },
        "tests": [_test(outcome) for outcome in results.outcomes],
        "problems": [problem.to_dict() for problem in results.unreadable],
    }
    if results.coverage:
        data["coverage"] = results.coverage.to_dict()
    return data


def _test(outcome: CaseOutcome) -> Json:
    data: Json = {
        "name": outcome.case.name,
        "location": outcome.case.location.to_dict(),
        "passed": outcome.passed,
    }
    if outcome.differences:
        data["differences"] = [difference.to_dict() for difference in outcome.differences]
        data["decision"] = outcome.decision and outcome.decision.to_dict()
    if outcome.problems:
        data["problems"] = [problem.to_dict() for problem in outcome.problems]
    return data
