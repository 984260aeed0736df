"""Time and memory as a policy grows, as ratios to an earlier build in the same run.

``make bench-scale`` measures all rows, ``benchmarks/scale.py star bundled-check`` those whose names begin so.
Each operation (`scale_operation`) runs in a process of its own; seconds are those of the processor, after
loading. Builds take turns, and the median counts. The earlier build is installed once from the history of the
repository, beside the same versions of what both need.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from batch import FROM, UNTIL, cpu, tickets
from scale_operation import TIMES
from timing import BUILD, keep

from supportrules import load_policy
from supportrules.time import places

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

# They stand beside the tests.
from larger_policies import as_earlier, edited, edited_kind, enlarge  # noqa: E402
from random_tickets import complete_tickets  # noqa: E402

EARLIER = "5cfc287"
# Turns of each build, more where the target is near; one will do for what takes longer than some seconds.
TURNS, MORE_TURNS, LONG = 5, 15, 10
POLICIES: Mapping[str, Mapping[str, int]] = {
    "bundled": {},
    "one": {"facts": 1},
    "four": {"facts": 4},
    "eight": {"facts": 8},
    "ten": {"issue_types": 10},
    "star": {"star": 2_500},
    # The same, of which another rule is edited.
    "kind": {"star": 2_500},
    "thresholds": {"thresholds": 20},
    "countries": {"countries": 20},
}
UNITS = {"seconds": "s", "slowest": "s", "a row": "µs", "memory": "MB", "beyond": "MB", "held": "MB"}
# Complete tickets, and rows of batches: FEW for a build that decides them one by one.
COMPLETE, MANY, SOME, FEW = 100, 1_000_000, 100_000, 2_000
# Zones, and the subdivisions in each: 60 places.
PLACES: Mapping[str, Sequence[str]] = {
    "Europe/London": places.parts("GB"),
    "Europe/Berlin": places.parts("DE"),
    "Europe/Zurich": places.parts("CH"),
    "Australia/Sydney": places.parts("AU"),
    "America/Toronto": places.parts("CA")[:6],
}


@dataclass(frozen=True)
class Row:
    """A figure, and the most that it may be as a ratio to another one or, if there is none, by itself."""

    what: str
    operation: str
    target: float
    figure: str = "seconds"
    # Of a batch: in this build, and in the earlier one.
    rows: tuple[int, int] = (SOME, SOME)
    # The earlier build, this build with another policy, or nothing.
    to: str = EARLIER


ROWS = {
    "bundled-load": Row("bundled: import and load", "load", 1.05),
    "bundled-check": Row("bundled: check", "check", 0.5),
    "bundled-partial": Row("bundled: first partial ticket", "partial", 0.5),
    "bundled-batch": Row("bundled: a million rows, first time", "batch", 0.3, rows=(MANY, MANY)),
    "bundled-diff": Row("bundled: diff, memory beyond the process", "diff", 0.3, "beyond"),
    "bundled-held": Row("bundled: held for batches", "held", 0.02, "held"),
    "bundled-places": Row("bundled: ten million rows in 60 places", "places", 1.1, rows=(MANY, MANY)),
    "bundled-countries": Row("bundled: the same, of which none tells", "countries", 1.5, rows=(MANY, MANY)),
    "bundled-full": Row("bundled: one full warm ticket", "full", 1.05, "a row"),
    "four-check": Row("four facts more: check", "check", 0.1),
    "four-diff": Row("four facts more: diff", "diff", 0.1),
    "four-ask": Row("four facts more: slowest question", "ask", 0.1, "slowest"),
    "one-batch": Row("one fact more: batch, a row", "batch", 0.005, "a row", (SOME, FEW)),
    "eight-check": Row("eight facts more: check, to bundled", "check", 4, to="bundled"),
    "eight-diff": Row("eight facts more: diff, to bundled", "diff", 4, to="bundled"),
    "ten-check": Row("ten times the issue types: check", "check", 0.1),
    "ten-diff": Row("ten times the issue types: diff", "diff", 0.1),
    "star-load": Row("60 facts, 10,000 rules: load", "load", 15, to=""),
    "star-load-memory": Row("60 facts, 10,000 rules: load, memory", "load", 1000, "memory", to=""),
    "star-check": Row("60 facts, 10,000 rules: check", "check", 15, to=""),
    "star-check-memory": Row("60 facts, 10,000 rules: check, memory", "check", 1000, "memory", to=""),
    "star-diff": Row("60 facts, 10,000 rules: diff", "diff", 15, to=""),
    "star-diff-memory": Row("60 facts, 10,000 rules: diff, memory", "diff", 1000, "memory", to=""),
    "kind-diff": Row("60 facts, 10,000 rules: diff of one kind's rule", "diff", 15, to=""),
    "kind-diff-memory": Row("60 facts, 10,000 rules: the same, memory", "diff", 1000, "memory", to=""),
    "thresholds-batch": Row("20 thresholds: batch, a row", "batch", 0.1, "a row", (SOME, FEW)),
    "thresholds-check": Row("20 thresholds: check", "check", 0.1),
    "countries-batch": Row("20 countries: batch, a row", "batch", 0.1, "a row", (SOME, FEW)),
    "countries-check": Row("20 countries: check", "check", 0.1),
}


@dataclass(frozen=True)
class Run:
    """What a process took; where it failed, took too long or left answers out, why, and the least it takes.

    Memory is the most there was of it, in megabytes, also beyond what the process had once all was loaded.
    """

    spent: float
    seconds: float
    memory: float = 0
    beyond: float = 0
    # What the operation itself measures.
    found: float = 0
    failed: str = ""

    def amount(self, row: Row, rows: int) -> float:
        match row.figure:
            case "seconds":
                return self.seconds
            case "a row":
                return self.seconds * 1e6 / (TIMES * COMPLETE if row.operation == "full" else rows)
            case "memory":
                return self.memory
            case "beyond":
                return self.beyond
        return self.seconds if self.failed else self.found


def earlier_python() -> Path:
    """The Python of an environment with the earlier build, which is made if there is none."""
    place = BUILD / EARLIER
    python, ready = place / "bin" / "python", place / "ready"
    if ready.exists():
        return python
    git = ["git", "-C", str(ROOT)]
    found = subprocess.run([*git, "cat-file", "-e", f"{EARLIER}^{{commit}}"], stderr=subprocess.DEVNULL)
    if found.returncode:
        shallow = subprocess.check_output([*git, "rev-parse", "--is-shallow-repository"], text=True)
        hint = ": it is shallow, `git fetch --unshallow` gets the rest" if "true" in shallow else ""
        sys.exit(f"commit {EARLIER}, which is compared with, is not in this clone{hint}")
    print(f"installing {EARLIER} in {place}", file=sys.stderr)
    venv.create(place, clear=True, with_pip=True)
    pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory() as folder:
        archive, same = Path(folder, f"{EARLIER}.zip"), Path(folder, "same.txt")
        subprocess.run([*git, "archive", "--output", archive, EARLIER], check=True)
        installed = [sys.executable, *pip, "freeze", "--exclude", "supportrules"]
        same.write_bytes(subprocess.check_output(installed))
        build = f"supportrules[batch] @ {archive.as_uri()}"
        subprocess.run([python, *pip, "install", "--constraint", same, build], check=True)
    ready.touch()
    return python


@dataclass(frozen=True)
class Side:
    """A build, by its Python, a policy, and how many rows there are in a batch."""

    python: Path
    policy: str
    rows: int


class Bench:
    """Runs operations on policies, which it makes in a folder with what else the operations need."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self.limit = folder, limit
        self.runs: dict[tuple[Side, str, int], Run] = {}

    def made(self, name: str, make: Callable[[Path], object]) -> Path:
        path = self.folder / name
        if not path.exists():
            make(path)
        return path

    def policy(self, name: str) -> Path:
        return self.made(name, lambda path: enlarge(path, **POLICIES[name]))

    def as_earlier(self, policy: Path) -> Path:
        """A policy as the earlier build reads it."""
        return self.made(f"{policy.name}-earlier", lambda path: as_earlier(policy, path))

    def needed(self, operation: str, name: str, rows: int) -> list[Path]:
        """What an operation needs beside a policy."""
        folder = self.policy(name)

        def write_rows(path: Path) -> None:
            # Without times and subdivisions: what follows from these takes its own time, whatever the rules.
            policy = load_policy(folder)
            facts = policy.definition.vocabulary.facts.items()
            chosen = [name for name, fact in facts if fact.type not in ("instant", "subdivision")]
            pq.write_table(pa.table(tickets(policy, rows, 0)).select(chosen), path)

        def write_complete(path: Path) -> None:
            found = [ticket for ticket, _ in complete_tickets(load_policy(folder), Random(5), COMPLETE)]
            path.write_text(json.dumps(found), "utf-8")

        def write_places(path: Path) -> None:
            policy, rng = load_policy(folder), np.random.default_rng(0)
            kinds = [ticket for ticket, _ in complete_tickets(policy, Random(5), COMPLETE)]
            found = pa.Table.from_pylist(kinds).take(rng.integers(0, COMPLETE, rows))
            at = pa.Table.from_pylist(
                [
                    {"country": places.country(part), "timezone": zone, "subdivision": part}
                    for zone, parts in PLACES.items()
                    for part in parts
                ]
            ).take(rng.integers(0, sum(map(len, PLACES.values())), rows))
            opened = pa.array(rng.integers(FROM, UNTIL, rows)).cast(pa.timestamp("s", "UTC"))
            for name, column in (*zip(at.column_names, at.columns, strict=True), ("opened_at", opened)):
                found = found.set_column(found.column_names.index(name), name, column)
            pq.write_table(found, path)

        match operation:
            case "places" | "countries":
                return [self.made(f"{name}-places.parquet", write_places)]
            case "diff":
                edit = edited_kind if name == "kind" else edited
                return [self.made(f"{name}-edited", lambda path: edit(folder, path))]
            case "batch" | "held":
                return [self.made(f"{name}-{rows}.parquet", write_rows)]
            case "full" | "ask":
                return [self.made(f"{name}.json", write_complete)]
        return []

    def run(self, side: Side, operation: str, turn: int) -> Run:
        """One process; rows that ask for the same share it."""
        if run := self.runs.get((side, operation, turn)):
            return run
        script, limit = Path(__file__).parent / "scale_operation.py", str(self.limit)
        files = [self.policy(side.policy), *self.needed(operation, side.policy, side.rows)]
        if side.python != Path(sys.executable):
            files = [self.as_earlier(file) if file.is_dir() else file for file in files]
        arguments: list[str | Path] = [operation, limit, *files]
        before = cpu(resource.RUSAGE_CHILDREN)
        done = subprocess.run([side.python, script, *arguments], capture_output=True, text=True)
        spent = cpu(resource.RUSAGE_CHILDREN) - before
        if done.returncode:
            *_, reason = done.stderr.splitlines() or [f"exit code {done.returncode}"]
            late = spent > self.limit - 1
            failed = f"> {self.limit} s" if late else reason.partition(":")[0].rpartition(".")[2]
            run = Run(spent, spent if late else 0, failed=failed)
        else:
            (loading, loaded), (found, memory) = map(json.loads, done.stdout.splitlines())
            left = f"{found} left out" if operation in ("check", "diff") and found else ""
            run = Run(spent, spent - loading, memory, memory - loaded, found, left)
        self.runs[side, operation, turn] = run
        return run

    def measured(self, row: Row, sides: list[Side]) -> list[tuple[float, str]]:
        """For each side the median, and why it did not finish."""
        turns: list[list[Run]] = [[] for _ in sides]
        for turn in range(MORE_TURNS if row.to == EARLIER and row.target > 1 else TURNS):
            for side, runs in zip(sides, turns, strict=True):
                if not runs or (not runs[-1].failed and runs[-1].spent < LONG):
                    runs.append(self.run(side, row.operation, turn))
        return [
            (statistics.median_low(run.amount(row, side.rows) for run in runs), runs[-1].failed)
            for side, runs in zip(sides, turns, strict=True)
        ]


