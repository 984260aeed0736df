"""What changed in the text of a policy, in parts that every form writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from supportrules.proofs.comparison.edits import MISSING, Edit, FieldEdit, nature
from supportrules.report.diff.phrases import DiffPhrases
from supportrules.report.diff.texts import compared
from supportrules.report.parts import Folded, Item, Items, Part, Run, Text, text

# Data longer than this is told in lines of its own.
SHORT = 60


def edits_line(edits: Sequence[Edit], phrases: DiffPhrases) -> Text:
    """What sort of a change it is, in one line."""
    words = phrases.words
    if not edits:
        return text(words["edit.nothing"])
    substance = [edit for edit in edits if "substance" in edit.touches]
    elsewhere = nature([edit for edit in edits if edit not in substance])
    told = words.either([words[f"edit.only.{each}"] for each in elsewhere], "and")
    if not substance:
        return text(words["edit.only"].format(what=told))
    things = words.count("edit.things", len(substance))
    return text(things, *([" ", words["edit.elsewhere"].format(what=told)] if told else []))


def edits_parts(edits: Sequence[Edit], phrases: DiffPhrases) -> Iterator[Part]:
    """Each thing that was added, removed, changed or renamed."""
    if edits:
        yield Items(tuple(_edit(edit, phrases) for edit in edits))


def _edit(edit: Edit, phrases: DiffPhrases) -> Item:
    words = phrases.words
    runs: list[str | Run] = [
        Run(words[f"edit.{edit.what}"], "strong"),
        f" {words[f'edit.kind.{edit.kind}']} ",
    ]
    if edit.former is not None:
        runs += [Run(edit.former, "code"), " → "]
    if edit.id != edit.kind:
        runs.append(Run(edit.id, "code"))
        runs.append(" ")
    runs.append("(")
    line = (*text(*runs), *phrases.places(edit.old_at, edit.new_at), *text(")"))
    if edit.what in ("added", "removed"):
        data = edit.new if edit.what == "added" else edit.old
        return Item(line, (Folded(text(words["edit.whole"]), (Items(tuple(_lines(data))),)),))
    return Item(line, (Items(tuple(_field(field, phrases) for field in edit.fields)),) if edit.fields else ())


def _lines(data: Any) -> Iterator[Item]:
    """Data key by key."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield Item(text(Run(f"{key}: {_data(value)}", "code")))
    else:
        yield Item(text(Run(_data(data), "code")))


def _field(field: FieldEdit, phrases: DiffPhrases) -> Item:
    lead = text(Run(field.path, "code"), phrases.words[":"])
    if field.old is MISSING:
        return Item((*lead, *text(phrases.words["edit.added"], " ", Run(_data(field.new), "new"))))
    if field.new is MISSING:
        return Item((*lead, *text(phrases.words["edit.removed"], " ", Run(_data(field.old), "old"))))
    old, new = _data(field.old), _data(field.new)
    if isinstance(field.old, str) and isinstance(field.new, str) and max(len(old), len(new)) > SHORT:
        # Of a long text, the words that differ are what a reader looks for.
        before, after = compared(old, new)
    else:
        before, after = text(Run(old, "old")), text(Run(new, "new"))
    return Item((*lead, *before, *text(" → "), *after))


def _data(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
