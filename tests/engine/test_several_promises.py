"""A policy with several promises: in decisions, columns, ledgers, proofs and comparison, none is a special case."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from command import run
from edits import edited
from folders import KESTREL
from policy_data import load, save
from random_tickets import random_tickets
from supportrules import Policy, PolicyLoadError, load_policy
from supportrules.cases.cases import read_cases
from supportrules.cases.coverage import cover
from supportrules.history.ledger import Chain, Ledger, ledger_files
from supportrules.history.replay import replay
from supportrules.proofs.check import check_policy
from supportrules.proofs.comparison import compare
from ticket_tables import expected, table

PROMISES = ("response", "resolution", "update")
FULL: dict[str, Any] = {
    "id": "T-1",
    "plan": "plus",
    "impact": "down",
    "opened_at": "2026-04-02T15:00:00+02:00",
    "first_response_at": "2026-04-02T15:20:00+02:00",
}


def test_it_is_sound_and_its_cases_pass(kestrel: Policy) -> None:
    assert check_policy(kestrel) == ()
    outcomes = [case.run(kestrel) for case in read_cases(KESTREL)]
    assert outcomes and all(outcome.passed for outcome in outcomes)
    # Cells of all tables count.
    tables = {cell.partition(".")[0] for cell in cover(kestrel, outcomes).cells}
    assert tables == {f"{promise}_targets" for promise in PROMISES}


def test_each_promise_has_its_own_time(kestrel: Policy) -> None:
    decision = kestrel.evaluate(FULL)
    assert tuple(decision.promises) == PROMISES
    assert decision.response is decision.promises["response"]
    dues = {name: promise and promise.to_dict()["due_at"] for name, promise in decision.promises.items()}
    assert dues == {
        # An hour at any time.
        "response": "2026-04-02T14:00:00Z",
        # Two hours on Thursday, none from Good Friday to Easter Monday, eight on Tuesday, six on Wednesday.
        "resolution": "2026-04-08T13:00:00Z",
        # Four hours from the answer.
        "update": "2026-04-02T17:20:00Z",
    }
    timed = {entry.concludes: entry for entry in decision.derivation if entry.concludes.endswith(".due_at")}
    assert set(timed) == {f"promises.{name}.due_at" for name in PROMISES}
    assert timed["promises.update.due_at"].inputs["first_response_at"] == "2026-04-02T13:20:00Z"


def test_a_promise_is_open_until_it_starts(kestrel: Policy) -> None:
    decision = kestrel.evaluate(FULL | {"first_response_at": None})
    assert decision.undetermined["promises.update"].missing == ("first_response_at",)
    assert decision.promises["update"] and decision.promises["update"].target == "PT4H"
    assert set(decision.undetermined) == {"promises.update"}


@pytest.mark.parametrize(
    "unknown", [c for n in (1, 2) for c in itertools.combinations(("plan", "impact"), n)]
)
def test_what_is_open_is_what_completions_come_to(kestrel: Policy, unknown: tuple[str, ...]) -> None:
    given = {name: value for name, value in FULL.items() if name not in unknown}
    facts = kestrel.definition.vocabulary.facts
    completions = [
        kestrel.evaluate(given | dict(zip(unknown, values, strict=True)))
        for values in itertools.product(*(facts[name].values for name in unknown))
    ]
    decision = kestrel.evaluate(given)
    for name in PROMISES:
        promises = [each.promises[name] for each in completions]
        found = {promise and (promise.target, promise.clock) for promise in promises}
        left = decision.undetermined.get(f"promises.{name}")
        if left is None:
            assert {decision.promises[name]} == set(promises)
        else:
            assert {value and (value["target"], value["clock"]) for value in left.possible} == found
            assert set(left.missing) <= set(unknown) and len(found) > 1


def test_columns_are_one_by_one(kestrel: Policy) -> None:
    tickets = list(random_tickets(kestrel, random.Random(1), 400))
    rows = kestrel.evaluate_batch(table(kestrel, tickets)).to_pylist()
    assert rows == [expected(kestrel, ticket) for ticket in tickets]
    for name in PROMISES:
        assert sum(1 for row in rows if row["promises"] and (row["promises"][name] or {}).get("due_at")) > 5


def test_a_built_file_decides_the_same(kestrel: Policy, tmp_path: Path) -> None:
    kestrel.build(tmp_path / "kestrel.policy")
    built = load_policy(tmp_path / "kestrel.policy")
    for ticket in random_tickets(kestrel, random.Random(2), 60):
        assert built.evaluate(ticket).to_dict() == kestrel.evaluate(ticket).to_dict()


def test_a_ledger_replays(kestrel: Policy, tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        for ticket in random_tickets(kestrel, random.Random(3), 40):
            ledger.append(kestrel, ticket, kestrel.evaluate(ticket))
    (file,) = ledger_files(tmp_path / "ledger")
    found = replay(Chain().read(file), lambda line: kestrel)
    assert (found.lines, found.same, found.differences) == (40, 40, ())


def test_a_promise_that_is_added_is_better_and_one_cell_is_one_change(
    kestrel: Policy, tmp_path: Path
) -> None:
    folder = shutil.copytree(KESTREL, tmp_path / "without")
    (folder / "resolution_targets.yaml").unlink()
    channels = folder / "channels.yaml"
    channels.write_text(channels.read_text("utf-8").replace("hours: resolution", "hours: response"), "utf-8")
    changes = [c for c in compare(folder, KESTREL).meaning.changes if c.answer == "promises.resolution"]
    assert {(change.old, change.verdict) for change in changes} == {(None, "better")}
    assert {str(change.new) for change in changes} >= {"PT16H in office_hours", "PT8H in 24x7"}

    edit = edited(tmp_path / "edit", "update_targets", "PT1H", "PT2H", KESTREL)
    (change,) = compare(KESTREL, edit).meaning.changes
    assert (change.answer, str(change.old), str(change.new)) == (
        "promises.update",
        "PT1H in 24x7",
        "PT2H in 24x7",
    )
    assert change.verdict == "worse"
    assert [rule.id for rule in change.new_rules] == ["update_targets.urgent.premier"]


def test_a_later_target_is_found_in_each_table(tmp_path: Path) -> None:
    edit = load_policy(
        edited(tmp_path, "resolution_targets", "premier: {target: PT8H", "premier: {target: PT900H", KESTREL)
    )
    messages = [problem.message for problem in check_policy(edit)]
    assert any(m.startswith("`resolution_targets.urgent.premier` can be due later than") for m in messages)


def test_why_not_of_a_target_that_two_promises_have(kestrel: Policy) -> None:
    decision = kestrel.evaluate(FULL)
    concluded = {entry.concludes for entry in decision.why_not("PT8H")}
    assert concluded == {"promises.response", "promises.resolution"}
    (entry,) = decision.why_not("promises.resolution.PT8H")
    assert (entry.rule, entry.concludes) == ("resolution_targets.urgent.premier", "promises.resolution")


def test_people_read_each_promise(tmp_path: Path) -> None:
    (tmp_path / "ticket.json").write_text(json.dumps(FULL), "utf-8")
    done = run(
        "evaluate", "--policy", str(KESTREL), "--format", "pretty", "--explain", "ticket.json", cwd=tmp_path
    )
    assert "\nresponse    within 1 hour, any time; due Thu 2026-04-02 16:00 +02:00\n" in done.stdout
    assert "\nupdate      within 4 hours, any time; due Thu 2026-04-02 19:20 +02:00\n" in done.stdout
    assert "resolution: due" in done.stdout
    shown = run("show", "targets", "--policy", str(KESTREL)).stdout
    assert [line for line in shown.splitlines() if line.startswith("Targets")] == [
        f"Targets: {name}" for name in PROMISES
    ]


def problems(tmp_path: Path, change: Any) -> list[str]:
    """What is wrong with the policy after a change of its data."""
    data = load(KESTREL)
    change(data)
    save(data, tmp_path / "policy")
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path / "policy")
    return [problem.message for problem in caught.value.problems]


def test_a_table_has_the_rows_and_cells_that_it_says(tmp_path: Path) -> None:
    def lacking(data: Any) -> None:
        data["resolution_targets"]["promise"]["columns"] = ["basic", "plus"]
        data["update_targets"]["promise"]["levels"] = ["urgent", "normal"]

    found = problems(tmp_path, lacking)
    assert "the row `urgent` has no cell for the column `basic`" in found
    assert "`premier` is not among the `columns` of this promise" in found
    assert "the table has no row for the level `normal`" in found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: d["update_targets"]["promise"].update(starts="impact"),
            "unknown fact of type instant `impact`",
        ),
        (lambda d: d["update_targets"]["promise"].update(columns=["gold"]), "unknown column `gold`"),
        (
            lambda d: d["update_targets"].update(columns=d["response_targets"]["columns"]),
            "the columns of all promises stand in response_targets.yaml",
        ),
        (lambda d: d["response_targets"].pop("columns"), "`columns` is missing"),
        (
            lambda d: d["calendars"]["hours"].update(resolution=d["calendars"]["hours"]["office_hours"]),
            "`resolution` has a meaning of its own",
        ),
        (
            lambda d: d["channels"]["channels"]["phone"]["rules"]["paid"].update(hours="resolve"),
            "unknown hours `resolve`",
        ),
    ],
)
def test_what_is_wrong_with_a_promise_is_said(tmp_path: Path, change: Any, message: str) -> None:
    assert message in problems(tmp_path, change)


def test_a_file_that_is_no_table_of_a_promise(tmp_path: Path) -> None:
    folder = shutil.copytree(KESTREL, tmp_path / "policy")
    (folder / "update_targets.yaml").rename(folder / "Update_targets.yaml")
    with pytest.raises(PolicyLoadError, match=r"`Update_targets\.yaml` is no file of a policy"):
        load_policy(folder)
