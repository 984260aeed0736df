"""Two policies side by side: a value that does not change, of policies or of where they are."""

from __future__ import annotations

import pickle
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from edits import with_edits
from folders import HARBOURLINE
from supportrules import Policy, PolicyLoadError, load_policy
from supportrules.base.frozen import FrozenDict
from supportrules.base.steps import Step
from supportrules.proofs.comparison import Comparison, compare
from supportrules.proofs.comparison.renames import Names

EDITS = (
    ("response_targets", "target: PT8H", "target: PT6H"),
    ("calendars", 'friday: ["09:00-17:00"]', 'friday: ["09:00-18:00"]'),
)


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_edits(tmp_path_factory.mktemp("edited"), *EDITS)


@pytest.fixture(scope="module")
def found(shipped: Policy, edited: Path) -> Comparison:
    return compare(shipped, load_policy(edited))


def changeable(value: Any, path: str = "") -> list[str]:
    """Where in a value something can be changed; policies are looked at elsewhere."""
    if isinstance(value, Policy | Names | Enum):
        return []
    if isinstance(value, dict):
        inside = [each for key, item in value.items() for each in changeable(item, f"{path}[{key!r}]")]
        return inside if isinstance(value, FrozenDict) else [path]
    if isinstance(value, tuple | frozenset):
        return [each for n, item in enumerate(value) for each in changeable(item, f"{path}[{n}]")]
    if is_dataclass(value):
        items = {field.name: getattr(value, field.name) for field in fields(value)}
        return [each for name, item in items.items() for each in changeable(item, f"{path}.{name}")]
    return [path] if isinstance(value, list | set) else []


def test_it_does_not_change(shipped: Policy, found: Comparison) -> None:
    assert found.meaning.changes and found.hours and found.edits
    assert changeable(found) == []
    # Little in common: values that one side alone takes, answers that are not compared.
    apart = compare(load_policy(HARBOURLINE), shipped)
    assert apart.meaning.not_compared and apart.meaning.readings
    assert changeable(apart) == []


def test_of_the_same_policies_it_is_the_same(shipped: Policy, edited: Path, found: Comparison) -> None:
    again = compare(load_policy(), load_policy(edited))
    assert again == found and hash(again) == hash(found)
    assert pickle.loads(pickle.dumps(found)) == found
    back = compare(load_policy(edited), shipped)
    assert back != found and back.names != found.names


def test_each_answer_is_told_as_it_begins(shipped: Policy, edited: Path, found: Comparison) -> None:
    seen: list[Step] = []
    assert compare(shipped, edited, seen.append) == found
    # Values that one of them alone takes and hours come last.
    names = [*shipped.program.answers, None, None]
    assert seen == [Step(name, number + 1, len(names)) for number, name in enumerate(names)]


def test_names_are_the_same_where_the_policies_are(shipped: Policy, found: Comparison) -> None:
    again = Names(shipped.definition, found.new.definition)
    assert again == found.names and hash(again) == hash(found.names)
    assert again != Names(shipped.definition, shipped.definition)


def test_policies_are_loaded_from_where_they_are(edited: Path, shipped: Policy, found: Comparison) -> None:
    assert compare(shipped, str(edited)) == found == compare(shipped, edited)


def test_of_two_policies_that_do_not_load_both_are_told(shipped: Policy, tmp_path: Path) -> None:
    broken = with_edits(tmp_path / "broken", ("plans", "column: midsize_business", "column: none"))
    with pytest.raises(PolicyLoadError) as raised:
        compare(broken, tmp_path / "nowhere")
    assert sorted(problem.code for problem in raised.value.problems) == ["no-policy", "unknown-reference"]
    with pytest.raises(PolicyLoadError) as raised:
        compare(shipped, broken)
    assert [problem.code for problem in raised.value.problems] == ["unknown-reference"]
    # What is wrong with one policy is not told twice.
    with pytest.raises(PolicyLoadError) as raised:
        compare(broken, broken)
    assert len(raised.value.problems) == 1
