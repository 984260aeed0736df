#!/bin/sh
# In json-rules-engine a rule that asks for any of no conditions fires.
#
# Seen: `{any: []}` is true, like `{all: []}`, and `{not: {any: []}}` is false. An editor or a generator that
# removes the last condition of an `any` turns a rule for few tickets into a rule for every ticket.
#
# Expected: false, or an error: the documentation says that `any` requires one condition to be truthy, and
# Array.prototype.some of an empty array is false.
# Source: json-rules-engine, Rules, https://github.com/CacheControl/json-rules-engine/blob/master/docs/rules.md
# Seen with json-rules-engine 7.3.1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
{"any":[]} fires
{"all":[]} fires
{"not":{"any":[]}} does not fire
{"all":[{"any":[]}]} fires
END

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund json-rules-engine@7.3.1
cat >case.mjs <<'END'
import { Engine } from 'json-rules-engine'

for (const conditions of [{ any: [] }, { all: [] }, { not: { any: [] } }, { all: [{ any: [] }] }]) {
  const engine = new Engine([{ conditions, event: { type: 'fired' } }])
  const { events } = await engine.run({})
  console.log(JSON.stringify(conditions), events.length ? 'fires' : 'does not fire')
}
END
node case.mjs >seen

cat seen
diff -u expected seen
