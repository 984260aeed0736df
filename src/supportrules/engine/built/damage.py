"""What is told of a built file that is not as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from supportrules.base.problem import Location, Problem
from supportrules.base.strict_json import NotJson
from supportrules.errors import PolicyLoadError


def damaged(file: str, why: str = "") -> PolicyLoadError:
    """The error of a built file that is not as it was written.

    Args:
        why: what is wrong in it, where that can be said.
    """
    message = "a built policy that is damaged" + (f": {why}" if why else "")
    hint = "build it again, or copy it again"
    return PolicyLoadError([Problem("damaged-file", message, hint, Location(file))])


@contextmanager
def sound(file: str) -> Iterator[None]:
    """Turns what data that nobody built can lead to into the error of a damaged file."""
    try:
        yield
    except PolicyLoadError:
        raise
    except NotJson as error:
        raise damaged(file, str(error)) from error
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError) as error:
        raise damaged(file) from error
