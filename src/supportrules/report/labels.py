"""Names and values of a policy in the words of one of its languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportrules.policy import ALWAYS, Definition
from supportrules.policy.objects import COLUMN, FAMILY, FIXED, REOPEN, RESPONSE, SEVERITY, TARGET
from supportrules.report.words import Words
from supportrules.vocabulary import Label
from supportrules.zones import country_names


class Labels:
    """The labels of a policy in one language, with the program's words for the rest."""

    def __init__(self, definition: Definition, language: str) -> None:
        self.definition, self.language, self.words = definition, language, Words(language)

    def text(self, label: Label, name: str) -> str:
        """The text of a label in this language, else in any, else the name."""
        return label.get(self.language) or next(iter(label.values()), name)

    def hours(self, name: str) -> str:
        """Hours that the policy declares, or those that never end."""
        if name == ALWAYS:
            return self.words["always"]
        return self.text(self.definition.hours[name].label, name)

    def name(self, name: str) -> str:
        """A fact, a conclusion or an answer."""
        definition = self.definition
        if name in definition.vocabulary.facts:
            return self.text(definition.vocabulary.facts[name].label, name)
        if name in definition.conclusions:
            return self.text(definition.conclusions[name].label, name)
        if name.startswith("channels."):
            channel = name.removeprefix("channels.")
            return self.text(definition.channels[channel].label, channel)
        if name == "category":
            return self.name(str(definition.roles.category))
        if name in (*FIXED, "response.due_at", "response.window"):
            return self.words[{"response.due_at": "due", "response.window": "window"}.get(name, name)]
        return self.words["note"]

    def value(self, name: str, value: Any) -> str:
        """A value of a fact, a conclusion or an answer, as it stands in a decision's JSON."""
        words = self.words
        match value:
            case None:
                return words["not_reopened" if name == REOPEN else "none"]
            case bool():
                return words["yes" if value else "no"]
            case {"eligible": eligible, "hours": hours}:
                if not eligible:
                    return words["no"]
                return f"{words['yes']} ({self.hours(hours)})" if hours else words["yes"]
            case {"target": target, "clock": clock}:
                return f"{words.target(target) if target else words['no_time']} ({self.hours(clock)})"
            case {"until": until}:
                return f"{words['until']} {until}"
            case str():
                return self._label(name, value)
            case _:
                return str(value)

    def _label(self, name: str, value: str) -> str:
        definition = self.definition
        known: Mapping[str, Label] = {}
        if name == "category":
            name = str(definition.roles.category)
        if name in definition.vocabulary.facts:
            fact = definition.vocabulary.facts[name]
            known = fact.values
            if fact.type == "country":
                return f"{country_names().get(value, value)} ({value})"
        elif name in definition.conclusions:
            known = {str(v): label for v, label in definition.conclusions[name].values.items()}
        elif name == SEVERITY:
            known = {level.id: level.label for level in definition.levels.values()}
        elif name in (FAMILY, COLUMN):
            entries = definition.families if name == FAMILY else definition.columns
            known = {entry.id: entry.label for entry in entries.values()}
        elif name in (REOPEN, TARGET, RESPONSE):
            return self.words.target(value)
        return self.text(known.get(value, {}), value)

    def wanted(self, name: str, wanted: Any) -> str:
        """What a condition asks for, in the form of a policy, in words."""
        words = self.words
        if isinstance(wanted, tuple):
            return words.either([self.value(name, item) for item in wanted])
        if not isinstance(wanted, Mapping) or not {"not", "at_least", "at_most", "given"} & wanted.keys():
            return self.value(name, wanted)
        parts = []
        if "not" in wanted:
            parts.append(f"{words['anything_but']} {self.wanted(name, wanted['not'])}")
        for key, bound in (("at_least", "no_less_than"), ("at_most", "no_more_than")):
            if key in wanted:
                parts.append(f"{words[bound]} {wanted[key]}")
        if "given" in wanted:
            parts.append(words["any_value" if wanted["given"] else "no_value"])
        return ", ".join(parts)
