"""The command on one ticket, as a ratio to a Python that imports click, yaml and jsonschema, in the same run.

Run by ``make bench``. Each is a process of its own; they take turns, and the least of all rounds counts.
What the processor took is what compares where the machine has other work too.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from timing import keep

from supportrules import load_policy
from supportrules.engine.cache import VARIABLE
from supportrules.time.clocks import ALWAYS

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from random_tickets import complete_tickets

EXAMPLES = Path(__file__).parent.parent / "examples" / "tickets.jsonl"
ROUNDS = 7


def due_in_business_hours() -> dict[str, Any]:
    """A complete ticket with a deadline for which public holidays count."""
    policy = load_policy()
    for ticket, decision in complete_tickets(policy, random.Random(1), 10_000):
        if decision.response and decision.response.due_at and decision.response.clock != ALWAYS:
            return ticket
    raise AssertionError("no such ticket")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        tickets = EXAMPLES.read_text("utf-8").splitlines()
        names = ("any.jsonl", "business.jsonl", "partial.jsonl")
        any_time, business, partial = (Path(folder, name) for name in names)
        any_time.write_text(tickets[0], "utf-8")
        business.write_text(json.dumps(due_in_business_hours()), "utf-8")
        partial.write_text(tickets[2], "utf-8")
        command = Path(sys.executable).parent / "supportrules"
        file = Path(folder, "built.policy")
        subprocess.run([command, "build", "-o", file], check=True, stdout=subprocess.DEVNULL)
        kept = str(Path(folder, "cache"))
        runs: dict[str, tuple[list[str | Path], str]] = {
            "import click, yaml, jsonschema": (
                [sys.executable, "-c", "import click, yaml, jsonschema"],
                "off",
            ),
            "evaluate, seen before": ([command, "evaluate", any_time], kept),
            "evaluate, seen before, business hours": ([command, "evaluate", business], kept),
            "evaluate, seen before, facts unknown": ([command, "evaluate", partial], kept),
            "evaluate, a built file": ([command, "evaluate", "--policy", file, any_time], "off"),
            "evaluate, nothing kept": ([command, "evaluate", any_time], "off"),
        }
        times = {name: (float("inf"), float("inf")) for name in runs}
        for _ in range(ROUNDS):
            for name, (arguments, cache) in runs.items():
                before, start = os.times(), time.perf_counter()
                environment = os.environ | {VARIABLE: cache}
                subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, env=environment)
                after, wall = os.times(), time.perf_counter() - start
                used = after.children_user + after.children_system
                used -= before.children_user + before.children_system
                times[name] = min(times[name][0], wall), min(times[name][1], used)
    wall, used = times["import click, yaml, jsonschema"]
    print(f"{'one process':42} {'time':>9} {'ratio':>8} {'processor':>12} {'ratio':>8}")
    for name, (found, processor) in times.items():
        ratio = found / wall
        print(f"{name:42} {found * 1e3:6.0f} ms {ratio:8.2f}", end="")
        print(f" {processor * 1e3:9.0f} ms {processor / used:8.2f}")
    keep("start", {name: processor for name, (_, processor) in times.items()})


if __name__ == "__main__":
    main()
