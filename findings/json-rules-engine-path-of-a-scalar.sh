#!/bin/sh
# json-rules-engine forgets a condition's path when the fact is no object.
#
# Seen: a condition on `$.hours` of the fact `target` holds for `{hours: 4}`, and also for the bare number 4: the
# path is dropped and the fact itself compared. For an object without `hours` it does not hold.
#
# Expected: no match. The documentation says that the path traverses the fact by JSONPath, and `$.hours` of a
# number selects nothing.
# Source: json-rules-engine, Rules, https://github.com/CacheControl/json-rules-engine/blob/master/docs/rules.md
# Seen with json-rules-engine 7.3.1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
{"hours":4} fires
{"minutes":4} does not fire
4 fires
"4" does not fire
END

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund json-rules-engine@7.3.1
cat >case.mjs <<'END'
import { Engine } from 'json-rules-engine'

const conditions = { all: [{ fact: 'target', path: '$.hours', operator: 'equal', value: 4 }] }
for (const target of [{ hours: 4 }, { minutes: 4 }, 4, '4']) {
  const engine = new Engine([{ conditions, event: { type: 'fired' } }])
  const { events } = await engine.run({ target })
  console.log(JSON.stringify(target), events.length ? 'fires' : 'does not fire')
}
END
node case.mjs >seen

cat seen
diff -u expected seen
