"""Changes of hours: each is told, exactly, and its opening time shows it."""

from __future__ import annotations

import itertools
import random
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from minutes import Minutes, holidays_of
from owners_edits import FOLDERS
from policy_data import load, save
from random_tickets import complete_tickets
from supportrules import Policy, load_policy
from supportrules.engine.chaining import PlainChainer
from supportrules.proofs.comparison.hours import HoursChange, hours_changes
from supportrules.time.observances import CUSTOMER, NO_HOLIDAYS, Observance
from supportrules.time.targets import BusinessDays

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
REVERSED = {"better": "worse", "worse": "better", "other": "other"}
HARBOURLINE = FOLDERS["harbourline"]
OPEN = ["08:00-12:00", "13:00-17:30"]
Data = dict[str, Any]


def saved(data: Data, folder: Path) -> Policy:
    save(data, folder)
    return load_policy(folder, chainer=PlainChainer())


def changed(folder: Path, **change: Any) -> Policy:
    """Harbourline with other entries for the hours named so; `dates` are special dates."""
    data = load(HARBOURLINE)
    for name, value in change.items():
        if name == "dates":
            data["calendars"]["dates"] = value
        else:
            data["calendars"]["hours"][name] |= value
    return saved(data, folder)


def special(*intervals: str, **more: Any) -> Data:
    words = {"en": "x", "fr": "x"}
    return {"label": words, "open": list(intervals), "source": ["H-3"], "basis": "stated"} | more


def hour(start: float, end: float) -> tuple[int, int]:
    return int(start * 3600), int(end * 3600)


# What shows it


def minutes_of(policy: Policy, hours: str, zone: str, country: str | None) -> Minutes:
    found = policy.definition.hours[hours]
    week, of, zone = found.week, found.holidays.of, found.timezone or zone
    if isinstance(of, str):
        return Minutes(week.days, week.dates, zone, country)
    days = {day for code in of for year in range(2014, 2032, 3) for day in holidays_of(code, year)}
    return Minutes(week.days, (*week.dates, *((day, (), "") for day in sorted(days))), zone, None)


def shows(old: Policy, new: Policy, change: HoursChange) -> None:
    """Asserts that one policy has the hours open and the other not, and that the ticket has two times."""
    seen = change.open_at
    assert seen is not None
    moment = int(datetime.fromisoformat(seen.at).timestamp())
    open_in = [
        name
        for name, policy in (("old", old), ("new", new))
        if minutes_of(policy, change.hours, seen.zone, seen.country).is_open(moment)
    ]
    assert open_in == [seen.policy]
    if change.ticket is None:
        assert change.shown is None
        return
    responses = [policy.evaluate(change.ticket).to_dict()["promises"]["response"] for policy in (old, new)]
    assert responses[0]["clock"] == responses[1]["clock"] == change.hours
    assert responses[0]["target"] == responses[1]["target"]
    assert [time_of(response) for response in responses] == list(change.shown or ())
    assert time_of(responses[0]) != time_of(responses[1])
    later = time_of(responses[0]) < time_of(responses[1])
    assert change.verdict in ("other", "worse" if later else "better")


def time_of(response: Data) -> str:
    window = response["window"]
    return str(response["due_at"] or f"{window['opens_at']}/{window['closes_at']}")


def swapped(old: Policy, new: Policy, found: tuple[HoursChange, ...]) -> None:
    """Asserts that the other way round the sides are swapped."""
    back = {change.hours: change for change in hours_changes(new, old)}
    assert set(back) == {change.hours for change in found}
    for change in found:
        other = back[change.hours]
        assert other.days == {day: (after, before) for day, (before, after) in change.days.items()}
        assert other.dates == {day: (after, before) for day, (before, after) in change.dates.items()}
        assert other.holidays == (change.holidays and change.holidays[::-1])
        assert other.verdict == REVERSED[change.verdict]
        assert sorted(other.answers) == sorted(change.answers)
        assert (other.ticket is None) == (change.ticket is None)
        shows(new, old, other)


def only(old: Policy, new: Policy) -> HoursChange:
    found = hours_changes(old, new)
    (change,) = found
    shows(old, new, change)
    swapped(old, new, found)
    return change


def test_a_policy_keeps_the_hours_that_it_keeps(policy: Policy) -> None:
    assert hours_changes(policy, policy) == ()


