"""Support promises as policy: versioned YAML in, exact decisions out.

    policy = supportrules.load_policy()           # the bundled policy, or a directory, or REV:PATH
    decision = policy.evaluate({"plan": "…"})     # one ticket
    decisions = policy.evaluate_batch(frame)      # a DataFrame, or any Arrow table

`load_timeline` chooses the version of a policy by the date of each ticket, and `Interview` asks for the facts
that a decision needs. Files of tickets are read by `supportrules.tickets`; policies are checked by
`supportrules.proofs.check` and compared by `supportrules.proofs.comparison`; decisions are logged by
`supportrules.history.ledger`, and made on a cluster by `supportrules.spark`. Every error is a
`SupportRulesError`.

What happens is logged under the name ``supportrules``, and shown nowhere until a program asks for it.
"""

from __future__ import annotations

# As in `typing`, which takes longer to import than all of this.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from supportrules.base.problem import Location, Problem
    from supportrules.engine.decision import (
        Channel,
        Decision,
        Derived,
        NotConcluded,
        Note,
        PromiseDecision,
        Reopening,
        Undetermined,
        Unmet,
        Window,
    )
    from supportrules.engine.evaluation import Policy, load_policy
    from supportrules.engine.interview import Interview
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
    from supportrules.history.timeline import Timeline, load_timeline

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
    "PromiseDecision",
    "Reopening",
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

# The modules that all of these are from.
_HOMES = (
    "base.problem",
    "errors",
    "engine.decision",
    "engine.evaluation",
    "engine.interview",
    "history.timeline",
)

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        # Imported when it is asked for: the command has to be ready for signals before.
        if name in __all__:
            from importlib import import_module

            homes = (import_module(f"{__name__}.{home}") for home in _HOMES)
            found = next(getattr(home, name) for home in homes if hasattr(home, name))
            # From now on nothing is looked for.
            globals()[name] = found
            return found
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")


def __dir__() -> list[str]:
    # Not the modules of this package that happen to be loaded.
    return [*__all__, "__version__"]
