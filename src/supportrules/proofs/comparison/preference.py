"""Which of two answers is better for the customer, in the order that the policies declare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from supportrules.engine.answers import Access, ChannelAnswer, PromiseAnswer, answers_of
from supportrules.policy.definition import Definition
from supportrules.proofs.comparison.changes import NoAnswer, Verdict
from supportrules.time.promises import Promise


def verdict(old: Definition, new: Definition, answer: str, before: Any, after: Any) -> Verdict:
    """What a change of an answer is for the customer.

    Better and worse are as the answer declares them; all else is other.

    Args:
        old, new: the policies, with the same names for the same.
        answer: the name of the answer.
        before, after: what the policies answer.
    """
    found = answers_of(new).get(answer) or answers_of(old).get(answer)
    if isinstance(found, ChannelAnswer):
        # One that is not there is as good as one that is refused.
        before, after = (
            Access(False, None) if side is NoAnswer.UNASKED else side for side in (before, after)
        )
    if found is None or isinstance(before, NoAnswer) or isinstance(after, NoAnswer):
        return "other"
    better, worse = found.better(old, before, after)
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
    answer = next(each for each in answers_of(new).values() if isinstance(each, PromiseAnswer))
    pairs += [answer.better(old, promise, promise) for promise in promises]
    # What no opening tells apart is the same, and speaks for neither.
    telling = [pair for pair in pairs if pair != (True, True)]
    return _as_verdict(better=all(better for better, _ in telling), worse=all(worse for _, worse in telling))


def _as_verdict(*, better: bool, worse: bool) -> Verdict:
    # Both ways is the same by another name.
    return "other" if better == worse else "better" if better else "worse"
