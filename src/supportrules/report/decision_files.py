"""Files of decisions in columns: Parquet, CSV, JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from supportrules.base.replacement import replacing
from supportrules.engine.columns.arrow import arrow
from supportrules.engine.columns.rows import values
from supportrules.report.data import data_text
from supportrules.report.decision_columns import COMPUTED, JOINT
from supportrules.time.instants import utc_text

# What writes a record batch of decisions.
Write = Callable[[Any], None]


@contextmanager
def decision_file(path: Path, schema: Any, *, spreadsheet: bool = False) -> Iterator[Write]:
    """What writes decisions into a file, which is there once the block ends; until then what was before.

    Args:
        path: the file; its suffix is one of `SUFFIXES`.
        schema: of the decisions.
        spreadsheet: whether no cell of a CSV file is one that a spreadsheet would compute.

    Raises:
        OSError: it can't be written.
    """
    kind = path.suffix.lower()
    table = partial(_csv, spreadsheet=spreadsheet) if kind == ".csv" else _TABLES[kind]
    with replacing(path) as stream, table(stream, schema) as write:
        yield write


# How many rows make a row group: what is told about each is kept until the file ends.
_GROUP = 131_072


@contextmanager
def _parquet(stream: BinaryIO, schema: Any) -> Iterator[Write]:
    import pyarrow.parquet as parquet

    writer = parquet.ParquetWriter(stream, schema)
    waiting: list[Any] = []

    def write_group() -> None:
        writer.write_table(arrow().Table.from_batches(waiting))
        waiting.clear()

    def write(batch: Any) -> None:
        waiting.append(batch)
        if sum(each.num_rows for each in waiting) >= _GROUP:
            write_group()

    try:
        yield write
        if waiting:
            write_group()
        writer.close()
    finally:
        # After an error it would end the file once it is collected, and fail again.
        writer.is_open = False


@contextmanager
def _csv(stream: BinaryIO, schema: Any, *, spreadsheet: bool = False) -> Iterator[Write]:
    """The columns of `DecisionColumns`, as far as there are such, in the same form."""
    import pyarrow.csv as csv

    options = csv.WriteOptions(quoting_style="needed")
    writer = csv.CSVWriter(stream, _flat(schema.empty_table()).schema, write_options=options)

    def write(batch: Any) -> None:
        table = _flat(arrow().Table.from_batches([batch]))
        writer.write_table(_for_spreadsheets(table) if spreadsheet else table)

    yield write
    writer.close()


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
            column = pa.chunked_array(
                [pa.array(values(each), pa.string()) for each in column.chunks], pa.string()
            )
        columns.append(column)
    return pa.table(columns, names=table.schema.names)


def _for_spreadsheets(table: Any) -> Any:
    """The same with `spreadsheet_cell` for each text."""
    pa = arrow()
    import pyarrow.compute as compute

    columns = [
        compute.replace_substring_regex(column.cast(pa.string()), pattern=COMPUTED, replacement=r"'\1")
        if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type)
        else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.schema.names)


@contextmanager
def _lines(stream: BinaryIO, schema: Any) -> Iterator[Write]:
    """An object a line, with the keys of a decision's JSON form."""

    def write(batch: Any) -> None:
        lines = (data_text(row, default=utc_text) + "\n" for row in batch.to_pylist())
        stream.write("".join(lines).encode())

    yield write


_TABLES: dict[str, Callable[[BinaryIO, Any], AbstractContextManager[Write]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _lines,
}
SUFFIXES = tuple(_TABLES)
