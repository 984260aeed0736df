"""The days on which hours differ from those of their weekday, at a place: a table, and a calendar file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from supportrules.engine.evaluation import Policy
from supportrules.errors import CalendarError
from supportrules.report.phrases import Phrases, interval_text
from supportrules.report.table_model import Sheet, TableCell, cell
from supportrules.time import places
from supportrules.time.calendars import UnusualDay
from supportrules.time.clocks import Place
from supportrules.time.public_holidays import HALF_DAY

if TYPE_CHECKING:
    from icalendar import Event

# Dates are the same in all zones.
_ZONE = "Etc/UTC"
_COLUMNS = ("date", "hours", "open", "reason")


class _DayOfHours(NamedTuple):
    """A day, and the hours that are alike on it."""

    day: UnusualDay
    hours: tuple[str, ...]


class Days:
    """The unusual days of all hours of a policy in twelve months.

    Args:
        place: the code of a country or subdivision where the customer is.
        first: the first of these days.

    Raises:
        CalendarError: there is no data for one of these days.
    """

    def __init__(self, policy: Policy, place: str, first: date) -> None:
        self.policy, self.place, self.first = policy, place, first
        country = places.country(place)
        self._at = Place(_ZONE, country, None if place == country else place)
        if first.year == MAXYEAR:
            raise CalendarError(f"there are no dates after the year {MAXYEAR}")
        self.last = _a_year_later(first) - timedelta(days=1)
        self._found = tuple(self._days())

    def sheet(self, language: str) -> Sheet:
        """They as a table."""
        phrases = Phrases(self.policy.definition, language)
        words = phrases.words
        columns = {name: cell(words[f"column.{name}"]) for name in _COLUMNS}
        rows = tuple(self._row(each, phrases) for each in self._found)
        title = f"{words['table.days']}{words[':']}{phrases.place(self.place)}"
        span = f"{self.first} {words['to']} {self.last}"
        remarks = tuple(map(cell, (span, *phrases.data_ends("days_until", self._ended()))))
        return Sheet("calendars", title, columns, rows, remarks, ("date", "hours"), ("days", self.place))

    def _ended(self) -> Mapping[str, int]:
        """The data that ends before the last of these days, with its last years."""
        all_hours = self.policy.definition.hours.values()
        known = [each.clock.known_until(self._at.country, self._at.subdivision) for each in all_hours]
        return {name: year for some in known for name, year in some.items() if year < self.last.year}

    def _row(self, found: _DayOfHours, phrases: Phrases) -> tuple[TableCell, ...]:
        day, hours = found
        return (
            cell(phrases.words.day(datetime.combine(day.date, time())), day.date.isoformat()),
            cell(", ".join(map(phrases.hours, hours)), list(hours)),
            cell(phrases.intervals(day.intervals), [interval_text(each) for each in day.intervals]),
            cell(self._reason(found, phrases), {"kind": day.kind, "name": day.name}),
        )

    def calendar(self, language: str) -> bytes:
        """They as a calendar file (RFC 5545): an all-day event for each day and reason.

        It is the same whenever it is written: events are stamped with the day from which the policy holds.
        """
        from icalendar import Calendar, vText

        definition = self.policy.definition
        phrases = Phrases(definition, language)
        found = Calendar()
        found.add("prodid", "-//supportrules//EN")
        found.add("version", "2.0")
        # Of a property that it does not know the library escapes nothing.
        name = f"{phrases.label(definition.title)}, {phrases.place(self.place)}"
        found.add("x-wr-calname", vText(name))
        for each in self._found:
            found.add_component(self._event(each, phrases))
        text: bytes = found.to_ical()
        return text

    def _event(self, found: _DayOfHours, phrases: Phrases) -> Event:
        from icalendar import Event

        definition, day = self.policy.definition, found.day
        event = Event()
        name = ".".join((day.date.isoformat(), *found.hours, self.place))
        event.add("uid", f"{name}@{definition.name}")
        event.add("dtstamp", datetime.combine(definition.effective_from, time()))
        event.add("dtstart", day.date)
        event.add("dtend", day.date + timedelta(days=1))
        hours = ", ".join(map(phrases.hours, found.hours))
        reason, colon = self._reason(found, phrases), phrases.words[":"]
        event.add("summary", f"{reason} ({hours}{colon}{phrases.intervals(day.intervals)})")
        event.add("transp", "TRANSPARENT")
        return event

    def _reason(self, found: _DayOfHours, phrases: Phrases) -> str:
        """What a day is: the name of a holiday in the language, or the label of a special date."""
        definition, (day, hours) = self.policy.definition, found
        if day.kind == "special":
            return phrases.special(day.date, day.name) or day.name
        if day.kind == "worked":
            return phrases.words["changed_worked"]
        observance = definition.hours[hours[0]].holidays.at(self._at.country, self._at.subdivision)
        categories = observance.categories if day.kind == "holiday" else (HALF_DAY,)
        return "; ".join(observance.names_in(phrases.language, day.date, categories)) or day.name

    def _days(self) -> Iterator[_DayOfHours]:
        alike: dict[UnusualDay, list[str]] = {}
        for hours in self.policy.definition.hours.values():
            for day in hours.clock.calendar(self._at).unusual_days(self.first, self.last):
                alike.setdefault(day, []).append(hours.id)
        for day in sorted(alike, key=lambda day: day.date):
            yield _DayOfHours(day, tuple(alike[day]))


def _a_year_later(day: date) -> date:
    """The same date of the next year; 1 March after a leap day."""
    leap_day = (day.month, day.day) == (2, 29)
    return date(day.year + 1, 3, 1) if leap_day else day.replace(year=day.year + 1)
