#!/usr/bin/env bash
# DuckDB 2.0.1: a column of CSV whose texts are all F, f, T or t is boolean.
#
# A table has F and M in its column sex, which is text. Of an answer that was filtered to
# F, DuckDB reads false in each row, though the values are quoted, and a join with the
# table on sex fails at M. no and yes are booleans as well, N and Y are texts. With
# types={'sex': 'VARCHAR'}, F stays F.
#
# Input:  sex, then "F" in each row
# Output: False, BOOLEAN
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1
cd "$work"
v/bin/python - <<'PY'
import duckdb


def read(texts, options=""):
    with open("sex.csv", "w") as file:
        file.writelines(f"{row}\n" for row in ["id,sex", *(f'{i},"{text}"' for i, text in enumerate(texts))])
    got = duckdb.sql(f"select sex, typeof(sex) from read_csv('sex.csv'{options})").fetchall()
    print(*texts, f"with{options} are" if options else "are", got)
    return got


assert read("FM") == [("F", "VARCHAR"), ("M", "VARCHAR")], "the behaviour has changed"
assert read("FF") == [(False, "BOOLEAN"), (False, "BOOLEAN")], "the behaviour has changed"
assert read("FF", ", types={'sex': 'VARCHAR'}") == [("F", "VARCHAR"), ("F", "VARCHAR")], "the behaviour has changed"
assert read(["no", "no"]) == [(False, "BOOLEAN"), (False, "BOOLEAN")], "the behaviour has changed"
assert read("NN") == [("N", "VARCHAR"), ("N", "VARCHAR")], "the behaviour has changed"
PY
