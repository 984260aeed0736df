"""What decides tickets on the command line: a policy, or the versions of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from supportrules.engine.cache import load_cached
from supportrules.engine.evaluation import Policy
from supportrules.history.timeline import Timeline, load_timeline
from supportrules.policy import Definition
from supportrules.policy.manifest import Manifest
from supportrules.policy.vocabulary import Fields
from supportrules.tickets import Record


@dataclass(frozen=True)
class Versions:
    """What decides tickets.

    Args:
        policy_for: the policy that decides a ticket; raises a `TicketError` where there is none, and a
            `PolicyLoadError` where it does not load.
        policies: all that can be loaded, the latest first; raises a `PolicyLoadError` where none can be.
        speaks: whose languages there are.
        vocabulary: the facts by which tables of tickets are read.
        ids: the facts that name a ticket.
        many: whether it has to be said which version decided.
    """

    policy_for: Callable[[Mapping[str, Any]], Policy]
    policies: Callable[[], tuple[Policy, ...]]
    speaks: Definition | Manifest
    vocabulary: Fields
    ids: tuple[str | None, ...]
    many: bool

    def ticket_id(self, record: Record) -> str | None:
        """The id of a ticket that is not decided."""
        found = ((record.ticket or {}).get(name or "") for name in self.ids)
        return next((ticket for ticket in found if isinstance(ticket, str)), None)


def versions(policy: str | None, timeline: str | None) -> Versions:
    """What was asked for: the policy that ships where nothing was.

    Raises:
        UsageError: both were given.
        PolicyLoadError: it does not load.
    """
    if timeline is None:
        return _one(load_cached(policy))
    if policy is not None:
        raise click.UsageError("Tickets are decided by a --policy or by a --timeline, not by both.")
    return _many(load_timeline(timeline))


def _one(policy: Policy) -> Versions:
    definition = policy.definition
    ids = (definition.roles.ticket,)
    return Versions(lambda _: policy, lambda: (policy,), definition, definition.vocabulary, ids, False)


def _many(timeline: Timeline) -> Versions:
    latest_first = timeline.versions[::-1]

    def policies() -> tuple[Policy, ...]:
        # Where none loads, the latest tells why.
        return timeline.policies[::-1] or (latest_first[0].policy,)

    return Versions(
        lambda ticket: timeline.version_for(ticket).policy,
        policies,
        latest_first[0].manifest,
        timeline.vocabulary,
        tuple(dict.fromkeys(version.manifest.ticket for version in latest_first)),
        True,
    )
