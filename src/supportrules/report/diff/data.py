"""A comparison as JSON data, in the ids of the policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from supportrules.base.problem import Location
from supportrules.engine.answers import NoteAnswer, value_data
from supportrules.engine.rules import GIVEN, Rule
from supportrules.policy.vocabulary import UNKNOWN, UNSEEN, Fact, OnlyZoneOf
from supportrules.proofs.comparison import Comparison
from supportrules.proofs.comparison.changes import Change, Moved, NoAnswer, OneSided, Reading, Span, Term
from supportrules.proofs.comparison.edits import MISSING, Edit, nature
from supportrules.proofs.comparison.hours import HoursChange
from supportrules.proofs.comparison.impact import TICKET, Impact, ImpactShare, Moves, Open, Shift
from supportrules.report.phrases import holidays_data, interval_text
from supportrules.time.observances import Interval

Json = dict[str, Any]
Side = Literal["old", "new"]


def comparison_data(comparison: Comparison, impact: Impact | None = None) -> Json:
    """All that is told of a comparison, as `supportrules schema diff` describes it."""
    found, values = comparison.meaning, _Values(comparison)
    data: Json = {
        "old": comparison.old.reference.to_dict(),
        "new": comparison.new.reference.to_dict(),
        "text": {"about": list(nature(comparison.edits)), "edits": [_edit(e) for e in comparison.edits]},
        "meaning": {
            "changes": [_change(change, values) for change in found.changes],
            "one_sided": [_one_sided(each, values) for each in found.one_sided],
            "readings": [_reading(reading) for reading in found.readings],
            "hours": [_hours(change, values) for change in comparison.hours],
            "not_compared": {
                answer: {"why": reason.why, "facts": list(reason.facts)}
                for answer, reason in found.not_compared.items()
            },
        },
    }
    if impact is not None:
        data["impact"] = _impact(impact, values)
    return data


class _Values:
    """Values of two policies as data, each of a form of its own."""

    def __init__(self, comparison: Comparison) -> None:
        policies = (comparison.old, comparison.new)
        self._names = comparison.names
        self._category = policies[1].program.category
        self._notes = {note for policy in policies for note in policy.program.stages_of(NoteAnswer)}
        facts = [fact for policy in policies for fact in policy.definition.vocabulary.facts.values()]
        # Of these rules see only whether they are given: any text stands for all.
        self._texts = {fact.name for fact in facts if fact.type in UNSEEN}

    def concluded(self, answer: str, value: Any) -> Any:
        """What the rules of an answer come to."""
        if value is None and answer == self._category:
            return {"as_given": True}
        return self.answer(answer, value)

    def answer(self, answer: str, value: Any) -> Any:
        """What a ticket is answered."""
        if answer == TICKET and value is None:
            return {"decided": True}
        if answer in self._notes and value is None:
            return False
        return _value(value)

    def asked(self, name: str, values: Iterable[Any]) -> list[Any]:
        """What is asked of a fact or a conclusion."""
        texts = name in self._texts
        return [{"given": True} if texts and value == GIVEN else _value(value) for value in values]

    def ticket(self, ticket: Mapping[str, Any], taken: Side | None = None) -> Json:
        """A ticket as the new policy takes it, and as the old one does where that is another.

        Args:
            taken: by which policy alone; then as that one takes it.
        """
        old, new = self._names.tickets(ticket)
        if taken is not None:
            return {"ticket": old if taken == "old" else new}
        return {"ticket": new} | ({"old_ticket": old} if old != new else {})


def _value(value: Any) -> Any:
    match value:
        case NoAnswer():
            return {"no_answer": value.value}
        case Open():
            return {"possible": [_value(each) for each in value.possible]}
        case Span():
            return {"from": value.low, "to": value.high}
        case Moved():
            return {"old": _value(value.old), "new": _value(value.new)}
        case OnlyZoneOf():
            return {"only_zone_of": value.country}
        case _ if value is UNKNOWN:
            return {"open": True}
        case Fact():
            return value.type
        case tuple() if not hasattr(value, "_fields"):
            return [_value(each) for each in value]
        case _:
            return value_data(value)


def _edit(edit: Edit) -> Json:
    data: Json = {"kind": edit.kind, "id": edit.id, "what": edit.what}
    if edit.former is not None:
        data["former"] = edit.former
    if edit.what in ("added", "removed"):
        data |= _said("old", edit.old, edit.old_at) | _said("new", edit.new, edit.new_at)
    else:
        data |= _said("old", MISSING, edit.old_at) | _said("new", MISSING, edit.new_at)
        data["fields"] = [
            {"path": field.path, "touches": field.touches}
            | _said("old", field.old, field.old_at)
            | _said("new", field.new, field.new_at)
            for field in edit.fields
        ]
    return data


def _said(side: str, value: Any, place: Location | None) -> Json:
    """What a side says and where; nothing where it says nothing."""
    data: Json = {} if value is MISSING else {side: value}
    return data | ({} if place is None else {f"{side}_location": place.to_dict()})


def _change(change: Change, values: _Values, taken: Side | None = None) -> Json:
    return {
        **_answered(change, values.concluded),
        "where": [_term(term, values) for term in change.where],
        "rules": {"old": _rules(change.old_rules), "new": _rules(change.new_rules)},
        **values.ticket(change.ticket, taken),
    }


def _answered(each: Change | Shift, said: Callable[[str, Any], Any]) -> Json:
    """From what to what an answer changes."""
    return {
        "answer": each.answer,
        "aspect": each.aspect,
        "old": said(each.answer, each.old),
        "new": said(each.answer, each.new),
        "verdict": each.verdict,
    }


def _term(term: Term, values: _Values) -> Json:
    return {"name": term.name, "aspect": term.aspect, "values": values.asked(term.name, term.values)}


def _rules(rules: Iterable[Rule]) -> list[Json]:
    return [{"id": rule.id, "location": rule.origin.location.to_dict()} for rule in rules]


def _one_sided(each: OneSided, values: _Values) -> Json:
    return {
        "fact": each.fact,
        "values": values.asked(each.fact, each.values),
        "taken": each.taken,
        "like": _value(each.like),
        "changes": [_change(change, values, each.taken) for change in each.changes],
    }


def _reading(reading: Reading) -> Json:
    told = _range if reading.what == "range" else _value
    sides = _sides(told(reading.old), told(reading.new))
    return {"fact": reading.fact, "what": reading.what, "answers": list(reading.answers)} | sides


def _range(bounds: tuple[int | None, int | None]) -> Json:
    return dict(zip(("from", "to"), bounds, strict=True))


def _hours(change: HoursChange, values: _Values) -> Json:
    ticket = {"ticket": None} if change.ticket is None else values.ticket(change.ticket)
    special = {day.isoformat(): pair for day, pair in change.dates.items()} | dict(change.yearly)
    return ticket | {
        "hours": change.hours,
        "place": change.place,
        "verdict": change.verdict,
        "days": {day: _sides(*map(_intervals, pair)) for day, pair in change.days.items()},
        "dates": {
            day: _sides(*(None if each is None else _intervals(each) for each in pair))
            for day, pair in special.items()
        },
        "holidays": change.holidays and _sides(*map(holidays_data, change.holidays)),
        "timezone": change.zones and _sides(*(zone or "customer" for zone in change.zones)),
        "answers": list(change.answers),
        "shown": change.shown and _sides(*change.shown),
        "open_at": change.open_at
        and {
            "at": change.open_at.at,
            "timezone": change.open_at.zone,
            "country": change.open_at.country,
            "subdivision": change.open_at.subdivision,
            "policy": change.open_at.policy,
        },
    }


def _sides(old: Any, new: Any) -> Json:
    return {"old": old, "new": new}


def _intervals(intervals: Sequence[Interval]) -> list[str]:
    return [interval_text(each) for each in intervals]


# For real tickets


def _impact(impact: Impact, values: _Values) -> Json:
    return {
        "read": impact.read,
        "changed": impact.changed.to_dict(),
        "rebased": impact.rebased.to_dict(),
        "bad": impact.bad.to_dict(),
        "answers": [_shift(shift, values) for shift in impact.shifts],
        "plans": [_share(share) for share in impact.plans],
        "levels": [_share(share) for share in impact.levels],
        "level_pairs": [_pair(share) for share in impact.level_pairs],
        "deadlines": {
            "earlier": _moves(impact.earlier),
            "later": _moves(impact.later),
            "appeared": impact.appeared.to_dict(),
            "vanished": impact.vanished.to_dict(),
            "windows": impact.windows.to_dict(),
            "possible": impact.possible.to_dict(),
        },
    }


def _shift(shift: Shift, values: _Values) -> Json:
    return {**_answered(shift, values.answer), "tickets": shift.tickets.to_dict()}


def _share(share: ImpactShare) -> Json:
    return {"value": _value(share.value), "total": share.total, "changed": share.changed.to_dict()}


def _pair(share: ImpactShare) -> Json:
    old, new = share.value
    return {"old": _value(old), "new": _value(new), "total": share.total, "changed": share.changed.to_dict()}


def _moves(moves: Moves) -> Json:
    return {
        "tickets": moves.tickets.to_dict(),
        "median_seconds": moves.median,
        "most_seconds": moves.most,
        "farthest": moves.farthest and moves.farthest.to_dict(),
    }
