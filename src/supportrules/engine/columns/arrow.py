"""Arrow, which only columns of tickets need."""

from __future__ import annotations

from typing import Any

from supportrules.errors import MissingExtra


def arrow() -> Any:
    """The module ``pyarrow``.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import pyarrow
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise MissingExtra("pyarrow", "batch") from None
    return pyarrow
