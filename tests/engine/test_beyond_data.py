"""Deadlines after the last year for which days are listed or decreed: given with a note, or refused."""

from __future__ import annotations

import json
import pickle
import random
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from command import run
from listed_days import BERLIN, with_days
from policy_data import save
from supportrules import Decision, Policy, PolicyLoadError, TicketError, load_policy
from supportrules.engine.contracts import decision_schema
from supportrules.history.ledger import Chain, Ledger, ledger_files
from supportrules.history.replay import Replay, replay
from supportrules.proofs.comparison.comparison import compare
from supportrules.report.decision_columns import DecisionColumns
from supportrules.report.decisions import DecisionReport
from supportrules.report.diff.phrases import DiffPhrases
from supportrules.report.diff.sections import meaning_line
from supportrules.time import public_holidays
from ticket_tables import expected, table

NORMAL = {"impact": "hindered", "affected": "team", "plan": "standard"}
SHANGHAI = {"timezone": "Asia/Shanghai", "holidays": ["CN"]}


def decided(policy: Policy, opened: str, **facts: str) -> Decision:
    return policy.evaluate({**NORMAL, **facts, "opened_at": opened})


def beyond(policy: Policy, opened_at: str, **facts: str) -> dict[str, int]:
    response = decided(policy, opened_at, **facts).response
    assert response is not None and response.due_at is not None
    return dict(response.beyond_data)


@pytest.mark.parametrize(("hours", "expected"), [("PT4H", {}), ("PT5H", {"calendars.yaml": 2026})])
def test_a_shift_belongs_to_the_year_in_which_it_began(
    hours: str, expected: dict[str, int], tmp_path: Path
) -> None:
    """Four hours from 22:00 on New Year's Eve end with that shift, at two; the fifth is in the next shift."""
    night = {day: ["21:00-02:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
    policy = with_days(tmp_path, BERLIN | {"week": night}, {"2026-12-24": {}}, target=hours)
    assert beyond(policy, "2026-12-31T22:00:00+01:00") == expected
    rows = policy.evaluate_batch(table(policy, [{**NORMAL, "opened_at": "2026-12-31T22:00:00+01:00"}]))
    assert rows.to_pylist()[0]["promises"]["response"]["beyond_data"] == list(expected)


# A Thursday, before a Friday that is New Year's Day everywhere.
LAST = "2026-12-31T12:00:00+01:00"


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        ("2026-12-30T12:00:00+08:00", {}),
        # Due on Monday 4 January.
        ("2026-12-31T12:00:00+08:00", {"CN": 2026}),
        ("2028-03-01T12:00:00+08:00", {"CN": 2026}),
    ],
)
def test_moved_days_of_a_named_place(opened: str, expected: dict[str, int], tmp_path: Path) -> None:
    assert public_holidays.decreed_until("CN") == 2026
    assert beyond(with_days(tmp_path, SHANGHAI), opened) == expected


def test_special_dates_and_calendar_files_end_with_their_last_year(tmp_path: Path) -> None:
    policy = with_days(tmp_path, BERLIN, {"2025-05-02": {}, "2026-12-24": {}, "08-08": {}}, "20270104")
    assert beyond(policy, "2026-12-30T12:00:00+01:00") == {}
    assert beyond(policy, LAST) == {"calendars.yaml": 2026}
    # 31 December 2027 is a Friday, and the file ends with it.
    assert beyond(policy, "2027-12-30T12:00:00+01:00") == {"calendars.yaml": 2026}
    both = decided(policy, "2027-12-31T12:00:00+01:00").response
    assert both is not None and list(both.beyond_data.items()) == [
        ("calendars.yaml", 2026),
        ("own.ics", 2027),
    ]


def test_days_of_every_year_do_not_end(tmp_path: Path) -> None:
    assert beyond(with_days(tmp_path, BERLIN, {"12-24": {}}), "2090-06-01T12:00:00+01:00") == {}


def test_dates_for_some_customers_end_for_them_alone(tmp_path: Path) -> None:
    policy = with_days(tmp_path, {}, {"2026-08-10": {"countries": ["AT"]}})
    assert beyond(policy, LAST, country="AT", region="AT-9") == {"calendars.yaml": 2026}
    assert beyond(policy, LAST, country="FR", region="FR-BRE", timezone="Europe/Paris") == {}


def test_a_list_for_a_country_goes_on_with_that_for_all(tmp_path: Path) -> None:
    policy = with_days(tmp_path, {}, {"2026-08-10": {"countries": ["AT"]}, "2027-08-10": {}})
    assert beyond(policy, LAST, country="AT", region="AT-9") == {}
    late = "2028-01-03T12:00:00+01:00"
    assert beyond(policy, late, country="AT", region="AT-9") == {"calendars.yaml": 2027}


