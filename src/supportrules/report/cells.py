"""A table for people and programs: cells of text and data, with the clauses behind each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from supportrules.policy import BASES
from supportrules.vocabulary import Origin


@dataclass(frozen=True)
class Cell:
    """A cell.

    Args:
        text: for people, in one language.
        value: the same as JSON data, in none.
        source: the clauses that it comes from.
        basis: how sure these are; None for what comes from no clause or is open.
    """

    text: str
    value: Any = None
    source: tuple[str, ...] = ()
    basis: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A table: a title, columns by id, rows of as many cells, and remarks about all of it."""

    topic: str
    title: str
    columns: Mapping[str, Cell]
    rows: tuple[tuple[Cell, ...], ...]
    remarks: tuple[str, ...] = ()


def cell(text: str, value: Any = None) -> Cell:
    """A cell without clauses of its own."""
    return Cell(text, value)


def entry(text: str, value: Any, origin: Origin) -> Cell:
    """A cell that an entry of the policy says."""
    return Cell(text, value, origin.source, origin.basis)


def joint(text: str, value: Any, origins: Iterable[Origin]) -> Cell:
    """A cell that rests on several entries: all of their clauses, the weakest basis."""
    found = list(origins)
    source = tuple(dict.fromkeys(number for origin in found for number in origin.source))
    return Cell(text, value, source, max((origin.basis for origin in found), key=BASES.index))
