"""Where a policy says what it says: its files as they were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supportrules.base.problem import Location
from supportrules.policy.documents import Node, Path


@dataclass(frozen=True)
class Sources:
    """The files of a policy as they were read, for the places of what they say.

    Args:
        documents: by file, those of YAML without its ending. Each entry has the source and
            the basis that it inherits.
        rules: where each rule that has an id of its own in the files stands: file and keys.
    """

    documents: Mapping[str, Node]
    rules: Mapping[str, tuple[str, Path]]

    def place(self, stem: str, *path: str | int) -> Location:
        """The place of the key, or of the item of a list, at a path of a file."""
        return self.documents[stem].place(path, key=True)

    def in_rule(self, id: str, *path: str | int) -> Location:
        """The place of a key of a rule, or of an item of a list in it."""
        stem, start = self.rules[id]
        return self.place(stem, *start, *path)
