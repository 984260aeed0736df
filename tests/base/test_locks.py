"""A lock that a fork waits for."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from supportrules.base.locks import fork_safe_lock


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # forking beside threads is what is tried
def test_a_child_finds_it_free_and_what_it_guards_whole() -> None:
    lock, taken, halves = fork_safe_lock(), threading.Event(), [0, 0]

    def work() -> None:
        with lock:
            halves[0] = 1
            taken.set()
            time.sleep(0.2)
            halves[1] = 1

    thread = threading.Thread(target=work)
    thread.start()
    assert taken.wait(10)
    child = os.fork()
    if child == 0:
        # So that it ends where it would wait for ever.
        signal.alarm(10)
        with lock:
            os._exit(0 if halves == [1, 1] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    # The parent can use it as before.
    with lock:
        thread.join()


def test_one_at_a_time() -> None:
    lock, count = fork_safe_lock(), [0]

    def work() -> None:
        for _ in range(50):
            with lock:
                before = count[0]
                time.sleep(0)
                count[0] = before + 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count == [200]
