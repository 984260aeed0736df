"""What a change means for real tickets, in parts that every form writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from supportrules.policy.definition import SEVERITY
from supportrules.proofs.comparison.changes import NoAnswer
from supportrules.proofs.comparison.impact import (
    TICKET,
    Example,
    Group,
    Impact,
    ImpactShare,
    Moves,
    Open,
    Shift,
)
from supportrules.report.diff.phrases import DiffPhrases
from supportrules.report.diff.verdicts import verdict_run
from supportrules.report.parts import Grid, Item, Items, Part, Run, Section, Text, text


def impact_line(impact: Impact, phrases: DiffPhrases) -> Text:
    """How many tickets get another answer, in one line."""
    words = phrases.words
    key = "impact.changed" if impact.changed.count == 1 else "impact.changed_several"
    told = [words[key].format(n=impact.changed.count, total=impact.read)]
    if impact.rebased.count:
        told.append(words.count("impact.rebased", impact.rebased.count))
    if impact.bad.count:
        told.append(words.count("impact.bad", impact.bad.count))
    return text(words[";"].join(told))


def impact_parts(impact: Impact, phrases: DiffPhrases) -> Iterator[Part]:
    """How many tickets, by answer, plan and level, and how far deadlines move."""
    words = phrases.words
    if impact.shifts:
        columns = _heads(phrases, "answer", "old", "new", "verdict", "tickets", "first")
        rows = tuple(_shift(shift, phrases) for shift in impact.shifts)
        yield Grid(text(words["impact.by_answer"]), columns, rows)
    if impact.changed.count:
        plan = phrases.sides[1].definition.plan_fact
        if plan is not None:
            yield _shares(phrases.name(plan), impact.plans, phrases, plan)
        yield _shares(words["impact.old_severity"], impact.levels, phrases, SEVERITY)
    moves = tuple(_moves(impact, phrases))
    if moves:
        columns = _heads(phrases, "deadline", "tickets", "median", "most", "example")
        yield Grid(text(words["impact.deadlines"]), columns, moves)
    if impact.bad.first:
        bad = tuple(_bad(example) for example in impact.bad.first)
        yield Section(text(words["impact.bad_first"]), (Items(bad),))


def _heads(phrases: DiffPhrases, *keys: str) -> tuple[Text, ...]:
    return tuple(text(phrases.words[f"impact.{key}"]) for key in keys)


def _shift(shift: Shift, phrases: DiffPhrases) -> tuple[Text, ...]:
    words = phrases.words
    name = words["impact.ticket"] if shift.answer == TICKET else phrases.name(shift.answer)
    if shift.aspect == "basis":
        name = words["diff.basis_of"].format(label=name)
    old, new = (_value(shift, value, side, phrases) for side, value in enumerate((shift.old, shift.new)))
    verdict = text(verdict_run(shift.verdict, words)) if shift.aspect == "value" else ()
    return (
        text(name),
        text(Run(old, "old")),
        text(Run(new, "new")),
        verdict,
        text(str(shift.tickets.count)),
        _first(shift.tickets),
    )


def _value(shift: Shift, value: Any, side: int, phrases: DiffPhrases) -> str:
    if shift.answer == TICKET and value is None:
        return phrases.words["impact.decided"]
    if isinstance(value, Open):
        possible = [phrases.answer(shift.answer, each, side) for each in value.possible]
        return f"{phrases.words['undetermined']}{phrases.words[':']}{phrases.words.either(possible)}"
    return phrases.basis(value) if shift.aspect == "basis" else phrases.answer(shift.answer, value, side)


def _shares(name: str, shares: Sequence[ImpactShare], phrases: DiffPhrases, answer: str) -> Grid:
    words = phrases.words
    rows = tuple(
        (
            text(_shared(share.value, answer, phrases)),
            text(str(share.changed.count)),
            text(str(share.total)),
            _first(share.changed),
        )
        for share in shares
        if share.changed.count
    )
    columns = (text(name), *_heads(phrases, "changed_tickets", "of", "first"))
    return Grid(text(words["impact.by"].format(name=name)), columns, rows)


def _shared(value: Any, answer: str, phrases: DiffPhrases) -> str:
    if isinstance(value, Open):
        return phrases.words["undetermined"]
    if isinstance(value, NoAnswer) or answer == SEVERITY:
        return phrases.answer(SEVERITY, value, 0)
    if value is None:
        return phrases.words["diff.left_out"]
    known = value in phrases.sides[1].definition.plans
    return phrases.sides[1 if known else 0].value(answer, value)


def _moves(impact: Impact, phrases: DiffPhrases) -> Iterator[tuple[Text, ...]]:
    words = phrases.words
    for key, moves in (("earlier", impact.earlier), ("later", impact.later)):
        if moves.tickets.count:
            yield (
                text(words[f"impact.{key}"]),
                text(str(moves.tickets.count)),
                text(words.length(moves.median)),
                text(words.length(moves.most)),
                _farthest(moves),
            )
    for key, group in (
        ("appeared", impact.appeared),
        ("vanished", impact.vanished),
        ("windows", impact.windows),
        ("possible", impact.possible),
    ):
        if group.count:
            yield (text(words[f"impact.{key}"]), text(str(group.count)), (), (), _first(group))


def _farthest(moves: Moves) -> Text:
    return text(_named(moves.farthest)) if moves.farthest else ()


def _first(group: Group) -> Text:
    return text(", ".join(map(_named, group.first)))


def _named(example: Example) -> str:
    return f"{example.ticket} ({example.location})" if example.ticket else str(example.location)


def _bad(example: Example) -> Item:
    problem = example.problems[0].message if example.problems else ""
    return Item(text(_named(example), ": ", problem))
