"""Regions of a stage's inputs: sets of combinations as boxes, and boxes in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.engine.rules import GIVEN, Program, Stage
from supportrules.engine.tables.table import value_text
from supportrules.proofs.check.boxes import cover, within
from supportrules.proofs.check.reached import Reached

_LISTED = 5

Codes = tuple[frozenset[int], ...]


@dataclass(frozen=True)
class Box:
    """A region of a stage's inputs: for each of them the class numbers that are in it.

    Args:
        occurring: for each input the class numbers that occur at all.
        region: all that facts lead to in it, as far as it is covered.
    """

    stage: Stage = field(compare=False, repr=False)
    occurring: Codes = field(compare=False, repr=False)
    codes: Codes
    region: int = field(compare=False, repr=False)


def boxes(reached: Reached, inside: int) -> Iterator[Box]:
    """Boxes that cover all of a region and nothing else that facts lead to.

    Each is as large as it can be, and those come first that cover the most of what is left.
    """
    rules, stage = reached.rules, reached.stage
    regions, coordinates = rules.regions, rules.coordinates
    if inside == regions.nothing:
        return
    occurring = tuple(reached.occurring(place, reached.region) for place in range(len(coordinates)))
    outside = regions.less(reached.region, inside)
    # Asking less by way of a conclusion that follows from the others would tell the owner of a rule nothing.
    for codes in cover(regions, inside, outside, coordinates, both_ways=False):
        pairs = zip(codes, occurring, strict=True)
        there = within(regions, inside, coordinates, codes)
        yield Box(stage, occurring, tuple(every if some is None else some for some, every in pairs), there)


def box_text(program: Program, box: Box, given: Mapping[str, Any] = FrozenDict()) -> str:
    """A box in words: every input that matters in it, with its values.

    Args:
        given: a value of an input in place of all that it has in the box.
    """
    parts = [
        f"`{name}` is {_one(given[name]) if name in given else _values_text(program, box, position)}"
        for position, (name, codes) in enumerate(zip(box.stage.inputs, box.codes, strict=True))
        if codes < box.occurring[position]
    ]
    return " and ".join(parts) or "always"


def _values_text(program: Program, box: Box, position: int) -> str:
    name, codes = box.stage.inputs[position], box.codes[position]
    classes = {v: c for v, c in box.stage.classes[position].items() if c in box.occurring[position]}
    fact = program.definition.vocabulary.facts.get(name)
    if fact is not None and fact.type == "number":
        return _or(list(_ranges(classes, codes)))
    inside = [value for value, code in classes.items() if code in codes]
    outside = [value for value, code in classes.items() if code not in codes]
    if GIVEN in classes:
        return "given" if GIVEN in inside else "absent"
    if len(inside) <= max(_LISTED, len(outside)):
        return _or([_one(value) for value in inside])
    return f"anything but {_or([_one(value) for value in outside])}"


def _one(value: Any) -> str:
    return "absent" if value is None else f"`{value_text(value)}`"


def _ranges(classes: Any, codes: Collection[int]) -> Iterator[str]:
    """Stretches of numbers; each class begins at the number that stands for it."""
    starts = sorted(value for value in classes if value is not None)
    index = 0
    while index < len(starts):
        first = index
        while index < len(starts) and classes[starts[index]] in codes:
            index += 1
        if index > first:
            low, high = starts[first], starts[index] - 1 if index < len(starts) else None
            yield f"{low} or more" if high is None else str(low) if high == low else f"{low} to {high}"
        index += 1
    if None in classes and classes[None] in codes:
        yield "absent"


def _or(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"
