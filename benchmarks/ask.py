"""How many questions it takes to a decision: by what decides most, and in the order of the vocabulary.

Run by ``make bench``. Tickets are random and complete, and answered truthfully. A form asks every fact in the
order of the vocabulary until the decision is made, a skipping form what open answers still depend on.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from supportrules import Decision, Interview, Policy, TicketError, load_policy

TESTS = Path(__file__).parent.parent / "tests" / "support"
sys.path.insert(0, str(TESTS))

from random_tickets import complete_tickets  # noqa: E402 - it stands beside the tests


def asked(policy: Policy, ticket: Mapping[str, Any]) -> int:
    """Questions of an interview."""
    interview = Interview(policy)
    while (fact := interview.question) is not None:
        interview.answer(ticket[fact.name])
    return len(interview.asked)


def in_order(policy: Policy, ticket: Mapping[str, Any], *, skipping: bool) -> int:
    """Questions in the order of the vocabulary."""
    known: dict[str, Any] = {}
    decision = policy.evaluate(known, defaults=False)
    for name in ticket:
        if not decision.undetermined:
            break
        if skipping and name not in missing(decision):
            continue
        known[name] = ticket[name]
        decision = policy.evaluate(known, defaults=False)
    return len(known)


def missing(decision: Decision) -> set[str]:
    """The facts that open answers depend on."""
    return {name for answer in decision.undetermined.values() for name in answer.missing}


def main(count: int = 500) -> None:
    for where in (None, TESTS.parent / "harbourline"):
        policy = load_policy(where)
        counts: dict[str, list[int]] = {"interview": [], "skipping form": [], "form": []}
        for ticket, _ in complete_tickets(policy, random.Random(7), count):
            try:
                form = in_order(policy, ticket, skipping=False)
            except TicketError:
                continue
            counts["form"].append(form)
            counts["skipping form"].append(in_order(policy, ticket, skipping=True))
            counts["interview"].append(asked(policy, ticket))
        print(f"{policy.name}: questions for each of {len(counts['form'])} tickets")
        for way, found in counts.items():
            print(f"  {way:14} mean {statistics.mean(found):5.1f}   most {max(found):3}")


if __name__ == "__main__":
    main()
