"""The answers that a decision gives, each declared once.

An answer says which conclusion it is, what decisions call it, whether it may be empty, which of two values is
better for the customer, and which numbers it is in columns. A further answer is a further class here with its
place in `answers_of`, a part of a decision, and words in the report; what it comes to is worked out by the
answer book and `evaluation` for a ticket, and by `columns/decisions` for a column.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

from supportrules.base.frozen import FrozenDict
from supportrules.engine.decision import Channel, Undetermined
from supportrules.policy.definition import REOPEN, RESPONSE, SEVERITY, Definition
from supportrules.policy.format import channel_answer
from supportrules.time.promises import Promise
from supportrules.time.targets import Duration, Target

CATEGORY = "category"


class Access(NamedTuple):
    """Whether a channel is open to the requester, and at which hours."""

    eligible: bool
    hours: str | None

    def __str__(self) -> str:
        return f"open in {self.hours}" if self.eligible else "refused"


class Standing(Protocol):
    """How an answer stands for what is known of a ticket.

    Attributes:
        settled: whether there is one value, and no fault.
        faulty: whether some completion has no answer.
        values: those that are possible.
        strength: how weak the basis is, where it is settled.
        missing: the facts that it depends on, the most telling first.
    """

    @property
    def settled(self) -> bool: ...
    @property
    def faulty(self) -> bool: ...
    @property
    def values(self) -> tuple[Any, ...]: ...
    @property
    def strength(self) -> int: ...
    @property
    def missing(self) -> Mapping[str, float]: ...


class Numbers(Protocol):
    """Numbers for what stands in columns."""

    def text(self, text: str | None) -> int:
        """The number of a text; 0 is that of null."""

    def names(self, names: tuple[str, ...]) -> int:
        """The number of a list of facts; 0 is that of none."""

    def basis(self, strength: int) -> int:
        """The number of the text of a basis."""

    def promise(self, promise: Promise) -> int:
        """The number of a promise."""


@dataclass(frozen=True)
class Answer:
    """An answer of a policy's decisions.

    Args:
        definition: the policy.
        stage: the name of the conclusion that it is.
        key: what decisions call it.

    Attributes:
        may_be_empty: whether it is an answer, and no gap, that no rule fires.
        tells_basis: whether a decision tells how sure it is.
        only_for_closed: whether only closed requests have it.
        width: how many numbers it has in columns, where it has them for several variants.
    """

    definition: Definition
    stage: str
    key: str

    may_be_empty: ClassVar[bool] = True
    tells_basis: ClassVar[bool] = True
    only_for_closed: ClassVar[bool] = False
    width: ClassVar[int | None] = None

    def better(self, old: Definition, before: Any, after: Any) -> tuple[bool, bool]:
        """Whether the newer of two values is better for the customer, and whether the older one is.

        Where that would take too long to find out, neither is.

        Args:
            old: the older policy, in the names of this one.
            before, after: what the older policy answers, and this one.
        """
        return False, False

    def numbers(self, found: Standing, numbers: Numbers) -> Sequence[int]:
        """What it comes to as numbers, of which columns are made.

        The first says whether there is an answer at all; a ticket without one is decided alone. The second
        is that of the list of facts that it is open for, 0 where it is settled.
        """
        raise NotImplementedError


class _TextAnswer(Answer):
    """An answer that is a name."""

    def numbers(self, found: Standing, numbers: Numbers) -> Sequence[int]:
        """Its head; its text and basis."""
        if not found.settled:
            return *_head(found, numbers), 0, 0
        return *_head(found, numbers), numbers.text(found.values[0]), numbers.basis(found.strength)


class CategoryAnswer(_TextAnswer):
    """What kind of request it is: given, or concluded from other facts."""


class SeverityAnswer(_TextAnswer):
    """How severe it is: a level."""

    may_be_empty = False

    def better(self, old: Definition, before: Any, after: Any) -> tuple[bool, bool]:
        """A higher level is better than a lower one, in the policies that have both."""
        orders = [list(policy.levels) for policy in (old, self.definition)]
        known = [order for order in orders if before in order and after in order]
        places = [(order.index(before), order.index(after)) for order in known]
        higher = bool(places) and all(new < was for was, new in places)
        return higher, bool(places) and all(was < new for was, new in places)


class ChannelAnswer(Answer):
    """Whether a channel is open, and at which hours: a value is an `Access`."""

    may_be_empty = False

    def better(self, old: Definition, before: Any, after: Any) -> tuple[bool, bool]:
        """Open is better than refused, and wider hours than narrower ones."""
        if before.eligible != after.eligible:
            return after.eligible, before.eligible
        if before.hours is None or after.hours is None:
            return False, False
        was, now = old.clock(before.hours).openness, self.definition.clock(after.hours).openness
        return now.includes(was), was.includes(now)

    @staticmethod
    def settled(values: Sequence[Access], faulty: bool) -> Channel:
        """A channel: of the pair, what is settled is given.

        Args:
            values: those that are possible.
            faulty: whether some completion has no answer; then nothing is settled.
        """
        if faulty:
            return Channel(None, None)
        eligible, hours = {access.eligible for access in values}, {access.hours for access in values}
        return Channel(
            eligible.pop() if len(eligible) == 1 else None, hours.pop() if len(hours) == 1 else None
        )

    def numbers(self, found: Standing, numbers: Numbers) -> Sequence[int]:
        """Its head; whether it is open; the hours; 1 and more for its basis, 0 where it has none."""
        channel = self.settled(found.values, found.faulty)
        return (
            *_head(found, numbers),
            0 if channel.eligible is None else flag(channel.eligible),
            numbers.text(channel.hours),
            found.strength + 1 if found.settled else 0,
        )


class PromiseAnswer(Answer):
    """What is promised, and by when: a value is a `Promise`."""

    width = 8

    def better(self, old: Definition, before: Any, after: Any) -> tuple[bool, bool]:
        """A promise is better than none, a time than hours alone, and never later but sometimes sooner."""
        # Which only comparisons ask.
        from supportrules.time.lateness import Undecided, never_later

        if before is None or after is None:
            return before is None and after is not None, after is None and before is not None
        was, now = old.timing(before), self.definition.timing(after)
        try:
            return never_later(now, was), never_later(was, now)
        except Undecided:
            return False, False

    @staticmethod
    def open(
        values: tuple[Promise | None, ...],
        missing: Mapping[str, float],
        unknown: Callable[[Promise], list[str]],
    ) -> Undetermined:
        """An open promise: what the time of any of its values needs as well is missing too.

        Args:
            unknown: the unknown facts that the time of a promise needs.
        """
        count = float(len(values))
        needed = {fact: count for value in values if value for fact in unknown(value)}
        return undetermined(values, needed | dict(missing))

    @property
    def timely(self) -> tuple[str, ...]:
        """The facts that times need."""
        roles = self.definition.roles
        return tuple(fact for fact in (roles.opening, roles.timezone, roles.country) if fact)

    def numbers(self, found: Standing, numbers: Numbers) -> Sequence[int]:
        """Eight numbers for each combination of `timely` facts that are given.

        Its head; committed, target, clock, whether it has a time, basis, whether there is one.
        """
        given = (
            {fact for fact, is_given in zip(self.timely, each, strict=True) if is_given}
            # The first of them counts least.
            for each in (bits[::-1] for bits in itertools.product((False, True), repeat=len(self.timely)))
        )
        return tuple(itertools.chain.from_iterable(self._numbers(found, each, numbers) for each in given))

    def _numbers(self, found: Standing, given: set[str], numbers: Numbers) -> Sequence[int]:
        def unknown(promise: Promise) -> list[str]:
            return [fact for fact in self.definition.time_needs(promise) if fact not in given]

        if not found.settled:
            missing = self.open(found.values, found.missing, unknown).missing
            return *_head(found, numbers, missing), 0, 0, 0, -1, 0, 0
        promise: Promise | None = found.values[0]
        basis = numbers.basis(found.strength)
        if promise is None:
            return True, 0, 0, 0, 0, -1, basis, 0
        lacking = sorted(unknown(promise))
        has_time = bool(self.definition.time_needs(promise)) and not lacking
        return (
            True,
            numbers.names(tuple(lacking)),
            flag(promise.target.committed),
            numbers.text(promise.target.answer),
            numbers.text(promise.clock),
            numbers.promise(promise) if has_time else -1,
            basis,
            1,
        )


class ReopeningAnswer(Answer):
    """For how long a closed request can be reopened: a value is a `Duration`, or None for never."""

    only_for_closed = True

    def better(self, old: Definition, before: Any, after: Any) -> tuple[bool, bool]:
        """Longer is better than shorter, and any time than none."""

        def longer(within: Duration | None, other: Duration | None) -> bool:
            if within is None or other is None:
                return other is None and within is not None
            return within.seconds > other.seconds

        return longer(after, before), longer(before, after)

    def numbers(self, found: Standing, numbers: Numbers) -> Sequence[int]:
        """Its head; for how many seconds, -1 for never; the basis."""
        within = found.values[0] if found.settled else None
        if within is None:
            return *_head(found, numbers), -1, 0
        return *_head(found, numbers), within.seconds, numbers.basis(found.strength)


class NoteAnswer(Answer):
    """Whether a remark is made: a value is true, or None."""

    tells_basis = False

    def numbers(self, found: Standing, numbers: Numbers) -> Sequence[int]:
        """Its head; whether it is made. Nobody learns what is open about one."""
        return bool(found.values), 0, bool(found.settled and found.values[0])


def answers_of(definition: Definition) -> Mapping[str, Answer]:
    """The answers of a policy by their stages, in the order in which people want them."""
    category = definition.roles.category
    found: list[Answer] = [CategoryAnswer(definition, category, CATEGORY)] if category else []
    found += [SeverityAnswer(definition, SEVERITY, SEVERITY), PromiseAnswer(definition, RESPONSE, RESPONSE)]
    found += [ChannelAnswer(definition, stage, stage) for stage in map(channel_answer, definition.channels)]
    found.append(ReopeningAnswer(definition, REOPEN, REOPEN))
    found += [NoteAnswer(definition, note.id, note.code) for note in definition.notes]
    return FrozenDict({answer.stage: answer for answer in found})


def flag(value: bool) -> int:
    """The number of true and of false; 0 is that of null."""
    return 1 if value else 2


def _head(found: Standing, numbers: Numbers, missing: tuple[str, ...] | None = None) -> tuple[int, int]:
    """Whether there is an answer, and what is missing."""
    if found.settled:
        return True, 0
    missing = tuple(found.missing) if missing is None else missing
    return bool(found.values and missing), numbers.names(missing)


def undetermined(values: tuple[Any, ...], missing: Mapping[str, float]) -> Undetermined:
    """An open answer: its values as JSON data, and the missing facts, the most telling first."""
    names = sorted(missing, key=lambda fact: (missing[fact], fact))
    possible = map(value_data, values)
    frozen = (FrozenDict(value) if isinstance(value, dict) else value for value in possible)
    return Undetermined(tuple(frozen), tuple(names), tuple(missing[name] for name in names))


def value_data(value: Any) -> Any:
    """A value of a fact, a conclusion or an answer as JSON data."""
    match value:
        case Promise():
            return FrozenDict({"target": value_data(value.target), "clock": value.clock})
        case Access():
            return FrozenDict({"eligible": value.eligible, "hours": value.hours})
        case Target():
            return value.answer
        case _:
            return value
