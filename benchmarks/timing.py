"""How benchmarks measure, print and keep what they measured."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

BUILD = Path(__file__).parent.parent / "build" / "bench"
T = TypeVar("T")


def side_by_side(
    works: Mapping[str, tuple[Callable[[Any], object], Sequence[Any]]], rounds: int = 15
) -> dict[str, float]:
    """The seconds that a call of each takes, over many items.

    All take their turns in every round, ten items at a time. The least of all rounds counts for each ten, so
    that what else the machine does meanwhile does not.
    """
    least: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, (work, items) in works.items():
            found = []
            for first in range(0, len(items), 10):
                some = items[first : first + 10]
                start = time.perf_counter()
                for item in some:
                    work(item)
                found.append(time.perf_counter() - start)
            least[name] = list(map(min, found, least.get(name, found)))
    return {name: sum(least[name]) / len(items) for name, (_, items) in works.items()}


def seconds(work: Callable[[], object]) -> float:
    """The seconds that a call takes."""
    return side_by_side({"": (lambda _: work(), range(100))})[""]


def once(
    work: Callable[[], object], rounds: int = 3, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The least seconds of some calls, for work that is done once in a process."""
    found = []
    for _ in range(rounds):
        start = clock()
        work()
        found.append(clock() - start)
    return min(found)


def spread(work: Callable[[T], object], items: Sequence[T], parts: int = 20, rounds: int = 10) -> list[float]:
    """The seconds of the processor that single calls take, sorted; garbage collection is part of them.

    Of some parts the one with the lowest 99th percentile counts: others leave the caches of a processor cold.
    """
    found: list[list[float]] = []
    for _ in range(parts):
        times = []
        for _ in range(rounds):
            for item in items:
                start = time.thread_time_ns()
                work(item)
                times.append((time.thread_time_ns() - start) / 1e9)
        found.append(sorted(times))
    return min(found, key=lambda times: times[len(times) * 99 // 100])


def memory(*, peak: bool = False) -> int:
    """The memory of this process in MB, or the most that it ever was.

    That of ``resource`` begins with what the process had that started this one.
    """
    key = "VmHWM:" if peak else "VmRSS:"
    status = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(key)) // 1000


def keep(name: str, data: Any) -> None:
    """Keeps the figures of a run, for the plot."""
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n", "utf-8")
