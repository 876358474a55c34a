#!/usr/bin/env bash
# DuckDB 2.0.1 and DataFusion 55.0.0: a NaN in a Parquet file is not found.
#
# The statistics of a Parquet file leave NaN out, by the format, so they do not say whether
# a column has one. Both engines take NaN for the greatest number, and yet conclude from
# the statistics that nothing is above the greatest number there. pyarrow wrote the file,
# with 1, 2 and NaN. A table with the same rows, in memory, gives other answers.
#
# Output: DuckDB finds no row in the file where isnan(x); max(x) is 2 in the file, NaN in
# the table
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 datafusion==55.0.0 pyarrow==26.0.1
cd "$work"
v/bin/python - <<'PY'
import duckdb
import pyarrow
import pyarrow.parquet
from datafusion import SessionContext

rows = pyarrow.table({"x": [1.0, 2.0, float("nan")]})
pyarrow.parquet.write_table(rows, "rows.parquet")
context = SessionContext()
context.register_parquet("file", "rows.parquet")
context.from_arrow(rows, name="memory")
duckdb.sql("create view file as from 'rows.parquet'")
duckdb.sql("create table memory as from file")


def of_duckdb(what):
    return duckdb.sql(what).fetchall()[0][0]


def of_datafusion(what):
    return next(iter(context.sql(what).to_pydict().values()))[0]


wants = [
    (of_duckdb, "count(*) from {} where isnan(x)", "0", "1"),
    (of_duckdb, "count(*) from {} where x > 2", "0", "1"),
    (of_duckdb, "count(*) from {} where x >= 2", "2", "2"),
    (of_duckdb, "max(x) from {}", "2.0", "nan"),
    (of_datafusion, "count(*) from {} where isnan(x)", "1", "1"),
    (of_datafusion, "count(*) from {} where x > 2", "0", "1"),
    (of_datafusion, "count(*) from {} where x >= 2", "2", "2"),
    (of_datafusion, "max(x) from {}", "2.0", "nan"),
]
for engine, what, *want in wants:
    got = [str(engine("select " + what.format(place))) for place in ("file", "memory")]
    print(f"{engine.__name__[3:]}: select {what.format('…')} is {got[0]} of the file, {got[1]} of the table")
    assert got == want, "the behaviour has changed"
PY
