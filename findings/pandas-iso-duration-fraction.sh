#!/bin/sh
# pandas reads a fraction in an ISO 8601 duration as a number of its own.
#
# Seen: `PT1.5H` becomes five hours and one second, `P0.5D` five days: the digits before the point are taken
# for seconds, the digits after it for the unit. `P1M`, one month, becomes one minute. Nothing is raised.
#
# Expected: one and a half hours, half a day, and an error for months, which a Timedelta can't hold. The
# documentation says that Timedelta takes ISO 8601 durations; the standard allows a fraction in the last part.
# Source: pandas, Time deltas, https://pandas.pydata.org/docs/user_guide/timedeltas.html
# Seen with pandas 3.1.1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
PT1H30M is 0 days 01:30:00
PT1.5H is 0 days 05:00:01
PT0.5H is 0 days 05:00:00
P0.5D is 5 days 00:00:00
P1DT1.5H is 1 days 05:00:01
P1M is 0 days 00:01:00
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pandas==3.1.1
venv/bin/python - >seen <<'END'
import pandas

for text in ("PT1H30M", "PT1.5H", "PT0.5H", "P0.5D", "P1DT1.5H", "P1M"):
    print(text, "is", pandas.Timedelta(text))
END

cat seen
diff -u expected seen
