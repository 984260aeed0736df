#!/bin/sh
# ical.js expands three kinds of yearly rule to other days than the standard says.
#
# Seen: a yearly event of 29 February moves to 1 March in common years. `BYMONTHDAY=1` without a month, the
# first of every month, is kept once a year. `BYWEEKNO=1;BYDAY=MO`, the Monday of the first week, is every Monday.
#
# Expected: RFC 5545 says that invalid dates are ignored and not counted, and its table says that BYMONTHDAY and
# BYWEEKNO expand within the year. An issue about the first was closed years ago.
# Source: RFC 5545, section 3.3.10, https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10
# Source: ical.js, issue 91, https://github.com/kewisch/ical.js/issues/91
# Seen with ical.js 2.2.1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
29 February: 2024-02-29 2025-03-01 2026-03-01 2027-03-01
BYMONTHDAY=1: 2026-01-01 2027-01-01 2028-01-01 2029-01-01
BYWEEKNO=1;BYDAY=MO: 2026-01-05 2026-01-12 2026-01-19 2026-01-26
END

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund ical.js@2.2.1
cat >case.mjs <<'END'
import ICAL from 'ical.js'

const dates = (start, rule) => {
  const recurrence = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromString(start))
  const found = []
  for (let date = recurrence.next(); date && found.length < 4; date = recurrence.next()) found.push(date.toString())
  return found.join(' ')
}

console.log('29 February:', dates('2024-02-29', 'FREQ=YEARLY;COUNT=4'))
console.log('BYMONTHDAY=1:', dates('2026-01-01', 'FREQ=YEARLY;BYMONTHDAY=1;COUNT=4'))
console.log('BYWEEKNO=1;BYDAY=MO:', dates('2026-01-01', 'FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;COUNT=4'))
END
node case.mjs >seen

cat seen
diff -u expected seen
