"""response_targets.yaml → columns, and the table of targets."""

from __future__ import annotations

from collections.abc import Mapping

from supportrules.base.frozen import FrozenDict
from supportrules.policy.binding.binder import Binder
from supportrules.policy.binding.rules import rule
from supportrules.policy.definition import Cell, Column, ColumnRule, Definition, Hours
from supportrules.policy.documents import Path
from supportrules.policy.vocabulary import Origin
from supportrules.time.clocks import ALWAYS
from supportrules.time.openness import DAY
from supportrules.time.promises import time_text
from supportrules.time.targets import Duration, Target

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
            cut_off = _cut_off(binder, where, data, target)
            found.append(Cell(level, column, target, data["clock"], binder.origin(where, data), cut_off))
    return tuple(found)


def _target(binder: Binder, path: Path, text: str, clock: str) -> Target:
    target = Target.of(text)
    if not target.runs_always and clock == ALWAYS:
        message = f"business days do not run in `{ALWAYS}`"
        hours = _listed_hours(binder)
        hint = "write `P1D` for the same time on the next day"
        hint += f", or name business hours: {hours}" if hours else ""
        binder.problem((*path, "clock"), "wrong-value", message, hint)
    if target == Duration(0):
        binder.problem((*path, "target"), "wrong-value", "a target of no length")
    return target


def _cut_off(binder: Binder, path: Path, data: Mapping[str, str], target: Target) -> int | None:
    text = data.get("cut_off")
    if text is None:
        return None
    where = (*path, "cut_off")
    if not target.follows_hours:
        message = f"`{target}` does not run in business hours, so it can't have a cut-off"
        binder.problem(where, "wrong-value", message, "leave it out", key=True)
        return None
    if data["clock"] == ALWAYS:
        message, hours = f"`{ALWAYS}` has no business day that a cut-off could end", _listed_hours(binder)
        hint = "leave it out" + (f", or name business hours as `clock`: {hours}" if hours else "")
        binder.problem(where, "wrong-value", message, hint, key=True)
        return None
    return int(text[:2]) * 3600 + int(text[3:]) * 60


def _listed_hours(binder: Binder) -> str:
    return ", ".join(f"`{hours}`" for hours in binder.names["hours"])


def check_clocks(binder: Binder, definition: Definition) -> None:
    """Tells which cells promise what a clock that can run in them does not have."""
    for cell in definition.cells:
        path: Path = (_FILE, "targets", cell.level, cell.column)
        for clock in definition.clocks(cell.clock):
            hours, stands = definition.hours.get(clock), _stands_for(definition, cell, clock)
            if clock == ALWAYS and stands and not (cell.target.runs_always and cell.cut_off is None):
                what = "a cut-off" if cell.target.runs_always else f"`{cell.target}`"
                message = f"`{ALWAYS}` has no business days for {what}{stands}"
                hint = "promise hours, or let the exception name hours that close"
                binder.problem((*path, "clock"), "wrong-value", message, hint)
            if cell.cut_off is not None and hours is not None:
                _check_cut_off(binder, path, cell.cut_off, hours, stands)


def _stands_for(definition: Definition, cell: Cell, clock: str) -> str:
    """By which exception a clock runs in a cell, in words; empty where the cell names it."""
    if clock == cell.clock:
        return ""
    exceptions = definition.hours_exceptions
    by = [f"`{each.id}`" for each in exceptions if (each.hours, each.clock) == (cell.clock, clock)]
    return f", which runs by {' and '.join(by) or 'an exception to coverage'}"


def _check_cut_off(binder: Binder, path: Path, cut_off: int, hours: Hours, stands: str) -> None:
    """Tells if a cut-off ends no day of some hours early."""
    days = [day for day in (*hours.week.days, *(open for _, open, _ in hours.week.dates)) if day]
    if days and not any(day[0][0] < cut_off < day[-1][1] for day in days):
        first, last = min(day[0][0] for day in days), min(max(day[-1][1] for day in days), DAY)
        message = f"`{time_text(cut_off)}` lies outside `{hours.id}`{stands}"
        hint = f"write a time between {time_text(first)} and {time_text(last)}, or leave it out"
        binder.problem((*path, "cut_off"), "wrong-value", message, hint)


def without_severity(binder: Binder) -> Origin | None:
    """What says that a request of no severity has no target."""
    data = binder.data[_FILE].get("without_severity")
    return None if data is None else binder.entry((_FILE, "without_severity"), data)[2]
