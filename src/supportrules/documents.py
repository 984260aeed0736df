"""YAML 1.2 text → positioned documents.

PyYAML's C parser gives events with marks. They are put together here and not by PyYAML, for three reasons:
every value keeps its place, scalars are read as YAML 1.2 has them (`NO` is a country, not false), and depth,
size and aliases are counted before anything is built on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from supportrules.problem import Location, Problem

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
MAX_NODES = 200_000

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)

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
        raise _too_large(file, max_bytes)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
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
    text: str, file: str, *, max_bytes: int = MAX_BYTES, max_nodes: int = MAX_NODES
) -> tuple[list[Node], list[Problem]]:
    """The documents of a YAML text, and every duplicate key in them.

    Args:
        text: YAML 1.2.
        file: its name, for places.
        max_bytes: the longest text to accept, in characters, of which none takes less than a byte.
        max_nodes: how many values to accept, aliases counted as often as they are used.

    Raises:
        DocumentError: not YAML, or too large, too deep, with too many aliases, or with a tag.
    """
    return _Composer(text, file, max_bytes, max_nodes).compose()


def _too_large(file: str, max_bytes: int) -> DocumentError:
    message = f"the file is larger than {max_bytes / 1e6:g} MB"
    return DocumentError(Problem("too-large", message, "", Location(file)))


class _Composer:
    def __init__(self, text: str, file: str, max_bytes: int, max_nodes: int) -> None:
        self.text, self.file = text, file
        self.max_bytes, self.max_nodes = max_bytes, max_nodes
        self.lines = text.splitlines() if len(text) <= max_bytes else []
        self.problems: list[Problem] = []
        self.anchors: dict[str, Node] = {}

    def location(self, mark: Any) -> Location:
        return self.at(mark.line, mark.column)

    def at(self, line: int, column: int) -> Location:
        text = self.lines[line] if line < len(self.lines) else ""
        return Location(self.file, line + 1, column + 1, text)

    def fail(self, code: str, message: str, hint: str, place: Location) -> DocumentError:
        return DocumentError(Problem(code, message, hint, place))

    def too_deep(self, place: Location) -> DocumentError:
        return self.fail("too-deep", f"more than {MAX_DEPTH} levels of nesting", "", place)

    def compose(self) -> tuple[list[Node], list[Problem]]:
        if len(self.text) > self.max_bytes:
            raise _too_large(self.file, self.max_bytes)
        documents: list[Node] = []
        # A frame is an open collection: its start event, and the nodes in it so far.
        stack: list[tuple[Any, list[Node]]] = []
        count = 0
        for event in self.events():
            node: Node | None = None
            if isinstance(event, yaml.CollectionStartEvent):
                self.refuse_tag(event)
                if len(stack) >= MAX_DEPTH:
                    raise self.too_deep(self.location(event.start_mark))
                stack.append((event, []))
            elif isinstance(event, yaml.CollectionEndEvent):
                start, children = stack.pop()
                node = self.collection(start, children)
            elif isinstance(event, yaml.ScalarEvent):
                self.refuse_tag(event)
                node = Node(scalar_value(event), self.location(event.start_mark), {}, 1)
                if event.anchor:
                    self.anchors[event.anchor] = node
            elif isinstance(event, yaml.AliasEvent):
                node = self.alias(event)
            if node is None:
                continue
            count += node.size if isinstance(event, yaml.AliasEvent) else 1
            if count > self.max_nodes:
                raise self.fail("too-large", f"more than {self.max_nodes} values", "", node.location)
            if stack:
                stack[-1][1].append(node)
            else:
                documents.append(node)
                self.anchors.clear()
        return documents, self.problems

    def events(self) -> Iterator[Any]:
        try:
            yield from yaml.parse(self.text, Loader=LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self.location(mark) if mark else Location(self.file)
            message = (error.problem or str(error)).lower()
            hint = ""
            if "nesting depth" in message:
                # Some builds of the parser have a limit of their own, and meet it before the first event.
                raise self.too_deep(place) from None
            if place.text.lstrip(" ").startswith("\t"):
                message, hint = "a tab where YAML wants spaces", "indent with spaces"
                place = self.at(place.line - 1, len(place.text) - len(place.text.lstrip(" ")))
            elif error.context:
                message = f"{message} ({error.context})"
            raise self.fail("yaml-syntax", message, hint, place) from None
        except yaml.reader.ReaderError:
            # The parser's position counts bytes or characters, by its build.
            found = _FORBIDDEN.search(self.text)
            before = self.text[: found.start() if found else 0]
            place = self.at(before.count("\n"), len(before) - (before.rfind("\n") + 1))
            raise self.fail("yaml-syntax", "a character that YAML does not allow", "", place) from None

    def refuse_tag(self, event: Any) -> None:
        tag = event.tag
        if tag in (None, "!") or tag in {_CORE + kind for kind in ("str", "map", "seq")}:
            return
        place = self.location(event.start_mark)
        raise self.fail("yaml-tag", f"the tag `{tag}` is not accepted", "write plain values", place)

    def alias(self, event: Any) -> Node:
        place = self.location(event.start_mark)
        if event.anchor not in self.anchors:
            raise self.fail("yaml-syntax", f"no anchor `{event.anchor}` before this alias", "", place)
        return self.anchors[event.anchor]

    def collection(self, start: Any, children: list[Node]) -> Node:
        place = self.location(start.start_mark)
        size = 1 + sum(child.size for child in children)
        node: Node
        if isinstance(start, yaml.SequenceStartEvent):
            node = Node(tuple(children), place, {}, size)
        else:
            node = self.mapping(place, children, size)
        if start.anchor:
            self.anchors[start.anchor] = node
        return node

    def mapping(self, place: Location, children: list[Node], size: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Location] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            name = key.value
            if not isinstance(name, str):
                message = "a key that is not text"
                raise self.fail("yaml-key", message, "put the key in quotes", key.location)
            if name in values:
                first = keys[name]
                hint = f"it stands in line {first.line} already"
                self.problems.append(Problem("duplicate-key", f"`{name}` twice", hint, key.location))
                continue
            values[name], keys[name] = value, key.location
        return Node(values, place, keys, size)


def scalar_value(event: Any) -> bool | int | float | str | None:
    """The value of PyYAML's event of a scalar, as YAML 1.2 has it."""
    text: str = event.value
    if not event.implicit[0] or event.tag is not None:
        return text
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.fullmatch(text):
        # Beyond this many digits Python refuses; no policy and no ticket needs them.
        return text if len(text) > 100 else _integer(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _integer(text: str) -> int:
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
