"""What a finding is: a place, a stable code, what is wrong there and what would be right."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, order=True)
class Location:
    """A place in a text: file, line and column (both counted from 1), and the line itself.

    A column or a line of 0 means that the place is the file (or the line) as a whole.
    """

    file: str
    line: int = 0
    column: int = 0
    text: str = dataclasses.field(default="", compare=False)

    def __str__(self) -> str:
        parts = [self.file]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)

    def to_dict(self) -> dict[str, object]:
        """As JSON data, without the line itself."""
        return {"file": self.file, "line": self.line, "column": self.column}


@dataclass(frozen=True)
class Witness:
    """A ticket that shows what a finding says, and what would be right for it.

    Args:
        ticket: field names and values.
        expect: the part of the decision that would be right, as test cases have it.
        rules: references to rules, under `fired`, `stood` and `not_fired`, as test cases have them.
    """

    ticket: Mapping[str, object]
    expect: Mapping[str, object]
    rules: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """The ticket and the expectation as JSON data."""
        data: dict[str, object] = {"ticket": dict(self.ticket), "expect": dict(self.expect)}
        if self.rules:
            data["rules"] = {kind: list(rules) for kind, rules in self.rules.items()}
        return data


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a finding.

    Args:
        code: stable name of the kind of problem, such as ``unknown-value``.
        message: what is wrong, in lower case, without a final period.
        hint: what would be right, or empty.
        location: where, or None for a ticket that came as an object.
        field: the fact or the key that it is about, or None.
        value: the value that was given, or None.
        accepted: values that would be accepted, when they are few enough to list.
        nearest: the accepted values that are most like the given one.
        kind: an error, or a warning.
        related: the other places that it is about.
        witnesses: tickets that show it.
        allowed: why the policy allows it, in its languages, or None.
    """

    code: str
    message: str
    hint: str = ""
    location: Location | None = None
    field: str | None = None
    value: object = None
    accepted: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    kind: Literal["error", "warning"] = "error"
    related: tuple[Location, ...] = ()
    witnesses: tuple[Witness, ...] = dataclasses.field(default=(), compare=False)
    allowed: Mapping[str, str] | None = dataclasses.field(default=None, compare=False)

    @property
    def text(self) -> str:
        """What is wrong and what would be right."""
        return f"{self.message}: {self.hint}" if self.hint else self.message

    def __str__(self) -> str:
        return f"{self.location}: {self.text}" if self.location else self.text

    def to_dict(self) -> dict[str, object]:
        """The problem as JSON data; keys that say nothing are left out."""
        data: dict[str, object] = {"code": self.code, "message": self.message}
        if self.hint:
            data["hint"] = self.hint
        if self.field is not None:
            data["field"] = self.field
            data["value"] = _plain(self.value)
        if self.accepted:
            data["accepted"] = list(self.accepted)
        if self.nearest:
            data["nearest"] = list(self.nearest)
        if self.location:
            data["location"] = self.location.to_dict()
        if self.related:
            data["related"] = [place.to_dict() for place in self.related]
        if self.witnesses:
            data["witnesses"] = [witness.to_dict() for witness in self.witnesses]
        if self.allowed is not None:
            data["allowed"] = dict(self.allowed)
        return data


def _plain(value: object) -> object:
    """A value from outside as JSON data of bounded size; what it can't be is left out."""
    match value:
        case str():
            return value[:200].encode("utf-8", "replace").decode()
        case bool() | None:
            return value
        case int() if abs(value) < 2**63:
            return value
        case float() if math.isfinite(value):
            return value
        case _:
            return None


def ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems by place, then code, then message, each once."""

    def key(problem: Problem) -> tuple[Location, str, str]:
        return (problem.location or Location(""), problem.code, problem.message)

    return tuple(sorted(dict.fromkeys(problems), key=key))
