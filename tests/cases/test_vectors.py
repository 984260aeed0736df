"""Test vectors of promise clocks: those that are here, ones made at random, and lines that are none."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

import vector_walker
from folders import ROOT
from supportrules import InputError
from supportrules.cases.vectors import Vector, VectorOutcome, read_vectors

FILES = sorted((ROOT / "vectors").glob("*.jsonl"))
OFFICE = {day: ["09:00-17:00"] for day in vector_walker.DAYS[:5]}
PLAIN = {
    "name": "plain",
    "timezone": "Europe/Berlin",
    "hours": OFFICE,
    "target": "PT8H",
    "starts": "2026-04-13T10:00:00+02:00",
    "expect": {"due": "2026-04-14T08:00:00Z"},
}


def outcome(data: dict[str, Any]) -> VectorOutcome:
    (vector,) = read_vectors(json.dumps(data).encode(), "v.jsonl")
    assert isinstance(vector, Vector), vector
    return vector.run()


def problems(data: dict[str, Any] | str) -> list[str]:
    """What is wrong with a vector, with the text at its place."""
    line = data if isinstance(data, str) else json.dumps(data)
    (found,) = read_vectors(b"\n" + line.encode(), "v.jsonl")
    wrong = found.run().problems if isinstance(found, Vector) else found
    said = []
    for problem in wrong:
        place = problem.location
        assert place is not None and (place.file, place.line) == ("v.jsonl", 2)
        said.append(f"{line[place.column - 1 :][:12]}: {problem.text}")
    return said


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_vectors_here_pass(file: Path) -> None:
    for vector in read_vectors(file.read_bytes(), file.name):
        assert isinstance(vector, Vector), vector
        found = vector.run()
        assert found.passed, (vector.name, found.differences, found.problems)


def test_each_says_what_it_shows_and_why() -> None:
    names = set()
    for file in FILES:
        if file.stem == "walked":
            continue
        for line in file.read_text("utf-8").splitlines():
            data = json.loads(line)
            assert data["why"].endswith(".") and data["name"] not in names
            names.add(data["name"])
    assert len(names) > 120


def test_walked_vectors_are_those_of_the_walker() -> None:
    file = ROOT / "vectors" / "walked.jsonl"
    written = map(json.loads, file.read_text("utf-8").splitlines())
    for expected, found in zip(vector_walker.cases(12, 1), written, strict=False):
        assert expected == found


@pytest.mark.parametrize("seed", range(2, 6))
def test_random_vectors_are_judged_as_a_walk_over_minutes_does(seed: int) -> None:
    for data in vector_walker.cases(20, seed):
        assert not outcome(data).differences, data


def test_the_walker_agrees_with_what_is_made_by_hand() -> None:
    """All that it can walk: it does not know promises that repeat, nor seconds."""
    walked = 0
    for file in FILES:
        for line in file.read_text("utf-8").splitlines():
            data = json.loads(line)
            if file.stem in ("walked", "repeats") or "1S" in line or ":01+" in line:
                continue
            found = vector_walker.right(data)
            assert {key: found[key] for key in data["expect"]} == data["expect"], data["name"]
            walked += 1
    assert walked > 100


# What differs


def test_what_differs_stands_at_its_key() -> None:
    data = PLAIN | {"expect": {"due": "2026-04-14T09:00:00Z", "status": "missed"}}
    found, line = outcome(data).differences, json.dumps(data)
    assert [str(each) for each in found] == [
        'due: expected "2026-04-14T09:00:00Z", found "2026-04-14T08:00:00Z"',
        'status: expected "missed", found "open"',
    ]
    columns = [each.location.column for each in found if each.location]
    assert columns == [line.index('"2026-04-14T09') + 1, line.index('"missed"') + 1]


def test_what_is_left_out_is_not_compared_and_null_is() -> None:
    assert outcome(PLAIN | {"expect": {"used": None}}).passed
    looked = PLAIN | {"at": "2026-04-13T12:00:00+02:00"}
    assert outcome(looked | {"expect": {"remaining": "PT360M"}}).passed
    assert not outcome(looked | {"expect": {"used": None}}).passed


def test_another_number_of_intervals_differs_as_a_whole() -> None:
    data = {key: value for key, value in PLAIN.items() if key != "target"} | {"every": "PT4H"}
    found = outcome(data | {"expect": {"intervals": [{}, {}]}})
    assert [each.name for each in found.differences] == ["intervals"]
    (differs,) = outcome(data | {"expect": {"intervals": [{"status": "met"}]}}).differences
    assert (differs.name, differs.found) == ("intervals.0.status", "open")
    # A promise that does not repeat has none.
    assert not outcome(PLAIN | {"expect": {"intervals": []}}).passed


# Lines that are no vectors


CHANGE = {"at": "2026-04-13T12:00:00+02:00", "on_change": "keep"}
EARLY, LATE = "2026-04-13T08:00:00+02:00", "2026-04-13T12:00:00+02:00"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"timezone": "Europe/Berln"}, ['"Europe/Berl: unknown time zone `Europe/Berln`: did you mean `Europe/Berlin`?']),
        ({"timezone": "here"}, ['"here", "hou: unknown time zone `here`: use an IANA time zone such as `Europe/Paris`']),
        ({"starts": "2026-02-30T10:00:00Z"}, ['"2026-02-30T: `starts` is no time: day is out of range for month']),
        ({"closed": ["2026-02-30"]}, ['"2026-02-30": there is no 2026-02-30']),
        ({"ended": EARLY}, ['"2026-04-13T: `ended` is before `starts`']),
        ({"changes": [CHANGE | {"at": EARLY, "target": "PT1H"}]}, ['{"at": "2026: an entry of `changes` is before `starts`']),
        (
            {"changes": [CHANGE | {"at": when, "target": "PT1H"} for when in ("2026-04-14T10:00:00Z", LATE)]},
            ['{"at": "2026: an entry of `changes` is before the one that is listed before it'],
        ),
        ({"paused": [[LATE, EARLY]]}, ['["2026-04-13: a pause ends before it begins']),
        ({"hours": {"monday": ["09:00-09:00"]}}, ['"09:00-09:00: `09:00-09:00` is no stretch of a day: a whole day is `00:00-24:00`']),
        ({"hours": {"monday": ["09:00-12:00", "11:00-13:00"]}}, ['"11:00-13:00: `11:00-13:00` overlaps with other hours']),
        ({"hours": {"sunday": ["21:00-02:00"], "monday": ["01:00-03:00"]}}, ['"21:00-02:00: `21:00-02:00` overlaps with other hours']),
        ({"starts": "1800-01-01T00:00:00Z"}, ['"1800-01-01T: business time is known for the years 1900 to 2199 only']),
        ({"hours": {"monday": []}}, ['"2026-04-13T: these hours are never open']),
    ],
)  # fmt: skip
def test_what_is_wrong_beyond_the_schema(more: dict[str, Any], said: list[str]) -> None:
    assert problems(PLAIN | more) == said


def test_a_promise_that_repeats_has_other_keys() -> None:
    repeats = {key: value for key, value in PLAIN.items() if key != "target"} | {"every": "PT4H"}
    assert problems(repeats | {"ended": LATE}) == [
        '"2026-04-13T: a promise that repeats has no `ended`: give the instants as `fulfilled`, and the end of '
        "the last interval as `until`"
    ]
    assert problems(repeats | {"fulfilled": [EARLY]}) == [
        '"2026-04-13T: an entry of `fulfilled` is before `starts`'
    ]
    assert problems(repeats | {"until": EARLY}) == ['"2026-04-13T: `until` is before `starts`']
    for wrong in (PLAIN | {"every": "PT4H"}, PLAIN | {"until": LATE}, PLAIN | {"fulfilled": []}):
        assert problems(wrong)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"name": x}', "x}: not JSON: expecting value"),
        ('{"name": "x", "name": "y"}', '{"name": "x": not JSON: `name` twice'),
        ("[1]", "[1]: a vector is an object, not a list"),
    ],
)
def test_lines_that_are_no_vectors(line: str, said: str) -> None:
    assert problems(line) == [said]


def test_a_file_without_vectors_and_one_that_is_no_text() -> None:
    with pytest.raises(InputError, match=r"v\.jsonl: no vector: write one JSON object a line"):
        list(read_vectors(b"\n\n", "v.jsonl"))
    with pytest.raises(InputError, match="not UTF-8"):
        list(read_vectors(b"{\xff", "v.jsonl"))


@pytest.mark.parametrize("name", ["\U0001f600", "a\u2028b", "a\x85b", 'a"\\b', "\\ud83d\\ude00"])
@pytest.mark.parametrize("escaped", [True, False])
def test_a_text_may_have_any_character(name: str, escaped: bool) -> None:
    wrong = PLAIN | {"name": name, "timezone": "Europe/Berln"}
    line = json.dumps(wrong, ensure_ascii=escaped)
    (vector,) = read_vectors(line.encode(), "v.jsonl")
    assert isinstance(vector, Vector) and vector.name == name
    (problem,) = vector.run().problems
    place = problem.location
    assert place is not None and (place.line, place.column) == (1, line.index('"Europe/Berln"') + 1)


def test_one_line_does_not_spoil_the_others() -> None:
    lines = [json.dumps(PLAIN), "{", json.dumps(PLAIN | {"name": "again"})]
    found = list(read_vectors("\n".join(lines).encode(), "v.jsonl"))
    assert [isinstance(each, Vector) for each in found] == [True, False, True]


def test_what_comes_after_a_fulfilment_changes_nothing() -> None:
    """Over all vectors that end: a pause, a change and a later look are none of its business."""
    for file, data in itertools.chain.from_iterable(
        ((file, json.loads(line)) for line in file.read_text("utf-8").splitlines()) for file in FILES
    ):
        if not data.get("ended") or data.get("at"):
            continue
        late = "2027-01-01T00:00:00Z"
        more = {"at": late, "paused": [*data.get("paused", ()), [late, None]]}
        more["changes"] = [*data.get("changes", ()), {"at": late, "target": "PT1S", "on_change": "restart"}]
        assert outcome(data | more).passed, (file.name, data["name"])
