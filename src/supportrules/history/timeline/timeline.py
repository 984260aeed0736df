"""Which version of a policy is in force when, and what it decides."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from supportrules.base.characters import plain
from supportrules.base.frozen import lazy
from supportrules.base.notebook import table
from supportrules.base.problem import Problem
from supportrules.base.wording import not_an_object
from supportrules.engine.decision import Decision
from supportrules.engine.evaluation import Policy
from supportrules.errors import NotInForce, PolicyLoadError, TicketError
from supportrules.history.timeline.version import Version
from supportrules.history.timeline.vocabulary import JointVocabulary
from supportrules.policy.vocabulary import Instant, read_instant


@dataclass(frozen=True)
class Timeline:
    """The versions of a policy: each is in force from its day, 00:00 UTC, until the next one is.

    It is immutable, and safe to share between threads and processes.

    Args:
        versions: by the day from which they are in force; one or more.
    """

    versions: tuple[Version, ...]

    def __repr__(self) -> str:
        versions = (f"{plain(each.version)} from {each.effective_from}" for each in self.versions)
        return f"<Timeline {plain(self.versions[0].name)}: {', '.join(versions)}>"

    def _repr_html_(self) -> str:
        """The versions as a table, for notebooks."""
        rows = [
            (str(each.effective_from), f"{each.version} ({', '.join(each.names)})") for each in self.versions
        ]
        return table(f"{self.versions[0].name}, versions in force", rows)

    def at(self, instant: datetime) -> Policy:
        """The policy that is in force at an instant.

        Args:
            instant: an aware ``datetime``.

        Raises:
            ValueError: the instant has no time zone.
            NotInForce: it is before the first version.
            PolicyLoadError: the version that is in force then does not load, or there are two.
        """
        if instant.utcoffset() is None:
            raise ValueError("an instant has a time zone")
        return self._at((instant - _EPOCH) // timedelta(seconds=1)).policy

    def version_for(self, ticket: Mapping[str, object]) -> Version:
        """The version that was in force when a ticket was opened; of its facts only the opening is read.

        Args:
            ticket: field names and values, as for `evaluate`.

        Raises:
            TicketError: it does not say when it was opened, or that is before the first version.
            PolicyLoadError: two versions were in force then.
        """
        if not isinstance(ticket, Mapping):
            raise TicketError([not_an_object(ticket)])
        found: dict[str, Version] = {}
        for name in self._openings:
            raw = ticket.get(name)
            if raw is None:
                continue
            opened = read_instant(name, raw)
            if isinstance(opened, Problem):
                raise TicketError([opened])
            found[name] = self._opened(name, raw, opened)
        if not found:
            named = " or ".join(f"`{name}`" for name in self._openings)
            message = f"{named} is missing, which says what version was in force"
            raise TicketError([Problem("no-opening", message, "", None, self._openings[-1])])
        # A fact that says when it was opened in one version may be another fact in others.
        own = [version for name, version in found.items() if version.manifest.opening == name]
        versions = own or list(found.values())
        if any(version != versions[0] for version in versions):
            named = " and ".join(f"`{name}`" for name in found)
            message = f"{named} both say when it was opened, under different versions"
            raise TicketError([Problem("no-opening", message, "give one of them", None, next(iter(found)))])
        return versions[0]

    def evaluate(
        self,
        ticket: Mapping[str, object],
        *,
        defaults: bool | Collection[str] = True,
        extra: bool = False,
        ignore: Collection[str] = (),
    ) -> Decision:
        """Decides a ticket by the policy that was in force when it was opened.

        Args:
            ticket: field names and values; null means not given.
            defaults: whether facts that are not given take their defaults, or are left unknown; or the names
                of those that take them.
            extra: whether fields that are no facts are ignored, unless a fact can be meant; otherwise they
                are errors.
            ignore: the names of fields to ignore where they are no facts, whatever else can be meant.

        Returns:
            The decision; its ``policy`` has the version that decided.

        Raises:
            TicketError: the ticket has errors, does not say when it was opened, or was opened before the
                first version.
            PolicyLoadError: the version that was in force then does not load, or there were two.
            PolicyFault: the policy has no single answer for the facts of this ticket.
        """
        policy = self.version_for(ticket).policy
        return policy.evaluate(ticket, defaults=defaults, extra=extra, ignore=ignore)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies of all versions that load, the oldest first."""
        return tuple(version.policy for version in self.versions if not version.problems)

    @lazy
    def vocabulary(self) -> JointVocabulary:
        """The facts of all versions, for reading tables of tickets."""
        return JointVocabulary(self.versions)

    @lazy
    def _by_day(self) -> tuple[tuple[Version, ...], ...]:
        return by_day(self.versions)

    # Finding a version

    @lazy
    def _starts(self) -> tuple[int, ...]:
        return tuple(86400 * (group[0].effective_from - _EPOCH.date()).days for group in self._by_day)

    @lazy
    def _openings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(version.manifest.opening for version in self.versions))

    def _at(self, seconds: int) -> Version:
        position = bisect_right(self._starts, seconds)
        if not position:
            raise NotInForce(self.versions[0].effective_from)
        first, *more = self._by_day[position - 1]
        # A version may have several names; what says the same is the same.
        for other in more:
            if first.policy != other.policy:
                raise PolicyLoadError([overlap(first, other)])
        return first

    def _opened(self, name: str, raw: object, opened: Instant) -> Version:
        try:
            return self._at(opened.seconds)
        except NotInForce as error:
            message = f"`{name}` is `{raw}`, and {error}"
            raise TicketError([Problem("no-version", message, "", None, name, raw)]) from None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def by_day(versions: Iterable[Version]) -> tuple[tuple[Version, ...], ...]:
    """Versions in groups, by the day from which they are in force; there should be one for each."""
    groups: dict[date, tuple[Version, ...]] = {}
    for version in versions:
        groups[version.effective_from] = (*groups.get(version.effective_from, ()), version)
    return tuple(groups.values())


def overlap(first: Version, second: Version) -> Problem:
    """The problem of two versions that are in force from the same day."""
    message = f"in force from {second.effective_from}, as is `{first.where}`, which says something else"
    hint = "give the later one a later day"
    at, other = second.place("effective_from"), first.place("effective_from")
    return Problem("overlap", message, hint, at, related=(other,))
