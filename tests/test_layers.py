"""Imports run one way: a room uses only rooms above it in this list."""

from __future__ import annotations

import ast
from pathlib import Path

import supportrules

PACKAGE = Path(supportrules.__file__).parent
ROOMS = [
    "frozen",
    "locks",
    "atomic",
    "regular",
    "jsontext",
    "problem",
    "signatures",
    "wording",
    "errors",
    "zones",
    "documents",
    "layout",
    "schema",
    "public_holidays",
    "calendars",
    "conditions",
    "vocabulary",
    "policy",
    "rules",
    "inference",
    "built",
    "tables",
    "decision",
    "derivation",
    "whynot",
    "answers",
    "batch",
    "evaluate",
    "cache",
    "spark",
    "interview",
    "contracts",
    "cases",
    "tracing",
    "coverage",
    "analysis",
    "comparison",
    "timeline",
    "tickets",
    "ledger",
    "report",
    "cli",
    "__main__",
]


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "supportrules":
            names |= {alias.name for alias in node.names if alias.name in ROOMS}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("supportrules."):
            names.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {a.name.split(".")[1] for a in node.names if a.name.startswith("supportrules.")}
    return names


def test_every_module_stands_in_a_room() -> None:
    found = {room_of(path) for path in PACKAGE.rglob("*.py")} - {"__init__"}
    assert found == set(ROOMS)


def test_rooms_import_only_from_above() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in PACKAGE.rglob("*.py")
        if room_of(path) != "__init__"
        for name in imported_rooms(path)
        if ROOMS.index(name) > ROOMS.index(room_of(path))
    ]
    assert wrong == []
