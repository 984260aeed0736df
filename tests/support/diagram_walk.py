"""Walks all combinations, and many partial ones: diagrams, what rules infer, and what lists of combinations say.

Run by ``make soak``: ``python tests/support/diagram_walk.py``, some ten minutes and a gigabyte. It prints how many were
compared, and ends with the first difference.
"""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy

from dense_arrays import completions
from every_combination import combinations
from folders import HARBOURLINE
from larger_policies import enlarge
from partial_places import PartialPlaces
from supportrules import Policy, load_policy
from supportrules.engine.diagrams.stages import CONTRADICTION, FAULT, Inference
from supportrules.errors import PolicyFault
from supportrules.policy.vocabulary import UNKNOWN

# How many partial places of each answer are compared; all of them, where there are fewer.
MOST_PLACES = 200_000


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


def partial(policy: Policy) -> int:
    """Compares what is open at random places, for one ticket and in columns; gives how many places."""
    count, tables, rng = 0, policy.tables, numpy.random.default_rng(5)
    nothing: dict[str, Any] = dict.fromkeys(policy.definition.vocabulary.facts, UNKNOWN)
    for name in policy.program.answers:
        answer, spread = PartialPlaces(policy, name), tables.spread(name)
        if not answer.axes:
            continue
        assert spread is not None
        places = answer.some(rng, MOST_PLACES)
        by_fact = dict(zip(answer.axes, places, strict=True))
        numbers = spread.numbers([by_fact[fact] for fact in spread.facts], places.shape[1]).tolist()
        for codes, wanted, number in zip(places.T.tolist(), answer.possible(places), numbers, strict=True):
            facts, columned = answer.facts(codes), spread.settlements[number]
            try:
                found = tables.possible(name, nothing | facts)
            except PolicyFault:
                assert wanted.faulty and not wanted.values, (name, facts, wanted)
            else:
                assert found == wanted, (name, facts, found, wanted)
            # Columns hold in which order facts tell most, not how much.
            order = sorted(wanted.missing, key=lambda fact: (wanted.missing[fact], fact))
            assert list(columned.missing) == order, (name, facts, columned, wanted)
            columned = replace(columned, missing=wanted.missing)
            assert columned == wanted, (name, facts, columned, wanted)
            count += 1
    return count


def walk(policy: Policy, name: str) -> None:
    """Compares all that one policy comes to, and prints how much that was."""
    print(
        f"{name}: {inferred(policy):,} combinations of stages inferred, {listed(policy):,} of answers listed, "
        f"{partial(policy):,} partial places: no difference",
        flush=True,
    )


def main() -> None:
    """Walks both policies, and the first one with one and with two more facts."""
    for policy in (load_policy(), load_policy(HARBOURLINE)):
        walk(policy, policy.name)
    with tempfile.TemporaryDirectory() as folder:
        for facts, more in ((1, "one more fact"), (2, "two more facts")):
            policy = load_policy(enlarge(Path(folder, str(facts)), facts=facts))
            walk(policy, f"{policy.name}, {more}")


if __name__ == "__main__":
    main()
