"""Problems for people: place, message, the line itself, and a caret."""

from __future__ import annotations

from collections.abc import Iterable

import click

from supportrules.base.characters import plain
from supportrules.base.problem import Location, Problem

WIDTH = 100
_BLANKS = str.maketrans("\t\n\r", "   ")


def problem_text(problem: Problem, lead: str = "") -> str:
    """A problem in words, with its line and a caret under the place.

    Args:
        problem: what to tell.
        lead: what stands between the place and the message, such as the kind of the problem.
    """
    text = lead + click.style(printable(problem.message), bold=True)
    if problem.hint:
        text += f": {printable(problem.hint)}"
    if problem.location is None:
        return text
    return "\n".join([f"{place_text(problem.location)}: {text}", *line_and_caret(problem.location)])


def place_text(place: Location) -> str:
    """A place, as a terminal can open it."""
    return click.style(printable(str(place)), fg="cyan")


def line_and_caret(place: Location) -> list[str]:
    """The line of a place and a caret under its column; nothing where there is none."""
    if not place.text.strip():
        return []
    # An escape is wider than what it stands for.
    before = printable(place.text[: max(place.column - 1, 0)])
    shown, column = _cut(printable(place.text), place.column and len(before) + 1)
    lines = [f"    {shown}"]
    if column:
        lines.append("    " + " " * (column - 1) + click.style("^", fg="red", bold=True))
    return lines


def printable(text: str) -> str:
    """Text from outside on one line: blanks in place of tabs and line breaks, and escapes as of `plain`."""
    return plain(text.translate(_BLANKS))


def printable_lines(text: str) -> str:
    """The same of a text that may have several lines."""
    return "\n".join(map(printable, text.split("\n")))


def problems_text(problems: Iterable[Problem]) -> str:
    """All problems, one after the other."""
    return "\n".join(map(problem_text, problems))


def _cut(text: str, column: int) -> tuple[str, int]:
    """The part of a long line around a column, and where the column is in it."""
    if len(text) <= WIDTH:
        return text, column
    start = max(0, column - 1 - WIDTH // 2)
    part = text[start : start + WIDTH]
    left, right = "…" if start else "", "…" if start + WIDTH < len(text) else ""
    return f"{left}{part}{right}", column and column - start + len(left)
