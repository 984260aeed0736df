"""Test cases of a policy: tickets, and the part of the decision that its owner expects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import Any

from supportrules.base.problem import Location, Problem, ordered
from supportrules.base.wording import unknown_name
from supportrules.engine.decision import Decision
from supportrules.engine.evaluation import Policy
from supportrules.engine.rules import referred
from supportrules.errors import CaseError, PolicyFault, PolicyLoadError, TicketError
from supportrules.policy.documents import MAX_BYTES, DocumentError, Node, decode, read_documents
from supportrules.policy.files import CASES, Below, File, case_files, source_of
from supportrules.policy.format import channel_answer, promise_answer
from supportrules.policy.schema import validate

Json = Mapping[str, Any]
# What a decision has under a key that is not there.
_NOTHING = object()


@dataclass(frozen=True)
class Case:
    """A ticket and what is expected for it.

    Args:
        expect: the expected part of the decision, as JSON data; or, under `error`, an error of the ticket.
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

    def run(self, policy: Policy) -> CaseOutcome:
        """Decides the ticket, and compares the decision with what is expected.

        Raises:
            CaseError: the ticket has errors and none is expected, or the case names a clause or a rule that
                there is not.
        """
        problems = list(self._unknown_clauses(policy))
        references = self._references(policy, problems)
        decision, fault = None, ""
        refused: tuple[Problem, ...] = ()
        try:
            decision = policy.evaluate(self.ticket, defaults=self.defaults)
        except TicketError as error:
            refused = error.problems
        except PolicyFault as error:
            fault = str(error)
        wanted = self.expect.get("error")
        if wanted is None:
            problems += [replace(p, location=self._place("ticket", p.field or "")) for p in refused]
        if problems:
            raise CaseError(problems)
        if fault:
            return CaseOutcome(self, None, (Mismatch((), self.expect, fault=fault, location=self.location),))
        if decision is None:
            found = _error_differences(wanted, refused)
        else:
            found = differences(self.expect, decision.to_dict(derivation=False))
        outcome = CaseOutcome(self, decision)
        different = (*self._placed(found), *_rule_differences(references, outcome))
        return replace(outcome, differences=different)

    def _references(self, policy: Policy, problems: list[Problem]) -> list[_Reference]:
        """The rules of which it expects something; a name that is none is added to the problems."""
        references: list[_Reference] = []
        ids = [rule.id for stage in policy.program.stages.values() for rule in stage.rules]
        for kind, names in self.rules.items():
            for index, name in enumerate(names):
                found = referred(name, ids)
                references += [_Reference(kind, id, self._place("rules", kind, index)) for id in found]
                if not found:
                    problems.append(self._unknown("rule", name, ids, "rules", kind, index))
        return references

    def matches(self, pattern: str) -> bool:
        """Whether its name or file has a text in it, or fits a pattern with `*`, `?` or `[`, in any case."""
        name, file, text = self.name.casefold(), PurePath(self.location.file.casefold()), pattern.casefold()
        if text in name or text in file.name or fnmatchcase(name, text):
            return True
        return bool(PurePath(text).parts) and file.match(text)

    def _placed(self, found: Iterable[Mismatch]) -> list[Mismatch]:
        """Differences with their places, in the order in which the case expects what differs."""
        placed = [replace(each, location=self._place("expect", *each.path)) for each in found]
        return sorted(placed, key=lambda each: each.location or self.location)

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
class Mismatch:
    """One thing that is not as a case expects.

    Args:
        path: the keys that lead to it in the decision, or `rules` and the id of a rule.
        expected, found: JSON data as test cases have it.
        location: where the case expects it.
        absent: whether the decision has nothing there.
        open: whether the decision leaves it open.
        fault: why there is no decision at all, or empty.
    """

    path: tuple[str, ...]
    expected: Any
    found: Any = None
    location: Location | None = None
    absent: bool = False
    open: bool = False
    fault: str = ""

    @property
    def name(self) -> str:
        """The keys in one."""
        return ".".join(self.path)

    def __str__(self) -> str:
        if self.fault:
            return self.fault
        found = f"found {json_text(self.found)}"
        if self.absent or self.open:
            found = "and there is none" if self.absent else "but it is open"
        return f"{self.name}: expected {json_text(self.expected)}, {found}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        data: dict[str, Any] = {"name": self.name, "expected": self.expected}
        if self.fault:
            data["fault"] = self.fault
        elif not self.absent:
            data["found"] = self.found
        if self.open:
            data["open"] = True
        if self.location:
            data["location"] = self.location.to_dict()
        return data


