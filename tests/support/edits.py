"""Copies of the shipped policy with one edit, as a policy owner might make it."""

from __future__ import annotations

import shutil
from pathlib import Path

from folders import SHIPPED

# A file without its ending, what stands in it, and what is to stand there.
Edit = tuple[str, str, str]

# Of the starter: cut-offs, the same day, and calendar days on a clock that never stops.
BY_NOON: tuple[Edit, ...] = (
    (
        "response_targets",
        "standard: {target: next_business_day, clock: office_hours,",
        'standard: {target: same_business_day, clock: office_hours, cut_off: "12:00",',
    ),
    (
        "response_targets",
        "plus: {target: PT8H, clock: office_hours,",
        "plus: {target: PT8H, clock: office_hours, cut_off: 16:00,",
    ),
    (
        "response_targets",
        "plus: {target: 3_business_days, clock: office_hours,",
        "plus: {target: P2D, clock: 24x7,",
    ),
)


def copied(folder: Path, source: Path = SHIPPED) -> Path:
    """A copy of a policy's files, without its tests."""
    for file in source.glob("*.yaml"):
        shutil.copy(file, folder)
    return folder


def edited(folder: Path, stem: str, old: str, new: str, source: Path = SHIPPED) -> Path:
    """A copy in which a text that stands once in a file is replaced."""
    return with_edits(folder, (stem, old, new), source=source)


def with_edits(folder: Path, *edits: Edit, source: Path = SHIPPED) -> Path:
    """A copy in which some texts, each of which stands once in its file, are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    copied(folder, source)
    for stem, old, new in edits:
        file = folder / f"{stem}.yaml"
        text = file.read_text("utf-8")
        assert text.count(old) == 1, f"{text.count(old)} times in {stem}.yaml: {old}"
        file.write_text(text.replace(old, new), "utf-8")
    return folder
