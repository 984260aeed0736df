"""What conclusions come to as diagrams of facts, some of which may be known."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supportrules.base.frozen import FrozenDict, lazy
from supportrules.engine.diagrams.diagram import BOTTOM, EXHAUSTED, Diagram, Nodes, TooLarge, costliest
from supportrules.engine.diagrams.stages import (
    CONTRADICTION,
    NOTHING,
    Inference,
    StageDiagrams,
    Without,
)
from supportrules.engine.rules import Groups, Program, Stage


class Compiled:
    """The stages of a policy as diagrams of their inputs, made as they are asked for; safe in threads.

    Args:
        program: the stages.
        known: those that were made before.
    """

    def __init__(self, program: Program, known: Iterable[StageDiagrams] = ()) -> None:
        self.program = program
        self._found = {(stages.stage.name, stages.order): stages for stages in known}

    def stage(self, name: str, levels: Levels) -> StageDiagrams:
        """A stage, whose inputs are asked in the order of the facts that they follow from."""
        order = levels.orders.get(name)
        if order is None:
            order = levels.orders[name] = self._order(name, levels)
        found = self._found.get((name, order))
        if found is None:
            found = self._found.setdefault((name, order), StageDiagrams.of(self.program, name, order))
        return found

    def _order(self, name: str, levels: Levels) -> tuple[int, ...]:
        """The places of a stage's inputs by the first of the facts that each follows from.

        Of those that follow from the same first one, the one of the fewest values is asked first: what is
        asked after it is composed for each of its values.
        """
        stage, support = self.program.stages[name], self.program.support

        def top(place: int) -> tuple[int, int]:
            read = stage.inputs[place]
            facts = support[read] if read in support and read != name else (read,)
            first = min((levels.level.get(fact, BOTTOM) for fact in facts), default=BOTTOM)
            return first, stage.ruleset.widths[place]

        return tuple(sorted(range(len(stage.inputs)), key=top))


@dataclass(frozen=True, eq=False)
class Levels:
    """In which order facts of a policy are asked, and the codes of their values.

    Args:
        axes: for each fact its values in groups that need not be told apart; what is left out of a group is
            not asked about. A fact that is not among them has the first value of its domain.
    """

    axes: Mapping[str, Groups]

    @lazy
    def facts(self) -> tuple[str, ...]:
        """The fact of each level."""
        return tuple(self.axes)

    @lazy
    def level(self) -> Mapping[str, int]:
        """The level of each fact."""
        return {fact: level for level, fact in enumerate(self.axes)}

    @lazy
    def orders(self) -> dict[str, tuple[int, ...]]:
        """For the stages that were asked for, the places of their inputs, in the order of the facts."""
        return {}

    @lazy
    def widths(self) -> tuple[int, ...]:
        """How many groups of values each fact has."""
        return tuple(map(len, self.axes.values()))

    @lazy
    def weights(self) -> tuple[tuple[int, ...], ...]:
        """For how many values each group stands."""
        return tuple(tuple(map(len, groups)) for groups in self.axes.values())

    @lazy
    def codes(self) -> Mapping[str, Mapping[Any, int]]:
        """For each fact the number of the group that each value is in."""
        return {
            fact: {v: n for n, group in enumerate(axis) for v in group} for fact, axis in self.axes.items()
        }


class Composition:
    """The conclusions of a policy as diagrams of its facts.

    Leaves are a `Inference`, FAULT, or CONTRADICTION where a given category is not the one concluded.

    Args:
        compiled: its stages as diagrams of their inputs.
        levels: of the facts.
        known: the codes of facts that are known, by level.
        most: how many children of nodes a conclusion may take.
        chosen: conclusions that are not made but follow from choices, which have levels of their own.
    """

    def __init__(
        self,
        compiled: Compiled,
        levels: Levels,
        known: Mapping[int, int],
        most: int,
        chosen: Mapping[str, Diagram] = FrozenDict(),
    ) -> None:
        self._compiled, self.levels, self._program = compiled, levels, compiled.program
        self._known, self._most, self._chosen = known, most, chosen
        # In the place of one that is too large, what cost most.
        self._conclusions: dict[str, Diagram | tuple[str, ...]] = {**chosen}

    def answer(self, name: str) -> Diagram:
        """What a stage comes to for facts that do not contradict each other.

        Raises:
            TooLarge: it takes too much.
        """
        return self._tied(name, self.conclusion(name))

    def asked(self, name: str, stage_diagram: Diagram) -> Diagram:
        """What a diagram of a stage's inputs comes to for facts that do not contradict each other.

        Args:
            name: the stage.
            stage_diagram: of any leaves but conclusions.

        Raises:
            TooLarge: it takes too much.
        """
        made = _Making(self, self._program.stages[name])
        return self._tied(name, made.nodes.diagram(made.composed(stage_diagram)))

    def conclusion(self, name: str) -> Diagram:
        """What a stage comes to; of the category, the one given where none is concluded.

        Raises:
            TooLarge: it takes too much.
        """
        if name not in self._conclusions:
            try:
                diagram = self._concluded(name)
                if name == self._program.category:
                    diagram = self._effective(diagram)
                self._conclusions[name] = diagram
            except EXHAUSTED as error:
                # Nor is it tried again.
                self._conclusions[name] = costliest(error)
        found = self._conclusions[name]
        if isinstance(found, tuple):
            raise TooLarge(found)
        return found

    @property
    def category(self) -> Diagram:
        """The category that is concluded, whatever is given.

        Raises:
            TooLarge: it takes too much.
        """
        self.conclusion(str(self._program.category))
        return self._concluded_category

    def fired(
        self, name: str, told: Callable[[Sequence[int]], Hashable], empty: Hashable, within: Diagram
    ) -> Diagram:
        """What the rules of a stage that fire come to; CONTRADICTION where that is not asked.

        Args:
            name: the stage.
            told: gives a leaf, no conclusion, for the rules that fire, but for some that others take out.
            empty: the leaf where none fires.
            within: whether it is asked, by facts.

        Raises:
            TooLarge: it takes too much.
        """
        made = _Making(self, self._program.stages[name])
        nodes, stages = made.nodes, self.stages(name)
        nothing, outside = nodes.leaf(NOTHING), nodes.leaf(CONTRADICTION)
        root = copied(nodes, within, lambda inside: nothing if inside else outside)
        for rules in stages.groups:
            if not made.leads_to(root, nothing):
                break
            group = stages.compiled(
                rules, lambda fired, _copied: told(fired) if fired else NOTHING, lambda rule: rule
            )
            root = nodes.first(root, made.composed(group), nothing)
        none = nodes.leaf(empty)
        return nodes.diagram(nodes.mapped(root, lambda leaf: none if leaf == nothing else leaf))

    def possible(self, name: str) -> tuple[frozenset[int], ...]:
        """The class numbers that each input of a stage can have."""
        making = _Making(self, self._program.stages[name])
        at = {place: level for level, place in enumerate(self.stages(name).order)}
        return tuple(making.codes(at[place]) for place in range(len(at)))

    # One stage

    def _concluded(self, name: str) -> Diagram:
        """What the rules of a stage come to, group by group, as far as an earlier one leaves nothing."""
        made = _Making(self, self._program.stages[name])
        nodes, stages = made.nodes, self.stages(name)
        nothing = nodes.leaf(NOTHING)
        root = nothing
        for number in range(len(stages.groups)):
            root = nodes.first(root, made.composed(self._group(made, stages, number)), nothing)
            if not made.leads_to(root, nothing):
                break
        else:
            empty = nodes.leaf(stages.empty)
            root = nodes.first(root, empty, nothing)
        return nodes.diagram(made.rested(root))

    def parts(self, name: str) -> tuple[Nodes, list[int]]:
        """What the faults below a stage come to, and each group of its rules: the first counts that tells.

        Raises:
            TooLarge: it takes too much.
        """
        made = _Making(self, self._program.stages[name])
        nodes, stages = made.nodes, self.stages(name)
        groups = [made.composed(self._group(made, stages, n)) for n in range(len(stages.groups))]
        return nodes, [made.faulty(), *groups, nodes.leaf(stages.empty)]

    def choosing(self, levels: Levels, name: str, conclusion: Diagram) -> Composition:
        """The same where a conclusion follows from a choice.

        Args:
            levels: the same, and that of the choice.
            name: the stage.
            conclusion: what it comes to.
        """
        chosen = {**self._chosen, name: conclusion}
        return Composition(self._compiled, levels, self._known, self._most, chosen)

    def _group(self, made: _Making, stages: StageDiagrams, number: int) -> Diagram:
        """A group of a stage; one that is too large, for what is known."""
        try:
            return stages.group(number)
        except EXHAUSTED:
            if not self._known:
                raise
        return stages.held(number, [made.codes(level) for level in range(len(stages.order))])

    def operand(self, stage: Stage, place: int) -> Diagram | None:
        """An input of a stage as a diagram of facts; leaves of facts are class numbers.

        Returns:
            None for a fact.
        """
        name = stage.inputs[place]
        return self.conclusion(name) if name in self.stages(stage.name).conclusions else None

    def fact(self, nodes: Nodes, fact: str, value: Callable[[Any], int]) -> int:
        """The node of a fact.

        Args:
            value: the node for each of its values.
        """
        levels, program = self.levels, self._program
        level = levels.level.get(fact)
        if level is None:
            return value(program.domains[fact][0])
        groups = levels.axes[fact]
        if level in self._known:
            return value(groups[self._known[level]][0])
        return nodes.node(level, tuple([value(group[0]) for group in groups]))

    def classes(self, stage: Stage, place: int) -> Diagram:
        """The class number of a fact as a stage's input."""
        nodes = Nodes(self.levels.widths, sum(self.levels.widths))
        name, classes = stage.inputs[place], stage.classes[place]
        reduce = self._program.reduce
        return nodes.diagram(self.fact(nodes, name, lambda v: nodes.leaf(classes[reduce(name, v)])))

    @property
    def program(self) -> Program:
        """The stages."""
        return self._program

    @property
    def widths(self) -> Sequence[int]:
        """How many codes each level has."""
        return self.levels.widths

    def nodes(self) -> Nodes:
        """For a diagram to be made."""
        return Nodes(self.widths, self._most, self.levels.facts)

    def stages(self, name: str) -> StageDiagrams:
        """A stage as diagrams of its inputs."""
        return self._compiled.stage(name, self.levels)

    # The category

    def _effective(self, concluded: Diagram) -> Diagram:
        """The category that is concluded, else the one given."""
        name, nodes = str(self._program.category), self.nodes()
        given = self.fact(nodes, name, lambda value: nodes.leaf(Inference(value, 0)))

        def chosen(leaf: Any) -> int:
            return given if isinstance(leaf, Inference) and leaf.value is None else nodes.leaf(leaf)

        self._concluded_category = concluded
        return nodes.diagram(selected(nodes, concluded, tuple(map(chosen, concluded.leaves))))

    @lazy
    def sound(self) -> Diagram:
        """Whether facts do not contradict each other: a given category is the one concluded."""
        name = self._program.category
        if name is None:
            return Diagram(self.widths, [], [], [True], -1)
        self.conclusion(name)
        concluded, nodes = self._concluded_category, self.nodes()

        def agreed(leaf: Any) -> int:
            if not isinstance(leaf, Inference) or leaf.value is None:
                return nodes.leaf(True)
            return self.fact(nodes, name, lambda value: nodes.leaf(value == leaf.value))

        return nodes.diagram(selected(nodes, concluded, tuple(map(agreed, concluded.leaves))))

    def _tied(self, name: str, diagram: Diagram) -> Diagram:
        """A diagram with CONTRADICTION where the category, if it depends on that, is another."""
        program = self._program
        if program.category is None or program.category not in program.support[name]:
            return diagram
        nodes = self.nodes()
        root = copied(nodes, diagram)
        rests = tuple(root if sound else nodes.leaf(CONTRADICTION) for sound in self.sound.leaves)
        return nodes.diagram(selected(nodes, self.sound, rests))


