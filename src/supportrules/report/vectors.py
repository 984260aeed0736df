"""What came of test vectors, as text for people and as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from supportrules.base.problem import Problem
from supportrules.cases.cases import json_text
from supportrules.cases.vectors import VectorOutcome
from supportrules.report.problems import place_text, printable, problem_text
from supportrules.report.words import Words

_WORDS = Words("en")


@dataclass(frozen=True)
class VectorResults:
    """What came of some vectors.

    Args:
        outcomes: in their order.
        unreadable: what is wrong with lines and files that hold no vector.
    """

    outcomes: Sequence[VectorOutcome]
    unreadable: Sequence[Problem]

    @property
    def counts(self) -> dict[str, int]:
        """How many there are, and how many came out how."""
        return {
            "vectors": len(self.outcomes),
            "passed": sum(outcome.passed for outcome in self.outcomes),
            "failed": sum(bool(outcome.differences) for outcome in self.outcomes),
            "errors": sum(bool(outcome.problems) for outcome in self.outcomes),
        }


def vectors_text(results: VectorResults) -> str:
    """The vectors that do not pass, and a summary, with the codes of colours."""
    blocks = [_outcome(outcome) for outcome in results.outcomes if not outcome.passed]
    return "\n".join([*blocks, _summary(results)])


def vectors_data(results: VectorResults) -> dict[str, Any]:
    """Counts, vectors and what is wrong with lines that are none, as JSON data."""
    return {
        "counts": results.counts,
        "vectors": [_data(outcome) for outcome in results.outcomes],
        "problems": [problem.to_dict() for problem in results.unreadable],
    }


def _outcome(outcome: VectorOutcome) -> str:
    vector, mark = outcome.vector, "error" if outcome.problems else "failed"
    head = click.style(_WORDS[f"mark.{mark}"], fg="red", bold=True)
    name = click.style(printable(vector.name), bold=True)
    lines = [f"{head}  {click.style(place_text(vector.location), fg='cyan')}  {name}"]
    for problem in outcome.problems:
        lines += [f"  {line}" for line in problem_text(problem).splitlines()]
    for difference in outcome.differences:
        values = {"expected": json_text(difference.expected), "found": json_text(difference.found)}
        lines.append(f"  {difference.name}: {_WORDS['expected_found'].format(**values)}")
    if outcome.differences and (why := vector.data.get("why")):
        lines.append(f"  {printable(why)}")
    return "\n".join(lines) + "\n"


def _summary(results: VectorResults) -> str:
    counts = results.counts
    named = {"passed": counts["passed"], "failed": counts["failed"], "not_runnable": counts["errors"]}
    parts = [_WORDS.count(key, n) for key, n in named.items() if n or key == "passed"]
    good = counts["passed"] == counts["vectors"] > 0 and not results.unreadable
    total = _WORDS.count("n_vectors", counts["vectors"])
    return click.style(f"{total}: {', '.join(parts)}", fg="green" if good else "red", bold=True) + "\n"


def _data(outcome: VectorOutcome) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": outcome.vector.name,
        "location": outcome.vector.location.to_dict(),
        "passed": outcome.passed,
    }
    if outcome.found:
        data["found"] = dict(outcome.found)
    data |= _listed("differences", outcome.differences) | _listed("problems", outcome.problems)
    return data


def _listed(name: str, entries: Iterable[Any]) -> dict[str, Any]:
    found = [entry.to_dict() for entry in entries]
    return {name: found} if found else {}
