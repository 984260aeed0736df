"""What passes a test and a condition."""

from __future__ import annotations

from typing import Any

import pytest

from supportrules.policy.conditions import Condition, Test


@pytest.mark.parametrize(
    ("test", "passing", "failing"),
    [
        (Test("x", accepted=frozenset(["a", "b"])), ["a", "b"], ["c", None]),
        (Test("x", accepted=frozenset([True])), [True], [False, None]),
        (Test("x", excluded=frozenset(["a"])), ["b", None], ["a"]),
        (Test("x", at_least=10), [10, 11], [9, None, "10"]),
        (Test("x", at_most=9), [9, 0, -3], [10, None]),
        (Test("x", at_least=1, at_most=9), [1, 9], [0, 10, None]),
        (Test("x", given=True), ["a", 0, False], [None]),
        (Test("x", given=False), [None], ["a", 0, False]),
        (Test("x", excluded=frozenset([5]), at_least=1), [1, 6], [5, 0, None]),
        (Test("x", accepted=frozenset()), [], ["a", None]),
    ],
)
def test_what_passes_a_test(test: Test, passing: list[Any], failing: list[Any]) -> None:
    assert [value for value in passing if not test.holds(value)] == []
    assert [value for value in failing if test.holds(value)] == []


def test_all_tests_and_one_alternative() -> None:
    def is_(name: str, value: str) -> Condition:
        return Condition((Test(name, frozenset([value])),))

    condition = Condition(
        is_("a", "1").tests, (is_("b", "1"), Condition(is_("c", "1").tests, (is_("d", "1"),)))
    )
    values = {"a": "1", "b": "0", "c": "0", "d": "0"}
    assert not condition.holds(values)
    assert condition.holds(values | {"b": "1"})
    assert not condition.holds(values | {"c": "1"})
    assert condition.holds(values | {"c": "1", "d": "1"})
    assert not condition.holds(values | {"a": "0", "b": "1"})
    assert condition.names == ("a", "b", "c", "d")
    assert Condition().holds({})
