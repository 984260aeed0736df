"""Problems for people: place, message, the line itself, and a caret."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import click

from supportrules.problem import Problem

_WIDTH = 100


def problem_text(problem: Problem) -> str:
    """A problem in words, with its line and a caret under the place."""
    place = problem.location
    text = click.style(printable(problem.message), bold=True)
    if problem.hint:
        text += f": {problem.hint}"
    if place is None:
        return text
    lines = [f"{click.style(str(place), fg='cyan')}: {text}"]
    if place.text.strip():
        shown, column = _cut(printable(place.text), place.column)
        lines.append(f"    {shown}")
        if column:
            lines.append("    " + " " * (column - 1) + click.style("^", fg="red", bold=True))
    return "\n".join(lines)


def printable(text: str) -> str:
    """Text from outside without what moves a terminal's cursor or changes its colours."""
    return "".join(c if _is_plain(c) else " " if c in "\t\n\r" else "\ufffd" for c in text)


def _is_plain(char: str) -> bool:
    # A space that keeps words together is one that Python does not call printable.
    return char.isprintable() or unicodedata.category(char) == "Zs"


def problems_text(problems: Iterable[Problem]) -> str:
    """All problems, one after the other."""
    return "\n".join(map(problem_text, problems))


def _cut(text: str, column: int) -> tuple[str, int]:
    """The part of a long line around a column, and where the column is in it."""
    if len(text) <= _WIDTH:
        return text, column
    start = max(0, column - 1 - _WIDTH // 2)
    part = text[start : start + _WIDTH]
    left, right = "…" if start else "", "…" if start + _WIDTH < len(text) else ""
    return f"{left}{part}{right}", column and column - start + len(left)