def test_wording_is_no_change(harbourline: Policy, tmp_path: Path) -> None:
    words = {"en": "office hours", "fr": "heures de bureau"}
    dates = load(HARBOURLINE)["calendars"]["dates"]
    reworded = {day: entry | {"label": words} for day, entry in dates.items()}
    new = changed(tmp_path, business_hours={"label": words}, dates=reworded)
    assert harbourline.digest != new.digest and hours_changes(harbourline, new) == ()


def test_intervals_that_touch_are_one(harbourline: Policy, tmp_path: Path) -> None:
    week = load(HARBOURLINE)["calendars"]["hours"]["extended_hours"]["week"]
    week |= {"friday": ["14:00-21:00", "07:00-14:00"]}
    assert hours_changes(harbourline, changed(tmp_path, extended_hours={"week": week})) == ()


def test_a_special_date_like_its_day_is_no_change(harbourline: Policy, tmp_path: Path) -> None:
    dates = load(HARBOURLINE)["calendars"]["dates"]
    # A Tuesday; national holidays are no matter there.
    dates["2025-05-06"] = special(*OPEN, hours=["business_hours"])
    assert hours_changes(harbourline, changed(tmp_path / "alone", dates=dates)) == ()
    week = load(HARBOURLINE)["calendars"]["hours"]["business_hours"]["week"] | {"friday": OPEN}
    change = only(harbourline, changed(tmp_path, dates=dates, business_hours={"week": week}))
    assert change.dates == {}


def test_a_day_of_the_week(harbourline: Policy, tmp_path: Path) -> None:
    week = load(HARBOURLINE)["calendars"]["hours"]["business_hours"]["week"]
    week |= {"monday": ["08:00-17:30"]}
    change = only(harbourline, changed(tmp_path, business_hours={"week": week}))
    assert change.days == {"monday": ((hour(8, 12), hour(13, 17.5)), (hour(8, 17.5),))}
    assert (change.dates, change.holidays, change.verdict) == ({}, None, "better")
    cells = [cell for cell in harbourline.definition.cells if cell.clock == "business_hours"]
    assert set(change.answers) == {
        *(f"response_targets.{cell.level}.{cell.column}" for cell in cells),
        "channels.phone.high",
        "calendars.coverage.iceland",
    }
    assert change.ticket is not None and change.open_at is not None
    assert change.open_at.policy == "new"
    assert datetime.fromisoformat(change.open_at.at).strftime("%A %H:%M") == "Monday 12:00"


def test_hours_past_midnight(harbourline: Policy, tmp_path: Path) -> None:
    week = load(HARBOURLINE)["calendars"]["hours"]["business_hours"]["week"]
    week |= {"thursday": [*OPEN, "21:00-02:00"]}
    change = only(harbourline, changed(tmp_path, business_hours={"week": week}))
    usual = hour(8, 12), hour(13, 17.5)
    assert change.days == {"thursday": (usual, (*usual, hour(21, 26)))}
    # Open longer, and Thursday's business closes later.
    assert change.verdict == "other" and change.ticket is not None
    assert change.open_at is not None and change.open_at.policy == "new"
    assert datetime.fromisoformat(change.open_at.at).strftime("%A %H:%M") == "Thursday 21:00"


def test_hours_past_midnight_in_one_piece_instead_of_two(harbourline: Policy, tmp_path: Path) -> None:
    usual = load(HARBOURLINE)["calendars"]["hours"]["business_hours"]["week"]
    two = usual | {"thursday": [*OPEN, "21:00-24:00"], "friday": ["00:00-02:00"]}
    one = usual | {"thursday": [*OPEN, "21:00-02:00"]}
    old = changed(tmp_path / "two", business_hours={"week": two})
    new = changed(tmp_path / "one", business_hours={"week": one})
    # 2025-04-13 and 2025-04-16 are special dates: a Sunday and a Wednesday. So they are open at the same times.
    (change,) = hours_changes(old, new)
    assert set(change.days) == {"thursday", "friday"} and change.open_at is None
    assert change.ticket is not None and change.shown is not None
    times = [
        time_of(policy.evaluate(change.ticket).to_dict()["promises"]["response"]) for policy in (old, new)
    ]
    assert times == list(change.shown) and times[0] < times[1]
    assert change.verdict == "worse"
    (back,) = hours_changes(new, old)
    assert back.open_at is None and back.verdict == "better"


