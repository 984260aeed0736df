"""response_targets.yaml → columns, and the table of targets."""

from __future__ import annotations

from collections.abc import Mapping

from supportrules.base.frozen import FrozenDict
from supportrules.policy.binding.binder import Binder
from supportrules.policy.binding.rules import rule
from supportrules.policy.definition import Cell, Column, ColumnRule
from supportrules.policy.documents import Path
from supportrules.policy.vocabulary import Origin
from supportrules.time.clocks import ALWAYS
from supportrules.time.targets import Target

_FILE = "response_targets"


def columns(binder: Binder) -> Mapping[str, Column]:
    """The columns of the table."""
    found = {}
    for path, data in binder.items(_FILE, "columns"):
        name, label, origin = binder.entry(path, data)
        better_than = data.get("better_than", ())
        if name in better_than:
            where = (*path, "better_than", better_than.index(name))
            binder.problem(where, "wrong-value", f"`{name}` is not better than itself")
        found[name] = Column(name, label, origin, tuple(better_than))
    return FrozenDict(found)


def column_rules(binder: Binder) -> tuple[ColumnRule, ...]:
    """The columns that a condition chooses."""
    return tuple(
        ColumnRule(**rule(binder, path, data), column=str(path[-1]))
        for path, data in binder.items(_FILE, "columns")
        if "when" in data
    )


def cells(binder: Binder) -> tuple[Cell, ...]:
    """The cells of the table, row by row."""
    table, levels, columns = binder.data[_FILE]["targets"], binder.names["level"], binder.names["column"]
    for level in levels:
        if level not in table:
            message = f"the table has no row for the level `{level}`"
            binder.problem((_FILE, "targets"), "missing-cell", message, key=True)
    found = []
    for level, row in table.items():
        path: Path = (_FILE, "targets", level)
        binder.reference(path, "level", level, levels, key=True)
        for column in columns:
            if column not in row:
                message = f"the row `{level}` has no cell for the column `{column}`"
                hint = "such as `{target: PT8H, clock: 24x7, source: […], basis: stated}`"
                binder.problem(path, "missing-cell", message, hint, key=True)
        for column, data in row.items():
            where = (*path, column)
            binder.reference(where, "column", column, columns, key=True)
            binder.references(where, data)
            target = _target(binder, where, data["target"], data["clock"])
            found.append(Cell(level, column, target, data["clock"], binder.origin(where, data)))
    return tuple(found)


def _target(binder: Binder, path: Path, text: str, clock: str) -> Target:
    target = Target.of(text)
    if not target.runs_always and clock == ALWAYS:
        message = f"business days do not run in `{ALWAYS}`"
        hint = "name business hours: " + ", ".join(f"`{hours}`" for hours in binder.names["hours"])
        binder.problem((*path, "clock"), "wrong-value", message, hint)
    if target.committed and not target.length:
        binder.problem((*path, "target"), "wrong-value", "a target of no length")
    return target


def without_severity(binder: Binder) -> Origin | None:
    """What says that a request of no severity has no target."""
    data = binder.data[_FILE].get("without_severity")
    return None if data is None else binder.entry((_FILE, "without_severity"), data)[2]
