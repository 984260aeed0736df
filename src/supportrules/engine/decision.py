"""What is decided for a ticket, in the form that is promised to everybody who reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Protocol

from supportrules.base import notebook
from supportrules.base.characters import plain
from supportrules.base.frozen import lazy

Json = dict[str, Any]


@dataclass(frozen=True)
class PolicyRef:
    """The policy that decided."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True)
class Refusal:
    """A rule that refuses a channel, and its words: why, and what to do instead, by language."""

    rule: str
    says: Mapping[str, str]

    def to_dict(self) -> Json:
        """As JSON data."""
        return {"rule": self.rule, "says": dict(self.says)}


@dataclass(frozen=True)
class Channel:
    """Whether a channel is open to the requester (None: undetermined), and at which hours.

    Args:
        says: where it is refused, each refusing rule that stands in some completion of the unknown facts.
    """

    eligible: bool | None
    hours: str | None
    says: tuple[Refusal, ...] = ()

    def to_dict(self) -> Json:
        """As JSON data."""
        return {
            "eligible": self.eligible,
            "hours": self.hours,
            "says": [refusal.to_dict() for refusal in self.says],
        }


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
        left: for each of these, how many values are left on average once it is known; not part of the JSON.
    """

    possible: tuple[Any, ...]
    missing: tuple[str, ...]
    left: tuple[float, ...] = ()

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


class Reasons(Protocol):
    """What works out why a decision is as it is."""

    def derivation(self) -> tuple[Derived, ...]:
        """Every rule that fired."""

    def why_not(self, answer: str) -> tuple[NotConcluded, ...]:
        """For each rule that would have given an answer, what did not hold."""

    def kept(self) -> Reasons:
        """The same without the policy."""


@dataclass(frozen=True)
class Unmet:
    """A condition that does not hold, or that is open.

    Args:
        name: the fact or conclusion that it reads.
        wanted: what it asks for, in the form of a policy: a value, several, or ``{"at_least": …}`` and such.
        known: whether there is a value to look at; otherwise it is open whether the condition holds.
        value: the value that there was; None for none.
        default: whether the value is the fact's default.
        concluded_by: the rules that concluded the value, where it is a conclusion.
    """

    name: str
    wanted: Any
    known: bool
    value: Any
    default: bool
    concluded_by: tuple[str, ...]

    def to_dict(self) -> Json:
        """As JSON data."""
        return {
            "name": self.name,
            "wanted": _thawed(self.wanted),
            "known": self.known,
            "value": _thawed(self.value),
            "default": self.default,
            "concluded_by": list(self.concluded_by),
        }


@dataclass(frozen=True)
class NotConcluded:
    """A rule that would have concluded an answer.

    Args:
        rule: its id.
        concludes: the answer, and
        value: the value that it would give, as JSON data.
        unmet: the first condition that does not hold (of alternatives, the first of each); empty where the
            rule fired.
        overridden_by: the rule that took it out, where it fired and does not stand.
        location: the place in the YAML, ``file:line``.
    """

    rule: str
    concludes: str
    value: Any
    unmet: tuple[Unmet, ...]
    overridden_by: str | None
    basis: str
    source: tuple[str, ...]
    location: str

    @property
    def stands(self) -> bool:
        """Whether the rule did conclude it."""
        return not self.unmet and self.overridden_by is None

    def to_dict(self) -> Json:
        """As JSON data."""
        return {
            "rule": self.rule,
            "concludes": self.concludes,
            "value": _thawed(self.value),
            "stands": self.stands,
            "unmet": [unmet.to_dict() for unmet in self.unmet],
            "overridden_by": self.overridden_by,
            "basis": self.basis,
            "source": list(self.source),
            "location": self.location,
        }


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
    _reasons: Reasons = field(compare=False, repr=False)

    @lazy
    def derivation(self) -> tuple[Derived, ...]:
        """Every rule that fired, stood or was overridden; worked out when asked for."""
        return self._reasons.derivation()

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts to find out for all that is open, the most telling of each answer first."""
        return each_once(answer.missing for answer in self.undetermined.values())

    def why_not(self, answer: str) -> tuple[NotConcluded, ...]:
        """For each rule that would have given an answer, the first condition that did not hold.

        Args:
            answer: a level, a channel, a response target, a category, a note, ``reopen``, or a conclusion of
                the policy; with what it answers before it (``severity.A``, ``channels.phone``) where the name
                alone could mean two.

        Raises:
            AnswerError: the policy has no such answer, or this is a copy from another process.
        """
        return self._reasons.why_not(answer)

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

    def __repr__(self) -> str:
        named = "" if self.ticket is None else f" {plain(self.ticket)}"
        return f"<Decision{named}: severity {self._severity()}, response {self._response()}>"

    def _repr_html_(self) -> str:
        """The answers as a table, for notebooks."""
        title = (
            f"{'ticket' if self.ticket is None else self.ticket}, by {self.policy.name} {self.policy.version}"
        )
        refused = [name for name, channel in self.channels.items() if channel.eligible is False]
        rows = [
            ("severity", self._severity()),
            ("category", self._open("category") or self.category),
            ("response", self._response()),
            *((f"channel {name}", self._channel(name)) for name in self.channels if name not in refused),
            ("refused", ", ".join(refused)),
            ("reopen", self._open("reopen") or (self.reopen and f"until {utc_text(self.reopen.until)}")),
            ("to find out", ", ".join(self.missing)),
            ("notes", ", ".join(note.code for note in self.notes)),
        ]
        return notebook.table(title, rows)

    def _open(self, answer: str) -> str | None:
        """The values that an answer can still have; None where it is settled."""
        found = self.undetermined.get(answer)
        if found is None:
            return None
        values = ["none" if value is None else _brief(value) for value in found.possible]
        return "open: " + (" or ".join(values) if len(values) <= 4 else f"{len(values)} values are possible")

    def _severity(self) -> str:
        return self._open("severity") or self.severity or "none"

    def _response(self) -> str:
        response = self.response
        if response is None:
            return self._open("response") or "none"
        if not response.committed:
            return f"without a target {response.clock}"
        if response.due_at is None or response.due_at_local is None:
            return f"{response.target} {response.clock}, due time open"
        return f"{response.target} {response.clock}, due {local_text(response.due_at_local)}"

    def _channel(self, name: str) -> str:
        hours = self.channels[name].hours
        return self._open(f"channels.{name}") or hours or "open at all hours"

    def __getstate__(self) -> Json:
        # The reasons hold the policy's tables; a copy that travels takes the results along.
        return {f.name: getattr(self, f.name) for f in fields(self)} | {"_reasons": self._reasons.kept()}

    def __setstate__(self, state: Json) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)


def each_once(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """What is missing for several answers: what some of them share is told where the first tells it."""
    return tuple(dict.fromkeys(name for names in lists for name in names))


def _brief(value: Any) -> str:
    """A value of `Undetermined.possible` in few words."""
    if not isinstance(value, Mapping):
        return str(value)
    if value.get("eligible") is False:
        return "refused"
    if "target" in value:
        return f"{value['target'] or 'without a target'} {value['clock']}"
    return str(value.get("hours") or value.get("until") or "open")


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
