"""Decisions as rows of texts, for tables: the columns depend on the policies alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from supportrules.engine.decision import Decision
from supportrules.policy import Definition

JOINT = ";"
# A cell that a spreadsheet would compute, or that was already made safe; OWASP lists the signs.
COMPUTED = "^('*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])"


class DecisionColumns:
    """The columns of the decisions of a policy, or of several, of which some may not fill all columns.

    Args:
        definitions: the policies; what the first of them has stands first.

    Attributes:
        names: of the columns. Those with dots are paths into the JSON data of a decision.
    """

    def __init__(self, *definitions: Definition) -> None:
        names = dict.fromkeys(name for definition in definitions for name in definition.channels)
        channels = [f"channels.{name}.{key}" for name in names for key in ("eligible", "hours")]
        response = ("committed", "target", "clock", "due_at", "due_at_local")
        self.names: tuple[str, ...] = (
            "ticket",
            *(["category"] if any(definition.roles.category for definition in definitions) else []),
            "severity",
            *channels,
            *(f"response.{key}" for key in response),
            *(f"response.window.{key}" for key in ("opens_at", "closes_at")),
            "reopen.until",
            "undetermined",
            "missing",
            "notes",
            *(f"basis.{key}" for key in ("severity", "channels", "response", "reopen")),
            "policy.version",
            "policy.digest",
            "line",
            "error",
        )
        self._paths = [name.split(".") for name in self.names]

    def decision(self, decision: Decision) -> list[str]:
        """The row of a decision."""
        data = decision.to_dict(derivation=False) | {
            "undetermined": JOINT.join(decision.undetermined),
            "missing": JOINT.join(decision.missing),
            "notes": JOINT.join(note.code for note in decision.notes),
        }
        return self._row(data)

    def error(self, ticket: str | None, line: int | None, message: str) -> list[str]:
        """The row of a ticket that is not decided."""
        return self._row({"ticket": ticket, "line": line, "error": message})

    def _row(self, data: Mapping[str, Any]) -> list[str]:
        return [_text(_at(data, path)) for path in self._paths]


def spreadsheet_cell(text: str) -> str:
    """A cell that a spreadsheet shows as it is: behind `'` where it would be computed.

    Whoever reads such cells takes away one `'` in front of any more and one of `=+-@`, a tab or a line break.
    """
    return re.sub(COMPUTED, r"'\1", text)


def _at(data: Any, path: list[str]) -> Any:
    for step in path:
        data = None if data is None else data.get(step)
    return data


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(value)
