"""How long a promise is: seconds of a clock, whole business days, or no time at all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from supportrules.base.frozen import lazy

ALWAYS = "24x7"
"""The clock that never stops."""

# What says in a policy that no time is promised.
_NONE = "none"


@dataclass(frozen=True)
class Target:
    """What is promised: seconds of the clock, whole business days, or (neither) no time.

    Args:
        seconds: length, for targets that are durations.
        days: number of business days, for targets that are days.
    """

    seconds: int | None = None
    days: int | None = None

    @property
    def committed(self) -> bool:
        """Whether a time is promised."""
        return self.seconds is not None or self.days is not None

    def __str__(self) -> str:
        return self.text

    @classmethod
    def of(cls, text: str) -> Target:
        """The target that a policy writes so; its schema lets nothing else through."""
        if text == _NONE:
            return cls()
        if text == "next_business_day":
            return cls(days=1)
        if text.endswith("_business_days"):
            return cls(days=int(text.split("_")[0]))
        return cls(seconds=duration(text))

    @lazy
    def text(self) -> str:
        """As a policy writes it."""
        if self.days is not None:
            return "next_business_day" if self.days == 1 else f"{self.days}_business_days"
        return "none" if self.seconds is None else duration_text(self.seconds)


def duration(text: str) -> int:
    """An ISO 8601 duration of days, hours, minutes and seconds → seconds."""
    units = {"D": 86400, "H": 3600, "M": 60, "S": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([DHMS])", text))


def duration_text(seconds: int) -> str:
    """Seconds as an ISO 8601 duration of hours, minutes and seconds: 5400 is `PT1H30M`."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if n]
    return "PT" + ("".join(parts) or "0S")
