"""Response targets compared over every opening time of a week."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from supportrules.analysis.finding import Finding
from supportrules.analysis.space import Space
from supportrules.analysis.witness import Ticket, opening, pared, ticket
from supportrules.calendars import BusinessCalendar, calendar
from supportrules.decision import Response, instant, utc_text
from supportrules.errors import SupportRulesError
from supportrules.policy.objects import ALWAYS, RESPONSE, TARGET, Cell, CoverageException
from supportrules.problem import Witness
from supportrules.rules import Promise

_DAY, _WEEK = 86_400, 7 * 86_400
# A Monday, 00:00 UTC, from which weeks are counted.
_MONDAY = int(datetime(2001, 1, 1, tzinfo=UTC).timestamp())
# How many weeks are tried for one in which no holiday hides what is shown.
_TRIED = 60
_ZONE = "Etc/UTC"
_NEVER = sys.maxsize


class _Pair(NamedTuple):
    """Two cells of which the first must never be answered later than the second, and why not."""

    better: Cell
    other: Cell
    why: str


def targets_later(space: Space) -> Iterator[Finding]:
    """Targets that can be later at a higher level, or in a better column."""
    if RESPONSE not in space.reached:
        return
    for pair in _pairs(space):
        for exception in (None, *space.definition.coverage.exceptions):
            found = _later(space, pair, exception)
            if found is not None:
                yield found
                break


def _pairs(space: Space) -> Iterator[_Pair]:
    definition = space.definition
    cells = {(cell.level, cell.column): cell for cell in definition.cells}
    levels = itertools.combinations(definition.levels, 2)
    for id, (high, low) in itertools.product(definition.columns, levels):
        yield _Pair(cells[high, id], cells[low, id], f"`{high}` is higher than `{low}`")
    for column, level in itertools.product(definition.columns.values(), definition.levels):
        for other in column.better_than:
            why = f"`{column.id}` is better than `{other}`"
            yield _Pair(cells[level, column.id], cells[level, other], why)


def _later(space: Space, pair: _Pair, exception: CoverageException | None) -> Finding | None:
    better, other = (_promise(cell, exception) for cell in pair[:2])
    if exception is not None and ALWAYS not in (pair.better.clock, pair.other.clock):
        return None
    moments = [m for m in _moments(space, better, other) if _is_later(space, better, other, m)]
    if not moments:
        return None
    facts = _facts(space, pair, exception)
    if facts is None:
        return None
    ids = [f"response_targets.{cell.level}.{cell.column}" for cell in pair[:2]]
    shown = _shown(space, facts, moments)
    message = f"`{ids[0]}` can be answered later than `{ids[1]}`, and {pair.why}"
    if exception is not None:
        message += f" (where `{exception.id}` is the exception)"
    witnesses: tuple[Witness, ...] = ()
    if shown is not None:
        message += f": opened {shown.opened}, {shown.texts[0]}, {shown.texts[1]} there"
        witnesses = shown.witnesses
    related = (pair.other.origin.location,)
    hint = f"promise it sooner, or `{ids[1]}` later"
    return Finding("target-later", message, hint, pair.better.origin, None, related, witnesses)


def _promise(cell: Cell, exception: CoverageException | None) -> Promise:
    clock = exception.clock if exception is not None and cell.clock == ALWAYS else cell.clock
    return Promise(cell.target, clock)


# Over a week


def _moments(space: Space, *promises: Promise) -> list[int]:
    """Opening times of a week, so chosen that two promises keep their order between them.

    Between two neighbours a due time stands still or moves with the opening, so what holds at both ends of a
    stretch holds within.
    """
    points = {_MONDAY, _MONDAY + _WEEK}
    for promise in promises:
        points.update(_points(space, promise))
    near = {point + step for point in points for step in (-1, 0)}
    return sorted(moment for moment in near if _MONDAY <= moment < _MONDAY + _WEEK)


def _points(space: Space, promise: Promise) -> Iterator[int]:
    """Where the due time of a promise changes its course."""
    if promise.clock == ALWAYS:
        return
    days = space.definition.hours[promise.clock].week.days
    yield from (_MONDAY + number * _DAY for number in range(7))
    length = promise.target.seconds
    windows = [
        (_MONDAY + day * _DAY + start, _MONDAY + day * _DAY + end)
        for day in range(7)
        for start, end in days[day]
    ]
    yield from itertools.chain(*windows)
    total = sum(end - start for start, end in windows)
    if length is None or not total:
        return
    # The openings that are due just when some hours begin or end: so much open time before, whichever week.
    before = 0
    for start, end in windows:
        for elapsed in (before, before + end - start):
            yield _inverse(windows, (elapsed - length) % total)
        before += end - start


def _inverse(windows: list[tuple[int, int]], elapsed: int) -> int:
    """The moment by which so much of a week's hours has passed."""
    for start, end in windows:
        if elapsed <= end - start:
            return start + elapsed
        elapsed -= end - start
    return windows[-1][1]


