"""Decisions for people: a block of lines each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from supportrules.decision import Decision, Derived, Response, Window
from supportrules.policy import ALWAYS, Definition
from supportrules.report.problems import printable
from supportrules.report.words import Words
from supportrules.vocabulary import Label


class DecisionReport:
    """Prints decisions of one policy in one language.

    Args:
        console: where to; its width and colours are kept.
        language: of the labels and of the program's words.
        explain: whether the derivation is printed too.
    """

    def __init__(
        self, definition: Definition, console: Console, language: str, *, explain: bool = False
    ) -> None:
        self.definition, self.console, self.explain = definition, console, explain
        self.language = language
        self.words = Words(language)
        self._count = 0

    def label(self, label: Label, name: str) -> str:
        """The text of a label in the report's language, else in any, else the name."""
        return label.get(self.language) or next(iter(label.values()), name)

    def print(self, decision: Decision) -> None:
        """Prints one decision."""
        with self.console.capture() as captured:
            self._print(decision)
        # Tables are padded to their width, which a file does not need.
        lines = captured.get().splitlines() if self._count == 0 else ["", *captured.get().splitlines()]
        self._count += 1
        self.console.file.write("".join(f"{line.rstrip()}\n" for line in lines))

    def _print(self, decision: Decision) -> None:
        self.console.print(self._heading(decision))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, text in self._lines(decision):
            grid.add_row(name, text)
        self.console.print(grid)
        if self.explain:
            self._explain(decision.derivation)

    def _heading(self, decision: Decision) -> Text:
        words = self.words
        heading = Text(printable(decision.ticket or "-"), style="bold")
        if "severity" in decision.undetermined:
            heading.append(f"  {words['severity']} {words['undetermined']}", style="yellow")
        elif decision.severity is None:
            heading.append(f"  {words['no_severity']}")
        else:
            level = self.definition.levels[decision.severity]
            heading.append(f"  {words['severity']} {self.label(level.label, level.id)}", style="bold magenta")
        if decision.category is not None:
            fact = self.definition.vocabulary.facts[str(self.definition.roles.category)]
            heading.append(f"  {self.label(fact.values[decision.category], decision.category)}")
        return heading

    def _lines(self, decision: Decision) -> Iterator[tuple[str, Text]]:
        words = self.words
        if "response" not in decision.undetermined or decision.response:
            yield words["response"], self._response(decision.response)
        for name, channel in decision.channels.items():
            label = self.label(self.definition.channels[name].label, name)
            if channel.eligible is None:
                continue
            if not channel.eligible:
                text = Text(words["no"], style="red")
                says = self._refusal(decision, name)
                yield label, text.append(f"{words[':']}{says}", style="default") if says else text
            elif channel.hours is not None:
                yield (
                    label,
                    Text(words["yes"], style="green").append(f", {self._hours(channel.hours)}", "default"),
                )
        if decision.reopen:
            yield words["reopen"], Text(f"{words['until']} {words.moment(decision.reopen.until)}")
        for note in decision.notes:
            yield words["note"], Text(self.label(note.text, note.code), style="yellow")
        for key, answer in decision.undetermined.items():
            values = [self._value(key, value) for value in answer.possible]
            missing = ", ".join(self._fact(name) for name in answer.missing)
            text = Text(words.either(list(dict.fromkeys(values))), style="yellow")
            yield (
                self._answer(key),
                text.append(f"{words[';']}{words['find_out']}{words[':']}{missing}", style="default"),
            )

    def _refusal(self, decision: Decision, channel: str) -> str:
        for entry in decision.derivation:
            if entry.concludes == f"channels.{channel}" and entry.overridden_by is None and entry.says:
                return self.label(entry.says, "")
        return ""

    def _response(self, response: Response | None) -> Text:
        words = self.words
        if response is None:
            return Text(words["no_target"])
        hours = self._hours(response.clock)
        if response.target is None:
            text = Text(f"{hours}, {words['no_time']}")
            if response.window:
                text.append(f"{words[';']}{self._window(response.window)}")
            return text
        text = Text(f"{words.promise(response.target)}, {hours}")
        if response.due_at_local:
            text.append(f"{words[';']}{words['due']} ").append(
                words.moment(response.due_at_local), style="bold"
            )
        return text

    def _window(self, window: Window) -> str:
        words = self.words
        opens, closes = words.moment(window.opens_at_local), words.moment(window.closes_at_local)
        return f"{words['window']} {words['from']} {opens} {words['to']} {closes}"

    def _hours(self, name: str) -> str:
        if name == ALWAYS:
            return self.words["always"]
        return self.label(self.definition.hours[name].label, name)

    def _fact(self, name: str) -> str:
        return self.label(self.definition.vocabulary.facts[name].label, name)

    def _answer(self, key: str) -> str:
        if key.startswith("channels."):
            name = key.removeprefix("channels.")
            return self.label(self.definition.channels[name].label, name)
        if key == "category":
            return self._fact(str(self.definition.roles.category))
        return self.words[key]

    def _value(self, key: str, value: Any) -> str:
        words = self.words
        match value:
            case None:
                return words["not_reopened"] if key == "reopen" else words["none"]
            case {"eligible": eligible, "hours": hours}:
                return f"{words['yes']} ({self._hours(hours)})" if eligible else words["no"]
            case {"target": target, "clock": clock}:
                what = words.target(target) if target else words["no_time"]
                return f"{what} ({self._hours(clock)})"
            case {"until": until}:
                return f"{words['until']} {until}"
            case _ if key == "severity":
                return self.label(self.definition.levels[value].label, value)
            case _:
                fact = self.definition.vocabulary.facts[str(self.definition.roles.category)]
                return self.label(fact.values[value], value)

    def _explain(self, derivation: Iterable[Derived]) -> None:
        for entry in derivation:
            line = Text(f"  {entry.concludes} = {_plain(entry.value)}", style="bold")
            if entry.overridden_by:
                line.stylize("dim")
            line.append(f"  [{', '.join(entry.source)}; {self.words[entry.basis]}]", style="not bold cyan")
            if entry.location:
                line.append(f"  {entry.location}", style="not bold dim")
            self.console.print(line)
            self.console.print(Padding(self._reason(entry), (0, 0, 0, 4)))

    def _reason(self, entry: Derived) -> Text:
        """The rule, what it read, what took it out, and the days that were closed."""
        words = self.words
        text = Text(entry.rule or f"{words['agreed']} {', '.join(entry.agreed_by)}")
        if entry.inputs:
            text.append(f"{words[':']}{', '.join(self._inputs(entry.inputs))}")
        if entry.overridden_by:
            text.append(f"{words[';']}{words['overridden']} {entry.overridden_by}", style="yellow")
        days = [f"{day['date']} {day['name'] or day['kind']}" for day in entry.more.get("closed_days", ())]
        if days:
            text.append(f"{words[';']}{words['closed']}{words[':']}{', '.join(days)}")
        return text

    def _inputs(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        for name, value in inputs.items():
            if isinstance(value, Mapping) and "default" in value:
                yield f"{name} {_plain(value['value'])} ({self.words['default']})"
            else:
                yield f"{name} {_plain(value)}"


def _plain(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case Mapping():
            return " ".join(_plain(item) for item in value.values())
        case _:
            return str(value)
