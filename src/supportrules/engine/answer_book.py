"""What follows from a ticket's facts alone, whatever the time: all answers but deadlines."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.engine.answers import ChannelAnswer, undetermined
from supportrules.engine.decision import Channel, Note, Refusal, Undetermined
from supportrules.engine.tables import MOST_KEPT, Completions, Course, Outcome, Possible, Tables
from supportrules.policy.definition import BASES, RESPONSE, SEVERITY
from supportrules.policy.format import channel_answer
from supportrules.policy.vocabulary import UNKNOWN


@dataclass(frozen=True)
class Answers:
    """The answers for some facts; immutable, and shared by all tickets of which as much is known.

    Args:
        response: what the promise can be.
        undetermined: what is open, but for `response`, which depends on times as well.
        basis: the weakest basis of severity, of channels and of the response.
    """

    category: str | None
    severity: str | None
    channels: Mapping[str, Channel]
    response: Possible
    notes: tuple[Note, ...]
    undetermined: Mapping[str, Undetermined]
    basis: Mapping[str, str | None]


class AnswerBook:
    """Answers by what is known, worked out once; safe in threads."""

    def __init__(self, tables: Tables) -> None:
        self._tables, self._program = tables, tables.program
        notes = self._program.definition.notes
        self._notes = {note.id: Note(note.code, note.says) for note in notes}
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
        self._completions: Completions | None = None
        self._undetermined: dict[str, Undetermined] = {}

    def answers(self) -> Answers:
        program = self._program
        category = self._answer(program.category, "category") if program.category else None
        severity = self._answer(SEVERITY, "severity")
        stages = dict(zip(program.definition.channels, program.channels, strict=True))
        channels = {channel: self._channel(channel, stage) for channel, stage in stages.items()}
        weakest = [p.strength for p in map(self.possible, stages.values()) if p.settled]
        basis = {
            "severity": self._basis(self.possible(SEVERITY)),
            "channels": BASES[max(weakest)] if weakest else None,
            "response": self._basis(self.possible(RESPONSE)),
        }
        return Answers(
            category=category,
            severity=severity,
            channels=FrozenDict(channels),
            response=self.possible(RESPONSE),
            notes=tuple(self._notes()),
            undetermined=FrozenDict(self._undetermined),
            basis=FrozenDict(basis),
        )

    def possible(self, stage: str) -> Possible:
        if not self._tables.unknown(stage, self._facts):
            outcome = self._tables.conclude(stage, self._course)
            return Possible(
                (self._course.values[stage],), None, self._course.strengths[stage], {}, (outcome,)
            )
        book = self._book
        key = (stage, *[self._facts[fact] for fact in self._program.support[stage]])
        found = book._possible.get(key)
        if found is None:
            if self._completions is None:
                self._completions = self._tables.completions(self._facts)
            found = book._keep(book._possible, key, self._completions.possible(stage))
        return found

    def _answer(self, stage: str, key: str) -> Any:
        """The value of a stage, or None and an entry in `undetermined`."""
        possible = self.possible(stage)
        if possible.settled:
            return possible.values[0]
        self._undetermined[key] = undetermined(possible.values, possible.missing)
        return None

    def _channel(self, channel: str, stage: str) -> Channel:
        possible = self.possible(stage)
        if not possible.settled:
            self._undetermined[channel_answer(channel)] = undetermined(possible.values, possible.missing)
        found = ChannelAnswer.settled(possible.values, possible.fault is not None)
        if found.eligible is not False:
            return found
        if self._tables.unknown(stage, self._facts):
            # What is possible names one rule where several lead to the same.
            possible = self._tables.explained(stage, self._facts)
        return replace(found, says=_refusals(possible.outcomes))

    def _notes(self) -> Iterator[Note]:
        for stage in self._program.notes:
            possible = self.possible(stage)
            if possible.settled and possible.values[0]:
                yield self._book._notes[stage]

    @staticmethod
    def _basis(possible: Possible) -> str | None:
        return BASES[possible.strength] if possible.settled else None


def _refusals(outcomes: Sequence[Outcome]) -> tuple[Refusal, ...]:
    """The rules that refuse a channel in some outcome."""
    rules = {firing.rule.id: firing.rule for outcome in outcomes for firing in outcome.standing}
    return tuple(Refusal(id, rules[id].says or FrozenDict()) for id in sorted(rules))
