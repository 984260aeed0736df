"""What changed in the text: everything that the files say differently is told, once, and nothing else."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edits import edited
from given_once import given_once
from owners_edits import FOLDERS, Owner
from policy_data import load, paths, save
from renaming import DeclaringRenamer, entries, renamed_column
from supportrules import Policy, PolicyLoadError
from supportrules.base.frozen import frozen
from supportrules.policy import Definition, read_definition
from supportrules.policy.starter import STARTER
from supportrules.proofs.comparison.edits import MISSING, Edit, FieldEdit, edits, nature
from supportrules.proofs.comparison.renames import Names

EVERY = {**FOLDERS, "starter": STARTER}
Data = dict[str, Any]
Path_ = tuple[str, ...]


def compared(old: Definition, new: Definition) -> tuple[Edit, ...]:
    return edits(old, new, Names(old, new))


def saved(data: Data, folder: Path) -> Definition:
    save(data, folder)
    return read_definition(folder)


def dumped(data: Data, folder: Path) -> Definition:
    """The same in a layout that is written faster: JSON is YAML."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, item in data.items():
        (folder / f"{stem}.yaml").write_text(json.dumps(item, ensure_ascii=False), "utf-8")
    return read_definition(folder)


# An independent walk over the data

ORDERED = {"worsens", "languages", "precedence", "order"}
# Where things stand; an empty mapping there says nothing.
HOLDERS = {
    *[("vocabulary", "conclusions"), ("plans", "families"), ("plans", "rules"), ("severity", "rules")],
    *[("channels", "reopening"), ("calendars", "hours"), ("calendars", "dates")],
    ("calendars", "coverage", "exceptions"),
    *[(stem, "notes") for stem in ("plans", "severity", "response_targets", "channels")],
}


def leaves(data: Any, path: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    """All that a policy's data says, by the keys that lead to it."""
    if path == ("severity", "levels"):
        yield (*path, "#order"), json.dumps([level["id"] for level in data])
        data = {level["id"]: {k: v for k, v in level.items() if k != "id"} for level in data}
    if isinstance(data, dict):
        holder = path in HOLDERS or (path[:2] == ("severity", "rules") and len(path) == 3)
        if not data and path and not holder:
            yield path, "{}"
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    elif isinstance(data, list):
        items = [json.dumps(item, sort_keys=True) for item in data]
        yield path, json.dumps(items if path[-1] in ORDERED else sorted(items))
    elif "when" in path and path[-1] not in ("at_least", "at_most", "given"):
        yield path, json.dumps([json.dumps(data)])
    else:
        yield path, json.dumps(data)


def differing(old: Data, new: Data) -> set[Path_]:
    before, after = dict(leaves(old)), dict(leaves(new))
    found = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}

    def filled(path: Path_) -> bool:
        both = [said for said in (before.get(path), after.get(path)) if said is not None]
        return both == ["{}"] and any(p[: len(path)] == path != p for p in before.keys() | after.keys())

    return {path for path in found if not filled(path)}


STEMS = {
    "policy": ("policy",),
    "fact": ("vocabulary", "facts"),
    "conclusion": ("vocabulary", "conclusions"),
    "family": ("plans", "families"),
    "plan": ("plans", "plans"),
    "issue_type": ("issue_types", "issue_types"),
    "level": ("severity", "levels"),
    "column": ("response_targets", "columns"),
    "channel": ("channels", "channels"),
    "hours": ("calendars", "hours"),
    "date": ("calendars", "dates"),
    "calendar_file": ("calendars", "files"),
    "exception": ("calendars", "coverage", "exceptions"),
    "section": ("clauses", "sections"),
    "clause": ("clauses", "clauses"),
}
FIXED = {
    ("policy", "policy"): ("policy",),
    ("coverage", "coverage"): ("calendars", "coverage"),
    ("order", "languages"): ("policy", "languages"),
    ("order", "levels"): ("severity", "levels", "#order"),
    ("order", "precedence"): ("severity", "precedence"),
    ("order", "channels"): ("channels", "order"),
}


def place(edit: Edit) -> Path_:
    """The keys that lead to a thing."""
    if (edit.kind, edit.id) in FIXED:
        return FIXED[edit.kind, edit.id]
    match edit.kind, edit.id.split("."):
        case "cell", [promise, level, column]:
            return (f"{promise}_targets", "targets", level, column)
        case "promise" | "without_severity" as key, [promise]:
            return (f"{promise}_targets", key)
        case "note", [stem, _, name]:
            return (stem, "notes", name)
        case "rule", ["severity", group, name]:
            return ("severity", "rules", group, name)
        case "rule", ["channels", channel, name] if channel != "reopening":
            return ("channels", "channels", channel, "rules", name)
        case "rule", [*parts]:
            return tuple(parts)
    return (*STEMS[edit.kind], edit.id)


