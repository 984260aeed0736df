"""Copies of the shipped policy with one edit, as a policy owner might make it."""

from __future__ import annotations

import shutil
from pathlib import Path

import supportrules

SHIPPED = Path(supportrules.__file__).parent / "policies"


def copied(folder: Path, source: Path = SHIPPED) -> Path:
    """A copy of a policy's files, without its tests."""
    for file in source.glob("*.yaml"):
        shutil.copy(file, folder)
    return folder


def edited(folder: Path, stem: str, old: str, new: str, source: Path = SHIPPED) -> Path:
    """A copy in which a text that stands once in a file is replaced."""
    copied(folder, source)
    file = folder / f"{stem}.yaml"
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"{text.count(old)} times in {stem}.yaml: {old}"
    file.write_text(text.replace(old, new), "utf-8")
    return folder
