"""Other hours by condition: one clock name, and the offices of three regions behind it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from folders import MUNICH
from policy_data import load, save
from supportrules import Policy, PolicyLoadError, load_policy
from supportrules.policy.starter import STARTER
from supportrules.proofs.check import check_policy

OFFICES = {"emea": "office_hours", "americas": "boston", "apac": "singapore"}
SAID = {"label": {"en": "elsewhere"}, "source": ["H-1"], "basis": "stated"}


@pytest.fixture(scope="module")
def munich() -> Policy:
    return load_policy(MUNICH)


def starter(folder: Path, exceptions: Mapping[str, Any], **hours: Mapping[str, Any]) -> Policy:
    """The starter, whose office hours have exceptions.

    Args:
        hours: other hours, like the office hours but for some keys.
    """
    data = deepcopy(load(STARTER))
    office = data["calendars"]["hours"]["office_hours"]
    for name, more in hours.items():
        data["calendars"]["hours"][name] = office | {"label": {"en": name}} | dict(more)
    data["calendars"]["hours"]["office_hours"] = office | {
        "exceptions": {name: SAID | dict(each) for name, each in exceptions.items()}
    }
    save(data, folder)
    return load_policy(folder)


AMERICA: dict[str, Any] = {"when": {"country": ["US", "CA"]}, "clock": "america"}
EARLY = {"week": {"monday": ["06:00-14:00"]}}


def test_check_finds_nothing(munich: Policy) -> None:
    assert not list(check_policy(munich))


def test_targets_and_channels_follow_the_region(munich: Policy) -> None:
    ticket = {"contract": "komfort", "production": True, "received_at": "2026-03-03T12:00:00Z"}
    for region, office in OFFICES.items():
        decision = munich.evaluate({**ticket, "region": region})
        assert decision.response is not None and decision.response.clock == office
        assert decision.channels["phone"].hours == office
        assert decision.channels["portal"].hours == "24x7"


def test_an_unknown_region_leaves_the_office_open(munich: Policy) -> None:
    decision = munich.evaluate(
        {"contract": "komfort", "production": True, "received_at": "2026-03-03T12:00:00Z"}
    )
    assert decision.response is None
    for name in ("promises.response", "channels.phone"):
        assert decision.undetermined[name].missing == ("region",)
    possible = decision.undetermined["promises.response"].possible
    assert {each["clock"] for each in possible} == {*OFFICES.values()}


def test_a_column_is_decided_like_its_tickets(munich: Policy) -> None:
    rng = random.Random(17)
    tickets = [
        {
            "contract": rng.choice(["basis", "komfort", None]),
            "region": rng.choice([*OFFICES, *OFFICES, None]),
            "production": rng.choice([True, False, False, None]),
            "received_at": (
                datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(1_500_000))
            ).isoformat(),
        }
        for _ in range(600)
    ]
    rows = munich.evaluate_batch(pa.Table.from_pylist(tickets)).to_pylist()
    clocks = set[str]()
    for ticket, row in zip(tickets, rows, strict=True):
        decision = munich.evaluate(ticket)
        assert row["error"] is None
        assert (row["promises"]["response"] is None) == (decision.response is None)
        if decision.response is not None:
            assert row["promises"]["response"]["clock"] == decision.response.clock
            assert row["promises"]["response"]["due_at"] == decision.response.due_at
            clocks.add(decision.response.clock)
        assert row["undetermined"] == list(decision.undetermined)
        phones = {each["hours"] for each in [row["channels"]["phone"]]}
        assert phones == {decision.channels["phone"].hours}
    assert clocks == {*OFFICES.values()}


def test_a_built_policy_decides_the_same(munich: Policy, tmp_path: Path) -> None:
    munich.build(tmp_path / "munich.built")
    built = load_policy(tmp_path / "munich.built")
    for region in (*OFFICES, None):
        ticket = {
            "contract": "komfort",
            "production": True,
            "received_at": "2026-03-03T12:00:00Z",
            "region": region,
        }
        assert built.evaluate(ticket).to_dict() == munich.evaluate(ticket).to_dict()


def test_the_derivation_names_the_exception_and_the_hours(munich: Policy) -> None:
    ticket = {
        "contract": "basis",
        "region": "americas",
        "production": True,
        "received_at": "2026-03-03T12:00:00Z",
    }
    fired = {each.rule: each for each in munich.evaluate(ticket).derivation}
    exception = fired["calendars.hours.office_hours.americas"]
    assert (exception.concludes, exception.value) == ("clocks.office_hours", "boston")
    assert exception.inputs == {"region": "americas"}
    assert fired["calendars.hours.boston"].concludes in ("promises.response", "promises.response.due_at")
    # The hours of Munich have no part in it.
    assert "calendars.hours.office_hours" not in fired


def test_what_an_answer_rests_on(tmp_path: Path) -> None:
    """On the exception and on the hours that run, not on those that do not."""
    ticket = {
        "plan": "standard",
        "impact": "stopped",
        "affected": "team",
        "opened_at": "2026-03-02T12:00:00Z",
    }
    policy = starter(tmp_path / "1", {"west": AMERICA | {"basis": "inferred"}}, america=EARLY)
    assert policy.evaluate(ticket | {"region": "US-TX"}).basis["promises"] == "inferred"
    assert policy.evaluate(ticket | {"country": "FR"}).basis["promises"] == "stated"
    policy = starter(tmp_path / "2", {"west": AMERICA}, america=EARLY | {"basis": "assumed"})
    assert policy.evaluate(ticket | {"region": "US-TX"}).basis["promises"] == "assumed"
    assert policy.evaluate(ticket | {"country": "FR"}).basis["promises"] == "stated"


# Any time


def test_any_time_under_a_condition(tmp_path: Path) -> None:
    """Where an exception names the clock that never stops, exceptions to that hold as well."""
    data = deepcopy(load(STARTER))
    for level in ("urgent", "normal", "minor"):
        for cell in data["response_targets"]["targets"][level].values():
            cell["target"] = "PT4H"
    data["calendars"]["hours"]["office_hours"]["exceptions"] = {
        "plus": SAID | {"when": {"plan": "plus"}, "clock": "24x7"}
    }
    data["calendars"]["hours"]["iceland"] = data["calendars"]["hours"]["office_hours"] | {
        "label": {"en": "Iceland"},
        "week": {"monday": ["10:00-12:00"]},
    }
    del data["calendars"]["hours"]["iceland"]["exceptions"]
    data["calendars"]["coverage"]["exceptions"] = {
        "iceland": SAID | {"countries": ["IS"], "clock": "iceland"}
    }
    save(data, tmp_path)
    policy = load_policy(tmp_path)
    ticket = {"impact": "hindered", "opened_at": "2026-03-02T20:00:00Z"}

    def due(**facts: str) -> tuple[str, str]:
        response = policy.evaluate(ticket | facts).response
        assert response is not None and response.due_at is not None
        return response.clock, response.due_at.isoformat()

    assert due(plan="plus", country="FR") == ("24x7", "2026-03-03T00:00:00+00:00")
    # Two hours on each of two Mondays.
    assert due(plan="plus", country="IS") == ("iceland", "2026-03-16T12:00:00+00:00")
    assert due(plan="standard", country="FR") == ("office_hours", "2026-03-03T12:00:00+00:00")


# What is wrong


def found(policy: Policy, code: str) -> list[str]:
    return [each.message for each in check_policy(policy) if each.code == code]


def test_two_exceptions_that_disagree(tmp_path: Path) -> None:
    disagreeing = {"west": AMERICA, "plus": {"when": {"plan": "plus"}, "clock": "late"}}
    hours = {"america": EARLY, "late": {"week": {"monday": ["12:00-20:00"]}}}
    (conflict,) = found(starter(tmp_path / "1", disagreeing, **hours), "conflict")
    assert "calendars.hours.office_hours.plus" in conflict and "calendars.hours.office_hours.west" in conflict
    settled = disagreeing | {
        "plus": disagreeing["plus"] | {"overrides": ["calendars.hours.office_hours.west"]}
    }
    policy = starter(tmp_path / "2", settled, **hours)
    assert not found(policy, "conflict")
    ticket = {"plan": "plus", "impact": "hindered", "country": "CA", "opened_at": "2026-03-02T12:00:00Z"}
    assert policy.evaluate(ticket).channels["phone"].hours == "late"


def test_hours_that_only_an_exception_names_are_used(tmp_path: Path) -> None:
    assert not found(starter(tmp_path / "1", {"west": AMERICA}, america=EARLY), "unused-hours")
    assert found(starter(tmp_path / "2", {"west": AMERICA}, america=EARLY, other=EARLY), "unused-hours")


def test_an_exception_that_never_holds_is_found(tmp_path: Path) -> None:
    never = {"when": {"phone_support": True, "plan": "standard"}, "clock": "america"}
    policy = starter(tmp_path, {"west": never}, america=EARLY)
    assert any("calendars.hours.office_hours.west" in each.message for each in check_policy(policy))


def test_a_better_column_is_later_under_an_exception(tmp_path: Path) -> None:
    """Plus has eight hours, and Standard the next business day: later where an office is open on Mondays only."""
    policy = starter(tmp_path, {"west": AMERICA}, america={"week": {"monday": ["06:00-11:00"]}})
    (later,) = found(policy, "target-later")
    assert "response_targets.normal.plus" in later and "(where `west` is the exception)" in later


@pytest.mark.parametrize(
    ("exceptions", "hours", "expected"),
    [
        (
            {"west": AMERICA | {"clock": "office_hours"}},
            {},
            "`office_hours` is its own exception: name hours without exceptions",
        ),
        (
            {"west": AMERICA},
            {
                "america": {"exceptions": {"plus": SAID | {"when": {"plan": "plus"}, "clock": "late"}}},
                "late": {},
            },
            "`america` has exceptions itself: name hours without exceptions: `late`",
        ),
        ({"west": AMERICA}, {}, "unknown hours `america`"),
        (
            {"west": AMERICA | {"when": {"state": "TX"}}},
            {"america": {}},
            "unknown fact or conclusion `state`",
        ),
        (
            {"west": AMERICA | {"overrides": ["plans"]}},
            {"america": {}},
            "unknown rule about clocks.office_hours",
        ),
        (
            {"west": AMERICA | {"clock": "24x7"}},
            {},
            "`24x7` has no business days for `3_business_days`, which runs by "
            "`calendars.hours.office_hours.west`: promise hours, or let the exception name hours that close",
        ),
    ],
)
def test_exceptions_that_make_no_sense(
    exceptions: dict[str, Any], hours: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        starter(tmp_path, exceptions, **hours)
    problem = caught.value.problems[0]
    assert f"{problem.message}: {problem.hint}".startswith(expected)
    assert problem.location is not None and problem.location.line


def test_exceptions_to_coverage_name_hours_without_exceptions(tmp_path: Path) -> None:
    data = deepcopy(load(STARTER))
    hours = data["calendars"]["hours"]
    hours["late"] = deepcopy(hours["office_hours"]) | {"week": {"monday": ["10:00-12:00"]}}
    hours["office_hours"]["exceptions"] = {
        "west": SAID | {"when": {"country": "US"}, "clock": "late"},
    }
    data["calendars"]["coverage"]["exceptions"] = {
        "gulf": SAID | {"countries": ["SA"], "clock": "office_hours"}
    }
    save(data, tmp_path)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    (problem,) = caught.value.problems
    assert problem.text == "`office_hours` has exceptions itself: name hours without exceptions: `late`"
    place = problem.location
    assert place is not None and place.text[place.column - 1 :] == "office_hours"


def test_a_cut_off_lies_within_all_hours_that_can_run(tmp_path: Path) -> None:
    data = deepcopy(load(MUNICH))
    data["company_days.ics"] = (MUNICH / "company_days.ics").read_text("utf-8")
    for day in data["calendars"]["hours"]["singapore"]["week"]:
        data["calendars"]["hours"]["singapore"]["week"][day] = ["07:00-15:00"]
    save(data, tmp_path)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    (problem,) = caught.value.problems
    assert problem.message == (
        "`16:00` lies outside `singapore`, which runs by `calendars.hours.office_hours.apac`"
    )
    assert problem.hint == "write a time between 07:00 and 15:00, or leave it out"
