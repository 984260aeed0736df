"""Who may use which channel: the answers of the policy for values of the facts that channels turn on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from supportrules.engine.answers import ChannelAnswer
from supportrules.engine.decision import Decision
from supportrules.engine.evaluation import Policy
from supportrules.errors import PolicyFault, TicketError
from supportrules.policy.format import channel_answer
from supportrules.policy.vocabulary import UNKNOWN, Fact, OnlyZoneOf
from supportrules.report.phrases import Phrases
from supportrules.report.table_model import TableCell, joint, merged

# How many tickets are evaluated for one table at most; facts that would make more are left open.
MOST_TICKETS = 5000

Row = tuple[TableCell, ...]


@dataclass(frozen=True)
class Axis:
    """A fact whose values make rows.

    Args:
        facts: as the policies declare it that have it; its values are those of all of them.
    """

    name: str
    facts: tuple[Fact, ...]

    @property
    def values(self) -> tuple[Any, ...]:
        """All of its values, None among them where it may be none."""
        return reduce(merged, map(_values, self.facts))

    def label(self, phrases: Phrases) -> str:
        """Its name in the words of a policy, or of one that has it."""
        return phrases.label(self._spoken(phrases).label, self.name)

    def text(self, phrases: Phrases, values: Sequence[Any]) -> str:
        """Several of its values in the words of a policy, or of one that has it."""
        if len(values) == len(self.values) > 1:
            return phrases.words["any"]
        fact = self._spoken(phrases)
        texts = [
            phrases.label(fact.values.get(value, {}), value)
            if isinstance(value, str)
            else phrases.value(fact.name, value)
            for value in values
        ]
        is_plan = self.name == phrases.definition.plan_fact
        return phrases.listed(texts) if is_plan else phrases.words.either(texts)

    def _spoken(self, phrases: Phrases) -> Fact:
        return phrases.definition.vocabulary.facts.get(self.name, self.facts[0])


def axes_of(policies: Sequence[Policy]) -> tuple[Axis | None, tuple[Axis, ...]]:
    """The category, if channels depend on it, and the facts whose values make rows, the plan last.

    Args:
        policies: whose tables are drawn alike; what one of them turns on makes rows in all.
    """
    support = {fact for policy in policies for fact in _support(policy)}
    direct = {
        name
        for policy in policies
        for c in policy.program.stages_of(ChannelAnswer)
        for name in policy.program.stages[c].inputs
    }
    categories = [str(p.program.category) for p in policies if p.program.category in _support(p)]
    plans = dict.fromkeys(str(p.definition.plan_fact) for p in policies if p.definition.plan_fact in support)
    names = reduce(merged, (tuple(policy.definition.vocabulary.facts) for policy in policies))
    size = len({plan for policy in policies for plan in policy.definition.plans}) or 1
    axes = []
    for name in names:
        if name in direct and name not in (*categories[:1], *plans):
            axis = _axis(policies, name)
            if 0 < len(axis.values) <= MOST_TICKETS // size:
                size *= len(axis.values)
                axes.append(axis)
    category = _axis(policies, categories[0]) if categories else None
    return category, (*axes, *(_axis(policies, name) for name in plans))


def assumed_facts(policy: Policy, axes: Iterable[Axis]) -> Iterator[tuple[str, Any]]:
    """The facts that have their defaults in all rows, with these."""
    support, drawn = _support(policy), {axis.name for axis in axes}
    for fact in policy.definition.vocabulary.facts.values():
        fixed = fact.default is not UNKNOWN and not isinstance(fact.default, OnlyZoneOf)
        if fact.name in support and fact.name not in drawn and fixed:
            yield fact.name, fact.default


def access_rows(
    sides: Sequence[tuple[Policy, Phrases]], axes: Sequence[Axis], given: Mapping[str, Any]
) -> list[tuple[tuple[list[Any], ...], tuple[Row | None, ...]]]:
    """Groups of values, some for each axis, with the cells that each policy has for them, or None.

    Values share a group where no policy tells them apart.
    """
    if not axes:
        answers = tuple(_answers(policy, phrases, given) for policy, phrases in sides)
        return [((), answers)] if any(answers) else []
    axis, *others = axes
    groups: list[tuple[list[Any], Any]] = []
    for value in axis.values:
        found = access_rows(sides, others, {**given, axis.name: value})
        same = next((values for values, rows in groups if rows == found), None)
        if same is not None:
            same.append(value)
        elif found:
            groups.append(([value], found))
    return [((values, *rest), answers) for values, rows in groups for rest, answers in rows]


def _axis(policies: Sequence[Policy], name: str) -> Axis:
    found = (policy.definition.vocabulary.facts.get(name) for policy in policies)
    return Axis(name, tuple(fact for fact in found if fact is not None))


def _support(policy: Policy) -> set[str]:
    """The facts on which channels depend."""
    return {fact for name in policy.program.stages_of(ChannelAnswer) for fact in policy.program.support[name]}


def _values(fact: Fact) -> tuple[Any, ...]:
    values = (True, False) if fact.type == "boolean" else tuple(fact.values)
    return (*values, None) if values and fact.may_be_none else values


def _answers(policy: Policy, phrases: Phrases, given: Mapping[str, Any]) -> Row | None:
    """The answer for each channel; None where the facts contradict each other, or it has no such value."""
    defaults = True
    given = {name: value for name, value in given.items() if name in policy.definition.vocabulary.facts}
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
        return tuple(TableCell(phrases.words["no_answer"]) for _ in policy.definition.channels)
    facts = policy.tables.reduced(policy.definition.vocabulary.read(given, defaults=defaults).values)
    return tuple(_access(policy, phrases, decision, channel, facts) for channel in policy.definition.channels)


def _access(
    policy: Policy, phrases: Phrases, decision: Decision, channel: str, facts: Mapping[str, Any]
) -> TableCell:
    """Whether a channel is open, at which hours, and the clauses of the rules that say so."""
    stage = channel_answer(channel)
    origins = [rule.origin for rule in policy.tables.deciding(stage, facts)]
    undetermined = decision.undetermined.get(stage)
    if undetermined is not None:
        words = phrases.words
        possible = words.either([_text(phrases, value, " ({})") for value in undetermined.possible])
        missing = ", ".join(map(phrases.name, undetermined.missing))
        text = f"{possible}{words[';']}{words['depends']}{words[':']}{missing}"
        return replace(joint(text, undetermined.to_dict(), origins), basis=None)
    found = decision.channels[channel]
    value = {"eligible": found.eligible, "hours": found.hours}
    return joint(_text(phrases, value), value, origins)


def _text(phrases: Phrases, value: Mapping[str, Any], form: str = ", {}") -> str:
    words = phrases.words
    if not value["eligible"]:
        return words["no"]
    return words["yes"] + (form.format(phrases.hours(value["hours"])) if value["hours"] else "")
