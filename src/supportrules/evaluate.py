"""A ticket → a decision. A pure function of policy and ticket: no clock, network or environment is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from supportrules import zones
from supportrules.calendars import BusinessCalendar, calendar
from supportrules.decision import (
    Channel,
    Decision,
    Derived,
    Note,
    PolicyRef,
    Reopening,
    Response,
    Undetermined,
    Window,
    instant,
    utc_text,
)
from supportrules.derivation import Known, derive, inputs, place, shown
from supportrules.errors import CalendarError, TicketError
from supportrules.frozen import FrozenDict
from supportrules.inference import Chainer, default_chainer
from supportrules.policy import ALWAYS, BASES, Definition, read_definition
from supportrules.policy.objects import REOPEN, RESPONSE, SEVERITY
from supportrules.problem import Problem
from supportrules.rules import Program, Promise
from supportrules.tables import Completions, Course, Possible, Tables
from supportrules.vocabulary import UNKNOWN, Facts, Instant
from supportrules.wording import describe

# Answers over unknown facts that are kept; what is known of tickets has many forms.
MOST_SEEN = 50_000


def load_policy(where: str | Path | None = None, *, chainer: Chainer | None = None) -> Policy:
    """Loads a policy.

    Args:
        where: a directory, ``REV:PATH`` in a git repository, or None for the policy that ships.
        chainer: what infers; durable-rules where it is installed, else the plain chainer.

    Raises:
        PolicyLoadError: the policy does not load; ``problems`` has everything that is wrong with it.
    """
    return Policy(read_definition(where), chainer)


class Policy:
    """A policy that is ready to decide; immutable, and safe to share between threads and processes."""

    def __init__(self, definition: Definition, chainer: Chainer | None = None) -> None:
        self.definition = definition
        self.program = Program(definition)
        self.chainer = chainer or default_chainer()
        self.tables = Tables(self.program, self.chainer)
        self.reference = PolicyRef(definition.name, definition.version, definition.digest)
        self._notes = {note.id: Note(note.id.split(".")[-1], note.says) for note in definition.notes}
        cut = self.program.reduced_facts
        self._reduced = tuple(cut)
        self.seen: dict[tuple[Any, ...], Possible] = {}

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.definition.name

    @property
    def version(self) -> str:
        """The policy's version."""
        return self.definition.version

    @property
    def digest(self) -> str:
        """SHA-256 over all that the policy says."""
        return self.definition.digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"<Policy {self.name} {self.version}>"

    def __reduce__(self) -> tuple[type[Policy], tuple[Definition]]:
        return Policy, (self.definition,)

    def evaluate(
        self, ticket: Mapping[str, object], *, defaults: bool = True, extra: bool = False
    ) -> Decision:
        """Decides a ticket.

        Args:
            ticket: field names and values; null means not given.
            defaults: whether facts that are not given take their defaults, or are left unknown.
            extra: whether fields that are no facts are passed over; otherwise they are errors.

        Raises:
            TicketError: the ticket has errors; ``problems`` has all of them.
            PolicyFault: the policy has no single answer for the facts of this ticket.
        """
        facts = self.definition.vocabulary.read(ticket, defaults=defaults, extra=extra)
        return _Evaluation(self, facts).decide()

    def reduce(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Facts as rules see them: values that no rule tells apart are one."""
        reduced = dict(facts)
        for name in self._reduced:
            value = reduced[name]
            if value is not UNKNOWN:
                reduced[name] = self.program.reduce(name, value)
        return reduced


class _Evaluation:
    """One ticket being decided."""

    def __init__(self, policy: Policy, facts: Facts) -> None:
        self.policy = policy
        self.tables = policy.tables
        self.program = policy.program
        self.definition = policy.definition
        self.roles = policy.definition.roles
        self.given = dict(facts.values)
        reduced = policy.reduce(facts.values)
        self.course = Course(dict(reduced), {}, {})
        self.undetermined: dict[str, Undetermined] = {}
        self.basis: dict[str, str | None] = {}
        if self.roles.category:
            self.settle_category(self.roles.category, reduced)
        self.known = Known(self.given, reduced, facts.defaulted, self.course, self.possible)
        self._completions: Completions | None = None

    def settle_category(self, name: str, reduced: dict[str, Any]) -> None:
        """Concludes the category where the other facts tell it; a given one must not contradict them."""
        inputs = self.program.stages[name].inputs
        if any(reduced[fact] is UNKNOWN for fact in inputs):
            return
        given = reduced[name]
        concluded = self.tables.conclude(name, self.course).value
        if concluded is None:
            return
        if given is not UNKNOWN and given != concluded:
            because = " and ".join(f"{fact} {describe(self.given[fact])}" for fact in inputs)
            message = f"{name} {describe(given)} contradicts {because}, which is `{concluded}`"
            hint = f"leave `{name}` out, or give another {' or '.join(inputs)}"
            raise TicketError([Problem("contradiction", message, hint, None, name, given)])
        self.given[name] = reduced[name] = concluded

    def decide(self) -> Decision:
        category = self.answer(self.roles.category, "category") if self.roles.category else None
        severity = self.answer(SEVERITY, "severity")
        self.basis["severity"] = self.basis_of(SEVERITY, "severity")
        channels = {
            channel: self.channel(channel, stage)
            for channel, stage in zip(self.definition.channels, self.program.channels, strict=True)
        }
        self.basis["channels"] = self.weakest_channel()
        response = self.response()
        self.basis["response"] = self.basis_of(RESPONSE, "response")
        reopen = self.reopen()
        ticket = self.given[self.roles.ticket] if self.roles.ticket else None
        return Decision(
            ticket=ticket,
            policy=self.policy.reference,
            category=category,
            severity=severity,
            channels=FrozenDict(channels),
            response=response,
            reopen=reopen,
            undetermined=FrozenDict(self.undetermined),
            notes=tuple(self.notes()),
            basis=FrozenDict(self.basis),
            _derive=lambda: tuple(self.derivation(response)),
        )

    # Answers

    def values(self, stage: str) -> tuple[tuple[Any, ...], bool, Mapping[str, float]]:
        """The values that a stage can have, whether it is settled, and the facts that are missing."""
        if not self.tables.unknown(stage, self.known.reduced):
            return (self.tables.conclude(stage, self.course).value,), True, {}
        possible = self.possible(stage)
        return possible.values, possible.settled, possible.missing

    def possible(self, stage: str) -> Possible:
        """What a stage can come to, kept for tickets of which as much is known."""
        facts = self.known.reduced
        key = (stage, *[facts[fact] for fact in self.program.support[stage]])
        found = self.policy.seen.get(key)
        if found is None:
            if self._completions is None:
                self._completions = self.tables.completions(facts)
            found = self._completions.possible(stage)
            if len(self.policy.seen) >= MOST_SEEN:
                self.policy.seen.clear()
            self.policy.seen[key] = found
        return found

    def answer(self, stage: str, key: str) -> Any:
        """The value of a stage, or None and an entry in `undetermined`."""
        if stage == self.roles.category and self.known.reduced[stage] is not UNKNOWN:
            return self.known.reduced[stage]
        values, settled, missing = self.values(stage)
        if settled:
            return values[0]
        self.open(key, [shown(value) for value in values], missing)
        return None

    def open(self, key: str, possible: list[Any], missing: Mapping[str, float]) -> None:
        names = sorted(missing, key=lambda fact: (missing[fact], fact))
        values = (FrozenDict(value) if isinstance(value, dict) else value for value in possible)
        self.undetermined[key] = Undetermined(tuple(values), tuple(names))

    def strength(self, stage: str) -> int:
        if stage in self.course.strengths:
            return self.course.strengths[stage]
        return self.possible(stage).strength

    def basis_of(self, stage: str, key: str) -> str | None:
        value_open = key in self.undetermined and self.values(stage)[1] is False
        return None if value_open else BASES[self.strength(stage)]

    def channel(self, channel: str, stage: str) -> Channel:
        values, settled, missing = self.values(stage)
        if settled:
            return Channel(*values[0])
        self.open(f"channels.{channel}", [shown(value) for value in values], missing)
        # Of the pair, what is settled is given.
        eligible = {access.eligible for access in values}
        hours = {access.hours for access in values}
        return Channel(
            eligible.pop() if len(eligible) == 1 and len(values) > 1 else None,
            hours.pop() if len(hours) == 1 and len(values) > 1 else None,
        )

    def weakest_channel(self) -> str | None:
        settled = [
            self.strength(stage)
            for channel, stage in zip(self.definition.channels, self.program.channels, strict=True)
            if f"channels.{channel}" not in self.undetermined
        ]
        return BASES[max(settled)] if settled else None

    def notes(self) -> Iterator[Note]:
        for stage in self.program.notes:
            values, settled, _ = self.values(stage)
            if settled and values[0]:
                yield self.policy._notes[stage]

    # Response and time

    def response(self) -> Response | None:
        values, settled, missing = self.values(RESPONSE)
        if not settled:
            needed = {fact: float(len(values)) for value in values if value for fact in self.needs(value)}
            self.open("response", [shown(value) for value in values], needed | dict(missing))
            return None
        promise: Promise | None = values[0]
        if promise is None:
            return None
        target = promise.target
        text = str(target) if target.committed else None
        needs = self.needs(promise)
        if needs:
            self.open("response", [shown(promise)], dict.fromkeys(needs, 1.0))
            return Response(target.committed, text, promise.clock)
        try:
            return self.timed(promise, text)
        except CalendarError as error:
            message = error.reason
        except OverflowError:
            message = "the deadline lies outside the years 1 to 9999"
        value = utc_text(instant(self.opened.seconds)) if self.in_range(self.opened) else None
        raise TicketError([Problem("no-calendar", message, "", None, self.roles.opening, value)])

    @staticmethod
    def in_range(moment: Instant) -> bool:
        return -62135596800 <= moment.seconds <= 253402300799

    def needs(self, promise: Promise) -> list[str]:
        """The unknown facts that the time of a promise needs."""
        needed: list[str | None] = []
        if promise.clock != ALWAYS:
            needed += [self.roles.opening, self.roles.timezone]
            if self.definition.hours[promise.clock].national_holidays:
                needed.append(self.roles.country)
        elif promise.target.committed:
            needed.append(self.roles.opening)
        return [fact for fact in needed if fact is not None and self.given[fact] is UNKNOWN]

    @property
    def opened(self) -> Instant:
        opened: Instant = self.given[self.roles.opening]
        return opened

    def calendar(self, clock: str) -> BusinessCalendar:
        hours = self.definition.hours[clock]
        country = self.given[self.roles.country] if hours.national_holidays and self.roles.country else None
        return calendar(hours.week, self.given[str(self.roles.timezone)], country)

    def timed(self, promise: Promise, text: str | None) -> Response:
        target, clock = promise.target, promise.clock
        if not target.committed:
            if clock == ALWAYS:
                return Response(False, None, clock)
            opens, closes = map(instant, self.calendar(clock).window(self.opened.seconds))
            window = Window(opens, closes, self.local(opens), self.local(closes))
            return Response(False, None, clock, window=window)
        if target.days is not None:
            due = self.calendar(clock).day_deadline(self.opened.seconds, target.days)
        elif clock == ALWAYS:
            due = self.opened.seconds + (target.seconds or 0)
        else:
            due = self.calendar(clock).deadline(self.opened.seconds, target.seconds or 0)
        return Response(True, text, clock, instant(due), self.local(instant(due)))

    def local(self, moment: datetime) -> datetime:
        """A time in the ticket's zone, or at the offset of its opening when there is none."""
        name = self.given[self.roles.timezone] if self.roles.timezone else UNKNOWN
        if not isinstance(name, str):
            return moment.astimezone(timezone(timedelta(seconds=self.opened.offset)))
        local = moment.astimezone(zones.zone(name))
        # A fixed offset says all that is promised, and can be pickled.
        return local.replace(tzinfo=timezone(local.utcoffset() or timedelta()))

    def reopen(self) -> Reopening | None:
        closed = self.given[self.roles.closing] if self.roles.closing else None
        if not isinstance(closed, Instant):
            return None
        values, settled, missing = self.values(REOPEN)

        def until(seconds: int | None) -> Reopening | None:
            return None if seconds is None else Reopening(instant(closed.seconds + seconds))

        try:
            possible = [until(seconds) for seconds in values]
        except OverflowError:
            message = "the end of reopening lies outside the years 1 to 9999"
            raise TicketError([Problem("no-calendar", message, "", None, self.roles.closing)]) from None
        if not settled:
            self.open("reopen", [answer and answer.to_dict() for answer in possible], missing)
            return None
        if possible[0] is not None:
            self.basis["reopen"] = BASES[self.strength(REOPEN)]
        return possible[0]

    # Derivation

    def derivation(self, response: Response | None) -> Iterator[Derived]:
        answers = [SEVERITY, RESPONSE, *self.program.channels, *self.program.notes]
        if self.roles.category:
            answers.append(self.roles.category)
        if self.roles.closing and isinstance(self.given[self.roles.closing], Instant):
            answers.append(REOPEN)
        yield from derive(self.tables, self.known, tuple(answers))
        if response is not None and (response.due_at or response.window):
            yield self.timing(response)

    def timing(self, response: Response) -> Derived:
        """The entry of the deadline, or of the service window: calendar, closed days and why."""
        local = response.clock != ALWAYS
        names = [self.roles.opening]
        if local:
            names += [n for n in (self.roles.country, self.roles.timezone) if n]
        read = inputs(tuple(names), self.given, self.known.defaulted)
        read = {self.roles.opening: utc_text(instant(self.opened.seconds))} | read
        more: dict[str, Any] = {}
        if local:
            hours = self.definition.hours[response.clock]
            origin, rule = hours.origin, f"calendars.hours.{hours.id}"
            if not hours.national_holidays and self.roles.country:
                read.pop(self.roles.country, None)
            until = response.due_at or (response.window and response.window.opens_at)
            start, end = self.opened.seconds, int(until.timestamp()) if until else 0
            closed = self.calendar(response.clock).closed_days(start, max(start, end - 1))
            more["closed_days"] = [
                {"date": day.date.isoformat(), "kind": day.kind, "name": day.name} for day in closed
            ]
        else:
            origin, rule = self.definition.coverage.origin, "calendars.coverage"
        value: Any = response.window and response.window.to_dict()
        if response.due_at:
            value = utc_text(response.due_at)
        return Derived(
            rule=rule,
            concludes="response.due_at" if response.due_at else "response.window",
            value=value,
            inputs=FrozenDict(read | {RESPONSE: {"target": response.target, "clock": response.clock}}),
            basis=origin.basis,
            source=origin.source,
            location=place(origin.location),
            more=FrozenDict({"calendar": response.clock} | more),
        )
