#!/bin/sh
# An hour later in arrow is two hours later where the clock is put back.
#
# Seen: on the day on which summer time ends in Berlin, 02:00 shifted by an hour is 03:00 winter time, two hours later by
# UTC, and a range of hours has four of the five hours from 01:00 to 04:00. In spring both walk the real hours.
#
# Expected: one hour, in autumn as in spring, and as UTC counts. The guide presents arrow as time zone aware throughout,
# with shift for moving forwards by hours.
# Source: Arrow, User's Guide, https://arrow.readthedocs.io/en/latest/guide.html
# Seen with arrow 1.4.0 and tzdata 2026.6.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
2026-10-25 hours: 5 - range: 01:00+02:00 02:00+02:00 03:00+01:00 04:00+01:00
    01:00+02:00 shifted: 02:00+02:00 1:00:00
    02:00+02:00 shifted: 03:00+01:00 2:00:00
    03:00+01:00 shifted: 04:00+01:00 1:00:00
2026-03-29 hours: 3 - range: 01:00+01:00 03:00+02:00 04:00+02:00
    01:00+01:00 shifted: 03:00+02:00 1:00:00
    03:00+02:00 shifted: 04:00+02:00 1:00:00
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check arrow==1.4.0 tzdata==2026.6
PYTHONTZPATH= venv/bin/python - >seen <<'END'
import arrow

for day in ("2026-10-25", "2026-03-29"):
    start, end = (arrow.get(f"{day}T{hour}:00", tzinfo="Europe/Berlin") for hour in ("01", "04"))
    hours = list(arrow.Arrow.range("hour", start, end))
    print(day, "hours:", int((end.to("utc") - start.to("utc")).total_seconds()) // 3600 + 1, "- range:", *(time.format("HH:mmZZ") for time in hours))
    for time in hours[:-1]:
        later = time.shift(hours=1)
        print("   ", time.format("HH:mmZZ"), "shifted:", later.format("HH:mmZZ"), (later.to("utc") - time.to("utc")))
END

cat seen
diff -u expected seen
