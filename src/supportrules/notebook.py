"""What a notebook shows of an object: its name and a small table."""

from __future__ import annotations

import html
from collections.abc import Iterable

from supportrules.characters import escape, is_plain


def plain(text: object) -> str:
    """A text on one line, with an escape for each character that does not just show itself."""
    return "".join(char if is_plain(char) else escape(char) for char in str(text))


def table(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """A title and rows of two cells, as HTML.

    Args:
        rows: what each is called, and what it is; rows of nothing are left out.
    """
    lines = (
        f'<tr><th style="text-align: left">{_cell(name)}</th>'
        f'<td style="text-align: left">{_cell(value)}</td></tr>'
        for name, value in rows
        if value not in (None, "")
    )
    return f"<table><caption>{_cell(title)}</caption>{''.join(lines)}</table>"


def _cell(text: object) -> str:
    return html.escape(plain(text))
