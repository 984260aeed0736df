"""What a test case may expect of a decision: a schema of its declared parts, with words for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from supportrules.engine.decision import Decision, PromiseDecision, Undetermined
from supportrules.engine.decision.declaration import (
    BasisName,
    CategoryName,
    ChannelName,
    ClockName,
    FactName,
    Form,
    LevelName,
    LocalInstant,
    NoteCode,
    PromiseName,
    TargetText,
    UtcInstant,
)
from supportrules.engine.decision.structure import ListOf, MappingOf, Part, Plain, Struct, Value, struct
from supportrules.time.targets import TIMES, forms, pattern

Schema = dict[str, Any]
# A description, and then examples.
Said = tuple[Any, ...]


class Words(NamedTuple):
    """What people who write test cases read of a part of a decision.

    Args:
        expected: what they may expect of it.
        each: of a mapping, what of an entry, whose name stands for ``{name}``.
        left_open: of an answer, what it means that it is undetermined,
        possible: and the list of its values that are possible then.
        value: what one of these is, or this part of it.
    """

    expected: Said | None = None
    each: Said | None = None
    left_open: str = ""
    possible: Said = ()
    value: Said | None = None


NAME = "^[A-Za-z0-9][A-Za-z0-9_]*$"
_OF_NAMES = (NAME, "a name has letters, digits and underscores; null is none")
_DATE_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"


def _form(type: Any) -> Form:
    """What a type of values declares."""
    (form,) = get_args(type)[1:]
    assert isinstance(form, Form)
    return form


# The pattern of a text in a test case, and what there is to say where it does not fit.
TEXTS: Mapping[Form, tuple[str, str]] = {
    _form(CategoryName): _OF_NAMES,
    _form(LevelName): _OF_NAMES,
    _form(ClockName): (NAME, "hours are `24x7` or the name of hours in `calendars.yaml`; null is none"),
    _form(TargetText): (pattern(TIMES), f"a target is {forms(TIMES)}; null where no time is promised"),
    _form(UtcInstant): (
        f"^{_DATE_TIME}Z$",
        "a time in UTC is written to the second with a `Z`, such as `2014-09-05T17:30:00Z`",
    ),
    _form(LocalInstant): (
        f"^{_DATE_TIME}[+-][0-9]{{2}}:[0-9]{{2}}$",
        "a local time is written to the second with a numeric offset, such as `2014-09-05T19:30:00+02:00`",
    ),
}
# The definitions that the schemas of policy files share of names.
SHARED: Mapping[Form, str] = {
    _form(ChannelName): "id",
    _form(PromiseName): "id",
    _form(FactName): "id",
    _form(NoteCode): "id",
    _form(BasisName): "basis",
    _form(ClockName): "clock",
}
# What people read of each part that a test case may expect, and examples; others can not be expected.
WORDS: Mapping[str, Words] = {
    "Channel.eligible": Words(
        expected=(
            "Whether the channel is open; null where that is undetermined, and expected under "
            "`undetermined`.",
            True,
        ),
        value=("Whether the channel is open.", True),
    ),
    "Channel.hours": Words(
        expected=(
            "When the channel is open: `24x7` or the name of hours; null where it is not open.",
            *("24x7", "business_hours", None),
        ),
        value=("When it is open; null where it is not.", "business_hours", None),
    ),
    "Window.opens_at": Words(
        expected=("When the window opens, in UTC.", "2014-09-05T17:30:00Z"),
    ),
    "Window.closes_at": Words(
        expected=("When the window closes, in UTC.", "2014-09-05T17:30:00Z"),
    ),
    "PromiseDecision.committed": Words(
        expected=("Whether a time is promised.", True),
    ),
    "PromiseDecision.target": Words(
        expected=(
            "The time promised, as in `response_targets.yaml`; null where no time is promised.",
            *("PT8H", "next_business_day", None),
        ),
        value=("The time promised; null where there is none.", "PT8H", None),
    ),
    "PromiseDecision.clock": Words(
        expected=("The hours in which the target runs.", "24x7", "business_hours"),
        value=("The hours in which the target runs.", "24x7"),
    ),
    "PromiseDecision.due_at": Words(
        expected=("The deadline in UTC; null where no time is promised.", "2014-09-05T17:30:00Z"),
    ),
    "PromiseDecision.due_at_local": Words(
        expected=(
            "The deadline in the ticket's own time zone, with its offset.",
            "2014-09-05T19:30:00+02:00",
        ),
    ),
    "PromiseDecision.window": Words(
        expected=(
            "The service window that is open or opens next, where no time is promised; null elsewhere.",
            {"opens_at": "2014-09-05T07:00:00Z", "closes_at": "2014-09-05T15:00:00Z"},
            None,
        ),
    ),
    "PromiseDecision.beyond_data": Words(
        expected=(
            "The data that ends before the deadline or the end of the window, with its last years: files that "
            "list days, and countries that decree them year by year.",
            {"CN": 2026},
        ),
        each=("The last year of this data.", 2026),
    ),
    "Reopening.until": Words(
        expected=("The last moment for reopening, in UTC.", "2014-09-05T17:30:00Z"),
        value=("The last moment for reopening, in UTC.", "2014-09-05T17:30:00Z"),
    ),
    "Undetermined.missing": Words(
        expected=(
            "The unknown facts that the answer still depends on, the most telling one first.",
            ["affected_users", "workaround"],
        ),
    ),
    "Decision.category": Words(
        expected=(
            "The category; null where there is none. One that is undetermined is expected under "
            "`undetermined`.",
            *("technical", None),
        ),
        left_open="The category is left open.",
        possible=("The categories that are still possible.", ["technical", "billing"]),
        value=("A possible category; null is none.", "technical", None),
    ),
    "Decision.severity": Words(
        expected=(
            "The level of severity; null where there is none. One that is undetermined is expected under "
            "`undetermined`.",
            *("B", None),
        ),
        left_open="The severity is left open.",
        possible=("The levels that are still possible; null is none.", ["A", "B"], ["B", None]),
        value=("A possible level; null is none.", "A", None),
    ),
    "Decision.channels": Words(
        expected=(
            "The channels that are looked at, by name.",
            {"phone": {"eligible": True, "hours": "24x7"}},
        ),
        each=("What is expected of this channel.",),
        left_open="The channel is left open.",
        possible=(
            "The answers that are still possible.",
            [{"eligible": True, "hours": "24x7"}, {"eligible": False, "hours": None}],
        ),
        value=("A possible answer for the channel.",),
    ),
    "Decision.promises": Words(
        expected=(
            "The promises that are looked at, by name.",
            {"response": {"target": "PT8H", "due_at": "2014-09-05T17:30:00Z"}},
        ),
        each=("What is expected of this promise; null where nothing is promised.",),
        left_open="What is promised, or only its deadline, is left open.",
        possible=(
            "The targets that are still possible, null is none; or the possible times of a known target.",
            [{"target": "PT8H", "clock": "24x7"}, None],
            [
                {
                    "due_at": "2026-04-06T16:00:00Z",
                    "places": [{"subdivisions": ["GB-SCT"], "timezones": None}],
                },
                {
                    "due_at": "2026-04-07T16:00:00Z",
                    "places": [{"subdivisions": ["GB-ENG", "GB-NIR", "GB-WLS"], "timezones": None}],
                },
            ],
        ),
        value=("A possible promise; null is none at all.",),
    ),
    "Decision.reopen": Words(
        expected=(
            "Until when the request can be reopened; null where it cannot.",
            *({"until": "2014-09-19T09:00:00Z"}, None),
        ),
        left_open="Whether the request can be reopened is left open.",
        possible=(
            "The answers that are still possible; null is no reopening.",
            [{"until": "2014-09-19T09:00:00Z"}, None],
        ),
        value=("A possible answer; null is no reopening.",),
    ),
    "Decision.undetermined": Words(
        expected=(
            "The answers that are left open; an empty mapping (`{}`) says that none is.",
            {},
            {"severity": {"possible": ["A", "B"], "missing": ["affected_users"]}},
            {"channels.phone": {"missing": ["requester"]}},
        ),
    ),
    "Decision.notes": Words(
        expected=(
            "The codes of the notes of the decision; an empty list says that there is none.",
            *(["advanced_support_not_in_force"], []),
        ),
    ),
    "Decision.basis": Words(
        expected=("The weakest basis of each answer that is looked at.", {"severity": "stated"}),
        each=("The weakest basis that the answer `{name}` rests on.", "inferred"),
    ),
}


def _parts(tree: Struct) -> Iterator[tuple[Part, Words]]:
    """The parts of an object with their words."""
    names = {part.attribute for part in tree.parts}
    unknown = [
        key for key in WORDS if key.startswith(f"{tree.type.__name__}.") and key.split(".")[1] not in names
    ]
    assert not unknown, f"words for what is no part of a decision: {unknown}"
    for part in tree.parts:
        yield part, WORDS.get(f"{tree.type.__name__}.{part.attribute}", Words())


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
    answers = [part for part, words in _parts(struct(Decision)) if words.expected]
    no_decision = {"not": {}, "errorMessage": "a ticket with an error has no decision"}
    return {
        "type": "object",
        "description": "The part of the decision that is expected. What is left out is not looked at.",
        "minProperties": 1,
        "properties": _expected_parts(struct(Decision)) | {"error": _ERROR},
        "additionalProperties": False,
        "if": {"required": ["error"], "properties": {"error": {}}},
        "then": {"properties": {part.key: no_decision for part in answers}},
    }


def _expected(part: Part, words: Words) -> Schema:
    """The schema of a part that is expected."""
    value, is_nullable = part.value, part.is_nullable
    assert words.expected
    match value:
        case Plain():
            return _plain(value, is_nullable, words.expected)
        case ListOf(item):
            # Of an object its first part, which names it.
            return _list(item.parts[0].value if isinstance(item, Struct) else item, words.expected)
        case MappingOf(value=Struct(type=kind)) if kind is Undetermined:
            return _open_answers(words.expected)
        case MappingOf():
            return _mapping(value, words.expected, words.each or ())
        case Struct():
            return _object(is_nullable, words.expected, _expected_parts(value))


def _expected_parts(tree: Struct) -> Schema:
    return {part.key: _expected(part, words) for part, words in _parts(tree) if words.expected}


def _plain(value: Value, is_nullable: bool, said: Said) -> Schema:
    assert isinstance(value, Plain)
    form = value.form
    if form in SHARED and not (is_nullable and form in TEXTS):
        return {"$ref": f"#/$defs/{SHARED[form]}"} | _described(said)
    kind = {bool: "boolean", int: "integer"}.get(value.type, "string")
    fits, message = TEXTS.get(form, ("", ""))
    written = {"pattern": fits, "patternErrorMessage": message} if fits else {}
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
    names = {"propertyNames": {"$ref": f"#/$defs/{SHARED[form]}"}} if form in SHARED else {}
    entries = {"minProperties": 1, **names, "additionalProperties": entry()}
    return {"type": "object"} | _described(said, **entries)


def _open_answers(said: Said) -> Schema:
    answers = [(part, words) for part, words in _parts(struct(Decision)) if words.left_open]
    single = {
        part.key: _open(part, words) for part, words in answers if not isinstance(part.value, MappingOf)
    }
    named = {
        f"^{part.key}\\.{NAME.removeprefix('^')}": _open(part, words)
        for part, words in answers
        if isinstance(part.value, MappingOf)
    }
    answer = {"properties": single, "patternProperties": named, "additionalProperties": False}
    return {"type": "object"} | _described(said, **answer)


def _open(part: Part, words: Words) -> Schema:
    """The schema of an answer that is expected to be open."""
    # Of a mapping each entry is an answer.
    answer = part.value if isinstance(part.value, MappingOf) else part
    tree, is_nullable = answer.value, answer.is_nullable
    assert words.value
    if isinstance(tree, Struct):
        parts = [(each, its.value) for each, its in _parts(tree) if its.value]
        fields = {each.key: _plain(each.value, each.is_nullable, value) for each, value in parts}
        value = _object(is_nullable, words.value, fields, is_whole=True)
        if tree.type is PromiseDecision:
            del value["required"]
            value["properties"] |= _times_there()
            value["minProperties"] = 2
            value["dependentRequired"] = {
                "target": ["clock"],
                "clock": ["target"],
                "due_at": ["places"],
                "window": ["places"],
            }
    else:
        value = _plain(tree, is_nullable, words.value)
    ((missing, its),) = (each for each in _parts(struct(Undetermined)) if each[1].expected)
    assert its.expected and isinstance(missing.value, ListOf)
    limits = {"minItems": 1, "uniqueItems": True}
    properties = {
        "possible": {"type": "array"} | _described(words.possible, **limits, items=value),
        missing.key: _list(missing.value.value, its.expected, minItems=1),
    }
    described = _described((words.left_open,), properties=properties, additionalProperties=False)
    return {"type": "object"} | described


def _times_there() -> Schema:
    """The keys of a time that a promise has at some of the places where the ticket can be."""
    times = {
        each.key: _expected(each, words) for each, words in _parts(struct(PromiseDecision)) if words.expected
    }
    due, window = times["due_at"] | {"type": "string"}, times["window"] | {"type": "object"}
    due |= {"description": "The deadline at these places, in UTC."}
    window |= {"description": "The service window at these places.", "examples": window["examples"][:1]}

    def codes(what: str, pattern: str, example: str) -> Schema:
        said = (f"The {what} of these places; null for all in which it can be.", [example], None)
        item = {"type": "string", "pattern": pattern, "patternErrorMessage": f"such as `{example}`"}
        limits = {"minItems": 1, "uniqueItems": True, "items": item}
        return {"type": ["array", "null"]} | _described(said, **limits)

    region = {
        "subdivisions": codes("subdivisions", "^[A-Z]{2}-[A-Z0-9]{1,3}$", "GB-SCT"),
        "timezones": codes("time zones", "^[A-Za-z0-9_+/-]+$", "Australia/Perth"),
    }
    said = ("Each of the subdivisions in each of the time zones.",)
    items = _object(False, said, region, is_whole=True)
    about = ("Where this is the time.", [{"subdivisions": ["GB-SCT"], "timezones": None}])
    places = {"type": "array"} | _described(about, minItems=1, items=items)
    return {"due_at": due, "window": window, "places": places}


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