def test_dates_for_a_subdivision_end_at_its_places_alone(tmp_path: Path) -> None:
    dates = {"2026-08-10": {"subdivisions": ["DE-BY"]}}
    policy = with_days(tmp_path, {}, dates)
    known = {"country": "DE", "timezone": "Europe/Berlin"}
    assert beyond(policy, LAST, region="DE-BY", **known) == {"calendars.yaml": 2026}
    assert beyond(policy, LAST, region="DE-BE", **known) == {}
    # All parts are due on 4 January, which is no longer known in one of them.
    assert beyond(policy, LAST, country="DE") == {"calendars.yaml": 2026}
    # Epiphany, 6 January 2027, is a holiday in Bavaria and two other parts.
    found = decided(policy, "2027-01-05T12:00:00+01:00", country="DE").undetermined["promises.response"]
    assert [(each["due_at"], "beyond_data" in each) for each in found.possible] == [
        ("2027-01-06T16:00:00Z", False),
        ("2027-01-07T16:00:00Z", True),
    ]
    # Where one place is refused, the ticket is.
    refusing = with_days(tmp_path / "refusing", {"beyond_data": "refuse"}, dates)
    assert beyond(refusing, LAST, region="DE-BE", **known) == {}
    with pytest.raises(TicketError, match="to 2026 only"):
        decided(refusing, "2027-01-05T12:00:00+01:00", country="DE")


def test_what_closes_as_the_last_year_ends_is_known(tmp_path: Path) -> None:
    hours = BERLIN | {"week": {"thursday": ["09:00-24:00"]}}
    policy = with_days(tmp_path, hours, {"2026-12-24": {}})
    # Due on the next Thursday, at midnight.
    assert beyond(policy, "2026-12-23T12:00:00+01:00") == {}
    assert decided(policy, "2026-12-23T12:00:00+01:00").response.due_at == datetime(  # type: ignore[union-attr]
        2026, 12, 31, 23, tzinfo=UTC
    )
    assert beyond(policy, LAST) == {"calendars.yaml": 2026}


def test_the_end_of_the_last_year_is_known_at_several_places_and_by_column(tmp_path: Path) -> None:
    policy = with_days(tmp_path, {"week": {"thursday": ["09:00-24:00"]}}, {"2026-12-24": {}})
    tickets = [
        {"opened_at": opened, **NORMAL, **place}
        for opened in ("2026-12-23T12:00:00+01:00", LAST)
        for place in ({"country": "DE"}, {"country": "DE", "region": "DE-BE", "timezone": "Europe/Berlin"})
    ]
    found = [beyond(policy, **ticket) for ticket in tickets]
    assert found == [{}, {}, {"calendars.yaml": 2026}, {"calendars.yaml": 2026}]
    rows = policy.evaluate_batch(table(policy, tickets)).to_pylist()
    assert [row["promises"]["response"]["beyond_data"] for row in rows] == [list(each) for each in found]


def test_calendar_days_do_not_depend_on_any_list(tmp_path: Path) -> None:
    policy = with_days(tmp_path, SHANGHAI, {"2026-12-24": {}}, target="P2D")
    assert beyond(policy, LAST) == {}


def test_a_service_window_is_noted_by_its_end(tmp_path: Path) -> None:
    policy = with_days(tmp_path, SHANGHAI, target="none")
    for opened, ended in (("2026-12-31T18:00:00+08:00", {"CN": 2026}), ("2026-12-30T18:00:00+08:00", {})):
        response = decided(policy, opened).response
        assert response is not None and response.window is not None and response.beyond_data == ended


def test_each_possible_time_says_so(tmp_path: Path) -> None:
    policy = with_days(tmp_path, {})
    # China has two zones, two hours apart.
    found = decided(policy, "2026-12-30T06:00:00Z", country="CN").undetermined["promises.response"]
    assert ["beyond_data" in each for each in found.possible] == [False, False]
    found = decided(policy, "2026-12-31T06:00:00Z", country="CN").undetermined["promises.response"]
    assert [each["beyond_data"] for each in found.possible] == [{"CN": 2026}] * 2
    refusing = with_days(tmp_path / "refusing", {"beyond_data": "refuse"})
    with pytest.raises(TicketError, match="known in `CN` to 2026 only"):
        decided(refusing, "2026-12-31T06:00:00Z", country="CN")


def test_a_time_on_which_all_places_agree_is_noted(tmp_path: Path) -> None:
    policy = with_days(tmp_path, {}, {"2026-12-24": {}})
    # Büsingen keeps the clock of Berlin, and no part of Germany has a holiday on 4 January 2027.
    assert beyond(policy, LAST, country="DE") == {"calendars.yaml": 2026}


