"""The answers that a decision gives, each declared once.

An answer says which conclusion it is, which part of a decision holds it, whether it may be empty, what a
decision has of what is possible, which facts its time needs and how a ticket gives it that time, which of two
values is better for the customer, and which numbers it is in columns. A further answer is a further class in
`ANSWERS`, a part of `Decision`, and its words in the report.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, NamedTuple, Protocol

from supportrules.base.frozen import FrozenDict, lazy
from supportrules.base.problem import Problem
from supportrules.engine.decision import (
    Channel,
    Decision,
    Note,
    PromiseDecision,
    Refusal,
    Reopening,
    Undetermined,
)
from supportrules.errors import TicketError
from supportrules.policy.definition import REOPEN, SEVERITY, Definition
from supportrules.policy.format import answered_promise, channel_answer, promise_answer
from supportrules.policy.vocabulary import UNKNOWN, Instant
from supportrules.time.instants import instant
from supportrules.time.promises import Promise, Timing, time_text
from supportrules.time.targets import Duration, Target

CATEGORY = "category"
CHANNELS = "channels"
NOTES = "notes"
PROMISES = "promises"


class Access(NamedTuple):
    """Whether a channel is open to the requester, and at which hours."""

    eligible: bool
    hours: str | None

    @property
    def lacks_hours(self) -> bool:
        """Whether it is open in the hours of a promise that there is not."""
        return self.eligible and self.hours is None

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


class DatedTicket(Protocol):
    """A ticket, for the answers that it gives a time."""

    @property
    def given(self) -> Mapping[str, Any]:
        """Every fact with its value, None, or UNKNOWN."""

    def dated(self, promise: Timing, starts: str) -> tuple[PromiseDecision, Undetermined | None]:
        """A promise, with the time that it means for the ticket; or what that can be.

        Args:
            starts: the fact from whose instant its time counts.
        """


class Settled(NamedTuple):
    """What a dated answer comes to for all tickets that give the same facts.

    Args:
        value: what a decision has of it.
        left: what is open about it.
        undated: what each ticket gives its own time, from which both follow; None where there is none.
        is_founded: whether a decision has a basis of it.
    """

    value: Any = None
    left: Undetermined | None = None
    undated: Any = None
    is_founded: bool = True


@dataclass(frozen=True)
class Answer:
    """An answer of a policy's decisions.

    Args:
        definition: the policy.
        stage: the name of the conclusion that it is.
        name: its own name in its part of a decision; None where the part is this answer alone.

    Attributes:
        part: the part of a decision that holds it.
        is_named: whether the part holds several, each with a name of its own.
        may_be_empty: whether it is an answer, and no gap, that no rule fires.
        tells_basis: whether a conclusion's basis is shown with it.
        is_founded: whether a decision has a basis of its part.
        is_dated: whether tickets give it a time.
        only_for_closed: whether only closed requests have it.
        width: how many numbers it has in columns, where it has them for several variants.
        nothing: the key of the report's words for a ticket that gets none, if it has some of its own.
    """

    definition: Definition
    stage: str
    name: str | None

    part: ClassVar[str]
    is_named: ClassVar[bool] = False
    may_be_empty: ClassVar[bool] = True
    tells_basis: ClassVar[bool] = True
    is_founded: ClassVar[bool] = True
    is_dated: ClassVar[bool] = False
    only_for_closed: ClassVar[bool] = False
    width: ClassVar[int | None] = None
    nothing: ClassVar[str] = ""

    @classmethod
    def of(cls, definition: Definition) -> Iterator[Answer]:
        """The answers of this kind that a policy gives."""
        yield cls(definition, cls.part, None)

    @property
    def key(self) -> str:
        """What decisions call it."""
        return self.part if self.name is None else f"{self.part}.{self.name}"

    @property
    def times(self) -> tuple[str, ...]:
        """What a derivation calls the times that tickets give it."""
        return ()

    # In a decision

    def given(self, found: Standing, refusals: Callable[[], tuple[Refusal, ...]]) -> Any:
        """What a decision has of it, its time aside.

        Args:
            found: what is possible.
            refusals: finds the rules that stand in some completion, with their words.
        """
        return found.values[0] if found.settled else None

    def left(self, found: Standing) -> Undetermined | None:
        """What is open about it."""
        return None if found.settled else undetermined(found.values, found.missing)

    @staticmethod
    def held(values: Mapping[str | None, Any]) -> Any:
        """What a decision has in its part.

        Args:
            values: what it has of each answer in it, by name.
        """
        return values.get(None)

    @classmethod
    def logged(cls, part: Any) -> Mapping[str, Any]:
        """The answers in its part by what decisions call them.

        Args:
            part: what a decision of any policy has there, as JSON data.
        """
        return {cls.part: part}

    def of_decision(self, decision: Decision) -> Any:
        """What a decision of its policy has of it; None where it has nothing."""
        return getattr(decision, self.part)

    # In time

    def needs(self, value: Any) -> tuple[str, ...]:
        """The facts beyond its conclusion from which the time of a value follows; none where it has none."""
        return ()

    def is_asked(self, given: Mapping[str, Any]) -> bool:
        """Whether a ticket that gives these facts has it."""
        return True

    def settle(self, found: Standing, given: Mapping[str, Any]) -> Settled:
        """What it comes to for all tickets that give the same facts, where it is dated.

        Args:
            found: what is possible.
            given: every fact; of times and places it counts only whether they are given.
        """
        raise NotImplementedError

    def date(self, undated: Any, ticket: DatedTicket) -> tuple[Any, Undetermined | None]:
        """What a decision has of it, and what is open, with the time that a ticket gives.

        Args:
            undated: as `settle` has it.

        Raises:
            TicketError: there is no such time.
        """
        raise NotImplementedError

    # Beside others

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

    part = CATEGORY
    is_founded = False

    @classmethod
    def of(cls, definition: Definition) -> Iterator[Answer]:
        """The answer of a policy that has such a fact."""
        if definition.roles.category:
            yield cls(definition, definition.roles.category, None)


class SeverityAnswer(_TextAnswer):
    """How severe it is: a level."""

    part = SEVERITY
    may_be_empty = False
    nothing = "no_severity"

    def better(self, old: Definition, before: Any, after: Any) -> tuple[bool, bool]:
        """A higher level is better than a lower one, in the policies that have both."""
        orders = [list(policy.levels) for policy in (old, self.definition)]
        known = [order for order in orders if before in order and after in order]
        places = [(order.index(before), order.index(after)) for order in known]
        higher = bool(places) and all(new < was for was, new in places)
        return higher, bool(places) and all(was < new for was, new in places)


class ChannelAnswer(Answer):
    """Whether a channel is open, and at which hours: a value is an `Access`."""

    part = CHANNELS
    is_named = True
    may_be_empty = False

    @classmethod
    def of(cls, definition: Definition) -> Iterator[Answer]:
        """One for each channel."""
        for channel in definition.channels:
            yield cls(definition, channel_answer(channel), channel)

    def given(self, found: Standing, refusals: Callable[[], tuple[Refusal, ...]]) -> Channel:
        """What is settled of the pair; where it is refused, with the words of the rules."""
        channel = self.settled(found.values, found.faulty)
        return replace(channel, says=refusals()) if channel.eligible is False else channel

    @staticmethod
    def held(values: Mapping[str | None, Any]) -> Mapping[str | None, Channel]:
        """The channels by name."""
        return FrozenDict(values)

    @classmethod
    def logged(cls, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """The channels of the policy that decided."""
        return {channel_answer(channel): value for channel, value in part.items()}

    def of_decision(self, decision: Decision) -> Channel:
        """The channel."""
        return decision.channels[str(self.name)]

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

    part = PROMISES
    is_named = True
    is_dated = True
    width = 8
    nothing = "no_target"

    @classmethod
    def of(cls, definition: Definition) -> Iterator[Answer]:
        """One for each promise."""
        for table in definition.promises.values():
            yield cls(definition, table.answer, table.name)

    @property
    def times(self) -> tuple[str, ...]:
        """The deadline and the service window."""
        return tuple(f"{self.stage}.{time}" for time in TIMES)

    @lazy
    def starts(self) -> str:
        """The fact from whose instant its time counts."""
        return self.definition.promises[str(self.name)].starts

    @staticmethod
    def held(values: Mapping[str | None, Any]) -> Mapping[str | None, PromiseDecision | None]:
        """The promises by name."""
        return FrozenDict(values)

    @classmethod
    def logged(cls, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """The promises of the policy that decided."""
        return {promise_answer(promise): value for promise, value in part.items()}

    def of_decision(self, decision: Decision) -> PromiseDecision | None:
        """The promise."""
        return decision.promises[str(self.name)]

    def needs(self, value: Promise) -> tuple[str, ...]:
        """Its start and, of the facts in roles, those that its target needs in its clock."""
        needs = self.definition.timing(value).needs
        facts = self.definition.roles.facts(role for role in needs if role != "opening")
        return (self.starts, *facts) if "opening" in needs else facts

    def settle(self, found: Standing, given: Mapping[str, Any]) -> Settled:
        """What is promised; where it has a time, the promise that tickets date."""

        # An absent time or place leaves the deadline as open as an unknown one.
        known = frozenset(
            fact for fact in self.timely if given[fact] is not None and given[fact] is not UNKNOWN
        )

        def lacking(promise: Promise) -> list[str]:
            return self.lacking(promise, known)

        if not found.settled:
            return Settled(None, self.open(found.values, found.missing, lacking))
        promise: Promise | None = found.values[0]
        if promise is None:
            return Settled()
        target = promise.target
        undated = PromiseDecision(target.committed, target.answer, promise.clock)
        if facts := lacking(promise):
            return Settled(undated, undetermined((promise,), dict.fromkeys(facts, 1.0)))
        return Settled(undated=self.definition.timing(promise)) if self.needs(promise) else Settled(undated)

    def lacking(self, promise: Promise, known: Collection[str]) -> list[str]:
        """The facts without which not even the places are known at which its time is to be worked out.

        Where the country is known, its subdivisions and zones are, and which of them it is may make no
        difference.

        Args:
            known: the `timely` facts that are given.
        """
        roles = self.definition.roles
        told = {*known, roles.timezone} if roles.country in known else known
        return [fact for fact in self.needs(promise) if fact not in told]

    def date(self, undated: Timing, ticket: DatedTicket) -> tuple[PromiseDecision, Undetermined | None]:
        """The promise with its deadline or service window, if that is the same at all of its places."""
        return ticket.dated(undated, self.starts)

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
        return tuple(fact for fact in (self.starts, roles.timezone, roles.country) if fact)

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
            return self.lacking(promise, given)

        if not found.settled:
            missing = self.open(found.values, found.missing, unknown).missing
            return *_head(found, numbers, missing), 0, 0, 0, -1, 0, 0
        promise: Promise | None = found.values[0]
        basis = numbers.basis(found.strength)
        if promise is None:
            return True, 0, 0, 0, 0, -1, basis, 0
        lacking = sorted(unknown(promise))
        has_time = bool(self.needs(promise)) and not lacking
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

    part = REOPEN
    is_dated = True
    only_for_closed = True
    nothing = "not_reopened"

    def needs(self, value: Duration | None) -> tuple[str, ...]:
        """When it was closed."""
        closing = self.definition.roles.closing
        return (closing,) if value and closing else ()

    def is_asked(self, given: Mapping[str, Any]) -> bool:
        """Whether it is closed."""
        closing = self.definition.roles.closing
        return closing is not None and isinstance(given[closing], Instant)

    def settle(self, found: Standing, given: Mapping[str, Any]) -> Settled:
        """Nothing where it can never be reopened, else the durations that are possible."""
        if found.settled and found.values[0] is None:
            return Settled(is_founded=False)
        return Settled(undated=found, is_founded=found.settled)

    def date(self, undated: Standing, ticket: DatedTicket) -> tuple[Reopening | None, Undetermined | None]:
        """Until when it can be reopened."""
        closing = str(self.definition.roles.closing)
        closed: int = ticket.given[closing].seconds
        try:
            found = [within and Reopening(instant(closed + within.seconds)) for within in undated.values]
        except OverflowError:
            message = "the end of reopening lies outside the years 1 to 9999"
            raise TicketError([Problem("no-calendar", message, "", None, closing)]) from None
        if undated.settled:
            return found[0], None
        return None, undetermined(tuple(each and each.to_dict() for each in found), undated.missing)

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


@dataclass(frozen=True)
class NoteAnswer(Answer):
    """Whether a remark is made: a value is true, or None."""

    note: Note

    part = NOTES
    is_named = True
    tells_basis = False
    is_founded = False

    @classmethod
    def of(cls, definition: Definition) -> Iterator[Answer]:
        """One for each note."""
        for note in definition.notes:
            yield cls(definition, note.id, note.code, Note(note.code, note.says))

    def given(self, found: Standing, refusals: Callable[[], tuple[Refusal, ...]]) -> Note | None:
        """The note, if it is made."""
        return self.note if found.settled and found.values[0] else None

    def left(self, found: Standing) -> None:
        """Nothing: nobody learns what is open about one."""

    @staticmethod
    def held(values: Mapping[str | None, Any]) -> tuple[Note, ...]:
        """The notes that are made."""
        return tuple(note for note in values.values() if note is not None)

    @classmethod
    def logged(cls, part: Sequence[Any]) -> Mapping[str, Any]:
        """The notes that were made."""
        return {f"{NOTES}.{note['code']}": note for note in part}

    def of_decision(self, decision: Decision) -> Note | None:
        """The note, if it is made."""
        return self.note if self.note in decision.notes else None

    def numbers(self, found: Standing, numbers: Numbers) -> Sequence[int]:
        """Its head; whether it is made. Nobody learns what is open about one."""
        return bool(found.values), 0, bool(found.settled and found.values[0])


ANSWERS: tuple[type[Answer], ...] = (
    CategoryAnswer,
    SeverityAnswer,
    PromiseAnswer,
    ChannelAnswer,
    ReopeningAnswer,
    NoteAnswer,
)
"""The kinds of answers, in the order in which people want them."""

TIMES: Mapping[str, str] = FrozenDict({"due_at": "due", "window": "window"})
"""The times of a promise as a decision calls them, with the keys of the report's words."""


