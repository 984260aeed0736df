"""A ticket → a decision. A pure function of policy and ticket: no clock, network or environment is read."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple, TypeVar, get_args

from supportrules.base.characters import plain
from supportrules.base.frozen import FrozenDict, lazy, made
from supportrules.base.logs import logger
from supportrules.base.notebook import table
from supportrules.base.problem import Problem
from supportrules.base.replacement import replacing
from supportrules.base.wording import describe
from supportrules.engine import built
from supportrules.engine.answer_book import AnswerBook, Answers
from supportrules.engine.answers import Answer, PromiseAnswer, undetermined
from supportrules.engine.chaining import Chainer, default_chainer
from supportrules.engine.columns import Batches, ColumnBook, Decided, OnError, decision_schema
from supportrules.engine.decision import (
    FORMAT,
    KNOWN,
    Decision,
    Derived,
    NotConcluded,
    PolicyRef,
    PromiseDecision,
    Undetermined,
    Window,
)
from supportrules.engine.derivation import Known, derive, inputs, place
from supportrules.engine.possible_times import missing_for, times_there
from supportrules.engine.rules import Program
from supportrules.engine.tables import MOST_KEPT, Course, Possible, Tables
from supportrules.engine.why_not import why_not
from supportrules.errors import AnswerError, CalendarError, RuleGap, TicketError
from supportrules.policy import BASES, Definition, File, Source, read_definition, source_of
from supportrules.policy.format import entry_kind
from supportrules.policy.vocabulary import UNKNOWN, Facts, Instant
from supportrules.time import decrees, zones
from supportrules.time.calendars import BusinessCalendar, ChangedDay, ClosedDay
from supportrules.time.clocks import ALWAYS, Area, Clock, Place, Role
from supportrules.time.instants import instant, utc_text
from supportrules.time.promises import Promise, Timing, time_text

_Day = TypeVar("_Day", ClosedDay, ChangedDay)

_log = logger(__name__)


def load_policy(where: str | Path | Source | None = None, *, chainer: Chainer | None = None) -> Policy:
    """Loads a policy.

    Args:
        where: a directory, a file that was built, ``REV:PATH`` in a git repository, or None for the policy
            that ships; or where one of these was found before.
        chainer: what infers; durable-rules where it is installed, else the plain chainer.

    Returns:
        The policy, which can decide any number of tickets.

    Raises:
        PolicyLoadError: the policy does not load; ``problems`` has everything that is wrong with it.
    """
    begin = perf_counter()
    source = source_of(where)
    if isinstance(source, File):
        definition, stages = built.read_built(source)
        with built.sound(source.name):
            policy = Policy(definition, chainer, stages=stages)
    else:
        policy = Policy(read_definition(source), chainer)
    log_loaded(policy, source, perf_counter() - begin)
    return policy


def log_loaded(policy: Policy, source: Source, seconds: float) -> None:
    """Logs that a policy was loaded.

    Args:
        seconds: how long that took.
    """
    # What applies the rules of a built one is not chosen yet: it is asked for reasons alone.
    applied = (
        "rules were compiled before"
        if policy.stages
        else f"rules are applied by {type(policy.chainer).__name__}"
    )
    _log.info(
        "loaded %s %s (%s) from %s in %.0f ms; %s",
        plain(policy.name),
        plain(policy.version),
        policy.digest,
        plain(source.name),
        1000 * seconds,
        applied,
    )


class Policy:
    """A policy that is ready to decide; immutable, and safe to share between threads and processes.

    Args:
        definition: what its files say.
        chainer: what infers; as for `load_policy`.
        stages: its stages, of a policy that was built.

    Raises:
        PolicyLoadError: the stages are damaged.
    """

    def __init__(
        self,
        definition: Definition,
        chainer: Chainer | None = None,
        *,
        stages: built.BuiltStages | None = None,
    ) -> None:
        self.definition = definition
        self.program = Program(definition)
        self.stages = stages
        # Chosen when it is asked for: most tickets need none.
        self._chosen = functools.cache(lambda: chainer or default_chainer())
        self.tables: Tables = Tables(
            self.program,
            self._chosen,
            known=stages.read(self.program) if stages else (),
        )
        self.book = AnswerBook(self.tables)
        self.columns = ColumnBook(self.tables)
        self.reference = PolicyRef(definition.name, definition.version, definition.digest)
        facts = definition.vocabulary.facts.items()
        self._numbers = tuple(name for name, fact in facts if fact.type == "number")
        self._dated = {kind: answers for kind, answers in self.program.kinds.items() if kind.is_dated}
        self._readings: dict[Hashable, _TicketClass] = {}

    @property
    def chainer(self) -> Chainer:
        """What infers."""
        return self._chosen()

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
        return f"<Policy {plain(self.name)} {plain(self.version)}>"

    def _repr_html_(self) -> str:
        """What the policy is about as a table, for notebooks."""
        said = self.definition
        first = said.languages[0]
        rows = [
            ("in force from", said.effective_from),
            ("publisher", said.publisher[first]),
            ("languages", ", ".join(said.languages)),
            ("levels", ", ".join(level.label[first] for level in said.levels.values())),
            ("channels", ", ".join(channel.label[first] for channel in said.channels.values())),
            ("plans", len(said.plans)),
            ("facts", ", ".join(said.vocabulary.facts)),
            ("digest", self.digest),
        ]
        return table(f"{said.title[first]}, {self.name} {self.version}", rows)

    def __dir__(self) -> list[str]:
        # The rules and tables that an instance holds are for this package.
        return [*(name for name in dir(type(self)) if name != "chainer"), "definition"]

    def __reduce__(self) -> tuple[Callable[[Definition], Policy], tuple[Definition]]:
        # What was built travels; the chainer is chosen anew where it arrives.
        return functools.partial(Policy, stages=self.stages), (self.definition,)

    def evaluate(
        self,
        ticket: Mapping[str, object],
        *,
        defaults: bool | Collection[str] = True,
        extra: bool = False,
        ignore: Collection[str] = (),
    ) -> Decision:
        """Decides a ticket.

        Args:
            ticket: field names and values; null means not given.
            defaults: whether facts that are not given take their defaults, or are left unknown; or the names
                of those that take them.
            extra: whether fields that are no facts are ignored, unless a fact can be meant; otherwise they
                are errors.
            ignore: the names of fields to ignore where they are no facts, whatever else can be meant.

        Returns:
            The answers, with what is still open and why.

        Raises:
            TicketError: the ticket has errors; ``problems`` has all of them.
            PolicyFault: the policy has no single answer for the facts of this ticket.
            TypeError: `defaults` or `ignore` is a text.
        """
        given, reading = self._read(ticket, defaults, extra, ignore)
        return _Evaluation(self, given, reading).decide()

    def evaluate_batch(
        self,
        table: Any,
        *,
        defaults: bool | Collection[str] = True,
        extra: bool = False,
        ignore: Collection[str] = (),
        on_error: OnError = "null",
    ) -> Any:
        """Decides the tickets of a table, each row as `evaluate` does.

        Args:
            table: a DataFrame of pandas or polars, a relation of DuckDB, a table of pyarrow, or whatever else
                has the Arrow PyCapsule interface; columns are facts, null and NaN mean not given. Texts are
                strings of any kind or dictionaries of them, booleans ``bool``, numbers integers, whole floats
                or decimals of scale 0, instants timestamps with a time zone, or RFC 3339 texts.
            defaults: whether facts that are not given take their defaults, or the names of those that do.
            extra: whether columns that are no facts are ignored, unless a fact can be meant; otherwise they
                are errors.
            ignore: the names of columns to ignore where they are no facts, whatever else can be meant.
            on_error: ``null`` gives a ticket that can't be decided a row of nulls with its ``error``;
                ``fail`` raises that error.

        Returns:
            The decisions in the order of the rows, as a ``pyarrow.Table`` of `decision_schema`; of a
            ``RecordBatch``, as one.

        Raises:
            InputError: columns that are no facts, of a type of which no value can be right, instants without
                a time zone, or what Arrow can't hold; not columns of nothing but null.
            TicketError, PolicyFault: of the first ticket that has one, with ``on_error="fail"``.
            TypeError, ValueError: no table, or options that there are not.
            MissingExtra: pyarrow is not installed.
        """
        return self._batches(defaults, extra, ignore, on_error).table(table)

    def evaluate_batches(
        self,
        batches: Iterable[Any],
        *,
        defaults: bool | Collection[str] = True,
        extra: bool = False,
        ignore: Collection[str] = (),
        on_error: OnError = "null",
    ) -> Iterator[Decided]:
        """Decides the tickets of any number of tables, in order and on all processors.

        Args:
            batches: tables as `evaluate_batch` takes them, or sequences of tickets as `evaluate` takes them,
                one after the other; a few are held at a time. Or one stream, as a record batch reader is,
                which is decided in batches of some ten thousand rows.
            defaults, extra, ignore, on_error: as `evaluate_batch` takes them.

        Returns:
            For each the decisions, as a record batch of `decision_schema`, with the errors by row.

        Raises:
            InputError, TicketError, PolicyFault, TypeError, ValueError, MissingExtra: as `evaluate_batch`.
        """
        return self._batches(defaults, extra, ignore, on_error).decided(batches)

    def _batches(
        self, defaults: bool | Collection[str], extra: bool, ignore: Collection[str], on_error: OnError
    ) -> Batches:
        return Batches(
            self.program,
            self.columns,
            self.evaluate,
            defaults=defaults,
            extra=extra,
            ignore=ignore,
            on_error=on_error,
        )

    def decision_schema(self) -> Any:
        """The Arrow schema of what `evaluate_batch` gives; it depends on the policy alone.

        Raises:
            MissingExtra: pyarrow is not installed.
        """
        return decision_schema(self.definition)

    def build(self, file: str | Path) -> None:
        """Writes the policy into one file that loads in milliseconds, in place of any that is there.

        It holds its rules as diagrams of facts, so that nothing is left to compile.

        Args:
            file: where; whoever reads it meanwhile sees the old file or the new one.

        Raises:
            BuildError: the policy is too large for that.
            OSError: the file can't be written.
        """
        data = built.build(self.tables.forest)
        with replacing(Path(file)) as stream:
            stream.write(data)

    def _read(
        self,
        ticket: Mapping[str, object],
        defaults: bool | Collection[str],
        extra: bool,
        ignore: Collection[str],
    ) -> tuple[Mapping[str, Any], _TicketClass]:
        """What a ticket gives, and what follows from it whatever the time."""
        vocabulary = self.definition.vocabulary
        usual = type(ticket) is dict and type(defaults) is bool and type(ignore) is not str
        split = vocabulary.split(ticket, extra=extra, ignore=ignore) if usual else None
        if split is None:
            reading = self._worked_out(vocabulary.read(ticket, defaults=defaults, extra=extra, ignore=ignore))
            return reading.given, reading
        few, others = split
        # Of texts and times rules see whether they are given, and of numbers the class.
        classes = tuple([self.program.reduce(n, others[n]) for n in self._numbers if n in others])
        key = (defaults, few, tuple(others), classes)
        try:
            found = self._readings.get(key)
        except TypeError:
            # A list, or something else that no fact takes.
            found = None
        if found is None:
            found = self._worked_out(vocabulary.read(ticket, defaults=defaults, extra=extra, ignore=ignore))
            if len(self._readings) >= MOST_KEPT:
                self._readings.clear()
            self._readings[key] = found
        return found.given | others, found

    def _worked_out(self, facts: Facts) -> _TicketClass:
        reduced, given = self.tables.reduced(facts.values), dict(facts.values)
        category = self.definition.roles.category
        concluded = self.tables.category(reduced)
        if category is not None and concluded is not None:
            if reduced[category] is not UNKNOWN and reduced[category] != concluded:
                raise TicketError([self._contradiction(category, given, concluded)])
            given[category] = reduced[category] = concluded
        try:
            answers = self.book.answers(reduced)
        except RuleGap as gap:
            # Rules see numbers that stand for others; a person knows the ticket's own.
            told = {name: _shown(given.get(name, value)) for name, value in gap.facts.items()}
            raise RuleGap(gap.conclusion, told) from None
        return self._class(given, facts.defaulted, reduced, answers)

    def _class(
        self,
        given: dict[str, Any],
        defaulted: frozenset[str],
        reduced: Mapping[str, Any],
        answers: Answers,
    ) -> _TicketClass:
        """What a ticket's facts come to; answers without a time are settled."""
        parts, left, basis = {**answers.parts}, {**answers.undetermined}, {**answers.basis}
        dated = []
        for kind, all in self._dated.items():
            values: dict[str | None, Any] = {}
            founded, undated, strengths = False, list[tuple[Answer, Any]](), list[int]()
            for answer in all:
                if not answer.is_asked(given):
                    continue
                found = answers.undated.get(answer.stage) or self.book.possible(answer.stage, reduced)
                settled = answer.settle(found, given)
                values[answer.name] = settled.value
                if settled.left is not None:
                    left[answer.key] = settled.left
                if settled.undated is not None:
                    undated.append((answer, settled.undated))
                founded |= settled.is_founded
                if settled.is_founded and found.settled:
                    strengths.append(found.strength)
            parts[kind.part] = kind.held(values)
            if undated:
                dated.append(_DatedPart(kind, values, tuple(undated)))
            if founded:
                basis[kind.part] = BASES[max(strengths)] if strengths else None
        parts |= {
            "format": FORMAT,
            "ticket": None,
            "policy": self.reference,
            "undetermined": FrozenDict(left),
            "basis": FrozenDict(basis),
            "_reasons": None,
        }
        return _TicketClass(given, defaulted, self._area(given), parts, tuple(dated))

    def _area(self, given: Mapping[str, Any]) -> Area:
        """Where a ticket can be."""
        roles = self.definition.roles
        told = (given[fact] if fact else None for fact in (roles.timezone, roles.country, roles.subdivision))
        return Area(*(value if isinstance(value, str) else None for value in told))

    def _contradiction(self, name: str, given: Mapping[str, Any], concluded: str) -> Problem:
        inputs = self.program.stages[name].inputs
        because = " and ".join(f"{fact} {describe(given[fact])}" for fact in inputs)
        message = f"{name} {describe(given[name])} contradicts {because}, which is `{concluded}`"
        hint = f"leave `{name}` out, or give another {' or '.join(inputs)}"
        return Problem("contradiction", message, hint, None, name, given[name])


