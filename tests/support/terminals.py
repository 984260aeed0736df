"""Terminals that tests type into."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path


def tmux(*arguments: str, check: bool = True) -> str:
    """Runs tmux; gives what it prints."""
    return subprocess.run(["tmux", *arguments], check=check, capture_output=True, encoding="utf-8").stdout


def start_session(name: str, columns: int, shell: str, folder: Path | None = None) -> None:
    """Starts a terminal of tmux.

    Args:
        name: of its session; one of its own, for other runs may go on beside this one.
        shell: the command that runs in it.
        folder: where.
    """
    where = [] if folder is None else ["-c", str(folder)]
    for attempt in range(10):
        # A server whose last session has ended is not gone at once, and takes no new one.
        last = attempt == 9
        tmux("new-session", "-d", "-s", name, "-x", str(columns), "-y", "40", *where, shell, check=last)
        if name in tmux("list-sessions", "-F", "#S", check=last).split():
            return
        time.sleep(0.2)
