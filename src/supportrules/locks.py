"""Locks of threads in a process that may fork."""

from __future__ import annotations

import os
import threading
from types import TracebackType


class ForkSafeLock:
    """A lock that the child of a fork finds free, and what it guards whole: a fork waits until it is free.

    It stands in a module, for all objects there: what is registered for forks is never taken back. Who holds
    one may take those of modules that were imported before, for a fork takes them in the other order.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            free = self._lock.release
            os.register_at_fork(before=self._lock.acquire, after_in_parent=free, after_in_child=free)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()
