"""One record batch of tickets being decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from supportrules.engine.answers import (
    Answer,
    ChannelAnswer,
    NoteAnswer,
    PromiseAnswer,
    ReopeningAnswer,
    by_telling,
)
from supportrules.engine.columns.arrow import arrow
from supportrules.engine.columns.combinations import Combinations
from supportrules.engine.columns.facts import EARLIEST, LATEST, FactColumn
from supportrules.engine.columns.numbered_answers import NumberedAnswers
from supportrules.engine.decision import each_once
from supportrules.engine.possible_times import missing_for
from supportrules.policy.vocabulary import UNKNOWN
from supportrules.time.agreement import OPEN
from supportrules.time.promises import TimedRows, Timing

if TYPE_CHECKING:
    import numpy

    from supportrules.time.clocks import DataEnd

    Array = numpy.ndarray[Any, numpy.dtype[Any]]


class ColumnDecisions:
    """The tickets of a record batch.

    Args:
        answers: of the policy.
        known: their facts.
        count: how many there are.
        alone: those that are to be decided alone; others are added.
    """

    def __init__(
        self, answers: NumberedAnswers, known: Mapping[str, FactColumn], count: int, alone: Array
    ) -> None:
        self._answers, self._known, self._count, self.alone = answers, known, count, alone
        self._roles = answers.definition.roles
        roles = self._roles.timezone, self._roles.country, self._roles.subdivision
        timezone, country, subdivision = (known[fact] if fact else None for fact in roles)
        self._local = timezone, country, subdivision
        self._places = {fact: self._place(fact) for fact in answers.places}
        # By answer, the list of facts that it is open for.
        self._open: dict[str, Array] = {}

    def decisions(self, schema: Any, ids: Any) -> Any:
        """The decisions, but for the tickets that are to be decided alone.

        Args:
            schema: of the columns.
            ids: the first of the columns.
        """
        self._settle_category()
        columns = {"ticket": ids, "error": arrow().nulls(self._count, arrow().string())}
        basis = {}
        for kind, answers in self._answers.program.kinds.items():
            if kind.part in schema.names:
                type = schema.field(kind.part).type
                columns[kind.part], founded = self._part(kind, answers, type)
                if founded is not None:
                    basis[kind.part] = self._texts(founded)
        columns["basis"] = _struct(schema.field("basis").type, basis)
        columns["undetermined"], columns["missing"] = self._undetermined()
        return arrow().RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)

    # What is known

    def _place(self, fact: str) -> Array:
        """The place of each ticket on the axis of a fact."""
        program, places, column = self._answers.program, self._answers.places[fact], self._known[fact]
        return column.pick(lambda value: places[value if value is UNKNOWN else program.reduce(fact, value)])

    def _settle_category(self) -> None:
        """The category is the one that other facts tell, else the one given; they must not contradict."""
        import numpy as np

        name, concluded = self._roles.category, self._answers.concluded
        if name is None or concluded is None:
            return
        given, told = self._places[name], concluded.places(self._places, self._count)
        unknown = self._answers.places[name][UNKNOWN]
        self.alone |= (told >= 0) & (given != unknown) & (given != told)
        self._places[name] = np.where(told >= 0, told, given)

    # Answers

    def _part(self, kind: type[Answer], answers: Sequence[Answer], type: Any) -> tuple[Any, Array | None]:
        """A part of the decisions, and the numbers of its basis where it has one.

        Args:
            answers: those that it holds.
            type: of the column.
        """
        if issubclass(kind, NoteAnswer):
            return self._notes(answers), None
        if issubclass(kind, ChannelAnswer):
            return self._channels(answers, type)
        if issubclass(kind, PromiseAnswer):
            return self._promises(answers, type)
        (answer,) = answers
        if isinstance(answer, ReopeningAnswer):
            return self._reopening(answer, type)
        text, basis = self._coded(answer)
        return self._texts(text), basis if kind.is_founded else None

    def _coded(self, answer: Answer, variants: Array | None = None) -> list[Array]:
        coded = self._answers.coded[answer.stage]
        answered, missing, *others = coded.columns(self._places, self._count, variants)
        self.alone |= answered == 0
        self._open[answer.key] = missing
        return others

    def _channels(self, answers: Sequence[Answer], type: Any) -> tuple[Any, Array]:
        """The channels, and the weakest basis of those that are settled."""
        import numpy as np

        weakest, channels = np.zeros(self._count, dtype=np.int32), {}
        for field, answer in zip(type, answers, strict=True):
            eligible, hours, strength = self._coded(answer)
            weakest = np.maximum(weakest, strength)
            access = {"eligible": _flags(eligible), "hours": self._texts(hours)}
            channels[field.name] = _struct(field.type, access)
        return _struct(type, channels), np.array([0, *self._answers.bases])[weakest]

    def _promises(self, answers: Sequence[Answer], type: Any) -> tuple[Any, Array]:
        """The promises, and the weakest basis of those that are settled."""
        import numpy as np

        weakest, promises = np.zeros(self._count, dtype=np.int32), {}
        for field, answer in zip(type, answers, strict=True):
            assert isinstance(answer, PromiseAnswer)
            promises[field.name], basis = self._promise(answer, field.type)
            # The weaker of two has the greater number.
            weakest = np.maximum(weakest, basis)
        return _struct(type, promises), weakest

    def _promise(self, answer: PromiseAnswer, type: Any) -> tuple[Any, Array]:
        """What is promised and by when, and its basis."""
        import numpy as np

        given = np.zeros(self._count, dtype=np.int32)
        for bit, fact in enumerate(answer.timely):
            given |= self._known[fact].given.astype(np.int32) << bit
        committed, target, clock, promise, basis, is_one = self._coded(answer, given)
        due, opens, closes = (np.full(self._count, _NEVER) for _ in range(3))
        beyond = _Beyond(np.zeros(self._count, dtype=np.int32), {(): 0})
        # What is decided alone need not be timed.
        for number in np.unique(promise[~self.alone]).tolist():
            if number >= 0:
                rows = np.flatnonzero((promise == number) & ~self.alone)
                timing = self._answers.timing(number)
                times = [due] if timing.target.committed else [opens, closes]
                self._time(answer, timing, rows, times, beyond)
        window = {"opens_at": _instants(opens), "closes_at": _instants(closes)}
        columns = {
            "committed": _flags(committed),
            "target": self._texts(target),
            "clock": self._texts(clock),
            "due_at": _instants(due),
            "window": _struct(type.field("window").type, window, opens == _NEVER),
            "beyond_data": _lists([list(names) for names in beyond.lists], beyond.numbers),
        }
        return _struct(type, columns, is_one == 0), basis

    def _time(
        self,
        answer: PromiseAnswer,
        timing: Timing,
        rows: Array,
        columns: Sequence[Array],
        beyond: _Beyond,
    ) -> None:
        """The times of some tickets, the data that ends before them, and the facts that settle what is open.

        Args:
            columns: for when tickets are due, or for when their windows open and close.
        """
        opened, missing = self._known[answer.starts].seconds, self._open[answer.key]
        assert opened is not None
        # A ticket for which no calendar has data is decided alone, which finds the reason.
        self.alone[rows] = True
        ask = timing.dues if timing.target.committed else timing.windows
        for timed in ask(opened, rows, self._local):
            is_open = timed.times[0] == OPEN
            some, found = timed.rows[~is_open], timed.times[:, ~is_open]
            for column, times in zip(columns, found, strict=True):
                column[some] = times
            self.alone[some] = ((found < EARLIEST) | (found > LATEST)).any(axis=0)
            self._compare(timing, some, found[-1], timed.ends, beyond)
            for row in timed.rows[is_open].tolist():
                if (facts := self._settling(timing, int(opened[row]), timed)) is not None:
                    self.alone[row], missing[row] = False, self._answers.names(facts)

    def _settling(self, timing: Timing, opened: int, timed: TimedRows) -> tuple[str, ...] | None:
        """The facts that settle an open time; None where one of the times that it can be is refused."""
        if timing.target.committed:
            dues = timing.possible_dues(opened, timed.area)
            last, found = dues[-1][0], missing_for(dues, self._roles)
        else:
            windows = timing.possible_windows(opened, timed.area)
            last, found = max(closes for (_, closes), _ in windows), missing_for(windows, self._roles)
        refused = self._refuses(timing) and timed.ends and last > timed.ends[0].instant
        return None if refused else by_telling(found)

    def _refuses(self, timing: Timing) -> bool:
        """Whether its hours refuse times of which the days are not known."""
        hours = self._answers.definition.hours.get(timing.clock.name)
        return hours is not None and hours.beyond_data == "refuse"

    def _compare(
        self, timing: Timing, rows: Array, times: Array, ends: Sequence[DataEnd], beyond: _Beyond
    ) -> None:
        """Finds the data that ends before the times of some tickets.

        Args:
            ends: where data on their days ends, soonest first.
        """
        import numpy as np

        if not ends or not rows.size or times.max() <= ends[0].instant:
            return
        counts = np.searchsorted([end.instant for end in ends], times, "left")
        if self._refuses(timing):
            # The error names the data.
            self.alone[rows] |= counts > 0
            return
        for count in np.unique(counts).tolist():
            names = tuple(end.name for end in ends[:count])
            beyond.numbers[rows[counts == count]] = beyond.lists.setdefault(names, len(beyond.lists))

    def _reopening(self, answer: ReopeningAnswer, type: Any) -> tuple[Any, Array]:
        """Until when a closed request can be reopened, and the basis of that."""
        import numpy as np

        closing = self._known[self._roles.closing] if self._roles.closing else None
        if closing is None or closing.seconds is None:
            nothing = np.zeros(self._count, dtype=np.int32)
            return arrow().nulls(self._count, type), nothing
        alone = self.alone.copy()
        within, basis = self._coded(answer)
        closed, seconds = closing.given, closing.seconds
        # Of a request that is not closed nothing is told.
        self.alone = np.where(
            closed, self.alone | (seconds > LATEST - self._answers.longest_reopening), alone
        )
        self._open[answer.key] = np.where(closed, self._open[answer.key], 0)
        can_be = closed & (within >= 0)
        until = np.where(can_be, seconds + within, _NEVER)
        return _struct(type, {"until": _instants(until)}, ~can_be), np.where(can_be, basis, 0)

    def _notes(self, answers: Sequence[Answer]) -> Any:
        """The notes that are made."""
        import numpy as np

        made = Combinations(np, np.zeros(self._count, dtype=np.int64))
        for answer in answers:
            coded = self._answers.coded[answer.stage]
            answered, _, is_made = coded.columns(self._places, self._count)
            self.alone |= answered == 0
            made.add(is_made.astype(np.int64), 2)
        codes = [str(answer.name) for answer in answers]
        lists = [
            [code for code, is_made in zip(codes, each, strict=True) if is_made] for each in made.distinct
        ]
        return _lists(lists, made.numbers)

    def _undetermined(self) -> tuple[Any, Any]:
        """The answers that are open, and the facts that are missing for them."""
        import numpy as np

        width = len(self._answers.lists.values)
        ids = Combinations(np, np.zeros(self._count, dtype=np.int64))
        for missing in self._open.values():
            ids.add(missing.astype(np.int64), width)
        names, lists = list(self._open), self._answers.lists.values
        undetermined = [[name for name, n in zip(names, each, strict=True) if n] for each in ids.distinct]
        missing_facts = [list(each_once(lists[n] for n in each)) for each in ids.distinct]
        return _lists(undetermined, ids.numbers), _lists(missing_facts, ids.numbers)

    def _texts(self, numbers: Array) -> Any:
        pa = arrow()
        return pa.array(self._answers.texts.values, pa.string()).take(pa.array(numbers))


class _Beyond(NamedTuple):
    """The data that ends before the time of each ticket, as the number of a list of names."""

    numbers: Array
    lists: dict[tuple[str, ...], int]


# Of an instant that there is none; no instant is that early.
_NEVER = -(2**62)


def _flags(numbers: Array) -> Any:
    pa = arrow()
    return pa.array([None, True, False]).take(pa.array(numbers))


def _instants(seconds: Array) -> Any:
    pa = arrow()
    never = seconds == _NEVER
    return pa.array((seconds * 1_000_000).view("datetime64[us]"), pa.timestamp("us", "UTC"), mask=never)


def _lists(lists: list[list[str]], numbers: Array) -> Any:
    pa = arrow()
    return pa.array(lists, pa.list_(pa.string())).take(pa.array(numbers))


def _struct(kind: Any, columns: Mapping[str, Any], nulls: Array | None = None) -> Any:
    """Columns by name as one of structs of a type, in its order."""
    pa = arrow()
    mask = None if nulls is None else pa.array(nulls)
    ordered = [columns[field.name] for field in kind]
    return pa.StructArray.from_arrays(ordered, fields=list(kind), mask=mask)
