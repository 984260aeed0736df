"""calendars.yaml → hours, special dates, coverage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.policy.binding.binder import Binder
from supportrules.policy.definition import BASES, Coverage, CoverageException, Hours, SpecialDate
from supportrules.policy.documents import Path
from supportrules.policy.format import DAYS
from supportrules.policy.vocabulary import Origin
from supportrules.time.calendars import Interval, Week
from supportrules.time.clocks import ALWAYS
from supportrules.time.openness import Holidays


def dates(binder: Binder) -> tuple[SpecialDate, ...]:
    """The dates with hours of their own."""
    found = []
    for path, data in sorted(binder.items("calendars", "dates")):
        day = binder.date(path, str(path[-1]), key=True)
        hours = tuple(data.get("hours", binder.names["hours"]))
        opening = _intervals(binder, (*path, "open"), data["open"])
        found.append(SpecialDate(*binder.entry(path, data), day, hours, opening))
    return tuple(found)


def hours(binder: Binder, dates: tuple[SpecialDate, ...]) -> Mapping[str, Hours]:
    """The hours in which clocks run."""
    found = {}
    for path, data in binder.items("calendars", "hours"):
        name, label, origin = binder.entry(path, data)
        week = data["week"]
        days = tuple(_intervals(binder, (*path, "week", day), week.get(day, [])) for day in DAYS)
        # By day: what is no date has been reported, and stands as one and the same day here.
        kept = {date.day: date for date in dates if name in date.hours}
        special = [(d.day, d.open, d.label.get(binder.languages[0], "")) for d in kept.values()]
        if not any(days) and not any(opening for _, opening, _ in special):
            binder.problem(path, "wrong-value", f"`{name}` is never open", key=True)
        holidays, origin = _holidays(binder, path, data, origin)
        if all(day == ((0, 86400),) for day in days) and not special and holidays == "none":
            message = f"`{name}` never closes"
            hint = f"use `{ALWAYS}`, with `PT24H` for 24 hours or `P1D` for the same time on the next day"
            binder.problem(path, "wrong-value", message, hint, key=True)
        found[name] = Hours(name, label, origin, Week(days, tuple(special)), holidays)
    return FrozenDict(found)


def _holidays(binder: Binder, path: Path, data: Mapping[str, Any], origin: Origin) -> tuple[Holidays, Origin]:
    """Whose public holidays close hours, and where the hours come from: they rest on that choice as well."""
    found = data["holidays"]
    if not isinstance(found, Mapping):
        return found, origin
    chosen = binder.origin((*path, "holidays"), found)
    source = tuple(dict.fromkeys((*origin.source, *chosen.source)))
    return found["of"], replace(origin, source=source, basis=max(origin.basis, chosen.basis, key=BASES.index))


def _intervals(binder: Binder, path: Path, texts: list[str]) -> tuple[Interval, ...]:
    found: list[Interval] = []
    for index, text in enumerate(texts):
        start, end = (int(t[:2]) * 3600 + int(t[3:]) * 60 for t in text.split("-"))
        where = (*path, index)
        if end > 86400 or start >= end:
            hint = "split hours that pass midnight in two" if end <= 86400 else "the day ends at 24:00"
            binder.problem(where, "wrong-value", f"`{text}` is no stretch of a day", hint)
        elif any(start < e and s < end for s, e in found):
            binder.problem(where, "wrong-value", f"`{text}` overlaps with hours before it")
        else:
            found.append((start, end))
    return tuple(sorted(found))


def coverage(binder: Binder) -> Coverage:
    """Where "any time" holds."""
    path, exceptions, seen = ("calendars", "coverage"), [], dict[str, str]()
    for where, data in binder.items(*path, "exceptions"):
        entry = binder.entry(where, data)
        for index, country in enumerate(data["countries"]):
            at = (*where, "countries", index)
            binder.country(at, country)
            if country in seen:
                message = f"`{country}` is in the exception `{seen[country]}` already"
                binder.problem(at, "duplicate-value", message)
            seen[country] = entry[0]
        exceptions.append(CoverageException(*entry, frozenset(data["countries"]), data["clock"]))
    if exceptions and "country" not in binder.data["policy"]["roles"]:
        message = "exceptions by country, and no fact has the role `country` in policy.yaml"
        binder.problem((*path, "exceptions"), "missing-key", message, key=True)
    data = binder.data["calendars"]["coverage"]
    label = binder.label((*path, "label"), data["label"])
    return Coverage(label, binder.origin(path, data), tuple(exceptions))
