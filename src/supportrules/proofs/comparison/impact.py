"""What a change means for real tickets: how many get another answer, which, and how far deadlines move."""

from __future__ import annotations

import statistics
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from supportrules.base.problem import Location, Problem
from supportrules.engine.answers import (
    ANSWERS,
    Access,
    Answer,
    ChannelAnswer,
    NoteAnswer,
    PromiseAnswer,
    ReopeningAnswer,
)
from supportrules.engine.decision import Channel, Decision, PromiseDecision, Reopening, Undetermined
from supportrules.engine.evaluation import Policy
from supportrules.errors import PolicyFault, TicketError
from supportrules.policy.definition import SEVERITY
from supportrules.policy.format import promise_answer
from supportrules.proofs.comparison.changes import NoAnswer, Verdict
from supportrules.proofs.comparison.preference import verdict
from supportrules.time.promises import Promise
from supportrules.time.targets import Duration

Ticket = Mapping[str, Any]
Aspect = Literal["value", "basis"]
# The answer that is another one where only one of the two policies decides.
TICKET = "ticket"


@dataclass(frozen=True)
class Open:
    """An answer that is not settled, as a value: what it can still be, in an order that says nothing."""

    possible: tuple[Any, ...]


@dataclass(frozen=True)
class Example:
    """One of the tickets that are counted.

    Args:
        ticket: its id, if it has one.
        location: where it begins.
        problems: why it was not decided, by the new policy or else by the old one.
    """

    ticket: str | None
    location: Location
    problems: tuple[Problem, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """It as JSON data."""
        data = {"ticket": self.ticket, "location": self.location.to_dict()}
        return data | ({"problems": [each.to_dict() for each in self.problems]} if self.problems else {})


@dataclass(frozen=True)
class Group:
    """Tickets that have something in common: how many, and the first of them."""

    count: int
    first: tuple[Example, ...]

    def to_dict(self) -> dict[str, Any]:
        """They as JSON data."""
        return {"count": self.count, "first": [each.to_dict() for each in self.first]}


@dataclass(frozen=True)
class Shift:
    """Tickets of which an answer is another one, in the same way.

    Args:
        answer: ``ticket`` where only one policy decides, else as a `Change` has it; of channels the basis is
            that of all together.
        aspect: whether the value differs, or, the value being the same, its basis.
        old, new: as a `Change` has them, or `Open`; of ``ticket`` None where there is a decision.
        verdict: what it is for the customer; an answer that is open, or a basis, is not judged.
    """

    answer: str
    aspect: Aspect
    old: Any
    new: Any
    verdict: Verdict
    tickets: Group


@dataclass(frozen=True)
class ImpactShare:
    """Of the tickets with one value, how many get another answer.

    Args:
        value: a plan or a level, or None; of levels also `Open` or a `NoAnswer`, and where two are told
            together, the old and the new one.
        total: how many tickets have it.
        changed: those that get another answer.
    """

    value: Any
    total: int
    changed: Group


@dataclass(frozen=True)
class Moves:
    """Deadlines that moved one way.

    Args:
        tickets: how many.
        median, most: by how many seconds; the median of an even number is cut to a whole second.
        farthest: the first ticket whose deadline moved most.
    """

    tickets: Group
    median: int = 0
    most: int = 0
    farthest: Example | None = None


@dataclass(frozen=True)
class Impact:
    """How many of some real tickets get another answer under a new policy.

    Args:
        read: how many tickets there are.
        bad: those that can't be read, or that neither policy takes.
        changed: those that get another answer: a value, a deadline or a service window, or none at all.
        rebased: those of which only the basis of an answer is another one.
        shifts: what became of what, answer by answer, the most frequent first.
        plans: by plan, in the order of the new policy, then those of the old one, None last.
        levels: by severity under the old policy, in its order.
        level_pairs: by severity under the old and the new policy.
        earlier, later: deadlines that moved.
        appeared, vanished: deadlines that there were not, and that there are no more.
        windows: tickets with the same target, which promises no time, and another service window.
        possible: tickets with the same target, whose time depends on the place and has other possible values.
    """

    read: int
    bad: Group
    changed: Group
    rebased: Group
    shifts: tuple[Shift, ...]
    plans: tuple[ImpactShare, ...]
    levels: tuple[ImpactShare, ...]
    level_pairs: tuple[ImpactShare, ...]
    earlier: Moves
    later: Moves
    appeared: Group
    vanished: Group
    windows: Group
    possible: Group


def impact(
    old: Policy,
    new: Policy,
    tickets: Iterable[tuple[Location, Ticket | TicketError]],
    *,
    as_old: Callable[[Ticket], Ticket] | None = None,
    as_new: Callable[[Ticket], Ticket] | None = None,
    extra: bool = False,
    ignore: Collection[str] = (),
    most: int = 3,
) -> Impact:
    """Decides tickets by two policies that call their answers by the same names, and counts what differs.

    Args:
        tickets: each with its place, or why it can't be read; it does not stop the others.
        as_old, as_new, extra, ignore, most: as of a `Count`.
    """
    count = Count(old, new, as_old=as_old, as_new=as_new, extra=extra, ignore=ignore, most=most)
    for location, ticket in tickets:
        count.add(location, ticket)
    return count.impact()


class _PolicySide:
    """One of the two policies, and how it is asked."""

    def __init__(
        self,
        policy: Policy,
        names: Callable[[Ticket], Ticket] | None,
        extra: bool,
        ignore: Collection[str],
    ) -> None:
        self.definition = policy.definition
        self._policy, self._names, self._extra, self._ignore = policy, names, extra, ignore
        # What a decision writes as a text.
        targets = (cell.target for cell in self.definition.cells)
        self._targets = {target.answer: target for target in targets}
        self.answers = policy.program.answers

    def named(self, ticket: Ticket) -> Ticket:
        return self._names(ticket) if self._names else ticket

    def decide(self, ticket: Ticket) -> tuple[Decision | NoAnswer, tuple[Problem, ...]]:
        """The decision, or why there is none."""
        try:
            return self._policy.evaluate(ticket, extra=self._extra, ignore=self._ignore), ()
        except TicketError as error:
            return NoAnswer.REFUSED, error.problems
        except PolicyFault as fault:
            return NoAnswer.FAULT, (Problem("policy-fault", str(fault)),)

    def plan(self, ticket: Ticket) -> str | None:
        """The plan of a ticket, if it has one that there is."""
        fact = self.definition.plan_fact
        if fact is None:
            return None
        given = ticket.get(fact)
        plan = self.definition.vocabulary.facts[fact].default if given is None else given
        return plan if isinstance(plan, str) and plan in self.definition.plans else None

    def id(self, ticket: Ticket) -> str | None:
        """What a ticket is called, if it says so."""
        given = ticket.get(self.definition.roles.ticket or "")
        return given if isinstance(given, str) else None

    def values(self, decision: Decision, ticket: Ticket) -> dict[str, Any]:
        """The answers by name, without the times that differ from ticket to ticket."""
        values: dict[str, Any] = {}
        for stage, answer in self.answers.items():
            found, left = answer.of_decision(decision), decision.undetermined.get(answer.key)
            match answer:
                case PromiseAnswer():
                    values[stage] = self._promise(found, left)
                case ChannelAnswer():
                    values[stage] = _access(found, left)
                case ReopeningAnswer():
                    values[stage] = self._reopening(found, left, ticket)
                case NoteAnswer():
                    if found:
                        values[stage] = True
                case _:
                    values[stage] = _settled(found, left)
        return values

    def _promise(self, promise: PromiseDecision | None, left: Undetermined | None) -> Promise | Open | None:
        if promise is not None:
            return Promise(self._targets[promise.target], promise.clock)
        if left is None:
            return None
        return _open(
            value and Promise(self._targets[value["target"]], value["clock"]) for value in left.possible
        )

    def _reopening(
        self, reopening: Reopening | None, left: Undetermined | None, ticket: Ticket
    ) -> Duration | Open | None:
        """How long after it was closed the request can be reopened."""
        closing = self.definition.roles.closing
        if (reopening is None and left is None) or closing is None:
            return None
        facts = self.definition.vocabulary.read(ticket, extra=self._extra, ignore=self._ignore)
        closed = facts.values[closing].seconds

        def within(until: datetime) -> Duration:
            return Duration(int(until.timestamp()) - closed)

        if reopening is not None:
            return within(reopening.until)
        possible = left.possible if left else ()
        return _open(value and within(datetime.fromisoformat(value["until"])) for value in possible)


def _settled(value: str | None, left: Undetermined | None) -> str | Open | None:
    return value if left is None else _open(left.possible)


def _access(channel: Channel, left: Undetermined | None) -> Access | Open:
    if left is not None:
        return _open(Access(value["eligible"], value["hours"]) for value in left.possible)
    return Access(bool(channel.eligible), channel.hours)


def _open(values: Iterable[Any]) -> Open:
    return Open(tuple(sorted(set(values), key=str)))


class Tally:
    """A group that grows."""

    def __init__(self, most: int) -> None:
        self._most, self.count, self._first = most, 0, list[Example]()

    def add(self, example: Example) -> None:
        self.count += 1
        if len(self._first) < self._most:
            self._first.append(example)

    def group(self) -> Group:
        return Group(self.count, tuple(self._first))


class _Moving:
    """Deadlines that move one way."""

    def __init__(self, most: int) -> None:
        self._tickets, self._seconds = Tally(most), array("q")
        self._most = 0
        self._farthest: Example | None = None

    def add(self, example: Example, seconds: int) -> None:
        self._tickets.add(example)
        self._seconds.append(seconds)
        if seconds > self._most:
            self._most, self._farthest = seconds, example

    def moves(self) -> Moves:
        if not self._seconds:
            return Moves(self._tickets.group())
        median = int(statistics.median(self._seconds))
        return Moves(self._tickets.group(), median, self._most, self._farthest)


class _Part:
    """Tickets with one value, of which some get another answer."""

    def __init__(self, most: int) -> None:
        self.total, self.changed = 0, Tally(most)

    def add(self, example: Example, changed: bool) -> None:
        self.total += 1
        if changed:
            self.changed.add(example)


class Count:
    """Tickets being counted, for whoever wants to tell of each as it passes.

    What is kept grows with the policies, and not with the tickets, but for one number for each deadline that
    moves.

    Args:
        old, new: policies that call their answers by the same names.
        as_old, as_new: a ticket in the names of the old and of the new policy, where they are others.
        extra, ignore: as of `Policy.evaluate`.
        most: how many tickets to name in each group.
    """

    def __init__(
        self,
        old: Policy,
        new: Policy,
        *,
        as_old: Callable[[Ticket], Ticket] | None = None,
        as_new: Callable[[Ticket], Ticket] | None = None,
        extra: bool = False,
        ignore: Collection[str] = (),
        most: int = 3,
    ) -> None:
        self.old, self.new = _PolicySide(old, as_old, extra, ignore), _PolicySide(new, as_new, extra, ignore)
        # What it is to a policy that does not have it: a note does not apply, a channel is not there.
        absent: dict[type[Answer], Any] = {NoteAnswer: False, ChannelAnswer: NoAnswer.UNASKED}
        self.absent = {
            answer.stage: absent[type(answer)]
            for side in (self.old, self.new)
            for answer in side.answers.values()
            if type(answer) in absent
        }
        self.read = 0
        self.bad, self.changed, self.rebased = Tally(most), Tally(most), Tally(most)
        self.shifts: dict[tuple[str, Aspect, Any, Any], Tally] = defaultdict(lambda: Tally(most))
        self.plans: dict[Any, _Part] = defaultdict(lambda: _Part(most))
        self.levels: dict[Any, _Part] = defaultdict(lambda: _Part(most))
        self.level_pairs: dict[Any, _Part] = defaultdict(lambda: _Part(most))
        self.earlier, self.later = _Moving(most), _Moving(most)
        self.appeared, self.vanished = Tally(most), Tally(most)
        self.windows, self.possible = Tally(most), Tally(most)

    def add(self, location: Location, ticket: Ticket | TicketError) -> tuple[Problem, ...]:
        """Counts one ticket.

        Args:
            location: where it begins.
            ticket: its fields, or why it can't be read.

        Returns:
            Why it is not decided, by neither policy; nothing where it is.
        """
        self.read += 1
        if isinstance(ticket, TicketError):
            self.bad.add(Example(None, location, ticket.problems))
            return ticket.problems
        sides, tickets = (self.old, self.new), (self.old.named(ticket), self.new.named(ticket))
        before, why_not_before = self.old.decide(tickets[0])
        after, why_not_after = self.new.decide(tickets[1])
        ids = (side.id(given) for side, given in zip(sides, tickets, strict=True))
        id = next((id for id in ids if id is not None), None)
        example = Example(id, location, why_not_after or why_not_before)
        if before is after is NoAnswer.REFUSED:
            self.bad.add(example)
            return example.problems
        if isinstance(before, Decision) and isinstance(after, Decision):
            old, new = self.old.values(before, tickets[0]), self.new.values(after, tickets[1])
            changed = self._differ(before, after, old, new, example)
            levels = old[SEVERITY], new[SEVERITY]
        else:
            changed = before is not after
            levels = _level(before), _level(after)
            if changed:
                none = [answer if isinstance(answer, NoAnswer) else None for answer in (before, after)]
                self.shifts[TICKET, "value", none[0], none[1]].add(example)
        if changed:
            self.changed.add(example)
        self.levels[levels[0]].add(example, changed)
        self.level_pairs[levels].add(example, changed)
        if any(side.definition.plan_fact for side in sides):
            plan = self.new.plan(tickets[1]) or self.old.plan(tickets[0])
            self.plans[plan].add(example, changed)
        return ()

    def _differ(
        self,
        before: Decision,
        after: Decision,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        example: Example,
    ) -> bool:
        """Counts what differs between two decisions; says whether an answer does, its basis aside."""
        differing = []
        for name in {**old, **new} if old != new else ():
            absent = self.absent.get(name)
            one, other = old.get(name, absent), new.get(name, absent)
            if one != other:
                differing.append(name)
                self.shifts[name, "value", one, other].add(example)
        moved = False
        for promise in {**before.promises, **after.promises}:
            name = promise_answer(promise)
            one, other = before.promises.get(promise), after.promises.get(promise)
            moved |= self._move(one, other, name in differing, example)
            times = [_times(decision, name) for decision in (before, after)]
            if one and other and name not in differing and all(times) and times[0] != times[1]:
                self.possible.add(example)
                moved = True
        rebased = False
        if before.basis != after.basis:
            # The basis of an answer that is another one is no news.
            told = {name.partition(".")[0] for name in differing}
            for name in {**before.basis, **after.basis}.keys() - told:
                bases = before.basis.get(name), after.basis.get(name)
                if bases[0] != bases[1]:
                    rebased = True
                    self.shifts[name, "basis", bases[0], bases[1]].add(example)
        if rebased and not (differing or moved):
            self.rebased.add(example)
        return moved or bool(differing)

    def _move(
        self, before: PromiseDecision | None, after: PromiseDecision | None, promised: bool, example: Example
    ) -> bool:
        """Counts a deadline, or with the same promise a service window, that is another one."""
        one, other = before and before.due_at, after and after.due_at
        if one and other:
            seconds = int((other - one).total_seconds())
            if seconds:
                (self.later if seconds > 0 else self.earlier).add(example, abs(seconds))
            return seconds != 0
        if one or other:
            (self.appeared if other else self.vanished).add(example)
            return True
        if before and after and before.window != after.window and not promised:
            self.windows.add(example)
            return True
        return False

    def impact(self) -> Impact:
        """What was counted so far."""
        old, new = self.old.definition, self.new.definition
        levels = _order(*old.levels, *new.levels)
        return Impact(
            read=self.read,
            bad=self.bad.group(),
            changed=self.changed.group(),
            rebased=self.rebased.group(),
            shifts=tuple(self._shifts()),
            plans=_shares(self.plans, _order(*new.plans, *old.plans)),
            levels=_shares(self.levels, levels),
            level_pairs=_shares(self.level_pairs, lambda pair: (levels(pair[0]), levels(pair[1]))),
            earlier=self.earlier.moves(),
            later=self.later.moves(),
            appeared=self.appeared.group(),
            vanished=self.vanished.group(),
            windows=self.windows.group(),
            possible=self.possible.group(),
        )

    def _shifts(self) -> Iterator[Shift]:
        old, new = self.old.definition, self.new.definition
        names = [TICKET]
        for kind in ANSWERS:
            names.append(kind.part)
            # Channels stand in the order of the new policy.
            sides = (self.new, self.old) if issubclass(kind, ChannelAnswer) else (self.old, self.new)
            names += [each.stage for side in sides for each in side.answers.values() if type(each) is kind]
        order = _order(*names)

        def rank(key: tuple[str, Aspect, Any, Any]) -> tuple[Any, ...]:
            name, aspect, one, other = key
            return order(name), aspect == "basis", -self.shifts[key].count, str(one), str(other)

        for key in sorted(self.shifts, key=rank):
            name, aspect, one, other = key
            judged = aspect == "value" and not isinstance(one, Open) and not isinstance(other, Open)
            found = verdict(old, new, name, one, other) if judged else "other"
            yield Shift(name, aspect, one, other, found, self.shifts[key].group())


def _times(decision: Decision, answer: str) -> tuple[Any, ...]:
    """The possible times of a promise whose target is known."""
    left = decision.undetermined.get(answer)
    return left.possible if left else ()


def _level(answer: Decision | NoAnswer) -> Any:
    if isinstance(answer, NoAnswer):
        return answer
    return _settled(answer.severity, answer.undetermined.get("severity"))


def _order(*names: str | None) -> Callable[[Any], tuple[int, str]]:
    """The place of a value among names; what is none of them comes after."""
    places: dict[object, int] = {}
    for name in names:
        places.setdefault(name, len(places))
    return lambda value: (places.get(value, len(places)), str(value))


def _shares(parts: Mapping[Any, _Part], order: Callable[[Any], Any]) -> tuple[ImpactShare, ...]:
    found = ((value, parts[value]) for value in sorted(parts, key=order))
    return tuple(ImpactShare(value, part.total, part.changed.group()) for value, part in found)
