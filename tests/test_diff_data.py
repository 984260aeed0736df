"""A comparison as JSON: its schema holds for real comparisons, and refuses what is none."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ownersedits import FOLDERS, HARBOURLINE, Owner
from randomtickets import random_ticket
from renaming import load, save
from scenarios import EXAMPLE_FROM_B_TO_A, ONE_CELL_FASTER, OTHER_HOURS, PLAN_WITH_ITS_OWN_COLUMN, with_edits
from supportrules import Policy, PolicyLoadError, load_policy
from supportrules.comparison import compare
from supportrules.comparison.impact import impact
from supportrules.comparison.order import verdict
from supportrules.inference import PlainChainer
from supportrules.problem import Location
from supportrules.report.diff.data import comparison_data
from supportrules.schema import load_schema

SCHEMA = load_schema("reports/diff")
VALIDATOR = Draft202012Validator(SCHEMA)


def compared(old: Policy, new: Policy, tickets: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    found = compare(old, new)
    counted = None
    if tickets is not None:
        placed = [(Location("tickets.jsonl", n, 1), ticket) for n, ticket in enumerate(tickets, 1)]
        names = found.names.ticket
        counted = impact(found.old, found.new, placed, verdict=verdict, as_old=names, as_new=names)
    data = comparison_data(found, counted)
    # What stands in the file is what was made.
    return dict(json.loads(json.dumps(data, allow_nan=False)))


def assert_valid(data: dict[str, Any]) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(data)] == []


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for name, part in SCHEMA["$defs"].items():
        # An object that takes any key would hide a wrong one.
        assert part.get("type") != "object" or part["additionalProperties"] is False, name


@pytest.mark.parametrize(
    "edits", [ONE_CELL_FASTER, PLAN_WITH_ITS_OWN_COLUMN, EXAMPLE_FROM_B_TO_A, OTHER_HOURS], ids=str
)
def test_edits_of_the_shipped_policy(shipped: Policy, edits: Any, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path, *edits))
    rng = random.Random(7)
    tickets = [random_ticket(new, rng, rng.choice([0.5, 1.0])) for _ in range(60)]
    for pair in ((shipped, new), (new, shipped)):
        data = compared(*pair, tickets)
        assert_valid(data)
        assert data["impact"]["read"] == 60
        for change in data["meaning"]["changes"]:
            for side, policy in zip(("old", "new"), pair, strict=True):
                for rule in change["rules"][side]:
                    assert_stands_there(rule, policy)


def assert_stands_there(rule: dict[str, Any], policy: Policy) -> None:
    """The place of a rule is the line of what it is named after."""
    place = rule["location"]
    line = Path(place["file"]).read_text("utf-8").splitlines()[place["line"] - 1]
    parts = rule["id"].split(".")
    assert any(f"{part}:" in line for part in (parts[-1], parts[-2])), (rule, line)


@pytest.mark.parametrize("seed", range(24))
def test_random_edits(seed: int, tmp_path: Path) -> None:
    which = ("shipped", "harbourline", "harbourline")[seed % 3]
    old = load_policy(FOLDERS[which], chainer=PlainChainer())
    owner = Owner(load(FOLDERS[which]), ("data", seed))
    owner.edit()
    owner.edit()
    save(owner.policy, tmp_path)
    try:
        new = load_policy(tmp_path, chainer=PlainChainer())
    except PolicyLoadError:
        return
    rng = random.Random(seed)
    tickets = [random_ticket(side, rng, 0.9) for side in (old, new) for _ in range(15)]
    assert_valid(compared(old, new, tickets))
    assert_valid(compared(new, old))


def test_policies_that_have_little_in_common(shipped: Policy, harbourline: Policy) -> None:
    data = compared(harbourline, shipped)
    assert_valid(data)
    assert data["meaning"]["not_compared"] and data["meaning"]["readings"]


def test_a_number_is_a_stretch(harbourline: Policy, tmp_path: Path) -> None:
    edits = (("severity", "at_least: 50", "at_least: 52"), ("severity", "at_most: 49", "at_most: 51"))
    data = compared(harbourline, load_policy(with_edits(tmp_path, *edits, source=HARBOURLINE)))
    assert_valid(data)
    terms = [term for change in data["meaning"]["changes"] for term in change["where"]]
    assert {"name": "seats_down", "aspect": "value", "values": [{"from": 50, "to": 51}]} in terms


def test_a_renamed_plan_has_its_ticket_in_both_names(shipped: Policy, tmp_path: Path) -> None:
    for file in with_edits(tmp_path).glob("*.yaml"):
        text = (
            file.read_text("utf-8").replace("enterprise_e1", "basic").replace("target: PT8H", "target: PT4H")
        )
        file.write_text(text.replace("  basic:\n", "  basic:\n    formerly: [enterprise_e1]\n"), "utf-8")
    data = compared(shipped, load_policy(tmp_path))
    assert_valid(data)
    assert data["text"]["about"] == ["substance", "name"]
    (change,) = data["meaning"]["changes"]
    assert (change["ticket"]["plan"], change["old_ticket"]["plan"]) == ("basic", "enterprise_e1")


def test_the_schema_refuses_what_is_none(shipped: Policy, tmp_path: Path) -> None:
    data = compared(shipped, load_policy(with_edits(tmp_path, *ONE_CELL_FASTER)), [{"id": "T-1"}])
    assert_valid(data)
    change = data["meaning"]["changes"][0]
    for broken in (
        {**data, "more": 1},
        {key: value for key, value in data.items() if key != "meaning"},
        with_change(data, {**change, "verdict": "nicer"}),
        with_change(data, {key: value for key, value in change.items() if key != "ticket"}),
        with_change(data, {**change, "where": [{"name": "severity", "aspect": "value", "values": []}]}),
        with_change(data, {**change, "old": {"target": "PT8H"}}),
    ):
        assert list(VALIDATOR.iter_errors(broken))


def with_change(data: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    found = copy.deepcopy(data)
    found["meaning"]["changes"] = [change]
    return found
