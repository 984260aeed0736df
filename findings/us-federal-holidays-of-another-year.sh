#!/bin/sh
# The holidays of 2022 in @18f/us-federal-holidays begin in 2021, and those of 2021 lack their last one.
#
# Seen: allForYear(2022) starts with 31 December 2021, on which the New Year's Day of 2022 was observed;
# allForYear(2021) has no day of that date, while isAHoliday and inRange know it.
#
# Expected: the days of the year asked for. The README says all US federal holidays in a given year.
# Source: US Federal Holidays, README, https://github.com/18F/us-federal-holidays#readme
# Seen with @18f/us-federal-holidays 4.0.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
2021 ends with 2021-12-24
2022 starts with 2021-12-31
31 December 2021: true
END

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @18f/us-federal-holidays@4.0.0
cat >case.mjs <<'END'
import holidays from '@18f/us-federal-holidays'

const dates = (found) => found.map(({ dateString }) => dateString)
console.log('2021 ends with', dates(holidays.allForYear(2021)).at(-1))
console.log('2022 starts with', dates(holidays.allForYear(2022))[0])
console.log('31 December 2021:', holidays.isAHoliday(new Date('2021-12-31'), { utc: true }))
END
TZ=UTC node case.mjs >seen

cat seen
diff -u expected seen
