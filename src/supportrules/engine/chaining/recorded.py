"""Answers of inference that were written down, for every question that there can be."""

from __future__ import annotations

import itertools
import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from supportrules.engine.chaining.chainer import Chainer, Firings, PlainChainer
from supportrules.engine.rules import Ruleset


@dataclass(frozen=True)
class RecordedConclusions:
    """What follows from a ruleset, for every combination of class numbers.

    Args:
        ruleset: the ruleset.
        firings: the distinct answers.
        numbers: which of them, for each combination; the number of the last input runs fastest.
    """

    ruleset: Ruleset
    firings: tuple[Firings, ...]
    numbers: array[int]

    @classmethod
    def of(cls, ruleset: Ruleset, chainer: Chainer) -> RecordedConclusions:
        """Asks a chainer for every combination."""
        name = chainer.learn(ruleset)
        found: dict[tuple[tuple[int, tuple[int, ...]], ...], int] = {}
        numbers = array("I")
        for codes in itertools.product(*map(range, ruleset.widths)):
            fired = tuple(chainer.infer(name, codes).items())
            numbers.append(found.setdefault(fired, len(found)))
        return cls(ruleset, tuple(map(dict, found)), numbers)

    def look_up(self, codes: Sequence[int]) -> Firings:
        """The rules that fire for one combination, each with the rules that override it."""
        position = 0
        for code, width in zip(codes, self.ruleset.widths, strict=True):
            position = position * width + code
        return self.firings[self.numbers[position]]


def combinations(ruleset: Ruleset) -> int:
    """How many combinations of class numbers there are."""
    return math.prod(ruleset.widths)


class RecordedChainer:
    """Looks up what was recorded; a ruleset of which nothing was is left to the plain chainer."""

    def __init__(self, records: Iterable[RecordedConclusions]) -> None:
        self.records = tuple(records)
        # By the question itself: a record never answers another than the one that it was made for.
        self._known = {record.ruleset: record for record in self.records}
        self._plain = PlainChainer()

    def __reduce__(self) -> tuple[type[RecordedChainer], tuple[tuple[RecordedConclusions, ...]]]:
        return RecordedChainer, (self.records,)

    def learn(self, ruleset: Ruleset) -> Any:
        """Takes a ruleset; gives the name to ask it by."""
        record = self._known.get(ruleset)
        return self._plain.learn(ruleset) if record is None else record

    def infer(self, name: Any, codes: Sequence[int]) -> Firings:
        """The rules that fire for one combination, each with the rules that override it, in order."""
        return (
            name.look_up(codes) if isinstance(name, RecordedConclusions) else self._plain.infer(name, codes)
        )
