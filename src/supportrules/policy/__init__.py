"""A policy: its files → frozen objects."""

from __future__ import annotations

from pathlib import Path

from supportrules.policy.definition import BASES, Definition
from supportrules.policy.files import File, PolicyFiles, Source, read_policy_files, source_of

__all__ = [
    "BASES",
    "Definition",
    "File",
    "PolicyFiles",
    "Source",
    "read_definition",
    "read_policy_files",
    "source_of",
]


def read_definition(where: str | Path | Source | None = None) -> Definition:
    """What a policy says: the one in a directory, or at ``REV:PATH``, or (None) the bundled one.

    Raises:
        PolicyLoadError: it does not load; with every problem found.
    """
    # Imported where it is needed: a built policy is bound already.
    from supportrules.policy.binding import bind

    return bind(read_policy_files(where))
