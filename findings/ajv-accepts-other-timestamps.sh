#!/bin/sh
# ajv-formats takes timestamps for `date-time` that RFC 3339, which the format refers to, does not have.
#
# Seen: `2026-11-30T10:00:00+0200`, without the colon, and `2026-11-30 10:00:00Z`, with a blank, are valid for ajv and
# invalid for jsonschema and jsonschema-rs. A ticket that the web form's schema check let through is refused behind it.
#
# Expected: invalid. JSON Schema says that `date-time` is the date-time of RFC 3339, whose grammar has `T` and a colon in
# the offset; ajv-formats says that it follows RFC 3339.
# Source: JSON Schema Validation, Dates, Times, and Duration, https://json-schema.org/draft/2020-12/json-schema-validation
# Source: ajv-formats, README, https://github.com/ajv-validator/ajv-formats#readme
# Seen with ajv-formats 3.0.1, jsonschema 4.26.0 and jsonschema-rs 0.61.2.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
2026-11-30T10:00:00+02:00 jsonschema: True jsonschema-rs: True
2026-11-30T10:00:00+0200 jsonschema: False jsonschema-rs: False
2026-11-30 10:00:00Z jsonschema: False jsonschema-rs: False
2026-11-30T10:00:00+02:00 ajv: true
2026-11-30T10:00:00+0200 ajv: true
2026-11-30 10:00:00Z ajv: true
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jsonschema[format]==4.26.0 jsonschema-rs==0.61.2
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund ajv@8.20.0 ajv-formats@3.0.1
venv/bin/python - >seen <<'END'
import jsonschema_rs
from jsonschema import Draft202012Validator

schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "format": "date-time"}
python = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
rust = jsonschema_rs.validator_for(schema, validate_formats=True)
for text in ("2026-11-30T10:00:00+02:00", "2026-11-30T10:00:00+0200", "2026-11-30 10:00:00Z"):
    print(text, "jsonschema:", python.is_valid(text), "jsonschema-rs:", rust.is_valid(text))
END
cat >case.mjs <<'END'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const ajv = new Ajv.default()
addFormats.default(ajv)
for (const text of ['2026-11-30T10:00:00+02:00', '2026-11-30T10:00:00+0200', '2026-11-30 10:00:00Z']) {
  console.log(text, 'ajv:', ajv.validate({ type: 'string', format: 'date-time' }, text))
}
END
node case.mjs >>seen

cat seen
diff -u expected seen
