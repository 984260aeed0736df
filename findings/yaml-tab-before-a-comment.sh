#!/bin/sh
# A tab in front of a comment is an error in Python and fine in Node.js.
#
# Seen: `target: PT4H`, a blank, a tab and a comment, as an editor aligns it, is an error in PyYAML and in ruamel.yaml;
# yaml and js-yaml read it.
#
# Expected: read by all. In YAML 1.2 tabs are forbidden in indentation only, and white space that separates may be tabs.
# Source: YAML 1.2.2, Separation spaces, https://yaml.org/spec/1.2.2/#62-separation-spaces
# Seen with PyYAML 6.0.4, ruamel.yaml 0.19.1, yaml 2.9.1 and js-yaml 5.5.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
PyYAML ScannerError
ruamel.yaml ScannerError
yaml { target: 'PT4H' }
js-yaml { target: 'PT4H' }
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyyaml==6.0.4 ruamel.yaml==0.19.1
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund yaml@2.9.1 js-yaml@5.5.0
venv/bin/python - >seen <<'END'
import yaml
from ruamel.yaml import YAML

text = "target: PT4H \t# of business hours\n"
for name, load in (("PyYAML", yaml.safe_load), ("ruamel.yaml", YAML().load)):
    try:
        print(name, dict(load(text)))
    except Exception as error:
        print(name, type(error).__name__)
END
cat >case.mjs <<'END'
import * as js from 'js-yaml'
import YAML from 'yaml'

const text = 'target: PT4H \t# of business hours\n'
console.log('yaml', YAML.parse(text))
console.log('js-yaml', js.load(text))
END
node case.mjs >>seen

cat seen
diff -u expected seen
