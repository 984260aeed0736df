"""Questions for people, and what they type → values."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

from supportrules import zones
from supportrules.interview import Interview
from supportrules.report.phrases import Phrases
from supportrules.vocabulary import NONE, UNKNOWN, Fact, unknown_country
from supportrules.wording import did_you_mean, nearest


class UnclearError(Exception):
    """What was typed is no answer; says what would be one."""


class _Word(Enum):
    BACK = "<"
    PASS = "?"
    NOW = "now"


BACK: Final = _Word.BACK
PASS: Final = _Word.PASS
NOW: Final = _Word.NOW


class Questions:
    """Asks for facts in the words of a policy."""

    def __init__(self, interview: Interview, phrases: Phrases) -> None:
        self._interview, self._phrases, self._words = interview, phrases, phrases.words

    def text(self, fact: Fact) -> str:
        """The question, the values to choose from, and what can be typed."""
        words, phrases = self._words, self._phrases
        lines = [phrases.label(fact.question, fact.name)]
        choices = self._choices(fact)
        width = len(str(len(choices)))
        names = max((len(phrases.value(fact.name, choice)) for choice in choices), default=0)
        for number, choice in enumerate(choices, 1):
            label = words["none"] if choice == NONE else phrases.value(fact.name, choice)
            lines.append(f"  {number:>{width}}  {label:<{names}}  {choice}".rstrip())
        hints = [words[f"hint_{fact.type}"]] if f"hint_{fact.type}" in words else [words["hint_choice"]]
        offer = self._interview.offer(fact)
        if offer is not UNKNOWN:
            shown = words["none"] if offer == NONE else phrases.value(fact.name, offer)
            hints.append(f"{words['hint_default']}{words[':']}{shown}")
        hints.append(words["hint_pass"])
        if self._interview.asked:
            hints.append(words["hint_back"])
        lines.append(f"  ({words[';'].join(hints)})")
        return "\n".join(lines)

    def read(self, fact: Fact, line: str) -> Any:
        """What was typed, as a value of the fact, BACK, PASS or NOW.

        Raises:
            UnclearError: it is none of these.
        """
        text = line.strip()
        if text in (BACK.value, PASS.value):
            return _Word(text)
        if not text:
            offer = self._interview.offer(fact)
            if offer is UNKNOWN:
                raise UnclearError(self._words["no_default"])
            return offer
        match fact.type:
            case "boolean":
                return self._boolean(text)
            case "number":
                try:
                    return int(text)
                except ValueError:
                    return text
            case "country":
                return self._country(text)
            case "instant" if text.casefold() in (NOW.value, self._words["now"]):
                return NOW
            case "choice" | "level":
                return self._choice(fact, text)
            case _:
                return text

    def _choices(self, fact: Fact) -> tuple[str, ...]:
        values = self._interview.choices(fact)
        return (*values, NONE) if fact.type == "level" else values

    def _choice(self, fact: Fact, text: str) -> str:
        choices = self._choices(fact)
        # An id that is a number means itself.
        if text in choices:
            return text
        if text.isdecimal() and 1 <= int(text) <= len(choices):
            return choices[int(text) - 1]
        named = {self._phrases.value(fact.name, choice).casefold(): choice for choice in choices}
        named |= {choice.casefold(): choice for choice in choices}
        named[self._words["none"].casefold()] = NONE if NONE in choices else self._words["none"]
        found = named.get(text.casefold())
        if found in choices:
            return str(found)
        # The beginning of one label alone is enough.
        begun = {choice for name, choice in named.items() if name.startswith(text.casefold())}
        if len(begun & set(choices)) == 1:
            return (begun & set(choices)).pop()
        close = nearest(text, [*choices, *named])
        hint = did_you_mean(close) or self._words["choose"].format(n=len(choices))
        raise UnclearError(f"`{text}`{self._words[':']}{hint}")

    def _boolean(self, text: str) -> bool:
        words = self._words
        typed = text.casefold()
        for value, name in ((True, "yes"), (False, "no")):
            if typed in {words[name], words[name][0], str(value).casefold(), {True: "1", False: "2"}[value]}:
                return value
        raise UnclearError(f"`{text}`{words[':']}{words['hint_boolean']}")

    @staticmethod
    def _country(text: str) -> str:
        names = {name.casefold(): code for code, name in zones.country_names().items()}
        if text.upper() in zones.country_names():
            return text.upper()
        if text.casefold() in names:
            return names[text.casefold()]
        problem = unknown_country(text, "country")
        raise UnclearError(str(problem))
