"""Columns of a table as tickets, and a decision as a row: what columns mean, one ticket at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from supportrules.base.problem import Problem
from supportrules.engine.columns.arrow import arrow
from supportrules.engine.columns.frames import IN_WHICH_ZONE, UNNAMED_INDEX, is_unnamed_index, pandas_problems
from supportrules.engine.decision import Decision
from supportrules.errors import InputError, PolicyFault, TicketError
from supportrules.policy.vocabulary import Fact, Fields, Vocabulary, expectation, no_facts, unknown_field

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

OnError = Literal["null", "fail"]


# The types of facts that have too many texts to look at each distinct one.
MANY = frozenset(["text", "instant"])
Fault = TicketError | PolicyFault
# A ticket, or why there is none.
Ticket = Mapping[str, Any] | TicketError


def columns(
    schema: Any,
    vocabulary: Fields,
    extra: bool,
    ignore: Collection[str],
    empty: Callable[[int], bool] = lambda index: False,
) -> dict[str, int]:
    """The facts that a table has columns of, with the index of each.

    Args:
        schema: of an Arrow table or record batch.
        extra: whether columns that are no facts are ignored, unless a fact can be meant.
        ignore: the names of columns to ignore where they are no facts.
        empty: whether a column, by its index, is known to hold nothing but null: then its type is no matter.

    Raises:
        InputError: with everything that is wrong with the columns.
    """
    found: dict[str, int] = {}
    if problems := list(pandas_problems(schema, vocabulary)):
        raise InputError(*problems)
    for index, column in enumerate(schema):
        fact = vocabulary.facts.get(column.name)
        if fact is None:
            if problem := unknown_field(column.name, vocabulary.facts, extra, ignore, "column"):
                problems.append(UNNAMED_INDEX if is_unnamed_index(column.name) else problem)
        elif column.name in found:
            problems.append(Problem("duplicate-key", f"`{column.name}` twice", "", None, column.name))
        elif (problem := _wrong_type(fact, column.type)) and not empty(index):
            problems.append(problem)
        else:
            found[column.name] = index
    if len(schema) and not found and not problems:
        problems.append(no_facts("column", vocabulary.facts))
    if problems:
        raise InputError(*problems)
    return found


def _wrong_type(fact: Fact, kind: Any) -> Problem | None:
    """Why no value of a column can be one of a fact."""
    types, shown = arrow().types, kind
    kind = getattr(kind, "storage_type", kind)
    kind = kind.value_type if types.is_dictionary(kind) else kind
    if fact.type == "instant" and types.is_timestamp(kind) and kind.tz is None:
        message = f"the times of `{fact.name}` have no time zone"
        return Problem("no-offset", message, IN_WHICH_ZONE, None, fact.name)
    match fact.type:
        case "number":
            right = types.is_integer(kind) or types.is_floating(kind) or _is_whole(kind)
        case "boolean":
            right = types.is_boolean(kind)
        case "instant":
            right = _is_text(kind) or types.is_timestamp(kind)
        case _:
            right = _is_text(kind)
    if right or types.is_null(kind):
        return None
    message = f"`{fact.name}` takes {expectation(fact)}, not a column of type `{shown}`"
    return Problem("wrong-type", message, _cast(fact, kind), None, fact.name)


def _cast(fact: Fact, kind: Any) -> str:
    """How to make the values of a column those of a fact, where that can be said."""
    types = arrow().types
    numbers = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
    if fact.type == "boolean" and _is_text(kind):
        return 'say which texts are true: in pandas `map({"yes": True, "no": False})`, in SQL a comparison'
    if fact.type == "instant":
        is_day = types.is_date(kind)
        counted = ' made of seconds by `to_datetime(…, unit="s", utc=True)` in pandas' if numbers else ""
        return f"give timestamps with a time zone{counted}" + (": a day is no instant" if is_day else "")
    if (fact.type == "boolean" and not numbers) or not (numbers or _is_text(kind) or types.is_boolean(kind)):
        return ""
    pandas, polars, sql = _CASTS.get(fact.type, ("string", "String", "VARCHAR"))
    return (
        f'cast it first: `astype("{pandas}")` in pandas, `cast(pl.{polars})` in polars, '
        f"`CAST(… AS {sql})` in SQL"
    )


# For a type of fact, the types of pandas, polars and SQL; of all others they are those of texts.
_CASTS = {"boolean": ("boolean", "Boolean", "BOOLEAN"), "number": ("Int64", "Int64", "BIGINT")}


def is_empty(column: Any) -> bool:
    """Whether a column holds nothing but null; NaN is null."""
    from pyarrow import compute

    return bool(compute.all(column.is_null(nan_is_null=True), min_count=0).as_py())


def _is_text(kind: Any) -> bool:
    types = arrow().types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_whole(kind: Any) -> bool:
    """Whether decimals of a type have no digits after the point."""
    return bool(arrow().types.is_decimal(kind) and kind.scale <= 0)


@dataclass(frozen=True)
class TicketColumns:
    """The columns of some tickets.

    Args:
        arrays: by fact. Dictionaries are those of strings; null is also what is not UTF-8.
        garbled: for each fact with texts that are not UTF-8, which tickets have these.
        count: how many tickets there are.
    """

    arrays: Mapping[str, Any]
    garbled: Mapping[str, Array]
    count: int

    @classmethod
    def of(cls, batch: Any, vocabulary: Fields | None) -> TicketColumns:
        """The columns of a record batch, which are all of facts.

        Args:
            vocabulary: the facts; without it, a column can be anything.
        """
        found = {}
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            plain, many = _plain(array), vocabulary is not None and vocabulary.facts[name].type in MANY
            if many and arrow().types.is_dictionary(plain.type):
                # A part of a column has the whole dictionary, and of these no text is looked at twice.
                plain = plain.dictionary_decode()
            elif vocabulary and not many and _is_text(plain.type):
                plain = plain.dictionary_encode()
            found[name] = _readable(plain)
        garbled = {name: which for name, (_, which) in found.items() if which is not None}
        return cls({name: array for name, (array, _) in found.items()}, garbled, batch.num_rows)

    def tickets(self, rows: Array | None = None) -> Iterator[Ticket]:
        """The tickets one by one.

        Args:
            rows: which of them; all when None.
        """
        arrays, garbled = self.arrays, self.garbled
        if rows is not None:
            arrays = {name: array.take(arrow().array(rows)) for name, array in arrays.items()}
            garbled = {name: which[rows] for name, which in garbled.items()}
        lists = {name: values(array) for name, array in arrays.items()}
        for row in range(self.count if rows is None else len(rows)):
            if wrong := [name for name, which in garbled.items() if which[row]]:
                yield TicketError(map(_not_utf8, wrong))
            else:
                yield {name: each[row] for name, each in lists.items()}


def _not_utf8(fact: str) -> Problem:
    return Problem("encoding", f"the text of `{fact}` is not UTF-8", "", None, fact)


def _plain(array: Any) -> Any:
    """A column in one of few forms: of dictionaries only those of texts stay ones, and of NaN nothing."""
    pa, types = arrow(), arrow().types
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if types.is_floating(array.type):
        array = _without_nan(array)
    kind = array.type
    if array.null_count == len(array):
        return pa.nulls(len(array), pa.string())
    if types.is_dictionary(kind):
        if _is_text(kind.value_type):
            return pa.DictionaryArray.from_arrays(array.indices, array.dictionary.cast(pa.string()))
        return _plain(array.dictionary.take(array.indices))
    if types.is_string_view(kind):
        return array.cast(pa.string())
    if types.is_decimal(kind) and kind.bit_width < 128:
        return array.cast(pa.decimal128(kind.precision, kind.scale))
    return array


def _without_nan(array: Any) -> Any:
    """A column of floats with null in place of NaN, by which data frames say that there is no value."""
    from pyarrow import compute

    if arrow().types.is_float16(array.type):
        array = array.cast(arrow().float32())
    return compute.if_else(compute.is_nan(array), None, array)


def _readable(array: Any) -> tuple[Any, Array | None]:
    """A column with null in place of what is not UTF-8, and where that is; None where all is well."""
    import numpy as np

    pa = arrow()
    if pa.types.is_dictionary(array.type):
        texts, which = _readable(array.dictionary)
        if which is None:
            return array, None
        codes = array.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
        return pa.DictionaryArray.from_arrays(array.indices, texts), np.append(which, False)[codes]
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        which = np.fromiter((not _can_be_read(value) for value in array), dtype=bool, count=len(array))
        return array.take(pa.array(np.arange(len(array)), mask=which)), which
    return array, None


def _can_be_read(value: Any) -> bool:
    try:
        value.as_py()
    except UnicodeDecodeError:
        return False
    return True


def values(array: Any) -> list[Any]:
    """A column as tickets have it: an instant as RFC 3339 text, cut to the second."""
    if _is_whole(array.type):
        return [None if value is None else int(value) for value in array.to_pylist()]
    if not arrow().types.is_timestamp(array.type) or array.type.tz is None:
        return list(array.to_pylist())
    import numpy as np

    times = np.datetime_as_string(seconds(array).view("datetime64[s]"), timezone="UTC")
    pairs = zip(times.tolist(), array.is_valid().to_pylist(), strict=True)
    return [time if valid else None for time, valid in pairs]


_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def seconds(array: Any) -> Any:
    """The whole seconds since 1970 of a column of timestamps; 0 for null.

    Returns:
        NumPy int64.
    """
    pa = arrow()
    numbers = array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return numbers // _UNITS[array.type.unit]


def as_columns(
    tickets: Sequence[Ticket], vocabulary: Vocabulary, extra: bool, ignore: Collection[str]
) -> tuple[TicketColumns, Array]:
    """Tickets as columns of all facts.

    Args:
        extra, ignore: as of `Vocabulary.read`.

    Returns:
        The columns, and which tickets have something that no column can hold: a value of another type, a
        field that is no fact, or an error.
    """
    import numpy as np

    pa = arrow()
    kinds = {name: _KINDS.get(fact.type, str) for name, fact in vocabulary.facts.items()}
    columns: dict[str, list[Any]] = {name: [None] * len(tickets) for name in kinds}
    odd = np.zeros(len(tickets), dtype=bool)
    for row, ticket in enumerate(tickets):
        if not isinstance(ticket, Mapping):
            odd[row] = True
            continue
        fields = vocabulary.fields(ticket)
        for name, value in fields.items():
            if name not in kinds:
                odd[row] = odd[row] or not vocabulary.accepts(fields, extra, ignore)
            elif value is None or type(value) is kinds[name]:
                columns[name][row] = value
            else:
                odd[row] = True
    types = {str: pa.string(), bool: pa.bool_(), int: pa.int64()}
    try:
        arrays = [pa.array(values, types[kinds[name]]) for name, values in columns.items()]
    except (OverflowError, UnicodeEncodeError):
        # A number that is too large, or half of a character: rare enough to look at each ticket.
        odd[:] = True
        arrays = [pa.nulls(len(tickets), types[kinds[name]]) for name in columns]
    return TicketColumns(dict(zip(columns, arrays, strict=True)), {}, len(tickets)), odd


_KINDS: Mapping[str, type] = {"boolean": bool, "number": int}


def decided(
    tickets: Iterable[Ticket], decide: Callable[[Mapping[str, Any]], Decision], ticket_id: str | None
) -> tuple[list[dict[str, Any]], list[tuple[int, Fault]]]:
    """Tickets, decided one at a time.

    Args:
        decide: gives a decision, or raises a TicketError or a PolicyFault.
        ticket_id: the fact that names a ticket.

    Returns:
        A row of `decision_schema` for each, and the errors with the index of their ticket.
    """
    rows: list[dict[str, Any]] = []
    errors: list[tuple[int, Fault]] = []
    for row, ticket in enumerate(tickets):
        try:
            if isinstance(ticket, TicketError):
                raise ticket
            rows.append(decision_row(decide(ticket)))
        except (TicketError, PolicyFault) as error:
            name = ticket.get(ticket_id or "") if isinstance(ticket, Mapping) else None
            told = (name if isinstance(name, str) else None, message(error))
            # Half of a character, which a value can have, is none that a column can.
            ticket_name, text = (part and part.encode("utf-8", "replace").decode() for part in told)
            rows.append({"ticket": ticket_name, "error": text})
            errors.append((row, error))
    return rows, errors


def message(error: Fault) -> str:
    """What is wrong with a ticket, in a line."""
    if isinstance(error, TicketError):
        return "; ".join(problem.text for problem in error.problems)
    return str(error)


def decision_row(decision: Decision) -> dict[str, Any]:
    """A decision as a row of `decision_schema`."""
    from supportrules.engine.decision.json_data import row_writer

    return row_writer(Decision)(decision) | {"error": None}
