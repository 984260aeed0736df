"""What a policy says in words of one language: labels, values, conditions, promises."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from supportrules import zones
from supportrules.conditions import Condition, Test
from supportrules.policy import ALWAYS, Definition
from supportrules.policy.objects import COLUMN, FAMILY, SEVERITY, Target
from supportrules.report.words import Words
from supportrules.vocabulary import Label


class Phrases:
    """The words of one policy in one language.

    Args:
        language: of the labels and of the program's words.
    """

    def __init__(self, definition: Definition, language: str) -> None:
        self.definition, self.language, self.words = definition, language, Words(language)

    def label(self, label: Label, name: str = "") -> str:
        """The text of a label in the language, else in any, else the name."""
        return label.get(self.language) or next(iter(label.values()), name)

    def name(self, name: str) -> str:
        """A fact or a conclusion."""
        definition = self.definition
        if name in definition.vocabulary.facts:
            return self.label(definition.vocabulary.facts[name].label, name)
        if name in definition.conclusions:
            return self.label(definition.conclusions[name].label, name)
        return self.words[f"column.{name}"] if name in (FAMILY, COLUMN, SEVERITY) else name

    def value(self, name: str, value: Any) -> str:
        """A value of a fact or a conclusion."""
        if value is None:
            return self.words["none"]
        if isinstance(value, bool):
            return self.words["yes" if value else "no"]
        labels = self._labels(name)
        return self.label(labels[value], str(value)) if value in labels else str(value)

    def values(self, name: str, values: Collection[Any]) -> str:
        """Several values, any of which will do."""
        order = list(self._labels(name))
        ranked = sorted(values, key=lambda v: (order.index(v) if v in order else 0, str(v), v))
        return self.words.either([self.value(name, value) for value in ranked])

    def _labels(self, name: str) -> dict[Any, Label]:
        definition = self.definition
        match name:
            case _ if name in definition.vocabulary.facts:
                fact = definition.vocabulary.facts[name]
                if fact.type == "country":
                    return {code: {self.language: self.country(code)} for code in zones.country_names()}
                return dict(fact.values)
            case _ if name in definition.conclusions:
                return dict(definition.conclusions[name].values)
            case "severity":
                return {level.id: level.label for level in definition.levels.values()}
            case "family":
                return {family.id: family.label for family in definition.families.values()}
            case _:
                return {column.id: column.label for column in definition.columns.values()}

    def country(self, code: str) -> str:
        """A country; its name is known in English only, elsewhere its code stands."""
        return zones.country_names()[code] if self.language == "en" else code

    def hours(self, name: str) -> str:
        """Hours, or any time."""
        if name == ALWAYS:
            return self.words["always"]
        return self.label(self.definition.hours[name].label, name)

    def promise(self, target: Target, clock: str) -> str:
        """A cell of the table of response targets."""
        what = self.words.target(str(target)) if target.committed else self.words["no_time"]
        return f"{what}, {self.hours(clock)}"

    def listed(self, texts: Iterable[str]) -> str:
        """Labels in a row, in which those that differ in their last word share the others."""
        runs: list[str] = []
        shared = ""
        for text in texts:
            start, _, last = text.rpartition(" ")
            if start and start == shared:
                runs[-1] += f", {last}"
            else:
                runs.append(text)
                shared = start
        return self.words[";"].join(runs)

    def condition(self, when: Condition) -> str:
        """A condition."""
        order = [*self.definition.vocabulary.facts, *self.definition.conclusions]
        tests = sorted(when.tests, key=lambda t: order.index(t.name) if t.name in order else len(order))
        parts = [self.test(test) for test in tests]
        if when.alternatives:
            options = [self.condition(option) for option in when.alternatives]
            parts.append(self.words.either([f"({option})" for option in options]))
        return self.words[";"].join(parts) or self.words["no_condition"]

    def test(self, test: Test) -> str:
        """One test of a condition."""
        words, label = self.words, self.name(test.name)
        if test.given is not None:
            return words["given" if test.given else "not_given"].format(label=label)
        if test.accepted is not None and len(test.accepted) == 1:
            (only,) = test.accepted
            if isinstance(only, bool):
                return words["true" if only else "false"].format(label=label)
        return f"{label}{words[':']}{self.limits(test)}"

    def limits(self, test: Test) -> str:
        """The values that pass a test."""
        return ", ".join(self._limits(test))

    def _limits(self, test: Test) -> Iterator[str]:
        words = self.words
        if test.accepted is not None:
            yield self.values(test.name, test.accepted)
        if test.excluded is not None:
            yield words["excluded"].format(values=self.values(test.name, test.excluded))
        low, high = test.at_least, test.at_most
        if low is not None or high is not None:
            key = "at_most" if low is None else "at_least" if high is None else "between"
            yield words[key].format(low=low, high=high)

    def intervals(self, intervals: Sequence[tuple[int, int]]) -> str:
        """Hours of one day."""
        return ", ".join(interval_text(i) for i in intervals) or self.words["closed"]


def interval_text(interval: tuple[int, int]) -> str:
    """A stretch of a day as the files have it: `09:00-17:00`."""
    return "-".join(f"{second // 3600:02}:{second // 60 % 60:02}" for second in interval)
