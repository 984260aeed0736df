"""README and docs/: every command and every piece of Python in them runs and gives what it says.

A block ``console`` holds commands after ``$`` with their output; a line of ``…`` stands for any lines, and ``…``
in a line for anything. The output is both streams. A block ``python`` is run from its first line to its last; the
blocks of one page share their names. A block ``json`` or ``yaml`` is parsed. A block with a first line that names a
file is there for the commands after it, as is `examples/`.

A block ``python cluster`` needs a Spark cluster: here it has to compile, `tests/system/test_spark.py` runs it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from supportrules import load_policy
from supportrules.cases import read_cases
from supportrules.documents import read_documents

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^(?:#|//) (\S+\.\w+)$")
# What would build the environment that the tests run in.
MAKE = {"make demo", "make test"}
# Who commits, for git wants to know.
SOMEBODY = {
    f"GIT_{who}_{what}": "me@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


@dataclass
class Block:
    kind: str
    mark: str | None
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for found in FENCE.finditer(text):
        yield Block(found[1], found[2], found[3], text.count("\n", 0, found.start()) + 2)


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Commands and their expected output."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = command[:-1] + more.lstrip("> ")
        yield command, output


def pattern(expected: str) -> re.Pattern[str]:
    lines = []
    for line in expected.splitlines():
        lines.append(r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*?") + r"\n")
    return re.compile("".join(lines))


def run(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"PATH": path, "LC_ALL": "C.UTF-8", "COLUMNS": "100"} | SOMEBODY
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_true(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    shutil.copytree(ROOT / "schema", tmp_path / "schema")
    names: dict[str, Any] = {}
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        first, _, rest = block.text.partition("\n")
        named = FILE.match(first)
        if block.mark:
            assert (block.kind, block.mark) == ("python", "cluster"), f"{where}: no block is marked so"
            compile(block.text, where, "exec")
        elif block.kind == "console":
            for command, expected in commands(block.text):
                if command in MAKE:
                    continue
                output = run(command, tmp_path)
                assert pattern(expected).fullmatch(output), f"{where}: {command}\n{output}"
        elif block.kind == "python":
            before = Path.cwd()
            os.chdir(tmp_path)
            try:
                exec(compile("\n" * block.line + block.text, str(page), "exec"), names)
            finally:
                os.chdir(before)
            if named:
                (tmp_path / named[1]).write_text(rest, "utf-8")
        elif block.kind in ("json", "yaml", "jsonl"):
            text = rest if named else block.text
            if block.kind == "json":
                json.loads(text)
            elif block.kind == "yaml":
                assert read_documents(text, where)[1] == []
            if named:
                file = tmp_path / named[1]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8")
        else:
            assert block.kind in ("text", "mermaid"), f"{where}: a block of kind {block.kind} is not tried"
    if page.name == "tutorial-policy-owner.md":
        policy = load_policy(tmp_path / "birchtree")
        for case in read_cases(tmp_path / "birchtree"):
            assert not case.run(policy).differences, case.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_the_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    for command in MAKE:
        assert f"$ {command}" in readme
        assert f"\n{command.split()[1]}: " in makefile
