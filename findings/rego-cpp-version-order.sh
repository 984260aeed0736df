#!/bin/sh
# rego-cpp, the Rego of regopy, gets the order of versions wrong in both directions.
#
# Seen: semver.compare says that 1.10.0 is lower than 1.9.0 and that 1.9.0 is lower than 1.10.0; that 1.2.0 is lower
# than 1.1.9; and that the release 1.0.0 is lower than its candidate.
#
# Expected: 1, -1, 1 and 1, by Semantic Versioning, section 11, to which OPA's reference refers.
# Source: Open Policy Agent, Policy Reference, https://www.openpolicyagent.org/docs/policy-reference
# Source: Semantic Versioning 2.0.0, https://semver.org/
# Seen with regopy 1.5.2.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
1.10.0 1.9.0 {"expressions":[true], "bindings":{"x":-1}}
1.9.0 1.10.0 {"expressions":[true], "bindings":{"x":-1}}
1.2.0 1.1.9 {"expressions":[true], "bindings":{"x":-1}}
1.0.0 1.0.0-rc1 {"expressions":[true], "bindings":{"x":-1}}
1.0.0 1.0.0 {"expressions":[true], "bindings":{"x":0}}
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check regopy==1.5.2
venv/bin/python - >seen <<'END'
from regopy import Interpreter

for pair in (("1.10.0", "1.9.0"), ("1.9.0", "1.10.0"), ("1.2.0", "1.1.9"), ("1.0.0", "1.0.0-rc1"), ("1.0.0", "1.0.0")):
    print(*pair, Interpreter().query('x := semver.compare("%s", "%s")' % pair))
END

cat seen
diff -u expected seen
