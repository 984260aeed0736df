"""The versions of a policy with what changed from one to the next, for people and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from supportrules.history.timeline import Version
from supportrules.history.timeline.history import HistoryEntry
from supportrules.proofs.comparison import Comparison
from supportrules.proofs.comparison.changes import Verdict
from supportrules.proofs.comparison.edits import nature
from supportrules.report.diff.edits import edits_line
from supportrules.report.diff.phrases import DiffPhrases
from supportrules.report.diff.sections import VERDICTS, meaning_line, tally
from supportrules.report.parts import Item, Items, Part, Run, Text, text
from supportrules.report.words import Words

# More names than these are counted.
MOST_NAMES = 5


def history_parts(entries: Iterable[HistoryEntry], language: str) -> Iterator[Part]:
    """The versions of a history as parts that every form writes."""
    words = Words(language)
    for entry in entries:
        yield Items((_item(entry, words),))


def _item(entry: HistoryEntry, words: Words) -> Item:
    version = entry.version
    key = "log.from" if version.last_day is None else "log.from_to"
    in_force = words[key].format(first=version.effective_from, last=version.last_day)
    lines = [_names(entry.names, words)]
    if version.problems:
        count = words.count("log.not_loaded", len(version.problems))
        lines.append(text(Run(count, "worse"), words[":"], str(version.problems[0])))
    else:
        lines.append(text(Run(version.policy.digest, "quiet")))
        lines.append(_changed(entry.change, words))
    below = Items(tuple(map(Item, lines)))
    return Item(text(Run(version.version, "strong"), ", ", in_force), (below,))


def _names(names: Sequence[str], words: Words) -> Text:
    """What a version is called; of many tags the first."""
    shown = names[:MOST_NAMES]
    runs = [run for name in shown for run in (", ", Run(name, "code"))][1:]
    left = len(names) - len(shown)
    return text(*runs, *([" ", words.count("log.more_names", left)] if left else []))


def _changed(change: Comparison | None, words: Words) -> Text:
    """What changed, in one line."""
    if change is None:
        return text(words["log.first"])
    phrases = DiffPhrases(change, words.language)
    if change.changes_answers:
        return meaning_line(change, phrases, by_answer=True)
    # That it is another version is known.
    edits = [edit for edit in change.edits if edit.touches != {"edition"}] or change.edits
    line = edits_line(edits, phrases)
    # Else the line has said that no answer changes.
    more = "substance" in nature(edits)
    return (*line, *text(" "), *meaning_line(change, phrases)) if more else line


def history_data(entries: Iterable[HistoryEntry]) -> list[dict[str, Any]]:
    """The versions of a history as JSON data."""
    return [_data(entry) for entry in entries]


def _data(entry: HistoryEntry) -> dict[str, Any]:
    version = entry.version
    data: dict[str, Any] = {
        "name": version.name,
        "version": version.version,
        "digest": None if version.problems else version.policy.digest,
        "effective_from": version.effective_from.isoformat(),
        "until": version.until and version.until.isoformat(),
        "where": list(entry.names),
        "change": entry.change and entry.before and _change_data(entry.change, entry.before),
    }
    if version.problems:
        data["problems"] = [problem.to_dict() for problem in version.problems]
    return data


def _change_data(change: Comparison, before: Version) -> dict[str, Any]:
    # Counted as the line counts; its words are those of the policy's first language.
    counted = tally(change, DiffPhrases(change, change.new.definition.languages[0]))
    return {
        "from": {"version": before.version, "digest": before.policy.digest},
        "changes_answers": change.changes_answers,
        "answers": {answer: _verdicts(verdicts) for answer, verdicts in counted.answers.items()},
        "bases": counted.bases,
        "hours": _verdicts(counted.hours),
        "touches": list(nature(change.edits)),
    }


def _verdicts(verdicts: Sequence[Verdict]) -> dict[Verdict, int]:
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS}
