"""Support promises as policy: versioned YAML in, exact decisions out."""

from __future__ import annotations

from supportrules.decision import Decision, Derived
from supportrules.errors import (
    CalendarError,
    InputError,
    PolicyFault,
    PolicyLoadError,
    RuleConflict,
    RuleGap,
    SupportRulesError,
    TicketError,
    TooMuchUnknown,
)
from supportrules.evaluate import Policy, load_policy
from supportrules.problem import Location, Problem

__version__ = "0.1.0"

__all__ = [
    "CalendarError",
    "Decision",
    "Derived",
    "InputError",
    "Location",
    "Policy",
    "PolicyFault",
    "PolicyLoadError",
    "Problem",
    "RuleConflict",
    "RuleGap",
    "SupportRulesError",
    "TicketError",
    "TooMuchUnknown",
    "load_policy",
]
