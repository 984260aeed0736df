"""Workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

import re
from typing import Literal

from supportrules.base.problem import Location
from supportrules.report.locations import in_repository
from supportrules.report.problems import printable, printable_lines


def workflow_command(
    kind: Literal["error", "warning", "notice"], title: str, message: str, place: Location | None = None
) -> str:
    """One command: what GitHub is to show, in one line or several, under which title, and where."""
    properties: dict[str, object] = {}
    if place:
        properties["file"] = in_repository(place).file
        properties |= {key: n for key, n in (("line", place.line), ("col", place.column)) if n}
    properties["title"] = title
    listed = ",".join(f"{name}={_escaped(printable(str(value)), ':,')}" for name, value in properties.items())
    return f"::{kind} {listed}::{_escaped(printable_lines(message))}"


def without_commands(lines: str) -> str:
    """Lines for people, of which the log of a workflow takes none for a command, whatever it quotes."""
    # What stands before, blanks and styles, does not count there.
    safe = re.sub(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=:)", r"\1\\x3a", lines, flags=re.MULTILINE)
    return safe.replace("##[", "#\\x23[")


def _escaped(text: str, more: str = "") -> str:
    """Text with `%XX` for what would end a command or a property of it."""
    for char in "%\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text
