"""What is said of the format is what the schemas and the files have, and what loading looks at."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from folders import HARBOURLINE, KESTREL, MUNICH, SHIPPED
from policy_data import load
from renaming import with_more
from supportrules import Policy, PolicyLoadError
from supportrules.policy.binding import bind
from supportrules.policy.documents import file_name
from supportrules.policy.files import OPTIONAL, REQUIRED, PolicyFiles
from supportrules.policy.format import (
    CITING,
    CONCLUDED,
    DAYS,
    ENTRY_DEFAULTS,
    ENTRY_KINDS,
    FILES_OF_VALUES,
    KINDS,
    EntryKind,
    covers,
    entry_kind,
    kind_at,
    kind_of,
    kinds_in,
    kinds_in_rule,
    promise_in,
    references_to,
    targets_file,
)
from supportrules.policy.schema import load_schema

Schema = dict[str, Any]
Data = dict[str, Any]
FILES = (*REQUIRED, *OPTIONAL)


def resolved(schema: Schema, root: Schema) -> Schema:
    """A subschema with what it refers to."""
    reference = schema.get("$ref", "").removeprefix("#/$defs/")
    return {**resolved(root["$defs"][reference], root), **schema} if reference else schema


def inner(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The subschemas of what keys hold, by key; a star is any key, or any item."""
    yield from schema.get("properties", {}).items()
    for word in ("additionalProperties", "items"):
        if isinstance(schema.get(word), dict):
            yield "*", schema[word]


def below(schema: Schema, root: Schema, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Schema]]:
    """All subschemas by path; those in conditions are conditions again."""
    found = resolved(schema, root)
    yield path, found
    if path[-1] != "when":
        for key, part in inner(found):
            yield from below(part, root, (*path, key))


SUBSCHEMAS = {
    path: schema for file in FILES for path, schema in below(load_schema(file), load_schema(file), (file,))
}


def starred(steps: Sequence[str]) -> tuple[str, ...]:
    """A path; a table of any promise looks like that of the first one."""
    file, *others = steps
    first = targets_file("response") if kind_of(file) else file
    return first, *("*" if kind_of(step) else step for step in others)


BY_PATH = {starred(kind.steps): kind for kind in ENTRY_KINDS}


@pytest.mark.parametrize("kind", ENTRY_KINDS, ids=lambda kind: kind.path)
def test_a_kind_stands_where_a_schema_has_it(kind: EntryKind) -> None:
    schema = SUBSCHEMAS[starred(kind.steps)]
    assert ("formerly" in schema.get("properties", {})) == kind.formerly
    for key in kind.refers:
        steps = [step for step in key.split(".") if step not in ("", "*")]
        assert (*starred(kind.steps), *steps) in SUBSCHEMAS, key
    if kind.name == "order":
        assert schema["type"] == "array"


def test_each_file_has_its_kinds() -> None:
    assert {starred(kind.steps)[0] for kind in ENTRY_KINDS} == set(FILES)
    assert [kind for file in FILES for kind in kinds_in(file) if kind not in ENTRY_KINDS] == []


def test_all_that_cites_clauses_is_of_a_kind() -> None:
    citing = {
        path
        for path, schema in SUBSCHEMAS.items()
        if "basis" in schema.get("properties", {}) and path[-1] != ENTRY_DEFAULTS
    }
    assert citing == set(map(starred, CITING))
    # A choice of hours, which cite what it cites.
    assert citing - {("calendars", "hours", "*", "holidays")} <= set(BY_PATH)


def test_sources_and_bases_can_be_given_once_wherever_entries_have_names() -> None:
    files = {starred(steps)[:1] for steps in CITING}
    above = {
        starred(steps[:depth])
        for steps in CITING
        for depth, step in enumerate(steps)
        if depth and kind_of(step)
    }
    # The items of a list are below the file.
    holders = {path for path in above | files if SUBSCHEMAS[path]["type"] == "object"}
    assert holders == {path[:-1] for path in SUBSCHEMAS if path[-1] == ENTRY_DEFAULTS}


# What names a value of a choice or a group of rules, which are no entries.
OTHER_NAMES = {("issue_types", "issue_types", "*", "category"), ("severity", "precedence")}


def test_what_names_an_entry_says_so() -> None:
    naming = ("id", "clock", "rule_reference")
    for file in FILES:
        root = load_schema(file)
        patterns = [root["$defs"][name]["pattern"] for name in naming if name in root["$defs"]]
        for path, schema in SUBSCHEMAS.items():
            if path[0] != file or schema.get("pattern") not in patterns or path[-2:] == ("formerly", "*"):
                continue
            path = path[:-1] if path[-1] == "*" and SUBSCHEMAS[path[:-1]].get("type") == "array" else path
            if path not in OTHER_NAMES and path[:2] != ("policy", "roles"):
                owner = next(
                    kind for kind in reversed(ENTRY_KINDS) if starred(kind.steps) == path[: len(kind.steps)]
                )
                assert ".".join(path[len(owner.steps) :]) in owner.refers, path