@dataclass(frozen=True)
class CaseOutcome:
    """What came of a case.

    Args:
        decision: what the policy decides; None where it has no single answer, or the ticket has errors.
        differences: what is not as the case expects; none if it passes.
        problems: what kept it from being run.
    """

    case: Case
    decision: Decision | None
    differences: tuple[Mismatch, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it was run, and all is as it expects."""
        return not self.differences and not self.problems

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


def run_cases(policy: Policy, cases: Iterable[Case]) -> Iterator[CaseOutcome]:
    """Runs cases, each when its outcome is asked for; one that can't be run does not keep others from it."""
    for case in cases:
        try:
            yield case.run(policy)
        except CaseError as error:
            yield CaseOutcome(case, None, problems=error.problems)


def read_cases(where: str | Path | None = None) -> tuple[Case, ...]:
    """The test cases of a policy.

    Args:
        where: its directory, ``REV:PATH`` in a git repository, or None for the policy that ships.

    Raises:
        CaseError: a file is no file of cases, two cases have one name, or there are none.
        PolicyLoadError: nothing there.
    """
    cases, problems = find_cases(where)
    if problems:
        raise CaseError(problems)
    if not cases:
        raise CaseError([no_cases(where)])
    return cases


def find_cases(where: str | Path | None = None) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    """The test cases of a policy that can be read, and what is wrong with the others.

    Args:
        where: as for `read_cases`.

    Raises:
        PolicyLoadError: nothing there.
    """
    problems: list[Problem] = []
    cases: dict[str, Case] = {}
    for name, file in case_files(where):
        for case in _read(file, name, problems) if file else ():
            if case.name in cases:
                hint = f"it stands in {cases[case.name].location} already"
                problems.append(Problem("duplicate-value", f"`{case.name}` twice", hint, case.location))
            cases.setdefault(case.name, case)
    return tuple(cases.values()), ordered(problems)


def skipped_files(where: str | Path | None = None) -> tuple[str, ...]:
    """The names of the files below `tests` of a policy that hold no test cases, as they are no YAML.

    Args:
        where: as for `read_cases`.

    Raises:
        PolicyLoadError: nothing there.
    """
    return tuple(name for name, file in case_files(where) if file is None)


def no_cases(where: str | Path | None = None) -> Problem:
    """The problem of a policy without test cases."""
    source = source_of(where)
    if isinstance(source, File):
        hint = "name the policy that it was built from"
        return Problem("no-cases", "a built policy has no test cases", hint, Location(source.name))
    hint = "write them as `supportrules schema tests` says"
    return Problem("no-cases", "no test cases here", hint, Location(f"{source.name}/{CASES}"))


def _read(file: Below, name: str, problems: list[Problem]) -> Iterator[Case]:
    """The cases of one file; what is wrong in it is added to the problems, and then there are none."""
    try:
        if isinstance(file, PolicyLoadError):
            raise file
        documents, found = read_documents(decode(file(), name, max_bytes=MAX_BYTES), name)
    except PolicyLoadError as error:
        problems.extend(error.problems)
        return
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


@dataclass(frozen=True)
class _Reference:
    """A rule of which a case expects that it `fired`, `stood` or did not fire (`not_fired`)."""

    kind: str
    rule: str
    location: Location


def _rule_differences(references: Sequence[_Reference], outcome: CaseOutcome) -> Iterator[Mismatch]:
    if not references:
        return
    all_fired, all_stood = outcome.fired, outcome.stood
    for reference in references:
        fired, stood = reference.rule in all_fired, reference.rule in all_stood
        if {"fired": fired, "stood": stood, "not_fired": not fired}[reference.kind]:
            continue
        found = ("fired" if reference.kind == "not_fired" else "overridden") if fired else "not_fired"
        yield Mismatch(("rules", reference.rule), reference.kind, found, reference.location)


def differences(expected: Json, decision: Json) -> Iterator[Mismatch]:
    """How a decision, as JSON data, differs from the expected part of one.

    Mappings are partial at every depth; `undetermined` has all open answers, and lists are complete. A null
    is not expected of an answer that is open: it says that there is none.
    """
    parts = dict(expected)
    if "undetermined" in parts:
        yield from _open_differences(parts.pop("undetermined"), decision["undetermined"])
    if "notes" in parts:
        codes = [note["code"] for note in decision["notes"]]
        yield from _unequal(("notes",), sorted(parts.pop("notes")), sorted(codes))
    for path, value, found in _leaves((), parts, decision):
        if found is _NOTHING:
            yield Mismatch(path, value, absent=True)
        elif found is None and _is_open(path, decision):
            # Beside `undetermined`, which names all that is open, a null says no more.
            if value is not None or "undetermined" not in expected:
                yield Mismatch(path, value, open=True)
        else:
            yield from _unequal(path, value, found)


def _error_differences(expected: Any, problems: Iterable[Problem]) -> Iterator[Mismatch]:
    """What differs where no error of a ticket has the code and the field that are expected."""
    found = [{"code": problem.code, "field": problem.field} for problem in problems]
    if not any(expected.items() <= error.items() for error in found):
        yield Mismatch(("error",), expected, found)


def _leaves(
    above: tuple[str, ...], expected: Json, found: Json
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """What is expected, however deep it stands, and what is found there."""
    for key, value in expected.items():
        path, there = (*above, key), found.get(key, _NOTHING)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            yield from _leaves(path, value, there)
        else:
            yield path, value, there


def _is_open(path: tuple[str, ...], decision: Json) -> bool:
    """Whether a null of a decision stands for an answer that is open, and not for one that there is none."""
    left = decision["undetermined"]
    match path:
        case ("basis", _):
            return True
        case ("channels", channel, _):
            return channel_answer(channel) in left
        case ("promises", promise):
            return promise_answer(promise) in left
        case ("promises", promise, key):
            committed = decision["promises"][promise]["committed"]
            timed = ("due_at", "due_at_local") if committed else ("window",)
            return promise_answer(promise) in left and key in timed
        case _:
            return path[0] in left


def _open_differences(expected: Json, found: Json) -> Iterator[Mismatch]:
    yield from _unequal(("undetermined",), sorted(expected), sorted(found))
    for name in expected.keys() & found.keys():
        answer, path = expected[name], ("undetermined", name)
        if "possible" in answer:
            # Their order says nothing.
            values = sorted(answer["possible"], key=json_text)
            possible = sorted(map(_without_beyond_data, found[name]["possible"]), key=json_text)
            yield from _unequal((*path, "possible"), values, possible)
        if "missing" in answer:
            yield from _unequal((*path, "missing"), answer["missing"], found[name]["missing"])


def _without_beyond_data(value: Any) -> Any:
    """A possible value, however far data goes: that changes from year to year."""
    if not isinstance(value, Mapping):
        return value
    return {key: said for key, said in value.items() if key != "beyond_data"}


def _unequal(path: tuple[str, ...], expected: Any, found: Any) -> Iterator[Mismatch]:
    if json_text(expected) != json_text(found):
        yield Mismatch(path, expected, found)


def json_text(value: object) -> str:
    """A value as it is compared and shown: in Python true equals 1, in JSON it does not."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
