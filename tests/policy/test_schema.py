"""The JSON Schemas: valid themselves, strict, described, and true to their examples."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from folders import ROOT, SHIPPED
from shared_schemas import definitions, schemas, with_shared
from supportrules.policy.documents import read_documents
from supportrules.policy.files import OPTIONAL, REQUIRED
from supportrules.policy.schema import FOLDER, load_schema, schema_name, schema_names, validate, write_schemas
from supportrules.policy.starter import STARTER
from supportrules.time.targets import KINDS


def subschemas(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema with its place, found by the keywords that hold schemas."""
    if not isinstance(schema, dict):
        return
    yield path, schema
    for key in ("properties", "$defs", "patternProperties"):
        for name, item in schema.get(key, {}).items():
            yield from subschemas(item, f"{path}/{key}/{name}")
    for key in ("items", "additionalProperties", "then", "else", "propertyNames"):
        yield from subschemas(schema.get(key), f"{path}/{key}")
    for number, item in enumerate(schema.get("allOf", [])):
        yield from subschemas(item, f"{path}/allOf/{number}")


def test_there_is_one_for_each_file() -> None:
    assert set(schema_names()) == {*map(schema_name, (*REQUIRED, *OPTIONAL)), "tests"}


@pytest.mark.parametrize("name", schema_names())
def test_it_is_a_valid_schema(name: str) -> None:
    Draft202012Validator.check_schema(load_schema(name))


@pytest.mark.parametrize("name", schema_names())
def test_objects_are_closed_and_properties_described(name: str) -> None:
    for path, schema in subschemas(load_schema(name)):
        if schema.get("type") == "object" or "object" in schema.get("type", ()):
            assert "additionalProperties" in schema or "$ref" in schema, path
        if path.endswith(("/if", "/then")):
            continue
        for key, item in schema.get("properties", {}).items():
            described = "description" in item or "$ref" in item
            assert described, f"{path}/{key}"


# What says for itself how it is wrong, and what only leads to other keywords or to none.
WORDED = {
    *("additionalProperties", "required", "dependentRequired", "type", "enum", "const", "pattern", "not"),
    *("maxProperties", "minItems", "minProperties", "minLength", "uniqueItems"),
}
LEADING = {"$ref", "properties", "patternProperties", "propertyNames", "items", "allOf", "if", "then", "else"}
SILENT = {
    "$schema",
    "$defs",
    "title",
    "description",
    "examples",
    "errorMessage",
    "patternErrorMessage",
}


@pytest.mark.parametrize("name", schema_names())
def test_every_keyword_has_words_for_what_it_refuses(name: str) -> None:
    for path, schema in subschemas(load_schema(name)):
        assert schema.keys() <= WORDED | LEADING | SILENT, path


@pytest.mark.parametrize("name", schema_names())
def test_examples_are_valid(name: str) -> None:
    count = 0
    for _, schema in subschemas(load_schema(name)):
        for example in schema.get("examples", ()):
            # The definitions stay where references look for them.
            alone = {"$defs": load_schema(name).get("$defs", {}), **schema}
            Draft202012Validator(alone).validate(example)
            count += 1
    assert count > 0


PLACES = [
    (ROOT / "policies", ROOT / "schema"),
    (ROOT / "starter", ROOT / "schema"),
    (ROOT / "tests" / "harbourline", ROOT / "schema"),
    # The links hold in the installed package too.
    (SHIPPED, FOLDER),
    (STARTER, FOLDER),
]