def timed_answer(name: str) -> tuple[str, str] | None:
    """The answer whose time a derivation calls so, and the key of that time; None of another name."""
    answer, _, time = name.rpartition(".")
    return (answer, time) if time in TIMES and answered_promise(answer) else None


def answers_of(definition: Definition) -> Mapping[str, Answer]:
    """The answers of a policy by their stages, in the order in which people want them."""
    return FrozenDict({answer.stage: answer for kind in ANSWERS for answer in kind.of(definition)})


def by_kind(answers: Iterable[Answer]) -> Mapping[type[Answer], tuple[Answer, ...]]:
    """Answers by their kinds, in the order in which decisions hold them."""
    found: dict[type[Answer], tuple[Answer, ...]] = dict.fromkeys(IN_DECISIONS, ())
    for answer in answers:
        found[type(answer)] += (answer,)
    return FrozenDict(found)


_PARTS = [field.name for field in fields(Decision)]
IN_DECISIONS: tuple[type[Answer], ...] = tuple(sorted(ANSWERS, key=lambda kind: _PARTS.index(kind.part)))
"""The same in the order in which decisions hold them."""


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
    names = by_telling(missing)
    # A decision names target and clock: promises that differ in their cut-offs alone are one.
    plain = (value._replace(cut_off=None) if isinstance(value, Promise) else value for value in values)
    possible = map(value_data, plain)
    frozen = (FrozenDict(value) if isinstance(value, dict) else value for value in possible)
    return Undetermined(tuple(dict.fromkeys(frozen)), names, tuple(missing[name] for name in names))


def by_telling(missing: Mapping[str, float]) -> tuple[str, ...]:
    """Missing facts with how many values are left on average by each, the most telling first."""
    return tuple(sorted(missing, key=lambda fact: (missing[fact], fact)))


def value_data(value: Any) -> Any:
    """A value of a fact, a conclusion or an answer as JSON data."""
    match value:
        case Promise():
            found = {"target": value_data(value.target), "clock": value.clock}
            until = {} if value.cut_off is None else {"cut_off": time_text(value.cut_off)}
            return FrozenDict(found | until)
        case Access():
            return FrozenDict({"eligible": value.eligible, "hours": value.hours})
        case Target():
            return value.answer
        case _:
            return value
