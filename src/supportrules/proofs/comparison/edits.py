"""What changed in the text of a policy: not by line, but by entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, get_args

from supportrules.base.frozen import frozen
from supportrules.base.problem import Location
from supportrules.policy import Definition
from supportrules.policy.format import KINDS, entry_kind
from supportrules.proofs.comparison.entries import Field, Path, PolicyEntry, entries_in
from supportrules.proofs.comparison.renames import Names

Touches = Literal["substance", "name", "citation", "wording", "upkeep", "edition"]
"""What an edit is about.

``substance`` can change an answer or how sure it is; ``name`` is how an entry is called; ``citation`` which
clauses it comes from, and what there is of them; ``wording`` what people read; ``upkeep`` what is to be
looked at again or allowed; ``edition`` which version this is.
"""


class Missing(Enum):
    """What stands where nothing is said; there is one, `MISSING`."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING

_KEYS: Mapping[Touches, tuple[str, ...]] = {
    "wording": (
        *("label", "description", "question", "says", "comment", "no_effect"),
        *("title", "publisher", "heading", "summary", "not_a_rule"),
    ),
    "citation": ("source",),
    "upkeep": ("review_by", "allow"),
    "edition": ("name", "version", "effective_from"),
}
_TOUCHES: Mapping[str, Touches] = {key: touches for touches, keys in _KEYS.items() for key in keys}
# Of these the order decides only what is named first.
_NAMED_FIRST = {"languages", "channels"}
# What the source says; no answer comes from it but by the entries that cite it.
_SOURCE = {"section", "clause"}


@dataclass(frozen=True)
class FieldEdit:
    """A part of an entry that says something else, or is said on one side only.

    Args:
        path: the keys that lead to it, joined by dots, in the new policy's names.
        touches: what it is about.
        old, new: what either side says, in its own names, as data that does not change.
        old_at, new_at: where.
    """

    path: str
    touches: Touches
    old: Any
    new: Any
    old_at: Location | None
    new_at: Location | None


@dataclass(frozen=True)
class Edit:
    """An entry that was added, removed, changed or renamed.

    Args:
        kind: what it is, as `supportrules.proofs.comparison.entries.PolicyEntry` has it.
        id: its name in the new policy, or in the old one where it was removed.
        what: what became of it; an entry that was renamed may be changed too.
        former: its name in the old policy, where that is another.
        old, new: all that either side says of it, in its own names, as data that does not change.
        old_at, new_at: where.
        fields: what differs; nothing where the entry was added or removed.
    """

    kind: str
    id: str
    what: Literal["added", "removed", "changed", "renamed"]
    former: str | None
    old: Any
    new: Any
    old_at: Location | None
    new_at: Location | None
    fields: tuple[FieldEdit, ...] = ()

    @property
    def touches(self) -> frozenset[Touches]:
        """What it is about."""
        if self.what in ("added", "removed"):
            return frozenset({_whole(self.kind, self.id)})
        renamed: tuple[Touches, ...] = ("name",) if self.what == "renamed" else ()
        return frozenset((*renamed, *(field.touches for field in self.fields)))


def edits(old: Definition, new: Definition, names: Names) -> tuple[Edit, ...]:
    """What the files of two policies say differently, each difference once.

    Comments, layout, the order of keys and of lists in which it does not count, and names that are others
    only because an entry was renamed, are no difference.

    Args:
        old, new: the policies.
        names: which names of the one are which of the other.

    Returns:
        The entries that differ, kind by kind, those that were removed after the others of their kind.
    """
    pairs = zip(entries_in(old.sources.documents), entries_in(names.documents), strict=True)
    # A special day that was moved keeps its name in all but the list of renames.
    before = {(own.kind, _renamed(names, named)): (own, named) for own, named in pairs}
    after = {(entry.kind, entry.id): entry for entry in entries_in(new.sources.documents)}
    keys = sorted(dict.fromkeys([*after, *before]), key=lambda key: KINDS.index(key[0]))
    found = (_edit(names, before.get(key), after.get(key)) for key in keys)
    return tuple(edit for edit in found if edit is not None)


def nature(edits: Iterable[Edit]) -> tuple[Touches, ...]:
    """What some edits are about as a whole, the weightiest first; nothing if nothing changed."""
    found = {touches for edit in edits for touches in edit.touches}
    return tuple(touches for touches in get_args(Touches) if touches in found)


def _renamed(names: Names, entry: PolicyEntry) -> str:
    return names.name(entry.kind, entry.id) if entry_kind(entry.kind).about else entry.id


def _edit(names: Names, old: tuple[PolicyEntry, PolicyEntry] | None, new: PolicyEntry | None) -> Edit | None:
    """How an entry differs, or None.

    Args:
        old: what the old policy says of it, in its own names and in those of the new one.
        new: what the new policy says of it.
    """
    if old is None:
        assert new is not None
        return Edit(new.kind, new.id, "added", None, MISSING, frozen(new.node.plain()), None, new.at)
    own, named = old
    if new is None:
        return Edit(own.kind, own.id, "removed", None, frozen(own.node.plain()), MISSING, own.at, None)
    renamed = own.id in names.renamed.get(own.kind, ())
    fields = tuple(_field_edits(own, named, new))
    if not (renamed or fields):
        return None
    return Edit(
        kind=new.kind,
        id=new.id,
        what="renamed" if renamed else "changed",
        former=own.id if own.id != new.id else None,
        old=frozen(own.node.plain()),
        new=frozen(new.node.plain()),
        old_at=own.at,
        new_at=new.at,
        fields=fields,
    )


def _field_edits(own: PolicyEntry, named: PolicyEntry, new: PolicyEntry) -> Iterator[FieldEdit]:
    before = {there.path: (here, there) for here, there in zip(own.fields(), named.fields(), strict=True)}
    after = {field.path: field for field in new.fields()}
    for path in dict.fromkeys([*after, *before]):
        here, there = before.get(path, (None, None))
        field = after.get(path)
        if (there and there.says) == (field and field.says):
            continue
        if _filled(path, there, after) or _filled(path, field, before):
            continue
        yield FieldEdit(
            path=".".join(path),
            touches=_touches(new, path, before, after),
            old=frozen(here.node.plain()) if here else MISSING,
            new=frozen(field.node.plain()) if field else MISSING,
            old_at=here.at if here else None,
            new_at=field.at if field else None,
        )


def _filled(path: Path, field: Field | None, others: Collection[Path]) -> bool:
    """Whether it is an empty mapping in which the other side has something, which is told of that."""
    return field is not None and field.node.value == {} and any(p[: len(path)] == path != p for p in others)


def _touches(entry: PolicyEntry, path: Path, before: Collection[Path], after: Collection[Path]) -> Touches:
    if entry.kind == "order":
        return _whole(entry.kind, entry.id)
    if path[0] == "values" and len(path) == 3:
        # The label of a value; but a value that only one side has is more than its label.
        both = all(any(p[:2] == path[:2] for p in paths) for paths in (before, after))
        return "wording" if both else "substance"
    return _TOUCHES.get(path[0], "citation" if entry.kind in _SOURCE else "substance")


def _whole(kind: str, id: str) -> Touches:
    """What an entry is about as a whole."""
    if kind == "order" and id in _NAMED_FIRST:
        return "wording"
    return "citation" if kind in _SOURCE else "substance"
