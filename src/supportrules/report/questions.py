"""Questions for people, and what they type → values."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, Final

from supportrules.base.wording import nearest
from supportrules.engine.interview import Interview
from supportrules.policy.vocabulary import UNKNOWN, Fact
from supportrules.report.phrases import Phrases
from supportrules.time import places, zones


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
        words = self._words
        lines = [self._phrases.label(fact.question, fact.name)]
        choices = self._choices(fact)
        width = len(str(len(choices)))
        names = max((len(self._called(fact, choice)) for choice in choices), default=0)
        for number, choice in enumerate(choices, 1):
            label = self._called(fact, choice)
            lines.append(f"  {number:>{width}}  {label:<{names}}  {choice or ''}".rstrip())
        hints = [self._hint(fact)]
        offer = self._interview.offer(fact)
        if offer is not UNKNOWN:
            hints.append(f"{words['hint_default']}{words[':']}{self._phrases.value(fact.name, offer)}")
        hints.append(words["hint_pass"])
        if self._interview.asked:
            hints.append(words["hint_back"])
        lines.append(f"  ({words[';'].join(hints)})")
        return "\n".join(lines)

    def read(self, fact: Fact, line: str) -> Any:
        """What was typed, as a value of the fact, None for none, BACK, PASS or NOW.

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
                return self._boolean(fact, text)
            case "number":
                try:
                    return int(text)
                except ValueError:
                    raise self.unclear(fact, text) from None
            case "country":
                return self._country(fact, text)
            case "subdivision":
                return self._subdivision(fact, text)
            case "instant" if text.casefold() in (NOW.value, self._words["now"]):
                return NOW
            case "choice" | "level":
                return self._choice(fact, text)
            case _:
                return text

    def unclear(self, fact: Fact, text: str, close: Iterable[str] = ()) -> UnclearError:
        """That what was typed is no answer, with those that are nearest, or what would be one."""
        words, options = self._words, [f"`{option}`" for option in close]
        hint = words["choose"].format(n=len(self._choices(fact))) if fact.values else self._hint(fact)
        if options:
            hint = words["did_you_mean"].format(options=words.either(options))
        return UnclearError(f"`{text}`{words[':']}{hint}")

    def _hint(self, fact: Fact) -> str:
        words = self._words
        if fact.type == "number" and (fact.minimum is not None or fact.maximum is not None):
            return f"{words['hint_number']}, {self._phrases.bounds(fact.minimum, fact.maximum)}"
        key = f"hint_{fact.type}"
        return words[key] if key in words else words["hint_choice"]

    def _choices(self, fact: Fact) -> tuple[str | None, ...]:
        values = self._interview.choices(fact)
        if fact.type == "subdivision":
            return tuple(sorted(values, key=self._phrases.subdivision))
        return (*values, None) if values and fact.default is None else values

    def _called(self, fact: Fact, choice: str | None) -> str:
        """A value to choose, in words; the code of a subdivision stands beside them."""
        if fact.type == "subdivision":
            return self._phrases.subdivision(str(choice))
        return self._phrases.value(fact.name, choice)

    def _choice(self, fact: Fact, text: str) -> str | None:
        choices = self._choices(fact)
        # An id that is a number means itself.
        if text in choices:
            return text
        if text.isdecimal() and 1 <= int(text) <= len(choices):
            return choices[int(text) - 1]
        named = {self._called(fact, choice): choice for choice in choices}
        named |= {choice: choice for choice in choices if choice is not None}
        typed = text.casefold()
        # The whole of a name, else its beginning, else words of it, if that is one's alone.
        for fits in (str.__eq__, str.startswith, _has_words):
            found = {choice for name, choice in named.items() if fits(name.casefold(), typed)}
            if len(found) == 1:
                return found.pop()
        raise self.unclear(fact, text, nearest(text, named))

    def _boolean(self, fact: Fact, text: str) -> bool:
        words, typed = self._words, text.casefold()
        for value, name in ((True, "yes"), (False, "no")):
            if typed in {words[name], words[name][0], str(value).casefold()}:
                return value
        raise self.unclear(fact, text)

    def _country(self, fact: Fact, text: str) -> str:
        names = zones.country_names()
        if text.upper() in names:
            return text.upper()
        # In whatever order: the names say "Korea (South)".
        typed = _words_of(text)
        for fits in (set.__eq__, set.__le__):
            found = [code for code, name in names.items() if typed and fits(typed, _words_of(name))]
            if len(found) == 1:
                return found[0]
        raise self.unclear(fact, text, found[:8] or nearest(text, names.values()))

    def _subdivision(self, fact: Fact, text: str) -> str:
        # In its country's own language too, and parts of a part that is offered.
        country, typed = self._interview.country(fact), text.casefold()
        own = (code for code, label in fact.labels.items() if typed in map(str.casefold, label.values()))
        found = tuple(own) or places.suggestions(text, country, (self._phrases.language,))
        if len(found) == 1:
            return found[0]
        if found:
            raise self.unclear(fact, text, found)
        return str(self._choice(fact, text))


def _has_words(name: str, typed: str) -> bool:
    """Whether a name has a word that begins so; punctuation does not count."""
    plain = "".join(char if char.isalnum() else " " for char in name)
    return f" {typed}" in f" {plain}"


def _words_of(name: str) -> set[str]:
    return set("".join(char if char.isalnum() else " " for char in name.casefold()).split())
