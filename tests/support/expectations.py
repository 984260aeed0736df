"""What a test case may expect of a decision, by what is declared of its parts: a schema."""

from __future__ import annotations

import json
from typing import Any

from supportrules.engine.decision import Decision, Undetermined
from supportrules.engine.forms import NAME, Said
from supportrules.engine.structure import ListOf, MappingOf, Part, Plain, Struct, Value, struct

Schema = dict[str, Any]
# Its name among the definitions of the schema of test cases.
EXPECT = "expect"
_WIDTH = 107
_ERROR = {
    "type": "object",
    "description": "An error that the ticket has, so that there is no decision; nothing else can be expected beside it.",
    "minProperties": 1,
    "properties": {
        "code": {
            "type": "string",
            "description": "The code of the error.",
            "pattern": "^[a-z]+(-[a-z]+)*$",
            "patternErrorMessage": "a code is words of small letters with hyphens, such as `unknown-value`",
            "examples": ["unknown-value", "contradiction"],
        },
        "field": {
            "type": "string",
            "description": "The field that has the error; it need not be a fact.",
            "minLength": 1,
            "examples": ["plan"],
        },
    },
    "additionalProperties": False,
    "examples": [{"code": "unknown-value", "field": "plan"}],
}


def expectations() -> Schema:
    """The schema of what a test case expects."""
    answers = [part for part in struct(Decision).parts if part.declared.expected]
    no_decision = {"not": {}, "errorMessage": "a ticket with an error has no decision"}
    return {
        "type": "object",
        "description": "The part of the decision that is expected. What is left out is not looked at.",
        "minProperties": 1,
        "properties": {part.key: _expected(part) for part in answers} | {"error": _ERROR},
        "additionalProperties": False,
        "if": {"required": ["error"], "properties": {"error": {}}},
        "then": {"properties": {part.key: no_decision for part in answers}},
    }


def _expected(part: Part) -> Schema:
    """The schema of a part that is expected."""
    said, value, is_nullable = part.declared, part.value, part.is_nullable
    assert said.expected
    match value:
        case Plain():
            return _plain(value, is_nullable, said.expected)
        case ListOf(item):
            # Of an object its first part, which names it.
            return _list(item.parts[0].value if isinstance(item, Struct) else item, said.expected)
        case MappingOf(value=Struct(type=kind)) if kind is Undetermined:
            return _open_answers(said.expected)
        case MappingOf():
            return _mapping(value, said.expected, said.each or ())
        case Struct():
            return _object(is_nullable, said.expected, _expected_parts(value))


def _expected_parts(tree: Struct) -> Schema:
    return {part.key: _expected(part) for part in tree.parts if part.declared.expected}


def _plain(value: Value, is_nullable: bool, said: Said) -> Schema:
    assert isinstance(value, Plain)
    form = value.form
    if form.shared and not (is_nullable and form.expected):
        return {"$ref": f"#/$defs/{form.shared}"} | _described(said)
    kind = "boolean" if value.type is bool else "string"
    pattern, message = form.expected or ("", "")
    written = {"pattern": pattern, "patternErrorMessage": message} if pattern else {}
    return {"type": [kind, "null"] if is_nullable else kind} | _described(said, **written)


def _list(item: Value, said: Said, **limits: int) -> Schema:
    return {"type": "array"} | _described(said, **limits, uniqueItems=True, items=_plain(item, False, ()))


def _mapping(mapping: MappingOf, said: Said, each: Said) -> Schema:
    form, value, is_nullable = mapping

    def entry(name: str = "") -> Schema:
        text, *examples = each
        about = (text.format(name=name), *examples)
        if isinstance(value, Struct):
            return _object(is_nullable, about, _expected_parts(value))
        return _plain(value, is_nullable, about)

    if form.fixed:
        return _object(False, said, {name: entry(name) for name in form.fixed})
    names = {"$ref": f"#/$defs/{form.shared}"}
    entries = {"minProperties": 1, "propertyNames": names, "additionalProperties": entry()}
    return {"type": "object"} | _described(said, **entries)


def _open_answers(said: Said) -> Schema:
    answers = [part for part in struct(Decision).parts if part.declared.left_open]
    single = {part.key: _open(part) for part in answers if not isinstance(part.value, MappingOf)}
    named = {
        f"^{part.key}\\.{NAME.removeprefix('^')}": _open(part)
        for part in answers
        if isinstance(part.value, MappingOf)
    }
    answer = {"properties": single, "patternProperties": named, "additionalProperties": False}
    return {"type": "object"} | _described(said, **answer)


def _open(part: Part) -> Schema:
    """The schema of an answer that is expected to be open."""
    said = part.declared
    # Of a mapping each entry is an answer.
    answer = part.value if isinstance(part.value, MappingOf) else part
    tree, is_nullable = answer.value, answer.is_nullable
    assert said.value
    if isinstance(tree, Struct):
        parts = [(each, each.declared.value) for each in tree.parts if each.declared.value]
        fields = {each.key: _plain(each.value, each.is_nullable, value) for each, value in parts}
        value = _object(is_nullable, said.value, fields, is_whole=True)
    else:
        value = _plain(tree, is_nullable, said.value)
    (missing,) = (each for each in struct(Undetermined).parts if each.declared.expected)
    assert missing.declared.expected and isinstance(missing.value, ListOf)
    limits = {"minItems": 1, "uniqueItems": True}
    properties = {
        "possible": {"type": "array"} | _described(said.possible, **limits, items=value),
        missing.key: _list(missing.value.value, missing.declared.expected, minItems=1),
    }
    described = _described((said.left_open,), properties=properties, additionalProperties=False)
    return {"type": "object"} | described


def _object(is_nullable: bool, said: Said, properties: Schema, *, is_whole: bool = False) -> Schema:
    kind: Schema = {"type": ["object", "null"] if is_nullable else "object"}
    content = {"properties": properties, "additionalProperties": False}
    if len(properties) == 1:
        return kind | {"required": list(properties)} | content | _described(said)
    limit = {"required": list(properties)} if is_whole else {"minProperties": 1}
    return kind | _described(said, **limit, **content)


def _described(said: Said, **content: Any) -> Schema:
    """What a schema says beside its type: the description first, examples last."""
    text, *examples = said or ("",)
    described = {"description": text} if text else {}
    return described | content | ({"examples": examples} if examples else {})


def laid_out(data: Any, indent: int = 0, before: str = "") -> str:
    """JSON data as schemas have it: in one line where there is room for it.

    Args:
        indent: of the line that it begins in.
        before: what stands before it in this line.
    """
    text = json.dumps(data, ensure_ascii=False)
    if not isinstance(data, dict | list) or not data or indent + len(before) + len(text) <= _WIDTH:
        return before + text
    inside = indent + 2
    if isinstance(data, dict):
        items = [laid_out(value, inside, f"{json.dumps(key)}: ") for key, value in data.items()]
    else:
        items = [laid_out(value, inside) for value in data]
    start, end = "{}" if isinstance(data, dict) else "[]"
    lines = ",\n".join(" " * inside + item for item in items)
    return f"{before}{start}\n{lines}\n{' ' * indent}{end}"