def test_national_holidays(shipped: Policy, tmp_path: Path) -> None:
    data = load(FOLDERS["shipped"])
    data["calendars"]["hours"]["business_hours"]["holidays"] = "none"
    change = only(shipped, saved(data, tmp_path))
    assert (change.days, change.dates, change.holidays) == ({}, {}, (CUSTOMER, NO_HOLIDAYS))
    assert change.verdict == "better" and change.ticket is not None
    assert change.open_at is not None
    day = datetime.fromisoformat(change.open_at.at).date()
    assert day in holidays_of(change.open_at.country, day.year)


def test_national_holidays_of_a_country_that_rules_name(harbourline: Policy, tmp_path: Path) -> None:
    change = only(harbourline, changed(tmp_path, business_hours={"holidays": "customer"}))
    assert (change.holidays, change.verdict) == ((NO_HOLIDAYS, CUSTOMER), "worse")
    assert change.ticket is not None and "country" in change.ticket


def test_a_zone_of_their_own(harbourline: Policy, tmp_path: Path) -> None:
    change = only(harbourline, changed(tmp_path, business_hours={"timezone": "Asia/Tokyo"}))
    assert (change.zones, change.holidays, change.days) == ((None, "Asia/Tokyo"), None, {})
    assert change.open_at is not None
    # Neither is open whenever the other is. In Tokyo it is open at 23:00 in UTC, or from 8 in the morning on.
    assert (change.verdict, change.open_at.policy, change.open_at.zone) == ("other", "new", "Etc/UTC")
    assert datetime.fromisoformat(change.open_at.at).strftime("%H:%M") == "23:00"
    assert change.ticket is not None and change.shown is not None