def told(found: tuple[Edit, ...]) -> list[tuple[Path_, bool]]:
    """The places of what is told, each with whether it is of a thing as a whole."""
    places: list[tuple[Path_, bool]] = []
    for edit in found:
        assert edit.fields or edit.what != "changed"
        if edit.what in ("added", "removed"):
            assert not edit.fields
            places.append((place(edit), True))
        for field in edit.fields:
            if edit.kind == "order":
                places.append((place(edit), False))
            else:
                path = field.path.split(".")
                keys = path[1:] if edit.kind == "section" else path
                places.append(((*place(edit), *keys), False))
    return places


def within(path: Path_, place: Path_, whole: bool) -> bool:
    """Whether something stands in a told place; the rules of a channel are things of their own."""
    nested = whole and place[:2] == ("channels", "channels") and len(place) == 3 and path[3:4] == ("rules",)
    return path[: len(place)] == place and not nested


def mirrored(edit: Edit) -> Edit:
    """An edit with its sides swapped."""
    fields = [replace(f, old=f.new, new=f.old, old_at=f.new_at, new_at=f.old_at) for f in edit.fields]
    swapped = replace(
        edit, old=edit.new, new=edit.old, old_at=edit.new_at, new_at=edit.old_at, fields=tuple(fields)
    )
    if edit.what == "added":
        return replace(swapped, what="removed")
    return replace(swapped, what="added") if edit.what == "removed" else swapped


def by_name(found: tuple[Edit, ...]) -> list[Edit]:
    sorted_fields = [replace(e, fields=tuple(sorted(e.fields, key=lambda f: f.path))) for e in found]
    return sorted(sorted_fields, key=lambda edit: (edit.kind, edit.id))


def check(before: Data, after: Data, old: Definition, new: Definition) -> tuple[Edit, ...]:
    """What is told of two policies without renames is all that their data says differently."""
    found = compared(old, new)
    places, expected = told(found), differing(before, after)
    for path in expected:
        assert sum(within(path, *place) for place in places) == 1, (path, places)
    for place in places:
        assert any(within(path, *place) for path in expected), place
    backwards = compared(new, old)
    assert by_name(tuple(map(mirrored, backwards))) == by_name(found)
    assert nature(backwards) == nature(found)
    return found


# Laws


@pytest.mark.parametrize("which", EVERY)
def test_a_policy_differs_from_itself_in_nothing(which: str) -> None:
    old, new = read_definition(EVERY[which]), read_definition(EVERY[which])
    assert compared(old, new) == ()
    assert nature(()) == ()


def laid_out_otherwise(data: Any, key: str = "") -> Any:
    """The same, with all that has no order the other way round, and single values of conditions as lists."""
    if isinstance(data, dict):
        return {k: laid_out_otherwise(v, k) for k, v in reversed(data.items())}
    if isinstance(data, list):
        items = [laid_out_otherwise(item) for item in data]
        return items if key in {*ORDERED, "levels"} else items[::-1]
    return data


@pytest.mark.parametrize("which", EVERY)
def test_layout_is_no_difference(which: str, tmp_path: Path) -> None:
    old, data = read_definition(EVERY[which]), load(EVERY[which])
    block = saved(data, tmp_path / "block")
    assert compared(old, block) == ()
    flow = dumped(laid_out_otherwise(data), tmp_path / "flow")
    assert flow.digest != old.digest
    assert compared(old, flow) == ()


@pytest.mark.parametrize("which", EVERY)
def test_sources_and_bases_given_once_are_no_difference(which: str, tmp_path: Path) -> None:
    old, data = read_definition(EVERY[which]), load(EVERY[which])
    for seed in range(4):
        once = dumped(given_once(data, random.Random(seed)), tmp_path / str(seed))
        assert compared(old, once) == compared(once, old) == ()


