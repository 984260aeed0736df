#!/bin/sh
# businesstimedelta counts nothing of a night shift for what begins after the shift does.
#
# Seen: with a shift from 21:00 to 02:00 every day, four hours from 20:00 on end at 01:00 that night, and four hours from
# 21:00, 22:00 or 23:00 on end at 01:00 of the next night: the shift that has begun is passed over.
#
# Expected: 01:00 for what begins with the shift at 21:00, and 02:00 for what begins at 22:00. A shift that ends before it
# begins is how its documentation writes one that runs past midnight.
# Source: businesstimedelta, WorkDayRule, https://github.com/seatgeek/businesstimedelta
# Seen with businesstimedelta 1.0.1 and pytz 2026.6.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
Mon 20:00 Tue 01:00
Mon 21:00 Wed 01:00
Mon 22:00 Wed 01:00
Mon 23:00 Wed 01:00
Tue 00:00 Wed 01:00
Tue 01:00 Wed 01:00
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check businesstimedelta==1.0.1 pytz==2026.6
venv/bin/python - >seen <<'END'
from datetime import datetime, time

import pytz
from businesstimedelta import BusinessTimeDelta, Rules, WorkDayRule

zone = pytz.timezone("Europe/Berlin")
shift = WorkDayRule(start_time=time(21), end_time=time(2), working_days=list(range(7)), tz=zone)
hours = Rules([shift])
for day, hour in ((13, 20), (13, 21), (13, 22), (13, 23), (14, 0), (14, 1)):
    begin = zone.localize(datetime(2026, 4, day, hour))
    end = begin + BusinessTimeDelta(hours, hours=4)
    print(f"{begin:%a %H:%M} {end.astimezone(zone):%a %H:%M}")
END

cat seen
diff -u expected seen
