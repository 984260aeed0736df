"""What a policy says, as frozen values; places in the YAML do not count when two are compared."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from supportrules.base.characters import plain
from supportrules.base.frozen import FrozenDict, lazy
from supportrules.policy.conditions import Condition, Scalar
from supportrules.policy.format import (
    CONCLUDED,
    channel_answer,
    entry_kind,
    promise_answer,
    promise_target,
    references_to,
    running_clock,
)
from supportrules.policy.sources import Sources
from supportrules.policy.vocabulary import Label, Origin, Vocabulary
from supportrules.time.calendars import DayOfYear, Opening, Week
from supportrules.time.clocks import ALWAYS, NEVER_STOPS, Clock, DatedDays, Role
from supportrules.time.observances import Observance
from supportrules.time.promises import Promise, Timing
from supportrules.time.targets import Target

BeyondData: TypeAlias = Literal["note", "refuse"]
BASES = ("stated", "inferred", "assumed")
# What every policy concludes; the other conclusions have names of the policy's own.
FAMILY, COLUMN, SEVERITY = "family", "column", "severity"
REOPEN = "reopen"
FIXED = (FAMILY, COLUMN, SEVERITY, REOPEN)


@dataclass(frozen=True)
class Entry:
    """A named thing with a label: a family, a level, a clause's section."""

    id: str
    label: Label
    origin: Origin


@dataclass(frozen=True)
class Plan(Entry):
    """A plan: its family, its column in the tables of promises, and what it includes, by conclusion."""

    family: str | None
    column: str | None
    entitlements: Mapping[str, Scalar]

    @property
    def conclusions(self) -> Mapping[str, Scalar]:
        """What it gives, by conclusion."""
        fixed = {FAMILY: self.family, COLUMN: self.column}
        return {name: value for name, value in fixed.items() if value is not None} | dict(self.entitlements)


@dataclass(frozen=True)
class IssueType(Entry):
    """A kind of problem, and its category if it has one."""

    category: str | None


@dataclass(frozen=True)
class Level(Entry):
    """A severity level."""

    description: Label


@dataclass(frozen=True)
class RuleText:
    """What rules of every kind have: condition, what they override, label, and words for people."""

    id: str
    when: Condition
    overrides: tuple[str, ...]
    label: Label
    says: Label
    origin: Origin

    @property
    def conclusion(self) -> str:
        """The name of what it concludes."""
        raise NotImplementedError


@dataclass(frozen=True)
class FreeRule(RuleText):
    """A rule that concludes a value of a conclusion that the vocabulary declares."""

    concludes: str
    value: Scalar

    @property
    def conclusion(self) -> str:
        return self.concludes


@dataclass(frozen=True)
class SeverityRule(RuleText):
    """A rule that concludes a level, none, or (`level_from`) the level that a fact has."""

    group: str
    level: str | None
    level_from: str | None

    @property
    def conclusion(self) -> str:
        return SEVERITY


@dataclass(frozen=True)
class ChannelRule(RuleText):
    """A rule that opens a channel at some hours, or refuses it."""

    channel: str
    eligible: bool
    hours: str | None

    @property
    def conclusion(self) -> str:
        return channel_answer(self.channel)


@dataclass(frozen=True)
class ReopeningRule(RuleText):
    """A rule that lets a closed request be reopened for some seconds, or (None) never."""

    seconds: int | None

    @property
    def conclusion(self) -> str:
        return REOPEN


@dataclass(frozen=True)
class HoursException(RuleText):
    """A rule by which another clock runs where some hours are named."""

    hours: str
    clock: str

    @property
    def conclusion(self) -> str:
        return running_clock(self.hours)


@dataclass(frozen=True)
class NoteRule(RuleText):
    """A remark that a decision carries."""

    @property
    def code(self) -> str:
        """What a decision calls it."""
        return self.id.rpartition(".")[2]

    @property
    def conclusion(self) -> str:
        return self.id


@dataclass(frozen=True)
class Column(Entry):
    """A column of the tables of promises.

    Args:
        better_than: the columns in which nothing may be due sooner.
    """

    better_than: tuple[str, ...]


@dataclass(frozen=True)
class ColumnRule(RuleText):
    """A column that a condition chooses."""

    column: str

    @property
    def conclusion(self) -> str:
        return COLUMN


@dataclass(frozen=True)
class Cell:
    """A cell of the table of a promise.

    Args:
        of: the name of the promise.
    """

    of: str
    level: str
    column: str
    target: Target
    clock: str
    origin: Origin
    cut_off: int | None = None

    @property
    def promise(self) -> Promise:
        """What it promises."""
        return Promise(self.target, self.clock, self.cut_off)

    @property
    def conclusion(self) -> str:
        """The name of what its rule concludes."""
        return promise_target(self.of)

    @property
    def rule(self) -> str:
        """The id of the rule by which it promises."""
        return entry_kind("cell").rule_of(self.of, self.level, self.column)


