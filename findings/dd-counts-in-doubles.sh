#!/bin/sh
# dd counts assignments exactly in Python and in doubles with CUDD, so that with 54 variables two sets count the same.
#
# Seen: "at least one of the variables" is true of all assignments but one. With `dd.autoref` the difference is 1 for any
# number of variables. With `dd.cudd` it is 1.0 up to 53 variables and 0.0 from 54 on, and the count is a float. A check
# that compares counts, to see whether one set is all of another, passes wrongly.
#
# Expected: a whole number, or a note that the count is rounded. The documentation says that the same code runs with both
# and of `count` only "how many assignments satisfy a BDD"; the interface declares its result as a natural number.
# Source: dd documentation, Design principles, https://github.com/tulip-control/dd/blob/main/doc.md#design-principles
# Seen with dd 0.6.0, whose wheels for Python 3.11 to 3.13 on Linux contain CUDD.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
dd.autoref 53 variables: equal False, difference 1
dd.autoref 54 variables: equal False, difference 1
dd.autoref 60 variables: equal False, difference 1
dd.cudd 53 variables: equal False, difference 1.0
dd.cudd 54 variables: equal False, difference 0.0
dd.cudd 60 variables: equal False, difference 0.0
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check dd==0.6.0
venv/bin/python - >seen <<'END'
from dd import autoref, cudd

for module in (autoref, cudd):
    for variables in (53, 54, 60):
        bdd = module.BDD()
        names = [f"x{number}" for number in range(variables)]
        bdd.declare(*names)
        some = bdd.false
        for name in names:
            some |= bdd.var(name)
        difference = bdd.count(bdd.true, variables) - bdd.count(some, variables)
        print(f"{module.__name__} {variables} variables: equal {some == bdd.true}, difference {difference}")
END

cat seen
diff -u expected seen
