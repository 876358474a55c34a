#!/usr/bin/env bash
# csvkit 2.2.0 and frictionless 5.21.0 (Python): texts such as 2019_01 are integers.
#
# Both let Python read a text as a number, and Python takes an underscore between digits.
# csvsort writes 201901 in place of 2019_01. frictionless infers an integer, and finds
# 2019_01 valid where a schema declares one, though an integer of Table Schema has digits
# alone and a sign. So another program that keeps to the schema refuses what it passed.
#
# Input:  2019_01
# Output: 201901
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check csvkit==2.2.0 agate==1.14.2 frictionless==5.21.0
cd "$work"
printf 'batch,n\n2019_02,2\n2019_01,1\n' >batches.csv
sorted=$(v/bin/csvsort -c n batches.csv)
printf '%s\n' "csvsort -c n:" "$sorted"
if [ "$sorted" != "$(printf 'batch,n\n201901,1\n201902,2')" ]; then
  echo "the behaviour has changed"
  exit 1
fi
v/bin/python - <<'PY'
from frictionless import Resource

inferred = Resource(path="batches.csv")
inferred.infer()
declared = {"name": "batches", "path": "batches.csv", "schema": {"fields": [{"name": "batch", "type": "integer"}, {"name": "n", "type": "integer"}]}}
report = Resource.from_descriptor(declared).validate()
got = inferred.schema.get_field("batch").type, report.valid, Resource.from_descriptor(declared).read_rows()[0]["batch"]
print("frictionless infers {}; with a schema that says so, valid is {} and 2019_02 is {}".format(*got))
assert got == ("integer", True, 201902), "the behaviour has changed"
PY
