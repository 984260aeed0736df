"""One policy in the names of another: by the renames that either declares, and by no others."""

from __future__ import annotations

import copy
import json
import random
import shutil
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from folders import MUNICH
from owners_edits import FOLDERS
from policy_data import load, save
from random_tickets import random_ticket, random_tickets
from renaming import DeclaringRenamer, comparable, entries, renamed_column, with_more
from supportrules import Policy, load_policy
from supportrules.engine.chaining import PlainChainer
from supportrules.engine.rules import Program
from supportrules.policy import Definition, read_definition
from supportrules.proofs.comparison.comparison import compare
from supportrules.proofs.comparison.renames import Names

WHICH = [*FOLDERS]


def policies(
    which: str, folder: Path, share: float = 1.0, seed: int = 0
) -> tuple[Policy, Policy, DeclaringRenamer]:
    """A policy, and itself with entries renamed that say so."""
    renamer = DeclaringRenamer(load(FOLDERS[which]), share, (which, seed))
    save(renamer.rename(), folder)
    return (
        load_policy(FOLDERS[which], chainer=PlainChainer()),
        load_policy(folder, chainer=PlainChainer()),
        renamer,
    )


Data = dict[str, Any]


def saved(data: Data, folder: Path) -> Definition:
    save(data, folder)
    return read_definition(folder)


def ordered(definition: Definition) -> Definition:
    """A policy whose entries stand in the order of their names: in files that never counts."""
    by_id = attrgetter("id")
    coverage = definition.coverage
    return replace(
        definition,
        free_rules=tuple(sorted(definition.free_rules, key=by_id)),
        severity_rules=tuple(sorted(definition.severity_rules, key=by_id)),
        column_rules=tuple(sorted(definition.column_rules, key=by_id)),
        promises={
            name: replace(
                table,
                columns=tuple(sorted(table.columns)),
                cells=tuple(sorted(table.cells, key=attrgetter("rule"))),
            )
            for name, table in definition.promises.items()
        },
        channel_rules=tuple(sorted(definition.channel_rules, key=by_id)),
        reopening_rules=tuple(sorted(definition.reopening_rules, key=by_id)),
        dates=tuple(replace(date, hours=tuple(sorted(date.hours))) for date in definition.dates),
        coverage=replace(coverage, exceptions=tuple(sorted(coverage.exceptions, key=by_id))),
    )


def ids(definition: Definition) -> set[str]:
    """The ids of all rules, as derivations have them."""
    return {rule.id for stage in Program(definition).stages.values() for rule in stage.rules}


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize(("share", "seed"), [(1.0, 0), (0.5, 1), (0.5, 2), (0.2, 3)])
def test_a_policy_in_the_names_of_its_renamed_self_is_that(
    which: str, share: float, seed: int, tmp_path: Path
) -> None:
    old, new, _ = policies(which, tmp_path, share, seed)
    assert ordered(old.definition) != ordered(new.definition)
    names = Names(old.definition, new.definition)
    assert ordered(names.definition) == ordered(new.definition)
    assert names.definition.digest == old.digest
    # The other way round the same is renamed back.
    back = Names(new.definition, old.definition)
    assert ordered(back.definition) == ordered(old.definition)
    assert back.renamed == {k: {new: old for old, new in ids.items()} for k, ids in names.renamed.items()}
    assert {names.rule(id) for id in ids(old.definition)} == ids(new.definition)
    for id in ("plans", "channels", "channels.reopening", "response_targets.columns", "severity"):
        assert names.rule(id) == id


def test_every_kind_of_reference_is_renamed(tmp_path: Path) -> None:
    data = with_more(load(FOLDERS["shipped"]))
    old = saved(data, tmp_path / "old")
    new = saved(DeclaringRenamer(data).rename(), tmp_path / "new")
    assert ordered(Names(old, new).definition) == ordered(new)
    assert ordered(Names(new, old).definition) == ordered(old)


