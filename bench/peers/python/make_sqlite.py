"""Writes the rows of a CSV file into a SQLite file, for Datasette.

make_sqlite.py CSV SQLITE TYPE...: its table is called after the CSV file, and
has a type of SQLite for each column.
"""

import csv
import pathlib
import sqlite3
import sys

source, target = map(pathlib.Path, sys.argv[1:3])
types = sys.argv[3:]
# SQLite's own reading of a decimal is not always the nearest float64.
casts = [{"INTEGER": int, "REAL": float, "TEXT": str}[t.split()[0]] for t in types]
target.unlink(missing_ok=True)
with source.open(newline="") as file, sqlite3.connect(target) as db:
    lines = csv.reader(file)
    names = next(lines)
    rows = ([cast(v) for cast, v in zip(casts, line, strict=True)] for line in lines)
    columns = ", ".join(f"{n} {t}" for n, t in zip(names, types, strict=True))
    db.execute(f"CREATE TABLE {source.stem} ({columns})")
    marks = ", ".join("?" for _ in names)
    db.executemany(f"INSERT INTO {source.stem} VALUES ({marks})", rows)
