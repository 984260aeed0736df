"""What the files of a policy may say: kinds of entries, their places, their ids, what they name.

Paths and ids are keys joined by dots, in which `{plan}` stands for the name of any plan; a path begins with
the file. What all entries can have, such as the clauses that they cite, is not repeated for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from supportrules.base.frozen import FrozenDict, lazy
from supportrules.time.clocks import ALWAYS


class Reference(NamedTuple):
    """What a key of an entry names.

    Args:
        kind: of the entries that it can name; or ``rules`` for ids of rules and the beginnings of such ids,
            ``condition`` for the names and values in a condition, ``value`` for values of the fact itself.
        before, after: words that it takes too, listed before and after the names.
        type: of the facts that it can name, where that matters.
        promises: whether it can name a promise too.
    """

    kind: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    type: str = ""
    promises: bool = False


class EntryKind:
    """A kind of entries of one file.

    A step of a path or an id can go on behind a name: `{promise}_targets` is the file of any promise.

    Attributes:
        name: what they are; ``order`` is a list whose order counts. Rules and notes stand in several files.
        path: the keys that lead to them.
        id: what `overrides`, derivations and `trace` call them.
        rules: the ids of the rules that an entry makes; empty if it makes none.
        refers: what their keys name: a text, the items of a list, or the keys of a mapping. No key is the
            entry itself, and ``*`` is any key.
        formerly: whether an entry can say which names it had before.
        about: what its name says of it, if it says something: then one of another name is not the same.
        steps: the keys of the path.
    """

    def __init__(
        self,
        name: str,
        path: str,
        id: str = "",
        *,
        rules: str | bool = False,
        refers: Mapping[str, Reference] | None = None,
        formerly: bool = True,
        about: str = "",
    ) -> None:
        self.name, self.path, self.id = name, path, id or path
        self.rules = rules if isinstance(rules, str) else self.id if rules else ""
        self.refers: Mapping[str, Reference] = FrozenDict(refers or {})
        self.steps = tuple(path.split("."))
        self.formerly = formerly and kind_of(self.steps[-1]) == name
        self.about = about
        self._id = _blank(self.id)
        self._rules = _blank(self.rules)

    @lazy
    def apart(self) -> frozenset[str]:
        """The keys of an entry under which other entries stand, and those that only say what it is called."""
        depth = len(self.steps)
        below = (kind.steps[depth] for kind in ENTRY_KINDS if kind.steps[:depth] == self.steps != kind.steps)
        return frozenset(["id", "formerly", *below])

    def names(self, path: Sequence[str | int]) -> tuple[str, ...]:
        """The names in the path of an entry."""
        steps = zip(self.steps, path, strict=True)
        return tuple(str(key).removesuffix(_rest(step)) for step, key in steps if kind_of(step))

    def id_of(self, *names: str) -> str:
        """What the entry is called in whose path these names stand."""
        return self._id.format(*names)

    def name_of(self, *names: str) -> str:
        """What the entry is called among those of its kind in all files."""
        if self.name in ("rule", "note"):
            return self.id_of(*names)
        return ".".join(names) or self.id.rpartition(".")[2]

    def rule_of(self, *names: str) -> str:
        """The id of the rule that such an entry makes."""
        return self._rules.format(*names)


def kind_of(step: str) -> str:
    """The kind of which a step of a path is any name; empty if it is a key."""
    return step[1 : step.index("}")] if step.startswith("{") else ""


def _rest(step: str) -> str:
    """What follows the name in a step."""
    return step.partition("}")[2]


def _blank(template: str) -> str:
    return ".".join("{}" + _rest(step) if kind_of(step) else step for step in template.split("."))


RESPONSE: Final = "response"
"""The promise that every policy makes; the columns of all tables stand in its file."""

_TARGETS = "_targets"


def targets_file(promise: str) -> str:
    """The file with the table of a promise."""
    return f"{promise}{_TARGETS}"


def promise_in(file: str) -> str:
    """The promise whose table a file is; empty of another file."""
    return file.removesuffix(_TARGETS) if file.endswith(_TARGETS) else ""


_OVERRIDES = {"when": Reference("condition"), "overrides": Reference("rules")}


def _notes(file: str) -> EntryKind:
    return EntryKind("note", f"{file}.notes.{{note}}", rules=True, refers={"when": Reference("condition")})


ENTRY_KINDS: Final = (
    EntryKind("policy", "policy", refers={"roles.*": Reference("fact")}),
    EntryKind("order", "policy.languages"),
    EntryKind(
        "fact",
        "vocabulary.facts.{fact}",
        refers={
            "default": Reference("value"),
            "default.only_zone_of": Reference("fact", type="country"),
            "worsens": Reference("value"),
        },
    ),
    EntryKind("conclusion", "vocabulary.conclusions.{conclusion}"),
    EntryKind("family", "plans.families.{family}"),
    EntryKind(
        "plan",
        "plans.plans.{plan}",
        "plans.{plan}",
        rules="plans.{plan}.{conclusion}",
        refers={
            "family": Reference("family"),
            "column": Reference("column"),
            "entitlements": Reference("conclusion"),
        },
    ),
    EntryKind(
        "rule", "plans.rules.{rule}", rules=True, refers={**_OVERRIDES, "then": Reference("conclusion")}
    ),
    _notes("plans"),
    EntryKind("issue_type", "issue_types.issue_types.{issue_type}", "issue_types.{issue_type}", rules=True),
    EntryKind("order", "severity.levels"),
    EntryKind("level", "severity.levels.{level}", refers={"id": Reference("level")}),
    EntryKind("order", "severity.precedence"),
    EntryKind(
        "rule",
        "severity.rules.{group}.{rule}",
        "severity.{group}.{rule}",
        rules=True,
        refers={
            **_OVERRIDES,
            "level": Reference("level", after=("none",)),
            "level_from": Reference("fact", type="level"),
        },
    ),
    _notes("severity"),
    EntryKind(
        "column",
        "response_targets.columns.{column}",
        rules=True,
        refers={**_OVERRIDES, "better_than": Reference("column")},
    ),
    EntryKind(
        "promise",
        "{promise}_targets.promise",
        rules=True,
        refers={
            "starts": Reference("fact", type="instant"),
            "levels": Reference("level"),
            "columns": Reference("column"),
        },
        formerly=False,
    ),
    EntryKind(
        "cell",
        "{promise}_targets.targets.{level}.{column}",
        "{promise}_targets.{level}.{column}",
        rules=True,
        refers={"clock": Reference("hours", before=(ALWAYS,))},
    ),
    EntryKind("without_severity", "{promise}_targets.without_severity", rules=True),
    _notes("{promise}_targets"),
    EntryKind("order", "channels.order", "channels", refers={"": Reference("channel")}),
    EntryKind("channel", "channels.channels.{channel}", "channels.{channel}"),
    EntryKind(
        "rule",
        "channels.channels.{channel}.rules.{rule}",
        "channels.{channel}.{rule}",
        rules=True,
        refers={**_OVERRIDES, "hours": Reference("hours", before=(ALWAYS,), promises=True)},
    ),
    EntryKind("rule", "channels.reopening.{rule}", rules=True, refers=_OVERRIDES),
    _notes("channels"),
    EntryKind("hours", "calendars.hours.{hours}", rules=True),
    EntryKind(
        "rule",
        "calendars.hours.{hours}.exceptions.{rule}",
        "calendars.hours.{hours}.{rule}",
        rules=True,
        refers={**_OVERRIDES, "clock": Reference("hours", before=(ALWAYS,))},
    ),
    EntryKind("date", "calendars.dates.{date}", refers={"hours": Reference("hours")}, about="day"),
    EntryKind("calendar_file", "calendars.files.{calendar_file}", refers={"hours": Reference("hours")}),
    EntryKind("coverage", "calendars.coverage", rules=True),
    EntryKind(
        "exception",
        "calendars.coverage.exceptions.{exception}",
        "calendars.coverage.{exception}",
        rules=True,
        refers={"clock": Reference("hours")},
    ),
    EntryKind("section", "clauses.sections.{section}", formerly=False),
    EntryKind("clause", "clauses.clauses.{clause}", refers={"section": Reference("section")}, formerly=False),
)
"""All kinds of entries, in the order in which a reader wants them."""

KINDS: Final = tuple(dict.fromkeys(kind.name for kind in ENTRY_KINDS))
"""Their names."""

CITING: Final = (
    *(kind.steps for kind in ENTRY_KINDS if kind.name not in ("policy", "order", "section")),
    ("calendars", "hours", "{hours}", "holidays"),
)
"""The paths of all that has a source and a basis: entries, and which holidays hours keep."""

ENTRY_DEFAULTS: Final = "entry_defaults"
"""The key of the source and the basis of all entries below that give none of their own."""

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The keys of a week."""

