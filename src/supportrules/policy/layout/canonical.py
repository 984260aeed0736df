"""Text → canonical text: ruamel.yaml writes what it says, then every comment goes back beside its event."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from supportrules.base.problem import Location, Problem
from supportrules.errors import InputError
from supportrules.policy.documents import DocumentError, read_documents
from supportrules.policy.documents.composer import scalar_value
from supportrules.policy.format import ENTRY_DEFAULTS
from supportrules.policy.layout.emit import emit
from supportrules.policy.layout.outline import Outline, Remark

WIDTH = 120
_GAP = 3

Place = tuple[int, str, tuple[str, ...]]


def canonical(text: str, file: str) -> str:
    """The canonical layout of a YAML text; what it says and its comments are the same.

    Args:
        text: YAML 1.2.
        file: its name, for places.

    Raises:
        InputError: the text is no sound YAML, or has something that can't be laid out without changing it.
    """
    text = re.sub("\r\n?", "\n", text)
    data = _data(text, file)
    source = Outline(text)
    _refuse_directives(source, file)
    source.lead(ENTRY_DEFAULTS)
    result, places = _Page(source, _skeleton(source, file)).written()
    try:
        same = _data(result, file) == data and _places(Outline(result)) == places
    except InputError:
        same = False
    if not same:
        raise _not_kept(file)
    return result


def _data(text: str, file: str) -> str:
    """All that a text says, and in which order; that of `entry_defaults` does not count."""
    try:
        documents, problems = read_documents(text, file)
    except DocumentError as error:
        raise InputError(error.problem) from None
    if problems:
        raise InputError(*problems)
    return json.dumps([_led(document.plain()) for document in documents])


def _led(data: Any) -> Any:
    if isinstance(data, list):
        return [_led(item) for item in data]
    if isinstance(data, dict):
        keys = sorted(data, key=ENTRY_DEFAULTS.__ne__)
        return {key: _led(data[key]) for key in keys}
    return data


def _refuse_directives(source: Outline, file: str) -> None:
    for number, event in enumerate(source.events):
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            line = source.line(number)
            message, hint = "a file with a directive is not formatted", "take it out, all is read as YAML 1.2"
            place = Location(file, line + 1, 1, source.text.splitlines()[line])
            raise InputError(Problem("yaml-directive", message, hint, place))


def _not_kept(file: str) -> InputError:
    message = "its layout can't be changed without a change of what it says, or of a comment's place"
    return InputError(Problem("not-formatted", message, "", Location(file)))


def _skeleton(source: Outline, file: str) -> Outline:
    """The text without comments, with what is too long for a line written as a block."""
    flow = {
        number
        for number, event in enumerate(source.events)
        if isinstance(event, yaml.CollectionStartEvent)
        and event.flow_style
        and source.role[number] != "root"
        and number not in source.commented
    }
    quoted: set[int] = set()
    while True:
        try:
            new = Outline(emit(source.events, source.text, flow, quoted))
        except yaml.YAMLError:
            raise _not_kept(file) from None
        if len(new.events) != len(source.events):
            raise _not_kept(file)
        changed = {
            number
            for number, event in enumerate(source.events)
            if isinstance(event, yaml.ScalarEvent)
            and repr(scalar_value(event)) != repr(scalar_value(new.events[number]))
        }
        long = set(_too_long(new)) & flow
        if not changed - quoted and not long:
            return new
        quoted |= changed
        flow -= long


def _too_long(new: Outline) -> Iterator[int]:
    """The starts of the outermost collections that make a line too long."""
    lengths = [len(line) for line in new.text.split("\n")]
    depth = 0
    for number, event in enumerate(new.events):
        if isinstance(event, yaml.CollectionStartEvent) and event.flow_style:
            if depth == 0 and lengths[new.line(number)] > WIDTH:
                yield number
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent) and new.is_flow(number):
            depth -= 1


@dataclass
class _Above:
    place: Place
    indent: int
    blank: bool


class _Page:
    """Puts the comments and empty lines of one text into another that says the same and has none."""

    def __init__(self, source: Outline, new: Outline) -> None:
        self.source, self.new = source, new
        self.lines = new.text.split("\n")[:-1]
        self.above: dict[int, list[_Above]] = defaultdict(list)
        self.beside: dict[int, Place] = {}
        # An empty line after a text that keeps its own would be one of them.
        self.kept = {
            mark.line
            for event, mark in ((event, event.end_mark) for event in new.events)
            if isinstance(event, yaml.ScalarEvent)
            and event.style in ("|", ">")
            and event.value.endswith("\n\n")
        }
        for remark in source.remarks:
            if remark.beside:
                self.put_beside(remark)
            else:
                self.put_above(remark)

    def put_above(self, remark: Remark) -> None:
        new, number = self.new, remark.event
        if _is_foot(new, number):
            line = self.line_of(_next_visible(new, number + 1))
            place = (number, "end", remark.lines)
            self.above[line].append(_Above(place, new.column(new.start_of[number]), remark.blank))
            return
        number = _next_visible(new, number)
        line = self.line_of(number)
        first = new.first.get(line, number)
        # What stands before a value that is now beside its key goes before the key.
        self.hoist(line, (first, "above", remark.lines), remark.blank and first == number)

    def put_beside(self, remark: Remark) -> None:
        new, number = self.new, remark.event
        if isinstance(new.events[number], yaml.CollectionEndEvent) and number not in new.visible:
            start = new.start_of[number]
            if remark.inner is not None:
                number = remark.inner
            elif new.role[start] == "value":
                number = start - 1
                if self.line_of(number) in self.beside:
                    self.put_above(Remark(remark.lines, remark.event, False))
                    return
            else:
                self.put_above(Remark(remark.lines, start, False))
                return
        line = self.line_of(number)
        if line in self.beside:
            first, _, lines = self.beside[line]
            self.hoist(line, (first, "above", lines), False)
        self.beside[line] = (new.first[line], "beside", remark.lines)

    def hoist(self, line: int, place: Place, blank: bool) -> None:
        text = self.lines[line] if line < len(self.lines) else ""
        for number, comment in enumerate(place[2]):
            self.above[line].append(
                _Above((place[0], "above", (comment,)), len(text) - len(text.lstrip()), blank and not number)
            )

    def line_of(self, number: int) -> int:
        if isinstance(self.new.events[number], yaml.StreamEndEvent):
            return len(self.lines)
        return self.new.line(number)

    def written(self) -> tuple[str, list[Place]]:
        """The text, and where its comments stand."""
        spaced = {self.new_line(number) for number in self.source.spaced}
        result: list[tuple[str, tuple[str, ...]]] = []
        places: list[Place] = []
        for number, line in enumerate([*self.lines, None]):
            opening = not result or number in self.kept or self.opens(number)
            for piece in self.above[number]:
                if piece.blank and not opening:
                    result.append(("", ()))
                opening = False
                places.append(piece.place)
                result += [(" " * piece.indent + comment, ()) for comment in piece.place[2]]
            if line is None:
                break
            if number in spaced and not opening:
                result.append(("", ()))
            beside = self.beside.get(number)
            result.append((line, beside[2] if beside else ()))
            if beside:
                places.append(beside)
        return "".join(f"{line}\n" for line in _aligned(result)), places

    def new_line(self, number: int) -> int | None:
        """The line that an event begins in the new text, if it begins one."""
        number = _next_visible(self.new, number)
        line = self.line_of(number)
        return line if self.new.first.get(line) == number else None

    def opens(self, line: int) -> bool:
        """Whether a line is the first of what stands under a key, or of a document."""
        new = self.new
        if line not in new.first:
            return False
        number = new.first[line]
        while isinstance(new.events[number - 1], yaml.CollectionStartEvent):
            number -= 1
        before = new.events[number - 1]
        return isinstance(before, yaml.DocumentStartEvent) or new.role.get(number) == "value"


def _is_foot(outline: Outline, number: int) -> bool:
    """Whether an event is the end of a block; the end of a document's own block is that of the document."""
    event = outline.events[number]
    if not isinstance(event, yaml.CollectionEndEvent) or number in outline.visible:
        return False
    return outline.role[outline.start_of[number]] != "root"