def test_another_default_is_a_difference_of_each_entry_that_inherits_it(
    shipped: Policy, tmp_path: Path
) -> None:
    data = load(FOLDERS["shipped"])
    row = data["response_targets"]["targets"]["A"]
    for cell in row.values():
        del cell["source"]
    row["advanced"]["source"] = ["RT-1"]
    row["entry_defaults"] = {"source": ["RT-1", "RT-2", "RT-3"]}
    found = compared(shipped.definition, saved(data, tmp_path))
    assert {(edit.kind, edit.id, edit.touches) for edit in found} == {
        ("cell", f"response.A.{column}", frozenset(["citation"])) for column in shipped.definition.columns
    }
    places = {edit.id: field.new_at for edit in found for field in edit.fields}
    assert len({str(place) for place in places.values()}) == 2
    line = places["response.A.enterprise"]
    assert line is not None and line.text.strip() == "source:"


def test_one_value_is_a_list_of_one(shipped: Policy, tmp_path: Path) -> None:
    data = load(FOLDERS["shipped"])
    singles = 0
    for rules in data["severity"]["rules"].values():
        for rule in rules.values():
            for name, test in rule["when"].items():
                if isinstance(test, str):
                    rule["when"][name] = [test]
                    singles += 1
    assert singles
    assert compared(shipped.definition, saved(data, tmp_path)) == ()


@pytest.mark.parametrize("which", FOLDERS)
@pytest.mark.parametrize("seed", range(30))
def test_what_an_owner_edits_is_told_once_and_nothing_else(which: str, seed: int, tmp_path: Path) -> None:
    before = load(FOLDERS[which])
    owner = Owner(load(FOLDERS[which]), (which, "text", seed))
    owner.edit()
    try:
        new = dumped(owner.policy, tmp_path)
    except PolicyLoadError:
        return
    check(before, owner.policy, read_definition(FOLDERS[which]), new)


def any_edit(data: Data, rng: random.Random) -> None:
    """An edit of any part of a policy, of which many load."""
    found = []
    for path in paths(data):
        holder: Any = data
        for step in path[:-1]:
            holder = holder[step]
        found.append((holder, path[-1], holder[path[-1]]))
    texts = [(holder, key) for holder, key, value in found if key in ("en", "fr") and isinstance(value, str)]
    lists = [value for _, _, value in found if isinstance(value, list) and len(value) > 1]
    mappings = [(holder, key, value) for holder, key, value in found if isinstance(holder, dict)]
    match rng.randrange(7):
        case 0:
            holder, key = rng.choice(texts)
            holder[key] += "!"
        case 1:
            rng.shuffle(rng.choice(lists))
        case 2:
            items = rng.choice(lists)
            items.remove(rng.choice(items))
        case 3:
            _, entry = rng.choice([*entries(data)])
            entry["comment"] = dict.fromkeys(data["policy"]["languages"], "x")
            entry["review_by"] = "2030-01-01"
            entry["basis"] = rng.choice(["stated", "inferred", "assumed"])
        case 4:
            holder, key, value = rng.choice([m for m in mappings if isinstance(m[2], dict)])
            holder[f"{key}_2"] = copy.deepcopy(value)
        case 5:
            holder, key, _ = rng.choice([m for m in mappings if m[1] in OPTIONAL])
            del holder[key]
        case _:
            holder, key, value = rng.choice([m for m in mappings if isinstance(m[2], bool | int)])
            holder[key] = not value if isinstance(value, bool) else value + 1


OPTIONAL = {
    *("comment", "says", "overrides", "category", "description", "worsens", "better_than", "notes", "order"),
    *("entitlements", "no_effect", "last_modified", "dates", "without_severity", "not_a_rule", "default"),
}


@pytest.mark.parametrize("which", EVERY)
def test_whatever_is_edited_is_told_once_and_nothing_else(which: str, tmp_path: Path) -> None:
    rng, before, old = random.Random(which), load(EVERY[which]), read_definition(EVERY[which])
    kinds, loaded = set(), 0
    for turn in range(40):
        after = copy.deepcopy(before)
        for _ in range(rng.randrange(1, 4)):
            any_edit(after, rng)
        try:
            new = dumped(after, tmp_path / str(turn))
        except PolicyLoadError:
            continue
        loaded += 1
        kinds |= {edit.kind for edit in check(before, after, old, new)}
    assert loaded > 12
    assert len(kinds) > 6


@pytest.mark.parametrize("pair", [("shipped", "harbourline"), ("harbourline", "starter")])
def test_two_policies_that_have_nothing_to_do_with_each_other(pair: tuple[str, str]) -> None:
    one, other = (EVERY[which] for which in pair)
    found = check(load(one), load(other), read_definition(one), read_definition(other))
    assert {edit.what for edit in found} == {"added", "removed", "changed"}
    assert nature(found)[0] == "substance"


