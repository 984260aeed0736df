"""Text in Markdown."""

from __future__ import annotations

import re

from supportrules.report.problems import printable


def escaped(text: str) -> str:
    """Text as it is, where Markdown would take signs for its own."""
    # A sign between two letters or digits, as in `a_b`, is no emphasis.
    return re.sub(r"[\\`*{}\[\]<>|#~]|(?<!\w)_|_(?!\w)", r"\\\g<0>", printable(text))
