"""Forward chaining in durable-rules, kept inside the limits in which it is right.

A question is one fact of short names and small numbers. Rules that match it assert a candidate each, and two
candidates of which one overrides the other match a rule in their turn. The C module is driven directly, in
the caller's thread: the package's own host starts threads that lose results. What is guarded against:

- every session has a rule that always matches: one in which no rule fired crashes when it is cleaned up;
- facts are retracted by id after each question: sessions that are left behind use up its 1,024 places;
- one lock for all, held across fork: it is not safe in two threads;
- a stage that could pass a limit (matches at once, values of one property) goes to the plain chainer.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import json
import os
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from supportrules.inference.chainer import PlainChainer
from supportrules.rules import CodedCondition, Ruleset

MAX_MATCHES = 60
MAX_VALUES = 500
MAX_INPUTS = 200
MAX_RULES = 250

_QUESTION, _CANDIDATE = 0, 1
_lock = threading.Lock()
_names = itertools.count()

# A child must not inherit a lock that a thread of its parent held.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


@functools.cache
def durable_missing() -> str | None:
    """Why durable-rules can't be used here, or None if it can."""
    if importlib.util.find_spec("durable_rules_engine") is None:
        return "durable-rules is not installed"
    try:
        importlib.import_module("durable_rules_engine")
    except ImportError as error:
        return f"durable-rules does not load on this Python: {error}"
    return None


def limits_passed(ruleset: Ruleset) -> Iterator[str]:
    """The limits of durable-rules that a ruleset passes, in words."""
    if len(ruleset.widths) > MAX_INPUTS:
        yield f"{len(ruleset.widths)} inputs, more than {MAX_INPUTS}"
    if max(ruleset.widths, default=0) > MAX_VALUES:
        yield f"{max(ruleset.widths)} values of one input, more than {MAX_VALUES}"
    if len(ruleset.conditions) > MAX_RULES:
        yield f"{len(ruleset.conditions)} rules, more than {MAX_RULES}"
    matches = _most_matches(ruleset)
    if matches > MAX_MATCHES:
        yield f"up to {matches} rules at once, more than {MAX_MATCHES}"


def _most_matches(ruleset: Ruleset) -> int:
    """A bound on how many rules can fire at once: the fewest that the values of one input allow."""
    bound = len(ruleset.conditions)
    for position, width in enumerate(ruleset.widths):
        passing = [dict(condition.tests).get(position) for condition in ruleset.conditions]
        counts = [sum(codes is None or value in codes for codes in passing) for value in range(width)]
        bound = min(bound, max(counts, default=bound))
    return bound


class DurableChainer:
    """Asks durable-rules; one session for each ruleset."""

    def __init__(self) -> None:
        missing = durable_missing()
        if missing:
            raise RuntimeError(missing)
        self._engine: Any = importlib.import_module("durable_rules_engine")
        self._plain = PlainChainer()
        # For each ruleset its handle, and the rules that override or can be overridden.
        self._sessions: dict[str, tuple[Any, frozenset[int]]] = {}

    def learn(self, ruleset: Ruleset) -> str | int:
        """Takes a ruleset; gives the name to ask it by."""
        if any(limits_passed(ruleset)):
            return self._plain.learn(ruleset)
        with _lock:
            name = f"s{next(_names)}"
            handle = self._engine.create_ruleset(name, json.dumps(_definition(ruleset)))
        involved = [(winner, *losers) for winner, losers in enumerate(ruleset.overrides) if losers]
        self._sessions[name] = handle, frozenset(itertools.chain.from_iterable(involved))
        return name

    def infer(self, name: str | int, codes: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """The rules that fire, each with the rules that override it, in order."""
        if isinstance(name, int):
            return self._plain.infer(name, codes)
        with _lock:
            fired, overridden = self._ask(*self._sessions[name], codes)
        return {rule: tuple(sorted(overridden.get(rule, ()))) for rule in sorted(fired)}

    def _ask(
        self, handle: Any, involved: frozenset[int], codes: Sequence[int]
    ) -> tuple[set[int], dict[int, set[int]]]:
        fired: set[int] = set()
        overridden: dict[int, set[int]] = {}
        question = {"sid": "0", "id": "q", "t": _QUESTION} | {f"a{i}": code for i, code in enumerate(codes)}
        asserted = ["q"]
        state = self._assert(handle, question)
        start = self._engine.start_action_for_state(handle, state)
        message = start[1] if start else None
        while message:
            ((action, match),) = json.loads(message).items()
            if action[0] == "r":
                rule = int(action[1:])
                # A rule matches once for each of its alternatives that hold, and a fact that no rule could
                # match is refused.
                if rule not in fired and rule in involved:
                    asserted.append(f"c{rule}")
                    self._assert(handle, {"sid": "0", "id": f"c{rule}", "t": _CANDIDATE, "i": rule})
                fired.add(rule)
            elif action[0] == "o":
                overridden.setdefault(match["loser"]["i"], set()).add(match["winner"]["i"])
            message = self._engine.complete_and_start_action(handle, state)
        for id in asserted:
            self._engine.retract_fact(handle, json.dumps({"sid": "0", "id": id}))
        return fired, overridden

    def _assert(self, handle: Any, fact: dict[str, Any]) -> Any:
        code, state = self._engine.assert_fact(handle, json.dumps(fact))
        if code != 0:
            raise RuntimeError(f"durable-rules did not take a fact: code {code}")
        return state


def _definition(ruleset: Ruleset) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    for number, condition in enumerate(ruleset.conditions):
        rules[f"r{number}"] = {"all": [{"m": _expression(condition, [{"t": _QUESTION}])}], "pri": 1}
    for winner, losers in enumerate(ruleset.overrides):
        if losers:
            first = _all([{"t": _CANDIDATE}, {"i": winner}])
            second = _all([{"t": _CANDIDATE}, _any([{"i": loser} for loser in losers])])
            rules[f"o{winner}"] = {"all": [{"winner": first}, {"loser": second}], "pri": 2}
    rules["end"] = {"all": [{"m": {"t": _QUESTION}}], "pri": 3}
    return rules


def _expression(condition: CodedCondition, first: list[dict[str, Any]]) -> dict[str, Any]:
    parts = list(first)
    for position, passing in condition.tests:
        # A test that nothing passes is a rule that can't fire: no class has the number -1.
        parts.append(_any([{f"a{position}": code} for code in sorted(passing) or [-1]]))
    if condition.alternatives:
        parts.append(_any([_expression(option, []) for option in condition.alternatives]))
    return _all(parts)


def _all(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return parts[0] if len(parts) == 1 else {"$and": parts}


def _any(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return parts[0] if len(parts) == 1 else {"$or": parts}
