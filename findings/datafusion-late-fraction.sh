#!/usr/bin/env bash
# DataFusion 55.0.0 (Python): a column of NDJSON whose first fraction comes late is cut.
#
# The type is taken from the first rows (1,000), which are integers here. A fraction after
# them is cut to an integer without an error: the greatest value of 30,000 times 1 and
# then 1.5 is 1. Of the same column as CSV, it raises an error that names the row.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check datafusion==55.0.0 pyarrow==26.0.1
cd "$work"
v/bin/python - <<'PY'
from datafusion import SessionContext

with open("late.csv", "w") as csv, open("late.json", "w") as ndjson:
    csv.write("x\n" + "1\n" * 30_000 + "1.5\n")
    ndjson.write('{"x":1}\n' * 30_000 + '{"x":1.5}\n')
context = SessionContext()
context.register_json("ndjson", "late.json")
context.register_csv("csv", "late.csv")
got = context.sql("select max(x) as x from ndjson").to_pydict()["x"]
print("select max(x) from the NDJSON is", *got)
assert got == [1], "the behaviour has changed"
try:
    got = context.sql("select max(x) as x from csv").to_pydict()
except Exception as e:
    print("select max(x) from the CSV raises:", e)
else:
    raise AssertionError(f"the behaviour has changed: {got}")
PY
