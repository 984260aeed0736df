"""Validated documents → a policy's objects; every reference to a name is checked on the way."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from typing import Any

from supportrules.base.frozen import FrozenDict, frozen
from supportrules.base.problem import Location, Problem
from supportrules.base.wording import unknown_name
from supportrules.errors import PolicyLoadError, TicketError
from supportrules.policy.conditions import Condition, Scalar, Test
from supportrules.policy.definition import (
    COLUMN,
    FAMILY,
    FIXED,
    RESPONSE,
    SEVERITY,
    Cell,
    ChannelRule,
    Clause,
    Column,
    ColumnRule,
    Conclusion,
    Coverage,
    CoverageException,
    Definition,
    Entry,
    FreeRule,
    Hours,
    IssueType,
    Level,
    NoteRule,
    Plan,
    ReopeningRule,
    Roles,
    SeverityRule,
    SpecialDate,
)
from supportrules.policy.documents import MAX_BYTES, DocumentError, Node, Path, decode, read_documents
from supportrules.policy.files import PolicyFiles
from supportrules.policy.schema import sound_part, validate
from supportrules.policy.sources import Sources
from supportrules.policy.vocabulary import (
    NONE,
    UNKNOWN,
    Allowance,
    Fact,
    FactType,
    Label,
    OnlyZoneOf,
    Origin,
    Vocabulary,
    unknown_country,
)
from supportrules.time import zones
from supportrules.time.calendars import Interval, Week
from supportrules.time.clocks import ALWAYS
from supportrules.time.targets import Duration, Target, duration

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ROLE_TYPES: Mapping[str, FactType] = {
    "ticket": "text",
    "category": "choice",
    "opening": "instant",
    "closing": "instant",
    "country": "country",
    "timezone": "timezone",
}


def bind(files: PolicyFiles) -> Definition:
    """Files → a policy.

    Raises:
        PolicyLoadError: with everything that is wrong in any of them.
    """
    documents: dict[str, Node] = {}
    sound: dict[str, Any] = {}
    removed: set[tuple[str, Path]] = set()
    problems: list[Problem] = []
    for stem, data in files.contents.items():
        document, faults = read_document(data, files.names[stem])
        problems.extend(faults)
        if document is None:
            continue
        documents[stem] = document
        faults = validate(stem, document)
        if not faults:
            sound[stem] = document.plain()
        elif part := sound_part(stem, document):
            # The rest is read all the same: everything that is wrong is told at once.
            sound[stem] = part[0]
            removed.update((stem, path) for path in part[1])
        problems.extend(faults)
    if sound.keys() != files.contents.keys():
        raise PolicyLoadError(problems)
    binder = _Binder(documents, sound, removed)
    definition = binder.bind()
    if problems or binder.problems:
        raise PolicyLoadError([*problems, *binder.problems])
    return definition


def read_document(data: bytes, name: str) -> tuple[Node | None, list[Problem]]:
    """The one document of a file, or None, and what is wrong with its YAML.

    Args:
        name: of the file, for places.
    """
    try:
        found, twice = read_documents(decode(data, name, max_bytes=MAX_BYTES), name)
    except DocumentError as error:
        return None, [error.problem]
    if len(found) == 1:
        return found[0], twice
    message = "the file is empty" if not found else "more than one document"
    place = found[1].location if found else Location(name)
    return None, [*twice, Problem("empty-file" if not found else "yaml-syntax", message, "", place)]


def bind_documents(documents: Mapping[str, Node]) -> Definition:
    """Documents, by file, that are as their schemas have them → a policy.

    Raises:
        PolicyLoadError: with every name in them that stands for nothing, and the like.
    """
    binder = _Binder(documents, {stem: node.plain() for stem, node in documents.items()}, frozenset())
    definition = binder.bind()
    if binder.problems:
        raise PolicyLoadError(binder.problems)
    return definition


def digest(documents: Mapping[str, Node]) -> str:
    """SHA-256 over all that the documents say; comments, layout and the order of mappings do not count."""
    data = {stem: node.plain() for stem, node in documents.items()}
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class _Binder:
    """Builds the objects of one policy and collects what is wrong with its references.

    Args:
        documents: by file, for the places.
        data: what they say, as their schemas have it.
        removed: the places of what is left out of that; what follows from its absence alone is no problem.
    """

    def __init__(
        self, documents: Mapping[str, Node], data: Mapping[str, Any], removed: Set[tuple[str, Path]]
    ) -> None:
        self.documents, self.data, self.removed = documents, data, removed
        self.removed_names = {str(path[-1]) for _, path in removed}
        self.problems: list[Problem] = []
        self.rule_places: dict[str, tuple[str, Path]] = {}
        # Where entries with former names stand, each once.
        self.renamed: dict[tuple[str, Path], tuple[str, ...]] = {}
        self.languages: tuple[str, ...] = tuple(self.data["policy"]["languages"])
        self.clause_numbers = tuple(self.data["clauses"]["clauses"])
        self.level_ids = tuple(level["id"] for level in self.data["severity"]["levels"])
        self.column_ids = tuple(self.data["response_targets"]["columns"])
        self.hours_ids = tuple(self.data["calendars"]["hours"])
        self.plan_ids = tuple(self.data.get("plans", {}).get("plans", {}))
        self.family_ids = tuple(self.data.get("plans", {}).get("families", {}))
        self.issue_type_ids = tuple(self.data.get("issue_types", {}).get("issue_types", {}))
        self.fact_data: Mapping[str, Any] = self.data["vocabulary"]["facts"]
        self.conclusion_data: Mapping[str, Any] = self.data["vocabulary"].get("conclusions", {})

    # Places and problems

    def problem(
        self, stem: str, path: Path, code: str, message: str, hint: str = "", *, key: bool = False
    ) -> None:
        if not any(file == stem and gone[: len(path)] == path for file, gone in self.removed):
            self.problems.append(Problem(code, message, hint, self.documents[stem].place(path, key=key)))

    def reference(
        self, stem: str, path: Path, what: str, name: object, accepted: Iterable[object], *, key: bool = False
    ) -> bool:
        """Whether a name exists; a problem at its place if it does not."""
        options = tuple(accepted)
        if name in options:
            return True
        if not self.removed_names.isdisjoint(str(name).split(".")):
            return False
        place = self.documents[stem].place(path, key=key)
        self.problems.append(
            unknown_name(what, name, map(str, options), code="unknown-reference", location=place)
        )
        return False

    def country(self, stem: str, path: Path, code: object) -> None:
        if code not in zones.country_names():
            place = self.documents[stem].place(path)
            self.problems.append(unknown_country(str(code), "country", place))

    def label(self, stem: str, path: Path, data: Mapping[str, str]) -> Label:
        for language in self.languages:
            if language not in data:
                message = f"no text in `{language}`, a language of this policy"
                self.problem(stem, path, "missing-language", message)
        for language in data:
            if language not in self.languages:
                message = f"`{language}` is no language of this policy"
                hint = "add it to `languages` in policy.yaml"
                self.problem(stem, (*path, language), "unknown-language", message, hint, key=True)
        # In the order of the manifest, whatever that in the file.
        return FrozenDict({language: data[language] for language in self.languages if language in data})

    def origin(self, stem: str, path: Path, data: Mapping[str, Any]) -> Origin:
        source = self.source(stem, path, data)
        if "comment" in data:
            self.label(stem, (*path, "comment"), data["comment"])
        review_by = None
        if "review_by" in data:
            review_by = self.date(stem, (*path, "review_by"), data["review_by"])
        allow = {}
        for code, item in data.get("allow", {}).items():
            where = (*path, "allow", code)
            reason = self.label(stem, (*where, "reason"), item["reason"])
            allow[code] = Allowance(reason, self.source(stem, where, item))
        formerly = tuple(data.get("formerly", ()))
        if formerly:
            self.renamed[stem, path] = formerly
        place = self.documents[stem].place(path, key=True)
        return Origin(source, data["basis"], place, review_by, FrozenDict(allow), formerly)

    def source(self, stem: str, path: Path, data: Mapping[str, Any]) -> tuple[str, ...]:
        for index, number in enumerate(data["source"]):
            self.reference(stem, (*path, "source", index), "clause", number, self.clause_numbers)
        return tuple(data["source"])

    def entry(self, stem: str, path: Path, data: Mapping[str, Any]) -> tuple[str, Label, Origin]:
        name = str(path[-1])
        if name in (NONE, ALWAYS, RESPONSE):
            self.problem(stem, path, "reserved-name", f"`{name}` has a meaning of its own", key=True)
        label = self.label(stem, (*path, "label"), data["label"])
        return name, label, self.origin(stem, path, data)

    # The whole

    def bind(self) -> Definition:
        manifest = self.data["policy"]
        self.label("policy", ("source", "title"), manifest["source"]["title"])
        vocabulary = Vocabulary(list(self.facts()))
        plans, issue_types = self.data.get("plans", {}), self.data.get("issue_types", {})
        severity, targets = self.data["severity"], self.data["response_targets"]
        channels, calendars = self.data["channels"], self.data["calendars"]
        dates = tuple(self.dates(calendars))
        definition = Definition(
            name=manifest["name"],
            version=manifest["version"],
            effective_from=self.date("policy", ("effective_from",), manifest["effective_from"]),
            title=self.label("policy", ("title",), manifest["title"]),
            publisher=self.label("policy", ("publisher",), manifest["publisher"]),
            languages=self.languages,
            roles=self.roles(manifest["roles"]),
            data_from=FrozenDict(manifest.get("data_from", {})),
            digest=digest(self.documents),
            vocabulary=vocabulary,
            conclusions=FrozenDict(dict(self.conclusions())),
            families=self.entries("plans", "families", plans),
            plans=FrozenDict({p.id: p for p in self.plans(plans.get("plans", {}))}),
            plan_fact=self.fact_of("plans", self.plan_ids),
            issue_types=FrozenDict({i.id: i for i in self.issue_types(issue_types.get("issue_types", {}))}),
            issue_type_fact=self.fact_of("issue_types", self.issue_type_ids),
            levels=FrozenDict({level.id: level for level in self.levels(severity["levels"])}),
            precedence=tuple(severity["precedence"]),
            free_rules=tuple(self.free_rules(plans.get("rules", {}))),
            severity_rules=tuple(self.severity_rules(severity)),
            columns=FrozenDict({column.id: column for column in self.columns(targets["columns"])}),
            column_rules=tuple(self.column_rules(targets["columns"])),
            cells=tuple(self.cells(targets["targets"])),
            without_severity=self.without_severity(targets),
            channels=self.channels(channels),
            channel_rules=tuple(self.channel_rules(channels["channels"])),
            reopening_rules=tuple(self.reopening_rules(channels.get("reopening", {}))),
            notes=tuple(sorted(self.notes(), key=lambda note: note.id)),
            hours=FrozenDict({h.id: h for h in self.hours(calendars, dates)}),
            dates=dates,
            coverage=self.coverage(calendars["coverage"]),
            sections=self.sections(),
            clauses=FrozenDict(dict(self.clauses())),
            sources=Sources(FrozenDict(self.documents), FrozenDict(self.rule_places)),
        )
        self.check_overrides(definition)
        self.check_former_names()
        return definition

    def entries(self, stem: str, section: str, data: Mapping[str, Any]) -> Mapping[str, Entry]:
        items = data.get(section, {}).items()
        return FrozenDict({name: Entry(*self.entry(stem, (section, name), item)) for name, item in items})

    def date(self, stem: str, path: Path, text: str, *, key: bool = False) -> datetime.date:
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            self.problem(stem, path, "wrong-form", f"there is no day `{text}`", key=key)
            return datetime.date.min

    # Vocabulary

    def facts(self) -> Iterator[Fact]:
        for name, data in self.fact_data.items():
            path = ("facts", name)
            if name in (*FIXED, "any", "given", NONE) or name in self.conclusion_data:
                message = f"a fact can't be called `{name}`, rules conclude that"
                self.problem("vocabulary", path, "reserved-name", message, "choose another name", key=True)
            question = self.label("vocabulary", (*path, "question"), data["question"])
            no_effect = None
            if "no_effect" in data:
                no_effect = self.label("vocabulary", (*path, "no_effect"), data["no_effect"])
            label = self.label("vocabulary", (*path, "label"), data["label"])
            low, high = data.get("minimum"), data.get("maximum")
            if low is not None and high is not None and low > high:
                message = f"no number is at least {low} and at most {high}"
                self.problem("vocabulary", (*path, "maximum"), "wrong-value", message)
            fact = Fact(
                name=name,
                type=data["type"],
                label=label,
                question=question,
                origin=self.origin("vocabulary", path, data),
                values=frozen(self.fact_values(path, data)),
                optional=data.get("optional", False),
                minimum=data.get("minimum"),
                maximum=data.get("maximum"),
                no_effect=no_effect,
                worsens=self.worsens(path, data),
                renamed=frozen(self.renamed_values(data)),
            )
            yield replace(fact, default=self.default(path, data, fact))

    def fact_values(self, path: Path, data: Mapping[str, Any]) -> dict[str, Label]:
        if data["type"] == "level":
            return {level["id"]: level["label"] for level in self.data["severity"]["levels"]}
        values = data.get("values", {})
        if isinstance(values, str):
            if values not in self.data:
                message = f"there is no `{values}.yaml` to take the values from"
                self.problem("vocabulary", (*path, "values"), "unknown-reference", message)
                return {}
            return {name: item["label"] for name, item in self.data[values][values].items()}
        for value, label in values.items():
            self.label("vocabulary", (*path, "values", value), label)
            if value == NONE:
                where = (*path, "values", value)
                self.problem("vocabulary", where, "reserved-name", "`none` is no value", key=True)
        return dict(values)

    def renamed_values(self, data: Mapping[str, Any]) -> dict[str, str]:
        """The names that the values of a fact have now, by those that they had before."""
        values, entries = data.get("values"), []
        if data["type"] == "level":
            entries = [(level["id"], level) for level in self.data["severity"]["levels"]]
        elif isinstance(values, str):
            entries = [*self.data.get(values, {}).get(values, {}).items()]
        return {old: new for new, entry in entries for old in entry.get("formerly", ())}

    def worsens(self, path: Path, data: Mapping[str, Any]) -> tuple[Any, ...] | str:
        found = data.get("worsens", [])
        name, where = str(path[-1]), (*path, "worsens")
        if data["type"] == "number":
            if isinstance(found, list) and found:
                message = f"`{name}` is a number"
                self.problem("vocabulary", where, "wrong-type", message, "write `upwards` or `downwards`")
            return found if isinstance(found, str) else ()
        if isinstance(found, str) or (found and data["type"] not in ("choice", "level", "boolean")):
            message = f"`{name}` has no values that stand in an order"
            hint = "list them, the mildest first" if data["type"] in ("choice", "level", "boolean") else ""
            self.problem("vocabulary", where, "wrong-type", message, hint)
            return ()
        self.values("vocabulary", where, name, found)
        return tuple(found)

    def default(self, path: Path, data: Mapping[str, Any], fact: Fact) -> object:
        if "default" not in data:
            return UNKNOWN
        default = data["default"]
        where = (*path, "default")
        if default == NONE:
            return None
        if isinstance(default, Mapping):
            country = default["only_zone_of"]
            known = [n for n, f in self.fact_data.items() if f["type"] == "country"]
            self.reference("vocabulary", where, "fact of type country", country, known)
            if data["type"] != "timezone":
                self.problem("vocabulary", where, "wrong-type", "only a time zone follows from a country")
            return OnlyZoneOf(country)
        name = str(path[-1])
        try:
            return Vocabulary([fact]).read({name: default}).values[name]
        except TicketError as error:
            problem = error.problems[0]
            self.problem("vocabulary", where, problem.code, problem.message, problem.hint)
            return UNKNOWN

    def conclusions(self) -> Iterator[tuple[str, Conclusion]]:
        for name, data in self.conclusion_data.items():
            path = ("conclusions", name)
            if name in (*FIXED, "any", NONE):
                message = f"`{name}` is concluded by other files already"
                self.problem("vocabulary", path, "reserved-name", message, key=True)
            _, label, origin = self.entry("vocabulary", path, data)
            values: dict[Scalar, Label] = dict(data.get("values", {}))
            for value, text in values.items():
                self.label("vocabulary", (*path, "values", str(value)), text)
            if data["type"] == "boolean":
                values = {True: {}, False: {}}
            yield name, Conclusion(name, data["type"], frozen(values), label, origin)

    def roles(self, data: Mapping[str, str]) -> Roles:
        for role, name in data.items():
            kind = _ROLE_TYPES[role]
            path = ("roles", role)
            if self.reference("policy", path, "fact", name, self.fact_data):
                actual = self.fact_data[name]["type"]
                if actual != kind:
                    message = f"the {role} is a fact of type {kind}, `{name}` is of type {actual}"
                    self.problem("policy", path, "wrong-type", message)
        if "closing" not in data and self.data["channels"].get("reopening"):
            message = "no `closing`, and channels.yaml says how long a closed request can be reopened"
            self.problem("policy", ("roles",), "missing-key", message, "name the fact", key=True)
        self.check_role_facts(data)
        if "timezone" not in data and self.hours_ids:
            message = "no `timezone`, and calendars.yaml has hours in local time"
            self.problem("policy", ("roles",), "missing-key", message, "name the fact", key=True)
        national = any(h["national_holidays"] == "closed" for h in self.data["calendars"]["hours"].values())
        if national and "country" not in data:
            message = "no `country`, and calendars.yaml counts national holidays"
            self.problem("policy", ("roles",), "missing-key", message, "name the fact", key=True)
        return Roles(**data)

    def check_role_facts(self, data: Mapping[str, str]) -> None:
        """What a fact must be for the part that it plays."""
        category = self.fact_data.get(data.get("category", ""), {})
        for key in ("default", "optional"):
            if key in category:
                message = f"the category is told by the kind of problem, or unknown: it has no `{key}`"
                self.problem(
                    "vocabulary", ("facts", data["category"], key), "unexpected-key", message, key=True
                )
        if isinstance(category.get("values"), str):
            message = "the values of the category stand here, not in a file of their own"
            self.problem("vocabulary", ("facts", data["category"], "values"), "wrong-type", message)
        closing = self.fact_data.get(data.get("closing", ""), {})
        if closing and not closing.get("optional"):
            message = "a request that is not closed has no closing: add `optional: true`"
            self.problem("vocabulary", ("facts", data["closing"]), "missing-key", message, key=True)

    def fact_of(self, values: str, ids: tuple[str, ...]) -> str | None:
        """The one fact whose values are the entries of a file."""
        names = [name for name, data in self.fact_data.items() if data.get("values") == values]
        if len(names) > 1:
            message = f"`{names[0]}` takes its values from {values}.yaml already"
            self.problem("vocabulary", ("facts", names[1], "values"), "duplicate-value", message)
        if ids and not names:
            message = f"no fact has `values: {values}`, so nothing can name an entry of {values}.yaml"
            self.problem("vocabulary", ("facts",), "missing-key", message, key=True)
        return names[0] if names else None

    # Plans, issue types, levels

    def plans(self, data: Mapping[str, Any]) -> Iterator[Plan]:
        for name, item in data.items():
            path = ("plans", name)
            for key, known in ((FAMILY, self.family_ids), (COLUMN, self.column_ids)):
                if key in item:
                    self.reference("plans", (*path, key), key, item[key], known)
            entitlements = item.get("entitlements", {})
            for conclusion, value in entitlements.items():
                self.conclusion_value("plans", (*path, "entitlements", conclusion), conclusion, value)
            yield Plan(
                *self.entry("plans", path, item), item.get(FAMILY), item.get(COLUMN), FrozenDict(entitlements)
            )

    def conclusion_value(self, stem: str, path: Path, name: str, value: Scalar) -> None:
        if not self.reference(stem, path, "conclusion", name, self.conclusion_data, key=True):
            return
        data = self.conclusion_data[name]
        if data["type"] == "boolean":
            if not isinstance(value, bool):
                self.problem(stem, path, "wrong-type", f"`{name}` is true or false")
        else:
            self.reference(stem, path, f"value of {name}", value, data.get("values", {}))

    def issue_types(self, data: Mapping[str, Any]) -> Iterator[IssueType]:
        role = self.data["policy"]["roles"].get("category")
        categories = self.fact_data.get(role, {}).get("values", {}) if role else {}
        if isinstance(categories, str):
            categories = {}
        for name, item in data.items():
            path = ("issue_types", name)
            if "category" in item:
                if role:
                    where = (*path, "category")
                    self.reference("issue_types", where, "category", item["category"], categories)
                else:
                    message = "no fact has the role `category` in policy.yaml"
                    self.problem("issue_types", (*path, "category"), "unknown-reference", message)
            yield IssueType(*self.entry("issue_types", path, item), item.get("category"))

    def levels(self, data: list[Mapping[str, Any]]) -> Iterator[Level]:
        seen: set[str] = set()
        for index, item in enumerate(data):
            path = ("levels", index)
            name = item["id"]
            if name in seen or name == NONE:
                code = "duplicate-value" if name in seen else "reserved-name"
                self.problem("severity", (*path, "id"), code, f"a level can't be called `{name}`")
            seen.add(name)
            label = self.label("severity", (*path, "label"), item["label"])
            description: Label = FrozenDict()
            if "description" in item:
                description = self.label("severity", (*path, "description"), item["description"])
            yield Level(name, label, self.origin("severity", path, item), description)

    # Conditions and rules

    def condition(self, stem: str, path: Path, data: Mapping[str, Any]) -> Condition:
        tests: list[Test] = []
        alternatives: tuple[Condition, ...] = ()
        for name, item in data.items():
            where = (*path, name)
            if name == "any":
                alternatives = tuple(self.condition(stem, (*where, i), c) for i, c in enumerate(item))
            elif self.reference(stem, where, "fact or conclusion", name, self.testable(), key=True):
                tests.append(self.test(stem, where, name, item))
        # By name: the order of keys says nothing, and must not show in a derivation.
        return Condition(tuple(sorted(tests, key=lambda test: test.name)), alternatives)

    def testable(self) -> tuple[str, ...]:
        return (*self.fact_data, *self.conclusion_data, FAMILY, COLUMN, SEVERITY)

    def test(self, stem: str, path: Path, name: str, data: Any) -> Test:
        if not isinstance(data, Mapping):
            return Test(name, accepted=frozenset(self.values(stem, path, name, data)))
        excluded = None
        if "not" in data:
            excluded = frozenset(self.values(stem, (*path, "not"), name, data["not"]))
        low, high = data.get("at_least"), data.get("at_most")
        if (low is not None or high is not None) and self.type_of(name) != "number":
            self.problem(stem, path, "wrong-type", f"`{name}` is no number, it has no bounds")
        if low is not None and high is not None and low > high:
            self.problem(stem, path, "wrong-value", f"no number is at least {low} and at most {high}")
        return Test(name, None, excluded, low, high, data.get("given"))

    def type_of(self, name: str) -> str:
        if name in self.fact_data:
            return str(self.fact_data[name]["type"])
        if name in self.conclusion_data:
            return str(self.conclusion_data[name]["type"])
        return "choice"

    def values(self, stem: str, path: Path, name: str, data: Any) -> list[Scalar]:
        items = data if isinstance(data, list) else [data]
        known = self.known_values(name)
        kind = self.type_of(name)
        for index, value in enumerate(items):
            where = (*path, index) if isinstance(data, list) else path
            if kind == "boolean":
                if not isinstance(value, bool):
                    self.problem(stem, where, "wrong-type", f"`{name}` is true or false")
            elif kind == "number":
                if isinstance(value, bool) or not isinstance(value, int):
                    self.problem(stem, where, "wrong-type", f"`{name}` is a whole number")
            elif kind == "country":
                self.country(stem, where, value)
            elif known is None:
                message = f"a rule can test whether `{name}` is given, not its value"
                self.problem(stem, where, "wrong-type", message, f"write `{name}: {{given: true}}`")
            else:
                self.reference(stem, where, f"value of {name}", value, known)
        return items

    def known_values(self, name: str) -> tuple[object, ...] | None:
        if name in self.conclusion_data:
            return tuple(self.conclusion_data[name].get("values", {}))
        if name in self.fact_data:
            data = self.fact_data[name]
            match data["type"]:
                case "level":
                    return self.level_ids
                case "choice" if data["values"] == "plans":
                    return self.plan_ids
                case "choice" if data["values"] == "issue_types":
                    return self.issue_type_ids
                case "choice":
                    return tuple(data["values"])
            return None
        return {FAMILY: self.family_ids, COLUMN: self.column_ids, SEVERITY: self.level_ids}[name]

    def rule(self, stem: str, path: Path, data: Mapping[str, Any], id: str) -> dict[str, Any]:
        self.rule_places[id] = stem, path
        label = self.label(stem, (*path, "label"), data["label"]) if "label" in data else FrozenDict()
        says = self.label(stem, (*path, "says"), data["says"]) if "says" in data else FrozenDict()
        return {
            "id": id,
            "when": self.condition(stem, (*path, "when"), data["when"]),
            "overrides": tuple(data.get("overrides", ())),
            "label": label,
            "says": says,
            "origin": self.origin(stem, path, data),
        }

    def free_rules(self, data: Mapping[str, Any]) -> Iterator[FreeRule]:
        for name, item in data.items():
            path = ("rules", name)
            ((conclusion, value),) = item["then"].items()
            self.conclusion_value("plans", (*path, "then", conclusion), conclusion, value)
            text = self.rule("plans", path, item, f"plans.rules.{name}")
            yield FreeRule(**text, concludes=conclusion, value=value)

    def severity_rules(self, data: Mapping[str, Any]) -> Iterator[SeverityRule]:
        groups = data["rules"]
        for index, group in enumerate(data["precedence"]):
            self.reference("severity", ("precedence", index), "group of rules", group, groups)
        for group, rules in groups.items():
            if group not in data["precedence"]:
                message = f"the group `{group}` has no place in `precedence`"
                self.problem("severity", ("rules", group), "missing-reference", message, key=True)
            for name, item in rules.items():
                path = ("rules", group, name)
                level, level_from = item.get("level"), item.get("level_from")
                if level is not None:
                    self.reference("severity", (*path, "level"), "level", level, (*self.level_ids, NONE))
                else:
                    known = [n for n, f in self.fact_data.items() if f["type"] == "level"]
                    self.reference("severity", (*path, "level_from"), "fact of type level", level_from, known)
                text = self.rule("severity", path, item, f"severity.{group}.{name}")
                level = None if level == NONE else level
                yield SeverityRule(**text, group=group, level=level, level_from=level_from)

    def columns(self, data: Mapping[str, Any]) -> Iterator[Column]:
        for name, item in data.items():
            path = ("columns", name)
            for index, other in enumerate(item.get("better_than", ())):
                where = (*path, "better_than", index)
                self.reference("response_targets", where, "column", other, self.column_ids)
                if other == name:
                    message = f"`{name}` is not better than itself"
                    self.problem("response_targets", where, "wrong-value", message)
            yield Column(*self.entry("response_targets", path, item), tuple(item.get("better_than", ())))

    def column_rules(self, data: Mapping[str, Any]) -> Iterator[ColumnRule]:
        for name, item in data.items():
            path = ("columns", name)
            if "when" in item:
                text = self.rule("response_targets", path, item, f"response_targets.columns.{name}")
                yield ColumnRule(**text, column=name)

    def cells(self, data: Mapping[str, Any]) -> Iterator[Cell]:
        stem = "response_targets"
        for level in self.level_ids:
            if level not in data:
                message = f"the table has no row for the level `{level}`"
                self.problem(stem, ("targets",), "missing-cell", message, key=True)
        for level, row in data.items():
            path: Path = ("targets", level)
            self.reference(stem, path, "level", level, self.level_ids, key=True)
            for column in self.column_ids:
                if column not in row:
                    message = f"the row `{level}` has no cell for the column `{column}`"
                    hint = "such as `{target: PT8H, clock: 24x7, source: […], basis: stated}`"
                    self.problem(stem, path, "missing-cell", message, hint, key=True)
            for column, item in row.items():
                where = (*path, column)
                self.reference(stem, where, "column", column, self.column_ids, key=True)
                self.reference(stem, (*where, "clock"), "hours", item["clock"], (ALWAYS, *self.hours_ids))
                target = Target.of(item["target"])
                if not target.runs_always and item["clock"] == ALWAYS:
                    message = f"business days do not run in `{ALWAYS}`"
                    hint = "name business hours: " + ", ".join(f"`{h}`" for h in self.hours_ids)
                    self.problem(stem, (*where, "clock"), "wrong-value", message, hint)
                if target == Duration(0):
                    self.problem(stem, (*where, "target"), "wrong-value", "a target of no length")
                yield Cell(level, column, target, item["clock"], self.origin(stem, where, item))

    def without_severity(self, data: Mapping[str, Any]) -> Origin | None:
        if "without_severity" not in data:
            return None
        _, _, origin = self.entry("response_targets", ("without_severity",), data["without_severity"])
        return origin

    def channels(self, data: Mapping[str, Any]) -> Mapping[str, Entry]:
        """The channels in the order that the file gives, those that it leaves out after them by name."""
        entries = self.entries("channels", "channels", data)
        order = data.get("order", [])
        for index, name in enumerate(order):
            self.reference("channels", ("order", index), "channel", name, entries)
        rest = sorted(name for name in entries if name not in order)
        return FrozenDict({name: entries[name] for name in (*order, *rest) if name in entries})

    def channel_rules(self, data: Mapping[str, Any]) -> Iterator[ChannelRule]:
        for channel, item in data.items():
            for name, rule in item["rules"].items():
                path = ("channels", channel, "rules", name)
                hours = rule.get("hours")
                if hours is not None:
                    known = (ALWAYS, RESPONSE, *self.hours_ids)
                    self.reference("channels", (*path, "hours"), "hours", hours, known)
                text = self.rule("channels", path, rule, f"channels.{channel}.{name}")
                yield ChannelRule(**text, channel=channel, eligible=rule["eligible"], hours=hours)

    def reopening_rules(self, data: Mapping[str, Any]) -> Iterator[ReopeningRule]:
        for name, item in data.items():
            text = self.rule("channels", ("reopening", name), item, f"channels.reopening.{name}")
            within = item["within"]
            yield ReopeningRule(**text, seconds=None if within == NONE else duration(within))

    def notes(self) -> Iterator[NoteRule]:
        seen: set[str] = set()
        for stem in ("plans", "severity", "response_targets", "channels"):
            for name, item in self.data.get(stem, {}).get("notes", {}).items():
                path = ("notes", name)
                if name in seen:
                    self.problem(stem, path, "duplicate-value", f"two notes are called `{name}`", key=True)
                seen.add(name)
                yield NoteRule(**self.rule(stem, path, item, f"{stem}.notes.{name}"))

    # Calendars and clauses

    def dates(self, data: Mapping[str, Any]) -> Iterator[SpecialDate]:
        for text, item in sorted(data.get("dates", {}).items()):
            path = ("dates", text)
            day = self.date("calendars", path, text, key=True)
            entry = self.entry("calendars", path, item)
            for index, name in enumerate(item.get("hours", ())):
                self.reference("calendars", (*path, "hours", index), "hours", name, self.hours_ids)
            hours = tuple(item.get("hours", self.hours_ids))
            yield SpecialDate(*entry, day, hours, self.intervals((*path, "open"), item["open"]))

    def hours(self, data: Mapping[str, Any], dates: tuple[SpecialDate, ...]) -> Iterator[Hours]:
        for name, item in data["hours"].items():
            path = ("hours", name)
            days = tuple(self.intervals((*path, "week", day), item["week"].get(day, [])) for day in DAYS)
            # By day: dates that are none have been told, and all of them stand as the same day here.
            kept = {date.day: date for date in dates if name in date.hours}
            special = [(d.day, d.open, d.label.get(self.languages[0], "")) for d in kept.values()]
            if not any(days) and not any(opening for _, opening, _ in special):
                message = f"`{name}` is never open"
                self.problem("calendars", path, "wrong-value", message, key=True)
            national = item["national_holidays"] == "closed"
            if all(day == ((0, 86400),) for day in days) and not special and not national:
                message, hint = f"`{name}` never closes", f"use `{ALWAYS}`"
                self.problem("calendars", path, "wrong-value", message, hint, key=True)
            week = Week(days, tuple(special))
            yield Hours(*self.entry("calendars", path, item), week, national)

    def intervals(self, path: Path, texts: list[str]) -> tuple[Interval, ...]:
        found: list[Interval] = []
        for index, text in enumerate(texts):
            start, end = (int(t[:2]) * 3600 + int(t[3:]) * 60 for t in text.split("-"))
            where = (*path, index)
            if end > 86400 or start >= end:
                hint = "split hours that pass midnight in two" if end <= 86400 else "the day ends at 24:00"
                self.problem("calendars", where, "wrong-value", f"`{text}` is no stretch of a day", hint)
            elif any(start < e and s < end for s, e in found):
                self.problem("calendars", where, "wrong-value", f"`{text}` overlaps with hours before it")
            else:
                found.append((start, end))
        return tuple(sorted(found))

    def coverage(self, data: Mapping[str, Any]) -> Coverage:
        exceptions = []
        seen: dict[str, str] = {}
        for name, item in data["exceptions"].items():
            path = ("coverage", "exceptions", name)
            for index, country in enumerate(item["countries"]):
                where = (*path, "countries", index)
                self.country("calendars", where, country)
                if country in seen:
                    message = f"`{country}` is in the exception `{seen[country]}` already"
                    self.problem("calendars", where, "duplicate-value", message)
                seen[country] = name
            self.reference("calendars", (*path, "clock"), "hours", item["clock"], self.hours_ids)
            entry = self.entry("calendars", path, item)
            exceptions.append(CoverageException(*entry, frozenset(item["countries"]), item["clock"]))
        if exceptions and "country" not in self.data["policy"]["roles"]:
            message = "exceptions by country, and no fact has the role `country` in policy.yaml"
            self.problem("calendars", ("coverage", "exceptions"), "missing-key", message, key=True)
        label = self.label("calendars", ("coverage", "label"), data["label"])
        return Coverage(label, self.origin("calendars", ("coverage",), data), tuple(exceptions))

    def sections(self) -> Mapping[str, Label]:
        data = self.data["clauses"]["sections"]
        return FrozenDict(
            {name: self.label("clauses", ("sections", name), item) for name, item in data.items()}
        )

    def clauses(self) -> Iterator[tuple[str, Clause]]:
        sections = self.data["clauses"]["sections"]
        for number, item in self.data["clauses"]["clauses"].items():
            path = ("clauses", number)
            self.reference("clauses", (*path, "section"), "section", item["section"], sections)
            heading = self.label("clauses", (*path, "heading"), item["heading"])
            summary = self.label("clauses", (*path, "summary"), item["summary"])
            reason = None
            if "not_a_rule" in item:
                reason = self.label("clauses", (*path, "not_a_rule"), item["not_a_rule"])
            origin = self.origin("clauses", path, {**item, "source": [number]})
            yield number, Clause(number, item["section"], heading, summary, origin, reason)

    # Overrides

    def check_overrides(self, definition: Definition) -> None:
        for rule in definition.overriding_rules:
            others = [other for other in definition.rule_ids(rule.conclusion) if other != rule.id]
            for index, name in enumerate(rule.overrides):
                if not any(other == name or other.startswith(name + ".") for other in others):
                    stem, path = self.rule_places[rule.id]
                    what = f"rule about {rule.conclusion}"
                    parents = {o.rsplit(".", n)[0] for o in others for n in range(1, o.count(".") + 1)}
                    self.reference(stem, (*path, "overrides", index), what, name, sorted({*others, *parents}))

    # Former names

    def check_former_names(self) -> None:
        """A former name is that of no entry of the kind today, and of one entry alone."""
        claimed: dict[tuple[object, str], str] = {}
        for (stem, path), names in self.renamed.items():
            kind = path[:-1] if path[:-1] == ("notes",) else (stem, path[:-1])
            entries = self.beside(stem, path)
            for index, name in enumerate(names):
                where = (*path, "formerly", index)
                owner = claimed.setdefault((kind, name), entries[path[-1]])
                if name in entries.values():
                    message = f"`{name}` is no former name, there is one that is called so"
                    hint = "take it out, or give the other one a name that was never used"
                    self.problem(stem, where, "former-name", message, hint)
                elif owner != entries[path[-1]]:
                    message = f"`{name}` is a former name of `{owner}` already"
                    self.problem(stem, where, "former-name", message, "only one of them can go on from it")

    def beside(self, stem: str, path: Path) -> Mapping[str | int, str]:
        """The names of an entry and of those of its kind, by their keys."""
        if path[0] == "notes":
            return {name: name for data in self.data.values() for name in data.get("notes", ())}
        data = self.data[stem]
        for step in path[:-1]:
            data = data[step]
        return dict(enumerate(self.level_ids)) if isinstance(data, list) else {name: name for name in data}
