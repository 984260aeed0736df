"""What infers; and the plain chainer: the specification in code, and what runs without durable-rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from supportrules.engine.rules import CodedCondition, Ruleset

Firings = dict[int, tuple[int, ...]]


class Chainer(Protocol):
    """What infers."""

    def learn(self, ruleset: Ruleset) -> Any:
        """Takes a ruleset; gives the name to ask it by."""

    def infer(self, name: Any, codes: Sequence[int]) -> Firings:
        """The rules that fire for one combination, each with the rules that override it, in order."""


# Working memory holds tuples of a kind and numbers.
_CANDIDATE, _OVERRIDDEN = "candidate", "overridden"
_Fact = tuple[str, int, int]


class PlainChainer:
    """Fires rules on a working memory until nothing new follows."""

    def learn(self, ruleset: Ruleset) -> Ruleset:
        """Takes a ruleset; it is its own name."""
        return ruleset

    def infer(self, name: Ruleset, codes: Sequence[int]) -> Firings:
        """The rules that fire, each with the rules that override it, in order."""
        memory: set[_Fact] = set()
        while new := self._consequences(name, codes, memory) - memory:
            memory |= new
        fired = sorted(rule for kind, rule, _ in memory if kind == _CANDIDATE)
        return {
            rule: tuple(sorted(by for kind, loser, by in memory if kind == _OVERRIDDEN and loser == rule))
            for rule in fired
        }

    @staticmethod
    def _consequences(ruleset: Ruleset, codes: Sequence[int], memory: set[_Fact]) -> set[_Fact]:
        """What follows in one step from the question and from what followed before."""
        found = {
            (_CANDIDATE, rule, rule) for rule in ruleset.near(codes) if holds(ruleset.conditions[rule], codes)
        }
        candidates = [rule for kind, rule, _ in memory if kind == _CANDIDATE]
        found |= {
            (_OVERRIDDEN, loser, winner)
            for winner in candidates
            for loser in candidates
            if ruleset.takes_out(winner, loser)
        }
        return found


def holds(condition: CodedCondition, codes: Sequence[int]) -> bool:
    """Whether a condition holds for a combination of class numbers."""
    return all(codes[position] in passing for position, passing in condition.tests) and (
        not condition.alternatives or any(holds(option, codes) for option in condition.alternatives)
    )
