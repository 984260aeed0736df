"""JSON Schemas of the policy's files: positioned documents → problems in words."""

from __future__ import annotations

import functools
import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any

from supportrules.base.problem import Location, Problem
from supportrules.base.replacement import replacing
from supportrules.base.wording import describe, did_you_mean, nearest
from supportrules.policy.documents import Node, Path
from supportrules.policy.format import ENTRY_DEFAULTS, promise_in

FOLDER = pathlib.Path(__file__).parent.parent / "schema"
_TYPE_NAMES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


def schema_names() -> tuple[str, ...]:
    """The names of the schemas: one for each file of a policy, and one for the tables of promises."""
    return tuple(sorted(p.name.removesuffix(".schema.json") for p in FOLDER.glob("*.schema.json")))


def write_schemas(folder: pathlib.Path) -> tuple[str, ...]:
    """Writes the schemas of policy files into a directory, which is made; those that are there are replaced.

    Returns:
        The names of the files.

    Raises:
        OSError: the directory can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [f"{name}.schema.json" for name in schema_names()]
    for file in files:
        with replacing(folder / file) as stream:
            stream.write((FOLDER / file).read_bytes())
    return tuple(files)


def schema_name(file: str) -> str:
    """The name of the schema of a policy's file, given without its ending."""
    return "targets" if promise_in(file) else file


@functools.cache
def load_schema(name: str) -> Any:
    """The schema of that name, or of that file of a policy, as data."""
    return json.loads((FOLDER / f"{schema_name(name)}.schema.json").read_text("utf-8"))


@functools.cache
def _validator(name: str) -> Any:
    # Imported where it is needed: a built policy does not need it.
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(_: Any, wanted: str, value: object, __: Any) -> Iterator[ValidationError]:
        # In Python `$` also stands before a last line break, in JSON Schema at the end alone.
        if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", wanted), value):
            yield ValidationError(f"{value!r} does not match {wanted!r}")

    def entries(_: Any, least: int, value: object, __: Any) -> Iterator[ValidationError]:
        # What holds for all entries is none.
        if isinstance(value, dict) and len(value.keys() - {ENTRY_DEFAULTS}) < least:
            yield ValidationError(f"{value!r} is empty")

    referred: dict[str, Any] = {}

    def reference(validator: Any, wanted: str, value: object, _: Any) -> Iterator[ValidationError]:
        # jsonschema looks up what a reference means for every value again, and that takes most of its time.
        if wanted not in referred:
            _, *steps = wanted.split("/")
            referred[wanted] = validator.evolve(schema=_at(schema, tuple(steps)))
        yield from referred[wanted].iter_errors(value)

    schema, keywords = load_schema(name), {"pattern": pattern, "minProperties": entries, "$ref": reference}
    # It has no type hints.
    return extend(Draft202012Validator, keywords)(schema)  # type: ignore[no-untyped-call]


def validate(name: str, document: Node) -> list[Problem]:
    """What is wrong with a document by the schema of that name."""
    errors = _validator(name).iter_errors(document.plain())
    # A schema and what it refers to may both say of which type something is.
    return list(dict.fromkeys(problem for error in errors for problem in _explain(error, document)))


def sound_part(name: str, document: Node) -> tuple[Any, frozenset[Path]] | None:
    """What is left of a document without the entries that its schema refuses, so that the rest can be read.

    Returns:
        The data and the places of what was left out; None if nothing is left.
    """
    data, removed = document.plain(), set[Path]()
    while errors := list(_validator(name).iter_errors(data)):
        for error in errors:
            for path in _faulty(error):
                # An item of a list takes the list along: the places of the others must not change.
                while path and not isinstance(_at(data, path[:-1]), dict):
                    path = path[:-1]
                if not path:
                    return None
                if _at(data, path[:-1]).pop(path[-1], None) is not None:
                    removed.add(path)
    return data, frozenset(removed)


def _faulty(error: Any) -> Iterator[Path]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        for problem in _extra_keys(error):
            yield (*path, problem)
    elif "propertyNames" in error.schema_path:
        yield (*path, error.instance)
    else:
        yield path


