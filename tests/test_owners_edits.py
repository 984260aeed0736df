"""300 random edits of both policies: each is told by loading, check or test, or changes no answer at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ownersedits import COUNTS, edits

LIST = (Path(__file__).parent / "golden" / "edits.txt").read_text("utf-8").splitlines()
STEP = 20
# Parts that run beside each other.
PARTS = [(which, start) for which, count in COUNTS.items() for start in range(0, count, STEP)]


def lines(which: str, start: int) -> Iterator[str]:
    for number, (told, by) in enumerate(edits(which, range(start, start + STEP)), start):
        yield f"{which} {number}: {told} → {by}"


@pytest.mark.parametrize(("which", "start"), PARTS)
def test_each_edit_is_caught_as_the_list_says(which: str, start: int) -> None:
    found = list(lines(which, start))
    assert [line for line in found if "UNCAUGHT" in line] == []
    # `make edits` makes the list anew.
    assert found == [line for line in LIST if line in found] and len(set(found)) == STEP


def test_the_list_has_three_hundred_edits_of_each_kind_of_catch() -> None:
    assert len(LIST) == sum(COUNTS.values()) == 300
    for by in ("does not load", "check", "test", "nothing to catch"):
        assert sum(f"→ {by}:" in line for line in LIST) >= 10
