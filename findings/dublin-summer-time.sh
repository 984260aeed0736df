#!/bin/sh
# In Dublin it is daylight saving time in winter.
#
# Seen: for January dst() is minus one hour, which is true as a condition, and pendulum's is_dst() is True; for July it
# is zero and False. For London, with the same clock, it is the other way round.
#
# Expected: summer, as everywhere else in Europe. Irish Standard Time is the law's name for summer time, so the time zone
# database has a negative saving in winter; Python and pendulum pass it on without a word in their documentation.
# Source: Python, datetime.dst, https://docs.python.org/3/library/datetime.html
# Source: tz database, europe, https://github.com/eggert/tz/blob/main/europe
# Seen with pendulum 3.3.0 and tzdata 2026.6.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
Europe/Dublin 1 dst: -1.0 - is_dst: True
Europe/Dublin 7 dst: 0.0 - is_dst: False
Europe/London 1 dst: 0.0 - is_dst: False
Europe/London 7 dst: 1.0 - is_dst: True
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pendulum==3.3.0 tzdata==2026.6
PYTHONTZPATH= venv/bin/python - >seen <<'END'
from datetime import datetime
from zoneinfo import ZoneInfo

import pendulum

for zone in ("Europe/Dublin", "Europe/London"):
    for month in (1, 7):
        saving = datetime(2026, month, 15, tzinfo=ZoneInfo(zone)).dst().total_seconds() / 3600
        print(zone, month, "dst:", saving, "- is_dst:", pendulum.datetime(2026, month, 15, tz=zone).is_dst())
END

cat seen
diff -u expected seen
