"""The house is as docs/architecture.md draws it, and imports run one way: what stands later uses what stands before it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import supportrules
from folders import ROOT

PACKAGE = Path(supportrules.__file__).parent
ROW = re.compile(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", re.MULTILINE)
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
# The parts of each room, in order; both orders are those of the page.
ROOMS = {room: re.findall(r"`(\w+)`", parts) for room, parts in ROW.findall(PAGE)}
# The entrances, which use whatever there is.
ENTRANCES = {"__init__", "__main__"}


def home(module: tuple[str, ...]) -> tuple[str, str]:
    """The room and the part that a module is in; the part is empty where it speaks for the room."""
    return module[0], module[1] if len(module) > 1 else ""


def module_of(path: Path) -> tuple[str, ...]:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts


MODULES = {module_of(path): path for path in PACKAGE.rglob("*.py")}


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "supportrules":
            module = tuple(str(node.module).split("."))[1:]
            for alias in node.names:
                yield (*module, alias.name) if (*module, alias.name) in MODULES else module
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("supportrules."):
                    yield tuple(alias.name.split("."))[1:]


def test_every_module_stands_in_a_room_and_a_part() -> None:
    homes = {home(module) for module in MODULES} - {(name, "") for name in ENTRANCES}
    expected = {(room, part) for room, parts in ROOMS.items() for part in (*parts, "")}
    assert homes == expected


def test_rooms_and_parts_import_only_what_stands_before_them() -> None:
    rooms = list(ROOMS)
    wrong = []
    for module, path in MODULES.items():
        room, part = home(module)
        if room in ENTRANCES:
            continue
        for other in imported(path):
            if not other:
                # The version, or what the package offers.
                continue
            its_room, its_part = home(other)
            if its_room != room:
                early = rooms.index(its_room) < rooms.index(room)
            elif not part or not its_part or part == its_part:
                early = True
            else:
                early = ROOMS[room].index(its_part) < ROOMS[room].index(part)
            if not early:
                wrong.append(f"{'.'.join(module)} imports {'.'.join(other)}")
    assert wrong == []


def test_no_two_classes_have_one_name() -> None:
    classes = Counter(
        node.name
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in classes.items() if count > 1] == []


def test_tests_mirror_the_rooms() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("test_*.py"))}
    assert folders - {"docs", "system"} == set(ROOMS) - {"errors", "spark"}
