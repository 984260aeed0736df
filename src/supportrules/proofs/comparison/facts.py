"""The facts of two policies side by side: the values that both tell apart, and what they read differently."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from supportrules.engine.evaluation import Policy
from supportrules.engine.rules import Program
from supportrules.policy.definition import REOPEN, RESPONSE, SEVERITY
from supportrules.policy.vocabulary import UNKNOWN, Fact
from supportrules.proofs.comparison.changes import Reading, Span

Pair = tuple[Policy, Policy]


class Refused(Enum):
    """The standing of a value that a policy does not take."""

    REFUSED = "refused"


REFUSED: Final = Refused.REFUSED


@dataclass(frozen=True)
class ValueClass:
    """Values of a fact that neither policy tells apart.

    Args:
        values: them; of numbers, stretches; None is the fact left out.
        old, new: the value that stands for them in either policy, or `REFUSED`.
    """

    values: tuple[Any, ...]
    old: Any
    new: Any

    @property
    def refused(self) -> tuple[bool, bool]:
        """Which of the two policies does not take them."""
        return self.old is REFUSED, self.new is REFUSED


def answers(pair: Pair) -> tuple[str, ...]:
    """The names of the answers of either policy."""

    def of(program: Program) -> tuple[str, ...]:
        first = (program.category,) if program.category else ()
        return (*first, SEVERITY, RESPONSE, *program.channels, REOPEN, *program.notes)

    return tuple(dict.fromkeys(name for policy in pair for name in of(policy.program)))


def readings(pair: Pair) -> Iterator[Reading]:
    """What the policies read differently from the same ticket."""
    old, new = (policy.definition.vocabulary.facts for policy in pair)
    for name in dict.fromkeys((*old, *new)):
        supports = [policy.program.support for policy in pair]
        led_to = tuple(
            answer for answer in answers(pair) if any(name in support.get(answer, ()) for support in supports)
        )
        for what, before, after in _differences(old.get(name), new.get(name)):
            yield Reading(name, what, before, after, led_to)
    roles = [policy.definition.roles for policy in pair]
    for role in sorted(vars(roles[0])):
        parts = [getattr(each, role) for each in roles]
        if parts[0] != parts[1]:
            yield Reading(role, "role", *parts)


def _differences(before: Fact | None, after: Fact | None) -> Iterator[tuple[str, Any, Any]]:
    """In what a fact of two policies is read differently, and how."""
    if before is None or after is None:
        yield "removed" if after is None else "added", before, after
        return
    if before.type != after.type:
        yield "type", before.type, after.type
        return
    gone = tuple(value for value in before.values if value not in after.values)
    come = tuple(value for value in after.values if value not in before.values)
    if gone or come:
        yield "values", gone, come
    absent = [_left_out(fact) for fact in (before, after)]
    if absent[0] != absent[1]:
        yield "default", absent[0], absent[1]
    ranges = [(fact.minimum, fact.maximum) for fact in (before, after)]
    if ranges[0] != ranges[1]:
        yield "range", ranges[0], ranges[1]


def _left_out(fact: Fact) -> object:
    """What a fact is that a ticket leaves out: a value, None for absent, or UNKNOWN."""
    return None if fact.default is UNKNOWN and fact.optional else fact.default


def places(pair: Pair, name: str, stages: Iterable[str] = ()) -> tuple[ValueClass, ...]:
    """The values of a fact in groups that neither policy tells apart.

    Args:
        name: a fact; where only one of the policies has it, the other reads nothing of it.
        stages: those whose rules are told apart as well, whatever they lead to.
    """
    sides = [_FactSide(policy, name, tuple(stages)) for policy in pair]
    known = [side.fact for side in sides if side.fact is not None]
    found: dict[tuple[Hashable, ...], list[Any]] = {}
    if known[0].type == "number":
        candidates = _spans(pair, name, known)
    else:
        candidates = [(v, v) for v in dict.fromkeys(v for side in sides for v in side.domain)]
    absent = [side.absent for side in sides]
    if UNKNOWN not in absent and (absent[0] != absent[1] or absent[0] is None):
        candidates = [each for each in candidates if each[1] is not None] + [(None, None)]
    else:
        candidates = [each for each in candidates if each[1] is not None]
    stand: dict[tuple[Hashable, ...], tuple[Any, Any]] = {}
    for shown, value in candidates:
        keys = tuple(side.key(value) for side in sides)
        if all(key is REFUSED for key in keys):
            continue
        found.setdefault(keys, []).append(shown)
        stand.setdefault(keys, (sides[0].standing(value), sides[1].standing(value)))
    return tuple(ValueClass(ordered(values), *stand[keys]) for keys, values in found.items())


class _FactSide:
    """A fact as one policy has it; of one that it does not have, every value is the same."""

    def __init__(self, policy: Policy, name: str, stages: Sequence[str]) -> None:
        self.program, self.name = policy.program, name
        self.fact: Fact | None = policy.definition.vocabulary.facts.get(name)
        self.domain = self.program.domains[name] if self.fact else ()
        self.absent = policy.tables.absent[name] if self.fact else None
        groups = self.program.axes[name] if self.fact else ()
        for stage in stages:
            if stage in self.program.stages:
                groups = self.program.stages[stage].split(name, groups)
        self.group = {value: number for number, group in enumerate(groups) for value in group}

    def standing(self, value: Any) -> Any:
        """The value of the domain that stands for one; REFUSED where the policy does not take it."""
        if self.fact is None:
            return None
        if value is None:
            return self.absent
        if not _takes(self.fact, value):
            return REFUSED
        return self.program.reduce(self.name, value)

    def key(self, value: Any) -> Hashable:
        found = self.standing(value)
        return found if found is REFUSED or self.fact is None else self.group[found]


def _takes(fact: Fact, value: Any) -> bool:
    if fact.type == "number":
        return (fact.minimum is None or value >= fact.minimum) and (
            fact.maximum is None or value <= fact.maximum
        )
    return not fact.values or value in fact.values


def _spans(pair: Pair, name: str, facts: Sequence[Fact]) -> list[tuple[Any, Any]]:
    """Stretches of numbers within which neither policy tells numbers apart, each with its lowest."""
    points = {v for policy in pair for v in policy.program.domains.get(name, ()) if v is not None}
    points |= {fact.maximum + 1 for fact in facts if fact.maximum is not None}
    points |= {fact.minimum for fact in facts if fact.minimum is not None}
    starts = sorted(points)
    ends = [start - 1 for start in starts[1:]] + [None]
    return [(Span(start, end), start) for start, end in zip(starts, ends, strict=True)] + [(None, None)]


def ordered(values: Sequence[Any]) -> tuple[Any, ...]:
    """Values as they are; of numbers the stretches from low to high, those that follow each other as one."""
    rest = [value for value in values if not isinstance(value, Span)]
    found: list[Span] = []
    for span in sorted(value for value in values if isinstance(value, Span)):
        if found and found[-1].high == span.low - 1:
            found[-1] = Span(found[-1].low, span.high)
        else:
            found.append(span)
    return (*found, *rest)
