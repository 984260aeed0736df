#!/bin/sh
# rego-cpp, the Rego of regopy, compares the numbers of a collection as text.
#
# Seen: `max([9, 10])` is 9, `min([9, 10])` is 10 and `sort([10, 9])` is [10, 9], while `10 > 9` is true: numbers in
# a collection are ordered as text. A policy that takes the strictest of several targets in minutes takes another.
#
# Expected: 10, 9 and [9, 10], as OPA's reference says: max gives the maximum value, sort a sorted array.
# Source: Open Policy Agent, Policy Reference, https://www.openpolicyagent.org/docs/policy-reference
# Source: rego-cpp, https://github.com/microsoft/rego-cpp
# Seen with regopy 1.5.2.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
max([9, 10]) {"expressions":[true], "bindings":{"x":9}}
min([9, 10]) {"expressions":[true], "bindings":{"x":10}}
sort([10, 9]) {"expressions":[true], "bindings":{"x":[10,9]}}
max([240, 60, 480]) {"expressions":[true], "bindings":{"x":60}}
10 > 9 {"expressions":[true], "bindings":{"x":true}}
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check regopy==1.5.2
venv/bin/python - >seen <<'END'
from regopy import Interpreter

for query in ("max([9, 10])", "min([9, 10])", "sort([10, 9])", "max([240, 60, 480])", "10 > 9"):
    print(query, Interpreter().query(f"x := {query}"))
END

cat seen
diff -u expected seen