@dataclass(frozen=True)
class PromiseTable:
    """A promise: from when its time counts, and its table of targets.

    Args:
        label: what people call it; empty where the policy does not say.
        origin: of what is said of it as a whole; None where nothing is.
        starts: the fact from whose instant its time counts.
        levels, columns: those of which it promises anything; it has a cell for each pair.
        without_severity: what says that a request of no severity has no target.
    """

    name: str
    label: Label
    origin: Origin | None
    starts: str
    levels: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[Cell, ...]
    without_severity: Origin | None

    @property
    def answer(self) -> str:
        """What decisions call the answer about it."""
        return promise_answer(self.name)

    @property
    def target(self) -> str:
        """What its cells conclude."""
        return promise_target(self.name)


@dataclass(frozen=True)
class Hours(Entry):
    """Hours in which a clock runs, in local time.

    Args:
        timezone: their time zone; None for the customer's.
        dated: their special dates that are listed year by year.
        beyond_data: whether a time after the last year with data is given with a note or refused.
    """

    week: Week
    holidays: Observance
    timezone: str | None
    dated: tuple[DatedDays, ...]
    beyond_data: BeyondData

    @property
    def known_until(self) -> int | None:
        """The last year in which all files that list special dates have some; None if no file does."""
        found: dict[str, int] = {}
        for each in self.dated:
            found[each.name] = max(found.get(each.name, each.until), each.until)
        return min(found.values(), default=None)

    @lazy
    def clock(self) -> Clock:
        """The clock that runs in them."""
        return Clock(self.id, self.week, self.holidays, self.timezone, self.dated)


@dataclass(frozen=True)
class SpecialDate(Entry):
    """A date, or a day of every year, on which some hours differ.

    Args:
        day: the date, or the day of every year.
        open: the opening times; None for the usual hours of the weekday.
        places: the countries and subdivisions whose customers it applies to; empty for all.
    """

    day: datetime.date | DayOfYear
    hours: tuple[str, ...]
    open: Opening
    places: frozenset[str]


@dataclass(frozen=True)
class CalendarFile(Entry):
    """A calendar whose days are special dates of some hours.

    Args:
        file: its name.
        days: its dates in order, with their names.
        open: the opening times; None for the usual hours of the weekday.
        places: the countries and subdivisions whose customers they apply to; empty for all.
    """

    file: str
    days: tuple[tuple[datetime.date, str], ...]
    hours: tuple[str, ...]
    open: Opening
    places: frozenset[str]


@dataclass(frozen=True)
class CoverageException(Entry):
    """Countries in which "any time" is kept in other hours."""

    countries: frozenset[str]
    clock: str


@dataclass(frozen=True)
class Coverage:
    """Where "any time" holds."""

    label: Label
    origin: Origin
    exceptions: tuple[CoverageException, ...]


@dataclass(frozen=True)
class Clause:
    """A clause of the source."""

    number: str
    section: str
    heading: Label
    summary: Label
    origin: Origin
    not_a_rule: Label | None

    @property
    def basis(self) -> str:
        """How sure our reading of it is."""
        return self.origin.basis


@dataclass(frozen=True)
class Conclusion:
    """An intermediate conclusion that the vocabulary declares."""

    name: str
    type: str
    values: Mapping[Scalar, Label]
    label: Label
    origin: Origin


@dataclass(frozen=True)
class Roles:
    """Facts with a part of their own."""

    opening: str
    ticket: str | None = None
    category: str | None = None
    closing: str | None = None
    country: str | None = None
    subdivision: str | None = None
    timezone: str | None = None

    def facts(self, roles: Iterable[Role]) -> tuple[str, ...]:
        """The facts that have some roles, where any has."""
        facts = (getattr(self, role) for role in roles)
        return tuple(fact for fact in facts if fact is not None)


