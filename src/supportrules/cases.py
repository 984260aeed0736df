"""Test cases of a policy: tickets, and the part of the decision that its owner expects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from supportrules.decision import Decision
from supportrules.documents import DocumentError, Node, decode, read_documents
from supportrules.errors import CaseError, PolicyFault, TicketError
from supportrules.evaluate import Policy
from supportrules.policy.files import case_folder, read_case_files
from supportrules.problem import Location, Problem
from supportrules.rules import referred
from supportrules.schema import validate
from supportrules.wording import unknown_name

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A ticket and what is expected for it.

    Args:
        expect: the expected part of the decision, as JSON data.
        location: where the case stands.
        defaults: whether facts that are not given take their defaults.
        clauses: the numbers of the clauses that the case is about.
        rules: references to rules, under `fired`, `stood` and `not_fired`.
        document, index: the file as it was read and the case's number in it, for the places of what it says.
    """

    name: str
    ticket: Json
    expect: Json
    location: Location
    defaults: bool = True
    clauses: tuple[str, ...] = ()
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    document: Node | None = field(default=None, repr=False, compare=False)
    index: int = field(default=0, repr=False, compare=False)

    def run(self, policy: Policy) -> Outcome:
        """Decides the ticket, and compares the decision with what is expected.

        Raises:
            CaseError: the ticket has errors, or the case names a clause or a rule that there is not.
        """
        problems = list(self._unknown_clauses(policy))
        expected: dict[str, list[str]] = {kind: [] for kind in self.rules}
        ids = [rule.id for stage in policy.program.stages.values() for rule in stage.rules]
        for kind, references in self.rules.items():
            for index, reference in enumerate(references):
                expected[kind] += referred(reference, ids)
                if not referred(reference, ids):
                    problems.append(self._unknown("rule", reference, ids, "rules", kind, index))
        decision, fault = None, ""
        try:
            decision = policy.evaluate(self.ticket, defaults=self.defaults)
        except TicketError as error:
            problems += [replace(p, location=self._place("ticket", p.field or "")) for p in error.problems]
        except PolicyFault as error:
            fault = str(error)
        if problems:
            raise CaseError(problems)
        if decision is None:
            return Outcome(self, None, (fault,))
        outcome = Outcome(self, decision)
        found = (*differences(self.expect, decision.to_dict()), *_rule_differences(expected, outcome))
        return replace(outcome, differences=found)

    def _unknown_clauses(self, policy: Policy) -> Iterator[Problem]:
        known = policy.definition.clauses
        for index, number in enumerate(self.clauses):
            if number not in known:
                yield self._unknown("clause", number, list(known), "clauses", index)

    def _unknown(self, what: str, name: str, accepted: list[str], *path: str | int) -> Problem:
        return unknown_name(what, name, accepted, code="unknown-reference", location=self._place(*path))

    def _place(self, *path: str | int) -> Location:
        return self.document.place(("cases", self.index, *path)) if self.document else self.location


@dataclass(frozen=True)
class Outcome:
    """What came of a case.

    Args:
        decision: what the policy decides; None where it has no single answer.
        differences: what is not as the case expects, in words; none if it passes.
    """

    case: Case
    decision: Decision | None
    differences: tuple[str, ...] = ()

    @property
    def fired(self) -> frozenset[str]:
        """The rules that fired, overridden or not."""
        entries = self.decision.derivation if self.decision else ()
        return frozenset(entry.rule for entry in entries if entry.rule)

    @property
    def stood(self) -> frozenset[str]:
        """The rules that fired and that no other rule overrides."""
        entries = self.decision.derivation if self.decision else ()
        return frozenset(entry.rule for entry in entries if entry.rule and entry.overridden_by is None)


def read_cases(where: str | Path | None = None) -> tuple[Case, ...]:
    """The test cases of a policy.

    Args:
        where: its directory, ``REV:PATH`` in a git repository, or None for the policy that ships.

    Raises:
        CaseError: a file is no file of cases, two cases have one name, or there are none.
        PolicyLoadError: nothing there.
    """
    problems: list[Problem] = []
    cases: dict[str, Case] = {}
    for name, data in read_case_files(where).items():
        for case in _read(data, name, problems):
            if case.name in cases:
                hint = f"it stands in {cases[case.name].location} already"
                problems.append(Problem("duplicate-value", f"`{case.name}` twice", hint, case.location))
            cases.setdefault(case.name, case)
    if problems:
        raise CaseError(problems)
    if not cases:
        hint = "write them as `supportrules schema tests` says"
        raise CaseError([Problem("no-cases", "no test cases here", hint, Location(case_folder(where)))])
    return tuple(cases.values())


def _read(data: bytes, name: str, problems: list[Problem]) -> Iterator[Case]:
    """The cases of one file; what is wrong in it is added to the problems, and then there are none."""
    try:
        documents, found = read_documents(decode(data, name), name)
    except DocumentError as error:
        problems.append(error.problem)
        return
    if len(documents) != 1:
        message = "more than one document" if documents else "the file is empty"
        place = documents[1].location if documents else Location(name)
        found.append(Problem("yaml-syntax" if documents else "empty-file", message, "", place))
    else:
        found += validate("tests", documents[0])
    problems += found
    if found:
        return
    for index, item in enumerate(documents[0].plain()["cases"]):
        yield Case(
            name=item["name"],
            ticket=item["ticket"],
            expect=item["expect"],
            location=documents[0].place(("cases", index)),
            defaults=item.get("defaults", True),
            clauses=tuple(item.get("clauses", ())),
            rules={kind: tuple(names) for kind, names in item.get("rules", {}).items()},
            document=documents[0],
            index=index,
        )


def _rule_differences(expected: Mapping[str, list[str]], outcome: Outcome) -> Iterator[str]:
    fired, stood = outcome.fired, outcome.stood
    for id in expected.get("fired", ()):
        if id not in fired:
            yield f"rules: `{id}` does not fire"
    for id in expected.get("stood", ()):
        if id not in stood:
            yield f"rules: `{id}` {'is overridden' if id in fired else 'does not fire'}"
    for id in expected.get("not_fired", ()):
        if id in fired:
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
