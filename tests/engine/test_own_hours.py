"""Hours of the vendor's own: kept in a zone and with public holidays that no ticket has to tell."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import holidays
import pytest

from minutes import Minutes
from policy_data import load, save
from supportrules import Policy, load_policy
from supportrules.policy.starter import STARTER
from ticket_tables import expected, table

HOUR = 3600
NORMAL = {"impact": "hindered", "affected": "team"}


def vendor(
    folder: Path, hours: dict[str, Any], normal: dict[str, Any] | None = None, *, placed: bool = False
) -> Policy:
    """The starter, with other office hours; without facts of places unless they are needed.

    Args:
        normal: what else the standard plan promises for a normal ticket.
    """
    data = deepcopy(load(STARTER))
    data["calendars"]["hours"]["office_hours"] |= hours
    data["calendars"]["dates"] = {}
    data["response_targets"]["targets"]["normal"]["standard"] |= normal or {}
    if not placed:
        for role in ("country", "subdivision", "timezone"):
            del data["vocabulary"]["facts"][data["policy"]["roles"].pop(role)]
    save(data, folder)
    return load_policy(folder)


def due(policy: Policy, plan: str, opened: str, **facts: str) -> str:
    """When a normal ticket is due, RFC 3339."""
    decision = policy.evaluate({"plan": plan, "opened_at": opened, **NORMAL, **facts})
    assert decision.response is not None and decision.response.due_at is not None, decision
    return decision.response.due_at.isoformat()


MUNICH = {"timezone": "Europe/Berlin", "holidays": ["DE-BY"]}


@pytest.fixture(scope="module")
def munich(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return vendor(tmp_path_factory.mktemp("munich"), MUNICH)


@pytest.mark.parametrize(
    ("plan", "opened", "expected"),
    [
        # Corpus Christi, Thursday 4 June 2026, is a holiday in Bavaria and not in Germany as a whole.
        ("standard", "2026-06-03T12:00:00+02:00", "2026-06-05T15:00:00+00:00"),
        # Opened in the evening of Honolulu: it is Friday in Munich.
        ("standard", "2026-06-04T20:00:00-10:00", "2026-06-08T15:00:00+00:00"),
        # Eight hours from 15:00 in winter: the two until 17:00, and six of the next day, 12 January.
        ("plus", "2026-01-09T14:00:00Z", "2026-01-12T14:00:00+00:00"),
    ],
)
def test_no_place_is_needed(munich: Policy, plan: str, opened: str, expected: str) -> None:
    assert due(munich, plan, opened) == expected


def test_a_ticket_may_say_where_the_customer_is(tmp_path: Path) -> None:
    policy = vendor(tmp_path, MUNICH, placed=True)
    plan = "standard"
    for facts in ({}, {"country": "US"}, {"country": "JP", "timezone": "Asia/Tokyo"}):
        assert due(policy, plan, "2026-06-03T10:00:00Z", **facts) == "2026-06-05T15:00:00+00:00"
    decision = policy.evaluate(
        {"plan": plan, "opened_at": "2026-06-03T10:00:00Z", "timezone": "Asia/Tokyo", **NORMAL}
    )
    # In the customer's local time, where that is known.
    assert decision.response and decision.response.due_at_local
    assert decision.response.due_at_local.isoformat() == "2026-06-06T00:00:00+09:00"
    assert set(decision.derivation[-1].inputs) == {"opened_at", "promises.response"}


def test_the_zone_is_the_vendor_s_and_the_holidays_are_the_customer_s(tmp_path: Path) -> None:
    policy = vendor(tmp_path, {"timezone": "Europe/Berlin", "holidays": "customer"}, placed=True)
    plan, opened = "standard", "2026-07-13T12:00:00Z"
    assert due(policy, plan, opened, country="FR") == "2026-07-15T15:00:00+00:00"
    # A country of many zones: its holidays alone count.
    assert due(policy, plan, opened, country="US") == "2026-07-14T15:00:00+00:00"
    decision = policy.evaluate({"plan": plan, "opened_at": opened, **NORMAL})
    assert decision.undetermined["promises.response"].missing == ("country",)


@pytest.mark.parametrize(
    ("zone", "of", "opened", "expected"),
    [
        # Worked on Sunday 28 September 2025 for the holidays from 1 October on.
        ("Asia/Shanghai", "CN", "2025-09-26T12:00:00+08:00", "2025-09-28T17:00:00+08:00"),
        ("Europe/Budapest", "HU", "2024-12-06T12:00:00+01:00", "2024-12-07T17:00:00+01:00"),
        ("Europe/Istanbul", "TR", "2026-10-27T12:00:00+03:00", "2026-10-28T13:00:00+03:00"),
        ("Europe/Istanbul", "TR", "2026-10-28T12:00:00+03:00", "2026-10-30T17:00:00+03:00"),
        ("Europe/Tallinn", "EE", "2026-12-22T12:00:00+02:00", "2026-12-23T13:00:00+02:00"),
        ("Europe/Tallinn", "EE", "2026-12-23T12:00:00+02:00", "2026-12-28T17:00:00+02:00"),
    ],
)
def test_half_days_and_worked_weekends(
    zone: str, of: str, opened: str, expected: str, tmp_path: Path
) -> None:
    kept: dict[str, Any] = {"of": [of], "source": ["H-1"], "basis": "stated"}
    kept |= {"worked": ["09:00-17:00"]} if of in ("CN", "HU") else {"half_days": ["09:00-13:00"]}
    policy = vendor(tmp_path, {"timezone": zone, "holidays": kept})
    found = datetime.fromisoformat(due(policy, "standard", opened))
    assert found == datetime.fromisoformat(expected)


def test_the_derivation_names_half_days_and_worked_days(tmp_path: Path) -> None:
    kept = {"of": ["TR"], "half_days": ["09:00-13:00"], "source": ["H-1"], "basis": "assumed"}
    policy = vendor(tmp_path, {"timezone": "Europe/Istanbul", "holidays": kept})
    ticket = {"plan": "plus", "opened_at": "2026-10-28T09:00:00+03:00", **NORMAL}
    entry = policy.evaluate(ticket).derivation[-1].to_dict()
    # Four hours on the half day, none on the holiday after it, four on Friday.
    assert entry["value"] == "2026-10-30T10:00:00Z"
    assert [(day["date"], day["kind"]) for day in entry["closed_days"]] == [("2026-10-29", "holiday")]
    (half_day,) = entry["changed_days"]
    assert (half_day["date"], half_day["kind"]) == ("2026-10-28", "half_day")
    assert half_day["name"].startswith("Cumhuriyet")
    # What the hours rest on is the choice of half days too.
    assert entry["basis"] == "assumed"
    kept = {"of": ["CN"], "worked": ["10:00-15:00"], "source": ["H-1"], "basis": "stated"}
    (tmp_path / "cn").mkdir()
    policy = vendor(tmp_path / "cn", {"timezone": "Asia/Shanghai", "holidays": kept})
    ticket |= {"opened_at": "2025-09-27T12:00:00+08:00"}
    entry = policy.evaluate(ticket).derivation[-1].to_dict()
    assert entry["changed_days"] == [{"date": "2025-09-28", "kind": "worked", "name": ""}]


def test_closed_half_days_say_why(tmp_path: Path) -> None:
    kept = {"of": ["TR"], "half_days": [], "source": ["H-1"], "basis": "stated"}
    policy = vendor(tmp_path, {"timezone": "Europe/Istanbul", "holidays": kept})
    ticket = {"plan": "standard", "opened_at": "2026-10-27T12:00:00+03:00", **NORMAL}
    entry = policy.evaluate(ticket).derivation[-1].to_dict()
    kinds = [(day["date"], day["kind"]) for day in entry["closed_days"]]
    assert kinds == [("2026-10-28", "half_day"), ("2026-10-29", "holiday")]
    assert "changed_days" not in entry


def test_calendar_days_go_by_the_clock_of_the_office(tmp_path: Path) -> None:
    policy = vendor(tmp_path, MUNICH, {"target": "P1D"}, placed=True)
    # In Munich the clock goes forward in the night; in New York it did so weeks before.
    opened = "2026-03-28T10:00:00Z"
    for facts in ({}, {"country": "US", "timezone": "America/New_York"}):
        assert due(policy, "standard", opened, **facts) == "2026-03-29T09:00:00+00:00"
    policy = vendor(tmp_path, {"timezone": "customer"}, {"target": "P1D"}, placed=True)
    there = {"country": "US", "timezone": "America/New_York"}
    assert due(policy, "standard", opened, **there) == "2026-03-29T10:00:00+00:00"


# Half days of a part of the country

AUSTRALIA = {
    "timezone": "Australia/Adelaide",
    "holidays": {"of": "customer", "half_days": ["09:00-12:00"], "source": ["H-1"], "basis": "stated"},
}
# Where Christmas Eve is one.
HALF = ["AU-NT", "AU-QLD", "AU-SA"]


@pytest.fixture(scope="module")
def australia(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return vendor(tmp_path_factory.mktemp("australia"), AUSTRALIA, placed=True)


def test_a_half_day_of_some_regions_leaves_the_time_open(australia: Policy) -> None:
    opened = "2026-12-23T12:00:00+10:30"
    assert due(australia, "standard", opened, region="AU-SA") == "2026-12-24T01:30:00+00:00"
    assert due(australia, "standard", opened, region="AU-VIC") == "2026-12-24T06:30:00+00:00"
    decision = australia.evaluate({"plan": "standard", "opened_at": opened, "country": "AU", **NORMAL})
    left = decision.to_dict()["undetermined"]["promises.response"]
    assert left["missing"] == ["region"]
    noon, five = left["possible"]
    assert (noon["due_at"], five["due_at"]) == ("2026-12-24T01:30:00Z", "2026-12-24T06:30:00Z")
    assert noon["places"] == [{"subdivisions": HALF, "timezones": None}]


def test_changed_days_are_those_of_all_places(australia: Policy) -> None:
    ticket = {"plan": "standard", "opened_at": "2026-12-24T10:00:00+10:30", "country": "AU", **NORMAL}
    somewhere, there = (
        australia.evaluate(ticket | facts).derivation[-1].to_dict() for facts in ({}, {"region": "AU-SA"})
    )
    # Boxing Day is a Saturday: Monday takes its place, by one name or another.
    assert somewhere["value"] == there["value"] == "2026-12-29T06:30:00Z"
    for entry in (somewhere, there):
        assert [day["date"][-2:] for day in entry["closed_days"]] == ["25", "26", "27", "28"]
    assert "changed_days" not in somewhere
    assert [day["date"] for day in there["changed_days"]] == ["2026-12-24"]


# By the minute, and by column


@dataclass(frozen=True)
class OfficeMinutes(Minutes):
    """Hours that keep the holidays of places, by ``holidays`` itself."""

    places: tuple[str, ...] = ()
    half: tuple[int, int] | None = None
    worked: tuple[int, int] | None = None

    def hours(self, day: date) -> tuple[tuple[int, int], ...]:
        usual, kept = self.days[day.weekday()], [days_of(code, day.year) for code in self.places]
        if any(day in closed for closed, _, _ in kept):
            return ()
        if self.worked and any(day in worked for _, worked, _ in kept):
            usual = (self.worked,)
        if self.half and any(day in half for _, _, half in kept):
            low, high = self.half
            return tuple((max(a, low), min(b, high)) for a, b in usual if max(a, low) < min(b, high))
        return usual


@functools.cache
def days_of(code: str, year: int) -> tuple[frozenset[date], frozenset[date], frozenset[date]]:
    """The holidays of a place in a year, the days that are worked on a weekend, and the half days."""
    country, _, part = code.partition("-")
    found = holidays.country_holidays(country, part or None, years=year)
    half = frozenset[date]()
    if "half_day" in found.supported_categories:
        half = frozenset(
            holidays.country_holidays(country, part or None, years=year, categories=("half_day",))
        )
    return frozenset(found), frozenset(found.weekend_workdays), half


CASES = [
    ("Europe/Berlin", ("DE-BY", "AT")),
    ("Asia/Shanghai", ("CN",)),
    ("Europe/Istanbul", ("TR",)),
    ("Europe/Tallinn", ("EE", "LV")),
    ("America/New_York", ("US-TX", "CN")),
]


def around(seed: int, places: tuple[str, ...]) -> Iterator[datetime]:
    """Openings, many of them near days that are kept otherwise."""
    rng = random.Random(seed)
    days = [date(2024, 1, 1) + timedelta(days=rng.randrange(1000)) for _ in range(2)]
    for code, year in itertools.product(places, (2024, 2025, 2026)):
        for some in days_of(code, year):
            known = sorted(day for day in some if day.year == year)
            days += rng.sample(known, min(len(known), 1))
    for day in days:
        minute = rng.randrange(1440)
        yield datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=-1, minutes=minute)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("zone", "places"), CASES)
def test_due_as_the_minutes_have_it(zone: str, places: tuple[str, ...], seed: int, tmp_path: Path) -> None:
    kept: dict[str, Any] = {"of": list(places), "source": ["H-1"], "basis": "stated"}
    if places in (("CN",), ("TR",)):
        kept["half_days"] = ["10:00-13:00"]
    kept["worked"] = ["08:00-16:00"]
    policy = vendor(tmp_path, {"timezone": zone, "holidays": kept})
    week = (((9 * HOUR, 17 * HOUR),),) * 5 + ((), ())
    half = (10 * HOUR, 13 * HOUR) if "half_days" in kept else None
    slow = OfficeMinutes(week, (), zone, None, places, half, (8 * HOUR, 16 * HOUR))
    tickets = []
    for opened in around(seed, places):
        start = int(opened.timestamp())
        for plan, answer in (("standard", slow.day_deadline(start, 1)), ("plus", slow.deadline(start, 480))):
            at = datetime.fromtimestamp(answer, UTC).isoformat()
            assert due(policy, plan, opened.isoformat()) == at, (opened, plan)
            tickets.append({"plan": plan, "opened_at": opened.isoformat(), **NORMAL})
    found = policy.evaluate_batch(table(policy, tickets))
    assert found.to_pylist() == [expected(policy, ticket) for ticket in tickets]


@pytest.mark.parametrize(
    "hours",
    [
        MUNICH,
        {"timezone": "Europe/Berlin", "holidays": "customer"},
        {"timezone": "Europe/Berlin", "holidays": "none"},
        {"holidays": ["DE-BY", "AT"]},
    ],
)
def test_columns_are_decided_like_each_ticket(hours: dict[str, Any], tmp_path: Path) -> None:
    policy, rng = vendor(tmp_path, hours, placed=True), random.Random(1)
    tickets = [
        {
            "plan": rng.choice(["standard", "plus"]),
            "opened_at": f"2026-0{rng.randrange(1, 10)}-1{rng.randrange(10)}T1{rng.randrange(10)}:00:00Z",
            **({"country": rng.choice(["FR", "US", "AT", "XK"])} if rng.random() < 0.7 else {}),
            **({"timezone": rng.choice(["Asia/Tokyo", "Europe/Paris"])} if rng.random() < 0.5 else {}),
            "impact": rng.choice(["hindered", "asking"]),
            "affected": "team",
        }
        for _ in range(200)
    ]
    found = policy.evaluate_batch(table(policy, tickets))
    assert found.to_pylist() == [expected(policy, ticket) for ticket in tickets]
    assert policy.decision_schema() == found.schema


def test_columns_where_half_days_differ(australia: Policy) -> None:
    rng = random.Random(2)
    tickets = [
        {
            "plan": rng.choice(["standard", "plus"]),
            "opened_at": f"2026-12-{rng.randrange(18, 32)}T{rng.randrange(24):02}:{rng.randrange(60):02}:00Z",
            "country": rng.choice(["AU", "AU", "AU", "CH", "FR"]),
            "impact": rng.choice(["hindered", "asking"]),
            "affected": "team",
        }
        for _ in range(300)
    ]
    for ticket in tickets:
        if ticket["country"] == "AU" and rng.random() < 0.3:
            ticket["region"] = rng.choice([*HALF, "AU-VIC", "AU-TAS"])
    found = australia.evaluate_batch(table(australia, tickets)).to_pylist()
    assert found == [expected(australia, ticket) for ticket in tickets]
    assert any(each["undetermined"] for each in found) and any(each["promises"]["response"] for each in found)
