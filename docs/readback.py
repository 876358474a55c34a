"""Reads the answer at each URL as Arrow and as Parquet, with pyarrow and with
polars, and as Arrow with nanoarrow, which verifies flatbuffers strictly. Writes what
each of them sees as a line of JSON."""

import datetime
import io
import json
import sys
import urllib.request

import nanoarrow
import polars
import pyarrow
import pyarrow.ipc
import pyarrow.parquet


def plain(value):
    """The value as JSON says it; a float keeps its digits, and is never an integer."""
    if isinstance(value, datetime.datetime):
        if value.utcoffset() != datetime.timedelta(0):
            raise ValueError(f"{value!r} is not in UTC")
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def text(metadata):
    return {key.decode(): value.decode() for key, value in (metadata or {}).items()}


def check_categories(table):
    """Readers make categories of dictionaries: no text twice, none without a row."""
    for name in table.column_names:
        column = table[name]
        if not pyarrow.types.is_dictionary(column.type):
            continue
        texts = set()
        for chunk in column.chunks:
            categories = chunk.dictionary.to_pylist()
            if len(set(categories)) < len(categories):
                raise ValueError(f"{name}: a text twice in {categories}")
            texts.update(categories)
        if unused := texts.difference(column.to_pylist()):
            raise ValueError(f"{name}: no row has {unused}")


def of_pyarrow(table):
    table.validate(full=True)
    check_categories(table)
    schema = table.schema
    return {
        "types": [str(field.type) for field in schema],
        "metadata": text(schema.metadata),
        "columns": {field.name: text(field.metadata) for field in schema},
        "rows": [[plain(value) for value in row.values()] for row in table.to_pylist()],
    }


def of_nanoarrow(stream):
    """The table as nanoarrow decodes it, handed on in memory."""
    decoded = nanoarrow.ArrayStream.from_readable(io.BytesIO(stream))
    return pyarrow.RecordBatchReader.from_stream(decoded).read_all()


def of_polars(frame):
    return {
        "types": [str(kind) for kind in frame.dtypes],
        "rows": [[plain(value) for value in row] for row in frame.iter_rows()],
    }


def fetch(url, media_type):
    request = urllib.request.Request(url, headers={"Accept": media_type})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


for url in sys.argv[1:]:
    stream = fetch(url, "application/vnd.apache.arrow.stream")
    file = fetch(url, "application/vnd.apache.parquet")
    for name, seen in (
        ("pyarrow Arrow", of_pyarrow(pyarrow.ipc.open_stream(stream).read_all())),
        ("pyarrow Parquet", of_pyarrow(pyarrow.parquet.read_table(io.BytesIO(file)))),
        ("nanoarrow Arrow", of_pyarrow(of_nanoarrow(stream))),
        ("polars Arrow", of_polars(polars.read_ipc_stream(io.BytesIO(stream)))),
        ("polars Parquet", of_polars(polars.read_parquet(io.BytesIO(file)))),
    ):
        print(json.dumps({"reader": name, **seen}, allow_nan=False))
