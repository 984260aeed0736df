#!/bin/sh
# pandas counts business hours by the hands of the clock, also where the clock is moved.
#
# Seen: six business hours from Saturday 22:00 in Berlin, on a service that is open from 22:00 to 06:00, end
# after five real hours in the night in which summer time begins, and after seven in which it ends.
#
# Expected: six hours, as with pandas' Hour. The documentation says that offsets of an hour or less respect absolute
# time, and says of business hours nothing else.
# Source: pandas, Time series, https://pandas.pydata.org/docs/user_guide/timeseries.html
# Seen with pandas 3.1.1 and tzdata 2026.6.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
2026-03-21 22:00:00+01:00 to 2026-03-22 04:00:00+01:00 is 6.0 hours; with Hour: 2026-03-22 04:00:00+01:00
2026-03-28 22:00:00+01:00 to 2026-03-29 04:00:00+02:00 is 5.0 hours; with Hour: 2026-03-29 05:00:00+02:00
2026-10-24 22:00:00+02:00 to 2026-10-25 04:00:00+01:00 is 7.0 hours; with Hour: 2026-10-25 03:00:00+01:00
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pandas==3.1.1 tzdata==2026.6
PYTHONTZPATH= venv/bin/python - >seen <<'END'
import pandas
from pandas.tseries.offsets import CustomBusinessHour, Hour

night = CustomBusinessHour(n=6, start="22:00", end="06:00", weekmask="1111111")
for day in ("2026-03-21", "2026-03-28", "2026-10-24"):
    start = pandas.Timestamp(f"{day} 22:00", tz="Europe/Berlin")
    due = start + night
    print(start, "to", due, "is", (due - start).total_seconds() / 3600, "hours; with Hour:", start + Hour(6))
END

cat seen
diff -u expected seen
