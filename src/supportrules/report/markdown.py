"""Text in Markdown, as a comment on GitHub shows it."""

from __future__ import annotations

import re

from supportrules.report.problems import printable

# What GitHub links, or tells somebody of: people and teams, issues, commits, addresses, signs such as `:+1:`.
# An underscore before them is no part of a word.
_LINKED = re.compile(
    r"""@(?=\w|$)
      | \#(?=\d|$)
      | (?<![^\W_])(?:GH|GHSA|CVE)-(?=\w|$)
      | (?<![^\W_])[0-9a-f]{7,40}(?![^\W_])
      | :(?=//)
      | (?<![^\W_])www(?=\.)
      | :(?=(?:[\w+-]*[a-z][\w+-]*|100|1234|[+-]1):)""",
    re.IGNORECASE | re.VERBOSE,
)
# A comment that nobody sees, at which none of them goes on.
_BREAK = "<!-- -->"
# It stands for that until all else is escaped; no printable text has it.
_MARK = "\0"
# Where a text begins: what would make a list or a rule of it, and blanks that would make code.
_LIST = re.compile(r"^( ?\d{0,9})([-+](?=[ -]|$)|(?<=\d)[.)](?= |$))")
_BLANKS = re.compile("^ +")
# A sign between two letters or digits, as in `a_b`, is no emphasis.
_SIGNS = re.compile(r"[\\`*{}\[\]<>|#~&!]|(?<![^\W_])_|_(?![^\W_])")


def escaped(text: str) -> str:
    """Text as it is, where Markdown would take signs for its own, and GitHub would link it."""
    safe = _LIST.sub(r"\1\\\2", _BLANKS.sub(" ", _SIGNS.sub(r"\\\g<0>", _unlinked(text))))
    # Between two of them GitHub sees a formula.
    return safe.replace("$", "<span>$</span>").replace(_MARK, _BREAK)


def code(text: str, *, in_table: bool = False) -> str:
    """Text as it stands in a file; GitHub links nothing in it.

    Args:
        in_table: whether a bar would end its cell.
    """
    said = printable(text)
    if not said.strip():
        return said
    # A fence longer than any row of backticks in it.
    fence = "`" * (max(map(len, re.findall("`+", said)), default=0) + 1)
    pad = " " if said[0] in "` " or said[-1] in "` " else ""
    span = f"{fence}{pad}{said}{pad}{fence}"
    return span.replace("|", "\\|") if in_table else span


def html(text: str) -> str:
    """Text inside an element of HTML that stands in Markdown."""
    safe = _unlinked(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace(_MARK, _BREAK)


def _unlinked(text: str) -> str:
    return _LINKED.sub(_broken, printable(text))


def _broken(found: re.Match[str]) -> str:
    said = found[0]
    # Six digits are too few for a commit.
    return _MARK.join(re.findall(".{1,6}", said)) if len(said) > 5 else said + _MARK