CONCLUDED: Final[Mapping[str, str]] = FrozenDict(
    {"family": "family", "column": "column", "severity": "level"}
)
"""Conclusions of every policy whose values are entries, and the kinds of these."""

_CHANNEL, _CLOCK, _PROMISE, _TARGET = "channels.", "clocks.", "promises.", "targets."


def channel_answer(channel: str) -> str:
    """What rules conclude about a channel, and what decisions call that answer."""
    return f"{_CHANNEL}{channel}"


def answered_channel(answer: str) -> str | None:
    """The channel that an answer is about; None of another answer."""
    return answer.removeprefix(_CHANNEL) if answer.startswith(_CHANNEL) else None


def promise_answer(promise: str) -> str:
    """What decisions call the answer about a promise."""
    return f"{_PROMISE}{promise}"


def answered_promise(answer: str) -> str:
    """The promise that an answer is about; empty of another answer."""
    return answer.removeprefix(_PROMISE) if answer.startswith(_PROMISE) else ""


def promise_target(promise: str) -> str:
    """What the cells of a promise's table conclude."""
    return f"{_TARGET}{promise}"


def targeted_promise(conclusion: str) -> str:
    """The promise whose target a conclusion is; empty of another conclusion."""
    return conclusion.removeprefix(_TARGET) if conclusion.startswith(_TARGET) else ""


