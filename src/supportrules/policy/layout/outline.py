"""A YAML text as its events, and the comments and empty lines between them.

Events are numbered. Two texts that say the same have the same events, so a number found in one text is a
place in the other, and that is how a comment finds its place again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Literal

import yaml

from supportrules.policy.documents.composer import LOADER

_BREAK = re.compile("[\n\x85\u2028\u2029]")
_PROPERTY = re.compile(r"![<][^>]*>|[&!][^\s,\[\]{}]*")
_BETWEEN = re.compile("(?:\\s|#[^\n\x85\u2028\u2029]*)*")
_HEADER = re.compile(r"([|>][-+0-9]*)(?:[ \t]+(#[^\n]*))?")


@dataclass(frozen=True)
class Remark:
    """A comment and its place.

    Args:
        lines: the comment, and the comments below that go on with it at its column.
        event: the event that it belongs to; of a closing one, it stands at the end of what is closed.
        beside: whether it stands at the end of the event's line, and not on lines of its own.
        blank: whether an empty line stands before it.
        inner: beside the end of a flow collection, what it belongs to if that is written as a block.
    """

    lines: tuple[str, ...]
    event: int
    beside: bool
    blank: bool = False
    inner: int | None = None


@dataclass(frozen=True)
class _Mark:
    start: int
    end: int
    event: int


class Outline:
    """The events of a text that is sound YAML, and what stands between them.

    Attributes:
        events: as PyYAML gives them.
        start_of: for the end of a collection, its start.
        within: for a value, the start of the collection around it.
        role: what a value is in the collection around it.
        remarks: the comments, in the order of the text.
        spaced: the events before which there is an empty line.
        commented: the starts of flow collections that have comments inside.
        first: for a line, the first event that can be seen in it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.events: list[Any] = list(yaml.parse(text, Loader=LOADER))
        self.start_of: dict[int, int] = {}
        self.within: dict[int, int] = {}
        self.role: dict[int, Literal["root", "key", "value", "item"]] = {}
        self._nest()
        marks = list(self._visible())
        self.visible = {mark.event for mark in marks}
        self.first: dict[int, int] = {}
        for mark in marks:
            self.first.setdefault(self.line(mark.event), mark.event)
        self.remarks: list[Remark] = []
        self.spaced: set[int] = set()
        self.commented: set[int] = set()
        self._read_between(marks)

    def line(self, event: int) -> int:
        """The line, from 0, in which an event begins."""
        return int(self.events[event].start_mark.line)

    def is_flow(self, event: int) -> bool:
        """Whether the start or the end of a collection is one in braces or brackets."""
        return bool(self.events[self.start_of.get(event, event)].flow_style)

    def column(self, start: int) -> int:
        """The column at which the entries of a block collection stand."""
        event = self.events[start]
        if event.anchor is None and event.tag is None:
            return int(event.start_mark.column)
        first = self.events[start + 1].start_mark
        if isinstance(event, yaml.MappingStartEvent):
            return int(first.column)
        line = self.text[first.index - first.column :]
        return len(line) - len(line.lstrip(" "))

    def lead(self, key: str) -> None:
        """Puts a key that holds a mapping before the others beside it, with what it holds and its comments.

        The first comment of a text stays at its top, and an alias after its anchor; items of lists do not
        change.
        """
        ends = {start: end for end, start in self.start_of.items()}
        order, heads = list(range(len(self.events))), dict[int, int]()
        # The innermost mapping first: it stays one piece in those around it.
        for number in sorted(ends, key=lambda start: self.within.get(start, 0), reverse=True):
            if self.role[number] != "value" or not self._is_text(number - 1, key):
                continue
            first, end = self.within[number] + 1, ends[number] + 1
            around = self.role[first - 1]
            if around == "item" or any(isinstance(e, yaml.AliasEvent) for e in self.events[number:end]):
                continue
            order[first:end] = order[number - 1 : end] + order[first : number - 1]
            if around == "root":
                heads[first] = number - 1
        count = 1 + sum(1 for _ in takewhile(lambda remark: not remark.blank, self.remarks[1:]))
        self.remarks[:count] = [
            remark if remark.beside else replace(remark, event=heads.get(remark.event, remark.event))
            for remark in self.remarks[:count]
        ]
        self._renumber(order)

    def _is_text(self, number: int, text: str) -> bool:
        event = self.events[number]
        return isinstance(event, yaml.ScalarEvent) and bool(event.value == text)

    def _renumber(self, order: list[int]) -> None:
        """Puts the events into another order of their numbers."""
        new = {number: place for place, number in enumerate(order)}
        self.events = [self.events[number] for number in order]
        self.start_of = {new[end]: new[start] for end, start in self.start_of.items()}
        self.within = {new[number]: new[start] for number, start in self.within.items()}
        self.role = {new[number]: role for number, role in self.role.items()}
        self.visible = {new[number] for number in self.visible}
        self.first = {line: new[number] for line, number in self.first.items()}
        self.commented = {new[number] for number in self.commented}
        self.spaced = {new[number] for number in self.spaced}
        moved = (
            replace(
                remark,
                event=new[remark.event],
                inner=None if remark.inner is None else new[remark.inner],
            )
            for remark in self.remarks
        )
        self.remarks = sorted(moved, key=lambda remark: remark.event)

    def _nest(self) -> None:
        stack: list[tuple[int, int]] = []  # the start of an open collection, and how many nodes it has so far
        for number, event in enumerate(self.events):
            if isinstance(event, yaml.CollectionEndEvent):
                self.start_of[number] = stack.pop()[0]
            elif isinstance(event, yaml.NodeEvent):
                if not stack:
                    self.role[number] = "root"
                else:
                    start, count = stack.pop()
                    stack.append((start, count + 1))
                    self.within[number] = start
                    if isinstance(self.events[start], yaml.SequenceStartEvent):
                        self.role[number] = "item"
                    else:
                        self.role[number] = "value" if count % 2 else "key"
                if isinstance(event, yaml.CollectionStartEvent):
                    stack.append((number, 0))

    def _visible(self) -> Iterator[_Mark]:
        """What can be seen of the events; a block has no sign, and an anchor may stand far from its value."""
        event: Any
        for number, event in enumerate(self.events):
            start, end = event.start_mark.index, event.end_mark.index
            if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
                while self.text[start : start + 1] in ("&", "!") and start < end:
                    found = _PROPERTY.match(self.text, start)
                    assert found is not None
                    yield _Mark(start, found.end(), number)
                    between = _BETWEEN.match(self.text, found.end())
                    assert between is not None
                    start = between.end()
                if start > end or (start == end and event.anchor is not None):
                    continue
            match event:
                case yaml.ScalarEvent():
                    yield _Mark(start, self._scalar_end(event, start, end), number)
                case yaml.AliasEvent():
                    yield _Mark(start, end, number)
                case yaml.CollectionStartEvent() | yaml.CollectionEndEvent():
                    if start < end and self.text[start] in "[]{}":
                        yield _Mark(start, start + 1, number)
                case yaml.DocumentStartEvent() if event.explicit:
                    yield _Mark(end - 3, end, number)
                case yaml.DocumentEndEvent() if event.explicit:
                    yield _Mark(start, start + 3, number)
                case yaml.StreamEndEvent():
                    yield _Mark(len(self.text), len(self.text), number)

    def _scalar_end(self, event: Any, start: int, end: int) -> int:
        if event.style not in ("|", ">"):
            return int(end)
        header = _HEADER.match(self.text, start)
        # The empty lines after it are its own only where it keeps them.
        if header is None or "+" in header[1]:
            return int(end)
        return start + len(self.text[start:end].rstrip())

    def _read_between(self, marks: list[_Mark]) -> None:
        position = 0
        open_flows: list[int] = []
        seen: list[_Mark] = []
        for mark in marks:
            count = len(self.remarks)
            self._read_gap(self.text[position : max(mark.start, position)], position, seen, mark)
            event = self.events[mark.event]
            if isinstance(event, yaml.ScalarEvent) and event.style in ("|", ">"):
                header = _HEADER.match(self.text, mark.start)
                if header is not None and header[2]:
                    self.remarks.append(Remark((header[2].rstrip(),), mark.event, True))
            if len(self.remarks) > count:
                self.commented.update(open_flows)
            if self.text[mark.start : mark.end] in ("[", "{"):
                open_flows.append(mark.event)
            elif isinstance(event, yaml.CollectionEndEvent):
                open_flows.pop()
            position = max(position, mark.end)
            seen.append(mark)

    def _read_gap(self, gap: str, position: int, seen: list[_Mark], following: _Mark) -> None:
        """The comments and empty lines between two marks."""
        lines = _BREAK.split(gap)
        if position == 0 or _BREAK.match(self.text[position - 1]):
            lines.insert(0, "")
        closed = [
            number
            for number in range(seen[-1].event + 1 if seen else 0, following.event)
            if number in self.start_of and not self.is_flow(number)
        ]
        columns = [self.column(self.start_of[number]) for number in closed]
        level, blank = 0, False
        above: int | None = None  # the column of the comment in the line above, if it stands beside something
        for number, line in enumerate(lines):
            lead, sign, rest = line.partition("#")
            if not sign:
                above = None
                if number and number < len(lines) - 1:
                    blank = blank or not line.strip()
                    level = len(closed) if line.strip() else level
                continue
            comment = (sign + rest).rstrip()
            if number == 0:
                remark = self._beside(comment, seen, following)
                self.remarks.append(remark)
                start = position - (self.text.rfind("\n", 0, position) + 1)
                above = start + len(lead) if remark.beside else None
                continue
            if above == len(lead) and not lead.strip():
                last = self.remarks[-1]
                self.remarks[-1] = Remark((*last.lines, comment), last.event, True, inner=last.inner)
                continue
            if lead.strip():
                level = len(closed)
            while level < len(closed) and columns[level] > len(lead):
                level += 1
            owner = closed[level] if level < len(closed) else following.event
            self.remarks.append(Remark((comment,), owner, False, blank))
            blank, above = False, None
        if blank:
            self.spaced.add(following.event)

    def _beside(self, comment: str, seen: list[_Mark], following: _Mark) -> Remark:
        mark = seen[-1]
        event = self.events[mark.event]
        if isinstance(event, yaml.CollectionStartEvent) and event.flow_style:
            if self.role[mark.event] == "value":
                return Remark((comment,), mark.event - 1, True)
            return Remark((comment,), following.event, False)
        if mark.event not in self.start_of:
            return Remark((comment,), mark.event, True)
        inner = next(
            m for m in reversed(seen) if not isinstance(self.events[m.event], yaml.CollectionEndEvent)
        )
        opening = self.events[self.start_of[mark.event]].start_mark.index
        split = _BREAK.search(self.text, opening, inner.end)
        same = not _BREAK.search(self.text, inner.end, mark.end)
        return Remark((comment,), mark.event, True, inner=inner.event if split and same else None)
