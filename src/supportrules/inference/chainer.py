"""The plain forward chainer: the specification of inference in code, and what runs without durable-rules."""

from __future__ import annotations

from collections.abc import Sequence

from supportrules.rules import CodedCondition, Ruleset

# Working memory holds tuples of a kind and numbers.
_CANDIDATE, _OVERRIDDEN = "candidate", "overridden"
_Fact = tuple[str, int, int]


class PlainChainer:
    """Fires rules on a working memory until nothing new follows."""

    def __init__(self) -> None:
        self._rulesets: list[Ruleset] = []

    def learn(self, ruleset: Ruleset) -> int:
        """Takes a ruleset; gives the number to ask it by."""
        self._rulesets.append(ruleset)
        return len(self._rulesets) - 1

    def infer(self, name: int, codes: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """The rules that fire, each with the rules that override it, in order."""
        ruleset = self._rulesets[name]
        memory: set[_Fact] = set()
        while new := self._consequences(ruleset, codes, memory) - memory:
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
            (_CANDIDATE, rule, rule)
            for rule, condition in enumerate(ruleset.conditions)
            if holds(condition, codes)
        }
        for winner, losers in enumerate(ruleset.overrides):
            if (_CANDIDATE, winner, winner) in memory:
                found |= {
                    (_OVERRIDDEN, loser, winner) for loser in losers if (_CANDIDATE, loser, loser) in memory
                }
        return found


def holds(condition: CodedCondition, codes: Sequence[int]) -> bool:
    """Whether a condition holds for a combination of class numbers."""
    return all(codes[position] in passing for position, passing in condition.tests) and (
        not condition.alternatives or any(holds(option, codes) for option in condition.alternatives)
    )
