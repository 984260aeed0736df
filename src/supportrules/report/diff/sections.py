"""What a comparison tells, in parts that every form writes: a summary, tickets, the meaning, the text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from supportrules.policy.format import DAYS
from supportrules.policy.vocabulary import UNKNOWN, OnlyZoneOf
from supportrules.proofs.comparison import Comparison
from supportrules.proofs.comparison.changes import Change, NotCompared, OneSided, Reading, Term, Verdict
from supportrules.proofs.comparison.edits import nature
from supportrules.proofs.comparison.facts import ordered
from supportrules.proofs.comparison.hours import HoursChange
from supportrules.proofs.comparison.impact import Impact
from supportrules.proofs.comparison.meaning import Meaning
from supportrules.report.diff.edits import edits_line, edits_parts
from supportrules.report.diff.impact import impact_line, impact_parts
from supportrules.report.diff.phrases import DiffPhrases
from supportrules.report.diff.verdicts import verdict_run
from supportrules.report.parts import Folded, Item, Items, Paragraph, Part, Run, Section, Text, text
from supportrules.report.words import Words
from supportrules.time.observances import Interval

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


def parts(comparison: Comparison, phrases: DiffPhrases, impact: Impact | None = None) -> Iterator[Part]:
    """All that is told of a comparison: first in a line each, then part by part."""
    words, edits = phrases.words, comparison.edits
    means = "substance" in nature(edits) or comparison.changes_answers
    yield Paragraph(edits_line(edits, phrases))
    if means:
        yield Paragraph(meaning_line(comparison, phrases))
    if impact is not None:
        heading = text(words["impact.title"])
        yield Section(heading, (Paragraph(impact_line(impact, phrases)), *impact_parts(impact, phrases)))
    told = tuple(meaning_parts(comparison, phrases))
    if told:
        yield Section(text(words["diff.meaning"]), told)
    if edits:
        yield Section(text(words["diff.text"]), tuple(edits_parts(edits, phrases)))


def meaning_parts(comparison: Comparison, phrases: DiffPhrases) -> Iterator[Part]:
    """The parts that tell what changed in the meaning."""
    words, found = phrases.words, comparison.meaning
    for answer in dict.fromkeys(change.answer for change in found.changes):
        changes = [change for change in found.changes if change.answer == answer]
        yield Section(text(_capital(phrases.name(answer))), tuple(_answer(changes, phrases)))
    for each in found.one_sided:
        if each.taken == "new":
            yield _one_sided(each, phrases)
    for fact in dict.fromkeys(each.fact for each in found.one_sided if each.taken == "old"):
        gone = [value for e in found.one_sided if (e.fact, e.taken) == (fact, "old") for value in e.values]
        yield _gone(fact, ordered(gone), phrases)
    # Values that one policy alone takes have been told.
    taken = {each.fact for each in found.one_sided}
    read = [each for each in found.readings if each.what not in ("values", "range") or each.fact not in taken]
    if read:
        items = tuple(Item(text(_reading(reading, phrases))) for reading in read)
        yield Section(text(words["diff.readings"]), (Items(items),))
    if comparison.hours:
        hours = tuple(_hours(change, phrases) for change in comparison.hours)
        yield Section(text(words["diff.hours"]), (Items(hours),))
    if found.not_compared:
        answers: dict[NotCompared, list[str]] = {}
        for answer, why in found.not_compared.items():
            answers.setdefault(why, []).append(phrases.name(answer))
        items = tuple(
            Item(text(", ".join(names), words[":"], _reason(why, phrases))) for why, names in answers.items()
        )
        yield Section(text(words["diff.not_compared"]), (Items(items),))


def _reason(reason: NotCompared, phrases: DiffPhrases) -> str:
    facts = phrases.words.either([phrases.name(fact) for fact in reason.facts], "and")
    return phrases.words[f"diff.not_compared.{reason.why}"].format(facts=facts)


@dataclass(frozen=True)
class ChangeCounts:
    """How many changes there are; what several regions of facts have alike is one.

    Args:
        answers: the verdicts of changes of values, by answer.
        bases: changes of a basis alone.
        hours: the verdicts of changes of hours.
    """

    answers: Mapping[str, Sequence[Verdict]]
    bases: int
    hours: Sequence[Verdict]

    @property
    def values(self) -> Sequence[Verdict]:
        """The verdicts of changes of values, of all answers."""
        return [verdict for verdicts in self.answers.values() for verdict in verdicts]


def tally(comparison: Comparison, phrases: DiffPhrases) -> ChangeCounts:
    """The changes of a comparison, counted as they are told."""
    changes = [alike[0] for alike in _together(comparison.meaning.changes, phrases)]
    values = [change for change in changes if change.aspect == "value"]
    answers: dict[str, list[Verdict]] = {}
    for change in values:
        answers.setdefault(change.answer, []).append(change.verdict)
    return ChangeCounts(answers, len(changes) - len(values), [change.verdict for change in comparison.hours])


def meaning_line(comparison: Comparison, phrases: DiffPhrases, *, by_answer: bool = False) -> Text:
    """What changed in the meaning, in one line.

    Args:
        by_answer: whether it counts the changes of each answer, and not those of all.
    """
    words, found = phrases.words, comparison.meaning
    if not comparison.changes_answers:
        return text(words["diff.no_answer_changes"])
    counted = tally(comparison, phrases)
    told: list[Text] = []
    if not (counted.answers or counted.hours or found.not_compared or comparison.beyond_data):
        beside = found.one_sided or found.readings
        told.append(text(words["diff.no_changes" if beside else "diff.no_answer_changes"]))
    if by_answer and counted.answers:
        each = (
            (*text(phrases.name(answer), words[":"]), *_counted(verdicts, words))
            for answer, verdicts in counted.answers.items()
        )
        told.append((*_joined(each, words[";"]), *text(".")))
    elif counted.answers:
        told.append(_total("diff.changes", counted.values, words))
    if counted.hours:
        told.append(_total("diff.hours_changed", counted.hours, words))
    if counted.bases:
        told.append(text(words.count("diff.bases", counted.bases), "."))
    for hours, how in comparison.beyond_data.items():
        told.append(text(words[f"diff.beyond_data.{how}"].format(hours=phrases.sides[1].hours(hours))))
    return _joined([*told, *map(text, _beside(found, phrases))], " ")


def _total(key: str, verdicts: Sequence[Verdict], words: Words) -> Text:
    return (*text(words.count(key, len(verdicts)), words[":"]), *_counted(verdicts, words), *text("."))


def _counted(verdicts: Sequence[Verdict], words: Words) -> Text:
    """How many are better, worse or other."""
    counts = Counter(verdicts)
    return _joined([text(verdict_run(each, words, counts[each])) for each in VERDICTS if counts[each]], ", ")


def _beside(found: Meaning, phrases: DiffPhrases) -> Iterator[str]:
    """What else there is to say of answers, in sentences."""
    words = phrases.words
    taken = set(_taken(found))
    if taken:
        yield words[f"diff.taken.{'both' if len(taken) > 1 else taken.pop()}"]
    left = [reading.fact for reading in found.readings if reading.what == "default"]
    if left:
        labels = words.either([phrases.name(fact) for fact in left], "or")
        yield words["diff.only.left_out"].format(labels=labels)
    if found.not_compared:
        yield words["diff.only.not_compared"]
    if {reading.what for reading in found.readings} == {"role"}:
        yield words["diff.only.role"]


def _taken(found: Meaning) -> Iterator[Literal["old", "new"]]:
    """The policies that take tickets which the other refuses."""
    for each in found.one_sided:
        yield each.taken
    for reading in found.readings:
        if reading.what in ("added", "removed"):
            yield "new" if reading.what == "added" else "old"
        elif reading.what == "values":
            yield from (side for side, values in _sides(reading) if values)
        elif reading.what == "range":
            (low, high), (new_low, new_high) = (_bounds(each) for each in (reading.old, reading.new))
            if low < new_low or high > new_high:
                yield "old"
            if new_low < low or new_high > high:
                yield "new"


def _sides(reading: Reading) -> tuple[tuple[Literal["old"], Any], tuple[Literal["new"], Any]]:
    return ("old", reading.old), ("new", reading.new)


def _bounds(taken: tuple[int | None, int | None]) -> tuple[float, float]:
    low, high = taken
    return -math.inf if low is None else low, math.inf if high is None else high


def _joined(texts: Iterable[Text], between: str) -> Text:
    runs: list[Run] = []
    for each in texts:
        runs += [*text(between), *each] if runs else each
    return tuple(runs)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# Changes of answers


def _answer(
    changes: Sequence[Change], phrases: DiffPhrases, sides: tuple[str, str] | None = None
) -> Iterator[Part]:
    """The changes of one answer; those of its basis alone are seen by who asks for them."""
    values = [change for change in changes if change.aspect == "value"]
    bases = [change for change in changes if change.aspect == "basis"]
    if values:
        yield _changes(values, phrases, sides)
    if bases and values:
        yield Folded(text(phrases.words["diff.basis_folded"]), (_changes(bases, phrases, sides),))
    elif bases:
        yield _changes(bases, phrases, sides)


def _changes(changes: Iterable[Change], phrases: DiffPhrases, sides: tuple[str, str] | None = None) -> Items:
    return Items(tuple(_change(alike, phrases, sides) for alike in _together(changes, phrases)))


def _together(changes: Iterable[Change], phrases: DiffPhrases) -> Iterable[list[Change]]:
    """Changes that differ in their facts alone: they are told together, and are one."""
    together: dict[object, list[Change]] = {}
    for change in changes:
        rules = tuple(tuple(rule.id for rule in rules) for rules in (change.old_rules, change.new_rules))
        key = (change.answer, change.aspect, change.verdict, phrases.sides_of(change), rules)
        together.setdefault(key, []).append(change)
    return together.values()


def _change(changes: Sequence[Change], phrases: DiffPhrases, sides: tuple[str, str] | None) -> Item:
    words, first = phrases.words, changes[0]
    lead = text(verdict_run(first.verdict, words), words[":"])
    if first.aspect == "basis":
        lead = text(words["diff.basis"], words[":"])
    below: list[Item] = []
    shown: list[object] = []
    for number, change in enumerate(changes):
        where = words["diff.or_where" if number else "diff.where"]
        below.append(Item(text(where, words[":"], phrases.where(change.where))))
        if change.ticket not in shown:
            below.append(Item(phrases.ticket(change.ticket)))
            shown.append(change.ticket)
    if phrases.is_category(first.answer) and first.new is not None and first.aspect == "value":
        value = phrases.answer(first.answer, first.new, 1)
        below.append(Item(text(words["diff.denied"].format(value=value))))
    if first.old_rules or first.new_rules:
        rules = phrases.rules(first.old_rules, first.new_rules, sides)
        below.append(Item((*text(words["diff.rules"], words[":"]), *rules)))
    return Item((*lead, *_from_to(*phrases.sides_of(first))), (Items(tuple(below)),))


def _from_to(old: str, new: str) -> Text:
    return text(Run(old, "old"), " → ", Run(new, "new"))


# What tickets may say


def _gone(fact: str, values: Sequence[Any], phrases: DiffPhrases) -> Section:
    said = _says(fact, _values(fact, values, phrases, 0), phrases)
    heading = phrases.words["diff.taken_old"].format(value=said)
    return Section(text(heading), (Paragraph(text(phrases.words["diff.refused_now"])),))


def _values(fact: str, values: Sequence[Any], phrases: DiffPhrases, side: int) -> str:
    term = Term(fact, "value", (), ())
    return phrases.words.either([phrases.value(term, value, side) for value in values])


def _says(fact: str, values: str, phrases: DiffPhrases) -> str:
    return f"{phrases.name(fact)}{phrases.words[':']}{values}"


def _one_sided(each: OneSided, phrases: DiffPhrases) -> Section:
    words = phrases.words
    values = _values(each.fact, each.values, phrases, 1)
    heading = text(words["diff.taken_new"].format(value=_says(each.fact, values, phrases)))
    if each.like is None:
        return Section(heading, (Paragraph(text(words["diff.refused_before"])),))
    like = phrases.value(Term(each.fact, "value", (), ()), each.like)
    key = "diff.answered_like_but" if each.changes else "diff.answered_like"
    parts: list[Part] = [Paragraph(text(words[key].format(value=like)))]
    for answer in dict.fromkeys(change.answer for change in each.changes):
        changes = [change for change in each.changes if change.answer == answer]
        parts.append(Paragraph(text(Run(_capital(phrases.name(answer)), "strong"))))
        parts += _answer(changes, phrases.new_alone, (like, values))
    return Section(heading, tuple(parts))


def _reading(reading: Reading, phrases: DiffPhrases) -> str:
    words, told = phrases.words, _read_as(reading, phrases)
    # What other values lead to stands with the tickets that one policy alone takes.
    if reading.what in ("values", "range") or not reading.answers:
        return told
    names = words.either([phrases.name(answer) for answer in reading.answers], "and")
    return f"{told}{words[';']}{words['diff.reading.answers'].format(answers=names)}"


def _read_as(reading: Reading, phrases: DiffPhrases) -> str:
    words, name = phrases.words, phrases.name(reading.fact) if reading.what != "role" else reading.fact
    if reading.what in ("added", "removed"):
        return words[f"diff.reading.{reading.what}"].format(label=name)
    if reading.what == "values":
        term = Term(reading.fact, "value", (), ())
        told = [
            words[f"diff.reading.values.{side}"].format(
                values=words.either([phrases.value(term, value, number) for value in values], "and")
            )
            for number, (side, values) in enumerate((("old", reading.old), ("new", reading.new)))
            if values
        ]
        return f"{name}{words[':']}{words[';'].join(told)}"
    old, new = (_read(value, reading, phrases, side) for side, value in enumerate((reading.old, reading.new)))
    return words[f"diff.reading.{reading.what}"].format(label=name, old=old, new=new)


def _read(value: Any, reading: Reading, phrases: DiffPhrases, side: int) -> str:
    words = phrases.words
    match reading.what:
        case "default":
            if value is UNKNOWN or value is None:
                return words["diff.left_open" if value is UNKNOWN else "diff.absent"]
            if isinstance(value, OnlyZoneOf):
                return words["diff.only_zone"].format(label=phrases.sides[side].name(value.country))
            return phrases.value(Term(reading.fact, "value", (), ()), value, side)
        case "range":
            low, high = value
            if low is None and high is None:
                return words["any_value"]
            return phrases.sides[side].bounds(low, high)
        case _:
            return words["none"] if value is None else str(value)


# Hours


def _hours(change: HoursChange, phrases: DiffPhrases) -> Item:
    words = phrases.words
    name = phrases.sides[1].hours(change.hours)
    if change.place:
        name += f", {phrases.sides[1].place(change.place)}"
    lead = text(Run(name, "strong"), " (", verdict_run(change.verdict, words), ")")
    below: list[Item] = []
    days = words["days"].split()
    for day, pair in change.days.items():
        position = DAYS.index(day)
        below.append(
            Item((*text(days[position], words[":"]), *_from_to(*(_open(each, phrases) for each in pair))))
        )
    special = {day.isoformat(): pair for day, pair in change.dates.items()} | dict(change.yearly)
    for day_of, (before, after) in special.items():
        told = tuple(
            words["diff.usual_hours"] if each is None else _open(each, phrases) for each in (before, after)
        )
        below.append(Item((*text(day_of, words[":"]), *_from_to(*told))))
    if change.holidays:
        old, new = (phrases.sides[1].holidays(each) for each in change.holidays)
        below.append(Item((*text(words["holidays"], words[":"]), *_from_to(old, new))))
    if change.zones:
        old, new = (phrases.sides[1].timezone(each) for each in change.zones)
        below.append(Item((*text(words["timezone"], words[":"]), *_from_to(old, new))))
    if change.ticket is not None and change.shown is not None:
        below.append(Item(phrases.ticket(change.ticket)))
        what = words["window" if "/" in change.shown[0] else "due"]
        times = (_time(each, phrases) for each in change.shown)
        below.append(Item((*text(what, words[":"]), *_from_to(*times))))
    else:
        runs_there = any(not id.startswith("channels.") for id in change.answers)
        below.append(Item(text(words["diff.no_common_promise" if runs_there else "diff.no_deadline_moves"])))
    at = change.open_at
    if at is None:
        below.append(Item(text(words["diff.open_alike"])))
    else:
        names = [at.zone, at.country and phrases.sides[1].country(at.country)]
        names.append(at.subdivision and phrases.sides[1].subdivision(at.subdivision))
        place = ", ".join(filter(None, names))
        below.append(Item(text(words[f"diff.open_alone_{at.policy}"].format(at=at.at, place=place))))
    if change.answers:
        runs: list[str | Run] = []
        for id in change.answers:
            runs += [", " if runs else "", Run(id, "code")]
        below.append(Item((*text(words["diff.named_by"], words[":"]), *text(*runs))))
    return Item(lead, (Items(tuple(below)),))


def _time(shown: str, phrases: DiffPhrases) -> str:
    """When a ticket is due, or where no time is promised from when to when the hours are open."""
    opens, _, closes = shown.partition("/")
    return f"{phrases.words['from']} {opens} {phrases.words['to']} {closes}" if closes else opens


def _open(intervals: Sequence[Interval], phrases: DiffPhrases) -> str:
    return phrases.sides[1].intervals(intervals)
