"""What a notebook shows of an object: a title and a small table."""

from __future__ import annotations

import html
from collections.abc import Iterable

from supportrules.base.characters import plain


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
    return html.escape(plain(str(text)))
