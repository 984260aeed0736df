"""A policy's tables → stages: for each conclusion, the rules that can conclude it, over few named inputs.

A stage is a question of its own: its inputs are facts and earlier conclusions, each cut into the classes of
values that the rules of this stage tell apart, and a class has a small number. Conditions are then sets of
such numbers, which is all that inference ever sees.
"""

from __future__ import annotations

import bisect
import functools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from supportrules.base.frozen import lazy
from supportrules.base.problem import Location, Problem
from supportrules.engine.answers import Access, Answer, answers_of, by_kind
from supportrules.errors import PolicyLoadError
from supportrules.policy.conditions import Condition, Test
from supportrules.policy.definition import (
    BASES,
    COLUMN,
    FAMILY,
    SEVERITY,
    Definition,
    PromiseTable,
    RuleText,
    plan_rule,
)
from supportrules.policy.format import covers, entry_kind, running_clock
from supportrules.policy.vocabulary import UNSEEN, Fact, Label, Origin
from supportrules.time import zones
from supportrules.time.clocks import ALWAYS
from supportrules.time.promises import Promise
from supportrules.time.targets import Duration

GIVEN = "given"


@dataclass(frozen=True)
class Rule:
    """A condition, one conclusion, a basis, its clauses and its place.

    Args:
        value: what it concludes, or
        copies: the input whose value it takes over, by way of `make`.
        overrides: rules of its stage that it takes out when it fires, by their ids.
        rank: the place of its group in the order of precedence; it takes out all rules of its stage that
            are of a later one.
    """

    id: str
    concludes: str
    when: Condition
    origin: Origin
    value: Any = None
    copies: str | None = None
    make: Callable[[Any], Any] | None = None
    overrides: tuple[str, ...] = ()
    rank: int = 0
    label: Label | None = None
    says: Label | None = None

    def takes_out(self, other: Rule) -> bool:
        """Whether it overrides another rule of its stage."""
        return self.rank < other.rank or other.id in self.overrides

    def conclude(self, inputs: Mapping[str, Any]) -> Any:
        """The value that it concludes from known inputs."""
        if self.copies is None:
            return self.value
        copied = inputs[self.copies]
        return self.make(copied) if self.make else copied

    @lazy
    def reads(self) -> tuple[str, ...]:
        """The names that it reads."""
        return tuple(dict.fromkeys((*self.when.names, *((self.copies,) if self.copies else ()))))

    @property
    def strength(self) -> int:
        """How weak its basis is: 0 stated, 1 inferred, 2 assumed."""
        return BASES.index(self.origin.basis)


@dataclass(frozen=True)
class CodedCondition:
    """A condition over class numbers: all tests (input, numbers that pass), and one alternative."""

    tests: tuple[tuple[int, frozenset[int]], ...]
    alternatives: tuple[CodedCondition, ...] = ()


@dataclass(frozen=True)
class Ruleset:
    """A stage as inference sees it: numbers only.

    Args:
        widths: the number of classes of each input.
        conditions: one for each rule.
        overrides: for each rule, rules that it takes out.
        ranks: one for each rule, which takes out all rules of later ones.
    """

    widths: tuple[int, ...]
    conditions: tuple[CodedCondition, ...]
    overrides: tuple[tuple[int, ...], ...]
    ranks: tuple[int, ...]

    def takes_out(self, winner: int, loser: int) -> bool:
        """Whether a rule overrides another."""
        return self.ranks[winner] < self.ranks[loser] or loser in self.overrides[winner]

    def near(self, codes: Sequence[int]) -> Iterator[int]:
        """The rules that can fire for a combination: those whose narrowest test passes, or that have none."""
        for passed in (None, *enumerate(codes)):
            yield from self._by_narrowest_test.get(passed, ())

    @lazy
    def _by_narrowest_test(self) -> Mapping[tuple[int, int] | None, Sequence[int]]:
        """The rules by input and class number, of the test that the smallest part of the classes passes."""
        found: dict[tuple[int, int] | None, list[int]] = {}
        for rule, condition in enumerate(self.conditions):
            if not condition.tests:
                found.setdefault(None, []).append(rule)
                continue
            position, passing = min(
                condition.tests, key=lambda test: len(test[1]) / max(self.widths[test[0]], 1)
            )
            for code in passing:
                found.setdefault((position, code), []).append(rule)
        return found


