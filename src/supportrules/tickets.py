"""Files and streams of tickets: JSON, JSON lines, YAML → tickets with their places.

A ticket that can't be read is a value among the others and does not stop them. JSON is read an object at a
time, so that any number of lines passes through, and so that every ticket knows its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from supportrules.documents import DocumentError, Node, decode, read_documents
from supportrules.errors import InputError
from supportrules.problem import Location, Problem
from supportrules.wording import describe

STDIN = "-"
MAX_YAML_BYTES = 50_000_000
MAX_YAML_NODES = 10_000_000
_LINES, _JSON, _YAML = "jsonl", "json", "yaml"
_BY_SUFFIX = {
    ".jsonl": _LINES,
    ".ndjson": _LINES,
    ".json": _JSON,
    ".yaml": _YAML,
    ".yml": _YAML,
}


@dataclass(frozen=True)
class Record:
    """A ticket as it was read, or why it could not be.

    Args:
        location: where it begins.
        ticket: its fields; None if it could not be read.
        problem: what is wrong with its text.
        text: its own text, where that is JSON.
        node: itself with the places of its fields, where it is YAML.
    """

    location: Location
    ticket: dict[str, Any] | None
    problem: Problem | None = None
    text: str = ""
    node: Node | None = None

    def place(self, field: str | None) -> Location:
        """Where a field stands, or the ticket if that can't be told."""
        if field is None:
            return self.location
        if self.node is not None:
            return self.node.place((field,), key=True)
        found = re.search(re.escape(json.dumps(field, ensure_ascii=False)) + r"\s*:", self.text)
        if not found:
            return self.location
        before = self.text[: found.start()]
        start = before.rfind("\n") + 1
        if not start:
            return replace(self.location, column=self.location.column + found.start())
        end = self.text.find("\n", found.start())
        line = self.text[start : end if end >= 0 else len(self.text)]
        number = self.location.line + before.count("\n")
        return Location(self.location.file, number, found.start() - start + 1, line)


def read_tickets(name: str, stream: BinaryIO | None = None, form: str | None = None) -> Iterator[Record]:
    """The tickets of a file.

    Args:
        name: a path, or ``-``.
        stream: what to read for ``-``.
        form: ``json``, ``jsonl`` or ``yaml``; by the file's suffix, else by its content, when None.

    Raises:
        InputError: the file can't be read, holds nothing, or is no text of that form.
    """
    if name == STDIN and stream is not None:
        yield from _records(stream, "<stdin>", form)
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(Problem("unreadable", reason, "", Location(name))) from None
    with file:
        try:
            yield from _records(file, name, form or _BY_SUFFIX.get(Path(name).suffix.lower()))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(Problem("unreadable", reason, "", Location(name))) from None


def _records(stream: BinaryIO, name: str, form: str | None) -> Iterator[Record]:
    count = 0
    for record in _dispatch(stream, name, form):
        count += 1
        yield record
    if not count:
        hint = "give a JSON object or array, JSON lines, or YAML"
        raise InputError(Problem("empty-file", "no tickets", hint, Location(name)))


def _dispatch(stream: BinaryIO, name: str, form: str | None) -> Iterator[Record]:
    lines: Iterable[bytes] = stream
    if form is None:
        lines, form = _sniff(stream)
    if form == _LINES:
        return _json_lines(lines, name)
    try:
        text = decode(b"".join(lines), name)
    except DocumentError as error:
        raise InputError(error.problem) from None
    return _json_values(text, name) if form == _JSON else _yaml(text, name)


def _sniff(stream: BinaryIO) -> tuple[Iterable[bytes], str]:
    """The form of a stream without a name: a first line that is a whole JSON object makes it JSON lines."""
    head: list[bytes] = []
    for line in stream:
        head.append(line)
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not text:
            continue
        form = _YAML
        if text[:1] == b"[":
            form = _JSON
        elif text[:1] == b"{":
            form = _LINES if text.endswith(b"}") and _is_json(text) else _JSON
            if form == _JSON and not text.startswith((b"{}", b'{"')) and text != b"{":
                form = _YAML
        return _chain(head, stream), form
    return head, _JSON


