#!/bin/sh
# workalendar knows neither Juneteenth in the United States nor two of Japan's holidays in May and September 2026.
#
# Seen: 19 June 2026 is a working day of UnitedStates, 6 May and 22 September 2026 are of Japan.
#
# Expected: holidays. Juneteenth is a federal holiday since 2021. By Japanese law a holiday on a Sunday moves to the next
# day that is none, here from 3 to 6 May, and a day between two holidays is one, here 22 September. The holidays package
# has all three.
# Source: OPM, Federal holidays, https://www.opm.gov/policy-data-oversight/pay-leave/federal-holidays/
# Source: Cabinet Office of Japan, National holidays, https://www8.cao.go.jp/chosei/shukujitsu/gaiyou.html
# Seen with workalendar 17.0.0 and holidays 0.109.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
US Fri 2026-06-19: works in workalendar: True - in holidays: False
JP Wed 2026-05-06: works in workalendar: True - in holidays: False
JP Tue 2026-09-22: works in workalendar: True - in holidays: False
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check workalendar==17.0.0 holidays==0.109
venv/bin/python - >seen <<'END'
from datetime import date

from holidays import country_holidays
from workalendar.asia import Japan
from workalendar.usa import UnitedStates

for country, calendar, day in (
    ("US", UnitedStates(), date(2026, 6, 19)),
    ("JP", Japan(), date(2026, 5, 6)),
    ("JP", Japan(), date(2026, 9, 22)),
):
    print(f"{country} {day:%a} {day}: works in workalendar:", calendar.is_working_day(day),
          "- in holidays:", country_holidays(country).is_working_day(day))
END

cat seen
diff -u expected seen
