"""The order in which facts are asked: it decides how many nodes a diagram has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from supportrules.engine.rules import Program

# How much less a fact counts that was placed one place before.
_FADING = 0.5


def orders(program: Program) -> Iterator[tuple[str, ...]]:
    """Orders of the facts of which some rule tells values apart, to choose from.

    Args:
        program: the stages.

    Returns:
        That of the vocabulary; and one in which facts that rules test together are near each other.
    """
    read = {fact for facts in program.support.values() for fact in facts}
    facts = tuple(fact for fact, axis in program.axes.items() if fact in read and len(axis) > 1)
    yield facts
    yield tuple(_near(program, facts))


def tests(program: Program, facts: Collection[str]) -> Counter[str]:
    """How many rules test each of some facts."""
    rules = (rule for stage in program.stages.values() for rule in stage.rules)
    return Counter(name for rule in rules for name in rule.reads if name in facts)


def _near(program: Program, facts: Sequence[str]) -> Iterator[str]:
    """The fact that most rules test, and then each time the one tested most with those placed last."""
    counts = tests(program, facts)
    together: dict[str, Counter[str]] = {fact: Counter() for fact in facts}
    for stage in program.stages.values():
        for rule in stage.rules:
            tested = [name for name in rule.reads if name in together]
            for fact in tested:
                together[fact].update(tested)
    left = list(facts)
    nearness = dict.fromkeys(facts, 0.0)
    while left:
        chosen = max(left, key=lambda fact: (nearness[fact], counts[fact]))
        left.remove(chosen)
        yield chosen
        for fact in left:
            nearness[fact] = nearness[fact] * _FADING + together[chosen][fact]
