#!/bin/sh
# rego-cpp, the Rego of regopy, measures months and years in seconds of an average year.
#
# Seen: from 1 January 2026 to 1 January 2027 time.diff counts no year but 11 months, 30 days, 4 hours, 39 minutes and
# 54 seconds.
#
# Expected: one year and nothing else. OPA's reference describes the six numbers as those of the calendar, optionally
# in a time zone, and OPA answers [1, 0, 0, 0, 0, 0].
# Source: Open Policy Agent, Policy Reference, https://www.openpolicyagent.org/docs/policy-reference
# Seen with regopy 1.5.2.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
2026-01-01 2027-01-01 {"expressions":[true], "bindings":{"x":[0,11,30,4,39,54]}}
2026-02-01 2026-03-01 {"expressions":[true], "bindings":{"x":[0,0,28,0,0,0]}}
2026-11-28 2026-11-30 {"expressions":[true], "bindings":{"x":[0,0,2,0,0,0]}}
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check regopy==1.5.2
venv/bin/python - >seen <<'END'
from datetime import UTC, datetime

from regopy import Interpreter

for earlier, later in (("2026-01-01", "2027-01-01"), ("2026-02-01", "2026-03-01"), ("2026-11-28", "2026-11-30")):
    a, b = (int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9 for text in (later, earlier))
    print(earlier, later, Interpreter().query(f"x := time.diff({a}, {b})"))
END

cat seen
diff -u expected seen
