"""calendars.yaml and calendar files → hours, special dates, coverage."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeVar

from supportrules.base.frozen import FrozenDict
from supportrules.base.problem import Location, Problem
from supportrules.policy.binding.binder import Binder
from supportrules.policy.binding.rules import rule
from supportrules.policy.definition import (
    BASES,
    CalendarFile,
    Coverage,
    CoverageException,
    Hours,
    HoursException,
    SpecialDate,
)
from supportrules.policy.documents import Path, is_calendar
from supportrules.policy.format import DAYS
from supportrules.policy.vocabulary import Origin
from supportrules.time import places, public_holidays
from supportrules.time.calendars import DayOfYear, Opening, Week, merged
from supportrules.time.clocks import ALWAYS, DatedDays
from supportrules.time.observances import NO_HOLIDAYS, NO_MARKS, Interval, Marks, Observance, Whose
from supportrules.time.openness import by_place, openness, special_dates
from supportrules.time.public_holidays import HALF_DAY, PUBLIC, WORKDAY

_D = TypeVar("_D", date, DayOfYear)

_CUSTOMER = "customer"
# Categories of holidays that close no day.
_NOT_CLOSED = {
    HALF_DAY: (
        f"`{HALF_DAY}` is not a category that closes a day",
        'write the hours of half days, such as `half_days: ["09:00-13:00"]`',
    ),
    WORKDAY: (
        f"`{WORKDAY}` is not a category that closes a day: people work on its days",
        'remove it; for working weekend days, write `worked: ["09:00-17:00"]`',
    ),
}


def dates(binder: Binder) -> tuple[SpecialDate, ...]:
    """The dates with hours of their own."""
    found = []
    for path, data in sorted(binder.items("calendars", "dates")):
        found.append(SpecialDate(*binder.entry(path, data), _day(binder, path), *_kept(binder, path, data)))
    return tuple(found)


def _day(binder: Binder, path: Path) -> date | DayOfYear:
    """A date, or a day of every year."""
    text = str(path[-1])
    if text.count("-") == 2:
        return binder.date(path, text, key=True)
    try:
        # A leap year has each of them.
        day = date.fromisoformat(f"2000-{text}")
    except ValueError:
        binder.problem(path, "wrong-form", f"there is no day `{text}` in any year", key=True)
        day = date.min
    return day.month, day.day


def files(binder: Binder) -> tuple[CalendarFile, ...]:
    """The calendars whose days have hours of their own."""
    found, known = [], [name for name in binder.data if is_calendar(name)]
    for path, data in binder.items("calendars", "files"):
        file = data["file"]
        binder.reference((*path, "file"), "calendar", file, known)
        days = tuple((date.fromisoformat(day), name) for day, name in binder.data.get(file, {}).items())
        hours, opening, named = _kept(binder, path, data)
        found.append(CalendarFile(*binder.entry(path, data), file, days, hours, opening, named))
    for name in known:
        if not any(each.file == name for each in found):
            hint = "add an entry for it to `files` in calendars.yaml, or remove the file"
            place = Location(binder.documents[name].location.file)
            message = f"no entry of `files` names `{name}`"
            binder.problems.append(Problem("unknown-file", message, hint, place))
    return tuple(found)


def _kept(
    binder: Binder, path: Path, data: Mapping[str, Any]
) -> tuple[tuple[str, ...], Opening, frozenset[str]]:
    """The hours that special dates are for, when these are open, and the places of their customers."""
    for index, country in enumerate(data.get("countries", ())):
        binder.country((*path, "countries", index), country)
    for index, code in enumerate(data.get("subdivisions", ())):
        _subdivision(binder, (*path, "subdivisions", index), code)
    for key, role in (("countries", "country"), ("subdivisions", "subdivision")):
        if key in data and role not in binder.data["policy"]["roles"]:
            message = f"`{key}` needs a fact in the role `{role}` of policy.yaml"
            binder.problem((*path, key), "missing-key", message, key=True)
    opening = data.get("open", [])
    if opening != "week":
        opening = _intervals(binder, (*path, "open"), opening)
    hours = tuple(data.get("hours", binder.names["hours"]))
    named = frozenset((*data.get("countries", ()), *data.get("subdivisions", ())))
    return hours, None if opening == "week" else opening, named


def _subdivision(binder: Binder, path: Path, code: str) -> None:
    """Tells if a code is not that of a subdivision."""
    if binder.is_place(path, code) and "-" not in code:
        binder.problem(path, "wrong-value", f"`{code}` is a country", "write it under `countries`")


class _Day(NamedTuple):
    """A special date of some hours.

    Args:
        places: the countries and subdivisions whose customers it is for; none for all.
        path: where it stands.
        open: where its hours stand.
    """

    day: date | DayOfYear
    opening: Opening
    reason: str
    hours: tuple[str, ...]
    places: frozenset[str]
    path: Path
    open: Path


def hours(binder: Binder, dates: Sequence[SpecialDate], files: Sequence[CalendarFile]) -> Mapping[str, Hours]:
    """The hours in which clocks run."""
    found, special = {}, list(_days(binder, dates, files))
    _check_once(binder, special)
    for path, data in binder.items("calendars", "hours"):
        name, label, origin = binder.entry(path, data)
        week = data["week"]
        days = tuple(_intervals(binder, (*path, "week", day), week.get(day, [])) for day in DAYS)
        own = [each for each in special if name in each.hours]
        if not any(days) and not any(each.opening for each in own):
            binder.problem(path, "wrong-value", f"`{name}` is never open", key=True)
        holidays, origin = _holidays(binder, path, data, days, origin)
        zone = data.get("timezone", _CUSTOMER)
        zone = None if zone == _CUSTOMER else binder.timezone((*path, "timezone"), zone)
        whole = _week(days, own)
        if openness(whole, holidays, zone).always:
            message = f"`{name}` never closes"
            hint = f"use `{ALWAYS}`, with `PT24H` for 24 hours or `P1D` for the same time on the next day"
            binder.problem(path, "wrong-value", message, hint, key=True)
        _report_overlaps(binder, name, (*path, "week"), whole, own)
        _report_worked_overlap(binder, (*path, "holidays", "worked"), whole, holidays)
        dated, beyond = _dated(name, dates, files), data.get("beyond_data", "note")
        found[name] = Hours(name, label, origin, whole, holidays, zone, dated, beyond)
    return FrozenDict(found)


def hours_exceptions(binder: Binder) -> tuple[HoursException, ...]:
    """The conditions under which other hours apply."""
    found = []
    exceptions = {
        path[-1]: data["exceptions"]
        for path, data in binder.items("calendars", "hours")
        if "exceptions" in data
    }
    for hours in exceptions:
        for path, data in binder.items("calendars", "hours", str(hours), "exceptions"):
            clock = data["clock"]
            if clock in exceptions:
                message = (
                    f"`{clock}` has exceptions itself"
                    if clock != hours
                    else f"`{hours}` is its own exception"
                )
                hint = _plain_hours(binder, exceptions)
                binder.problem((*path, "clock"), "wrong-value", message, hint)
            found.append(HoursException(**rule(binder, path, data), hours=str(hours), clock=clock))
    return tuple(found)


def _dated(hours: str, dates: Sequence[SpecialDate], files: Sequence[CalendarFile]) -> tuple[DatedDays, ...]:
    """The special dates of some hours that have a year, by file and by whom they are for."""
    listed: list[tuple[str, SpecialDate | CalendarFile, date]] = []
    listed += [("calendars.yaml", each, each.day) for each in dates if isinstance(each.day, date)]
    listed += [(file.file, file, day) for file in files for day, _ in file.days]
    last: dict[tuple[str, frozenset[str]], int] = {}
    for file_name, entry, day in listed:
        if hours in entry.hours:
            key = file_name, entry.places
            last[key] = max(last.get(key, day.year), day.year)
    found = (DatedDays(file_name, year, named) for (file_name, named), year in last.items())
    return tuple(sorted(found, key=lambda each: (each.name, each.until, sorted(each.places))))


def _holidays(
    binder: Binder, path: Path, data: Mapping[str, Any], days: Sequence[tuple[Interval, ...]], origin: Origin
) -> tuple[Observance, Origin]:
    """The public holidays that hours keep, and where the hours come from: they rest on that choice too."""
    found, path = data["holidays"], (*path, "holidays")
    if not isinstance(found, Mapping):
        return Observance(_places(binder, path, found)), origin
    of = _places(binder, (*path, "of"), found["of"])
    categories = tuple(found.get("categories", (PUBLIC,)))
    for index, category in enumerate(categories):
        _category(binder, (*path, "categories", index), category, of)
    half_days, worked = (
        merged(_within_days(binder, (*path, key), found[key])) if key in found else None
        for key in ("half_days", "worked")
    )
    observance = Observance(of, categories, half_days, worked)
    if half_days is not None:
        _half_days(binder, (*path, "half_days"), days, observance)
    chosen = binder.origin(path, found)
    source = tuple(dict.fromkeys((*origin.source, *chosen.source)))
    basis = max(origin.basis, chosen.basis, key=BASES.index)
    return observance, replace(origin, source=source, basis=basis)


def _places(binder: Binder, path: Path, said: str | list[str]) -> Whose:
    """Whose public holidays count: the customer's, or those of places."""
    match said:
        case "customer" | "country":
            return said
        case str():
            return ()
    return tuple(code for index, code in enumerate(said) if binder.is_place((*path, index), code))


