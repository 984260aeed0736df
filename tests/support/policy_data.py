"""The files of a policy as plain data, by their names without ending."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from yaml import CSafeDumper

from supportrules.policy.documents import read_documents


def load(folder: Path) -> dict[str, Any]:
    """What the files of a folder say."""
    found = {}
    for file in sorted(folder.glob("*.yaml")):
        (node,), _ = read_documents(file.read_text("utf-8"), file.name)
        found[file.stem] = node.plain()
    return found


def save(policy: Mapping[str, Any], folder: Path) -> None:
    """Writes files that say so; a calendar is its text, by its whole name."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, data in policy.items():
        if stem.endswith(".ics"):
            (folder / stem).write_text(data, "utf-8")
            continue
        with (folder / f"{stem}.yaml").open("w", encoding="utf-8") as stream:
            yaml.dump(data, stream, CSafeDumper, allow_unicode=True)


def paths(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to all that stands in some data: keys and places in lists."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    found = [path] if path else []
    for key, value in items:
        found += paths(value, (*path, key))
    return found
