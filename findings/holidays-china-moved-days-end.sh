#!/bin/sh
# For China holidays answers until 2100, and knows the days moved by decree only until 2026.
#
# Seen: from 2027 on no weekend is worked, and from 2028 on fewer days are off, without a word; end_year is 2100. Of Ukraine, with the
# same end_year, no day is known from 2023 on, and Sri Lanka, which ends with 2026 and says so, is empty from 2027 on.
#
# Expected: a way to see where what is known ends. The documentation calls end_year the last year for which holidays are
# supported.
# Source: holidays, API Reference, https://holidays.readthedocs.io/en/latest/
# Seen with holidays 0.109.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
CN 2024 off: 21 worked: 8
CN 2025 off: 19 worked: 5
CN 2026 off: 22 worked: 6
CN 2027 off: 19 worked: 0
CN 2028 off: 15 worked: 0
CN 2029 off: 15 worked: 0
China ends with 2100 - days in 2027: 19
Ukraine ends with 2100 - days in 2027: 0
SriLanka ends with 2026 - days in 2027: 0
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check holidays==0.109
venv/bin/python - >seen <<'END'
import holidays

china = holidays.China(years=range(2024, 2030))
for year in range(2024, 2030):
    days = sum(day.year == year for day in china)
    print("CN", year, "off:", days, "worked:", sum(day.year == year for day in china.weekend_workdays))
for name in ("China", "Ukraine", "SriLanka"):
    country = getattr(holidays, name)
    print(name, "ends with", country.end_year, "- days in 2027:", len(country(years=2027)))
END

cat seen
diff -u expected seen
