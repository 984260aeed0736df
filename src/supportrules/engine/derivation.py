"""How a decision came about: every rule that fired, in the order of the stages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.base.problem import Location
from supportrules.engine.answers import value_data
from supportrules.engine.decision import Derived
from supportrules.engine.rules import Rule
from supportrules.engine.tables import Course, Firing, Possible, Tables
from supportrules.policy.definition import BASES
from supportrules.policy.vocabulary import UNKNOWN, Instant


@dataclass(frozen=True)
class Known:
    """What is known of a ticket.

    Args:
        given: the facts as the ticket has them, for showing.
        reduced: the facts as rules see them.
        defaulted: the facts that have their defaults.
        course: what was concluded where everything was known.
        possible: what a stage can come to where not everything was known.
    """

    given: Mapping[str, Any]
    reduced: Mapping[str, Any]
    defaulted: frozenset[str]
    course: Course
    possible: Callable[[str], Possible]


def derive(tables: Tables, known: Known, answers: tuple[str, ...]) -> Iterator[Derived]:
    """The entries for all stages that some answer rests on, ordered by stage and rule."""
    program = tables.program
    needed = {stage for answer in answers for stage in tables.path(answer)}
    settled = dict(known.given)
    for name in program.stages:
        if name not in needed:
            continue
        if not tables.unknown(name, known.reduced):
            firings: tuple[Firing, ...] | None = tables.outcome(name, known.course).firings
            value = known.course.values[name]
        elif known.possible(name).settled and known.given.get(name, UNKNOWN) is UNKNOWN:
            firings, value = tables.explained(name, known.reduced), known.possible(name).values[0]
        else:
            # It is open, or the category was given: nothing concluded it.
            continue
        settled[name] = value
        if firings is None:
            yield _agreement(name, value, tables.deciding(name, known.reduced))
        else:
            for firing in firings:
                yield _entry(firing, settled, known.defaulted)


def settled(tables: Tables, known: Known, name: str) -> Any:
    """The value of a fact or a conclusion, None for none, or UNKNOWN where it is open."""
    if name not in tables.program.stages:
        return known.given.get(name, UNKNOWN)
    if not tables.unknown(name, known.reduced):
        return tables.conclude(name, known.course)
    possible = known.possible(name)
    return possible.values[0] if possible.settled else UNKNOWN


def place(location: Location) -> str:
    """A place in a policy, as file and line."""
    return f"{PurePath(location.file).name}:{location.line}"


def inputs(names: tuple[str, ...], settled: Mapping[str, Any], defaulted: frozenset[str]) -> dict[str, Any]:
    """What was read, with defaults marked; what is unknown is left out."""
    found: dict[str, Any] = {}
    for name in names:
        value = settled.get(name, UNKNOWN)
        if value is UNKNOWN or isinstance(value, Instant):
            continue
        value = value_data(value)
        found[name] = FrozenDict({"value": value, "default": True}) if name in defaulted else value
    return found


def _entry(firing: Firing, settled: Mapping[str, Any], defaulted: frozenset[str]) -> Derived:
    rule = firing.rule
    return Derived(
        rule=rule.id,
        concludes=rule.concludes,
        value=value_data(firing.value),
        inputs=FrozenDict(inputs(rule.reads, settled, defaulted)),
        basis=rule.origin.basis,
        source=rule.origin.source,
        location=place(rule.origin.location),
        overridden_by=firing.overridden_by[0] if firing.overridden_by else None,
        says=rule.says or {},
    )


def _agreement(name: str, value: Any, rules: tuple[Rule, ...]) -> Derived:
    return Derived(
        rule=None,
        concludes=name,
        value=value_data(value),
        inputs={},
        basis=BASES[max((rule.strength for rule in rules), default=0)],
        source=tuple(dict.fromkeys(number for rule in rules for number in rule.origin.source)),
        location=None,
        agreed_by=tuple(rule.id for rule in rules),
    )