def test_the_kinds_of_what_is_named_are_kinds() -> None:
    special = {"condition", "rules", "value"}
    for kind in ENTRY_KINDS:
        assert {refers.kind for refers in kind.refers.values()} <= {*KINDS, *special}
        assert {kind_of(step) for step in kind.steps} <= {*KINDS, "group", ""}
    assert {*CONCLUDED.values(), *FILES_OF_VALUES.values()} <= set(KINDS)
    assert tuple(load_schema("calendars")["$defs"]["hours"]["properties"]["week"]["properties"]) == DAYS


def test_a_definition_has_the_entries_with_names(shipped: Policy) -> None:
    named = [kind.name for kind in ENTRY_KINDS if kind.formerly and kind.name not in ("rule", "note")]
    assert list(shipped.definition.named()) == named


# Ids


def test_ids_are_made_and_taken_apart(shipped: Policy, harbourline: Policy, kestrel: Policy) -> None:
    seen = set()
    stages = [stage for policy in (shipped, harbourline, kestrel) for stage in policy.program.stages.values()]
    for stage in stages:
        for rule in stage.rules:
            kinds = kinds_in_rule(rule.id)
            parts = zip(rule.id.split("."), kinds, strict=True)
            names = [promise_in(part) or part for part, kind in parts if kind]
            made = [kind for kind in ENTRY_KINDS if tuple(map(kind_of, kind.rules.split("."))) == kinds]
            assert rule.id in [kind.rule_of(*names) for kind in made]
            seen |= {kind.name for kind in made}
    assert seen == {kind.name for kind in ENTRY_KINDS if kind.rules}


def test_keys_in_ids_are_no_names() -> None:
    assert kinds_in_rule("plans.rules.x") == ("", "", "rule")
    assert kinds_in_rule("plans.small.x") == ("", "plan", "conclusion")
    assert kinds_in_rule("response_targets.columns") == ("", "")
    assert kinds_in_rule("response_targets.without_severity") == ("promise", "")
    assert kinds_in_rule("response_targets.A") == ("promise", "level")
    assert kinds_in_rule("no.such.rule") == ("", "", "")
    assert kinds_in_rule("calendars.coverage.x.y") == ("",) * 4


def test_a_reference_covers_what_begins_with_it() -> None:
    assert covers("plans", "plans.a.x")
    assert covers("plans.a", "plans.a")
    assert not covers("plans.a", "plans.ab")
    assert list(references_to("plans.a.x")) == ["plans.a.x", "plans.a", "plans"]
    assert all(covers(reference, "plans.a.x") for reference in references_to("plans.a.x"))


def test_paths_have_kinds_and_names() -> None:
    path = ("channels", "channels", "phone", "rules", "paid")
    kind = kind_at(path)
    assert (kind.names(path), kind.id_of(*kind.names(path))) == (("phone", "paid"), "channels.phone.paid")
    assert kind_at(("severity", "levels", 0)) is entry_kind("level")


# Loading


def at(data: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    """What stands at a path of a policy, wherever it does."""
    if not steps:
        yield data
    elif isinstance(data, list):
        for item in data:
            yield from at(item, steps[1:])
    elif isinstance(data, dict):
        rest = steps[0].partition("}")[2]
        any_name = kind_of(steps[0]) or steps[0] == "*"
        for key in data if any_name else [k for k in data if k == steps[0]]:
            if key.endswith(rest):
                yield from at(data[key], steps[1:])


def misnamed(data: Data, kind: EntryKind, key: str) -> Data | None:
    """A policy in which the first entry that has a key names what there is not."""
    data = copy.deepcopy(data)
    above, last = ".".join(filter(None, (kind.path, key))).rsplit(".", 1)
    for holder in at(data, tuple(above.split("."))):
        if not isinstance(holder, dict) or (key == "overrides" and "when" not in holder):
            continue
        for name in list(holder) if last == "*" else [last]:
            match ["rule"] if key == "overrides" else holder.get(name):
                case str() if key != "worsens":
                    holder[name] = "no_such"
                case [str(), *rest]:
                    holder[name] = ["no_such", *rest]
                case {**found} if found:
                    holder[name] = {"no_such": True, **dict([*found.items()][1:])}
                case _:
                    continue
            return data
    return None


def files(data: Data) -> PolicyFiles:
    contents = {
        file: (item if isinstance(item, str) else json.dumps(item)).encode() for file, item in data.items()
    }
    return PolicyFiles(contents, {file: file_name(file) for file in contents})


REFERENCES = [(kind, key) for kind in ENTRY_KINDS for key, refers in kind.refers.items() if key != "id"]


@pytest.mark.parametrize(("kind", "key"), REFERENCES, ids=lambda part: getattr(part, "path", part))
def test_what_names_nothing_is_told(kind: EntryKind, key: str) -> None:
    found = []
    days = {"company_days.ics": (MUNICH / "company_days.ics").read_text("utf-8")}
    for data in (with_more(load(SHIPPED)), load(HARBOURLINE), load(MUNICH) | days, load(KESTREL)):
        if wrong := misnamed(data, kind, key):
            with pytest.raises(PolicyLoadError) as caught:
                bind(files(wrong))
            found.append({problem.code for problem in caught.value.problems if "no_such" in problem.message})
    assert found
    assert all(codes & {"unknown-reference", "unknown-value"} for codes in found)
