"""What is proved of a policy over all facts: holes, conflicts, what is dead or idle, what must not get worse.

A check is a function from the space of all facts to findings, with a code each; `CODES` has them all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Literal

from supportrules.base.problem import Problem, ordered
from supportrules.base.steps import OnStep, steps
from supportrules.base.wording import did_you_mean, nearest
from supportrules.engine.evaluation import Policy
from supportrules.policy.definition import SEVERITY
from supportrules.proofs.check.calendar_data import country_lists, data_ends
from supportrules.proofs.check.dead_rules import always_overridden, dead_rules, idle_overrides
from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.holes import conflicts, holes
from supportrules.proofs.check.idle_conditions import idle_conditions
from supportrules.proofs.check.severity_falls import severity_falls
from supportrules.proofs.check.space import Space
from supportrules.proofs.check.targets_later import targets_later
from supportrules.proofs.check.unused import facts_with_effect, unread_conclusions, unread_facts, unused_hours
from supportrules.proofs.check.upkeep import clauses_not_encoded, data_too_old, limits, reviews_due, unproved

CHECKS = (
    holes,
    conflicts,
    dead_rules,
    always_overridden,
    idle_overrides,
    idle_conditions,
    severity_falls,
    targets_later,
    unread_facts,
    facts_with_effect,
    unread_conclusions,
    unused_hours,
    clauses_not_encoded,
    limits,
    data_too_old,
    # Last: that there is too much to prove can show while other things are proved.
    unproved,
)

CODES: dict[str, Literal["error", "warning"]] = {
    "not-proved": "error",
    "hole": "error",
    "conflict": "error",
    "dead-rule": "error",
    "dead-cell": "error",
    "always-overridden": "error",
    "severity-falls": "error",
    "target-later": "error",
    "has-effect": "error",
    "clause-not-encoded": "error",
    "idle-override": "warning",
    "idle-condition": "warning",
    "idle-allow": "warning",
    "unread-fact": "warning",
    "unread-conclusion": "warning",
    "unused-hours": "warning",
    "review-due": "warning",
    "engine-limit": "warning",
    "old-data": "warning",
    "data-ends": "warning",
    "country-list": "warning",
}


# What no rule has a part in.
_DATED = ("review-due", "data-ends")


def check_policy(
    policy: Policy, on: date | None = None, on_step: OnStep | None = None, *, ahead: bool = False
) -> tuple[Problem, ...]:
    """All findings of a policy that loads, by place; what its own entries allow is among them, and says so.

    Args:
        on: the day on which dates of review are looked at; None for not at all.
        ahead: whether the end of the data of calendars is looked at too, for that day and three months more.
        on_step: is called with each step as it starts: the stages, and then the checks.
    """
    start = steps(len(policy.program.stages) + len(CHECKS), on_step)
    space = Space(policy, start)
    found: list[Finding] = []
    for check in CHECKS:
        start(SEVERITY if check is severity_falls else None)
        found += check(space)
    if on is not None:
        found += reviews_due(space, on)
    if on is not None and ahead:
        found += data_ends(space, on)
    found += country_lists(space, (on or policy.definition.effective_from).year)
    unasked = {"review-due"} if on is None else set[str]()
    unasked |= set() if on is not None and ahead else {"data-ends"}
    found += _idle_allowances(space, found, unasked)
    return ordered(finding.problem(warning=CODES[finding.code] == "warning") for finding in found)


def _idle_allowances(space: Space, found: list[Finding], unasked: Collection[str]) -> Iterator[Finding]:
    """Allowances of what is not found where they stand.

    Args:
        unasked: the codes that were not looked for.
    """
    used = {(finding.code, finding.origin.location) for finding in found if finding.origin}
    # Of rules that a fault keeps tickets from, nothing is said until it is mended.
    blocked = {
        rule.origin.location
        for reached in space.reached.values()
        if reached.mended != reached.region
        for rule in reached.stage.rules
    }
    for origin in space.definition.origins():
        for code in origin.allow:
            if code not in CODES:
                hint = did_you_mean(nearest(code, CODES)) or "there are " + ", ".join(sorted(CODES))
                yield Finding("idle-allow", f"there is no finding `{code}`", hint, origin)
            elif (
                (code, origin.location) not in used
                and code not in unasked
                and (code in _DATED or origin.location not in blocked)
            ):
                message = f"`allow` names `{code}`, which is not found here"
                yield Finding("idle-allow", message, "leave it out", origin)
