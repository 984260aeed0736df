"""Tickets in CSV (RFC 4180): a header that names the fields, and a row for each ticket.

The standard library splits the rows. The lines that it takes for a row are kept until the row is done: so a
cell's place can be told, and after a row that is no CSV reading goes on with the next line.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from supportrules.base.problem import Location, Problem
from supportrules.errors import InputError
from supportrules.policy.vocabulary import Fact, Fields, no_facts, unknown_field
from supportrules.tickets.record import Record, place_at

_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')
_CELL = re.compile(rf"{_QUOTED.pattern}|[^,\r\n]*+")
_FOREIGN = re.compile("[\0\udc80-\udcff]")
_SEPARATORS = {";": "`;`", "\t": "tabs", "|": "`|`"}


def csv_rows(
    lines: Iterable[bytes], name: str, vocabulary: Fields | None, extra: bool, ignore: Collection[str]
) -> Iterator[Record]:
    """The tickets of a CSV, a row at a time.

    Args:
        lines: with their line ends.
        name: of the file, for places.
        vocabulary: whose facts the header has to name; None takes all names, and cells as texts.
        extra: whether columns that are no facts are ignored, unless a fact can be meant.
        ignore: the names of columns to ignore where they are no facts.

    Raises:
        InputError: the header has errors, or no rows.
    """
    source = _Lines(lines)
    rows = _rows(source, name)
    header = next(rows, None)
    if header is None:
        return
    columns = _columns(header, vocabulary, extra, ignore)
    width, count = len(header.cells), 0
    for row in rows:
        count += 1
        problem = row.problem or _wrong_width(row, width)
        if problem:
            yield Record(row.place(None), None, (problem,), None, source.read)
            continue
        texts = {name: row.cells[index] for name, index in columns.items()}
        ticket = vocabulary.from_text(texts) if vocabulary else {n: text or None for n, text in texts.items()}
        yield Record(row.place(None), ticket, (), replace(row, columns=columns), source.read)
    if not count:
        hint = "give a row for each ticket"
        raise InputError(Problem("empty-file", "no tickets below the header", hint, header.place(None)))


class _Lines:
    """Lines as texts. Those of the row that is being read are `taken`."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines, self._again = iter(lines), deque[str]()
        self.taken: list[str] = []
        self.number, self.read = 1, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._again:
            line = self._again.popleft()
        else:
            raw = next(self._lines)
            # What is no UTF-8 is found when the row is whole: it must not move the ends of rows.
            line = (raw if self.read else raw.removeprefix(b"\xef\xbb\xbf")).decode(
                "utf-8", "surrogateescape"
            )
            self.read += len(raw)
        self.taken.append(line)
        return line

    def next_row(self) -> None:
        self.number += len(self.taken)
        self.taken.clear()

    def keep(self, count: int) -> None:
        """Gives back the lines of the row after its first ones."""
        self._again.extendleft(reversed(self.taken[count:]))
        del self.taken[count:]


@dataclass(frozen=True)
class _CsvRow:
    """A row: its text, which begins in a line of the file, its cells, and why it is none."""

    file: str
    line: int
    text: str
    cells: list[str]
    problem: Problem | None = None
    columns: Mapping[str, int] | None = None

    def place(self, field: str | None) -> Location:
        """Where the cell of a field begins; the row itself without one."""
        return self.cell((self.columns or {}).get(field, 0) if field else 0)

    def cell(self, index: int) -> Location:
        """Where a cell begins."""
        position = 0
        for _ in range(index):
            cell = _CELL.match(self.text, position)
            position = cell.end() + 1 if cell else position
        return self.at(position)

    def at(self, position: int) -> Location:
        """A position of the text."""
        place = place_at(self.text, position, self.file, self.line + self.text.count("\n", 0, position))
        return replace(place, text=_FOREIGN.sub("\ufffd", place.text))


def _rows(lines: _Lines, name: str) -> Iterator[_CsvRow]:
    """The rows that are not empty."""
    reader = csv.reader(lines, strict=True)
    while True:
        lines.next_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            row = _CsvRow(name, lines.number, "".join(lines.taken), [])
            problem, start = _fault(row, error)
            yield replace(row, problem=problem)
            # Where a quote is not closed, the lines below the one with its cell may be rows.
            lines.keep(1 + row.text.count("\n", 0, start))
            continue
        if not cells:
            continue
        row = _CsvRow(name, lines.number, "".join(lines.taken), cells)
        found = _FOREIGN.search(row.text)
        yield replace(row, problem=_foreign(row, found.start())) if found else row


