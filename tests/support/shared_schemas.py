"""Writes into schemas what they share, from ``schema/shared.json``, what targets can be, from their kinds, and what a test
case may expect, from what a decision has.

Run by ``make schemas``. A schema that holds all that it refers to is valid in every validator, wherever it lies.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from expectations import EXPECT, expectations, laid_out
from supportrules.time.targets import ANSWER_PATTERN, KINDS, TIMES, forms, pattern

FOLDER = Path(__file__).parent.parent.parent / "schema"
# From the name of a property `target` to its pattern.
_TARGET = re.compile(r'("target": \{\n(?:(?! *"pattern")[^\n]*\n){1,5} *"pattern": )"[^\n]*"(?=,?\n)')
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


def with_targets(text: str, name: str) -> str:
    """A schema with the pattern of every target, and the words for it.

    Args:
        text: of the schema.
        name: its file; a report has targets as decisions write them, tests have those of a time.
    """
    kinds = KINDS if name.startswith("targets.") else TIMES
    listed, written = (
        forms(kinds),
        json.dumps(ANSWER_PATTERN if name.startswith("reports/") else pattern(kinds)),
    )
    text = _TARGET.sub(lambda found: f"{found[1]}{written}", text)
    text = re.sub(r'(?<="a target is )[^;"\n]+', lambda _: listed, text)
    return re.sub(r'(?<="The time promised: ).+(?= where hours)', lambda _: listed, text)


def schemas() -> dict[str, tuple[str, str]]:
    """Each schema by its file: as it is, and as it has to be."""
    shared, found = definitions((FOLDER / "shared.json").read_text("utf-8")), {}
    for file in sorted(FOLDER.rglob("*.schema.json")):
        name, text = file.relative_to(FOLDER).as_posix(), file.read_text("utf-8")
        whole = with_expectations(text) if name.startswith("tests.") else text
        whole = whole if name.startswith("reports/") else with_shared(whole, shared)
        found[name] = text, with_targets(whole, name)
    return found


def main() -> None:
    """Writes all schemas anew."""
    for name, (_, text) in schemas().items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