def _is_json(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _chain(head: list[bytes], stream: BinaryIO) -> Iterator[bytes]:
    yield from head
    yield from stream


class _Twice(ValueError):
    """A field that an object has twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        name = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Twice(f"`{name}` twice")
    return found


def _constant(name: str) -> Any:
    raise _Twice(f"{name} is not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def _json_lines(lines: Iterable[bytes], name: str) -> Iterator[Record]:
    for number, raw in enumerate(lines, 1):
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if not raw.strip():
            continue
        place = Location(name, number, 0)
        try:
            text = decode(raw, name).rstrip("\r\n")
        except DocumentError as error:
            where = error.problem.location
            at = Location(name, number, where.column if where else 0, where.text if where else "")
            yield Record(at, None, Problem("encoding", error.problem.message, error.problem.hint, at))
            continue
        yield _parse_line(text, place)


def _parse_line(text: str, place: Location) -> Record:
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        column = min(error.pos, len(text)) + 1
        at = Location(place.file, place.line, column, text)
        return Record(at, None, Problem("json-syntax", _json_reason(error, text), "", at))
    except (ValueError, RecursionError) as error:
        at = Location(place.file, place.line, 1, text)
        return Record(at, None, Problem("json-syntax", _other_reason(error), "", at))
    return _record(value, Location(place.file, place.line, 1, text), text)


def _json_reason(error: json.JSONDecodeError, text: str) -> str:
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return "the JSON ends too early"
    return f"not JSON: {error.msg.lower()}"


def _other_reason(error: Exception) -> str:
    if isinstance(error, _Twice):
        return str(error)
    return (
        "too many levels of nesting" if isinstance(error, RecursionError) else "a number of too many digits"
    )


def _record(value: Any, place: Location, text: str = "", node: Node | None = None) -> Record:
    if isinstance(value, dict):
        if "\\u" in text and not _is_text(value):
            message = "half of a surrogate pair, which is no character"
            return Record(place, None, Problem("json-syntax", message, "", place))
        return Record(place, value, text=text, node=node)
    message = f"a ticket is an object, not {describe(value)}"
    return Record(place, None, Problem("ticket-type", message, "", place))


def _is_text(value: Any) -> bool:
    """Whether all of it can be written again: an escape can name what is no character."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _json_values(text: str, name: str) -> Iterator[Record]:
    """The objects of a JSON text: one, an array of them, or several after each other."""
    position = _skip(text, 0)
    array = text[position : position + 1] == "["
    if array:
        position = _skip(text, position + 1)
        if text[position : position + 1] == "]":
            return
    while position < len(text):
        place = _place(text, position, name)
        try:
            value, end = _decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            at = _place(text, min(error.pos, len(text)), name)
            raise InputError(Problem("json-syntax", _json_reason(error, text), "", at)) from None
        except (ValueError, RecursionError) as error:
            raise InputError(Problem("json-syntax", _other_reason(error), "", place)) from None
        yield _record(value, place, text[position:end])
        position = _skip(text, end)
        if not array:
            continue
        mark = text[position : position + 1]
        if mark == "]":
            position = _skip(text, position + 1)
            if position < len(text):
                at = _place(text, position, name)
                raise InputError(Problem("json-syntax", "more text after the array", "", at))
            return
        if mark != ",":
            at = _place(text, position, name)
            message = "the JSON ends too early" if not mark else "not JSON: expecting `,` or `]`"
            raise InputError(Problem("json-syntax", message, "", at))
        position = _skip(text, position + 1)
    if array:
        raise InputError(Problem("json-syntax", "the JSON ends too early", "", _place(text, position, name)))


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _place(text: str, position: int, name: str) -> Location:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else len(text)].rstrip("\r")
    return Location(name, text.count("\n", 0, position) + 1, position - start + 1, line)


def _yaml(text: str, name: str) -> Iterator[Record]:
    try:
        documents, twice = read_documents(text, name, max_bytes=MAX_YAML_BYTES, max_nodes=MAX_YAML_NODES)
    except DocumentError as error:
        raise InputError(error.problem) from None
    if twice:
        raise InputError(twice[0])
    for document in documents:
        items: tuple[Node, ...] = document.value if isinstance(document.value, tuple) else (document,)
        for item in items:
            if item.value is not None:
                yield _record(item.plain(), item.location, node=item)
