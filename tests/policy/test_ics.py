"""Calendars (.ics) of a policy: from the file to the deadline, and what is wrong with a file."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policy_data import load, save
from supportrules import PolicyLoadError, load_policy
from supportrules.base.problem import Problem
from supportrules.engine.built.file import build
from supportrules.policy import Definition, read_definition
from supportrules.policy.documents.ics import read_days

HARBOURLINE = Path(__file__).parent.parent / "harbourline"
SAID = {"label": {"en": "x", "fr": "x"}, "source": ["H-3"], "basis": "stated"}


def event(*lines: str, summary: str = "x") -> str:
    return "\r\n".join(("BEGIN:VEVENT", *lines, f"SUMMARY:{summary}", "END:VEVENT"))


def calendar(*events: str) -> str:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", ""))


def days(*events: str) -> dict[str, str]:
    document, problems = read_days(calendar(*events).encode(), "days.ics")
    assert problems == [] and document is not None
    found: dict[str, str] = document.plain()
    return found


# By hand, from RFC 5545 and a calendar on the wall.
START = "DTSTART;VALUE=DATE:20261224"
EXPANDED = {
    "no end": ([START], ["2026-12-24"]),
    "ends as it begins": ([START, "DTEND;VALUE=DATE:20261224"], ["2026-12-24"]),
    "one day": ([START, "DTEND;VALUE=DATE:20261225"], ["2026-12-24"]),
    "over a turn of the year": (
        ["DTSTART;VALUE=DATE:20261230", "DTEND;VALUE=DATE:20270102"],
        ["2026-12-30", "2026-12-31", "2027-01-01"],
    ),
    "a duration": ([START, "DURATION:P1D"], ["2026-12-24"]),
    "a duration of two": ([START, "DURATION:P2D"], ["2026-12-24", "2026-12-25"]),
    "the value left out": (["DTSTART:20261224"], ["2026-12-24"]),
    "three times": (
        [START, "RRULE:FREQ=YEARLY;COUNT=3"],
        ["2026-12-24", "2027-12-24", "2028-12-24"],
    ),
    "until a day": ([START, "RRULE:FREQ=YEARLY;UNTIL=20271224"], ["2026-12-24", "2027-12-24"]),
    "until the day before": ([START, "RRULE:FREQ=YEARLY;UNTIL=20271223"], ["2026-12-24"]),
    "but one": (
        [START, "RRULE:FREQ=YEARLY;COUNT=3", "EXDATE;VALUE=DATE:20271224"],
        ["2026-12-24", "2028-12-24"],
    ),
    "and others": (
        [START, "RDATE;VALUE=DATE:20270104,20270105"],
        ["2026-12-24", "2027-01-04", "2027-01-05"],
    ),
    "two days twice": (
        [START, "DTEND;VALUE=DATE:20261226", "RRULE:FREQ=YEARLY;COUNT=2"],
        ["2026-12-24", "2026-12-25", "2027-12-24", "2027-12-25"],
    ),
    "a leap day": (
        ["DTSTART;VALUE=DATE:20240229", "RRULE:FREQ=YEARLY;COUNT=2"],
        ["2024-02-29", "2028-02-29"],
    ),
    "the first Monday of May": (
        ["DTSTART;VALUE=DATE:20260504", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO;COUNT=3"],
        ["2026-05-04", "2027-05-03", "2028-05-01"],
    ),
}


@pytest.mark.parametrize("name", EXPANDED)
def test_the_days_of_an_event(name: str) -> None:
    lines, expected = EXPANDED[name]
    assert days(event(*lines)) == dict.fromkeys(expected, "x")


def test_events_of_one_day_go_by_all_their_names() -> None:
    christmas, works = event(START, summary="Works holiday"), event(START, summary="Christmas\\, Eve")
    for events in ((christmas, works), (works, christmas), (works, christmas, works)):
        assert days(*events) == {"2026-12-24": "Christmas, Eve, Works holiday"}


def test_events_of_one_id_are_all_there() -> None:
    other = event("UID:1", "DTSTART;VALUE=DATE:20270101", summary="y")
    assert days(event("UID:1", START), other) == {"2026-12-24": "x", "2027-01-01": "y"}


def test_one_time_of_a_repeated_event_can_be_moved_or_cancelled() -> None:
    rule = event("UID:1", START, "RRULE:FREQ=YEARLY;COUNT=3")
    changed = ("UID:1", "RECURRENCE-ID;VALUE=DATE:20271224", "DTSTART;VALUE=DATE:20271223")
    moved, cancelled = event(*changed, summary="y"), event(*changed, "STATUS:CANCELLED")
    assert days(rule, moved) == {"2026-12-24": "x", "2027-12-23": "y", "2028-12-24": "x"}
    assert days(moved, rule) == days(rule, moved)
    assert days(rule, cancelled) == {"2026-12-24": "x", "2028-12-24": "x"}


WRONG = {
    "a time": (["DTSTART:20261224T090000Z"], "has a time", 4),
    "an end with a time": ([START, "DTEND:20261225T090000Z"], "has a time", 5),
    "no day": ([], "has no date", 3),
    "a day that is none": (["DTSTART;VALUE=DATE:20261324"], "can't be read", 4),
    "without end": ([START, "RRULE:FREQ=YEARLY"], "repeats without end", 5),
    "every second": ([START, "RRULE:FREQ=SECONDLY;COUNT=1000000000"], "repeats `SECONDLY`", 5),
    "for ages": ([START, "RRULE:FREQ=DAILY;COUNT=1000000000"], "is on more than", 5),
    "an event of years": ([START, "DTEND;VALUE=DATE:20281224"], "lasts 731 days", 5),
    "backwards": ([START, "DTEND;VALUE=DATE:20261220"], "ends before it begins", 5),
    "half a day": ([START, "DURATION:PT12H"], "does not last whole days", 5),
    "no rule": ([START, "RRULE:FREQ=SOMETIMES;COUNT=2"], "can't be read", 5),
    "two rules": ([START, *["RRULE:FREQ=YEARLY;COUNT=2"] * 2], "has `RRULE` twice", 5),
    "an old rule": ([START, "EXRULE:FREQ=YEARLY;COUNT=2"], "has an `EXRULE`", 5),
    "far ahead": (["DTSTART;VALUE=DATE:99991231"], "is on 9999-12-31", 4),
}


def problem(text: str) -> Problem:
    document, (found,) = read_days(text.encode(), "days.ics")
    assert document is None and found.hint
    return found


@pytest.mark.parametrize("name", WRONG)
def test_an_event_that_is_none_of_whole_days(name: str) -> None:
    lines, message, line = WRONG[name]
    found = problem(calendar(event(*lines, summary="Fair")))
    assert found.code == "wrong-event" and found.message.startswith(f"the event `Fair` {message}")
    assert found.location is not None and (found.location.file, found.location.line) == ("days.ics", line)


@pytest.mark.parametrize(
    "text", ["", "hello", calendar(event(START))[:-30], calendar(event(START)) * 2, "BEGIN:VEVENT\r\n"]
)
def test_a_damaged_file(text: str) -> None:
    assert problem(text).code == "damaged-calendar"


@pytest.mark.parametrize(
    ("gone", "line", "said"),
    [
        ("END:VEVENT", "END:VCALENDAR", "`END:VCALENDAR` before the end of the VEVENT of line 3"),
        ("BEGIN:VEVENT", "END:VEVENT", "`END:VEVENT` before the end of the VCALENDAR of line 1"),
        ("END:VCALENDAR", "BEGIN:VCALENDAR", "the VCALENDAR that begins here has no end"),
        ("BEGIN:VCALENDAR", "END:VCALENDAR", "`END:VCALENDAR` ends nothing that began"),
    ],
)
def test_a_part_that_does_not_end_has_its_place(gone: str, line: str, said: str) -> None:
    found = problem(calendar(event(START)).replace(f"{gone}\r\n", ""))
    assert found.message == f"can't be read as a calendar: {said}"
    assert found.location is not None and (found.location.text, found.location.column) == (line, 1)


def test_a_calendar_without_events() -> None:
    assert problem(calendar()).code == "empty-file"
    assert problem(calendar(event(START, "STATUS:CANCELLED"))).code == "empty-file"


# In a policy


def with_files(folder: Path, calendars: dict[str, str], dates: Any = None, **more: Any) -> Path:
    """Harbourline with calendars, each of which an entry of its own name names."""
    data = load(HARBOURLINE)
    entries = {name: SAID | {"file": f"{name}.ics"} | more.get(name, {}) for name in calendars}
    data["calendars"] |= {"files": entries, "dates": dates or {}}
    save(data | {f"{name}.ics": text for name, text in calendars.items()}, folder)
    return folder


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(PolicyLoadError) as caught:
        read_definition(folder)
    return list(caught.value.problems)


def test_its_days_are_special_dates(tmp_path: Path) -> None:
    text = calendar(event("DTSTART;VALUE=DATE:20270524", "DTEND;VALUE=DATE:20270526", summary="Fair"))
    hours = read_definition(with_files(tmp_path, {"fair": text})).hours["business_hours"]
    assert hours.week.dates == ((date(2027, 5, 24), (), "Fair"), (date(2027, 5, 25), (), "Fair"))
    assert hours.known_until == 2027


def test_hours_and_countries_of_a_calendar(tmp_path: Path) -> None:
    text = calendar(event(START, summary="Eve"))
    more = {"hours": ["extended_hours"], "open": ["08:00-12:00"], "countries": ["DE", "AT"]}
    definition = read_definition(with_files(tmp_path, {"eve": text}, eve=more))
    assert definition.hours["business_hours"].week.dates == ()
    special = ((date(2026, 12, 24), ((8 * 3600, 12 * 3600),), "Eve"),)
    week = definition.hours["extended_hours"].week
    assert week.local == (("AT", special, ()), ("DE", special, ()))
    assert (week.at(("DE",)).dates, week.at(("FR",)).dates) == (special, ())


def test_several_calendars(tmp_path: Path) -> None:
    first = calendar(event(START, summary="Eve"), event("DTSTART;VALUE=DATE:20280101"))
    other = calendar(event(START, summary="Works holiday"))
    hours = read_definition(with_files(tmp_path, {"one": first, "two": other})).hours["business_hours"]
    assert hours.week.dates[0] == (date(2026, 12, 24), (), "Eve, Works holiday")
    # The one ends in 2028, the other in 2026.
    assert hours.known_until == 2026


def test_two_that_contradict_each_other(tmp_path: Path) -> None:
    text = calendar(event(START))
    special = SAID | {"open": ["08:00-12:00"]}
    (found,) = problems(with_files(tmp_path / "date", {"one": text}, {"2026-12-24": special}))
    assert found.code == "duplicate-value" and "`2026-12-24`" in found.message
    assert found.location is not None and found.location.file.endswith("one.ics")
    assert found.location.line == 3 and "calendars.yaml" in found.message
    (found,) = problems(
        with_files(tmp_path / "file", {"one": text, "two": text}, two={"open": ["09:00-10:00"]})
    )
    assert found.location is not None and found.location.file.endswith("two.ics")
    # For customers of one country a day can differ, and a date of a year goes before one of every year.
    read_definition(
        with_files(tmp_path / "there", {"one": text}, {"2026-12-24": special | {"countries": ["DE"]}})
    )
    read_definition(with_files(tmp_path / "yearly", {"one": text}, {"12-24": special}))


def test_a_calendar_that_is_not_there_and_one_that_nothing_names(tmp_path: Path) -> None:
    folder = with_files(tmp_path, {"company": calendar(event(START))})
    (folder / "company.ics").rename(folder / "compny.ics")
    missing, unknown = problems(folder)
    assert (missing.code, missing.hint) == ("unknown-reference", "did you mean `compny.ics`?")
    assert unknown.code == "unknown-file" and "compny.ics" in str(unknown)


def test_the_digest_is_over_dates_and_names(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        shutil.rmtree(tmp_path / "policy", ignore_errors=True)
        return read_definition(with_files(tmp_path / "policy", {"days": text})).digest

    one, other = event(START), event("DTSTART;VALUE=DATE:20270101", summary="y")
    found = digest(calendar(one, other))
    assert digest(calendar(other, one).replace("\r\n", "\n").replace("VERSION", "PRODID:z\nVERSION")) == found
    assert digest(calendar(one)) != found
    assert digest(calendar(one, event("DTSTART;VALUE=DATE:20270101", summary="z"))) != found


def test_a_built_policy_has_the_days(tmp_path: Path) -> None:
    policy = load_policy(with_files(tmp_path / "policy", {"days": calendar(event(START, summary="Eve"))}))
    (tmp_path / "built").write_bytes(build(policy.tables.forest))
    built = load_policy(tmp_path / "built")
    assert built.definition == policy.definition and built.digest == policy.digest
    place = built.definition.sources.documents["days.ics"].place(("2026-12-24",), key=True)
    assert (place.file, place.line) == (f"{tmp_path}/built/days.ics", 3)


def test_a_revision_has_the_days_that_it_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = with_files(tmp_path / "policy", {"days": calendar(event(START))})
    before = read_definition(folder)
    monkeypatch.chdir(tmp_path)
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "x"]):
        subprocess.run(["git", *command], check=True)
    (folder / "days.ics").write_text(calendar(event("DTSTART;VALUE=DATE:20270101")), "utf-8")
    assert read_definition("HEAD:policy").digest == before.digest != read_definition(folder).digest


def days_off(definition: Definition) -> list[date]:
    return [day for day, _, _ in definition.hours["business_hours"].week.dates]


def test_a_link_to_a_calendar_is_followed(tmp_path: Path) -> None:
    folder = with_files(tmp_path / "policy", {"days": calendar(event(START))})
    (folder / "days.ics").rename(tmp_path / "elsewhere.ics")
    (folder / "days.ics").symlink_to("../elsewhere.ics")
    assert days_off(read_definition(folder)) == [date(2026, 12, 24)]


def test_a_policy_without_calendars_reads_no_library_for_them() -> None:
    program = "import sys, supportrules; supportrules.load_policy(); print('icalendar' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
