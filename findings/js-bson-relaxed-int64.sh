#!/usr/bin/env bash
# bson 7.3.4 (npm): EJSON changes integers beyond 2^53, in both directions.
#
# MongoDB's driver for Node.js gives such an int64 as a Long, which is exact, or as a BigInt
# if useBigInt64 is set. EJSON.stringify makes a Number of either for relaxed Extended JSON,
# which is the default. EJSON.parse makes a Number of $numberLong, although the canonical
# form is there to keep it. relaxed: false keeps all digits in both. pymongo 4.20.1 keeps
# them in either form.
#
# Input:  Long 9007199254740993
# Output: {"n":9007199254740992}
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check pymongo==4.20.1
npm install --silent --no-audit --no-fund bson@7.3.4
cat >ejson.mjs <<'JS'
import assert from "node:assert";
import { EJSON, Long, deserialize, serialize } from "bson";

const bytes = serialize({ n: Long.fromString("9007199254740993") });
const canonical = '{"n":{"$numberLong":"9007199254740993"}}';
const show = (value) => `${value} (${value.constructor.name})`;
for (const [what, got, want] of [
  ["the document has", show(deserialize(bytes).n), "9007199254740993 (Long)"],
  ["stringify:", EJSON.stringify(deserialize(bytes)), '{"n":9007199254740992}'],
  ["stringify of a BigInt:", EJSON.stringify(deserialize(bytes, { useBigInt64: true })), '{"n":9007199254740992}'],
  ["stringify, relaxed: false:", EJSON.stringify(deserialize(bytes), { relaxed: false }), canonical],
  [`parse of ${canonical}:`, show(EJSON.parse(canonical).n), "9007199254740992 (Number)"],
  ["parse, relaxed: false:", show(EJSON.parse(canonical, { relaxed: false }).n), "9007199254740993 (Long)"],
]) {
  console.log(what, got);
  assert.strictEqual(got, want, "the behaviour has changed");
}
JS
node ejson.mjs
v/bin/python - <<'PY'
from bson import Int64, json_util

for options in json_util.RELAXED_JSON_OPTIONS, json_util.CANONICAL_JSON_OPTIONS:
    text = json_util.dumps({"n": Int64(9007199254740993)}, json_options=options)
    print("pymongo writes", text)
    assert "9007199254740993" in text and json_util.loads(text)["n"] == 9007199254740993
PY
