#!/usr/bin/env bash
# arquero 8.0.1 (npm): a batch with a null makes the first rows of the next one null.
#
# fromArrow reads a column with a dictionary from several batches. Of a batch with nulls, it
# takes one byte too many of the validity bitmap, and each bit there for a row without a
# value. These bits are the first eight rows of the next batch, if this one has a multiple
# of eight rows, else fewer. With a table of apache-arrow as input, which has the texts, it is
# the same. Plain text and numbers are read right.
#
# Input:  a null b b b b b b | b b b b b b b b b b
# Output: a null b b b b b b | null null null null null null null null b b
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1
npm install --silent --no-audit --no-fund arquero@8.0.1 apache-arrow@21.2.0
v/bin/python - <<'PY'
import pyarrow as pa

first, second = ["a", None, "b", "b", "b", "b", "b", "b"], ["b"] * 10
for name, batches in {"null.arrows": [first, second], "whole.arrows": [["a"] + ["b"] * 7, second], "one.arrows": [first + second]}.items():
    texts = pa.array(["a", "b"])
    columns = [pa.DictionaryArray.from_arrays(pa.array([text and "ab".index(text) for text in batch], pa.int32()), texts) for batch in batches]
    schema = pa.schema([("text", columns[0].type)])
    with pa.ipc.new_stream(name, schema) as stream:
        for column in columns:
            stream.write_batch(pa.record_batch([column], schema))
PY
cat >read.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import * as aq from "arquero";
import { tableFromIPC } from "apache-arrow";

const lost = { "null.arrows": 8, "whole.arrows": 0, "one.arrows": 0 };
for (const [name, more] of Object.entries(lost)) {
  const bytes = fs.readFileSync(name);
  const table = tableFromIPC(bytes);
  const nulls = (texts) => texts.filter((text) => text === null).length;
  const written = nulls([...table.getChild("text")]);
  console.log(name, "in apache-arrow:", written, "null; in arquero:", ...aq.fromArrow(bytes).array("text"));
  for (const input of [bytes, table]) {
    const table = aq.fromArrow(input);
    assert.strictEqual(nulls(table.array("text")), written + more, "the behaviour has changed");
    const count = table.filter((d) => d.text === "b").numRows();
    assert.strictEqual(count, 17 - written - more, "the behaviour has changed");
  }
}
JS
node read.mjs
