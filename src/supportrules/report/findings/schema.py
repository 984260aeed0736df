"""The JSON Schema of what `check` finds."""

from __future__ import annotations

from supportrules.engine.contracts import DIALECT, Schema, object_schema, or_null


def findings_schema() -> Schema:
    """The JSON Schema of the findings of a check."""
    text: Schema = {"type": "string"}
    texts: Schema = {"type": "array", "items": text}
    number: Schema = {"type": "integer", "minimum": 0}
    place = object_schema(file=text, line=number, column=number)
    witness = object_schema(ticket={"type": "object"}, expect={"type": "object"})
    witness["properties"]["rules"] = {"type": "object", "additionalProperties": texts}
    finding = object_schema(kind={"enum": ["error", "warning"]}, code=text, message=text)
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
    findings = object_schema(
        policy=or_null(object_schema(name=text, version=text, digest=text)),
        problems={"type": "array", "items": finding},
        allowed={"type": "array", "items": allowed},
        counts=object_schema(errors=number, warnings=number, allowed=number),
    )
    findings["properties"]["error"] = {
        "type": "string",
        "description": "What went wrong in the program itself, so that not all was checked.",
    }
    return {"$schema": DIALECT, "title": "Findings of a check"} | findings
