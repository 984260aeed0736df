"""The table of one stage: its outcome for each combination of class numbers that was asked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from supportrules.base.frozen import lazy
from supportrules.base.locks import fork_safe_lock
from supportrules.engine.answers import Access
from supportrules.engine.chaining import Chainer, Firings
from supportrules.engine.rules import Rule, Stage
from supportrules.errors import PolicyFault, RuleConflict, RuleGap
from supportrules.policy.vocabulary import UNKNOWN

Values = Mapping[str, Any]

# Of how many combinations the outcome is kept.
MOST_OUTCOMES = 20_000

# One for all tables: what was asked before is not inferred again.
_lock = fork_safe_lock()


@dataclass(frozen=True)
class Firing:
    """A rule that fired, the value that it concluded, and the rules that took it out."""

    rule: Rule
    value: Any
    overridden_by: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a stage comes to for one combination.

    Args:
        value: the conclusion; None for none.
        strength: how weak the basis of the rules that stand is: 0 stated, 1 inferred, 2 assumed.
        reads: what the rules that stand read.
        firings: every rule that fired, by id.
        fault: why there is no value, if there is none.
    """

    value: Any
    strength: int
    reads: tuple[str, ...]
    firings: tuple[Firing, ...]
    fault: PolicyFault | None = None

    @lazy
    def standing(self) -> tuple[Firing, ...]:
        """The rules that decided."""
        return tuple(firing for firing in self.firings if not firing.overridden_by)


class Table:
    """The outcomes of one stage, filled as they are asked for; safe in threads.

    Args:
        stage: the stage.
        chainer: gives what infers.
    """

    def __init__(self, stage: Stage, chainer: Callable[[], Chainer]) -> None:
        self.stage, self._chainer = stage, chainer
        self._outcomes: dict[tuple[int, ...], Outcome] = {}
        self._name: Hashable | None = None

    def look_up(self, values: Values) -> Outcome:
        """The outcome for known inputs."""
        return self.ask(self.key(values))

    def key(self, values: Values) -> tuple[int, ...]:
        """The class numbers of known inputs."""
        pairs = zip(self.stage.classes, self.stage.inputs, strict=True)
        return tuple([classes[values[name]] for classes, name in pairs])

    def ask(self, key: tuple[int, ...]) -> Outcome:
        """The outcome for a combination of class numbers, inferred if it was not asked before."""
        outcome = self._outcomes.get(key)
        if outcome is None:
            with _lock:
                outcome = self._outcomes.get(key)
                if outcome is None:
                    if len(self._outcomes) >= MOST_OUTCOMES:
                        self._outcomes.clear()
                    outcome = self._outcomes[key] = self._infer(key)
        return outcome

    def _infer(self, key: tuple[int, ...]) -> Outcome:
        if self._name is None:
            self._name = self._chainer().learn(self.stage.ruleset)
        return self._outcome(key, self._chainer().infer(self._name, key))

    def _outcome(self, key: tuple[int, ...], fired: Firings) -> Outcome:
        stage = self.stage
        named = zip(stage.inputs, stage.firsts, key, strict=True)
        inputs = {name: values[code] for name, values, code in named}
        firings = tuple(
            Firing(
                stage.rules[n],
                stage.rules[n].conclude(inputs),
                # Those that stand come first: they are the ones to name.
                tuple(stage.rules[b].id for b in sorted(by, key=lambda b: (bool(fired[b]), b))),
            )
            for n, by in fired.items()
        )
        standing = [firing for firing in firings if not firing.overridden_by]
        if not standing:
            fault = None if stage.may_be_empty else RuleGap(stage.name, inputs)
            return Outcome(None, 0, stage.inputs, firings, fault)
        values = tuple(dict.fromkeys(firing.value for firing in standing))
        reads = tuple(dict.fromkeys(name for firing in standing for name in firing.rule.reads))
        for firing in standing:
            if isinstance(firing.value, Access) and firing.value.lacks_hours:
                return Outcome(None, 0, reads, firings, RuleGap(str(firing.rule.copies), inputs))
        if len(values) > 1:
            pairs = [(value_text(f.value), f.rule.id, f.rule.origin.location) for f in standing]
            texts, ids, places = zip(*pairs, strict=True)
            return Outcome(None, 0, reads, firings, RuleConflict(stage.name, texts, ids, places))
        strength = max(firing.rule.strength for firing in standing)
        return Outcome(values[0], strength, reads, firings)


def fault_for(fault: PolicyFault, stage: Stage, values: Values) -> PolicyFault:
    """A fault of a stage as a ticket meets it: a table knows only values that stand for others."""
    if not isinstance(fault, RuleGap):
        return fault
    known = {name: values[name] for name in stage.inputs if values.get(name, UNKNOWN) is not UNKNOWN}
    return RuleGap(fault.conclusion, {name: _plain(value) for name, value in known.items()})


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | bool | int) else value_text(value)


def value_text(value: Any) -> str:
    """A value of a fact or a conclusion in a message."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case _:
            return str(value)
