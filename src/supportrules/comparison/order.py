"""stand-in"""

from typing import Any


def verdict(old: Any, new: Any, answer: str, before: Any, after: Any) -> Any:
    return "other"
