"""Mappings that do not change."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import Any

import pytest

from supportrules.base.frozen import FrozenDict, frozen, lazy, made


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.__setitem__("a", 2),
        lambda d: d.__delitem__("a"),
        lambda d: d.update(b=1),
        lambda d: d.pop("a"),
        lambda d: d.popitem(),
        lambda d: d.clear(),
        lambda d: d.setdefault("b", 1),
        lambda d: d.__ior__({"b": 1}),
    ],
)
def test_it_refuses_to_be_changed(change: Callable[[Any], Any]) -> None:
    frozen = FrozenDict({"a": 1})
    with pytest.raises(TypeError, match="does not change"):
        change(frozen)
    assert frozen == {"a": 1}


def test_it_is_a_dictionary_otherwise() -> None:
    frozen = FrozenDict({"a": 1})
    assert frozen | {"b": 2} == {"a": 1, "b": 2}
    assert json.dumps(frozen) == '{"a": 1}'
    assert type(pickle.loads(pickle.dumps(frozen))) is FrozenDict


def test_equal_ones_have_one_hash_whatever_their_order() -> None:
    one, other = (
        FrozenDict({"a": 1, "b": FrozenDict({"c": 2})}),
        FrozenDict({"b": FrozenDict({"c": 2}), "a": 1}),
    )
    assert one == other and hash(one) == hash(other)
    assert len({one, other, FrozenDict({"a": 1})}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(FrozenDict({"a": []}))


def test_plain_data_is_frozen_as_deep_as_it_goes() -> None:
    data: Any = {"a": [{"b": ["c"]}, 1, None], "d": "text"}
    kept = frozen(data)
    assert kept == {"a": ({"b": ("c",)}, 1, None), "d": "text"}
    assert hash(kept) == hash(frozen(json.loads(json.dumps(kept))))
    data["a"].append(2)
    assert len(kept["a"]) == 3


@dataclass(frozen=True)
class Span:
    start: int
    end: int = 0
    done: list[str] = field(default_factory=list)
    reached: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    @lazy
    def length(self) -> int:
        """How long it is."""
        self.done.append("worked out")
        self.reached.set()
        assert self.go.wait(20)
        return self.end - self.start


def test_an_object_is_made_as_by_its_constructor() -> None:
    events = {"reached": threading.Event(), "go": threading.Event()}
    by_hand = made(Span, {"start": 1, "end": 3, "done": [], **events})
    assert by_hand == Span(1, 3, [], **events) and hash(by_hand.start) == hash(1)
    assert replace(by_hand, end=5).end == 5
    with pytest.raises(FrozenInstanceError):
        by_hand.start = 2  # type: ignore[misc]


def test_what_is_lazy_is_worked_out_once() -> None:
    span = Span(1, 3)
    span.go.set()
    assert (span.length, span.length, span.done) == (2, 2, ["worked out"])
    assert Span.length.__doc__ == "How long it is."


def test_one_that_is_being_worked_out_keeps_no_other_waiting() -> None:
    slow, quick = Span(1, 3), Span(1, 4)
    thread = threading.Thread(target=lambda: slow.length)
    thread.start()
    assert slow.reached.wait(20)
    quick.go.set()
    assert quick.length == 3
    slow.go.set()
    thread.join()
    assert slow.length == 2
