"""300 random edits of both policies: each is told by loading, check or test, or changes no answer at all.

What check says of them is true of tickets, and what tickets meet, check has said.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from folders import GOLDEN
from owners_edits import COUNTS, edited_policy, edits
from random_tickets import random_ticket
from supportrules import Policy, PolicyFault, TicketError
from supportrules.proofs.check import check_policy
from witnesses import assert_shown

LIST = (GOLDEN / "edits.txt").read_text("utf-8").splitlines()
STEP = 20
# Parts that run beside each other.
PARTS = [(which, start) for which, count in COUNTS.items() for start in range(0, count, STEP)]


def lines(which: str, start: int) -> Iterator[str]:
    for number, (told, by) in enumerate(edits(which, range(start, start + STEP)), start):
        yield f"{which} {number}: {told} → {by}"


@pytest.mark.parametrize(("which", "start"), PARTS)
def test_each_edit_is_caught_as_the_list_says(which: str, start: int) -> None:
    found = list(lines(which, start))
    assert [line for line in found if "UNCAUGHT" in line] == []
    # `make edits` makes the list anew.
    names = {f"{which} {number}" for number in range(start, start + STEP)}
    assert found == [line for line in LIST if line.partition(":")[0] in names]


def test_the_list_has_three_hundred_edits_and_every_way_to_catch_them() -> None:
    assert len(LIST) == sum(COUNTS.values()) == 300
    for by in ("does not load", "check", "test", "nothing to catch"):
        assert sum(f"→ {by}:" in line for line in LIST) >= 10


@pytest.mark.parametrize("which", COUNTS)
@pytest.mark.parametrize("seed", range(20))
def test_what_tickets_meet_check_has_said(which: str, seed: int, tmp_path: Path) -> None:
    policy = edited_policy(which, (which, "tickets", seed), tmp_path)
    if policy is None:
        return
    problems = check_policy(policy)
    for problem in problems:
        assert_shown(policy, problem)
    codes = {problem.code for problem in problems}
    rng = random.Random(seed)
    for _ in range(300):
        ticket = random_ticket(policy, rng, 1.0)
        try:
            decision = policy.evaluate(ticket)
        except TicketError:
            continue
        except PolicyFault:
            assert codes & {"hole", "conflict"}, ticket
            continue
        for entry in decision.derivation:
            for problem in problems:
                if f"`{entry.rule}`" in problem.message.partition(":")[0]:
                    assert problem.code not in ("dead-rule", "dead-cell"), ticket
                    stands = entry.overridden_by is None
                    assert problem.code != "always-overridden" or not stands, ticket
        if "severity-falls" not in codes:
            assert_never_falls(policy, ticket, rng)


def assert_never_falls(policy: Policy, ticket: dict[str, Any], rng: random.Random) -> None:
    levels = list(policy.definition.levels)
    facts = [
        f for f in policy.definition.vocabulary.facts.values() if f.worsens and ticket.get(f.name) is not None
    ]
    fact = rng.choice(facts)
    now = ticket[fact.name]
    if isinstance(fact.worsens, str):
        worse: list[Any] = [now + 1, now + 10] if fact.worsens == "upwards" else [now - 1]
    else:
        worse = list(fact.worsens[fact.worsens.index(now) + 1 :])
    for value in worse:
        try:
            before, after = (policy.evaluate(t).severity for t in (ticket, ticket | {fact.name: value}))
        except (PolicyFault, TicketError):
            continue
        if before is not None and after is not None:
            assert levels.index(after) <= levels.index(before), (ticket, fact.name, value)
