#!/bin/sh
# date-fns adds a whole business day for any fraction of one.
#
# Seen: half a business day from Thursday noon is Friday noon, and one and nine tenths are Monday noon: a fraction
# counts as one day. A target in hours divided by eight is late, and so is anything that rounding left as 1.0000000001.
#
# Expected: the fraction cut off, as addDays does with its own and as Date does, or an error. The documentation calls it
# the amount of business days to be added.
# Source: date-fns, addBusinessDays, https://date-fns.org/docs/addBusinessDays
# Seen with date-fns 4.4.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
0.5 business days: 2026-12-04T12:00:00.000Z - days: 2026-12-03T12:00:00.000Z
1 business days: 2026-12-04T12:00:00.000Z - days: 2026-12-04T12:00:00.000Z
1.0000000001 business days: 2026-12-07T12:00:00.000Z - days: 2026-12-04T12:00:00.000Z
1.9 business days: 2026-12-07T12:00:00.000Z - days: 2026-12-04T12:00:00.000Z
END

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund date-fns@4.4.0
cat >case.mjs <<'END'
import { addBusinessDays, addDays } from 'date-fns'

const thursday = new Date('2026-12-03T12:00:00Z')
for (const amount of [0.5, 1, 1.0000000001, 1.9]) {
  console.log(amount, 'business days:', addBusinessDays(thursday, amount).toISOString(), '- days:', addDays(thursday, amount).toISOString())
}
END
TZ=UTC node case.mjs >seen

cat seen
diff -u expected seen
