"""A folder in which lines are completed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from folders import HARBOURLINE
from pages import SOMEBODY
from supportrules import load_policy
from supportrules.policy.starter import STARTER


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Policies of several kinds, in a git repository with a tag; and what is none."""
    folder = tmp_path_factory.mktemp("completion")
    shutil.copytree(HARBOURLINE, folder / "harbour")
    shutil.copytree(STARTER, folder / "support" / "promise")
    shutil.copytree(STARTER, folder / ".hidden")
    (folder / "broken").mkdir()
    (folder / "broken" / "policy.yaml").write_text("name: [", "utf-8")
    (folder / "tickets.jsonl").write_text("{}\n", "utf-8")
    (folder / "a b").mkdir()
    load_policy(STARTER).build(folder / "a b" / "acme.policy")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"], ["tag", "v1.2"]):
        subprocess.run(["git", *command], cwd=folder, check=True, env=os.environ | SOMEBODY)
    return folder
