"""What a policy's answers come to, as numbers that columns can be made of."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from supportrules.base.locks import fork_safe_lock
from supportrules.base.logs import logger
from supportrules.engine.answers import Answer, PromiseAnswer
from supportrules.engine.columns.codes import CodedAnswer, Numbered
from supportrules.engine.tables import Tables
from supportrules.policy.definition import BASES, REOPEN
from supportrules.policy.vocabulary import UNKNOWN
from supportrules.time.promises import Promise, Timing

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
        large = [stage for stage in self._tables.program.answers if self._tables.spread(stage) is None]
        if not large:
            return NumberedAnswers(self._tables)
        _log.info("too large to decide by columns: the diagrams of %s; tickets are decided one by one", large)
        return None


class NumberedAnswers:
    """What a policy's answers come to, in numbers of texts and of lists.

    Attributes:
        coded: the answers, by stage.
        bases: the numbers of bases, the strongest first.
    """

    def __init__(self, tables: Tables) -> None:
        self.program, self.definition = tables.program, tables.program.definition
        self._tables = tables
        self.texts = Numbered[str | None](None)
        self.lists = Numbered[tuple[str, ...]](())
        self.bases = [self.texts.number(basis) for basis in BASES]
        program = self.program
        # For each fact that counts, the place of a value on its axis; unknown is the last.
        self.places: Mapping[str, Mapping[Any, int]] = {
            fact: {value: number for number, group in enumerate(groups) for value in group}
            | {UNKNOWN: len(groups)}
            for fact, groups in program.axes.items()
        }
        promised = [each for each in program.answers.values() if isinstance(each, PromiseAnswer)]
        promises = (promise for each in promised for promise in program.domains[each.stage])
        self._promises: list[Promise | None] = list(dict.fromkeys(promises))
        self.coded = {stage: self._coded(answer) for stage, answer in program.answers.items()}
        self.longest_reopening = max(
            (rule.value.seconds for rule in program.stages[REOPEN].rules if rule.value is not None), default=0
        )
        self.concluded = Concluded(tables, self.places) if program.category else None

    def _coded(self, answer: Answer) -> CodedAnswer:
        spread = self._tables.spread(answer.stage)
        assert spread is not None
        return CodedAnswer(spread, lambda found: answer.numbers(found, self), answer.width)

    def text(self, text: str | None) -> int:
        """The number of a text; 0 is that of null."""
        return self.texts.number(text)

    def names(self, names: tuple[str, ...]) -> int:
        """The number of a list of facts; 0 is that of none."""
        return self.lists.number(names)

    def basis(self, strength: int) -> int:
        """The number of the text of a basis."""
        return self.bases[strength]

    def promise(self, promise: Promise) -> int:
        """The number of a promise."""
        return self._promises.index(promise)

    def timing(self, number: int) -> Timing:
        """The promise of a number as it is timed."""
        promise = self._promises[number]
        assert promise is not None
        return self.definition.timing(promise)


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
            value = tables.category(values)
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
