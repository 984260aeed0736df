"""The memory of a process that decides a million tickets, and how long single ones take.

Run by ``make bench``. Each ticket is one of 20,000 complete ones, more than are remembered, with an id and
a time of its own.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from timing import keep, memory

from supportrules import load_policy

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from random_tickets import complete_tickets, random_value

COUNT, POOL, PARTS = 1_000_000, 20_000, 10


def main(count: int = COUNT) -> None:
    policy, rng = load_policy(), random.Random(11)
    opening = policy.definition.vocabulary.facts[policy.definition.roles.opening]
    name = str(policy.definition.roles.ticket)
    pool = [ticket for ticket, _ in complete_tickets(policy, rng, POOL)]
    sizes = [memory()]
    times: list[int] = []
    for part in range(PARTS):
        for number in range(count // PARTS):
            ticket = rng.choice(pool) | {opening.name: random_value(opening, rng), name: f"T-{part}-{number}"}
            start = time.thread_time_ns()
            policy.evaluate(ticket)
            if part == PARTS - 1:
                times.append(time.thread_time_ns() - start)
        sizes.append(memory())
    print(f"{count:,} tickets: MB after each tenth: {', '.join(f'{size:.0f}' for size in sizes)}")
    times.sort()
    middle, slow = times[len(times) // 2], times[len(times) * 99 // 100]
    print(f"the last tenth, many of them forgotten before: p50 {middle / 1000:.1f} µs, ", end="")
    print(f"p99 {slow / middle:.2f} times that")
    keep("memory", {"sizes": sizes})


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
