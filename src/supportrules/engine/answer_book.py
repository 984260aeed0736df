"""What follows from a ticket's facts alone, whatever the time: all answers but deadlines."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.engine.decision import Refusal, Undetermined
from supportrules.engine.tables import MOST_KEPT, Course, Possible, Tables
from supportrules.policy.definition import BASES
from supportrules.policy.vocabulary import UNKNOWN


@dataclass(frozen=True)
class Answers:
    """The answers for some facts; immutable, and shared by all tickets of which as much is known.

    Args:
        parts: what a decision has in each of its parts, but for those that tickets date.
        undated: what these can be, by stage; not what only some tickets ask for.
        undetermined: what is open about the others.
        basis: the weakest basis of each part that has one, but for those that tickets date.
    """

    parts: Mapping[str, Any]
    undated: Mapping[str, Possible]
    undetermined: Mapping[str, Undetermined]
    basis: Mapping[str, str | None]


class AnswerBook:
    """Answers by what is known, worked out once; safe in threads."""

    def __init__(self, tables: Tables) -> None:
        self._tables, self._program = tables, tables.program
        support = {fact for facts in self._program.support.values() for fact in facts}
        # For each fact that counts, the number of the group that a value is in.
        self._groups = {
            fact: {value: number for number, group in enumerate(groups) for value in group} | {UNKNOWN: -1}
            for fact, groups in self._program.axes.items()
            if fact in support
        }
        self._answers: dict[tuple[int, ...], Answers] = {}
        self._possible: dict[tuple[Hashable, ...], Possible] = {}

    def answers(self, facts: Mapping[str, Any]) -> Answers:
        """The answers for facts, some of which may be UNKNOWN, all reduced to their domains.

        Raises:
            PolicyFault: the policy has no single answer for these facts.
        """
        key = tuple([numbers[facts[fact]] for fact, numbers in self._groups.items()])
        found = self._answers.get(key)
        if found is None:
            found = self._keep(self._answers, key, _Working(self, facts).answers())
        return found

    def possible(self, stage: str, facts: Mapping[str, Any]) -> Possible:
        """What a stage can come to.

        Raises:
            PolicyFault: the policy has no answer for any completion of these facts.
        """
        return self.about(facts)(stage)

    def about(self, facts: Mapping[str, Any]) -> Callable[[str], Possible]:
        """What each stage can come to, by its name; what several rest on is worked out once."""
        return _Working(self, facts).possible

    def _keep(self, kept: dict[Any, Any], key: Hashable, value: Any) -> Any:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[key] = value
        return value


class _Working:
    """The answers for some facts, being worked out."""

    def __init__(self, book: AnswerBook, facts: Mapping[str, Any]) -> None:
        self._book, self._facts = book, facts
        self._tables, self._program = book._tables, book._program
        self._course = Course(dict(facts), {}, {})

    def answers(self) -> Answers:
        parts: dict[str, Any] = {}
        undated: dict[str, Possible] = {}
        left: dict[str, Undetermined] = {}
        basis: dict[str, str | None] = {}
        for kind, answers in self._program.kinds.items():
            if kind.only_for_closed:
                continue
            found = [(answer, self.possible(answer.stage)) for answer in answers]
            if kind.is_dated:
                undated |= {answer.stage: possible for answer, possible in found}
                continue
            parts[kind.part] = kind.held(
                {each.name: each.given(p, partial(self._refusals, each.stage)) for each, p in found}
            )
            left |= {answer.key: open for answer, possible in found if (open := answer.left(possible))}
            if kind.is_founded:
                strengths = [possible.strength for _, possible in found if possible.settled]
                basis[kind.part] = BASES[max(strengths)] if strengths else None
        return Answers(parts, undated, left, basis)

    def possible(self, stage: str) -> Possible:
        if not self._tables.unknown(stage, self._facts):
            value = self._tables.conclude(stage, self._course)
            return Possible((value,), False, self._course.strengths[stage], {})
        book = self._book
        key = (stage, *[self._facts[fact] for fact in self._program.support[stage]])
        found = book._possible.get(key)
        if found is None:
            found = book._keep(book._possible, key, self._tables.possible(stage, self._facts))
        return found

    def _refusals(self, stage: str) -> tuple[Refusal, ...]:
        """The rules that decide about a stage for some completion."""
        rules = self._tables.deciding(stage, self._facts)
        return tuple(Refusal(rule.id, rule.says or FrozenDict()) for rule in rules)
