#!/bin/sh
# Holidays of two countries, added, forget what days the weekend is.
#
# Seen: for Saudi Arabia Friday is weekend and Sunday is a working day; for the sum of Saudi Arabia and any other country,
# or of Saudi Arabia in one year and in another, Friday is a working day and Sunday is not.
#
# Expected: the weekend of one of them, or of both. The documentation presents the sum as an object to be used like the
# others, and is_working_day is part of it.
# Source: holidays, Examples, https://holidays.readthedocs.io/en/latest/examples/
# Seen with holidays 0.109.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
SA Thu True Fri False Sat False Sun True
SA + AE Thu True Fri True Sat False Sun False
SA + KW Thu True Fri True Sat False Sun False
SA + SA Thu True Fri True Sat False Sun False
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check holidays==0.109
venv/bin/python - >seen <<'END'
from datetime import date

from holidays import country_holidays

saudi = country_holidays("SA", years=2026)
for name, days in (
    ("SA", saudi),
    ("SA + AE", saudi + country_holidays("AE", years=2026)),
    ("SA + KW", saudi + country_holidays("KW", years=2026)),
    ("SA + SA", saudi + country_holidays("SA", years=2027)),
):
    print(name, *(f"{date(2026, 10, day):%a} {days.is_working_day(date(2026, 10, day))}" for day in (1, 2, 3, 4)))
END

cat seen
diff -u expected seen
