"""Every combination of class numbers of a stage, which nothing but a test or a benchmark asks for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from supportrules.engine.tables import Table, Tables


def combinations(table: Table) -> Iterator[tuple[int, ...]]:
    """All combinations of class numbers."""
    return itertools.product(*map(range, table.stage.ruleset.widths))


def fill(tables: Tables) -> int:
    """Infers what every combination of every stage comes to; gives their number."""
    count = 0
    for table in tables.tables.values():
        for key in combinations(table):
            table.ask(key)
            count += 1
    return count
