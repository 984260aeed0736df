"""Two policies compared over all facts: what is said to differ does, and nothing else does."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from edits import edited
from ownersedits import COUNTS, FOLDERS, Owner
from randomtickets import random_ticket
from renaming import load, save
from supportrules import Policy, PolicyFault, PolicyLoadError, TicketError, load_policy
from supportrules.analysis.comparison import changes
from supportrules.analysis.witness import completed
from supportrules.inference import PlainChainer


def answers(policy: Policy, ticket: dict[str, Any]) -> dict[str, Any] | None:
    """What a policy answers to a ticket, by stage, but for times; None where it refuses the ticket."""
    try:
        data = policy.evaluate(ticket).to_dict()
    except TicketError:
        return None
    except PolicyFault as fault:
        return {"fault": type(fault).__name__}
    response = data["response"]
    found = {
        "severity": data["severity"],
        "response": response and (response["target"], response["clock"], response["due_at"]),
        "reopen": data["reopen"],
        "basis": data["basis"],
    }
    if policy.program.category:
        found[policy.program.category] = data["category"]
    notes = {note["code"] for note in data["notes"]}
    found |= {f"channels.{name}": channel for name, channel in data["channels"].items()}
    return found | {name: name.split(".")[-1] in notes for name in policy.program.notes}


def test_a_policy_differs_from_itself_in_nothing(policy: Policy) -> None:
    again = load_policy(FOLDERS["shipped" if policy.program.category else "harbourline"])
    assert list(changes(policy, again)) == []


def test_one_cell_changes_one_answer(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(edited(tmp_path, "response_targets", "target: PT8H", "target: PT6H"))
    (change,) = changes(shipped, new)
    assert change.answer == "response"
    ticket = completed(shipped, change.facts)
    assert shipped.evaluate(ticket).severity == "B"
    targets = [policy.evaluate(ticket).response for policy in (shipped, new)]
    assert [response and response.target for response in targets] == ["PT8H", "PT6H"]


def test_a_weaker_basis_is_a_change(harbourline: Policy, tmp_path: Path) -> None:
    old, new = "basis: stated\n  priority", "basis: assumed\n  priority"
    weaker = load_policy(edited(tmp_path, "response_targets", old, new, FOLDERS["harbourline"]))
    found = list(changes(harbourline, weaker))
    # Urgent calls are taken in the hours of the response.
    assert [change.answer for change in found] == ["response", "channels.phone"]
    assert all(change.facts["plan"] == "pro" and change.facts["site"] == "inland" for change in found)


def test_a_fact_that_is_read_otherwise_is_a_change(harbourline: Policy, tmp_path: Path) -> None:
    new = load_policy(
        edited(tmp_path, "vocabulary", "default: production", "default: test", FOLDERS["harbourline"])
    )
    assert [change.answer for change in changes(harbourline, new)] == ["facts"]


def test_a_wording_is_no_change(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(edited(tmp_path, "severity", "a SharePoint site is down", "a site is down"))
    assert new.digest != shipped.digest
    assert list(changes(shipped, new)) == []


@pytest.mark.parametrize("which", COUNTS)
@pytest.mark.parametrize("seed", range(12))
def test_what_differs_for_a_ticket_is_told_and_what_is_told_differs(
    which: str, seed: int, tmp_path: Path
) -> None:
    old = load_policy(FOLDERS[which], chainer=PlainChainer())
    owner = Owner(load(FOLDERS[which]), (which, "changes", seed))
    told = owner.edit()
    save(owner.policy, tmp_path)
    try:
        new = load_policy(tmp_path, chainer=PlainChainer())
    except PolicyLoadError:
        return
    found = {change.answer: change for change in changes(old, new)}
    for change in found.values():
        if change.old[0] == change.new[0] or told.startswith("value: the hours"):
            # A basis shows where no other is weaker, hours at some openings.
            continue
        ticket = completed(old, change.facts)
        ticket |= {name: ticket.get(name, "2025-03-04T12:00:00Z") for name in closing(old)}
        assert answers(old, ticket) != answers(new, ticket), change
    rng = random.Random(seed)
    for _ in range(300):
        ticket = random_ticket(old, rng, 1.0)
        before, after = answers(old, ticket), answers(new, ticket)
        if before is None or after is None:
            assert before == after or old.program.category in found
        elif "fault" in before or "fault" in after:
            assert before == after or found
        else:
            differing = {name for name in before if before[name] != after.get(name)}
            assert differing - {"basis"} <= set(found), ticket
            assert not differing or found, ticket


def closing(policy: Policy) -> list[str]:
    return [policy.definition.roles.closing] if policy.definition.roles.closing else []
