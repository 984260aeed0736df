"""The parts of a report for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
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
    lines = [line for part in parts for line in (*_TerminalLines(width).of(part, 0), "")]
    return "\n".join(lines[:-1]) + "\n"


class _TerminalLines:
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
        widths, cells = self._fitted(rows)
        if widths is None and grid.columns:
            heads, *rest = ([_text(cell) for cell in row] for row in rows)
            for first, *others in rest:
                yield f"  {first}"
                told = zip(heads[1:], others, strict=True)
                yield from (f"    {head}: {cell}" for head, cell in told if cell)
            return
        for row in cells:
            for line in zip_longest(*row, fillvalue=""):
                padded = (
                    each + " " * (width - _length(each))
                    for each, width in zip(line, widths or [0] * len(line), strict=True)
                )
                yield f"  {'  '.join(padded)}".rstrip()

    def _fitted(self, rows: Sequence[Sequence[Text]]) -> tuple[list[int] | None, list[list[list[str]]]]:
        """The widths of columns that fit, with the lines of each cell; no widths where none fit."""
        whole = [[[_text(cell)] for cell in row] for row in rows]
        natural = [max(_length(cell[0]) for cell in column) for column in zip(*whole, strict=True)]
        room = self.width - 2 * len(natural)
        if sum(natural) <= room:
            return natural, whole
        for pieces in (_words, _parts_of_words):
            texts = [[pieces(cell) for cell in row] for row in rows]
            columns = [[piece for cell in column for piece in cell] for column in zip(*texts, strict=True)]
            least = [max(map(_width, column), default=0) for column in columns]
            if sum(least) <= room:
                # The widest columns are folded, all to the same width if they can be.
                limit = max(n for n in range(room + 1) if sum(_limited(least, natural, n)) <= room)
                widths = list(_limited(least, natural, limit))
                folded = [[_folded(c, width) for c, width in zip(row, widths, strict=True)] for row in texts]
                return widths, folded
        return None, whole


def _limited(least: Sequence[int], natural: Sequence[int], limit: int) -> Iterator[int]:
    return (max(few, min(many, limit)) for few, many in zip(least, natural, strict=True))


def _words(text: Text) -> list[Run]:
    """A text in pieces after which a line may end."""
    return _pieces(text, r"[^ ]* ?")


def _parts_of_words(text: Text) -> list[Run]:
    """A text in smaller pieces: paths and ids may go on in the next line too."""
    return _pieces(text, r"(?:[^ /._]|[/._](?![A-Za-z]))*(?:[ /._]|$)")


def _pieces(text: Text, pattern: str) -> list[Run]:
    return [replace(run, text=piece) for run in text for piece in re.findall(pattern, run.text) if piece]


def _folded(pieces: Iterable[Run], width: int) -> list[str]:
    """Pieces in lines of a width."""
    lines: list[list[Run]] = [[]]
    for piece in pieces:
        if lines[-1] and sum(cell_len(printable(run.text)) for run in lines[-1]) + _width(piece) > width:
            last = lines[-1][-1]
            lines[-1][-1] = replace(last, text=last.text.rstrip(" "))
            lines.append([])
        lines[-1].append(piece)
    return [_text(tuple(line)) for line in lines]


def _width(piece: Run) -> int:
    """How wide a piece is at the end of a line."""
    return cell_len(printable(piece.text).rstrip(" "))


def _length(styled: str) -> int:
    return cell_len(click.unstyle(styled))


def _text(text: Text) -> str:
    return "".join(map(_run, text))


def _run(run: Run) -> str:
    style = _STYLES.get(run.role)
    said = printable(run.text)
    return click.style(said, **style) if style and said.strip() else said
