"""Decisions as rows: what is read back is what was decided."""

from __future__ import annotations

import csv
import random
from typing import Any

import pytest

from known_tickets import MAIL
from random_tickets import random_tickets
from supportrules import Policy
from supportrules.report.decision_columns import DecisionColumns

DIGEST = "policy.digest"


def rows(policy: Policy, tickets: list[dict[str, Any]]) -> list[dict[str, str]]:
    columns = DecisionColumns(policy.definition)
    return [dict(zip(columns.names, columns.decision(policy.evaluate(t)), strict=True)) for t in tickets]


def text(value: Any) -> str:
    return "" if value is None else {"True": "true", "False": "false"}.get(str(value), str(value))


def test_the_columns_of_a_decision(shipped: Policy) -> None:
    """That of docs/decisions.md."""
    (row,) = rows(shipped, [MAIL])
    assert row.pop(DIGEST) == shipped.digest
    assert {name: cell for name, cell in row.items() if cell} == {
        "ticket": "T-1",
        "category": "technical",
        "severity": "B",
        "channels.phone.eligible": "true",
        "channels.phone.hours": "24x7",
        "channels.online.eligible": "true",
        "channels.online.hours": "24x7",
        "channels.self_service.eligible": "true",
        "channels.self_service.hours": "24x7",
        "promises.response.committed": "true",
        "promises.response.target": "PT8H",
        "promises.response.clock": "24x7",
        "promises.response.due_at": "2014-09-05T17:30:00Z",
        "promises.response.due_at_local": "2014-09-05T19:30:00+02:00",
        "basis.severity": "stated",
        "basis.channels": "inferred",
        "basis.promises": "stated",
        "policy.version": "2014-09-03",
    }


def test_what_is_open_and_what_to_find_out(shipped: Policy) -> None:
    ticket = {"category": "billing", "closed_at": "2014-09-10T09:12:44-04:00"}
    (row,) = rows(shipped, [ticket])
    decision = shipped.evaluate(ticket)
    assert row["undetermined"].split(";") == list(decision.undetermined)
    assert row["missing"].split(";")[0] == decision.undetermined["channels.phone"].missing[0]
    assert set(row["missing"].split(";")) == {f for u in decision.undetermined.values() for f in u.missing}
    assert "submitted_via" in row["missing"].split(";")
    assert row["reopen.until"] == ""


def test_the_columns_depend_on_the_policy_alone(shipped: Policy, harbourline: Policy) -> None:
    names = DecisionColumns(shipped.definition).names
    assert names[:3] == ("ticket", "category", "severity")
    assert names[-2:] == ("line", "error")
    assert len(set(names)) == len(names)
    other = DecisionColumns(harbourline.definition).names
    assert ("category" in other) == (harbourline.definition.roles.category is not None)
    assert [n for n in other if n.endswith(".eligible")] == [
        f"channels.{name}.eligible" for name in harbourline.definition.channels
    ]


def test_an_error_has_its_message_and_nothing_else(policy: Policy) -> None:
    columns = DecisionColumns(policy.definition)
    row = dict(zip(columns.names, columns.error("T-1", 7, "what is wrong"), strict=True))
    assert {n: cell for n, cell in row.items() if cell} == {
        "ticket": "T-1",
        "line": "7",
        "error": "what is wrong",
    }


@pytest.mark.parametrize("seed", range(3))
def test_rows_say_what_decisions_say(policy: Policy, seed: int) -> None:
    tickets = list(random_tickets(policy, random.Random(seed), 60))
    for ticket, row in zip(tickets, rows(policy, tickets), strict=True):
        data = policy.evaluate(ticket).to_dict(derivation=False)
        expected = {
            "ticket": data["ticket"],
            "severity": data["severity"],
            "undetermined": ";".join(data["undetermined"]),
            "notes": ";".join(note["code"] for note in data["notes"]),
            "reopen.until": data["reopen"]["until"] if data["reopen"] else None,
            "policy.version": data["policy"]["version"],
            DIGEST: data["policy"]["digest"],
            "line": None,
            "error": None,
        }
        if "category" in row:
            expected["category"] = data["category"]
        for name, channel in data["channels"].items():
            # Words are no column, nor is the derivation.
            expected |= {f"channels.{name}.{key}": channel[key] for key in ("eligible", "hours")}
        response = data["promises"]["response"] or dict.fromkeys(
            ["committed", "target", "clock", "due_at", "due_at_local", "window"]
        )
        response["beyond_data"] = ";".join(response.get("beyond_data") or ())
        window = response.pop("window") or dict.fromkeys(["opens_at", "closes_at"])
        expected |= {f"promises.response.{key}": value for key, value in response.items()}
        expected |= {f"promises.response.window.{key}": value for key, value in window.items()}
        for answer in ("severity", "channels", "promises", "reopen"):
            expected[f"basis.{answer}"] = data["basis"].get(answer)
        missing = row.pop("missing")
        assert row == {name: text(value) for name, value in expected.items()}
        told = [fact for answer in data["undetermined"].values() for fact in answer["missing"]]
        assert missing.split(";") == (sorted(set(told), key=told.index) or [""])


def test_names_with_separators_do_not_exist(policy: Policy) -> None:
    """So that what is joined by `;` can be split again."""
    definition = policy.definition
    names = [*definition.channels, *definition.vocabulary.facts, *(n.id for n in definition.notes)]
    assert not any(mark in name for name in names for mark in ";,\n")
    assert next(csv.reader([",".join(DecisionColumns(definition).names)])) == list(
        DecisionColumns(definition).names
    )
