"""Progress of work that takes a while."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple


class Step(NamedTuple):
    """A part of some work.

    Args:
        name: the stage, answer or version in progress; None if there are several.
        number: the first is 1.
        of: how many there are.
    """

    name: str | None
    number: int
    of: int


# What is called with each step as it begins, and with its name alone where others count.
OnStep = Callable[[Step], object]
Start = Callable[[str | None], object]


def unwatched(_name: str | None) -> None:
    """Starts a step of work that nobody watches."""


def steps(count: int, on_step: OnStep | None) -> Start:
    """A function that starts the next of some steps.

    Args:
        count: how many there are.
        on_step: what is called with each.
    """
    if on_step is None:
        return unwatched
    numbers = itertools.count(1)
    return lambda name: on_step(Step(name, next(numbers), count))
