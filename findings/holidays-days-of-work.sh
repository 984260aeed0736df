#!/bin/sh
# Ask holidays for days that are worked, or worked in part, and it says that nobody works on them.
#
# Seen: of the categories `workday` and `half_day`, each day is no working day, though one is called "workday shortened by 3 hours";
# three hours less are counted as a day less.
#
# Expected: a working day, as without these categories; `workday` is the category of observances on which people work.
# Source: holidays, API Reference, is_working_day, https://holidays.readthedocs.io/en/latest/
# Seen with holidays 0.109.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
EE 2026-12-23 public: None, working day: True, in 21 to 23 December: 3
EE 2026-12-23 public and half_day: Pre-holiday day (workday shortened by 3 hours), working day: False, in 21 to 23 December: 2
FI 2025-02-28 public: None, working day: True
FI 2025-02-28 public and workday: Kalevala Day, Day of Finnish Culture, working day: False
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check holidays==0.109
venv/bin/python - >seen <<'END'
import holidays


def seen(country, day, *categories):
    days = holidays.country_holidays(country, categories=categories, language="en_US")
    text = f"{country} {day} {' and '.join(categories)}: {days.get(day)}, working day: {days.is_working_day(day)}"
    return days, text


for categories in (["public"], ["public", "half_day"]):
    days, text = seen("EE", "2026-12-23", *categories)
    count = days.get_working_days_count("2026-12-21", "2026-12-23")
    print(f"{text}, in 21 to 23 December: {count}")
for categories in (["public"], ["public", "workday"]):
    print(seen("FI", "2025-02-28", *categories)[1])
END

cat seen
diff -u expected seen
