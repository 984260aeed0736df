"""Columns of tickets: row for row what `evaluate` decides."""

from __future__ import annotations

import decimal
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest

from edits import BY_NOON, with_edits
from folders import SHIPPED
from known_tickets import BUSINESS, HARBOUR, MAIL
from random_tickets import random_ticket
from supportrules import InputError, Policy, PolicyFault, TicketError, load_policy
from supportrules.engine.columns import ROWS, Batches, gathered
from supportrules.engine.columns import batches as evaluation
from supportrules.engine.diagrams.forest import Forest
from supportrules.policy.starter import STARTER
from ticket_tables import expected, rows, table


def some(policy: Policy, seed: int, count: int) -> list[dict[str, Any]]:
    """Random tickets from nearly empty to complete; some contradict themselves."""
    rng = random.Random(seed)
    return [random_ticket(policy, rng, rng.choice([0.1, 0.3, 0.5, 0.7, 0.9, 1.0])) for _ in range(count)]


def test_a_ticket(shipped: Policy, harbourline: Policy) -> None:
    for policy, ticket in ((shipped, MAIL), (harbourline, HARBOUR)):
        found = policy.evaluate_batch(table(policy, [ticket]))
        assert found.schema == policy.decision_schema()
        assert found.to_pylist() == [expected(policy, ticket)]


def test_the_row_of_the_documented_ticket(shipped: Policy) -> None:
    """That of docs/decisions.md: eight hours after 11:30 in Paris."""
    (row,) = rows(shipped, table(shipped, [MAIL]))
    assert (row["ticket"], row["category"], row["severity"], row["error"]) == ("T-1", "technical", "B", None)
    assert row["promises"]["response"] == {
        "committed": True,
        "target": "PT8H",
        "clock": "24x7",
        "due_at": datetime(2014, 9, 5, 17, 30, tzinfo=UTC),
        "window": None,
        "beyond_data": [],
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
    promised = [row["promises"]["response"] for row in found if row["promises"]]
    assert sum(1 for each in promised if each and each["due_at"]) > 20


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


def test_hours_past_midnight(tmp_path: Path) -> None:
    """A shift from Friday 21:00 to Saturday 02:00 is one business day, for tickets, columns and what is built."""
    new = 'friday: ["09:00-17:00", "21:00-02:00"]'
    policy = load_policy(with_edits(tmp_path, ("calendars", 'friday: ["09:00-17:00"]', new)))
    # In Paris; 2014-09-05 was a Friday.
    due = {
        "2014-09-04T12:00:00+02:00": "2014-09-06T02:00:00+02:00",
        "2014-09-05T22:00:00+02:00": "2014-09-08T17:00:00+02:00",
        "2014-09-06T01:00:00+02:00": "2014-09-08T17:00:00+02:00",
        # All Saints' Day was a Saturday: Friday's shift runs on into it.
        "2014-10-30T12:00:00+01:00": "2014-11-01T02:00:00+01:00",
        "2014-11-01T01:00:00+01:00": "2014-11-03T17:00:00+01:00",
    }
    tickets = [BUSINESS | {"country": "FR", "opened_at": opened} for opened in due]
    policy.build(tmp_path / "night.policy")
    for each in (policy, load_policy(tmp_path / "night.policy")):
        assert [ticket_due(each, ticket) for ticket in tickets] == list(due.values())
        assert rows(each, table(each, tickets)) == [expected(each, ticket) for ticket in tickets]


def ticket_due(policy: Policy, ticket: dict[str, Any]) -> str:
    response = policy.evaluate(ticket).to_dict()["promises"]["response"]
    assert response["target"] == "next_business_day"
    return str(response["due_at_local"])


# What columns can be made of

FORMS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "plain": lambda array: array,
    "dictionaries": lambda array: array.dictionary_encode() if pa.types.is_string(array.type) else array,
    "large": lambda array: array.cast(pa.large_string()) if pa.types.is_string(array.type) else array,
    "views": lambda array: array.cast(pa.string_view()) if pa.types.is_string(array.type) else array,
    "dictionaries of large ones": lambda array: as_dictionary(array, pa.large_string()),
    "dictionaries of views": lambda array: as_dictionary(array, pa.string_view()),
    "all dictionaries": lambda array: array.dictionary_encode(),
    "sliced": lambda array: pa.concat_arrays([array[:1], array])[1:],
    "seconds": lambda array: as_times(array, pa.timestamp("s", "UTC")),
    "milliseconds in Paris": lambda array: as_times(array, pa.timestamp("ms", "Europe/Paris")),
    "nanoseconds at an offset": lambda array: as_times(array, pa.timestamp("ns", "+05:30")),
    "small numbers": lambda array: array.cast(pa.uint16()) if array.type == pa.int64() else array,
    "floats": lambda array: array.cast(pa.float64()) if array.type == pa.int64() else array,
    "decimals": lambda array: array.cast(pa.decimal128(38, 0)) if array.type == pa.int64() else array,
    "small decimals": lambda array: as_decimals(array, pa.decimal32(9, 0)),
    "decimals of hundreds": lambda array: as_decimals(array, pa.decimal256(40, 0)),
}

