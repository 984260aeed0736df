"""Rules of all kinds: their conditions, and what they override."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.policy.binding.binder import Binder
from supportrules.policy.conditions import Condition, Scalar, Test
from supportrules.policy.definition import Definition, NoteRule
from supportrules.policy.documents import Path
from supportrules.policy.format import CONCLUDED, ENTRY_KINDS, FILES_OF_VALUES, is_in, kind_at


def rule(binder: Binder, path: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    """What rules of every kind have, as `RuleText` takes it."""
    kind = kind_at(path)
    id = kind.rule_of(*kind.names(path))
    binder.rules[id] = path
    binder.references(path, data)
    return {
        "id": id,
        "when": condition(binder, (*path, "when"), data["when"]),
        "overrides": tuple(data.get("overrides", ())),
        "label": binder.label_at(path, data, "label") or FrozenDict(),
        "says": binder.label_at(path, data, "says") or FrozenDict(),
        "origin": binder.origin(path, data),
    }


def notes(binder: Binder) -> tuple[NoteRule, ...]:
    """The notes of all files."""
    found, seen = [], set[str]()
    kinds = [kind for kind in ENTRY_KINDS if kind.name == "note"]
    for file in (file for kind in kinds for file in sorted(binder.data) if is_in(kind, file)):
        for path, data in binder.items(file, "notes"):
            name = str(path[-1])
            if name in seen:
                binder.problem(path, "duplicate-value", f"two notes are called `{name}`", key=True)
            seen.add(name)
            found.append(NoteRule(**rule(binder, path, data)))
    return tuple(sorted(found, key=lambda note: note.id))


def check_overrides(binder: Binder, definition: Definition) -> None:
    """Tells which overrides are no rules about the same."""
    for rule in definition.overriding_rules:
        for index, name in enumerate(rule.overrides):
            if not any(other != rule.id for other in definition.rules_called(name, rule.conclusion)):
                others = [other for other in definition.rule_ids(rule.conclusion) if other != rule.id]
                parents = {o.rsplit(".", n)[0] for o in others for n in range(1, o.count(".") + 1)}
                where = (*binder.rules[rule.id], "overrides", index)
                what = f"rule about {rule.conclusion}"
                binder.reference(where, what, name, sorted({*others, *parents}))


# Conditions


def condition(binder: Binder, path: Path, data: Mapping[str, Any]) -> Condition:
    """When a rule fires."""
    tests: list[Test] = []
    alternatives: tuple[Condition, ...] = ()
    known = (*binder.names["fact"], *binder.names["conclusion"], *CONCLUDED)
    for name, item in data.items():
        where = (*path, name)
        if name == "any":
            alternatives = tuple(condition(binder, (*where, i), c) for i, c in enumerate(item))
        elif binder.reference(where, "fact or conclusion", name, known, key=True):
            tests.append(_test(binder, where, name, item))
    # By name: the order of keys says nothing, and must not show in a derivation.
    return Condition(tuple(sorted(tests, key=lambda test: test.name)), alternatives)


def _test(binder: Binder, path: Path, name: str, data: Any) -> Test:
    if not isinstance(data, Mapping):
        return Test(name, accepted=frozenset(values(binder, path, name, data)))
    excluded = None
    if "not" in data:
        excluded = frozenset(values(binder, (*path, "not"), name, data["not"]))
    low, high = data.get("at_least"), data.get("at_most")
    if (low is not None or high is not None) and _term(binder, name).get("type") != "number":
        binder.problem(path, "wrong-type", f"`{name}` is no number, it has no bounds")
    if low is not None and high is not None and low > high:
        binder.problem(path, "wrong-value", f"no number is at least {low} and at most {high}")
    return Test(name, None, excluded, low, high, data.get("given"))


def values(binder: Binder, path: Path, name: str, data: Any, *, of_conclusion: bool = False) -> list[Scalar]:
    """Values of a fact or a conclusion, one or a list; `of_conclusion` where a fact can't be meant."""
    items = data if isinstance(data, list) else [data]
    conclusion = _conclusion(binder, name)
    known = _known_values(binder, name, conclusion)
    kind = (conclusion if of_conclusion else _term(binder, name)).get("type")
    for index, value in enumerate(items):
        where = (*path, index) if isinstance(data, list) else path
        if kind == "boolean":
            if not isinstance(value, bool):
                binder.problem(where, "wrong-type", f"`{name}` is true or false")
        elif kind == "number":
            if isinstance(value, bool) or not isinstance(value, int):
                binder.problem(where, "wrong-type", f"`{name}` is a whole number")
        elif kind == "country":
            binder.country(where, value)
        elif known is None:
            message = f"a rule can test whether `{name}` is given, not its value"
            binder.problem(where, "wrong-type", message, f"write `{name}: {{given: true}}`")
        else:
            binder.reference(where, f"value of {name}", value, known)
    return items


def _known_values(binder: Binder, name: str, conclusion: Mapping[str, Any]) -> Collection[object] | None:
    """The values of a fact or a conclusion, if they can be listed; under one name, the conclusion's."""
    if conclusion:
        return tuple(conclusion.get("values", {}))
    term = _term(binder, name)
    if not term:
        return binder.names[CONCLUDED[name]]
    if term["type"] == "level":
        return binder.names["level"]
    found = term.get("values")
    if isinstance(found, str):
        return binder.names[FILES_OF_VALUES[found]]
    return None if found is None else tuple(found)


def _term(binder: Binder, name: str) -> Mapping[str, Any]:
    """What the vocabulary says of a fact or a conclusion; nothing of those of every policy."""
    found: Mapping[str, Any] | None = binder.data["vocabulary"]["facts"].get(name)
    return found or _conclusion(binder, name)


def _conclusion(binder: Binder, name: str) -> Mapping[str, Any]:
    """What the vocabulary says of a conclusion; nothing where there is no such conclusion."""
    found: Mapping[str, Any] = binder.data["vocabulary"].get("conclusions", {}).get(name, {})
    return found
