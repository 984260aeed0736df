"""Values and answers in numbers, of which columns can be made."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from supportrules.base.locks import fork_safe_lock
from supportrules.engine.tables import Possible, Spread

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_Value = TypeVar("_Value", bound=Hashable)


# One for all values: few are new once they are known.
_lock = fork_safe_lock()


class Numbered(Generic[_Value]):
    """Distinct values with a number each, in the order in which they came; safe in threads."""

    def __init__(self, first: _Value) -> None:
        self.values = [first]
        self._numbers = {first: 0}

    def number(self, value: _Value) -> int:
        """The number of a value, a new one if it has none."""
        found = self._numbers.get(value)
        if found is None:
            with _lock:
                found = self._numbers.get(value)
                if found is None:
                    found = len(self.values)
                    self.values.append(value)
                    self._numbers[value] = found
        return found


class CodedAnswer:
    """What an answer comes to for many tickets, in columns of numbers.

    Args:
        spread: the answer.
        tell: gives the numbers for one thing that it comes to.
        width: how many numbers there are, where `tell` gives them for several variants one after the other.
    """

    def __init__(
        self, spread: Spread, tell: Callable[[Possible], Sequence[int]], width: int | None = None
    ) -> None:
        import numpy as np

        self.spread, self._tell, self._width = spread, tell, width
        # Replaced as a whole when something new is told: a reader sees the old or the new one, both right.
        self._table: tuple[Array, Array] = (np.zeros((0, 0), dtype=np.int32),) * 2

    def columns(self, places: dict[str, Array], count: int, variants: Array | None = None) -> list[Array]:
        """The numbers for some tickets.

        Args:
            places: for each fact the place of each ticket.
            count: how many tickets there are.
            variants: the variant of each ticket.
        """
        import numpy as np

        numbers = self.spread.numbers([places[fact] for fact in self.spread.facts], count)
        rows, columns = self._grown()
        if variants is not None:
            numbers = numbers * (columns.shape[1] // len(rows)) + variants
        return [np.take(column, numbers) for column in columns]

    def _grown(self) -> tuple[Array, Array]:
        """A row for each thing that it comes to, and these as columns, with a place for each variant."""
        import numpy as np

        settlements, (rows, columns) = self.spread.settlements, self._table
        count = len(settlements)
        if count > len(rows):
            more = np.array([self._tell(each) for each in settlements[len(rows) : count]], dtype=np.int32)
            rows = np.concatenate([rows, more]) if len(rows) else more
            columns = np.ascontiguousarray(rows.reshape(-1, self._width or rows.shape[1]).T)
            self._table = rows, columns
        return rows, columns