def running_clock(hours: str) -> str:
    """What exceptions to some hours conclude: the clock that runs where they are named."""
    return f"{_CLOCK}{hours}"


def named_hours(conclusion: str) -> str | None:
    """The hours whose clock a conclusion is about; None of another conclusion."""
    return conclusion.removeprefix(_CLOCK) if conclusion.startswith(_CLOCK) else None


FILES_OF_VALUES: Final[Mapping[str, str]] = FrozenDict({"plans": "plan", "issue_types": "issue_type"})
"""Files whose entries can be the values of a fact, and the kinds of these."""

ORDERED: Final = frozenset(["worsens", "order"])
"""Keys of lists whose order counts."""

WHOLE: Final = frozenset(["when", "then", "default"])
"""Keys of what says one thing, though it has keys itself."""

_BY_NAME = {kind.name: kind for kind in reversed(ENTRY_KINDS)}
# The first keys and the length tell the paths of two kinds apart.
_BY_PLACE: Mapping[tuple[str | int, ...], EntryKind] = {
    (*kind.steps[:2], len(kind.steps)): kind for kind in ENTRY_KINDS
}


def entry_kind(name: str) -> EntryKind:
    """The kind of a name; the first of those that share it."""
    return _BY_NAME[name]


def is_in(kind: EntryKind, file: str) -> bool:
    """Whether a file can have entries of a kind."""
    return is_step(kind.steps[0], file)


def kinds_in(file: str) -> Sequence[EntryKind]:
    """The kinds of entries of a file."""
    return [kind for kind in ENTRY_KINDS if is_in(kind, file)]


def kind_at(path: Sequence[str | int]) -> EntryKind:
    """The kind of the entry at a path, which begins with the file."""
    file, *place = path[0], path[1], len(path)
    found = _BY_PLACE.get((file, *place))
    return found or _BY_PLACE[targets_file("{promise}"), *place]


def is_step(step: str, key: str | int) -> bool:
    """Whether a key is what a step of a path stands for."""
    return str(key).endswith(_rest(step)) if kind_of(step) else step == key


def _fits(steps: Sequence[str], keys: Sequence[str | int]) -> bool:
    """Whether some keys are steps, or the first of them."""
    return len(keys) <= len(steps) and all(is_step(step, key) for step, key in zip(steps, keys, strict=False))


_RULES = tuple(tuple(kind.rules.split(".")) for kind in ENTRY_KINDS if kind.rules)


@lru_cache(4096)
def kinds_in_rule(id: str) -> tuple[str, ...]:
    """The kinds of what the parts of a rule's id name, or of the beginning of one; empty for a key."""
    parts = id.split(".")
    fitting = [steps for steps in _RULES if _fits(steps, parts)]
    # A key is no name: `plans.rules` are no rules of a plan.
    steps = max(
        fitting,
        key=lambda steps: [step == part for step, part in zip(steps, parts, strict=False)],
        default=(),
    )
    return tuple(map(kind_of, steps[: len(parts)])) if steps else ("",) * len(parts)


def references_to(id: str) -> Iterator[str]:
    """The references that mean the rule of that id: the id, and each beginning of it."""
    end = len(id)
    while end > 0:
        yield id[:end]
        end = id.rfind(".", 0, end)


def covers(reference: str, id: str) -> bool:
    """Whether a reference means the rule of that id: it is the id, or the beginning of it."""
    return id == reference or id.startswith(f"{reference}.")
