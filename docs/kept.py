"""Reads the file of rows that a file: store keeps with pyarrow, polars and DuckDB,
and compares what each of them sees with an answer of the same rows, as Arrow.

    kept.py ROWS ANSWER
"""

import datetime
import sys

import duckdb
import polars
import pyarrow
import pyarrow.ipc

EPOCH = datetime.date(1970, 1, 1)


def plain(value, kind):
    """A value as its type has it: dates and booleans are kept as integers."""
    if value is None:
        return None
    if kind == "date":
        return EPOCH + datetime.timedelta(days=value)
    if kind == "boolean":
        return bool(value)
    if kind == "date-time":
        return value.replace(tzinfo=datetime.timezone.utc)
    return value


def main(kept, answer):
    with pyarrow.memory_map(kept) as file:
        table = pyarrow.ipc.open_file(file).read_all()
        table.validate(full=True)
    kinds = {field.name: field.metadata[b"herbarium.type"].decode() for field in table.schema}
    with open(answer, "rb") as file:
        want = pyarrow.ipc.open_stream(file).read_all().to_pylist()
    readings = {
        "pyarrow": table.to_pylist(),
        "polars": polars.read_ipc(kept).to_dicts(),
        "duckdb": duckdb.from_arrow(table).to_arrow_table().to_pylist(),
    }
    for reader, rows in readings.items():
        seen = [{name: plain(value, kinds[name]) for name, value in row.items()} for row in rows]
        if seen != want:
            at = next((i for i, pair in enumerate(zip(seen, want)) if pair[0] != pair[1]), min(len(seen), len(want)))
            sys.exit(f"{reader}: {len(seen)} rows for {len(want)}; row {at}: {seen[at:at + 1]} for {want[at:at + 1]}")
    print(len(want))


main(*sys.argv[1:])