class _Making:
    """A conclusion that is being made from the diagrams of its stage and of its inputs."""

    def __init__(self, composition: Composition, stage: Stage) -> None:
        self._stage, self._stages = stage, composition.stages(stage.name)
        self.nodes = composition.nodes()
        # By the level of the stage: what is selected by.
        self._inputs: list[Diagram] = []
        self._conclusions: dict[str, Diagram] = {}
        for place in self._stages.order:
            operand = composition.operand(stage, place)
            if operand is not None:
                self._conclusions[stage.inputs[place]] = operand
            self._inputs.append(operand if operand is not None else composition.classes(stage, place))
        self._raised: dict[tuple[int, str, int], int] = {}

    def composed(self, group: Diagram) -> int:
        """The node for a diagram of the inputs."""
        if group.root < 0:
            return self.nodes.leaf(group.leaves[~group.root])
        possible = [self.codes(level) for level in range(len(self._inputs))]
        wanted = [False] * group.size
        wanted[group.root] = True
        for node in range(group.root, -1, -1):
            if wanted[node]:
                for code in possible[group.levels[node]]:
                    if (child := group.children[node][code]) >= 0:
                        wanted[child] = True
        found: dict[int, int] = {~n: self.nodes.leaf(value) for n, value in enumerate(group.leaves)}
        for node, is_wanted in enumerate(wanted):
            if is_wanted:
                found[node] = self._selected(group.levels[node], group.children[node], found)
        return found[group.root]

    def codes(self, level: int) -> frozenset[int]:
        """The class numbers that an input can have."""
        return frozenset(
            code for leaf in self._inputs[level].leaves if (code := self._code(level, leaf)) >= 0
        )

    def _code(self, level: int, leaf: Any) -> int:
        """The class number of what an input comes to; -1 where there is no value."""
        if isinstance(leaf, Inference):
            return self._stage.classes[self._stages.order[level]].get(leaf.value, 0)
        return -1 if isinstance(leaf, Without) else int(leaf)

    def _selected(self, level: int, children: Sequence[int], found: Mapping[int, int]) -> int:
        operand, name = self._inputs[level], self._stage.inputs[self._stages.order[level]]
        rests = []
        for leaf in operand.leaves:
            code = self._code(level, leaf)
            if code < 0:
                rests.append(self.nodes.leaf(leaf))
            else:
                rest = found[children[code]]
                rests.append(self._raise(rest, name, leaf.strength) if isinstance(leaf, Inference) else rest)
        return selected(self.nodes, operand, tuple(rests))

    def _raise(self, node: int, name: str, strength: int) -> int:
        """The same, with the basis of a conclusion taken into account where it rests on it."""
        found = self._raised.get((node, name, strength))
        if found is None:
            nodes = self.nodes

            def raised(leaf: int) -> int:
                value = nodes.value(leaf)
                if not isinstance(value, Inference) or name not in value.reads:
                    return leaf
                reads = value.reads - {name}
                return nodes.leaf(Inference(value.value, max(value.strength, strength), reads))

            found = self._raised[node, name, strength] = nodes.mapped(node, raised)
        return found

    def rested(self, root: int) -> int:
        """The same, with the basis of what was not asked for and yet is rested on, and with its faults."""
        nodes = self.nodes
        for name, operand in self._conclusions.items():
            rests = tuple(
                self._raise(root, name, leaf.strength) if isinstance(leaf, Inference) else nodes.leaf(leaf)
                for leaf in operand.leaves
            )
            root = selected(nodes, operand, rests)
        return root

    def faulty(self) -> int:
        """FAULT where one of the conclusions that are read is one; else NOTHING."""
        nodes = self.nodes
        found = nothing = nodes.leaf(NOTHING)
        for operand in self._conclusions.values():
            rests = [nodes.leaf(leaf) if isinstance(leaf, Without) else nothing for leaf in operand.leaves]
            found = nodes.first(found, selected(nodes, operand, tuple(rests)), nothing)
        return found

    def leads_to(self, root: int, leaf: int) -> bool:
        """Whether a node leads to a leaf."""
        seen, todo = {root}, [root]
        while todo:
            node = todo.pop()
            if node == leaf:
                return True
            if node >= 0:
                more = set(self.nodes.children[node]) - seen
                seen |= more
                todo += more
        return False


