"""Forward chaining in durable-rules, kept inside the limits in which it is right.

A question is one fact of short names and small numbers. Rules that match it assert a candidate each, and two
candidates of which one overrides the other match a rule in their turn. The C module is driven directly, in
the caller's thread: the package's own host starts threads that lose results. What is guarded against:

- every session has a rule that always matches: one in which no rule fired crashes when it is cleaned up;
- facts are retracted by id after each question: sessions that are left behind use up its 1,024 places;
- one lock for all, held across fork: it is not safe in two threads;
- alternatives become rules of their own: within each other the engine is not always right about them;
- a stage that could pass a limit (matches at once, values tested) or that the engine gives up on goes to the
  plain chainer.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from supportrules.base.locks import fork_safe_lock
from supportrules.base.logs import logger
from supportrules.engine.chaining.chainer import Firings, PlainChainer
from supportrules.engine.rules import CodedCondition, Ruleset

# What was seen to fail starts a little above each.
MAX_MATCHES = 60
MAX_VALUES = 400
MAX_INPUTS = 200
MAX_RULES = 250

_QUESTION, _CANDIDATE = 0, 1
_log = logger(__name__)
_lock = fork_safe_lock()
_names = itertools.count()


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


# One alternative of a condition: the numbers that pass, by input.
Flat = dict[int, frozenset[int]]


def limits_passed(ruleset: Ruleset) -> Iterator[str]:
    """The limits of durable-rules that a ruleset passes, in words."""
    if len(ruleset.widths) > MAX_INPUTS:
        yield f"{len(ruleset.widths)} inputs, more than {MAX_INPUTS}"
    flat: list[Flat] = []
    for condition in ruleset.conditions:
        alternatives = _flattened(condition)
        if alternatives is None or len(flat) + len(alternatives) > MAX_RULES:
            yield f"rules of more than {MAX_RULES} alternatives together"
            return
        flat += alternatives
    # Values are counted over all inputs: the engine keeps those that are tested at one node in one table.
    values = len({(position, code) for tests in flat for position, codes in tests.items() for code in codes})
    if values > MAX_VALUES:
        yield f"{values} values tested, more than {MAX_VALUES}"
    matches = _most_matches(ruleset.widths, flat)
    if matches > MAX_MATCHES:
        yield f"up to {matches} rules at once, more than {MAX_MATCHES}"
    pairs = _pairs(ruleset)
    partners = [len(losers) for losers in pairs]
    for losers in pairs:
        for loser in losers:
            partners[loser] += 1
    if max(partners, default=0) > MAX_MATCHES:
        yield f"{max(partners)} rules that override one or that one overrides, more than {MAX_MATCHES}"


def _pairs(ruleset: Ruleset) -> list[list[int]]:
    """For each rule all that it overrides: the engine knows of no ranks."""
    rules = range(len(ruleset.conditions))
    return [[loser for loser in rules if ruleset.takes_out(winner, loser)] for winner in rules]


def _most_matches(widths: Sequence[int], flat: Sequence[Flat]) -> int:
    """A bound on how many alternatives can hold at once: the fewest that the values of one input allow."""
    bound = len(flat)
    for position, width in enumerate(widths):
        passing = [tests.get(position) for tests in flat]
        counts = [sum(codes is None or value in codes for codes in passing) for value in range(width)]
        bound = min(bound, max(counts, default=bound))
    return bound


def _flattened(condition: CodedCondition) -> list[Flat] | None:
    """A condition as alternatives without alternatives of their own; None if these are too many.

    The engine is right about a row of tests, and not always about alternatives within each other.
    """
    own: Flat = {}
    for position, passing in condition.tests:
        own[position] = own.get(position, passing) & passing
    if not condition.alternatives:
        return [own]
    found: list[Flat] = []
    for option in condition.alternatives:
        inner = _flattened(option)
        if inner is None or len(found) + len(inner) > MAX_RULES:
            return None
        for tests in inner:
            both = own | {p: codes & own.get(p, codes) for p, codes in tests.items()}
            if all(both.values()) and both not in found:
                found.append(both)
    return found


@dataclass
class _Session:
    """A ruleset in the engine, and the rules of it that override or can be overridden."""

    handle: Any
    involved: frozenset[int]
    broken: bool = False


# The engine never gives back a ruleset's memory, so that an equal one is not made again.
_sessions: dict[Ruleset, _Session] = {}


class DurableChainer:
    """Asks durable-rules; one session for each distinct ruleset of the process."""

    def __init__(self) -> None:
        missing = durable_missing()
        if missing:
            raise RuntimeError(missing)
        self._engine: Any = importlib.import_module("durable_rules_engine")
        self._plain = PlainChainer()
        self._learned: dict[str, tuple[Ruleset, _Session]] = {}
        # Rulesets that the engine gave up on, with their names in the plain chainer.
        self._given_up: dict[str, Ruleset] = {}

    def learn(self, ruleset: Ruleset) -> str | Ruleset:
        """Takes a ruleset; gives the name to ask it by."""
        if passed := next(limits_passed(ruleset), None):
            _log.debug("too much for durable-rules: %s; the plain chainer applies these rules", passed)
            return self._plain.learn(ruleset)
        with _lock:
            name = f"s{next(_names)}"
            session = _sessions.get(ruleset)
            if session is None:
                try:
                    handle = self._engine.create_ruleset(name, json.dumps(_definition(ruleset)))
                except self._engine.error:
                    # A limit that is not known yet.
                    return self._plain.learn(ruleset)
                pairs = [(winner, *losers) for winner, losers in enumerate(_pairs(ruleset)) if losers]
                session = _Session(handle, frozenset(itertools.chain.from_iterable(pairs)))
                _sessions[ruleset] = session
        self._learned[name] = ruleset, session
        return name

    def infer(self, name: str | Ruleset, codes: Sequence[int]) -> Firings:
        """The rules that fire, each with the rules that override it, in order."""
        if isinstance(name, Ruleset):
            return self._plain.infer(name, codes)
        ruleset, session = self._learned[name]
        with _lock:
            if not session.broken:
                try:
                    fired, overridden = self._ask(session.handle, session.involved, codes)
                except (self._engine.error, RuntimeError):
                    # What it holds now is not known: it is not asked about this ruleset again.
                    session.broken = True
                    _log.warning("durable-rules gave up on a set of rules; the plain chainer applies them")
            if session.broken:
                if name not in self._given_up:
                    self._given_up[name] = self._plain.learn(ruleset)
                return self._plain.infer(self._given_up[name], codes)
        return {rule: tuple(sorted(overridden.get(rule, ()))) for rule in sorted(fired)}

    def _ask(
        self, handle: Any, involved: frozenset[int], codes: Sequence[int]
    ) -> tuple[set[int], dict[int, set[int]]]:
        fired: set[int] = set()
        overridden: dict[int, set[int]] = {}
        question = {"sid": "0", "id": "q", "t": _QUESTION} | {f"a{i}": code for i, code in enumerate(codes)}
        asserted = ["q"]
        state = self._assert(handle, json.dumps(question))
        start = self._engine.start_action_for_state(handle, state)
        message = start[1] if start else None
        while message:
            ((action, match),) = json.loads(message).items()
            if action[0] == "r":
                rule = int(action[1:].partition("_")[0])
                # A rule matches once for each of its alternatives that hold, and a fact that no rule could
                # match is refused.
                if rule not in fired and rule in involved:
                    asserted.append(f"c{rule}")
                    self._assert(handle, _candidate(rule))
                fired.add(rule)
            elif action[0] == "o":
                overridden.setdefault(match["loser"]["i"], set()).add(match["winner"]["i"])
            message = self._engine.complete_and_start_action(handle, state)
        for id in asserted:
            self._engine.retract_fact(handle, _named(id))
        return fired, overridden

    def _assert(self, handle: Any, fact: str) -> Any:
        code, state = self._engine.assert_fact(handle, fact)
        if code != 0:
            raise RuntimeError(f"durable-rules did not take a fact: code {code}")
        return state


@functools.cache
def _candidate(rule: int) -> str:
    return json.dumps({"sid": "0", "id": f"c{rule}", "t": _CANDIDATE, "i": rule})


@functools.cache
def _named(id: str) -> str:
    return json.dumps({"sid": "0", "id": id})


def _definition(ruleset: Ruleset) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    for number, condition in enumerate(ruleset.conditions):
        for alternative, tests in enumerate(_flattened(condition) or ()):
            match = _all([{"t": _QUESTION}, *_tests(tests)])
            rules[f"r{number}_{alternative}"] = {"all": [{"m": match}], "pri": 1}
    for winner, losers in enumerate(_pairs(ruleset)):
        if losers:
            first = _all([{"t": _CANDIDATE}, {"i": winner}])
            second = _all([{"t": _CANDIDATE}, _any([{"i": loser} for loser in losers])])
            rules[f"o{winner}"] = {"all": [{"winner": first}, {"loser": second}], "pri": 2}
    rules["end"] = {"all": [{"m": {"t": _QUESTION}}], "pri": 3}
    return rules


def _tests(tests: Flat) -> Iterator[dict[str, Any]]:
    for position, passing in sorted(tests.items()):
        # A test that nothing passes is a rule that can't fire: no class has the number -1.
        yield _any([{f"a{position}": code} for code in sorted(passing) or [-1]])


def _all(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return parts[0] if len(parts) == 1 else {"$and": parts}


def _any(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return parts[0] if len(parts) == 1 else {"$or": parts}
