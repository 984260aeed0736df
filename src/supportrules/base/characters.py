"""Characters that show themselves, and the escapes that stand for those that don't."""

from __future__ import annotations

import unicodedata

# Letters, marks and signs that leave no trace of ink, although Unicode counts them as printable.
_INKLESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")


def is_plain(char: str) -> bool:
    """Whether a character only shows itself: no control, no direction of writing, nothing invisible."""
    # Spaces of any width are no more than spaces; Python calls only one of them printable.
    return (char.isprintable() and char not in _INKLESS) or unicodedata.category(char) == "Zs"


def escape(char: str) -> str:
    """What stands for a character in YAML and in Python: `\\x1b`, `\\u202e`, `\\U000e0001`."""
    number = ord(char)
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def plain(text: str) -> str:
    """A text on one line, with an escape for each character that does not just show itself."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if is_plain(char) else escape(char) for char in text)