def _shown(value: object) -> object:
    """A value of a ticket in a message."""
    return utc_text(instant(value.seconds)) if isinstance(value, Instant) else value


class _DatedPart(NamedTuple):
    """A part of a decision to which tickets give times.

    Args:
        kind: of its answers.
        values: what a decision has of each, by name; the ticket's own stands in for what is None here.
        undated: the answers that a ticket gives a time, with what it is given to.
    """

    kind: type[Answer]
    values: dict[str | None, Any]
    undated: tuple[tuple[Answer, Any], ...]


@dataclass(frozen=True)
class _TicketClass:
    """What tickets have in common that say the same but for texts, times, and numbers of one class.

    Args:
        given: every fact with its value, None, or UNKNOWN; texts, times and numbers are those of one of them.
        defaulted: the facts that have their defaults.
        area: where they can be.
        parts: what a decision has in each field; the ticket's own stands in for what is None here.
        dated: the parts to which a ticket gives times.
    """

    given: dict[str, Any]
    defaulted: frozenset[str]
    area: Area
    parts: dict[str, Any]
    dated: tuple[_DatedPart, ...]


class _Evaluation:
    """One ticket being decided; and then the reasons of its decision."""

    def __init__(self, policy: Policy, given: Mapping[str, Any], reading: _TicketClass) -> None:
        self.policy = policy
        self.roles = policy.definition.roles
        self.given = given
        self.reading = reading

    @lazy
    def reduced(self) -> Mapping[str, Any]:
        """The facts as rules see them."""
        return self.policy.tables.reduced(self.given)

    def possible(self, stage: str) -> Possible:
        """What a stage can come to for what is known of the ticket."""
        return self.policy.book.possible(stage, self.reduced)

    def decide(self) -> Decision:
        role, parts = self.roles.ticket, self.reading.parts.copy()
        parts["ticket"], parts["_reasons"] = self.given[role] if role else None, self
        for kind, values, undated in self.reading.dated:
            found = values.copy()
            for answer, promise in undated:
                found[answer.name], left = answer.date(promise, self)
                if left is not None:
                    parts["undetermined"] = FrozenDict({**parts["undetermined"], answer.key: left})
            parts[kind.part] = kind.held(found)
        return made(Decision, parts)

    # Promises and their times

    def dated(self, promise: Timing, starts: str) -> tuple[PromiseDecision, Undetermined | None]:
        """A promise, with the time that it means for the ticket; or what that can be."""
        try:
            return self.timed(promise, starts)
        except CalendarError as error:
            message = error.reason
        except OverflowError:
            message = "the deadline lies outside the years 1 to 9999"
        start: Instant = self.given[starts]
        value = utc_text(instant(start.seconds)) if self.in_range(start) else None
        raise TicketError([Problem("no-calendar", message, "", None, starts, value)])

    @staticmethod
    def in_range(moment: Instant) -> bool:
        return -62135596800 <= moment.seconds <= 253402300799

    def timed(self, promise: Timing, starts: str) -> tuple[PromiseDecision, Undetermined | None]:
        target, clock, _ = promise
        start: int = self.given[starts].seconds
        area = self.reading.area if clock.local else None
        sole = clock.sole(area)
        if sole is not None:
            if target.committed:
                due = promise.due_by(sole.calendar, start)
                beyond = KNOWN if due <= sole.data_end else self.beyond_data(starts, clock, due)
                return self.due(promise, starts, due, sole.places, beyond), None
            window = sole.calendar.window(start)
            beyond = KNOWN if window[1] <= sole.data_end else self.beyond_data(starts, clock, window[1])
            return self.windowed(promise, starts, window, sole.places, beyond), None
        assert area is not None
        if not clock.places(area):
            # No zone of the country could be meant.
            left = {str(self.roles.timezone): 1.0}
            return _undated(promise), undetermined((Promise(target, clock.name),), left)
        if target.committed:
            dues = promise.possible_dues(start, area)
            if len(dues) == 1:
                beyond = self.beyond_data(starts, clock, dues[0][0])
                return self.due(promise, starts, *dues[0], beyond), None
            possible = tuple(
                self.noted(starts, clock, each, due, some)
                for each, (due, some) in zip(times_there(dues, _due_data), dues, strict=True)
            )
            left = missing_for(dues, self.roles)
        else:
            windows = promise.possible_windows(start, area)
            if len(windows) == 1:
                beyond = self.beyond_data(starts, clock, windows[0][0][1])
                return self.windowed(promise, starts, *windows[0], beyond), None
            possible = tuple(
                self.noted(starts, clock, each, closes, some)
                for each, ((_, closes), some) in zip(times_there(windows, _window_data), windows, strict=True)
            )
            left = missing_for(windows, self.roles)
        return _undated(promise), undetermined(possible, left)

    def beyond_data(
        self, starts: str, clock: Clock, until: int, some: tuple[Place, ...] | None = None
    ) -> Mapping[str, int]:
        """The data on the days of a clock that ends before a time, with its last years.

        Args:
            starts: the fact from whose instant the time counts.
            some: the places; None for all of the ticket.

        Raises:
            TicketError: there is some, and the hours refuse such a time.
        """
        ends = clock.data_ends(self.reading.area)
        if some is not None and ends and ends[0].instant < until:
            ends = clock.data_ends_at(some)
        found = FrozenDict({end.name: end.until for end in ends if end.instant < until})
        if found and self.policy.definition.hours[clock.name].beyond_data == "refuse":
            raise TicketError([self.refusal(starts, clock, until, found)])
        return found

    def refusal(self, starts: str, clock: Clock, until: int, ended: Mapping[str, int]) -> Problem:
        """What is wrong with a ticket whose time comes after some data ends."""
        known = " and ".join(f"in `{name}` to {year} only" for name, year in ended.items())
        message = f"the days of `{clock.name}` are known {known}, and its time is {utc_text(instant(until))}"
        hints = [
            f"add the days of {year + 1} to `{name}`"
            for name, year in ended.items()
            if name not in decrees.SOURCES
        ]
        if len(hints) < len(ended):
            hints.append("update the Python package `holidays`")
        hint = f"{' and '.join(hints)}, or write `beyond_data: note` in calendars.yaml"
        start = utc_text(instant(self.given[starts].seconds))
        return Problem("no-calendar", message, hint, None, starts, start)

    def noted(
        self, starts: str, clock: Clock, time: Mapping[str, Any], until: int, some: tuple[Place, ...]
    ) -> Mapping[str, Any]:
        """A possible time, as a `TimeThere`, with the data that ends before it at its places."""
        beyond = self.beyond_data(starts, clock, until, some)
        return FrozenDict({**time, "beyond_data": beyond}) if beyond else time

    def due(
        self,
        promise: Timing,
        starts: str,
        due: int,
        places: tuple[Place, ...],
        beyond: Mapping[str, int],
    ) -> PromiseDecision:
        moment = instant(due)
        fields = {
            "committed": True,
            "target": promise.target.text,
            "clock": promise.clock.name,
            "due_at": moment,
            "due_at_local": self.local(moment, starts, promise.clock, places),
            "window": None,
            "beyond_data": beyond,
        }
        return made(PromiseDecision, fields)

    def windowed(
        self,
        promise: Timing,
        starts: str,
        window: tuple[int, int],
        places: tuple[Place, ...],
        beyond: Mapping[str, int],
    ) -> PromiseDecision:
        opens, closes = map(instant, window)
        clock = promise.clock
        local = (self.local(moment, starts, clock, places) for moment in (opens, closes))
        return PromiseDecision(
            False, None, clock.name, window=Window(opens, closes, *local), beyond_data=beyond
        )

    def local(self, moment: datetime, starts: str, clock: Clock, places: tuple[Place, ...]) -> datetime:
        """A time in the ticket's zone; without one at the offset of all its places, or else of the start.

        A clock with a zone of its own tells nothing of that of the ticket.
        """
        name = self.reading.area.zone
        # A fixed offset says all that is promised, and can be pickled.
        if name is not None:
            return moment.astimezone(_fixed(_offset(moment, name)))
        offsets = {_offset(moment, zone) for zone in {place.zone for place in places if not clock.zone}}
        own = timedelta(seconds=self.given[starts].offset)
        return moment.astimezone(_fixed(offsets.pop() if len(offsets) == 1 else own))

    # Derivation, when it is asked for

    def derivation(self) -> tuple[Derived, ...]:
        """Every rule that fired, and how the deadline came about."""
        answers = self.policy.program.answers.items()
        asked = tuple(stage for stage, answer in answers if answer.is_asked(self.given))
        found = list(derive(self.policy.tables, self.known(), asked))
        for answer, promise in (each for part in self.reading.dated for each in part.undated):
            if isinstance(answer, PromiseAnswer):
                decided, left = self.timed(promise, answer.starts)
                if left is None:
                    found.append(self.timing(answer, promise, decided))
        return tuple(found)

    def why_not(self, answer: str) -> tuple[NotConcluded, ...]:
        """For each rule that would have given an answer, what did not hold."""
        return tuple(why_not(self.policy.tables, self.known(), answer))

    def kept(self) -> _KeptReasons:
        """The reasons without the policy."""
        return _KeptReasons(self.derivation())

    def known(self) -> Known:
        """What is known of the ticket, for telling why."""
        return Known(
            self.given,
            self.reduced,
            self.reading.defaulted,
            Course(dict(self.reduced), {}, {}),
            self.possible,
        )

    def timing(self, answer: PromiseAnswer, promise: Timing, decided: PromiseDecision) -> Derived:
        """The entry of the deadline, or of the service window: calendar, closed days and why."""
        due_at, window = answer.times
        definition, clock = self.policy.definition, promise.clock
        told = {*promise.needs, *(clock.narrowed if clock.local else ())}
        facts = self.roles.facts(role for role in get_args(Role) if role in told and role != "opening")
        read = inputs(facts, self.given, self.reading.defaulted)
        start: int = self.given[answer.starts].seconds
        read = {answer.starts: utc_text(instant(start))} | read
        more: dict[str, Any] = {}
        if promise.cut_off is not None:
            more["cut_off"] = time_text(promise.cut_off)
            counted = {promise.counted_from(start, each) for each in clock.places(self.reading.area)}
            if len(counted) == 1 and start not in counted:
                more["counted_from"] = utc_text(instant(counted.pop()))
        if clock.local:
            until = decided.due_at or (decided.window and decided.window.opens_at)
            end = max(start, int(until.timestamp()) - 1 if until else 0)
            closed = self.days_at_all(clock, lambda calendar: calendar.closed_days(start, end))
            more["closed_days"] = tuple(map(_day_data, closed))
            changed = self.days_at_all(clock, lambda calendar: calendar.changed_days(start, end))
            if changed:
                more["changed_days"] = tuple(map(_day_data, changed))
        if clock.name == ALWAYS:
            origin, rule = definition.coverage.origin, entry_kind("coverage").rule_of()
        else:
            origin, rule = definition.hours[clock.name].origin, entry_kind("hours").rule_of(clock.name)
        value: Any = decided.window and FrozenDict(decided.window.to_dict())
        if decided.due_at:
            value = utc_text(decided.due_at)
        return Derived(
            rule=rule,
            concludes=due_at if decided.due_at else window,
            value=value,
            inputs=FrozenDict(
                read | {answer.stage: FrozenDict({"target": decided.target, "clock": decided.clock})}
            ),
            basis=origin.basis,
            source=origin.source,
            location=place(origin.location),
            more=FrozenDict({"calendar": decided.clock} | more),
        )

    def days_at_all(
        self, clock: Clock, days: Callable[[BusinessCalendar], tuple[_Day, ...]]
    ) -> tuple[_Day, ...]:
        """Days that a clock keeps alike at all places of the ticket, by their names at one."""
        first, *others = map(clock.calendar, clock.places(self.reading.area))
        found = days(first)
        for other in others:
            dates = {day.date for day in days(other)}
            found = tuple(day for day in found if day.date in dates)
        return found


