"""Which ids of one policy are which ids of another: the renames that entries declare with `formerly`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain
from typing import Any

from supportrules.documents import Node
from supportrules.frozen import FrozenDict
from supportrules.policy import Definition, bind_documents
from supportrules.policy.objects import COLUMN, FAMILY, SEVERITY
from supportrules.vocabulary import Origin

# Ids with the former names of each.
_Former = Mapping[str, tuple[str, ...]]
_Rename = Callable[[str], str]
_Change = Callable[[Node], Node]


class Names:
    """Which ids of an old policy are which ids of a new one.

    An entry is renamed where one of the two policies declares so, and each of them has one of the two ids and
    not the other. The other way round, the same entries are renamed back. Where two became one, or one became
    two, none is renamed.

    Attributes:
        old, new: the policies.
        renamed: by kind, the new id of each old one that is another now. The kinds are ``fact``,
            ``conclusion``, ``family``, ``plan``, ``issue_type``, ``level``, ``column``, ``channel``,
            ``hours``, ``date``, ``exception``, ``rule`` and ``note``. Rules and notes have their whole ids,
            and are there only if the last part is another.
    """

    def __init__(self, old: Definition, new: Definition) -> None:
        self.old, self.new = old, new
        before, after = _entries(old), _entries(new)
        # Conditions name facts and conclusions alike.
        shared = {"fact": "conclusion", "conclusion": "fact"}
        renamed: dict[str, Mapping[str, str]] = {}
        for kind, entries in before.items():
            other = shared.get(kind)
            taken = (before[other], after[other]) if other else ((), ())
            renamed[kind] = _pairs(entries, after[kind], *taken)
        # What the id of a rule begins with can be renamed as well.
        self.renamed: Mapping[str, Mapping[str, str]] = FrozenDict(renamed | {"rule": {}, "note": {}})
        rules = self._scoped(_rules(old), _rules(new))
        # The code of a note is one in all files.
        codes = [{note.id.rpartition(".")[2] for note in policy.notes} for policy in (old, new)]
        notes = self._scoped(_notes(old), _notes(new), *codes)
        self.renamed = FrozenDict(renamed | {"rule": rules, "note": notes})

    def name(self, kind: str, id: str) -> str:
        """What an entry of the old policy is called in the new one."""
        return self.renamed[kind].get(id, id)

    def term(self, name: str) -> str:
        """What a fact or a conclusion is called in the new policy."""
        return self.name("fact", self.name("conclusion", name))

    def rule(self, id: str) -> str:
        """The id of a rule, or a beginning of such ids, in the new policy."""
        for kind in ("rule", "note"):
            if id in self.renamed[kind]:
                return self.renamed[kind][id]
        match id.split("."):
            case ["plans", "rules" | "notes", *_] | ["channels", "reopening" | "notes", *_]:
                return id
            case ["plans", plan, *rest]:
                conclusions = (self.name("conclusion", name) for name in rest)
                return ".".join(("plans", self.name("plan", plan), *conclusions))
            case ["issue_types", issue_type]:
                return f"issue_types.{self.name('issue_type', issue_type)}"
            case ["channels", channel, *rest]:
                return ".".join(("channels", self.name("channel", channel), *rest))
            case ["response_targets", "columns", column]:
                return f"response_targets.columns.{self.name('column', column)}"
            case ["response_targets", level, *rest] if level not in ("columns", "notes"):
                columns = (self.name("column", name) for name in rest)
                return ".".join(("response_targets", self.name("level", level), *columns))
            case ["calendars", "hours", hours]:
                return f"calendars.hours.{self.name('hours', hours)}"
            case ["calendars", "coverage", exception]:
                return f"calendars.coverage.{self.name('exception', exception)}"
        return id

    def ticket(self, ticket: Mapping[str, Any]) -> dict[str, Any]:
        """A ticket in the old policy's names → in the new one's; what has such a name already keeps it."""
        return dict(self._fields(ticket))

    def former_ticket(self, ticket: Mapping[str, Any]) -> dict[str, Any]:
        """A ticket in the new policy's names → in the old one's; what has such a name already keeps it."""
        return Names(self.new, self.old).ticket(ticket)

    @cached_property
    def definition(self) -> Definition:
        """The old policy in the new one's names.

        A special day keeps its date, which is what it is about. Places and the digest are those of the old
        policy, and nothing in it has former names. Where nothing is renamed it is the old policy itself.
        """
        if not any(ids for kind, ids in self.renamed.items() if kind != "date"):
            return self.old
        return replace(bind_documents(self.documents), digest=self.old.digest)

    @cached_property
    def documents(self) -> Mapping[str, Node]:
        """The old policy's files in the new one's names, without former names; all else keeps its place."""
        changes = {
            "policy": _edit(roles=_values(_names(self._to("fact")))),
            "vocabulary": _edit(
                facts=_keys(self._to("fact"), _edit_fact(self)),
                conclusions=self._entries("conclusion"),
            ),
            "plans": _edit(
                families=self._entries("family"),
                plans=self._entries(
                    "plan",
                    family=_names(self._to("family")),
                    column=_names(self._to("column")),
                    entitlements=_keys(self._to("conclusion")),
                ),
                rules=self._rules("plans.rules", then=_keys(self._to("conclusion"))),
                notes=self._rules("plans.notes"),
            ),
            "issue_types": _edit(issue_types=self._entries("issue_type")),
            "severity": _edit(
                levels=_items(_edit_entry(id=_names(self._to("level")))),
                rules=_each(
                    lambda group: self._rules(
                        f"severity.{group}",
                        level=_names(self._to("level")),
                        level_from=_names(self._to("fact")),
                    )
                ),
                notes=self._rules("severity.notes"),
            ),
            "response_targets": _edit(
                columns=self._entries("column", better_than=_names(self._to("column")), **self._rule),
                targets=_keys(
                    self._to("level"), _keys(self._to("column"), _edit(clock=_names(self._to("hours"))))
                ),
                notes=self._rules("response_targets.notes"),
            ),
            "channels": _edit(
                channels=_each(
                    lambda channel: _edit_entry(
                        rules=self._rules(f"channels.{channel}", hours=_names(self._to("hours")))
                    ),
                    self._to("channel"),
                ),
                order=_names(self._to("channel")),
                reopening=self._rules("channels.reopening"),
                notes=self._rules("channels.notes"),
            ),
            "calendars": _edit(
                hours=self._entries("hours"),
                dates=_values(_edit_entry(hours=_names(self._to("hours")))),
                coverage=_edit(exceptions=self._entries("exception", clock=_names(self._to("hours")))),
            ),
        }
        documents = self.old.sources.documents
        return FrozenDict({stem: changes.get(stem, _same)(node) for stem, node in documents.items()})

    # What is renamed

    def _scoped(
        self,
        before: Mapping[str, _Former],
        after: Mapping[str, _Former],
        taken_before: Collection[str] = (),
        taken_after: Collection[str] = (),
    ) -> Mapping[str, str]:
        """The renamed rules of two policies, given by what their ids begin with."""
        found: dict[str, str] = {}
        for scope, entries in before.items():
            target = self.rule(scope)
            pairs = _pairs(entries, after.get(target, {}), taken_before, taken_after)
            found |= {f"{scope}.{old}": f"{target}.{new}" for old, new in pairs.items()}
        return FrozenDict(found)

    def _to(self, kind: str) -> _Rename:
        return partial(self.name, kind)

    def _value(self, kind: str | None, value: Any) -> Any:
        return self.name(kind, value) if kind and isinstance(value, str) else value

    def _fields(self, ticket: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        for name, value in ticket.items():
            target = self.name("fact", name)
            if target not in ticket:
                yield target, self._value(_kind_of_values(self.old, name), value)
            else:
                policy = self.old if name in self.old.vocabulary.facts else self.new
                yield name, self._value(_kind_of_values(policy, name), value)

    # How the files are changed

    @property
    def _rule(self) -> dict[str, _Change]:
        return {"when": self._condition, "overrides": _names(self.rule)}

    def _entries(self, kind: str, **changes: _Change) -> _Change:
        return _keys(self._to(kind), _edit_entry(**changes))

    def _rules(self, scope: str, **changes: _Change) -> _Change:
        change = _edit_entry(**self._rule, **changes)
        return _keys(lambda name: self.rule(f"{scope}.{name}").rpartition(".")[2], change)

    def _condition(self, node: Node) -> Node:
        tests = _each(lambda name: _items(self._condition) if name == "any" else self._test(name), self.term)
        return tests(node)

    def _test(self, name: str) -> _Change:
        kind = _kind_of_values(self.old, name)
        change = _names(self._to(kind)) if kind else _same
        excluded = _edit(**{"not": change})
        return lambda node: (excluded if isinstance(node.value, Mapping) else change)(node)


def _entries(definition: Definition) -> dict[str, _Former]:
    """The former names of all entries that are no rules, by kind and id."""
    found: dict[str, Mapping[str, Any]] = {
        "fact": definition.vocabulary.facts,
        "conclusion": definition.conclusions,
        "family": definition.families,
        "plan": definition.plans,
        "issue_type": definition.issue_types,
        "level": definition.levels,
        "column": definition.columns,
        "channel": definition.channels,
        "hours": definition.hours,
        "date": {date.id: date for date in definition.dates},
        "exception": {exception.id: exception for exception in definition.coverage.exceptions},
    }
    return {kind: {id: e.origin.formerly for id, e in entries.items()} for kind, entries in found.items()}


def _rules(definition: Definition) -> Mapping[str, _Former]:
    """The former names of rules, by what their ids begin with; columns are entries."""
    rules = chain(
        definition.free_rules, definition.severity_rules, definition.channel_rules, definition.reopening_rules
    )
    return _by_scope((rule.id, rule.origin) for rule in rules)


def _notes(definition: Definition) -> Mapping[str, _Former]:
    return _by_scope((note.id, note.origin) for note in definition.notes)


def _by_scope(rules: Iterable[tuple[str, Origin]]) -> Mapping[str, _Former]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for id, origin in rules:
        scope, _, name = id.rpartition(".")
        found.setdefault(scope, {})[name] = origin.formerly
    return found


def _pairs(
    before: _Former, after: _Former, taken_before: Collection[str] = (), taken_after: Collection[str] = ()
) -> Mapping[str, str]:
    """The renamed among entries of a kind: old ids and new ones.

    Args:
        before, after: the entries of the old and of the new policy.
        taken_before, taken_after: names that are in use besides.
    """
    declared = {(former, id) for id, names in after.items() for former in names}
    declared |= {(id, former) for id, names in before.items() for former in names}
    free = [
        (old, new)
        for old, new in sorted(declared)
        if old in before and new in after
        if new not in before and new not in taken_before
        if old not in after and old not in taken_after
    ]
    olds, news = (Counter(names) for names in zip(*free, strict=True)) if free else (Counter(), Counter())
    return FrozenDict({old: new for old, new in free if olds[old] == news[new] == 1})


def _kind_of_values(definition: Definition, name: str) -> str | None:
    """Of which kind the values of a fact or a conclusion are, if they are entries."""
    fixed = {FAMILY: "family", COLUMN: "column", SEVERITY: "level"}
    if name in fixed:
        return fixed[name]
    if name == definition.plan_fact:
        return "plan"
    if name == definition.issue_type_fact:
        return "issue_type"
    fact = definition.vocabulary.facts.get(name)
    return "level" if fact and fact.type == "level" else None


def _same(node: Node) -> Node:
    return node


def _each(change: Callable[[str], _Change], rename: _Rename = str) -> _Change:
    """Renames the keys of a mapping and changes what they hold, as is said of each key."""

    def changed(node: Node) -> Node:
        assert isinstance(node.value, Mapping)
        values = {rename(key): change(key)(item) for key, item in node.value.items()}
        return replace(node, value=values, keys={rename(key): place for key, place in node.keys.items()})

    return changed


def _keys(rename: _Rename, change: _Change = _same) -> _Change:
    return _each(lambda _: change, rename)


def _values(change: _Change) -> _Change:
    return _each(lambda _: change)


def _edit(**changes: _Change) -> _Change:
    """Changes what some keys of a mapping hold."""
    return _each(lambda key: changes.get(key, _same))


def _edit_entry(**changes: _Change) -> _Change:
    """Changes what some keys of an entry hold; it forgets its former names."""
    edit = _edit(**changes)

    def changed(node: Node) -> Node:
        assert isinstance(node.value, Mapping)
        kept = {key: item for key, item in node.value.items() if key != "formerly"}
        return edit(replace(node, value=kept, keys={key: node.keys[key] for key in kept}))

    return changed


def _edit_fact(names: Names) -> _Change:
    """Changes the values of a fact that are entries."""

    def changed(node: Node) -> Node:
        data = node.plain()
        kind = {"plans": "plan", "issue_types": "issue_type"}.get(str(data.get("values")))
        kind = "level" if data["type"] == "level" else kind
        values = _names(partial(names.name, kind)) if kind else _same
        zone = _edit(only_zone_of=_names(partial(names.name, "fact")))

        def default(node: Node) -> Node:
            return zone(node) if isinstance(node.value, Mapping) else values(node)

        return _edit_entry(default=default, worsens=values)(node)

    return changed


def _items(change: _Change) -> _Change:
    """Changes the items of a list."""

    def changed(node: Node) -> Node:
        assert isinstance(node.value, tuple)
        return replace(node, value=tuple(change(item) for item in node.value))

    return changed


def _names(rename: _Rename) -> _Change:
    """Renames a name, or those in a list; what is no text stays."""

    def changed(node: Node) -> Node:
        if isinstance(node.value, tuple):
            return _items(changed)(node)
        return replace(node, value=rename(node.value)) if isinstance(node.value, str) else node

    return changed