def _category(binder: Binder, path: Path, category: str, of: Whose) -> None:
    """Tells if a kind of holidays closes no day, or there is none of it where it is to count."""
    if category in _NOT_CLOSED:
        message, hint = _NOT_CLOSED[category]
        binder.problem(path, "wrong-value", message, hint)
    elif category == PUBLIC:
        return
    elif isinstance(of, str):
        binder.reference(path, "category of holidays", category, public_holidays.all_categories())
    else:
        for code in of:
            known = public_holidays.categories(places.country(code))
            closing = [each for each in known if each not in _NOT_CLOSED]
            if not binder.reference(path, f"category of holidays in `{code}`", category, closing):
                return


def _half_days(
    binder: Binder, path: Path, week: Sequence[tuple[Interval, ...]], observance: Observance
) -> None:
    """Tells if there are no half days where they are to count, or their hours leave nothing of any day."""
    if not isinstance(observance.of, str):
        for code in observance.of:
            if HALF_DAY not in public_holidays.categories(places.country(code)):
                message = f"the `holidays` package has no half days for `{code}`"
                binder.problem(path, "wrong-value", message, "remove `half_days`", key=True)
    days = (*week, observance.worked or ())
    if observance.half_days and not any(observance.hours(day, Marks(half_day=True)) for day in days):
        message = "`half_days` leaves no open time on any day"
        hint = "write times within the hours of the week, or `[]` to close half days"
        binder.problem(path, "wrong-value", message, hint, key=True)