# The values of a fact in groups; the first of a group stands for it.
Groups = tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Stage:
    """All rules that conclude one thing.

    Args:
        inputs: the names that they read.
        rules: ordered by id.
        may_be_empty: whether it is an answer, and no gap, that no rule fires.
        classes: for each input, the class number of each of its values.
    """

    name: str
    inputs: tuple[str, ...]
    rules: tuple[Rule, ...]
    may_be_empty: bool
    classes: tuple[Mapping[Any, int], ...]

    @lazy
    def firsts(self) -> tuple[Mapping[int, Any], ...]:
        """For each input the first value of each class, which stands for it."""
        pairs = (reversed(tuple(classes.items())) for classes in self.classes)
        return tuple({number: value for value, number in each} for each in pairs)

    def overridden(self, rule: Rule) -> tuple[str, ...]:
        """The ids of all rules that a rule overrides."""
        return tuple(other.id for other in self.rules if rule.takes_out(other))

    def numbers_in(self, other: Stage) -> tuple[Mapping[int, int], ...] | None:
        """For each input, the class numbers of another policy's stage that these stand for.

        Returns:
            None if not the same rules fire in that stage, whatever they conclude.
        """

        if self.inputs != other.inputs or len(self.rules) != len(other.rules):
            return None
        override_alike = overriding(self, other)
        for rule, their in zip(self.rules, other.rules, strict=True):
            if rule.id != their.id or rule.when != their.when or not override_alike(rule, their):
                return None
        found = []
        for mine, theirs in zip(self.classes, other.classes, strict=True):
            # The same values in the same classes, whatever their order.
            pairs = {(number, theirs.get(value)) for value, number in mine.items()}
            numbers: dict[int, Any] = dict(pairs)
            if mine.keys() != theirs.keys() or not len(pairs) == len(numbers) == len(set(numbers.values())):
                return None
            found.append(numbers)
        return tuple(found)

    def says_as(self, other: Stage) -> bool:
        """Whether the stage of another policy says the same."""
        return self.rules == other.rules and self.numbers_in(other) is not None

    def split(self, name: str, groups: Groups) -> Groups:
        """Groups of a fact's values, cut further where a rule of this stage tells values apart."""
        if name not in self.inputs:
            return groups
        classes = self.classes[self.inputs.index(name)]
        found: dict[tuple[int, int], list[Any]] = {}
        for number, group in enumerate(groups):
            for value in group:
                found.setdefault((number, classes[value]), []).append(value)
        return tuple(map(tuple, found.values()))

    @lazy
    def ruleset(self) -> Ruleset:
        """The stage in numbers."""
        position = {name: index for index, name in enumerate(self.inputs)}
        # No rule tells the values of a class apart, so that one is tested for all.
        values = [{number: value for value, number in classes.items()} for classes in self.classes]

        @functools.cache
        def passing(test: Test) -> tuple[int, frozenset[int]]:
            input = position[test.name]
            if test.accepted is None:
                return input, frozenset(n for n, value in values[input].items() if test.holds(value))
            classes = self.classes[input]
            named = {classes[value] for value in test.accepted if value in classes}
            return input, frozenset(n for n in named if test.holds(values[input][n]))

        def code(condition: Condition) -> CodedCondition:
            tests = tuple(map(passing, condition.tests))
            return CodedCondition(tests, tuple(map(code, condition.alternatives)))

        index = {rule.id: number for number, rule in enumerate(self.rules)}
        overrides = tuple(tuple(index[other] for other in rule.overrides) for rule in self.rules)
        widths = tuple(max(classes.values(), default=-1) + 1 for classes in self.classes)
        conditions = tuple(code(rule.when) for rule in self.rules)
        return Ruleset(widths, conditions, overrides, tuple(rule.rank for rule in self.rules))


def overriding(mine: Stage, theirs: Stage, *, shared: bool = False) -> Callable[[Rule, Rule], bool]:
    """What says of a rule of one stage and one of another whether they override rules of the same ids.

    Args:
        shared: whether only rules that both stages have count.
    """
    ranks, others = ({rule.id: rule.rank for rule in stage.rules} for stage in (mine, theirs))
    ids = ranks.keys() & others.keys() if shared else ranks.keys() | others.keys()

    @functools.cache
    def differ(rank: int, other: int) -> frozenset[str]:
        """The rules that are of a later rank in one of the stages only."""
        return frozenset(id for id in ids if (ranks.get(id, rank) > rank) != (others.get(id, other) > other))

    def alike(rule: Rule, other: Rule) -> bool:
        # None is named that is of a later rank.
        named = frozenset(rule.overrides) ^ frozenset(other.overrides)
        return named & ids == differ(rule.rank, other.rank)

    return alike


