"""What did not pass, as workflow commands that GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from supportrules.problem import Location
from supportrules.report.problems import printable
from supportrules.report.testing import Results, summary
from supportrules.report.words import Words


def github_text(results: Results, words: Words) -> str:
    """A command for each case that does not pass and for each problem of files, and a summary."""
    return "".join(f"{line}\n" for line in (*_commands(results), summary(results, words)))


def _commands(results: Results) -> Iterator[str]:
    for outcome in results.outcomes:
        name, place = outcome.case.name, outcome.case.location
        if outcome.differences:
            yield _command(place, name, "\n".join(map(str, outcome.differences)))
        for problem in outcome.problems:
            yield _command(problem.location or place, name, problem.text)
    for problem in results.unreadable:
        yield _command(problem.location or Location(""), problem.code, problem.text)


def _command(place: Location, title: str, message: str) -> str:
    properties: dict[str, object] = {
        "file": place.file,
        "line": place.line,
        "col": place.column,
        "title": title,
    }
    listed = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in properties.items() if value)
    return f"::error {listed}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    """Text with `%XX` for what would end a command, or a property of it."""
    lines = [printable(line) for line in text.split("\n")]
    text = "\n".join(lines)
    for char in f"%\n{more}":
        text = text.replace(char, f"%{ord(char):02X}")
    return text
