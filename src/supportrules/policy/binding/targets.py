"""The tables of promises → columns, and promises with their cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.policy.binding.binder import Binder
from supportrules.policy.binding.rules import rule
from supportrules.policy.definition import Cell, Column, ColumnRule, Definition, Hours, PromiseTable
from supportrules.policy.documents import Path
from supportrules.policy.format import RESPONSE, targets_file
from supportrules.policy.vocabulary import Label, Origin
from supportrules.time.clocks import ALWAYS
from supportrules.time.openness import DAY
from supportrules.time.promises import time_text
from supportrules.time.targets import Duration, Target

_COLUMNS = targets_file(RESPONSE)


def columns(binder: Binder) -> Mapping[str, Column]:
    """The columns of all tables."""
    found = {}
    for path, data in binder.items(_COLUMNS, "columns"):
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
        for path, data in binder.items(_COLUMNS, "columns")
        if "when" in data
    )


def promises(binder: Binder) -> Mapping[str, PromiseTable]:
    """The promises by name: the response, then the others in the order of their names."""
    names = sorted(binder.promises, key=lambda name: (name != RESPONSE, name))
    return FrozenDict({name: _table(binder, name) for name in names})


def _table(binder: Binder, name: str) -> PromiseTable:
    file = targets_file(name)
    data = binder.data[file]
    if name != RESPONSE and "columns" in data:
        message = f"the columns of all promises stand in {_COLUMNS}.yaml"
        hint = "take them out; `columns` below `promise` lists those of which this promise has cells"
        binder.problem((file, "columns"), "unexpected-key", message, hint, key=True)
    elif name == RESPONSE and "columns" not in data:
        binder.problem((file,), "missing-key", "`columns` is missing")
    said: Mapping[str, Any] = data.get("promise", {})
    path: Path = (file, "promise")
    label: Label = FrozenDict()
    origin = None
    if said:
        _, label, origin = binder.entry(path, said)
    own = (
        tuple(each for each in binder.names[kind] if each in said.get(key, (each,)))
        for kind, key in (("level", "levels"), ("column", "columns"))
    )
    levels, some = own
    return PromiseTable(
        name=name,
        label=label,
        origin=origin,
        starts=said.get("starts", binder.data["policy"]["roles"]["opening"]),
        levels=levels,
        columns=some,
        cells=tuple(_cells(binder, name, levels, some)),
        without_severity=_without_severity(binder, file),
    )


def _cells(binder: Binder, name: str, levels: Sequence[str], columns: Sequence[str]) -> Iterator[Cell]:
    file = targets_file(name)
    table = binder.data[file]["targets"]
    for level in levels:
        if level not in table:
            message = f"the table has no row for the level `{level}`"
            binder.problem((file, "targets"), "missing-cell", message, key=True)
    for level, row in table.items():
        path: Path = (file, "targets", level)
        _accept(binder, path, "level", level, levels)
        for column in columns:
            if column not in row:
                message = f"the row `{level}` has no cell for the column `{column}`"
                hint = "such as `{target: PT8H, clock: 24x7, source: […], basis: stated}`"
                binder.problem(path, "missing-cell", message, hint, key=True)
        for column, data in row.items():
            where = (*path, column)
            _accept(binder, where, "column", column, columns)
            binder.references(where, data)
            target = _target(binder, where, data["target"], data["clock"])
            cut_off = _cut_off(binder, where, data, target)
            origin = binder.origin(where, data)
            yield Cell(name, level, column, target, data["clock"], origin, cut_off)


def _accept(binder: Binder, path: Path, kind: str, name: str, own: Sequence[str]) -> None:
    """Tells if a table can't have a row or a column of that name."""
    if binder.reference(path, kind, name, binder.names[kind], key=True) and name not in own:
        message = f"`{name}` is not among the `{kind}s` of this promise"
        binder.problem(path, "unexpected-key", message, f"add it to `{kind}s` below `promise`", key=True)


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
        path: Path = (targets_file(cell.of), "targets", cell.level, cell.column)
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


def _without_severity(binder: Binder, file: str) -> Origin | None:
    """What says that a request of no severity has no target."""
    data = binder.data[file].get("without_severity")
    return None if data is None else binder.entry((file, "without_severity"), data)[2]
