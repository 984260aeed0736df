"""The parts of a report for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click
from rich.cells import cell_len

from supportrules.report.parts import (
    Folded,
    Grid,
    Item,
    Items,
    Paragraph,
    Part,
    Role,
    Run,
    Section,
    Text,
)
from supportrules.report.problems import printable

_STYLES: Mapping[Role, Mapping[str, Any]] = {
    "strong": {"bold": True},
    "quiet": {"dim": True},
    "code": {"fg": "cyan"},
    "new": {"bold": True},
    "better": {"fg": "green", "bold": True},
    "worse": {"fg": "red", "bold": True},
    "neutral": {"fg": "yellow", "bold": True},
}


def terminal(parts: Iterable[Part], width: int = 100) -> str:
    """Parts as lines, with styles that `click.unstyle` takes away.

    Args:
        width: how many columns a table may take; a wider one is told row by row.
    """
    lines = [line for part in parts for line in (*_Lines(width).of(part, 0), "")]
    return "\n".join(lines[:-1]) + "\n"


class _Lines:
    """Parts line by line."""

    def __init__(self, width: int) -> None:
        self.width = width

    def of(self, part: Part, level: int) -> Iterator[str]:
        match part:
            case Paragraph():
                yield _text(part.text)
            case Items():
                yield from self._items(part.items, "")
            case Grid():
                if part.caption:
                    yield _text(part.caption)
                yield from self._rows(part.filled)
            case Folded():
                yield _text(part.summary)
                for each in part.below:
                    yield from (f"  {line}" for line in self.of(each, level))
            case Section():
                heading = "".join(run.text for run in part.heading)
                yield click.style(printable(heading if level else heading.upper()), bold=True)
                for number, each in enumerate(part.below):
                    if number and isinstance(each, Section | Grid):
                        yield ""
                    yield from self.of(each, level + 1)

    def _items(self, items: Sequence[Item], indent: str) -> Iterator[str]:
        for item in items:
            yield f"{indent}{'· ' if indent else ''}{_text(item.text)}"
            for part in item.below:
                if isinstance(part, Items):
                    yield from self._items(part.items, indent + "  ")
                else:
                    yield from (f"{indent}  {line}" for line in self.of(part, 1))

    def _rows(self, grid: Grid) -> Iterator[str]:
        rows = [row for row in (grid.columns, *grid.rows) if row]
        texts = [[_text(cell) for cell in row] for row in rows]
        widths = [max(map(_length, column)) for column in zip(*texts, strict=True)]
        if sum(width + 2 for width in widths) > self.width and grid.columns:
            heads, *rest = texts
            for first, *others in rest:
                yield f"  {first}"
                told = zip(heads[1:], others, strict=True)
                yield from (f"    {head}: {cell}" for head, cell in told if cell)
            return
        for row in texts:
            cells = (each + " " * (width - _length(each)) for each, width in zip(row, widths, strict=True))
            yield f"  {'  '.join(cells)}".rstrip()


def _length(styled: str) -> int:
    return cell_len(click.unstyle(styled))


def _text(text: Text) -> str:
    return "".join(map(_run, text))


def _run(run: Run) -> str:
    style = _STYLES.get(run.role)
    said = printable(run.text)
    return click.style(said, **style) if style and said.strip() else said
