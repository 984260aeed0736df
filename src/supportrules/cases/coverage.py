"""How much of a policy its test cases show: by rule, and by cell of the table of response targets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from supportrules.cases.cases import CaseOutcome
from supportrules.cases.trace import RuleTrace, trace_rules
from supportrules.engine.decision import Derived
from supportrules.engine.evaluation import Policy
from supportrules.policy import Definition
from supportrules.policy.definition import SEVERITY

Json = dict[str, Any]


@dataclass(frozen=True)
class Share:
    """How many of some rules stand in a case that passes."""

    covered: int
    total: int

    @property
    def percent(self) -> int:
        """Whole percents, rounded down: 100 is all."""
        return self.covered * 100 // self.total if self.total else 100

    def reaches(self, percent: int) -> bool:
        """Whether it is no less than so many percent, exactly."""
        return self.covered * 100 >= percent * self.total

    def to_dict(self) -> Json:
        """As JSON data."""
        return {"covered": self.covered, "total": self.total, "percent": self.percent}


@dataclass(frozen=True)
class FallbackCell:
    """A cell that stands only in cases whose severity comes from the fallback.

    Args:
        avoidable: whether a rule before the fallback can come to the level; if not, no case could do better.
    """

    trace: RuleTrace
    avoidable: bool

    def to_dict(self) -> Json:
        """As JSON data."""
        return {"cell": self.trace.id, "stood": list(self.trace.stood), "avoidable": self.avoidable}


@dataclass(frozen=True)
class RuleCoverage:
    """What cases show of the rules and cells that an answer rests on.

    Args:
        rules, cells: by id, in the order of the files; a rule is covered if it stands in a case that passes.
        fallback: the cells that stand only where the last group of `precedence` gives the severity.
        never_read: the rules that no answer rests on; they count nowhere.
    """

    rules: Mapping[str, RuleTrace]
    cells: Mapping[str, RuleTrace]
    fallback: tuple[FallbackCell, ...]
    never_read: tuple[RuleTrace, ...]

    @property
    def all(self) -> tuple[RuleTrace, ...]:
        """Rules and cells."""
        return (*self.rules.values(), *self.cells.values())

    @property
    def share(self) -> Share:
        """How many of all are covered."""
        return share(self.all)

    @property
    def never_fired(self) -> tuple[RuleTrace, ...]:
        """Rules and cells that fire in no case."""
        return tuple(trace for trace in self.all if not trace.fired)

    @property
    def never_stood(self) -> tuple[RuleTrace, ...]:
        """Rules and cells that fire, and that another rule overrides in every case."""
        return tuple(trace for trace in self.all if trace.fired and not trace.stood)

    def to_dict(self) -> Json:
        """As JSON data."""
        return {
            **self.share.to_dict(),
            "rules": share(self.rules.values()).to_dict(),
            "cells": share(self.cells.values()).to_dict(),
            "each": [
                {
                    "rule": trace.id,
                    "cell": trace.id in self.cells,
                    "location": trace.location,
                    "fired": len(trace.fired),
                    "stood": len(trace.stood),
                }
                for trace in self.all
            ],
            "never_fired": [trace.id for trace in self.never_fired],
            "never_stood": [trace.id for trace in self.never_stood],
            "fallback_only": [cell.to_dict() for cell in self.fallback],
            "never_read": [trace.id for trace in self.never_read],
        }


def share(traces: Collection[RuleTrace]) -> Share:
    """How many of some rules are covered."""
    return Share(sum(bool(trace.stood) for trace in traces), len(traces))


def cover(policy: Policy, outcomes: Iterable[CaseOutcome]) -> RuleCoverage:
    """What the cases that pass show of a policy."""
    passed = [outcome for outcome in outcomes if outcome.passed]
    traces = trace_rules(policy, passed)
    ordered = sorted(traces.items(), key=lambda item: (item[1].origin.location, item[0]))
    read = {id: trace for id, trace in ordered if trace.read}
    cells = {cell.rule: cell.level for cell in policy.definition.cells}
    fallback = _fallback(policy.definition)
    by_fallback = {o.case.name for o in passed if _rests_on(o, fallback)}
    before = [rule for rule in policy.definition.severity_rules if rule.id not in fallback]
    return RuleCoverage(
        {id: trace for id, trace in read.items() if id not in cells},
        {id: trace for id, trace in read.items() if id in cells},
        tuple(
            FallbackCell(trace, any(rule.level == level or rule.level_from for rule in before))
            for id, level in cells.items()
            if (trace := read.get(id)) and trace.stood and by_fallback.issuperset(trace.stood)
        ),
        tuple(trace for _, trace in ordered if not trace.read),
    )


def _fallback(definition: Definition) -> frozenset[str]:
    """The rules of the last group of `precedence`, which decide where no other does; none if it is alone."""
    if len(definition.precedence) < 2:
        return frozenset()
    last = definition.precedence[-1]
    return frozenset(rule.id for rule in definition.severity_rules if rule.group == last)


def _rests_on(outcome: CaseOutcome, rules: frozenset[str]) -> bool:
    """Whether only these rules give the severity."""
    standing = set(_standing(outcome))
    return bool(standing) and standing <= rules


def _standing(outcome: CaseOutcome) -> Iterator[str]:
    """The rules that give the severity, also where they only agree."""
    entries: Iterable[Derived] = outcome.decision.derivation if outcome.decision else ()
    for entry in entries:
        if entry.concludes == SEVERITY and entry.overridden_by is None:
            yield from (entry.rule,) if entry.rule else entry.agreed_by
