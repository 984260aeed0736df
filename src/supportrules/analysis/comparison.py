"""Two policies compared over all facts: which answers differ, and for which facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supportrules.evaluate import Policy
from supportrules.policy import ALWAYS, Definition
from supportrules.policy.objects import REOPEN, RESPONSE, SEVERITY
from supportrules.rules import Access, Groups, Program, Promise
from supportrules.tables import Grid
from supportrules.vocabulary import UNKNOWN, Fact


@dataclass(frozen=True)
class Change:
    """An answer that differs.

    Args:
        answer: its stage; ``facts`` where tickets are read differently.
        facts: facts for which it does; of the others it does not matter what they are.
        old, new: what the policies answer there, and how weak its basis is: 0 stated, 1 inferred, 2 assumed.
    """

    answer: str
    facts: Mapping[str, Any]
    old: tuple[object, int]
    new: tuple[object, int]


def changes(old: Policy, new: Policy) -> Iterator[Change]:
    """One change for each answer that differs between two policies for any facts, its basis included.

    Raises:
        TooMuchUnknown: an answer follows from too many facts to walk.
    """
    read = [_reading(policy.definition) for policy in (old, new)]
    if read[0] != read[1]:
        yield Change("facts", {}, (read[0], 0), (read[1], 0))
        return
    names = [_answers(policy.program) for policy in (old, new)]
    for name in dict.fromkeys((*names[0], *names[1])):
        if (name in names[0]) != (name in names[1]):
            yield Change(name, {}, (name in names[0], 0), (name in names[1], 0))
        else:
            yield from _differing(old, new, name)


def _reading(definition: Definition) -> object:
    """How a policy reads tickets."""

    def read(fact: Fact) -> object:
        return (fact.type, frozenset(fact.values), fact.default, fact.optional, fact.minimum, fact.maximum)

    return definition.roles, {name: read(fact) for name, fact in definition.vocabulary.facts.items()}


def _answers(program: Program) -> tuple[str, ...]:
    category = (program.category,) if program.category else ()
    return (*category, SEVERITY, RESPONSE, REOPEN, *program.channels, *program.notes)


def _differing(old: Policy, new: Policy, name: str) -> Iterator[Change]:
    import numpy as np

    axes = common_axes(old.program, new.program, name)
    walks = [policy.tables.completions(dict.fromkeys(axes, UNKNOWN), axes=axes) for policy in (old, new)]
    grids = [walk.grid(name) for walk in walks]
    values: dict[object, int] = {}
    numbered = [
        _numbered(policy.definition, grid, values) for policy, grid in zip((old, new), grids, strict=True)
    ]
    strengths = [np.where(grid.numbers >= 0, grid.strengths, 0) for grid in grids]
    differs = np.broadcast_arrays((numbered[0] != numbered[1]) | (strengths[0] != strengths[1]))[0]
    if differs.any():
        (position,) = walks[0].positions(differs, [0] * differs.ndim)
        at = tuple(position)
        shown = {number: value for value, number in values.items()}
        found = [
            (
                shown[int(np.broadcast_to(numbers, differs.shape)[at])],
                int(np.broadcast_to(each, differs.shape)[at]),
            )
            for numbers, each in zip(numbered, strengths, strict=True)
        ]
        yield Change(name, walks[0].at(position), *found)


def common_axes(old: Program, new: Program, name: str) -> dict[str, Groups]:
    """The facts that an answer of either policy follows from, in groups that neither tells apart.

    Of a fact of both policies these are the values that both take, which may be none.
    """
    support = {*old.support[name], *new.support[name]}
    found: dict[str, Groups] = {}
    for fact in dict.fromkeys((*old.axes, *new.axes)):
        having = [program for program in (old, new) if fact in program.axes]
        if fact in support and any(len(program.domains[fact]) > 1 for program in having):
            found[fact] = _refined(having, fact)
    return found


def _refined(programs: Sequence[Program], fact: str) -> Groups:
    if len({program.definition.vocabulary.facts[fact].type for program in programs}) > 1:
        return ()
    # Of numbers, a policy knows only those that stand for a class; together they stand for all.
    values = dict.fromkeys(value for program in programs for value in program.domains[fact])
    groups: dict[tuple[int | None, ...], list[Any]] = {}
    for value in values:
        key = tuple(_group(program, fact, value) for program in programs)
        if None not in key:
            groups.setdefault(key, []).append(value)
    return tuple(map(tuple, groups.values()))


def _group(program: Program, fact: str, value: Any) -> int | None:
    """The number of the group of a value, if the policy takes it."""
    reduced = program.reduce(fact, value)
    return next((number for number, group in enumerate(program.axes[fact]) if reduced in group), None)


def _numbered(definition: Definition, grid: Grid, numbers: dict[object, int]) -> Any:
    """The values of a grid as numbers that two grids share."""
    import numpy as np

    keys = [_meaning(definition, value) for value in grid.values]
    shared = [numbers.setdefault(key, len(numbers)) for key in (*keys, "contradiction", "fault")]
    # The last two places are those of -2 and -1.
    return np.array(shared)[grid.numbers]


def _meaning(definition: Definition, value: Any) -> object:
    """A value with all that the name of its hours stands for."""
    match value:
        case Promise():
            return ("promise", value.target, _hours(definition, value.clock))
        case Access():
            # No time of a decision is told from the hours of a channel: they are named.
            return ("access", value.eligible, value.hours)
        case _:
            return ("value", type(value).__name__, value)


def _hours(definition: Definition, clock: str) -> object:
    if clock == ALWAYS:
        return ALWAYS
    hours = definition.hours[clock]
    # The reason of a special date is a wording.
    dates = tuple((day, intervals) for day, intervals, _ in hours.week.dates)
    return clock, hours.week.days, dates, hours.national_holidays
