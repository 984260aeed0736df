"""Comparing the shipped policy with edited ones, as a ratio to filling its tables once in the same run.

Run by ``make bench``. Both policies are loaded anew each time, so that nothing is inferred beforehand. Times
are those of the processor, whatever else the machine does.
"""

from __future__ import annotations

import functools
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from timing import once

from supportrules import load_policy
from supportrules.proofs.comparison import Comparison, compare

TESTS = Path(__file__).parent.parent / "tests" / "support"
sys.path.insert(0, str(TESTS))

from edits import Edit, with_edits  # noqa: E402 - they stand beside the tests
from every_combination import fill  # noqa: E402
from folders import SHIPPED  # noqa: E402
from scenarios import EXAMPLE_FROM_B_TO_A, ONE_CELL_FASTER, PLAN_WITH_ITS_OWN_COLUMN  # noqa: E402


def without(stem: str, first: str, after: str = "") -> tuple[Edit, ...]:
    """An edit that removes what stands between two texts of a file, or to its end."""
    text = (SHIPPED / f"{stem}.yaml").read_text("utf-8")
    start = text.index(first)
    return ((stem, text[start : text.index(after, start) if after else None], ""),)


NO_RULE = without("severity", "    high:\n", "    medium:\n")
NO_NOTE = without("severity", "notes:\n")
OTHER_DEFAULT: tuple[Edit, ...] = (
    ("vocabulary", "boolean\n    default: false", "boolean\n    default: true"),
)
OTHER_CALLERS: tuple[Edit, ...] = (
    (
        "channels",
        "telephone_support: every_level, requester: [administrator, delegated_partner]",
        "telephone_support: every_level, requester: administrator",
    ),
)
EDITS: dict[str, tuple[Edit, ...]] = {
    "nothing": (),
    "a cell": ONE_CELL_FASTER,
    "a plan with a column of its own": PLAN_WITH_ITS_OWN_COLUMN,
    "an example at another level": EXAMPLE_FROM_B_TO_A,
    "a condition of a channel": OTHER_CALLERS,
    "a rule of severity removed": NO_RULE,
    "a note removed": NO_NOTE,
    "a default": OTHER_DEFAULT,
    "a cell, a plan, an example, a channel, a rule, a note": (
        *(*ONE_CELL_FASTER, *PLAN_WITH_ITS_OWN_COLUMN, *EXAMPLE_FROM_B_TO_A),
        *(*OTHER_CALLERS, *NO_RULE, *NO_NOTE),
    ),
    "a cell, an example, a channel, a note, a default": (
        *(*ONE_CELL_FASTER, *EXAMPLE_FROM_B_TO_A),
        *(*OTHER_CALLERS, *NO_NOTE, *OTHER_DEFAULT),
    ),
}


def least(work: Callable[[], object]) -> float:
    """The least processor time of some calls."""
    return once(work, clock=time.process_time)


def compared(new: Path) -> Comparison:
    """The shipped policy and another, both loaded from their files."""
    return compare(load_policy(SHIPPED), load_policy(new))


def main() -> None:
    unit = least(lambda: fill(load_policy().tables))
    print(f"{'load the shipped policy and another one, and compare':56} {'time':>9} {'x filled':>10}")
    print(f"{'load the policy and fill its tables':56} {unit:7.2f} s {1:10.2f}")
    with tempfile.TemporaryDirectory() as folder:
        for number, (what, edits) in enumerate(EDITS.items()):
            new = with_edits(Path(folder) / str(number), *edits)
            spent = least(functools.partial(compared, new))
            print(f"{what:56} {spent:7.2f} s {spent / unit:10.2f}")


if __name__ == "__main__":
    main()
