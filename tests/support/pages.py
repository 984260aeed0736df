"""The blocks of README and docs/: what runs them, and what lays those of YAML over a policy."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from folders import ROOT
from supportrules.policy.documents import read_documents

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
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


def run_line(command: str, folder: Path) -> str:
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


def examples(text: str) -> list[str]:
    """The blocks of YAML in a text."""
    return re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def laid_over(base: Mapping[str, Any], example: str) -> dict[str, Any]:
    """A policy with the parts of files that an example has laid over it."""
    new = copy.deepcopy(dict(base))
    for stem, text in re.findall(r"^# (\w+)\.yaml\n(.*?)(?=^# |\Z)", example, re.MULTILINE | re.DOTALL):
        (node,), problems = read_documents(text, f"{stem}.yaml")
        assert problems == []
        _lay(new[stem], node.plain())
    return new


def _lay(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if value is None:
            below.pop(key, None)
        elif isinstance(value, dict) and isinstance(below.get(key), dict) and key != "when":
            _lay(below[key], value)
        else:
            below[key] = value
