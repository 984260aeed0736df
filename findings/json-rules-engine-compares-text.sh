#!/bin/sh
# The numeric operators of json-rules-engine compare text by letters, and refuse dates in silence.
#
# Seen: the fact '10' is less than the value '9'. `2026-11-30` is less than `2026-12-01`, but `P30D` is neither
# less nor greater than `P4D`, and a Date is never before another Date: the operand has only to start with a number,
# and is then compared as it is.
#
# Expected: numbers, or an error that says that these are none. The documentation calls the four numeric operators.
# Source: json-rules-engine, Rules, https://github.com/CacheControl/json-rules-engine/blob/master/docs/rules.md
# Seen with json-rules-engine 7.3.1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"

cat >expected <<'END'
["10","9"] lessThan
[10,"9"] greaterThan
["2026-11-30","2026-12-01"] lessThan
["P30D","P4D"] neither
["2026-11-30T00:00:00.000Z","2026-12-01T00:00:00.000Z"] neither
END

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund json-rules-engine@7.3.1
cat >case.mjs <<'END'
import { Engine } from 'json-rules-engine'

const pairs = [['10', '9'], [10, '9'], ['2026-11-30', '2026-12-01'], ['P30D', 'P4D'],
  [new Date('2026-11-30'), new Date('2026-12-01')]]
for (const [fact, value] of pairs) {
  const found = []
  for (const operator of ['lessThan', 'greaterThan']) {
    const engine = new Engine([{ conditions: { all: [{ fact: 'x', operator, value }] }, event: { type: 'fired' } }])
    if ((await engine.run({ x: fact })).events.length) found.push(operator)
  }
  console.log(JSON.stringify([fact, value]), found.join() || 'neither')
}
END
node case.mjs >seen

cat seen
diff -u expected seen