def _days(binder: Binder, dates: Sequence[SpecialDate], files: Sequence[CalendarFile]) -> Iterator[_Day]:
    """All special dates, those of calendars too."""
    for each in dates:
        reason, path = each.label.get(binder.languages[0], ""), ("calendars", "dates", each.id)
        yield _Day(each.day, each.open, reason, each.hours, each.places, path, (*path, "open"))
    for file in files:
        opening = ("calendars", "files", file.id, "open")
        for day, name in file.days:
            at = (file.file, day.isoformat())
            yield _Day(day, file.open, name, file.hours, file.places, at, opening)


def _check_once(binder: Binder, days: Sequence[_Day]) -> None:
    """Tells where two special dates open the same hours at different times on one day in one place."""
    seen: dict[tuple[object, ...], _Day] = {}
    reported = set[tuple[str | int, str | int]]()
    for each in days:
        for key in itertools.product((each.day,), each.hours, each.places or ("",)):
            before = seen.setdefault(key, each)
            files = before.path[0], each.path[0]
            # Two that stand in one mapping are of one day only where there is no such day.
            if before.opening == each.opening or files in {("calendars", "calendars"), *reported}:
                continue
            # The first day of two files is enough.
            reported.add(files)
            place = binder.documents[str(before.path[0])].place(before.path[1:], key=True)
            message = f"`{each.path[-1]}` already has other hours for `{key[1]}`, at {place}"
            binder.problem(each.path, "duplicate-value", message, "keep one of the two", key=True)


