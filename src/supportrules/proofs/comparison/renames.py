"""Which ids of one policy are which ids of another: the renames that entries declare with `formerly`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.engine.answers import ANSWERS
from supportrules.policy import Definition
from supportrules.policy.binding import bind_documents
from supportrules.policy.documents import Node
from supportrules.policy.format import (
    EntryKind,
    Reference,
    answered_channel,
    channel_answer,
    kind_of,
    kinds_in,
    kinds_in_rule,
    promise_answer,
    promise_in,
)
from supportrules.policy.vocabulary import Origin
from supportrules.proofs.comparison.nodes import Change, at, each, in_turn, items, same, text, without

# Ids with the former names of each.
_Former = Mapping[str, tuple[str, ...]]


class Renames:
    """Which ids of older tickets and decisions are others in a policy.

    Args:
        new: the policy.
        renamed: by kind, the new id of each old one that is another now. The kinds are ``fact``,
            ``conclusion``, ``family``, ``plan``, ``issue_type``, ``level``, ``column``, ``channel``,
            ``hours``, ``date``, ``exception``, ``rule`` and ``note``. Rules and notes have their whole ids,
            and are there only if the last part is another.
    """

    def __init__(self, new: Definition, renamed: Mapping[str, Mapping[str, str]]) -> None:
        self.new, self.renamed = new, renamed

    def name(self, kind: str, id: str) -> str:
        """What an entry of the old policy is called in the new one."""
        return self.renamed.get(kind, {}).get(id, id)

    def term(self, name: str) -> str:
        """What a fact or a conclusion is called in the new policy."""
        return self.name("fact", self.name("conclusion", name))

    def rule(self, id: str) -> str:
        """The id of a rule, or a beginning of such ids, in the new policy."""
        for kind in ("rule", "note"):
            if id in self.renamed[kind]:
                return self.renamed[kind][id]
        parts = zip(kinds_in_rule(id), id.split("."), strict=True)
        return ".".join(self.name(kind, part) for kind, part in parts)

    def ticket(self, ticket: Mapping[str, Any]) -> dict[str, Any]:
        """A ticket in the old policy's names → in the new one's; what has such a name already keeps it."""
        targets = {name: self.name("fact", name) for name in ticket}
        several = Counter(targets.values())
        return {
            (target if several[target] == 1 else name): self._value(name, value)
            for (name, target), value in zip(targets.items(), ticket.values(), strict=True)
        }

    def decision(self, decision: Mapping[str, Any]) -> dict[str, Any]:
        """A decision as JSON data in the old policy's names → in the new one's."""
        codes = {old.rpartition(".")[2]: new.rpartition(".")[2] for old, new in self.renamed["note"].items()}
        alone = [kind.part for kind in ANSWERS if not kind.is_named and kind.part in decision]
        return {
            **decision,
            **{part: self._value(part, decision[part]) for part in alone},
            "promises": {
                name: self._value(promise_answer(name), promise)
                for name, promise in decision["promises"].items()
            },
            "channels": {
                self.name("channel", name): self._value(name, channel)
                for name, channel in decision["channels"].items()
            },
            "undetermined": {
                self._answer(name): {
                    "possible": [self._value(name, value) for value in left["possible"]],
                    "missing": [self.name("fact", fact) for fact in left["missing"]],
                }
                for name, left in decision["undetermined"].items()
            },
            "notes": [note | {"code": codes.get(note["code"], note["code"])} for note in decision["notes"]],
            "basis": {self._answer(name): basis for name, basis in decision["basis"].items()},
            "derivation": [self._derived(entry) for entry in decision["derivation"]],
        }

    def _derived(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """An entry of a derivation in the new policy's names."""
        name = entry["concludes"]
        found = {
            **entry,
            "concludes": self.rule(name) if name.count(".") > 1 else self.term(self._answer(name)),
            "value": self._value(name, entry["value"]),
            "from": {self.term(read): self._value(read, value) for read, value in entry["from"].items()},
        }
        for key in ("rule", "overridden_by"):
            found[key] = found[key] and self.rule(found[key])
        if "agreed_by" in found:
            found["agreed_by"] = [self.rule(id) for id in found["agreed_by"]]
        return found

    def _answer(self, name: str) -> str:
        """An answer of the old policy in the new one's names."""
        channel = answered_channel(name)
        return name if channel is None else channel_answer(self.name("channel", channel))

    def _value(self, name: str, value: Any) -> Any:
        """A value of a fact, a conclusion or an answer in the new policy's names."""
        match value:
            case str():
                kind = self._kind_of_values(name)
                return self.name(kind, value) if kind else value
            case list():
                return [self._value(name, each) for each in value]
            case dict():
                return {key: self._part(name, key, each) for key, each in value.items()}
        return value

    def _part(self, name: str, key: str, value: Any) -> Any:
        if not isinstance(value, str):
            return self._value(name, value)
        match key:
            case "hours" | "clock":
                return self.name("hours", value)
            case "rule":
                return self.rule(value)
            case "value":
                return self._value(name, value)
        return value

    def _kind_of_values(self, name: str) -> str | None:
        """Of which kind the values of a fact or a conclusion of the old policy are, if they are entries."""
        return self.new.kind_of_values(self.term(name))


