"""The tree of exceptions that the library raises::

SupportRulesError
├── PolicyLoadError   a policy that does not load: .problems, each with its place
│   └── TimelineLoadError  versions of which it can't be told when they are in force: .problems
├── BuildError        a policy that does not fit in one file: .problem
├── PolicyFault       a policy that loads, met by a ticket that it has no answer for
│   ├── RuleConflict  rules conclude differently: .conclusion, .values, .rules, .locations
│   ├── RuleGap       no rule concludes anything: .conclusion, .facts
│   └── TooMuchUnknown  too large a diagram of unknown facts: .conclusion, .facts, .most_tested
├── TicketError       a ticket that can't be evaluated: .problems, .field, .value
├── AnswerError       an answer that can't be explained: .problem
├── CaseError         test cases that can't be read, or that are none of their policy: .problems
├── InputError        a file of tickets that can't be read: .problem, .problems, .location
├── LedgerError       a ledger that can't be read or written, or a mask that it can't have: .problem
│   ├── BrokenChain   a ledger with a line that is not as it was written: .problem
│   └── NotLogged     a decision that no line of a ledger can say: .problem
├── CalendarError     an instant outside the calendar data: .reason
├── NotInForce        an instant before the first version of a timeline: .first
└── MissingExtra      a package that only some of the library needs is not installed: .package, .extra
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from supportrules.base.problem import Location, Problem, ordered
from supportrules.base.wording import describe


class SupportRulesError(Exception):
    """Whatever this library raises on purpose."""


class PolicyLoadError(SupportRulesError):
    """A policy that does not load; ``problems`` holds everything found, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = ordered(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[PolicyLoadError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class TimelineLoadError(PolicyLoadError):
    """Versions of a policy of which it can't be told when they are in force."""


class BuildError(SupportRulesError):
    """A policy that is too large to be built into one file."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))

    def __reduce__(self) -> tuple[type[BuildError], tuple[Problem]]:
        return type(self), (self.problem,)


class PolicyFault(SupportRulesError):
    """A policy has no single answer for the facts of a ticket."""


class RuleConflict(PolicyFault):
    """Rules that stand conclude different values for one thing."""

    def __init__(
        self,
        conclusion: str,
        values: tuple[object, ...],
        rules: tuple[str, ...],
        locations: tuple[Location, ...],
    ) -> None:
        self.conclusion, self.values, self.rules, self.locations = conclusion, values, rules, locations
        pairs = ", ".join(
            f"`{value}` by `{rule}` ({place})"
            for value, rule, place in zip(values, rules, locations, strict=True)
        )
        super().__init__(f"rules conclude differently for `{conclusion}`, neither overriding: {pairs}")

    def __reduce__(self) -> tuple[type[RuleConflict], tuple[object, ...]]:
        return type(self), (self.conclusion, self.values, self.rules, self.locations)


class RuleGap(PolicyFault):
    """No rule concludes a value that is needed."""

    def __init__(self, conclusion: str, facts: Mapping[str, object]) -> None:
        self.conclusion, self.facts = conclusion, dict(facts)
        given = ", ".join(f"{name} {describe(value)}" for name, value in self.facts.items())
        super().__init__(f"no rule concludes `{conclusion}` from {given or 'no facts'}")

    def __reduce__(self) -> tuple[type[RuleGap], tuple[object, ...]]:
        return type(self), (self.conclusion, self.facts)


class TooMuchUnknown(PolicyFault):
    """Facts are unknown of which a diagram would be too large to tell what they lead to.

    Args:
        conclusion: what follows from them.
        facts: all of them.
        most_tested: the two of them that most rules test.
    """

    def __init__(self, conclusion: str, facts: tuple[str, ...], most_tested: tuple[str, ...] = ()) -> None:
        self.conclusion, self.facts, self.most_tested = conclusion, facts, most_tested
        some = ", ".join(f"`{fact}`" for fact in facts)
        if most_tested:
            some = f"{len(facts)} facts, above all " + " and ".join(f"`{fact}`" for fact in most_tested)
        super().__init__(f"too much is unknown to tell every completion apart: give some of {some}")

    def __reduce__(self) -> tuple[type[TooMuchUnknown], tuple[object, ...]]:
        return type(self), (self.conclusion, self.facts, self.most_tested)


class TicketError(SupportRulesError):
    """A ticket that can't be evaluated; ``problems`` holds everything found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    @property
    def field(self) -> str | None:
        """The fact that the first problem is about."""
        return self.problems[0].field

    @property
    def value(self) -> object:
        """The value of that fact as it was given."""
        return self.problems[0].value

    def __reduce__(self) -> tuple[type[TicketError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class CaseError(SupportRulesError):
    """Test cases that can't be read or run; ``problems`` holds everything found, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = ordered(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[CaseError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class InputError(SupportRulesError):
    """A file that can't be read, or that holds no tickets; ``problem`` is the first of ``problems``."""

    def __init__(self, problem: Problem, *more: Problem) -> None:
        self.problem, self.problems = problem, (problem, *more)
        super().__init__("\n".join(map(str, self.problems)))

    @property
    def location(self) -> Location | None:
        """The place in the file."""
        return self.problem.location

    def __reduce__(self) -> tuple[type[InputError], tuple[Problem, ...]]:
        return type(self), self.problems


class LedgerError(SupportRulesError):
    """A ledger that can't be read or written, or a mask that it can't have."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))

    def __reduce__(self) -> tuple[type[LedgerError], tuple[Problem]]:
        return type(self), (self.problem,)


class BrokenChain(LedgerError):
    """A ledger in which something is not as it was written."""


class NotLogged(LedgerError):
    """A decision that no line of a ledger can say; others can be logged."""


class AnswerError(SupportRulesError):
    """An answer that can't be explained: the policy does not give it, or is not at hand."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))

    def __reduce__(self) -> tuple[type[AnswerError], tuple[Problem]]:
        return type(self), (self.problem,)


class CalendarError(SupportRulesError):
    """Business time that can't be told: an instant outside the data of zones or holidays."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NotInForce(SupportRulesError):
    """An instant before the first version of a timeline; ``first`` is the day from which that is in force."""

    def __init__(self, first: date) -> None:
        self.first = first
        super().__init__(f"no version is in force before {first}")

    def __reduce__(self) -> tuple[type[NotInForce], tuple[date]]:
        return type(self), (self.first,)


class MissingExtra(SupportRulesError):
    """A package is not installed that only some of the library needs."""

    def __init__(self, package: str, extra: str) -> None:
        self.package, self.extra = package, extra
        super().__init__(f"{package} is not installed: pip install 'supportrules[{extra}]'")

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        return type(self), (self.package, self.extra)
