"""How messages speak of values and names: what was given, what would be accepted, what was probably meant."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import islice

from supportrules.base.problem import Location, Problem


def describe(value: object) -> str:
    """A value from outside, in words that name its type."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f"`{value if len(value) <= 60 else value[:57] + '...'}`"
        case int() if abs(value) >= 10**30:
            return "a number of more than 30 digits"
        case int() | float():
            return f"the number {value}"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "an object"
        case _:
            return f"a value of type {type(value).__name__}"


def reason(error: OSError) -> str:
    """Why the system refused something, in the words of a message."""
    return (error.strerror or str(error)).lower()


def nearest(name: str, accepted: Iterable[str]) -> tuple[str, ...]:
    """The accepted values that are most like a given one; none if none is like it."""
    options = list(dict.fromkeys(accepted))
    folded = [option for option in options if option.casefold() == name.casefold()]
    if folded:
        return tuple(folded)

    def likeness(option: str) -> float:
        return difflib.SequenceMatcher(None, name.casefold(), option.casefold(), autojunk=False).ratio()

    found = difflib.get_close_matches(name, options, n=8, cutoff=0.6)
    if not found:
        return ()
    best = max(map(likeness, found))
    return tuple(sorted(option for option in found if likeness(option) > best - 1e-9))


# From how many letters on a name with one wrong letter is the same name misspelt.
_LONG = 5


def near_names(name: str, accepted: Iterable[str]) -> tuple[str, ...]:
    """The accepted names that a name is a spelling of.

    These differ from it in nothing but case, blanks, hyphens, underscores and other marks (so `camelCase` is
    `camel_case`); or, where one of the two has five letters or more, in one letter that is missing, one too
    many or another one, or in two neighbours that changed places. A digit is no such letter: `site_1` and
    `site_2` are two names.
    """
    letters = _letters(name)
    if not letters:
        return ()
    spelt = {option: _letters(option) for option in accepted}
    same = tuple(option for option, other in spelt.items() if other == letters)
    return same or tuple(option for option, other in spelt.items() if _one_letter_apart(letters, other))


def _letters(name: str) -> str:
    """The letters and digits of a name, in one case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def _one_letter_apart(one: str, other: str) -> bool:
    if max(len(one), len(other)) < _LONG or _digits(one) != _digits(other):
        return False
    pairs = enumerate(zip(one, other, strict=False))
    start = next((at for at, (letter, its) in pairs if letter != its), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    swapped = left[1::-1] == right[:2] and left[2:] == right[2:]
    return swapped or left[1:] in (right, right[1:]) or left == right[1:]


def _digits(name: str) -> list[str]:
    return list(filter(str.isdigit, name))


def did_you_mean(options: Iterable[str]) -> str:
    """Suggestions as a question; empty if there are none."""
    quoted = [f"`{option}`" for option in options]
    if not quoted:
        return ""
    listed = quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
    return f"did you mean {listed}?"


def accepted_names(options: Iterable[str]) -> str:
    """The first of the names that are accepted; empty if there are none."""
    quoted = [f"`{option}`" for option in islice(options, 41)]
    listed = ", ".join(quoted[:40]) + (", …" if len(quoted) > 40 else "")
    return f"accepted: {listed}" if quoted else ""


def not_an_object(ticket: object) -> Problem:
    """The problem of a ticket that is no mapping."""
    return Problem("ticket-type", f"a ticket is an object, not {describe(ticket)}")


def unknown_name(
    what: str,
    name: object,
    accepted: Iterable[str],
    *,
    code: str,
    location: Location | None = None,
    field: str | None = None,
) -> Problem:
    """The problem of a name that is none of the accepted ones."""
    options = tuple(accepted)
    close = nearest(name, options) if isinstance(name, str) else ()
    hint = did_you_mean(close) or accepted_names(options)
    message = f"unknown {what} {describe(name)}"
    about = field if field is not None else str(name)
    return Problem(code, message, hint, location, about, name, options if len(options) <= 40 else (), close)
