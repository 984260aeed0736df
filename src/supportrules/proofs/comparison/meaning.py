"""What changed in the meaning: over all facts, exactly where an answer is another one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Literal

from supportrules.base.frozen import FrozenDict
from supportrules.base.steps import Start, unwatched
from supportrules.engine.diagrams.diagram import EXHAUSTED, bits, costliest
from supportrules.engine.evaluation import Policy
from supportrules.engine.rules import Rule, overriding
from supportrules.policy.conditions import Condition
from supportrules.policy.format import targeted_promise
from supportrules.proofs.check.boxes import Box, cover, within
from supportrules.proofs.comparison.changes import (
    Change,
    Moved,
    NotCompared,
    OneSided,
    Reading,
    Term,
    Verdict,
)
from supportrules.proofs.comparison.counterexample import counterexample
from supportrules.proofs.comparison.deciding_rules import DecidingRules, Differing
from supportrules.proofs.comparison.facts import Pair, ValueClass, answers, ordered, places, readings
from supportrules.proofs.comparison.joint import Aspect, Coordinate, Walk
from supportrules.proofs.comparison.narrowing import NOTHING_LEFT_OUT, Narrowing, narrowing
from supportrules.proofs.comparison.preference import verdict


@dataclass(frozen=True)
class Meaning:
    """What changed in the meaning.

    Args:
        changes: the answers that differ for tickets that both policies take, by answer; every difference is
            in one of them, and nothing else.
        readings: what the policies read differently from the same ticket.
        one_sided: the values that one of them alone takes, and how it answers where they are given.
        not_compared: the answers that could not be compared, and why.
    """

    changes: tuple[Change, ...]
    readings: tuple[Reading, ...]
    one_sided: tuple[OneSided, ...]
    not_compared: Mapping[str, NotCompared]


def meaning(old: Policy, new: Policy, original: Policy | None = None, start: Start = unwatched) -> Meaning:
    """Compares what two policies mean; both use the same names.

    Args:
        original: the old policy in its own names, where these are others.
        start: is called with the name of each answer as its turn comes, and then for values.
    """
    # One way round for both, so that swapped operands swap the sides and nothing else.
    swapped = _sorts_after(original or old, new)
    pair = (new, old) if swapped else (old, new)
    read = tuple(readings((old, new)))
    both = _TwoPolicies(pair)
    not_compared: dict[str, NotCompared] = {}
    found: list[Change] = []
    touched = {reading.fact for reading in read}
    for name in answers(pair):
        start(name)
        support = {fact for policy in pair for fact in policy.program.support.get(name, ())}
        if not support & touched and _said_alike(pair, name):
            continue
        try:
            answer = _Answer(both, name)
            narrow = narrowing(pair, name) if not support & touched else None
            try:
                found += _changes(answer, narrow)
            except EXHAUSTED as error:
                not_compared[name] = NotCompared("size", costliest(error) or answer.facts)
        except _Incomparable as error:
            not_compared[name] = error.reason
    if swapped:
        found = [_swapped(change) for change in found]
    start(None)
    one_sided = tuple(_one_sided(old, new)) if any(each.what in ("values", "range") for each in read) else ()
    return Meaning(tuple(found), read, one_sided, FrozenDict(not_compared))


def _changes(answer: _Answer, narrow: Narrowing | None) -> tuple[Change, ...]:
    """Where an answer differs, over all facts or, where they are too many, where rules that differ can fire.

    Raises:
        TooLarge: it takes too much.
    """
    pair, name = answer.pair, answer.name
    if narrow is None or not narrow.facts:
        return tuple(answer.changes())
    ways = [answer, _Answer(_TwoPolicies(pair, narrowing=narrow), name)]
    if name in pair[1].program.stages and pair[1].tables.forest.whole(name) is None:
        # What is too large in one policy is too large in two.
        ways.reverse()
    try:
        return tuple(ways[0].changes())
    except EXHAUSTED:
        return tuple(ways[1].changes())


def _sorts_after(one: Policy, other: Policy) -> bool:
    """Whether what a policy says sorts after what another does, in the same way in every process."""
    lines = _content(one), _content(other)

    @cache
    def override_alike(stage: str) -> Callable[[Rule, Rule], bool]:
        return overriding(one.program.stages[stage], other.program.stages[stage])

    def text(policy: Policy, said: str, rule: Rule | None) -> str:
        if rule is None:
            return said
        overridden = policy.program.stages[rule.concludes].overridden(rule)
        return f"{said[:-1]}, {overridden}, {rule.strength})"

    def alike(rule: Rule, their: Rule) -> bool:
        return rule.strength == their.strength and override_alike(rule.concludes)(rule, their)

    for (said, rule), (others, their) in zip(*lines, strict=False):
        if said != others or (rule and their and not alike(rule, their)):
            return text(one, said, rule) > text(other, others, their)
    return len(lines[0]) > len(lines[1])


def _content(policy: Policy) -> list[tuple[str, Rule | None]]:
    """Facts, and rules but for basis and overrides, as text; labels and wordings are not in it."""
    domains = policy.program.domains

    def concluded(rule: Rule) -> Any:
        if rule.copies is None:
            return rule.value
        return [rule.conclude({rule.copies: value}) for value in domains[rule.copies] if value is not None]

    facts = [
        (fact.name, fact.type, *fact.values, fact.default, fact.optional, fact.minimum, fact.maximum)
        for fact in policy.definition.vocabulary.facts.values()
    ]
    rules = [
        (repr((rule.id, rule.concludes, _tests(rule.when), concluded(rule))), rule)
        for stage in policy.program.stages.values()
        for rule in stage.rules
    ]
    return [*((repr(fact), None) for fact in facts), *rules]


def _tests(condition: Condition) -> tuple[object, ...]:
    """The tests of a condition, the values of each in one order."""

    def listed(values: Iterable[object] | None) -> list[str] | None:
        return None if values is None else sorted(map(repr, values))

    tests = [
        (test.name, listed(test.accepted), listed(test.excluded), test.at_least, test.at_most, test.given)
        for test in condition.tests
    ]
    return tests, *map(_tests, condition.alternatives)


def _one_sided(old: Policy, new: Policy) -> Iterator[OneSided]:
    """The values that one policy alone takes, and how it answers: nearly as to some value that both take."""
    for name, fact in new.definition.vocabulary.facts.items():
        before = old.definition.vocabulary.facts.get(name)
        if before is None or before.type != fact.type:
            continue
        found = places((old, new), name)
        both = [place for place in found if not any(place.refused)]
        for place in found:
            if any(place.refused):
                side: Literal["old", "new"] = "new" if place.refused[0] else "old"
                like, changes = _nearest(new if side == "new" else old, name, place, both, side)
                yield OneSided(name, place.values, side, like, changes)


def _nearest(
    policy: Policy, fact: str, place: ValueClass, both: Sequence[ValueClass], side: Literal["old", "new"]
) -> tuple[Any, tuple[Change, ...]]:
    """The value as which a policy answers most nearly, and where it does not."""

    def against(like: ValueClass) -> Iterator[_Answer]:
        fixed = {fact: ValueClass(place.values, getattr(like, side), getattr(place, side))}
        itself = _TwoPolicies((policy, policy), fixed)
        for name in answers(itself.pair):
            if fact in policy.program.support[name]:
                yield _Answer(itself, name)

    def distance(like: ValueClass) -> float:
        return sum(each.share for each in against(like))

    support, forest = policy.program.support, policy.tables.forest
    affected = (name for name in policy.program.answers if fact in support[name])
    # What is too large for all values of the fact is not tried for each of them.
    if not both or any(forest.whole(name) is None for name in affected):
        return None, ()
    try:
        nearest = min(both, key=distance)
        changes = tuple(change for each in against(nearest) for change in each.changes())
    except EXHAUSTED:
        return None, ()
    return nearest.values[0], changes


def _said_alike(pair: Pair, name: str) -> bool:
    """Whether all that an answer follows from is said in the same way."""
    stages = [policy.program.stages for policy in pair]
    paths = [policy.tables.path(name) if name in policy.program.stages else () for policy in pair]
    return set(paths[0]) == set(paths[1]) and all(
        stages[1][stage].says_as(stages[0][stage]) for stage in paths[0]
    )


class _Incomparable(Exception):
    """An answer follows from facts that are not the same ones."""

    def __init__(self, reason: NotCompared) -> None:
        super().__init__(reason)
        self.reason = reason


def _swapped(change: Change) -> Change:
    def term(each: Term) -> Term:
        def turned(values: Iterable[Any]) -> tuple[Any, ...]:
            return tuple(Moved(v.new, v.old) if isinstance(v, Moved) else v for v in values)

        return replace(each, values=turned(each.values), others=turned(each.others))

    verdicts: dict[Verdict, Verdict] = {"better": "worse", "worse": "better", "other": "other"}
    return replace(
        change,
        old=change.new,
        new=change.old,
        verdict=verdicts[change.verdict],
        where=tuple(map(term, change.where)),
        old_rules=change.new_rules,
        new_rules=change.old_rules,
    )


class _TwoPolicies:
    """Two policies walked together; what several answers rest on is worked out once."""

    def __init__(
        self,
        pair: Pair,
        fixed: Mapping[str, ValueClass] | None = None,
        narrowing: Narrowing = NOTHING_LEFT_OUT,
    ) -> None:
        self.pair, self.fixed, self.narrowing = pair, fixed or {}, narrowing

    def walk(self, facts: tuple[str, ...]) -> Walk:
        """A walk over these facts, and over all others that both policies read in the same way."""
        return self._common if set(facts) <= set(self._common.places) else self._walk(facts)

    @cached_property
    def _common(self) -> Walk:
        vocabularies = [policy.definition.vocabulary.facts for policy in self.pair]
        read = {fact for policy in self.pair for facts in policy.program.support.values() for fact in facts}
        alike = (
            fact
            for fact in dict.fromkeys((*vocabularies[0], *vocabularies[1]))
            if fact in read and len({facts[fact].type for facts in vocabularies if fact in facts}) == 1
        )
        return self._walk(tuple(alike))

    def _walk(self, facts: tuple[str, ...]) -> Walk:
        return Walk(self.pair, facts, fixed=self.fixed, narrowing=self.narrowing)


class _Answer:
    """One answer of two policies."""

    def __init__(self, both: _TwoPolicies, name: str) -> None:
        self.both, self.pair, self.name = both, both.pair, name
        self.answer = answers(both.pair)[name]
        self.programs = tuple(policy.program for policy in both.pair)
        self.facts = self._facts(name)
        self.walk = both.walk(self.facts)
        self._walks: dict[tuple[str, ...], Walk] = {}

    @property
    def share(self) -> float:
        """For how much of all facts it differs."""
        return self.walk.share(self.name)

    def changes(self) -> Iterator[Change]:
        """Where it differs, and where its basis alone does."""
        if self.walk.empty:
            return
        for aspect in self._aspects:
            if differs(self.walk, self.name, aspect):
                yield from self._regions(aspect)

    @property
    def _aspects(self) -> tuple[Aspect, ...]:
        both = all(self.name in program.stages for program in self.programs)
        return ("value", "basis") if both and self.answer.tells_basis else ("value",)

    def _regions(self, aspect: Aspect) -> Iterator[Change]:
        names, stages = self._coordinates(aspect)
        walk = self._apart(tuple(stages))
        along = [self._coordinate(walk, *name, stages) for name in names]
        deciding = DecidingRules(walk, self.name, stages)
        rows = walk.rows(along, deciding.told(walk.differences(self.name, aspect)))
        regions = rows.regions()
        occurring = [tuple(bits(regions.met(rows.occurring(regions), level, {}))) for level in rows.levels]
        ways = {
            leaf: regions.where(rows.told, {leaf}.__contains__)
            for leaf in rows.told.leaves
            if isinstance(leaf, Differing)
        }
        for kind in walk.ordered(aspect, {way.kind for way in ways}):
            sides = tuple(walk.meant(aspect, number) for number in kind)
            inside = regions.where(rows.told, {way for way in ways if way.kind == kind}.__contains__)
            outside = regions.less(rows.occurring(regions), inside)
            for box in cover(regions, inside, outside, rows.levels):
                part = within(regions, inside, rows.levels, box)
                here = [way for way, region in ways.items() if regions.both(region, part) != regions.nothing]
                where = _narrowed(walk, tuple(_terms(along, occurring, box)))
                old_rules, new_rules = deciding.rules(here)
                # Rules that are told decide about the ticket that is shown.
                telling = [way for way in here if any(way.rules)] or here
                facts = walk.plainest(rows, box, telling)
                yield Change(
                    answer=self.name,
                    aspect=aspect,
                    old=sides[0],
                    new=sides[1],
                    verdict=self._verdict(*sides) if aspect == "value" else "other",
                    where=where,
                    old_rules=old_rules,
                    new_rules=new_rules,
                    ticket=counterexample(walk, self.name, aspect, sides, where, facts),
                )

    def _apart(self, stages: tuple[str, ...]) -> Walk:
        """A walk in which the rules of some stages are told apart, whatever they lead to."""
        if stages not in self._walks:
            self._walks[stages] = Walk(self.pair, self.facts, stages, self.both.fixed, self.both.narrowing)
        return self._walks[stages]

    def _verdict(self, before: Any, after: Any) -> Verdict:
        old, new = (policy.definition for policy in self.pair)
        return verdict(old, new, self.name, before, after)

    # What it is told along

    def _facts(self, name: str) -> tuple[str, ...]:
        """The facts that it follows from on either side."""
        support = {fact for program in self.programs for fact in program.support.get(name, ())}
        vocabularies = [policy.definition.vocabulary.facts for policy in self.pair]
        if self.programs[0].category != self.programs[1].category:
            roles = [policy.definition.roles.category for policy in self.pair]
            raise _Incomparable(NotCompared("category", tuple(role for role in roles if role is not None)))
        for fact in support:
            types = {facts[fact].type for facts in vocabularies if fact in facts}
            if len(types) > 1:
                raise _Incomparable(NotCompared("type", (fact,)))
        return tuple(fact for fact in dict.fromkeys((*vocabularies[0], *vocabularies[1])) if fact in support)

    def _coordinates(self, aspect: Aspect) -> tuple[list[tuple[str, Aspect]], list[str]]:
        """The names along which it is told, and the stages between these and it.

        A conclusion that both policies draw alike is a name that people know, and so is an answer. What only
        leads there, and is drawn differently, is followed further down.
        """
        found: dict[tuple[str, Aspect], None] = {}
        stages: list[str] = []

        def follow(stage: str) -> None:
            stages.append(stage)
            known = [program.stages[stage] for program in self.programs if stage in program.stages]
            for name in sorted({name for each in known for name in each.inputs}):
                if name == stage or all(name not in program.stages for program in self.programs):
                    found[name, "value"] = None
                elif self._leads_on(name, aspect):
                    if name not in stages:
                        follow(name)
                else:
                    found[name, "value"] = None
                    if aspect == "basis":
                        found[name, "basis"] = None

        follow(self.name)
        # What one policy alone reads on its way to a conclusion is no matter if that one lacks the answer.
        told = self.walk.told - (self.walk.places.keys() - set(self.facts))
        return [name for name in found if name[0] in told], stages

    def _leads_on(self, name: str, aspect: Aspect) -> bool:
        """Whether a conclusion is to be followed to what it is drawn from."""
        if any(name not in program.stages for program in self.programs) or targeted_promise(name):
            return True
        if name in answers(self.pair):
            return False
        aspects: tuple[Aspect, ...] = ("value", "basis") if aspect == "basis" else ("value",)
        return any(differs(self.walk, name, each) for each in aspects)

    def _coordinate(self, walk: Walk, name: str, aspect: Aspect, stages: Sequence[str]) -> Coordinate:
        if all(name in program.stages for program in self.programs):
            return walk.conclusion(name, aspect)
        return walk.fact(name, stages)


def differs(walk: Walk, name: str, aspect: Aspect) -> bool:
    """Whether an answer or a conclusion differs for any ticket."""
    return any(isinstance(leaf, tuple) for leaf in walk.differences(name, aspect).leaves)


def _terms(along: Sequence[Coordinate], every: Sequence[Sequence[int]], box: Box) -> Iterator[Term]:
    for coordinate, occurring, codes in zip(along, every, box, strict=True):
        if codes is not None:
            inside = [value for code in occurring if code in codes for value in coordinate.values[code]]
            others = [value for code in occurring if code not in codes for value in coordinate.values[code]]
            yield Term(coordinate.name, coordinate.aspect, ordered(inside), ordered(others))


def _narrowed(walk: Walk, where: tuple[Term, ...]) -> tuple[Term, ...]:
    """Where a change is, with the values that a walk leaves out."""
    terms = {(term.name, term.aspect): term for term in where}
    for fact, rest in walk.left_out.items():
        inside = [value for place in walk.places[fact] for value in place.values]
        term = terms.get((fact, "value"), Term(fact, "value", ordered(inside), ()))
        others = [*term.others, *(value for place in rest for value in place.values)]
        terms[fact, "value"] = replace(term, others=ordered(others))
    return tuple(terms.values())
