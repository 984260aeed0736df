"""Versions of the shipped policy, each from its own day on."""

from __future__ import annotations

from edits import Edit
from scenarios import EXAMPLE_FROM_B_TO_A, ONE_CELL_FASTER, OTHER_FRENCH_LABEL

# A year of the shipped policy: an answer in four hours of the day (RT-1), then a label, then an example of B (SV-B2)
# that is A.
YEAR: dict[str, tuple[Edit, ...]] = {
    "2015-01-01": (),
    "2015-04-01": ONE_CELL_FASTER,
    "2015-07-01": (*ONE_CELL_FASTER, *OTHER_FRENCH_LABEL),
    "2015-10-01": (*ONE_CELL_FASTER, *OTHER_FRENCH_LABEL, *EXAMPLE_FROM_B_TO_A),
}
DAYS = list(YEAR)


def edition(version: str, day: str) -> tuple[Edit, ...]:
    return (
        ("policy", 'version: "2014-09-03"', f'version: "{version}"'),
        ("policy", 'effective_from: "2014-09-03"', f'effective_from: "{day}"'),
    )
