"""Columns of tickets, as ratios to reading and writing the same columns with pyarrow and nothing else.

Run by ``make bench``; ``benchmarks/batch.py 10e6`` is the full size. Every fact varies and a tenth is not
given, clocks run in 20 countries. A tenth of the tickets is also decided by what one would write without
columns of ours: a loop over the rows, and joins (`joins`), which are first shown to give the same answers.
"""

from __future__ import annotations

import functools
import itertools
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from timing import keep

from supportrules import Policy, TicketError, load_policy
from supportrules.engine.columns import ROWS
from supportrules.time import places

ZONES = {
    "AT": ["Europe/Vienna"],
    "AU": ["Australia/Sydney", "Australia/Perth"],
    "BE": ["Europe/Brussels"],
    "BR": ["America/Sao_Paulo", "America/Manaus"],
    "CA": ["America/Toronto", "America/Vancouver"],
    "CH": ["Europe/Zurich"],
    "DE": ["Europe/Berlin"],
    "ES": ["Europe/Madrid", "Atlantic/Canary"],
    "FR": ["Europe/Paris"],
    "GB": ["Europe/London"],
    "IN": ["Asia/Kolkata"],
    "IT": ["Europe/Rome"],
    "JP": ["Asia/Tokyo"],
    "KR": ["Asia/Seoul"],
    "NL": ["Europe/Amsterdam"],
    "PL": ["Europe/Warsaw"],
    "SE": ["Europe/Stockholm"],
    "SG": ["Asia/Singapore"],
    "US": ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"],
    "ZA": ["Africa/Johannesburg"],
}
# A loop takes some hundred times as long. Joins do not, even with business days row by row.
MOST_IN_A_LOOP = 10_000
ROUNDS = 5
# All of 2024, in seconds.
FROM, UNTIL = 1704067200, 1735689600


def tickets(policy: Policy, count: int, seed: int) -> pa.RecordBatch:
    """Random tickets of the policy that ships, a tenth of each fact not given."""
    rng = np.random.default_rng(seed)
    definition = policy.definition
    country = rng.integers(0, len(ZONES), count)
    zones = [zone for names in ZONES.values() for zone in names]
    sizes = np.array([len(names) for names in ZONES.values()])
    zone = (np.cumsum(sizes) - sizes)[country] + rng.integers(0, 60, count) % sizes[country]
    regions = [part for code in ZONES for part in places.parts(code) or (None,)]
    counts = np.array([len(places.parts(code)) or 1 for code in ZONES])
    region = (np.cumsum(counts) - counts)[country] + rng.integers(0, 1000, count) % counts[country]
    columns: dict[str, Any] = {}
    for name, fact in definition.vocabulary.facts.items():
        missing = rng.random(count) < 0.1

        def pick(values: Sequence[str | None], codes: Any, missing: Any = missing) -> pa.Array:
            return pa.array(values).take(pa.array(codes, mask=missing))

        match fact.type:
            case "text":
                columns[name] = pa.array([f"T-{seed}-{number}" for number in range(count)])
            case "country":
                columns[name] = pick(list(ZONES), country)
            case "subdivision":
                columns[name] = pick(regions, region)
            case "timezone":
                columns[name] = pick(zones, zone)
            case "boolean":
                columns[name] = pa.array(rng.random(count) < 0.5, mask=missing)
            case "number":
                columns[name] = pa.array(rng.integers(0, 300, count), mask=missing)
            case "instant":
                seconds = rng.integers(FROM, UNTIL, count)
                columns[name] = pa.array(seconds, mask=missing).cast(pa.timestamp("s", "UTC"))
            case _:
                columns[name] = pick(list(fact.values), rng.integers(0, len(fact.values), count))
    # A category that contradicts the kind of problem would be an error.
    kind, category = str(definition.issue_type_fact), str(definition.roles.category)
    kinds = columns[kind].dictionary_encode()
    own = [definition.issue_types[value].category for value in kinds.dictionary.to_pylist()]
    concluded = pa.array(own, pa.string()).take(kinds.indices)
    both = pc.and_(pc.is_valid(concluded), pc.is_valid(columns[category]))
    columns[category] = pc.if_else(both, concluded, columns[category])
    return pa.record_batch(columns)


def batches(policy: Policy, count: int) -> Iterator[pa.RecordBatch]:
    for seed, first in enumerate(range(0, count, ROWS)):
        yield tickets(policy, min(ROWS, count - first), seed)


def write(file: Path, found: Iterator[pa.RecordBatch]) -> None:
    first = next(found)
    with pq.ParquetWriter(file, first.schema) as writer:
        for batch in itertools.chain([first], found):
            writer.write_batch(batch)


def cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def measured(work: Callable[[], object], who: int = resource.RUSAGE_SELF) -> tuple[float, float]:
    """The wall and processor time of some work."""
    before, start = cpu(who), time.perf_counter()
    work()
    return time.perf_counter() - start, cpu(who) - before


def evaluate(source: Path, target: Path) -> float:
    """Decides a file by the command; gives its peak memory in megabytes."""
    command = [
        sys.executable,
        "-c",
        "import sys; from supportrules.cli import run; from timing import memory;"
        "code = run(sys.argv[1:]); print(memory(peak=True)); sys.exit(code)",
    ]
    done = subprocess.run(
        [*command, "evaluate", str(source), "-o", str(target)],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parent,
    )
    return float(done.stdout)


