"""A comparison as JSON: its schema holds for real comparisons and refuses what is none, and the data says all."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from edits import with_edits
from folders import HARBOURLINE
from owners_edits import FOLDERS, edited_policy, original
from policy_data import load, save
from random_tickets import random_ticket
from scenarios import EXAMPLE_FROM_B_TO_A, ONE_CELL_FASTER, OTHER_HOURS, PLAN_WITH_ITS_OWN_COLUMN
from supportrules import Policy, load_policy
from supportrules.base.problem import Location
from supportrules.policy import BASES
from supportrules.policy.format import DAYS, KINDS
from supportrules.policy.schema import load_schema, schema_names
from supportrules.policy.vocabulary import FactType
from supportrules.proofs.comparison import compare
from supportrules.proofs.comparison.changes import NoAnswer
from supportrules.proofs.comparison.edits import Touches
from supportrules.proofs.comparison.impact import impact
from supportrules.report.diff.data import comparison_data
from supportrules.time import zones

Json = dict[str, Any]
SCHEMA = load_schema("reports/diff")
VALIDATOR = Draft202012Validator(SCHEMA)
SCENARIOS = {
    "cell": ONE_CELL_FASTER,
    "plan": PLAN_WITH_ITS_OWN_COLUMN,
    "example": EXAMPLE_FROM_B_TO_A,
    "hours": OTHER_HOURS,
}


# What follows in Harbourline from the facts of severity, and from those of the column of targets: urgent calls are
# taken in the hours of the response.
FROM_COLUMN = ["promises.response", "channels.phone"]
FROM_SEVERITY = ["severity", *FROM_COLUMN]


def edited(folder: Path, *edits: Any, source: Path = HARBOURLINE) -> Policy:
    return load_policy(with_edits(folder, *edits, source=source))


def compared(old: Policy, new: Policy, tickets: list[Json] | None = None) -> Json:
    """What is told of two policies, which the schema accepts."""
    found = compare(old, new)
    counted = None
    if tickets is not None:
        placed = [(Location("tickets.jsonl", n, 1), ticket) for n, ticket in enumerate(tickets, 1)]
        names = found.names.ticket
        counted = impact(found.old, found.new, placed, as_old=names, as_new=names)
    # What stands in the file is what was made.
    data: Json = json.loads(json.dumps(comparison_data(found, counted), allow_nan=False))
    assert [error.message for error in VALIDATOR.iter_errors(data)] == []
    return data


def changes(data: Json) -> list[Json]:
    """All changes of answers, also of values that one side alone takes."""
    meaning = data["meaning"]
    return [*meaning["changes"], *(each for one in meaning["one_sided"] for each in one["changes"])]


def inside(data: Any) -> Iterator[Json]:
    """Every object in some data."""
    if isinstance(data, dict):
        yield data
    if isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from inside(each)


# The schema


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert "reports/diff" not in schema_names() and "diff" not in schema_names()


def test_it_is_closed_and_described() -> None:
    # Tickets are closed by the schema of tickets, which every policy has for itself.
    tickets = {"ticket", "old_ticket"}
    for name, part in SCHEMA["$defs"].items():
        assert part.get("description"), name
    # What narrows an object that is closed already.
    narrowing = [part[key] for part in inside(SCHEMA) for key in ("if", "then", "anyOf") if key in part]
    for part in inside(SCHEMA):
        if any(part is each for each in inside(narrowing)):
            continue
        if isinstance(part.get("properties"), dict) and part.get("type") == "object":
            assert part["additionalProperties"] is False
            if "description" in part:
                for key, each in part["properties"].items():
                    assert {"description", "$ref"} & set(each), key
                    is_object = each.get("type") == "object" and key not in tickets
                    assert not is_object or "additionalProperties" in each, key


def test_nothing_is_defined_for_nobody() -> None:
    used = {part["$ref"].removeprefix("#/$defs/") for part in inside(SCHEMA) if "$ref" in part}
    assert used == set(SCHEMA["$defs"])


def test_its_lists_of_words_are_those_of_the_program() -> None:
    parts = SCHEMA["$defs"]
    reading = next(
        rule["then"]["properties"]
        for rule in parts["reading"]["allOf"]
        if rule["if"]["properties"]["what"] == {"enum": ["type"]}
    )
    for found, words in (
        (parts["edit"]["properties"]["kind"], KINDS),
        (parts["touches"], get_args(Touches)),
        (parts["basis"], BASES),
        (parts["no_answer"]["properties"]["no_answer"], [each.value for each in NoAnswer]),
        (parts["hours"]["properties"]["days"]["propertyNames"], DAYS),
        (reading["old"], get_args(FactType)),
    ):
        assert sorted(found["enum"]) == sorted(words)


# What no change of a promise has.
WRONG: tuple[Json, ...] = (
    {"verdict": "nicer"},
    {"more": 1},
    {"aspect": "basis"},
    {"old": {"target": "PT8H"}},
    {"old": {"target": "eight hours", "clock": "24x7"}},
    {"old": {"eligible": True, "hours": "24x7"}},
    {"old": "A"},
    {"where": [{"name": "severity", "aspect": "value", "values": []}]},
    {"where": [{"name": "severity", "aspect": "value", "values": [3]}]},
    {"where": [{"name": "severity", "aspect": "value", "values": [{"from": "A", "to": "B"}]}]},
    {"rules": {"old": []}},
)


def test_it_refuses_what_is_none(shipped: Policy, tmp_path: Path) -> None:
    data = compared(shipped, load_policy(with_edits(tmp_path, *ONE_CELL_FASTER)), [{"id": "T-1"}])
    change, edit = data["meaning"]["changes"][0], data["text"]["edits"][0]
    for broken in (
        {**data, "more": 1},
        *(without(data, key) for key in ("old", "new", "text", "meaning")),
        {**data, "impact": {**data["impact"], "read": -1}},
        *(with_change(data, {**change, **wrong}) for wrong in WRONG),
        *(with_change(data, without(change, key)) for key in change),
        *(with_edit(data, without(edit, key)) for key in ("kind", "id", "what", "fields", "new_location")),
        *(with_edit(data, {**edit, **wrong}) for wrong in ({"kind": "thing"}, {"new": 1}, {"what": "added"})),
    ):
        assert not VALIDATOR.is_valid(broken), broken


def without(data: Json, key: str) -> Json:
    return {other: value for other, value in data.items() if other != key}


def with_change(data: Json, change: Json) -> Json:
    found = copy.deepcopy(data)
    found["meaning"]["changes"] = [change]
    return found


def with_edit(data: Json, edit: Json) -> Json:
    return {**data, "text": {**data["text"], "edits": [edit]}}


# Real comparisons


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_edits_of_the_shipped_policy(scenario: str, shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path, *SCENARIOS[scenario]))
    rng = random.Random(7)
    tickets = [random_ticket(new, rng, rng.choice([0.5, 1.0])) for _ in range(40)]
    data = compared(shipped, new, tickets)
    assert data["impact"]["read"] == 40
    assert_stand_there(data)
    assert_swapped(data, compared(new, shipped))


@pytest.mark.parametrize("seed", range(25))
def test_random_edits(seed: int, tmp_path: Path) -> None:
    which = "harbourline" if seed % 12 else "shipped"
    old = original(which)
    new = edited_policy(which, ("data", seed), tmp_path, edits=2)
    if new is None:
        return
    rng = random.Random(seed)
    tickets = [random_ticket(side, rng, 0.9) for side in (old, new) for _ in range(10)]
    data = compared(old, new, tickets)
    assert_stand_there(data)
    assert_swapped(data, compared(new, old))


def assert_stand_there(data: Json) -> None:
    """The place of a rule is the key that it is named after; all that a plan brings stands under the plan."""
    for change in changes(data):
        for rule in (*change["rules"]["old"], *change["rules"]["new"]):
            place, parts = rule["location"], rule["id"].split(".")
            of_plan = parts[0] == "plans" and parts[1] not in ("rules", "notes")
            line = Path(place["file"]).read_text("utf-8").splitlines()[place["line"] - 1]
            assert line[place["column"] - 1 :].startswith(f"{parts[1] if of_plan else parts[-1]}:"), rule


def assert_swapped(data: Json, turned: Json) -> None:
    """Of swapped operands the sides are swapped, and nothing else."""
    assert sorted(map(turned_round, data["meaning"]["changes"])) == sorted(
        json.dumps(essence(change), sort_keys=True) for change in turned["meaning"]["changes"]
    )


def turned_round(change: Json) -> str:
    found = essence(change)
    for each in inside(found):
        if "old" in each:
            each["old"], each["new"] = each["new"], each["old"]
    found["verdict"] = {"better": "worse", "worse": "better", "other": "other"}[change["verdict"]]
    return json.dumps(found, sort_keys=True)


def essence(change: Json) -> Json:
    """A change without the ticket that shows it, whose names are those of the new policy."""
    return copy.deepcopy({key: value for key, value in change.items() if not key.endswith("ticket")})


def test_policies_that_have_little_in_common(shipped: Policy, harbourline: Policy) -> None:
    data = compared(harbourline, shipped)
    assert data["meaning"]["not_compared"] and data["meaning"]["readings"]


def test_a_renamed_plan_has_its_ticket_in_both_names(shipped: Policy, tmp_path: Path) -> None:
    for file in with_edits(tmp_path).glob("*.yaml"):
        text = (
            file.read_text("utf-8").replace("enterprise_e1", "basic").replace("target: PT8H", "target: PT4H")
        )
        file.write_text(text.replace("  basic:\n", "  basic:\n    formerly: [enterprise_e1]\n"), "utf-8")
    data = compared(shipped, load_policy(tmp_path))
    assert data["text"]["about"] == ["substance", "name"]
    (change,) = data["meaning"]["changes"]
    assert (change["ticket"]["plan"], change["old_ticket"]["plan"]) == ("basic", "enterprise_e1")


# What the data says


def test_one_cell_that_is_faster(shipped: Policy, tmp_path: Path) -> None:
    new = edited(tmp_path, *ONE_CELL_FASTER, source=FOLDERS["shipped"])
    (found,) = changes(compared(shipped, new))
    sides = {
        "old": {"target": "PT8H", "clock": "24x7"},
        "new": {"target": "PT4H", "clock": "24x7"},
        "verdict": "better",
    }
    told = essence(found)
    rules = told.pop("rules")
    assert told == {
        "answer": "promises.response",
        "aspect": "value",
        **sides,
        "where": [
            {"name": "column", "aspect": "value", "values": ["enterprise"]},
            {"name": "severity", "aspect": "value", "values": ["B"]},
        ],
    }
    for side, folder in (("old", FOLDERS["shipped"]), ("new", tmp_path)):
        (rule,) = rules[side]
        assert rule["id"] == "response_targets.B.enterprise"
        assert rule["location"]["file"] == str(folder / "response_targets.yaml")
    impact_data = compared(shipped, new, [found["ticket"]])["impact"]
    (shift,) = impact_data["answers"]
    assert {key: shift[key] for key in sides} == sides
    (level,) = impact_data["levels"]
    assert (level["value"], level["total"], level["changed"]["count"]) == ("B", 1, 1)


def test_labels_and_wordings_do_not_matter(tmp_path: Path) -> None:
    """All is told in ids: with every text another one, the meaning and the impact are the same."""

    def policies(folder: Path, texts: Any) -> Iterator[Policy]:
        for side, edits in (("old", ()), ("new", (*chat_for("settled: {given: false}"), *FEWER_SEATS))):
            data = load(with_edits(folder / side, *edits, source=HARBOURLINE))
            save(dict(zip(data, map(texts, data.values()), strict=True)), folder / side)
            yield load_policy(folder / side)

    def other(data: Any, text: bool = False) -> Any:
        if isinstance(data, dict):
            languages = set(data) == {"en", "fr"}
            return {key: other(value, languages) for key, value in data.items()}
        if isinstance(data, list):
            return [other(value) for value in data]
        return "another text" if text else data

    told = []
    for name, texts in (("as_it_is", lambda data: data), ("other", other)):
        old, new = policies(tmp_path / name, texts)
        rng = random.Random(3)
        data = compared(old, new, [random_ticket(old, rng, 0.9) for _ in range(20)])
        assert data["impact"]["changed"]["count"] and data["meaning"]["changes"]
        found = {key: data[key] for key in ("meaning", "impact")}
        for each in inside(found):
            each.pop("location", None)
        told.append(found)
    assert told[0] == told[1]


FEWER_SEATS = (("severity", "at_least: 50", "at_least: 52"), ("severity", "at_most: 49", "at_most: 51"))


def test_a_number_is_a_stretch(harbourline: Policy, tmp_path: Path) -> None:
    data = compared(harbourline, edited(tmp_path, *FEWER_SEATS))
    terms = [term for change in changes(data) for term in change["where"] if term["name"] == "seats_down"]
    assert terms and all(term["values"] == [{"from": 50, "to": 51}] for term in terms)


def test_a_stretch_without_an_end(harbourline: Policy, tmp_path: Path) -> None:
    data = compared(harbourline, edited(tmp_path, ("severity", "at_least: 50", "at_least: 50, at_most: 99")))
    terms = [term for change in changes(data) for term in change["where"] if term["name"] == "seats_down"]
    assert terms and all(term["values"] == [{"from": 100, "to": None}] for term in terms)
    assert {json.dumps(change["new"]) for change in changes(data) if change["answer"] == "severity"} == {
        '{"no_answer": "fault"}'
    }


def test_all_values_are_listed(harbourline: Policy, tmp_path: Path) -> None:
    """Of all countries but one each is named, where people read of the one."""
    data = compared(harbourline, edited(tmp_path, *chat_for("country: FR")))
    (change,) = changes(data)
    (asked,) = (term["values"] for term in change["where"] if term["name"] == "country")
    assert sorted(asked) == sorted(set(zones.country_names()) - {"FR"})


def chat_for(test: str) -> tuple[Any, ...]:
    """Chat with one test more, and no rule for who does not meet it."""
    rule = "when: {{plan: [pro, onsite]{}}}\n        eligible: true\n        hours: extended_hours"
    return (("channels", rule.format(""), rule.format(f", {test}")),)


def test_a_hole_is_no_answer_and_a_text_is_given_or_not(harbourline: Policy, tmp_path: Path) -> None:
    for test, asked in (("true", None), ("false", {"given": True})):
        folder = tmp_path / test
        data = compared(harbourline, edited(folder, *chat_for(f"settled: {{given: {test}}}")))
        (change,) = changes(data)
        assert change["answer"] == "channels.chat" and change["verdict"] == "other"
        assert change["old"] == {"eligible": True, "hours": "extended_hours"}
        assert change["new"] == {"no_answer": "fault"}
        assert {term["name"]: term["values"] for term in change["where"]} == {
            "plan": ["pro", "onsite"],
            "settled": [asked],
        }
        assert [rule["id"] for rule in change["rules"]["old"]] == ["channels.chat.pro_and_onsite"]


def test_a_value_called_given_is_a_value(tmp_path: Path) -> None:
    folders = [with_edits(tmp_path / side, source=HARBOURLINE) for side in ("old", "new")]
    for folder in folders:
        for file in folder.glob("*.yaml"):
            file.write_text(file.read_text("utf-8").replace("inland", "given"), "utf-8")
    with_rule = folders[1] / "channels.yaml"
    ((_, before, after),) = chat_for("site: harbour")
    with_rule.write_text(with_rule.read_text("utf-8").replace(before, after), "utf-8")
    old, new = map(load_policy, folders)
    (change,) = changes(compared(old, new))
    assert {"name": "site", "aspect": "value", "values": ["given"]} in change["where"]


def test_a_note_is_told_or_not_in_the_meaning_and_in_the_impact(shipped: Policy, tmp_path: Path) -> None:
    note = "severity.notes.requested_severity_without_effect"
    edit = (
        "severity",
        "        - {category: [billing, presales]}\n    says:",
        "        - {category: billing}\n    says:",
    )
    new = edited(tmp_path, edit, source=FOLDERS["shipped"])
    (change,) = changes(compared(shipped, new))
    data = compared(shipped, new, [change["ticket"]])
    sides = {"answer": note, "old": True, "new": False}
    for told in (change, *data["impact"]["answers"]):
        assert {key: told[key] for key in sides} == sides
    assert len(data["impact"]["answers"]) == 1


def test_a_category_that_no_rule_concludes_is_as_given(shipped: Policy, tmp_path: Path) -> None:
    source = FOLDERS["shipped"]
    data = load(with_edits(tmp_path, source=source))
    issue_type, issue = next(iter(data["issue_types"]["issue_types"].items()))
    category = issue.pop("category")
    save(data, tmp_path)
    found = changes(compared(shipped, load_policy(tmp_path)))
    (change,) = (change for change in found if change["answer"] == "category")
    assert (change["old"], change["new"]) == (category, {"as_given": True})
    assert {"name": "issue_type", "aspect": "value", "values": [issue_type]} in change["where"]


def test_a_ticket_that_one_policy_decides(harbourline: Policy, tmp_path: Path) -> None:
    new = edited(tmp_path, ("vocabulary", "minimum: 0", "minimum: 5"))
    ticket = {"plan": "basic", "site": "inland", "seats_down": 3}
    (shift,) = compared(harbourline, new, [ticket])["impact"]["answers"]
    assert (shift["answer"], shift["old"], shift["new"]) == (
        "ticket",
        {"decided": True},
        {"no_answer": "refused"},
    )
    (example,) = shift["tickets"]["first"]
    assert example["location"] == {"file": "tickets.jsonl", "line": 1, "column": 1}
    assert [problem["field"] for problem in example["problems"]] == ["seats_down"]


def test_numbers_that_one_side_alone_takes(harbourline: Policy, tmp_path: Path) -> None:
    new = edited(tmp_path, ("vocabulary", "minimum: 0", "minimum: 5"))
    for pair, taken in (((harbourline, new), "old"), ((new, harbourline), "new")):
        meaning = compared(*pair)["meaning"]
        assert meaning["changes"] == []
        sides = [{"from": 0, "to": None}, {"from": 5, "to": None}]
        old, new_side = sides if taken == "old" else reversed(sides)
        told = {"fact": "seats_down", "what": "range", "answers": FROM_SEVERITY, "old": old, "new": new_side}
        assert meaning["readings"] == [told]
        # No seat is low, and one to four are as five.
        alike = {json.dumps(one["values"]): one for one in meaning["one_sided"]}
        assert {one["taken"] for one in alike.values()} == {taken}
        assert set(alike) == {'[{"from": 0, "to": 0}]', '[{"from": 1, "to": 4}]'}
        assert alike['[{"from": 1, "to": 4}]']["like"] == {"from": 5, "to": 9}
        assert alike['[{"from": 1, "to": 4}]']["changes"] == []
        levels = {
            (change["old"], change["new"])
            for change in alike['[{"from": 0, "to": 0}]']["changes"]
            if change["answer"] == "severity"
        }
        assert levels == {("normal", "low")}


def test_a_choice_that_one_side_alone_has(harbourline: Policy, tmp_path: Path) -> None:
    value = "      inland: {en: inland, fr: intérieur}\n"
    new = edited(tmp_path, ("vocabulary", value, value + "      offshore: {en: offshore, fr: au large}\n"))
    meaning = compared(harbourline, new)["meaning"]
    told = {"fact": "site", "what": "values", "answers": FROM_COLUMN, "old": [], "new": ["offshore"]}
    assert meaning["readings"] == [told]
    assert [(one["values"], one["taken"]) for one in meaning["one_sided"]] == [(["offshore"], "new")]
    turned = compared(new, harbourline)["meaning"]
    assert [(one["values"], one["taken"]) for one in turned["one_sided"]] == [(["offshore"], "old")]


@pytest.mark.parametrize(
    ("edit", "reading"),
    [
        (
            ("    default: production\n", ""),
            {"fact": "environment", "what": "default", "old": "production", "new": {"open": True}},
        ),
        (
            ("  site:\n", "  site:\n    optional: true\n"),
            {"fact": "site", "what": "default", "old": {"open": True}, "new": None},
        ),
        (
            ("    type: timezone\n", "    type: timezone\n    default: {only_zone_of: country}\n"),
            {"fact": "zone", "what": "default", "old": {"open": True}, "new": {"only_zone_of": "country"}},
        ),
        (
            ("    default: false\n", "    default: true\n"),
            {"fact": "safety", "what": "default", "old": False, "new": True},
        ),
    ],
    ids=lambda part: part["what"] if isinstance(part, dict) else "",
)
def test_a_fact_that_is_read_differently(
    edit: Any, reading: Json, harbourline: Policy, tmp_path: Path
) -> None:
    led_to = {"site": FROM_COLUMN, "zone": []}.get(reading["fact"], FROM_SEVERITY)
    found = compared(harbourline, edited(tmp_path, ("vocabulary", *edit)))["meaning"]["readings"]
    assert found == [reading | {"answers": led_to}]


def test_other_hours(shipped: Policy, tmp_path: Path) -> None:
    data = compared(shipped, edited(tmp_path, *OTHER_HOURS, source=FOLDERS["shipped"]))
    (hours,) = data["meaning"]["hours"]
    # Friday closes later, but has a break.
    assert (hours["hours"], hours["verdict"]) == ("business_hours", "other")
    assert hours["days"] == {
        "friday": {"old": ["09:00-17:00"], "new": ["09:00-12:00", "13:00-18:00"]},
        "saturday": {"old": [], "new": ["10:00-14:00"]},
    }
    assert (hours["dates"], hours["holidays"]) == ({}, None)


def test_the_basis_alone(harbourline: Policy, tmp_path: Path) -> None:
    cell = "priority: {target: PT30M, clock: 24x7, source: [T-1], basis: "
    data = compared(harbourline, edited(tmp_path, ("response_targets", f"{cell}stated", f"{cell}assumed")))
    assert data["meaning"]["changes"]
    for change in data["meaning"]["changes"]:
        assert change["aspect"] == "basis"
        assert (change["old"], change["new"], change["verdict"]) == ("stated", "assumed", "other")