@dataclass(frozen=True)
class Definition:
    """A whole policy.

    Args:
        data_from: the oldest versions of the packages of data that it relies on, by the names of these.
        digest: ``sha256:`` and the hash over all that it says.
        plan_fact, issue_type_fact: the facts whose values are the plans and the issue types.
        sources: the files as they were read.
    """

    name: str
    version: str
    effective_from: datetime.date
    title: Label
    publisher: Label
    languages: tuple[str, ...]
    roles: Roles
    data_from: Mapping[str, str]
    digest: str = field(compare=False)
    vocabulary: Vocabulary
    conclusions: Mapping[str, Conclusion]
    families: Mapping[str, Entry]
    plans: Mapping[str, Plan]
    plan_fact: str | None
    issue_types: Mapping[str, IssueType]
    issue_type_fact: str | None
    levels: Mapping[str, Level]
    precedence: tuple[str, ...]
    free_rules: tuple[FreeRule, ...]
    severity_rules: tuple[SeverityRule, ...]
    columns: Mapping[str, Column]
    column_rules: tuple[ColumnRule, ...]
    promises: Mapping[str, PromiseTable]
    channels: Mapping[str, Entry]
    channel_rules: tuple[ChannelRule, ...]
    reopening_rules: tuple[ReopeningRule, ...]
    notes: tuple[NoteRule, ...]
    hours: Mapping[str, Hours]
    hours_exceptions: tuple[HoursException, ...]
    dates: tuple[SpecialDate, ...]
    calendar_files: tuple[CalendarFile, ...]
    coverage: Coverage
    sections: Mapping[str, Label]
    clauses: Mapping[str, Clause]
    sources: Sources = field(compare=False, repr=False)

    def __repr__(self) -> str:
        return f"<Definition {plain(self.name)} {plain(self.version)}>"

    @lazy
    def cells(self) -> tuple[Cell, ...]:
        """The cells of all tables."""
        return tuple(cell for table in self.promises.values() for cell in table.cells)

    def clock(self, name: str) -> Clock:
        """The clock of a name."""
        return NEVER_STOPS if name == ALWAYS else self.hours[name].clock

    @lazy
    def hours_with_exceptions(self) -> tuple[str, ...]:
        """The names of the hours in whose place others can run."""
        return tuple(dict.fromkeys(each.hours for each in self.hours_exceptions))

    def clocks(self, name: str) -> tuple[str, ...]:
        """The names of the clocks that can run where one is named: its own, then those of exceptions."""
        found = [name, *(each.clock for each in self.hours_exceptions if each.hours == name)]
        if ALWAYS in found:
            found += (each.clock for each in self.coverage.exceptions)
        return tuple(dict.fromkeys(found))

    def timing(self, promise: Promise) -> Timing:
        """A promise as it is timed."""
        target, clock, cut_off = promise
        return Timing(target, target.runs_in(self.clock(clock)), cut_off)

    def named(self) -> Mapping[str, Mapping[str, Any]]:
        """The entries that have a name and are no rules or notes, by kind and by name."""
        return {
            "fact": self.vocabulary.facts,
            "conclusion": self.conclusions,
            "family": self.families,
            "plan": self.plans,
            "issue_type": self.issue_types,
            "level": self.levels,
            "column": self.columns,
            "channel": self.channels,
            "hours": self.hours,
            "date": {date.id: date for date in self.dates},
            "calendar_file": {file.id: file for file in self.calendar_files},
            "exception": {e.id: e for e in self.coverage.exceptions},
        }

    def entries(self) -> Iterator[tuple[str, Origin]]:
        """Everything that names a source, by its id."""
        for kind, entries in self.named().items():
            for name, entry in entries.items():
                yield entry_kind(kind).id_of(name), entry.origin
        yield entry_kind("coverage").id, self.coverage.origin
        for rule in (*self.overriding_rules, *self.notes):
            # The columns with a condition are rules too, and stand above already.
            if not isinstance(rule, ColumnRule):
                yield rule.id, rule.origin
        for table in self.promises.values():
            if table.origin:
                yield entry_kind("promise").id_of(table.name), table.origin
            for cell in table.cells:
                yield cell.rule, cell.origin
            if table.without_severity:
                yield entry_kind("without_severity").id_of(table.name), table.without_severity

    def origins(self) -> tuple[Origin, ...]:
        """All places that can say by when to review them, and what is allowed there: entries and clauses."""
        found = (*(origin for _, origin in self.entries()), *(c.origin for c in self.clauses.values()))
        return tuple(dict.fromkeys(found))

    def kind_of_values(self, name: str) -> str | None:
        """Of which kind the values of a fact or a conclusion are, if they are entries."""
        if name in CONCLUDED:
            return CONCLUDED[name]
        if name == self.plan_fact:
            return "plan"
        if name == self.issue_type_fact:
            return "issue_type"
        fact = self.vocabulary.facts.get(name)
        return "level" if fact and fact.type == "level" else None

    @property
    def overriding_rules(self) -> tuple[RuleText, ...]:
        """The rules that can say what they override."""
        return (
            *self.free_rules,
            *self.severity_rules,
            *self.column_rules,
            *self.channel_rules,
            *self.reopening_rules,
            *self.hours_exceptions,
        )

    def rule_ids(self, conclusion: str) -> tuple[str, ...]:
        """The ids of the rules about one conclusion that can override each other."""
        return self._rule_ids.get(conclusion, ())

    def rules_called(self, reference: str, conclusion: str) -> tuple[str, ...]:
        """The ids of the rules about one conclusion that a reference means: itself, or all under it."""
        return tuple(self._rules_called.get((reference, conclusion), ()))

    @lazy
    def _rules_called(self) -> Mapping[tuple[str, str], Sequence[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for conclusion, ids in self._rule_ids.items():
            for id in ids:
                for reference in references_to(id):
                    found.setdefault((reference, conclusion), []).append(id)
        return found

    @lazy
    def _rule_ids(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for rule in self.overriding_rules:
            found.setdefault(rule.conclusion, []).append(rule.id)
        for plan in self.plans.values():
            for conclusion in plan.conclusions:
                found.setdefault(conclusion, []).append(plan_rule(plan, conclusion))
        return FrozenDict({conclusion: tuple(ids) for conclusion, ids in found.items()})


def plan_rule(plan: Plan, conclusion: str) -> str:
    """The id of the rule by which a plan gives a conclusion."""
    return entry_kind("plan").rule_of(plan.id, conclusion)
