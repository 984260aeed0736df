#!/bin/sh
# `<<` merges a mapping in Python, and is a key named `<<` in Node.js.
#
# Seen: a plan that takes its targets from another one by `<<: *standard` has them in PyYAML and ruamel.yaml; in yaml and,
# since version 5, in js-yaml it has one key `<<` that holds them, and no target. Nothing is reported.
#
# Expected: merged, as js-yaml did up to version 4, or refused. The merge key is a type of YAML 1.1 that most readers kept
# for YAML 1.2; ruamel.yaml, which reads 1.2 too, merges.
# Source: Merge key language-independent type for YAML 1.1, https://yaml.org/type/merge.html
# Seen with PyYAML 6.0.4, ruamel.yaml 0.19.1, yaml 2.9.1 and js-yaml 5.5.0.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
PyYAML {"low": "PT8H", "urgent": "PT4H"}
ruamel.yaml {"low": "PT8H", "urgent": "PT4H"}
yaml {"<<":{"urgent":"PT4H"},"low":"PT8H"}
js-yaml {"<<":{"urgent":"PT4H"},"low":"PT8H"}
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyyaml==6.0.4 ruamel.yaml==0.19.1
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund yaml@2.9.1 js-yaml@5.5.0
venv/bin/python - >seen <<'END'
import json

import yaml
from ruamel.yaml import YAML

text = "standard: &standard {urgent: PT4H}\nplus: {<<: *standard, low: PT8H}\n"
print("PyYAML", json.dumps(yaml.safe_load(text)["plus"], sort_keys=True))
print("ruamel.yaml", json.dumps(dict(YAML().load(text)["plus"].items()), sort_keys=True))
END
cat >case.mjs <<'END'
import * as js from 'js-yaml'
import YAML from 'yaml'

const text = 'standard: &standard {urgent: PT4H}\nplus: {<<: *standard, low: PT8H}\n'
console.log('yaml', JSON.stringify(YAML.parse(text).plus))
console.log('js-yaml', JSON.stringify(js.load(text).plus))
END
node case.mjs >>seen

cat seen
diff -u expected seen
