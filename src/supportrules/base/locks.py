"""Locks of threads in a process that may fork."""

from __future__ import annotations

import os
import threading


def fork_safe_lock() -> threading.Lock:
    """A lock that the child of a fork finds free, and what it guards whole: a fork waits until it is free.

    It stands in a module, for all objects there: what is registered for forks is never taken back. Who holds
    one may take those of modules that were imported before, for a fork takes them in the other order.
    """
    # Python's own: an interrupt can't come between its being taken and the block that gives it back.
    lock = threading.Lock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
    return lock
