"""Traces for people: a block a clause or a rule, on a terminal or as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.padding import Padding

from supportrules.cases.trace import ClauseTrace, Encoding, RuleTrace, Trace
from supportrules.report.blocks import Text, grid, write_block
from supportrules.report.markdown import code, escaped
from supportrules.report.phrases import Phrases

# A place, a name in the policy or of a case, and a remark.
Row = tuple[str, str, str]
# How many cases are named in one place; JSON has all of them.
_CASES = 10


@dataclass(frozen=True)
class Block:
    """What is said of one clause or rule.

    Args:
        parts: headings with rows below them.
    """

    title: str
    subtitle: str
    text: str
    parts: tuple[tuple[str, tuple[Row, ...]], ...]


class TraceReport:
    """Writes a trace in one language."""

    def __init__(self, trace: Trace, language: str) -> None:
        self.trace = trace
        self.phrases = Phrases(trace.definition, language)
        self.words = self.phrases.words

    # What is said

    def clause(self, trace: ClauseTrace) -> Block:
        """A clause with what encodes and what shows it."""
        clause, words = trace.clause, self.words
        parts: list[tuple[str, tuple[Row, ...]]] = []
        if clause.not_a_rule is not None:
            parts.append((f"{words['not_a_rule']}{words[':']}{self.phrases.label(clause.not_a_rule)}", ()))
        if trace.encodings:
            parts.append((words["encoded_by"], tuple(map(self._encoding, trace.encodings))))
        elif clause.not_a_rule is None:
            parts.append((words["encoded_by_nothing"], ()))
        if trace.listed:
            parts.append((words["listed_by"], self._cases(trace.listed)))
        if trace.stood:
            parts.append((words.count("stands_in", len(trace.stood)), ()))
        elif not trace.listed and clause.not_a_rule is None:
            parts.append((words["shown_by_nothing"], ()))
        section = self.phrases.label(self.trace.definition.sections[clause.section])
        return Block(
            f"{clause.number}  {self.phrases.label(clause.heading)}",
            f"{section}{words[';']}{words[clause.basis]}",
            self.phrases.label(clause.summary),
            tuple(parts),
        )

    def rule(self, trace: RuleTrace) -> Block:
        """A rule or a cell with the cases in which it stands, and those in which it is overridden."""
        words = self.words
        parts = []
        overridden = tuple(name for name in trace.fired if name not in trace.stood)
        if trace.stood:
            parts.append((words.count("stands_in", len(trace.stood)), self._cases(trace.stood)))
        if overridden:
            parts.append((words.count("overridden_in", len(overridden)), self._cases(overridden)))
        if not trace.fired:
            parts.append((words["fires_nowhere" if trace.read else "never_read_rule"], ()))
        clauses = f"[{', '.join(trace.origin.source)}; {words[trace.origin.basis]}]"
        return Block(trace.id, f"{trace.location}  {clauses}", "", tuple(parts))

    def missing(self) -> Block:
        """What has none."""
        trace, words = self.trace, self.words
        found: dict[str, tuple[Row, ...]] = {}
        if trace.failed:
            found["failed_cases"] = tuple((trace.case_place(name), name, "") for name in trace.failed)
        found |= {
            "not_encoded": tuple(map(self._number, trace.not_encoded)),
            "not_shown": tuple(map(self._number, trace.not_shown)),
            "never_fired": tuple((rule.location, rule.id, "") for rule in trace.never_fired),
            "never_stood": tuple((rule.location, rule.id, "") for rule in trace.never_stood),
        }
        if trace.never_read:
            found["never_read"] = tuple((rule.location, rule.id, "") for rule in trace.never_read)
        parts = [
            (words[key], rows) if rows else (f"{words[key]}{words[':']}{words['none']}", ())
            for key, rows in found.items()
        ]
        reasons = tuple(
            (
                t.clause.number,
                self.phrases.label(t.clause.heading),
                self.phrases.label(t.clause.not_a_rule or {}),
            )
            for t in trace.not_rules
        )
        if reasons:
            parts.append((words["are_no_rules"], reasons))
        return Block(words["missing"], "", "", tuple(parts))

    def _number(self, trace: ClauseTrace) -> Row:
        return trace.clause.number, self.phrases.label(trace.clause.heading), ""

    def _encoding(self, encoding: Encoding) -> Row:
        """The entry, the cases in which a rule of it fires, and of these where one stands if not in all."""
        if not encoding.rules:
            return encoding.location, encoding.id, ""
        rules = [self.trace.rules[id] for id in encoding.rules]
        fired = {name for rule in rules for name in rule.fired}
        stood = {name for rule in rules for name in rule.stood}
        if not fired:
            read = any(rule.read for rule in rules)
            return encoding.location, encoding.id, self.words["fires_nowhere" if read else "never_read_rule"]
        remark = self.words.count("fires_in", len(fired))
        if len(stood) < len(fired):
            remark += f", {self.words['stands'].format(n=len(stood))}"
        return encoding.location, encoding.id, remark

    def _cases(self, names: Iterable[str]) -> tuple[Row, ...]:
        """The first of the cases, and how many more there are."""
        listed = list(names)
        rows = [(self.trace.case_place(name), name, "") for name in listed[:_CASES]]
        if len(listed) > _CASES:
            rows.append(("…", self.words["more"].format(n=len(listed) - _CASES), ""))
        return tuple(rows)

    # How it is written

    def print(self, blocks: Iterable[Block], console: Console) -> None:
        """Prints blocks for a terminal."""
        for index, block in enumerate(blocks):
            write_block(console, partial(self._print, block, console), first=not index)

    def _print(self, block: Block, console: Console) -> None:
        console.print(Text(block.title, style="bold"))
        if block.subtitle:
            console.print(Padding(Text(block.subtitle, style="dim"), (0, 0, 0, 2)))
        if block.text:
            console.print(Padding(Text(block.text), (0, 0, 0, 2)))
        for heading, rows in block.parts:
            console.print(Padding(Text(heading, style="cyan"), (0, 0, 0, 2)))
            if rows:
                console.print(Padding(grid(self._lines(rows)), (0, 0, 0, 4)))

    def _lines(self, rows: Iterable[Row]) -> Iterator[tuple[str, Text]]:
        for where, name, remark in rows:
            text = Text(name)
            yield where, text.append(f"{self.words[':']}{remark}", style="dim") if remark else text

    def markdown(self, blocks: Iterable[Block]) -> str:
        """Blocks as Markdown."""
        return "\n".join("\n".join(self._markdown(block)) + "\n" for block in blocks)

    def _markdown(self, block: Block) -> Iterator[str]:
        yield f"## {escaped(block.title)}"
        for text in (block.subtitle, block.text):
            if text:
                yield from ("", escaped(text))
        for heading, rows in block.parts:
            yield from ("", escaped(heading))
            for index, (where, name, remark) in enumerate(rows):
                line = f"- {code(where)} {escaped(name)}"
                yield from ([""] if index == 0 else [])
                yield f"{line}{self.words[':']}{escaped(remark)}" if remark else line
