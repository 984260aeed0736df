"""Whatever an edit makes of a policy, it loads or is told with its place; nothing else happens."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from folders import HARBOURLINE, SHIPPED
from policy_data import load, paths, save
from supportrules import PolicyFault, PolicyLoadError, TicketError, load_policy

VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    10**40,
    1.5,
    "",
    "x",
    "none",
    "24x7",
    "é" * 300,
    [],
    [1],
    {},
    {"en": "x"},
    {"x": {}},
]


def edit(policy: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """One random edit: a value replaced, removed, doubled under another name, or swapped with another."""
    new = copy.deepcopy(policy)
    path = rng.choice(paths(new))
    holder = new
    for step in path[:-1]:
        holder = holder[step]
    key = path[-1]
    match rng.randrange(4):
        case 0:
            holder[key] = rng.choice(VALUES)
        case 1:
            del holder[key]
        case 2 if isinstance(holder, dict):
            holder[rng.choice(["any", "none", "rules", "X_1", "not a name", str(key) + "s"])] = holder[key]
        case _:
            other = rng.choice(paths(new))
            value = new
            for step in other:
                value = value[step]
            holder[key] = copy.deepcopy(value)
    return new


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("folder", [SHIPPED, HARBOURLINE], ids=["shipped", "harbourline"])
def test_random_edits_load_or_are_told(folder: Path, seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    original = load(folder)
    loaded = refused = 0
    for turn in range(40):
        target = tmp_path / str(turn)
        save(edit(original, rng), target)
        try:
            policy = load_policy(target)
        except PolicyLoadError as error:
            refused += 1
            assert all(problem.location is not None for problem in error.problems)
            assert all(problem.message for problem in error.problems)
            continue
        loaded += 1
        for ticket in ({}, {"plan": next(iter(policy.definition.plans), None), "country": "FR"}):
            try:
                policy.evaluate(ticket).to_dict()
            except (PolicyFault, TicketError):
                continue
    assert refused > 5
    assert loaded > 0
