"""The days of a year with other hours at a place: as a table, as data, and as a calendar file."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from command import run
from folders import MUNICH
from policy_data import load, save
from supportrules import Policy, load_policy
from supportrules.policy.starter import STARTER
from supportrules.report.days import Days
from supportrules.time.clocks import Place

# The bank holidays of England in 2026 as the government lists them; Boxing Day is a Saturday.
ENGLAND = ["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"]


def test_a_year_of_england(shipped: Policy) -> None:
    sheet = Days(shipped, "GB-ENG", date(2026, 1, 1)).sheet("en")
    assert sheet.title.endswith("England")
    assert [row[0].value for row in sheet.rows] == [f"2026-{day}" for day in ENGLAND]
    assert {row[2].text for row in sheet.rows} == {"closed"}
    assert [row[3].text for row in sheet.rows][1] == "Good Friday"


def test_it_begins_on_any_day(shipped: Policy) -> None:
    sheet = Days(shipped, "GB-ENG", date(2025, 12, 26)).sheet("en")
    assert [row[0].value for row in sheet.rows] == ["2025-12-26", *(f"2026-{day}" for day in ENGLAND[:-1])]
    assert Days(shipped, "GB-ENG", date(2028, 2, 29)).last == date(2029, 2, 28)


def test_names_in_the_language_asked_for(shipped: Policy) -> None:
    days = Days(shipped, "CH-GE", date(2026, 1, 1))
    names = {
        language: {row[0].value[5:]: row[3].text for row in days.sheet(language).rows}
        for language in ("en", "fr")
    }
    assert (names["en"]["12-25"], names["fr"]["12-25"]) == ("Christmas Day", "Noël")


def test_hours_of_three_offices_are_the_same_everywhere() -> None:
    """What has places of its own does not ask where the customer is; New Year's Day is one in all three."""
    munich = load_policy(MUNICH)
    rows = Days(munich, "DE-BY", date(2026, 1, 1)).sheet("en").rows
    assert rows == Days(munich, "JP", date(2026, 1, 1)).sheet("en").rows
    by_day: dict[str, list[Any]] = {}
    for row in rows:
        by_day.setdefault(row[0].value[5:], []).append((row[1].value, row[2].text, row[3].text))
    assert sorted(name for hours, _, _ in by_day["01-01"] for name in hours) == [
        "boston",
        "office_hours",
        "singapore",
    ]
    assert by_day["12-24"] == [(["office_hours"], "08:00-12:00", "Christmas Eve")]
    assert by_day["06-18"] == [(["office_hours", "boston", "singapore"], "closed", "Betriebsausflug")]


def test_a_calendar_file_closes_the_same_days(shipped: Policy, tmp_path: Path) -> None:
    """Given to hours that keep no holidays, the days of England close them on the same dates."""
    data = deepcopy(load(STARTER))
    exported = Days(shipped, "GB-ENG", date(2026, 1, 1)).calendar("en")
    data["calendars"]["hours"]["office_hours"]["holidays"] = "none"
    data["calendars"]["dates"] = {}
    said = {"label": {"en": "England"}, "source": ["H-2"], "basis": "stated"}
    data["calendars"]["files"] = {"england": {"file": "england.ics", **said}}
    save(data | {"england.ics": exported.decode()}, tmp_path)
    clock = load_policy(tmp_path).definition.hours["office_hours"].clock
    days = clock.calendar(Place("Europe/London", "GB")).unusual_days(date(2026, 1, 1), date(2026, 12, 31))
    assert [f"{day.date:%m-%d}" for day in days] == ENGLAND
    assert all(day.intervals == () for day in days)


def test_events_are_whole_days_that_stay_the_same(shipped: Policy) -> None:
    days = Days(shipped, "GB-ENG", date(2026, 1, 1))
    assert days.calendar("en") == Days(shipped, "GB-ENG", date(2026, 1, 1)).calendar("en")
    events: list[Any] = list(Calendar.from_ical(days.calendar("en")).walk("VEVENT"))
    assert [f"{event['DTSTART'].dt:%m-%d}" for event in events] == ENGLAND
    assert all((event["DTEND"].dt - event["DTSTART"].dt).days == 1 for event in events)
    assert len({event["UID"] for event in events}) == len(events)
    assert str(events[1]["SUMMARY"]) == "Good Friday (business hours: closed)"


def test_what_is_not_known_any_more_is_said() -> None:
    """The company lists its days to 2028."""
    munich = load_policy(MUNICH)
    assert len(Days(munich, "DE", date(2028, 1, 1)).sheet("en").remarks) == 1
    _, remark = Days(munich, "DE", date(2028, 1, 2)).sheet("en").remarks
    assert remark.text == "The days of company_days.ics are known until 2028 only."


def test_a_calendar_file_has_a_name(shipped: Policy) -> None:
    text = Days(shipped, "GB-ENG", date(2026, 1, 1)).calendar("en").decode()
    (name,) = [line for line in text.splitlines() if line.startswith("X-WR-CALNAME:")]
    # A comma would begin another value.
    assert name.endswith("\\, England") and name.count(",") == 1


def test_the_command_prints_all_languages_as_data() -> None:
    done = run("show", "--place", "CH-GE", "--from", "2026-01-01", "--format", "json")
    (table,) = json.loads(done.stdout)["tables"]
    christmas = next(row for row in table["rows"] if row["date"]["value"] == "2026-12-25")
    assert christmas["reason"]["text"] == {"en": "Christmas Day", "fr": "Noël"}
    assert christmas["open"]["value"] == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--place", "Bavaria"], "unknown place `Bavaria`: did you mean `DE-BY`?"),
        (["--place", "US-PR"], "unknown place `US-PR`: did you mean `PR`?"),
        (["--place", "LK", "--from", "2027-01-01"], "of LK are known for the years 2003 to 2026 only"),
        (["--place", "LK", "--from", "9999-06-01"], "there are no dates after the year 9999"),
        (["severity", "--place", "DE"], "`--place` shows calendars, and nothing else"),
        (["calendars", "--from", "2026-01-01"], "`--from` goes with `--place`"),
        (["--format", "ics"], "a calendar is of a place: name it with `--place`"),
        (["--place", "DE", "--from", "2026-02-30"], "2026-02-30"),
    ],
)
def test_what_makes_no_sense(arguments: list[str], expected: str) -> None:
    done = run("show", *arguments)
    assert done.returncode == 2 and expected in " ".join(done.stderr.split())
