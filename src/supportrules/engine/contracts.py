"""JSON Schemas of a policy's tickets and decisions."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from supportrules.engine.decision import Decision
from supportrules.engine.decision.structure import ListOf, MappingOf, Plain, Struct, Value, struct
from supportrules.policy import Definition
from supportrules.policy.vocabulary import INSTANT, Fact, Label, OnlyZoneOf
from supportrules.time import zones

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def ticket_schema(definition: Definition) -> Schema:
    """The JSON Schema of the tickets that a policy decides."""
    return {
        "$schema": DIALECT,
        "title": f"Ticket for {definition.name} {definition.version}",
        "type": "object",
        "properties": {name: _fact(fact) for name, fact in definition.vocabulary.facts.items()},
        "additionalProperties": False,
    }


def _fact(fact: Fact) -> Schema:
    schema: Schema = {"title": _text(fact.label), "description": _text(fact.question)}
    match fact.type:
        case "boolean":
            schema["type"] = ["boolean", "null"]
        case "number":
            schema["type"] = ["integer", "null"]
            if fact.minimum is not None:
                schema["minimum"] = fact.minimum
            if fact.maximum is not None:
                schema["maximum"] = fact.maximum
        case "country":
            schema["enum"] = [*zones.country_names(), None]
        case "subdivision":
            schema |= {"type": ["string", "null"], "pattern": "^[A-Z]{2}-[A-Z0-9]{1,3}$"}
        case "choice" | "level":
            schema["enum"] = [*fact.values, None]
        case "instant":
            schema |= {"type": ["string", "null"], "pattern": f"^{INSTANT}$"}
        case _:
            schema["type"] = ["string", "null"]
    if not isinstance(fact.default, OnlyZoneOf) and isinstance(fact.default, str | bool | int):
        schema["default"] = fact.default
    return schema


def _text(label: Label) -> str:
    return next(iter(label.values()), "")


def decision_schema(definition: Definition) -> Schema:
    """The JSON Schema of the decisions that a policy comes to."""
    title = f"Decision of {definition.name} {definition.version}"
    return {"$schema": DIALECT, "title": title} | _part_schema(struct(Decision), definition)


def _part_schema(value: Value, definition: Definition, is_nullable: bool = False) -> Schema:
    """The schema of a part of a decision."""
    if is_nullable:
        return or_null(_part_schema(value, definition))
    match value:
        case Plain():
            return _plain(value, definition)
        case ListOf(item):
            items = _part_schema(item, definition)
            # Of names a list has each once.
            once = {"uniqueItems": True} if isinstance(item, Plain) and item.form.names else {}
            return {"type": "array"} | ({"items": items} if items else {}) | once
        case MappingOf(form, entry, has_null):
            each = _part_schema(entry, definition, has_null)
            if form.is_every:
                return object_schema(form.optional, **dict.fromkeys(form.named(definition), each))
            named = {"propertyNames": {"enum": form.named(definition)}} if form.names else {}
            return {"type": "object"} | named | ({"additionalProperties": each} if each else {})
        case Struct(keys=parts):
            said = {part.key: part.declared for part in parts}
            optional = [key for key, each in said.items() if each.is_optional or each.is_asked_for]
            schemas = {part.key: _part_schema(part.value, definition, part.is_nullable) for part in parts}
            return object_schema(optional, **schemas)


def _plain(value: Plain, definition: Definition) -> Schema:
    form = value.form
    if form.names:
        return {"enum": form.named(definition)}
    if form.value:
        return {"const": form.value(definition)}
    kinds = {str: "string", datetime: "string", bool: "boolean", int: "integer"}
    kind = {"type": kinds[value.type]} if value.type in kinds else {}
    return kind | ({"pattern": form.pattern} if form.pattern else {})


def object_schema(optional: Collection[str] = (), /, **properties: Schema) -> Schema:
    """The schema of an object of these properties and no others.

    Args:
        optional: those that it may lack.
    """
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def or_null(schema: Schema) -> Schema:
    """The schema of what may be null too."""
    if "enum" in schema:
        return {"enum": [*schema["enum"], None]}
    return schema | {"type": [schema["type"], "null"]}