def test_refused(tmp_path: Path) -> None:
    policy = with_days(tmp_path, BERLIN | {"beyond_data": "refuse"}, {"2026-12-24": {}}, "20270104")
    assert beyond(policy, "2026-12-30T12:00:00+01:00") == {}
    with pytest.raises(TicketError) as caught:
        decided(policy, "2027-12-31T12:00:00+01:00")
    (problem,) = caught.value.problems
    assert problem.message == (
        "the days of `office_hours` are known in `calendars.yaml` to 2026 only and in `own.ics` to 2027 only, "
        "and its time is 2028-01-03T16:00:00Z"
    )
    assert problem.hint == (
        "add the days of 2027 to `calendars.yaml` and add the days of 2028 to `own.ics`, or write "
        "`beyond_data: note` in calendars.yaml"
    )
    assert (problem.code, problem.field, problem.value) == (
        "no-calendar",
        "opened_at",
        "2027-12-31T11:00:00Z",
    )


def test_moved_days_are_not_for_the_policy_to_add(tmp_path: Path) -> None:
    policy = with_days(tmp_path, SHANGHAI | {"beyond_data": "refuse"})
    with pytest.raises(
        TicketError, match="update the Python package `holidays`, or write `beyond_data: note`"
    ):
        decided(policy, LAST)


def openings(count: int) -> list[str]:
    """Instants from the end of 2026 to that of 2028."""
    draw, start = random.Random(11), datetime(2026, 12, 20, tzinfo=UTC)
    found = [start + timedelta(minutes=draw.randrange(750 * 24 * 60)) for _ in range(count)]
    return [each.isoformat() for each in found]


@pytest.mark.parametrize("how", ["note", "refuse"])
@pytest.mark.parametrize("target", ["next_business_day", "PT20H", "none"])
def test_columns_say_the_same(how: str, target: str, tmp_path: Path) -> None:
    dates = {"2026-08-10": {"countries": ["AT", "CN"]}, "2027-02-01": {"countries": ["FR"]}}
    policy = with_days(tmp_path, {"beyond_data": how}, dates, "20271231", target=target)
    places: list[dict[str, str]] = [
        {"country": "CN"},
        {"country": "CN", "timezone": "Asia/Shanghai"},
        {"country": "AT", "region": "AT-9"},
        {"country": "FR", "region": "FR-BRE", "timezone": "Europe/Paris"},
        {"country": "DE"},
        {"country": "RU", "timezone": "Europe/Moscow"},
        {},
    ]
    tickets: list[dict[str, Any]] = [
        {"id": f"T-{n}", "opened_at": opened, **NORMAL, **places[n % len(places)]}
        for n, opened in enumerate(openings(210))
    ]
    rows = policy.evaluate_batch(table(policy, tickets)).to_pylist()
    assert rows == [expected(policy, ticket) for ticket in tickets]
    said = [row["promises"] and row["promises"]["response"]["beyond_data"] for row in rows]
    if how == "note":
        assert ["CN"] not in said and ["CN", "calendars.yaml"] in said and ["own.ics"] in said
        assert not any(row["error"] for row in rows)
    else:
        assert {len(each) for each in said if each is not None} == {0}
        assert any("beyond_data: note" in (row["error"] or "") for row in rows)


def test_it_changes_no_time_and_no_digest_where_it_is_left_out(tmp_path: Path) -> None:
    plain, noted = (
        with_days(tmp_path / "a", SHANGHAI),
        with_days(tmp_path / "b", SHANGHAI | {"beyond_data": "note"}),
    )
    assert plain.definition.hours == noted.definition.hours
    assert plain.digest != noted.digest
    data = decided(plain, "2026-06-01T12:00:00Z").to_dict()
    assert list(data["promises"]["response"]) == [
        "committed",
        "target",
        "clock",
        "due_at",
        "due_at_local",
        "window",
    ]


def test_show_says_what_is_refused(tmp_path: Path) -> None:
    with_days(tmp_path / "noting", SHANGHAI)
    with_days(tmp_path / "refusing", SHANGHAI | {"beyond_data": "refuse"})
    shown = [
        run("show", "calendars", "--policy", str(tmp_path / each)).stdout for each in ("noting", "refusing")
    ]
    assert ["times beyond known days" in text for text in shown] == [False, True]
    assert "refused" in shown[1]


def test_a_policy_that_begins_to_refuse_changes_answers(tmp_path: Path) -> None:
    noting, refusing = (
        with_days(tmp_path / "a", SHANGHAI),
        with_days(tmp_path / "b", SHANGHAI | {"beyond_data": "refuse"}),
    )
    for old, new, how in ((noting, refusing, "refused"), (refusing, noting, "given with a note")):
        found = compare(old, new)
        assert found.changes_answers and not found.hours
        line = "".join(run.text for run in meaning_line(found, DiffPhrases(found, "en")))
        assert line == f"Times beyond known days are {how}: office hours."
    assert not compare(noting, noting).differs


