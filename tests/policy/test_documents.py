"""YAML 1.2 with places."""

from __future__ import annotations

import math
from typing import Any

import pytest

from supportrules.policy.documents import DocumentError, decode, read_documents


def plain(text: str) -> Any:
    (node,), problems = read_documents(text, "f.yaml")
    assert problems == []
    return node.plain()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ('""', ""),
        ("'true'", "true"),
        ("12", 12),
        ("-7", -7),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1_000", "1_000"),
        ("09:00", "09:00"),
        ("2014-09-03", "2014-09-03"),
        ("24x7", "24x7"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".inf", math.inf),
        ("!!str 12", "12"),
        ("9" * 200, "9" * 200),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    found = plain(f"a: {text}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_places_are_those_of_keys_and_values() -> None:
    (node,), _ = read_documents("a:\n  b: [1, 22]\n  c: x\n", "f.yaml")
    place = node.place(("a", "b", 1))
    assert (place.line, place.column, place.text, str(place)) == (2, 10, "  b: [1, 22]", "f.yaml:2:10")
    assert str(node.place(("a", "c"), key=True)) == "f.yaml:3:3"
    # What does not exist is placed at the nearest thing above.
    assert str(node.place(("a", "missing", "deeper"))) == "f.yaml:1:1"


def test_aliases_are_values_and_merge_keys_are_keys() -> None:
    assert plain("a: &x [1]\nb: *x") == {"a": [1], "b": [1]}
    assert plain("a: &x {k: 1}\nb: {<<: *x}") == {"a": {"k": 1}, "b": {"<<": {"k": 1}}}


def test_an_anchor_does_not_reach_into_the_next_document() -> None:
    with pytest.raises(DocumentError, match="no anchor `x`"):
        read_documents("a: &x 1\n---\nb: *x\n", "f.yaml")


def test_every_duplicate_key_is_told() -> None:
    _, problems = read_documents("a: 1\nb: 2\na: 3\nb: 4\n", "f.yaml")
    assert [str(p) for p in problems] == [
        "f.yaml:3:1: `a` twice: it stands in line 1 already",
        "f.yaml:4:1: `b` twice: it stands in line 2 already",
    ]


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("a: [1\n", "f.yaml:2:1", "yaml-syntax"),
        ("a:\n\tb: 1\n", "f.yaml:2:1", "yaml-syntax"),
        ("a: *x", "f.yaml:1:4", "yaml-syntax"),
        ("a: &x [*x]", "f.yaml:1:8", "yaml-syntax"),
        ("a: \x01", "f.yaml:1:4", "yaml-syntax"),
        ("é: 1\nü: é\x01", "f.yaml:2:5", "yaml-syntax"),
        ("a: !!int 3", "f.yaml:1:4", "yaml-tag"),
        ("a: !mine 3", "f.yaml:1:4", "yaml-tag"),
        ("? [a]\n: b", "f.yaml:1:3", "yaml-key"),
        ("null: b", "f.yaml:1:1", "yaml-key"),
    ],
)
def test_what_is_refused(text: str, place: str, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_documents(text, "f.yaml")
    assert (str(caught.value.problem.location), caught.value.problem.code) == (place, code)


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000 + "x"])
def test_deep_nesting_is_refused_before_it_is_built(text: str) -> None:
    with pytest.raises(DocumentError, match="more than 40 levels of nesting") as caught:
        read_documents(text, "f.yaml")
    assert caught.value.problem.code == "too-deep"
    assert caught.value.problem.location is not None
    # Where it is noticed depends on the build of the parser.
    assert caught.value.problem.location.line == 1


def test_limits_of_size() -> None:
    with pytest.raises(DocumentError, match="more than 10 values"):
        read_documents("[1,2,3,4,5,6,7,8,9,10,11]", "f.yaml", max_nodes=10)
    with pytest.raises(DocumentError, match="larger than 1e-05 MB"):
        read_documents("x" * 11, "f.yaml", max_bytes=10)
    assert read_documents("[1,2,3,4,5,6,7,8,9]", "f.yaml", max_nodes=10)


def test_bytes_that_are_not_utf_8_are_placed() -> None:
    with pytest.raises(DocumentError) as caught:
        decode(b"a: 1\nb: \xff\n", "f.yaml")
    assert str(caught.value) == "f.yaml:2:4: byte 0xff is not UTF-8: save the file as UTF-8"
    assert decode(b"\xef\xbb\xbfa: \xc3\xa9", "f.yaml") == "a: é"


def test_an_empty_text_has_no_documents() -> None:
    assert read_documents("# only a comment\n", "f.yaml") == ([], [])
