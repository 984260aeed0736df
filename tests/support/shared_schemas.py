"""Copies what the schemas of policy files share into each that refers to it, from ``schema/shared.json``; and what
a test case may expect of a decision into that of test cases.

Run by ``make schemas``. A schema that holds all that it refers to is valid in every validator, wherever it lies.
"""

from __future__ import annotations

import re
from pathlib import Path

from expectations import EXPECT, expectations, laid_out

FOLDER = Path(__file__).parent.parent.parent / "schema"
_DEFINITIONS = re.compile(r'(?:,\n  "\$defs": \{\n(.*)\n  \})?\n\}\n\Z', re.DOTALL)


def definitions(text: str) -> dict[str, str]:
    """The definitions of a schema as they are written, by name."""
    found = _DEFINITIONS.search(text)
    entries = re.split(r',\n(?=    "\w)', (found and found[1]) or "")
    return {entry.split('"')[1]: entry for entry in entries if entry}


def with_expectations(text: str) -> str:
    """The schema of test cases, with what they may expect."""
    entry = definitions(text)[EXPECT]
    return text.replace(entry, "    " + laid_out(expectations(), 4, f'"{EXPECT}": '))


def with_shared(text: str, shared: dict[str, str]) -> str:
    """A schema with its own definitions, and those of the shared ones that it refers to, by way of others too.

    Args:
        text: of the schema.
        shared: the definitions that are shared, by name.
    """
    own = {name: entry for name, entry in definitions(text).items() if name not in shared}
    rest = _DEFINITIONS.sub("", text)
    needed: set[str] = set()
    unread = [rest, *own.values()]
    while unread:
        named = set(re.findall(r'"#/\$defs/(\w+)"', unread.pop())) & shared.keys() - needed
        needed |= named
        unread += [shared[name] for name in named]
    entries = [*own.values(), *(entry for name, entry in shared.items() if name in needed)]
    if entries:
        rest += ',\n  "$defs": {\n' + ",\n".join(entries) + "\n  }"
    return rest + "\n}\n"


def main() -> None:
    """Writes all schemas anew."""
    shared = definitions((FOLDER / "shared.json").read_text("utf-8"))
    tests = FOLDER / "tests.schema.json"
    tests.write_text(with_expectations(tests.read_text("utf-8")), "utf-8")
    for file in sorted(FOLDER.glob("*.schema.json")):
        file.write_text(with_shared(file.read_text("utf-8"), shared), "utf-8")


if __name__ == "__main__":
    main()
