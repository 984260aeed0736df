"""The manifest of a policy, read without the rest of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supportrules.documents import Node
from supportrules.errors import PolicyLoadError
from supportrules.policy.binding import read_document
from supportrules.policy.files import read_manifest_file
from supportrules.policy.objects import Definition
from supportrules.problem import Location, Problem
from supportrules.schema import sound_part, validate


@dataclass(frozen=True)
class Manifest:
    """What a policy is called, from when it is in force, and which facts tell that of a ticket.

    Args:
        opening, ticket: the names of the facts with these parts.
        node: as it was read.
    """

    name: str
    version: str
    effective_from: datetime.date
    languages: tuple[str, ...]
    opening: str
    ticket: str | None
    node: Node = field(compare=False, repr=False)

    def place(self, key: str) -> Location:
        """The place of a key."""
        return self.node.place((key,), key=True)


def read_manifest(where: str | Path) -> Manifest:
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
    return _manifest(document, part[0])


def manifest_of(definition: Definition) -> Manifest:
    """The manifest of a policy that was read."""
    node = definition.sources.documents["policy"]
    return _manifest(node, node.plain())


def _manifest(node: Node, data: Mapping[str, Any]) -> Manifest:
    roles, text = data["roles"], data["effective_from"]
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        place = node.place(("effective_from",))
        raise PolicyLoadError([Problem("wrong-form", f"there is no day `{text}`", "", place)]) from None
    return Manifest(
        data["name"],
        data["version"],
        day,
        tuple(data["languages"]),
        roles["opening"],
        roles.get("ticket"),
        node,
    )
