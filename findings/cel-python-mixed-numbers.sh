#!/bin/sh
# cel-python orders an integer and a double only if the double is on the left, and never finds them equal.
#
# Seen: `2.5 > 2` is true, but `1 < 1.5`, `1 == 1.0` and `1 in [1.0]` are errors. A threshold written `4` works for
# some tickets, and fails for others, by how the number in the ticket was written.
#
# Expected: true for all of them. The specification compares numbers of different types by their value.
# Source: CEL, Language definition, Equality and Ordering, https://github.com/google/cel-spec/blob/master/doc/langdef.md#equality
# Seen with cel-python 0.5.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
2.5 > 2 is True
2 < 2.5 is error
1 == 1.0 is error
1.0 in [1] is error
hours > 4 with 5 is True
hours == 5 with 5 is True
hours > 4 with 5.0 is True
hours == 5 with 5.0 is error
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cel-python==0.5.0
venv/bin/python - >seen <<'END'
import celpy
from celpy.evaluation import CELEvalError


def answer(text, ticket):
    environment = celpy.Environment()
    try:
        return environment.program(environment.compile(text)).evaluate(celpy.json_to_cel(ticket))
    except CELEvalError:
        return "error"


for text in ("2.5 > 2", "2 < 2.5", "1 == 1.0", "1.0 in [1]"):
    print(text, "is", answer(text, {}))
for hours in (5, 5.0):
    print("hours > 4 with", hours, "is", answer("hours > 4", {"hours": hours}))
    print("hours == 5 with", hours, "is", answer("hours == 5", {"hours": hours}))
END

cat seen
diff -u expected seen
