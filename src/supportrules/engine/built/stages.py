"""The stages of a policy as diagrams ↔ JSON data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from supportrules.base.strict_json import read_json
from supportrules.engine.built.damage import sound
from supportrules.engine.built.values import Malformed, shape_of
from supportrules.engine.diagrams.diagram import EXHAUSTED, Diagram
from supportrules.engine.diagrams.forest import Forest
from supportrules.engine.diagrams.stages import Fired, StageDiagrams, alternatives
from supportrules.engine.rules import CodedCondition, Program

# A group of rules as a diagram: the levels of its nodes, their children, the leaves, and where it begins.
_Group = tuple[tuple[int, ...], tuple[tuple[int, ...], ...], tuple[Fired, ...], int]
# A stage by name: what it was made of, the order of its inputs, its groups.
_Stages = Mapping[str, tuple[str, tuple[int, ...], tuple[_Group, ...]]]


def stages_data(forest: Forest) -> Any:
    """The stages of a policy → JSON data; those that take too much are left out."""
    return shape_of(_Stages).write(dict(_compiled(forest)))


def _compiled(forest: Forest) -> Iterator[tuple[str, Any]]:
    for name in forest.program.stages:
        stages = forest.stage(name)
        try:
            groups = [stages.fired(number) for number in range(len(stages.groups))]
        except EXHAUSTED:
            continue
        data = tuple((g.levels, g.children, g.leaves, g.root) for g in groups)
        yield name, (_question(stages), stages.order, data)


def _question(stages: StageDiagrams) -> str:
    """A hash over all that its diagrams follow from: which rules fire, and what they conclude alike."""
    rules, values = stages.stage.ruleset, dict[Any, int]()
    told = [
        (values.setdefault(value, len(values)), *rest)
        for rule in range(len(rules.conditions))
        for value, *rest in _told(stages, rule)
    ]
    asked = [*map(_coded, rules.conditions)], rules.widths, rules.overrides, rules.ranks, told
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def _coded(condition: CodedCondition) -> Any:
    tests = [(place, sorted(passing)) for place, passing in condition.tests]
    return tests, [*map(_coded, condition.alternatives)]


def _told(stages: StageDiagrams, number: int) -> Iterator[tuple[Any, ...]]:
    """What a rule concludes, for each class of the input that it takes over; and its basis."""
    stage, rule = stages.stage, stages.stage.rules[number]
    taken: list[dict[int, int]] = [{}]
    if rule.copies is not None:
        place, ruleset = stage.inputs.index(rule.copies), stage.ruleset
        every = range(ruleset.widths[place])
        ways = alternatives(ruleset.conditions[number])
        taken = [{place: code} for code in sorted({code for way in ways for code in way.get(place, every)})]
    for each in taken:
        yield stages.alone(number, each), number, each, rule.strength, rule.reads


class BuiltStages:
    """The stages in a built file.

    Args:
        text: their JSON.
        base: the built file.
    """

    def __init__(self, text: bytes, base: str) -> None:
        self._text, self._base = text, base

    def __reduce__(self) -> tuple[Any, ...]:
        return BuiltStages, (self._text, self._base)

    def read(self, program: Program) -> tuple[StageDiagrams, ...]:
        """Those that were made of the same rules as the stages of a program.

        Raises:
            PolicyLoadError: they are no diagrams.
        """
        with sound(self._base):
            found: _Stages = shape_of(_Stages).read(read_json(self._text)["stages"], "")
            return tuple(_fitting(program, found))


def _fitting(program: Program, found: _Stages) -> Iterator[StageDiagrams]:
    for name, (question, order, groups) in found.items():
        if name in program.stages:
            stages = StageDiagrams.of(program, name, order)
            if _question(stages) == question:
                yield _read(stages, groups)


def _read(empty: StageDiagrams, groups: tuple[_Group, ...]) -> StageDiagrams:
    """A stage with its groups, which are as those that are compiled.

    Raises:
        Malformed: they are not.
    """
    ruleset, order = empty.stage.ruleset, empty.order
    if sorted(order) != list(range(len(ruleset.widths))):
        raise Malformed
    widths = [ruleset.widths[place] for place in order]
    stages = replace(empty, known=tuple(Diagram(widths, *group) for group in groups))
    if len(groups) != len(stages.groups):
        raise Malformed
    for number, rules in enumerate(stages.groups):
        diagram = stages.fired(number)
        _check_nodes(diagram)
        for leaf in diagram.leaves:
            if not {*leaf.rules} <= {*rules} or not all(
                0 <= place < len(order) and 0 <= code < ruleset.widths[place] for place, code in leaf.taken
            ):
                raise Malformed
        # What they conclude is worked out: a rule may take over what is not there.
        stages.group(number)
    return stages


def _check_nodes(diagram: Diagram) -> None:
    """Refuses what is no diagram: children come before their parents and ask what comes after it."""
    levels, widths, leaves = diagram.levels, diagram.widths, len(diagram.leaves)
    if not -leaves <= diagram.root < len(levels):
        raise Malformed
    for node, (level, children) in enumerate(zip(levels, diagram.children, strict=True)):
        if not 0 <= level < len(widths) or len(children) != widths[level]:
            raise Malformed
        if not all(-leaves <= child < node and (child < 0 or levels[child] > level) for child in children):
            raise Malformed