def _week(days: tuple[tuple[Interval, ...], ...], special: Iterable[_Day]) -> Week:
    """A week with special dates, in which those of one day go by all their names."""
    dated: dict[str, dict[date, tuple[Opening, list[str]]]] = {"": {}}
    yearly: dict[str, dict[DayOfYear, tuple[Opening, list[str]]]] = {"": {}}
    for each in special:
        for place in sorted(each.places) or ("",):
            new = each.opening, list[str]()
            if isinstance(each.day, date):
                _, reasons = dated.setdefault(place, {}).setdefault(each.day, new)
            else:
                _, reasons = yearly.setdefault(place, {}).setdefault(each.day, new)
            if each.reason not in reasons:
                reasons.append(each.reason)
    local = tuple(
        (place, _named(dated.get(place, {})), _named(yearly.get(place, {})))
        for place in sorted({*dated, *yearly} - {""})
    )
    return Week(days, _named(dated[""]), _named(yearly[""]), local)


def _named(days: Mapping[_D, tuple[Opening, list[str]]]) -> tuple[tuple[_D, Opening, str], ...]:
    return tuple((day, opening, ", ".join(reasons)) for day, (opening, reasons) in days.items())


def _intervals(binder: Binder, path: Path, texts: list[str]) -> tuple[Interval, ...]:
    found: list[Interval] = []
    for index, text in enumerate(texts):
        start, end = interval(text)
        where = (*path, index)
        if start == end:
            hint = "it opens and closes at the same time; a whole day is `00:00-24:00`"
            binder.problem(where, "wrong-value", f"`{text}` is no stretch of a day", hint)
        elif any(start < e and s < end for s, e in found):
            binder.problem(where, "wrong-value", f"`{text}` overlaps with hours before it")
        else:
            found.append((start, end))
    return tuple(sorted(found))


def _within_days(binder: Binder, path: Path, texts: list[str]) -> tuple[Interval, ...]:
    """Hours of which none may run on past midnight."""
    for index, text in enumerate(texts):
        if interval(text)[1] > 86400:
            message = f"`{text}` runs past midnight, which `{path[-1]}` does not allow"
            hint = f"end at midnight: `{text[:5]}-24:00`"
            binder.problem((*path, index), "wrong-value", message, hint)
    return tuple((start, min(end, 86400)) for start, end in _intervals(binder, path, texts))


def interval(text: str) -> Interval:
    """Hours such as ``09:00-17:00`` in seconds; what closes before it opens closes on the next day."""
    start, end = (int(time[:2]) * 3600 + int(time[3:]) * 60 for time in text.split("-"))
    return start, end + 86400 * (end < start)


