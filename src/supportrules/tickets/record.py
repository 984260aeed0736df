"""A ticket as it was read, with its places."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from supportrules.base.problem import Location, Problem


class Source(Protocol):
    """The text that a ticket was read from."""

    def place(self, field: str | None) -> Location:
        """Where a field stands with its line, or the ticket if that can't be told."""


@dataclass(frozen=True)
class Record:
    """A ticket as it was read, or why it could not be.

    Args:
        location: where it begins.
        ticket: its fields; None if it could not be read.
        problems: what is wrong with its text.
        source: what it was read from, which knows the places of its fields.
        read: how many bytes of its file were read with it; 0 where that is not known.
    """

    location: Location
    ticket: dict[str, Any] | None
    problems: tuple[Problem, ...] = ()
    source: Source | None = None
    read: int = field(default=0, compare=False)

    @property
    def problem(self) -> Problem | None:
        """The first of the problems."""
        return self.problems[0] if self.problems else None

    def place(self, field: str | None) -> Location:
        """Where a field stands with its line, or the ticket if that can't be told."""
        return self.source.place(field) if self.source else self.location

    def placed(self, problem: Problem) -> Problem:
        """A problem of this ticket with its place, where it has none."""
        return problem if problem.location else replace(problem, location=self.place(problem.field))


def place_at(text: str, position: int, name: str, line: int) -> Location:
    """A position in a text whose line is known, with that line."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return Location(
        name, line, position - start + 1, text[start : end if end >= 0 else len(text)].rstrip("\r")
    )
