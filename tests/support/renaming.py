"""A policy with every id changed, for the law that ids do not matter."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Rename = Callable[[str], str]


class Renamer:
    """Renames the ids of a policy; knows the new name of each."""

    def __init__(self, policy: Mapping[str, Any]) -> None:
        self.policy = policy
        self.new: dict[str, str] = {}

    def __call__(self, id: str) -> str:
        if id in ("none", "24x7", "response"):
            return id
        # The order of ids must not matter either: reversed, it is another one.
        return self.new.setdefault(id, f"x_{id[::-1]}")

    def keys(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {self(key): value for key, value in data.items()}

    def rename(self) -> dict[str, Any]:
        old = self.policy
        vocabulary = {
            "facts": {self(n): self.fact(n, data) for n, data in old["vocabulary"]["facts"].items()},
        }
        if "conclusions" in old["vocabulary"]:
            vocabulary["conclusions"] = {
                self(name): self.values(data) for name, data in old["vocabulary"]["conclusions"].items()
            }
        result: dict[str, Any] = {
            "policy": old["policy"] | {"roles": {k: self(v) for k, v in old["policy"]["roles"].items()}},
            "vocabulary": vocabulary,
            "clauses": old["clauses"],
        }
        result |= {name: text for name, text in old.items() if name.endswith(".ics")}
        if "plans" in old:
            result["plans"] = self.plans(old["plans"])
        if "issue_types" in old:
            result["issue_types"] = {
                "issue_types": {
                    self(name): data | ({"category": self(data["category"])} if "category" in data else {})
                    for name, data in old["issue_types"]["issue_types"].items()
                }
            }
        result["severity"] = self.severity(old["severity"])
        result["response_targets"] = self.targets(old["response_targets"])
        result["channels"] = self.channels(old["channels"])
        result["calendars"] = self.calendars(old["calendars"])
        return result

    def values(self, data: Mapping[str, Any]) -> dict[str, Any]:
        values = data.get("values")
        return {**data, "values": self.keys(values)} if isinstance(values, dict) else dict(data)

    def fact(self, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
        new = self.values(data)
        default = data.get("default")
        if isinstance(default, dict):
            new["default"] = {"only_zone_of": self(default["only_zone_of"])}
        elif isinstance(default, str) and data["type"] in ("choice", "level"):
            new["default"] = self(default)
        if isinstance(data.get("worsens"), list):
            new["worsens"] = [self.value(name, value) for value in data["worsens"]]
        return new

    def value(self, name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self.value(name, item) for item in value]
        if isinstance(value, dict):
            return {k: self.value(name, v) if k == "not" else v for k, v in value.items()}
        kind = self.policy["vocabulary"]["facts"].get(name, {}).get("type")
        return self(value) if isinstance(value, str) and kind != "country" else value

    def name(self, name: str) -> str:
        return name if name in ("severity", "family", "column") else self(name)

    def when(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            (name if name == "any" else self.name(name)): (
                [self.when(option) for option in value] if name == "any" else self.value(name, value)
            )
            for name, value in data.items()
        }

    def rule(self, data: Mapping[str, Any]) -> dict[str, Any]:
        new = {**data, "when": self.when(data["when"])} if "when" in data else dict(data)
        if "overrides" in data:
            new["overrides"] = [self.path(path) for path in data["overrides"]]
        return new

    def path(self, path: str) -> str:
        fixed = (
            "plans",
            "channels",
            "severity",
            "response_targets",
            "calendars",
            "rules",
            "columns",
            "reopening",
        )
        return ".".join(part if part in fixed else self(part) for part in path.split("."))

    def rules(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {self(name): self.rule(rule) for name, rule in data.items()}

    def plans(self, data: Mapping[str, Any]) -> dict[str, Any]:
        new = dict(data)
        if "families" in data:
            new["families"] = self.keys(data["families"])
        new["plans"] = {self(name): self.plan(plan) for name, plan in data["plans"].items()}
        if "rules" in data:
            new["rules"] = {
                self(name): self.rule(rule)
                | {"then": {self(c): self.value(c, v) for c, v in rule["then"].items()}}
                for name, rule in data["rules"].items()
            }
        if "notes" in data:
            new["notes"] = self.rules(data["notes"])
        return new

    def plan(self, data: Mapping[str, Any]) -> dict[str, Any]:
        new = {**data} | {key: self(data[key]) for key in ("family", "column") if key in data}
        if "entitlements" in data:
            new["entitlements"] = {self(n): self.value(n, v) for n, v in data["entitlements"].items()}
        return new

    def severity(self, data: Mapping[str, Any]) -> dict[str, Any]:
        new = dict(data)
        new["levels"] = [level | {"id": self(level["id"])} for level in data["levels"]]
        new["precedence"] = [self(group) for group in data["precedence"]]
        new["rules"] = {}
        for group, rules in data["rules"].items():
            renamed = self.rules(rules)
            for rule in renamed.values():
                for key in ("level", "level_from"):
                    if key in rule:
                        rule[key] = self(rule[key])
            new["rules"][self(group)] = renamed
        if "notes" in data:
            new["notes"] = self.rules(data["notes"])
        return new

    def targets(self, data: Mapping[str, Any]) -> dict[str, Any]:
        new = dict(data)
        new["columns"] = self.rules(data["columns"])
        if "notes" in data:
            new["notes"] = self.rules(data["notes"])
        for column in new["columns"].values():
            if "better_than" in column:
                column["better_than"] = [self(other) for other in column["better_than"]]
        new["targets"] = {
            self(level): {self(column): cell | {"clock": self(cell["clock"])} for column, cell in row.items()}
            for level, row in data["targets"].items()
        }
        return new

    def channels(self, data: Mapping[str, Any]) -> dict[str, Any]:
        new = dict(data)
        new["channels"] = {}
        if "order" in data:
            new["order"] = [self(name) for name in data["order"]]
        for name, channel in data["channels"].items():
            rules = self.rules(channel["rules"])
            for rule in rules.values():
                if "hours" in rule:
                    rule["hours"] = self(rule["hours"])
            new["channels"][self(name)] = channel | {"rules": rules}
        for key in ("reopening", "notes"):
            if key in data:
                new[key] = self.rules(data[key])
        return new

    def calendars(self, data: Mapping[str, Any]) -> dict[str, Any]:
        new = dict(data)
        new["hours"] = self.keys(data["hours"])
        if "dates" in data:
            new["dates"] = {
                day: item | ({"hours": [self(id) for id in item["hours"]]} if "hours" in item else {})
                for day, item in data["dates"].items()
            }
        if "files" in data:
            new["files"] = {
                self(name): item | {"hours": [self(id) for id in item["hours"]]}
                for name, item in data["files"].items()
            }
        exceptions = data["coverage"]["exceptions"]
        new["coverage"] = data["coverage"] | {
            "exceptions": {
                self(name): item | {"clock": self(item["clock"])} for name, item in exceptions.items()
            }
        }
        return new

    def ticket(self, ticket: Mapping[str, Any]) -> dict[str, Any]:
        """A ticket for the renamed policy."""
        return {self(name): self.ticket_value(name, value) for name, value in ticket.items()}

    def ticket_value(self, name: str, value: Any) -> Any:
        kind = self.policy["vocabulary"]["facts"].get(name, {}).get("type")
        return self(value) if kind in ("choice", "level") and value is not None else value

    def back(self, text: str) -> str:
        """Text of a decision of the renamed policy, with the old names."""
        old = {new: id for id, new in self.new.items()}
        return re.sub(r"x_\w+", lambda found: old.get(found.group(), found.group()), text)


class DeclaringRenamer(Renamer):
    """Renames entries, which then say so under `formerly`: all of them, or each with a chance.

    The values of choices and the groups of severity have no entry that could say it, and stay.
    """

    def __init__(self, policy: Mapping[str, Any], share: float = 1.0, seed: object = None) -> None:
        super().__init__(policy)
        self.share, self.rng = share, random.Random(str(seed))
        vocabulary = policy["vocabulary"]
        choices = [*vocabulary["facts"].values(), *vocabulary.get("conclusions", {}).values()]
        self.kept = set(policy["severity"]["precedence"])
        self.kept |= {value for c in choices if isinstance(c.get("values"), dict) for value in c["values"]}

    def __call__(self, id: str) -> str:
        if id in self.kept or (id not in self.new and self.rng.random() >= self.share):
            self.kept.add(id)
            return id
        return super().__call__(id)

    def rename(self) -> dict[str, Any]:
        result = copy.deepcopy(super().rename())
        former = {new: old for old, new in self.new.items() if new != old}
        for id, entry in entries(result):
            if id in former:
                entry["formerly"] = [former[id]]
        return result


def kinds(policy: Mapping[str, Any]) -> list[dict[str, dict[str, Any]]]:
    """The entries of a policy that can have another name, kind by kind, of rules group by group."""
    plans, severity, channels = policy.get("plans", {}), policy["severity"], policy["channels"]
    vocabulary, calendars = policy["vocabulary"], policy["calendars"]
    notes = [data.get("notes", {}) for data in (plans, severity, policy["response_targets"], channels)]
    return [
        *(vocabulary["facts"], vocabulary.get("conclusions", {})),
        *(plans.get("families", {}), plans.get("plans", {}), plans.get("rules", {})),
        policy.get("issue_types", {}).get("issue_types", {}),
        {level["id"]: level for level in severity["levels"]},
        *severity["rules"].values(),
        policy["response_targets"]["columns"],
        *(channels["channels"], channels.get("reopening", {})),
        *(channel["rules"] for channel in channels["channels"].values()),
        *(calendars["hours"], calendars.get("files", {}), calendars["coverage"]["exceptions"]),
        {name: note for group in notes for name, note in group.items()},
    ]


def entries(policy: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every entry of a policy that can have another name."""
    for group in kinds(policy):
        yield from group.items()


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


