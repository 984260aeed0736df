"""The manifest of a policy, read without the rest of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from supportrules.base.frozen import FrozenDict
from supportrules.base.problem import Location, Problem
from supportrules.errors import PolicyLoadError
from supportrules.policy.definition import Definition
from supportrules.policy.documents import Node, read_document
from supportrules.policy.files import Source, read_manifest_file
from supportrules.policy.schema import sound_part, validate


@dataclass(frozen=True)
class Manifest:
    """What a policy is called, from when it is in force, and which facts tell that of a ticket.

    Args:
        opening, ticket: the names of the facts with these parts.
        documents: the files that were read, for places in the manifest.
    """

    name: str
    version: str
    effective_from: datetime.date
    languages: tuple[str, ...]
    opening: str
    ticket: str | None
    documents: Mapping[str, Node] = field(compare=False, repr=False)

    def place(self, key: str) -> Location:
        """The place of a key."""
        return self.documents["policy"].place((key,), key=True)


def read_manifest(where: str | Path | Source) -> Manifest:
    """The manifest of a policy, which may not load.

    Args:
        where: a directory, or ``REV:PATH`` in a git repository.

    Raises:
        PolicyLoadError: there is none, or it does not say these things.
    """
    document, problems = read_document(*read_manifest_file(where))
    if document is None:
        raise PolicyLoadError(problems)
    problems += validate("policy", document)
    # What else is wrong with it is told when the policy is loaded.
    part = sound_part("policy", document)
    if part is None:
        raise PolicyLoadError(problems)
    data = part[0]
    roles, text = data["roles"], data["effective_from"]
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        place = document.place(("effective_from",))
        raise PolicyLoadError([Problem("wrong-form", f"there is no day `{text}`", "", place)]) from None
    languages = tuple(data["languages"])
    opening, ticket = roles["opening"], roles.get("ticket")
    documents = FrozenDict({"policy": document})
    return Manifest(data["name"], data["version"], day, languages, opening, ticket, documents)


def manifest_of(definition: Definition) -> Manifest:
    """The manifest of a policy that was read."""
    roles, documents = definition.roles, definition.sources.documents
    return Manifest(
        definition.name,
        definition.version,
        definition.effective_from,
        definition.languages,
        roles.opening,
        roles.ticket,
        documents,
    )
