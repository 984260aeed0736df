"""Why a decision is as it is, for people: the chain of rules behind each answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding

from supportrules.engine.answers import answers_of, timed_answer
from supportrules.engine.decision import (
    Channel,
    Decision,
    Derived,
    NotConcluded,
    PromiseDecision,
    Undetermined,
    Unmet,
)
from supportrules.policy.definition import REOPEN, SEVERITY
from supportrules.policy.format import answered_channel, answered_promise
from supportrules.report.blocks import Text, grid
from supportrules.report.phrases import Phrases
from supportrules.time import zones
from supportrules.time.observances import NO_HOLIDAYS, Observance
from supportrules.time.public_holidays import HALF_DAY

Lines = Iterator[tuple[str, Text]]


def explanation(decision: Decision, phrases: Phrases, answers: Iterable[str] | None = None) -> RenderableType:
    """Every rule that fired, under the first answer that rests on it.

    Args:
        answers: the names of the conclusions that are explained, with what they rest on; all if not given.
    """
    blocks = list(_Explanation(decision, phrases).blocks(answers))
    return Group(_heading(phrases.words["why"]), *blocks) if blocks else Group()


def why_not(decision: Decision, answer: str, phrases: Phrases) -> RenderableType:
    """What was decided, and for each rule that would have given another answer, what did not hold."""
    words, entries = phrases.words, decision.why_not(answer)
    parts: list[RenderableType] = [_heading(f"{words['why_not']} {_called(answer, entries, phrases)}")]
    for key in dict.fromkeys(entry.concludes for entry in entries):
        if (decided := _decided(decision, key, phrases)) is not None:
            parts.append(Padding(Text(f"{words['decided']}{words[':']}{decided}"), (0, 0, 0, 2)))
    for entry in entries:
        head = Text(entry.rule).append(f"  {entry.location}", "dim").append(f"  {words[entry.basis]}", "cyan")
        head.append(f"  {', '.join(entry.source)}", "cyan")
        parts.append(Padding(head, (0, 0, 0, 2)))
        parts += [Padding(line, (0, 0, 0, 4)) for line in _reasons(entry, phrases)]
    return Group(*parts)


def _heading(text: str) -> RenderableType:
    return Padding(Text(text, "bold"), (1, 0, 0, 0))


def _called(answer: str, entries: Iterable[NotConcluded], phrases: Phrases) -> str:
    """The answer that was asked about, in words where they can mean one thing only."""
    for key in {entry.concludes for entry in entries}:
        if key == SEVERITY:
            return phrases.value(key, answer.rpartition(".")[2])
        if answered_channel(key) is not None:
            return phrases.name(key)
    return answer


def _decided(decision: Decision, key: str, phrases: Phrases) -> str | None:
    """What was decided instead, or all the same; None of what is no answer of a decision."""
    name, channel = phrases.name(key), answered_channel(key)
    category = phrases.definition.roles.category
    if ("category" if key == category else key) in decision.undetermined:
        return f"{name}{phrases.words[':']}{phrases.words['left_open']}"
    values: dict[str, Any] = {SEVERITY: decision.severity}
    if promise := answered_promise(key):
        decided = decision.promises[promise]
        if decided is None:
            return f"{name}{phrases.words[':']}{phrases.words['no_target']}"
        values[key] = {"target": decided.target, "clock": decided.clock}
    if category:
        values[category] = decision.category
    if channel is not None and channel in decision.channels:
        values[key] = decision.channels[channel].to_dict()
    return f"{name}{phrases.words[':']}{phrases.value(key, values[key])}" if key in values else None


def refusal_texts(channel: Channel, phrases: Phrases) -> tuple[str, ...]:
    """Why a channel is refused and what to do instead, each text once."""
    return tuple(dict.fromkeys(phrases.label(refusal.says) for refusal in channel.says))


def _reasons(entry: NotConcluded, phrases: Phrases) -> Iterator[Text]:
    words = phrases.words
    for unmet in entry.unmet:
        yield Text(_unmet(unmet, phrases), style="yellow")
    if entry.overridden_by:
        yield Text(f"{words['overridden']} {entry.overridden_by}", style="yellow")
    elif entry.stands:
        yield Text(words["it_stands"], style="green")


def _unmet(unmet: Unmet, phrases: Phrases) -> str:
    words = phrases.words
    wanted = phrases.wanted(unmet.name, unmet.wanted)
    value = phrases.value(unmet.name, unmet.value) if unmet.known else words["unknown"]
    source = words["default"] if unmet.default else ", ".join(unmet.concluded_by)
    mark = f" ({source})" if source else ""
    return f"{phrases.name(unmet.name)}{words[':']}{value}{mark}{words[';']}{words['needs']} {wanted}"


class _Explanation:
    def __init__(self, decision: Decision, phrases: Phrases) -> None:
        self.decision, self.phrases, self.words = decision, phrases, phrases.words
        self._shown: set[str] = set()
        self._by_name: dict[str, list[Derived]] = {}
        for entry in decision.derivation:
            self._by_name.setdefault(entry.concludes, []).append(entry)

    def blocks(self, answers: Iterable[str] | None) -> Iterator[RenderableType]:
        found = answers_of(self.phrases.definition)
        everything = [name for each in found.values() for name in (each.stage, *each.times)]
        for answer in everything if answers is None else dict.fromkeys(answers):
            for name in self._chain(answer):
                yield from self._conclusion(name)
            key = found[answer].key if answer in found else answer
            if key in self.decision.undetermined:
                yield from self._open(key, self.decision.undetermined[key])
        # What no settled answer rests on, but an open one may.
        for name in self._by_name if answers is None else ():
            if self.decision.undetermined and name not in self._shown:
                yield from self._conclusion(name)

    def _chain(self, answer: str) -> Iterator[str]:
        """What an answer rests on that was not shown before, itself last."""
        if answer in self._shown or answer not in self._by_name:
            return
        self._shown.add(answer)
        for entry in self._by_name[answer]:
            for name in entry.inputs:
                yield from self._chain(name)
        yield answer

    def _conclusion(self, name: str) -> Iterator[RenderableType]:
        entries = self._by_name[name]
        for entry in entries:
            if entry.overridden_by is None:
                beaten = [other for other in entries if entry.rule and other.overridden_by == entry.rule]
                yield self._block(entry, beaten)
        standing = {entry.rule for entry in entries if entry.overridden_by is None}
        for entry in entries:
            if entry.overridden_by is not None and entry.overridden_by not in standing:
                yield self._block(entry, [])

    def _block(self, entry: Derived, beaten: Iterable[Derived]) -> RenderableType:
        head = Text(self.phrases.name(entry.concludes), style="bold")
        if not timed_answer(entry.concludes) and not self._is_note(entry):
            head.append(f"{self.words[':']}{self.phrases.value(entry.concludes, entry.value)}")
        head.append(f"  {self.words[entry.basis]}", "not bold cyan")
        return Group(Padding(head, (0, 0, 0, 2)), _grid([*self._lines(entry), *self._overrides(beaten)]))

    @staticmethod
    def _is_note(entry: Derived) -> bool:
        return ".notes." in entry.concludes

    def _lines(self, entry: Derived) -> Lines:
        words = self.words
        if entry.rule is None:
            yield words["agreed"], Text(", ".join(entry.agreed_by))
        else:
            yield words["rule"], Text(entry.rule).append(f"  {entry.location}", "dim")
        if entry.overridden_by:
            yield words["overridden"], Text(entry.overridden_by, style="yellow")
        if timed := timed_answer(entry.concludes):
            yield from self._timing(entry, timed[0])
        elif entry.inputs:
            yield words["because"], Text(words[";"].join(self._inputs(entry.inputs)))
        said = words["note" if self._is_note(entry) else "says"]
        for index, text in enumerate(self._texts(entry)):
            yield said if not index else "", Text(text)
        if entry.concludes == REOPEN and entry.overridden_by is None and self.decision.reopen:
            yield words["until"], Text(words.moment(self.decision.reopen.until), style="bold")
        clauses = self.phrases.definition.clauses
        for index, number in enumerate(entry.source):
            heading = self.phrases.label(clauses[number].heading, "") if number in clauses else ""
            yield words["clause"] if not index else "", Text(number, "cyan").append(f" {heading}", "default")

    def _texts(self, entry: Derived) -> Iterable[str]:
        """The words of the rule, or of those that agree in refusing a channel."""
        if entry.says:
            return (self.phrases.label(entry.says),)
        channel = self.decision.channels.get(answered_channel(entry.concludes) or "")
        return refusal_texts(channel, self.phrases) if channel and entry.rule is None else ()

    def _overrides(self, beaten: Iterable[Derived]) -> Lines:
        for entry in beaten:
            value = self.phrases.value(entry.concludes, entry.value)
            text = Text(f"{entry.rule}{self.words[':']}{value}", style="dim")
            text.append(f"  {entry.location}  {self.words[entry.basis]}  {', '.join(entry.source)}")
            yield self.words["over"], text

    def _inputs(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        for name, value in inputs.items():
            default = isinstance(value, Mapping) and "default" in value
            shown = self.phrases.value(name, value["value"] if default else value)
            mark = f" ({self.words['default']})" if default else ""
            yield f"{self.phrases.name(name)}{self.words[':']}{shown}{mark}"

    def _timing(self, entry: Derived, answer: str) -> Lines:
        """When the clock began, where it runs, the days that it skipped and why, and where it ended."""
        words, phrases, roles = self.words, self.phrases, self.phrases.definition.roles
        name = answered_promise(answer)
        promise, starts = self.decision.promises[name], phrases.definition.promises[name].starts
        zone = self._zone(entry, promise)
        start = datetime.fromisoformat(str(entry.inputs[starts])).astimezone(zone)
        yield phrases.name(starts), Text(words.moment(start))
        yield phrases.name(answer), Text(phrases.value(answer, entry.inputs[answer]))
        where = {
            name: value
            for name, value in entry.inputs.items()
            if name in (roles.country, roles.subdivision, roles.timezone)
        }
        calendar = [phrases.hours(entry.more["calendar"]), *self._inputs(where)]
        yield words["calendar"], Text(words[";"].join(calendar))
        if "cut_off" in entry.more:
            yield words["cut_off"], Text(entry.more["cut_off"])
        if "counted_from" in entry.more:
            counted = datetime.fromisoformat(entry.more["counted_from"]).astimezone(zone)
            yield words["counted_from"], Text(words.moment(counted))
        kept = phrases.definition.hours.get(entry.more["calendar"])
        country, subdivision = (
            value["value"] if isinstance(value, Mapping) else value
            for value in (where.get(str(role)) for role in (roles.country, roles.subdivision))
        )
        observance = (kept.holidays if kept else NO_HOLIDAYS).at(country, subdivision)
        for head, what in (("skipped", "closed"), ("other_hours", "changed")):
            for index, day in enumerate(entry.more.get(f"{what}_days", ())):
                date = datetime.fromisoformat(day["date"])
                why = self._kept(what, day, observance)
                yield words[head] if not index else "", Text(f"{words.day(date)}  {why}")
        if promise and promise.due_at_local:
            yield words["due"], Text(words.moment(promise.due_at_local), style="bold")
        elif promise and promise.window:
            opens, closes = promise.window.opens_at_local, promise.window.closes_at_local
            yield words["window"], Text(f"{words.moment(opens)} {words['to']} {words.moment(closes)}", "bold")

    def _kept(self, what: str, day: Mapping[str, Any], observance: Observance) -> str:
        """Why a day was closed or changed; the label of a date of the policy's own says it.

        Args:
            what: ``closed`` or ``changed``.
            observance: the public holidays of the calendar.
        """
        words, name = self.words, day["name"]
        date = datetime.fromisoformat(day["date"]).date()
        if day["kind"] == "special" and (label := self.phrases.special(date, name)):
            return label
        if day["kind"] in ("holiday", "half_day"):
            # A copy of a decision can come from other data.
            categories = observance.categories if day["kind"] == "holiday" else (HALF_DAY,)
            name = "; ".join(observance.names_in(self.phrases.language, date, categories)) or name
        return words[f"{what}_{day['kind']}"] + (f"{words[':']}{name}" if name else "")

    def _zone(self, entry: Derived, promise: PromiseDecision | None) -> tzinfo | None:
        name = entry.inputs.get(str(self.phrases.definition.roles.timezone))
        if isinstance(name, Mapping):
            name = name["value"]
        if name is not None:
            return zones.zone(str(name))
        return promise.due_at_local.tzinfo if promise and promise.due_at_local else None

    def _open(self, key: str, answer: Undetermined) -> Iterator[RenderableType]:
        words, phrases = self.words, self.phrases
        head = Text(phrases.name(key), style="bold").append(
            f"{words[':']}{words['left_open']}", "bold yellow"
        )
        lines = [(words["possible"], Text(phrases.possible(key, answer.possible)))]
        facts = phrases.definition.vocabulary.facts
        for index, name in enumerate(answer.missing):
            question = phrases.label(facts[name].question, name)
            text = Text(question).append(f"  {name}", "dim")
            lines.append((words["find_out"] if not index else "", text))
        yield Group(Padding(head, (0, 0, 0, 2)), _grid(lines))


def _grid(lines: Iterable[tuple[str, Text]]) -> RenderableType:
    return Padding(grid(lines), (0, 0, 0, 4))
