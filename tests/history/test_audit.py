"""A made-up year of tickets under four versions: decided by the one in force, logged, and replayed under each."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from command import run
from edits import Edit, with_edits
from random_tickets import random_tickets
from scenarios import DAYS, YEAR, edition
from supportrules import Policy, PolicyFault, TicketError, load_policy

Data = dict[str, Any]
# A fact that no rule reads, which the versions from July on have.
CONTACT: Edit = (
    "vocabulary",
    "\nfacts:\n",
    """
facts:
  contact:
    type: text
    optional: true
    label: {en: contact, fr: contact}
    no_effect: {en: It only says whom to answer., fr: Il ne fait que dire à qui répondre.}
    question: {en: "Who?", fr: "Qui ?"}
    source: [SR-1]
    basis: assumed
""",
)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the versions, the tickets, and the ledger of a run over them."""
    folder = tmp_path_factory.mktemp("year")
    for day in DAYS:
        late = (CONTACT,) if day >= "2015-07-01" else ()
        with_edits(folder / "versions" / day, *edition(day, day), *YEAR[day], *late)
    tickets = "".join(json.dumps(ticket) + "\n" for ticket in of_the_year(folder))
    (folder / "tickets.jsonl").write_text(tickets, "utf-8")
    done = run(
        "evaluate",
        *("--timeline", "versions", "--ledger", "log", "--ledger-size", "500kB"),
        *("--mask", "contact", "--mask-key", "key", "tickets.jsonl"),
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    (folder / "decisions.jsonl").write_text(done.stdout, "utf-8")
    return folder


def of_the_year(folder: Path) -> Iterator[Data]:
    rng = random.Random("a year")
    for number, ticket in enumerate(random_tickets(load_policy(folder / "versions" / DAYS[0]), rng, 240)):
        opened = datetime(2015, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(365 * 24 * 60))
        named: Data = {"id": f"T-{number}", "opened_at": opened.isoformat().replace("+00:00", "Z")}
        if number % 3 == 0:
            # What the edits of the year are about.
            named |= {"issue_type": "sharepoint_site_access", "affected_users": "one", "category": None}
        late = opened >= datetime(2015, 7, 1, tzinfo=UTC)
        yield ticket | named | ({"contact": f"c{number % 7}@example.com"} if late else {})


def tickets(folder: Path) -> list[Data]:
    return [json.loads(line) for line in (folder / "tickets.jsonl").read_text("utf-8").splitlines()]


def in_force(ticket: Data) -> str:
    """The day of the version in force, by the text of the opening, which is in UTC."""
    return max(day for day in DAYS if day <= ticket["opened_at"][:10])


def answered(decision: Data) -> Data:
    """A decision without what it is called, and who made it."""
    return {key: value for key, value in decision.items() if key not in ("policy", "derivation", "ticket")}


@cache
def loaded(folder: Path) -> Policy:
    return load_policy(folder)


def decided(folder: Path, version: str, ticket: Data) -> Data | None:
    try:
        return answered(loaded(folder / "versions" / version).evaluate(ticket).to_dict(derivation=False))
    except (TicketError, PolicyFault):
        return None


def replayed(folder: Path, *options: str, code: int) -> Data:
    done = run("replay", *options, "log", "--format", "json", "--first", "1000", cwd=folder)
    assert (done.returncode, done.stderr) == (code, "")
    found: Data = json.loads(done.stdout)
    return found


def test_each_ticket_is_decided_and_logged_under_its_version(year: Path) -> None:
    written = [json.loads(line) for line in (year / "decisions.jsonl").read_text("utf-8").splitlines()]
    names = ["log", *sorted(file.name for file in year.glob("log.0*"))]
    assert len(names) > 2
    logged = [
        json.loads(line) for name in names[1:] + names[:1] for line in (year / name).read_bytes().splitlines()
    ]
    given = tickets(year)
    assert len(written) == len(logged) == len(given) == 240
    for ticket, decision, line in zip(given, written, logged, strict=True):
        assert line["policy"] == decision["policy"] and decision["policy"]["version"] == in_force(ticket)
        assert line["decision"]["ticket"] == decision["ticket"] == ticket["id"]
        assert answered(line["decision"]) == answered(decision)
    texts = b"".join((year / name).read_bytes() for name in names)
    assert b"@example.com" not in texts and texts.count(b'"contact":"hmac-sha256:') > 50


def test_nothing_differs_under_the_versions_in_force(year: Path) -> None:
    found = replayed(year, "--timeline", "versions", code=0)
    assert (found["lines"], found["same"], found["differences"]) == (240, 240, [])
    counts = {day: sum(in_force(ticket) == day for ticket in tickets(year)) for day in DAYS}
    for key in ("decided_by", "decides"):
        assert {each["version"]: each["lines"] for each in found[key]} == counts


@pytest.mark.parametrize("version", DAYS)
def test_what_differs_under_each_version_is_what_evaluate_says(year: Path, version: str) -> None:
    expected, refused = set(), set()
    for ticket in tickets(year):
        # A masked fact is not there to be refused.
        before = decided(year, in_force(ticket), ticket)
        known = {name: value for name, value in ticket.items() if name != "contact"}
        after = decided(year, version, known)
        if after is None:
            refused.add(ticket["id"])
        elif before != after:
            expected.add(ticket["id"])
    found = replayed(year, "--policy", f"versions/{version}", code=1)
    assert found["differ"] == {"policy": len(expected | refused)}
    places = {
        (example["location"]["file"], example["location"]["line"])
        for each in found["differences"]
        for example in each["lines"]["first"]
    }
    lines = (
        json.loads((year / file).read_bytes().splitlines()[number - 1]) for file, number in sorted(places)
    )
    assert {line["decision"]["ticket"] for line in lines} == expected | refused


def test_a_masked_value_is_found_by_the_version_that_has_the_fact(year: Path) -> None:
    named = sum(ticket.get("contact") == "c3@example.com" for ticket in tickets(year))
    assert named
    sought = ("--find", "contact=c3@example.com", "--mask-key", "key")
    assert replayed(year, "--timeline", "versions", *sought, code=0)["lines"] == named


def test_a_table_is_logged_as_its_version_reads_it(year: Path, tmp_path: Path) -> None:
    """A cell is a text until the version is known that says what it means."""
    columns = ("id", "plan", "issue_type", "affected_users", "advanced_support", "opened_at")
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(columns)
    for number, day in enumerate(DAYS):
        row = ("enterprise_e3", "sharepoint_site_access", "one", "true", f"{day}T10:00:00Z")
        table.writerow((f"T-{number}", *row))
    (tmp_path / "tickets.csv").write_text(text.getvalue(), "utf-8")
    versions = str(year / "versions")
    done = run("evaluate", "--timeline", versions, "--ledger", "log", "tickets.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for line in (tmp_path / "log").read_bytes().splitlines():
        assert json.loads(line)["ticket"]["advanced_support"] is True
    done = run("replay", "--timeline", versions, "log", "--lang", "en", cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "4 lines decided again; nothing differs")


def test_a_version_that_does_not_load_is_told_for_its_lines(year: Path, tmp_path: Path) -> None:
    for day in DAYS:
        with_edits(tmp_path / "versions" / day, source=year / "versions" / day)
    plans = tmp_path / "versions" / DAYS[1] / "plans.yaml"
    plans.write_text(plans.read_text("utf-8").replace("family: enterprise", "family: none", 1), "utf-8")
    done = run(
        *("replay", "--timeline", str(tmp_path / "versions"), "log", "--format", "json"),
        cwd=year,
    )
    found = json.loads(done.stdout)
    (told,) = found["differences"]
    count = sum(in_force(ticket) == DAYS[1] for ticket in tickets(year))
    assert (done.returncode, told["answer"], told["lines"]["count"]) == (1, "ticket", count)
    assert found["same"] == 240 - count
    assert "family" in told["lines"]["first"][0]["problems"][0]["message"]
    done = run("replay", "--timeline", str(tmp_path / "versions"), "log", "--lang", "en", cwd=year)
    # Which version, and where in it.
    assert f": {plans}:" in done.stdout


def test_tickets_are_decided_by_a_policy_or_by_versions(year: Path) -> None:
    done = run("replay", "--timeline", "versions", "--policy", "versions/2015-01-01", "log", cwd=year)
    assert done.returncode == 2 and "by a --policy or by a --timeline, not by both" in done.stderr


def test_a_masked_fact_must_be_one_of_some_version(year: Path) -> None:
    logging = ("evaluate", "--timeline", "versions", "--ledger", "other", "--mask-key", "key")
    done = run(*logging, "--mask", "contakt", "tickets.jsonl", cwd=year)
    assert done.returncode == 2 and "unknown fact `contakt`: did you mean `contact`?" in done.stderr
    done = run(*logging, "--mask", "plan", "tickets.jsonl", cwd=year)
    assert done.returncode == 2 and "`plan` can't be masked" in done.stderr
    assert not (year / "other").exists()
