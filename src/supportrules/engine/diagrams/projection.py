"""What a conclusion can be for some of the facts that it follows from, whatever the others are.

Where facts are read for one conclusion alone, all that later stages see of them is its value. So the values
that are possible for the other facts are all that counts, and a choice of one takes the place of these facts.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Sequence
from typing import Any

from supportrules.engine.diagrams.composition import Composition, Levels, copied
from supportrules.engine.diagrams.diagram import EXHAUSTED, Diagram, Nodes, bits
from supportrules.engine.diagrams.stages import NOTHING, Inference
from supportrules.engine.rules import Program


def own_facts(program: Program, name: str, conclusion: str) -> frozenset[str]:
    """The facts that lead to a stage, and to a category that is given, through one conclusion alone.

    Args:
        program: the stages.
        name: the stage.
        conclusion: one that it follows from, however far.
    """
    # A category is what it is by itself, and given.
    seen = set[str]() if program.category is None else {program.category}
    todo = [name, *seen]
    while todo:
        stage = program.stages[todo.pop()]
        new = set(stage.inputs) - seen - {stage.name}
        seen |= new
        todo += new.intersection(program.stages) - {conclusion}
    return frozenset(program.support[conclusion]) - seen if conclusion in seen else frozenset()


class Choices:
    """Choices in place of facts that lead to a stage through one conclusion alone, each worked out once."""

    def __init__(self) -> None:
        self._found: dict[tuple[Composition, str, frozenset[str]], Composition] = {}
        # The conclusions of which choices take too much.
        self._too_large: set[tuple[str, frozenset[str]]] = set()

    def made(self, composition: Composition, name: str) -> Composition:
        """A composition in which what a stage comes to is the same, for some choice, as for some facts.

        What its conclusions rest on is not told. A conclusion of which choices would take too much follows
        from all its facts as before.

        Args:
            composition: the one by all facts.
            name: the stage.
        """
        program, gone = composition.program, frozenset[str]()
        for conclusion in program.stages:
            own = own_facts(program, name, conclusion) - gone
            if len(own.intersection(composition.levels.level)) < 2 or (conclusion, own) in self._too_large:
                continue
            key = composition, conclusion, own
            try:
                if key not in self._found:
                    self._found[key] = _choice(*key)
                composition, gone = self._found[key], gone | own
            except EXHAUSTED:
                self._too_large.add((conclusion, own))
        return composition


# How many times as many children of nodes as the groups of a conclusion its choices may take; and at least.
_TIMES, _AT_LEAST = 30, 100_000


def _choice(composition: Composition, name: str, own: frozenset[str]) -> Composition:
    """The composition in which a choice takes the place of a conclusion's own facts.

    Raises:
        TooLarge: it takes too much.
    """
    nodes, groups = composition.parts(name)
    levels, last = composition.levels, len(composition.levels.axes)
    most = max(_TIMES * nodes.spent, _AT_LEAST)
    projection = _Projection(nodes, groups, {levels.level[f] for f in own if f in levels.level}, most)
    sets, values = projection.diagram(), projection.values
    width = max(leaf.bit_count() for leaf in sets.leaves)
    choices = Levels({**levels.axes, name: tuple((number,) for number in range(width))})
    made = Nodes(choices.widths, most, choices.facts)

    def chosen(some: int) -> int:
        each = [made.leaf(values[place]) for place in bits(some)]
        return made.node(last, tuple(each + each[-1:] * (width - len(each))))

    return composition.choosing(choices, name, made.diagram(copied(made, sets, chosen)))


class _Projection:
    """What a conclusion can be, as sets of values, by the facts that are not its own.

    Args:
        parts: where its groups are.
        groups: of which the first counts that tells anything.
        own: the levels of its own facts.
        most: how many children of nodes it may take.
    """

    def __init__(self, parts: Nodes, groups: Sequence[int], own: Collection[int], most: int) -> None:
        self._parts, self._groups, self._own = parts, groups, own
        numbers: dict[Any, int] = {}
        # For each leaf the bit of its value, and no bit for NOTHING; the first leaf is a placeholder.
        self._leaves = [0]
        for leaf in parts.leaves[1:]:
            value = Inference(leaf.value, 0) if isinstance(leaf, Inference) else leaf
            told = value is not NOTHING
            self._leaves.append(1 << numbers.setdefault(value, len(numbers)) if told else 0)
        self.values = tuple(numbers)
        self._reach: list[int] = []
        for children in parts.children:
            found = 0
            for child in children:
                found |= self._met(child)
            self._reach.append(found)
        self._sets = Nodes(parts.widths, most)
        self._known: dict[tuple[int, ...], int] = {}
        self._unions: dict[tuple[int, int], int] = {}

    def diagram(self) -> Diagram:
        """The sets, as bits of the places of values.

        Raises:
            TooLarge: it takes too much.
        """
        return self._sets.diagram(self._from(self._cut(self._groups)))

    def _from(self, state: tuple[int, ...]) -> int:
        """The sets for what is left of each group.

        Args:
            state: a node of each, without those that tell nothing, and after what surely tells something.
        """
        sets, parts = self._sets, self._parts
        if state[0] < 0:
            return sets.leaf(self._met(state[0]))
        found = self._known.get(state)
        if found is not None:
            return found
        level = min([parts.level(node) for node in state])
        codes = range(parts.widths[level])
        below = [self._cut([parts.below(node, level, code) for node in state]) for code in codes]
        if level not in self._own:
            found = sets.node(level, tuple([self._from(each) for each in below]))
        else:
            sets.spend(len(below))
            every = 0
            for node in state:
                every |= self._met(node)
            found = all_of_them = sets.leaf(every)
            for number, each in enumerate(dict.fromkeys(below)):
                some = self._from(each)
                found = sets.joined(found, some, operator.or_, self._unions) if number else some
                if found == all_of_them:
                    break
        self._known[state] = found
        return found

    def _cut(self, state: Sequence[int]) -> tuple[int, ...]:
        """Without what tells nothing, and what comes after something that surely tells."""
        left = []
        for node in state:
            if node >= 0 or self._met(node):
                left.append(node)
                if node < 0:
                    break
        return tuple(left)

    def _met(self, node: int) -> int:
        """The values that a node leads to."""
        return self._reach[node] if node >= 0 else self._leaves[~node]
