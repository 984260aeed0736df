"""Log messages for services that run this package: nothing is shown until a program asks for it.

They tell what was loaded, how it decides and how long that took, and hold nothing of any ticket.
"""

from __future__ import annotations

import logging

# Without it, Python itself would print warnings that nobody asked for.
logging.getLogger("supportrules").addHandler(logging.NullHandler())


def logger(module: str) -> logging.Logger:
    """The logger of a module, by its ``__name__``; all are below ``supportrules``."""
    return logging.getLogger(module)
