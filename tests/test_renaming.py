"""Ids carry no meaning: a policy with every id renamed decides the same, up to renaming."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

import supportrules
from randomtickets import random_tickets
from renaming import Renamer, load, save
from supportrules import Policy, load_policy

SHIPPED = Path(supportrules.__file__).parent / "policies"
HARBOURLINE = Path(__file__).parent / "harbourline"


def comparable(decision: dict[str, Any]) -> dict[str, Any]:
    """A decision without what names the policy and without orders that go by name."""
    data = {key: value for key, value in decision.items() if key != "policy"}
    for answer in data["undetermined"].values():
        answer["missing"] = sorted(answer["missing"])
        answer["possible"] = sorted(map(json.dumps, answer["possible"]))
    for channel in data["channels"].values():
        channel["says"] = sorted(channel["says"], key=lambda refusal: json.dumps(refusal, sort_keys=True))
    entries = []
    for entry in data["derivation"]:
        kept = {key: value for key, value in entry.items() if key not in ("location", "overridden_by")}
        if "agreed_by" in entry:
            kept |= {key: sorted(entry[key]) for key in ("agreed_by", "source")}
        entries.append(json.dumps(kept | {"stands": entry["overridden_by"] is None}, sort_keys=True))
    return data | {"derivation": sorted(entries)}


@pytest.mark.parametrize("folder", [SHIPPED, HARBOURLINE], ids=["shipped", "harbourline"])
def test_decisions_are_equal_up_to_renaming(folder: Path, tmp_path: Path) -> None:
    renamer = Renamer(load(folder))
    save(renamer.rename(), tmp_path)
    policy, renamed = load_policy(folder), load_policy(tmp_path)
    assert policy.digest != renamed.digest
    seen = set()
    for ticket in random_tickets(policy, random.Random(7), 300):
        expected = policy.evaluate(ticket).to_dict()
        text = json.dumps(renamed.evaluate(renamer.ticket(ticket)).to_dict())
        assert comparable(json.loads(renamer.back(text))) == comparable(expected)
        seen.add(expected["severity"])
    assert len(seen) > 3


def test_every_id_is_renamed(tmp_path: Path) -> None:
    renamer = Renamer(load(SHIPPED))
    save(renamer.rename(), tmp_path)
    policy: Policy = load_policy(tmp_path)
    definition = policy.definition
    ids = [*definition.vocabulary.facts, *definition.plans, *definition.levels, *definition.channels]
    ids += [*definition.issue_types, *definition.columns, *definition.hours, *definition.conclusions]
    assert all(id.startswith("x_") for id in ids)
