"""Writes data as YAML in a random layout, with comments that say where they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from supportrules.policy.documents import Node, Path

_PLAIN = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ0-9_.' -]*[A-Za-zÀ-ÿ0-9.]|24x7")
_LINES = re.compile(r"\w+\n(.*\w\n?)?", re.DOTALL)
_NOT_TEXT = {"true", "false", "null", ".inf", ".nan"}
_COMMENT = re.compile(r"# (above|beside|end|after) (\[.*\])")

Data = Any


class RandomWriter:
    """One text; the same seed writes the same.

    Args:
        random: where chance comes from.
        often: how often there is a comment or an empty line where there can be one.
    """

    def __init__(self, random: Random, often: float = 0.1) -> None:
        self.random, self.often = random, often

    def document(self, data: Data) -> str:
        lines = ["# top of the file", *self.block(data, (), self.random.choice([0, 0, 1]))]
        return "\n".join(lines) + self.random.choice(["\n", "\n\n\n"])

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def comment(self, kind: str, path: Path) -> str:
        return f"# {kind} {json.dumps(path)}" + " " * self.random.choice([0, 0, 2])

    def lone(self, kind: str, path: Path, indent: int) -> Iterator[str]:
        """Lines of their own: comments and empty lines."""
        while self.chance(self.often):
            if self.chance(0.4):
                yield self.random.choice(["", "  "])
            else:
                yield " " * indent + self.comment(kind, path)

    def beside(self, path: Path, kind: str = "beside") -> str:
        return self.random.choice([" ", "   "]) + self.comment(kind, path) if self.chance(self.often) else ""

    def block(self, data: Data, path: Path, indent: int) -> list[str]:
        is_map = isinstance(data, Mapping)
        lines: list[str] = []
        for key, value in data.items() if is_map else enumerate(data):
            here = (*path, key)
            lines += self.lone("above", here, indent)
            head = " " * indent + (f"{self.text(str(key))}:" if is_map else "-")
            lines += self.entry(head, value, here, indent, is_map)
        lines += self.lone("end", path, indent) if path else []
        return lines

    def entry(self, head: str, value: Data, path: Path, indent: int, is_map: bool) -> list[str]:
        step = self.random.choice([1, 2, 2, 3, 4])
        if not isinstance(value, Mapping | list) or not value:
            if isinstance(value, str) and _LINES.fullmatch(value) and self.chance(0.5):
                return self.literal(head, value, path, indent + step)
            if self.chance(0.05):
                return [
                    head + (self.beside(path) if is_map else ""),
                    " " * (indent + step) + self.scalar(value) + self.beside(path),
                ]
            return [f"{head} {self.scalar(value, indent + step)}{self.beside(path)}"]
        if self.chance(0.4):
            return (f"{head} {self.flow(value, path, indent + 1)}" + self.beside(path, "after")).split("\n")
        if not is_map and self.chance(0.7):
            first, *rest = self.block(value, path, indent + 2)
            if first.strip() and not first.lstrip().startswith("#"):
                return [f"{head} {first.lstrip()}", *rest]
            return [head, first, *rest]
        if is_map and isinstance(value, list) and self.chance(0.3):
            step = 0
        return [head + (self.beside(path) if is_map else ""), *self.block(value, path, indent + step)]

    def literal(self, head: str, value: str, path: Path, indent: int) -> list[str]:
        chomp = "" if value.endswith("\n") else "-"
        lines = value.removesuffix("\n").split("\n")
        return [
            f"{head} |{chomp}{self.beside(path)}",
            *(" " * indent + line if line else "" for line in lines),
        ]

    def flow(self, data: Data, path: Path, indent: int) -> str:
        is_map = isinstance(data, Mapping)
        spread = self.chance(0.4)
        parts: list[str] = []
        for key, value in data.items() if is_map else enumerate(data):
            here = (*path, key)
            lead = ""
            if spread:
                lead = "\n" + "".join(f"{line}\n" for line in self.lone("above", here, indent)) + " " * indent
            text = f"{self.text(str(key))}: " if is_map else ""
            collection = isinstance(value, Mapping | list) and value
            text += self.flow(value, here, indent + 1) if collection else self.scalar(value)
            last = len(parts) == len(data) - 1
            text += "" if last and self.chance(0.7) else ","
            remark = self.beside(here, "after" if collection else "beside") if spread else ""
            parts.append(lead + text + remark)
        begin, end = ("{", "}") if is_map else ("[", "]")
        if spread:
            tail = "".join(f"{line}\n" for line in self.lone("end", path, indent))
            return f"{begin}{''.join(parts)}\n{tail}{' ' * indent}{end}"
        return f"{begin} {' '.join(parts)} {end}"

    def scalar(self, value: Data, indent: int | None = None) -> str:
        if value is None:
            return self.random.choice(["null", "~"])
        if isinstance(value, bool):
            return self.random.choice([str(value), str(value).lower()])
        if isinstance(value, str):
            return self.text(value, indent)
        return "{}" if value == {} else "[]" if value == [] else json.dumps(value)

    def text(self, text: str, indent: int | None = None) -> str:
        """A text, plain, in quotes, or over several lines where an indentation says that it may."""
        if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT and self.chance(0.6):
            if indent is not None and re.fullmatch(r"\w+( \w+)+", text) and self.chance(0.2):
                return text.replace(" ", "\n" + " " * (indent + 2), 1)
            return text
        if text.isprintable() and self.chance(0.5):
            return "'" + text.replace("'", "''") + "'"
        # JSON writes what needs four bytes in a way that YAML does not read.
        ascii_only = any("\x7f" <= char < "\xa0" for char in text) or self.chance(0.5)
        return json.dumps(text, ensure_ascii=ascii_only and max(text, default="") < "\U00010000")


def comments(text: str) -> list[str]:
    """All comments that the writer wrote, in no order."""
    return sorted(found[0] for found in _COMMENT.finditer(text))


def misplaced(text: str, document: Node) -> list[str]:
    """The comments in a text that do not stand where they say.

    Args:
        text: YAML.
        document: the same as `read_documents` gives it.
    """
    lines = text.splitlines()
    content = [bool(line.strip()) and not line.lstrip().startswith("#") for line in lines]
    wrong = []
    for number, line in enumerate(lines):
        found = _COMMENT.search(line)
        if found is None:
            continue
        kind, path = found[1], tuple(json.loads(found[2]))
        first, last = _span(document, path)
        before = next((n for n in range(number - 1, -1, -1) if content[n]), -1)
        after = next((n for n in range(number + 1, len(lines)) if content[n]), len(lines))
        alone = not content[number]
        right = {
            "above": alone and after == first,
            # Where two stand beside a value, the first goes above it.
            "beside": (not alone and first <= number <= last) or (alone and after == first),
            # The first entry of a list has the place of the list.
            "after": first <= (after if alone and after <= last else before if alone else number) <= last,
            "end": alone and first <= before <= last and not first <= after <= last,
        }
        if not right[kind]:
            wrong.append(f"{number + 1}: {line.strip()}")
    return wrong


def _span(document: Node, path: Path) -> tuple[int, int]:
    """The first and last lines, from 0, of an entry with its key or dash."""
    return document.place(path, key=True).line - 1, max(_last_lines(_at(document, path))) - 1


def _at(node: Node, path: Path) -> Node:
    found: Any = node
    for step in path:
        found = found.value[step]
    assert isinstance(found, Node)
    return found


def _last_lines(node: Node) -> Iterator[int]:
    place = node.location
    if isinstance(node.value, str) and place.text[place.column - 1 :].startswith("|"):
        yield place.line + node.value.rstrip().count("\n") + 1
    else:
        yield place.line
    children: Any = node.value.values() if isinstance(node.value, Mapping) else node.value
    if isinstance(node.value, Mapping | tuple):
        for child in children:
            yield from _last_lines(child)