def _report_overlaps(binder: Binder, name: str, week: Path, whole: Week, special: Iterable[_Day]) -> None:
    """Reports hours that run on past midnight into those of the next date.

    Args:
        name: of the hours.
        week: the path of their days.
        whole: their days and special dates.
        special: the special dates, where they stand.
    """

    def report(place: Path, text: str, other: str, day: str, hint: str) -> None:
        binder.problem(place, "wrong-value", f"`{text}` overlaps with `{other}` of {day} in `{name}`", hint)

    texts = binder.data["calendars"]["hours"][name]["week"]
    for number, weekday in enumerate(DAYS):
        tomorrow = DAYS[(number + 1) % 7]
        for index, late in enumerate(texts.get(weekday, [])):
            for early in texts.get(tomorrow, []):
                if interval(late)[1] - 86400 > interval(early)[0]:
                    report((*week, weekday, index), late, early, tomorrow, _end_at(early))
    entries: dict[date | DayOfYear, _Day] = {}
    for each in special:
        entries.setdefault(each.day, each)
    reported = set[Path]()
    for _, (hours,) in by_place(openness(whole, NO_HOLIDAYS, None)):
        for day in special_dates(hours):
            entry = entries.get(day, entries.get((day.month, day.day)))
            if entry is None or entry.open in reported or not date.min < day < date.max:
                continue
            before, after = day - timedelta(days=1), day + timedelta(days=1)
            # What the date before changes is reported there.
            pairs = [(day, after)] if before in hours.special else [(before, day), (day, after)]
            for one, other in pairs:
                evening, morning = hours.on(one, NO_MARKS)[-1:], hours.on(other, NO_MARKS)[:1]
                if not (evening and morning and evening[0][1] - 86400 > morning[0][0]):
                    continue
                reported.add(entry.open)
                late, early = _text(evening[0]), _text(morning[0])
                if other == day:
                    hint = f"begin at {late[6:]} or later"
                    report(_place(binder, entry, early), early, late, DAYS[one.weekday()], hint)
                else:
                    morrow = str(entries[other].path[-1]) if other in entries else DAYS[other.weekday()]
                    report(_place(binder, entry, late), late, early, morrow, _end_at(early))


def _report_worked_overlap(binder: Binder, path: Path, whole: Week, observance: Observance) -> None:
    """Reports hours of days worked on a weekend that begin before those of the evening before end."""
    everywhere = by_place(openness(whole, NO_HOLIDAYS, None))
    latest = max((end for _, (hours,) in everywhere for _, end in hours.intervals), default=0)
    for start, _ in (observance.worked or ())[:1]:
        if start < latest - 86400:
            late = f"{(latest - 86400) // 3600:02}:{latest % 3600 // 60:02}"
            message = f"`worked` begins before the hours of the evening before end, at {late}"
            binder.problem(path, "wrong-value", message, f"begin at {late} or later", key=True)


def _place(binder: Binder, entry: _Day, text: str) -> Path:
    """Where some hours of a special date stand; where they are those of its weekday, where that is said."""
    texts: Any = binder.data
    for key in entry.open:
        texts = texts[key]
    return (*entry.open, texts.index(text)) if isinstance(texts, list) and text in texts else entry.open


def _text(interval: Interval) -> str:
    """Hours as a policy writes them."""
    start, end = interval
    end = end - 86400 if end > 86400 else end
    return "-".join(f"{time // 3600:02}:{time % 3600 // 60:02}" for time in (start, end))


def _end_at(morning: str) -> str:
    return f"end at {'24:00' if morning[:5] == '00:00' else morning[:5]} or earlier"


def _plain_hours(binder: Binder, exceptions: Container[Any]) -> str:
    """What to write in place of hours that have exceptions."""
    plain = ", ".join(f"`{name}`" for name in binder.names["hours"] if name not in exceptions)
    return f"name hours without exceptions: {plain}" if plain else "name hours without exceptions"


def coverage(binder: Binder) -> Coverage:
    """Where "any time" holds."""
    path, exceptions, seen = ("calendars", "coverage"), [], dict[str, str]()
    moved = {place[-1] for place, hours in binder.items("calendars", "hours") if "exceptions" in hours}
    for where, data in binder.items(*path, "exceptions"):
        entry = binder.entry(where, data)
        if data["clock"] in moved:
            message, hint = f"`{data['clock']}` has exceptions itself", _plain_hours(binder, moved)
            binder.problem((*where, "clock"), "wrong-value", message, hint)
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