TEXTS = [form for form in FORMS if form in ("plain", "sliced") or "dictionaries" in form]
TEXTS += ["large", "views"]


def as_dictionary(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_string(array.type):
        return array
    coded = array.dictionary_encode()
    return pa.DictionaryArray.from_arrays(coded.indices, coded.dictionary.cast(kind))


def as_decimals(array: pa.Array, kind: pa.DataType) -> pa.Array:
    return pa.array(array.to_pylist(), kind) if array.type == pa.int64() else array


def as_times(array: pa.Array, kind: pa.DataType) -> pa.Array:
    return array.cast(kind) if pa.types.is_timestamp(array.type) else array


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_column_does_not_matter(policy: Policy, form: str) -> None:
    plain = table(policy, some(policy, 3, 120)).combine_chunks()
    columns = [FORMS[form](column.chunk(0)) for column in plain.columns]
    assert rows(policy, pa.table(columns, names=plain.column_names)) == rows(policy, plain)


def in_chunks(columns: pa.Table, rng: random.Random, form: str) -> pa.Table:
    """The same in chunks of 1 to 10 rows, each with dictionaries of its own."""
    chunks, start = [], 0
    while start < columns.num_rows:
        some = columns[start : start + rng.randint(1, 10)].combine_chunks()
        start += some.num_rows
        chunks.append([FORMS[form](column.chunk(0)) for column in some.columns])
    return pa.table(list(map(pa.chunked_array, zip(*chunks, strict=True))), names=columns.column_names)


@pytest.mark.parametrize("form", TEXTS)
def test_the_size_of_chunks_does_not_matter(
    policy: Policy, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(form)
    plain = table(policy, some(policy, 37, 60))
    want, chunks = rows(policy, plain), in_chunks(plain, rng, form)
    found = policy.evaluate_batch(chunks)
    assert found.to_pylist() == want
    # They are put together, and cut.
    assert found["error"].num_chunks == 1
    for size in (4, 25):
        monkeypatch.setattr(evaluation, "ROWS", size)
        assert [len(chunk) for chunk in policy.evaluate_batch(chunks)["error"].chunks] == [
            min(size, 60 - start) for start in range(0, 60, size)
        ]
        for whole in (chunks, plain.combine_chunks(), plain.combine_chunks().to_batches()[0]):
            assert rows(policy, whole) == want
        (each,) = policy.evaluate_batches([chunks])
        assert each.batch.to_pylist() == want
        assert [row for row, _ in each.errors] == [n for n, row in enumerate(want) if row["error"]]


def test_a_column_that_is_not_there_is_a_fact_that_no_ticket_gives(policy: Policy) -> None:
    rng, tickets = random.Random(5), some(policy, 41, 60)
    for share in (0.0, 0.3, 0.6, 0.6, 0.8, 0.8, 0.9, 0.9, 0.9):
        names = [name for name in policy.definition.vocabulary.facts if rng.random() < share]
        # Among others without a time of opening, where no time is promised.
        names = [name for name in names if name != policy.definition.roles.opening or rng.random() < 0.5]
        given = [{name: ticket.get(name) for name in names} for ticket in tickets]
        if names:
            assert rows(policy, table(policy, tickets).select(names)) == [expected(policy, t) for t in given]


def test_a_response_without_a_time_needs_no_column_of_times(shipped: Policy) -> None:
    """Severity C of Enterprise plans: any time, no time promised."""
    ticket = {
        "plan": "enterprise_e1",
        "issue_type": "sharepoint_external_recipients",
        "service_state": "usable",
        "business_impact": "minimal",
        "affected_users": "one",
        "advanced_support": False,
        "workaround": True,
    }
    (row,) = rows(shipped, pa.table({name: [value] for name, value in ticket.items()}))
    assert row == expected(shipped, ticket)
    assert row["severity"] == "C" and "promises.response" not in row["undetermined"]
    assert (row["promises"]["response"]["committed"], row["promises"]["response"]["clock"]) == (False, "24x7")


def test_record_batches_of_one_size() -> None:
    small = pa.record_batch({"id": pa.array(["x"] * 10)})
    large = pa.record_batch({"id": pa.array(["y"] * (2 * ROWS + 5))})
    found = list(gathered([small] * 4000 + [large] + [small[:0]] + [small]))
    whole, rest = divmod(40_000 + 2 * ROWS + 5 + 10, ROWS)
    assert [batch.num_rows for batch in found] == [ROWS] * whole + [rest]
    assert [value for batch in found for value in batch["id"].to_pylist()] == (
        ["x"] * 40000 + ["y"] * (2 * ROWS + 5) + ["x"] * 10
    )
    assert list(gathered([])) == list(gathered([small[:0]])) == []


def test_dictionaries_that_cannot_be_put_together(shipped: Policy) -> None:
    """More values than the indices of both can tell apart; and a null among the values."""
    ids = [[f"T-{n}" for n in range(start, start + 100)] for start in (0, 100)]
    small = [pa.DictionaryArray.from_arrays(pa.array(range(100), pa.int8()), pa.array(each)) for each in ids]
    found = rows(shipped, pa.table({"id": pa.chunked_array(small)}))
    assert [row["ticket"] for row in found] == ids[0] + ids[1]
    nulls = [pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array([each, None])) for each in "ab"]
    found = rows(shipped, pa.table({"id": pa.chunked_array(nulls)}))
    assert [row["ticket"] for row in found] == ["a", None, "b", None]


def garbled(policy: Policy, tickets: list[dict[str, Any]], rng: random.Random) -> tuple[pa.Table, list[str]]:
    """The table of tickets of which some have bytes that are no text, and what is wrong with each."""
    columns, wrong = table(policy, tickets), [list[str]() for _ in tickets]
    for index, name in enumerate(columns.column_names):
        if not pa.types.is_string(columns[name].type):
            continue
        values = [value and value.encode() for value in columns[name].to_pylist()]
        for row in rng.sample(range(len(tickets)), 4):
            # A lone byte, an overlong slash, half of a surrogate pair, a character that is cut off.
            values[row] = rng.choice([b"\xff", b"a\xc0\xaf", b"\xed\xa0\x80", "plan é".encode()[:-1]])
            wrong[row].append(f"the text of `{name}` is not UTF-8")
        columns = columns.set_column(index, name, pa.array(values, pa.binary()).view(pa.string()))
    return columns, ["; ".join(each) for each in wrong]


@pytest.mark.parametrize("form", TEXTS)
def test_texts_that_are_not_utf8_are_errors_of_their_rows(policy: Policy, form: str) -> None:
    rng = random.Random(form)
    tickets = some(policy, 41, 90)
    columns, wrong = garbled(policy, tickets, rng)
    name = policy.definition.roles.ticket
    want = []
    for ticket, told in zip(tickets, wrong, strict=True):
        id = ticket.get(name or "") if f"`{name}`" not in told else None
        error = dict.fromkeys(policy.decision_schema().names) | {"ticket": id, "error": told}
        want.append(error if told else expected(policy, ticket))
    assert sum(map(bool, wrong)) > 10
    for parts in (in_chunks(columns, rng, form), in_chunks(columns, rng, form).combine_chunks()):
        decided = policy.evaluate_batch(parts)
        decided.validate(full=True)
        assert decided.to_pylist() == want
        (found,) = policy.evaluate_batches([parts])
        assert [row for row, _ in found.errors] == [n for n, row in enumerate(want) if row["error"]]
        for row, raised in found.errors:
            if wrong[row]:
                assert isinstance(raised, TicketError)
                assert (raised.problems[0].code, f"`{raised.field}`" in wrong[row]) == ("encoding", True)


def test_bytes_that_no_row_has(shipped: Policy) -> None:
    """A dictionary may have values that are not used."""
    values = pa.array([b"enterprise_e3", b"\xff"], pa.binary()).view(pa.string())
    plans = pa.DictionaryArray.from_arrays(pa.array([0, 0]), values)
    assert rows(shipped, pa.table({"plan": plans})) == [expected(shipped, {"plan": "enterprise_e3"})] * 2


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
    empty = table(policy, [])
    assert policy.evaluate_batch(empty).schema == policy.decision_schema()
    assert policy.evaluate_batch(empty).num_rows == 0
    assert list(policy.evaluate_batches([])) == []
    nothing = pa.table({policy.definition.roles.opening: pa.nulls(2)})
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
        row["severity"] is row["promises"] is row["channels"] is row["undetermined"] is None for row in errors
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
            "the times of `opened_at` have no time zone: say which one they are in: with `dt.tz_localize`",
        ),
        (
            {"opened_at": pa.array([0], pa.date32())},
            "`opened_at` takes an RFC 3339 time with an offset, such as `2014-09-05T11:30:00+02:00`, not a column of type `date32[day]`",
        ),
        ({"plan": pa.array([["x"]])}, "not a column of type `list<"),
        ({"plan": pa.array([0], pa.timestamp("us", "UTC"))}, "not a column of type `timestamp[us, tz=UTC]`"),
        ({"plan": [1, None]}, "not a column of type `int64`"),
        ({"id": [1.5]}, "`id` takes text, not a column of type `double`"),
        ({"country": [True]}, "not a column of type `bool`"),
        ({"timezone": [1]}, "not a column of type `int64`"),
        ({"workaround": [1, 0]}, "`workaround` takes true or false, not a column of type `int64`"),
        ({"workaround": ["true"]}, "`workaround` takes true or false, not a column of type `string`"),
        ({"opened_at": [1409902200]}, "not a column of type `int64`"),
        (
            {"plan": pa.array([1]).dictionary_encode()},
            "not a column of type `dictionary<values=int64, indices=int32, ordered=0>`",
        ),
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


