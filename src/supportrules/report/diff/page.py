"""A comparison as one HTML file: what it tells, then the tables of both policies side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from supportrules.engine.evaluation import Policy
from supportrules.policy import Definition
from supportrules.report.diff.tables import Mark, Pair, PairedRow, PairedTable, paired_tables
from supportrules.report.parts import Part, Role, Run, Text
from supportrules.report.parts.page import templates
from supportrules.report.phrases import Phrases
from supportrules.report.table_model import TableCell, cell

# More rows that are the same than these are folded away.
MOST_SAME_ROWS = 5
# A table with more columns is shown row by row, however wide the screen or the paper is.
MOST_COLUMNS = 14


@dataclass(frozen=True)
class Edition:
    """A policy, and the name by which it was asked for."""

    name: str
    policy: Policy


def html_page(old: Edition, new: Edition, language: str, parts: Sequence[Part] = ()) -> str:
    """The page of a comparison, which needs no other file.

    Args:
        language: of the tables and of the program's words.
        parts: what is told before the tables, in the same language.
    """
    drawing = _Drawing(old.policy.definition, new.policy.definition, language)
    tables = paired_tables(old.policy, new.policy, language)
    # What differs is drawn before the clauses are listed that it cites.
    different = [drawing.table(table) for table in tables if table.mark != "same"]
    return _TEMPLATES.get_template("page.html").render(
        language=language,
        words=drawing.phrases.words,
        editions=(editions := {"old": old, "new": new}),
        titles={side: drawing.phrases.label(e.policy.definition.title) for side, e in editions.items()},
        parts=parts,
        tables=different,
        unchanged=[table.title.texts[1] for table in tables if table.mark == "same"],
        clauses=drawing.clauses(),
    )


@dataclass(frozen=True)
class _Said:
    """What one policy says somewhere and, where the other does not, how sure that is and by which clauses."""

    text: Text
    basis: Run | None = None
    clauses: tuple[tuple[Run, str], ...] = ()


@dataclass(frozen=True)
class _Both:
    """What the two policies say somewhere; None where one has nothing."""

    old: _Said | None
    new: _Said | None
    mark: Mark


@dataclass(frozen=True)
class _Row:
    """A row: what it is about, and a cell for each column."""

    heads: tuple[_Both, ...]
    cells: tuple[_Both, ...]
    mark: Mark
    moved: _Both | None


@dataclass(frozen=True)
class _PageTable:
    """A table: the heads of the columns that say what rows are about, and those of the others."""

    title: _Both
    remarks: tuple[_Both, ...]
    heads: tuple[_Both, ...]
    columns: tuple[_Both, ...]
    rows: tuple[_Row, ...]
    mark: Mark

    @property
    def sides(self) -> tuple[str, ...]:
        """The policies that have it."""
        return tuple(side for side in ("old", "new") if getattr(self.title, side))

    @property
    def is_wide(self) -> bool:
        """Whether it has too many columns to stand side by side with another."""
        return len(self.heads) + sum(map(self.width, self.sides)) > MOST_COLUMNS

    @property
    def folded(self) -> int:
        """How many rows are folded away."""
        same = sum(row.mark == "same" for row in self.rows)
        return same if same > MOST_SAME_ROWS else 0

    def width(self, side: str) -> int:
        """How many columns one policy has besides those that say what rows are about."""
        return sum(getattr(column, side) is not None for column in self.columns)


class _Drawing:
    """What is drawn on a page, and the clauses that it has cited so far, with their anchors."""

    def __init__(self, old: Definition, new: Definition, language: str) -> None:
        self.definitions = old, new
        self.phrases = Phrases(new, language)
        self.cited: dict[str, str] = {}

    def table(self, table: PairedTable) -> _PageTable:
        heads = [table.columns[name] for name in table.heads]
        others = [name for name in table.columns if name not in table.heads]
        return _PageTable(
            self._both(table.title),
            tuple(map(self._both, table.remarks)),
            tuple(map(self._both, heads)),
            tuple(self._both(table.columns[name]) for name in others),
            tuple(self._row(row, table.heads, others) for row in table.rows),
            table.mark,
        )

    def clauses(self) -> list[tuple[str, str, _Both]]:
        """The clauses that are cited: number, anchor and heading."""
        found = []
        for number, anchor in sorted(self.cited.items()):
            clauses = (definition.clauses.get(number) for definition in self.definitions)
            old, new = (cell(self.phrases.label(clause.heading)) if clause else None for clause in clauses)
            found.append((number, anchor, self._both(Pair(old, new))))
        return found

    def _row(self, row: PairedRow, heads: Sequence[str], others: Sequence[str]) -> _Row:
        return _Row(
            tuple(self._both(row.cells[name]) for name in heads),
            tuple(self._both(row.cells[name]) for name in others),
            row.mark,
            self._both(row.moved) if row.moved else None,
        )

    def _both(self, pair: Pair) -> _Both:
        old, new = pair.texts
        return _Both(
            self._said(pair.old, pair.new, old, "old"), self._said(pair.new, pair.old, new, "new"), pair.mark
        )

    def _said(self, own: TableCell | None, other: TableCell | None, text: Text, role: Role) -> _Said | None:
        if own is None:
            return None
        if other and (own.meaning, own.basis, own.source) == (other.meaning, other.basis, other.source):
            return _Said(text)
        basis = None
        if own.basis:
            differs = other is not None and own.basis != other.basis
            basis = Run(self.phrases.words[own.basis], role if differs else "plain")
        clauses = []
        for number in own.source:
            differs = other is not None and number not in other.source
            anchor = self.cited.setdefault(number, f"clause-{len(self.cited) + 1}")
            clauses.append((Run(number, role if differs else "plain"), anchor))
        return _Said(text, basis, tuple(clauses))


_TEMPLATES = templates("supportrules.report.diff")
