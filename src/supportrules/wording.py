"""How messages speak of values and names: what was given, what would be accepted, what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from supportrules.problem import Location, Problem


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


def did_you_mean(options: Iterable[str]) -> str:
    """Suggestions as a question; empty if there are none."""
    quoted = [f"`{option}`" for option in options]
    if not quoted:
        return ""
    listed = quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
    return f"did you mean {listed}?"


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
    hint = did_you_mean(close)
    if not hint and options:
        listed = ", ".join(f"`{option}`" for option in options[:40])
        hint = f"accepted: {listed}" + (", …" if len(options) > 40 else "")
    message = f"unknown {what} {describe(name)}"
    about = field if field is not None else str(name)
    return Problem(code, message, hint, location, about, name, options if len(options) <= 40 else (), close)