@pytest.mark.parametrize("which", WHICH)
def test_it_decides_as_the_renamed_one_does(which: str, tmp_path: Path) -> None:
    old, new, renamer = policies(which, tmp_path)
    policy = Policy(Names(old.definition, new.definition).definition, PlainChainer())
    seen = set()
    for ticket in random_tickets(old, random.Random(which), 120):
        renamed = renamer.ticket(ticket)
        decision = policy.evaluate(renamed).to_dict()
        seen.add(json.dumps(decision["severity"]))
        assert comparable(decision) == comparable(new.evaluate(renamed).to_dict())
    assert len(seen) > 3


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_tickets_are_renamed_to_and_fro(which: str, share: float, tmp_path: Path) -> None:
    old, new, renamer = policies(which, tmp_path, share)
    names = Names(old.definition, new.definition)
    rng = random.Random(which)
    for _ in range(200):
        ticket = random_ticket(old, rng, 0.8)
        renamed = names.ticket(ticket)
        assert renamed == renamer.ticket(ticket)
        assert names.former_ticket(renamed) == ticket
        assert names.ticket(renamed) == renamed
        assert names.former_ticket(ticket) == ticket
        half = {name: value for name, value in ticket.items() if rng.random() < 0.5}
        rest = {name: value for name, value in ticket.items() if name not in half}
        assert names.ticket(half | renamer.ticket(rest)) == renamed


def test_a_field_given_under_both_names_is_not_lost(tmp_path: Path) -> None:
    old, new, renamer = policies("shipped", tmp_path)
    names = Names(old.definition, new.definition)
    both = {
        "plan": "enterprise_e1",
        renamer("plan"): "enterprise_e1",
        "no_fact": "enterprise_e1",
        "country": None,
    }
    expected = {
        "plan": renamer("enterprise_e1"),
        renamer("plan"): renamer("enterprise_e1"),
        "no_fact": "enterprise_e1",
    }
    assert names.ticket(both) == expected | {renamer("country"): None}


@pytest.mark.parametrize("which", WHICH)
def test_without_renames_it_is_the_policy_itself(which: str) -> None:
    old, new = read_definition(FOLDERS[which]), read_definition(FOLDERS[which])
    names = Names(old, new)
    assert names.definition is old
    assert not any(names.renamed.values())
    assert names.ticket({"plan": "x", "other": 1}) == {"plan": "x", "other": 1}


def test_undeclared_renames_are_none(tmp_path: Path) -> None:
    data = DeclaringRenamer(load(FOLDERS["shipped"])).rename()
    for _, entry in entries(data):
        entry.pop("formerly", None)
    old = read_definition(FOLDERS["shipped"])
    assert Names(old, saved(data, tmp_path)).definition is old


def test_an_id_is_renamed_in_its_kind_only(tmp_path: Path) -> None:
    data = load(FOLDERS["shipped"])
    # A family has the name too.
    assert "enterprise" in data["plans"]["families"]
    old = read_definition(FOLDERS["shipped"])
    new = saved(renamed_column(data, "enterprise", "large"), tmp_path)
    names = Names(old, new)
    assert {kind: ids for kind, ids in names.renamed.items() if ids} == {"column": {"enterprise": "large"}}
    assert ordered(names.definition) == ordered(new)
    assert names.rule("response_targets.A.enterprise") == "response_targets.A.large"


def plan_names(old: dict[str, list[str]], new: dict[str, list[str]], folder: Path) -> dict[str, str]:
    """The renamed of some plans, given with their former names."""
    data, found = load(FOLDERS["harbourline"]), []
    plan = next(iter(data["plans"]["plans"].values()))
    facts = data["vocabulary"]["facts"]
    assert facts["plan"]["values"] == "plans"
    for number, plans in enumerate((old, new)):
        changed = copy.deepcopy(data)
        for id, former in plans.items():
            changed["plans"]["plans"][id] = plan | ({"formerly": former} if former else {})
        found.append(saved(changed, folder / str(number)))
    return dict(Names(*found).renamed["plan"])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Declared by the new policy, or by the old one.
        ({"a": []}, {"b": ["a"]}, {"a": "b"}),
        ({"b": ["a"]}, {"a": []}, {"b": "a"}),
        # Over several versions, whichever they are.
        ({"a": []}, {"c": ["b", "a"]}, {"a": "c"}),
        ({"b": ["a"]}, {"c": ["b", "a"]}, {"b": "c"}),
        # A former name that the old policy doesn't know.
        ({"a": []}, {"b": ["x"]}, {}),
        # Both had it, and both have it.
        ({"a": [], "b": []}, {"b": ["a"]}, {}),
        ({"a": []}, {"a": [], "b": ["x"]}, {}),
        # Two became one, one became two.
        ({"a": [], "b": []}, {"c": ["a", "b"]}, {}),
        ({"c": ["a", "b"]}, {"a": [], "b": []}, {}),
        # What was renamed and renamed back, with another thing under the name between.
        ({"b": ["a"]}, {"a": [], "c": ["b"]}, {}),
    ],
)
def test_what_counts_as_a_rename(
    old: dict[str, list[str]], new: dict[str, list[str]], expected: dict[str, str], tmp_path: Path
) -> None:
    assert plan_names(old, new, tmp_path) == expected
    backwards = plan_names(new, old, tmp_path / "back")
    assert backwards == {new: old for old, new in expected.items()}


