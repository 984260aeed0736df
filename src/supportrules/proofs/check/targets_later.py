"""PromiseDecision targets compared over every opening time, in every country and zone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from supportrules.base.problem import Witness
from supportrules.engine.decision import PromiseDecision
from supportrules.engine.diagrams.diagram import BOTTOM
from supportrules.engine.diagrams.regions import Held
from supportrules.errors import CalendarError, PolicyFault, SupportRulesError
from supportrules.policy.definition import Cell, Definition, PromiseTable
from supportrules.policy.format import entry_kind
from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.premises import Position
from supportrules.proofs.check.space import Space
from supportrules.proofs.check.witness import Ticket, minimal_tickets, ticket
from supportrules.time import places, zones
from supportrules.time.clocks import ALWAYS, Place
from supportrules.time.instants import instant, utc_text
from supportrules.time.lateness import Undecided, later_at, never_later
from supportrules.time.openings import turning_points
from supportrules.time.openness import by_place
from supportrules.time.promises import Timing

_DAY = 86_400
# For how many days from the day on which the policy comes into force tickets are looked for, and from how
# many days before a special date.
_LOOKED_AT, _BEFORE = 800, 60
# How many combinations of facts that lead to a cell are tried for one that has a decision.
_MOST_TRIED = 100
# Zones to look in: one without changes of the clock, in which a local time is one instant, and some with.
_ZONES = ("Etc/UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")


class _CellPair(NamedTuple):
    """Two cells of which the first must never be answered later than the second, and why not."""

    better: Cell
    other: Cell
    why: str


def targets_later(space: Space) -> Iterator[Finding]:
    """Targets that can be later at a higher level, or in a better column."""
    for table in space.definition.promises.values():
        if table.answer not in space.reached:
            continue
        with space.proving(table.answer):
            for pair in _pairs(space, table):
                for running in _running(space.definition, pair):
                    found = _later(space, table, pair, running)
                    if found is not None:
                        yield found
                        break


class _RunningClock(NamedTuple):
    """The clock that runs where one is named, and by what.

    Args:
        stage, rule: of the rule by which it does.
        exception: the id of the exception; None where the clock runs that is named.
    """

    clock: str
    stage: str
    rule: str
    exception: str | None = None


def _ways(definition: Definition, cell: Cell) -> tuple[_RunningClock, ...]:
    """What can run where a cell names its clock."""
    clock, answer = cell.clock, definition.promises[cell.of].answer
    if clock == ALWAYS:
        kind = entry_kind("exception")
        own = _RunningClock(ALWAYS, answer, entry_kind("coverage").rule_of())
        others = (
            _RunningClock(each.clock, answer, kind.rule_of(each.id), each.id)
            for each in definition.coverage.exceptions
        )
    else:
        own = _RunningClock(clock, answer, entry_kind("hours").rule_of(clock))
        others = (
            _RunningClock(each.clock, each.conclusion, each.id, each.id.rpartition(".")[2])
            for each in definition.hours_exceptions
            if each.hours == clock
        )
    return own, *others


def _running(definition: Definition, pair: _CellPair) -> Iterator[tuple[_RunningClock, _RunningClock]]:
    """What can run in two cells at once; the same in both where they name the same clock."""
    better, other = (_ways(definition, cell) for cell in pair[:2])
    if pair.better.clock == pair.other.clock:
        yield from zip(better, other, strict=True)
    else:
        yield from itertools.product(better, other)


def _pairs(space: Space, table: PromiseTable) -> Iterator[_CellPair]:
    cells = {(cell.level, cell.column): cell for cell in table.cells}
    levels = itertools.combinations(table.levels, 2)
    for id, (high, low) in itertools.product(table.columns, levels):
        yield _CellPair(cells[high, id], cells[low, id], f"`{high}` is higher than `{low}`")
    for id, level in itertools.product(table.columns, table.levels):
        for other in space.definition.columns[id].better_than:
            if other in table.columns:
                why = f"`{id}` is better than `{other}`"
                yield _CellPair(cells[level, id], cells[level, other], why)


def _later(
    space: Space, table: PromiseTable, pair: _CellPair, running: tuple[_RunningClock, _RunningClock]
) -> Finding | None:
    better, other = (
        space.definition.timing(cell.promise._replace(clock=each.clock))
        for cell, each in zip(pair[:2], running, strict=True)
    )
    ids = [cell.rule for cell in pair[:2]]
    exceptions = dict.fromkeys(f"`{each.exception}`" for each in running if each.exception is not None)
    where = f" (where {' and '.join(exceptions)} is the exception)" if exceptions else ""
    try:
        if never_later(better, other):
            return None
    except Undecided as undecided:
        message = f"can't prove whether `{ids[0]}` can be due later than `{ids[1]}`{where}"
        hint = f"{undecided}: make its target and hours more like those of `{ids[1]}`"
        return Finding("not-proved", message, hint, pair.better.origin, None, (pair.other.origin.location,))
    facts = _facts(space, table, pair, running)
    if facts is None:
        return None
    shown = _shown(space, table, facts, (better, other))
    message = f"`{ids[0]}` can be due later than `{ids[1]}`, and {pair.why}{where}"
    witnesses: tuple[Witness, ...] = ()
    if shown is not None:
        message += f": opened {shown.opened}{shown.place}, {shown.texts[0]}, {shown.texts[1]} there"
        witnesses = shown.witnesses
    related = (pair.other.origin.location,)
    hint = f"promise it sooner, or `{ids[1]}` later"
    return Finding("target-later", message, hint, pair.better.origin, None, related, witnesses)


# For real tickets


def _facts(
    space: Space, table: PromiseTable, pair: _CellPair, running: tuple[_RunningClock, _RunningClock]
) -> list[dict[str, Any]] | None:
    """Facts that lead to the two cells, alike as far as they can be; None where none do.

    Those of tickets that have a decision come first, as far as they are looked for.
    """
    premises, support = space.premises(table.answer), space.program.support
    regions = premises.regions

    def plainest(cell: Cell, by: _RunningClock, near: Position, held: Held) -> Position | None:
        region, facts = premises.decided(table.target, cell.rule), support[table.target]
        if cell.clock == ALWAYS or len(space.definition.clocks(cell.clock)) > 1:
            region = regions.both(region, premises.decided(by.stage, by.rule))
            region, facts = regions.both(region, regions.box(held)), (*facts, *support[table.answer])
        found = list(itertools.islice(premises.nearest(region, near, facts), _MOST_TRIED))
        return next(
            (each for each in found if _has_decision(space, premises.at(each))), next(iter(found), None)
        )

    first = plainest(pair.better, running[0], premises.plain, {})
    if first is None:
        return None
    # What chooses a clock is the same for both.
    choosing = (support.get(each.stage, ()) for each in running if each.stage != table.answer)
    levels = {fact: premises.level(fact) for facts in choosing for fact in facts}
    held = {level: frozenset([first[fact]]) for fact, level in levels.items() if level != BOTTOM}
    second = plainest(pair.other, running[1], first, held)
    return None if second is None else [premises.at(first), premises.at(second)]


def _has_decision(space: Space, facts: Mapping[str, Any]) -> bool:
    try:
        space.policy.evaluate(ticket(space.policy, facts))
    except SupportRulesError:
        return False
    return True


@dataclass(frozen=True)
class _Shown:
    """Two tickets of the same opening that show that the first is answered later.

    Args:
        place: the subdivision or country, if holidays have a part in it.
    """

    opened: str
    place: str
    texts: tuple[str, str]
    witnesses: tuple[Witness, Witness]


def _shown(
    space: Space, table: PromiseTable, facts: Sequence[Mapping[str, Any]], promises: tuple[Timing, Timing]
) -> _Shown | None:
    """Tickets of real dates that show it, those of countries whose zone is known first."""
    faulty: set[str | None] = set()
    for place in _places(space, facts, promises):
        if place.country in faulty:
            continue
        for moment in _later_moments(space, promises, place):
            try:
                found = _tickets(space, table, facts, utc_text(instant(moment)), place)
            except PolicyFault:
                # Rules see of an opening, and of a zone, only that there is one.
                faulty.add(place.country)
                break
            if found is not None:
                return found
    return None


def _later_moments(space: Space, promises: tuple[Timing, Timing], place: Place) -> Iterator[int]:
    """Openings for which the first of two promises is later."""
    for start, end in _periods(space, promises):
        for moment in turning_points(promises, place, start, end):
            if _is_later(moment, place, *promises):
                yield moment


def _places(
    space: Space, facts: Sequence[Mapping[str, Any]], promises: tuple[Timing, Timing]
) -> Iterator[Place]:
    """The places to look at; mostly one of the first shows it, so that the others need not be known."""
    countries = _countries(space, facts, promises)
    for zone, country in itertools.product(_ZONES, countries):
        for part in _subdivisions(space, country, promises):
            yield Place(zone, country, part)


def _countries(
    space: Space, facts: Sequence[Mapping[str, Any]], promises: Sequence[Timing]
) -> list[str | None]:
    """The countries to look for holidays in; one where there are none that count."""
    role = space.definition.roles.country
    given = next((each[role] for each in facts if each.get(role)), None) if role else None
    if role is None or not any("country" in promise.clock.needs for promise in promises):
        return [given or (space.program.domains[role][0] if role else None)]
    names = sorted(zones.country_names(), key=lambda code: (code != given, zones.only_zone(code) is None))
    return list(names)


def _subdivisions(space: Space, country: str | None, promises: Sequence[Timing]) -> tuple[str | None, ...]:
    """The parts of a country to look in: one for its holidays, and those with special dates of their own."""
    if country is None or not space.definition.roles.subdivision:
        return (None,)
    all_hours = [promise.hours for promise in promises]
    parts = places.parts(country)[:1] if any(hours.holidays.of == "customer" for hours in all_hours) else ()
    own = (code for hours in all_hours for code, _ in hours.local if code.startswith(f"{country}-"))
    return tuple(dict.fromkeys((*parts, *own))) or (None,)


def _periods(space: Space, promises: Sequence[Timing]) -> Iterator[tuple[int, int]]:
    """Stretches of time to look at: from when the policy is in force, and those of special dates."""
    begin = _midnight(space.definition.effective_from)
    yield begin, begin + _LOOKED_AT * _DAY
    hours = [each for promise in promises for _, (each,) in by_place(promise.hours)]
    for day in sorted({day for each in hours for day in each.special}):
        at = _midnight(day)
        if not begin <= at <= begin + (_LOOKED_AT - 7) * _DAY:
            yield at - _BEFORE * _DAY, at + 7 * _DAY


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _is_later(moment: int, place: Place, better: Timing, other: Timing) -> bool:
    try:
        return later_at(moment, place, better, other)
    except CalendarError:
        # Further than there is data, no ticket shows anything.
        return False


def _tickets(
    space: Space, table: PromiseTable, facts: Sequence[Mapping[str, Any]], opened: str, at: Place
) -> _Shown | None:
    """The tickets of an opening, if by the policy the first of them is due later."""
    tickets = [_opened(space, table, each, opened, at) for each in facts]
    promises = [_promise(space, table, each) for each in tickets]
    if not _shows(*promises):
        return None

    def same(less: Sequence[Ticket]) -> bool:
        return [_promise(space, table, each) for each in less] == promises

    expected = {"promises": {table.name: _expected(promises[1])}}
    first, second = minimal_tickets(tickets, same)
    roles = space.definition.roles
    told = next((role for role in (roles.subdivision, roles.country) if role in first), None)
    place = f" in {first[told]}" if told else ""
    witnesses = (Witness(first, expected), Witness(second, {}))
    return _Shown(opened, place, (_text(promises[0]), _text(promises[1])), witnesses)


def _opened(space: Space, table: PromiseTable, facts: Mapping[str, Any], opened: str, place: Place) -> Ticket:
    roles = space.definition.roles
    found = ticket(space.policy, facts) | {table.starts: opened}
    for role, value in (
        (roles.timezone, place.zone),
        (roles.country, place.country),
        (roles.subdivision, place.subdivision),
    ):
        if role and value is not None:
            found[role] = value
    return {name: found[name] for name in space.definition.vocabulary.facts if name in found}


def _promise(space: Space, table: PromiseTable, found: Ticket) -> PromiseDecision | None:
    try:
        return space.policy.evaluate(found).promises[table.name]
    except PolicyFault:
        raise
    except SupportRulesError:
        return None


def _shows(better: PromiseDecision | None, other: PromiseDecision | None) -> bool:
    if better is None or other is None:
        return False
    if better.committed != other.committed:
        return other.committed
    if better.due_at is not None and other.due_at is not None:
        return better.due_at > other.due_at
    if better.window is None:
        return False
    return other.window is None or better.window.opens_at > other.window.opens_at


def _text(promise: PromiseDecision | None) -> str:
    assert promise is not None
    if promise.due_at is not None:
        return f"due {utc_text(promise.due_at)}"
    if not promise.window:
        return "no time is promised"
    return f"no time is promised, in hours that open {utc_text(promise.window.opens_at)}"


def _expected(promise: PromiseDecision | None) -> dict[str, Any]:
    assert promise is not None
    if promise.due_at is not None:
        return {"due_at": utc_text(promise.due_at)}
    return {"committed": promise.committed, "clock": promise.clock}
