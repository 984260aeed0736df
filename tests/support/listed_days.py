"""The starter with hours and days of its own, as files list them."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from policy_data import load, save
from supportrules import Policy, load_policy
from supportrules.policy.starter import STARTER

SAID = {"label": {"en": "closed"}, "source": ["H-2"], "basis": "stated"}
BERLIN = {"timezone": "Europe/Berlin", "holidays": ["DE-BY"]}


def with_days(
    folder: Path, hours: dict[str, Any], dates: dict[str, Any] | None = None, *days: str, **target: Any
) -> Policy:
    """The starter with other office hours and special dates.

    Args:
        days: those of a calendar file, such as 20270104.
        target: what else the standard plan promises for a normal ticket.
    """
    data = deepcopy(load(STARTER))
    data["calendars"]["hours"]["office_hours"] |= hours
    data["calendars"]["dates"] = {day: SAID | {"open": []} | said for day, said in (dates or {}).items()}
    if days:
        events = (f"BEGIN:VEVENT\nDTSTART;VALUE=DATE:{day}\nSUMMARY:x\nEND:VEVENT\n" for day in days)
        data["own.ics"] = f"BEGIN:VCALENDAR\nVERSION:2.0\n{''.join(events)}END:VCALENDAR\n"
        data["calendars"]["files"] = {"own": SAID | {"file": "own.ics"}}
    data["response_targets"]["targets"]["normal"]["standard"] |= target
    save(data, folder)
    return load_policy(folder)
