"""A ticket that shows a change: as few facts as it takes, for which both policies answer as is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from supportrules.engine.diagrams.regions import Regions
from supportrules.engine.diagrams.stages import FAULT, Inference
from supportrules.engine.evaluation import Policy
from supportrules.engine.rules import GIVEN
from supportrules.errors import TicketError, TooMuchUnknown
from supportrules.policy.definition import BASES
from supportrules.policy.vocabulary import UNKNOWN
from supportrules.proofs.check.witness import Ticket, ticket
from supportrules.proofs.comparison.changes import Moved, NoAnswer, Span, Term
from supportrules.proofs.comparison.facts import answers
from supportrules.proofs.comparison.joint import Aspect, Walk


def counterexample(
    walk: Walk,
    name: str,
    aspect: Aspect,
    sides: tuple[Any, Any],
    where: Sequence[Term],
    facts: Mapping[str, Sequence[Any]],
) -> Ticket:
    """A ticket that shows a change, with all left out without which it still does.

    Args:
        facts: some of the region, as `Walk` has them.
    """
    found: Ticket = {}
    given = _given(walk, facts)
    for policy in walk.pair:
        found |= ticket(policy, given)
    for fact in tuple(found):
        less = {key: value for key, value in found.items() if key != fact}
        if shows(walk, less, name, aspect, sides, where):
            found = less
    closing = walk.pair[1].definition.roles.closing
    if closing and answers(walk.pair)[name].only_for_closed:
        found |= ticket(walk.pair[1], {closing: GIVEN})
    return found


def plainest(walk: Walk, regions: Regions, region: int, most: int) -> Iterator[dict[str, Any]]:
    """Facts that lead into a region, as rules see them, the plainest first."""
    for values in walk.facts(regions, region, most):
        yield _given(walk, values)


def _given(walk: Walk, values: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    facts = {fact: _one(each) for fact, each in values.items()}
    category = walk.category
    if category in facts and all(_concluded(policy, facts) for policy in walk.pair):
        # What both conclude need not be given, and what is not asked for may contradict it.
        del facts[str(category)]
    return facts


def _one(values: Sequence[Any]) -> Any:
    first = next((value for value in values if value is not None), None)
    return first.low if isinstance(first, Span) else first


def _concluded(policy: Policy, facts: Mapping[str, Any]) -> str | None:
    return _Asked(
        policy, ticket(policy, {f: v for f, v in facts.items() if f != policy.program.category})
    ).concluded


def shows(
    walk: Walk, ticket: Ticket, name: str, aspect: Aspect, sides: tuple[Any, Any], where: Sequence[Term]
) -> bool:
    """Whether both policies answer a ticket as is told, and it has all that is asked of it."""
    before = {fact: place.old for fact, place in walk.fixed.items()}
    tickets = (ticket | before, ticket) if before.keys() <= ticket.keys() else (ticket, ticket)
    asked = [_Asked(policy, each) for policy, each in zip(walk.pair, tickets, strict=True)]
    if any(each.refused for each in asked):
        return False
    # Facts first: nothing need be worked out for them.
    ordered = sorted(where, key=lambda term: term.name not in walk.places)
    return all(_holds(term, ticket, asked) for term in ordered) and all(
        name not in each.policy.program.stages or each.answer(name, aspect) == expected
        for each, expected in zip(asked, sides, strict=True)
    )


def _holds(term: Term, ticket: Ticket, asked: Sequence[_Asked]) -> bool:
    known = [each for each in asked if term.name in each.facts or term.name in each.policy.program.stages]
    if term.name not in ticket and None in term.values and term.name in known[0].facts:
        return True
    found = [each.conclusion(term.name, term.aspect) for each in known]
    value = found[0] if found[0] == found[-1] else Moved(found[0], found[-1])
    return any(_is(value, wanted) for wanted in term.values)


def _is(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Span) and isinstance(value, int):
        return wanted.low <= value and (wanted.high is None or value <= wanted.high)
    return bool(value == wanted)


class _Asked:
    """A policy asked about one ticket: what each conclusion is, UNKNOWN where it is open."""

    def __init__(self, policy: Policy, ticket: Ticket) -> None:
        self.policy, self.refused = policy, False
        self.concluded: str | None = None
        self.facts: dict[str, Any] = {}
        vocabulary = policy.definition.vocabulary
        known = {name: value for name, value in ticket.items() if name in vocabulary.facts}
        try:
            facts = vocabulary.read(known).values
        except TicketError:
            self.refused = True
            return
        self._reduced = policy.tables.reduced(facts)
        # Rules see numbers that stand for others.
        self.facts = self._reduced | {n: v for n, v in facts.items() if vocabulary.facts[n].type == "number"}
        self.concluded = policy.tables.category(self._reduced)
        if self.concluded is not None:
            name = str(policy.program.category)
            self.refused = self._reduced[name] not in (UNKNOWN, self.concluded)
            self._reduced[name] = self.facts[name] = self.concluded

    def answer(self, name: str, aspect: Aspect) -> Any:
        if name == self.policy.program.category and aspect == "value":
            return self.concluded
        return self.conclusion(name, aspect)

    def conclusion(self, name: str, aspect: Aspect) -> Any:
        """A conclusion; of a fact, its value."""
        if name in self.facts and aspect == "value":
            return self.facts[name]
        try:
            leaves = self.policy.tables.forest.left(name, self._reduced).leaves
        except TooMuchUnknown:
            return UNKNOWN
        found = [leaf for leaf in leaves if isinstance(leaf, Inference)]
        values = {leaf.value for leaf in found}
        if FAULT in leaves:
            return UNKNOWN if values else NoAnswer.FAULT
        if len(values) != 1:
            return UNKNOWN
        return BASES[max(leaf.strength for leaf in found)] if aspect == "basis" else found[0].value
