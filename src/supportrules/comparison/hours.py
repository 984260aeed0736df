"""Hours that are kept otherwise: what changed, for whom, and an opening time that shows it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from supportrules import zones
from supportrules.analysis.witness import Ticket, pared, ticket
from supportrules.calendars import calendar, is_holiday
from supportrules.comparison.change import Verdict
from supportrules.comparison.openness import DAY, Intervals, Openness, openness
from supportrules.comparison.order import compared
from supportrules.comparison.shown import plainest
from supportrules.comparison.walk import Walk
from supportrules.decision import instant, utc_text
from supportrules.errors import CalendarError, SupportRulesError
from supportrules.evaluate import Policy
from supportrules.policy.binding import DAYS
from supportrules.policy.objects import RESPONSE, Definition
from supportrules.rules import Promise

# In a zone without changes of the clock a local time is one instant.
_ZONE = "Etc/UTC"
# How long holidays are looked for.
_LOOKED_AT = timedelta(days=800)
# How many of the dates on which hours differ are tried for a ticket, and in how many countries.
_DATES, _COUNTRIES = 14, 8
_STEP = 1800


@dataclass(frozen=True)
class OpenAt:
    """An instant at which hours are open in one policy and closed in the other.

    Args:
        at: the instant, RFC 3339.
        zone: the zone in which the hours are kept.
        country: the country whose holidays count; None where they are no matter.
        policy: the one in which they are open.
    """

    at: str
    zone: str
    country: str | None
    policy: Literal["old", "new"]


@dataclass(frozen=True)
class HoursChange:
    """Hours of both policies that are open at other times.

    Args:
        hours: their id.
        days: the days of the week that differ, with their intervals in the old and in the new policy.
        dates: the special dates that differ, likewise; None where the date is none.
        holidays: whether national holidays close them, where that differs.
        verdict: better where the new ones are open whenever the old ones are.
        answers: the ids of what names them in either policy: cells, channel rules, exceptions of coverage.
        ticket: one for which both policies promise the same in these hours, and the time differs; None where
            there is none.
        shown: what the policies answer to it: when it is due, or where no time is promised from when to when
            the hours are open, RFC 3339.
        open_at: when one of the two is open alone.
    """

    hours: str
    days: Mapping[str, tuple[Intervals, Intervals]]
    dates: Mapping[date, tuple[Intervals | None, Intervals | None]]
    holidays: tuple[bool, bool] | None
    verdict: Verdict
    answers: tuple[str, ...]
    ticket: Mapping[str, Any] | None
    shown: tuple[str, str] | None
    open_at: OpenAt


def hours_changes(old: Policy, new: Policy) -> tuple[HoursChange, ...]:
    """The hours of both policies that are open at other times in the one than in the other.

    Args:
        old, new: with the same names for the same.

    Raises:
        TooMuchUnknown: the response follows from too many facts to walk.
    """
    found = []
    meeting: _Meeting | None = None
    for id in (id for id in old.definition.hours if id in new.definition.hours):
        pair = _Pair(openness(old.definition.hours[id]), openness(new.definition.hours[id]))
        since = max(policy.definition.effective_from for policy in (old, new))
        open_at = pair.open_at(since) if pair.days or pair.dates or pair.holidays else None
        if open_at is None:
            continue
        meeting = meeting or _Meeting(old, new)
        shown = meeting.shown(id, pair, since)
        found.append(
            HoursChange(
                hours=id,
                days=pair.days,
                dates=pair.dates,
                holidays=pair.holidays,
                verdict=compared(pair.old, pair.new),
                answers=tuple(dict.fromkeys((*_named(old.definition, id), *_named(new.definition, id)))),
                ticket=shown and shown[0],
                shown=shown and shown[1],
                open_at=open_at,
            )
        )
    return tuple(found)


def _named(definition: Definition, id: str) -> Iterator[str]:
    """The ids of what names some hours."""
    yield from (cell.rule for cell in definition.cells if cell.clock == id)
    yield from (rule.id for rule in definition.channel_rules if rule.hours == id)
    exceptions = definition.coverage.exceptions
    yield from (f"calendars.coverage.{each.id}" for each in exceptions if each.clock == id)


@dataclass(frozen=True)
class _Pair:
    """Hours before and after."""

    old: Openness
    new: Openness

    @property
    def days(self) -> dict[str, tuple[Intervals, Intervals]]:
        pairs = zip(DAYS, self.old.days, self.new.days, strict=True)
        return {name: (before, after) for name, before, after in pairs if before != after}

    @property
    def dates(self) -> dict[date, tuple[Intervals | None, Intervals | None]]:
        pairs = {
            day: (self.old.special.get(day), self.new.special.get(day))
            for day in sorted({*self.old.special, *self.new.special})
        }
        return {day: pair for day, pair in pairs.items() if pair[0] != pair[1] and self._tells(day)}

    def _tells(self, day: date) -> bool:
        """Whether a special date says something that the day of the week does not."""
        return self.old.days[day.weekday()] != self.new.days[day.weekday()] or any(
            self.old.on(day, holiday=holiday) != self.new.on(day, holiday=holiday)
            for holiday in (False, True)
        )

    @property
    def holidays(self) -> tuple[bool, bool] | None:
        # Hours of special dates alone know no holidays.
        one, other = (any(each.days) and each.closes for each in (self.old, self.new))
        return None if one == other else (one, other)

    @property
    def closes(self) -> bool:
        """Whether the country matters."""
        return self.old.closes or self.new.closes

    def telling(self, since: date, country: str | None) -> Iterator[date]:
        """Dates on which they are open at other times."""
        ahead: Iterator[date] = iter(())
        if self.days or self.holidays:
            ahead = (since + timedelta(days=number) for number in range(_LOOKED_AT.days))
        for day in itertools.chain(ahead, self.dates):
            holiday = self.closes and country is not None and is_holiday(country, day)
            if self.old.on(day, holiday=holiday) != self.new.on(day, holiday=holiday):
                yield day

    def open_at(self, since: date) -> OpenAt | None:
        """The first instant at which one is open alone; None where there is none."""
        for country in _countries() if self.closes else (None,):
            try:
                day = next(self.telling(since, country), None)
            except CalendarError:
                continue
            if day is None:
                continue
            holiday = self.closes and country is not None and is_holiday(country, day)
            before, after = (each.on(day, holiday=holiday) for each in (self.old, self.new))
            edges = sorted({edge for interval in (*before, *after) for edge in interval})
            second = next(edge for edge in edges if _open(before, edge) != _open(after, edge))
            at = utc_text(instant(_midnight(day) + second))
            return OpenAt(at, _ZONE, country, "old" if _open(before, second) else "new")
        return None


def _open(intervals: Intervals, second: int) -> bool:
    return any(start <= second < end for start, end in intervals)


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _countries() -> Iterator[str]:
    """Those of one zone first: they tell the zone as well."""
    yield from sorted(zones.country_names(), key=lambda code: zones.only_zone(code) is None)


# A ticket


class _Meeting:
    """Where two policies promise the same."""

    def __init__(self, old: Policy, new: Policy) -> None:
        self._policies = old, new
        support = {fact for policy in self._policies for fact in policy.program.support[RESPONSE]}
        names = dict.fromkeys(n for policy in self._policies for n in policy.definition.vocabulary.facts)
        facts = tuple(name for name in names if name in support)
        self._walk = Walk(self._policies, (old.tables, new.tables), facts)

    def shown(self, id: str, pair: _Pair, since: date) -> tuple[Ticket, tuple[str, str]] | None:
        """A ticket for which the same promise in some hours has another time, and both times."""
        for promise, facts in self._promised(id):
            for country in self._countries(facts, pair):
                try:
                    found = self._opened(promise, pair, since, facts, country)
                except CalendarError:
                    continue
                if found is not None:
                    return found
        return None

    def _promised(self, id: str) -> Iterator[tuple[Promise, dict[str, Any]]]:
        """What both promise in some hours, and the plainest facts for which they do; times first."""
        if self._walk.empty:
            return
        domains = [policy.program.domains[RESPONSE] for policy in self._policies]
        common = [promise for promise in domains[1] if promise in domains[0] and promise is not None]
        answers = [self._walk.numbers(RESPONSE, side) for side in (0, 1)]
        for promise in sorted(common, key=lambda promise: promise.rank):
            number = self._walk.number(promise)
            mask = self._walk.valid & (answers[0] == number) & (answers[1] == number)
            if promise.clock == id and mask.any():
                yield promise, plainest(self._walk, mask)

    def _countries(self, facts: Mapping[str, Any], pair: _Pair) -> Iterator[str | None]:
        role = self._policies[1].definition.roles.country
        if role in facts or not pair.closes:
            yield facts.get(str(role))
        else:
            yield from itertools.islice(_countries(), _COUNTRIES)

    def _opened(
        self, promise: Promise, pair: _Pair, since: date, facts: Mapping[str, Any], country: str | None
    ) -> tuple[Ticket, tuple[str, str]] | None:
        for day in itertools.islice(pair.telling(since, country), _DATES):
            for opened in self._openings(promise, day, country):
                found = self._ticket(facts, country, opened)
                if self._times(promise, found):
                    (less,) = pared([found], lambda each: self._times(promise, each[0]) is not None)
                    times = self._times(promise, less)
                    assert times is not None
                    return less, times
        return None

    def _openings(self, promise: Promise, day: date, country: str | None) -> Iterator[int]:
        """The last opening up to a date for which the time of a promise differs, by its calendars."""
        hours = [policy.definition.hours[promise.clock] for policy in self._policies]
        calendars = [
            calendar(each.week, _ZONE, country if each.national_holidays else None) for each in hours
        ]
        midnight, target = _midnight(day), promise.target
        edges = {
            edge for each in hours for interval in openness(each).on(day, holiday=False) for edge in interval
        }
        moments = {midnight + edge for edge in edges if edge < DAY}
        # Weekends and holidays can lie between.
        first = midnight - (2 * target.days + 7 if target.days else 1) * DAY
        moments.update(range(first, midnight + DAY, _STEP))
        for moment in sorted(moments, reverse=True):
            times: list[object]
            if target.days is not None:
                times = [each.day_deadline(moment, target.days) for each in calendars]
            elif target.seconds is not None:
                times = [each.deadline(moment, target.seconds) for each in calendars]
            else:
                times = [each.window(moment) for each in calendars]
            if times[0] != times[1]:
                yield moment
                return

    def _ticket(self, facts: Mapping[str, Any], country: str | None, opened: int) -> Ticket:
        found: Ticket = {}
        for policy in self._policies:
            own = policy.definition.vocabulary.facts
            found |= ticket(policy, {name: value for name, value in facts.items() if name in own})
            roles = policy.definition.roles
            found[roles.opening] = utc_text(instant(opened))
            found[str(roles.timezone)] = _ZONE
            if roles.country and country is not None:
                found[roles.country] = country
        names = dict.fromkeys(n for p in reversed(self._policies) for n in p.definition.vocabulary.facts)
        return {name: found[name] for name in names if name in found}

    def _times(self, promise: Promise, found: Ticket) -> tuple[str, str] | None:
        """The two times of a ticket for which both policies promise that."""
        texts = [_time(policy, promise, found) for policy in self._policies]
        return (texts[0], texts[1]) if texts[0] and texts[1] and texts[0] != texts[1] else None


def _time(policy: Policy, promise: Promise, found: Ticket) -> str:
    """When a policy answers a ticket, if it promises just that; else nothing."""
    try:
        response = policy.evaluate(found, extra=True).response
    except SupportRulesError:
        return ""
    text = str(promise.target) if promise.target.committed else None
    if response is None or (response.target, response.clock) != (text, promise.clock):
        return ""
    if response.due_at is not None:
        return utc_text(response.due_at)
    window = response.window
    return f"{utc_text(window.opens_at)}/{utc_text(window.closes_at)}" if window else ""
