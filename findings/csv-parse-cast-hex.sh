#!/usr/bin/env bash
# csv-parse 7.0.3 (npm): with cast: true, every text of hexadecimal digits after 0x is 0.
#
# What JavaScript can take for a number is read by parseFloat, which stops at the x. So
# 0x1F is neither 31 nor the text but 0, and so is the address of every account of a
# blockchain. Without cast, the text stays.
#
# Input:  0x52908400098527886E0F7030069857D2E4169EE7
# Output: 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund csv-parse@7.0.3
cat >read.mjs <<'JS'
import assert from "node:assert";
import { parse } from "csv-parse/sync";

const texts = ["0x52908400098527886E0F7030069857D2E4169EE7", "0x1F", "1F", "31"];
for (const [cast, want] of [[false, texts], [true, [0, 0, "1F", 31]]]) {
  const got = parse(`code\n${texts.join("\n")}\n`, { columns: true, cast }).map((row) => row.code);
  console.log(`cast: ${cast}:`, ...got);
  assert.deepStrictEqual(got, want, "the behaviour has changed");
}
JS
node read.mjs