# Places and data

SECTIONS = {
    "fact": "vocabulary.facts.",
    "conclusion": "vocabulary.conclusions.",
    "family": "plans.families.",
    "plan": "plans.",
    "issue_type": "issue_types.",
    "level": "severity.levels.",
    "column": "response_targets.columns.",
    "channel": "channels.",
    "hours": "calendars.hours.",
    "date": "calendars.dates.",
    "exception": "calendars.coverage.",
    "coverage": "calendars.",
    "rule": "",
    "note": "",
}
# What stands in the table of a promise.
TABLES = ("promise", "cell", "without_severity")


def test_each_thing_has_the_place_that_the_policy_has_for_it(shipped: Policy, harbourline: Policy) -> None:
    sides = [{name: o.location for name, o in p.definition.entries()} for p in (shipped, harbourline)]
    seen = set()
    for edit in compared(shipped.definition, harbourline.definition):
        for at, data, known in ((edit.old_at, edit.old, sides[0]), (edit.new_at, edit.new, sides[1])):
            assert (at is None) == (data is MISSING)
            if at is not None and edit.kind in SECTIONS:
                seen.add(edit.kind)
                assert at == known[SECTIONS[edit.kind] + edit.id]
            elif at is not None and edit.kind in TABLES:
                seen.add(edit.kind)
                promise, *rest = edit.id.split(".")
                assert at == known[".".join((f"{promise}_targets", *(rest or [edit.kind])))]
    assert seen == {*SECTIONS, *TABLES}


@pytest.mark.parametrize("which", FOLDERS)
def test_fields_have_the_places_of_their_keys(which: str, tmp_path: Path) -> None:
    data = load(FOLDERS[which])
    for _, entry in entries(data):
        entry["label"] = dict.fromkeys(data["policy"]["languages"], "another")
    seen = 0
    for edit in compared(read_definition(FOLDERS[which]), saved(data, tmp_path)):
        for field in edit.fields:
            for at, said in ((field.old_at, field.old), (field.new_at, field.new)):
                assert (at is None) == (said is MISSING)
                if at is not None:
                    assert at.text[at.column - 1 :].startswith(field.path.split(".")[-1])
                    seen += 1
    assert seen > 50


def test_all_of_what_was_added_or_removed_is_there(shipped: Policy, tmp_path: Path) -> None:
    data = load(FOLDERS["shipped"])
    plan = data["plans"]["plans"].pop("enterprise_k1")
    data["plans"]["plans"]["kiosk"] = plan | {"basis": "assumed", "formerly": ["kiosk_1"]}
    found = {
        edit.id: edit for edit in compared(shipped.definition, saved(data, tmp_path)) if edit.kind == "plan"
    }
    assert {id: edit.what for id, edit in found.items()} == {"enterprise_k1": "removed", "kiosk": "added"}
    said = frozen(plan)
    assert (found["enterprise_k1"].old, found["enterprise_k1"].new) == (said, MISSING)
    assert (found["kiosk"].old, found["kiosk"].new) == (MISSING, said | {"basis": "assumed"})


# By hand


def test_one_cell_faster(shipped: Policy, tmp_path: Path) -> None:
    new = read_definition(edited(tmp_path, "response_targets", "target: PT8H", "target: PT6H"))
    (edit,) = compared(shipped.definition, new)
    assert (edit.kind, edit.id, edit.what, edit.former) == ("cell", "response.B.enterprise", "changed", None)
    (field,) = edit.fields
    assert (field.path, field.touches, field.old, field.new) == ("target", "substance", "PT8H", "PT6H")
    for at in (field.old_at, field.new_at):
        assert at and at.file.endswith("response_targets.yaml")
    assert field.old_at and field.old_at.text.strip().startswith("enterprise: {target: PT8H")


def set_at(data: Data, path: str, value: Any) -> None:
    """Sets what stands at some keys, or takes it away for `MISSING`; a number is an index."""
    *steps, last = [int(key) if key.isdigit() else key for key in path.split("/")]
    holder: Any = data
    for step in steps:
        holder = holder[step]
    if value is MISSING:
        del holder[last]
    else:
        holder[last] = value


