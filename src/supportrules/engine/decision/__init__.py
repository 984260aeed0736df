"""What a decision contains, declared once; its schemas, columns and logged lines are made of that."""

from supportrules.engine.decision.decision import (
    Channel,
    Decision,
    Derived,
    Json,
    NotConcluded,
    Note,
    PolicyRef,
    Refusal,
    Reopening,
    Response,
    Undetermined,
    Unmet,
    Window,
    each_once,
)

__all__ = [
    "Channel",
    "Decision",
    "Derived",
    "Json",
    "NotConcluded",
    "Note",
    "PolicyRef",
    "Refusal",
    "Reopening",
    "Response",
    "Undetermined",
    "Unmet",
    "Window",
    "each_once",
]
