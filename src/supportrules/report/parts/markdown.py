"""The parts of a report in Markdown, for a comment or a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from supportrules.report.markdown import code, escaped, html
from supportrules.report.parts import Folded, Grid, Item, Items, Paragraph, Part, Run, Section, Text

_MARKS = {"strong": "**", "better": "**", "worse": "**", "neutral": "**", "new": "**"}


def markdown(parts: Iterable[Part], level: int = 2) -> str:
    """Parts as Markdown.

    Args:
        level: of the headings of the outermost sections.
    """
    return "\n\n".join(block for part in parts for block in _blocks(part, level)) + "\n"


def _blocks(part: Part, level: int) -> Iterator[str]:
    match part:
        case Paragraph():
            yield _text(part.text)
        case Items():
            yield "\n".join(_items(part.items, ""))
        case Grid():
            if part.caption:
                yield _text(part.caption)
            yield "\n".join(_rows(part.filled))
        case Folded():
            yield f"<details><summary>{''.join(html(run.text) for run in part.summary)}</summary>"
            for each in part.below:
                yield from _blocks(each, level)
            yield "</details>"
        case Section():
            yield f"{'#' * min(level, 6)} {_text(part.heading)}"
            for each in part.below:
                yield from _blocks(each, level + 1)


def _items(items: Sequence[Item], indent: str) -> Iterator[str]:
    for item in items:
        yield f"{indent}- {_text(item.text)}"
        for part in item.below:
            if isinstance(part, Items):
                yield from _items(part.items, indent + "  ")
            else:
                for block in _blocks(part, 6):
                    yield ""
                    yield from (f"{indent}  {line}" for line in block.split("\n"))


def _rows(grid: Grid) -> Iterator[str]:
    width = max(len(row) for row in (grid.columns, *grid.rows))
    columns = grid.columns or ((),) * width
    for number, row in enumerate((columns, *grid.rows)):
        yield f"| {' | '.join(_text(cell, in_table=True) for cell in row)} |"
        if not number:
            yield "|" + " --- |" * width


def _text(text: Text, *, in_table: bool = False) -> str:
    return "".join(_run(run, in_table) for run in text)


def _run(run: Run, in_table: bool) -> str:
    if run.role == "code":
        return code(run.text, in_table=in_table)
    mark = _MARKS.get(run.role, "")
    return f"{mark}{escaped(run.text)}{mark}" if run.text.strip() else run.text
