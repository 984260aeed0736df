"""A field that is nearly a fact is an error wherever tickets come from; nothing is decided by a default instead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from command import lines, run
from edits import with_edits
from supportrules import InputError, Policy, TicketError, load_policy
from supportrules.base.wording import near_names
from supportrules.tickets import read_tickets

# Without `advanced_support` it is promised 8 hours, and 1 hour with it.
TICKET = {
    "plan": "enterprise_e3",
    "issue_type": "sharepoint_site_down",
    "opened_at": "2014-09-05T11:30:00+02:00",
    "country": "FR",
}
FACTS = ("plan", "advanced_support", "issue_type", "site_1", "id")
SPELLINGS = [
    "Advanced_Support",
    "ADVANCED SUPPORT",
    "advancedSupport",
    "AdvancedSupport",
    "advanced-support",
    " advanced_support",
    "advanced_support ",
    "\u00a0advanced_support",
    "advanced\u202fsupport",
    "\ufeffadvanced_support",
    "advanced\u200b_support",
    "advanced__support",
    "advanced_suport",
    "advanced_supporrt",
    "advanced_sapport",
    "advnaced_support",
    "dvanced_support",
    "advanced_supports",
    "Advanced-Suport",
]


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_spelling_of_a_name_is_near_it(name: str) -> None:
    assert near_names(name, FACTS) == ("advanced_support",)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        # In four letters, another one makes another word; a letter more makes five.
        ("plum", ()),
        ("clan", ()),
        ("plans", ("plan",)),
        ("Plan", ("plan",)),
        ("p l a n", ("plan",)),
        ("ID", ("id",)),
        ("ids", ()),
        # A digit tells things apart.
        ("site_2", ()),
        ("site_12", ()),
        ("site_", ()),
        ("cite-1", ("site_1",)),
        # Two letters.
        ("issue_typpes", ()),
        ("advanced_sport", ()),
        ("subject", ()),
        ("", ()),
        ("___", ()),
    ],
)
def test_what_is_near(name: str, near: tuple[str, ...]) -> None:
    assert near_names(name, FACTS) == near


def test_a_name_that_is_equal_but_for_case_is_nearer_than_one_with_another_letter() -> None:
    assert near_names("Hosts", ["host", "hosts"]) == ("hosts",)
    assert near_names("hostt", ["host", "hosts"]) == ("host", "hosts")


@given(st.text("abcde", min_size=5, max_size=9), st.data())
def test_one_wrong_letter_is_found_and_two_distances_agree(word: str, data: st.DataObject) -> None:
    other = data.draw(st.text("abcde", min_size=0, max_size=9))
    assert bool(near_names(other, [word])) == (bool(other) and edits(word, other) <= 1)


def edits(one: str, other: str) -> int:
    """The optimal string alignment distance, by its textbook table."""
    table = {(row, 0): row for row in range(len(one) + 1)} | {(0, at): at for at in range(len(other) + 1)}
    for row in range(1, len(one) + 1):
        for at in range(1, len(other) + 1):
            changed = table[row - 1, at - 1] + (one[row - 1] != other[at - 1])
            table[row, at] = min(changed, table[row - 1, at] + 1, table[row, at - 1] + 1)
            if row > 1 and at > 1 and one[row - 2 : row] == other[at - 2 : at][::-1]:
                table[row, at] = min(table[row, at], table[row - 2, at - 2] + 1)
    return table[len(one), len(other)]


# How tickets with a field come to be decided: each gives the error, and None where all goes well.
Way = Callable[[Policy, Path, Mapping[str, Any], tuple[str, ...]], str | None]


def one(policy: Policy, folder: Path, ticket: Mapping[str, Any], ignore: tuple[str, ...]) -> str | None:
    try:
        policy.evaluate(ticket, extra=True, ignore=ignore)
    except TicketError as error:
        return str(error)
    return None


def listed(policy: Policy, folder: Path, ticket: Mapping[str, Any], ignore: tuple[str, ...]) -> str | None:
    (decided,) = policy.evaluate_batches([[TICKET, ticket]], extra=True, ignore=ignore)
    assert all(row == 1 for row, _ in decided.errors)
    found: str | None = decided.batch.column("error")[1].as_py()
    return found


def table(policy: Policy, folder: Path, ticket: Mapping[str, Any], ignore: tuple[str, ...]) -> str | None:
    try:
        policy.evaluate_batch(pa.Table.from_pylist([dict(ticket)]), extra=True, ignore=ignore)
    except InputError as error:
        return str(error)
    return None


def file(suffix: str) -> Way:
    def way(policy: Policy, folder: Path, ticket: Mapping[str, Any], ignore: tuple[str, ...]) -> str | None:
        path = folder / f"t{suffix}"
        if suffix == ".parquet":
            parquet.write_table(pa.Table.from_pylist([dict(ticket)]), path)
        elif suffix == ".csv":
            cells = ("true" if value is True else str(value) for value in ticket.values())
            path.write_text(f"{','.join(ticket)}\n{','.join(cells)}\n", "utf-8")
        else:
            path.write_text(json.dumps(ticket), "utf-8")
        vocabulary = policy.definition.vocabulary
        try:
            for record in read_tickets(str(path), vocabulary=vocabulary, extra=True, ignore=ignore):
                assert record.ticket is not None
                policy.evaluate(record.ticket, extra=True, ignore=ignore)
        except (InputError, TicketError) as error:
            return str(error)
        return None

    return way


WAYS = {
    "evaluate": one,
    "a list": listed,
    "a table": table,
    "JSON": file(".json"),
    "YAML": file(".yaml"),
    "CSV": file(".csv"),
    "Parquet": file(".parquet"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name", ["Advanced_Support", " advanced_support", "\u00a0advanced_support", "advanced_suport"]
)
def test_a_near_name_is_an_error_unless_it_is_accepted(
    way: str, name: str, shipped: Policy, tmp_path: Path
) -> None:
    ticket = TICKET | {"subject": "x", name: True}
    error = WAYS[way](shipped, tmp_path, ticket, ())
    assert error is not None
    assert "did you mean `advanced_support`?" in error
    assert "`--ignore` (in Python, `ignore=`)" in error
    assert WAYS[way](shipped, tmp_path, ticket, (name,)) is None
    # Beside the fact itself it is no less an error: nobody can tell which is meant.
    assert WAYS[way](shipped, tmp_path, ticket | {"advanced_support": True}, ()) is not None


@pytest.mark.parametrize("way", WAYS)
def test_of_tickets_some_field_is_a_fact(way: str, shipped: Policy, tmp_path: Path) -> None:
    error = WAYS[way](shipped, tmp_path, {"subject": "x", "queue": "y"}, ())
    assert error is not None
    assert re.search("no (field|column) is a fact: ", error)
    assert WAYS[way](shipped, tmp_path, {"subject": "x", "queue": "y"}, ("subject", "queue")) is not None


def test_an_object_around_tickets_names_what_to_pass(shipped: Policy) -> None:
    for extra in (False, True):
        with pytest.raises(TicketError) as caught:
            shipped.evaluate({"next_page": None, "tickets": [TICKET]}, extra=extra)
        (problem,) = caught.value.problems
        assert (
            problem.text == "no field is a fact, and `tickets` holds a list: pass only what `tickets` holds"
        )
        assert (problem.code, problem.field) == ("unknown-field", "tickets")
    with pytest.raises(TicketError, match="`ticket` holds an object"):
        shipped.evaluate({"ticket": TICKET}, extra=True)
    # What holds facts is meant, wherever it is.
    with pytest.raises(TicketError, match="pass only what `data` holds"):
        shipped.evaluate({"event": {"type": "created"}, "links": [], "data": TICKET})
    # A near name that holds a list is misspelt all the same.
    with pytest.raises(TicketError, match="did you mean `plan`"):
        shipped.evaluate({"Plan": []}, extra=True)


def test_other_fields_are_ignored_where_they_are_named(shipped: Policy) -> None:
    expected = shipped.evaluate(TICKET)
    assert shipped.evaluate(TICKET | {"queue": 1}, ignore=["queue"]) == expected
    assert shipped.evaluate({}, extra=True) == shipped.evaluate({})
    with pytest.raises(TicketError, match="unknown field `queue`"):
        shipped.evaluate(TICKET | {"queue": 1}, ignore=["subject"])
    # What is a fact is read.
    assert shipped.evaluate(TICKET, ignore=["plan"]) == expected


def test_names_to_ignore_are_no_text(shipped: Policy) -> None:
    for extra in (False, True):
        with pytest.raises(TypeError, match=r"`ignore` is the names of fields such as \['queue'\]"):
            shipped.evaluate(TICKET, extra=extra, ignore="queue")
    with pytest.raises(TypeError, match="`ignore`"):
        shipped.evaluate_batch(pa.Table.from_pylist([TICKET]), ignore="queue")


def test_what_can_not_be_seen_of_a_name_is_in_the_message(shipped: Policy) -> None:
    with pytest.raises(TicketError, match=r": it has U\+00A0; did you mean `plan`\?"):
        shipped.evaluate(TICKET | {"\u00a0plan": "x"}, extra=True)


def test_the_command_reports_a_near_name_and_decides_the_others(tmp_path: Path) -> None:
    (tmp_path / "near.csv").write_text("plan,Advanced_Support\nenterprise_e3,true\n")
    (tmp_path / "t.jsonl").write_text(
        json.dumps(TICKET | {"AdvancedSupport": True}) + "\n" + json.dumps(TICKET) + "\n"
    )
    done = run("evaluate", "--extra", "ignore", "near.csv", "t.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    assert "near.csv:1:6: unknown column `Advanced_Support`: did you mean `advanced_support`?" in done.stderr
    assert "t.jsonl:1:" in done.stderr
    assert [line.get("severity") for line in lines(done.stdout)] == [None, None, "A"]
    ignored = ("--ignore", "Advanced_Support", "--ignore", "AdvancedSupport")
    done = run("evaluate", "--extra", "ignore", *ignored, "near.csv", "t.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    done = run("evaluate", *ignored, "near.csv", "t.jsonl", "-o", "d.csv", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    done = run("evaluate", "--extra", "ignore", "near.csv", "-o", "e.csv", cwd=tmp_path)
    assert (done.returncode, (tmp_path / "e.csv").exists()) == (2, False)


def test_a_fact_can_not_be_ignored() -> None:
    done = run("evaluate", "--ignore", "plan", stdin=json.dumps(TICKET))
    assert done.returncode == 2
    assert "Invalid value for --ignore: `plan` is a fact, and facts are never ignored" in done.stderr


def test_a_comparison_for_real_tickets_reports_near_names(tmp_path: Path) -> None:
    with_edits(tmp_path / "old")
    with_edits(tmp_path / "new")
    (tmp_path / "t.json").write_text(json.dumps(TICKET | {"Advanced_Support": True}))
    arguments = ("diff", "old", "new", "--tickets", "t.json", "--extra", "ignore")
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean `advanced_support`?" in done.stderr
    done = run(*arguments, "--ignore", "Advanced_Support", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    done = run("diff", "old", "new", "--ignore", "queue", cwd=tmp_path)
    assert "--ignore is about real tickets" in done.stderr


def test_a_former_name_of_a_fact_is_hinted_to_its_new_one(tmp_path: Path) -> None:
    rename = (
        "vocabulary",
        "  advanced_support:\n",
        "  advanced_support:\n    formerly: [premium_care]\n",
    )
    policy = load_policy(with_edits(tmp_path / "p", rename))
    for extra in (False, True):
        for name in ("premium_care", "premiumCare"):
            with pytest.raises(TicketError, match="advanced_support") as caught:
                policy.evaluate(TICKET | {name: True}, extra=extra)
            (problem,) = caught.value.problems
            assert problem.nearest == ("advanced_support",)
    with pytest.raises(TicketError, match="it is called `advanced_support` now"):
        policy.evaluate(TICKET | {"premium_care": True})
    assert policy.evaluate(TICKET | {"premium_care": True}, extra=True, ignore=["premium_care"])


def test_a_replay_reports_a_fact_that_the_policy_has_under_a_near_name(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(TICKET | {"service": "yammer"}))
    with_edits(tmp_path / "p", ("vocabulary", "\n  service:\n", "\n  services:\n"))
    assert run("evaluate", "t.json", "--ledger", "log", cwd=tmp_path).returncode == 0
    done = run("replay", "log", "--policy", "p", cwd=tmp_path)
    assert done.returncode == 1
    assert "unknown field `service`: did you mean `services`?" in re.sub(r"\s+", " ", done.stdout)
    assert run("replay", "log", "--policy", "p", "--ignore", "service", cwd=tmp_path).returncode == 0
    # What no fact can be meant for is left out, as ever.
    with_edits(tmp_path / "q", ("vocabulary", "\n  service:\n", "\n  product:\n"))
    assert run("replay", "log", "--policy", "q", cwd=tmp_path).returncode == 0


def test_a_former_value_is_hinted_to_its_new_name(tmp_path: Path) -> None:
    edits = (
        (
            "plans",
            "  enterprise_e3:\n    label",
            "  enterprise_e3:\n    formerly: [enterprise_e2]\n    label",
        ),
        ("severity", "  - id: A\n", "  - id: A\n    formerly: [critical]\n"),
        ("issue_types", "  sharepoint_site_down:\n", "  sharepoint_site_down:\n    formerly: [site_gone]\n"),
    )
    policy = load_policy(with_edits(tmp_path / "p", *edits))
    policy.build(tmp_path / "built")
    renamed = {
        "plan": ("enterprise_e2", "enterprise_e3"),
        "requested_severity": ("critical", "A"),
        "issue_type": ("site_gone", "sharepoint_site_down"),
    }
    for each in (policy, load_policy(tmp_path / "built")):
        for fact, (old, new) in renamed.items():
            with pytest.raises(TicketError) as caught:
                each.evaluate({fact: old})
            (problem,) = caught.value.problems
            assert problem.text == f"unknown {fact} `{old}`: it is called `{new}` now"
            assert problem.nearest == (new,)
