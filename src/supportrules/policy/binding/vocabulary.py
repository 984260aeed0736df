"""vocabulary.yaml → facts and conclusions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from supportrules.base.frozen import FrozenDict, frozen
from supportrules.errors import TicketError
from supportrules.policy.binding.binder import Binder
from supportrules.policy.binding.rules import values
from supportrules.policy.conditions import Scalar
from supportrules.policy.definition import FIXED, Conclusion
from supportrules.policy.documents import Path
from supportrules.policy.format import FILES_OF_VALUES, kind_at
from supportrules.policy.vocabulary import NONE, UNKNOWN, Fact, Label, OnlyZoneOf, Vocabulary


def facts(binder: Binder) -> Iterator[Fact]:
    """The facts of a ticket."""
    for path, data in binder.items("vocabulary", "facts"):
        name = str(path[-1])
        if name in (*FIXED, "any", "given", NONE, *binder.names["conclusion"]):
            message = f"a fact can't be called `{name}`, rules conclude that"
            binder.problem(path, "reserved-name", message, "choose another name", key=True)
        low, high = data.get("minimum"), data.get("maximum")
        if low is not None and high is not None and low > high:
            message = f"no number is at least {low} and at most {high}"
            binder.problem((*path, "maximum"), "wrong-value", message)
        fact = Fact(
            name=name,
            type=data["type"],
            label=binder.label((*path, "label"), data["label"]),
            question=binder.label((*path, "question"), data["question"]),
            origin=binder.origin(path, data),
            values=frozen(_fact_values(binder, path, data)),
            optional=data.get("optional", False),
            minimum=low,
            maximum=high,
            no_effect=binder.label_at(path, data, "no_effect"),
            worsens=_worsens(binder, path, data),
            renamed=frozen(_renamed_values(binder, data)),
            country=binder.data["policy"]["roles"].get("country") if data["type"] == "subdivision" else None,
            labels=FrozenDict(_labels(binder, path, data)),
        )
        yield replace(fact, default=_default(binder, path, data, fact))


def _labels(binder: Binder, path: Path, data: Mapping[str, Any]) -> Iterator[tuple[str, Label]]:
    """The policy's own names of countries or subdivisions, by code."""
    for code, label in data.get("labels", {}).items():
        where, is_country = (*path, "labels", code), "-" not in code
        if binder.is_place(where, code, key=True) and is_country != (data["type"] == "country"):
            what = "a country" if is_country else "a subdivision"
            binder.problem(where, "wrong-value", f"`{code}` is {what}, not a {data['type']}", key=True)
        yield code, binder.label(where, label)


def _fact_values(binder: Binder, path: Path, data: Mapping[str, Any]) -> dict[str, Label]:
    if data["type"] == "level":
        return {level["id"]: level["label"] for level in binder.data["severity"]["levels"]}
    found = data.get("values", {})
    if isinstance(found, str):
        if found not in binder.data:
            message = f"there is no `{found}.yaml` to take the values from"
            binder.problem((*path, "values"), "unknown-reference", message)
            return {}
        return {name: item["label"] for name, item in binder.data[found][found].items()}
    for value, label in found.items():
        where = (*path, "values", value)
        binder.label(where, label)
        if value == NONE:
            binder.problem(where, "reserved-name", "`none` is no value", key=True)
    return dict(found)


def _renamed_values(binder: Binder, data: Mapping[str, Any]) -> dict[str, str]:
    """The names that the values of a fact have now, by those that they had before."""
    found, entries = data.get("values"), []
    if data["type"] == "level":
        entries = [(level["id"], level) for level in binder.data["severity"]["levels"]]
    elif isinstance(found, str):
        entries = [*binder.data.get(found, {}).get(found, {}).items()]
    return {old: new for new, entry in entries for old in entry.get("formerly", ())}


def _worsens(binder: Binder, path: Path, data: Mapping[str, Any]) -> tuple[Any, ...] | str:
    found = data.get("worsens", [])
    name, where = str(path[-1]), (*path, "worsens")
    if data["type"] == "number":
        if isinstance(found, list) and found:
            message = f"`{name}` is a number"
            binder.problem(where, "wrong-type", message, "write `upwards` or `downwards`")
        return found if isinstance(found, str) else ()
    ordered = data["type"] in ("choice", "level", "boolean")
    if isinstance(found, str) or (found and not ordered):
        message = f"`{name}` has no values that stand in an order"
        hint = "list them, the mildest first" if ordered else ""
        binder.problem(where, "wrong-type", message, hint)
        return ()
    return tuple(values(binder, where, name, found))


def _default(binder: Binder, path: Path, data: Mapping[str, Any], fact: Fact) -> object:
    default, where = data.get("default", UNKNOWN), (*path, "default")
    if default is UNKNOWN:
        return UNKNOWN
    if default == NONE:
        return None
    if isinstance(default, Mapping):
        country = default["only_zone_of"]
        binder.refer(where, country, kind_at(path).refers["default.only_zone_of"])
        if data["type"] != "timezone":
            binder.problem(where, "wrong-type", "only a time zone follows from a country")
        return OnlyZoneOf(country)
    try:
        return Vocabulary([fact]).read({fact.name: default}).values[fact.name]
    except TicketError as error:
        problem = error.problems[0]
        binder.problem(where, problem.code, problem.message, problem.hint)
        return UNKNOWN


def conclusions(binder: Binder) -> Mapping[str, Conclusion]:
    """What rules conclude for other rules."""
    found = {}
    for path, data in binder.items("vocabulary", "conclusions"):
        name, label, origin = binder.entry(path, data)
        if name in (*FIXED, "any", NONE):
            message = f"`{name}` is concluded by other files already"
            binder.problem(path, "reserved-name", message, key=True)
        texts: dict[Scalar, Label] = dict(data.get("values", {}))
        for value, text in texts.items():
            binder.label((*path, "values", str(value)), text)
        if data["type"] == "boolean":
            texts = {True: {}, False: {}}
        found[name] = Conclusion(name, data["type"], frozen(texts), label, origin)
    return FrozenDict(found)


def fact_of(binder: Binder, file: str) -> str | None:
    """The one fact whose values are the entries of a file."""
    facts = binder.data["vocabulary"]["facts"]
    names = [name for name, data in facts.items() if data.get("values") == file]
    if len(names) > 1:
        message = f"`{names[0]}` takes its values from {file}.yaml already"
        binder.problem(("vocabulary", "facts", names[1], "values"), "duplicate-value", message)
    if binder.names[FILES_OF_VALUES[file]] and not names:
        message = f"no fact has `values: {file}`, so nothing can name an entry of {file}.yaml"
        binder.problem(("vocabulary", "facts"), "missing-key", message, key=True)
    return names[0] if names else None
