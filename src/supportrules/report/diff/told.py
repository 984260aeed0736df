"""What a comparison tells, in parts that every form writes: a summary, the meaning, the hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from supportrules.calendars import Interval
from supportrules.comparison import Comparison
from supportrules.comparison.change import Change, OneSided, Reading, Term, Verdict
from supportrules.comparison.hours import HoursChange
from supportrules.comparison.impact import Impact
from supportrules.comparison.text import nature
from supportrules.policy.binding import DAYS
from supportrules.report.diff.edits import edits_line, edits_parts
from supportrules.report.diff.impact import impact_line, impact_parts
from supportrules.report.diff.phrases import DiffPhrases
from supportrules.report.diff.verdicts import verdict_run
from supportrules.report.parts import Item, Items, Paragraph, Part, Run, Section, Text, text
from supportrules.vocabulary import UNKNOWN, OnlyZoneOf


def parts(comparison: Comparison, phrases: DiffPhrases, impact: Impact | None = None) -> Iterator[Part]:
    """All that is told of a comparison."""
    words = phrases.words
    edits = comparison.edits
    yield Paragraph(edits_line(edits, phrases))
    if "substance" in nature(edits) or comparison.changes_answers:
        line = Paragraph(meaning_line(comparison, phrases))
        yield Section(text(words["diff.meaning"]), (line, *meaning_parts(comparison, phrases)))
    if impact is not None:
        heading = text(words["impact.title"])
        yield Section(heading, (Paragraph(impact_line(impact, phrases)), *impact_parts(impact, phrases)))
    if edits:
        yield Section(text(words["diff.text"]), tuple(edits_parts(edits, phrases)))


def meaning_parts(comparison: Comparison, phrases: DiffPhrases) -> Iterator[Part]:
    """The parts that tell what changed in the meaning."""
    words, found = phrases.words, comparison.meaning
    for answer in dict.fromkeys(change.answer for change in found.changes):
        changes = [change for change in found.changes if change.answer == answer]
        yield Section(text(_capital(phrases.name(answer))), (_changes(changes, phrases),))
    for each in found.one_sided:
        yield _one_sided(each, phrases)
    if found.readings:
        items = tuple(Item(text(_reading(reading, phrases))) for reading in found.readings)
        yield Section(text(words["diff.readings"]), (Items(items),))
    if comparison.hours:
        hours = tuple(_hours(change, phrases) for change in comparison.hours)
        yield Section(text(words["diff.hours"]), (Items(hours),))
    if found.not_compared:
        items = tuple(
            Item(text(phrases.name(answer), words[":"], why)) for answer, why in found.not_compared.items()
        )
        yield Section(text(words["diff.not_compared"]), (Items(items),))


def meaning_line(comparison: Comparison, phrases: DiffPhrases) -> Text:
    """What changed in the meaning, in one line."""
    words = phrases.words
    counts: Counter[Verdict] = Counter(change.verdict for change in comparison.meaning.changes)
    counts.update(change.verdict for change in comparison.hours)
    if not comparison.changes_answers:
        return text(words["diff.no_answer_changes"])
    if not counts:
        return text(words["diff.only_reading"])
    verdicts: tuple[Verdict, ...] = ("better", "worse", "other")
    told = [text(verdict_run(each, words, counts[each])) for each in verdicts if counts[each]]
    return (*text(words.count("diff.changes", counts.total()), words[":"]), *_joined(told))


def _joined(texts: Sequence[Text]) -> Text:
    runs: list[Run] = []
    for each in texts:
        runs += [*text(", "), *each] if runs else each
    return tuple(runs)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# Changes of answers


def _changes(changes: Iterable[Change], phrases: DiffPhrases, sides: tuple[str, str] | None = None) -> Items:
    """Changes of one answer; those that differ in their facts alone are told together."""
    together: dict[object, list[Change]] = {}
    for change in changes:
        rules = tuple(tuple(rule.id for rule in rules) for rules in (change.old_rules, change.new_rules))
        key = (change.aspect, change.verdict, phrases.sides_of(change), rules)
        together.setdefault(key, []).append(change)
    return Items(tuple(_change(alike, phrases, sides) for alike in together.values()))


def _change(changes: Sequence[Change], phrases: DiffPhrases, sides: tuple[str, str] | None) -> Item:
    words, first = phrases.words, changes[0]
    lead = text(verdict_run(first.verdict, words), words[":"])
    if first.aspect == "basis":
        lead = text(words["diff.basis"], words[":"])
    below: list[Item] = []
    for number, change in enumerate(changes):
        where = words["diff.or_where" if number else "diff.where"]
        below.append(Item(text(where, words[":"], phrases.where(change.where))))
        below.append(Item(phrases.ticket(change.ticket)))
    rules = phrases.rules(first.old_rules, first.new_rules, sides)
    below.append(Item((*text(words["diff.rules"], words[":"]), *rules)))
    return Item((*lead, *_from_to(*phrases.sides_of(first))), (Items(tuple(below)),))


def _from_to(old: str, new: str) -> Text:
    return text(Run(old, "old"), " → ", Run(new, "new"))


# What tickets may say


def _one_sided(each: OneSided, phrases: DiffPhrases) -> Section:
    words, side = phrases.words, 1 if each.taken == "new" else 0
    term = Term(each.fact, "value", each.values, ())
    values = words.either([phrases.value(term, value, side) for value in each.values])
    named = f"{phrases.name(each.fact)}{words[':']}{values}"
    heading = text(words[f"diff.taken_{each.taken}"].format(value=named))
    if each.taken == "old":
        return Section(heading, (Paragraph(text(words["diff.refused_now"])),))
    if each.like is None:
        return Section(heading, (Paragraph(text(words["diff.refused_before"])),))
    key = "diff.answered_like_but" if each.changes else "diff.answered_like"
    like = phrases.value(term, each.like, side)
    line = words[key].format(value=like)
    parts: list[Part] = [Paragraph(text(line))]
    for answer in dict.fromkeys(change.answer for change in each.changes):
        changes = [change for change in each.changes if change.answer == answer]
        parts.append(Paragraph(text(Run(_capital(phrases.name(answer)), "strong"))))
        parts.append(_changes(changes, phrases, (like, values)))
    return Section(heading, tuple(parts))


def _reading(reading: Reading, phrases: DiffPhrases) -> str:
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
            if value is UNKNOWN:
                return words["diff.left_open"]
            if isinstance(value, OnlyZoneOf):
                return words["diff.only_zone"].format(label=phrases.name(value.country))
            return phrases.value(Term(reading.fact, "value", (), ()), value, side)
        case "range":
            low, high = value
            if low is None and high is None:
                return words["any_value"]
            return phrases.sides[side].bounds(low, high)
        case "optional":
            return words["yes" if value else "no"]
        case _:
            return words["none"] if value is None else str(value)


# Hours


def _hours(change: HoursChange, phrases: DiffPhrases) -> Item:
    words = phrases.words
    name = phrases.sides[1].hours(change.hours)
    lead = text(Run(name, "strong"), " (", verdict_run(change.verdict, words), ")")
    below: list[Item] = []
    days = words["days"].split()
    for day, pair in change.days.items():
        position = DAYS.index(day)
        below.append(
            Item((*text(days[position], words[":"]), *_from_to(*(_open(each, phrases) for each in pair))))
        )
    for day_of, (before, after) in change.dates.items():
        told = tuple(
            words["diff.usual_hours"] if each is None else _open(each, phrases) for each in (before, after)
        )
        below.append(Item((*text(day_of.isoformat(), words[":"]), *_from_to(*told))))
    if change.holidays:
        old, new = (words["closed" if each else "diff.usual_hours"] for each in change.holidays)
        below.append(Item((*text(words["diff.national_holidays"], words[":"]), *_from_to(old, new))))
    if change.ticket is not None and change.shown is not None:
        below.append(Item(phrases.ticket(change.ticket)))
        due = (words["diff.shown"], words[":"])
        below.append(Item((*text(*due), *_from_to(*change.shown))))
    else:
        below.append(Item(text(words["diff.no_deadline_moves"])))
    at = change.open_at
    place = at.zone if at.country is None else f"{at.zone}, {phrases.sides[1].country(at.country)}"
    below.append(Item(text(words[f"diff.open_alone_{at.policy}"].format(at=at.at, place=place))))
    if change.answers:
        runs: list[str | Run] = []
        for id in change.answers:
            runs += [", " if runs else "", Run(id, "code")]
        below.append(Item((*text(words["diff.named_by"], words[":"]), *text(*runs))))
    return Item(lead, (Items(tuple(below)),))


def _open(intervals: Sequence[Interval], phrases: DiffPhrases) -> str:
    return phrases.sides[1].intervals(intervals)
