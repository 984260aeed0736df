"""Deadlines where the country is known, and its subdivision or its time zone is not."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from command import run
from random_tickets import COUNTRIES, SUBDIVISIONS, ZONES
from supportrules import Decision, Policy, TicketError, load_policy
from supportrules.engine.columns.rows import message
from supportrules.engine.possible_times import telling, times_there
from supportrules.time.clocks import Place
from supportrules.time.places import parts
from supportrules.time.zones import zones

NEXT_DAY = {
    "plan": "midsize_business",
    "issue_type": "lync_communication",
    "affected_users": "several",
    "requester": "administrator",
}
NO_TIME = {
    "plan": "small_business",
    "issue_type": "sharepoint_external_recipients",
    "requester": "administrator",
}

# When each is due where, of the parts of a country in one of its zones: what was measured of `holidays`, and the
# countries' own calendars say.
SCOTLAND, OTHERS = ["GB-SCT"], ["GB-ENG", "GB-NIR", "GB-WLS"]
GOOD_FRIDAY_OPEN = ["CH-GR", "CH-TI", "CH-VS"]
EASTER_MONDAY_OPEN = ["CH-FR", "CH-NE", "CH-NW", "CH-OW", "CH-SO", "CH-ZG"]


def decide(policy: Policy, **facts: Any) -> Decision:
    return policy.evaluate(NEXT_DAY | facts)


def opened_to_due(decision: Decision) -> list[tuple[str, list[str] | None]]:
    """Each time that is possible, with its subdivisions."""
    possible = decision.to_dict()["undetermined"]["promises.response"]["possible"]
    return [(each["due_at"], each["places"][0]["subdivisions"]) for each in possible]


@pytest.mark.parametrize(
    ("country", "zone", "opened", "expected"),
    [
        # Easter Monday is a holiday in England, Wales and Northern Ireland.
        (
            *("GB", None, "2026-04-02T11:00:00+01:00"),
            [("2026-04-06T16:00:00Z", SCOTLAND), ("2026-04-07T16:00:00Z", OTHERS)],
        ),
        # So is the last Monday of August.
        (
            *("GB", None, "2026-08-28T11:00:00+01:00"),
            [("2026-08-31T16:00:00Z", SCOTLAND), ("2026-09-01T16:00:00Z", OTHERS)],
        ),
        (
            *("CH", None, "2026-04-02T11:00:00+02:00"),
            [
                ("2026-04-03T15:00:00Z", GOOD_FRIDAY_OPEN),
                ("2026-04-06T15:00:00Z", EASTER_MONDAY_OPEN),
                (
                    "2026-04-07T15:00:00Z",
                    [each for each in parts("CH") if each not in GOOD_FRIDAY_OPEN + EASTER_MONDAY_OPEN],
                ),
            ],
        ),
    ],
)
def test_the_subdivisions_differ(
    shipped: Policy, country: str, zone: str | None, opened: str, expected: list[tuple[str, list[str]]]
) -> None:
    decision = decide(shipped, country=country, timezone=zone, opened_at=opened)
    assert decision.response is not None and decision.response.target == "next_business_day"
    assert decision.response.due_at is decision.response.due_at_local is None
    assert opened_to_due(decision) == expected
    assert decision.undetermined["promises.response"].missing == ("subdivision",)
    for due, subdivisions in expected:
        for code in subdivisions:
            found = decide(shipped, subdivision=code, opened_at=opened)
            assert found.to_dict()["promises"]["response"]["due_at"] == due
            assert found.undetermined == {}


@pytest.mark.parametrize(
    ("country", "subdivision", "zone", "opened", "due"),
    [
        # Boxing Day is on a Saturday, and kept on Monday in all of Australia.
        ("AU", None, "Australia/Perth", "2026-12-24T10:00:00+08:00", "2026-12-29T09:00:00Z"),
        # Germany has two zones in which the clock is the same, and all states keep Easter.
        ("DE", None, None, "2026-04-02T11:00:00+02:00", "2026-04-07T15:00:00Z"),
        # Columbus Day is none in Texas, and one in New York.
        ("US", "US-TX", "America/Chicago", "2026-10-09T13:00:00-05:00", "2026-10-12T22:00:00Z"),
        ("US", "US-NY", "America/New_York", "2026-10-09T13:00:00-04:00", "2026-10-13T21:00:00Z"),
        # Victoria Day is one in Ontario.
        ("CA", "CA-ON", "America/Toronto", "2026-05-15T14:00:00-04:00", "2026-05-19T21:00:00Z"),
        # Maundy Thursday is one in Madrid; New Year's Day in Kuala Lumpur.
        ("ES", "ES-MD", "Europe/Madrid", "2026-04-01T11:00:00+02:00", "2026-04-06T15:00:00Z"),
        ("MY", "MY-14", None, "2026-12-31T11:00:00+08:00", "2027-01-04T09:00:00Z"),
    ],
)
def test_one_time_is_given(
    shipped: Policy, country: str, subdivision: str | None, zone: str | None, opened: str, due: str
) -> None:
    decision = decide(
        shipped, country=country, subdivision=subdivision, timezone=zone, opened_at=opened
    ).to_dict()
    assert decision["undetermined"] == {}
    assert decision["promises"]["response"]["due_at"] == due


def test_the_local_time_without_a_zone(shipped: Policy) -> None:
    """All zones of Germany have one offset; where they differ, no deadline in business hours is the same."""
    decision = decide(shipped, country="DE", opened_at="2026-04-02T05:00:00-04:00").to_dict()
    assert decision["promises"]["response"]["due_at_local"] == "2026-04-07T17:00:00+02:00"


def test_the_zones_differ(shipped: Policy) -> None:
    decision = decide(shipped, subdivision="US-TX", opened_at="2026-10-09T13:00:00-05:00")
    entry = decision.undetermined["promises.response"]
    assert entry.missing == ("timezone",)
    places = [zone for each in entry.possible for place in each["places"] for zone in place["timezones"]]
    assert sorted(places) == sorted(zones("US"))
    assert all(place["subdivisions"] is None for each in entry.possible for place in each["places"])


def test_both_are_missing_where_both_differ(shipped: Policy) -> None:
    """Columbus Day in the United States: a state leaves seven clocks, and a zone two days."""
    entry = decide(shipped, country="US", opened_at="2026-10-09T13:00:00-05:00").undetermined[
        "promises.response"
    ]
    assert entry.missing == ("timezone", "subdivision")
    assert entry.left == (2.0, len(entry.possible) / 2)


def test_an_unknown_country_is_missing_first(shipped: Policy) -> None:
    entry = decide(shipped, opened_at="2026-04-02T11:00:00+01:00").undetermined["promises.response"]
    assert entry.missing == ("country", "timezone")
    assert [dict(each) for each in entry.possible] == [
        {"target": "next_business_day", "clock": "business_hours"}
    ]


def test_windows(shipped: Policy) -> None:
    ticket = NO_TIME | {"country": "GB", "opened_at": "2026-04-04T11:00:00+01:00"}
    decision = shipped.evaluate(ticket).to_dict()
    assert decision["promises"]["response"]["window"] is None
    assert decision["undetermined"]["promises.response"] == {
        "possible": [
            {
                "window": {"opens_at": f"2026-04-{day}T08:00:00Z", "closes_at": f"2026-04-{day}T16:00:00Z"},
                "places": [{"subdivisions": codes, "timezones": None}],
            }
            for day, codes in (("06", SCOTLAND), ("07", OTHERS))
        ],
        "missing": ["subdivision"],
    }


def test_an_open_time_has_no_entry_in_the_derivation(shipped: Policy) -> None:
    ticket = {"country": "GB", "opened_at": "2026-04-02T11:00:00+01:00"}
    names = {entry.concludes for entry in decide(shipped, **ticket).derivation}
    assert "promises.response" in names and "promises.response.due_at" not in names


def test_closed_days_are_those_of_all_places(shipped: Policy) -> None:
    """Corpus Christi is a holiday in some states of Germany, and Ascension Day in all."""
    decision = decide(shipped, country="DE", opened_at="2026-05-13T11:00:00+02:00")
    (entry,) = (each for each in decision.derivation if each.concludes == "promises.response.due_at")
    assert [day["date"] for day in entry.more["closed_days"]] == ["2026-05-14"]


def test_columns_give_the_same(shipped: Policy) -> None:
    """Tickets around days that some parts of a country keep, with and without what tells the part."""
    rng, tickets = random.Random(17), list[dict[str, str | None]]()
    for _ in range(600):
        ticket: dict[str, str | None] = {
            "country": rng.choice([*COUNTRIES, "AU", "CH", "ES", None]),
            "subdivision": rng.choice([*SUBDIVISIONS, *[None] * 12]),
            "timezone": rng.choice([*ZONES, *[None] * 8]),
            "opened_at": rng.choice(["2026-04-02", "2026-08-28", "2026-10-09", "2026-06-03"]) + "T10:00:00Z",
        }
        tickets.append({**rng.choice([NEXT_DAY, NO_TIME]), **ticket})
    (decided,) = shipped.evaluate_batches([tickets])
    rows, seen = decided.batch.to_pylist(), set[object]()
    for ticket, row in zip(tickets, rows, strict=True):
        try:
            found = shipped.evaluate(ticket)
        except TicketError as error:
            assert row["error"] == message(error)
            seen.add("error")
            continue
        assert row["undetermined"] == list(found.undetermined)
        assert row["missing"] == list(found.missing)
        assert found.response is not None
        assert row["promises"]["response"]["due_at"] == found.response.due_at
        assert (row["promises"]["response"]["window"] is None) == (found.response.window is None)
        seen.add(tuple(row["missing"]))
    # All that can be missing is among them.
    assert seen >= {"error", (), ("subdivision",), ("timezone",), ("country",), ("country", "timezone")}


def test_a_command_tells_places_in_words(tmp_path: Path) -> None:
    ticket = NEXT_DAY | {"country": "GB", "opened_at": "2026-04-02T11:00:00+01:00"}
    (tmp_path / "ticket.json").write_text(json.dumps(ticket))
    done = run("evaluate", "--format", "pretty", "--lang", "en", "ticket.json", cwd=tmp_path)
    told = " ".join(done.stdout.split())
    assert "Mon 2026-04-06 17:00 +01:00 in Scotland or" in told
    assert "Tue 2026-04-07 17:00 +01:00 in England, Northern Ireland and Wales; find out: region" in told


def test_of_many_times_a_command_tells_the_first_and_the_last(tmp_path: Path) -> None:
    """In summer Australia has six offsets, from Sydney's to that of Perth, and nowhere is 28 December worked."""
    ticket = NEXT_DAY | {"country": "AU", "opened_at": "2026-12-24T11:00:00+11:00"}
    (tmp_path / "ticket.json").write_text(json.dumps(ticket))
    done = run("evaluate", "--format", "pretty", "--lang", "en", "ticket.json", cwd=tmp_path)
    told = " ".join(done.stdout.split())
    first, last = "the first Tue 2026-12-29 17:00 +11:00", "the last Tue 2026-12-29 17:00 +08:00"
    assert f"6 times, {first}, {last}; find out: time zone" in told


