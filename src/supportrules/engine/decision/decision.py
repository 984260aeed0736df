"""What is decided for a ticket, in the form that is promised to everybody who reads it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, Protocol, TypedDict

from supportrules.base import notebook
from supportrules.base.characters import plain
from supportrules.base.frozen import FrozenDict, lazy, thawed
from supportrules.engine.decision.declaration import (
    BasisName,
    CategoryName,
    ChannelName,
    ClockName,
    Digest,
    FactName,
    Form,
    FormatNumber,
    LevelName,
    LocalInstant,
    NoteCode,
    PolicyName,
    PolicyVersion,
    PossibleValue,
    PromiseName,
    TargetText,
    UtcInstant,
    declared,
)
from supportrules.policy.format import RESPONSE, channel_answer, promise_answer
from supportrules.time.instants import local_text, utc_text

Json = dict[str, Any]


@functools.cache
def _writer(type: type, whole: bool = True) -> Callable[[Any], Json]:
    # Imported when the first decision is written.
    from supportrules.engine.decision.json_data import writer

    return writer(type, whole=whole)


class Written:
    """What has a JSON form: that of its declared fields."""

    def to_dict(self) -> Json:
        """As JSON data."""
        kind: type = type(self)
        return _writer(kind)(self)


@dataclass(frozen=True)
class PolicyRef(Written):
    """The policy that decided."""

    name: PolicyName = field(metadata=declared(column="none"))
    version: PolicyVersion
    digest: Digest


@dataclass(frozen=True)
class Refusal(Written):
    """A rule that refuses a channel, and its words: why, and what to do instead, by language."""

    rule: str
    says: Mapping[str, str]


@dataclass(frozen=True)
class Channel(Written):
    """Whether a channel is open to the requester (None: undetermined), and at which hours.

    Args:
        says: where it is refused, each refusing rule that stands in some completion of the unknown facts.
    """

    eligible: bool | None
    hours: ClockName | None
    says: tuple[Refusal, ...] = field(default=(), metadata=declared(column="none", logged="later"))


@dataclass(frozen=True)
class Window(Written):
    """Hours of service: open from the first instant up to, not including, the second.

    Args:
        opens_at, closes_at: in UTC.
        opens_at_local, closes_at_local: the same in the ticket's time zone; for people, not part of the JSON.
    """

    opens_at: UtcInstant
    closes_at: UtcInstant
    opens_at_local: LocalInstant = field(metadata=declared(is_json=False))
    closes_at_local: LocalInstant = field(metadata=declared(is_json=False))


KNOWN: Mapping[str, int] = FrozenDict()
"""`PromiseDecision.beyond_data` where all days are known."""


@dataclass(frozen=True)
class PromiseDecision(Written):
    """What is promised, and what it means for this ticket.

    Args:
        committed: whether a time is promised.
        target: as a policy writes it, such as ``PT8H`` or ``next_business_day``, or None.
        clock: the hours in which it runs.
        due_at: the deadline in UTC; None where there is none, or where it is undetermined.
        due_at_local: the same in the ticket's time zone; if that is not known, at the offset that all
            possible zones share, or else at that of the opening.
        window: where no time is promised, the service window that is open or opens next.
        beyond_data: the data that ends before the deadline or the end of the window, with its last years:
            files that list days, and countries that decree them year by year. Empty where all are known.
    """

    committed: bool
    target: TargetText | None
    clock: ClockName
    due_at: UtcInstant | None = None
    due_at_local: LocalInstant | None = field(default=None, metadata=declared(column="texts"))
    window: Window | None = None
    beyond_data: Mapping[str, int] = field(
        default=KNOWN,
        metadata=declared(is_optional=True, lists={"beyond_data": lambda promise: list(promise.beyond_data)}),
    )


class Region(TypedDict):
    """Every pair of a subdivision and a zone in these; None for all in which the ticket can be."""

    subdivisions: tuple[str, ...] | None
    timezones: tuple[str, ...] | None


class TimeThere(TypedDict, total=False):
    """A possible deadline or service window in `Undetermined.possible`, with its places."""

    due_at: str
    window: Mapping[str, str]
    places: tuple[Region, ...]
    beyond_data: Mapping[str, int]


@dataclass(frozen=True)
class Reopening(Written):
    """Until when (UTC) a closed request can be reopened."""

    until: UtcInstant


@dataclass(frozen=True)
class Undetermined(Written):
    """An answer that is open: the values that it can still have, and the facts that it depends on.

    Args:
        possible: values as in the JSON form of the answer; if only the time of a promise differs between the
            possible places of the ticket, each time as a `TimeThere`, the soonest first.
        missing: names of facts, the one that decides most first.
        left: for each of these, how many values are left on average once it is known; not part of the JSON.
    """

    possible: tuple[PossibleValue, ...]
    missing: tuple[FactName, ...]
    left: tuple[float, ...] = field(default=(), metadata=declared(is_json=False))


@dataclass(frozen=True)
class Note(Written):
    """A remark of the policy on this ticket, in its languages."""

    code: NoteCode
    text: Mapping[str, str]


class KeptDate(TypedDict):
    """A day on which a clock stood still, or had other hours than on its weekday."""

    date: str
    kind: str
    name: str


class DeadlineDetails(TypedDict, total=False):
    """What there is to say of a deadline beside its value."""

    calendar: str
    cut_off: str
    counted_from: str
    closed_days: tuple[KeptDate, ...]
    changed_days: tuple[KeptDate, ...]


@dataclass(frozen=True)
class Derived(Written):
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
        more: details of a deadline: its calendar, the cut-off, when the request counts as opened, closed days
            and days with other hours.
    """

    rule: str | None
    concludes: str
    value: Any
    inputs: Mapping[str, Any] = field(metadata=declared(key="from"))
    basis: BasisName
    source: tuple[str, ...]
    location: str | None
    overridden_by: str | None = None
    agreed_by: tuple[str, ...] = field(default=(), metadata=declared(is_optional=True))
    says: Mapping[str, str] = field(
        default_factory=dict, metadata=declared(is_optional=True, logged="anyhow")
    )
    more: Mapping[str, Any] = field(
        default_factory=dict, metadata=declared(merged=DeadlineDetails, logged="anyhow")
    )


