"""What came of a policy's test cases, in the forms that people and machines read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from supportrules.base.problem import Problem
from supportrules.cases.cases import CaseOutcome
from supportrules.cases.coverage import RuleCoverage
from supportrules.report.words import Words


@dataclass(frozen=True)
class Results:
    """What came of test cases.

    Args:
        outcomes: of the cases that were chosen, in their order.
        unreadable: what is wrong with files that can't be read.
        not_run: how many cases were left out after one that did not pass.
        coverage: what the cases show, if asked for.
    """

    outcomes: tuple[CaseOutcome, ...]
    unreadable: tuple[Problem, ...] = ()
    not_run: int = 0
    coverage: RuleCoverage | None = None

    @property
    def passed(self) -> tuple[CaseOutcome, ...]:
        """Those that are as their cases expect."""
        return tuple(outcome for outcome in self.outcomes if outcome.passed)

    @property
    def failed(self) -> tuple[CaseOutcome, ...]:
        """Those that are not."""
        return tuple(outcome for outcome in self.outcomes if outcome.differences)

    @property
    def errors(self) -> tuple[CaseOutcome, ...]:
        """Those of cases that can't be run."""
        return tuple(outcome for outcome in self.outcomes if outcome.problems)


def by_file(outcomes: Iterable[CaseOutcome]) -> dict[str, list[CaseOutcome]]:
    """Outcomes by the file of their cases."""
    found: dict[str, list[CaseOutcome]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.case.location.file, []).append(outcome)
    return found


def summary(results: Results, words: Words) -> str:
    """How many tests there are, and how many of them came out how, in a line."""
    counts = {
        "passed": len(results.passed),
        "failed": len(results.failed),
        "not_runnable": len(results.errors),
        "unreadable": len({problem.location and problem.location.file for problem in results.unreadable}),
        "not_run": results.not_run,
    }
    parts = [words.count(key, n) for key, n in counts.items() if n or key == "passed"]
    total = len(results.outcomes) + results.not_run
    return f"{words.count('n_tests', total)}{words[':']}{', '.join(parts)}"
