"""Files and streams of tickets: JSON, JSON lines, YAML → tickets with their places.

A ticket that can't be read is a value among the others and does not stop them. JSON is read an object at a
time, so that any number of lines passes through, and so that every ticket knows its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
        source: the JSON text that it stands in, and where in it; empty for YAML.
        node: itself with the places of its fields, where it is YAML.
    """

    location: Location
    ticket: dict[str, Any] | None
    problem: Problem | None = None
    source: str = ""
    start: int = 0
    end: int = 0
    node: Node | None = None

    def place(self, field: str | None) -> Location:
        """Where a field stands with its line, or the ticket if that can't be told."""
        if self.node is not None:
            return self.location if field is None else self.node.place((field,), key=True)
        if not self.source:
            return self.location
        position = self.start
        if field is not None:
            name = re.compile(re.escape(json.dumps(field, ensure_ascii=False)) + r"\s*:")
            found = name.search(self.source, self.start, self.end)
            position = found.start() if found else position
        line = self.location.line + self.source.count("\n", self.start, position)
        return _place(self.source, position, self.location.file, line)


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


class _NotJson(ValueError):
    """What the decoder would take although JSON does not have it."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        name = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _NotJson(f"`{name}` twice")
    return found


def _constant(name: str) -> Any:
    raise _NotJson(f"{name} is not JSON")


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
    return _record(value, Location(place.file, place.line, 1, text), text, 0, len(text))


def _json_reason(error: json.JSONDecodeError, text: str) -> str:
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return "the JSON ends too early"
    return f"not JSON: {error.msg.lower()}"


def _other_reason(error: Exception) -> str:
    if isinstance(error, _NotJson):
        return str(error)
    return (
        "too many levels of nesting" if isinstance(error, RecursionError) else "a number of too many digits"
    )


def _record(
    value: Any, place: Location, source: str = "", start: int = 0, end: int = 0, node: Node | None = None
) -> Record:
    if isinstance(value, dict):
        if source.find("\\u", start, end) >= 0 and not _is_text(value):
            message = "half of a surrogate pair, which is no character"
            return Record(place, None, Problem("json-syntax", message, "", place))
        return Record(place, value, None, source, start, end, node)
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
    # How far lines are counted: from one ticket to the next, and not from the beginning for each.
    line, line_start, counted = 1, 0, 0

    def place(position: int) -> Location:
        return _place(text, position, name, line + text.count("\n", counted, position))

    def fail(message: str, position: int) -> InputError:
        return InputError(Problem("json-syntax", message, "", place(position)))

    position = _skip(text, 0)
    array = text[position : position + 1] == "["
    if array:
        position = _skip(text, position + 1)
        if text[position : position + 1] == "]":
            return
    while position < len(text):
        line_start = text.rfind("\n", counted, position) + 1 or line_start
        line, counted = line + text.count("\n", counted, position), position
        try:
            value, end = _decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise fail(_json_reason(error, text), min(error.pos, len(text))) from None
        except (ValueError, RecursionError) as error:
            raise fail(_other_reason(error), position) from None
        at = Location(name, line, position - line_start + 1) if isinstance(value, dict) else place(position)
        yield _record(value, at, text, position, end)
        position = _skip(text, end)
        if not array:
            continue
        mark = text[position : position + 1]
        if mark == "]":
            position = _skip(text, position + 1)
            if position < len(text):
                raise fail("more text after the array", position)
            return
        if mark != ",":
            raise fail("not JSON: expecting `,` or `]`" if mark else "the JSON ends too early", position)
        position = _skip(text, position + 1)
    if array:
        raise fail("the JSON ends too early", position)


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _place(text: str, position: int, name: str, line: int) -> Location:
    """A position in a text whose line is known, with that line."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return Location(
        name, line, position - start + 1, text[start : end if end >= 0 else len(text)].rstrip("\r")
    )


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
