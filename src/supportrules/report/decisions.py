"""Decisions for people: a block of lines each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console

from supportrules.engine.decision import Decision, PromiseDecision, Window
from supportrules.policy import Definition
from supportrules.policy.format import channel_answer, promise_answer
from supportrules.report.blocks import Text, grid, write_block
from supportrules.report.explanation import explanation, refusal_texts, why_not
from supportrules.report.phrases import Phrases


class DecisionReport:
    """Prints decisions of one policy in one language.

    Args:
        console: where to; its width and colours are kept.
        language: of the phrases and of the program's words.
        explain: whether the derivation is printed too.
        why_not_of: answers of which it is told why they were not given.
        named: whether to say by which version of the policy it was decided.
        first: whether nothing stands on the console before.
    """

    def __init__(
        self,
        definition: Definition,
        console: Console,
        language: str,
        *,
        explain: bool = False,
        why_not_of: Iterable[str] = (),
        named: bool = False,
        first: bool = True,
    ) -> None:
        self.definition, self.console = definition, console
        self.explain, self.why_not = explain, tuple(why_not_of)
        self.phrases = Phrases(definition, language)
        self.words = self.phrases.words
        self._named, self._first = named, first

    def print(self, decision: Decision) -> None:
        """Prints one decision."""
        write_block(self.console, lambda: self._print(decision), first=self._first)
        self._first = False

    def _print(self, decision: Decision) -> None:
        self.console.print(self._heading(decision))
        self.console.print(grid(self._lines(decision)))
        if self.explain:
            self.console.print(explanation(decision, self.phrases))
        for answer in self.why_not:
            self.console.print(why_not(decision, answer, self.phrases))

    def _heading(self, decision: Decision) -> Text:
        words = self.words
        heading = Text(decision.ticket or "-", style="bold")
        if "severity" in decision.undetermined:
            heading.append(f"  {words['severity']} {words['undetermined']}", style="yellow")
        elif decision.severity is None:
            heading.append(f"  {words['no_severity']}")
        else:
            heading.append(
                f"  {words['severity']} {self.phrases.value('severity', decision.severity)}",
                style="bold magenta",
            )
        if decision.category is not None:
            heading.append(f"  {self.phrases.value('category', decision.category)}")
        if self._named:
            heading.append(f"  {words['diff.version']} {decision.policy.version}", style="dim")
        return heading

    def _lines(self, decision: Decision) -> Iterator[tuple[str, Text]]:
        words = self.words
        for name, promise in decision.promises.items():
            if promise_answer(name) not in decision.undetermined or promise:
                yield self.phrases.name(promise_answer(name)), self._promise(promise)
        for name, channel in decision.channels.items():
            label = self.phrases.name(channel_answer(name))
            if channel.eligible is None:
                continue
            if not channel.eligible:
                text = Text(words["no"], style="red")
                first, *others = refusal_texts(channel, self.phrases) or [""]
                yield label, text.append(f"{words[':']}{first}", style="default") if first else text
                for says in others:
                    yield "", Text(says)
            elif channel.hours is not None:
                yield (
                    label,
                    Text(words["yes"], style="green").append(
                        f", {self.phrases.hours(channel.hours)}", "default"
                    ),
                )
        if decision.reopen:
            yield words["reopen"], Text(f"{words['until']} {words.moment(decision.reopen.until)}")
        for name, promise in decision.promises.items():
            left = decision.undetermined.get(promise_answer(name))
            for told in self.phrases.beyond_data(promise, left):
                yield words["note"], Text(told, style="yellow")
        for note in decision.notes:
            yield words["note"], Text(self.phrases.label(note.text, note.code), style="yellow")
        for key, answer in decision.undetermined.items():
            missing = ", ".join(self.phrases.name(name) for name in answer.missing)
            text = Text(self.phrases.possible(key, answer.possible), style="yellow")
            yield (
                self.phrases.name(key),
                text.append(f"{words[';']}{words['find_out']}{words[':']}{missing}", style="default"),
            )

    def _promise(self, promise: PromiseDecision | None) -> Text:
        words = self.words
        if promise is None:
            return Text(words["no_target"])
        hours = self.phrases.hours(promise.clock)
        if promise.target is None:
            text = Text(f"{hours}, {words['no_time']}")
            if promise.window:
                text.append(f"{words[';']}{self._window(promise.window)}")
            return text
        text = Text(f"{words.promise(promise.target)}, {hours}")
        if promise.due_at_local:
            text.append(f"{words[';']}{words['due']} ").append(
                words.moment(promise.due_at_local), style="bold"
            )
        return text

    def _window(self, window: Window) -> str:
        words = self.words
        opens, closes = words.moment(window.opens_at_local), words.moment(window.closes_at_local)
        return f"{words['window']} {words['from']} {opens} {words['to']} {closes}"
