"""Tickets in JSON: objects, one a line, one after the other, or in an array.

It is read an object at a time, so that any number of lines passes through, and so that every ticket knows its
line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from supportrules.base.problem import Location, Problem
from supportrules.base.strict_json import DECODER, NotJson, is_text
from supportrules.base.wording import describe
from supportrules.errors import InputError
from supportrules.policy.documents import DocumentError, decode
from supportrules.tickets.record import Record, place_at


@dataclass(frozen=True)
class _Text:
    """A text with an object from `start`, which is in `line`, to `end`."""

    file: str
    line: int
    text: str
    start: int
    end: int

    def place(self, field: str | None) -> Location:
        position = self.start
        if field is not None:
            name = re.compile(re.escape(json.dumps(field, ensure_ascii=False)) + r"\s*:")
            found = name.search(self.text, self.start, self.end)
            position = found.start() if found else position
        line = self.line + self.text.count("\n", self.start, position)
        return place_at(self.text, position, self.file, line)


def json_lines(lines: Iterable[bytes], name: str) -> Iterator[Record]:
    """The objects of JSON lines; a line that is none spoils that ticket only."""
    read = 0
    for number, raw in enumerate(lines, 1):
        read += len(raw)
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
            problem = Problem("encoding", error.problem.message, error.problem.hint, at)
            yield Record(at, None, (problem,), None, read)
            continue
        yield _parse_line(text, place, read)


def _parse_line(text: str, place: Location, read: int) -> Record:
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        column = min(error.pos, len(text)) + 1
        at = Location(place.file, place.line, column, text)
        return Record(at, None, (_syntax(_json_reason(error, text), at),), None, read)
    except (ValueError, RecursionError) as error:
        at = Location(place.file, place.line, 1, text)
        return Record(at, None, (_syntax(_other_reason(error), at),), None, read)
    at = Location(place.file, place.line, 1, text)
    return _record(value, at, text, 0, len(text), read)


def _syntax(message: str, place: Location) -> Problem:
    return Problem("json-syntax", message, "", place)


def _json_reason(error: json.JSONDecodeError, text: str) -> str:
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return "the JSON ends too early"
    if error.msg == "Extra data" and text[error.pos] == ",":
        return "a comma after the object, where the line ends in JSON lines"
    if text[error.pos] in "]}" and text[: error.pos].rstrip().endswith(","):
        return f"not JSON: a comma before `{text[error.pos]}`"
    return f"not JSON: {error.msg.lower()}"


def _other_reason(error: Exception) -> str:
    if isinstance(error, NotJson):
        return str(error)
    return (
        "too many levels of nesting" if isinstance(error, RecursionError) else "a number of too many digits"
    )


def _record(value: Any, place: Location, text: str, start: int, end: int, read: int) -> Record:
    if not isinstance(value, dict):
        problem = Problem("ticket-type", f"a ticket is an object, not {describe(value)}", "", place)
    elif text.find("\\u", start, end) >= 0 and not is_text(value):
        problem = _syntax("half of a surrogate pair, which is no character", place)
    else:
        return Record(place, value, (), _Text(place.file, place.line, text, start, end), read)
    return Record(place, None, (problem,), None, read)


def json_values(text: str, name: str) -> Iterator[Record]:
    """The objects of a JSON text: one, an array of them, or several after each other.

    Raises:
        InputError: at a mistake; what stands before it was given out by then.
    """
    # How far lines are counted: from one ticket to the next, and not from the beginning for each.
    line, line_start, counted = 1, 0, 0

    def place(position: int) -> Location:
        return place_at(text, position, name, line + text.count("\n", counted, position))

    def fail(message: str, position: int) -> InputError:
        return InputError(_syntax(message, place(position)))

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
            value, end = DECODER.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise fail(_json_reason(error, text), min(error.pos, len(text))) from None
        except (ValueError, RecursionError) as error:
            raise fail(_other_reason(error), position) from None
        at = Location(name, line, position - line_start + 1) if isinstance(value, dict) else place(position)
        yield _record(value, at, text, position, end, end)
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
