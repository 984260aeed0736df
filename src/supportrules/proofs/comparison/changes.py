"""What a comparison by meaning tells: changes of answers, and the facts under which each happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, NamedTuple

from supportrules.base.frozen import FrozenDict
from supportrules.engine.rules import Rule

Verdict = Literal["better", "worse", "other"]


class NoAnswer(Enum):
    """Why a policy has no answer where the other has one.

    Attributes:
        REFUSED: it does not take the ticket.
        FAULT: its rules leave a hole there, or contradict each other.
        UNASKED: it does not have the channel.
    """

    REFUSED = "refused"
    FAULT = "fault"
    UNASKED = "unasked"


class Span(NamedTuple):
    """A stretch of whole numbers, both ends included; None where it has no end."""

    low: int
    high: int | None


class Moved(NamedTuple):
    """A conclusion that is itself another one in the new policy."""

    old: Any
    new: Any


@dataclass(frozen=True)
class Term:
    """What a change asks of one fact or conclusion.

    Args:
        name: of the fact or the conclusion.
        aspect: whether it is about the value, or about how sure it is.
        values: any of these: of numbers, `Span`; None where it is left out, or nothing is concluded; `Moved`
            where it is a conclusion that the two policies draw differently; a basis.
        others: the values that there are besides.
    """

    name: str
    aspect: Literal["value", "basis"]
    values: tuple[Any, ...]
    others: tuple[Any, ...]


@dataclass(frozen=True)
class Change:
    """An answer that differs, and all the facts under which it differs so.

    Args:
        answer: its name: ``severity``, ``response``, ``reopen``, the category, ``channels.`` or a note.
        aspect: whether its value differs, or, the value being the same, its basis.
        old, new: what it was and is: a level, a `Promise`, an `Access`, a `Target`, a boolean, None, a basis
            or a `NoAnswer`.
        verdict: what it is for the customer.
        where: all of these hold; nothing is asked of what is not named.
        old_rules, new_rules: the rules that make the difference: those that decide on that side, and not on
            the other, for one of these tickets; none where it follows from a `Moved` conclusion alone.
        ticket: one that shows it, in the names of the new policy; some of the rules decide about it.
    """

    answer: str
    aspect: Literal["value", "basis"]
    old: Any
    new: Any
    verdict: Verdict
    where: tuple[Term, ...]
    old_rules: tuple[Rule, ...]
    new_rules: tuple[Rule, ...]
    ticket: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "ticket", FrozenDict(self.ticket))


@dataclass(frozen=True)
class Reading:
    """A fact that the two policies read differently from the same ticket.

    Args:
        fact: its name.
        what: ``added``, ``removed``, ``type``, ``values``, ``default``, ``range``, or ``role``, whose name
            stands for the fact.
        old, new: what it was and is; for values those that only one of the two takes; for a default what a
            fact is that is left out: a value, None for absent, or UNKNOWN.
        answers: those that follow from the fact in either policy.
    """

    fact: str
    what: str
    old: Any
    new: Any
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotCompared:
    """Why an answer could not be compared.

    Args:
        why: ``category`` where the policies have different facts for the category, ``type`` where a fact is
            of another type in the other policy, ``size`` where the diagrams of the answer take too many
            nodes.
        facts: those that it is about; of ``size`` the two that cost most, or all where that is not known.
    """

    why: Literal["category", "type", "size"]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class OneSided:
    """Values of a fact that one of the policies alone takes; the other refuses a ticket with one of them.

    Args:
        fact: its name.
        values: them; of numbers, stretches.
        taken: by which policy.
        like: the value, which both take, as which that policy answers most nearly; None where there is none.
        changes: where it answers otherwise than as `like`, from what to what.
    """

    fact: str
    values: tuple[Any, ...]
    taken: Literal["old", "new"]
    like: Any
    changes: tuple[Change, ...]
