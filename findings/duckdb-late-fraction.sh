#!/usr/bin/env bash
# DuckDB 2.0.1: a column of CSV or NDJSON whose first fraction comes late is rounded.
#
# The type is taken from a sample of the first rows (20,480), which are integers here. A
# fraction after them is rounded to an integer without an error: the greatest value of
# 30,000 times 1 and then 1.5 is 2. With sample_size=-1, or in the first rows, it is 1.5.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1
cd "$work"
v/bin/python - <<'PY'
import duckdb

with open("late.csv", "w") as csv, open("late.ndjson", "w") as ndjson:
    csv.write("x\n" + "1\n" * 30_000 + "1.5\n")
    ndjson.write('{"x":1}\n' * 30_000 + '{"x":1.5}\n')
for read in "read_csv('late.csv'%s)", "read_json('late.ndjson'%s)":
    for more, want in ("", (2, "BIGINT")), (", sample_size=-1", (1.5, "DOUBLE")):
        call = read % more
        got = duckdb.sql(f"select max(x), typeof(any_value(x)) from {call}").fetchall()[0]
        print("select max(x) from", call, "is", *got)
        assert got == want, "the behaviour has changed"
PY
