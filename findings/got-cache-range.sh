#!/usr/bin/env bash
# got 16.1.0 (npm): with a cache, the answer to a request with Range is given to requests
# without one and to those for another range.
#
# The server allows an answer to be kept for a minute. The first request asks for bytes
# 0-2 of ten. The second asks for all of them, and gets these three with status 206 from
# the cache; the third asks for bytes 3-5 and gets bytes 0-2. If the server says no-cache
# and has an ETag, got asks again, gets 304, and does the same. RFC 9111 (3.3) lets a cache
# answer from a part only what is in the part.
#
# Output: all: 206 "012"; 3-5: 206 "012"
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund got@16.1.0
cat >ask.mjs <<'JS'
import assert from "node:assert";
import http from "node:http";
import got from "got";

const digits = "0123456789";
const server = http.createServer((request, response) => {
  response.setHeader("ETag", '"digits"');
  response.setHeader("Cache-Control", request.url === "/keep" ? "max-age=60" : "no-cache");
  const range = /^bytes=(\d)-(\d)$/.exec(request.headers.range ?? "");
  if (request.headers["if-none-match"] === '"digits"') {
    response.writeHead(304).end();
  } else if (range) {
    const part = digits.slice(Number(range[1]), Number(range[2]) + 1);
    response.writeHead(206, { "Content-Range": `bytes ${range[1]}-${range[2]}/10` }).end(part);
  } else {
    response.end(digits);
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
for (const path of ["/keep", "/ask"]) {
  for (const [cached, want] of [[false, "206 012, 200 0123456789, 206 345"], [true, "206 012, 206 012, 206 012"]]) {
    const client = got.extend({ cache: cached && new Map() });
    const seen = [];
    for (const headers of [{ range: "bytes=0-2" }, {}, { range: "bytes=3-5" }]) {
      const answer = await client(`http://127.0.0.1:${server.address().port}${path}`, { headers });
      seen.push(`${answer.statusCode} ${answer.body}`);
    }
    console.log(`${path} ${cached ? "with" : "without"} a cache: bytes 0-2, all, bytes 3-5 are ${seen.join(", ")}`);
    assert.strictEqual(seen.join(", "), want, "the behaviour has changed");
  }
}
server.close();
server.closeAllConnections();
JS
node ask.mjs
