"""The tables of a policy as text for a terminal, as Markdown, and as JSON data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from supportrules.evaluate import Policy
from supportrules.policy.objects import BASES
from supportrules.report.cells import Cell, Sheet
from supportrules.report.phrases import Phrases
from supportrules.report.problems import printable
from supportrules.report.sheets import sheets

STATED = BASES[0]
# A column that gets less is a column of syllables.
LEAST_WIDTH = 14


class PolicyTables:
    """The tables of a policy on some topics.

    Args:
        language: of text; data has all of them.
        clauses: whether text has the clauses of each cell.
    """

    def __init__(
        self, policy: Policy, topics: Sequence[str], language: str, *, clauses: bool = False
    ) -> None:
        self.policy, self.topics, self.clauses = policy, topics, clauses
        self.phrases = Phrases(policy.definition, language)
        self.words = self.phrases.words
        self.sheets = [sheet for topic in topics for sheet in sheets(policy, topic, language)]
        self._notes: dict[tuple[str, tuple[str, ...]], int] = {}

    # For a terminal

    def print(self, console: Console) -> None:
        """Prints them, as wide as the console is."""
        with console.capture() as captured:
            for number, sheet in enumerate(self.sheets):
                if number:
                    console.print()
                self._print(console, sheet)
        # Tables are padded to their width, which a file does not need.
        console.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))

    def _print(self, console: Console, sheet: Sheet) -> None:
        console.print(Text(printable(sheet.title), style="bold"))
        for remark in sheet.remarks:
            console.print(Text(printable(remark), style="dim"))
        self._notes.clear()
        table = self._table(sheet)
        measured = console.measure(table)
        if self._fits(console, sheet, measured.minimum):
            # Where cells are folded, rows need air.
            table.leading = int(console.measure(table).maximum > console.width)
            console.print(table)
        else:
            console.print()
            self._print_blocks(console, sheet)
        for text in self._footnotes():
            console.print(Text(text, style="dim"))

    @staticmethod
    def _fits(console: Console, sheet: Sheet, minimum: int) -> bool:
        return minimum <= console.width and len(sheet.columns) * LEAST_WIDTH <= console.width

    def _table(self, sheet: Sheet) -> Table:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for column in sheet.columns.values():
            table.add_column(self._text(column), overflow="fold")
        for row in sheet.rows:
            table.add_row(*map(self._text, row))
        return table

    def _print_blocks(self, console: Console, sheet: Sheet) -> None:
        """A list in place of a table: the first cell of a row above, the others below it."""
        for number, (first, *others) in enumerate(sheet.rows):
            if number:
                console.print()
            console.print(self._text(first, style="bold"))
            grid = Table.grid(padding=(0, 2))
            grid.add_column(style="dim")
            grid.add_column(overflow="fold")
            for column, cell in zip([*sheet.columns.values()][1:], others, strict=True):
                grid.add_row(self._text(column), self._text(cell))
            console.print(Padding(grid, (0, 0, 0, 2)))

    def _text(self, cell: Cell, style: str = "") -> Text:
        text = Text(printable(cell.text), style=style or self._style(cell.value))
        if self.clauses and cell.source:
            text.append(f" ({', '.join(cell.source)})", style="cyan")
        number = self._note(cell)
        return text.append(f" [{number}]", style="dim") if number else text

    @staticmethod
    def _style(value: Any) -> str:
        match value:
            case {"eligible": eligible}:
                return "green" if eligible else "red"
            case {"possible": _, "missing": _}:
                return "yellow"
            case _:
                return ""

    # Footnotes

    def _note(self, cell: Cell) -> int | None:
        """The number of the footnote that says how sure a cell is; stated ones need none."""
        if cell.basis in (None, STATED):
            return None
        return self._notes.setdefault((str(cell.basis), cell.source), len(self._notes) + 1)

    def _footnotes(self, mark: str = "[{number}] ") -> Iterator[str]:
        for (basis, source), number in self._notes.items():
            clauses = ", ".join(map(self._clause, source))
            yield mark.format(number=number) + printable(f"{self.words[basis]}{self.words[':']}{clauses}")

    def _clause(self, number: str) -> str:
        clause = self.policy.definition.clauses[number]
        return f"{number} ({self.phrases.label(clause.heading)})"

    # Markdown

    def markdown(self) -> str:
        """They as Markdown, in the form that GitHub shows; footnotes are numbered through."""
        self._notes.clear()
        return "\n\n".join([*map(self._markdown, self.sheets), *self._markdown_notes()]) + "\n"

    def _markdown(self, sheet: Sheet) -> str:
        rows = [list(sheet.columns.values()), *sheet.rows]
        lines = [f"| {' | '.join(map(self._markdown_cell, row))} |" for row in rows]
        lines.insert(1, "| --- " * len(sheet.columns) + "|")
        return "\n\n".join([f"## {escaped(sheet.title)}", *map(escaped, sheet.remarks), "\n".join(lines)])

    def _markdown_cell(self, cell: Cell) -> str:
        text = escaped(cell.text)
        if self.clauses and cell.source:
            text += f" ({', '.join(cell.source)})"
        number = self._note(cell)
        return f"{text} [^{number}]" if number else text

    def _markdown_notes(self) -> list[str]:
        notes = [escaped(note) for note in self._footnotes("")]
        marked = [f"[^{number}]: {note}" for number, note in enumerate(notes, 1)]
        return ["\n".join(marked)] if marked else []

    # JSON

    def to_dict(self) -> dict[str, Any]:
        """They as JSON data: ids, values, clauses and basis, and texts in every language of the policy."""
        definition = self.policy.definition
        languages = definition.languages
        spoken = [PolicyTables(self.policy, self.topics, language).sheets for language in languages]
        tables = [
            _data(dict(zip(languages, versions, strict=True))) for versions in zip(*spoken, strict=True)
        ]
        cited = {number for table in tables for cell in _cells(table) for number in cell["source"]}
        clauses = {n: clause.heading for n, clause in definition.clauses.items() if n in cited}
        return {
            "policy": {"name": definition.name, "version": definition.version, "digest": definition.digest},
            "tables": tables,
            "clauses": {number: dict(heading) for number, heading in clauses.items()},
        }


def escaped(text: str) -> str:
    """Text as it is, where Markdown would take signs for its own."""
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", printable(text))


def _data(versions: Mapping[str, Sheet]) -> dict[str, Any]:
    """One table in all languages."""
    sheet = next(iter(versions.values()))
    names = list(sheet.columns)
    rows = zip(*(version.rows for version in versions.values()), strict=True)
    remarks = zip(*(version.remarks for version in versions.values()), strict=True)

    def cells(found: Iterable[Sequence[Cell]]) -> dict[str, Any]:
        return {
            name: _cell(dict(zip(versions, same, strict=True)))
            for name, same in zip(names, zip(*found, strict=True), strict=True)
        }

    return {
        "topic": sheet.topic,
        "title": {language: version.title for language, version in versions.items()},
        "remarks": [dict(zip(versions, texts, strict=True)) for texts in remarks],
        "columns": cells([list(version.columns.values()) for version in versions.values()]),
        "rows": [cells(row) for row in rows],
    }


def _cell(versions: Mapping[str, Cell]) -> dict[str, Any]:
    cell = next(iter(versions.values()))
    text = {language: version.text for language, version in versions.items()}
    return {"value": cell.value, "text": text, "source": list(cell.source), "basis": cell.basis}


def _cells(table: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for row in (table["columns"], *table["rows"]):
        yield from row.values()
