"""Special dates for customers in some regions: deadlines, and what a change of them means."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from policy_data import load, save
from supportrules import Policy, PolicyLoadError, load_policy
from supportrules.policy.starter import STARTER
from supportrules.proofs.check import check_policy
from supportrules.proofs.comparison.hours import hours_changes

SAID = {"label": {"en": "closed"}, "source": ["H-2"], "basis": "stated"}
NORMAL = {"plan": "standard", "impact": "hindered"}
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20260708
SUMMARY:Fair
END:VEVENT
END:VCALENDAR
"""


def policy(folder: Path, dates: dict[str, Any], **files: Any) -> Policy:
    """The starter with other special dates, and calendars by name."""
    data = deepcopy(load(STARTER))
    data["calendars"]["dates"] = {day: SAID | {"open": []} | more for day, more in dates.items()}
    if files:
        data["calendars"]["files"] = {
            name: SAID | {"file": f"{name}.ics"} | more for name, more in files.items()
        }
    save(data | {f"{name}.ics": CALENDAR for name in files}, folder)
    return load_policy(folder)


def due(policy: Policy, opened: str, **facts: str) -> str | None:
    """When a normal ticket is due by local date; None where that is open."""
    response = policy.evaluate({**NORMAL, "opened_at": opened, **facts}).response
    assert response is not None
    return response.due_at_local.date().isoformat() if response.due_at_local else None


def test_a_day_for_one_region(tmp_path: Path) -> None:
    """Tuesday 7 July 2026 is closed in Scotland alone, which is known there, not known, or elsewhere."""
    scottish = policy(tmp_path, {"2026-07-07": {"subdivisions": ["GB-SCT"]}})
    opened = "2026-07-06T12:00:00+01:00"
    assert due(scottish, opened, region="GB-SCT") == "2026-07-08"
    assert due(scottish, opened, region="GB-ENG") == "2026-07-07"
    assert due(scottish, opened, country="FR") == "2026-07-07"
    decision = scottish.evaluate({**NORMAL, "opened_at": opened, "country": "GB"})
    assert decision.undetermined["promises.response"].missing == ("region",)
    early, late = decision.undetermined["promises.response"].possible
    assert (early["due_at"], late["due_at"]) == ("2026-07-07T16:00:00Z", "2026-07-08T16:00:00Z")
    assert late["places"][0]["subdivisions"] == ("GB-SCT",)


def test_a_day_that_a_region_works(tmp_path: Path) -> None:
    """Easter Monday, 6 April 2026, is worked in Wales; London lies in England and does not."""
    welsh = policy(tmp_path, {"2026-04-06": {"subdivisions": ["GB-WLS"], "open": "week"}})
    opened = "2026-04-02T12:00:00+01:00"
    assert due(welsh, opened, region="GB-WLS") == "2026-04-06"
    assert due(welsh, opened, region="GB-LND") == "2026-04-07"


def test_the_smaller_place_counts(tmp_path: Path) -> None:
    """All are closed, customers in Germany work in the morning, and those in Berlin work as usual."""
    three = {
        "2026-07-07": {},
        "07-08": {"countries": ["DE"], "open": ["09:00-12:00"]},
        "07-09": {"subdivisions": ["DE-BE"]},
    }
    layered = policy(tmp_path, three, fair={"subdivisions": ["DE-BE"], "open": "week"})

    def closes(opened: str, **facts: str) -> str:
        response = layered.evaluate({**NORMAL, "opened_at": opened, **facts}).response
        assert response is not None and response.due_at_local is not None
        return f"{response.due_at_local:%m-%d %H:%M}"

    # From Monday: Tuesday is closed. In Berlin a date of one year overrides the country's day of every year.
    assert closes("2026-07-06T12:00:00+02:00", region="DE-BY") == "07-08 12:00"
    assert closes("2026-07-06T12:00:00+02:00", region="DE-BE") == "07-08 17:00"
    assert closes("2026-07-06T12:00:00+02:00", country="FR") == "07-08 17:00"
    # From Wednesday: Thursday is closed in Berlin.
    assert closes("2026-07-08T10:00:00+02:00", region="DE-BY") == "07-09 17:00"
    assert closes("2026-07-08T10:00:00+02:00", region="DE-BE") == "07-10 17:00"


def test_a_column_is_decided_like_its_tickets(tmp_path: Path) -> None:
    scottish = policy(tmp_path, {"2026-07-07": {"subdivisions": ["GB-SCT", "CA-QC"]}})
    tickets = [
        {**NORMAL, "opened_at": f"2026-07-0{day}T15:00:00Z", "country": country, "region": region}
        for day in (3, 6, 7)
        for country, region in (
            ("GB", "GB-SCT"),
            ("GB", "GB-ENG"),
            ("GB", None),
            ("CA", "CA-QC"),
            ("FR", None),
        )
    ]
    rows = scottish.evaluate_batch(pa.Table.from_pylist(tickets)).to_pylist()
    for ticket, row in zip(tickets, rows, strict=True):
        decision = scottish.evaluate(ticket)
        assert decision.response is not None
        assert (row["promises"]["response"]["due_at"], row["missing"]) == (
            decision.response.due_at,
            list(decision.missing),
        )


def test_check_shows_a_ticket_of_the_region(tmp_path: Path) -> None:
    """In Scotland alone the office is open for an hour a day for a fortnight: eight hours then take longer."""
    short = {
        f"2026-07-{day:02}": {"subdivisions": ["GB-SCT"], "open": ["09:00-10:00"]} for day in range(6, 18)
    }
    later = [each for each in check_policy(policy(tmp_path, short)) if each.code == "target-later"]
    assert any("in GB-SCT" in each.message for each in later)


def test_diff_names_the_region(tmp_path: Path) -> None:
    old = policy(tmp_path / "old", {"2026-07-07": {}})
    new = policy(tmp_path / "new", {"2026-07-07": {}, "2026-07-08": {"subdivisions": ["GB-SCT"]}})
    (change,) = hours_changes(old, new)
    assert (change.place, change.verdict) == ("GB-SCT", "worse")
    assert change.ticket is not None and change.ticket["region"] == "GB-SCT"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["Bavaria"], "unknown place `Bavaria`: did you mean `DE-BY`?"),
        (["gb-sct"], "unknown place `gb-sct`: did you mean `GB-SCT`?"),
        (["DE"], "`DE` is a country: write it under `countries`"),
        ([], "`subdivisions` is empty"),
    ],
)
def test_subdivisions_that_make_no_sense(said: list[str], expected: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        policy(tmp_path, {"2026-07-07": {"subdivisions": said}})
    (problem,) = caught.value.problems
    assert f"{problem.message}: {problem.hint}".startswith(expected)
    assert problem.location is not None and problem.location.file.endswith("calendars.yaml")


def test_a_policy_without_the_fact(tmp_path: Path) -> None:
    data = deepcopy(load(STARTER))
    data["calendars"]["hours"]["office_hours"]["holidays"] = "none"
    data["calendars"]["dates"] = {"2026-07-07": SAID | {"open": [], "subdivisions": ["GB-SCT"]}}
    del data["vocabulary"]["facts"][data["policy"]["roles"].pop("subdivision")]
    save(data, tmp_path)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    (problem,) = caught.value.problems
    assert problem.message == "`subdivisions` needs a fact in the role `subdivision` of policy.yaml"
