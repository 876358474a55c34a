#!/usr/bin/env bash
# axios 1.21.1 (npm): an answer in NDJSON that has one row is an object, not a text.
#
# Unless responseType says otherwise, axios tries JSON.parse on every answer, whatever its
# Content-Type says, and keeps the text if that fails. It fails for two rows, so that data
# is a text to be split into lines; for one row, data is the row, which has no split, and
# whose integers beyond 2^53 have become others by then. So a program works until a query
# finds one row. With responseType: "text", data is always the text.
#
# Input:  {"n":9007199254740993}
# Output: { n: 9007199254740992 }
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund axios@1.21.1
cat >ask.mjs <<'JS'
import assert from "node:assert";
import http from "node:http";
import axios from "axios";

const row = '{"n":9007199254740993}\n';
const server = http.createServer((request, response) => {
  response.setHeader("Content-Type", "application/x-ndjson");
  response.end(row.repeat(Number(request.url.slice(1))));
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
for (const [rows, responseType, want] of [[2, undefined, row + row], [1, undefined, { n: 9007199254740992 }], [1, "text", row], [0, undefined, ""]]) {
  const { data } = await axios.get(`http://127.0.0.1:${server.address().port}/${rows}`, { responseType });
  console.log(`rows: ${rows}, responseType: ${responseType}: data is ${typeof data}`, data);
  assert.deepStrictEqual(data, want, "the behaviour has changed");
}
server.close();
server.closeAllConnections();
JS
node ask.mjs
