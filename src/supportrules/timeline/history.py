"""What changed from version to version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from supportrules.comparison import Comparison, compare
from supportrules.timeline.timeline import Timeline, Version


@dataclass(frozen=True)
class Entry:
    """A version in a history.

    Args:
        versions: it, under each of its names.
        before: the last one before it that loads.
        change: what changed against that; None where there is none, or this one does not load.
    """

    versions: tuple[Version, ...]
    before: Version | None
    change: Comparison | None

    @property
    def version(self) -> Version:
        """The version under its first name."""
        return self.versions[0]


def history(timeline: Timeline) -> Iterator[Entry]:
    """The versions of a timeline, the oldest first, each with what changed."""
    before: Version | None = None
    for group in timeline.same_day:
        # Under several names what says the same is told once; what does not load is none of these.
        told: dict[str, tuple[Version, ...]] = {}
        for version in group:
            key = version.where if version.problems else version.policy.digest
            told[key] = (*told.get(key, ()), version)
        for versions in told.values():
            version = versions[0]
            if version.problems:
                yield Entry(versions, before, None)
                continue
            change = compare(before.policy, version.policy) if before else None
            yield Entry(versions, before, change)
            before = version
