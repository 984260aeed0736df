"""Two policies walked together, over all facts that an answer of either follows from."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Literal

from supportrules.engine.answers import NoteAnswer, PromiseAnswer
from supportrules.engine.diagrams.composition import Compiled, Composition, Levels, copied
from supportrules.engine.diagrams.diagram import Diagram, Nodes
from supportrules.engine.diagrams.image import Along, carried_back, image
from supportrules.engine.diagrams.nearest import nearest
from supportrules.engine.diagrams.regions import Regions
from supportrules.engine.diagrams.stages import CONTRADICTION, FAULT, Inference
from supportrules.policy.definition import BASES
from supportrules.policy.vocabulary import UNKNOWN
from supportrules.proofs.comparison.changes import Moved, NoAnswer
from supportrules.proofs.comparison.facts import Pair, ValueClass, places
from supportrules.proofs.comparison.narrowing import NOTHING_LEFT_OUT, Narrowing

Aspect = Literal["value", "basis"]
# How many children of nodes a diagram of two policies may take.
MOST_STEPS = 5_000_000


@dataclass(frozen=True)
class Coordinate:
    """A fact or a conclusion along which the walk is told.

    Args:
        codes: by facts.
        values: what each code stands for.
    """

    name: str
    aspect: Aspect
    codes: Diagram
    values: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Rows:
    """The combinations along some coordinates that tickets have.

    Args:
        along: the coordinates.
        levels: the level of each.
        told: what comes of each combination; CONTRADICTION where no ticket has it.
        facts: the same by facts.
    """

    along: Sequence[Coordinate]
    levels: tuple[int, ...]
    told: Diagram
    facts: Diagram

    def regions(self) -> Regions:
        """For regions of rows to be made."""
        return Regions(self.told.widths, MOST_STEPS)

    def occurring(self, regions: Regions) -> int:
        """The rows."""
        return regions.where(self.told, lambda leaf: leaf is not CONTRADICTION)


class Several(Enum):
    """What tickets come to that come to several things."""

    SEVERAL = 0


class Walk:
    """Both policies over every combination of some facts that either takes, as diagrams of these facts.

    Args:
        pair: the policies, which use the same names.
        facts: the facts.
        stages: those whose rules are told apart, whatever they lead to.
        fixed: facts that have one value on each side; tickets show it as the new side has it.
        narrowing: what leaves values of facts out.

    Attributes:
        left_out: of facts of which some values are left out, these.
    """

    def __init__(
        self,
        pair: Pair,
        facts: Iterable[str],
        stages: Sequence[str] = (),
        fixed: Mapping[str, ValueClass] | None = None,
        narrowing: Narrowing = NOTHING_LEFT_OUT,
    ) -> None:
        self.pair, self.fixed = pair, fixed or {}
        found = {fact: places(pair, fact, stages) for fact in facts}
        # A ticket that one of them refuses has no two answers.
        self.places: dict[str, tuple[ValueClass, ...]] = {
            fact: tuple(place for place in each if not any(place.refused)) for fact, each in found.items()
        } | {fact: (place,) for fact, place in self.fixed.items() if fact in found}
        self.left_out: dict[str, tuple[ValueClass, ...]] = {}
        for fact, every in tuple(self.places.items()):
            self.places[fact] = tuple(place for place in every if narrowing.lets(fact, place))
            if rest := tuple(place for place in every if place not in self.places[fact]):
                self.left_out[fact] = rest
        ordered: dict[str, None] = {}
        for policy in reversed(pair):
            # An order is looked for where a fact that makes a difference has no place yet.
            if any(len(each) > 1 for fact, each in self.places.items() if fact not in ordered):
                ordered |= dict.fromkeys(policy.tables.forest.levels.facts)
        self._order = tuple(dict.fromkeys((*(fact for fact in ordered if fact in self.places), *self.places)))
        self._levels = tuple(self._levels_of(side) for side in (0, 1))
        self.widths = self._levels[0].widths
        self._sides = tuple(Composition(*self._policy(side)) for side in (0, 1))
        self._numbers: dict[Hashable, int] = {}
        self._values: list[Any] = []
        self._found: dict[tuple[str, int], Diagram] = {}
        self._differences: dict[tuple[str, Aspect], Diagram] = {}
        self.category = pair[0].program.category

    def _levels_of(self, side: int) -> Levels:
        axes = {
            fact: tuple(((place.old, place.new)[side],) for place in self.places[fact])
            for fact in self._order
        }
        return Levels(axes)

    def _policy(self, side: int) -> tuple[Compiled, Levels, Mapping[int, int], int]:
        return self.pair[side].tables.forest.compiled, self._levels[side], {}, MOST_STEPS

    @property
    def empty(self) -> bool:
        """Whether there is no ticket that both take."""
        return not all(self.places.values())

    @property
    def told(self) -> frozenset[str]:
        """What it can be told along: its facts, and conclusions."""
        stages = {name for policy in self.pair for name in policy.program.stages}
        return frozenset(self.places) | (stages if self._tied else stages - {str(self.category)})

    # What either policy comes to

    def number(self, value: Hashable) -> int:
        """A number for a value, the same on both sides."""
        # Of what is equal in Python, true and 1 are not the same.
        key = (type(value), value)
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers)
            self._values.append(value)
        return self._numbers[key]

    def meant(self, aspect: Aspect, number: int) -> Any:
        """What a number stands for."""
        return BASES[number] if aspect == "basis" else self._values[number]

    def numbers(self, name: str, side: int) -> Diagram:
        """The value of an answer or a conclusion on one side."""
        if (name, side) not in self._found:
            self._found[name, side] = self._numbered(name, side)
        return self._found[name, side]

    def _numbered(self, name: str, side: int) -> Diagram:
        absent = self._absent(name, side)
        if absent is not None:
            return self.constant(absent)
        composition = self._sides[side]
        found = composition.category if name == self.category else composition.conclusion(name)
        return found.restricted({}, lambda leaf: self.number(_value(leaf)))

    def _absent(self, name: str, side: int) -> int | None:
        """What an answer is that a policy does not have."""
        if name in self.pair[side].program.stages:
            return None
        # Nobody learns of a note that it does not have, and it promises nothing where it has no such promise.
        answer = self.pair[1 - side].program.answers.get(name)
        is_none = isinstance(answer, NoteAnswer | PromiseAnswer)
        return self.number(None if is_none else NoAnswer.UNASKED)

    def strengths(self, name: str, side: int) -> Diagram:
        """How weak the basis of an answer or a conclusion is; 0 where there is no value."""
        if name not in self.pair[side].program.stages:
            return self.constant(0)
        found = self._sides[side].conclusion(name)
        return found.restricted({}, lambda leaf: 0 if leaf is FAULT else leaf.strength)

    def differences(self, name: str, aspect: Aspect) -> Diagram:
        """Where an answer or a conclusion differs, and what it is there on either side, as numbers.

        None where it does not differ, CONTRADICTION where there can be no ticket.
        """
        if (name, aspect) not in self._differences:
            both = self.joined(self.numbers(name, 0), self.numbers(name, 1), _differing)
            if aspect == "basis":
                fault = self.number(NoAnswer.FAULT)
                alike = self.joined(
                    self.numbers(name, 0), self.numbers(name, 1), lambda old, new: old == new != fault
                )
                strengths = self.joined(self.strengths(name, 0), self.strengths(name, 1), _differing)
                both = self.joined(strengths, alike, lambda pair, alike: pair if alike else None)
            self._differences[name, aspect] = self.joined(
                both, self.valid, lambda pair, valid: pair if valid else CONTRADICTION
            )
        return self._differences[name, aspect]

    def share(self, name: str) -> float:
        """For how much of all facts the value of an answer differs; no number where there are none."""
        if self.empty:
            return math.nan
        regions = self.regions()
        differing = regions.where(self.differences(name, "value"), lambda leaf: isinstance(leaf, tuple))
        return regions.size(differing) / regions.size(regions.everything)

    @cached_property
    def valid(self) -> Diagram:
        """Where a ticket can be: a given category is the one that a policy concludes."""
        if not self._tied:
            return self.constant(True)

        def fits(concluded: tuple[int, int], given: int) -> bool:
            return min(concluded) >= 0 or all(place in (-1, given) for place in concluded)

        both = self.joined(*self._concluded, lambda old, new: (old, new))
        return self.joined(both, self._given, fits)

    @property
    def _tied(self) -> bool:
        return self.category is not None and self.category in self.places

    @cached_property
    def _concluded(self) -> tuple[Diagram, Diagram]:
        """The place of the category that either policy concludes; -1 where it concludes none."""
        place = {value: n for n, values in enumerate(self._categories) for value in values}

        def of(side: int) -> Diagram:
            found = self._sides[side].category
            return found.restricted({}, lambda leaf: place.get(None if leaf is FAULT else leaf.value, -1))

        return of(0), of(1)

    @property
    def _given(self) -> Diagram:
        """The place of the category that is given."""
        return self._along(str(self.category), range(len(self.places[str(self.category)])))

    @cached_property
    def _categories(self) -> list[tuple[Any, ...]]:
        """The categories of tickets: those that they can give, and those that only one policy concludes."""
        name = str(self.category)
        given = [place.values for place in self.places[name]]
        every = dict.fromkeys(value for policy in self.pair for value in policy.program.domains[name])
        return given + [(value,) for value in every if not any(value in values for values in given)]

    # Values in an order

    def ordered(self, aspect: Aspect, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Pairs of numbers in the order in which the walk meets them."""
        if aspect == "basis":
            return sorted(pairs)
        found = list(pairs)
        rank = self._ranked({number for pair in found for number in pair}) if len(found) > 1 else {}
        return sorted(found, key=lambda pair: tuple(rank.get(number, 0) for number in pair))

    def _ranked(self, numbers: Iterable[int]) -> dict[int, int]:
        """The place of some numbers among values in the order in which the rules of stages meet them."""
        left, found = set(numbers), list[int]()
        for name, side in self._found:
            absent = self._absent(name, side)
            if absent is not None:
                met = left & {absent}
            else:
                looked_up = self.looked_up[side].outcome(name)
                met = left & {self.number(_value(leaf)) for leaf in looked_up.leaves}
                # A category is met where it is, a fault elsewhere after all values.
                last = set() if name == self.category else left & {self.number(NoAnswer.FAULT)}
                met -= last
            firsts = {each: self._first(name, side, each) for each in met} if len(met) > 1 else {}
            found += sorted(met, key=lambda each: firsts.get(each, ()))
            if absent is None:
                found += last
                met |= last
            left -= met
        return {number: rank for rank, number in enumerate(found)}

    def _first(self, name: str, side: int, number: int) -> tuple[int, ...]:
        """The lowest class numbers of its inputs for which a stage comes to a value."""
        program, composition, regions = self.pair[side].program, self.looked_up[side], self.regions()
        stage, levels = program.stages[name], self._levels[side]
        region = regions.where(composition.outcome(name), lambda leaf: self.number(_value(leaf)) == number)
        found: list[int] = []
        for place, read in enumerate(stage.inputs):
            classes, operand = stage.classes[place], composition.operand(stage, place)
            if operand is not None:
                code, region = self._lowest(regions, region, operand, classes)
                found.append(code)
                continue
            level = levels.level.get(read)
            if level is None:
                found.append(classes[program.domains[read][0]])
                continue
            own = [classes[program.reduce(read, group[0])] for group in levels.axes[read]]
            met = regions.met(region, level, {})
            code = min(each for position, each in enumerate(own) if met >> position & 1)
            held = frozenset(position for position, each in enumerate(own) if each == code)
            region = regions.both(region, regions.box({level: held}))
            found.append(code)
        return tuple(found)

    @staticmethod
    def _lowest(
        regions: Regions, region: int, operand: Diagram, classes: Mapping[Any, int]
    ) -> tuple[int, int]:
        """The lowest class number of a conclusion in a region, and where it has that."""
        parts: dict[int, list[Any]] = {}
        for leaf in operand.leaves:
            parts.setdefault(classes.get(leaf.value, 0), []).append(leaf)
        for code in sorted(parts):
            part = regions.both(region, regions.where(operand, parts[code].__contains__))
            if part != regions.nothing:
                return code, part
        raise AssertionError(parts)

    @cached_property
    def looked_up(self) -> tuple[LookedUp, LookedUp]:
        """The stages of either policy, each by itself."""
        old, new = self._sides
        return LookedUp(old, *self._policy(0)), LookedUp(new, *self._policy(1))

    # Along what it is told

    def fact(self, name: str, stages: Sequence[str]) -> Coordinate:
        """A fact, its values in classes that no rule of some stages tells apart."""
        classes: dict[Hashable, int] = {}
        values: list[list[Any]] = []
        numbers = []
        for place in self.places[name]:
            seen = tuple(tuple(self._seen(name, place, side, stages)) for side in (0, 1))
            number = classes.setdefault(seen, len(classes))
            if number == len(values):
                values.append([])
            values[number] += place.values
            numbers.append(number)
        return Coordinate(name, "value", self._along(name, numbers), tuple(map(tuple, values)))

    def _seen(self, name: str, place: ValueClass, side: int, stages: Sequence[str]) -> Iterator[int]:
        for stage in stages:
            known = self.pair[side].program.stages.get(stage)
            if known is not None and name in known.inputs:
                classes = known.classes[known.inputs.index(name)]
                yield classes[(place.old, place.new)[side]]

    def conclusion(self, name: str, aspect: Aspect) -> Coordinate:
        """A conclusion, or its basis; `Moved` where it is another one on the new side."""
        settled = name == self.category and aspect == "value"
        if settled:
            sides = self._settled(0), self._settled(1)
        elif aspect == "basis":
            sides = self.strengths(name, 0), self.strengths(name, 1)
        else:
            sides = self.numbers(name, 0), self.numbers(name, 1)
        both = self.joined(*sides, lambda old, new: (old, new))
        pairs = sorted(both.leaves) if settled else self.ordered(aspect, both.leaves)
        codes = {pair: code for code, pair in enumerate(pairs)}
        values = tuple(tuple(self._meant(name, aspect, *pair)) for pair in pairs)
        return Coordinate(name, aspect, both.restricted({}, codes.__getitem__), values)

    def _settled(self, side: int) -> Diagram:
        """The place of the category that counts."""
        return self.joined(
            self._concluded[side],
            self._given,
            lambda concluded, given: concluded if concluded >= 0 else given,
        )

    def _meant(self, name: str, aspect: Aspect, old: int, new: int) -> Iterator[Any]:
        if name == self.category and aspect == "value":
            if old == new:
                yield from self._categories[new]
            else:
                each = self._categories
                yield from (Moved(before, after) for before in each[old] for after in each[new])
        else:
            pair = Moved(self.meant(aspect, old), self.meant(aspect, new))
            yield pair.new if old == new else pair

    # Tickets

    def rows(self, along: Sequence[Coordinate], told: Diagram) -> Rows:
        """The combinations along some coordinates that tickets have.

        Args:
            told: what comes of tickets; CONTRADICTION where there can be none. It follows from the
                coordinates, but where a conclusion has no value: there the plainest ticket tells it for all.
        """
        by_facts = sorted(range(len(along)), key=lambda place: min(along[place].codes.asked, default=-1))
        levels = {place: level for level, place in enumerate(by_facts)}
        seen = [(along[place].codes, len(along[place].values)) for place in by_facts]
        found = _image(told, seen, _ambiguous)
        if Several.SEVERAL in found.leaves:
            found = self._settle(found, seen, told)
            told = carried_back(found, seen, self.widths, MOST_STEPS)
        return Rows(along, tuple(levels[place] for place in range(len(along))), found, told)

    def _settle(self, found: Diagram, along: Along, told: Diagram) -> Diagram:
        """Rows in which what the plainest ticket comes to stands for several."""
        back = carried_back(found, along, self.widths, MOST_STEPS)
        left = self.joined(
            back, told, lambda several, told: told if several is Several.SEVERAL else CONTRADICTION
        )
        # The fewest facts first, of these the first place.
        for rank in (
            self._apart,
            *(self._along(fact, range(len(self.places[fact]))) for fact in self.places),
        ):
            ranks = self.joined(
                rank, left, lambda rank, told: CONTRADICTION if told is CONTRADICTION else rank
            )
            least = carried_back(_image(ranks, along, min), along, self.widths, MOST_STEPS)
            plain = self.joined(rank, least, lambda rank, least: rank == least)
            left = self.joined(left, plain, lambda told, plain: told if plain else CONTRADICTION)
            settled = _image(left, along, _ambiguous)
            if Several.SEVERAL not in settled.leaves:
                break
        nodes = Nodes(found.widths, MOST_STEPS)
        several = nodes.leaf(Several.SEVERAL)
        return nodes.diagram(nodes.first(copied(nodes, found), copied(nodes, settled), several))

    @property
    def _apart(self) -> Diagram:
        """In how many facts each ticket differs from one that leaves all out."""
        nodes, near = self.nodes(), self._near
        found = [nodes.leaf(count) for count in range(len(near) + 1)]
        for level in range(len(near) - 1, -1, -1):
            codes = range(self.widths[level])
            found = [
                nodes.node(level, tuple([found[count + (code != near[level])] for code in codes]))
                for count in range(level + 1)
            ]
        return nodes.diagram(found[0])

    def plainest(
        self, rows: Rows, box: Sequence[Collection[int] | None], comes: Collection[Hashable]
    ) -> dict[str, tuple[Any, ...]]:
        """Facts of the plainest ticket of some rows: those that differ in the fewest from what is left out.

        Args:
            box: for each coordinate its codes; None for all.
            comes: what comes of the rows.
        """
        regions = self.regions()
        region = regions.where(rows.facts, comes.__contains__)
        for coordinate, codes in zip(rows.along, box, strict=True):
            if codes is not None:
                region = regions.both(region, regions.where(coordinate.codes, codes.__contains__))
        return next(self.facts(regions, region, 1))

    def facts(self, regions: Regions, region: int, most: int) -> Iterator[dict[str, tuple[Any, ...]]]:
        """Facts of a region, the plainest first."""
        order = [self._levels[0].level[fact] for fact in self.places]
        return map(self._facts, itertools.islice(nearest(regions, region, self._near, order), most))

    def _facts(self, codes: Mapping[int, int]) -> dict[str, tuple[Any, ...]]:
        level = self._levels[0].level
        return {fact: each[codes[level[fact]]].values for fact, each in self.places.items()}

    @cached_property
    def _near(self) -> list[int]:
        """The place of a ticket that leaves all out."""
        plain = self.pair[1].definition.vocabulary.read({}).values
        return [self._nearest(fact, plain) for fact in self._order]

    def _nearest(self, fact: str, plain: Mapping[str, Any]) -> int:
        each = self.places[fact]
        return next((n for n, place in enumerate(each) if plain.get(fact, UNKNOWN) in place.values), 0)

    # Diagrams of the facts

    def joined(self, one: Diagram, other: Diagram, join: Callable[[Any, Any], Hashable]) -> Diagram:
        """What two diagrams come to together."""
        nodes = self.nodes()
        return nodes.diagram(nodes.joined(copied(nodes, one), copied(nodes, other), join))

    def nodes(self) -> Nodes:
        """For a diagram to be made."""
        return Nodes(self.widths, MOST_STEPS, self._order)

    def regions(self) -> Regions:
        """For regions of facts to be made."""
        return Regions(self.widths, MOST_STEPS, self._order)

    def constant(self, value: Hashable) -> Diagram:
        """The same everywhere."""
        return Diagram(self.widths, [], [], [value], -1)

    def _along(self, fact: str, numbers: Iterable[int]) -> Diagram:
        nodes = self.nodes()
        return nodes.diagram(nodes.variable(self._levels[0].level[fact], tuple(numbers)))


