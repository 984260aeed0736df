"""What inference comes to ↔ JSON data."""

from __future__ import annotations

import base64
import sys
from array import array
from typing import Any

from supportrules.engine.built.values import Malformed, shape_of
from supportrules.engine.chaining import Firings, RecordedConclusions
from supportrules.engine.rules import Ruleset

# Some minutes of inference.
MOST_COMBINATIONS = 1_000_000


def record_data(record: RecordedConclusions) -> list[Any]:
    """A record → JSON data: the ruleset, the distinct answers, and which of them each question has."""
    firings = [[[rule, *by] for rule, by in fired.items()] for fired in record.firings]
    numbers = base64.b64encode(_little(record.numbers).tobytes()).decode()
    return [shape_of(Ruleset).write(record.ruleset), firings, numbers]


def read_record(data: list[Any]) -> RecordedConclusions:
    """JSON data → a record.

    Raises:
        Malformed: it does not hold one answer for every combination.
    """
    ruleset, firings, text = data
    record = RecordedConclusions(
        shape_of(Ruleset).read(ruleset, ""), tuple(map(_firings, firings)), _numbers(text)
    )
    count = 1
    for width in record.ruleset.widths:
        count *= width
        # Before it is more than anybody can count.
        if not 0 <= count <= MOST_COMBINATIONS:
            raise Malformed
    if count != len(record.numbers) or max(record.numbers, default=-1) >= len(record.firings):
        raise Malformed
    rules = frozenset(range(len(record.ruleset.conditions)))
    if not all(rules.issuperset(fired) for fired in record.firings):
        raise Malformed
    return record


def _firings(data: list[list[int]]) -> Firings:
    fired = {rule: tuple(by) for rule, *by in data}
    # What takes a rule out has fired itself.
    if not all(type(rule) is int and fired.keys() >= set(by) for rule, by in fired.items()):
        raise Malformed
    return fired


def _numbers(text: str) -> array[int]:
    numbers = array("I")
    numbers.frombytes(base64.b64decode(text, validate=True))
    return _little(numbers)


def _little(numbers: array[int]) -> array[int]:
    """Numbers of this machine as the file has them, and the other way round."""
    if sys.byteorder == "little":
        return numbers
    swapped = numbers[:]
    swapped.byteswap()
    return swapped
