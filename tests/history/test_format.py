"""What lines of earlier versions lack: any field that is declared so, wherever it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from supportrules.engine.decision.declaration import declared
from supportrules.engine.decision.structure import struct
from supportrules.history.ledger.format import leave_out_later


@dataclass
class Inner:
    first: str
    later: str = field(metadata=declared(logged="later"))


@dataclass
class Outer:
    inner: Inner | None
    named: Mapping[str, Inner]
    later: Mapping[str, str] = field(metadata=declared(logged="later"))


NOW: dict[str, Any] = {
    "inner": {"first": "a", "later": "b"},
    "named": {"x": {"first": "c", "later": "d"}, "y": {"first": "e", "later": "f"}},
    "later": {"z": "g"},
}


@pytest.mark.parametrize(
    ("logged", "left"),
    [
        (NOW, NOW),
        ({"inner": {"first": "a"}, "named": {}}, {"inner": {"first": "a"}, "named": NOW["named"]}),
        (
            {"inner": None, "named": {"x": {"first": "other"}}, "later": {}},
            {**NOW, "named": {"x": {"first": "c"}, "y": NOW["named"]["y"]}},
        ),
        # Only what is declared so may be lacking.
        ({"named": {}, "later": {}}, NOW),
    ],
)
def test_what_an_earlier_line_lacks_is_left_out(logged: dict[str, Any], left: dict[str, Any]) -> None:
    data = {**NOW, "inner": dict(NOW["inner"]), "named": {k: dict(v) for k, v in NOW["named"].items()}}
    leave_out_later(logged, data, struct(Outer))
    assert data == left
