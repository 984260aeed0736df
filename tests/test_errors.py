"""The tree of exceptions: one root, leaves that carry what a caller needs, and that travel between processes."""

from __future__ import annotations

import pickle
from datetime import date

import pytest

from supportrules import (
    BrokenChain,
    CalendarError,
    CaseError,
    InputError,
    LedgerError,
    Location,
    MissingExtra,
    NotInForce,
    PolicyFault,
    PolicyLoadError,
    Problem,
    RuleConflict,
    RuleGap,
    SupportRulesError,
    TicketError,
    TooMuchUnknown,
)

PLACE = Location("a.yaml", 3, 5, "  x: y")
PROBLEM = Problem("unknown-value", "unknown x `y`", "did you mean `z`?", PLACE, "x", "y", ("z",), ("z",))
ERRORS = [
    PolicyLoadError([PROBLEM]),
    RuleConflict("severity", ("A", "B"), ("r1", "r2"), (PLACE, PLACE)),
    RuleGap("severity", {"plan": "basic"}),
    TicketError([PROBLEM]),
    TooMuchUnknown("severity", ("a", "b")),
    TooMuchUnknown("severity", ("a", "b", "c"), ("b", "c")),
    CaseError([PROBLEM]),
    InputError(PROBLEM),
    CalendarError("no data"),
    LedgerError(PROBLEM),
    BrokenChain(PROBLEM),
    NotInForce(date(2014, 9, 3)),
    MissingExtra("pyarrow", "batch"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_error_is_one_of_ours_and_travels(error: SupportRulesError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, SupportRulesError)
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_the_tree() -> None:
    assert issubclass(RuleConflict, PolicyFault) and issubclass(RuleGap, PolicyFault)
    assert not issubclass(TicketError, PolicyFault)


def test_what_they_say() -> None:
    assert str(ERRORS[0]) == "a.yaml:3:5: unknown x `y`: did you mean `z`?"
    assert "`A` by `r1` (a.yaml:3:5), `B` by `r2` (a.yaml:3:5)" in str(ERRORS[1])
    assert str(ERRORS[2]) == "no rule concludes `severity` from plan `basic`"
    assert str(RuleGap("x", {})) == "no rule concludes `x` from no facts"
    ticket = ERRORS[3]
    assert isinstance(ticket, TicketError) and (ticket.field, ticket.value) == ("x", "y")
