"""Decisions a second with the ledger on, as a ratio to what fsync alone allows, in the same run.

Run by ``make bench``. The unit is the rate at which this disk takes lines of that length, each with an fsync.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from supportrules import load_policy
from supportrules.history.ledger import Ledger

EXAMPLES = Path(__file__).parent.parent / "examples" / "tickets.jsonl"
ROOT = Path(__file__).parent.parent
THREADS, GROUP = 16, 200
SECONDS = 2.0


def rate(work: Callable[[], int]) -> float:
    """How many a second, where a call gives how many it did."""
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        done += work()
    return done / spent


def main() -> None:
    policy = load_policy()
    tickets = [json.loads(line) for line in EXAMPLES.read_text("utf-8").splitlines()]
    for ticket in tickets:
        policy.evaluate(ticket).to_dict()
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        ledger = Ledger(Path(folder) / "ledger")

        def decide() -> int:
            for ticket in tickets:
                ledger.append(policy, ticket, policy.evaluate(ticket))
            return len(tickets)

        def in_threads() -> int:
            threads = [threading.Thread(target=decide) for _ in range(THREADS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return THREADS * len(tickets)

        def in_groups() -> int:
            with ledger.group():
                return sum(decide() for _ in range(GROUP // len(tickets)))

        def only_fsync() -> int:
            os.write(descriptor, b"x" * length)
            os.fsync(descriptor)
            return 1

        def only_decide() -> int:
            for ticket in tickets:
                policy.evaluate(ticket).to_dict()
            return len(tickets)

        decide()
        length = ledger.file.stat().st_size // len(tickets)
        descriptor = os.open(Path(folder) / "plain", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        rows = [
            (f"fsync alone, {length} bytes at a time", only_fsync),
            ("no ledger, with the derivation", only_decide),
            ("ledger, one at a time", decide),
            (f"ledger, {THREADS} threads", in_threads),
            (f"ledger, in groups of {GROUP}", in_groups),
        ]
        unit = 0.0
        for what, work in rows:
            found = rate(work)
            unit = unit or found
            print(f"{what:52} {found:10.0f} a second {found / unit:8.2f}")
        ledger.close()
        os.close(descriptor)


if __name__ == "__main__":
    main()
