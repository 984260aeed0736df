"""How far work is that takes a while."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple


class Step(NamedTuple):
    """A part of some work.

    Args:
        name: what it is about.
        number: the first is 1.
        of: how many there are.
    """

    name: str
    number: int
    of: int


# What is called with each step as it begins, and with its name alone where others count.
OnStep = Callable[[Step], object]
Begin = Callable[[str], object]


def unseen(_name: str) -> None:
    """Begins a step of work that nobody watches."""


def counted(count: int, on_step: OnStep | None) -> Begin:
    """What begins one of so many steps by its name."""
    if on_step is None:
        return unseen
    numbers = itertools.count(1)
    return lambda name: on_step(Step(name, next(numbers), count))
