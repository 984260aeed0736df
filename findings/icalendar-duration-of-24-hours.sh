#!/bin/sh
# icalendar makes a day of 24 hours, in what it writes and in when an event ends.
#
# Seen: a duration of `PT24H` comes back as `P1D`, `PT36H` as `P1DT12H`; and an event with `DURATION:PT8H` that starts
# at 22:00 in Berlin in the night in which summer time ends is over at 06:00, nine hours later.
#
# Expected: RFC 5545 keeps the two apart: a day is one of the calendar, with as many hours as it has there, while
# hours are exact. `PT24H` in that night ends at 23:00, and eight hours from 22:00 at 05:00.
# Source: RFC 5545, section 3.3.6, https://www.rfc-editor.org/rfc/rfc5545#section-3.3.6
# Seen with icalendar 7.3.2 and tzdata 2026.6.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
PT8H is written as PT8H and ends 2026-10-25 06:00:00+01:00 after 9.0 hours
PT24H is written as P1D and ends 2026-10-26 00:00:00+01:00 after 25.0 hours
PT36H is written as P1DT12H and ends 2026-10-26 12:00:00+01:00 after 37.0 hours
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check icalendar==7.3.2 tzdata==2026.6
PYTHONTZPATH= venv/bin/python - >seen <<'END'
from datetime import UTC

from icalendar import Event

for start, duration in (("20261024T220000", "PT8H"), ("20261025T000000", "PT24H"), ("20261025T000000", "PT36H")):
    lines = ["BEGIN:VEVENT", f"DTSTART;TZID=Europe/Berlin:{start}", f"DURATION:{duration}", "END:VEVENT", ""]
    event = Event.from_ical("\r\n".join(lines))
    hours = (event.end.astimezone(UTC) - event.start.astimezone(UTC)).total_seconds() / 3600
    print(duration, "is written as", event["DURATION"].to_ical().decode(), "and ends", event.end, "after", hours, "hours")
END

cat seen
diff -u expected seen
