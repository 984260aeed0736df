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


def terminal(parts: Iterable[Part]) -> str:
    """Parts as lines, with styles that `click.unstyle` takes away."""
    lines = [line for part in parts for line in (*_lines(part, 0), "")]
    return "\n".join(lines[:-1]) + "\n"


def _lines(part: Part, level: int) -> Iterator[str]:
    match part:
        case Paragraph():
            yield _text(part.text)
        case Items():
            yield from _items(part.items, "")
        case Grid():
            if part.caption:
                yield _text(part.caption)
            yield from _rows(part)
        case Folded():
            yield _text(part.summary)
            for each in part.below:
                yield from (f"  {line}" for line in _lines(each, level))
        case Section():
            heading = "".join(run.text for run in part.heading)
            yield click.style(printable(heading.upper() if not level else heading), bold=True)
            for number, each in enumerate(part.below):
                if number and isinstance(each, Section):
                    yield ""
                yield from _lines(each, level + 1)


def _items(items: Sequence[Item], indent: str) -> Iterator[str]:
    for item in items:
        yield f"{indent}{'· ' if indent else ''}{_text(item.text)}"
        for part in item.below:
            if isinstance(part, Items):
                yield from _items(part.items, indent + "  ")
            else:
                yield from (f"{indent}  {line}" for line in _lines(part, 1))


def _rows(grid: Grid) -> Iterator[str]:
    rows = [row for row in (grid.columns, *grid.rows) if row]
    texts = [[_text(cell) for cell in row] for row in rows]
    columns = zip(*texts, strict=True)
    widths = [max(cell_len(click.unstyle(each)) for each in column) for column in columns]
    for row in texts:
        cells = (
            each + " " * (width - cell_len(click.unstyle(each)))
            for each, width in zip(row, widths, strict=True)
        )
        yield f"  {'  '.join(cells)}".rstrip()


def _text(text: Text) -> str:
    return "".join(map(_run, text))


def _run(run: Run) -> str:
    style = _STYLES.get(run.role)
    said = printable(run.text)
    return click.style(said, **style) if style and said.strip() else said
