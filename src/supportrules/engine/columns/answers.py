"""What a policy's answers come to, as numbers that columns can be made of."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from supportrules.base.locks import fork_safe_lock
from supportrules.base.logs import logger
from supportrules.engine.answers import channel_of, open_response, time_needs
from supportrules.engine.columns.codes import Numbered, Told
from supportrules.engine.rules import Promise
from supportrules.engine.tables import Settlement, Tables
from supportrules.policy.definition import BASES, REOPEN, RESPONSE, SEVERITY
from supportrules.policy.vocabulary import UNKNOWN

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]


_log = logger(__name__)

# One for all books: what waits for it would take turns at the processor anyway.
_lock = fork_safe_lock()


class ColumnBook:
    """The answers of a policy for columns of tickets, worked out once; safe in threads."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._answers: list[NumberedAnswers | None] = []

    def answers(self) -> NumberedAnswers | None:
        """The answers; None where the policy is too large for that."""
        if not self._answers:
            with _lock:
                if not self._answers:
                    self._answers.append(self._build())
        return self._answers[0]

    def _build(self) -> NumberedAnswers | None:
        large = [stage for stage in answer_stages(self._tables) if self._tables.spread(stage) is None]
        if not large:
            return NumberedAnswers(self._tables)
        _log.info("too many combinations to decide by columns, for %s: tickets are decided one by one", large)
        return None


def answer_stages(tables: Tables) -> tuple[str, ...]:
    """The stages whose values are answers."""
    program = tables.program
    category = [program.category] if program.category else []
    return (*category, SEVERITY, *program.channels, RESPONSE, REOPEN, *program.notes)


