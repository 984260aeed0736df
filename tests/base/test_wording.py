"""How messages speak of values, and what they suggest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from supportrules.base.wording import describe, did_you_mean, nearest, unknown_name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (0, "the number 0"),
        (2.5, "the number 2.5"),
        ("x", "`x`"),
        ("x" * 100, "`" + "x" * 57 + "...`"),
        ([1], "a list"),
        ({}, "an object"),
        (MappingProxyType({}), "an object"),
        (b"x", "a value of type bytes"),
    ],
)
def test_values_are_described(value: Any, text: str) -> None:
    assert describe(value) == text


def test_suggestions_are_all_that_are_equally_near() -> None:
    plans = ["enterprise_e1", "enterprise_e3", "enterprise_e4", "enterprise_k1", "standalone"]
    assert nearest("enterprise_e2", plans) == ("enterprise_e1", "enterprise_e3", "enterprise_e4")
    assert nearest("STANDALONE", plans) == ("standalone",)
    assert nearest("zzz", plans) == ()
    assert nearest("", plans) == ()


def test_suggestions_are_a_question() -> None:
    assert did_you_mean([]) == ""
    assert did_you_mean(["a"]) == "did you mean `a`?"
    assert did_you_mean(["a", "b", "c"]) == "did you mean `a`, `b` or `c`?"


def test_without_a_near_one_the_accepted_ones_are_listed() -> None:
    accepted: Mapping[str, int] = {"harbour": 1, "inland": 2}
    problem = unknown_name("site", "zzz", accepted, code="unknown-value")
    assert problem.text == "unknown site `zzz`: accepted: `harbour`, `inland`"
    many = unknown_name("site", "zzz", map(str, range(100)), code="unknown-value")
    assert many.hint.endswith(", `39`, …")
    assert many.accepted == ()
