"""Files of decisions in columns: Parquet, CSV, JSON lines."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self

from supportrules.batch.arrow import arrow
from supportrules.decision import utc_text
from supportrules.report.columns import JOINT


class Table(Protocol):
    """A file that is being written."""

    def write(self, batch: Any) -> None:
        """Writes a record batch of decisions."""

    def close(self) -> None:
        """Ends it."""


class DecisionFile:
    """A file of decisions, which is there once all of it is written; until then what was there before.

    Args:
        name: the file; its suffix is one of `SUFFIXES`.
        schema: of the decisions.

    Raises:
        OSError: it can't be written.
    """

    def __init__(self, name: str, schema: Any) -> None:
        self._path = Path(name)
        self._part = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}.part")
        self._stream = self._part.open("xb")
        self._table = _TABLES[self._path.suffix.lower()](self._stream, schema)

    def write(self, batch: Any) -> None:
        """Writes a record batch of decisions."""
        self._table.write(batch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._table.close()
            self._stream.close()
            if kind is None:
                self._part.replace(self._path)
        finally:
            with suppress(OSError):
                self._part.unlink(missing_ok=True)


# How many rows make a row group: what is told about each is kept until the file ends.
_GROUP = 131_072


class _Parquet:
    def __init__(self, stream: BinaryIO, schema: Any) -> None:
        import pyarrow.parquet as parquet

        self._writer = parquet.ParquetWriter(stream, schema)
        self._waiting: list[Any] = []

    def write(self, batch: Any) -> None:
        self._waiting.append(batch)
        if sum(each.num_rows for each in self._waiting) >= _GROUP:
            self._write_group()

    def _write_group(self) -> None:
        self._writer.write_table(arrow().Table.from_batches(self._waiting))
        self._waiting.clear()

    def close(self) -> None:
        if self._waiting:
            self._write_group()
        self._writer.close()


class _Csv:
    """The columns of `DecisionColumns`, as far as there are such, in the same form."""

    def __init__(self, stream: BinaryIO, schema: Any) -> None:
        import pyarrow.csv as csv

        self._writer = csv.CSVWriter(
            stream, _flat(schema.empty_table()).schema, write_options=csv.WriteOptions(quoting_style="needed")
        )

    def write(self, batch: Any) -> None:
        self._writer.write_table(_flat(arrow().Table.from_batches([batch])))

    def close(self) -> None:
        self._writer.close()


def _flat(table: Any) -> Any:
    """Structs as columns with dots, lists and instants as texts."""
    pa = arrow()
    import pyarrow.compute as compute

    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    columns = []
    for column in table.columns:
        if pa.types.is_list(column.type):
            column = compute.binary_join(column, JOINT)
        elif pa.types.is_timestamp(column.type):
            column = pa.chunked_array([_texts(chunk) for chunk in column.chunks], pa.string())
        columns.append(column)
    return pa.table(columns, names=table.schema.names)


def _texts(instants: Any) -> Any:
    """Instants as RFC 3339 texts in UTC."""
    import numpy as np

    pa = arrow()
    numbers = instants.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False) // 1_000_000
    texts = np.datetime_as_string(numbers.view("datetime64[s]"), timezone="UTC")
    nulls = instants.is_null().to_numpy(zero_copy_only=False)
    return pa.array(texts.astype(object), pa.string(), mask=nulls)


class _Lines:
    """An object a line, with the keys of a decision's JSON form."""

    def __init__(self, stream: BinaryIO, schema: Any) -> None:
        self._stream = stream

    def write(self, batch: Any) -> None:
        lines = (json.dumps(row, ensure_ascii=False, default=utc_text) + "\n" for row in batch.to_pylist())
        self._stream.write("".join(lines).encode())

    def close(self) -> None:
        pass


_TABLES: dict[str, Callable[[BinaryIO, Any], Table]] = {".parquet": _Parquet, ".csv": _Csv, ".jsonl": _Lines}
SUFFIXES = tuple(_TABLES)
