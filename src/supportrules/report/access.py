"""Who may use which channel: the answers of the policy for values of the facts that channels turn on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from supportrules.decision import Decision
from supportrules.errors import PolicyFault, TicketError
from supportrules.evaluate import Policy
from supportrules.report.cells import Cell, joint
from supportrules.report.phrases import Phrases
from supportrules.vocabulary import UNKNOWN, Fact, OnlyZoneOf

# How many tickets are evaluated for one table at most; facts that would make more are left open.
MOST_TICKETS = 5000

Row = tuple[Cell, ...]


def axes_of(policy: Policy) -> tuple[Fact | None, tuple[Fact, ...]]:
    """The category, if channels depend on it, and the facts whose values make rows, the plan last."""
    program, definition = policy.program, policy.definition
    facts = definition.vocabulary.facts
    stages = [program.stages[name] for name in program.channels]
    support = {fact for name in program.channels for fact in program.support[name]}
    category = facts[program.category] if program.category in support else None
    direct = {name for stage in stages for name in stage.inputs}
    size, axes = len(definition.plans) or 1, []
    for fact in facts.values():
        if fact.name in direct and fact.name not in (program.category, definition.plan_fact):
            count = len(_values(fact))
            if 0 < count <= MOST_TICKETS // size:
                size *= count
                axes.append(fact)
    if definition.plan_fact in support:
        axes.append(facts[str(definition.plan_fact)])
    return category, tuple(axes)


def assumed_facts(policy: Policy) -> Iterator[tuple[str, Any]]:
    """The facts that have their defaults in all rows, with these."""
    program, facts = policy.program, policy.definition.vocabulary.facts
    category, axes = axes_of(policy)
    support = {fact for name in program.channels for fact in program.support[name]}
    for fact in facts.values():
        fixed = fact.default is not UNKNOWN and not isinstance(fact.default, OnlyZoneOf)
        if fact.name in support and fact not in (category, *axes) and fixed:
            yield fact.name, fact.default


def access_rows(
    policy: Policy, phrases: Phrases, axes: Sequence[Fact], given: Mapping[str, Any]
) -> list[Row]:
    """Rows of one cell for each fact and each channel; values with the same answers share a row."""
    if not axes:
        answers = _answers(policy, phrases, given)
        return [answers] if answers else []
    fact, *others = axes
    groups: list[tuple[list[Any], list[Row]]] = []
    for value in _values(fact):
        found = access_rows(policy, phrases, others, {**given, fact.name: value})
        same = next((values for values, rows in groups if rows == found), None)
        if same is not None:
            same.append(value)
        elif found:
            groups.append(([value], found))
    return [(_group(phrases, fact, values), *row) for values, rows in groups for row in rows]


def _values(fact: Fact) -> tuple[Any, ...]:
    values = (True, False) if fact.type == "boolean" else tuple(fact.values)
    return (*values, None) if values and fact.may_be_none else values


def _group(phrases: Phrases, fact: Fact, values: list[Any]) -> Cell:
    if len(values) == len(_values(fact)) > 1:
        return Cell(phrases.words["any"], values)
    texts = [phrases.value(fact.name, value) for value in values]
    is_plan = fact.name == phrases.definition.plan_fact
    return Cell(phrases.listed(texts) if is_plan else phrases.words.either(texts), values)


def _answers(policy: Policy, phrases: Phrases, given: Mapping[str, Any]) -> Row | None:
    """The answer for each channel; None where the facts contradict each other."""
    defaults = True
    try:
        try:
            decision = policy.evaluate(given)
        except TicketError:
            # A default contradicts what is given: then nothing but that is known.
            defaults = False
            decision = policy.evaluate(given, defaults=False)
    except TicketError:
        return None
    except PolicyFault:
        return tuple(Cell(phrases.words["no_answer"]) for _ in policy.program.channels)
    facts = policy.reduce(policy.definition.vocabulary.read(given, defaults=defaults).values)
    return tuple(_access(policy, phrases, decision, channel, facts) for channel in policy.definition.channels)


def _access(
    policy: Policy, phrases: Phrases, decision: Decision, channel: str, facts: Mapping[str, Any]
) -> Cell:
    """Whether a channel is open, at which hours, and the clauses of the rules that say so."""
    stage = f"channels.{channel}"
    outcomes = policy.book.possible(stage, facts).outcomes
    rules = {firing.rule.id: firing.rule.origin for outcome in outcomes for firing in outcome.standing}
    origins = [rules[id] for id in sorted(rules)]
    undetermined = decision.undetermined.get(stage)
    if undetermined is not None:
        words = phrases.words
        possible = words.either([_text(phrases, value, " ({})") for value in undetermined.possible])
        missing = ", ".join(map(phrases.name, undetermined.missing))
        text = f"{possible}{words[';']}{words['depends']}{words[':']}{missing}"
        return replace(joint(text, undetermined.to_dict(), origins), basis=None)
    value = decision.channels[channel].to_dict()
    return joint(_text(phrases, value), value, origins)


def _text(phrases: Phrases, value: Mapping[str, Any], form: str = ", {}") -> str:
    words = phrases.words
    if not value["eligible"]:
        return words["no"]
    return words["yes"] + (form.format(phrases.hours(value["hours"])) if value["hours"] else "")
