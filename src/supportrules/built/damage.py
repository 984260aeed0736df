"""What is told of a built file that is not as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from supportrules.errors import PolicyLoadError
from supportrules.problem import Location, Problem


def damaged(file: str) -> PolicyLoadError:
    """The error of a built file that is not as it was written."""
    hint = "build it again, or copy it again"
    return PolicyLoadError([Problem("damaged-file", "a built policy that is damaged", hint, Location(file))])


@contextmanager
def sound(file: str) -> Iterator[None]:
    """Turns what data that nobody built can lead to into the error of a damaged file."""
    try:
        yield
    except PolicyLoadError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError) as error:
        raise damaged(file) from error
