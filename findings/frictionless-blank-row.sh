#!/usr/bin/env bash
# frictionless 5.21.0 (Python): a row whose values are all missing makes a table invalid.
#
# The schema has missingValues and no field is required, so a row of missing values is
# valid by Table Schema. frictionless reports blank-row for it, with ",", and with "-,-"
# where "-" is declared to be missing. Nothing in the descriptor allows it: with
# skipBlankRows in the dialect, the table is valid but has a row less. Only who validates
# can pass skip_errors=["blank-row"].
#
# Input:  x,y then 1,a then , then 3,b
# Output: valid is False, blank-row in row 3
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check frictionless==5.21.0
cd "$work"
v/bin/python - <<'PY'
from frictionless import Checklist, Resource


def check(blank, missing, dialect=None, checklist=None):
    with open("rows.csv", "w") as file:
        file.write(f"x,y\n1,a\n{blank}\n3,b\n")
    schema = {"fields": [{"name": "x", "type": "integer"}, {"name": "y", "type": "string"}], "missingValues": missing}
    descriptor = {"name": "rows", "path": "rows.csv", "schema": schema, **({"dialect": dialect} if dialect else {})}
    report = Resource.from_descriptor(descriptor).validate(checklist)
    rows = [list(row.to_dict().values()) for row in Resource.from_descriptor(descriptor).read_rows()]
    print(blank, "missingValues", missing, dialect or "", "valid:", report.valid, report.flatten(["rowNumber", "type"]), rows)
    return report.flatten(["rowNumber", "type"]), rows


all_rows = [[1, "a"], [None, None], [3, "b"]]
assert check(",", [""]) == ([[3, "blank-row"]], all_rows), "the behaviour has changed"
assert check("-,-", ["-"]) == ([[3, "blank-row"]], all_rows), "the behaviour has changed"
assert check("-,5", ["-"]) == ([], [[1, "a"], [None, "5"], [3, "b"]]), "the behaviour has changed"
assert check(",", [""], dialect={"skipBlankRows": True}) == ([], [[1, "a"], [3, "b"]]), "the behaviour has changed"
assert check(",", [""], checklist=Checklist(skip_errors=["blank-row"])) == ([], all_rows), "the behaviour has changed"
PY
