"""Data frames and other tables → Arrow, by what pyarrow itself imports."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from supportrules.base.problem import Problem
from supportrules.engine.columns.arrow import arrow
from supportrules.errors import InputError
from supportrules.policy.vocabulary import Fields

# What pandas calls the levels of an index that have no name.
_UNNAMED = re.compile(r"__index_level_\d+__")


def is_stream(data: object) -> bool:
    """Whether something gives record batches by the Arrow PyCapsule interface."""
    return hasattr(data, "__arrow_c_stream__")


def table_of(data: Any, vocabulary: Fields) -> Any:
    """A data frame or whatever else speaks the Arrow PyCapsule interface, as a table or a record batch.

    Returns:
        None where it is no such thing.

    Raises:
        InputError: Arrow can't have its columns.
    """
    pa = arrow()
    if isinstance(data, pa.Table | pa.RecordBatch):
        return data
    if not is_stream(data) and not hasattr(data, "__arrow_c_array__"):
        return None
    try:
        table = pa.table(data)
    except (pa.ArrowException, TypeError, ValueError, OSError) as error:
        raise _unreadable(error) from error
    if problems := list(_naive_among_aware(data, vocabulary)):
        raise InputError(*problems)
    return table


def batches_of(stream: Any, vocabulary: Fields) -> Iterator[Any]:
    """The record batches of what `is_stream`, as they come.

    Raises:
        InputError: Arrow can't have its columns.
    """
    pa = arrow()
    try:
        reader = pa.RecordBatchReader.from_stream(stream)
        if problems := list(_naive_among_aware(stream, vocabulary)):
            raise InputError(*problems)
        yield from reader
    except (pa.ArrowException, TypeError, ValueError, OSError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> InputError:
    """What keeps pyarrow from reading a table; what it was doing stands behind what went wrong."""
    texts = all(isinstance(part, str) for part in error.args)
    reason = ": ".join(reversed(error.args)) if texts else str(error)
    message = f"the table can't be read as Arrow: {next(iter(reason.splitlines()), type(error).__name__)}"
    return InputError(
        Problem("unreadable", message, "give each column a name of its own and values of one type")
    )


def _naive_among_aware(data: Any, vocabulary: Fields) -> Iterator[Problem]:
    """The instants of a pandas object column without a time zone: beside others Arrow takes them for UTC."""
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(data, pandas.DataFrame):
        return
    for name in data.columns:
        fact = vocabulary.facts.get(name) if isinstance(name, str) else None
        if fact is None or fact.type != "instant" or data[name].dtype != object:
            continue
        for row, value in enumerate(data[name]):
            # NaT is a datetime, and none.
            if isinstance(value, datetime) and value == value and value.tzinfo is None:
                message = f"the time of `{name}` in row {row + 1} has no time zone"
                yield Problem("no-offset", message, IN_WHICH_ZONE, None, name, str(value))
                break


IN_WHICH_ZONE = (
    "say which one they are in: with `dt.tz_localize` in pandas, `dt.replace_time_zone` in polars, "
    "`assume_timezone` of pyarrow.compute, `AT TIME ZONE` in SQL, or in Spark with a cast to `TIMESTAMP` in "
    "a session of that time zone"
)


def is_unnamed_index(column: str) -> bool:
    """Whether a column is the index of a pandas DataFrame, and has no name."""
    return _UNNAMED.fullmatch(column) is not None


UNNAMED_INDEX = Problem(
    "unknown-field",
    "the index of the DataFrame has no name",
    "leave it out with `df.reset_index(drop=True)`, or name the fact that it holds: `df.rename_axis(FACT)`",
)


def pandas_problems(schema: Any, vocabulary: Fields) -> Iterator[Problem]:
    """What a DataFrame of pandas says of its columns that no column shows.

    Args:
        schema: of an Arrow table that was made of it.
    """
    if not schema.metadata or b"pandas" not in schema.metadata:
        return
    try:
        said = schema.pandas_metadata
        levels = len(said.get("column_indexes") or ())
        ranges = [each["name"] for each in said.get("index_columns") or () if isinstance(each, dict)]
    except (ValueError, TypeError, AttributeError, KeyError):
        # A file can say anything here.
        return
    if levels > 1:
        message = f"the columns of the DataFrame have {levels} levels"
        hint = "keep the one with the facts: `df.columns = df.columns.get_level_values(LEVEL)`"
        yield Problem("unknown-field", message, hint)
    for name in ranges:
        if isinstance(name, str) and name in vocabulary.facts:
            message = f"the index `{name}` of the DataFrame is a range, which has no column"
            yield Problem("unknown-field", message, "make it a column: `df.reset_index()`", None, name)
