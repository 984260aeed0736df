"""Policies in which sources and bases are given once for several entries, at random places."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

Data = dict[str, Any]
KEY = "entry_defaults"

# Where they can be given, besides the top of a file; a star is any name.
HOLDERS = {
    tuple(path.split("."))
    for path in (
        *("vocabulary.facts", "vocabulary.conclusions", "plans.families", "plans.plans", "plans.rules"),
        *("plans.notes", "severity.notes", "response_targets.notes", "channels.notes"),
        *("issue_types.issue_types", "severity.rules", "severity.rules.*", "response_targets.columns"),
        *("response_targets.targets", "response_targets.targets.*", "channels.channels"),
        *("channels.channels.*.rules", "channels.reopening", "calendars.hours"),
        *("calendars.hours.*.exceptions", "calendars.dates", "calendars.files"),
        *("calendars.coverage.exceptions", "clauses.clauses"),
    )
}
FILES = {path[0] for path in HOLDERS}


def given_once(policy: Data, random: Random) -> Data:
    """The same policy; entries give less of their own."""
    policy = copy.deepcopy(policy)
    for file in FILES & policy.keys():
        _give(policy[file], (file,), {}, random)
    return policy


def citing(data: Any) -> Iterator[Data]:
    """All that has a basis, and mostly a source; what is called so has none."""
    if isinstance(data, dict) and isinstance(data.get("basis"), str):
        yield data
    for item in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from citing(item)


def _give(data: Any, path: tuple[str, ...], inherited: Data, random: Random) -> None:
    if isinstance(data, list):
        for item in data:
            _give(item, (*path, "*"), inherited, random)
    if not isinstance(data, dict):
        return
    if isinstance(data.get("basis"), str):
        for key in ("source", "basis"):
            if key in data and inherited.get(key) == data[key] and random.random() < 0.8:
                del data[key]
    is_holder = len(path) == 1 or any(_fits(path, holder) for holder in HOLDERS)
    below = [*citing(data)] if is_holder and random.random() < 0.6 else []
    children = [*data.items()]
    if below:
        model = random.choice(below)
        keys = [key for key in ("source", "basis") if key in model and random.random() < 0.7] or ["basis"]
        data[KEY] = {key: copy.deepcopy(model[key]) for key in keys}
        inherited = {**inherited, **data[KEY]}
    for key, item in children:
        _give(item, (*path, key), inherited, random)


def _fits(path: tuple[str, ...], holder: tuple[str, ...]) -> bool:
    return len(path) == len(holder) and all(
        step in ("*", key) for step, key in zip(holder, path, strict=True)
    )
