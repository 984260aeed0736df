"""A cache, across processes, of what other packages know about places.

Importing those packages takes longer than everything else that a command does for one ticket.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Keeper(Protocol):
    """What keeps data under names, for other processes."""

    def read(self, name: str) -> Any:
        """What was written under a name; None where there is nothing."""

    def write(self, name: str, data: Any) -> None:
        """Keeps JSON data under a name, if that can be done."""


_keeper: Keeper | None = None


def keep(keeper: Keeper | None) -> None:
    """From now on, this process asks it before it asks a package, and has it keep what that says."""
    global _keeper
    _keeper = keeper


def kept(name: str, ask: Callable[[], Any], fits: Callable[[Any], bool]) -> Any:
    """What a keeper has under a name, if that fits; else what is asked for now."""
    keeper = _keeper
    found = None if keeper is None else keeper.read(name)
    if not fits(found):
        found = ask()
        if keeper is not None:
            keeper.write(name, found)
    return found
