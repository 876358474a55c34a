#!/usr/bin/env bash
# DuckDB 2.0.1: a column of JSON that begins with 20,480 nulls is null to its end.
#
# The type is taken from a sample of the first rows (20,480). If all values there are null,
# the type is "NULL", and every value after them becomes null without an error. With one
# null less, with sample_size=-1 or with the type in columns, the value is read. DuckDB 1.4.2
# reads it in any case.
#
# Input:  20,480 times {"x":null}, then {"x":5}
# Output: count(x) is 0, max(x) is null
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >read.py <<'PY'
import sys

import duckdb

lost, read = (0, None, '"NULL"'), (1, 5, "BIGINT")
for nulls in 20_479, 20_480:
    rows = ['{"x":null}'] * nulls + ['{"x":5}']
    with open("rows.ndjson", "w") as ndjson, open("rows.json", "w") as json:
        ndjson.writelines(f"{row}\n" for row in rows)
        json.write("[" + ",".join(rows) + "]")
    for file in "rows.ndjson", "rows.json":
        for options in "", ", sample_size=-1", ", columns={x: 'BIGINT'}":
            got = duckdb.sql(f"select count(x), max(x), typeof(any_value(x)) from read_json('{file}'{options})").fetchall()[0]
            print(f"{sys.argv[1]}: {nulls} nulls and 5, read_json('{file}'{options}): count(x) is {got[0]}, max(x) {got[1]}, the type {got[2]}")
            loses = sys.argv[1] == "2.0.1" and nulls == 20_480 and not options
            assert got == (lost if loses else read), "the behaviour has changed"
PY
for version in 1.4.2 2.0.1; do
  python3 -m venv "v$version"
  "v$version/bin/pip" install --quiet --disable-pip-version-check "duckdb==$version"
  "v$version/bin/python" read.py "$version"
done
