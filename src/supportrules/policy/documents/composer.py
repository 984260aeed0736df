"""Events of PyYAML's C parser → documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from supportrules.base.problem import Location, Problem
from supportrules.policy.documents import MAX_DEPTH, DocumentError, Node, too_large

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


class Composer:
    """Puts one text together."""

    def __init__(self, text: str, file: str, line: int, max_bytes: int, max_nodes: int) -> None:
        self.text, self.file, self.line = text, file, line
        self.max_bytes, self.max_nodes = max_bytes, max_nodes
        self.lines = text.splitlines() if len(text) <= max_bytes else []
        self.problems: list[Problem] = []
        self.anchors: dict[str, Node] = {}

    def location(self, mark: Any) -> Location:
        return self.at(mark.line, mark.column)

    def at(self, line: int, column: int) -> Location:
        text = self.lines[line] if line < len(self.lines) else ""
        return Location(self.file, self.line + line, column + 1, text)

    def fail(self, code: str, message: str, hint: str, place: Location) -> DocumentError:
        return DocumentError(Problem(code, message, hint, place))

    def too_deep(self, place: Location) -> DocumentError:
        return self.fail("too-deep", f"more than {MAX_DEPTH} levels of nesting", "", place)

    def compose(self) -> tuple[list[Node], list[Problem]]:
        if len(self.text) > self.max_bytes:
            raise too_large(self.file, self.max_bytes)
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