def test_it_is_a_note_or_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        with_days(tmp_path, SHANGHAI | {"beyond_data": "guess"})
    (problem,) = caught.value.problems
    assert "`note`" in problem.text and "`refuse`" in problem.text and problem.location is not None


def test_its_forms(tmp_path: Path) -> None:
    policy = with_days(tmp_path, SHANGHAI, {"2026-12-24": {}})
    decision = decided(policy, LAST)
    data = decision.to_dict(derivation=False)
    assert data["promises"]["response"]["beyond_data"] == {"CN": 2026, "calendars.yaml": 2026}
    assert pickle.loads(pickle.dumps(decision)) == decision
    said = decision_schema(policy.definition)["properties"]["promises"]["properties"]["response"]
    assert said["properties"]["beyond_data"] == {
        "type": "object",
        "additionalProperties": {"type": "integer"},
    }
    assert "beyond_data" not in said["required"]
    columns = DecisionColumns(policy.definition)
    row = dict(zip(columns.names, columns.decision(decision), strict=True))
    assert row["promises.response.beyond_data"] == "CN;calendars.yaml"
    policy.build(tmp_path / "built")
    assert decided(load_policy(tmp_path / "built"), LAST) == decision


def test_people_read_it(tmp_path: Path) -> None:
    policy = with_days(tmp_path, SHANGHAI, {"2026-12-24": {}})

    def printed(decision: Decision, language: str) -> list[str]:
        out = StringIO()
        DecisionReport(policy.definition, Console(file=out, width=120), language).print(decision)
        return [line.partition("  ")[2].strip() for line in out.getvalue().splitlines()]

    lines = printed(decided(policy, LAST), "en")
    assert "the time is provisional: the days of China are known until 2026 only" in lines
    assert "the time is provisional: the days of calendars.yaml are known until 2026 only" in lines
    french = printed(decided(policy, LAST), "fr")
    assert "date provisoire : jours connus jusqu'en 2026 seulement (Chine)" in [
        line.replace("\u00a0", " ") for line in french
    ]
    # Of several possible times it is said once.
    possible = decided(with_days(tmp_path / "open", {}), "2026-12-31T06:00:00Z", country="CN")
    assert sum("known until 2026 only" in line for line in printed(possible, "en")) == 1


def test_a_ledger_keeps_it_and_it_is_no_other_answer_when_more_is_known(tmp_path: Path) -> None:
    policy = with_days(tmp_path / "open", {})
    tickets = [
        {"id": "T-1", "opened_at": LAST, "country": "CN", "timezone": "Asia/Shanghai", **NORMAL},
        {"id": "T-2", "opened_at": LAST, "country": "CN", **NORMAL},
    ]
    with Ledger(tmp_path / "log.jsonl") as ledger:
        for ticket in tickets:
            ledger.append(policy, ticket, policy.evaluate(ticket))
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    assert lines[0]["decision"]["promises"]["response"]["beyond_data"] == {"CN": 2026}
    longer = with_days(tmp_path / "longer", {}, {"2026-08-10": {"countries": ["CN"]}})

    def replayed(deciding: Policy) -> Replay:
        chain = Chain()
        (file,) = ledger_files(tmp_path / "log.jsonl")
        return replay([*chain.read(file), *chain.end("log.jsonl")], lambda line: deciding)

    for found in map(replayed, (policy, longer)):
        assert (found.lines, found.same) == (2, 2), found.differences


def test_a_case_can_expect_it_and_lists_possible_times_without_it(tmp_path: Path) -> None:
    settled = {"expect": {"promises": {"response": {"beyond_data": {"CN": 2026}}}}}
    possible = [
        {
            "due_at": "2027-01-04T09:00:00Z",
            "places": [{"subdivisions": None, "timezones": ["Asia/Shanghai"]}],
        },
        {"due_at": "2027-01-04T11:00:00Z", "places": [{"subdivisions": None, "timezones": ["Asia/Urumqi"]}]},
    ]
    left_open = {
        "expect": {"undetermined": {"promises.response": {"possible": possible, "missing": ["timezone"]}}}
    }
    ticket = {**NORMAL, "opened_at": "2026-12-31T06:00:00Z", "country": "CN"}
    with_days(tmp_path, {})
    cases = [
        {"name": "zone", "ticket": ticket | {"timezone": "Asia/Shanghai"}, **settled},
        {"name": "no zone", "ticket": ticket, **left_open},
        {
            "name": "known",
            "ticket": ticket | {"timezone": "Asia/Shanghai", "opened_at": "2026-01-05T06:00:00Z"},
        }
        | settled,
    ]
    save({"t": {"cases": cases}}, tmp_path / "tests")
    done = run("test", "--format", "json", str(tmp_path))
    assert {case["name"]: case["passed"] for case in json.loads(done.stdout)["tests"]} == {
        "zone": True,
        "no zone": True,
        "known": False,
    }
