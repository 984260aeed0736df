"""What a decision contains, declared once.

Its JSON form, schemas, columns and logged lines follow from the declaration. The values of its parts are
worked out in `evaluation` for a ticket, and in `columns/decisions` for a column. A part that earlier lines
of a ledger lack is declared with ``logged="later"``.
"""

from supportrules.engine.decision.decision import (
    KNOWN,
    Channel,
    Decision,
    Derived,
    Json,
    NotConcluded,
    Note,
    PolicyRef,
    PromiseDecision,
    Refusal,
    Region,
    Reopening,
    TimeThere,
    Undetermined,
    Unmet,
    Window,
    each_once,
)
from supportrules.engine.decision.declaration import FORMAT

__all__ = [
    "FORMAT",
    "KNOWN",
    "Channel",
    "Decision",
    "Derived",
    "Json",
    "NotConcluded",
    "Note",
    "PolicyRef",
    "PromiseDecision",
    "Refusal",
    "Region",
    "Reopening",
    "TimeThere",
    "Undetermined",
    "Unmet",
    "Window",
    "each_once",
]
