"""Random edits of a policy, each such as a policy owner makes: by design, or by mistake.

`python tests/support/owners_edits.py` prints which tool catches each of 300.
"""

from __future__ import annotations

import copy
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from folders import HARBOURLINE, SHIPPED
from policy_data import load, save
from supportrules import CaseError, Policy, PolicyLoadError, load_policy
from supportrules.cases.cases import Case, read_cases
from supportrules.engine.chaining import PlainChainer
from supportrules.proofs.check import check_policy
from supportrules.proofs.comparison import compare

FOLDERS = {"shipped": SHIPPED, "harbourline": HARBOURLINE}
# How many edits of each policy.
COUNTS = {"shipped": 200, "harbourline": 100}

Data = dict[str, Any]


class Owner:
    """Who edits a policy; an edit changes the data and says what it is."""

    def __init__(self, policy: Data, seed: object) -> None:
        self.policy, self.rng = policy, random.Random(str(seed))
        self.kinds: tuple[Callable[[], str | None], ...] = (
            self.test_value,
            self.test_value,
            self.conclusion,
            self.conclusion,
            self.rule_removed,
            self.test_removed,
            self.list_changed,
            self.list_changed,
            self.number,
            self.cell,
            self.cell,
            self.cells_swapped,
            self.plan,
            self.plan,
            self.issue_type,
            self.override_removed,
            self.override_added,
            self.precedence,
            self.rules_swapped,
            self.label,
            self.hours,
            self.clause,
        )

    def edit(self) -> str:
        """Makes one edit that changes the data; says what it is."""
        before = copy.deepcopy(self.policy)
        while True:
            told = self.rng.choice(self.kinds)()
            if told is not None and self.policy != before:
                return told

    # What there is

    def rules(self) -> Iterator[tuple[str, Data]]:
        """Every rule with a condition."""
        for name, rule in self.policy.get("plans", {}).get("rules", {}).items():
            yield f"plans.rules.{name}", rule
        for group, rules in self.policy["severity"]["rules"].items():
            for name, rule in rules.items():
                yield f"severity.{group}.{name}", rule
        for channel, item in self.policy["channels"]["channels"].items():
            for name, rule in item["rules"].items():
                yield f"channels.{channel}.{name}", rule
        for name, rule in self.policy["channels"].get("reopening", {}).items():
            yield f"channels.reopening.{name}", rule
        for name, rule in self.policy["response_targets"]["columns"].items():
            if "when" in rule:
                yield f"response_targets.columns.{name}", rule
        for stem in ("plans", "severity"):
            for name, rule in self.policy.get(stem, {}).get("notes", {}).items():
                yield f"{stem}.notes.{name}", rule

    def rule(self) -> tuple[str, Data]:
        return self.rng.choice(list(self.rules()))

    def tests(self) -> Iterator[tuple[str, Data, str]]:
        """Every test of every condition: its rule, the mapping that it is in, and its name."""
        for id, rule in self.rules():
            for condition in (rule["when"], *rule["when"].get("any", ())):
                yield from ((id, condition, name) for name in condition if name != "any")

    def levels(self) -> list[str]:
        return [level["id"] for level in self.policy["severity"]["levels"]]

    def values(self, name: str) -> list[Any]:
        """The values that a test of a name can ask for; none for countries and numbers."""
        vocabulary = self.policy["vocabulary"]
        data = vocabulary["facts"].get(name) or vocabulary.get("conclusions", {}).get(name)
        if name == "severity" or (data and data["type"] == "level"):
            return self.levels()
        if data is None:
            return []
        if data["type"] == "boolean":
            return [True, False]
        values = data.get("values", [])
        return list(self.policy[values][values]) if isinstance(values, str) else list(values)

    # Edits

    def test_value(self) -> str | None:
        id, condition, name = self.rng.choice(list(self.tests()))
        values = self.values(name)
        if not values or isinstance(condition[name], dict):
            return None
        condition[name] = self.rng.choice(values)
        return f"value: {id} asks for {name} {condition[name]}"

    def test_removed(self) -> str:
        id, condition, name = self.rng.choice(list(self.tests()))
        del condition[name]
        return f"widened: {id} no longer asks for {name}"

    def list_changed(self) -> str | None:
        id, condition, name = self.rng.choice(list(self.tests()))
        test = condition[name]
        holder, key = (test, "not") if isinstance(test, dict) and "not" in test else (condition, name)
        found = holder[key] if isinstance(holder[key], list) else [holder[key]]
        if isinstance(holder[key], dict):
            return None
        rest = [value for value in self.values(name) if value not in found]
        if len(found) > 1 and self.rng.random() < 0.5:
            gone = self.rng.choice(found)
            holder[key] = [value for value in found if value != gone]
            return f"narrowed: {id}, {name} without {gone}"
        if not rest:
            return None
        more = self.rng.choice(rest)
        holder[key] = [*found, more]
        return f"widened: {id}, {name} with {more}"

    def number(self) -> str | None:
        found = [(id, c[n], n) for id, c, n in self.tests() if isinstance(c[n], dict)]
        bounds = [
            (id, test, name, key)
            for id, test, name in found
            for key in ("at_least", "at_most")
            if key in test
        ]
        if not bounds:
            return None
        id, test, name, key = self.rng.choice(bounds)
        test[key] += self.rng.choice([-1, 1])
        return f"value: {id}, {name} {key} {test[key]}"

    def conclusion(self) -> str | None:
        id, rule = self.rule()
        if "level" in rule:
            rule["level"] = self.rng.choice([*self.levels(), "none"])
            return f"value: {id} concludes {rule['level']}"
        if "eligible" in rule:
            if rule["eligible"] and self.rng.random() < 0.5:
                rule["hours"] = self.rng.choice(["24x7", "response", *self.policy["calendars"]["hours"]])
                return f"value: {id} has the hours {rule['hours']}"
            rule["eligible"] = not rule["eligible"]
            rule.pop("hours", None)
            if rule["eligible"]:
                rule["hours"] = "24x7"
            else:
                rule["says"] = dict.fromkeys(self.policy["policy"]["languages"], "x")
            return f"value: {id} is {'open' if rule['eligible'] else 'refused'}"
        if "then" in rule:
            ((name, _),) = rule["then"].items()
            rule["then"] = {name: self.rng.choice(self.values(name))}
            return f"value: {id} concludes {name} {rule['then'][name]}"
        if "within" in rule:
            rule["within"] = self.rng.choice(["P7D", "P30D", "none"])
            return f"value: {id} within {rule['within']}"
        return None

    def rule_removed(self) -> str:
        id, rule = self.rule()
        self._remove(self.policy, rule)
        return f"removed: {id}"

    def _remove(self, data: Any, rule: Data) -> None:
        for key, value in list(data.items()):
            if value is rule:
                del data[key]
            elif isinstance(value, dict):
                self._remove(value, rule)

    def cells(self) -> list[tuple[str, Data]]:
        rows = self.policy["response_targets"]["targets"].items()
        return [(f"{level}.{column}", cell) for level, row in rows for column, cell in row.items()]

    def cell(self) -> str:
        id, cell = self.rng.choice(self.cells())
        if self.rng.random() < 0.3:
            cell["clock"] = self.rng.choice(["24x7", *self.policy["calendars"]["hours"]])
            return f"cell: {id} runs in {cell['clock']}"
        cell["target"] = self.rng.choice(
            ["PT1H", "PT4H", "PT12H", "next_business_day", "3_business_days", "none"]
        )
        return f"cell: {id} is {cell['target']}"

    def cells_swapped(self) -> str:
        (one, first), (other, second) = self.rng.sample(self.cells(), 2)
        for key in ("target", "clock"):
            first[key], second[key] = second[key], first[key]
        return f"swapped: the cells {one} and {other}"

    def rules_swapped(self) -> str | None:
        found = [(id, rule) for id, rule in self.rules() if "level" in rule]
        (one, first), (other, second) = self.rng.sample(found, 2)
        first["level"], second["level"] = second["level"], first["level"]
        return f"swapped: the levels of {one} and {other}"

    def plan(self) -> str | None:
        plans = self.policy.get("plans", {}).get("plans", {})
        id = self.rng.choice(list(plans))
        plan = plans[id]
        if self.rng.random() < 0.3 or "entitlements" not in plan:
            plan["column"] = self.rng.choice(list(self.policy["response_targets"]["columns"]))
            return f"value: the plan {id} has the column {plan['column']}"
        name = self.rng.choice(list(plan["entitlements"]))
        if self.rng.random() < 0.2:
            del plan["entitlements"][name]
            return f"removed: {name} of the plan {id}"
        plan["entitlements"][name] = self.rng.choice(self.values(name))
        return f"value: the plan {id} has {name} {plan['entitlements'][name]}"

    def issue_type(self) -> str | None:
        types = self.policy.get("issue_types", {}).get("issue_types", {})
        if not types:
            return None
        id = self.rng.choice(list(types))
        category = self.policy["policy"]["roles"]["category"]
        types[id]["category"] = self.rng.choice(self.values(category))
        return f"value: the issue type {id} is {types[id]['category']}"

    def override_removed(self) -> str | None:
        found = [(id, rule) for id, rule in self.rules() if "overrides" in rule]
        if not found:
            return None
        id, rule = self.rng.choice(found)
        del rule["overrides"]
        return f"override removed: {id}"

    def override_added(self) -> str | None:
        id, rule = self.rule()
        beside = [
            other
            for other, _ in self.rules()
            if other != id and other.rsplit(".", 1)[0] == id.rsplit(".", 1)[0]
        ]
        if not beside or ".notes." in id:
            return None
        other = self.rng.choice(beside)
        rule["overrides"] = [*rule.get("overrides", ()), other]
        return f"override added: {id} over {other}"

    def precedence(self) -> str:
        groups = self.policy["severity"]["precedence"]
        place = self.rng.randrange(len(groups) - 1)
        groups[place], groups[place + 1] = groups[place + 1], groups[place]
        return f"swapped: the groups {groups[place]} and {groups[place + 1]}"

    def label(self) -> str:
        id, rule = self.rule()
        key = "label" if "label" in rule else "says"
        language = self.rng.choice(list(rule[key]))
        if self.rng.random() < 0.5:
            rule[key] = {code: text for code, text in rule[key].items() if code != language}
            return f"label: {id} has none in {language}"
        rule[key] = {**rule[key], language: "another text"}
        return f"label: {id} has another in {language}"

    def hours(self) -> str:
        id = self.rng.choice(list(self.policy["calendars"]["hours"]))
        hours = self.policy["calendars"]["hours"][id]
        if self.rng.random() < 0.4:
            hours["holidays"] = {"none": "customer", "customer": "none"}[hours["holidays"]]
            return f"value: the hours {id}, holidays {hours['holidays']}"
        day = self.rng.choice(list(hours["week"]))
        hours["week"][day] = self.rng.choice([["10:00-16:00"], ["09:00-18:00"], []])
        return f"value: the hours {id} on {day} {hours['week'][day]}"

    def clause(self) -> str | None:
        entries = [(id, rule) for id, rule in self.rules() if len(rule["source"]) > 1]
        if not entries:
            return None
        id, rule = self.rng.choice(entries)
        gone = self.rng.choice(rule["source"])
        rule["source"] = [number for number in rule["source"] if number != gone]
        return f"removed: {gone} as the source of {id}"


