#!/bin/sh
# In the CEL of common-expression-language, whether a list matches depends on the order of its items.
#
# Seen: `exists` over a list in which one item has no `a` and another one has `a == 1` is true if the good item comes
# first, and an error if it comes second. `all` likewise never gets to an item that decides.
#
# Expected: true in both orders. The specification says that exists and all combine the items as || and && do,
# which absorb an error where the other side decides; the library does so for || itself, and cel-python for all three.
# Source: CEL, Language definition, Macros, https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros
# Seen with common-expression-language 0.10.0 and cel-python 0.5.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
{}.a == 1 || true - in Rust: True - in Python: True
[{'a': 1}, {}].exists(x, x.a == 1) - in Rust: True - in Python: True
[{}, {'a': 1}].exists(x, x.a == 1) - in Rust: KeyError - in Python: True
[{}, {'a': 1}].all(x, x.a == 2) - in Rust: KeyError - in Python: False
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check common-expression-language==0.10.0 cel-python==0.5.0
venv/bin/python - >seen <<'END'
import cel
import celpy


def rust(text):
    try:
        return cel.evaluate(text, {})
    except Exception as error:
        return type(error).__name__


def python(text):
    environment = celpy.Environment()
    return bool(environment.program(environment.compile(text)).evaluate({}))


for text in ("{}.a == 1 || true", "[{'a': 1}, {}].exists(x, x.a == 1)", "[{}, {'a': 1}].exists(x, x.a == 1)",
             "[{}, {'a': 1}].all(x, x.a == 2)"):
    print(text, "- in Rust:", rust(text), "- in Python:", python(text))
END

cat seen
diff -u expected seen
