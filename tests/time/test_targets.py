"""Kinds of target: what a policy writes, their order, and what they are as values."""

from __future__ import annotations

import pickle
import re

import pytest

from supportrules.engine.built.values import Malformed, shape_of
from supportrules.time.targets import (
    ANSWER_PATTERN,
    KINDS,
    BusinessDays,
    CalendarDays,
    Duration,
    NoTime,
    Target,
)

# In their order.
WRITTEN: dict[str, Target] = {
    "PT0S": Duration(0),
    "PT30M": Duration(1800),
    "PT1H30M": Duration(5400),
    "PT8H": Duration(8 * 3600),
    "PT336H": Duration(14 * 24 * 3600),
    "P1D": CalendarDays(1),
    "P16D": CalendarDays(16),
    "same_business_day": BusinessDays(0),
    "next_business_day": BusinessDays(1),
    "2_business_days": BusinessDays(2),
    "10_business_days": BusinessDays(10),
    "none": NoTime(),
}


@pytest.mark.parametrize(("text", "target"), WRITTEN.items())
def test_a_target_is_written_as_it_is_read(text: str, target: Target) -> None:
    assert Target.of(text) == target and (target.text, str(target)) == (text, text)
    assert re.fullmatch(type(target).pattern, text)
    assert target.answer == (text if target.committed else None)
    assert bool(re.fullmatch(ANSWER_PATTERN, text)) == target.committed


def test_there_is_an_example_of_every_kind() -> None:
    assert {type(target) for target in WRITTEN.values()} == {*KINDS}


def test_times_come_before_days_before_no_time() -> None:
    ranks = [target.rank for target in WRITTEN.values()]
    assert ranks == sorted({*ranks})


def test_equal_targets_are_one_value() -> None:
    assert len({*WRITTEN.values(), *map(Target.of, WRITTEN)}) == len(WRITTEN)
    assert len({Duration(1), CalendarDays(1), BusinessDays(1)}) == 3
    assert repr(Duration(60)) == "Duration(length=60)"
    assert pickle.loads(pickle.dumps([*WRITTEN.values()])) == [*WRITTEN.values()]


def test_another_way_to_write_a_duration_is_the_same_one() -> None:
    assert Target.of("PT90M") == Duration(5400) and Target.of("PT90M").text == "PT1H30M"


@pytest.mark.parametrize(
    "text",
    ["", "soon", "business_days", "two_business_days", "3_calendar_days", "PD", "PxD", "P1W", "P1DT2H"],
)
def test_what_no_kind_writes_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=f"no target: {text}$"):
        Target.of(text)


def test_a_built_file_writes_what_a_policy_does() -> None:
    shape = shape_of(Target)
    assert [shape.write(target) for target in WRITTEN.values()] == [*WRITTEN]
    assert [shape.read(text, "") for text in WRITTEN] == [*WRITTEN.values()]
    with pytest.raises(Malformed):
        shape.read(8, "")