@cache
def original(which: str) -> Policy:
    """A policy as it is, decided by the plain chainer."""
    return load_policy(FOLDERS[which], chainer=PlainChainer())


def edited_policy(which: str, seed: object, folder: Path, edits: int = 1) -> Policy | None:
    """A policy after some random edits; None where it does not load."""
    owner = Owner(load(FOLDERS[which]), seed)
    for _ in range(edits):
        owner.edit()
    save(owner.policy, folder)
    try:
        return load_policy(folder, chainer=PlainChainer())
    except PolicyLoadError:
        return None


def caught(original: Policy, known: set[tuple[str, str]], cases: list[Case], data: Data, folder: Path) -> str:
    """What catches an edit: load, check, test, or `nothing to catch`; else what changes uncaught."""
    save(data, folder)
    try:
        policy = load_policy(folder, chainer=PlainChainer())
    except PolicyLoadError as error:
        return f"does not load: {error.problems[0].code}"
    for problem in check_policy(policy):
        if (problem.code, problem.message) not in known:
            return f"check: {problem.code}"
    for case in cases:
        try:
            if case.run(policy).differences:
                return f"test: {case.name}"
        except CaseError as error:
            return f"test: {error.problems[0].message}"
    found = compare(original, policy)
    return f"UNCAUGHT: {found}" if found.changes_answers else "nothing to catch: no answer changes"


def edits(which: str, numbers: range) -> Iterator[tuple[str, str]]:
    """What some of the edits of a policy are, and what catches each."""
    folder = FOLDERS[which]
    data, original, cases = load(folder), load_policy(folder), list(read_cases(folder))
    known = {(problem.code, problem.message) for problem in check_policy(original)}
    with tempfile.TemporaryDirectory() as below:
        for number in numbers:
            owner = Owner(copy.deepcopy(data), (which, number))
            told = owner.edit()
            yield told, caught(original, known, cases, owner.policy, Path(below) / str(number))


if __name__ == "__main__":
    for which, count in COUNTS.items():
        for number, (told, by) in enumerate(edits(which, range(count))):
            print(f"{which} {number}: {told} → {by}")
            sys.stdout.flush()
