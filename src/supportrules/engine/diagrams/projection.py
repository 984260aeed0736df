"""What a conclusion can be for some of the facts that it follows from, whatever the others are.

Only a conclusion that facts lead through tells the stages after it anything of them. Where nothing else of
what is asked reads these facts, the values that they leave are all that counts: a choice takes their place.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from supportrules.engine.diagrams.composition import Composition, Levels
from supportrules.engine.diagrams.diagram import Nodes, bits
from supportrules.engine.diagrams.stages import FAULT, NOTHING, Inference
from supportrules.engine.rules import Program


def own_facts(program: Program, name: str, conclusion: str) -> frozenset[str]:
    """The facts that lead to a stage through one of its conclusions alone, and tell nothing of a category.

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

    def made(self, composition: Composition, name: str) -> Composition:
        """A composition in which what a stage comes to is the same, for some choice, as for some facts.

        What its conclusions rest on is not told.

        Args:
            composition: the one by all facts.
            name: the stage.

        Raises:
            TooLarge: it takes too much.
        """
        program, gone = composition.program, frozenset[str]()
        for conclusion in program.stages:
            own = own_facts(program, name, conclusion) - gone
            if len(own.intersection(composition.levels.level)) > 1:
                key = composition, conclusion, own
                if key not in self._found:
                    self._found[key] = _Projection(composition, conclusion, own).composition()
                composition, gone = self._found[key], gone | own
        return composition


class _Projection:
    """What a conclusion can be, as sets of values, by the facts that are no one's own."""

    def __init__(self, composition: Composition, name: str, own: Collection[str]) -> None:
        self._composition, self._name = composition, name
        level = composition.levels.level
        self._own = frozenset(level[fact] for fact in own if fact in level)
        self._parts, self._roots = composition.parts(name)
        # Sets are bits, of the places of values.
        self._values: dict[Any, int] = {}
        self._leaves = [self._bit(leaf) for leaf in self._parts.leaves]
        self._reach: list[int] = []
        for children in self._parts.children:
            found = 0
            for child in children:
                found |= self._reach[child] if child >= 0 else self._leaves[~child]
            self._reach.append(found)
        self._sets = composition.nodes()
        # What is in all sets that a node leads to.
        self._least: dict[int, int] = {}
        self._known: dict[tuple[int, ...], int] = {}
        self._unions: dict[tuple[int, int], int] = {}

    def _bit(self, leaf: Any) -> int:
        if leaf is NOTHING:
            return 0
        value = leaf.value if isinstance(leaf, Inference) else leaf
        return 1 << self._values.setdefault(value, len(self._values))

    def composition(self) -> Composition:
        """The composition in which a choice takes the place of the facts of the conclusion's own."""
        root = self._from(self._cut(self._roots))
        found = self._sets.diagram(root)
        levels = self._composition.levels
        most = max(found_set.bit_count() for found_set in found.leaves)
        choices = Levels({**levels.axes, self._name: tuple((number,) for number in range(most))})
        nodes = Nodes(choices.widths, self._composition.most, choices.facts)
        last, values = len(levels.axes), list(self._values)

        def choice(found_set: int) -> int:
            each = [values[place] for place in bits(found_set)]
            leaves = [nodes.leaf(Inference(v, 0) if v is not FAULT else FAULT) for v in each]
            return nodes.node(last, tuple(leaves + leaves[-1:] * (most - len(leaves))))

        new = {~n: choice(found_set) for n, found_set in enumerate(found.leaves)}
        for node, (level, children) in enumerate(zip(found.levels, found.children, strict=True)):
            new[node] = nodes.node(level, tuple([new[child] for child in children]))
        return self._composition.choosing(choices, self._name, nodes.diagram(new[found.root]))

    def _from(self, state: tuple[int, ...]) -> int:
        """The sets for some parts, of which the first that tells anything counts.

        Args:
            state: a node of each, without those that tell nothing, and after what surely tells something.
        """
        sets, parts = self._sets, self._parts
        if state[0] < 0:
            return self._set(self._leaves[~state[0]])
        found = self._known.get(state)
        if found is not None:
            return found
        level = min([parts.level(node) for node in state])
        codes = range(parts.widths[level])
        below = [self._cut([parts.below(node, level, code) for node in state]) for code in codes]
        if level not in self._own:
            found = self._node(level, tuple([self._from(each) for each in below]))
        else:
            sets.spend(len(below))
            every = self._every(state)
            for each in dict.fromkeys(below):
                some = self._from(each)
                found = some if found is None else self._union(found, some)
                # All that there can be is there.
                if self._least[found] == every:
                    break
            assert found is not None
        self._known[state] = found
        return found

    def _cut(self, state: Sequence[int]) -> tuple[int, ...]:
        """Without parts that tell nothing, and those after one that surely tells something."""
        left = []
        for node in state:
            if node >= 0:
                left.append(node)
            elif self._leaves[~node]:
                left.append(node)
                break
        return tuple(left)

    def _every(self, state: Sequence[int]) -> int:
        """All values that there can be."""
        found = 0
        for node in state:
            found |= self._reach[node] if node >= 0 else self._leaves[~node]
        return found

    def _set(self, found_set: int) -> int:
        leaf = self._sets.leaf(found_set)
        self._least[leaf] = found_set
        return leaf

    def _node(self, level: int, children: tuple[int, ...]) -> int:
        node = self._sets.node(level, children)
        if node not in self._least:
            least = self._least[children[0]]
            for child in children:
                least &= self._least[child]
            self._least[node] = least
        return node

    def _union(self, one: int, other: int) -> int:
        if one == other:
            return one
        sets = self._sets
        if one < 0 and other < 0:
            return self._set(sets.value(one) | sets.value(other))
        key = (one, other) if one < other else (other, one)
        found = self._unions.get(key)
        if found is None:
            level = min(sets.level(one), sets.level(other))
            pairs = [
                (sets.below(one, level, code), sets.below(other, level, code))
                for code in range(sets.widths[level])
            ]
            found = self._unions[key] = self._node(level, tuple([self._union(*pair) for pair in pairs]))
        return found
