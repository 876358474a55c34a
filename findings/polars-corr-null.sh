#!/usr/bin/env bash
# polars 2.1.0: DataFrame.corr and pl.corr treat a null differently.
#
# pl.corr leaves out the rows in which one of both columns is null, and answers 0.5.
# DataFrame.corr answers NaN for every pair with a column that has a null, and says
# nothing of it. drop_nulls before it brings 0.5 back.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 numpy==2.3.5
"$work/v/bin/python" - <<'PY'
import math

import polars as pl

table = pl.DataFrame({"x": [1.0, 2.0, 3.0, None], "y": [1.0, 3.0, 2.0, 5.0]})
pair = table.select(pl.corr("x", "y")).item()
matrix = table.corr()["x"][1]
without = table.drop_nulls().corr()["x"][1]
print("pl.corr(x, y):", pair)
print("DataFrame.corr():", matrix)
print("DataFrame.drop_nulls().corr():", without)
assert math.isclose(pair, 0.5) and math.isnan(matrix) and math.isclose(without, 0.5), "the behaviour has changed"
PY
