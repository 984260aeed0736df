#!/bin/sh
# `//` of rule-engine, called floor division, rounds towards zero.
#
# Seen: `-1 // 24` is (minus) zero, and `-1 % 24` is -1. A rule that counts whole days from a difference in hours goes
# wrong as soon as the difference is negative: minus one hour and plus one hour lie in the same day.
#
# Expected: -1 and 23, as the table of operators says floor division and as Python, which the language follows,
# answers. The numbers are Decimal, whose operator truncates.
# Source: Rule Engine, Rule Syntax, https://zerosteiner.github.io/rule-engine/syntax.html
# Seen with rule-engine 5.1.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
-25 // 24 is -1 - in Python -2
-25 % 24 is -1 - in Python 23
-1 // 24 is -0 - in Python -1
-1 % 24 is -1 - in Python 23
1 // 24 is 0 - in Python 0
1 % 24 is 1 - in Python 1
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check rule-engine==5.1.0
venv/bin/python - >seen <<'END'
from rule_engine import Rule

for hours in (-25, -1, 1):
    print(hours, "//", 24, "is", Rule("hours // 24").evaluate({"hours": hours}), "- in Python", hours // 24)
    print(hours, "%", 24, "is", Rule("hours % 24").evaluate({"hours": hours}), "- in Python", hours % 24)
END

cat seen
diff -u expected seen
