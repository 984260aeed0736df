"""Random next versions of a policy: entries renamed, with `formerly` or without, added, removed and edited.

Every label says which version it is of, so that a report shows whose words it uses.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from owners_edits import Owner
from policy_data import load, save
from renaming import DeclaringRenamer, entries
from supportrules import Policy, PolicyLoadError, load_policy
from supportrules.engine.chaining import PlainChainer

Data = dict[str, Any]
OLD, NEW = "⁰", "¹"


def labelled(data: Any, mark: str, languages: tuple[str, ...]) -> Any:
    """Data in which every text for people ends with a mark."""
    if isinstance(data, list):
        return [labelled(item, mark, languages) for item in data]
    if not isinstance(data, dict):
        return data
    if data and set(data) <= set(languages) and all(isinstance(text, str) for text in data.values()):
        return {language: f"{text}{mark}" for language, text in data.items()}
    return {key: labelled(item, mark, languages) for key, item in data.items()}


class _Renamer(DeclaringRenamer):
    """Renames the values of choices too, which no entry can declare."""

    def __init__(self, policy: Data, share: float, seed: object) -> None:
        super().__init__(policy, share, seed)
        self.kept = set(policy["severity"]["precedence"])


class Successor:
    """A next version in the making."""

    def __init__(self, policy: Data, seed: object) -> None:
        self.policy, self.rng = copy.deepcopy(policy), random.Random(str(seed))
        self.additions: tuple[Callable[[], None], ...] = (
            self.plan,
            self.hours,
            self.column,
            self.channel,
            self.issue_type,
            self.level,
            self.fact,
        )

    def data(self) -> Data:
        """What its files say."""
        owner = Owner(self.policy, self.rng.random())
        for _ in range(self.rng.choice([0, 1, 3])):
            owner.edit()
        for _ in range(self.rng.choice([0, 1, 3])):
            self.rng.choice(self.additions)()
        share = self.rng.choice([0.0, 0.1, 0.5, 1.0])
        if share:
            self.policy = _Renamer(self.policy, share, self.rng.random()).rename()
        undeclared = self.rng.choice([0.0, 0.3, 1.0])
        for _, entry in entries(self.policy):
            if self.rng.random() < undeclared:
                entry.pop("formerly", None)
        self.policy["policy"]["version"] = "2030-01-01"
        return self.policy

    def _copied(self, group: Data, **changes: Any) -> str | None:
        """Adds a copy of one of some entries; gives the name of that one."""
        if not group:
            return None
        of = self.rng.choice(list(group))
        if f"{of}_more" in group:
            return None
        label = {language: f"{text} more" for language, text in group[of]["label"].items()}
        group[f"{of}_more"] = copy.deepcopy(group[of]) | {"label": label} | changes
        return of

    def plan(self) -> None:
        self._copied(self.policy.get("plans", {}).get("plans", {}), column=self._any_column())

    def _any_column(self) -> str:
        columns: list[str] = list(self.policy["response_targets"]["columns"])
        return self.rng.choice(columns)

    def hours(self) -> None:
        hours = self.policy["calendars"]["hours"]
        of = self._copied(hours)
        if of is None:
            return
        used = [cell for row in self.policy["response_targets"]["targets"].values() for cell in row.values()]
        for item in self.policy["channels"]["channels"].values():
            used += [rule for rule in item["rules"].values() if rule.get("hours") not in (None, "response")]
        for entry in self.rng.sample(used, min(len(used), 3)):
            entry["clock" if "clock" in entry else "hours"] = f"{of}_more"

    def column(self) -> None:
        targets = self.policy["response_targets"]
        of = self._copied(targets["columns"])
        if of is None:
            return
        for row in targets["targets"].values():
            row[f"{of}_more"] = copy.deepcopy(row[of])
        plans = self.policy.get("plans", {}).get("plans", {})
        for plan in self.rng.sample(list(plans.values()), min(len(plans), 2)):
            if "column" in plan:
                plan["column"] = f"{of}_more"

    def channel(self) -> None:
        channels = self.policy["channels"]
        of = self._copied(channels["channels"])
        if of is not None and "order" in channels:
            channels["order"].insert(self.rng.randrange(2), f"{of}_more")

    def issue_type(self) -> None:
        self._copied(self.policy.get("issue_types", {}).get("issue_types", {}))

    def level(self) -> None:
        levels = self.policy["severity"]["levels"]
        of = self.rng.choice(levels)
        name = f"{of['id']}_more"
        if any(level["id"] == name for level in levels):
            return
        label = {language: f"{text} more" for language, text in of["label"].items()}
        levels.insert(levels.index(of), of | {"id": name, "label": label})
        targets = self.policy["response_targets"]["targets"]
        targets[name] = copy.deepcopy(targets[of["id"]])
        rules = [r for group in self.policy["severity"]["rules"].values() for r in group.values()]
        self.rng.choice([rule for rule in rules if "level" in rule])["level"] = name

    def fact(self) -> None:
        facts = self.policy["vocabulary"]["facts"]
        if "urgent_more" in facts:
            return
        of = self.rng.choice(list(facts.values()))
        facts["urgent_more"] = {"type": "boolean", "default": self.rng.choice([True, False])} | {
            key: copy.deepcopy(of[key]) for key in ("label", "question", "source", "basis")
        }
        rules = [rule for _, rule in Owner(self.policy, 0).rules()]
        self.rng.choice(rules)["when"]["urgent_more"] = self.rng.choice([True, False])


def versions(folder: Path, seed: object, where: Path) -> tuple[Policy, Policy] | None:
    """A policy and a random next version of it; None where that does not load."""
    data = load(folder)
    languages = tuple(data["policy"]["languages"])
    found = []
    for name, mark, version in (("old", OLD, data), ("new", NEW, Successor(data, seed).data())):
        save(labelled(version, mark, languages), where / name)
        try:
            found.append(load_policy(where / name, chainer=PlainChainer()))
        except PolicyLoadError:
            return None
    return found[0], found[1]