def _day_data(day: ClosedDay | ChangedDay) -> Mapping[str, str]:
    return FrozenDict({"date": day.date.isoformat(), "kind": day.kind, "name": day.name})


@functools.cache
def _fixed(offset: timedelta) -> timezone:
    return timezone(offset)


def _offset(moment: datetime, zone: str) -> timedelta:
    return moment.astimezone(zones.zone(zone)).utcoffset() or timedelta()


def _undated(promise: Timing) -> PromiseDecision:
    return PromiseDecision(promise.target.committed, promise.target.answer, promise.clock.name)


def _due_data(due: int) -> Mapping[str, Any]:
    return {"due_at": utc_text(instant(due))}


def _window_data(window: tuple[int, int]) -> Mapping[str, Any]:
    opens, closes = (utc_text(instant(each)) for each in window)
    return {"window": FrozenDict({"opens_at": opens, "closes_at": closes})}


class _KeptReasons:
    """What is left of the reasons where the policy is not: the derivation."""

    def __init__(self, derivation: tuple[Derived, ...]) -> None:
        self._derivation = derivation

    def derivation(self) -> tuple[Derived, ...]:
        return self._derivation

    def why_not(self, answer: str) -> tuple[NotConcluded, ...]:
        message = "this copy of a decision came without its policy"
        raise AnswerError(Problem("no-policy", message, "evaluate the ticket again to ask why not"))

    def kept(self) -> _KeptReasons:
        return self