def selected(nodes: Nodes, operand: Diagram, rests: tuple[int, ...]) -> int:
    """The node that comes to one of several, by the value of a diagram.

    Args:
        nodes: where it is made.
        operand: the diagram.
        rests: the node for each of its leaves.
    """
    known: dict[tuple[int, tuple[int | None, ...]], int] = {}
    levels, children = nodes.levels, nodes.children

    def walk(node: int, rests: tuple[int | None, ...]) -> int:
        if node < 0:
            found = rests[~node]
            assert found is not None
            return found
        nodes.spend(len(rests))
        left = {rest for rest in rests if rest is not None}
        if len(left) == 1:
            return left.pop()
        key = node, rests
        found = known.get(key)
        if found is None:
            level = operand.levels[node]
            top = min((levels[rest] for rest in left if rest >= 0), default=BOTTOM)
            asks = level <= top
            level = min(level, top)
            below = []
            for code in range(nodes.widths[level]):
                child = operand.children[node][code] if asks else node
                if child < 0:
                    rest = rests[~child]
                    assert rest is not None
                    below.append(nodes.below(rest, level, code))
                    continue
                reach = operand.reached(child)
                below.append(
                    walk(
                        child,
                        tuple(
                            [
                                None
                                if rest is None or not reach >> number & 1
                                else children[rest][code]
                                if rest >= 0 and levels[rest] == level
                                else rest
                                for number, rest in enumerate(rests)
                            ]
                        ),
                    )
                )
            found = known[key] = nodes.node(level, tuple(below))
        return found

    return walk(
        operand.root,
        tuple(r if operand.reached(operand.root) >> n & 1 else None for n, r in enumerate(rests)),
    )


def copied(nodes: Nodes, diagram: Diagram, leaf: Callable[[Any], int] | None = None) -> int:
    """A diagram among nodes that are being made.

    Args:
        nodes: where it is made.
        diagram: the diagram.
        leaf: gives a node for each value, that may ask nothing that is asked above; else it is its leaf.
    """
    leaf = leaf or nodes.leaf
    new: dict[int, int] = {~n: leaf(value) for n, value in enumerate(diagram.leaves)}
    for node, (level, children) in enumerate(zip(diagram.levels, diagram.children, strict=True)):
        new[node] = nodes.node(level, tuple([new[child] for child in children]))
    return new[diagram.root]
