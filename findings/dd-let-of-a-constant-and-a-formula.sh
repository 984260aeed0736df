#!/bin/sh
# dd takes a formula for true where the first variable of the same `let` is replaced by a constant.
#
# Seen: in `x /\ y`, with x replaced by true and y by z (or by not z, or by the name `z`), the result is true, not z (or not
# z). It does not depend on z at all. The same replacements in the other order are an error.
#
# Expected: z, and not z. The documentation lists three kinds of replacement, "all performed via the method `let`", and
# the interface (`dd._abc.Operator.let`) declares each argument as a name, a formula or a bool. If one kind at a
# time is meant, an error in either order.
# Source: dd documentation, https://github.com/tulip-control/dd/blob/main/doc.md#using-a-bdd-manager
# Seen with dd 0.6.0, in Python (`dd.autoref`); `dd.cudd` refuses both orders.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
x and y, let(x=True, y=z) is TRUE
x and y, let(x=True, y=not z) is TRUE
x and y, let(x=True, y="z") is TRUE
x and y, let(y=z, x=True) is ValueError
x and y, let(y=z) and then let(x=True) is z
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check dd==0.6.0
venv/bin/python - >seen <<'END'
from dd.autoref import BDD

bdd = BDD()
bdd.declare("x", "y", "z")
both, z = bdd.add_expr(r"x /\ y"), bdd.var("z")
print("x and y, let(x=True, y=z) is", both.let(x=True, y=z).to_expr())
print("x and y, let(x=True, y=not z) is", both.let(x=True, y=~z).to_expr())
print('x and y, let(x=True, y="z") is', both.let(x=True, y="z").to_expr())
try:
    print("x and y, let(y=z, x=True) is", both.let(y=z, x=True).to_expr())
except ValueError as error:
    print("x and y, let(y=z, x=True) is", type(error).__name__)
print("x and y, let(y=z) and then let(x=True) is", both.let(y=z).let(x=True).to_expr())
END

cat seen
diff -u expected seen