class Reasons(Protocol):
    """What works out why a decision is as it is."""

    def derivation(self) -> tuple[Derived, ...]:
        """Every rule that fired."""

    def why_not(self, answer: str) -> tuple[NotConcluded, ...]:
        """For each rule that would have given an answer, what did not hold."""

    def kept(self) -> Reasons:
        """The same without the policy."""


@dataclass(frozen=True)
class Unmet(Written):
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
            "value": thawed(self.value),
            "stands": self.stands,
            "unmet": [unmet.to_dict() for unmet in self.unmet],
            "overridden_by": self.overridden_by,
            "basis": self.basis,
            "source": list(self.source),
            "location": self.location,
        }


# What can be undetermined, and what rests on a basis.
AnswerName = Annotated[
    str,
    Form(
        names=lambda policy: (
            *("category", "severity", "reopen"),
            *(channel_answer(channel) for channel in policy.channels),
            *(table.answer for table in policy.promises.values()),
        )
    ),
]
FoundedName = Annotated[
    str,
    Form(fixed=("severity", "channels", "promises", "reopen"), is_every=True, optional=("reopen",)),
]


@dataclass(frozen=True)
class Decision(Written):
    """The answers for one ticket; immutable.

    Args:
        format: of the JSON data.
        ticket: the ticket's id, if it has one.
        category, severity: None where there is none and where it is undetermined.
        channels: by name.
        promises: by name; None where nothing is promised and where that is undetermined.
        undetermined: the answers that are open, by ``severity``, ``channels.<name>`` and so on.
        basis: for each answer the weakest basis that it rests on, None where it is undetermined.
    """

    format: FormatNumber = field(metadata=declared(column="none"))
    ticket: str | None
    policy: PolicyRef = field(metadata=declared(column="texts"))
    category: CategoryName | None
    severity: LevelName | None
    channels: Mapping[ChannelName, Channel]
    promises: Mapping[PromiseName, PromiseDecision | None]
    reopen: Reopening | None
    undetermined: Mapping[AnswerName, Undetermined] = field(
        metadata=declared(
            lists={
                "undetermined": lambda decision: decision.undetermined,
                "missing": lambda decision: decision.missing,
            }
        )
    )
    notes: tuple[Note, ...] = field(
        metadata=declared(lists={"notes": lambda decision: [note.code for note in decision.notes]})
    )
    basis: Mapping[FoundedName, BasisName | None]
    _reasons: Reasons = field(compare=False, repr=False, metadata=declared(is_json=False))

    @lazy
    def derivation(self) -> tuple[Derived, ...]:
        """Every rule that fired, stood or was overridden; worked out when asked for."""
        return self._reasons.derivation()

    @property
    def response(self) -> PromiseDecision | None:
        """What is promised about the first answer."""
        return self.promises[RESPONSE]

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts to find out for all that is open, the most telling of each answer first."""
        return each_once(answer.missing for answer in self.undetermined.values())

    def why_not(self, answer: str) -> tuple[NotConcluded, ...]:
        """For each rule that would have given an answer, the first condition that did not hold.

        Args:
            answer: a level, a channel, a target, a category, a note, ``reopen``, or a conclusion of
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
        return _writer(Decision, derivation)(self)

    def __repr__(self) -> str:
        named = "" if self.ticket is None else f" {plain(self.ticket)}"
        return f"<Decision{named}: severity {self._severity()}, {self._promises()}>"

    def _repr_html_(self) -> str:
        """The answers as a table, for notebooks."""
        title = (
            f"{'ticket' if self.ticket is None else self.ticket}, by {self.policy.name} {self.policy.version}"
        )
        refused = [name for name, channel in self.channels.items() if channel.eligible is False]
        rows = [
            ("severity", self._severity()),
            ("category", self._open("category") or self.category),
            *((name, self._promise(name)) for name in self.promises),
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

    def _promises(self) -> str:
        return ", ".join(f"{name} {self._promise(name)}" for name in self.promises)

    def _promise(self, name: str) -> str:
        promise = self.promises[name]
        if promise is None:
            return self._open(promise_answer(name)) or "none"
        if not promise.committed:
            return f"without a target {promise.clock}"
        if promise.due_at is None or promise.due_at_local is None:
            return f"{promise.target} {promise.clock}, due time open"
        return f"{promise.target} {promise.clock}, due {local_text(promise.due_at_local)}"

    def _channel(self, name: str) -> str:
        hours = self.channels[name].hours
        return self._open(channel_answer(name)) or hours or "open at all hours"

    def __getstate__(self) -> Json:
        # The reasons hold the policy's tables; a copy that travels takes the results along.
        return {f.name: getattr(self, f.name) for f in fields(self)} | {"_reasons": self._reasons.kept()}

    def __setstate__(self, state: Json) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)


def each_once(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """What is missing for several answers, each fact once, where it first appears."""
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
