"""Conditions: what must hold of named values for a rule to fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Scalar = str | bool | int


@dataclass(frozen=True)
class Test:
    """One named value tested.

    Args:
        name: a fact or a conclusion.
        accepted: the values that pass, or None when they are not listed.
        excluded: the values that do not pass (an absent value passes).
        at_least, at_most: bounds of a number, both included; an absent value fails them.
        given: True passes any value, False only an absent one.
    """

    name: str
    accepted: frozenset[Scalar] | None = None
    excluded: frozenset[Scalar] | None = None
    at_least: int | None = None
    at_most: int | None = None
    given: bool | None = None

    # pytest would take a class of this name for a test.
    __test__ = False

    def holds(self, value: object) -> bool:
        """Whether a known value passes."""
        if self.given is not None and (value is not None) != self.given:
            return False
        if self.accepted is not None and not (value is not None and value in self.accepted):
            return False
        if self.excluded is not None and value is not None and value in self.excluded:
            return False
        if self.at_least is None and self.at_most is None:
            return True
        if not isinstance(value, int):
            return False
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )

    def mentioned(self) -> frozenset[Scalar]:
        """The values that it names."""
        return (self.accepted or frozenset()) | (self.excluded or frozenset())


@dataclass(frozen=True)
class Condition:
    """All of the tests hold and, where there are alternatives, at least one of these holds."""

    tests: tuple[Test, ...] = ()
    alternatives: tuple[Condition, ...] = ()

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether it holds for known values."""
        return all(test.holds(values[test.name]) for test in self.tests) and (
            not self.alternatives or any(option.holds(values) for option in self.alternatives)
        )

    def every_test(self) -> Iterator[Test]:
        """All tests, those of alternatives too."""
        yield from self.tests
        for option in self.alternatives:
            yield from option.every_test()

    @property
    def names(self) -> tuple[str, ...]:
        """What it reads, each name once."""
        return tuple(dict.fromkeys(test.name for test in self.every_test()))