TEXT = {"en": "another", "fr": "un autre"}
CASES: list[tuple[list[tuple[str, Any]], set[tuple[str, str]], tuple[str, ...]]] = [
    ([("policy/version", "2")], {("policy", "version")}, ("edition",)),
    ([("policy/title/en", "x")], {("policy", "title.en")}, ("wording",)),
    ([("policy/source/last_modified", "2014-09-04")], {("policy", "source.last_modified")}, ("citation",)),
    ([("policy/roles/ticket", MISSING)], {("policy", "roles.ticket")}, ("substance",)),
    ([("policy/languages", ["fr", "en"])], {("order", "order")}, ("wording",)),
    (
        [("plans/plans/small_business/label", TEXT)],
        {("plan", "label.en"), ("plan", "label.fr")},
        ("wording",),
    ),
    (
        [("plans/plans/small_business/comment", TEXT)],
        {("plan", "comment.en"), ("plan", "comment.fr")},
        ("wording",),
    ),
    ([("plans/plans/small_business/basis", "assumed")], {("plan", "basis")}, ("substance",)),
    ([("plans/plans/small_business/review_by", "2030-01-01")], {("plan", "review_by")}, ("upkeep",)),
    ([("plans/plans/small_business/source", ["RT-1"])], {("plan", "source")}, ("citation",)),
    (
        [("plans/plans/small_business/source", ["RT-1"]), ("policy/title/en", "x"), ("policy/version", "2")],
        {("plan", "source"), ("policy", "title.en"), ("policy", "version")},
        ("citation", "wording", "edition"),
    ),
    ([("clauses/clauses/RT-1/summary/en", "x")], {("clause", "summary.en")}, ("wording",)),
    ([("clauses/clauses/RT-1/basis", "assumed")], {("clause", "basis")}, ("citation",)),
    ([("clauses/sections/new", TEXT)], set(), ("citation",)),
    (
        [("vocabulary/facts/affected_services/values/one", TEXT)],
        {("fact", "values.one.en"), ("fact", "values.one.fr")},
        ("wording",),
    ),
    (
        [("vocabulary/facts/affected_services/values/two", TEXT)],
        {("fact", "values.two.en"), ("fact", "values.two.fr")},
        ("substance",),
    ),
    ([("calendars/hours/business_hours/week/monday", [])], {("hours", "week.monday")}, ("substance",)),
]


@pytest.mark.parametrize(("changes", "fields", "expected"), CASES)
def test_what_an_edit_is_about(
    changes: list[tuple[str, Any]],
    fields: set[tuple[str, str]],
    expected: tuple[str, ...],
    shipped: Policy,
    tmp_path: Path,
) -> None:
    before, after = load(FOLDERS["shipped"]), load(FOLDERS["shipped"])
    for path, value in changes:
        set_at(after, path, value)
    found = check(before, after, shipped.definition, saved(after, tmp_path))
    assert {(edit.kind, field.path) for edit in found for field in edit.fields} == fields
    assert nature(found) == expected


def test_lists_whose_order_counts_are_told_by_themselves(shipped: Policy, tmp_path: Path) -> None:
    before, after = load(FOLDERS["shipped"]), load(FOLDERS["shipped"])
    after["severity"]["levels"].reverse()
    after["severity"]["precedence"].reverse()
    after["channels"]["order"].reverse()
    found = check(before, after, shipped.definition, saved(after, tmp_path))
    assert [(edit.kind, edit.id) for edit in found] == [
        ("order", "levels"),
        ("order", "precedence"),
        ("order", "channels"),
    ]
    levels = tuple(level["id"] for level in before["severity"]["levels"])
    assert [(field.old, field.new) for field in found[0].fields] == [(levels, levels[::-1])]
    assert [nature([edit]) for edit in found] == [("substance",), ("substance",), ("wording",)]


def test_an_empty_mapping_that_is_filled_is_told_of_what_is_in_it(tmp_path: Path) -> None:
    before, after = load(FOLDERS["shipped"]), load(FOLDERS["shipped"])
    plan = before["plans"]["plans"]["enterprise_e1"]
    given, plan["entitlements"] = plan["entitlements"], {}
    (edit,) = check(before, after, saved(before, tmp_path / "old"), saved(after, tmp_path / "new"))
    assert {field.path for field in edit.fields} == {f"entitlements.{name}" for name in given}
    assert {field.old for field in edit.fields} == {MISSING}


def test_an_empty_mapping_is_told_where_there_was_none(tmp_path: Path) -> None:
    before, after = load(FOLDERS["shipped"]), load(FOLDERS["shipped"])
    for data, given in ((before, False), (after, True)):
        plan = data["plans"]["plans"]["enterprise_e1"]
        del plan["entitlements"]
        if given:
            plan["entitlements"] = {}
    old, new = saved(before, tmp_path / "old"), saved(after, tmp_path / "new")
    (edit,) = check(before, after, old, new)
    assert [(field.path, field.old, field.new) for field in edit.fields] == [("entitlements", MISSING, {})]


