#!/bin/sh
# A duration that polars or pyarrow writes to Parquet is a bare integer to DuckDB, in a unit that it does not say.
#
# Seen: eight hours are 28800000000 where polars wrote microseconds and 28800000 where it wrote milliseconds; DuckDB
# gives both the type BIGINT. Read through Arrow, without the file, the same columns are INTERVALs.
#
# Expected: an INTERVAL, or a column that is refused. polars and pyarrow read each other's durations from the file, by a
# schema that Arrow keeps in its metadata; Parquet has no type for them.
# Source: Apache Arrow, Reading and writing Parquet, https://arrow.apache.org/docs/python/parquet.html
# Source: DuckDB, Parquet, https://duckdb.org/docs/stable/data/parquet/overview
# Seen with DuckDB 2.0.1, pyarrow 26.0.1 and polars 2.1.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
DuckDB from the file: 28800000000 BIGINT
pyarrow from the file: 8:00:00
DuckDB through Arrow: 8:00:00 INTERVAL
DuckDB from the file: 28800000 BIGINT
pyarrow from the file: 8:00:00
DuckDB through Arrow: 8:00:00 INTERVAL
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0
venv/bin/python - >seen <<'END'
from datetime import timedelta

import duckdb
import polars
import pyarrow.parquet

for unit in ("us", "ms"):
    target = polars.DataFrame({"target": [timedelta(hours=8)]}, schema={"target": polars.Duration(unit)})
    target.write_parquet("targets.parquet")
    print("DuckDB from the file:", *duckdb.sql("SELECT target, typeof(target) FROM 'targets.parquet'").fetchall()[0])
    print("pyarrow from the file:", pyarrow.parquet.read_table("targets.parquet")["target"][0])
    arrow = target.to_arrow()
    print("DuckDB through Arrow:", *duckdb.sql("SELECT target, typeof(target) FROM arrow").fetchall()[0])
END

cat seen
diff -u expected seen
