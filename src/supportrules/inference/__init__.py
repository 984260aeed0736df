"""Facts and rules → firings, by forward chaining.

A chainer has two methods. `learn` takes a ruleset, `infer` asks it about one combination of class numbers.
What comes back names every rule that fired, with the fired rules that took it out: a rule that fires takes
out those that it overrides, even if it is taken out itself, so that the order of rules never matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from supportrules.inference.chainer import PlainChainer
from supportrules.inference.durable import DurableChainer, durable_missing, limits_passed
from supportrules.rules import Ruleset

Firings = dict[int, tuple[int, ...]]


class Chainer(Protocol):
    """What infers."""

    def learn(self, ruleset: Ruleset) -> Any:
        """Takes a ruleset; gives the name to ask it by."""

    def infer(self, name: Any, codes: Sequence[int]) -> Firings:
        """The rules that fire for one combination, each with the rules that override it, in order."""


def default_chainer() -> Chainer:
    """durable-rules where it is installed and works, else the plain chainer."""
    return PlainChainer() if durable_missing() else DurableChainer()


__all__ = [
    "Chainer",
    "DurableChainer",
    "Firings",
    "PlainChainer",
    "default_chainer",
    "durable_missing",
    "limits_passed",
]
