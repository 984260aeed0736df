"""What a check finds, before its kind and what the policy allows are settled."""

from __future__ import annotations

from dataclasses import dataclass

from supportrules.base.problem import Location, Problem, Witness
from supportrules.policy.vocabulary import Origin


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Args:
        origin: the entry of the policy that it is about, whose `allow` counts; None where there is none.
        location: the place, if it is another than that of the entry.
    """

    code: str
    message: str
    hint: str
    origin: Origin | None
    location: Location | None = None
    related: tuple[Location, ...] = ()
    witnesses: tuple[Witness, ...] = ()

    @property
    def place(self) -> Location:
        """Where it is shown."""
        if self.location is not None:
            return self.location
        assert self.origin is not None, self.code
        return self.origin.location

    def problem(self, *, warning: bool) -> Problem:
        """The finding as others see it; allowed if its entry says so."""
        allowance = self.origin.allow.get(self.code) if self.origin else None
        return Problem(
            self.code,
            self.message,
            self.hint,
            self.place,
            kind="warning" if warning else "error",
            related=self.related,
            witnesses=self.witnesses,
            allowed=allowance.reason if allowance else None,
        )
