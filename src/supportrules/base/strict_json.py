"""JSON that means one thing: a key that stands twice in an object is refused, as is what JSON does not have.

Of two values for one key other readers take the first, or the last, and a hash says nothing about which.
"""

from __future__ import annotations

import json
from typing import Any


class NotJson(ValueError):
    """What Python's decoder would read although it is no JSON, or says two things."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        name = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise NotJson(f"`{name}` twice")
    return found


def _constant(name: str) -> Any:
    raise NotJson(f"{name} is not JSON")


def is_text(value: Any) -> bool:
    """Whether all of it can be written again: an escape can name what is no character."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def read_json(data: bytes) -> Any:
    """What a JSON text in UTF-8 says.

    Raises:
        NotJson: a key stands twice in one object, or something is no number or no character.
        ValueError: it is no JSON, or a number has too many digits.
        RecursionError: it is nested too deeply.
    """
    value = DECODER.decode(data.decode())
    if b"\\u" in data and not is_text(value):
        raise NotJson("half of a surrogate pair, which is no character")
    return value
