"""Policies with many boolean facts, for what depends on how much is unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from folders import HARBOURLINE
from policy_data import load, save


def wide_policy(folder: Path, count: int) -> Path:
    """Harbourline with facts b0, b1 … of which one rule wants all to be true to make a ticket `urgent`."""
    policy: dict[str, Any] = load(HARBOURLINE)
    words = {"en": "x", "fr": "x"}
    origin = {"source": ["F-1"], "basis": "stated"}
    names = [f"b{n}" for n in range(count)]
    for name in names:
        fact = {"type": "boolean", "label": words, "question": words, **origin}
        policy["vocabulary"]["facts"][name] = fact
    rule = {"when": dict.fromkeys(names, True), "level": "urgent", "label": words, **origin}
    policy["severity"]["rules"]["all_true"] = {"all": rule}
    policy["severity"]["precedence"].insert(0, "all_true")
    save(policy, folder)
    return folder