def renamed_column(data: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """A policy with a column renamed, and nothing else of that name."""
    data = copy.deepcopy(data)
    columns = data["response_targets"]["columns"]
    columns[new] = columns.pop(old) | {"formerly": [old]}
    for column in columns.values():
        if "better_than" in column:
            column["better_than"] = [new if name == old else name for name in column["better_than"]]
    for row in data["response_targets"]["targets"].values():
        row[new] = row.pop(old)
    for plan in data["plans"]["plans"].values():
        if plan.get("column") == old:
            plan["column"] = new
    return data


def with_more(data: dict[str, Any]) -> dict[str, Any]:
    """The shipped policy with kinds of references that it does not have."""
    data = copy.deepcopy(data)
    facts, plans = data["vocabulary"]["facts"], data["plans"]
    said = {"source": ["RT-1"], "basis": "stated"}
    levels = [level["id"] for level in data["severity"]["levels"]]
    (wish,) = (fact for fact in facts.values() if fact["type"] == "level")
    wish.pop("optional", None)
    wish |= {"default": levels[-1], "worsens": levels[::-1]}
    (plan,) = (name for name, fact in facts.items() if fact.get("values") == "plans")
    facts[plan] |= {"default": next(iter(plans["plans"])), "worsens": [*plans["plans"]]}
    hours = next(iter(data["calendars"]["hours"]))
    label = {"en": "x", "fr": "x"}
    special = {"label": label, "open": [], "hours": [hours], **said}
    data["calendars"]["dates"] = {"2025-01-02": special}
    data["calendars"]["files"] = {"days": special | {"file": "days.ics"}}
    event = ("BEGIN:VEVENT", "DTSTART;VALUE=DATE:20250106", "SUMMARY:x", "END:VEVENT")
    data["days.ics"] = "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *event, "END:VCALENDAR", ""))
    families, columns = [*plans["families"]][:2], [*data["response_targets"]["columns"]]
    conditions = [
        {"family": families, plan: {"not": [*plans["plans"]][1:3]}},
        {"column": {"not": columns[0], "given": True}, "severity": {"not": levels[:1]}},
        {"any": [{"family": families[0], "any": [{"severity": levels[1]}, {"column": columns[1:]}]}]},
        {plan: [*plans["plans"]][:2]},
    ]
    for number, stem in enumerate(("plans", "severity", "response_targets", "channels")):
        notes = data[stem].setdefault("notes", {})
        notes[f"note_{number}"] = {"when": conditions[number], "says": label, **said}
    return data
