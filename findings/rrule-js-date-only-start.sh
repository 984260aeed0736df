#!/bin/sh
# rrule.js drops a DTSTART that is a date, and counts from now.
#
# Seen: from `DTSTART;VALUE=DATE:20260101` the rule has no start; its days are counted from the moment of the call,
# so that ten days from 1 January 2020 end years later, and a rule that ends on 3 January 2020 has no days.
#
# Expected: 1 January 2020. All-day events, such as holidays, are written so (RFC 5545, 3.8.2.4), and the library reads
# the same line without the parameter. It parses both without an error.
# Source: rrule, README, https://github.com/jkbrzt/rrule#readme
# Source: RFC 5545, section 3.8.2.4, https://www.rfc-editor.org/rfc/rfc5545#section-3.8.2.4
# Seen with rrule 2.8.1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
DTSTART:20200101T000000Z starts in 2020: true - days until 3 January: 3
DTSTART;VALUE=DATE:20200101 starts in 2020: false - days until 3 January: 0
END

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund rrule@2.8.1
cat >case.mjs <<'END'
import rrule from 'rrule'

for (const start of ['DTSTART:20200101T000000Z', 'DTSTART;VALUE=DATE:20200101']) {
  const rule = rrule.rrulestr(`${start}\nRRULE:FREQ=DAILY;COUNT=3`)
  const past = rrule.rrulestr(`${start}\nRRULE:FREQ=DAILY;UNTIL=20200103T000000Z`)
  console.log(start, 'starts in 2020:', rule.all()[0].getUTCFullYear() === 2020, '- days until 3 January:', past.all().length)
}
END
TZ=UTC node case.mjs >seen

cat seen
diff -u expected seen
