"""Where the rules of a stage fire and decide: regions of its inputs."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from supportrules.base.frozen import lazy
from supportrules.engine.answers import Access
from supportrules.engine.diagrams.diagram import bits
from supportrules.engine.diagrams.regions import Held, Regions, between
from supportrules.engine.diagrams.stages import (
    FAULT,
    NOTHING,
    Inference,
    StageDiagrams,
    Without,
    alternatives,
)
from supportrules.engine.rules import CodedCondition

# How many children of nodes the regions of one stage may take.
MOST_STEPS = 20_000_000

# The ways in which a condition can hold.
Ways = tuple[Held, ...]


class RuleRegions:
    """The rules of a stage by where they fire and decide; a rule is a number.

    Attributes:
        stage: the stage.
        regions: where all regions of it are.
        coordinates: the level of each input.
    """

    def __init__(self, diagrams: StageDiagrams) -> None:
        self.diagrams, self.stage = diagrams, diagrams.stage
        widths = self.stage.ruleset.widths
        self.regions = Regions([widths[place] for place in diagrams.order], MOST_STEPS, diagrams.names)
        self.coordinates = [diagrams.order.index(place) for place in range(len(widths))]
        self._ways: dict[int, Ways] = {}
        self._silent: list[int] = []

    def ways(self, rule: int) -> Ways:
        """The ways in which the condition of a rule can hold."""
        found = self._ways.get(rule)
        if found is None:
            found = self._ways[rule] = self.ways_of(self.stage.ruleset.conditions[rule])
        return found

    def ways_of(self, condition: CodedCondition) -> Ways:
        """The ways in which a condition can hold."""
        return tuple(
            {self.coordinates[place]: codes for place, codes in way.items()}
            for way in alternatives(condition)
        )

    @lazy
    def numbers(self) -> Mapping[str, int]:
        """The number of each rule."""
        return {rule.id: number for number, rule in enumerate(self.stage.rules)}

    @lazy
    def group(self) -> Sequence[int]:
        """For each rule, the number of its group."""
        found = [0] * len(self.stage.rules)
        for number, rules in enumerate(self.diagrams.groups):
            for rule in rules:
                found[rule] = number
        return found

    @lazy
    def _rivals(self) -> Sequence[Sequence[int]]:
        rivals: list[list[int]] = [[] for _ in self.stage.rules]
        for rules in self.diagrams.groups:
            together = sum(1 << rule for rule in rules)
            for rule in rules:
                for loser in bits(self.diagrams.over[rule] & together):
                    rivals[loser].append(rule)
        return rivals

    def rivals(self, rule: int) -> Sequence[int]:
        """The rules of its own group that take a rule out; all of earlier groups do."""
        return self._rivals[rule]

    def overriders(self, rule: int) -> Iterator[int]:
        """The rules that take a rule out."""
        return (n for n in range(len(self.stage.rules)) if self.diagrams.overrides(n, rule))

    def fellows(self, rule: int) -> Iterator[int]:
        """The rules of its own group that a rule takes out."""
        return (other for other in self.diagrams.groups[self.group[rule]] if rule in self._rivals[other])

    def silent(self, groups: int) -> Sequence[int]:
        """For each of so many groups, the first ones, where none of its rules fires."""
        while len(self._silent) < groups:
            diagram = self.diagrams.group(len(self._silent))
            self._silent.append(self.regions.where(diagram, lambda leaf: leaf is NOTHING))
        return self._silent[:groups]

    def before(self, rule: int) -> Sequence[int]:
        """Where no rule fires that takes out all of the group of a rule."""
        return self.silent(self.group[rule])

    # Questions to a region

    def fires(self, rule: int, region: int) -> bool:
        """Whether a rule fires somewhere in a region."""
        return any(self.regions.meets([region], way) for way in self.ways(rule))

    def fire(self, rule: int, other: int, region: int) -> bool:
        """Whether two rules fire together somewhere in a region."""
        return any(
            self.regions.meets([region], between(way, others))
            for way in self.ways(rule)
            for others in self.ways(other)
        )

    def stands(self, rule: int, region: int) -> bool:
        """Whether a rule fires somewhere in a region and none takes it out."""
        regions = [region, *self.before(rule)]
        without = [way for rival in self.rivals(rule) for way in self.ways(rival)]
        return any(self.regions.meets(regions, way, without) for way in self.ways(rule))

    # Regions

    def firing(self, rule: int) -> int:
        """Where a rule fires."""
        return self.within(self.ways(rule))

    def within(self, ways: Ways) -> int:
        """Where a condition holds."""
        found = self.regions.nothing
        for way in ways:
            found = self.regions.either(found, self.regions.box(way))
        return found

    def unmatched(self, groups: int, region: int) -> int:
        """What of a region is left by so many groups, the first ones, none of the rules of which fires."""
        for silent in self.silent(groups):
            if region == self.regions.nothing:
                break
            region = self.regions.both(region, silent)
        return region

    def standing(self, rule: int, region: int) -> int:
        """Where in a region a rule fires and none takes it out."""
        found = self.unmatched(self.group[rule], self.regions.both(region, self.firing(rule)))
        for rival in self.rivals(rule):
            found = self.regions.less(found, self.firing(rival))
        return found

    # What it comes to

    def conclusions(self, region: int) -> Iterator[Inference | Without]:
        """What the stage comes to somewhere in a region: each `Inference`, and FAULT."""
        groups = range(len(self.diagrams.groups))
        for number, group in enumerate(map(self.diagrams.group, groups)):
            for leaf in group.leaves:
                if leaf is not NOTHING:
                    there = self.regions.where(group, partial(operator.eq, leaf))
                    if self.regions.meets([region, there, *self.silent(number)], {}):
                        yield leaf
        if self.regions.meets([region, *self.silent(len(groups))], {}):
            yield Inference(None, 0) if self.stage.may_be_empty else FAULT

    def silence(self, region: int) -> int:
        """Where in a region no rule fires."""
        return self.unmatched(len(self.diagrams.groups), region)

    def gaps(self, region: int) -> int:
        """Where in a region no rule concludes what has to be concluded, or one that gives no hours."""
        found = self.regions.nothing if self.stage.may_be_empty else self.silence(region)
        return self.regions.either(found, self._without_hours(region))

    def conflicts(self, region: int) -> Iterator[tuple[int, int, int]]:
        """The pairs of rules that conclude differently, neither overriding, and where in a region they do."""
        for number, faulty in self._faulty(region):
            left = self.regions.less(faulty, self._without_hours(faulty))
            rules = [rule for rule in self.diagrams.groups[number] if self.stands(rule, left)]
            standing = {rule: self.standing(rule, left) for rule in rules}
            for one, other in itertools.combinations(rules, 2):
                if not self.fire(one, other, left):
                    continue
                both = self.regions.both(standing[one], standing[other])
                differing = self.regions.both(both, self._differing(one, other))
                if differing != self.regions.nothing:
                    yield one, other, differing

    def together(self, rules: Sequence[int]) -> int:
        """Where some rules of one group fire and no other of it takes them out."""
        found = self.regions.everything
        for rule in rules:
            found = self.regions.both(found, self.firing(rule))
            for rival in self.rivals(rule):
                found = self.regions.less(found, self.firing(rival))
        return found

    def _faulty(self, region: int) -> Iterator[tuple[int, int]]:
        """The numbers of groups the rules of which have no single conclusion, and where in a region."""
        for number in range(len(self.diagrams.groups)):
            group = self.diagrams.group(number)
            if FAULT in group.leaves:
                there = self.regions.where(group, lambda leaf: leaf is FAULT)
                found = self.unmatched(number, self.regions.both(region, there))
                if found != self.regions.nothing:
                    yield number, found

    def _without_hours(self, region: int) -> int:
        """Where in a region a rule decides that opens a channel in the hours of a response that has none."""
        found = self.regions.nothing
        for number, faulty in self._faulty(region):
            for rule in self.diagrams.groups[number]:
                values = self._values(rule)
                lacking = [c for c, v in values.items() if isinstance(v, Access) and v.lacks_hours]
                there = self._where(rule, lacking)
                if there != self.regions.nothing:
                    there = self.standing(rule, self.regions.both(faulty, there))
                    found = self.regions.either(found, there)
        return found

    def _differing(self, one: int, other: int) -> int:
        """Where two rules conclude differently, if both fire."""
        found = self.regions.nothing
        for code, value in self._values(one).items():
            codes = [code for code, another in self._values(other).items() if another != value]
            there = self.regions.both(self._where(one, [code]), self._where(other, codes))
            found = self.regions.either(found, there)
        return found

    def _values(self, rule: int) -> Mapping[int, Any]:
        """What a rule concludes, by the class number of the input that it takes over; else by 0 alone."""
        found = self.stage.rules[rule]
        if found.copies is None:
            return {0: found.value}
        firsts = self.stage.firsts[self.stage.inputs.index(found.copies)]
        return {code: found.conclude({found.copies: value}) for code, value in firsts.items()}

    def _where(self, rule: int, codes: Sequence[int]) -> int:
        """Where the input that a rule takes over has some class numbers; everywhere if it takes over none."""
        copies = self.stage.rules[rule].copies
        if copies is None:
            return self.regions.everything if codes else self.regions.nothing
        return self.regions.box({self.coordinates[self.stage.inputs.index(copies)]: frozenset(codes)})
