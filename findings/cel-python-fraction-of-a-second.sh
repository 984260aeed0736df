#!/bin/sh
# cel-python forgets fractions of a second when it writes a timestamp.
#
# Seen: string(timestamp('2026-11-30T10:00:00.250Z')) is '2026-11-30T10:00:00Z', so that a timestamp is not equal to
# the one read back from its own text.
#
# Expected: the text with its fraction, which RFC 3339, the form that the specification names for the conversion, has
# room for. getMilliseconds() of the same timestamp knows it.
# Source: CEL, Language definition, string, https://github.com/google/cel-spec/blob/master/doc/langdef.md
# Seen with cel-python 0.5.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
2026-11-30T10:00:00Z 250
read back: False
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cel-python==0.5.0
venv/bin/python - >seen <<'END'
import celpy


def answer(text):
    environment = celpy.Environment()
    return environment.program(environment.compile(text)).evaluate({})


time = "timestamp('2026-11-30T10:00:00.250Z')"
print(answer(f"string({time})"), answer(f"{time}.getMilliseconds()"))
print("read back:", answer(f"timestamp(string({time})) == {time}"))
END

cat seen
diff -u expected seen
