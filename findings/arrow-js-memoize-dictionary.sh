#!/usr/bin/env bash
# apache-arrow 21.2.0 (npm): memoize gives a column the dictionary of its first batch.
#
# Each batch of a table may have a dictionary of its own. A column is read right, but that
# which memoize returns, so that texts are decoded only once, has the texts of the first
# batch's dictionary under the codes of all batches: other texts, or null where the code is
# beyond it. memoize of a column of plain text is right.
#
# Input:  a b | c a | c d, in three batches
# Output: a b | a b | a b
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund apache-arrow@21.2.0
cat >read.mjs <<'JS'
import assert from "node:assert";
import { Dictionary, Int32, Utf8, makeData, tableFromIPC, tableToIPC, Table, RecordBatch, Schema, Field, Struct, vectorFromArray } from "apache-arrow";

// table has a column whose batches have these texts.
function table(type, batches) {
  const schema = new Schema([new Field("text", type, true)]);
  return new Table(schema, batches.map((texts) => {
    const column = vectorFromArray(texts, type).data[0];
    return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: texts.length, children: [column] }));
  }));
}

const batches = [["a", "b"], ["c", "a"], ["c", "d"]];
for (const [name, type, want] of [["plain text", new Utf8(), "a b c a c d"], ["dictionaries", new Dictionary(new Utf8(), new Int32(), 1), "a b a b a b"]]) {
  const text = tableFromIPC(tableToIPC(table(type, batches), "stream")).getChild("text");
  const [read, memoized] = [[...text].join(" "), [...text.memoize()].join(" ")];
  console.log(`${name}: the column has ${read}; memoized it has ${memoized}`);
  assert.deepStrictEqual([read, memoized], ["a b c a c d", want], "the behaviour has changed");
}
JS
node read.mjs
