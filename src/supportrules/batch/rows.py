"""A row of a table as a ticket, and a decision as a row: what columns mean, one ticket at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from supportrules.batch.arrow import arrow
from supportrules.decision import Decision
from supportrules.errors import InputError, PolicyFault, TicketError
from supportrules.problem import Problem
from supportrules.vocabulary import Fact, Fields, Vocabulary, expectation
from supportrules.wording import unknown_name

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

OnError = Literal["null", "fail"]


Fault = TicketError | PolicyFault
# A ticket, or why there is none.
Ticket = Mapping[str, Any] | TicketError


def columns(schema: Any, vocabulary: Fields, extra: bool) -> dict[str, int]:
    """The facts that a table has columns of, with the index of each.

    Args:
        schema: of an Arrow table or record batch.
        extra: whether columns that are no facts are passed over.

    Raises:
        InputError: with everything that is wrong with the columns.
    """
    found: dict[str, int] = {}
    problems = []
    for index, column in enumerate(schema):
        fact = vocabulary.facts.get(column.name)
        if fact is None:
            if not extra:
                problems.append(unknown_name("column", column.name, vocabulary.facts, code="unknown-field"))
        elif column.name in found:
            problems.append(Problem("duplicate-key", f"`{column.name}` twice", "", None, column.name))
        elif problem := _wrong_type(fact, column.type):
            problems.append(problem)
        else:
            found[column.name] = index
    if problems:
        raise InputError(*problems)
    return found


def _wrong_type(fact: Fact, kind: Any) -> Problem | None:
    """Why no value of a column can be one of a fact."""
    types = arrow().types
    shown = kind
    kind = getattr(kind, "storage_type", kind)
    kind = kind.value_type if types.is_dictionary(kind) else kind
    if fact.type == "instant" and types.is_timestamp(kind):
        if kind.tz is not None:
            return None
        message = f"the times of `{fact.name}` have no time zone"
        return Problem("no-offset", message, "give the column one, such as `UTC`", None, fact.name)
    texts = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    numbers = types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind)
    if texts or numbers or types.is_null(kind):
        return None
    message = f"`{fact.name}` takes {expectation(fact)}, not a column of type `{shown}`"
    return Problem("wrong-type", message, "", None, fact.name)


def column(batch: Any, index: int) -> Any:
    """A column of a record batch; of dictionaries only those of texts stay ones."""
    pa = arrow()
    array = batch.column(index)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    kind, types = array.type, pa.types
    if types.is_dictionary(kind):
        return array if types.is_string(kind.value_type) else array.cast(kind.value_type)
    if types.is_null(kind) or types.is_string_view(kind):
        return array.cast(pa.string())
    return array.cast(pa.float32()) if types.is_float16(kind) else array


def values(array: Any) -> list[Any]:
    """A column as tickets have it: an instant as RFC 3339 text, cut to the second."""
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


def tickets(batch: Any, facts: Mapping[str, int], rows: Array | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a record batch as tickets.

    Args:
        facts: the facts that it has columns of, with the index of each.
        rows: which rows; all when None.
    """
    arrays = [column(batch, index) for index in facts.values()]
    if rows is not None:
        arrays = [array.take(arrow().array(rows)) for array in arrays]
    lists = [values(array) for array in arrays]
    if not lists:
        yield from ({} for _ in range(batch.num_rows if rows is None else len(rows)))
    for row in zip(*lists, strict=True):
        yield dict(zip(facts, row, strict=True))


def as_columns(tickets: Sequence[Ticket], vocabulary: Vocabulary, extra: bool) -> tuple[Any, Array]:
    """Tickets as a record batch of all facts.

    Returns:
        The record batch, and which tickets have something that no column can hold: a value of another type, a
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
        for name, value in vocabulary.fields(ticket).items():
            if name not in kinds:
                odd[row] |= not extra
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
    return pa.RecordBatch.from_arrays(arrays, names=list(columns)), odd


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
    response, reopen = decision.response, decision.reopen
    window = response and response.window
    return {
        "ticket": decision.ticket,
        "category": decision.category,
        "severity": decision.severity,
        "channels": {name: channel.to_dict() for name, channel in decision.channels.items()},
        "response": response
        and {
            "committed": response.committed,
            "target": response.target,
            "clock": response.clock,
            "due_at": response.due_at,
            "window": window and {"opens_at": window.opens_at, "closes_at": window.closes_at},
        },
        "reopen": reopen and {"until": reopen.until},
        "undetermined": list(decision.undetermined),
        "missing": list(decision.missing),
        "notes": [note.code for note in decision.notes],
        "basis": dict(decision.basis),
        "error": None,
    }
