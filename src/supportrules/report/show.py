"""The tables of a policy as text for a terminal, as Markdown, and as JSON data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from supportrules.engine.evaluation import Policy
from supportrules.policy import BASES
from supportrules.report.blocks import grid, write_block
from supportrules.report.days import Days
from supportrules.report.markdown import escaped
from supportrules.report.phrases import Phrases
from supportrules.report.policy_tables import sheets
from supportrules.report.problems import printable
from supportrules.report.table_model import Sheet, TableCell

STATED = BASES[0]
# The space between two columns.
GAP = 3
# Where a cell would be folded into more lines, a list is easier to read.
MOST_LINES = 9
# More than any table needs.
UNBOUND = 100_000
# Stand for spaces at which rich must not break a line: one that the text has so, and that before a mark.
BOUND, GLUE = "\ue000", "\ue001"
SIGNS = str.maketrans({BOUND: "\u00a0", GLUE: " "})


class PolicyTables:
    """The tables of a policy on some topics.

    Args:
        language: of text; data has all of them.
        clauses: whether text has the clauses of each cell.
        days: those of a place, which have a table after the others.
    """

    def __init__(
        self,
        policy: Policy,
        topics: Sequence[str],
        language: str,
        *,
        clauses: bool = False,
        days: Days | None = None,
    ) -> None:
        self.policy, self.topics, self.clauses, self.days = policy, topics, clauses, days
        self.phrases = Phrases(policy.definition, language)
        self.words = self.phrases.words
        self.sheets = [sheet for topic in topics for sheet in sheets(policy, topic, language)]
        self.sheets += [days.sheet(language)] if days else []
        self._notes: dict[tuple[str, tuple[str, ...]], int] = {}

    # For a terminal

    def print(self, console: Console) -> None:
        """Prints the tables, as wide as the console is."""
        for number, sheet in enumerate(self.sheets):
            write_block(console, partial(self._print, console, sheet), first=not number, signs=SIGNS)

    def _print(self, console: Console, sheet: Sheet) -> None:
        console.print(_bound(sheet.title, "bold"))
        for remark in sheet.remarks:
            console.print(_bound(remark.text, "dim"))
        console.print()
        self._notes.clear()
        texts = [[self._text(cell) for cell in row] for row in (sheet.columns.values(), *sheet.rows)]
        widths = self._widths(console, texts)
        if widths:
            console.print(self._table(texts, widths))
        else:
            self._print_blocks(console, texts)
        notes = Table.grid(padding=(0, 1))
        for number, text in self._footnotes():
            notes.add_row(_bound(f"[{number}]"), _bound(text), style="dim")
        console.print()
        console.print(notes)

    @staticmethod
    def _widths(console: Console, texts: Sequence[Sequence[Text]]) -> list[int]:
        """The width of each column, so that no word is cut; none where a table would be unreadable."""
        options = console.options.update(max_width=UNBOUND)
        measured = ([Measurement.get(console, options, text) for text in row] for row in texts)
        columns = list(zip(*measured, strict=True))
        least = [max(m.minimum for m in column) for column in columns]
        most = [max(m.maximum for m in column) for column in columns]
        room = console.width - GAP * (len(columns) - 1)
        for lines in range(1, MOST_LINES + 1):
            widths = [max(low, -(-high // lines)) for low, high in zip(least, most, strict=True)]
            if sum(widths) <= room:
                break
        else:
            return []
        # What is left goes first to the columns that need least to be whole.
        for column in sorted(range(len(widths)), key=lambda column: most[column] - widths[column]):
            widths[column] += min(most[column] - widths[column], room - sum(widths))
        return widths

    @staticmethod
    def _table(texts: Sequence[Sequence[Text]], widths: Sequence[int]) -> Table:
        head, *rows = texts
        # Where cells are folded, rows need air.
        folded = any(text.cell_len > w for row in rows for text, w in zip(row, widths, strict=True))
        table = Table(
            box=SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            header_style="bold",
            padding=(0, GAP - 1, 0, 0),
            leading=int(folded),
        )
        for text, width in zip(head, widths, strict=True):
            table.add_column(text, width=width, overflow="fold")
        for row in rows:
            table.add_row(*row)
        return table

    @staticmethod
    def _print_blocks(console: Console, texts: Sequence[Sequence[Text]]) -> None:
        """A list in place of a table: the first cell of a row above, the others below it."""
        (_, *names), *rows = texts
        for number, (first, *others) in enumerate(rows):
            if number:
                console.print()
            first.stylize("bold")
            console.print(first)
            console.print(Padding(grid(zip(names, others, strict=True), long_names=True), (0, 0, 0, 2)))

    def _text(self, cell: TableCell) -> Text:
        text = _bound(cell.text, self._style(cell.value))
        if self.clauses and cell.source:
            text.append(printable(f" ({', '.join(cell.source)})"), style="cyan")
        number = self._note(cell)
        return text.append(f"{GLUE}[{number}]", style="dim") if number else text

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

    def _note(self, cell: TableCell) -> int | None:
        """The number of the footnote that says how sure a cell is; stated ones need none."""
        if cell.basis in (None, STATED):
            return None
        return self._notes.setdefault((str(cell.basis), cell.source), len(self._notes) + 1)

    def _footnotes(self) -> Iterator[tuple[int, str]]:
        for (basis, source), number in self._notes.items():
            clauses = ", ".join(map(self._clause, source))
            yield number, f"{self.words[basis]}{self.words[':']}{clauses}"

    def _clause(self, number: str) -> str:
        clause = self.policy.definition.clauses[number]
        return f"{number} ({self.phrases.label(clause.heading)})"

    # Markdown

    def markdown(self) -> str:
        """The tables as Markdown, in the form that GitHub shows; footnotes are numbered through."""
        self._notes.clear()
        return "\n\n".join([*map(self._markdown, self.sheets), *self._markdown_notes()]) + "\n"

    def _markdown(self, sheet: Sheet) -> str:
        rows = [list(sheet.columns.values()), *sheet.rows]
        lines = [f"| {' | '.join(map(self._markdown_cell, row))} |" for row in rows]
        lines.insert(1, "| --- " * len(sheet.columns) + "|")
        return "\n\n".join(
            [
                f"## {escaped(sheet.title)}",
                *(escaped(remark.text) for remark in sheet.remarks),
                "\n".join(lines),
            ]
        )

    def _markdown_cell(self, cell: TableCell) -> str:
        text = escaped(cell.text)
        if self.clauses and cell.source:
            text += f" ({escaped(', '.join(cell.source))})"
        number = self._note(cell)
        return f"{text} [^{number}]" if number else text

    def _markdown_notes(self) -> list[str]:
        notes = [f"[^{number}]: {escaped(text)}" for number, text in self._footnotes()]
        return ["\n".join(notes)] if notes else []

    # JSON

    def to_dict(self) -> dict[str, Any]:
        """The tables as JSON data: values, clauses and basis, and texts in every language of the policy."""
        definition = self.policy.definition
        languages = definition.languages
        spoken = [
            PolicyTables(self.policy, self.topics, language, days=self.days).sheets for language in languages
        ]
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


def _bound(text: str, style: str = "") -> Text:
    # What is printable has no such sign of its own.
    return Text(printable(text).replace("\u00a0", BOUND), style=style)


def _data(versions: Mapping[str, Sheet]) -> dict[str, Any]:
    """One table in all languages."""
    sheet = next(iter(versions.values()))
    names = list(sheet.columns)
    rows = zip(*(version.rows for version in versions.values()), strict=True)
    remarks = zip(*(version.remarks for version in versions.values()), strict=True)

    def cells(found: Iterable[Sequence[TableCell]]) -> dict[str, Any]:
        return {
            name: _cell(dict(zip(versions, same, strict=True)))
            for name, same in zip(names, zip(*found, strict=True), strict=True)
        }

    return {
        "topic": sheet.topic,
        "title": {language: version.title for language, version in versions.items()},
        "remarks": [dict(zip(versions, (r.text for r in same), strict=True)) for same in remarks],
        "columns": cells([list(version.columns.values()) for version in versions.values()]),
        "rows": [cells(row) for row in rows],
    }


def _cell(versions: Mapping[str, TableCell]) -> dict[str, Any]:
    cell = next(iter(versions.values()))
    text = {language: version.text for language, version in versions.items()}
    return {"value": cell.value, "text": text, "source": list(cell.source), "basis": cell.basis}


def _cells(table: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for row in (table["columns"], *table["rows"]):
        yield from row.values()
