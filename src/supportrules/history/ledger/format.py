"""What a line of a ledger looks like: its hash does not say that, since anybody can compute one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from supportrules.engine.answers import PROMISES, TIMES
from supportrules.engine.decision import FORMAT, Decision, PolicyRef
from supportrules.engine.decision.structure import ListOf, MappingOf, Part, Plain, Struct, Value, struct
from supportrules.policy.format import RESPONSE, promise_answer, promise_target

_INSTANT = Annotated[datetime, msgspec.Meta(tz=True)]


def _object(name: str, fields: list[Any], *, has_others: bool = False) -> Any:
    return msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=not has_others)


def _logged(value: Value, is_nullable: bool = False) -> Any:
    """The type of a part of a decision in a line."""
    if is_nullable:
        return _logged(value) | None
    match value:
        case Plain(kind, form):
            return form.logged or (_INSTANT if kind is datetime else kind)
        case ListOf():
            return list[_logged(value.value)]  # type: ignore[misc]  # a type that is worked out
        case MappingOf():
            return dict[str, _logged(value.value, value.is_nullable)]  # type: ignore[misc]
        case Struct():
            fields = [_field(part) for part in value.parts if part.declared.logged != "anyhow"]
            return _object(value.type.__name__, fields, has_others=len(fields) < len(value.parts))


def _field(part: Part) -> Any:
    kind = _logged(part.value, part.is_nullable)
    if part.declared.is_optional or part.declared.logged == "later":
        return part.attribute, kind | UnsetType, msgspec.field(name=part.key, default=UNSET)
    return part.attribute, kind, msgspec.field(name=part.key)


_LINE = _object(
    "Line",
    [
        ("format", Literal[2]),
        ("sequence", int),
        ("previous", str | None),
        ("time", _INSTANT),
        ("software", str),
        ("policy", _logged(struct(PolicyRef))),
        ("calendars", _object("Calendars", [("holidays", str), ("tzdata", str)])),
        ("ticket", dict[str, Any]),
        ("masked", list[str]),
        ("defaults", bool | list[str]),
        ("decision", _logged(struct(Decision))),
        ("hash", str),
        ("begins_file", bool, False),
    ],
)


def misshapen(line: Any) -> str | None:
    """Why JSON data is no line, in words; None where it is one."""
    try:
        msgspec.convert(line, _LINE)
    except msgspec.ValidationError as error:
        said = str(error)
        return said[0].lower() + said[1:]
    return None


def as_format_2(line: Any) -> Any:
    """A line of format 1 as one of format 2; any other data as it is.

    Decisions of format 1 had one promise, `response`, outside of `promises`.
    """
    match line:
        case {"format": 1, "decision": {**decision}} if RESPONSE in decision:
            promises = {RESPONSE: decision.pop(RESPONSE)}
        case _:
            return line
    answer = promise_answer(RESPONSE)
    names = {RESPONSE: answer, "target": promise_target(RESPONSE)}
    names |= {f"{RESPONSE}.{time}": f"{answer}.{time}" for time in TIMES}
    decision |= {
        "format": FORMAT,
        "promises": promises,
        "undetermined": _renamed(decision.get("undetermined"), names),
        "basis": _renamed(decision.get("basis"), {RESPONSE: PROMISES}),
    }
    match decision.get("derivation"):
        case [*entries]:
            decision["derivation"] = [_derived(entry, names) for entry in entries]
    return {**line, "format": FORMAT, "decision": decision}


def _derived(entry: Any, names: Mapping[str, str]) -> Any:
    """An entry of a derivation in other names."""
    match entry:
        case {"concludes": str() as name, "from": read}:
            return {**entry, "concludes": names.get(name, name), "from": _renamed(read, names)}
    return entry


def _renamed(data: Any, names: Mapping[str, str]) -> Any:
    """A mapping with other keys; any other data as it is."""
    return {names.get(key, key): value for key, value in data.items()} if isinstance(data, dict) else data


def leave_out_later(logged: Any, data: Any, value: Value | None = None) -> None:
    """Takes out of a decision what the one that was logged lacks, as lines of earlier versions do.

    Args:
        logged: the decision in the line.
        data: the JSON data of the other one, which is changed.
        value: what both are; a decision if left out.
    """
    match value or struct(Decision):
        case Struct(parts=parts) if isinstance(logged, dict) and isinstance(data, dict):
            for part in parts:
                if part.key in logged and part.key in data:
                    leave_out_later(logged[part.key], data[part.key], part.value)
                elif part.declared.logged == "later":
                    data.pop(part.key, None)
        case MappingOf(value=each) if isinstance(logged, dict) and isinstance(data, dict):
            for name in logged.keys() & data.keys():
                leave_out_later(logged[name], data[name], each)


def moment(text: str) -> datetime:
    """A time of a line."""
    return msgspec.convert(text, datetime)
