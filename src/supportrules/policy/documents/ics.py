"""iCalendar files (RFC 5545) of whole days → positioned documents: the name of each day, by its date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from supportrules.base.problem import Location, Problem
from supportrules.policy.documents import MAX_BYTES, DocumentError, Node, decode

if TYPE_CHECKING:
    from icalendar import Calendar, Component

# The years for which there is business time.
_YEARS = range(1900, 2200)
# The longest event, and the days of one with all its repetitions.
_LONGEST, _MOST_DAYS = 366, 10_000
_OFTEN = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_DAY = "`DTSTART;VALUE=DATE:20261224`"


class _Wrong(Exception):
    """What is wrong with an event, in which of its properties, and what would be right."""

    def __init__(self, property: str, message: str, hint: str) -> None:
        self.property, self.message, self.hint = property, message, hint
        super().__init__(message)


class _EventPlace(NamedTuple):
    """Where an event begins, and the first line of each of its properties, by name."""

    begin: Location
    properties: dict[str, Location]


def read_days(data: bytes, name: str) -> tuple[Node | None, list[Problem]]:
    """The days of the all-day events of a file: a mapping of dates to what the events are called.

    Events of one day are named together; one that is cancelled does not count.

    Args:
        data: the file.
        name: of the file, for places.

    Returns:
        The document, and what is wrong with it; None where that leaves nothing to read.
    """
    # Imported where it is needed: most policies have no such file.
    from icalendar import Calendar

    try:
        text = decode(data, name, max_bytes=MAX_BYTES)
    except DocumentError as error:
        return None, [error.problem]
    try:
        calendar = Calendar.from_ical(text)
    except (ValueError, KeyError, IndexError) as error:
        broken = _broken(text, name) or _damaged(str(error).partition("\n")[0], Location(name))
        return None, [broken]
    places = list(_places(text, name))
    problems: list[Problem] = []
    days: dict[date, dict[str, Location]] = {}
    for place, group in _events(calendar, places):
        called = str(group[0].get("SUMMARY", "")).strip()
        try:
            for day, summary in _days(group):
                days.setdefault(day, {}).setdefault(summary, place.begin)
        except _Wrong as error:
            about = f"the event `{called}`" if called else "an event"
            where = place.properties.get(error.property, place.begin)
            problems.append(Problem("wrong-event", f"{about} {error.message}", error.hint, where))
    if not days and not problems:
        hint = f"add an all-day event for each day: it begins with {_DAY}"
        problems.append(Problem("empty-file", "the calendar has no events", hint, Location(name)))
    if problems:
        return None, problems
    values, keys = {}, {}
    for day, names in sorted(days.items()):
        keys[day.isoformat()] = place_of_day = min(names.values(), key=lambda place: place.line or 0)
        # In an order that is not that of the file, which may be written again in another one.
        values[day.isoformat()] = Node(", ".join(sorted(filter(None, names))), place_of_day, {}, 1)
    return Node(values, Location(name, 1, 1, text.partition("\n")[0].strip()), keys, 1 + 2 * len(values)), []


def _damaged(message: str, place: Location) -> Problem:
    hint = "export the calendar again, as iCalendar (RFC 5545)"
    return Problem("damaged-calendar", f"can't be read as a calendar: {message}", hint, place)


def _broken(text: str, name: str) -> Problem | None:
    """What is wrong with where the parts of a file begin and end, if anything is."""
    parts: list[tuple[str, Location]] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        edge, _, part = line.upper().partition(":")
        at = Location(name, number, 1, line)
        if edge == "BEGIN":
            parts.append((part.strip(), at))
        elif edge == "END":
            if not parts:
                return _damaged(f"`{line}` ends nothing that began", at)
            began, begin = parts.pop()
            if began != part.strip():
                return _damaged(f"`{line}` before the end of the {began} of line {begin.line}", at)
    if parts:
        began, begin = parts[-1]
        return _damaged(f"the {began} that begins here has no end", begin)
    return None


def _places(text: str, name: str) -> Iterator[_EventPlace]:
    """Where the events of a file stand, in order."""
    place: _EventPlace | None = None
    inner = 0
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        at = Location(name, number, 1, line)
        match re.split("[:;]", line.upper(), maxsplit=1), line.upper().rpartition(":")[2].strip():
            case ["BEGIN", _], "VEVENT":
                place, inner = _EventPlace(at, {}), 0
                yield place
            case ["END", _], "VEVENT":
                place = None
            case ["BEGIN", _], _:
                inner += 1
            case ["END", _], _:
                inner -= 1
            case [key, *_], _ if place and not inner:
                place.properties.setdefault(key, at)


def _events(calendar: Calendar, places: list[_EventPlace]) -> Iterator[tuple[_EventPlace, list[Component]]]:
    """The events, each with those that move or change one of its repetitions."""
    events = list(zip(calendar.walk("VEVENT"), places, strict=True))
    changes: dict[str, list[Component]] = {}
    for event, _ in events:
        if "RECURRENCE-ID" in event:
            changes.setdefault(str(event.get("UID")), []).append(event)
    for event, place in events:
        if "RECURRENCE-ID" not in event:
            # Of two events of one id the library of repetitions drops one: each is read by itself.
            yield place, [event, *changes.pop(str(event.get("UID")), ())]
    for event, place in events:
        if event in changes.get(str(event.get("UID")), ()):
            yield place, [event]


def _days(group: list[Component]) -> Iterator[tuple[date, str]]:
    """The days of an event and of its repetitions, with what each is called.

    Raises:
        _Wrong: the event is not of whole days, or of too many.
    """
    from icalendar import Calendar
    from recurring_ical_events import of

    for event in group:
        _check(event)
    calendar = Calendar()
    calendar.subcomponents.extend(group)
    count = 0
    try:
        for event in islice(of(calendar).after(date(_YEARS[0], 1, 1)), _MOST_DAYS + 1):
            start, end = event["DTSTART"].dt, event["DTEND"].dt
            if _is_timed(start):
                raise _timed("RDATE", start)
            length = max((end - start).days, 1)
            count += length
            if count > _MOST_DAYS:
                raise _Wrong("RRULE", f"is on more than {_MOST_DAYS} days", "end its rule earlier")
            if end.year not in _YEARS:
                raise _far("RRULE", end)
            if str(event.get("STATUS", "")).upper() == "CANCELLED":
                continue
            name = str(event.get("SUMMARY", "")).strip()
            yield from ((start + timedelta(days=number), name) for number in range(length))
    except (ValueError, OverflowError, TypeError, KeyError) as error:
        raise _Wrong("RRULE", f"can't be read: {error}", "export the calendar again") from None


def _check(event: Any) -> None:
    """Refuses what is no event of whole days with an end.

    Raises:
        _Wrong: it is none.
    """
    for name, error in event.errors:
        raise _Wrong(str(name).upper(), f"can't be read: {error}", "export the calendar again")
    if "DTSTART" not in event:
        raise _Wrong("", "has no date", f"an all-day event begins with {_DAY}")
    for name in ("RRULE", "DTSTART", "DTEND", "DURATION"):
        if isinstance(event.get(name), list):
            raise _Wrong(name, f"has `{name}` twice", "split it into two events")
    if "EXRULE" in event:
        raise _Wrong("EXRULE", "has an `EXRULE`, which RFC 5545 dropped", "list the dates in `EXDATE`")
    start = event["DTSTART"].dt
    for name in ("DTSTART", "DTEND"):
        if name in event and _is_timed(event[name].dt):
            raise _timed(name, event[name].dt)
    if start.year not in _YEARS:
        raise _far("DTSTART", start)
    name, length = "DTEND", timedelta(days=1)
    if "DTEND" in event:
        length = event["DTEND"].dt - start
    elif "DURATION" in event:
        name, length = "DURATION", event["DURATION"].dt
        if length % timedelta(days=1):
            raise _Wrong(name, "does not last whole days", "write `DURATION:P1D` for one day")
    if length < timedelta():
        raise _Wrong(name, "ends before it begins", "`DTEND` is the day after the last day")
    if length.days > _LONGEST:
        hint = f"an event can last {_LONGEST} days: write hours that hold all year in `week`"
        raise _Wrong(name, f"lasts {length.days} days", hint)
    rule = event.get("RRULE")
    if rule is None:
        return
    if (often := str(rule.get("FREQ", [""])[0])) not in _OFTEN:
        raise _Wrong("RRULE", f"repeats `{often}`", f"an all-day event can repeat {', '.join(_OFTEN)}")
    if "UNTIL" not in rule and "COUNT" not in rule:
        hint = (
            "end its rule with `UNTIL` or `COUNT`, or write a day of every year in `dates`, such as `12-24`"
        )
        raise _Wrong("RRULE", "repeats without end", hint)


def _far(name: str, day: date) -> _Wrong:
    return _Wrong(name, f"is on {day}", f"the years are {_YEARS[0]} to {_YEARS[-1]}")


def _is_timed(moment: Any) -> bool:
    return not isinstance(moment, date) or isinstance(moment, datetime)


def _timed(name: str, moment: object) -> _Wrong:
    return _Wrong(name, f"has a time, {moment}", f"an all-day event begins with {_DAY}")
