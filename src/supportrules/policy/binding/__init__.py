"""Validated documents → a policy's objects, file by file; every reference to a name is checked on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.base.problem import Problem
from supportrules.errors import PolicyLoadError
from supportrules.policy.binding import (
    calendars,
    channels,
    clauses,
    issue_types,
    manifest,
    plans,
    rules,
    severity,
    targets,
    vocabulary,
)
from supportrules.policy.binding.binder import Binder
from supportrules.policy.definition import Definition
from supportrules.policy.documents import Node, Path, is_calendar, read_document
from supportrules.policy.entry_defaults import written_out
from supportrules.policy.files import PolicyFiles
from supportrules.policy.schema import sound_part, validate
from supportrules.policy.sources import Sources
from supportrules.policy.vocabulary import Vocabulary


def bind(files: PolicyFiles) -> Definition:
    """Files → a policy.

    Raises:
        PolicyLoadError: with everything that is wrong in any of them.
    """
    documents: dict[str, Node] = {}
    sound: dict[str, Any] = {}
    removed: set[Path] = set()
    problems: list[Problem] = []
    for file, data in files.contents.items():
        document, faults = _read(file, data, files.names[file])
        problems.extend(faults)
        if document is None:
            continue
        documents[file] = document
        if is_calendar(file):
            sound[file] = document.plain()
            continue
        faults = validate(file, document)
        documents[file] = document = written_out(file, document)
        if not faults:
            sound[file] = document.plain()
        elif part := sound_part(file, document):
            # The rest is read all the same: all problems are reported together.
            sound[file] = part[0]
            removed.update((file, *path) for path in part[1])
        problems.extend(faults)
    if sound.keys() != files.contents.keys():
        raise PolicyLoadError(problems)
    return _bound(Binder(documents, sound, removed), problems)


def _read(file: str, data: bytes, name: str) -> tuple[Node | None, list[Problem]]:
    if is_calendar(file):
        # Imported where it is needed: most policies have no such file.
        from supportrules.policy.documents.ics import read_days

        return read_days(data, name)
    return read_document(data, name)


def bind_documents(documents: Mapping[str, Node]) -> Definition:
    """Documents, by file, that are as their schemas have them → a policy.

    Raises:
        PolicyLoadError: with every name in them that stands for nothing, and the like.
    """
    return _bound(Binder(documents, {file: node.plain() for file, node in documents.items()}), [])


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256 over all that the files say; comments, layout and the order of mappings do not count."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _bound(binder: Binder, problems: list[Problem]) -> Definition:
    """What a binder makes of its documents.

    Args:
        problems: those that were found before.

    Raises:
        PolicyLoadError: there are any, with those that the binder finds.
    """
    definition = _definition(binder)
    manifest.check_needed(binder, definition)
    targets.check_clocks(binder, definition)
    rules.check_overrides(binder, definition)
    binder.check_former_names()
    if problems or binder.problems:
        # What many entries inherit is wrong once.
        raise PolicyLoadError(list(dict.fromkeys([*problems, *binder.problems])))
    return definition


def _definition(binder: Binder) -> Definition:
    said = binder.data["policy"]
    binder.label(("policy", "source", "title"), said["source"]["title"])
    dates, files = calendars.dates(binder), calendars.files(binder)
    return Definition(
        name=said["name"],
        version=said["version"],
        effective_from=binder.date(("policy", "effective_from"), said["effective_from"]),
        title=binder.label(("policy", "title"), said["title"]),
        publisher=binder.label(("policy", "publisher"), said["publisher"]),
        languages=binder.languages,
        roles=manifest.roles(binder),
        data_from=FrozenDict(said.get("data_from", {})),
        digest=digest(binder.data),
        vocabulary=Vocabulary(list(vocabulary.facts(binder))),
        conclusions=vocabulary.conclusions(binder),
        families=plans.families(binder),
        plans=plans.plans(binder),
        plan_fact=vocabulary.fact_of(binder, "plans"),
        issue_types=issue_types.issue_types(binder),
        issue_type_fact=vocabulary.fact_of(binder, "issue_types"),
        levels=severity.levels(binder),
        precedence=tuple(binder.data["severity"]["precedence"]),
        free_rules=plans.free_rules(binder),
        severity_rules=severity.severity_rules(binder),
        columns=targets.columns(binder),
        column_rules=targets.column_rules(binder),
        promises=targets.promises(binder),
        channels=channels.channels(binder),
        channel_rules=channels.channel_rules(binder),
        reopening_rules=channels.reopening_rules(binder),
        notes=rules.notes(binder),
        hours=calendars.hours(binder, dates, files),
        hours_exceptions=calendars.hours_exceptions(binder),
        dates=dates,
        calendar_files=files,
        coverage=calendars.coverage(binder),
        sections=clauses.sections(binder),
        clauses=clauses.clauses(binder),
        sources=Sources(
            FrozenDict(binder.documents),
            FrozenDict({id: (str(path[0]), path[1:]) for id, path in binder.rules.items()}),
        ),
    )
