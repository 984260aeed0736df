"""Support promises as policy: versioned YAML in, exact decisions out."""

from __future__ import annotations

from supportrules.decision import (
    Channel,
    Decision,
    Derived,
    NotConcluded,
    Note,
    Reopening,
    Response,
    Undetermined,
    Unmet,
    Window,
)
from supportrules.errors import (
    AnswerError,
    BrokenChain,
    BuildError,
    CalendarError,
    CaseError,
    InputError,
    LedgerError,
    MissingExtra,
    NotInForce,
    NotLogged,
    PolicyFault,
    PolicyLoadError,
    RuleConflict,
    RuleGap,
    SupportRulesError,
    TicketError,
    TimelineLoadError,
    TooMuchUnknown,
)
from supportrules.evaluate import Policy, load_policy
from supportrules.interview import Interview
from supportrules.problem import Location, Problem
from supportrules.timeline import Timeline, load_timeline

__version__ = "0.1.0"

__all__ = [
    "AnswerError",
    "BrokenChain",
    "BuildError",
    "CalendarError",
    "CaseError",
    "Channel",
    "Decision",
    "Derived",
    "InputError",
    "Interview",
    "LedgerError",
    "Location",
    "MissingExtra",
    "NotConcluded",
    "NotInForce",
    "NotLogged",
    "Note",
    "Policy",
    "PolicyFault",
    "PolicyLoadError",
    "Problem",
    "Reopening",
    "Response",
    "RuleConflict",
    "RuleGap",
    "SupportRulesError",
    "TicketError",
    "Timeline",
    "TimelineLoadError",
    "TooMuchUnknown",
    "Undetermined",
    "Unmet",
    "Window",
    "load_policy",
    "load_timeline",
]
