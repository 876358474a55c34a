#!/usr/bin/env bash
# flechette 2.4.0 (npm): the last dictionary of an Arrow stream counts for all batches.
#
# In a stream, a dictionary that comes again replaces the one before it, for the batches
# from there on. flechette looks up the codes of earlier batches in the new one, too, so
# their texts are others, without an error. If the new dictionary only adds to the old one
# (a delta), all is right. arquero 8.0.1, which reads with a flechette of its own (1.1.2),
# does the same; apache-arrow 21.2.0 and pyarrow 26.0.1 read what was written.
#
# Input:  a b | c a | c d, in three batches
# Output: c d | c d | c d
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1
npm install --silent --no-audit --no-fund @uwdata/flechette@2.4.0 arquero@8.0.1 apache-arrow@21.2.0
v/bin/python - <<'PY'
import pyarrow as pa


def write(name, batches, deltas):
    with pa.ipc.new_stream(name, batches[0].schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=deltas)) as stream:
        for batch in batches:
            stream.write_batch(batch)
    texts = pa.ipc.open_stream(name).read_all()["text"].to_pylist()
    print("pyarrow reads of", name, *texts)
    assert texts == ["a", "b", "c", "a", "c", "d"]


def coded(codes, texts):
    return pa.record_batch({"text": pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), texts)})


write("replaced.arrows", [coded([0, 1], ["a", "b"]), coded([0, 1], ["c", "a"]), coded([0, 1], ["c", "d"])], False)
write("added.arrows", [coded([0, 1], ["a", "b"]), coded([2, 0], ["a", "b", "c"]), coded([2, 3], ["a", "b", "c", "d"])], True)
PY
cat >read.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import * as flechette from "@uwdata/flechette";
import * as aq from "arquero";
import * as arrow from "apache-arrow";

const readers = {
  flechette: (bytes) => [...flechette.tableFromIPC(bytes).getChild("text").toArray()],
  arquero: (bytes) => aq.fromArrow(bytes).array("text"),
  "apache-arrow": (bytes) => [...arrow.tableFromIPC(bytes).getChild("text")],
};
for (const name of ["replaced.arrows", "added.arrows"]) {
  for (const [reader, read] of Object.entries(readers)) {
    const got = read(fs.readFileSync(name)).join(" ");
    console.log(reader, "reads of", name, got);
    const wrong = name === "replaced.arrows" && reader !== "apache-arrow";
    assert.strictEqual(got, wrong ? "c d c d c d" : "a b c a c d", "the behaviour has changed");
  }
}
JS
node read.mjs