class NumberedAnswers:
    """What a policy's answers come to, in numbers of texts and of lists.

    Each answer tells first whether it is one at all (a ticket for which it is not is decided alone), and then
    the list of facts that it is open for, 0 where it is settled.
    """

    def __init__(self, tables: Tables) -> None:
        self.program, self.definition = tables.program, tables.program.definition
        self._tables = tables
        self.texts = Numbered[str | None](None)
        self.lists = Numbered[tuple[str, ...]](())
        self.basis = [self.texts.number(basis) for basis in BASES]
        program, roles = self.program, self.definition.roles
        # For each fact that counts, the place of a value on its axis; unknown is the last.
        self.places: Mapping[str, Mapping[Any, int]] = {
            fact: {value: number for number, group in enumerate(groups) for value in group}
            | {UNKNOWN: len(groups)}
            for fact, groups in program.axes.items()
        }
        self.promises: list[Promise | None] = list(program.domains[RESPONSE])
        # The facts that times need.
        self.timely = tuple(fact for fact in (roles.opening, roles.timezone, roles.country) if fact)
        self.category = self._told(program.category, self._text) if program.category else None
        self.severity = self._told(SEVERITY, self._text)
        self.channels = [self._told(stage, self._channel) for stage in program.channels]
        self.response = self._told(RESPONSE, self._responses, 8)
        self.reopen = self._told(REOPEN, self._reopen)
        self.notes = [self._told(stage, self._note) for stage in program.notes]
        self.longest_reopening = max(
            (rule.value.seconds for rule in program.stages[REOPEN].rules if rule.value is not None), default=0
        )
        self.concluded = Concluded(tables, self.places) if program.category else None

    def _told(
        self, stage: str, tell: Callable[[Settlement], Sequence[int]], width: int | None = None
    ) -> Told:
        spread = self._tables.spread(stage)
        assert spread is not None
        return Told(spread, tell, width)

    def _head(self, found: Settlement, missing: tuple[str, ...] | None = None) -> tuple[int, int]:
        """Whether there is an answer, and what is missing."""
        if found.settled:
            return True, 0
        missing = tuple(found.missing) if missing is None else missing
        return bool(found.values and missing), self.lists.number(missing)

    def _text(self, found: Settlement) -> tuple[int, ...]:
        """Of a severity or a category: its text and basis."""
        if not found.settled:
            return *self._head(found), 0, 0
        return *self._head(found), self.texts.number(found.values[0]), self.basis[found.strength]

    def _channel(self, found: Settlement) -> tuple[int, ...]:
        """Of a channel: whether it is open; the hours; 1 and more for its basis, 0 where it has none."""
        told = channel_of(found.values, found.faulty)
        return (
            *self._head(found),
            0 if told.eligible is None else flag(told.eligible),
            self.texts.number(told.hours),
            found.strength + 1 if found.settled else 0,
        )

    def _responses(self, found: Settlement) -> tuple[int, ...]:
        """Of a response, for each combination of `timely` facts that are given: see `_response`."""
        given = (
            {fact for fact, is_given in zip(self.timely, each, strict=True) if is_given}
            # The first of them counts least.
            for each in (bits[::-1] for bits in itertools.product((False, True), repeat=len(self.timely)))
        )
        return tuple(itertools.chain.from_iterable(self._response(found, each) for each in given))

    def _response(self, found: Settlement, given: set[str]) -> tuple[int, ...]:
        """Committed, target, clock, promise (-1 where it has no time), basis, whether there is one."""

        def unknown(promise: Promise) -> list[str]:
            needed = time_needs(self.definition, promise.clock, promise.target.committed)
            return [fact for fact in needed if fact not in given]

        if not found.settled:
            missing = open_response(found.values, found.missing, unknown).missing
            return *self._head(found, missing), 0, 0, 0, -1, 0, 0
        promise: Promise | None = found.values[0]
        basis = self.basis[found.strength]
        if promise is None:
            return True, 0, 0, 0, 0, -1, basis, 0
        committed, lacking = promise.target.committed, sorted(unknown(promise))
        has_time = bool(time_needs(self.definition, promise.clock, committed)) and not lacking
        return (
            True,
            self.lists.number(tuple(lacking)),
            flag(committed),
            self.texts.number(str(promise.target)) if committed else 0,
            self.texts.number(promise.clock),
            self.promises.index(promise) if has_time else -1,
            basis,
            1,
        )

    def _reopen(self, found: Settlement) -> tuple[int, ...]:
        """Of reopening: for how many seconds, -1 for never; the basis."""
        within = found.values[0] if found.settled else None
        if within is None:
            return *self._head(found), -1, 0
        return *self._head(found), within.seconds, self.basis[found.strength]

    def _note(self, found: Settlement) -> tuple[int, ...]:
        """Of a note: whether it is made. What is open about one is told nobody."""
        return bool(found.values), 0, bool(found.settled and found.values[0])


def flag(value: bool) -> int:
    """The number of true and of false; 0 is that of null."""
    return 1 if value else 2


class Concluded:
    """The category that other facts tell.

    Attributes:
        facts: these facts.
    """

    def __init__(self, tables: Tables, places: Mapping[str, Mapping[Any, int]]) -> None:
        import numpy as np

        program = tables.program
        name = str(program.category)
        self.facts = program.stages[name].inputs
        axes = [program.axes[fact] for fact in self.facts]
        self._shape = tuple(len(groups) + 1 for groups in axes)
        # -1 where nothing tells it.
        self._places = np.full(self._shape, -1, dtype=np.int32)
        for position in itertools.product(*(range(len(groups)) for groups in axes)):
            values = {fact: groups[n][0] for fact, groups, n in zip(self.facts, axes, position, strict=True)}
            value = tables.tables[name].look_up(values).value
            if value is not None:
                self._places[position] = places[name][value]

    def places(self, places: Mapping[str, Array], rows: int) -> Array:
        """The place of the category of each ticket; -1 where the other facts do not tell it."""
        import numpy as np

        keys = np.zeros(rows, dtype=np.int64)
        for axis, fact in enumerate(self.facts):
            keys += places[fact] * math.prod(self._shape[axis + 1 :])
        found: Array = self._places.ravel()[keys]
        return found
