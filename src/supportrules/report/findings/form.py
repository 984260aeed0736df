"""What a check found, what of it counts, and the words that formats share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from supportrules.base.problem import Problem, Witness, ordered
from supportrules.engine.decision import PolicyRef
from supportrules.report.data import data_text
from supportrules.report.locations import in_repository
from supportrules.report.problems import WIDTH, printable


@dataclass(frozen=True)
class Findings:
    """What a check found, and how it is to be told.

    Args:
        policy: the policy; None if it does not load.
        found: all findings, those that the policy allows among them.
        fault: what went wrong in the program itself, so that not all is found; or None.
        strict: whether warnings fail too.
        show_allowed: whether to list those that the policy allows.
        language: of the reasons why they are allowed; else the first that a reason has.
    """

    policy: PolicyRef | None = None
    found: tuple[Problem, ...] = ()
    fault: str | None = None
    strict: bool = False
    show_allowed: bool = False
    language: str | None = None

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """The findings that count, by place."""
        return ordered(problem for problem in self.found if problem.allowed is None)

    @cached_property
    def allowed(self) -> tuple[Problem, ...]:
        """The findings that the policy allows, by place."""
        return ordered(problem for problem in self.found if problem.allowed is not None)

    @property
    def listed(self) -> tuple[Problem, ...]:
        """The findings to list: those that count, then those that are allowed where they are to be shown."""
        return self.problems + (self.allowed if self.show_allowed else ())

    @property
    def counts(self) -> dict[str, int]:
        """How many there are: errors, warnings, and allowed ones."""
        errors = sum(problem.kind == "error" for problem in self.problems)
        return {"errors": errors, "warnings": len(self.problems) - errors, "allowed": len(self.allowed)}

    @property
    def failed(self) -> bool:
        """Whether one of them fails the check."""
        return any(map(self.fails, self.problems))

    def fails(self, problem: Problem) -> bool:
        """Whether a finding fails the check."""
        return problem.allowed is None and (self.strict or problem.kind == "error")

    @staticmethod
    def kind(problem: Problem) -> str:
        """An error, a warning, or allowed."""
        return problem.kind if problem.allowed is None else "allowed"

    def reason(self, problem: Problem) -> str:
        """Why the policy allows a finding; empty if it does not."""
        reasons = problem.allowed or {}
        return printable(reasons.get(self.language or "") or next(iter(reasons.values()), ""))

    def summary(self) -> str:
        """How many there are, in words."""
        counts = self.counts
        parts = [counted(counts["errors"], "error")] if counts["errors"] else []
        parts += [counted(counts["warnings"], "warning")] if counts["warnings"] else []
        parts = parts or ["no problems"]
        if counts["allowed"]:
            parts.append(f"{counts['allowed']} allowed")
        return ", ".join(parts)


def counted(count: int, noun: str) -> str:
    """A number of things: "1 error", "2 errors"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def witness_lines(witness: Witness) -> list[str]:
    """The ticket of a witness as JSON to try, and what would be right for it."""
    lines = _flow("ticket: ", witness.ticket)
    return lines + _flow("expect: ", witness.expect) if witness.expect else lines


def _flow(lead: str, data: Mapping[str, object]) -> list[str]:
    """A mapping as JSON on one line, or on lines that together are JSON where one would be too long."""
    entries = [f"{data_text(key)}: {data_text(value)}" for key, value in data.items()]
    lines, indent = [lead + "{"], " " * (len(lead) + 1)
    for number, entry in enumerate(entries):
        end = "," if number + 1 < len(entries) else "}"
        space = "" if lines[-1].endswith("{") else " "
        if space and len(lines[-1]) + len(space + entry + end) > WIDTH - 2:
            lines.append(indent + entry + end)
        else:
            lines[-1] += space + entry + end
    return lines if entries else [lead + "{}"]


def words(problem: Problem) -> list[str]:
    """A finding in plain words, without its place: the message, then its other places and its tickets."""
    lines = [printable(problem.text)]
    lines += [f"and {printable(str(in_repository(place)))}" for place in problem.related]
    for witness in problem.witnesses:
        lines += witness_lines(witness)
    return lines
