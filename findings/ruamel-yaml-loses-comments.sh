#!/bin/sh
# ruamel.yaml drops comments inside brackets and braces when it writes a file again.
#
# Seen: of the three comments in a list and a mapping in flow style over several lines, two are gone, and each of the two
# is on one line, but for the comment that is left; those of block style stay where they were.
#
# Expected: kept. The library's purpose is round-trip preservation of comments, and its documentation names flow style
# among what is kept.
# Source: ruamel.yaml, https://yaml.dev/doc/ruamel.yaml/
# Seen with ruamel.yaml 0.19.1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
days:
- mon  # from 09:00
- sat  # until 13:00
closed: ['2026-12-24', '2026-12-31' # half a day
]
targets: {urgent: PT1H, low: PT8H}
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ruamel.yaml==0.19.1
venv/bin/python - >seen <<'END'
import sys

from ruamel.yaml import YAML

yaml = YAML()
yaml.dump(yaml.load('''\
days:
- mon  # from 09:00
- sat  # until 13:00
closed: [
  "2026-12-24",  # by agreement
  "2026-12-31"   # half a day
]
targets: {urgent: PT1H,  # contract, 4.2
  low: PT8H}
'''), sys.stdout)
END

cat seen
diff -u expected seen
