"""Which of two answers is better for the customer, in the order that the policies declare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from supportrules.engine.rules import Access
from supportrules.policy.definition import REOPEN, RESPONSE, SEVERITY, Definition
from supportrules.proofs.comparison.changes import NoAnswer, Verdict
from supportrules.time.lateness import Undecided, never_later
from supportrules.time.promises import Promise
from supportrules.time.targets import Duration


def verdict(old: Definition, new: Definition, answer: str, before: Any, after: Any) -> Verdict:
    """What a change of an answer is for the customer.

    A higher level is better than a lower one; a channel that is open than one that is refused, and wider
    hours than narrower ones; a promise than none, one of a time than one of hours alone, and the one of two
    times that is never later and sometimes sooner; a longer time for reopening, and any than none. All else
    is other, and so is what would take too long to tell.

    Args:
        old, new: the policies, with the same names for the same.
        answer: the name of the answer.
        before, after: what the policies answer.
    """
    # A channel that is not there is as good as one that is refused.
    before, after = (Access(False, None) if side is NoAnswer.UNASKED else side for side in (before, after))
    if isinstance(before, NoAnswer) or isinstance(after, NoAnswer):
        return "other"
    if answer == SEVERITY:
        better, worse = _higher((old, new), after, before), _higher((old, new), before, after)
    elif answer == RESPONSE:
        better, worse = _sooner(old, new, before, after)
    elif answer == REOPEN:
        better, worse = _longer(after, before), _longer(before, after)
    elif isinstance(before, Access) and isinstance(after, Access):
        return _opener(old, new, before, after)
    else:
        return "other"
    return _as_verdict(better=better, worse=worse)


def hours_verdict(old: Definition, new: Definition, hours: str, promises: Iterable[Promise]) -> Verdict:
    """What a change of hours is for the customer.

    Better where they are open whenever they were, and no time that is promised in them comes later. The end
    of a business day comes later in hours that close later.

    Args:
        hours: their id in both policies.
        promises: what both policies promise in them.
    """
    sides = old.clock(hours).openness, new.clock(hours).openness
    pairs = [(sides[1].includes(sides[0]), sides[0].includes(sides[1]))]
    pairs += [_sooner(old, new, promise, promise) for promise in promises]
    # What no opening tells apart is the same, and speaks for neither.
    telling = [pair for pair in pairs if pair != (True, True)]
    return _as_verdict(better=all(better for better, _ in telling), worse=all(worse for _, worse in telling))


def _as_verdict(*, better: bool, worse: bool) -> Verdict:
    # Both ways is the same by another name.
    return "other" if better == worse else "better" if better else "worse"


def _higher(policies: Sequence[Definition], level: str | None, other: str | None) -> bool:
    """Whether a level is higher in the policies that have both."""
    orders = [list(policy.levels) for policy in policies]
    known = [order for order in orders if level in order and other in order]
    return bool(known) and all(order.index(str(level)) < order.index(str(other)) for order in known)


def _opener(old: Definition, new: Definition, before: Access, after: Access) -> Verdict:
    if before.eligible != after.eligible:
        return "better" if after.eligible else "worse"
    if before.hours is None or after.hours is None:
        return "other"
    was, now = old.clock(before.hours).openness, new.clock(after.hours).openness
    return _as_verdict(better=now.includes(was), worse=was.includes(now))


def _longer(within: Duration | None, other: Duration | None) -> bool:
    if within is None or other is None:
        return other is None and within is not None
    return within.seconds > other.seconds


def _sooner(
    old: Definition, new: Definition, before: Promise | None, after: Promise | None
) -> tuple[bool, bool]:
    """Whether the new promise is better than the old one, and the old one than the new."""
    if before is None or after is None:
        return before is None and after is not None, after is None and before is not None
    was, now = old.timing(before), new.timing(after)
    try:
        return never_later(now, was), never_later(was, now)
    except Undecided:
        return False, False
