"""Decisions as rows of texts, for tables: the columns depend on the policies alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from supportrules.engine.decision import Decision
from supportrules.engine.decision.structure import Columns, columns, struct
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
        decision = struct(Decision)
        names = list(_paths(columns(decision, definitions, as_texts=True)))
        # Which policy decided stands behind what it decided.
        names.sort(key=lambda name: name.startswith("policy."))
        self.names: tuple[str, ...] = (*names, "line", "error")
        self._paths = [name.split(".") for name in self.names]
        self._lists = {k: find for part in decision.parts for k, find in part.declared.lists.items()}

    def decision(self, decision: Decision) -> list[str]:
        """The row of a decision."""
        lists = {name: JOINT.join(find(decision)) for name, find in self._lists.items()}
        return self._row(decision.to_dict(derivation=False) | lists)

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


def _paths(names: Columns) -> Iterator[str]:
    for name, column in names.items():
        if isinstance(column, dict):
            yield from (f"{name}.{path}" for path in _paths(column))
        else:
            yield name


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
        case Mapping():
            return JOINT.join(value)
        case _:
            return str(value)
