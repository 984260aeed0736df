"""Policies with many boolean facts, for what depends on how much is unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from folders import HARBOURLINE
from policy_data import load, save

WORDS = {"en": "x", "fr": "x"}
ORIGIN = {"source": ["F-1"], "basis": "stated"}


def limit_diagrams(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """Lets diagrams of answers take so many steps; for policies that are loaded by the test itself."""
    for limit in ("MOST_STEPS", "MOST_FOR_ONE"):
        monkeypatch.setattr(f"supportrules.engine.diagrams.forest.{limit}", steps)


def wide_policy(folder: Path, count: int) -> Path:
    """Harbourline with facts b0, b1 … of which one rule wants all to be true to make a ticket `urgent`."""
    names = [f"b{n}" for n in range(count)]
    return _with_urgent(folder, _with_facts(names), {"all": dict.fromkeys(names, True)})


def paired_policy(folder: Path, count: int) -> Path:
    """Harbourline with facts b0, b1 … of which one of the first half and its partner make a ticket `urgent`."""
    pairs = [(f"b{n}", f"b{n + count}") for n in range(count)]
    names = [f"b{n}" for n in range(2 * count)]
    return _with_urgent(folder, _with_facts(names), {f"pair_{a}": {a: True, b: True} for a, b in pairs})


def policy_of_single_rules(folder: Path, count: int) -> Path:
    """Harbourline with facts b0, b1 … each of which makes a ticket `urgent` by a rule of its own."""
    names = [f"b{n}" for n in range(count)]
    return _with_urgent(folder, _with_facts(names), {f"only_{name}": {name: True} for name in names})


def policy_of_notes(folder: Path, count: int) -> Path:
    """Harbourline with facts b0, b1 … each of which a note reads, and nothing else."""
    names = [f"b{n}" for n in range(count)]
    policy = _with_facts(names)
    notes = {f"note_{name}": {"when": {name: True}, "says": WORDS, **ORIGIN} for name in names}
    policy["severity"]["notes"] = notes
    save(policy, folder)
    return folder


def policy_of_chosen_facts(folder: Path, count: int, steps: tuple[int, ...] = ()) -> Path:
    """Harbourline with facts b0, b1 … and two that choose one of them, which makes a ticket `urgent` if true.

    Args:
        steps: a fact and the one that is so many further on make a ticket `urgent` too.
    """
    names = [f"b{n}" for n in range(count)]
    rules = {
        f"{choice}_{name}": {choice: f"of_{name}", name: True} for choice in ("one", "two") for name in names
    }
    for step in steps:
        for n, name in enumerate(names):
            rules[f"{name}_{step}"] = {name: True, names[(n + step) % count]: True}
    policy = _with_facts(names)
    for choice in ("one", "two"):
        values = {f"of_{name}": WORDS for name in names}
        fact = {"type": "choice", "values": values, "label": WORDS, "question": WORDS, **ORIGIN}
        policy["vocabulary"]["facts"][choice] = fact
    return _with_urgent(folder, policy, rules)


def policy_of_one_choice(folder: Path, count: int) -> Path:
    """Harbourline with facts b0, c0, b1, c1 … and one that chooses a pair, which makes a ticket `urgent` if true.

    A column asks for all of them, so that what severity can be for each combination of them counts.
    """
    names = [f"{letter}{n}" for letter in "bc" for n in range(count)]
    policy = _with_facts(["a_other", *names])
    values = {f"pair_{n}": WORDS for n in range(count)}
    fact = {"type": "choice", "values": values, "label": WORDS, "question": WORDS, **ORIGIN}
    # The two come first by their names: in that order all is small by facts.
    policy["vocabulary"]["facts"]["a_choice"] = fact
    policy["response_targets"]["columns"]["pro_inland"]["when"] |= dict.fromkeys(["a_other", *names], True)
    # Nothing else is urgent.
    policy["severity"]["rules"]["safety"]["always_urgent"]["level"] = "high"
    policy["severity"]["rules"]["seats"]["fifty_or_more"]["level"] = "high"
    rules = {f"of_{n}": {"a_choice": f"pair_{n}", f"b{n}": True, f"c{n}": True} for n in range(count)}
    return _with_urgent(folder, policy, rules)


def _with_facts(names: list[str]) -> dict[str, Any]:
    policy: dict[str, Any] = load(HARBOURLINE)
    for name in names:
        policy["vocabulary"]["facts"][name] = {"type": "boolean", "label": WORDS, "question": WORDS, **ORIGIN}
    return policy


def _with_urgent(folder: Path, policy: dict[str, Any], rules: dict[str, dict[str, Any]]) -> Path:
    made = {id: {"when": when, "level": "urgent", "label": WORDS, **ORIGIN} for id, when in rules.items()}
    policy["severity"]["rules"]["first"] = made
    policy["severity"]["precedence"].insert(0, "first")
    save(policy, folder)
    return folder