def _is_later(space: Space, better: Promise, other: Promise, moment: int) -> bool:
    if better.target.committed != other.target.committed:
        return not better.target.committed
    return _due(space, better, moment) > _due(space, other, moment)


def _due(space: Space, promise: Promise, moment: int) -> int:
    """When a promise is due, or its hours open, in a week without holidays."""
    target = promise.target
    if promise.clock == ALWAYS:
        return moment + (target.seconds or 0)
    if not any(space.definition.hours[promise.clock].week.days):
        # They open on dates of their own alone: in no such week.
        return _NEVER
    hours = _plain_calendar(space, promise.clock)
    if target.days is not None:
        return hours.day_deadline(moment, target.days)
    if target.seconds is not None:
        return hours.deadline(moment, target.seconds)
    return max(moment, hours.window(moment)[0])


def _plain_calendar(space: Space, clock: str) -> BusinessCalendar:
    return calendar(replace(space.definition.hours[clock].week, dates=()), _ZONE, None)


# For real tickets


def _facts(space: Space, pair: _Pair, exception: CoverageException | None) -> list[dict[str, Any]] | None:
    """Facts that lead to the two cells, alike as far as they can be; None where none do."""
    walk = space.walk(RESPONSE)
    coverage = f"calendars.coverage.{exception.id}" if exception else "calendars.coverage"

    def reaches(cell: Cell) -> Any:
        mask = walk.where(TARGET, _decides(f"response_targets.{cell.level}.{cell.column}"))
        return mask & walk.where(RESPONSE, _decides(coverage)) if cell.clock == ALWAYS else mask

    first = walk.positions(reaches(pair.better), space.plain(RESPONSE))
    second = walk.positions(reaches(pair.other), first[0]) if first else []
    return [walk.at(first[0]), walk.at(second[0])] if second else None


def _decides(id: str) -> Callable[[Any], bool]:
    return lambda outcome: any(firing.rule.id == id for firing in outcome.standing)


@dataclass(frozen=True)
class _Shown:
    """Two tickets of the same opening that show that the first is answered later."""

    opened: str
    texts: tuple[str, str]
    witnesses: tuple[Witness, Witness]


def _shown(space: Space, facts: list[dict[str, Any]], moments: list[int]) -> _Shown | None:
    start = opening(space.definition)
    monday = int((start - timedelta(days=start.weekday(), hours=start.hour)).timestamp())
    for week in range(1, _TRIED):
        for moment in moments:
            opened = utc_text(instant(moment - _MONDAY + monday + week * _WEEK))
            tickets = [_opened(space, each, opened) for each in facts]
            responses = [_response(space, each) for each in tickets]
            if _shows(*responses):

                def same(less: Sequence[Ticket], responses: list[Response | None] = responses) -> bool:
                    return [_response(space, each) for each in less] == responses

                expected = _expected(responses[1])
                first, second = pared(tickets, same)
                witnesses = (Witness(first, expected), Witness(second, {}))
                return _Shown(opened, (_text(responses[0]), _text(responses[1])), witnesses)
    return None


def _opened(space: Space, facts: Mapping[str, Any], opened: str) -> Ticket:
    roles = space.definition.roles
    found = ticket(space.policy, facts)
    found[roles.opening] = opened
    if roles.timezone:
        found[roles.timezone] = _ZONE
    if roles.country and roles.country not in facts:
        found[roles.country] = space.program.domains[roles.country][0]
    return {name: found[name] for name in space.definition.vocabulary.facts if name in found}


def _response(space: Space, found: Ticket) -> Response | None:
    try:
        return space.policy.evaluate(found).response
    except SupportRulesError:
        return None


def _shows(better: Response | None, other: Response | None) -> bool:
    if better is None or other is None:
        return False
    if better.committed != other.committed:
        return other.committed
    if better.due_at is not None and other.due_at is not None:
        return better.due_at > other.due_at
    if better.window is None:
        return False
    return other.window is None or better.window.opens_at > other.window.opens_at


def _text(response: Response | None) -> str:
    assert response is not None
    if response.due_at is not None:
        return f"due {utc_text(response.due_at)}"
    if not response.window:
        return "no time is promised"
    return f"no time is promised, in hours that open {utc_text(response.window.opens_at)}"


def _expected(response: Response | None) -> dict[str, Any]:
    assert response is not None
    if response.due_at is not None:
        return {"response": {"due_at": utc_text(response.due_at)}}
    return {"response": {"committed": response.committed, "clock": response.clock}}
