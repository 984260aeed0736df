"""What a conclusion can be where some facts are unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supportrules.engine.rules import Program
from supportrules.policy.definition import SEVERITY
from supportrules.time.promises import Promise


@dataclass(frozen=True)
class Possible:
    """What a conclusion can be, over all completions of the unknown facts.

    Args:
        values: the distinct values, in the order of their domain.
        faulty: whether the policy has no answer for some completion.
        strength: the weakest basis of any of them.
        missing: the unknown facts that the value depends on, with the number of values that are left on
            average when the fact is known.
    """

    values: tuple[Any, ...]
    faulty: bool
    strength: int
    missing: Mapping[str, float]

    @property
    def settled(self) -> bool:
        """Whether all completions agree."""
        return len(self.values) == 1 and not self.faulty


def ordered(program: Program, name: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """Values of a conclusion in an order that does not depend on that in the files; levels in theirs."""
    levels = list(program.definition.levels) if name == SEVERITY else []

    def rank(value: Any) -> tuple[bool, int, tuple[object, ...]]:
        level = levels.index(value) if value in levels else 0
        return (value is None, level, value.rank if isinstance(value, Promise) else (str(value),))

    return tuple(sorted(values, key=rank))