def copy(source: Path, target: Path, decisions: list[pa.RecordBatch]) -> None:
    """Reads the columns of tickets, and writes as many decisions; nothing is decided."""
    texts = [field.name for field in pq.read_schema(source) if field.type == pa.string()]
    file = pq.ParquetFile(source, read_dictionary=texts[1:])
    with pq.ParquetWriter(target, decisions[0].schema) as writer:
        for number, batch in enumerate(file.iter_batches(ROWS)):
            writer.write_batch(decisions[number % len(decisions)].slice(0, batch.num_rows))


def loop(policy: Policy, table: pa.Table) -> int:
    """What one would write without columns: every row a ticket; what was worked out is kept by the policy."""
    undecided = 0
    for ticket in table.to_pylist():
        for name in ("opened_at", "closed_at"):
            moment = ticket[name]
            ticket[name] = moment and moment.isoformat()
        try:
            policy.evaluate(ticket)
        except TicketError:
            undecided += 1
    return undecided


def beside(policy: Policy, tenth: pa.Table) -> Mapping[str, Mapping[str, float]]:
    """What else decides some tickets, and `evaluate_batch` on the same rows: the least of rounds.

    They are those that tell their place. What either works out once is there already.
    """
    # Tickets for Spark are made here too, where what is joined with need not be installed.
    from joins import differing, ways

    def pair(work: Callable[[pa.Table], object], rows: pa.Table, rounds: int = ROUNDS) -> dict[str, float]:
        theirs, ours = [], []
        for number in range(ROUNDS):
            if number < rounds:
                theirs.append(measured(lambda: work(rows)))
            ours.append(measured(lambda: policy.evaluate_batch(rows)))
        (wall, spent), (our_wall, our_cpu) = (map(min, zip(*each, strict=True)) for each in (theirs, ours))
        told = {"wall": wall, "cpu": spent, "evaluate_batch wall": our_wall, "evaluate_batch cpu": our_cpu}
        return {"tickets": rows.num_rows} | told

    # One that does not tell its region has several deadlines, which nothing else tells.
    told = (pc.is_valid(tenth[name]) for name in ("country", "subdivision", "timezone"))
    tenth = tenth.filter(functools.reduce(pc.and_, told))
    # Once: a second time it would find all kept.
    few = tenth.slice(0, MOST_IN_A_LOOP)
    found = {"a loop over the rows": pair(lambda rows: loop(policy, rows), few, 1)}
    for name, way in ways(policy).items():
        wrong, compared = differing(policy, way, tenth)
        print(f"{name}: {wrong} of {compared:,} tickets answered otherwise")
        assert not wrong, name
        found[name] = pair(way, tenth)
    return found


def main() -> None:
    count = int(float(sys.argv[1])) if len(sys.argv) > 1 else 500_000
    policy = load_policy()
    with tempfile.TemporaryDirectory() as folder:
        source, five, target = (Path(folder) / f"{name}.parquet" for name in ("tickets", "five", "decisions"))
        write(source, batches(policy, count))
        some = [policy.evaluate_batch(batch) for batch in itertools.islice(batches(policy, count), 8)]
        print(f"{count:,} tickets, {source.stat().st_size / 1e6:.0f} MB")
        rows = [("read and write, pyarrow alone", *measured(lambda: copy(source, target, some)), 0.0)]
        peak = 0.0

        def decide(file: Path = source) -> None:
            nonlocal peak
            peak = evaluate(file, target)

        rows.append(("supportrules evaluate -o", *measured(decide, resource.RUSAGE_CHILDREN), peak))
        rows.append(("read and write, again", *measured(lambda: copy(source, target, some)), 0.0))
        rows.append(("supportrules evaluate -o, again", *measured(decide, resource.RUSAGE_CHILDREN), peak))
        unit = min(rows[0][1], rows[2][1])
        file = pq.ParquetFile(source)
        write(five, (batch for _ in range(5) for batch in file.iter_batches(ROWS)))
        rows.append(("five times the file", *measured(lambda: decide(five), resource.RUSAGE_CHILDREN), peak))
        print(f"{'what':34} {'wall s':>8} {'cpu s':>8} {'x read+write':>13} {'peak MB':>8}")
        for what, wall, spent, memory in rows:
            print(f"{what:34} {wall:8.2f} {spent:8.2f} {wall / unit:13.2f} {memory or '':>8}")
        others = beside(policy, pq.read_table(source).slice(0, count // 10))
    title = "x evaluate_batch on the same rows"
    print(f"{title:34} {'tickets':>9} {'wall s':>8} {'cpu s':>8} {'x wall':>8} {'x cpu':>8}")
    for what, found in others.items():
        walls, spents = (found[name] / found[f"evaluate_batch {name}"] for name in ("wall", "cpu"))
        print(
            f"{what:34} {found['tickets']:9,} {found['wall']:8.3f} {found['cpu']:8.3f}"
            f" {walls:8.1f} {spents:8.1f}"
        )
    names = ("wall", "cpu", "peak MB")
    whole = {what: dict(zip(names, figures, strict=True)) for what, *figures in rows}
    keep("batch", {"tickets": count, "rows": whole, "beside": others})


if __name__ == "__main__":
    main()
