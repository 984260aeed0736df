"""What is decided for a ticket, in the form that is promised to everybody who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class PolicyRef:
    """The policy that decided."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True)
class Channel:
    """Whether a channel is open to the requester (None: undetermined), and at which hours."""

    eligible: bool | None
    hours: str | None

    def to_dict(self) -> Json:
        """As JSON data."""
        return {"eligible": self.eligible, "hours": self.hours}


@dataclass(frozen=True)
class Window:
    """Hours of service: open from the first instant up to, not including, the second.

    Args:
        opens_at, closes_at: in UTC.
        opens_at_local, closes_at_local: the same in the ticket's time zone; for people, not part of the JSON.
    """

    opens_at: datetime
    closes_at: datetime
    opens_at_local: datetime
    closes_at_local: datetime

    def to_dict(self) -> Json:
        """As JSON data."""
        return {"opens_at": utc_text(self.opens_at), "closes_at": utc_text(self.closes_at)}


@dataclass(frozen=True)
class Response:
    """The response target and what it means for this ticket.

    Args:
        committed: whether a time is promised.
        target: an ISO 8601 duration, ``next_business_day``, ``N_business_days``, or None.
        clock: the hours in which it runs.
        due_at: the deadline in UTC; None where there is none, or where it is undetermined.
        due_at_local: the same in the ticket's time zone.
        window: where no time is promised, the service window that is open or opens next.
    """

    committed: bool
    target: str | None
    clock: str
    due_at: datetime | None = None
    due_at_local: datetime | None = None
    window: Window | None = None

    def to_dict(self) -> Json:
        """As JSON data."""
        return {
            "committed": self.committed,
            "target": self.target,
            "clock": self.clock,
            "due_at": self.due_at and utc_text(self.due_at),
            "due_at_local": self.due_at_local and local_text(self.due_at_local),
            "window": self.window and self.window.to_dict(),
        }


@dataclass(frozen=True)
class Reopening:
    """Until when (UTC) a closed request can be reopened."""

    until: datetime

    def to_dict(self) -> Json:
        """As JSON data."""
        return {"until": utc_text(self.until)}


@dataclass(frozen=True)
class Undetermined:
    """An answer that is open: the values that it can still have, and the facts that it depends on.

    Args:
        possible: values as in the JSON form of the answer.
        missing: names of facts, the one that decides most first.
    """

    possible: tuple[Any, ...]
    missing: tuple[str, ...]

    def to_dict(self) -> Json:
        """As JSON data."""
        possible = [dict(value) if isinstance(value, Mapping) else value for value in self.possible]
        return {"possible": possible, "missing": list(self.missing)}


@dataclass(frozen=True)
class Note:
    """A remark of the policy on this ticket, in its languages."""

    code: str
    text: Mapping[str, str]

    def to_dict(self) -> Json:
        """As JSON data."""
        return {"code": self.code, "text": dict(self.text)}


@dataclass(frozen=True)
class Derived:
    """One entry of a derivation.

    Args:
        rule: the rule that fired, or None where only all completions of the unknown facts agree.
        concludes: the name of what it concludes.
        value: the value, as JSON data.
        inputs: what it read; a value that came from a default is ``{"value": …, "default": true}``.
        location: the place in the YAML, ``file:line``.
        overridden_by: the first of the rules that took it out, or None if it stands.
        agreed_by: the rules that agree, where ``rule`` is None.
        says: words of the policy for people, by language.
        more: what else there is to say: calendar and closed days of a deadline.
    """

    rule: str | None
    concludes: str
    value: Any
    inputs: Mapping[str, Any]
    basis: str
    source: tuple[str, ...]
    location: str | None
    overridden_by: str | None = None
    agreed_by: tuple[str, ...] = ()
    says: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> Json:
        """As JSON data."""
        data: Json = {
            "rule": self.rule,
            "concludes": self.concludes,
            "value": _thawed(self.value),
            "from": _thawed(self.inputs),
            "basis": self.basis,
            "source": list(self.source),
            "location": self.location,
            "overridden_by": self.overridden_by,
        }
        if self.rule is None:
            data["agreed_by"] = list(self.agreed_by)
        if self.says:
            data["says"] = dict(self.says)
        return data | {key: _thawed(value) for key, value in self.more.items()}


@dataclass(frozen=True)
class Decision:
    """The answers for one ticket; immutable.

    Args:
        ticket: the ticket's id, if it has one.
        category, severity: None where there is none and where it is undetermined.
        channels: by name.
        response: None where there is no target and where it is undetermined.
        undetermined: the answers that are open, by ``severity``, ``channels.<name>`` and so on.
        basis: for each answer the weakest basis that it rests on, None where it is undetermined.
    """

    ticket: str | None
    policy: PolicyRef
    category: str | None
    severity: str | None
    channels: Mapping[str, Channel]
    response: Response | None
    reopen: Reopening | None
    undetermined: Mapping[str, Undetermined]
    notes: tuple[Note, ...]
    basis: Mapping[str, str | None]
    _derive: Callable[[], tuple[Derived, ...]] = field(compare=False, repr=False)

    @cached_property
    def derivation(self) -> tuple[Derived, ...]:
        """Every rule that fired, stood or was overridden; worked out when asked for."""
        return self._derive()

    def to_dict(self, *, derivation: bool = True) -> Json:
        """As JSON data, in the order that is promised.

        Args:
            derivation: whether the derivation is part of it.
        """
        data: Json = {
            "ticket": self.ticket,
            "policy": {
                "name": self.policy.name,
                "version": self.policy.version,
                "digest": self.policy.digest,
            },
            "category": self.category,
            "severity": self.severity,
            "channels": {name: channel.to_dict() for name, channel in self.channels.items()},
            "response": self.response and self.response.to_dict(),
            "reopen": self.reopen and self.reopen.to_dict(),
            "undetermined": {name: answer.to_dict() for name, answer in self.undetermined.items()},
            "notes": [note.to_dict() for note in self.notes],
            "basis": dict(self.basis),
        }
        if derivation:
            data["derivation"] = [entry.to_dict() for entry in self.derivation]
        return data

    def __getstate__(self) -> Json:
        # What derives holds the policy's tables; a copy that travels takes the result along.
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "_derive"} | {
            "_derive": _Derivation(self.derivation)
        }

    def __setstate__(self, state: Json) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class _Derivation:
    """A derivation that is worked out already."""

    entries: tuple[Derived, ...]

    def __call__(self) -> tuple[Derived, ...]:
        return self.entries


def _thawed(value: Any) -> Any:
    """Frozen data as plain JSON data."""
    if isinstance(value, Mapping):
        return {key: _thawed(item) for key, item in value.items()}
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value


def instant(seconds: int) -> datetime:
    """Seconds since 1970 → a time in UTC.

    Raises:
        OverflowError: before year 1 or after year 9999.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OSError) as error:
        raise OverflowError(str(error)) from None


def utc_text(moment: datetime) -> str:
    """A time in UTC as text, with ``Z``."""
    return moment.isoformat().replace("+00:00", "Z")


def local_text(moment: datetime) -> str:
    """A local time as text, with a numeric offset."""
    return moment.isoformat()
