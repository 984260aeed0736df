"""Walks all combinations: what diagrams come to, what rules infer, and what lists of combinations say.

Run by ``make soak``: ``python tests/support/diagram_walk.py``. It prints how many were compared, and ends with the first
difference.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy

from dense_arrays import completions
from every_combination import combinations
from folders import HARBOURLINE
from random_tickets import random_tickets
from supportrules import Policy, load_policy
from supportrules.engine.diagrams.stages import CONTRADICTION, FAULT, Inference
from supportrules.policy.vocabulary import UNKNOWN


def inferred(policy: Policy) -> int:
    """Compares every combination of every stage with what the chainer infers; gives their number."""
    count = 0
    for name, table in policy.tables.tables.items():
        stages = policy.tables.forest.stage(name)
        for key in combinations(table):
            outcome, found = table.ask(key), stages.conclude([key[place] for place in stages.order])
            reads = stages.conclusions.intersection(outcome.reads)
            wanted = FAULT if outcome.fault else Inference(outcome.value, outcome.strength, reads)
            assert found == wanted, (name, key, found, wanted)
            count += 1
    return count


def listed(policy: Policy) -> int:
    """Compares every combination of the facts of every answer with arrays of them; gives their number."""
    count, program, levels = 0, policy.program, policy.tables.forest.levels
    nothing: dict[str, Any] = dict.fromkeys(policy.definition.vocabulary.facts, UNKNOWN)
    for name in program.answers:
        whole = policy.tables.forest.whole(name)
        assert whole is not None
        axes = {f: program.axes[f] for f in program.support[name] if f in levels.level}
        grid = completions(policy, nothing, axes=axes).grid(name)
        shape = tuple(map(len, axes.values()))
        numbers, strengths = (numpy.broadcast_to(a, shape) for a in (grid.numbers, grid.strengths))
        for place in itertools.product(*map(range, shape)):
            leaf = whole({levels.level[fact]: code for fact, code in zip(axes, place, strict=True)})
            number = int(numbers[place])
            if number < 0:
                assert leaf is (FAULT if number == -1 else CONTRADICTION), (name, place)
            else:
                assert leaf[:2] == (grid.values[number], int(strengths[place])), (name, place)
            count += 1
    return count


def partial(policy: Policy, tickets: int) -> int:
    """Compares what is open for random tickets with arrays of completions; gives how many answers."""
    count = 0
    for ticket in random_tickets(policy, random.Random(5), tickets):
        read = policy.definition.vocabulary.read(ticket, defaults=False)
        facts = policy.tables.reduced(read.values)
        arrays = completions(policy, facts)
        for name in policy.program.answers:
            found, wanted = policy.tables.possible(name, facts), arrays.possible(name)
            assert (found.values, found.strength) == (wanted.values, wanted.strength), (name, ticket)
            assert found.missing == wanted.missing, (name, ticket)
            count += 1
    return count


def main() -> None:
    """Walks both policies."""
    for policy in (load_policy(), load_policy(HARBOURLINE)):
        print(
            f"{policy.name}: {inferred(policy):,} combinations of stages inferred, {listed(policy):,} of answers "
            f"listed, {partial(policy, 2_000):,} open answers: no difference"
        )


if __name__ == "__main__":
    main()
