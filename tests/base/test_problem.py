"""Places and problems."""

from __future__ import annotations

import pytest

from supportrules.base.problem import Location, Problem, Witness, ordered


def test_places_are_written_as_far_as_they_are_known() -> None:
    assert str(Location("a.yaml")) == "a.yaml"
    assert str(Location("a.yaml", 3)) == "a.yaml:3"
    assert str(Location("a.yaml", 3, 7)) == "a.yaml:3:7"
    assert Location("a", 1, 1, "x") == Location("a", 1, 1, "y")


def test_problems_are_ordered_by_place_and_each_once() -> None:
    first = Problem("b", "m", location=Location("a.yaml", 2, 9))
    second = Problem("a", "m", location=Location("a.yaml", 10, 1))
    third = Problem("a", "m", location=Location("b.yaml", 1, 1))
    assert ordered([third, second, first, second]) == (first, second, third)


def test_data_leaves_out_what_says_nothing() -> None:
    assert Problem("c", "m").to_dict() == {"code": "c", "message": "m"}
    full = Problem("c", "m", "h", Location("f", 1, 2), "plan", None, ("x",), ("y",)).to_dict()
    assert full == {
        "code": "c",
        "message": "m",
        "hint": "h",
        "field": "plan",
        "value": None,
        "accepted": ["x"],
        "nearest": ["y"],
        "location": {"file": "f", "line": 1, "column": 2},
    }


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("x" * 300, "x" * 200),
        ("\ud800", "?"),
        (10**40, None),
        (float("nan"), None),
        ([1], None),
        (12, 12),
        (False, False),
    ],
)
def test_values_from_outside_are_json_data_of_bounded_size(value: object, data: object) -> None:
    assert Problem("x", "y", field="f", value=value).to_dict()["value"] == data


def test_data_of_a_finding_has_its_places_and_tickets() -> None:
    finding = Problem(
        "c",
        "m",
        kind="warning",
        related=(Location("f", 3, 1),),
        witnesses=(Witness({"plan": "x"}, {"severity": "A"}, {"stood": ("a.b",)}),),
        allowed={"en": "because"},
    )
    assert finding.to_dict() == {
        "code": "c",
        "message": "m",
        "related": [{"file": "f", "line": 3, "column": 1}],
        "witnesses": [{"ticket": {"plan": "x"}, "expect": {"severity": "A"}, "rules": {"stood": ["a.b"]}}],
        "allowed": {"en": "because"},
    }
