"""A mapping that does not change."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from supportrules.frozen import FrozenDict


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