def test_a_rule_goes_with_its_channel(tmp_path: Path) -> None:
    data = load(FOLDERS["harbourline"])
    old = read_definition(FOLDERS["harbourline"])
    channels = data["channels"]["channels"]
    name, channel = next(iter(channels.items()))
    rule = next(iter(channel["rules"]))
    channel["rules"] = {"other" if id == rule else id: item for id, item in channel["rules"].items()}
    channel["rules"]["other"] |= {"formerly": [rule]}
    for item in channel["rules"].values():
        if "overrides" in item:
            path, other = f"channels.{name}.{rule}", "channels.desk.other"
            item["overrides"] = [
                other if id == path else id.replace(f"channels.{name}", "channels.desk")
                for id in item["overrides"]
            ]
    data["channels"]["channels"] = {"desk" if id == name else id: item for id, item in channels.items()}
    channel["formerly"] = [name]
    if "order" in data["channels"]:
        data["channels"]["order"] = ["desk" if id == name else id for id in data["channels"]["order"]]
    names = Names(old, saved(data, tmp_path))
    assert names.renamed["channel"] == {name: "desk"}
    assert names.renamed["rule"] == {f"channels.{name}.{rule}": "channels.desk.other"}
    assert ordered(names.definition) == ordered(names.new)
    for rest in list(channel["rules"])[1:]:
        if rest != "other":
            assert names.rule(f"channels.{name}.{rest}") == f"channels.desk.{rest}"


def test_a_moved_day_keeps_its_date(tmp_path: Path) -> None:
    data = load(FOLDERS["harbourline"])
    old = read_definition(FOLDERS["harbourline"])
    dates = data["calendars"]["dates"]
    dates["2025-04-17"] = dates.pop("2025-04-16") | {"formerly": ["2025-04-16"]}
    names = Names(old, saved(data, tmp_path))
    assert names.renamed["date"] == {"2025-04-16": "2025-04-17"}
    assert names.definition is old


def test_a_name_that_conditions_use_otherwise_is_no_rename(tmp_path: Path) -> None:
    """A fact can't take the name of a conclusion that the old policy has."""
    data = load(FOLDERS["shipped"])
    conclusion = next(iter(data["vocabulary"]["conclusions"]))
    facts = data["vocabulary"]["facts"]
    extra = copy.deepcopy(next(item for item in facts.values() if item["type"] == "boolean"))
    before, after = copy.deepcopy(data), DeclaringRenamer(data).rename()
    before["vocabulary"]["facts"]["extra"] = extra
    after["vocabulary"]["facts"][conclusion] = extra | {"formerly": ["extra"]}
    names = Names(saved(before, tmp_path / "old"), saved(after, tmp_path / "new"))
    assert "extra" not in names.renamed["fact"]
    assert "extra" in names.definition.vocabulary.facts


def test_a_note_does_not_take_the_name_of_one_in_another_file(tmp_path: Path) -> None:
    data = load(FOLDERS["shipped"])
    note = {"when": {}, "says": {"en": "x", "fr": "x"}, "source": ["RT-1"], "basis": "stated"}
    before, after = copy.deepcopy(data), copy.deepcopy(data)
    before["plans"].setdefault("notes", {}).update({"one": note})
    before["channels"].setdefault("notes", {}).update({"two": note})
    after["plans"].setdefault("notes", {}).update({"two": note | {"formerly": ["one"]}})
    names = Names(saved(before, tmp_path / "old"), saved(after, tmp_path / "new"))
    assert names.renamed["note"] == {}
    assert names.definition is names.old


def test_a_renamed_exception_of_hours(tmp_path: Path) -> None:
    changed = shutil.copytree(MUNICH, tmp_path / "munich")
    calendars = changed / "calendars.yaml"
    text = calendars.read_text(encoding="utf-8")
    assert text.count("      apac:\n") == 1
    text = text.replace("      apac:\n", "      asia:\n        formerly: [apac]\n")
    text = text.replace("  singapore:\n", "  sing:\n    formerly: [singapore]\n")
    calendars.write_text(text.replace("clock: singapore", "clock: sing"), encoding="utf-8")
    found = compare(MUNICH, changed)
    assert not found.changes_answers
    assert {(edit.kind, edit.former, edit.what) for edit in found.edits} == {
        ("rule", "calendars.hours.office_hours.apac", "renamed"),
        ("hours", "singapore", "renamed"),
    }
