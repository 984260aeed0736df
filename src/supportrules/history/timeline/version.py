"""A version of a policy, with the time in which it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from supportrules.base.characters import plain
from supportrules.base.frozen import lazy
from supportrules.base.problem import Location, Problem
from supportrules.engine.evaluation import Policy, load_policy
from supportrules.errors import PolicyLoadError
from supportrules.policy import Source
from supportrules.policy.files import MANIFEST
from supportrules.policy.manifest import Manifest, manifest_of


@dataclass(frozen=True)
class Version:
    """A version of a policy, which is loaded when it is first needed.

    Args:
        names: what it is called: a directory, a file, or a directory at each tag at which it is the same, in
            the order of the history.
        source: where it is read from.
        until: the day from which the next one is in force; None for the last.
        ancestors: for each name, those of versions that it comes from; None where no history tells.
    """

    names: tuple[str, ...]
    manifest: Manifest
    source: Source = field(repr=False)
    until: date | None = None
    ancestors: Mapping[str, frozenset[str]] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<Version {plain(self.version)} from {self.effective_from}, {plain(self.where)}>"

    @property
    def where(self) -> str:
        """Its first name."""
        return self.names[0]

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.manifest.name

    @property
    def version(self) -> str:
        """The policy's version."""
        return self.manifest.version

    @property
    def effective_from(self) -> date:
        """The day from which it is in force, from 00:00 UTC."""
        return self.manifest.effective_from

    @property
    def last_day(self) -> date | None:
        """The last day, in UTC, on which it is in force; None where no other follows."""
        return self.until and self.until - timedelta(days=1)

    @property
    def policy(self) -> Policy:
        """The policy.

        Raises:
            PolicyLoadError: it does not load.
        """
        if isinstance(self._loaded, tuple):
            raise PolicyLoadError(self._loaded)
        return self._loaded

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why it does not load; nothing if it does."""
        return self._loaded if isinstance(self._loaded, tuple) else ()

    def place(self, key: str, name: str | None = None) -> Location:
        """The place of a key of the manifest, under one of its names; None is the first."""
        return replace(self.manifest.place(key), file=f"{name or self.where}/{MANIFEST}")

    @lazy
    def _loaded(self) -> Policy | tuple[Problem, ...]:
        try:
            policy = load_policy(self.source)
        except PolicyLoadError as error:
            return error.problems
        if manifest_of(policy.definition) != self.manifest:
            # It may be in force at another time now.
            message = "the manifest has changed since the timeline was loaded"
            place = Location(self.where)
            return (Problem("no-timeline", message, "load the timeline again", place),)
        return policy
