#!/bin/sh
# holidays reads a date in text month first for every country, unless there is no such month.
#
# Seen: `01/05/2026` is not a holiday in France, `05/01/2026` is; so is `14/07/2026`, read day first since there is no
# month 14. An export written day by month gets the holidays of most days wrong, and of the rest right.
#
# Expected: the first of May, as people in France write it, or an error for an ambiguous text. The documentation says that
# keys may be text that looks like a date, for all countries alike, and nothing of the order.
# Source: holidays, Examples, https://holidays.readthedocs.io/en/latest/examples/
# Seen with holidays 0.109.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
01/05/2026 False
05/01/2026 True
01.05.2026 False
14/07/2026 True
07/14/2026 True
08/05/2026 False
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check holidays==0.109
venv/bin/python - >seen <<'END'
from holidays import country_holidays

france = country_holidays("FR")
for text in ("01/05/2026", "05/01/2026", "01.05.2026", "14/07/2026", "07/14/2026", "08/05/2026"):
    print(text, text in france)
END

cat seen
diff -u expected seen
