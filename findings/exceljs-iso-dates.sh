#!/usr/bin/env bash
# exceljs 4.4.0 (npm): a date that a sheet has as ISO 8601 is read as one in 1905.
#
# A cell of type "d" has its date as text, such as 2019-03-23. Excel writes such cells in
# strict workbooks, and openpyxl 3.1.5 with iso_dates = True. exceljs reads the text as a
# number up to the first hyphen, and takes 2019 for a count of days since 1900. The same
# date as a serial number is read right.
#
# Output: 2019-03-23 and 2019-03-23T20:21:09 are read as 1905-07-11
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check openpyxl==3.1.5
npm install --silent --no-audit --no-fund exceljs@4.4.0
v/bin/python - <<'PY'
import datetime

import openpyxl

for name, iso in ("serial.xlsx", False), ("iso.xlsx", True):
    book = openpyxl.Workbook()
    book.iso_dates = iso
    book.active.append([datetime.date(2019, 3, 23), datetime.datetime(2019, 3, 23, 20, 21, 9)])
    book.save(name)
PY
cat >read.mjs <<'JS'
import assert from "node:assert";
import exceljs from "exceljs";

const wants = { "serial.xlsx": "2019-03-23T00:00:00.000Z 2019-03-23T20:21:09.000Z", "iso.xlsx": "1905-07-11T00:00:00.000Z 1905-07-11T00:00:00.000Z" };
for (const [name, want] of Object.entries(wants)) {
  const book = new exceljs.Workbook();
  await book.xlsx.readFile(name);
  const row = book.worksheets[0].getRow(1);
  const got = [1, 2].map((column) => row.getCell(column).value.toISOString()).join(" ");
  console.log(name, "is read as", got);
  assert.strictEqual(got, want, "the behaviour has changed");
}
JS
node read.mjs