class Program:
    """A policy's stages in the order in which they follow from each other.

    Attributes:
        stages: by name, in order.
        domains: the values that each name can have; for a fact of many values, one for each class of them.
        support: for each stage, the facts that it follows from, however far.
        axes: for each fact, its values in groups that no rule tells apart.
        answers: what decisions give, by stage.
        kinds: the same by kind, in the order in which decisions hold them.
        category: the fact that other facts may conclude, or None.
        reduced_facts: the facts of many values, of which rules see only the class.
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        rules = list(_rules(definition))
        self.answers = answers_of(definition)
        self.kinds = by_kind(self.answers.values())
        self.category = definition.roles.category
        first = [self.category] if self.category else []
        names = [*first, FAMILY, *sorted(definition.conclusions), COLUMN]
        names += [table.target for table in definition.promises.values()]
        names += [running_clock(hours) for hours in definition.hours_with_exceptions]
        names += self.answers
        by_name: dict[str, list[Rule]] = {name: [] for name in names}
        for rule in rules:
            by_name[rule.concludes].append(rule)
        _refuse_twins(rules)
        _refuse_circles(rules)
        self._cuts = _cuts(definition, rules)
        self.reduced_facts = tuple(self._cuts)
        self.domains = dict(self._domains())
        self._optional = {FAMILY, COLUMN, *map(running_clock, definition.hours_with_exceptions)}
        order = self._order(by_name)
        self.stages: Mapping[str, Stage] = {name: self._stage(name, by_name[name]) for name in order}
        self.support = self._support()
        read = {name for rule in rules for name in rule.reads}
        # Values that differ only in a conclusion that nobody reads or sees do not differ.
        readers: dict[str, list[Rule]] = {}
        for rule in rules:
            if rule.concludes in read or rule.concludes in self.answers:
                for name in rule.reads:
                    readers.setdefault(name, []).append(rule)
        facts = definition.vocabulary.facts
        self.axes = {name: _axis(name, self.domains[name], readers.get(name, ())) for name in facts}
        if self.category:
            # It is an answer itself.
            self.axes[self.category] = tuple((value,) for value in self.domains[self.category])

    def stages_of(self, kind: type[Answer]) -> tuple[str, ...]:
        """The stages of the answers of a kind, in the policy's order."""
        return tuple(answer.stage for answer in self.kinds[kind])

    def reduce(self, name: str, value: Any) -> Any:
        """A fact's value → the value that stands for it in its domain."""
        cuts = self._cuts.get(name)
        if cuts is None:
            return value
        return value if value is None else cuts(value)

    def _domains(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        definition = self.definition
        for name, fact in definition.vocabulary.facts.items():
            yield name, _domain(fact, self._cuts.get(name))
        for conclusion in definition.conclusions.values():
            yield conclusion.name, tuple(conclusion.values)
        yield FAMILY, (*definition.families, None)
        yield COLUMN, (*definition.columns, None)
        yield SEVERITY, (*definition.levels, None)
        for table in definition.promises.values():
            promises = tuple(dict.fromkeys(cell.promise for cell in table.cells))
            yield table.target, (*promises, None)
            found = [p._replace(clock=clock) for p in promises for clock in definition.clocks(p.clock)]
            yield table.answer, (*dict.fromkeys((*promises, *found)), None)
        for hours in definition.hours_with_exceptions:
            chosen = (each.clock for each in definition.hours_exceptions if each.hours == hours)
            yield running_clock(hours), (*dict.fromkeys(chosen), None)

    def _order(self, by_name: Mapping[str, Sequence[Rule]]) -> tuple[str, ...]:
        """The names so that each stands after all that its rules read, else in the order given."""
        order: dict[str, None] = {}
        path: list[str] = []

        def visit(name: str, reader: Rule | None) -> None:
            if name in path and reader is not None:
                circle = " → ".join(f"`{step}`" for step in (*path[path.index(name) :], name))
                message = f"conclusions that rest on each other: {circle}"
                raise PolicyLoadError([Problem("circular-rules", message, "", reader.origin.location)])
            if name in order:
                return
            path.append(name)
            for rule in by_name[name]:
                for read in rule.reads:
                    if read in by_name:
                        visit(read, rule)
            path.pop()
            order[name] = None

        for name in by_name:
            visit(name, None)
        return tuple(order)

    def _stage(self, name: str, rules: Sequence[Rule]) -> Stage:
        ordered = tuple(sorted(rules, key=lambda rule: rule.id))
        inputs = tuple(dict.fromkeys(read for rule in ordered for read in rule.reads))
        tests = _tests_by_name(ordered)
        copied = {rule.copies for rule in ordered}
        classes = tuple(self._classes(read, tests.get(read, ()), read in copied) for read in inputs)
        answer = self.answers.get(name)
        optional = answer.may_be_empty if answer else name in self._optional
        return Stage(name, inputs, ordered, optional, classes)

    def _classes(self, name: str, tests: Collection[Test], copied: bool) -> Mapping[Any, int]:
        """The values of an input, with equal numbers where no rule of the stage tells them apart."""
        domain = self.domains[name]
        if copied:
            return {value: number for number, value in enumerate(domain)}
        numbers: dict[Any, int] = {}
        unlike = unlike_first(domain, [(test,) for test in tests])
        return {
            value: numbers.setdefault(found, len(numbers))
            for value, found in zip(domain, unlike, strict=True)
        }

    def _support(self) -> Mapping[str, tuple[str, ...]]:
        facts = list(self.definition.vocabulary.facts)
        support: dict[str, set[str]] = {}
        tied: set[str] = set()
        if self.category:
            # A given category and the kind of problem bind each other: where one counts, both do.
            tied = {self.category, *self.stages[self.category].inputs}
        for name, stage in self.stages.items():
            found: set[str] = set()
            for read in stage.inputs:
                found |= support.get(read, {read})
            if name == self.category or found & tied:
                found |= tied
            support[name] = found
        return {name: tuple(f for f in facts if f in found) for name, found in support.items()}


def referred(reference: str, ids: Collection[str]) -> list[str]:
    """The ids that a reference means: the one that it is, else all below it."""
    return [reference] if reference in ids else sorted(id for id in ids if covers(reference, id))


def _refuse_twins(rules: Iterable[Rule]) -> None:
    """Ids are paths in the files; a name that is also a part of the format can make two the same.

    One entry can make a rule for each promise.
    """
    first: dict[str, Location] = {}
    twins = [r for r in rules if first.setdefault(r.id, r.origin.location) != r.origin.location]
    if twins:
        problems = [
            Problem("reserved-name", f"two rules are `{r.id}`", "choose another name", r.origin.location)
            for r in twins
        ]
        raise PolicyLoadError(problems)


def _refuse_circles(rules: Iterable[Rule]) -> None:
    """Rules that take each other out leave nothing."""
    by_conclusion: dict[str, dict[str, Rule]] = {}
    for rule in rules:
        by_conclusion.setdefault(rule.concludes, {})[rule.id] = rule
    for by_id in by_conclusion.values():
        _refuse_circles_of(by_id)


def _refuse_circles_of(by_id: Mapping[str, Rule]) -> None:
    """The same for the rules about one conclusion, by their ids."""
    done: set[str] = set()
    # Where one rule of a rank is done, all that are of later ranks are.
    ranks_done: set[int] = set()

    def others(rule: Rule) -> Iterator[str]:
        """What it overrides."""
        ranked = () if rule.rank in ranks_done else by_id.values()
        return iter(sorted({*rule.overrides, *(other.id for other in ranked if rule.rank < other.rank)}))

    for first in by_id.values():
        path = {first.id: others(first)} if first.id not in done else {}
        while path:
            id, rest = next(reversed(path.items()))
            other = next(rest, None)
            if other is None:
                done.add(id)
                ranks_done.add(by_id[id].rank)
                del path[id]
            elif other in path:
                steps = list(path)
                circle = " → ".join(f"`{step}`" for step in (*steps[steps.index(other) :], other))
                message = f"rules that override each other: {circle}"
                place = by_id[other].origin.location
                raise PolicyLoadError([Problem("circular-overrides", message, "", place)])
            elif other not in done:
                path[other] = others(by_id[other])


def _rules(definition: Definition) -> Iterator[Rule]:
    yield from _plan_rules(definition)
    yield from _issue_type_rules(definition)
    for free in definition.free_rules:
        yield _from_text(definition, free, value=free.value)
    yield from _severity_rules(definition)
    for column in definition.column_rules:
        yield _from_text(definition, column, value=column.column)
    for table in definition.promises.values():
        yield from _target_rules(definition, table)
    for exception in definition.hours_exceptions:
        yield _from_text(definition, exception, value=exception.clock)
    for table in definition.promises.values():
        yield from _promise_rules(definition, table)
    for channel in definition.channel_rules:
        followed = definition.promises.get(channel.hours or "")
        if followed is not None:
            yield _from_text(definition, channel, copies=followed.answer, make=_at_hours_of)
        elif channel.hours in definition.hours_with_exceptions:
            clock = running_clock(channel.hours)
            yield _from_text(definition, channel, copies=clock, make=_OpenIn(channel.hours))
        else:
            yield _from_text(definition, channel, value=Access(channel.eligible, channel.hours))
    for reopening in definition.reopening_rules:
        within = None if reopening.seconds is None else Duration(reopening.seconds)
        yield _from_text(definition, reopening, value=within)
    for note in definition.notes:
        yield _from_text(definition, note, value=True)


def _at_hours_of(promise: Promise | None) -> Access:
    return Access(True, promise.clock if promise else None)


@dataclass(frozen=True)
class _OpenIn:
    """Access in some hours, or in those that run in their place; equal ones make rules that say the same."""

    hours: str

    def __call__(self, clock: str | None) -> Access:
        return Access(True, clock or self.hours)


def _from_text(definition: Definition, text: RuleText, **what: Any) -> Rule:
    # In an order of their own, so that the order in the files does not show.
    named = {id for other in text.overrides for id in definition.rules_called(other, text.conclusion)}
    overrides = tuple(sorted(named - {text.id}))
    return Rule(
        text.id,
        text.conclusion,
        text.when,
        text.origin,
        overrides=overrides,
        label=text.label,
        says=text.says,
        **what,
    )


def _is(name: str, value: Any) -> Condition:
    return Condition((Test(name, frozenset([value])),))


def _plan_rules(definition: Definition) -> Iterator[Rule]:
    if definition.plan_fact is None:
        return
    for plan in definition.plans.values():
        when = _is(definition.plan_fact, plan.id)
        for name, value in plan.conclusions.items():
            yield Rule(plan_rule(plan, name), name, when, plan.origin, value, label=plan.label)


def _issue_type_rules(definition: Definition) -> Iterator[Rule]:
    fact, category = definition.issue_type_fact, definition.roles.category
    if fact is None or category is None:
        return
    for issue in definition.issue_types.values():
        if issue.category is not None:
            when = _is(fact, issue.id)
            id = entry_kind("issue_type").rule_of(issue.id)
            yield Rule(id, category, when, issue.origin, issue.category, label=issue.label)


def _severity_rules(definition: Definition) -> Iterator[Rule]:
    groups = {rule.group for rule in definition.severity_rules}
    precedence = (group for group in definition.precedence if group in groups)
    places = {group: rank for rank, group in enumerate(precedence)}
    ranks = {rule.id: places[rule.group] for rule in definition.severity_rules}
    for text in definition.severity_rules:
        rank = ranks[text.id]
        if text.level_from is not None:
            rule = _from_text(definition, text, copies=text.level_from)
        else:
            rule = _from_text(definition, text, value=text.level)
        # Those of later ranks are overridden whether they are named or not.
        named = tuple(other for other in rule.overrides if ranks[other] <= rank)
        yield replace(rule, overrides=named, rank=rank)


def _target_rules(definition: Definition, table: PromiseTable) -> Iterator[Rule]:
    for cell in table.cells:
        tests = (Test(SEVERITY, frozenset([cell.level])), Test(COLUMN, frozenset([cell.column])))
        yield Rule(cell.rule, table.target, Condition(tests), cell.origin, cell.promise)
    if table.without_severity:
        when = Condition((Test(SEVERITY, given=False),))
        id = entry_kind("without_severity").rule_of(table.name)
        yield Rule(id, table.target, when, table.without_severity)
    others = [
        Condition((Test(name, frozenset(all) - {*own}),))
        for name, own, all in (
            (SEVERITY, table.levels, definition.levels),
            (COLUMN, table.columns, definition.columns),
        )
        if len(own) < len(all)
    ]
    if others and table.origin:
        when = Condition((), tuple(others)) if len(others) > 1 else others[0]
        yield Rule(
            entry_kind("promise").rule_of(table.name), table.target, when, table.origin, label=table.label
        )


def _promise_rules(definition: Definition, table: PromiseTable) -> Iterator[Rule]:
    """The clock of a promise: the one that runs where it is named, except where "any time" does not hold."""
    coverage = definition.coverage

    def rule(id: str, clock: str, origin: Origin, label: Label) -> Iterator[Rule]:
        when = _runs_in(definition, table, clock)
        if when is not None:
            moved = any(each.clock == clock for each in definition.hours_exceptions)
            make = _MovedTo(clock) if moved else None
            yield Rule(id, table.answer, when, origin, copies=table.target, make=make, label=label)

    for hours in definition.hours.values():
        yield from rule(entry_kind("hours").rule_of(hours.id), hours.id, hours.origin, hours.label)
    everywhere = entry_kind("coverage").rule_of()
    yield from rule(everywhere, ALWAYS, coverage.origin, coverage.label)
    always = _runs_in(definition, table, ALWAYS)
    if always is None:
        return
    for exception in coverage.exceptions:
        test = Test(str(definition.roles.country), exception.countries)
        when = Condition((*always.tests, test), always.alternatives)
        # An exception rests on the hours that it names as well.
        basis = max(exception.origin.basis, definition.hours[exception.clock].origin.basis, key=BASES.index)
        yield Rule(
            entry_kind("exception").rule_of(exception.id),
            table.answer,
            when,
            replace(exception.origin, basis=basis),
            copies=table.target,
            make=_MovedTo(exception.clock),
            overrides=(everywhere,),
            label=exception.label,
        )


def _runs_in(definition: Definition, table: PromiseTable, clock: str) -> Condition | None:
    """When a promise runs in a clock: it names it, or hours in whose place it runs; None if none does."""
    ways = []
    for named in (clock, *definition.hours_with_exceptions):
        chosen = frozenset[Any](c.promise for c in table.cells if c.clock == named)
        exceptions = {each.clock for each in definition.hours_exceptions if each.hours == named}
        if not chosen or (named != clock and clock not in exceptions):
            continue
        tests = [Test(table.target, chosen)]
        if named != clock:
            tests.append(Test(running_clock(named), frozenset([clock])))
        elif exceptions:
            tests.append(Test(running_clock(named), given=False))
        way = Condition(tuple(sorted(tests, key=lambda test: test.name)))
        if way not in ways:
            ways.append(way)
    return Condition((), tuple(ways)) if len(ways) > 1 else next(iter(ways), None)


@dataclass(frozen=True)
class _MovedTo:
    """The same promise in other hours; equal ones make rules that say the same."""

    clock: str

    def __call__(self, promise: Promise) -> Promise:
        return promise._replace(clock=self.clock)


def _tests_by_name(rules: Iterable[Rule]) -> Mapping[str, Collection[Test]]:
    """All tests, each once, by what they test."""
    found: dict[str, dict[Test, None]] = {}
    for rule in rules:
        for test in rule.when.every_test():
            found.setdefault(test.name, {})[test] = None
    return found


Cut = Callable[[Any], Any]


def _cuts(definition: Definition, rules: Iterable[Rule]) -> Mapping[str, Cut]:
    """For facts of many values, what takes a value to the one that stands for its class."""
    tests = _tests_by_name(rules)
    cuts: dict[str, Cut] = {}
    for name, fact in definition.vocabulary.facts.items():
        if fact.type == "number":
            cuts[name] = _number_cut(fact, tests.get(name, ()))
        elif fact.type in UNSEEN:
            cuts[name] = lambda _value: GIVEN
    return cuts


class _NumberCut:
    """Takes a number to the lowest of its class; the classes lie between the numbers that rules name."""

    def __init__(self, points: Sequence[int]) -> None:
        self.points = tuple(points)

    def __call__(self, value: int) -> int:
        return self.points[max(bisect.bisect_right(self.points, value) - 1, 0)]


def _number_cut(fact: Fact, tests: Iterable[Test]) -> _NumberCut:
    points: set[int] = set()
    for test in tests:
        points.update(bound for bound in (test.at_least,) if bound is not None)
        points.update(bound + 1 for bound in (test.at_most,) if bound is not None)
        for value in test.mentioned():
            points.update((int(value), int(value) + 1))
    lowest = fact.minimum if fact.minimum is not None else min(points, default=0) - 1
    highest = fact.maximum
    inside = (p for p in points if p > lowest and (highest is None or p <= highest))
    return _NumberCut([lowest, *sorted(inside)])


def _domain(fact: Fact, cut: Cut | None) -> tuple[Any, ...]:
    values: tuple[Any, ...]
    match fact.type:
        case "boolean":
            values = (True, False)
        case "country":
            values = tuple(zones.country_names())
        case "number":
            assert isinstance(cut, _NumberCut)
            values = cut.points
        case _ if fact.type in UNSEEN:
            values = (GIVEN,)
        case _:
            values = tuple(fact.values)
    return (*values, None) if fact.may_be_none else values


def _axis(name: str, domain: Sequence[Any], readers: Sequence[Rule]) -> Groups:
    """Groups the values of a fact that lead to the same conclusions on the same basis everywhere.

    They do where the same rules are left once the fact is known.
    """
    if not domain or any(rule.copies == name for rule in readers):
        return tuple((value,) for value in domain)
    overriders: dict[str, list[str]] = {}
    for rule in readers:
        for other in rule.overrides:
            overriders.setdefault(other, []).append(rule.id)
    # Rules that differ in nothing but the values that they let pass are one.
    numbers: dict[object, int] = {}
    by_top: dict[tuple[Test, ...], list[int]] = {}
    inner: dict[Test, None] = {}
    for rule in readers:
        top = tuple(test for test in rule.when.tests if test.name == name)
        rest = _but_for(name, rule), tuple(overriders.get(rule.id, ()))
        by_top.setdefault(top, []).append(numbers.setdefault(rest, len(numbers)))
        inner |= {t: None for o in rule.when.alternatives for t in o.every_test() if t.name == name}
    tops = list(by_top)
    at_first = Counter(each for top in tops if _passes(domain[0], top) for each in by_top[top])
    groups: dict[Any, list[Any]] = {}
    unlike = zip(domain, unlike_first(domain, tops), unlike_first(domain, [(t,) for t in inner]), strict=True)
    for value, outside, inside in unlike:
        passed = Counter[int]()
        for number in outside:
            more = 1 if _passes(value, tops[number]) else -1
            for each in by_top[tops[number]]:
                passed[each] += more
        changed = frozenset(n for n, more in passed.items() if (at_first[n] > 0) != (at_first[n] + more > 0))
        groups.setdefault((changed, inside), []).append(value)
    return tuple(map(tuple, groups.values()))


def _but_for(name: str, rule: Rule) -> object:
    """All that matters of a rule but its own name and the tests of a fact that must hold."""
    rest = tuple(test for test in rule.when.tests if test.name != name)
    concluded = (rule.concludes, rule.value, rule.copies, rule.make, rule.strength)
    return concluded, (rest, rule.when.alternatives, rule.overrides, rule.rank)


def _passes(value: Any, tests: Iterable[Test]) -> bool:
    return all(test.holds(value) for test in tests)


def unlike_first(values: Sequence[Any], conditions: Sequence[tuple[Test, ...]]) -> Iterator[frozenset[int]]:
    """For each value the conditions that take it otherwise than the first value, each a row of tests."""
    if not values:
        return
    first = values[0]
    at_first = [_passes(first, tests) for tests in conditions]
    naming: dict[Any, list[int]] = {}
    for number, tests in enumerate(conditions):
        for named in {value for test in tests for value in test.mentioned()}:
            naming.setdefault(named, []).append(number)
    for value in values:
        if isinstance(first, str) and isinstance(value, str):
            # Two texts are alike to all that names neither of them.
            asked: Iterable[int] = {*naming.get(first, ()), *naming.get(value, ())}
        else:
            asked = range(len(conditions))
        yield frozenset(n for n in asked if _passes(value, conditions[n]) != at_first[n])
