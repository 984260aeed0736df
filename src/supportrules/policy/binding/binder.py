"""What is read alike in all files of a policy: names, labels, origins, references; and what is wrong."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping, Set
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.base.problem import Problem
from supportrules.base.wording import unknown_name
from supportrules.policy.definition import BASES, Entry
from supportrules.policy.documents import Node, Path
from supportrules.policy.format import (
    ENTRY_DEFAULTS,
    ENTRY_KINDS,
    Reference,
    kind_at,
    kind_of,
    promise_in,
)
from supportrules.policy.vocabulary import (
    NONE,
    Allowance,
    Label,
    Origin,
    unknown_country,
    unknown_place,
    unknown_timezone,
)
from supportrules.time import zones
from supportrules.time.clocks import ALWAYS

# What every entry has of its own or inherits, with an example.
_ORIGIN = {"source": "[RT-1]", "basis": "stated"}


class Binder:
    """Reads the data of a policy and collects what is wrong with its references.

    Paths begin with the file.

    Attributes:
        data: what the documents say, by file, as their schemas have it.
        languages: of the policy.
        promises: the names of its promises.
        names: those of its entries, by kind.
        rules: where the rules stand, by id.
        problems: what is wrong.
    """

    def __init__(
        self, documents: Mapping[str, Node], data: Mapping[str, Any], removed: Set[Path] = frozenset()
    ) -> None:
        """Takes the documents of a policy.

        Args:
            documents: by file, for the places.
            data: what they say.
            removed: the paths of what is left out of that; what follows from its absence alone is no problem.
        """
        self.documents, self.data = documents, data
        self.languages: tuple[str, ...] = tuple(data["policy"]["languages"])
        self.promises = tuple(filter(None, map(promise_in, data)))
        self.names = dict(self._names())
        self.rules: dict[str, Path] = {}
        self.problems: list[Problem] = []
        self._removed, self._removed_names = removed, {str(path[-1]) for path in removed}
        # Entries that were read: their names and former names, by what they stand beside and by their paths.
        self._beside: dict[Path, dict[Path, str]] = {}
        self._former: dict[Path, tuple[str, ...]] = {}

    def items(self, *path: str) -> Iterator[tuple[Path, Any]]:
        """The data of the entries at a path, each with its own; none if nothing is there."""
        found: Any = self.data
        for step in path:
            found = found.get(step, {})
        entries = enumerate(found) if isinstance(found, list) else found.items()
        yield from (((*path, key), data) for key, data in entries)

    def _names(self) -> Iterator[tuple[str, Mapping[str, None]]]:
        """The names of the entries that do not stand within others."""
        for kind in ENTRY_KINDS:
            *above, last = kind.steps
            if last == f"{{{kind.name}}}" and not any(map(kind_of, above)):
                names = (_name(path, data) for path, data in self.items(*above))
                yield kind.name, dict.fromkeys(names)

    # Problems

    def problem(
        self,
        path: Path,
        code: str,
        message: str,
        hint: str = "",
        *,
        key: bool = False,
        field: str | None = None,
    ) -> None:
        """Tells what is wrong at a path, unless something was left out there."""
        if not any(gone[: len(path)] == path for gone in self._removed):
            place = self.documents[str(path[0])].place(path[1:], key=key)
            self.problems.append(Problem(code, message, hint, place, field))

    def reference(
        self, path: Path, what: str, name: object, accepted: Collection[object], *, key: bool = False
    ) -> bool:
        """Whether a name exists; a problem at its place if it does not."""
        if name in accepted:
            return True
        if self._removed_names.isdisjoint(str(name).split(".")):
            place = self.documents[str(path[0])].place(path[1:], key=key)
            self.problems.append(
                unknown_name(what, name, map(str, accepted), code="unknown-reference", location=place)
            )
        return False

    def refer(self, path: Path, name: object, refers: Reference, *, key: bool = False) -> bool:
        """Whether a name exists that refers to an entry; a problem at its place if it does not."""
        what = refers.kind
        names: Collection[str] = self.names[what]
        if refers.type:
            facts = self.data["vocabulary"]["facts"]
            what = f"fact of type {refers.type}"
            names = tuple(name for name in names if facts[name]["type"] == refers.type)
        before = (*refers.before, *(self.promises if refers.promises else ()))
        return name in names or self.reference(path, what, name, (*before, *names, *refers.after), key=key)

    def references(self, path: Path, data: Mapping[str, Any]) -> None:
        """Reports the names in an entry that nothing has."""
        for key, refers in kind_at(path).refers.items():
            if key in data and refers.kind in self.names:
                for where, name in _named((*path, key), data[key]):
                    self.refer(where, name, refers, key=isinstance(data[key], Mapping))

    # What many entries have

    def date(self, path: Path, text: str, *, key: bool = False) -> datetime.date:
        """A day."""
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            self.problem(path, "wrong-form", f"there is no day `{text}`", key=key)
            return datetime.date.min

    def country(self, path: Path, code: object) -> None:
        """Tells if there is no such country."""
        if code not in zones.country_names():
            place = self.documents[str(path[0])].place(path[1:])
            self.problems.append(unknown_country(str(code), "country", place))

    def timezone(self, path: Path, name: str) -> str:
        """A time zone."""
        if name not in zones.zone_names():
            place = self.documents[str(path[0])].place(path[1:])
            self.problems.append(unknown_timezone(name, place, "customer"))
        return name

    def is_place(self, path: Path, code: str, *, key: bool = False) -> bool:
        """Whether there is such a country or subdivision; a problem if not."""
        place = self.documents[str(path[0])].place(path[1:], key=key)
        problem = unknown_place(code, self.languages, place)
        if problem is not None:
            self.problems.append(problem)
        return problem is None

    def label(self, path: Path, data: Mapping[str, str]) -> Label:
        """A text in the languages of the policy."""
        for language in self.languages:
            if language not in data:
                message = f"no text in `{language}`, a language of this policy"
                self.problem(path, "missing-language", message)
        for language in data:
            if language not in self.languages:
                message = f"`{language}` is no language of this policy"
                hint = "add it to `languages` in policy.yaml"
                self.problem((*path, language), "unknown-language", message, hint, key=True)
        # In the order of the manifest, whatever that in the file.
        return FrozenDict({language: data[language] for language in self.languages if language in data})

    def label_at(self, path: Path, data: Mapping[str, Any], key: str) -> Label | None:
        """The text that an entry may have at a key."""
        return self.label((*path, key), data[key]) if key in data else None

    def origin(self, path: Path, data: Mapping[str, Any]) -> Origin:
        """Where an entry comes from."""
        for key, example in _ORIGIN.items():
            if key not in data:
                message = f"`{_name(path, data)}` has no `{key}`"
                hint = f"such as `{key}: {example}`, here or in `{ENTRY_DEFAULTS}` for several entries"
                self.problem(path, "missing-key", message, hint, key=True, field=key)
        source = self._source(path, data)
        self.label_at(path, data, "comment")
        review_by = self.date((*path, "review_by"), data["review_by"]) if "review_by" in data else None
        allow = {}
        for code, item in data.get("allow", {}).items():
            where = (*path, "allow", code)
            reason = self.label((*where, "reason"), item["reason"])
            allow[code] = Allowance(reason, self._source(where, item))
        formerly = tuple(data.get("formerly", ()))
        # The code of a note is one in all files.
        beside = ("notes",) if path[1] == "notes" else path[:-1]
        self._beside.setdefault(beside, {})[path] = _name(path, data)
        if formerly:
            self._former[path] = formerly
        place = self.documents[str(path[0])].place(path[1:], key=True)
        return Origin(source, data.get("basis", BASES[-1]), place, review_by, FrozenDict(allow), formerly)

    def _source(self, path: Path, data: Mapping[str, Any]) -> tuple[str, ...]:
        source = tuple(data.get("source", ()))
        for index, number in enumerate(source):
            self.reference((*path, "source", index), "clause", number, self.names["clause"])
        return source

    def entry(self, path: Path, data: Mapping[str, Any]) -> tuple[str, Label, Origin]:
        """The name, the label and the origin of an entry."""
        name = str(path[-1])
        if name in (NONE, ALWAYS) or (name in self.promises and path[:2] == ("calendars", "hours")):
            self.problem(path, "reserved-name", f"`{name}` has a meaning of its own", key=True)
        self.references(path, data)
        return name, self.label((*path, "label"), data["label"]), self.origin(path, data)

    def entries(self, *path: str) -> Mapping[str, Entry]:
        """The entries at a path, of which nothing more is said."""
        found = [Entry(*self.entry(where, data)) for where, data in self.items(*path)]
        return FrozenDict({entry.id: entry for entry in found})

    # Former names

    def check_former_names(self) -> None:
        """A former name is that of no entry beside it today, and of one entry alone."""
        for entries in self._beside.values():
            names, owners = frozenset(entries.values()), dict[str, str]()
            for path, name in entries.items():
                for index, former in enumerate(self._former.get(path, ())):
                    owner = owners.setdefault(former, name)
                    where = (*path, "formerly", index)
                    if former in names:
                        message = f"`{former}` is no former name, there is one that is called so"
                        hint = "take it out, or give the other one a name that was never used"
                        self.problem(where, "former-name", message, hint)
                    elif owner != name:
                        message = f"`{former}` is a former name of `{owner}` already"
                        self.problem(where, "former-name", message, "only one of them can go on from it")


def _name(path: Path, data: Mapping[str, Any]) -> str:
    """The name of an entry, which one of a list says itself."""
    return str(data["id"] if isinstance(path[-1], int) else path[-1])


def _named(path: Path, data: Any) -> Iterator[tuple[Path, object]]:
    """The names that stand at a key, with their paths."""
    match data:
        case list():
            yield from (((*path, index), name) for index, name in enumerate(data))
        case dict():
            yield from (((*path, name), name) for name in data)
        case _:
            yield path, data