def _next_visible(outline: Outline, number: int) -> int:
    while number not in outline.visible:
        number += 1
    return number


def _places(outline: Outline) -> list[Place]:
    """Where the comments of a canonical text stand."""
    places: list[Place] = []
    for remark in outline.remarks:
        if not remark.beside and _is_foot(outline, remark.event):
            places.append((remark.event, "end", remark.lines))
            continue
        number = _next_visible(outline, remark.event)
        first = outline.first.get(outline.line(number), number)
        places.append((first, "beside" if remark.beside else "above", remark.lines))
    return places


def _aligned(lines: list[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    """Lines with the comments beside them; those of lines that follow each other stand in one column."""
    columns = [len(line) + _GAP for line, _ in lines]
    groups: list[list[int]] = []
    for number, (line, comments) in enumerate(lines):
        if not comments:
            continue
        if groups and groups[-1][-1] == number - 1 and _indent(lines[number - 1][0]) == _indent(line):
            groups[-1].append(number)
        else:
            groups.append([number])
    for group in groups:
        widest = max(columns[number] for number in group)
        for number in group:
            columns[number] = widest
    for (line, comments), column in zip(lines, columns, strict=True):
        if not comments:
            yield line
            continue
        yield f"{line:{column}}{comments[0]}"
        yield from (" " * column + comment for comment in comments[1:])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
