"""YAML 1.2 text → positioned documents.

PyYAML's C parser gives events with marks. They are put together here and not by PyYAML, for three reasons:
every value keeps its place, scalars are read as YAML 1.2 has them (`NO` is a country, not false), and depth,
size and aliases are counted before anything is built on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supportrules.base.file_signatures import LENGTH, foreign
from supportrules.base.problem import Location, Problem

MAX_BYTES = 5_000_000
MAX_DEPTH = 40
MAX_NODES = 500_000

Path = tuple[str | int, ...]


class DocumentError(Exception):
    """A text that is no document; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


@dataclass(frozen=True)
class Node:
    """A value with its place.

    Args:
        value: a scalar, a tuple of nodes, or a mapping of text to nodes.
        location: where the value begins.
        keys: for a mapping, where each key stands.
        size: how many nodes it has, aliases counted as often as they are used.
    """

    value: bool | int | float | str | tuple[Node, ...] | Mapping[str, Node] | None
    location: Location
    keys: Mapping[str, Location]
    size: int

    def plain(self) -> Any:
        """The value as plain Python data."""
        if isinstance(self.value, tuple):
            return [item.plain() for item in self.value]
        if isinstance(self.value, Mapping):
            return {key: item.plain() for key, item in self.value.items()}
        return self.value

    def place(self, path: Path, *, key: bool = False) -> Location:
        """The place of what is at a path, or of the nearest thing above it that exists.

        Args:
            path: keys and indices from here.
            key: the place of the last key instead of its value.
        """
        node, location = self, self.location
        for step in path:
            if isinstance(node.value, Mapping) and step in node.value:
                name = str(step)
                location = node.keys[name]
                node = node.value[name]
            elif isinstance(node.value, tuple) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                location = node.location
            else:
                return location
        return location if key else node.location


def is_calendar(document: str) -> bool:
    """Whether a document of a policy is a calendar, by its name."""
    return document.endswith(".ics")


def file_name(document: str) -> str:
    """The name of the file of a document: one of YAML is named without its ending."""
    return document if is_calendar(document) else f"{document}.yaml"


def decode(data: bytes, file: str, *, max_bytes: int | None = None) -> str:
    """Bytes → text; a byte-order mark is dropped.

    Args:
        data: UTF-8.
        file: its name, for places.
        max_bytes: how many bytes to accept; None for any number.

    Raises:
        DocumentError: the bytes are not UTF-8, or too many.
    """
    if max_bytes is not None and len(data) > max_bytes:
        raise too_large(file, max_bytes)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if problem := foreign(data[:LENGTH], file):
            raise DocumentError(problem) from None
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        text = data.splitlines()[line - 1].decode("utf-8", "replace") if data.splitlines() else ""
        raise DocumentError(
            Problem(
                "encoding",
                f"byte 0x{data[error.start]:02x} is not UTF-8",
                "save the file as UTF-8",
                Location(file, line, column, text),
            )
        ) from None


def read_documents(
    text: str, file: str, *, line: int = 1, max_bytes: int = MAX_BYTES, max_nodes: int = MAX_NODES
) -> tuple[list[Node], list[Problem]]:
    """The documents of a YAML text, and every duplicate key in them.

    Args:
        text: YAML 1.2.
        file: its name, for places.
        line: the number of its first line.
        max_bytes: the longest text to accept, in characters, of which none takes less than a byte.
        max_nodes: how many values to accept, aliases counted as often as they are used.

    Raises:
        DocumentError: not YAML, or too large, too deep, with too many aliases, or with a tag.
    """
    # Imported where it is needed: a built policy loads without a parser of YAML.
    from supportrules.policy.documents.composer import Composer

    return Composer(text, file, line, max_bytes, max_nodes).compose()


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


def too_large(file: str, max_bytes: int) -> DocumentError:
    """The error of a file of more bytes than are accepted."""
    message = f"the file is larger than {max_bytes / 1e6:g} MB"
    return DocumentError(Problem("too-large", message, "", Location(file)))
