"""Hours that are kept otherwise: what changed, for whom, and an opening time that shows it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Literal

from supportrules.base.frozen import FrozenDict
from supportrules.engine.diagrams.diagram import EXHAUSTED
from supportrules.engine.evaluation import Policy
from supportrules.errors import CalendarError, SupportRulesError
from supportrules.policy.definition import Definition, Hours
from supportrules.policy.format import DAYS, answered_promise, entry_kind
from supportrules.proofs.check.witness import Ticket, minimal_tickets, ticket
from supportrules.proofs.comparison.changes import Verdict
from supportrules.proofs.comparison.counterexample import plainest
from supportrules.proofs.comparison.joint import Walk
from supportrules.proofs.comparison.preference import hours_verdict
from supportrules.time import places, zones
from supportrules.time.calendars import DayOfYear, Opening
from supportrules.time.clocks import Place
from supportrules.time.instants import instant, utc_text
from supportrules.time.observances import Observance
from supportrules.time.openness import DAY, Intervals, Openness, by_place, special_dates, ways
from supportrules.time.promises import Promise, Timing

# In a zone without changes of the clock a local time is one instant.
_ZONE = "Etc/UTC"
# For how many days from the day on which the later policy comes into force dates are looked at, and how many
# of those on which hours differ are tried for a ticket.
_LOOKED_AT, _DATES = 800, 14
# In so many days there is a 29 February.
_LEAP = 9 * 366
# How many facts are tried, and openings how many seconds apart.
_TICKETS, _STEP = 8, 1800
# What stands for no special date.
_NONE = object()


@dataclass(frozen=True)
class OpenAt:
    """An instant at which hours are open in one policy and closed in the other.

    Args:
        at: the instant, RFC 3339.
        zone: the zone in which the hours are kept, or the customer's where one of the two is kept there.
        country: the country whose holidays count; None where they are no matter.
        subdivision: the part of it whose holidays count; None where that is no matter.
        policy: the one in which they are open.
    """

    at: str
    zone: str
    country: str | None
    subdivision: str | None
    policy: Literal["old", "new"]


@dataclass(frozen=True)
class HoursChange:
    """Hours of both policies that are open at other times.

    Args:
        hours: their id.
        place: the country or subdivision for whose customers alone special dates differ; None for all.
        days: the days of the week that differ, with their intervals in the old and in the new policy.
        dates: the special dates that differ, likewise; None where the date is none.
        yearly: those of every year, likewise; one that is worked like its weekday has None too.
        holidays: the public holidays that they keep, where that differs.
        zones: the time zones in which they are kept, where these differ; None for the customer's.
        verdict: better where the new ones are open whenever the old ones are, and no time comes later.
        answers: the ids of what names them in either policy: cells, channel rules, exceptions.
        ticket: one for which both policies promise the same in these hours, and the time differs; None where
            there is none.
        shown: what the policies answer to it: when it is due, or where no time is promised from when to when
            the hours are open, RFC 3339.
        open_at: when one of the two is open alone; None where they are open at the same times, and a shift
            past midnight makes other business days of them.
    """

    hours: str
    place: str | None
    days: Mapping[str, tuple[Intervals, Intervals]]
    dates: Mapping[date, tuple[Intervals | None, Intervals | None]]
    yearly: Mapping[str, tuple[Opening, Opening]]
    holidays: tuple[Observance, Observance] | None
    zones: tuple[str | None, str | None] | None
    verdict: Verdict
    answers: tuple[str, ...]
    ticket: Mapping[str, Any] | None
    shown: tuple[str, str] | None
    open_at: OpenAt | None


def hours_changes(old: Policy, new: Policy) -> tuple[HoursChange, ...]:
    """The hours of both policies that are open at other times in the one than in the other.

    Args:
        old, new: with the same names for the same.
    """
    found = []
    meeting: _Meeting | None = None
    since = max(policy.definition.effective_from for policy in (old, new))
    for id, pair in _pairs(old.definition, new.definition):
        open_at = pair.open_at(since) if pair.differs else None
        if open_at is None and not (pair.differs and pair.overnight):
            continue
        meeting = meeting or _Meeting(old, new)
        shown = meeting.shown(id, pair, since)
        found.append(
            HoursChange(
                hours=id,
                place=pair.place,
                days=FrozenDict(pair.days),
                dates=FrozenDict(pair.dates),
                yearly=FrozenDict(pair.yearly),
                holidays=pair.holidays,
                zones=pair.zones,
                verdict=hours_verdict(old.definition, new.definition, id, meeting.promises(id)),
                answers=tuple(dict.fromkeys((*_named(old.definition, id), *_named(new.definition, id)))),
                ticket=shown and FrozenDict(shown[0]),
                shown=shown and shown[1],
                open_at=open_at,
            )
        )
    return tuple(found)


def _pairs(old: Definition, new: Definition) -> Iterator[tuple[str, _HoursPair]]:
    """The hours of both policies, and those for each place in which other special dates differ."""
    for id in (id for id in old.hours if id in new.hours):
        resolved = by_place(old.clock(id).openness, new.clock(id).openness)
        hours = old.hours[id], new.hours[id]
        everywhere, *local = (_HoursPair(*hours, before, after, code) for code, (before, after) in resolved)
        yield id, everywhere
        for pair in local:
            if (pair.dates, pair.yearly) != (everywhere.dates, everywhere.yearly):
                yield id, pair


def _named(definition: Definition, id: str) -> Iterator[str]:
    """The ids of what names some hours."""
    yield from (cell.rule for cell in definition.cells if cell.clock == id)
    yield from (rule.id for rule in definition.channel_rules if rule.hours == id)
    yield from (rule.id for rule in definition.hours_exceptions if rule.clock == id)
    exceptions = definition.coverage.exceptions
    yield from (entry_kind("exception").rule_of(each.id) for each in exceptions if each.clock == id)


@dataclass(frozen=True)
class _HoursPair:
    """Hours before and after, for customers in one place or (None) in all that have none of their own."""

    before: Hours
    after: Hours
    old: Openness
    new: Openness
    place: str | None = None

    @property
    def differs(self) -> bool:
        """Whether they are open at different times on some day."""
        return bool(self.days or self.dates or self.yearly or self.holidays or self.zones)

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

    @property
    def yearly(self) -> dict[str, tuple[Opening, Opening]]:
        old, new = self.old.every_year, self.new.every_year
        return {
            f"{day[0]:02}-{day[1]:02}": (old.get(day), new.get(day))
            for day in sorted({*old, *new})
            if old.get(day, _NONE) != new.get(day, _NONE) and any(map(self._tells, self._of_year[day]))
        }

    @cached_property
    def _of_year(self) -> Mapping[DayOfYear, Sequence[date]]:
        """The special dates by their day of the year."""
        found: dict[DayOfYear, list[date]] = {}
        for day in special_dates(self.old, self.new):
            found.setdefault((day.month, day.day), []).append(day)
        return found

    def _tells(self, day: date) -> bool:
        """Whether a special date says something that the day of the week does not."""
        return self.old.days[day.weekday()] != self.new.days[day.weekday()] or any(
            old != new for old, new in ways((self.old, self.new), day)
        )

    @property
    def holidays(self) -> tuple[Observance, Observance] | None:
        one, other = self.old.holidays, self.new.holidays
        # Hours of special dates alone know no holidays.
        return None if one == other or not (any(self.old.days) or any(self.new.days)) else (one, other)

    @property
    def zones(self) -> tuple[str | None, str | None] | None:
        one, other = self.old.zone, self.new.zone
        return None if one == other else (one, other)

    @property
    def is_local(self) -> bool:
        """Whether the country matters."""
        return self.old.holidays.is_local or self.new.holidays.is_local

    @property
    def overnight(self) -> bool:
        """Whether a business day of either can end after midnight."""
        return self.old.overnight or self.new.overnight

    def telling(self, since: date, place: Place) -> Iterator[date]:
        """Dates on which they are open at other times: the first ones, and all special ones.

        Raises:
            CalendarError: the holidays of the place are not known.
        """
        if self.days or self.holidays or self.zones or self.yearly:
            days = _LEAP if self.yearly else _LOOKED_AT
            ahead = (since + timedelta(days=number) for number in range(days))
            yield from itertools.islice((day for day in ahead if self._differ(day, place)), _DATES)
        yield from (day for day in self.dates if self._differ(day, place))

    def _differ(self, day: date, place: Place) -> bool:
        before, after = self.on(day, place)
        return before != after or (self.zones is not None and bool(before))

    def on(self, day: date, place: Place) -> tuple[Intervals, Intervals]:
        """The intervals of a date at a place, before and after."""
        old, new = (
            hours.on(day, hours.holidays.at(place.country, place.subdivision).marks(day))
            for hours in (self.old, self.new)
        )
        return old, new

    def places(self, given: str | None) -> Iterator[Place]:
        """Places to show it at, those of countries of one zone first: they tell the zone as well.

        Args:
            given: the country, if only one will do.
        """
        part = self.place if self.place and "-" in self.place else None
        given = places.country(self.place) if self.place else given
        if part or not self.is_local:
            yield Place(_ZONE, given, part)
            return
        known = sorted(zones.country_names(), key=lambda code: zones.only_zone(code) is None)
        kept = {self.before.holidays.of, self.after.holidays.of}
        for country in [given] if given is not None else known:
            parts = places.parts(country) if "customer" in kept else ()
            # Of some parts it takes all to find one that differs from the country.
            for part in (parts if kept == {"customer", "country"} else parts[:1]) or (None,):
                yield Place(_ZONE, country, part)

    def open_at(self, since: date) -> OpenAt | None:
        """An instant at which one is open alone; None where there is none."""
        for place in self.places(None):
            try:
                for day in self.telling(since, place):
                    if (found := self._open_on(day, place)) is not None:
                        return found
            except (CalendarError, OverflowError):
                # There is no data, or no such date.
                continue
        return None

    def _open_on(self, day: date, place: Place) -> OpenAt | None:
        """The first opening or closing of what begins on a date at which one is open alone."""
        sides = [hours.clock.calendar(place) for hours in (self.before, self.after)]
        moments = {
            _midnight(day, calendar.zone) + edge
            for calendar, intervals in zip(sides, self.on(day, place), strict=True)
            for interval in intervals
            for edge in interval
        }
        for at in sorted(moments):
            old, new = (calendar.is_open(at) for calendar in sides)
            if old != new:
                own = all(hours.timezone for hours in (self.before, self.after))
                zone = sides[0 if old else 1].zone if own else place.zone
                alone: Literal["old", "new"] = "old" if old else "new"
                return OpenAt(utc_text(instant(at)), zone, place.country, place.subdivision, alone)
        return None


def _midnight(day: date, zone: str = _ZONE) -> int:
    return int(datetime.combine(day, time(), zones.zone(zone)).timestamp())


# A ticket


class _Meeting:
    """Where two policies promise the same."""

    def __init__(self, old: Policy, new: Policy) -> None:
        self._policies = old, new

    @cached_property
    def _answers(self) -> tuple[str, ...]:
        """What decisions call the promises that both have."""
        old, new = (policy.definition.promises for policy in self._policies)
        return tuple(table.answer for name, table in new.items() if name in old)

    @cached_property
    def _walk(self) -> Walk:
        support = {
            fact
            for policy in self._policies
            for answer in self._answers
            for fact in policy.program.support[answer]
        }
        names = dict.fromkeys(n for policy in self._policies for n in policy.definition.vocabulary.facts)
        facts = tuple(name for name in names if name in support)
        return Walk(self._policies, facts)

    def shown(self, id: str, pair: _HoursPair, since: date) -> tuple[Ticket, tuple[str, str]] | None:
        """A ticket for which the same promise in some hours has another time, and both times."""
        try:
            return self._found(id, pair, since)
        except EXHAUSTED:
            # What the response follows from is too much to walk for one.
            return None

    def _found(self, id: str, pair: _HoursPair, since: date) -> tuple[Ticket, tuple[str, str]] | None:
        role = self._policies[1].definition.roles.country
        for answer, promise in self._met(id):
            openings: dict[str | None, tuple[Place, int] | None] = {}
            for facts in self._facts(answer, promise):
                given = facts.get(role) if role else None
                if pair.place and given not in (None, places.country(pair.place)):
                    continue
                if given not in openings:
                    openings[given] = self._opening(promise, pair, since, given)
                found = openings[given]
                if found is None:
                    continue
                less = self._shown(answer, promise, self._ticket(answer, facts, *found))
                if less is not None:
                    return less
        return None

    def promises(self, id: str) -> list[Promise]:
        """What both promise in some hours, times first."""
        return list(dict.fromkeys(promise for _, promise in self._met(id)))

    def _met(self, id: str) -> Iterator[tuple[str, Promise]]:
        """`promises`, each with the answer that it is."""
        for answer in self._answers:
            old, new = (policy.program.domains[answer] for policy in self._policies)
            found = [each for each in new if each is not None and each.clock == id and each in old]
            yield from ((answer, promise) for promise in sorted(found, key=lambda promise: promise.rank))

    def _facts(self, answer: str, promise: Promise) -> Iterator[dict[str, Any]]:
        """Facts for which both promise that, the plainest first."""
        walk = self._walk
        if walk.empty:
            return
        number, regions = walk.number(promise), walk.regions()
        region = regions.where(walk.valid)
        for side in (0, 1):
            promised = regions.where(walk.numbers(answer, side), lambda leaf: leaf == number)
            region = regions.both(region, promised)
        yield from plainest(walk, regions, region, _TICKETS)

    def _opening(
        self, promise: Promise, pair: _HoursPair, since: date, given: str | None
    ) -> tuple[Place, int] | None:
        """A place, in a country if that is given, and an opening for which the time of a promise differs."""
        for place in pair.places(given):
            try:
                days = list(pair.telling(since, place))
                for day in days:
                    opened = self._differing(promise, pair, day, place)
                    if opened is not None:
                        return place, opened
            except CalendarError:
                continue
            if days:
                # Elsewhere other days are holidays, and no other hours are kept.
                break
        return None

    def _differing(self, promise: Promise, pair: _HoursPair, day: date, place: Place) -> int | None:
        """The last opening up to a date for which the time of a promise differs, by its calendars."""
        before, after = (policy.definition.timing(promise) for policy in self._policies)
        midnight = _midnight(day)
        # Where hours have a zone of their own, a date begins and ends there.
        end = midnight + (2 if pair.old.zone or pair.new.zone else 1) * DAY
        # Weekends and holidays can lie between.
        first = midnight - (2 * promise.target.length + 7 if promise.target.counts == "days" else 1) * DAY
        edges = {edge for intervals in pair.on(day, place) for interval in intervals for edge in interval}
        moments: set[int] = {midnight + edge for edge in edges if edge != DAY}
        moments.update(range(first, end, _STEP))
        for moment in sorted(moments, reverse=True):
            if _at(before, moment, place) != _at(after, moment, place):
                return moment
        return None

    def _shown(self, answer: str, promise: Promise, found: Ticket) -> tuple[Ticket, tuple[str, str]] | None:
        """A ticket with no more than it takes to show it, if it does."""
        if self._times(answer, promise, found) is None:
            return None
        (less,) = minimal_tickets([found], lambda each: self._times(answer, promise, each[0]) is not None)
        times = self._times(answer, promise, less)
        return times and (less, times)

    def _ticket(self, answer: str, facts: Mapping[str, Any], place: Place, opened: int) -> Ticket:
        found: Ticket = {}
        for policy in self._policies:
            own = policy.definition.vocabulary.facts
            found |= ticket(policy, {name: value for name, value in facts.items() if name in own})
            roles = policy.definition.roles
            found[policy.definition.promises[answered_promise(answer)].starts] = utc_text(instant(opened))
            for role, value in (
                (roles.timezone, place.zone),
                (roles.country, place.country),
                (roles.subdivision, place.subdivision),
            ):
                if role and value is not None:
                    found[role] = value
        names = dict.fromkeys(n for p in reversed(self._policies) for n in p.definition.vocabulary.facts)
        return {name: found[name] for name in names if name in found}

    def _times(self, answer: str, promise: Promise, found: Ticket) -> tuple[str, str] | None:
        """The two times of a ticket for which both policies promise that."""
        texts = [_time(policy, answer, promise, found) for policy in self._policies]
        return (texts[0], texts[1]) if texts[0] and texts[1] and texts[0] != texts[1] else None


def _at(promise: Timing, opened: int, place: Place) -> object:
    """When a promise is due, or where no time is promised from when to when its hours are open."""
    return promise.due(opened, place) if promise.target.committed else promise.window(opened, place)


def _time(policy: Policy, answer: str, promise: Promise, found: Ticket) -> str:
    """When a policy answers a ticket, if it promises just that; else nothing."""
    try:
        facts = policy.definition.vocabulary.facts
        decision = policy.evaluate({n: found[n] for n in found if n in facts})
    except SupportRulesError:
        return ""
    decided = decision.promises[answered_promise(answer)]
    if decided is None or (decided.target, decided.clock) != (promise.target.answer, promise.clock):
        return ""
    if decided.due_at is not None:
        return utc_text(decided.due_at)
    window = decided.window
    return f"{utc_text(window.opens_at)}/{utc_text(window.closes_at)}" if window else ""
