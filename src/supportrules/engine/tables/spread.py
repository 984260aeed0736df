"""An answer over its own facts, each of which has one more code, for unknown: for many tickets at once."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

from supportrules.base.frozen import lazy
from supportrules.base.locks import fork_safe_lock
from supportrules.engine.diagrams.composition import Levels
from supportrules.engine.diagrams.diagram import EXHAUSTED, Diagram, Nodes, bits
from supportrules.engine.diagrams.stages import CONTRADICTION, Inference
from supportrules.engine.tables.possible import Possible

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

# How many children of nodes an answer may take with a code for unknown.
MOST_STEPS = 5_000_000
# Of how many open combinations the numbers are kept, before they are worked out anew.
MOST_OPEN = 1_000_000

# One for all spreads: learning is rare once they are known.
_lock = fork_safe_lock()


class Spread:
    """What an answer comes to, for each combination of codes of its facts, the last of which is "unknown".

    The diagram of the answer gets one more child at every node, the union of the others. What follows from
    the sets that are its leaves is worked out for the combinations that are asked for, all at once; safe in
    threads.

    Args:
        diagram: the answer for complete facts.
        levels: of the facts.
        ordered: puts values into their order.

    Attributes:
        facts: those that the answer depends on.
        settlements: what it comes to, as far as it was asked for.
    """

    def __init__(
        self, diagram: Diagram, levels: Levels, ordered: Callable[[Sequence[Any]], tuple[Any, ...]]
    ) -> None:
        import numpy as np

        self._np, self._ordered = np, ordered
        asked = sorted(diagram.asked)
        self.facts = tuple(levels.facts[level] for level in asked)
        self._weights = [levels.weights[level] for level in asked]
        self._sizes = [diagram.widths[level] + 1 for level in asked]
        # A fault is a value of its own, so that what leads to one counts as a difference.
        self._values = list(dict.fromkeys(map(_value, diagram.leaves)))
        number = {value: number for number, value in enumerate(self._values)}

        def alone(leaf: Any) -> tuple[int, int]:
            if leaf is CONTRADICTION:
                return 0, 0
            return 1 << number[_value(leaf)], leaf.strength if isinstance(leaf, Inference) else 0

        # The levels of the facts that it depends on, without gaps.
        place = {level: axis for axis, level in enumerate(asked)}
        self._diagram = Diagram(
            [size - 1 for size in self._sizes],
            [place[level] for level in diagram.levels],
            diagram.children,
            list(map(alone, diagram.leaves)),
            diagram.root,
        )
        try:
            self._sets, self._partly = _NodeTables(_with_unknown(self._diagram, _united)), True
        except EXHAUSTED:
            self._sets, self._partly = _NodeTables(self._diagram), False
        self.settlements: list[Possible] = []
        self._known: dict[Hashable, int] = {}
        self._untold = self._number((0, 0), lambda: self._settlement(0, 0, {}))
        # By leaf what it comes to, -1 where that depends on the facts that are unknown.
        self._settled: Array = np.array([self._number_settled(*leaf) for leaf in self._sets.leaves])
        self._counts: Array = np.array([found.bit_count() for found, _ in self._sets.leaves])
        # The combinations that are open, in order, and the number of each.
        self._keys: Array = self._key([np.zeros(0, dtype=np.int64)] * len(asked))
        self._open: Array = np.zeros(0, dtype=np.int32)

    def numbers(self, places: Sequence[Array], rows: int) -> Array:
        """What an answer comes to for many tickets.

        Args:
            places: for each fact the code of each ticket.
            rows: how many tickets there are.

        Returns:
            Indices of `settlements`; one of no values is that of tickets of which too much is unknown here.
        """
        np = self._np
        if not self._partly:
            unknown = np.zeros(rows, dtype=bool)
            for column, size in zip(places, self._sizes, strict=True):
                unknown |= column == size - 1
            if unknown.any():
                known = np.flatnonzero(~unknown)
                found: Array = np.full(rows, self._untold, dtype=self._settled.dtype)
                found[known] = self._numbers([column[known] for column in places], len(known))
                return found
        return self._numbers(places, rows)

    def _numbers(self, places: Sequence[Array], rows: int) -> Array:
        found: Array = self._np.take(self._settled, self._sets.numbers(places, rows))
        rest = self._np.flatnonzero(found < 0)
        if rest.size:
            found[rest] = self._numbers_of_open([column[rest] for column in places])
        return found

    # What is settled

    def _number_settled(self, found: int, strength: int) -> int:
        """The number of what a set comes to; -1 for more than one value."""
        if found.bit_count() > 1:
            return -1
        return self._number((found, strength), lambda: self._settlement(found, strength, {}))

    def _number(self, key: Hashable, settlement: Callable[[], Possible]) -> int:
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = len(self.settlements)
            self.settlements.append(settlement())
        return number

    def _settlement(self, found: int, strength: int, missing: dict[str, float]) -> Possible:
        values = [self._values[number] for number in bits(found)]
        known = [value.value for value in values if isinstance(value, Inference)]
        return Possible(self._ordered(known), len(known) < len(values), strength, missing)

    # What is open

    def _numbers_of_open(self, places: Sequence[Array]) -> Array:
        np = self._np
        keys = self._key(places)
        with _lock:
            at = np.searchsorted(self._keys, keys)
            known = np.take(self._keys, at, mode="clip") == keys if self._keys.size else keys != keys
            if not known.all():
                if self._keys.size >= MOST_OPEN:
                    self._keys, self._open, known = self._keys[:0], self._open[:0], keys != keys
                strange = np.flatnonzero(~known)
                _, firsts = np.unique(keys[strange], return_index=True)
                fresh = strange[firsts]
                self._learn(keys[fresh], [column[fresh] for column in places])
                at = np.searchsorted(self._keys, keys)
            found: Array = self._open[at]
        return found

    def _key(self, places: Sequence[Array]) -> Array:
        """A number or a text for each combination."""
        np = self._np
        if math.prod(self._sizes) < 1 << 62:
            keys: Array = np.zeros(len(places[0]) if places else 0, dtype=np.int64)
            for column, size in zip(places, self._sizes, strict=True):
                keys = keys * size + column
            return keys
        kind = np.min_scalar_type(max(self._sizes) - 1).type
        return _texts(np.stack([column.astype(kind) for column in places]))

    def _learn(self, keys: Array, places: Sequence[Array]) -> None:
        np = self._np
        numbers = self._numbered(places)
        order = np.argsort(keys, kind="stable")
        at = np.searchsorted(self._keys, keys[order])
        self._keys = np.insert(self._keys, at, keys[order])
        self._open = np.insert(self._open, at, numbers[order])

    def _numbered(self, places: Sequence[Array]) -> Array:
        """The numbers of what is possible at some places, by the order in which the facts tell most."""
        np, rows = self._np, len(places[0])
        telling = self._telling
        if telling is None:
            untold: Array = np.full(rows, self._untold)
            return untold
        leaves = self._sets.numbers(places, rows)
        left = np.full((len(self.facts), rows), np.inf)
        # What leaves equally many is ordered by name.
        by_name = sorted(range(len(self.facts)), key=lambda axis: self.facts[axis])
        for row, axis in enumerate(by_name):
            unknown = np.flatnonzero(places[axis] == self._sizes[axis] - 1)
            if unknown.size:
                some = [column[unknown] for column in places]
                tells = np.array(telling[axis].leaves, dtype=bool)
                chosen = unknown[tells[telling[axis].numbers(some, len(unknown))]]
                if chosen.size:
                    left[row, chosen] = self._left([column[chosen] for column in places], axis)
        order = np.argsort(left, axis=0, kind="stable")
        ranked = np.take_along_axis(left, order, axis=0)
        # What else an answer may depend on leaves all its values: on which side of that a fact stands.
        faults = np.array([self._faulty(found) for found, _ in self._sets.leaves])
        count = (self._counts - faults)[leaves]
        told = np.where(ranked < np.inf, 3 * order + 1 + np.sign(ranked - count), -1).astype(np.int32)
        columns = np.concatenate([leaves[None].astype(np.int32), told])
        _, firsts, which = np.unique(_texts(columns), return_index=True, return_inverse=True)
        numbers = []
        for row, first in zip(columns[:, firsts].T.tolist(), firsts.tolist(), strict=True):
            found, strength = self._sets.leaves[row[0]]
            names = [code // 3 for code in row[1:] if code >= 0]
            missing = {self.facts[by_name[name]]: float(left[name, first]) for name in names}
            key = (found, strength, *row[1:])
            numbers.append(self._number(key, functools.partial(self._settlement, found, strength, missing)))
        found_numbers: Array = np.array(numbers, dtype=np.int32)[which]
        return found_numbers

    def _faulty(self, found: int) -> bool:
        return any(not isinstance(self._values[number], Inference) for number in bits(found))

    def _left(self, places: Sequence[Array], axis: int) -> Array:
        """How many values are left on average, once the fact of an axis is known that was not."""
        np, rows = self._np, len(places[0])
        left, all_weights = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
        for code, weight in enumerate(self._weights[axis]):
            each = [np.full(rows, code) if n == axis else column for n, column in enumerate(places)]
            counts = self._counts[self._sets.numbers(each, rows)].astype(np.int64)
            left += counts * weight
            all_weights += (counts > 0) * weight
        average: Array = left / all_weights
        return average

    @lazy
    def _telling(self) -> tuple[_NodeTables, ...] | None:
        """For each fact whether it changes the answer, where it is unknown, in some completion of others.

        Returns:
            None where that takes too much.
        """
        try:
            return tuple(_NodeTables(self._changing(axis)) for axis in range(len(self.facts)))
        except EXHAUSTED:
            return None

    def _changing(self, axis: int) -> Diagram:
        nodes = Nodes(self._diagram.widths, MOST_STEPS)
        known: dict[tuple[int, int], int] = {}
        new: dict[int, int] = {~n: nodes.leaf(leaf) for n, leaf in enumerate(self._diagram.leaves)}
        for node, (level, children) in enumerate(
            zip(self._diagram.levels, self._diagram.children, strict=True)
        ):
            each = [new[child] for child in children]
            if level == axis:
                new[node] = functools.reduce(lambda a, b: nodes.joined(a, b, _united, known), each)
            else:
                new[node] = nodes.node(level, tuple(each))
        union = nodes.diagram(new[self._diagram.root])
        differs = union.restricted({}, lambda leaf: int(leaf[0].bit_count() > 1))
        return _with_unknown(differs, max)


class _NodeTables:
    """A diagram as one table a level: a row for each node that a walk can be at, a column for each code."""

    def __init__(self, diagram: Diagram) -> None:
        import numpy as np

        self._np, self.leaves = np, list(diagram.leaves)
        self._tables: list[tuple[int, Array]] = []
        here = [diagram.root]
        for level, width in enumerate(diagram.widths):
            if all(node < 0 or diagram.levels[node] != level for node in here):
                continue
            numbers: dict[int, int] = {}
            rows = [
                [
                    numbers.setdefault(child, len(numbers))
                    for child in (
                        diagram.children[node]
                        if node >= 0 and diagram.levels[node] == level
                        else (node,) * width
                    )
                ]
                for node in here
            ]
            self._tables.append((level, np.array(rows, dtype=np.int32)))
            here = list(numbers)
        self._ends = np.array([~node for node in here])

    def numbers(self, places: Sequence[Array], rows: int) -> Array:
        """The leaf of each row.

        Args:
            places: for each level the code of each row.
        """
        np = self._np
        at = np.zeros(rows, dtype=np.int32)
        for level, table in self._tables:
            at = np.take(table.ravel(), at * np.int32(table.shape[1]) + places[level])
        found: Array = np.take(self._ends, at)
        return found


def _texts(columns: Array) -> Array:
    """A text for each row, which two rows share if they are alike: NumPy sorts these faster than rows."""
    import numpy as np

    rows = np.ascontiguousarray(columns.T)
    texts: Array = rows.view(f"S{rows.shape[1] * rows.itemsize}").ravel()
    return texts


def _value(leaf: Any) -> Hashable:
    """A value without its basis."""
    return Inference(leaf.value, 0) if isinstance(leaf, Inference) else leaf


def _united(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] | other[0], max(one[1], other[1])


def _with_unknown(diagram: Diagram, unite: Callable[[Any, Any], Any]) -> Diagram:
    """The same with one more code of every variable, for that it is unknown: the union of all others.

    Raises:
        TooLarge: it takes too much.
    """
    nodes = Nodes([width + 1 for width in diagram.widths], MOST_STEPS)
    known: dict[tuple[int, int], int] = {}
    new: dict[int, int] = {~number: nodes.leaf(leaf) for number, leaf in enumerate(diagram.leaves)}
    for node, (level, children) in enumerate(zip(diagram.levels, diagram.children, strict=True)):
        each = tuple([new[child] for child in children])
        union = functools.reduce(lambda a, b: nodes.joined(a, b, unite, known), dict.fromkeys(each))
        new[node] = nodes.node(level, (*each, union))
    return nodes.diagram(new[diagram.root])
