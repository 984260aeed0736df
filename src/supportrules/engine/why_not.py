"""Why something was not decided: for each rule that would have concluded it, what did not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.base.wording import unknown_name
from supportrules.engine.answers import Access, value_data
from supportrules.engine.decision import NotConcluded, Unmet
from supportrules.engine.derivation import Known, derive, place, settled
from supportrules.engine.rules import Rule
from supportrules.engine.tables import Tables
from supportrules.errors import AnswerError
from supportrules.policy.conditions import Condition, Test
from supportrules.policy.definition import REOPEN, SEVERITY
from supportrules.policy.format import channel_answer, promise_answer, targeted_promise
from supportrules.policy.vocabulary import UNKNOWN, Instant
from supportrules.time.promises import Promise

# A name of an answer → the stage that gives it, and the value there.
Answer = tuple[str, Any]


def answers(tables: Tables) -> Mapping[str, tuple[Answer, ...]]:
    """What can be asked for: levels, channels, targets, categories, notes, and what plans and rules conclude.

    Each goes by its name, and by its name behind that of the answer: `A` and `severity.A`.
    """
    program = tables.program
    definition = program.definition
    named: list[tuple[str, str, Answer]] = []
    named += [("severity", level, (SEVERITY, level)) for level in definition.levels]
    named += [("channels", channel, (channel_answer(channel), True)) for channel in definition.channels]
    for table in definition.promises.values():
        targets = {str(cell.target): cell.target for cell in table.cells if cell.target.committed}
        named += [(table.answer, text, (table.target, target)) for text, target in targets.items()]
    if program.category:
        domain = program.domains[program.category]
        named += [("category", value, (program.category, value)) for value in domain if value is not None]
    named += [("notes", note.code, (note.id, True)) for note in definition.notes]
    for conclusion in definition.conclusions.values():
        if conclusion.type == "boolean":
            named.append(("conclusions", conclusion.name, (conclusion.name, True)))
        else:
            named += [(conclusion.name, str(v), (conclusion.name, v)) for v in conclusion.values]
    found: dict[str, list[Answer]] = {}
    if definition.reopening_rules:
        found["reopen"] = [(REOPEN, True)]
    for group, name, answer in named:
        found.setdefault(name, []).append(answer)
        found.setdefault(f"{group}.{name}", []).append(answer)
    return {name: tuple(dict.fromkeys(items)) for name, items in found.items()}


def answers_called(tables: Tables, name: str) -> tuple[Answer, ...]:
    """The answers that a name can mean.

    Raises:
        AnswerError: nothing can give an answer of that name.
    """
    catalogue = answers(tables)
    if name not in catalogue:
        short = [option for option in catalogue if "." not in option]
        raise AnswerError(unknown_name("answer", name, short, code="unknown-answer"))
    return catalogue[name]


def why_not(tables: Tables, known: Known, name: str) -> Iterator[NotConcluded]:
    """For each rule that would have given an answer: what did not hold, or what took it out.

    Raises:
        AnswerError: nothing can give an answer of that name.
    """
    for stage, value in answers_called(tables, name):
        reading = _Reading(tables, known)
        for rule in tables.program.stages[stage].rules:
            if _could(rule, value):
                yield reading.explain(rule, value)


def _could(rule: Rule, value: Any) -> bool:
    """Whether a rule can conclude a value, or one like it: any eligible access, any time to reopen."""
    match rule.value:
        case _ if rule.copies is not None:
            return True
        case Access():
            return rule.value.eligible
        case Promise():
            return bool(rule.value.target == value)
        case _ if rule.concludes == REOPEN:
            return rule.value is not None
        case _:
            return bool(rule.value == value)


class _Reading:
    """What the rules of a decision read."""

    def __init__(self, tables: Tables, known: Known) -> None:
        self._tables, self._known = tables, known
        self._values: dict[str, Any] = {}

    def value(self, name: str) -> Any:
        """The value of a fact or a conclusion, None for none, or UNKNOWN."""
        if name not in self._values:
            self._values[name] = settled(self._tables, self._known, name)
        return self._values[name]

    def holds(self, condition: Condition) -> bool | None:
        """Whether a condition holds; None if that is open."""
        return _all([*map(self._test, condition.tests), self._any(condition)])

    def explain(self, rule: Rule, value: Any) -> NotConcluded:
        when = rule.when
        if rule.copies is not None and not isinstance(value, bool):
            # What it takes over would have to be that value.
            when = Condition((*when.tests, Test(rule.copies, frozenset([value]))), when.alternatives)
        holds = self.holds(when)
        stage = self._tables.program.stages[rule.concludes]
        winners = [r for r in stage.rules if r.takes_out(rule) and self.holds(r.when)] if holds else []
        # Those that stand come first: they are the ones to name.
        beaten = {loser.id for loser in winners if any(winner.takes_out(loser) for winner in winners)}
        winners.sort(key=lambda winner: (winner.id in beaten, winner.id))
        promise = targeted_promise(rule.concludes)
        return NotConcluded(
            rule=rule.id,
            concludes=promise_answer(promise) if promise else rule.concludes,
            value=self._conclusion(rule, value),
            unmet=tuple(self._unmet(when)) if not holds else (),
            overridden_by=winners[0].id if winners else None,
            basis=rule.origin.basis,
            source=rule.origin.source,
            location=place(rule.origin.location),
        )

    def _conclusion(self, rule: Rule, value: Any) -> Any:
        """The value that a rule would give, as JSON data; what it takes over may be open."""
        if rule.copies is None:
            return value_data(rule.value)
        copied = self.value(rule.copies)
        if isinstance(value, bool):
            return value_data(
                Access(True, None) if copied is UNKNOWN else rule.conclude({rule.copies: copied})
            )
        return value_data(value)

    def _test(self, test: Test) -> bool | None:
        value = self.value(test.name)
        return None if value is UNKNOWN else test.holds(value)

    def _any(self, condition: Condition) -> bool | None:
        verdicts = [self.holds(option) for option in condition.alternatives]
        if True in verdicts or not verdicts:
            return True
        return None if None in verdicts else False

    def _unmet(self, condition: Condition) -> Iterator[Unmet]:
        """The first test that failed; of alternatives, the first of each; else the first that is open."""
        verdicts = [self._test(test) for test in condition.tests]
        for wanted in (False, None):
            if wanted in verdicts:
                yield self._entry(condition.tests[verdicts.index(wanted)])
                return
            if condition.alternatives and self._any(condition) is wanted:
                for option in condition.alternatives:
                    if self.holds(option) is wanted:
                        yield from self._unmet(option)
                return

    def _entry(self, test: Test) -> Unmet:
        value = self.value(test.name)
        unknown = value is UNKNOWN
        by: tuple[str, ...] = ()
        if test.name in self._tables.program.stages and not unknown:
            entries = derive(self._tables, self._known, (test.name,))
            standing = [e for e in entries if e.concludes == test.name and e.overridden_by is None]
            by = tuple(rule for e in standing for rule in (e.agreed_by if e.rule is None else (e.rule,)))
        return Unmet(
            name=test.name,
            wanted=_wanted(test),
            known=not unknown,
            value=None if unknown else "given" if isinstance(value, Instant) else value_data(value),
            default=test.name in self._known.defaulted,
            concluded_by=by,
        )


def _all(verdicts: list[bool | None]) -> bool | None:
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _wanted(test: Test) -> Any:
    """A test in the form that it has in a policy."""
    if test.accepted is not None:
        values = tuple(sorted((value_data(value) for value in test.accepted), key=str))
        return values[0] if len(values) == 1 else values
    wanted: dict[str, Any] = {}
    if test.excluded is not None:
        wanted["not"] = tuple(sorted((value_data(value) for value in test.excluded), key=str))
    for key in ("at_least", "at_most", "given"):
        if getattr(test, key) is not None:
            wanted[key] = getattr(test, key)
    return FrozenDict(wanted)
