"""One operation on a policy, in a process of its own: `scale` runs it with an earlier build and with this.

It prints the processor seconds and the memory of the process once all is loaded, and then what the operation
found and the most memory there was. What the builds have in other places is looked up in both.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import resource
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from timing import memory

from supportrules import Interview, Policy, load_policy

# A process that would take more is ended by its own MemoryError, not by the machine's.
MOST_MEMORY = 8 << 30
TIMES = 200
Work = Callable[[], object]


def named(name: str, *modules: str) -> Any:
    """What the first of some modules that is there calls by a name."""
    for module in modules:
        try:
            return getattr(importlib.import_module(f"supportrules.{module}"), name)
        except ModuleNotFoundError:
            continue
    raise AssertionError(f"no {name} in {', '.join(modules)}")


def check(policy: Policy) -> Work:
    """Checks a policy, and gives how many answers were not proved."""
    check_policy = named("check_policy", "proofs.check", "analysis")
    return lambda: sum(problem.code == "not-proved" for problem in check_policy(policy))


def diff(policy: Policy, other: str) -> Work:
    """Compares two policies, and gives how many answers were not compared."""
    compare, edited = named("compare", "proofs.comparison", "comparison"), load_policy(other)
    return lambda: len(compare(policy, edited).meaning.not_compared)


def partial(policy: Policy) -> Work:
    """A ticket of two known facts."""
    known = {"plan": "enterprise_e3", "requester": "administrator"}
    return lambda: policy.evaluate(known, defaults=False)


def _tickets(policy: Policy, file: str) -> list[dict[str, object]]:
    """The tickets of a file, without what an earlier build has no fact for."""
    facts = policy.definition.vocabulary.facts
    found = json.loads(Path(file).read_text("utf-8"))
    return [{name: value for name, value in ticket.items() if name in facts} for ticket in found]


def full(policy: Policy, file: str) -> Work:
    """Complete tickets again and again, once each was decided."""
    tickets = _tickets(policy, file)
    for ticket in tickets:
        policy.evaluate(ticket)

    def work() -> None:
        for _ in range(TIMES):
            for ticket in tickets:
                policy.evaluate(ticket)

    return work


def ask(policy: Policy, file: str) -> Work:
    """The seconds of the slowest question of an interview."""
    ticket, *_ = _tickets(policy, file)

    def work() -> float:
        start, times = time.process_time(), []
        interview = Interview(policy)
        while (fact := interview.question) is not None:
            times.append(time.process_time() - start)
            start = time.process_time()
            interview.answer(ticket[fact.name])
        return max(*times, time.process_time() - start)

    return work


def batch(policy: Policy, file: str) -> Work:
    """The rows of a Parquet file in memory."""
    # An extra, which other operations are measured without.
    import pyarrow.parquet as pq

    rows = pq.read_table(file)
    return lambda: policy.evaluate_batch(rows)


def places(policy: Policy, file: str, *, told: bool = True) -> Work:
    """The rows of a Parquet file in memory, ten times; without what an earlier build has no fact for.

    Args:
        told: whether they tell the subdivision.
    """
    import pyarrow.parquet as pq

    facts = set(policy.definition.vocabulary.facts) - (set() if told else {"subdivision"})
    rows = pq.read_table(file)
    rows = rows.select([name for name in rows.column_names if name in facts])

    def work() -> None:
        for _ in range(10):
            policy.evaluate_batch(rows)

    return work


countries = functools.partial(places, told=False)


def held(policy: Policy, file: str) -> Work:
    """The megabytes that a policy holds after a batch; another policy's has loaded what all share."""
    batch(Policy(policy.definition), file)()
    decide = batch(policy, file)

    def work() -> float:
        tracemalloc.start()
        decide()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / 1e6

    return work


OPERATIONS: Mapping[str, Callable[..., Work]] = {
    work.__name__: work for work in (check, diff, partial, full, ask, batch, places, held)
} | {"countries": countries}


def main(operation: str, limit: str, folder: str, *more: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit)))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    before: tuple[float, int] = (0, 0)
    work: Work = functools.partial(load_policy, folder)
    if operation != "load":
        work = OPERATIONS[operation](load_policy(folder), *more)
        before = time.process_time(), memory(peak=True)
    print(json.dumps(before), flush=True)
    found = work()
    print(json.dumps((found if isinstance(found, int | float) else 0, memory(peak=True))))


if __name__ == "__main__":
    main(*sys.argv[1:])
