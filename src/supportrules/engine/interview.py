"""Finding out what a decision needs, one question at a time."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from supportrules.base.problem import Problem
from supportrules.engine.decision import Decision
from supportrules.engine.evaluation import Policy
from supportrules.errors import TicketError, TooMuchUnknown
from supportrules.policy.vocabulary import UNKNOWN, Fact, OnlyZoneOf, expectation
from supportrules.time import places, zones


class Interview:
    """Asks for the fact that decides most, until the decision is made or nobody knows more.

    Defaults are not assumed: a fact that has one is asked for like any other where it matters.

    Args:
        policy: what decides.
        ticket: the fields that are known from the start.

    Raises:
        TicketError: these have errors.
    """

    def __init__(self, policy: Policy, ticket: Mapping[str, Any] | None = None) -> None:
        self.policy = policy
        self._start = {name: value for name, value in (ticket or {}).items() if value is not None}
        # What was asked, with None for none, and UNKNOWN where the answer is not known.
        self._answers: list[tuple[str, Any]] = []
        self._decisions = [self._decided(self._start)]

    def __repr__(self) -> str:
        asks = f"asks for `{self.question.name}`" if self.question else "has no question left"
        decided = self._decisions[-1]
        so_far = "too much unknown" if isinstance(decided, TooMuchUnknown) else repr(decided)
        return f"<Interview {asks}, {so_far}>"

    @property
    def decision(self) -> Decision:
        """What is decided so far.

        Raises:
            TooMuchUnknown: too little is known for that yet.
        """
        found = self._decisions[-1]
        if isinstance(found, TooMuchUnknown):
            raise found
        return found

    @property
    def ticket(self) -> dict[str, Any]:
        """The fields that are known, in the order of the vocabulary; a fact that is none has no field."""
        answers = {name: value for name, value in self._answers if value is not UNKNOWN and value is not None}
        known = self._start | answers
        return {name: known[name] for name in self.policy.definition.vocabulary.facts if name in known}

    @property
    def assumed(self) -> tuple[str, ...]:
        """The facts that are not known and have defaults: an evaluation with defaults assumes these."""
        facts = self.policy.definition.vocabulary.facts
        unknown = [name for name, value in self._answers if value is UNKNOWN]
        return tuple(name for name in unknown if self.offer(facts[name]) is not UNKNOWN)

    @property
    def asked(self) -> tuple[str, ...]:
        """The facts that were asked for, in order."""
        return tuple(name for name, _ in self._answers)

    @property
    def question(self) -> Fact | None:
        """The fact to ask for next; None when nothing is left to ask.

        It is the one that narrows the open answers down most, taken together; ties go by name. Where too much
        is unknown to tell, it is the one that most rules test.
        """
        facts, asked = self.policy.definition.vocabulary.facts, set(self.asked)
        decision = self._decisions[-1]
        if isinstance(decision, TooMuchUnknown):
            unknown = (*decision.most_tested, *decision.facts)
            return next((facts[name] for name in unknown if name not in asked), None)
        gains: dict[str, float] = {}
        for answer in decision.undetermined.values():
            for name, left in zip(answer.missing, answer.left, strict=True):
                gain = math.log(max(len(answer.possible), 1)) - math.log(max(left, 1))
                gains[name] = gains.get(name, 0.0) + gain
        names = sorted((name for name in gains if name not in asked), key=lambda name: (-gains[name], name))
        return facts[names[0]] if names else None

    def choices(self, fact: Fact) -> tuple[str, ...]:
        """The listed values of a fact that do not contradict what is known.

        For a subdivision, these are the parts of the country if any has public holidays of its own.
        """
        if fact.type == "subdivision":
            country = self.country(fact)
            return places.parts(country) if country else ()
        values = tuple(fact.values)
        name = self.policy.program.category
        given = self.ticket.get(name) if name else None
        if name is None or given is None or self.policy.program.stages[name].inputs != (fact.name,):
            return values
        concluded = self.policy.tables.category
        return tuple(v for v in values if concluded({fact.name: v}) in (None, given))

    def country(self, fact: Fact) -> str | None:
        """The country in which a subdivision lies, if that is known."""
        return self.ticket.get(fact.country) if fact.country else None

    def offer(self, fact: Fact) -> Any:
        """The default of a fact, given what is known: None for "none", UNKNOWN if it has none."""
        if isinstance(fact.default, OnlyZoneOf):
            return zones.only_zone(str(self.ticket.get(fact.default.country))) or UNKNOWN
        return fact.default

    def answer(self, value: Any) -> None:
        """Takes the answer to the question.

        Args:
            value: as in a ticket; None for "none", of facts for which that is the default.

        Raises:
            TicketError: it is no value of the fact, or contradicts what is known; the question stays.
        """
        self._take(value)

    def tell(self, ticket: Mapping[str, Any]) -> None:
        """Takes facts that were not asked for; what was answered stays.

        Raises:
            TicketError: they have errors, or contradict what is known.
        """
        told = {name: value for name, value in ticket.items() if value is not None and name not in self.asked}
        none = {name for name, value in self._answers if value is None}
        decision = self._decided(self.ticket | told, none)
        self._start |= told
        self._decisions[-1] = decision

    def pass_over(self) -> None:
        """Takes "don't know" for an answer."""
        self._take(UNKNOWN)

    def back(self) -> bool:
        """Takes the last answer back; whether there was one."""
        if self._answers:
            self._answers.pop()
            self._decisions.pop()
            return True
        return False

    def _take(self, value: Any) -> None:
        fact = self.question
        if fact is None:
            raise ValueError("nothing is asked")
        if value is None and fact.default is not None:
            message = f"`{fact.name}` can't be none: it takes {expectation(fact)}"
            raise TicketError([Problem("wrong-type", message, "", None, fact.name)])
        decision = self._decisions[-1]
        if value is not UNKNOWN:
            none = {name for name, other in (*self._answers, (fact.name, value)) if other is None}
            decision = self._decided(self.ticket | {fact.name: value}, none)
        self._answers.append((fact.name, value))
        self._decisions.append(decision)

    def _decided(
        self, ticket: Mapping[str, Any], none: Collection[str] = frozenset()
    ) -> Decision | TooMuchUnknown:
        """What is decided for some fields, and some facts that are none; or that too much is unknown."""
        try:
            return self.policy.evaluate(ticket, defaults=none)
        except TooMuchUnknown as error:
            return error
