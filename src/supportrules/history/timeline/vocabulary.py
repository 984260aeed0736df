"""The facts of all versions of a policy."""

from __future__ import annotations

from collections.abc import Mapping

from supportrules.base.frozen import lazy
from supportrules.history.timeline.version import Version
from supportrules.policy.vocabulary import Fact, Texts


class JointVocabulary:
    """The facts of versions, by which a table of tickets is read.

    Versions may take a fact differently: cells stay texts until the version of their ticket is known.

    Args:
        versions: the oldest first; each is loaded when facts are asked for.
    """

    def __init__(self, versions: tuple[Version, ...]) -> None:
        self._versions = versions

    @lazy
    def facts(self) -> Mapping[str, Fact]:
        """The facts, as the latest version that has each says."""
        policies = (version.policy for version in self._versions if not version.problems)
        return {name: fact for each in policies for name, fact in each.definition.vocabulary.facts.items()}

    def from_text(self, row: Mapping[str, str]) -> Texts:
        """A row of texts → what `evaluate` takes; an empty text means not given."""
        return Texts({name: text for name, text in row.items() if text})