# Renames


@pytest.mark.parametrize("which", FOLDERS)
@pytest.mark.parametrize("share", [1.0, 0.4])
def test_declared_renames_are_told_as_such_and_as_nothing_else(
    which: str, share: float, tmp_path: Path
) -> None:
    renamer = DeclaringRenamer(load(FOLDERS[which]), share, which)
    data = renamer.rename()
    old, new = read_definition(FOLDERS[which]), saved(data, tmp_path)
    found = compared(old, new)
    assert {(edit.what, edit.fields) for edit in found} == {("renamed", ())}
    assert nature(found) == ("name",)
    declared = [(id, entry["formerly"][0]) for id, entry in entries(data) if "formerly" in entry]
    assert sorted((e.id.split(".")[-1], str(e.former).split(".")[-1]) for e in found) == sorted(declared)
    backwards = compared(new, old)
    assert sorted((e.id, e.former) for e in backwards) == sorted((e.former, e.id) for e in found)
    assert {(edit.what, edit.fields) for edit in backwards} == {("renamed", ())}


@pytest.mark.parametrize("which", FOLDERS)
@pytest.mark.parametrize("seed", range(10))
def test_what_is_edited_besides_a_rename_is_told(which: str, seed: int, tmp_path: Path) -> None:
    """As many things and fields as without the renames, and these besides."""
    old = read_definition(FOLDERS[which])
    owner = Owner(load(FOLDERS[which]), (which, "renamed", seed))
    owner.edit()
    try:
        plain = dumped(owner.policy, tmp_path / "plain")
    except PolicyLoadError:
        return
    # Each side has names of its own for what the edit brought.
    data = DeclaringRenamer(owner.policy).rename()
    both = compared(old, dumped(data, tmp_path / "both"))
    expected = compared(old, plain)
    found = [
        (e.kind, e.what if e.what != "renamed" else "changed", len(e.fields), sorted(e.touches - {"name"}))
        for e in both
        if e.what != "renamed" or e.fields
    ]
    assert sorted(found) == sorted((e.kind, e.what, len(e.fields), sorted(e.touches)) for e in expected)
    fields = [f for e in both for f in e.fields]
    assert [f.old for f in fields] == [f.old for f in by_place(expected, fields)]


def by_place(found: tuple[Edit, ...], like: list[FieldEdit]) -> list[FieldEdit]:
    """The fields at the old places of some others."""
    there = {field.old_at: field for edit in found for field in edit.fields}
    return [there[field.old_at] for field in like]


def test_a_rename_that_is_not_declared_is_one_removed_and_one_added(shipped: Policy, tmp_path: Path) -> None:
    data = renamed_column(load(FOLDERS["shipped"]), "enterprise", "large")
    declared = compared(shipped.definition, saved(data, tmp_path / "declared"))
    assert [(e.kind, e.id, e.former, e.what) for e in declared] == [
        ("column", "large", "enterprise", "renamed")
    ]
    del data["response_targets"]["columns"]["large"]["formerly"]
    found = check(load(FOLDERS["shipped"]), data, shipped.definition, saved(data, tmp_path / "not"))
    columns = {(e.id, e.what, e.former) for e in found if e.kind == "column" and e.what != "changed"}
    assert columns == {("enterprise", "removed", None), ("large", "added", None)}
    plans = {(f.path, f.old, f.new) for e in found if e.kind == "plan" for f in e.fields}
    assert plans == {("column", "enterprise", "large")}
    cells = {(e.id.split(".")[2], e.what) for e in found if e.kind == "cell"}
    assert cells == {("enterprise", "removed"), ("large", "added")}


def test_a_day_that_was_moved_is_renamed_and_says_so(harbourline: Policy, tmp_path: Path) -> None:
    data = load(FOLDERS["harbourline"])
    dates = data["calendars"]["dates"]
    dates["2025-04-17"] = dates.pop("2025-04-16") | {"formerly": ["2025-04-16"]}
    (edit,) = compared(harbourline.definition, saved(data, tmp_path))
    assert (edit.kind, edit.id, edit.former, edit.what) == ("date", "2025-04-17", "2025-04-16", "renamed")
    assert [(f.path, f.old, f.new) for f in edit.fields] == [("day", "2025-04-16", "2025-04-17")]
    assert nature([edit]) == ("substance", "name")
