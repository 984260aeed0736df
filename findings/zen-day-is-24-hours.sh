#!/bin/sh
# In ZEN, the rule language of GoRules, a day is 24 hours but a month is a month of the calendar.
#
# Seen: one day after noon on 24 October 2026 in Berlin is 11:00 on the 25th, and one week after noon on the
# 20th is 11:00, as the clock goes back in between. One month after noon on 1 October is noon on 1 November.
#
# Expected: noon for each. The documentation presents the units as one list of calendar steps, for dates that
# carry a time zone, and its interface is that of Day.js, whose days keep the time of day.
# Source: GoRules, Date operations, https://docs.gorules.io/learn/zen-language/dates
# Seen with zen-engine 2.1.3 for Python.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
2026-10-24 12:00 + 1d is 2026-10-25 11:00 CET
2026-10-20 12:00 + 1w is 2026-10-27 11:00 CET
2026-10-01 12:00 + 1M is 2026-11-01 12:00 CET
2026-03-28 12:00 + 1d is 2026-03-29 13:00 CEST
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check zen-engine==2.1.3
venv/bin/python - >seen <<'END'
import zen

for start, step in (("2026-10-24", "1d"), ("2026-10-20", "1w"), ("2026-10-01", "1M"), ("2026-03-28", "1d")):
    due = zen.evaluate_expression(f"d('{start} 12:00', 'Europe/Berlin').add('{step}').format('%Y-%m-%d %H:%M %Z')", {})
    print(start, "12:00 +", step, "is", due)
END

cat seen
diff -u expected seen
