#!/bin/sh
# A duration that pydantic writes as JSON is another duration, or none, to its neighbours.
#
# Seen: pydantic writes 400 days as `P1Y35D`. msgspec refuses to read it; isodate reads a calendar year and 35
# days, which is 401 days from a date in front of a 29 February.
#
# Expected: days, as Python's timedelta knows neither months nor years, and as msgspec and isodate write the
# same value (`P400D`). pydantic's documentation says only that timedelta is written as an ISO 8601 duration;
# the standard gives a year no fixed number of days.
# Source: Pydantic, Configuration, ser_json_timedelta, https://docs.pydantic.dev/latest/api/config/
# Seen with pydantic 2.14.4, msgspec 0.23.0 and isodate 0.7.2.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
pydantic writes P1Y35D
msgspec writes "P400D" and isodate P400D
msgspec says: Only units 'D', 'H', 'M', and 'S' are supported when parsing ISO8601 durations
isodate counts 400 days from 2026-01-01
isodate counts 401 days from 2028-01-01
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pydantic==2.14.4 msgspec==0.23.0 isodate==0.7.2
venv/bin/python - >seen <<'END'
from datetime import date, timedelta

import isodate
import msgspec
from pydantic import TypeAdapter

days = timedelta(days=400)
text = TypeAdapter(timedelta).dump_json(days).decode().strip('"')
print("pydantic writes", text)
print("msgspec writes", msgspec.json.encode(days).decode(), "and isodate", isodate.duration_isoformat(days))
try:
    print("msgspec reads", msgspec.convert(text, timedelta))
except msgspec.ValidationError as error:
    print("msgspec says:", error)
for start in (date(2026, 1, 1), date(2028, 1, 1)):
    print("isodate counts", (start + isodate.parse_duration(text) - start).days, "days from", start)
END

cat seen
diff -u expected seen