@pytest.mark.parametrize("values", [[True], ["1"], [decimal.Decimal("1.50")]])
def test_columns_that_are_no_numbers(harbourline: Policy, values: list[Any]) -> None:
    with pytest.raises(InputError, match="`seats_down` takes a whole number"):
        harbourline.evaluate_batch(pa.table({"seats_down": values}))


def test_numbers_that_are_not_whole_or_too_large(harbourline: Policy) -> None:
    given = [2.0, 2.5, float("nan"), None]
    # NaN is how a column of floats says that there is no value.
    tickets = [HARBOUR | {"seats_down": number} for number in (2.0, 2.5, None, None)]
    columns = table(harbourline, [HARBOUR] * 4).drop_columns("seats_down")
    found = rows(harbourline, columns.append_column("seats_down", pa.array(given)))
    assert found == [expected(harbourline, ticket) for ticket in tickets]
    large = [10**30, -(10**30), 3, None]
    tickets = [HARBOUR | {"seats_down": number} for number in large]
    for kind in (pa.decimal128(38, 0), pa.decimal256(60, 0)):
        found = rows(harbourline, columns.append_column("seats_down", pa.array(large, kind)))
        assert found == [expected(harbourline, ticket) for ticket in tickets]


@pytest.mark.parametrize(
    "kind",
    [pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("ns"), pa.list_(pa.string())],
    ids=str,
)
def test_the_type_of_a_column_of_nulls_does_not_matter(policy: Policy, kind: pa.DataType) -> None:
    """As pandas makes one, of objects or of floats."""
    ticket = HARBOUR if "site" in policy.definition.vocabulary.facts else MAIL
    plain = table(policy, [ticket] * 3)
    for name in (str(policy.definition.roles.country), policy.definition.roles.opening):
        columns = plain.set_column(plain.column_names.index(name), name, pa.nulls(3, kind))
        assert rows(policy, columns) == [expected(policy, ticket | {name: None})] * 3
        assert policy.evaluate_batch(columns[:0]).num_rows == 0


