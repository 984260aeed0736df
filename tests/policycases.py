"""The cases in a policy's `tests/`: tickets, and the part of the decision that its owner expects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supportrules import Decision, Location, Policy
from supportrules.documents import DocumentError, decode, read_documents
from supportrules.schema import validate

Json = Mapping[str, Any]


class CaseError(Exception):
    """Cases that can't be read, or a case that names what the policy does not have."""


@dataclass(frozen=True)
class Case:
    """A ticket and what is expected for it.

    Args:
        defaults: whether facts that are not given take their defaults.
        clauses: the numbers of the clauses that the case is about.
        expect: the expected part of the decision, as JSON data.
        rules: references to rules, under `fired`, `stood` and `not_fired`.
    """

    name: str
    ticket: Json
    defaults: bool
    clauses: tuple[str, ...]
    expect: Json
    rules: Mapping[str, tuple[str, ...]]
    location: Location

    def decide(self, policy: Policy) -> Decision:
        """What the policy decides for the ticket."""
        return policy.evaluate(self.ticket, defaults=self.defaults)


def read_cases(directory: Path) -> tuple[Case, ...]:
    """The cases of the policy in a directory.

    Raises:
        CaseError: there are none, a file is no tests file, or two cases have one name.
    """
    cases: dict[str, Case] = {}
    for file in sorted((directory / "tests").glob("*.yaml")):
        for case in _cases(file):
            if case.name in cases:
                first = cases[case.name].location
                raise CaseError(f"{case.location}: `{case.name}` stands in {first} already")
            cases[case.name] = case
    if not cases:
        raise CaseError(f"{directory / 'tests'}: no cases here")
    return tuple(cases.values())


def _cases(file: Path) -> Iterator[Case]:
    try:
        documents, problems = read_documents(decode(file.read_bytes(), str(file)), str(file))
    except DocumentError as error:
        raise CaseError(str(error)) from None
    if len(documents) != 1:
        raise CaseError(f"{file}: {len(documents)} documents where one is expected")
    problems += validate("tests", documents[0])
    if problems:
        raise CaseError("\n".join(map(str, problems)))
    for index, data in enumerate(documents[0].plain()["cases"]):
        yield Case(
            name=data["name"],
            ticket=data["ticket"],
            defaults=data.get("defaults", True),
            clauses=tuple(data.get("clauses", ())),
            expect=data["expect"],
            rules={kind: tuple(names) for kind, names in data.get("rules", {}).items()},
            location=documents[0].place(("cases", index)),
        )


def failures(policy: Policy, case: Case) -> list[str]:
    """What is not as the case expects; nothing if it passes.

    Raises:
        CaseError: the case names a clause or a rule that the policy does not have.
    """
    for number in case.clauses:
        if number not in policy.definition.clauses:
            raise CaseError(f"{case.location}: no clause `{number}`")
    expected = {kind: referred(policy, names, case.location) for kind, names in case.rules.items()}
    decision = case.decide(policy)
    return [*differences(case.expect, decision.to_dict()), *_rule_differences(expected, decision)]


def referred(policy: Policy, references: Iterable[str], location: Location) -> tuple[str, ...]:
    """Ids of rules; a reference that is no id stands for all rules below it.

    Raises:
        CaseError: no rule has this id or is below it.
    """
    ids = {rule.id for stage in policy.program.stages.values() for rule in stage.rules}
    found: list[str] = []
    for reference in references:
        if reference in ids:
            found.append(reference)
            continue
        below = sorted(id for id in ids if id.startswith(f"{reference}."))
        if not below:
            raise CaseError(f"{location}: no rule `{reference}`")
        found += below
    return tuple(found)


def stood(decision: Decision) -> set[str]:
    """The rules that fired and that no other rule overrides."""
    return {entry.rule for entry in decision.derivation if entry.rule and entry.overridden_by is None}


def fired(decision: Decision) -> set[str]:
    """The rules that fired, overridden or not."""
    return {entry.rule for entry in decision.derivation if entry.rule}


def _rule_differences(expected: Mapping[str, tuple[str, ...]], decision: Decision) -> Iterator[str]:
    for id in expected.get("fired", ()):
        if id not in fired(decision):
            yield f"rules: `{id}` does not fire"
    for id in expected.get("stood", ()):
        if id not in stood(decision):
            yield f"rules: `{id}` {'is overridden' if id in fired(decision) else 'does not fire'}"
    for id in expected.get("not_fired", ()):
        if id in fired(decision):
            yield f"rules: `{id}` fires"


def differences(expected: Json, decision: Json) -> Iterator[str]:
    """How a decision, as JSON data, differs from the expected part of one.

    Mappings are partial, except the open answers, their possible values and missing facts, a window, and the
    codes of notes: these are complete.
    """
    parts = dict(expected)
    if "undetermined" in parts:
        yield from _open_differences(parts.pop("undetermined"), decision["undetermined"])
    if "notes" in parts:
        codes = [note["code"] for note in decision["notes"]]
        yield from _unequal("notes", sorted(parts.pop("notes")), sorted(codes))
    yield from _partial("", parts, decision)


def _partial(path: str, expected: Json, found: Json) -> Iterator[str]:
    for key, value in expected.items():
        place = f"{path}.{key}" if path else key
        if key not in found:
            yield f"{place}: expected {_text(value)}, and there is none"
        elif key != "window" and isinstance(value, Mapping) and isinstance(found[key], Mapping):
            yield from _partial(place, value, found[key])
        else:
            yield from _unequal(place, value, found[key])


def _open_differences(expected: Json, found: Json) -> Iterator[str]:
    yield from _unequal("undetermined", sorted(expected), sorted(found))
    for name in expected.keys() & found.keys():
        answer, place = expected[name], f"undetermined.{name}"
        if "possible" in answer:
            # Their order says nothing.
            values = sorted(answer["possible"], key=_text)
            yield from _unequal(f"{place}.possible", values, sorted(found[name]["possible"], key=_text))
        if "missing" in answer:
            yield from _unequal(f"{place}.missing", answer["missing"], found[name]["missing"])


def _unequal(place: str, expected: object, found: object) -> Iterator[str]:
    if _text(expected) != _text(found):
        yield f"{place}: expected {_text(expected)}, found {_text(found)}"


def _text(value: object) -> str:
    # In Python true equals 1, in JSON it does not.
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