@pytest.mark.parametrize(("folder", "schemas"), PLACES, ids=lambda path: "/".join(path.parts[-2:]))
def test_every_file_announces_its_schema_where_it_is(folder: Path, schemas: Path) -> None:
    files = [*folder.glob("*.yaml"), *folder.glob("tests/*.yaml")]
    assert len(files) > 8
    for file in files:
        prefix, _, target = file.read_text("utf-8").splitlines()[0].partition("$schema=")
        assert prefix == "# yaml-language-server: "
        name = "tests" if file.parent.name == "tests" else schema_name(file.stem)
        assert (file.parent / target).resolve() == schemas.resolve() / f"{name}.schema.json"
        assert (file.parent / target).is_file()


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for item in schema.values():
            yield from references(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from references(item)


@pytest.mark.parametrize("name", schema_names())
def test_a_schema_is_whole_by_itself(name: str) -> None:
    schema = load_schema(name)
    found = set(references(schema))
    for reference in found:
        assert reference.startswith("#/$defs/") and reference.split("/")[-1] in schema["$defs"]
    # It holds nothing that it does not use, and needs no place of its own.
    assert {f"#/$defs/{definition}" for definition in schema.get("$defs", {})} == found
    assert "$id" not in schema


def test_what_schemas_share_is_the_same_in_all() -> None:
    text = (ROOT / "schema" / "shared.json").read_text("utf-8")
    shared = definitions(text)
    assert json.loads(text)["$defs"].keys() == shared.keys()
    used = set()
    for name in schema_names():
        used |= load_schema(name).get("$defs", {}).keys()
    assert used >= shared.keys()
    for name, (text, expected) in schemas().items():
        assert text == expected, f"run `make schemas`: {name}"


@pytest.mark.parametrize(
    ("name", "places"), [("response_targets", 1), ("tests", 2), ("reports/diff", 1), ("calendars", 0)]
)
def test_targets_are_those_of_their_kinds(name: str, places: int) -> None:
    """The pattern of each kind stands in every schema of a target, so that a further kind is valid in all."""
    found = [
        item["properties"]["target"]["pattern"]
        for _, item in subschemas(load_schema(name))
        if "pattern" in item.get("properties", {}).get("target", {})
    ]
    kinds = [kind for kind in KINDS if kind.committed or name == "response_targets"]
    assert len(found) == places
    for pattern in found:
        assert all((kind.answered if "/" in name else kind.pattern) in pattern for kind in kinds)


def test_a_shared_definition_brings_those_that_it_needs() -> None:
    shared = {name: f'    "{name}": {{"$ref": "#/$defs/{other}"}}' for name, other in ("ab", "bc", "de")}
    shared["c"] = '    "c": {"type": "string"}'
    text = '{\n  "type": "object",\n  "properties": {"x": {"$ref": "#/$defs/own"}}\n}\n'
    assert with_shared(text, shared) == text
    own = '  "$defs": {\n    "own": {"$ref": "#/$defs/a"},\n    "d": {}\n  }\n}\n'
    whole = with_shared(text.replace("}}\n}", "}},\n" + own.rstrip("}\n") + "}\n  }\n}"), shared)
    assert [*json.loads(whole)["$defs"]] == ["own", "a", "b", "c"]
    assert with_shared(whole, shared) == whole


# Validators of others

CHECK_JSONSCHEMA = Path(sys.executable).parent / "check-jsonschema"


def validated(schema: Path, *files: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(CHECK_JSONSCHEMA), "--schemafile", str(schema), *map(str, files)]
    return subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8", check=False, timeout=120)


@pytest.mark.parametrize("policy", [ROOT / "policies", ROOT / "starter"], ids=lambda path: path.name)
@pytest.mark.parametrize("name", schema_names())
def test_another_validator_takes_the_files_of_a_policy(policy: Path, name: str, tmp_path: Path) -> None:
    files = [file for file in policy.glob("*.yaml") if schema_name(file.stem) == name]
    files += policy.glob("tests/*.yaml") if name == "tests" else ()
    # The schema lies alone, and the command runs somewhere else.
    alone = tmp_path / "alone" / "any.json"
    alone.parent.mkdir()
    alone.write_bytes((ROOT / "schema" / f"{name}.schema.json").read_bytes())
    if not files:
        assert name in OPTIONAL and policy.name == "starter"
        return
    done = validated(alone, *files, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_another_validator_refuses_what_is_wrong(tmp_path: Path) -> None:
    assert write_schemas(tmp_path / "made") == tuple(f"{name}.schema.json" for name in schema_names())
    file = tmp_path / "plans.yaml"
    file.write_text(
        (ROOT / "policies" / "plans.yaml").read_text("utf-8").replace("basis: stated", "basis: sure")
    )
    done = validated(tmp_path / "made" / "plans.schema.json", file, cwd=Path("/"))
    assert done.returncode == 1 and "'sure' is not one of" in done.stdout


# What an edit of one line makes of a small file; code, place, message and hint are as a policy owner sees them.
GOOD = """\
hours:
  office:
    label: {en: office}
    week: {monday: ["09:00-17:00"]}
    holidays: customer
    source: [X-1]
    basis: stated
coverage:
  label: {en: all}
  source: [X-1]
  basis: stated
  exceptions: {}
"""


def problems(text: str) -> list[str]:
    (node,), _ = read_documents(text, "calendars.yaml")
    return [str(problem) for problem in validate("calendars", node)]


def test_a_good_file_has_no_problems() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("basis: stated\ncov", "basis: sure\ncov", "calendars.yaml:7:12: `basis` can't be `sure`: accepted"),
        (
            "    holidays: customer\n",
            "",
            "calendars.yaml:2:3: `office` has no `holidays`: such as `customer`",
        ),
        (
            "holidays: customer",
            "holidays: closed",
            "5:15: `holidays` can't be `closed`: write `customer`, `none`, or places such as `[DE-BY]`; for nationwide",
        ),
        (
            "holidays: customer",
            "holidays: {source: [X-1], basis: assumed}",
            "5:5: `holidays` has no `of`: such as",
        ),
        (
            "holidays: customer",
            "holidays: customer\n    national_holidays: open",
            "6:5: `national_holidays` does not go here: write `holidays: customer` instead of `closed`, or",
        ),
        ("source: [X-1]\n    b", "source: []\n    b", "calendars.yaml:6:13: `source` is empty"),
        ("source: [X-1]\n    b", "source: X-1\n    b", "6:13: `source` takes a list, not `X-1`"),
        (
            "source: [X-1]\n    b",
            "source: [X-1, X-1]\n    b",
            "calendars.yaml:6:19: `source` has `X-1` twice",
        ),
        ("{monday: [", "{mondy: [", "calendars.yaml:4:12: unknown key `mondy`: did you mean `monday`?"),
        ("  office:", "  my office:", "calendars.yaml:2:3: `my office` can't be a key here"),
        ("label: {en: office}", "label: {}", "calendars.yaml:3:12: `label` is empty"),
    ],
)
def test_problems_are_placed_and_worded(old: str, new: str, expected: str) -> None:
    assert GOOD.count(old) == 1
    (found,) = problems(GOOD.replace(old, new))
    assert expected in found
