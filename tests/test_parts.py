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
