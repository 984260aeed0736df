#!/bin/sh
# One business day after a Saturday is Monday, and between the two date-fns counts none.
#
# Seen: differenceInBusinessDays of addBusinessDays(day, n) and the day is n on weekdays, and n - 1 on Saturday and
# Sunday. From Friday to Saturday, when no business day passes, it counts one.
#
# Expected: n, for every day, as differenceInCalendarDays undoes addDays. The documentation of each says that weekends are
# left out.
# Source: date-fns, differenceInBusinessDays, https://date-fns.org/docs/differenceInBusinessDays
# Seen with date-fns 4.4.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
Thu + 1 is Fri, the difference is 1
Fri + 1 is Mon, the difference is 1
Sat + 1 is Mon, the difference is 0
Sun + 1 is Mon, the difference is 0
Fri to Sat: 1
END

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund date-fns@4.4.0
cat >case.mjs <<'END'
import { addBusinessDays, differenceInBusinessDays, format } from 'date-fns'

for (const day of ['2026-12-03', '2026-12-04', '2026-12-05', '2026-12-06']) {
  const start = new Date(day)
  const due = addBusinessDays(start, 1)
  console.log(format(start, 'EEE'), '+ 1 is', format(due, 'EEE') + ', the difference is', differenceInBusinessDays(due, start))
}
console.log('Fri to Sat:', differenceInBusinessDays(new Date('2026-12-05'), new Date('2026-12-04')))
END
TZ=UTC node case.mjs >seen

cat seen
diff -u expected seen
