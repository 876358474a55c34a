#!/usr/bin/env bash
# polars 2.1.0: a column of CSV or NDJSON whose first fraction comes late is an error.
#
# The type is taken from the first rows (100 by default), which are integers here. A
# fraction after them raises ComputeError. With infer_schema_length=None, the greatest
# value is 1.5.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0
cd "$work"
v/bin/python - <<'PY'
import polars as pl

with open("late.csv", "w") as csv, open("late.ndjson", "w") as ndjson:
    csv.write("x\n" + "1\n" * 30_000 + "1.5\n")
    ndjson.write('{"x":1}\n' * 30_000 + '{"x":1.5}\n')
for read, file in (pl.read_csv, "late.csv"), (pl.read_ndjson, "late.ndjson"):
    try:
        got = read(file)
    except pl.exceptions.ComputeError as e:
        print(f"{read.__name__}({file!r}) raises ComputeError:", str(e).splitlines()[0])
    else:
        raise AssertionError(f"the behaviour has changed: {got}")
    greatest = read(file, infer_schema_length=None)["x"].max()
    print(f"{read.__name__}({file!r}, infer_schema_length=None) has the greatest value", greatest)
    assert greatest == 1.5, "the behaviour has changed"
PY
