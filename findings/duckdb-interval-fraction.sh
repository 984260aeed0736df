#!/bin/sh
# DuckDB cuts the fraction from a number of hours that stands outside the quotes.
#
# Seen: `INTERVAL 1.5 HOUR` and `INTERVAL '1.5' HOUR` are one hour, `INTERVAL 0.5 HOUR` is no time at all, while
# `INTERVAL '1.5 hours'` is an hour and a half. A target kept as a column of hours and added with
# `INTERVAL (hours) HOUR` is due early.
#
# Expected: an hour and a half for each, as the documentation presents the spellings as equals, and as
# PostgreSQL, whose syntax DuckDB follows, answers 01:30:00 to the quoted ones.
# Source: DuckDB, Interval type, https://duckdb.org/docs/stable/sql/data_types/interval
# Seen with DuckDB 2.0.1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
INTERVAL '1.5 hours' is 1:30:00
INTERVAL '1.5' HOUR is 1:00:00
INTERVAL 1.5 HOUR is 1:00:00
INTERVAL 0.5 HOUR is 0:00:00
a column of 0.5 and 2.5: 0:00:00 2:00:00
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1
venv/bin/python - >seen <<'END'
import duckdb

for text in ("INTERVAL '1.5 hours'", "INTERVAL '1.5' HOUR", "INTERVAL 1.5 HOUR", "INTERVAL 0.5 HOUR"):
    print(text, "is", duckdb.sql(f"SELECT {text}").fetchall()[0][0])
hours = duckdb.sql("SELECT INTERVAL (target) HOUR FROM (VALUES (0.5::DOUBLE), (2.5)) t(target)").fetchall()
print("a column of 0.5 and 2.5:", *(row[0] for row in hours))
END

cat seen
diff -u expected seen