def test_holidays_of_more_places(harbourline: Policy, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old = changed(tmp_path / "old", business_hours={"holidays": ["DE"]})
    change = only(old, changed(tmp_path, business_hours={"holidays": ["DE", "AT"]}))
    assert change.holidays == (Observance(("DE",)), Observance(("DE", "AT")))
    assert change.open_at is not None
    assert (change.verdict, change.open_at.country, change.open_at.policy) == ("worse", None, "old")
    day = datetime.fromisoformat(change.open_at.at).date()
    assert day in holidays_of("AT", day.year)


def test_a_special_date_far_ahead(harbourline: Policy, tmp_path: Path) -> None:
    dates = load(HARBOURLINE)["calendars"]["dates"]
    dates |= {"2031-06-04": special("08:00-12:00", hours=["business_hours"])}
    change = only(harbourline, changed(tmp_path, dates=dates))
    assert change.dates == {date(2031, 6, 4): (None, (hour(8, 12),))}
    # Hours are fewer, and the end of that business day comes sooner.
    assert (change.days, change.holidays, change.verdict) == ({}, None, "other")
    assert change.ticket is not None
    assert change.open_at is not None and change.open_at.at == "2031-06-04T13:00:00Z"


def test_a_special_date_that_only_the_last_of_several_days_meets(tmp_path: Path) -> None:
    data = load(HARBOURLINE)
    for cells in data["response_targets"]["targets"].values():
        for cell in cells.values():
            cell |= {"target": "3_business_days", "clock": "business_hours"}
    old = saved(data, tmp_path / "old")
    data["calendars"]["dates"]["2025-06-04"] = special("08:00-12:00", hours=["business_hours"])
    change = only(old, saved(data, tmp_path / "new"))
    # A Wednesday; the week begins on Sunday.
    assert change.ticket is not None
    assert "2025-05-29" <= change.ticket["raised"][:10] <= "2025-06-01"


def test_a_special_date_that_these_hours_no_more_have(harbourline: Policy, tmp_path: Path) -> None:
    dates = load(HARBOURLINE)["calendars"]["dates"]
    dates["2025-04-13"]["hours"] = ["extended_hours"]
    change = only(harbourline, changed(tmp_path, dates=dates))
    # A Sunday, on which they are open.
    assert (change.hours, change.verdict) == ("business_hours", "better")
    assert change.dates == {date(2025, 4, 13): ((), None)}


def test_a_special_date_that_keeps_what_its_day_no_more_has(harbourline: Policy, tmp_path: Path) -> None:
    data = load(HARBOURLINE)["calendars"]
    week = data["hours"]["business_hours"]["week"] | {"tuesday": ["08:00-12:00"]}
    dates = data["dates"] | {"2025-05-06": special(*OPEN, hours=["business_hours"])}
    change = only(harbourline, changed(tmp_path, business_hours={"week": week}, dates=dates))
    assert list(change.days) == ["tuesday"]
    assert change.dates == {date(2025, 5, 6): (None, (hour(8, 12), hour(13, 17.5)))}


def test_hours_of_a_channel_alone(harbourline: Policy, tmp_path: Path) -> None:
    week = load(HARBOURLINE)["calendars"]["hours"]["extended_hours"]["week"] | {"friday": []}
    change = only(harbourline, changed(tmp_path, extended_hours={"week": week}))
    assert change.days == {"friday": ((hour(7, 21),), ())}
    assert change.answers == ("channels.chat.pro_and_onsite",)
    assert change.ticket is None and change.verdict == "worse"


def test_hours_moved_are_neither_wider_nor_narrower(harbourline: Policy, tmp_path: Path) -> None:
    week = load(HARBOURLINE)["calendars"]["hours"]["business_hours"]["week"]
    moved = {day: ["08:00-12:00", "14:00-18:30"] for day in week}
    change = only(harbourline, changed(tmp_path, business_hours={"week": moved}))
    assert change.verdict == "other" and set(change.days) == set(week)


def test_a_ticket_where_the_tables_differ_too(shipped: Policy, tmp_path: Path) -> None:
    """What both promise in these hours is left at one cell alone."""
    data = load(FOLDERS["shipped"])
    data["calendars"]["hours"]["business_hours"]["week"]["friday"] = []
    for level, cells in data["response_targets"]["targets"].items():
        for column, cell in cells.items():
            if cell["clock"] == "business_hours" and (level, column) != ("C", "midsize_business"):
                cell["target"] = "PT3H"
    new = saved(data, tmp_path)
    change = only(shipped, new)
    assert change.ticket is not None
    assert new.evaluate(change.ticket).severity == "C" and change.ticket["plan"] == "midsize_business"


def test_no_ticket_where_nothing_is_promised_in_both(harbourline: Policy, tmp_path: Path) -> None:
    data = load(HARBOURLINE)
    data["calendars"]["hours"]["business_hours"]["week"]["monday"] = []
    for cells in data["response_targets"]["targets"].values():
        for cell in cells.values():
            cell |= {"target": "PT77H", "clock": "business_hours"}
    change = only(harbourline, saved(data, tmp_path))
    assert change.ticket is None and change.shown is None


def test_a_ticket_where_a_fact_is_new(harbourline: Policy, tmp_path: Path) -> None:
    data = load(HARBOURLINE)
    data["calendars"]["hours"]["business_hours"]["week"]["monday"] = []
    origin = {"source": ["F-1"], "basis": "stated"}
    words = {"en": "x", "fr": "x"}
    data["vocabulary"]["facts"]["storm"] = {"type": "boolean", "label": words, "question": words, **origin}
    rule = {"when": {"storm": True}, "level": "urgent", "label": words, **origin}
    data["severity"]["rules"]["in_a_storm"] = {"storm": rule}
    data["severity"]["precedence"].insert(0, "in_a_storm")
    new = saved(data, tmp_path)
    (change,) = hours_changes(harbourline, new)
    assert change.ticket is not None and change.shown is not None
    responses = [
        each.evaluate(change.ticket, extra=True).to_dict()["promises"]["response"]
        for each in (harbourline, new)
    ]
    assert [time_of(response) for response in responses] == list(change.shown)


def test_hours_are_told_where_a_ticket_is_too_much_to_look_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load(HARBOURLINE)
    data["calendars"]["hours"]["business_hours"]["week"]["monday"] = []
    old, new = load_policy(HARBOURLINE), saved(data, tmp_path)
    monkeypatch.setattr("supportrules.proofs.comparison.joint.MOST_STEPS", 1)
    (change,) = hours_changes(old, new)
    assert list(change.days) == ["monday"]
    shows(old, new, change)
    assert change.ticket is None


# Random edits


def edit(rng: random.Random, data: Data, since: date) -> None:
    """One edit of hours, as an owner makes it."""
    calendars = data["calendars"]
    id = rng.choice(list(calendars["hours"]))
    hours = calendars["hours"][id]
    day = rng.choice(DAYS)
    match rng.choice(["moved", "closed", "holidays", "added", "moved date"]):
        case "moved":
            start, length = rng.randrange(0, 40), rng.randrange(1, 8)
            end = start + length
            hours["week"][day] = [f"{start // 2:02}:{start % 2 * 30:02}-{end // 2:02}:{end % 2 * 30:02}"]
        case "closed":
            hours["week"][day] = []
        case "holidays":
            hours["holidays"] = {"none": "customer", "customer": "none"}[hours["holidays"]]
        case "added":
            when = since + timedelta(days=rng.randrange(2000))
            source = hours["source"]
            found = special(*rng.choice([[], ["08:00-12:00"], ["09:00-17:00"]]), source=source)
            calendars.setdefault("dates", {})[when.isoformat()] = found | {"hours": [id]}
        case _ if calendars.get("dates"):
            text = rng.choice(list(calendars["dates"]))
            entry = calendars["dates"].pop(text)
            calendars["dates"][(date.fromisoformat(text) + timedelta(days=1)).isoformat()] = entry


HalfHours = frozenset[int]


@cache
def half_hours(intervals: tuple[tuple[int, int], ...]) -> HalfHours:
    return frozenset(number for start, end in intervals for number in range(start // 1800, end // 1800))


def open_on(policy: Policy, hours: str, day: date, holiday: bool) -> HalfHours:
    """What is open of a date, read off the policy."""
    found = policy.definition.hours[hours]
    special = [intervals for when, intervals, _ in found.week.dates if when == day]
    closed = holiday and bool(found.holidays.of)
    return half_hours(special[0] if special else () if closed else found.week.days[day.weekday()])


def told(change: HoursChange, old: Policy, day: date, holiday: bool) -> HalfHours:
    """What is open of a date in the new policy, by the old one and the change."""
    found = old.definition.hours[change.hours]
    dates: dict[date, Any] = {when: intervals for when, intervals, _ in found.week.dates}
    dates |= {when: after for when, (_, after) in change.dates.items()}
    if dates.get(day) is not None:
        return half_hours(dates[day])
    days = change.days.get(DAYS[day.weekday()])
    closes = bool((change.holidays[1] if change.holidays else found.holidays).of)
    return half_hours(() if holiday and closes else days[1] if days else found.week.days[day.weekday()])


@pytest.mark.parametrize(
    ("which", "seed"),
    [("shipped", seed) for seed in range(2)] + [("harbourline", seed) for seed in range(14)],
)
def test_random_edits_are_told_exactly(
    which: str, seed: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    rng = random.Random(f"hours {which} {seed}")
    old: Policy = request.getfixturevalue(which)
    data = load(FOLDERS[which])
    since = old.definition.effective_from
    for _ in range(rng.randrange(1, 4)):
        edit(rng, data, since)
    new = saved(data, tmp_path)
    found = hours_changes(old, new)
    changes = {change.hours: change for change in found}
    for change in found:
        shows(old, new, change)
    swapped(old, new, found)
    days = [since + timedelta(days=number) for number in range(2010)]
    for hours in old.definition.hours:
        worse = better = False
        for day, holiday in itertools.product(days, (False, True)):
            before, after = (open_on(each, hours, day, holiday) for each in (old, new))
            worse, better = worse or not before <= after, better or not after <= before
            if hours in changes:
                assert told(changes[hours], old, day, holiday) == after
        expected = {(True, False): "worse", (False, True): "better", (True, True): "other"}
        assert (hours in changes) == (worse or better)
        if hours in changes:
            # A promise of business days can turn with their ends.
            assert changes[hours].verdict in (expected[worse, better], "other")
            if not any(
                cell.clock == hours and isinstance(cell.target, BusinessDays) for cell in old.definition.cells
            ):
                assert changes[hours].verdict == expected[worse, better]


@pytest.mark.parametrize("seed", range(6))
def test_times_differ_only_in_hours_with_a_ticket(harbourline: Policy, seed: int, tmp_path: Path) -> None:
    rng = random.Random(f"tickets {seed}")
    data = load(HARBOURLINE)
    edit(rng, data, harbourline.definition.effective_from)
    new = saved(data, tmp_path)
    shown = {change.hours for change in hours_changes(harbourline, new) if change.ticket is not None}
    for ticket, decision in complete_tickets(harbourline, rng, 150):
        before, after = (each.to_dict()["promises"]["response"] for each in (decision, new.evaluate(ticket)))
        assert before == after or before["clock"] in shown
