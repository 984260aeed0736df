"""Larger policies, made out of the bundled one as real policies grow."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from folders import SHIPPED
from policy_data import load

COUNTRIES = ("AT", "AU", "BE", "BR", "CA", "CH", "DE", "ES", "FR", "GB",
             "IN", "IT", "JP", "KR", "NL", "PL", "SE", "SG", "US", "ZA")  # fmt: skip
ORIGIN = {"source": ["SV-3"], "basis": "stated"}
# What each level of a further rule of severity decides over.
BEFORE = {"A": "examples", "B": "definitions", "C": "fallback"}
# The values of further facts, the usual one first, and the rules that read each: what they conclude, from what.
# A fact without values is a number.
FACTS: dict[str, tuple[str, list[tuple[str, dict[str, Any]]]]] = {
    "environment": (
        "production staging test sandbox",
        [
            ("A", {"environment": "production", "service_state": "unusable", "business_impact": "severe"}),
            ("C", {"environment": ["test", "sandbox"]}),
        ],
    ),
    "customer_tier": (
        "standard key strategic",
        [("A", {"customer_tier": "strategic", "service_state": "unusable"})],
    ),
    "region": (
        "emea amer apac china gov",
        [("no phone", {"region": "china", "requester": ["administrator", "delegated_partner"]})],
    ),
    "language": ("en fr de ja other", [("no phone", {"language": "other"})]),
    "component": (
        "other auth storage network billing_api",
        [
            ("A", {"component": ["auth", "storage"], "service_state": "unusable"}),
            ("C", {"component": "billing_api", "business_impact": "minimal"}),
        ],
    ),
    "contract_option": (
        "basic on_call named_engineer",
        [("A", {"contract_option": "named_engineer", "business_impact": "severe"})],
    ),
    "users_hit": (
        "",
        [
            ("A", {"users_hit": {"at_least": 1000}}),
            ("B", {"users_hit": {"at_least": 100}, "service_state": "degraded"}),
        ],
    ),
    "data_loss": (
        "unlikely suspected confirmed",
        [("A", {"data_loss": "confirmed"}), ("B", {"data_loss": "suspected"})],
    ),
}
# What rules of many facts and of many issue types test beside them.
MAIN_FACTS: list[dict[str, Any]] = [
    {"service_state": "unusable"},
    {"business_impact": "severe"},
    {"affected_users": "all"},
    {"workaround": False},
]


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        # Copies are written out.
        return True


def save(policy: Mapping[str, Any], folder: Path) -> Path:
    """Writes files that say so, in the order of the data."""
    folder.mkdir(parents=True)
    for stem, data in policy.items():
        text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
        (folder / f"{stem}.yaml").write_text(text, "utf-8")
    return folder


def words(text: str) -> dict[str, str]:
    return {"en": text, "fr": text}


def enlarge(
    folder: Path,
    *,
    plans: int = 1,
    issue_types: int = 1,
    facts: int = 0,
    thresholds: int = 0,
    countries: int = 0,
    star: int = 0,
) -> Path:
    """Writes a larger policy to a new directory, without tests.

    Args:
        folder: The directory.
        plans: How many times as many plans.
        issue_types: How many times as many issue types, and examples of severity that name one.
        facts: How many more facts, each of which one or two rules read.
        thresholds: How many intervals of a further number have a rule of severity each.
        countries: How many countries have hours of their own.
        star: How many further issue types have three rules of severity each, of a main fact and one of 41
            further facts; 40 rules test two of these facts.

    Returns:
        The directory.
    """
    policy, rng = load(SHIPPED), random.Random(7)
    copy_plans(policy, plans)
    copy_issue_types(policy, issue_types)
    for number in range(facts):
        add_fact(policy, number, rng)
    if thresholds:
        add_thresholds(policy, thresholds)
    for number, country in enumerate(COUNTRIES[:countries]):
        add_hours(policy, country, number)
    if star:
        add_star(policy, star, rng)
    return save(policy, folder)


def as_earlier(source: Path, folder: Path) -> Path:
    """Writes a policy as the build that is compared with reads it: without subdivisions."""
    policy = load(source)
    name = policy["policy"]["roles"].pop("subdivision")
    del policy["vocabulary"]["facts"][name]
    for hours in policy["calendars"]["hours"].values():
        hours["national_holidays"] = "open" if hours.pop("holidays") == "none" else "closed"
    return save(policy, folder)


def edited(source: Path, folder: Path) -> Path:
    """Writes a policy in which severity is C, not B, where no other rule decides."""
    policy = load(source)
    policy["severity"]["rules"]["fallback"]["neither_a_nor_c"]["level"] = "C"
    return save(policy, folder)


def edited_kind(source: Path, folder: Path) -> Path:
    """Writes a policy in which a rule of one kind of problem, of those that `star` adds, has another level."""
    policy = load(source)
    rule = policy["severity"]["rules"]["problems_1"]["problem_17_1"]
    rule["level"] = "C" if rule["level"] == "A" else "A"
    return save(policy, folder)


def copy_plans(policy: dict[str, Any], times: int) -> None:
    entries = policy["plans"]["plans"]
    entries |= {f"{id}_{number}": plan for number in range(2, times + 1) for id, plan in entries.items()}


def copy_issue_types(policy: dict[str, Any], times: int) -> None:
    entries, numbers = policy["issue_types"]["issue_types"], range(2, times + 1)
    categorized = {id: issue for id, issue in entries.items() if "category" in issue}
    entries |= {f"{id}_{number}": issue for number in numbers for id, issue in categorized.items()}
    for rules in policy["severity"]["rules"].values():
        named = {id: rule for id, rule in rules.items() if "issue_type" in rule["when"]}
        for number in numbers:
            for id, rule in named.items():
                when = rule["when"] | {"issue_type": f"{rule['when']['issue_type']}_{number}"}
                rules[f"{id}_{number}"] = rule | {"when": when}


def add_rule(policy: dict[str, Any], group: str, before: str, id: str, when: Any, level: str) -> None:
    """A rule of severity, in a group that is made before another one where it is new."""
    severity = policy["severity"]
    if group not in severity["rules"]:
        severity["rules"][group] = {}
        severity["precedence"].insert(severity["precedence"].index(before), group)
    severity["rules"][group][id] = {"when": when, "level": level, "label": words(id), **ORIGIN}


def add_choice(policy: dict[str, Any], name: str, values: list[str]) -> None:
    """A fact of one of some values, of which the first is the default; a number where there are none."""
    of_type: dict[str, Any] = {"type": "number", "minimum": 0, "default": 0}
    if values:
        of_type = {"type": "choice", "values": {value: words(value) for value in values}}
        of_type["default"] = values[0]
    fact = of_type | {"label": words(name), "question": words(f"{name}?"), **ORIGIN}
    policy["vocabulary"]["facts"][name] = fact


def add_fact(policy: dict[str, Any], number: int, rng: random.Random) -> None:
    """One of `FACTS` or, after these, one that a rule reads beside a main fact."""
    if number < len(FACTS):
        name = list(FACTS)[number]
        values, rules = FACTS[name]
    else:
        name = f"fact_{number}"
        values = " ".join(f"value_{place}" for place in range(rng.choice([3, 4, 5])))
        rules = [(rng.choice("ABC"), {name: values.split()[-1], **rng.choice(MAIN_FACTS)})]
    add_choice(policy, name, values.split())
    for place, (what, when) in enumerate(rules):
        id = f"{name}_{place}"
        if what in BEFORE:
            # Rules of one group conclude the same level, so that no two conflict.
            add_rule(policy, f"more_{what.lower()}", BEFORE[what], id, {"category": "technical"} | when, what)
            continue
        phone = policy["channels"]["channels"]["phone"]["rules"]
        others = [f"channels.phone.{other}" for other in phone]
        says = {"eligible": False, "says": words("Write to us."), "overrides": others}
        phone[id] = {"when": when, **says, "label": words(id), **ORIGIN}


def add_thresholds(policy: dict[str, Any], count: int) -> None:
    add_choice(policy, "size", [])
    for number in range(count):
        size = {"at_least": 10 * (number + 1), "at_most": 10 * number + 19}
        when = {"category": "technical", "service_state": "usable", "size": size}
        add_rule(policy, "sizes", "examples", f"size_{number}", when, "ABC"[number % 3])


def add_hours(policy: dict[str, Any], country: str, number: int) -> None:
    """Hours of a country's own, and that they are in force there."""
    calendars, name = policy["calendars"], f"hours_{country.lower()}"
    hours = f"{7 + number % 5:02}:{number * 7 % 60:02}-{16 + number % 6}:{number * 11 % 60:02}"
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    week = {"label": words(name), "week": {day: [hours] for day in days}, "holidays": "customer"}
    calendars["hours"][name] = week | {"source": ["RT-5"], "basis": "assumed"}
    exception = {"label": words(country), "countries": [country], "clock": name}
    calendars["coverage"]["exceptions"][f"in_{country.lower()}"] = exception | ORIGIN


def add_star(policy: dict[str, Any], count: int, rng: random.Random) -> None:
    names = [f"star_{number}" for number in range(41)]
    for name in names:
        add_choice(policy, name, ["low", "middle", "high"])
    for number, (name, other) in enumerate(pairwise(names)):
        level = "AC"[number % 2]
        group, when = f"pairs_{level.lower()}", {name: "high", other: "high"}
        add_rule(policy, group, "definitions", f"pair_{number}", {"category": "technical"} | when, level)
    for number in range(count):
        issue = f"problem_{number}"
        entry = {"label": words(issue), "category": "technical", **ORIGIN}
        policy["issue_types"]["issue_types"][issue] = entry
        for place in range(3):
            # One rule of an issue type in each group, so that no two conflict.
            when = {"issue_type": issue, rng.choice(names): rng.choice(["middle", "high"])}
            id, level = f"problem_{number}_{place}", rng.choice("ABC")
            add_rule(policy, f"problems_{place}", "examples", id, when | rng.choice(MAIN_FACTS), level)
