"""What changed from version to version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from supportrules.base.characters import plain
from supportrules.base.steps import OnStep, steps
from supportrules.history.timeline.timeline import Timeline, by_day
from supportrules.history.timeline.version import Version
from supportrules.proofs.comparison import Comparison, compare


@dataclass(frozen=True)
class HistoryEntry:
    """A version in a history.

    Args:
        versions: it, and what says the same from the same day.
        before: the last one before it that loads.
        change: what changed against that; None where there is none, or this one does not load.
    """

    versions: tuple[Version, ...]
    before: Version | None
    change: Comparison | None

    @property
    def version(self) -> Version:
        """The first of them."""
        return self.versions[0]

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called."""
        return tuple(name for version in self.versions for name in version.names)


def history(timeline: Timeline, on_step: OnStep | None = None) -> Iterator[HistoryEntry]:
    """The versions of a timeline, the oldest first, each with what changed.

    Args:
        on_step: called with each version before it is loaded and compared.
    """
    start = steps(len(timeline.versions), on_step)
    before: Version | None = None
    for group in by_day(timeline.versions):
        # What says the same is told once; what does not load is none of these.
        told: dict[str, tuple[Version, ...]] = {}
        for version in group:
            start(plain(version.where))
            key = version.where if version.problems else version.policy.digest
            told[key] = (*told.get(key, ()), version)
        for versions in told.values():
            version = versions[0]
            if version.problems:
                yield HistoryEntry(versions, before, None)
                continue
            change = compare(before.policy, version.policy) if before else None
            yield HistoryEntry(versions, before, change)
            before = version
