"""Columns of tickets: row for row what `evaluate` decides."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from edits import SHIPPED, with_edits
from knowntickets import HARBOUR, MAIL
from randomtickets import random_ticket
from supportrules import InputError, Policy, PolicyFault, TicketError, load_policy
from supportrules.tables import spread


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
    if data["response"]:
        del data["response"]["due_at_local"]
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


def some(policy: Policy, seed: int, count: int) -> list[dict[str, Any]]:
    """Random tickets from nearly empty to complete; some contradict themselves."""
    rng = random.Random(seed)
    return [random_ticket(policy, rng, rng.choice([0.1, 0.3, 0.5, 0.7, 0.9, 1.0])) for _ in range(count)]


def rows(policy: Policy, columns: pa.Table, **how: Any) -> list[dict[str, Any]]:
    found = policy.evaluate_batch(columns, **how).to_pylist()
    assert isinstance(found, list)
    return found


def test_a_ticket(shipped: Policy, harbourline: Policy) -> None:
    for policy, ticket in ((shipped, MAIL), (harbourline, HARBOUR)):
        found = policy.evaluate_batch(table(policy, [ticket]))
        assert found.schema == policy.decision_schema()
        assert found.to_pylist() == [expected(policy, ticket)]


def test_the_row_of_the_documented_ticket(shipped: Policy) -> None:
    """That of docs/decisions.md: eight hours after 11:30 in Paris."""
    (row,) = rows(shipped, table(shipped, [MAIL]))
    assert (row["ticket"], row["category"], row["severity"], row["error"]) == ("T-1", "technical", "B", None)
    assert row["response"] == {
        "committed": True,
        "target": "PT8H",
        "clock": "24x7",
        "due_at": datetime(2014, 9, 5, 17, 30, tzinfo=UTC),
        "window": None,
    }


@pytest.mark.parametrize("defaults", [True, False, ("country", "affected_services", "safety")])
def test_rows_are_what_evaluate_decides(policy: Policy, defaults: Any) -> None:
    if isinstance(defaults, tuple):
        defaults = [name for name in defaults if name in policy.definition.vocabulary.facts]
    tickets = some(policy, 7, 700)
    found = rows(policy, table(policy, tickets), defaults=defaults)
    assert found == [expected(policy, ticket, defaults=defaults) for ticket in tickets]
    # Enough of each kind to mean something.
    assert sum(1 for row in found if row["undetermined"]) > 100
    assert sum(1 for row in found if row["response"] and row["response"]["due_at"]) > 20


def test_every_time_of_holidays_and_changes_of_the_clock(policy: Policy) -> None:
    """Around Christmas, and the nights on which clocks change, in zones of all kinds."""
    rng = random.Random(11)
    zones = [
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Asia/Dubai",
    ]
    days = ["2024-12-24", "2024-12-31", "2025-03-30", "2025-10-26", "2011-12-29", "2014-03-09", "2014-11-02"]
    tickets = []
    for _ in range(500):
        ticket = random_ticket(policy, rng, 1.0)
        roles = policy.definition.roles
        ticket[str(roles.timezone)] = rng.choice(zones)
        ticket[str(roles.country)] = rng.choice(["GB", "US", "AU", "AE"])
        time = f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
        ticket[roles.opening] = f"{rng.choice(days)}T{time}Z"
        tickets.append(ticket)
    assert rows(policy, table(policy, tickets)) == [expected(policy, ticket) for ticket in tickets]


# What columns can be made of

FORMS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "plain": lambda array: array,
    "dictionaries": lambda array: array.dictionary_encode() if pa.types.is_string(array.type) else array,
    "large": lambda array: array.cast(pa.large_string()) if pa.types.is_string(array.type) else array,
    "views": lambda array: array.cast(pa.string_view()) if pa.types.is_string(array.type) else array,
    "all dictionaries": lambda array: array.dictionary_encode(),
    "sliced": lambda array: pa.concat_arrays([array[:3], array])[3:],
    "seconds": lambda array: as_times(array, pa.timestamp("s", "UTC")),
    "milliseconds in Paris": lambda array: as_times(array, pa.timestamp("ms", "Europe/Paris")),
    "nanoseconds at an offset": lambda array: as_times(array, pa.timestamp("ns", "+05:30")),
    "small numbers": lambda array: array.cast(pa.uint16()) if array.type == pa.int64() else array,
    "floats": lambda array: array.cast(pa.float64()) if array.type == pa.int64() else array,
}


def as_times(array: pa.Array, kind: pa.DataType) -> pa.Array:
    return array.cast(kind) if pa.types.is_timestamp(array.type) else array


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_column_does_not_matter(policy: Policy, form: str) -> None:
    plain = table(policy, some(policy, 3, 120)).combine_chunks()
    columns = [FORMS[form](column.chunk(0)) for column in plain.columns]
    assert rows(policy, pa.table(columns, names=plain.column_names)) == rows(policy, plain)


def test_a_dictionary_with_a_null_and_a_value_twice(shipped: Policy) -> None:
    values = pa.array(["enterprise_e3", None, "enterprise_e3", "no_plan"])
    plans = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 3, None]), values)
    found = rows(shipped, pa.table({"plan": plans}))
    tickets = [{"plan": plan} for plan in ("enterprise_e3", None, "enterprise_e3", "no_plan", None)]
    assert found == [expected(shipped, ticket) for ticket in tickets]


def test_instants_as_texts_and_cut_fractions(policy: Policy) -> None:
    opening = policy.definition.roles.opening
    texts = [
        "2014-09-05T11:30:00+02:00",
        "2014-09-05T09:30:00.999Z",
        None,
        "2014-09-05",
        "1969-12-31T23:59:59.5Z",
        "2014-09-05T11:30:00",
    ]
    ticket = {
        k: v
        for k, v in (HARBOUR if "site" in policy.definition.vocabulary.facts else MAIL).items()
        if k != "settled"
    }
    tickets = [ticket | {opening: text} for text in texts]
    columns = {name: pa.array([ticket[name] for ticket in tickets]) for name in ticket}
    assert rows(policy, pa.table(columns)) == [expected(policy, ticket) for ticket in tickets]
    # A fraction is cut off to the second before, of times before 1970 too.
    moment = pa.array([-500], pa.int64()).cast(pa.timestamp("ms", "UTC"))
    (row,) = rows(policy, pa.table({name: pa.array([ticket[name]]) for name in ticket} | {opening: moment}))
    assert row == expected(policy, ticket | {opening: "1969-12-31T23:59:59Z"})


def test_tables_batches_and_their_order(shipped: Policy) -> None:
    tickets = some(shipped, 5, 90)
    whole = table(shipped, tickets)
    want = rows(shipped, whole)
    parts = pa.concat_tables([whole[:1], whole[1:40], whole[40:40], whole[40:]])
    assert isinstance(shipped.evaluate_batch(parts), pa.Table)
    assert rows(shipped, parts) == want
    batch = whole.combine_chunks().to_batches()[0]
    assert isinstance(shipped.evaluate_batch(batch), pa.RecordBatch)
    assert shipped.evaluate_batch(batch).to_pylist() == want
    many = shipped.evaluate_batches(batch.slice(start, 9) for start in range(0, 90, 9))
    assert [row for each in many for row in each.batch.to_pylist()] == want


def test_nothing_to_decide(policy: Policy) -> None:
    empty = table(policy, []) if policy.name != "x" else None
    assert policy.evaluate_batch(empty).schema == policy.decision_schema()
    assert policy.evaluate_batch(empty).num_rows == 0
    assert list(policy.evaluate_batches([])) == []
    (known,) = (policy.definition.roles.opening,)
    nothing = pa.table({known: pa.nulls(2)})
    assert rows(policy, nothing) == [expected(policy, {})] * 2


# Errors


def test_bad_rows_among_good_ones(policy: Policy) -> None:
    """Values that no fact takes, contradictions, and times without data: the errors of `evaluate`."""
    rng = random.Random(13)
    facts = policy.definition.vocabulary.facts
    roles = policy.definition.roles
    tickets = some(policy, 17, 400)
    for ticket in tickets:
        name = rng.choice(list(facts))
        match facts[name].type:
            case "choice" | "level" | "country" | "timezone" if rng.random() < 0.5:
                ticket[name] = rng.choice(["", "nothing", "fr", "Paris"])
            case "number" if rng.random() < 0.5:
                ticket[name] = -1
            case "instant":
                year = rng.choice(["0001", "1899", "2199", "9999"])
                ticket[name] = f"{year}-{rng.choice(['01-01', '12-31'])}T{rng.choice(['00', '23'])}:00:00Z"
        if rng.random() < 0.2:
            # No holidays are known there.
            ticket[str(roles.country)] = "AQ"
    found = rows(policy, table(policy, tickets))
    assert found == [expected(policy, ticket) for ticket in tickets]
    errors = [row for row in found if row["error"]]
    assert len(errors) > 60
    assert all(
        row["severity"] is row["response"] is row["channels"] is row["undetermined"] is None for row in errors
    )


def test_errors_that_fail_are_those_of_the_first_row(shipped: Policy) -> None:
    tickets = [MAIL, {"issue_type": "mail_access", "category": "billing"}, {"plan": "x"}]
    with pytest.raises(TicketError, match="contradicts"):
        shipped.evaluate_batch(table(shipped, tickets), on_error="fail")
    assert [row["error"] is None for row in rows(shipped, table(shipped, tickets))] == [True, False, False]


def test_faults_of_a_policy(tmp_path: Path) -> None:
    edit = ("plans", "    entitlements:\n      telephone_support: critical_only\n", "    entitlements:\n")
    text = (SHIPPED / "plans.yaml").read_text("utf-8")
    assert edit[1] in text
    copy = with_edits(tmp_path / "gap")
    (copy / "plans.yaml").write_text(text.replace(edit[1], edit[2], 1), "utf-8")
    policy = load_policy(copy)
    tickets = [*some(policy, 23, 60), {"plan": "small_business", "requester": "administrator"}]
    found = rows(policy, table(policy, tickets))
    assert found == [expected(policy, ticket) for ticket in tickets]
    assert "telephone_support" in found[-1]["error"]
    with pytest.raises(PolicyFault):
        policy.evaluate_batch(table(policy, tickets[-1:]), on_error="fail")


def test_a_conflict_reaches_what_follows_from_it(tmp_path: Path) -> None:
    policy = load_policy(
        with_edits(tmp_path, ("severity", "affected_users: several}", "affected_users: all}"))
    )
    tickets = [*some(policy, 29, 60), {"issue_type": "lync_communication", "affected_users": "all"}]
    found = rows(policy, table(policy, tickets))
    assert found == [expected(policy, ticket) for ticket in tickets]
    assert "`severity`" in found[-1]["error"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"plann": ["x"]}, "unknown column `plann`: did you mean `plan`?"),
        (
            {"opened_at": pa.array([0], pa.timestamp("us"))},
            "the times of `opened_at` have no time zone: give the column one, such as `UTC`",
        ),
        (
            {"opened_at": pa.array([0], pa.date32())},
            "`opened_at` takes an RFC 3339 time with an offset, such as `2014-09-05T11:30:00+02:00`, not a column of type `date32[day]`",
        ),
        ({"plan": pa.array([["x"]])}, "not a column of type `list<"),
        ({"plan": pa.array([0], pa.timestamp("us", "UTC"))}, "not a column of type `timestamp[us, tz=UTC]`"),
    ],
)
def test_columns_that_are_wrong(shipped: Policy, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        shipped.evaluate_batch(pa.table(columns))
    assert message in caught.value.problem.text
    assert caught.value.problem.field == next(iter(columns)) or caught.value.problem.code == "unknown-field"


def test_a_column_twice(shipped: Policy) -> None:
    twice = pa.table([pa.array(["enterprise_e3"])] * 2, names=["plan", "plan"])
    with pytest.raises(InputError, match="`plan` twice"):
        shipped.evaluate_batch(twice)


def test_columns_that_are_no_facts_are_passed_over(shipped: Policy) -> None:
    columns = table(shipped, [MAIL]).append_column("agent", pa.array([{"name": "Ada"}]))
    assert rows(shipped, columns, extra=True) == [expected(shipped, MAIL)]


def test_values_of_another_type(shipped: Policy) -> None:
    columns = pa.table(
        {"plan": pa.array([1, None]), "workaround": pa.array(["true", "no"]), "id": pa.array([1.5, 2.0])}
    )
    tickets: list[dict[str, Any]] = [
        {"plan": 1, "workaround": "true", "id": 1.5},
        {"plan": None, "workaround": "no", "id": 2.0},
    ]
    assert rows(shipped, columns) == [expected(shipped, ticket) for ticket in tickets]


# Tickets that are no columns


def test_sequences_of_tickets(policy: Policy) -> None:
    odd: list[Any] = [
        {"no_fact": 1},
        {policy.definition.roles.opening: 5},
        {name: ["a"] for name in policy.definition.vocabulary.facts},
        dict.fromkeys(policy.definition.vocabulary.facts, 10**30),
        {name: 3.0 for name, fact in policy.definition.vocabulary.facts.items() if fact.type == "number"},
    ]
    tickets = [ticket for pair in zip(some(policy, 29, 5), odd, strict=True) for ticket in pair]
    for extra in (False, True):
        (found,) = policy.evaluate_batches([tickets], extra=extra)
        assert found.batch.to_pylist() == [expected(policy, ticket, extra=extra) for ticket in tickets]
        assert [row for row, _ in found.errors] == [
            n for n, row in enumerate(found.batch.to_pylist()) if row["error"]
        ]


def test_half_of_a_character(shipped: Policy) -> None:
    tickets = [MAIL, MAIL | {"id": "\ud800", "plan": "\ud800"}]
    (found,) = shipped.evaluate_batches([tickets])
    ((_, error),) = found.errors
    assert "surrogate" in str(error)
    good, bad = found.batch.to_pylist()
    assert good == expected(shipped, MAIL)
    assert (bad["ticket"], bad["error"].split("; ")[1][:16]) == ("?", "unknown plan `?`")


# How it is worked out


def test_a_policy_that_is_too_large_is_decided_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "MOST_PLACES", 1000)
    policy = load_policy()
    tickets = some(policy, 31, 40)
    assert policy.columns.answers() is None
    assert rows(policy, table(policy, tickets)) == [expected(policy, ticket) for ticket in tickets]
    assert rows(policy, table(policy, [])) == []


def test_threads_may_be_the_first_at_once(harbourline: Policy) -> None:
    policy = Policy(harbourline.definition)
    parts = [table(policy, some(policy, seed, 150)) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(policy.evaluate_batch, parts))
    assert [each.to_pylist() for each in found] == [rows(harbourline, part) for part in parts]


def test_the_columns_are_in_the_json_form(policy: Policy) -> None:
    names = policy.decision_schema().names
    data = policy.evaluate({}).to_dict(derivation=False)
    given = [
        name for name in data if name != "policy" and (name != "category" or policy.definition.roles.category)
    ]
    assert [name for name in names if name not in ("missing", "error")] == given


def test_without_pyarrow() -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None; from supportrules import load_policy; p = load_policy();"
        "print(p.evaluate({'issue_type': 'sharepoint_site_down'}).severity);"
        "p.evaluate_batch(None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "A\n"
    assert (
        done.stderr.splitlines()[-1]
        == "supportrules.errors.MissingExtra: pyarrow is not installed: pip install 'supportrules[batch]'"
    )
