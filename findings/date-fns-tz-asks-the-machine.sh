#!/bin/sh
# A time zone aware date of @date-fns/tz depends on the zone of the machine, twice.
#
# Seen: new TZDate('2026-11-30T10:00:00', 'America/New_York') is ten o'clock where the program runs, not in New York;
# parseISO of date-fns, given the zone, makes it ten in New York. And 02:30 on the day on which Berlin has it twice is
# the first on a machine in Berlin, the second on one in UTC.
#
# Expected: ten in New York, and the same half past two everywhere. The README says that TZDate performs all calculations
# in the given zone rather than that of the system.
# Source: @date-fns/tz, README, https://github.com/date-fns/tz#readme
# Seen with @date-fns/tz 1.5.0, date-fns 4.4.0 and Node.js 20.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
UTC TZDate: 2026-11-30T05:00:00.000-05:00
UTC parseISO: 2026-11-30T10:00:00.000-05:00
UTC twice: 2026-10-25T02:30:00.000+01:00
Europe/Berlin TZDate: 2026-11-30T04:00:00.000-05:00
Europe/Berlin parseISO: 2026-11-30T10:00:00.000-05:00
Europe/Berlin twice: 2026-10-25T02:30:00.000+02:00
END

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @date-fns/tz@1.5.0 date-fns@4.4.0
cat >case.mjs <<'END'
import { execFileSync } from 'node:child_process'
import { TZDate, tz } from '@date-fns/tz'
import { parseISO } from 'date-fns'

if (process.argv[2]) {
  console.log(process.argv[2], 'TZDate:', new TZDate('2026-11-30T10:00:00', 'America/New_York').toISOString())
  console.log(process.argv[2], 'parseISO:', parseISO('2026-11-30T10:00:00', { in: tz('America/New_York') }).toISOString())
  console.log(process.argv[2], 'twice:', new TZDate(2026, 9, 25, 2, 30, 'Europe/Berlin').toISOString())
} else {
  for (const TZ of ['UTC', 'Europe/Berlin']) {
    process.stdout.write(execFileSync(process.execPath, [process.argv[1], TZ], { env: { ...process.env, TZ } }))
  }
}
END
node case.mjs >seen

cat seen
diff -u expected seen
