"""The parts of a report: what every form makes of them alike."""

from __future__ import annotations

import click
import pytest

from supportrules.report.parts import Grid, Text, text
from supportrules.report.parts.markdown import markdown
from supportrules.report.parts.page import html_page
from supportrules.report.parts.terminal import terminal
from supportrules.report.words import Words

HEADS = (text("plan"), text("tickets"), text("first"), text("last"))
ROWS: tuple[tuple[Text, ...], ...] = (
    (text("E1"), text("3"), (), text("")),
    (text(""), text("4"), text(""), ()),
)


@pytest.mark.parametrize("columns", [HEADS, ()])
def test_a_column_in_which_no_row_says_anything_is_left_out(columns: tuple[Text, ...]) -> None:
    filled = Grid(text("All"), columns, ROWS).filled
    assert filled.columns == columns[:2]
    assert filled.rows == ((text("E1"), text("3")), (text(""), text("4")))
    assert filled.caption == text("All")


def test_what_rows_are_about_stays_and_so_does_what_one_row_says() -> None:
    rows = (((), text("3"), ()), ((), (), text("T-1")))
    grid = Grid((), HEADS[:3], rows)
    assert grid.filled == grid


def test_every_form_leaves_it_out() -> None:
    grid = Grid(text("All"), HEADS, ROWS)
    for told in (click.unstyle(terminal([grid])), markdown([grid]), html_page("x", [grid], Words("en"))):
        assert "tickets" in told and "E1" in told
        assert "first" not in told.partition("<body>")[2] if "<body>" in told else "first" not in told


PLACES: tuple[tuple[Text, ...], ...] = (
    (
        text("response"),
        text("8 hours (any time)"),
        text("6 hours (any time)"),
        text("better"),
        text("1"),
        text("T-1001 (examples/tickets.jsonl:1:1)"),
    ),
    (text("severity"), text("A"), text("B (high)"), text("worse"), text("12"), text("T-7 (t.csv:2)")),
)
COLUMNS = tuple(map(text, ("answer", "was", "is", "for the customer", "tickets", "the first")))


@pytest.mark.parametrize("width", [70, 80, 90, 100, 120, 200])
def test_a_table_that_is_too_wide_is_folded(width: int) -> None:
    """It stays a table: each cell in its column, no word lost, and no line too long."""
    lines = click.unstyle(terminal([Grid(text("All"), COLUMNS, PLACES)], width)).splitlines()
    head, *rows = lines[1:]
    assert max(map(len, lines)) <= width
    starts = [head.index(name) for name in ("answer", "was", "is", "for the", "tickets", "the first")]
    cells: dict[tuple[int, int], str] = {}
    row = 0
    for line in rows:
        row += line.startswith(("  response", "  severity"))
        for column, (start, end) in enumerate(zip(starts, [*starts[1:], width], strict=True)):
            cells[row, column] = f"{cells.get((row, column), '')} {line[start:end].strip()}".strip()
    for number, expected in enumerate(PLACES, 1):
        for column, cell in enumerate(expected):
            found = cells[number, column].replace(" ", "")
            assert found == "".join(run.text for run in cell).replace(" ", "")


def test_a_table_without_room_is_told_row_by_row() -> None:
    lines = click.unstyle(terminal([Grid(text("All"), COLUMNS, PLACES)], 40)).splitlines()
    assert lines[1:3] == ["  response", "    was: 8 hours (any time)"]
