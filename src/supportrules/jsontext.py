"""JSON that means one thing: a key that stands twice in an object is refused, and so is what JSON does not have.

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


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def read_json(data: bytes) -> Any:
    """What a JSON text in UTF-8 says.

    Raises:
        NotJson: a key stands twice in one object, or a number is none.
        ValueError: it is no JSON, or a number has too many digits.
        RecursionError: it is nested too deeply.
    """
    return DECODER.decode(data.decode())
