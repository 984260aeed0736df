"""Data for programs, as JSON that is safe to look at."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from supportrules.base.characters import is_plain

_NOT_ASCII = re.compile("[^ -~\n]")


def data_text(data: Any, indent: int | None = None, default: Callable[[Any], Any] | None = None) -> str:
    """Data as JSON, in which each character that does not just show itself is escaped.

    Args:
        indent: of nested lines; all on one line if it is None.
        default: turns what JSON has no form for into what it has.
    """
    text = json.dumps(data, ensure_ascii=False, indent=indent, allow_nan=False, default=default)
    # Most lines are plain as a whole.
    return text if text.isprintable() and text.isascii() else _NOT_ASCII.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    return char if is_plain(char) else json.dumps(char)[1:-1]