def compared(row: Row, found: list[tuple[float, str]]) -> str:
    """What is printed of a row: the figures, their ratio or a bound for it, and whether that is as wanted."""
    (ours, late), (other, other_late) = found if row.to else (*found, (1.0, ""))
    texts = [
        text or f"{amount:{',.0f' if amount >= 1000 else '.3g'}} {UNITS[row.figure]}"
        for amount, text in found
    ]
    seen, verdict = "-", "missed" if late else "met"
    if ours and other and not (late and other_late):
        seen = f"{'> ' if late else '< ' if other_late else ''}{ours / other:.3g}"
        if not late and ours / other > row.target:
            verdict = "open" if other_late else "missed"
    beside = texts[1] if row.to else ""
    return f"{row.what:40} {texts[0]:>14} {beside:>14} {seen:>9} {row.target:>8,} {verdict}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Time and memory as a policy grows.")
    parser.add_argument("--limit", type=int, default=180, help="processor seconds for each operation")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"how names begin: {', '.join(ROWS)}")
    asked = parser.parse_args()
    chosen = {name: row for name, row in ROWS.items() if not asked.rows or name.startswith(tuple(asked.rows))}
    if not chosen:
        parser.error(f"no such row; there are {', '.join(ROWS)}")
    print(f"{'':40} {'this build':>14} {'compared with':>14} {'seen':>9} {'target':>8}", flush=True)
    kept = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.limit)
        for name, row in chosen.items():
            policy, this = name.partition("-")[0], Path(sys.executable)
            sides = [Side(this, policy, row.rows[0])]
            if row.to == EARLIER:
                sides.append(Side(earlier_python(), policy, row.rows[1]))
            elif row.to:
                sides.append(Side(this, row.to, row.rows[1]))
            found = bench.measured(row, sides)
            print(compared(row, found), flush=True)
            kept[name] = {"what": row.what, "target": row.target, "found": found}
    keep("scale", kept)


if __name__ == "__main__":
    main()
