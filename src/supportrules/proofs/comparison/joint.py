"""Two policies walked together, over all facts that an answer of either follows from."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from supportrules.engine.answers import NoteAnswer
from supportrules.engine.tables import CompletionGrid, Completions
from supportrules.engine.tables.completions import Combinations
from supportrules.policy.definition import BASES
from supportrules.policy.vocabulary import UNKNOWN
from supportrules.proofs.comparison.changes import Moved, NoAnswer
from supportrules.proofs.comparison.facts import Pair, ValueClass, places

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

Aspect = Literal["value", "basis"]


@dataclass(frozen=True)
class Coordinate:
    """A fact or a conclusion along which the walk is told.

    Args:
        codes: by completion.
        values: what each code stands for.
    """

    name: str
    aspect: Aspect
    codes: Array
    values: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Rows:
    """The combinations along some coordinates that tickets have, one a row.

    Args:
        codes: a column for each coordinate.
        ranks: how plain the plainest ticket of each row is; the lowest is the plainest.
        places: for each fact of the walk, where that ticket is.
    """

    codes: Array
    ranks: Array
    places: tuple[Array, ...]


class Walk:
    """Both policies over every combination of some facts that either takes.

    Arrays have an axis for each fact, of length 1 where something does not depend on it.

    Args:
        pair: the policies, which use the same names.
        facts: the facts.
        stages: those whose rules are told apart, whatever they lead to.
        fixed: facts that have one value on each side; tickets show it as the new side has it.

    Raises:
        TooMuchUnknown: there are too many facts.
    """

    def __init__(
        self,
        pair: Pair,
        facts: Iterable[str],
        stages: Sequence[str] = (),
        fixed: Mapping[str, ValueClass] | None = None,
    ) -> None:
        import numpy

        self._np, self.pair, self.fixed = numpy, pair, fixed or {}
        found = {fact: places(pair, fact, stages) for fact in facts}
        # A ticket that one of them refuses has no two answers.
        self.places: Mapping[str, tuple[ValueClass, ...]] = {
            fact: tuple(place for place in each if not any(place.refused)) for fact, each in found.items()
        } | {fact: (place,) for fact, place in self.fixed.items() if fact in found}
        self.sides = tuple(self._completions(side) for side in (0, 1))
        self._numbers: dict[Hashable, int] = {}
        self._values: list[Any] = []
        self._grids: dict[tuple[str, int], CompletionGrid] = {}
        self._found: dict[tuple[str, int], Array] = {}
        self.category = pair[0].program.category

    def _completions(self, side: int) -> Completions:
        policy = self.pair[side]
        stand = {fact: [(p.old, p.new)[side] for p in each] for fact, each in self.places.items()}
        axes = {fact: tuple((value,) for value in values) for fact, values in stand.items()}
        facts = dict.fromkeys((*policy.definition.vocabulary.facts, *axes), UNKNOWN)
        return policy.tables.completions(facts, axes=axes)

    @property
    def size(self) -> int:
        """How many combinations there are."""
        return math.prod(map(len, self.places.values()))

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

    def numbers(self, name: str, side: int) -> Array:
        """The value of an answer or a conclusion on one side."""
        if (name, side) not in self._found:
            self._found[name, side] = self._numbered(name, side)
        return self._found[name, side]

    def _numbered(self, name: str, side: int) -> Array:
        if name not in self.pair[side].program.stages:
            # A note that it does not have is told to nobody.
            told = name in self.pair[1 - side].program.stages_of(NoteAnswer)
            return self.constant(self.number(None if told else NoAnswer.UNASKED))
        if name == self.category:
            outcomes, numbers = self.sides[side].outcomes(name)
            concluded = [
                self.number(NoAnswer.FAULT if outcome.fault else outcome.value) for outcome in outcomes
            ]
            return self._np.array(concluded)[numbers]
        grid = self._grid(name, side)
        # The last place is that of -1, where there is no value.
        known = [self.number(value) for value in (*grid.values, NoAnswer.FAULT)]
        found: Array = self._np.array(known)[grid.numbers]
        return found

    def strengths(self, name: str, side: int) -> Array:
        """How weak the basis of an answer or a conclusion is; 0 where there is no value."""
        if name not in self.pair[side].program.stages:
            return self.constant(0)
        grid = self._grid(name, side)
        found: Array = self._np.where(grid.numbers >= 0, grid.strengths, 0)
        return found

    def _grid(self, name: str, side: int) -> CompletionGrid:
        if (name, side) not in self._grids:
            self._grids[name, side] = self.sides[side].grid(name, contradictions=False)
        return self._grids[name, side]

    @cached_property
    def valid(self) -> Array:
        """Where a ticket can be: a given category is the one that a policy concludes."""
        if not self._tied:
            return self.constant(True)
        given = self._along(str(self.category), range(len(self.places[str(self.category)])))
        old, new = self._concluded
        fits = (old < 0) | (old == given)
        fits &= (new < 0) | (new == given)
        valid: Array = self._both_conclude | fits
        return valid

    @property
    def _tied(self) -> bool:
        return self.category is not None and self.category in self.places

    @cached_property
    def _concluded(self) -> tuple[Array, Array]:
        """The place of the category that either policy concludes; -1 where it concludes none."""
        place = {value: n for n, values in enumerate(self._categories) for value in values}

        def of(side: int) -> Array:
            outcomes, numbers = self.sides[side].outcomes(str(self.category))
            found: Array = self._np.array([place.get(outcome.value, -1) for outcome in outcomes])[numbers]
            return found

        return of(0), of(1)

    @property
    def _both_conclude(self) -> Array:
        both: Array = (self._concluded[0] >= 0) & (self._concluded[1] >= 0)
        return both

    @cached_property
    def _categories(self) -> list[tuple[Any, ...]]:
        """The categories of tickets: those that they can give, and those that only one policy concludes."""
        name = str(self.category)
        given = [place.values for place in self.places[name]]
        every = dict.fromkeys(value for policy in self.pair for value in policy.program.domains[name])
        return given + [(value,) for value in every if not any(value in values for values in given)]

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
        pairs = Combinations(self._np, self.constant(0))
        for numbers in self.sides_of(name, aspect):
            pairs.add(numbers, int(numbers.max()) + 1)
        values = tuple(tuple(self._meant(name, aspect, old, new)) for old, new in pairs.distinct)
        return Coordinate(name, aspect, pairs.numbers, values)

    def sides_of(self, name: str, aspect: Aspect) -> tuple[Array, Array]:
        """A conclusion, or its basis, on either side; of the category that counts, its place."""
        if aspect == "basis":
            return self.strengths(name, 0), self.strengths(name, 1)
        if name == self.category:
            return self._settled(0), self._settled(1)
        return self.numbers(name, 0), self.numbers(name, 1)

    def _settled(self, side: int) -> Array:
        given = self._along(str(self.category), range(len(self.places[str(self.category)])))
        concluded = self._concluded[side]
        settled: Array = self._np.where(concluded >= 0, concluded, given)
        return settled

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

    def rows(self, along: Sequence[Coordinate]) -> Rows:
        """The combinations along some coordinates that tickets have."""
        np = self._np
        combinations = Combinations(np, self.constant(0))
        for coordinate in along:
            combinations.add(coordinate.codes, len(coordinate.values))
        numbers, valid = np.broadcast_arrays(combinations.numbers, self.valid)
        # The fewest facts first, of these the first place.
        ranks = self._apart(numbers.shape) * numbers.size + np.arange(numbers.size).reshape(numbers.shape)
        none = np.iinfo(np.int64).max
        found = np.full(len(combinations.distinct), none)
        np.minimum.at(found, numbers[valid], ranks[valid])
        occurs = found < none
        ranks = found[occurs]
        place = np.unravel_index(ranks % numbers.size, numbers.shape) if self.places else ()
        # Along axes that nothing depends on, the plainest place says all.
        places = tuple(
            np.full(len(ranks), near) if size == 1 else each
            for each, near, size in zip(place, self._near, numbers.shape, strict=True)
        )
        codes = np.array(combinations.distinct, dtype=np.int64).reshape(len(occurs), len(along))
        return Rows(codes[occurs], ranks, places)

    def at(self, rows: Rows, numbers: Array) -> Array:
        """What numbers are where each row has its plainest ticket."""
        np = self._np
        places = zip(rows.places, numbers.shape, strict=True)
        at = numbers[tuple(np.minimum(place, size - 1) for place, size in places)]
        found: Array = np.broadcast_to(at, rows.ranks.shape)
        return found

    def facts_at(self, rows: Rows, row: int) -> dict[str, tuple[Any, ...]]:
        """Facts of the plainest ticket of a row."""
        places = zip(self.places.items(), rows.places, strict=True)
        return {fact: each[int(place[row])].values for (fact, each), place in places}

    def facts(self, mask: Array, most: int) -> Iterator[dict[str, tuple[Any, ...]]]:
        """Facts of a region, the plainest first: those that differ in the fewest from what is left out."""
        whole = self._np.broadcast_to(mask, tuple(map(len, self.places.values())))
        for position in self.sides[0].positions(whole, self._near, most):
            pairs = zip(self.places.items(), position, strict=True)
            yield {fact: each[number].values for (fact, each), number in pairs}

    @cached_property
    def _near(self) -> list[int]:
        """The place of a ticket that leaves all out."""
        plain = self.pair[1].definition.vocabulary.read({}).values
        return [self._nearest(fact, plain) for fact in self.places]

    def _apart(self, shape: tuple[int, ...]) -> Array:
        """In how many facts each completion differs from a ticket that leaves all out."""
        np = self._np
        apart = self.constant(0)
        for axis, (near, size) in enumerate(zip(self._near, shape, strict=True)):
            if size > 1:
                along = [1] * len(shape)
                along[axis] = size
                apart = apart + (np.arange(size) != near).reshape(along)
        return apart

    def _nearest(self, fact: str, plain: Mapping[str, Any]) -> int:
        each = self.places[fact]
        return next((n for n, place in enumerate(each) if plain.get(fact, UNKNOWN) in place.values), 0)

    def _along(self, fact: str, numbers: Iterable[int]) -> Array:
        shape = [1] * len(self.places)
        found = self._np.array(list(numbers))
        if fact in self.places:
            shape[list(self.places).index(fact)] = len(found)
        return found.reshape(shape)

    def constant(self, number: int) -> Array:
        """A number everywhere."""
        array: Array = self._np.full((1,) * len(self.places), number)
        return array
