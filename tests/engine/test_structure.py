"""The tree of declared fields, and the JSON data and rows that are made by it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypedDict

import msgspec
import pytest

from random_tickets import random_tickets
from supportrules import Policy
from supportrules.base.frozen import FrozenDict, lazy
from supportrules.engine.decision import Decision, Derived
from supportrules.engine.decision.declaration import ChannelName, ClockName, UtcInstant, declared
from supportrules.engine.decision.json_data import row_writer, writer
from supportrules.engine.decision.structure import (
    ListOf,
    MappingOf,
    Part,
    Plain,
    Struct,
    Value,
    columns,
    struct,
)


class More(TypedDict, total=False):
    reason: str


@dataclass(frozen=True)
class Span:
    since: UtcInstant
    until: UtcInstant | None
    inner: int = field(default=0, metadata=declared(is_json=False))


@dataclass(frozen=True)
class Progress:
    """As a promise of a decision could be."""

    status: str | None
    clocks: Mapping[ChannelName, ClockName | None]
    spans: tuple[Span, ...] = field(
        metadata=declared(lists={"starts": lambda found: [str(span.since.year) for span in found.spans]})
    )
    current: Span | None = None
    paused: tuple[str, ...] = field(
        default=(), metadata=declared(key="held", is_optional=True, column="none")
    )
    more: Mapping[str, Any] = field(default_factory=dict, metadata=declared(merged=More, column="none"))

    @lazy
    def told(self) -> tuple[Span, ...]:
        return (Span(MOMENT, None),)


MOMENT = datetime(2014, 9, 5, 17, 30, tzinfo=UTC)
TEXT = "2014-09-05T17:30:00Z"
PLAIN = Progress(None, {"phone": "24x7"}, (Span(MOMENT, MOMENT),))
FULL = Progress("met", {}, (), Span(MOMENT, None), ("night",), FrozenDict({"reason": (FrozenDict(a=1),)}))


def test_json_data_has_what_is_declared() -> None:
    bare = {
        "status": None,
        "clocks": {"phone": "24x7"},
        "spans": [{"since": TEXT, "until": TEXT}],
        "current": None,
    }
    assert writer(Progress, whole=False)(PLAIN) == bare
    assert writer(Progress)(PLAIN) == bare | {"told": [{"since": TEXT, "until": None}]}
    found = writer(Progress, whole=False)(FULL)
    assert found == {
        "status": "met",
        "clocks": {},
        "spans": [],
        "current": {"since": TEXT, "until": None},
        "held": ["night"],
        "reason": [{"a": 1}],
    }
    assert type(found["reason"][0]) is dict


def test_a_row_has_the_columns_with_instants_as_they_are() -> None:
    assert row_writer(Progress)(PLAIN) == {
        "status": None,
        "clocks": {"phone": "24x7"},
        "starts": ["2014"],
        "current": None,
    }
    assert row_writer(Progress)(FULL)["current"] == {"since": MOMENT, "until": None}


def test_columns_have_the_names_of_a_policy(policy: Policy) -> None:
    found = columns(struct(Progress), [policy.definition])
    assert list(found) == ["status", "clocks", "starts", "current"]
    assert found["starts"] is None
    clocks, current = found["clocks"], found["current"]
    assert isinstance(clocks, dict) and list(clocks) == list(policy.definition.channels)
    assert isinstance(current, dict) and list(current) == ["since", "until"]


def fits(data: Any, value: Value, is_nullable: bool = False) -> bool:
    """Whether JSON data has the form of a value, key by key and in order."""
    if data is None:
        return is_nullable or (isinstance(value, Plain) and value.type is Any)
    match value:
        case Plain(type=kind):
            return kind is Any or isinstance(data, kind if kind in (bool, int) else str)
        case ListOf(item):
            return isinstance(data, list) and all(fits(each, item) for each in data)
        case MappingOf(_, entry, or_null):
            return isinstance(data, dict) and all(fits(each, entry, or_null) for each in data.values())
        case Struct():
            keys: dict[str, Part] = {part.key: part for part in value.keys}
            order = [key for key in keys if key in data]
            lacking = [part.declared for key, part in keys.items() if key not in data]
            return (
                list(data) == order
                and all(each.is_optional or each.is_asked_for for each in lacking)
                and all(fits(data[key], keys[key].value, keys[key].is_nullable) for key in data)
            )


@pytest.mark.parametrize("defaults", [True, False])
def test_decisions_have_the_declared_form(policy: Policy, defaults: bool) -> None:
    tree = struct(Decision)
    for ticket in random_tickets(policy, random.Random(17), 60):
        decision = policy.evaluate(ticket, defaults=defaults)
        for data in (decision.to_dict(), decision.to_dict(derivation=False)):
            assert fits(data, tree)
            # Nothing of it is frozen: it is the caller's own.
            assert msgspec.json.decode(msgspec.json.encode(data)) == data
        assert all(fits(entry.to_dict(), struct(Derived)) for entry in decision.derivation)


def test_the_data_is_the_callers_own(shipped: Policy) -> None:
    decision = shipped.evaluate({}, defaults=False)
    data = decision.to_dict()
    data["channels"].clear()
    data["basis"].clear()
    for answer in data["undetermined"].values():
        for value in answer["possible"]:
            if isinstance(value, dict):
                value.clear()
    assert decision.to_dict() == shipped.evaluate({}, defaults=False).to_dict()