class LookedUp(Composition):
    """The stages of a policy, each by itself: what has no value below it is none there.

    Args:
        whole: the stages as they follow from each other.
    """

    def __init__(
        self, whole: Composition, compiled: Compiled, levels: Levels, known: Mapping[int, int], most: int
    ) -> None:
        super().__init__(compiled, levels, known, most)
        self._whole, self._category = whole, compiled.program.category
        self._outcomes: dict[str, Diagram] = {}

    def outcome(self, name: str) -> Diagram:
        """What a stage comes to for what its inputs are."""
        whole = self._whole.conclusion(name)
        if FAULT not in whole.leaves:
            return self._whole.category if name == self._category else whole
        self.conclusion(name)
        return self._outcomes[name]

    def conclusion(self, name: str) -> Diagram:
        # What has a value has one below it.
        whole = self._whole.conclusion(name)
        return super().conclusion(name) if FAULT in whole.leaves else whole

    def _concluded(self, name: str) -> Diagram:
        found = self._outcomes[name] = super()._concluded(name)
        return found.restricted({}, lambda leaf: Inference(None if leaf is FAULT else leaf.value, 0))


def _image(told: Diagram, along: Along, meet: Callable[[Any, Any], Hashable]) -> Diagram:
    return image(told, along, CONTRADICTION, meet, MOST_STEPS)


def _ambiguous(_one: object, _other: object) -> Several:
    return Several.SEVERAL


def _value(leaf: Any) -> Any:
    return NoAnswer.FAULT if leaf is FAULT else leaf.value


def _differing(old: int, new: int) -> tuple[int, int] | None:
    return None if old == new else (old, new)
