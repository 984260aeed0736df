#!/bin/sh
# A closing time of 24:00 that DuckDB writes to Parquet is midnight, or nothing, to its readers.
#
# Seen: DuckDB holds TIME '24:00' apart from '00:00' and orders it after 23:00. pyarrow gives the same Parquet value as
# 00:00, the first minute of the day, and polars as null; neither says so.
#
# Expected: an error from the writer or the readers: Parquet's TIME is a time of day, and 24 hours after midnight is
# none.
# Source: Apache Parquet, Logical types, TIME, https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
# Source: DuckDB, Time types, https://duckdb.org/docs/stable/sql/data_types/time
# Seen with DuckDB 2.0.1, pyarrow 26.0.1 and polars 2.1.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
DuckDB: 00:00:00 17:00:00 24:00:00
pyarrow: 00:00:00 17:00:00 00:00:00
polars: 00:00:00 17:00:00 None
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0
venv/bin/python - >seen <<'END'
import duckdb
import polars
import pyarrow.parquet

duckdb.execute("COPY (SELECT unnest([TIME '00:00', TIME '17:00', TIME '24:00']) AS closes) TO 'hours.parquet'")
print("DuckDB:", *(row[0] for row in duckdb.sql("SELECT closes::VARCHAR FROM 'hours.parquet' ORDER BY 1").fetchall()))
print("pyarrow:", *pyarrow.parquet.read_table("hours.parquet")["closes"].to_pylist())
print("polars:", *polars.read_parquet("hours.parquet")["closes"].to_list())
END

cat seen
diff -u expected seen
