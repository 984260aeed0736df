"""JSON Schemas of a policy's tickets and decisions, and of what a check finds."""

from __future__ import annotations

from typing import Any

from supportrules.policy import BASES, Definition
from supportrules.policy.vocabulary import INSTANT, Fact, Label, OnlyZoneOf
from supportrules.time import zones
from supportrules.time.clocks import ALWAYS
from supportrules.time.targets import ANSWER_PATTERN

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# No `format` beside the pattern of an instant: most validators pass over it, strict ones refuse it.
_UTC = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"
_LOCAL = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}(:\d{2})?$"

Schema = dict[str, Any]


def ticket_schema(definition: Definition) -> Schema:
    """The JSON Schema of the tickets that a policy decides."""
    return {
        "$schema": _DIALECT,
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
    clocks = [ALWAYS, *definition.hours]
    text = {"type": "object", "additionalProperties": {"type": "string"}}
    access = _object(
        eligible={"type": ["boolean", "null"]},
        hours={"enum": [*clocks, None]},
        says={"type": "array", "items": _object(rule={"type": "string"}, says=text)},
    )
    window = _object(opens_at=_time(_UTC), closes_at=_time(_UTC))
    target = {"type": ["string", "null"], "pattern": ANSWER_PATTERN}
    response = _object(
        committed={"type": "boolean"},
        target=target,
        clock={"enum": clocks},
        due_at=_time(_UTC, null=True),
        due_at_local=_time(_LOCAL, null=True),
        window=_or_null(window),
    )
    categories: list[str] = []
    if definition.roles.category:
        categories = list(definition.vocabulary.facts[definition.roles.category].values)
    basis = {"enum": [*BASES, None]}
    facts = {"enum": list(definition.vocabulary.facts)}
    open_answer = _object(
        possible={"type": "array"}, missing={"type": "array", "items": facts, "uniqueItems": True}
    )
    notes = [note.id.split(".")[-1] for note in definition.notes]
    bases = _object(severity=basis, channels=basis, response=basis)
    bases["properties"]["reopen"] = basis
    decision = _object(
        ticket={"type": ["string", "null"]},
        policy=_object(
            name={"const": definition.name},
            version={"const": definition.version},
            digest={"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
        ),
        category={"enum": [*categories, None]},
        severity={"enum": [*definition.levels, None]},
        channels=_object(**dict.fromkeys(definition.channels, access)),
        response=_or_null(response),
        reopen=_or_null(_object(until=_time(_UTC))),
        undetermined={
            "type": "object",
            "propertyNames": {
                "enum": ["category", "severity", "response", "reopen"]
                + [f"channels.{channel}" for channel in definition.channels]
            },
            "additionalProperties": open_answer,
        },
        notes={"type": "array", "items": _object(code={"enum": notes}, text=text)},
        basis=bases,
    )
    # Only where it is asked for.
    decision["properties"]["derivation"] = {"type": "array", "items": _derivation(text)}
    return {"$schema": _DIALECT, "title": f"Decision of {definition.name} {definition.version}"} | decision


def _derivation(text: Schema) -> Schema:
    entry = _object(
        rule={"type": ["string", "null"]},
        concludes={"type": "string"},
        value={},
        **{"from": {"type": "object"}},
        basis={"enum": list(BASES)},
        source={"type": "array", "items": {"type": "string"}},
        location={"type": ["string", "null"]},
        overridden_by={"type": ["string", "null"]},
    )
    closed = _object(date={"type": "string"}, kind={"type": "string"}, name={"type": "string"})
    entry["properties"] |= {
        "agreed_by": {"type": "array", "items": {"type": "string"}},
        "says": text,
        "calendar": {"type": "string"},
        "closed_days": {"type": "array", "items": closed},
    }
    return entry


def findings_schema() -> Schema:
    """The JSON Schema of the findings of a check."""
    text: Schema = {"type": "string"}
    texts: Schema = {"type": "array", "items": text}
    number: Schema = {"type": "integer", "minimum": 0}
    place = _object(file=text, line=number, column=number)
    witness = _object(ticket={"type": "object"}, expect={"type": "object"})
    witness["properties"]["rules"] = {"type": "object", "additionalProperties": texts}
    finding = _object(kind={"enum": ["error", "warning"]}, code=text, message=text)
    # Only where they say something.
    finding["properties"] |= {
        "hint": text,
        "field": text,
        "value": {"type": ["string", "boolean", "number", "null"]},
        "accepted": texts,
        "nearest": texts,
        "location": place,
        "related": {"type": "array", "items": place},
        "witnesses": {"type": "array", "items": witness},
    }
    reasons: Schema = {"type": "object", "additionalProperties": text}
    allowed = finding | {
        "properties": finding["properties"] | {"allowed": reasons},
        "required": [*finding["required"], "allowed"],
    }
    findings = _object(
        policy=_or_null(_object(name=text, version=text, digest=text)),
        problems={"type": "array", "items": finding},
        allowed={"type": "array", "items": allowed},
        counts=_object(errors=number, warnings=number, allowed=number),
    )
    findings["properties"]["error"] = {
        "type": "string",
        "description": "What went wrong in the program itself, so that not all was checked.",
    }
    return {"$schema": _DIALECT, "title": "Findings of a check"} | findings


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}


def _time(pattern: str, *, null: bool = False) -> Schema:
    return {"type": ["string", "null"] if null else "string", "pattern": pattern}
