#!/bin/sh
# node-ical moves a monthly event from the 31st to the 28th, and leaves it there.
#
# Seen: a monthly event that starts on 31 January is on 28 February and then on the 28th of every month. A yearly
# one of 29 February 2024 is on the 28th ever after, in the leap year 2028 too.
#
# Expected: 31 March, 31 May, 31 July; and 29 February 2028. RFC 5545 says that dates that do not exist are
# ignored and not counted.
# Source: RFC 5545, section 3.3.10, https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10
# Source: rrule-temporal, which node-ical uses, issue 140, https://github.com/ggaabe/rrule-temporal/issues/140
# Seen with node-ical 0.26.1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
FREQ=MONTHLY;COUNT=4 2026-01-31 2026-02-28 2026-03-28 2026-04-28
FREQ=YEARLY;COUNT=5 2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-28
END

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node-ical@0.26.1 rrule-temporal@1.6.0
cat >case.mjs <<'END'
import ical from 'node-ical'

const calendar = (...lines) => ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//example//EN', 'BEGIN:VEVENT', 'UID:1@example.org',
  'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n')

for (const [start, rule] of [['20260131', 'FREQ=MONTHLY;COUNT=4'], ['20240229', 'FREQ=YEARLY;COUNT=5']]) {
  const [event] = Object.values(ical.sync.parseICS(calendar(`DTSTART;VALUE=DATE:${start}`, `RRULE:${rule}`)))
    .filter(({ type }) => type === 'VEVENT')
  console.log(rule, event.rrule.all().map((date) => date.toISOString().slice(0, 10)).join(' '))
}
END
TZ=UTC node case.mjs >seen

cat seen
diff -u expected seen
