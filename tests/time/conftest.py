"""What the package `holidays` and pycountry say, kept in memory for one test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shelf import Shelf, forget
from supportrules.time import keeper


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    forget()
    found = Shelf()
    keeper.keep(found)
    yield found
    keeper.keep(None)
    forget()