def _syntax(message: str, hint: str, place: Location) -> Problem:
    return Problem("csv-syntax", message, hint, place)


def _foreign(row: _CsvRow, position: int) -> Problem:
    char = row.text[position]
    if char == "\0":
        return _syntax("a NUL character", "save the file as UTF-8", row.at(position))
    message = f"byte 0x{ord(char) - 0xDC00:02x} is not UTF-8"
    return Problem("encoding", message, "save the file as UTF-8", row.at(position))


def _fault(row: _CsvRow, error: csv.Error) -> tuple[Problem, int]:
    """Why the text of a row is no CSV, and where the cell begins that is none."""
    text, position = row.text, 0
    limit = csv.field_size_limit() if "field limit" in str(error) else len(text)
    while True:
        quoted = text.startswith('"', position)
        cell = (_QUOTED if quoted else _CELL).match(text, position)
        end = cell.end() if cell else len(text)
        if not cell or end - position > limit or end == len(text) or text[end] not in ",\r\n":
            break
        if text[end] == "\r" and text[end : end + 2] != "\r\n":
            break
        position = end + 1
    at, after = row.at(position), row.at(end)
    double = "double a quote that is part of a cell"
    if end - position > limit:
        hint = "is its quote closed?" if quoted else ""
        problem = _syntax(f"a cell of more than {limit} characters", hint, at)
    elif not cell:
        problem = _syntax("a quote that is not closed", "close it", at)
    elif end == len(text):
        problem = _syntax(f"not CSV: {error}", "", at)
    elif text[end] == "\r":
        problem = _syntax("a carriage return without a line feed", "end lines with CRLF", after)
    elif after.line == at.line:
        problem = _syntax("text after a closing quote", double, after)
    else:
        message = f"a quote that is closed only in line {after.line}, where other text follows"
        problem = _syntax(message, f"close it, or {double}", at)
    return problem, position


def _wrong_width(row: _CsvRow, width: int) -> Problem | None:
    count = len(row.cells)
    if count == width:
        return None
    have = f"{count} cell{'s' if count > 1 else ''}"
    message = f"a row of {have}, where the header has {width}"
    if count > width:
        return _syntax(message, "quote a cell that has a comma", row.cell(width))
    hint = "leave a cell empty for what is not given"
    return _syntax(message, hint, row.at(len(row.text.rstrip("\r\n"))))


def _columns(
    header: _CsvRow, vocabulary: Fields | None, extra: bool, ignore: Collection[str]
) -> dict[str, int]:
    """The fields with the indices of their columns.

    Raises:
        InputError: with everything that is wrong with the header.
    """
    problems = [_wrong_separator(header)]
    if header.problem and not problems[0]:
        problems = [header.problem]
    facts = vocabulary.facts if vocabulary else None
    columns: dict[str, int] = {}
    for index, name in enumerate(header.cells if problems == [None] else ()):
        if facts is not None and name not in facts:
            problems.append(_no_fact(name, facts, extra, ignore, header.cell(index)))
        elif not name:
            problems.append(_unnamed(header.cell(index)))
        elif name in columns:
            problems.append(Problem("duplicate-key", f"`{name}` twice", "", header.cell(index), name))
        else:
            columns[name] = index
    found = [problem for problem in problems if problem]
    if not columns and not found:
        problem = no_facts("column", facts or (), header.place(None))
        found.append(replace(problem, hint=f"the first line names the fields; {problem.hint}"))
    if found:
        raise InputError(*found)
    return columns


def _wrong_separator(header: _CsvRow) -> Problem | None:
    if header.text.startswith("sep="):
        hint = "begin with the names of the fields, and separate them by commas"
        return _syntax("a line for Excel, which is not CSV", hint, header.place(None))
    bare = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), header.text)
    found = None if "," in bare else re.search("[;\t|]", bare)
    if not found:
        return None
    message = f"the fields are separated by {_SEPARATORS[found[0]]}"
    return _syntax(message, "use commas", header.at(found.start()))


def _unnamed(place: Location) -> Problem:
    return _syntax("a column without a name", "name the fact that it gives", place)


def _no_fact(
    name: str, facts: Mapping[str, Fact], extra: bool, ignore: Collection[str], place: Location
) -> Problem | None:
    if not name:
        return None if extra else _unnamed(place)
    problem = unknown_field(name, facts, extra, ignore, "column", place)
    if problem is None or problem.nearest:
        return problem
    return replace(problem, hint="to ignore it, use `--extra ignore`")