class Declared(Renames):
    """What a policy declares to have been called otherwise; the older policies need not be there.

    An id that the policy still has, or that several entries were called, is none of these.
    """

    def __init__(self, policy: Definition) -> None:
        entries = _named(policy)
        terms = entries["fact"].keys() | entries["conclusion"].keys()
        renamed = {
            kind: _former(found, terms if kind in ("fact", "conclusion") else found)
            for kind, found in entries.items()
        }
        codes = [note.id.rpartition(".")[2] for note in policy.notes]
        for kind, scopes in (("rule", _rules(policy)), ("note", _notes(policy))):
            renamed[kind] = {
                f"{scope}.{old}": f"{scope}.{new}"
                for scope, found in scopes.items()
                for old, new in _former(found, codes if kind == "note" else found).items()
            }
        super().__init__(policy, renamed)

    def rule(self, id: str) -> str:
        """The id of a rule in the policy."""
        # What it begins with can have been renamed before it was, or after.
        return super().rule(super().rule(id))


def _former(entries: _Former, taken: Collection[str]) -> dict[str, str]:
    """The ids that entries had, with those that they have."""
    former = [(name, id) for id, names in entries.items() for name in names if name not in taken]
    count = Counter(name for name, _ in former)
    return {name: id for name, id in former if count[name] == 1}


class Names(Renames):
    """Which ids of an old policy are which ids of a new one.

    An entry is renamed where one of the two policies declares so, and each of them has one of the two ids and
    not the other. The other way round, the same entries are renamed back. Where two became one, or one became
    two, none is renamed.

    Args:
        old, new: the policies.
    """

    def __init__(self, old: Definition, new: Definition) -> None:
        self.old, self.new = old, new
        before, after = _named(old), _named(new)
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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Names) and self._rests_on == other._rests_on

    def __hash__(self) -> int:
        return hash(self._rests_on)

    @property
    def _rests_on(self) -> tuple[str, str, Mapping[str, Mapping[str, str]]]:
        # The old policy in the new one's names keeps its digest.
        return self.old.digest, self.new.digest, self.renamed

    def former_ticket(self, ticket: Mapping[str, Any]) -> dict[str, Any]:
        """A ticket in the new policy's names → in the old one's; what has such a name already keeps it."""
        return self._back.ticket(ticket)

    @cached_property
    def _back(self) -> Names:
        return Names(self.new, self.old)

    def tickets(self, ticket: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """A ticket in the new policy's names → as the old and the new one take it: without others' facts."""
        sides = ((self.old, self.former_ticket(ticket)), (self.new, ticket))
        old, new = (
            {name: value for name, value in each.items() if name in policy.vocabulary.facts}
            for policy, each in sides
        )
        return old, new

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
        files = self.old.sources.documents
        return FrozenDict({file: self._file(file, node) for file, node in files.items()})

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

    def _kind_of_values(self, name: str) -> str | None:
        known = self.old.vocabulary.facts.keys() | self.old.conclusions.keys()
        return (self.old if name in known else self.new).kind_of_values(name)

    # How the files are changed

    def _file(self, file: str, node: Node) -> Node:
        # Those within others first. A key may be renamed again: its new name is the old one of nothing.
        for kind in sorted(kinds_in(file), key=lambda kind: len(kind.steps), reverse=True):
            first = (promise_in(file),) if kind_of(kind.steps[0]) else ()
            node = self._entries(kind, kind.steps[1:], *first)(node)
        return node

    def _entries(self, kind: EntryKind, steps: Sequence[str], *names: str) -> Change:
        """Changes the entries of a kind.

        Args:
            steps: what is left of their path.
            names: those in the path so far.
        """
        if not steps:
            return self._entry(kind, names)
        step, *rest = steps
        if not kind_of(step):
            return at(step, self._entries(kind, rest, *names))
        return each(
            lambda name: self._entries(kind, rest, *names, name),
            lambda name: self._own_name(kind, kind_of(step), (*names, name)),
        )

    def _own_name(self, kind: EntryKind, of: str, names: tuple[str, ...]) -> str:
        """The last of some names that lead to an entry, in the new policy."""
        if of in ("rule", "note"):
            return self.rule(kind.id_of(*names)).rpartition(".")[2]
        # A special day keeps its date, which is what it is about.
        return names[-1] if kind.about else self.name(of, names[-1])

    def _entry(self, kind: EntryKind, names: tuple[str, ...]) -> Change:
        """Changes the names in an entry; it forgets its former ones."""
        changes = (at(keys, self._names(refers, names)) for keys, refers in kind.refers.items())
        return in_turn(without("formerly") if kind.formerly else same, *changes)

    def _names(self, refers: Reference, names: tuple[str, ...]) -> Change:
        """Changes what a key of the entry refers to to which these names lead."""
        match refers.kind:
            case "condition":
                return self._condition
            case "rules":
                return text(self.rule)
            case "value":
                return self._value_of(names[-1])
        return text(partial(self.name, refers.kind))

    def _value_of(self, name: str) -> Change:
        """Changes values of a fact or a conclusion."""
        kind = self.old.kind_of_values(name)
        return text(partial(self.name, kind)) if kind else same

    def _condition(self, node: Node) -> Node:
        tests = each(lambda name: items(self._condition) if name == "any" else self._test(name), self.term)
        return tests(node)

    def _test(self, name: str) -> Change:
        change = self._value_of(name)
        return lambda node: (at("not", change) if isinstance(node.value, Mapping) else change)(node)


def _named(definition: Definition) -> dict[str, _Former]:
    """The former names of all entries that are no rules, by kind and id."""
    return {
        kind: {id: entry.origin.formerly for id, entry in entries.items()}
        for kind, entries in definition.named().items()
    }


def _rules(definition: Definition) -> Mapping[str, _Former]:
    """The former names of rules, by what their ids begin with; columns are entries."""
    rules = chain(
        definition.free_rules,
        definition.severity_rules,
        definition.channel_rules,
        definition.reopening_rules,
        definition.hours_exceptions,
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
