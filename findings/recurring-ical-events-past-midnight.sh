#!/bin/sh
# recurring-ical-events does not find an event on the second day of its night when asked by date.
#
# Seen: an event from 22:00 to 06:00 is not among the events `at` the second date, nor `between` it and the next
# one as dates, but it is `between` the same two midnights as datetimes. An all-day event of several days is found.
#
# Expected: found by all. The documentation of `at` says that a day returns all occurrences within that day, and gives
# the date and the tuple as two ways to say the same.
# Source: recurring-ical-events, Usage, https://recurring-ical-events.readthedocs.io/
# Seen with recurring-ical-events 3.8.2.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
at the first date: 1
at the second date: 0
at the second date, as a tuple: 1
between dates: 0
between datetimes: 1
at the second date of an all-day event: 1
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check recurring-ical-events==3.8.2 icalendar==7.3.2 tzdata==2026.6
PYTHONTZPATH= venv/bin/python - >seen <<'END'
from datetime import date, datetime

import recurring_ical_events
from icalendar import Calendar


def events(*when):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", "BEGIN:VEVENT", "UID:1@example.org",
             "DTSTAMP:20260101T000000Z", *when, "END:VEVENT", "END:VCALENDAR", ""]
    return recurring_ical_events.of(Calendar.from_ical("\r\n".join(lines)))


night = events("DTSTART:20260101T220000Z", "DTEND:20260102T060000Z")
first, second, third = (date(2026, 1, day) for day in (1, 2, 3))
print("at the first date:", len(list(night.at(first))))
print("at the second date:", len(list(night.at(second))))
print("at the second date, as a tuple:", len(list(night.at((2026, 1, 2)))))
print("between dates:", len(list(night.between(second, third))))
print("between datetimes:", len(list(night.between(datetime(2026, 1, 2), datetime(2026, 1, 3)))))
days = events("DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20260103")
print("at the second date of an all-day event:", len(list(days.at(second))))
END

cat seen
diff -u expected seen
