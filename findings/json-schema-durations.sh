#!/bin/sh
# Which durations JSON Schema has is answered in three ways by three validators, and the right one surprises.
#
# Seen: `PT1H30S` and `P1Y3D` are valid for ajv and jsonschema, invalid for jsonschema-rs; `PT0.5H` and `-PT4H` are valid
# for jsonschema alone.
#
# Expected: one answer, and with ISO 8601 in mind, that a part may be left out. JSON Schema refers to the grammar in
# appendix A of RFC 3339, in which only neighbouring units can follow each other and nothing has a fraction or a sign: of
# the three jsonschema-rs is right each time.
# Source: RFC 3339, appendix A, https://www.rfc-editor.org/rfc/rfc3339#appendix-A
# Source: JSON Schema Validation, Dates, Times, and Duration, https://json-schema.org/draft/2020-12/json-schema-validation
# Seen with ajv-formats 3.0.1, jsonschema 4.26.0 and jsonschema-rs 0.61.2.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
PT4H jsonschema: True jsonschema-rs: True
PT1H30M jsonschema: True jsonschema-rs: True
PT1H30S jsonschema: True jsonschema-rs: False
P1Y3D jsonschema: True jsonschema-rs: False
PT0.5H jsonschema: True jsonschema-rs: False
-PT4H jsonschema: True jsonschema-rs: False
P1W2D jsonschema: False jsonschema-rs: False
PT4H ajv: true
PT1H30M ajv: true
PT1H30S ajv: true
P1Y3D ajv: true
PT0.5H ajv: false
-PT4H ajv: false
P1W2D ajv: false
END

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jsonschema[format]==4.26.0 jsonschema-rs==0.61.2
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund ajv@8.20.0 ajv-formats@3.0.1
venv/bin/python - >seen <<'END'
import jsonschema_rs
from jsonschema import Draft202012Validator

schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "format": "duration"}
python = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
rust = jsonschema_rs.validator_for(schema, validate_formats=True)
for text in ("PT4H", "PT1H30M", "PT1H30S", "P1Y3D", "PT0.5H", "-PT4H", "P1W2D"):
    print(text, "jsonschema:", python.is_valid(text), "jsonschema-rs:", rust.is_valid(text))
END
cat >case.mjs <<'END'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const ajv = new Ajv.default()
addFormats.default(ajv)
for (const text of ['PT4H', 'PT1H30M', 'PT1H30S', 'P1Y3D', 'PT0.5H', '-PT4H', 'P1W2D']) {
  console.log(text, 'ajv:', ajv.validate({ type: 'string', format: 'duration' }, text))
}
END
node case.mjs >>seen

cat seen
diff -u expected seen
