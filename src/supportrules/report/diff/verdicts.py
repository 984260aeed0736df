"""What a change is for the customer, in a word."""

from __future__ import annotations

from collections.abc import Mapping

from supportrules.proofs.comparison.changes import Verdict
from supportrules.report.parts import Role, Run
from supportrules.report.words import Words

_ROLES: Mapping[Verdict, Role] = {"better": "better", "worse": "worse", "other": "neutral"}


def verdict_run(verdict: Verdict, words: Words, count: int | None = None) -> Run:
    """The word for a verdict, with a number before it where there is one."""
    said = words[f"diff.verdict.{verdict}"]
    return Run(said if count is None else f"{count} {said}", _ROLES[verdict])
