"""Ids carry no meaning: a policy with every id renamed decides the same, up to renaming."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from folders import HARBOURLINE, SHIPPED
from policy_data import load, save
from random_tickets import random_tickets
from renaming import Renamer, comparable
from supportrules import Policy, load_policy


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
