"""Two policies side by side: all that is told of them."""

from __future__ import annotations

from dataclasses import dataclass

from supportrules.comparison.hours import HoursChange, hours_changes
from supportrules.comparison.meaning import Meaning, meaning
from supportrules.evaluate import Policy


@dataclass(frozen=True)
class Comparison:
    """What two policies differ in.

    Args:
        old, new: them, in the same names.
        meaning: where answers differ.
        hours: the hours that are open at other times.
    """

    old: Policy
    new: Policy
    meaning: Meaning
    hours: tuple[HoursChange, ...]

    @property
    def changes_answers(self) -> bool:
        """Whether any ticket can get another answer, or another time."""
        found = self.meaning
        return bool(found.changes or found.readings or found.not_compared or self.hours)


def compare(old: Policy, new: Policy) -> Comparison:
    """Compares two policies.

    Args:
        old, new: the policies; either may be any.
    """
    return Comparison(old, new, meaning(old, new), hours_changes(old, new))
