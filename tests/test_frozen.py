"""Mappings that do not change."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from supportrules.frozen import FrozenDict, frozen


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
