"""A table for people and programs: cells of text and data, with the clauses behind each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from supportrules.policy import BASES
from supportrules.policy.vocabulary import Origin

T = TypeVar("T")


@dataclass(frozen=True)
class TableCell:
    """A cell.

    Args:
        text: for people, in one language.
        value: the same as JSON data, in none.
        source: the clauses that it comes from.
        basis: how sure these are; None for what comes from no clause or is open.
        means: what the policy says there, where that is more than `value` has, or less.
    """

    text: str
    value: Any = None
    source: tuple[str, ...] = ()
    basis: str | None = None
    means: Any = None

    @property
    def meaning(self) -> Any:
        """What two cells that say the same have in common."""
        return self.value if self.means is None else self.means


@dataclass(frozen=True)
class Sheet:
    """A table: a title, columns by id, rows of as many cells, and remarks about all of it.

    Args:
        heads: the columns that say what a row is about.
        id: what the table is about: two policies' tables on the same have the same.
    """

    topic: str
    title: str
    columns: Mapping[str, TableCell]
    rows: tuple[tuple[TableCell, ...], ...]
    remarks: tuple[TableCell, ...] = ()
    heads: tuple[str, ...] = ()
    id: tuple[Any, ...] = ()


def cell(text: str, value: Any = None, means: Any = None) -> TableCell:
    """A cell without clauses of its own."""
    return TableCell(text, value, means=means)


def entry(text: str, value: Any, origin: Origin, means: Any = None) -> TableCell:
    """A cell that an entry of the policy says."""
    return TableCell(text, value, origin.source, origin.basis, means)


def joint(text: str, value: Any, origins: Iterable[Origin], means: Any = None) -> TableCell:
    """A cell that rests on several entries: all of their clauses, the weakest basis."""
    found = list(origins)
    source = tuple(dict.fromkeys(number for origin in found for number in origin.source))
    return TableCell(text, value, source, max((origin.basis for origin in found), key=BASES.index), means)


def merged(old: Sequence[T], new: Sequence[T]) -> tuple[T, ...]:
    """All that two sequences have: in the order of the new one, what only the old one has in its place."""
    found, place = list(new), 0
    for item in old:
        if item in found:
            place = found.index(item) + 1
        else:
            found.insert(place, item)
            place += 1
    return tuple(found)
