"""Clause → what encodes it → which test cases show it; and what has none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from supportrules.base.problem import Location
from supportrules.cases.cases import Case, CaseOutcome, run_cases
from supportrules.engine.derivation import place
from supportrules.engine.evaluation import Policy
from supportrules.errors import CaseError
from supportrules.policy import Definition
from supportrules.policy.definition import Clause
from supportrules.policy.vocabulary import Origin

Json = dict[str, Any]


@dataclass(frozen=True)
class RuleTrace:
    """A rule or a cell, and the cases that show it.

    Args:
        fired: the names of the cases in which it fires.
        stood: those of them in which no other rule overrides it.
        read: whether an answer rests on what it concludes, however far; otherwise no case can show it.
    """

    id: str
    origin: Origin
    fired: tuple[str, ...]
    stood: tuple[str, ...]
    read: bool

    @property
    def location(self) -> str:
        """File and line."""
        return place(self.origin.location)

    def to_dict(self) -> Json:
        """As JSON data."""
        return {
            "rule": self.id,
            "location": self.location,
            "source": list(self.origin.source),
            "basis": self.origin.basis,
            "read": self.read,
            "fired": list(self.fired),
            "stood": list(self.stood),
        }


@dataclass(frozen=True)
class Encoding:
    """An entry of the policy that names a clause as its source, and the rules that it makes, if any.

    Args:
        id: a rule's id, or the keys that lead to the entry.
        rules: the ids of the rules.
    """

    id: str
    origin: Origin
    rules: tuple[str, ...]

    @property
    def location(self) -> str:
        """File and line."""
        return place(self.origin.location)

    def to_dict(self) -> Json:
        """As JSON data."""
        return {
            "id": self.id,
            "location": self.location,
            "basis": self.origin.basis,
            "rules": list(self.rules),
        }


@dataclass(frozen=True)
class ClauseTrace:
    """A clause, what encodes it, and the cases that show it.

    Args:
        listed: the names of the cases that say that they are about it.
        stood: the names of the cases in which a rule stands that names it as its source.
    """

    clause: Clause
    encodings: tuple[Encoding, ...]
    listed: tuple[str, ...]
    stood: tuple[str, ...]

    def to_dict(self) -> Json:
        """As JSON data."""
        clause = self.clause
        return {
            "clause": clause.number,
            "section": clause.section,
            "heading": dict(clause.heading),
            "basis": clause.basis,
            "not_a_rule": None if clause.not_a_rule is None else dict(clause.not_a_rule),
            "encoded_by": [encoding.to_dict() for encoding in self.encodings],
            "listed": list(self.listed),
            "stood": list(self.stood),
        }


@dataclass(frozen=True)
class Trace:
    """All clauses and all rules of a policy, with what shows them.

    Args:
        clauses, rules: by number and by id.
        cases: where each case stands, by name.
        failed: the names of the cases that do not pass, which show nothing.
    """

    definition: Definition
    clauses: Mapping[str, ClauseTrace]
    rules: Mapping[str, RuleTrace]
    cases: Mapping[str, Location]
    failed: tuple[str, ...] = ()

    @property
    def not_encoded(self) -> tuple[ClauseTrace, ...]:
        """Clauses that nothing encodes, and that are not said to be no rule."""
        return tuple(t for t in self._expected if not t.encodings)

    @property
    def not_shown(self) -> tuple[ClauseTrace, ...]:
        """Clauses that no case lists and of which no rule stands in any."""
        return tuple(t for t in self._expected if not t.listed and not t.stood)

    @property
    def not_rules(self) -> tuple[ClauseTrace, ...]:
        """Clauses that are said to be no rule."""
        return tuple(t for t in self.clauses.values() if t.clause.not_a_rule is not None)

    @property
    def never_fired(self) -> tuple[RuleTrace, ...]:
        """Rules and cells that no case fires, though one could."""
        return tuple(rule for rule in self.rules.values() if rule.read and not rule.fired)

    @property
    def never_stood(self) -> tuple[RuleTrace, ...]:
        """Rules and cells that fire, and that another rule overrides in every case."""
        return tuple(rule for rule in self.rules.values() if rule.fired and not rule.stood)

    @property
    def never_read(self) -> tuple[RuleTrace, ...]:
        """Rules whose conclusions no answer rests on."""
        return tuple(rule for rule in self.rules.values() if not rule.read)

    @property
    def _expected(self) -> Iterator[ClauseTrace]:
        return (t for t in self.clauses.values() if t.clause.not_a_rule is None)

    def missing_to_dict(self) -> Json:
        """What has none, as JSON data."""
        return {
            "failed": list(self.failed),
            "not_encoded": [t.clause.number for t in self.not_encoded],
            "not_shown": [t.clause.number for t in self.not_shown],
            "never_fired": [rule.id for rule in self.never_fired],
            "never_stood": [rule.id for rule in self.never_stood],
            "never_read": [rule.id for rule in self.never_read],
            "not_a_rule": {t.clause.number: dict(t.clause.not_a_rule or {}) for t in self.not_rules},
        }

    def case_place(self, name: str) -> str:
        """File and line of a case."""
        location = self.cases[name]
        return f"{'/'.join(PurePath(location.file).parts[-2:])}:{location.line}"


def trace(policy: Policy, cases: Iterable[Case]) -> Trace:
    """Traces all clauses of a policy through its rules to the cases, each of which is decided.

    Raises:
        CaseError: cases that are none of this policy.
    """
    ran = list(run_cases(policy, cases))
    if problems := [problem for outcome in ran for problem in outcome.problems]:
        raise CaseError(problems)
    outcomes = [outcome for outcome in ran if outcome.passed]
    rules = trace_rules(policy, outcomes)
    made: dict[Location, list[str]] = {}
    for id, rule in sorted(rules.items()):
        made.setdefault(rule.origin.location, []).append(id)
    encodings: dict[str, list[Encoding]] = {}
    for id, origin in policy.definition.entries():
        encoding = Encoding(id, origin, tuple(made.get(origin.location, ())))
        for number in dict.fromkeys(origin.source):
            encodings.setdefault(number, []).append(encoding)
    sources = {outcome.case.name: set(_standing_sources(outcome)) for outcome in outcomes}
    return Trace(
        policy.definition,
        {
            number: ClauseTrace(
                clause,
                tuple(sorted(encodings.get(number, ()), key=lambda e: (e.origin.location, e.id))),
                tuple(outcome.case.name for outcome in outcomes if number in outcome.case.clauses),
                tuple(name for name, numbers in sources.items() if number in numbers),
            )
            for number, clause in policy.definition.clauses.items()
        },
        rules,
        {outcome.case.name: outcome.case.location for outcome in ran},
        tuple(outcome.case.name for outcome in ran if not outcome.passed),
    )


def trace_rules(policy: Policy, outcomes: Iterable[CaseOutcome]) -> dict[str, RuleTrace]:
    """All rules and cells of a policy, by id, with the cases that show them: those that pass."""
    fired, stood = _cases_by_rule(outcome for outcome in outcomes if outcome.passed)
    read = set(_read(policy))
    return {
        rule.id: RuleTrace(
            rule.id,
            rule.origin,
            tuple(fired.get(rule.id, ())),
            tuple(stood.get(rule.id, ())),
            rule.concludes in read,
        )
        for stage in policy.program.stages.values()
        for rule in stage.rules
    }


def _cases_by_rule(outcomes: Iterable[CaseOutcome]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """For each rule the cases in which it fires, and those in which it stands."""
    fired: dict[str, list[str]] = {}
    stood: dict[str, list[str]] = {}
    for outcome in outcomes:
        for found, ids in ((fired, outcome.fired), (stood, outcome.stood)):
            for id in ids:
                found.setdefault(id, []).append(outcome.case.name)
    return fired, stood


def _read(policy: Policy) -> Iterator[str]:
    """The conclusions that are answers, and those that they rest on."""
    for answer in policy.program.answers:
        yield from policy.tables.path(answer)


def _standing_sources(outcome: CaseOutcome) -> Iterator[str]:
    """The clauses of the rules that stand; where rules only agree, none of them is known to fire."""
    for entry in outcome.decision.derivation if outcome.decision else ():
        if entry.rule is not None and entry.overridden_by is None:
            yield from entry.source
