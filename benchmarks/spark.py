"""Decisions on Spark, as a ratio to the same job by an identity `mapInArrow` that yields the same columns.

Run by ``make bench-spark``; ``benchmarks/spark.py 10e6`` takes as many tickets. Both jobs read the same
Parquet, pass each batch of it to Python, and write decisions, to Parquet or nowhere; the identity has them
beforehand, as many different ones as a partition has. Two processors, the jobs in turns; of each the least
time counts, as others may use the machine too.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from batch import batches, write
from pyspark.sql import DataFrame, SparkSession
from timing import keep

from supportrules import load_policy
from supportrules.engine.columns import ROWS
from supportrules.spark import evaluate

ROUNDS = 5


def identity(df: DataFrame, file: str, schema: Any) -> DataFrame:
    """As many decisions as there are tickets, from a file in memory."""

    def yield_them(given: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        decisions = pa.ipc.open_file(pa.memory_map(file)).get_batch(0)
        first = 0
        for batch in given:
            if first + batch.num_rows > decisions.num_rows:
                first = 0
            yield decisions.slice(first, batch.num_rows)
            first += batch.num_rows

    return df.mapInArrow(yield_them, schema)


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    count = int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000
    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    policy = load_policy()
    with tempfile.TemporaryDirectory() as folder:
        source, target = str(Path(folder) / "tickets.parquet"), str(Path(folder) / "decisions")
        write(Path(source), batches(policy, count))
        conf = {
            "spark.driver.memory": "2g",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.local.dir": folder,
            # Some partitions for each processor.
            "spark.sql.files.maxPartitionBytes": str(-(-Path(source).stat().st_size // 8)),
        }
        spark = SparkSession.builder.master("local[2]").config(map=conf).getOrCreate()
        tickets = spark.read.parquet(source)
        decided = evaluate(tickets, policy)
        some = policy.evaluate_batch(next(batches(policy, ROWS)))
        file = str(Path(folder) / "decisions.arrow")
        with pa.ipc.new_file(file, some.schema) as stream:
            stream.write_batch(some)
        plain = identity(tickets, file, decided.schema)

        def to_parquet(df: DataFrame) -> None:
            df.write.mode("overwrite").parquet(target)

        def nowhere(df: DataFrame) -> None:
            df.write.mode("overwrite").format("noop").save()

        print(f"{count:,} tickets, {tickets.rdd.getNumPartitions()} partitions, the least of {ROUNDS} rounds")
        kept = {}
        print(f"{'decisions go':16} {'identity s':>11} {'evaluate s':>11} {'ratio':>6}")
        for where, job in (("to Parquet", to_parquet), ("nowhere", nowhere)):
            job(plain)
            job(decided)
            rounds = [(seconds(lambda: job(plain)), seconds(lambda: job(decided))) for _ in range(ROUNDS)]  # noqa: B023
            base, taken = map(min, zip(*rounds, strict=True))
            print(f"{where:16} {base:11.2f} {taken:11.2f} {taken / base:6.2f}", flush=True)
            kept[where] = base, taken
        keep("spark", {"tickets": count, "rows": kept})
        spark.stop()


if __name__ == "__main__":
    main()
