"""What came of test cases, for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import PurePath

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from supportrules.cases.cases import CaseOutcome, Mismatch, json_text
from supportrules.cases.coverage import RuleCoverage, Share, share
from supportrules.cases.trace import RuleTrace
from supportrules.engine.evaluation import Policy
from supportrules.policy.format import channel_answer, promise_answer
from supportrules.report.blocks import Text, grid, write_block
from supportrules.report.explanation import explanation
from supportrules.report.phrases import Phrases
from supportrules.report.problems import problem_text
from supportrules.report.testing import Results, by_file, summary

_STYLES = {"passed": "green", "failed": "bold red", "error": "bold red"}


class ResultsReport:
    """Prints what came of the test cases of a policy in one language.

    Args:
        verbose: whether tests that pass, and rules that are covered, are listed too.
    """

    def __init__(self, policy: Policy, console: Console, language: str, *, verbose: bool = False) -> None:
        self.policy, self.console, self.verbose = policy, console, verbose
        self.phrases = Phrases(policy.definition, language)
        self.words = self.phrases.words
        self._count = 0

    def print(self, results: Results) -> None:
        """Prints the tests that do not pass, the coverage if there is one, and a summary."""
        if self.verbose:
            for file, outcomes in by_file(results.outcomes).items():
                self._block(partial(self._file, file, outcomes))
        for outcome in results.outcomes:
            if not outcome.passed:
                self._block(partial(self._outcome, outcome))
        if results.coverage:
            self._block(partial(self._coverage, results.coverage))
        good = len(results.passed) == len(results.outcomes) > 0 and not results.unreadable
        text = Text(summary(results, self.words), style="bold green" if good else "bold red")
        self._block(partial(self.console.print, text))

    def _block(self, draw: Callable[[], None]) -> None:
        write_block(self.console, draw, first=self._count == 0)
        self._count += 1

    # Tests

    def _mark(self, outcome: CaseOutcome) -> Text:
        result = "passed" if outcome.passed else "error" if outcome.problems else "failed"
        return Text(self.words[f"mark.{result}"], style=_STYLES[result])

    def _file(self, file: str, outcomes: Iterable[CaseOutcome]) -> None:
        self.console.print(Text(file, style="bold"), soft_wrap=True)
        lines = [(self._mark(outcome), Text(outcome.case.name)) for outcome in outcomes]
        self.console.print(Padding(grid(lines), (0, 0, 0, 2)))

    def _outcome(self, outcome: CaseOutcome) -> None:
        head = self._mark(outcome).append(f"  {outcome.case.location}", "not bold cyan")
        head.append(f"  {outcome.case.name}", "bold default")
        # A place is kept whole, to be clicked on.
        self.console.print(head, soft_wrap=True)
        for problem in outcome.problems:
            for line in problem_text(problem).splitlines():
                # The caret stands below its column only if nothing is folded.
                self.console.print(Text("  ").append_text(Text.from_ansi(line)), soft_wrap=True)
        if outcome.differences:
            self.console.print(Padding(grid(map(self._difference, outcome.differences)), (0, 0, 0, 2)))
            if outcome.decision:
                answers = self._concerned(outcome.differences)
                self.console.print(explanation(outcome.decision, self.phrases, answers))

    def _difference(self, difference: Mismatch) -> tuple[str, Text]:
        if difference.fault:
            return self.words["no_answer"], Text(difference.fault)
        values = {"expected": json_text(difference.expected), "found": json_text(difference.found)}
        key = "expected_found"
        if difference.absent or difference.open:
            key = "expected_nothing_there" if difference.absent else "expected_and_open"
        name, text = difference.name, Text(self.words[key].format(**values))
        if difference.path[0] == "rules":
            # The ids of rules are too long to stand in front.
            name, rule = difference.path
            head = Text(f"{rule}{self.words[':']}")
            head.append_text(text)
            text = head
        if place := difference.location:
            text.append(f"  {PurePath(place.file).name}:{place.line}", "dim")
        return name, text

    def _concerned(self, differences: Iterable[Mismatch]) -> Iterator[str]:
        """The conclusions that come out otherwise than expected, or that an answer of that kind rests on."""
        for difference in differences:
            match difference.path:
                case ("rules", rule):
                    yield from self._answer(self._concludes(rule))
                case ("undetermined",):
                    for answer in sorted({*difference.expected} ^ {*difference.found}):
                        yield from self._answer(answer)
                case ("channels", name, *_):
                    yield from self._answer(channel_answer(name))
                case ("promises", name, *_):
                    yield from self._answer(promise_answer(name))
                case ("basis" | "undetermined", name, *_):
                    yield from self._answer(name)
                case (answer, *_):
                    yield from self._answer(answer)

    def _concludes(self, rule: str) -> str:
        stages = self.policy.program.stages.values()
        return next((found.concludes for stage in stages for found in stage.rules if found.id == rule), rule)

    def _answer(self, answer: str) -> tuple[str, ...]:
        """The conclusions behind a key of a decision, or behind an answer of one."""
        for kind, answers in self.policy.program.kinds.items():
            if found := [each for each in answers if answer in (kind.part, each.stage)]:
                return tuple(name for each in found for name in (each.stage, *each.times))
        return (answer,)

    # Coverage

    def _coverage(self, coverage: RuleCoverage) -> None:
        words = self.words
        self.console.print(Text(words["test_coverage"], style="bold"))
        rules, cells = coverage.rules.values(), coverage.cells.values()
        shares = {"rules": share(rules), "cells": share(cells), "rules_and_cells": coverage.share}
        self._rows((words[key], self._share(found)) for key, found in shares.items())
        if coverage.never_read:
            text = Text(words.count("not_counted", len(coverage.never_read)), style="dim")
            self.console.print(Padding(text, (0, 0, 0, 2)))
        if self.verbose:
            self._counts("rules", rules)
            self._counts("cells", cells)
        self._part("never_fired", ((trace, "") for trace in coverage.never_fired))
        self._part("never_stood", ((trace, "") for trace in coverage.never_stood))
        always = words["fallback_always"]
        self._part("fallback_only", ((c.trace, "" if c.avoidable else always) for c in coverage.fallback))

    def _share(self, found: Share) -> Text:
        return Text(self.words["share"].format(**found.to_dict()))

    def _counts(self, key: str, traces: Iterable[RuleTrace]) -> None:
        """For each rule the number of tests in which it fires, and of those in which it stands."""
        words = self.words
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(justify="right")
        table.add_column(justify="right")
        table.add_column(overflow="fold")
        table.add_row(
            Text(words[key], style="not dim cyan"), Text(words["column.fires"]), Text(words["column.stands"])
        )
        for trace in traces:
            counts = (
                Text(str(len(found)), "" if found else "yellow") for found in (trace.fired, trace.stood)
            )
            table.add_row(Text(f"  {trace.location}"), *counts, Text(trace.id))
        self.console.print(Padding(table, (0, 0, 0, 2)))

    def _part(self, key: str, traces: Iterable[tuple[RuleTrace, str]]) -> None:
        rows = [(trace.location, self._named(trace, remark)) for trace, remark in traces]
        if rows:
            self.console.print(Padding(Text(self.words[key], style="cyan"), (0, 0, 0, 2)))
            self._rows(rows, indent=4)

    def _named(self, trace: RuleTrace, remark: str) -> Text:
        text = Text(trace.id)
        return text.append(f"{self.words[':']}{remark}", "dim") if remark else text

    def _rows(self, rows: Iterable[tuple[str | Text, Text]], indent: int = 2) -> None:
        self.console.print(Padding(grid(rows), (0, 0, 0, indent)))