def test_a_built_policy_decides_the_same(shipped: Policy, tmp_path: Path) -> None:
    shipped.build(tmp_path / "policy.built")
    built = load_policy(tmp_path / "policy.built")
    for more in ({"country": "GB"}, {"subdivision": "GB-SCT"}):
        ticket = NEXT_DAY | more | {"opened_at": "2026-04-02T11:00:00+01:00"}
        assert built.evaluate(ticket).to_dict() == shipped.evaluate(ticket).to_dict()


# Places


def test_places_in_few_pairs() -> None:
    """One time in the first zone, and in the other two zones one for each of two parts."""
    at = {(part, zone): Place(zone, "XX", part) for part in ("a", "b") for zone in ("x", "y", "z")}
    times = [
        (1, (at["a", "x"], at["b", "x"])),
        (2, (at["a", "y"], at["a", "z"])),
        (3, (at["b", "y"], at["b", "z"])),
    ]
    found = times_there(times, lambda time: {"time": time})
    assert [each["places"] for each in found] == [
        ({"subdivisions": None, "timezones": ("x",)},),
        ({"subdivisions": ("a",), "timezones": ("y", "z")},),
        ({"subdivisions": ("b",), "timezones": ("y", "z")},),
    ]
    # A part leaves two times; a zone one or two: four in thirds.
    assert telling(times) == {"subdivision": 2.0, "timezone": pytest.approx(5 / 3)}


def test_what_makes_no_difference_is_not_told() -> None:
    at = {(part, zone): Place(zone, "XX", part) for part in ("a", "b") for zone in ("x", "y")}
    times = [(1, (at["a", "x"], at["a", "y"])), (2, (at["b", "x"], at["b", "y"]))]
    assert telling(times) == {"subdivision": 1.0}
