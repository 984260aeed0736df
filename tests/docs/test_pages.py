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
from pathlib import Path
from typing import Any

import pytest

from folders import ROOT
from pages import PAGES, blocks, commands, pattern, run_line
from supportrules import load_policy
from supportrules.cases.cases import read_cases
from supportrules.policy.documents import read_documents

FILE = re.compile(r"^(?:#|//) (\S+\.\w+)$")
# What would build the environment that the tests run in.
MAKE = {"make demo", "make test"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_true(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    shutil.copytree(ROOT / "schema", tmp_path / "schema")
    shutil.copytree(ROOT / "vectors", tmp_path / "vectors")
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
                output = run_line(command, tmp_path)
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
