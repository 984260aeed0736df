"""The tables of two policies side by side: what is about the same thing is paired, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Literal, get_args

from supportrules.engine.evaluation import Policy
from supportrules.report.diff.texts import compared, whole
from supportrules.report.parts import Text
from supportrules.report.policy_tables import TOPICS, sheets
from supportrules.report.table_model import Sheet, TableCell, cell, merged

# Words or clauses alone; value or basis; what only one policy has. The strongest comes last.
Mark = Literal["same", "wording", "changed", "added", "removed"]
MARKS: tuple[Mark, ...] = get_args(Mark)


@dataclass(frozen=True)
class Pair:
    """A cell of the old table and that of the new which is about the same thing; None where there is none."""

    old: TableCell | None
    new: TableCell | None

    @property
    def mark(self) -> Mark:
        """How the two differ."""
        old, new = self.old, self.new
        if old is None or new is None:
            return "same" if old == new else "added" if old is None else "removed"
        if (old.meaning, old.basis) != (new.meaning, new.basis):
            return "changed"
        return "same" if (old.text, old.source) == (new.text, new.source) else "wording"

    @property
    def texts(self) -> tuple[Text, Text]:
        """Both texts, with what differs in them marked; empty where there is no cell."""
        old, new = self.old, self.new
        if old is None or new is None:
            return whole(old.text if old else "", "old"), whole(new.text if new else "", "new")
        if old.text != new.text:
            return compared(old.text, new.text)
        # Different things can bear the same name.
        differ = old.meaning != new.meaning
        return whole(old.text, "old" if differ else "plain"), whole(new.text, "new" if differ else "plain")


@dataclass(frozen=True)
class PairedRow:
    """A row.

    Args:
        key: what it is about.
        cells: one for each column.
        moved: the other table of the kind in which the other policy has it, by its title.
    """

    key: tuple[Any, ...]
    cells: Mapping[str, Pair]
    moved: Pair | None = None

    @property
    def mark(self) -> Mark:
        """``added`` or ``removed`` if only one policy has it, else how its cells differ."""
        pairs = self.cells.values()
        if not any(pair.old for pair in pairs):
            return "added"
        if not any(pair.new for pair in pairs):
            return "removed"
        return _overall(pair.mark for pair in pairs)


@dataclass(frozen=True)
class PairedTable:
    """A table of both policies.

    Args:
        id: what it is about.
        columns: all that one of them has, with their heads.
        heads: the columns that say what a row is about.
    """

    id: tuple[Any, ...]
    title: Pair
    remarks: tuple[Pair, ...]
    columns: Mapping[str, Pair]
    heads: tuple[str, ...]
    rows: tuple[PairedRow, ...]

    @property
    def mark(self) -> Mark:
        """``added`` or ``removed`` if only one policy has it, else how what is in it differs."""
        if self.title.mark in ("added", "removed"):
            return self.title.mark
        return _overall(pair.mark for pair in self.pairs())

    def pairs(self) -> Iterator[Pair]:
        """All that is paired in it."""
        yield from (self.title, *self.remarks, *self.columns.values())
        for row in self.rows:
            yield from row.cells.values()


def paired_tables(old: Policy, new: Policy, language: str) -> tuple[PairedTable, ...]:
    """The tables of two policies, those without a difference too.

    Args:
        language: of all texts; a label that a policy does not have in it stands in another.
    """
    found: list[PairedTable] = []
    for topic in TOPICS:
        sides = [{s.id: s for s in sheets(policy, topic, language, (old, new))} for policy in (old, new)]
        ids = merged(*map(tuple, sides))
        found += _with_moves([_table(*(side.get(id) for side in sides)) for id in ids])
    return tuple(found)


def _table(old: Sheet | None, new: Sheet | None) -> PairedTable:
    some = new or old
    assert some is not None
    sides = [_TableSide(old), _TableSide(new)]
    columns = merged(*(tuple(side.columns) for side in sides))
    keys = merged(*(tuple(side.rows) for side in sides))
    return PairedTable(
        some.id,
        _pair(side.title for side in sides),
        tuple(Pair(*pair) for pair in zip_longest(*(side.remarks for side in sides))),
        {name: _pair(side.columns.get(name) for side in sides) for name in columns},
        merged(*(side.heads for side in sides)),
        tuple(
            PairedRow(
                key,
                {name: _pair(side.rows.get(key, {}).get(name) for side in sides) for name in columns},
            )
            for key in keys
        ),
    )


def _pair(cells: Iterable[TableCell | None]) -> Pair:
    old, new = cells
    return Pair(old, new)


class _TableSide:
    """The table of one policy, or none, by what its rows and columns are about."""

    def __init__(self, sheet: Sheet | None) -> None:
        self.title = cell(sheet.title) if sheet else None
        self.columns: Mapping[str, TableCell] = sheet.columns if sheet else {}
        self.heads = sheet.heads if sheet else ()
        self.remarks = sheet.remarks if sheet else ()
        self.rows: dict[tuple[Any, ...], Mapping[str, TableCell]] = {}
        for cells in sheet.rows if sheet else ():
            row = dict(zip(self.columns, cells, strict=True))
            self.rows[tuple(_hashable(row[name].value) for name in self.heads)] = row


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _with_moves(tables: Sequence[PairedTable]) -> Iterator[PairedTable]:
    """Tables whose rows say where the other policy has them, if it has them in another table of the kind."""
    places: dict[Any, list[tuple[PairedTable, Mark]]] = {}
    for table in tables:
        for row in table.rows:
            places.setdefault((table.id[0], row.key), []).append((table, row.mark))

    def moved(table: PairedTable, row: PairedRow) -> PairedRow:
        here = places[table.id[0], row.key]
        if sorted(mark for _, mark in here) != ["added", "removed"]:
            return row
        (other,) = (found for found, _ in here if found is not table)
        return replace(row, moved=other.title)

    for table in tables:
        yield replace(table, rows=tuple(moved(table, row) for row in table.rows))


def _overall(marks: Iterable[Mark]) -> Mark:
    """The strongest of what differs in a thing that both have."""
    return max((("changed" if m in ("added", "removed") else m) for m in marks), key=MARKS.index)
