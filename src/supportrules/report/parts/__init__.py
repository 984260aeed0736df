"""What a report tells, part by part: each form writes the same parts in its own way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import ClassVar, Literal

Role = Literal["plain", "strong", "quiet", "code", "old", "new", "better", "worse", "neutral"]


@dataclass(frozen=True)
class Run:
    """A piece of text.

    Args:
        role: what it is in its text: ``old`` what no longer holds, ``new`` what now does, ``better``,
            ``worse`` and ``neutral`` a verdict, ``code`` something as it stands in a file.
    """

    text: str
    role: Role = "plain"


Text = tuple[Run, ...]


def text(*runs: str | Run) -> Text:
    """Text of strings, which are plain, and of other runs."""
    return tuple(Run(run) if isinstance(run, str) else run for run in runs)


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    text: Text
    kind: ClassVar = "paragraph"


@dataclass(frozen=True)
class Item:
    """One item of a list, and the parts below its line."""

    text: Text
    below: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[Item, ...]
    kind: ClassVar = "items"


@dataclass(frozen=True)
class Grid:
    """A table.

    Args:
        caption: what it shows.
        columns: their heads; none where rows explain themselves.
        rows: of as many cells; the first says what the row is about.
    """

    caption: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    kind: ClassVar = "grid"

    @property
    def filled(self) -> Grid:
        """It without the columns in which no row says anything."""
        columns = enumerate(zip(*self.rows, strict=True))
        filled = [number for number, cells in columns if not number or any(run.text for run in chain(*cells))]

        def kept(row: tuple[Text, ...]) -> tuple[Text, ...]:
            return tuple(row[number] for number in filled) if row else row

        return replace(self, columns=kept(self.columns), rows=tuple(map(kept, self.rows)))


@dataclass(frozen=True)
class Folded:
    """Parts that are seen when they are asked for, where a form can do that."""

    summary: Text
    below: tuple[Part, ...]
    kind: ClassVar = "folded"


@dataclass(frozen=True)
class Section:
    """Parts under a heading; sections in sections are of a lower level."""

    heading: Text
    below: tuple[Part, ...]
    kind: ClassVar = "section"


Part = Paragraph | Items | Grid | Folded | Section
