"""Blocks of lines, one below the other, as every report prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Self

from rich import text as rich_text
from rich.console import Console
from rich.style import Style
from rich.table import Table

from supportrules.report.github import without_commands
from supportrules.report.problems import printable


class Text(rich_text.Text):
    """Text for a terminal; whatever it is made of only shows itself, on one line."""

    def __init__(self, text: str = "", style: str | Style = "") -> None:
        super().__init__(printable(text), style)

    def append(self, text: rich_text.Text | str, style: str | Style | None = None) -> Self:
        """Adds to it, with a style of its own."""
        super().append(printable(text) if isinstance(text, str) else text, style)
        return self


def write_block(
    console: Console, draw: Callable[[], None], *, first: bool, signs: Mapping[int, str] | None = None
) -> None:
    """Writes what is drawn on a console, after an empty line unless it is the first block.

    Args:
        signs: what to write for characters that only stand for others.
    """
    with console.capture() as captured:
        draw()
    text = captured.get().translate(signs or {})
    # Tables are padded to their width, which a file does not need.
    lines = [line.rstrip() for line in text.rstrip().splitlines()]
    block = "".join(f"{line}\n" for line in (lines if first else ["", *lines]))
    console.file.write(without_commands(block))


def grid(lines: Iterable[tuple[str | rich_text.Text, rich_text.Text]], *, long_names: bool = False) -> Table:
    """Names, which are folded only if they can be long, with what is said of each beside them."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=not long_names)
    table.add_column(overflow="fold")
    for name, text in lines:
        table.add_row(Text(name) if isinstance(name, str) else name, text)
    return table
