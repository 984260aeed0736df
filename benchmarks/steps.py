"""A policy's rules as steps that any rules engine can be given: the first row that holds decides.

Nothing of the policy is written by hand: conditions, values and what overrides what are taken from its rules.
Rows that can't both hold, or that nothing overrides, stand together where they test one name and conclude one
value, as one would write them: `plan in (...)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from supportrules import Policy
from supportrules.engine.answers import Access
from supportrules.engine.rules import Program, Rule, Stage
from supportrules.policy.conditions import Condition
from supportrules.time.promises import Promise

NONE = "none"
GIVEN = "given_"
Value = str | bool
Tests = tuple[tuple[str, tuple[Value, ...]], ...]


@dataclass(frozen=True)
class Copied:
    """The value of another name."""

    name: str


@dataclass(frozen=True)
class Row:
    """Names with the values that pass, all of which must; and what follows then."""

    tests: Tests
    value: Value | Copied


@dataclass(frozen=True)
class Step:
    """The rows of one conclusion, of which the first that holds decides."""

    name: str
    rows: tuple[Row, ...]
    otherwise: Value | Copied

    @property
    def reads(self) -> tuple[str, ...]:
        """What it reads."""
        tested = [name for row in self.rows for name, _ in row.tests]
        copied = [
            v.name for v in (*(row.value for row in self.rows), self.otherwise) if isinstance(v, Copied)
        ]
        return tuple(dict.fromkeys((*tested, *copied)))


def name_of(stage: str) -> str:
    """The name of a stage as an identifier."""
    return stage.replace(".", "_")


def steps_to(policy: Policy, answers: tuple[str, ...]) -> tuple[Step, ...]:
    """The steps that lead to some answers, in order."""
    program = policy.program
    named = {name_of(name): stage for name, stage in program.stages.items()}
    made: dict[str, Step] = {}
    rest = list(map(name_of, answers))
    while rest:
        name = rest.pop()
        if name in named and name not in made:
            made[name] = _step(program, named[name])
            rest += made[name].reads
    return tuple(made[name] for name in named if name in made)


def facts_of(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """The facts that steps read."""
    concluded: set[str] = set()
    facts: dict[str, None] = {}
    for step in steps:
        facts |= dict.fromkeys(name for name in step.reads if name not in concluded)
        concluded.add(step.name)
    return tuple(facts)


def asked(ticket: Mapping[str, Any], facts: tuple[str, ...]) -> dict[str, Value]:
    """What an engine is asked of a ticket: the facts that its steps read, and no others."""
    return {fact: plain(ticket[fact.removeprefix(GIVEN)]) for fact in facts}


def plain(value: Any) -> Value:
    """A value as engines get it: a target as its text, of a channel whether it is open."""
    match value:
        case Promise():
            return str(value.target) if value.target.committed else NONE
        case Access():
            return value.eligible
        case None:
            return NONE
        case str() | bool():
            return value
    raise TypeError(value)


def _step(program: Program, stage: Stage) -> Step:
    rows: dict[tuple[Any, ...], Row] = {}
    for level, rule in _winners_first(stage):
        value = _value(program, rule)
        for tests in _alternatives(program, rule.when):
            if len(tests) == 1 and not isinstance(value, Copied):
                ((name, accepted),) = tests
                before = rows.get((level, name, value))
                more = before.tests[0][1] if before else ()
                rows[level, name, value] = Row(((name, tuple(sorted({*more, *accepted}))),), value)
            else:
                rows[level, rule.id, tests] = Row(tests, value)
    # A category that nothing concludes is the one that was given.
    otherwise = Copied(GIVEN + stage.name) if stage.name == program.category else NONE
    return Step(name_of(stage.name), tuple(rows.values()), otherwise)


def _winners_first(stage: Stage) -> Iterator[tuple[int, Rule]]:
    """The rules so that each stands after those that override it, and how many levels are above it."""
    rest, level = list(stage.rules), 0
    while rest:
        beaten = {loser.id for loser in rest if any(rule.takes_out(loser) for rule in rest)}
        yield from ((level, rule) for rule in rest if rule.id not in beaten)
        rest = [rule for rule in rest if rule.id in beaten]
        level += 1


def _value(program: Program, rule: Rule) -> Value | Copied:
    if rule.copies is None:
        return plain(rule.value)
    values = program.domains[rule.copies]
    made = {plain(rule.conclude({rule.copies: value})) for value in values}
    if len(made) == 1:
        return made.pop()
    assert made == set(map(plain, values)), rule
    return Copied(name_of(rule.copies))


def _alternatives(program: Program, when: Condition) -> Iterator[Tests]:
    """A condition as rows of tests; names are tested once each."""
    own: dict[str, frozenset[Any]] = {}
    for test in when.tests:
        passing = frozenset(v for v in program.domains[test.name] if test.holds(v))
        own[test.name] = own.get(test.name, passing) & passing
    mine = {name_of(name): tuple(sorted(map(plain, passing))) for name, passing in own.items()}
    if not when.alternatives:
        yield tuple(mine.items())
    for option in when.alternatives:
        for inner in _alternatives(program, option):
            both = {name: tuple(v for v in mine.get(name, values) if v in values) for name, values in inner}
            yield tuple((mine | both).items())
