"""Tickets as Arrow tables, and the rows that they come to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from supportrules import Policy, PolicyFault, TicketError


def expected(policy: Policy, ticket: Mapping[str, Any], **how: Any) -> dict[str, Any]:
    """The row of a ticket, from the JSON form of its decision."""
    names = policy.decision_schema().names
    try:
        data = policy.evaluate(ticket, **how).to_dict(derivation=False)
    except (TicketError, PolicyFault) as error:
        problems = getattr(error, "problems", None)
        told = "; ".join(problem.text for problem in problems) if problems else str(error)
        name = ticket.get(policy.definition.roles.ticket or "")
        return dict.fromkeys(names) | {"ticket": name if isinstance(name, str) else None, "error": told}
    for promise in filter(None, data["promises"].values()):
        del promise["due_at_local"]
        promise["beyond_data"] = list(promise.get("beyond_data", ()))
    for channel in data["channels"].values():
        del channel["says"]
    missing = [name for answer in data["undetermined"].values() for name in answer["missing"]]
    data |= {
        "undetermined": list(data["undetermined"]),
        "missing": list(dict.fromkeys(missing)),
        "notes": [note["code"] for note in data["notes"]],
        "basis": {"reopen": None} | data["basis"],
        "error": None,
    }
    return {name: times(data[name]) for name in names}


def times(data: Any) -> Any:
    """The texts of instants as instants."""
    if isinstance(data, dict):
        return {
            k: datetime.fromisoformat(v) if v and k.endswith(("_at", "until")) else times(v)
            for k, v in data.items()
        }
    return data


def table(policy: Policy, tickets: list[dict[str, Any]]) -> pa.Table:
    """Tickets as a table: instants are timestamps."""
    columns = {}
    for name, fact in policy.definition.vocabulary.facts.items():
        values = [ticket.get(name) for ticket in tickets]
        if fact.type == "instant":
            moments = [value and datetime.fromisoformat(value).astimezone(UTC) for value in values]
            columns[name] = pa.array(moments, pa.timestamp("us", "UTC"))
        else:
            columns[name] = pa.array(
                values, {"boolean": pa.bool_(), "number": pa.int64()}.get(fact.type, pa.string())
            )
    return pa.table(columns)


def rows(policy: Policy, columns: pa.Table, **how: Any) -> list[dict[str, Any]]:
    found = policy.evaluate_batch(columns, **how).to_pylist()
    assert isinstance(found, list)
    return found