def _at(data: Any, path: Path) -> Any:
    for step in path:
        # What is gone already has no faults of its own.
        data = data[step] if not isinstance(data, dict) else data.get(step, {})
    return data


def _explain(error: Any, document: Node) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    place = document.place(path)
    value, limit = error.instance, error.validator_value
    key = f"`{path[-1]}`" if path and isinstance(path[-1], str) else "this"
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(error, document, path)
        case "required":
            # jsonschema gives one error for each key; which one, only its message tells.
            name = next(name for name in limit if name not in value and repr(name) in error.message)
            where = document.place(path, key=True)
            about = f"{key} has no `{name}`" if path else f"`{name}` is missing"
            yield Problem("missing-key", about, _example(error, name), where, name)
        case "dependentRequired":
            yield Problem("missing-key", error.message.lower(), "", document.place(path, key=True))
        case "type":
            kinds = [limit] if isinstance(limit, str) else list(limit)
            wanted = " or ".join(_TYPE_NAMES[kind] for kind in kinds)
            hint = error.schema.get("errorMessage", "")
            yield Problem("wrong-type", f"{key} takes {wanted}, not {describe(value)}", hint, place)
        case "enum":
            options = [str(option) for option in limit]
            hint = did_you_mean(nearest(str(value), options))
            hint = hint or "accepted: " + ", ".join(f"`{option}`" for option in options)
            yield Problem("unknown-value", f"{key} can't be {describe(value)}", hint, place)
        case "const":
            yield Problem("unknown-value", f"{key} can't be {describe(value)}", f"write `{limit}`", place)
        case "pattern" if "propertyNames" in error.schema_path:
            where = document.place((*path, value), key=True)
            hint = error.schema.get("patternErrorMessage", "")
            yield Problem("wrong-form", f"{describe(value)} can't be a key here", hint, where, str(value))
        case "pattern":
            hint = error.schema.get("patternErrorMessage") or _example(error)
            yield Problem("wrong-form", f"{key} can't be {describe(value)}", hint, place)
        case "not":
            where = document.place(path, key=True)
            yield Problem("unexpected-key", f"{key} does not go here", error.schema["errorMessage"], where)
        case "maxProperties":
            yield Problem("wrong-value", f"{key} has more than {limit} entries", "", place)
        case "minItems" | "minProperties" | "minLength":
            yield Problem("empty", f"{key} is empty", _example(error), place)
        case "uniqueItems":
            again = next(i for i, item in enumerate(value) if item in value[:i])
            where = document.place((*path, again))
            yield Problem("duplicate-value", f"{key} has {describe(value[again])} twice", "", where)
        case _:
            # No schema has another keyword so far.
            yield Problem("wrong-value", error.message, "", place)


def _unknown_keys(error: Any, document: Node, path: tuple[str | int, ...]) -> Iterator[Problem]:
    known = list(error.schema.get("properties", {}))
    for name in _extra_keys(error):
        hint = did_you_mean(nearest(name, [k for k in known if k not in error.instance]))
        if not hint and "errorMessage" in error.schema:
            hint = error.schema["errorMessage"]
        elif not hint and known:
            hint = "accepted: " + ", ".join(f"`{option}`" for option in known)
        elif not hint:
            hint = "a name has letters, digits and underscores"
        place: Location = document.place((*path, name), key=True)
        yield Problem("unknown-key", f"unknown key `{name}`", hint, place, name)


def _extra_keys(error: Any) -> list[str]:
    """The keys of an object that its schema does not know."""
    known, patterns = error.schema.get("properties", {}), error.schema.get("patternProperties", {})
    return [n for n in error.instance if n not in known and not any(re.search(p, n) for p in patterns)]


def _example(error: Any, name: str | None = None) -> str:
    schema = error.schema if name is None else error.schema.get("properties", {}).get(name, {})
    examples = schema.get("examples", [])
    if not examples:
        return ""
    text = examples[0] if isinstance(examples[0], str) else json.dumps(examples[0], ensure_ascii=False)
    return f"such as `{text}`"
