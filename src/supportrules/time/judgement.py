"""Whether a promise was kept: when it is due, with pauses and changes, and what that means at a moment.

The moment of judgement is that at which a promise was fulfilled, or one at which somebody looks, whichever
is earlier. What comes after it changes nothing, so that a judgement stands once a promise is fulfilled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from supportrules.time.paused_time import Pause, PausedTime, StillPausedError, united
from supportrules.time.targets import Duration, Target

if TYPE_CHECKING:
    from supportrules.time.calendars import BusinessCalendar

Status = Literal["open", "paused", "met", "missed", "none"]
OnChange = Literal["continue", "restart", "keep"]


class Terms(NamedTuple):
    """What is promised: a target, in the open time of a calendar."""

    target: Target
    calendar: BusinessCalendar


class TermsChange(NamedTuple):
    """Other terms from an instant on.

    Args:
        at: the instant.
        terms: what is promised from then on.
        effect: whether they apply as if from the start, from the change with nothing used, or not at all.
    """

    at: int
    terms: Terms
    effect: OnChange


@dataclass(frozen=True)
class Judgement:
    """How it stands with a promise.

    Args:
        due: when it is due; None where that depends on the end of a pause, or nothing is promised.
        status: `open`, `paused`, `met` or `missed`; `none` where nothing is promised.
        used: for how many seconds the clock ran from the start in force to the moment of judgement; None
            without one, and for targets of days.
        remaining: the target less that, 0 at least; None where `used` is.
        paused: for how many seconds of open time it was paused meanwhile; None without a moment.
        late_by: of a promise that was missed, for how many seconds the clock ran after it was due.
    """

    due: int | None
    status: Status
    used: int | None = None
    remaining: int | None = None
    paused: int | None = None
    late_by: int | None = None


class PromiseInterval(NamedTuple):
    """One turn of a promise that repeats.

    Args:
        starts: the start of the promise, or the fulfilment before.
        ended: the fulfilment; None where there is none yet.
        judgement: how it stands with it.
    """

    starts: int
    ended: int | None
    judgement: Judgement


def judge(
    terms: Terms,
    starts: int,
    pauses: Iterable[Pause] = (),
    changes: Sequence[TermsChange] = (),
    *,
    ended: int | None = None,
    at: int | None = None,
) -> Judgement:
    """Judges a promise.

    Args:
        terms: what is promised at the start.
        starts: when it starts; instants are UTC epoch seconds.
        pauses: when its clock stands, in any order.
        changes: from the start on, in order of time.
        ended: when it was fulfilled, not before the start.
        at: the moment to judge by; None for the fulfilment, or for what is known.

    Raises:
        CalendarError: there is no data for one of the times.
    """
    is_ended = ended is not None and (at is None or ended <= at)
    moment = ended if is_ended else at
    known = tuple(_known(pauses, moment, is_ended=is_ended))
    begin = starts
    for change in changes:
        if moment is not None and (change.at > moment or (is_ended and change.at == moment)):
            break
        due = _due(terms, begin, known)
        if due is not None and due <= change.at:
            # It was judged by then: a later change erases no breach.
            break
        if change.effect != "keep":
            terms = change.terms
            begin = change.at if change.effect == "restart" else begin
    return _judged(terms, begin, known, moment, is_ended=is_ended)


def judge_repeated(
    terms: Terms,
    starts: int,
    fulfilled: Sequence[int],
    pauses: Iterable[Pause] = (),
    changes: Sequence[TermsChange] = (),
    *,
    until: int | None = None,
    at: int | None = None,
) -> tuple[PromiseInterval, ...]:
    """Judges a promise that begins anew with each fulfilment: its intervals up to the moment of judgement.

    Args:
        terms, starts, pauses, changes, at: as of `judge`.
        fulfilled: when it was fulfilled, in order, from the start on.
        until: the end of the last interval, which is missed if it was due before, else open.
    """
    pauses, found = tuple(pauses), list[PromiseInterval]()
    last = min((moment for moment in (until, at) if moment is not None), default=None)
    counted = [each for each in fulfilled if last is None or each <= last]
    for begin, ended in zip([starts, *counted], [*counted, None], strict=True):
        if ended is None and found and begin == until:
            break
        # What changed by then is what is promised from here on.
        before = [change for change in changes if change.at <= begin]
        own = next((each.terms for each in reversed(before) if each.effect != "keep"), terms)
        later = changes[len(before) :]
        if ended is None and until is not None and until == last:
            judgement = judge(own, begin, pauses, later, ended=until)
            if judgement.status == "met":
                judgement = replace(judgement, status="open")
        else:
            judgement = judge(own, begin, pauses, later, ended=ended, at=at)
        found.append(PromiseInterval(begin, ended, judgement))
    return tuple(found)


def _known(pauses: Iterable[Pause], moment: int | None, *, is_ended: bool) -> Iterator[Pause]:
    """The pauses that count: one is cut at a fulfilment, and has no end where it holds at a moment."""
    for start, end in united(pauses):
        if moment is None or (end is not None and end <= moment):
            yield Pause(start, end)
        elif start < moment or (start == moment and not is_ended):
            yield Pause(start, moment if is_ended else None)


def _due(terms: Terms, begin: int, pauses: tuple[Pause, ...]) -> int | None:
    if not terms.target.committed:
        return None
    try:
        return terms.target.due(PausedTime(terms.calendar, pauses), begin)
    except StillPausedError:
        return None


def _judged(
    terms: Terms, begin: int, pauses: tuple[Pause, ...], moment: int | None, *, is_ended: bool
) -> Judgement:
    if not terms.target.committed:
        return Judgement(None, "none")
    clock, due = PausedTime(terms.calendar, pauses), _due(terms, begin, pauses)
    late = due is not None and moment is not None and moment > due
    holds = clock.holds(moment) if moment is not None else bool(pauses) and pauses[-1].end is None
    status: Status = "missed" if late else "met" if is_ended else "paused" if holds else "open"
    if moment is None:
        return Judgement(due, status)
    used = remaining = None
    if isinstance(terms.target, Duration):
        used = clock.ran(begin, moment)
        remaining = max(0, terms.target.seconds - used)
    late_by = clock.ran(due, moment) if late and due is not None else None
    return Judgement(due, status, used, remaining, clock.stood(begin, moment), late_by)