# Arguments that are wrong


def test_what_is_no_table(shipped: Policy) -> None:
    for given, shown in (([MAIL], "a list"), (None, "null"), (MAIL, "an object")):
        with pytest.raises(TypeError, match=f"PyCapsule interface, not {shown}; of lists"):
            shipped.evaluate_batch(given)


def test_what_is_no_batch(shipped: Policy) -> None:
    for given, shown in (
        ([MAIL], "an object"),
        (["text"], "`text`"),
        ([iter([MAIL])], "a value of type list_iterator"),
    ):
        with pytest.raises(TypeError, match=f"a batch is a DataFrame .*, or a list of tickets, not {shown}"):
            list(shipped.evaluate_batches(given))


def test_options_that_there_are_not(shipped: Policy) -> None:
    columns, wrong = table(shipped, [MAIL]), cast(Any, "nul")
    with pytest.raises(ValueError, match="`on_error` is 'null' or 'fail', not 'nul'"):
        shipped.evaluate_batch(columns, on_error=wrong)
    # Before anything is asked for.
    with pytest.raises(ValueError, match="`on_error` is"):
        shipped.evaluate_batches([columns], on_error=wrong)
    message = r"`defaults` is True, False, or the names of facts such as \['country'\]"
    for decide in (shipped.evaluate_batch, lambda table, **how: shipped.evaluate(MAIL, **how)):
        with pytest.raises(TypeError, match=message):
            decide(columns, defaults="country")


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
    monkeypatch.setattr("supportrules.engine.diagrams.forest.MOST_STEPS", 50)
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # forking beside threads is what is tried
def test_a_child_of_a_fork_decides_what_a_thread_of_its_parent_has_begun(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = table(policy, some(policy, 43, 60))
    want, begun, whole = rows(policy, columns), threading.Event(), Forest.whole

    def slow(forest: Forest, name: str) -> object:
        if not begun.is_set():
            begun.set()
            time.sleep(0.1)
        return whole(forest, name)

    monkeypatch.setattr(Forest, "whole", slow)
    fresh = Policy(policy.definition)
    thread = threading.Thread(target=fresh.evaluate_batch, args=[columns])
    thread.start()
    assert begun.wait(10)
    child = os.fork()
    if child == 0:
        # So that it ends where it would wait for ever.
        signal.alarm(30)
        os._exit(0 if rows(fresh, columns) == want else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    thread.join()


def test_as_many_threads_as_there_are_processors_for_this_process(
    shipped: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for count in (1, 3):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, count=count: set(range(count)), raising=False)
        monkeypatch.setattr(os, "process_cpu_count", lambda count=count: count, raising=False)
        left = iter(range(10))
        decided = shipped.evaluate_batches([MAIL] for _ in left)
        next(decided)
        # One for each was taken, and one that waits.
        assert len(list(left)) == 10 - (count + 1)
        assert len(list(decided)) == count


def test_one_batch_is_decided_in_the_thread_that_asks(
    shipped: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As tasks of Spark do, each of which has one processor."""
    work = Batches(
        shipped.program,
        shipped.columns,
        shipped.evaluate,
        defaults=True,
        extra=False,
        ignore=(),
        on_error="null",
    )
    monkeypatch.setattr(threading.Thread, "start", None)
    (batch,) = table(shipped, [MAIL]).to_batches()
    assert work.decide(batch).batch.to_pylist() == [expected(shipped, MAIL)]


def test_the_columns_are_in_the_json_form(policy: Policy) -> None:
    names = policy.decision_schema().names
    data = policy.evaluate({}).to_dict(derivation=False)
    left_out = ("format", "policy", *(() if policy.definition.roles.category else ("category",)))
    given = [name for name in data if name not in left_out]
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


def test_rows_with_cut_offs_and_calendar_days_are_what_evaluate_decides(tmp_path: Path) -> None:
    policy = load_policy(with_edits(tmp_path, *BY_NOON, source=STARTER))
    tickets = some(policy, 5, 600)
    assert rows(policy, table(policy, tickets)) == [expected(policy, ticket) for ticket in tickets]
