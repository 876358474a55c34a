# Writes the files of typed columns beside it, by libraries that are not Herbarium's:
#
#   python3 -m venv venv && venv/bin/pip install pyarrow==26 polars==2.1 duckdb==2.0.1 && venv/bin/python typed_columns.py
import datetime as dt
import decimal
import uuid

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

utc = dt.timezone.utc
D = decimal.Decimal


def ipc(table, name):
    with pa.OSFile(name, "wb") as f, pa.ipc.new_file(f, table.schema) as w:
        w.write_table(table)


ids = [uuid.UUID("550e8400-e29b-41d4-a716-446655440000").bytes, None, bytes(range(16))]
table = pa.table({
    "id": pa.array([1, 2, 3], pa.int64()),
    "u": pa.ExtensionArray.from_storage(pa.uuid(), pa.array(ids, pa.binary(16))),
    "j": pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":1}', None, "[]"])),
    "flag": pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, None, 0], pa.int8())),
    "text": pa.array([b"abc", None, "é".encode()], pa.binary()),
    "raw": pa.array([b"\xff\x00", None, b"\x80"], pa.binary()),
    "t": pa.array([dt.time(10, 11, 12, 500000), None, dt.time(23, 59, 59)], pa.time64("us")),
    "ms": pa.array([1500, None, -250], pa.duration("ms")),
    "ns": pa.array([1, None, 86400000000000], pa.duration("ns")),
    "none": pa.array([None, None, None], pa.null()),
    "money": pa.array([D("12.50"), None, D("-0.05")], pa.decimal128(9, 2)),
    "whole": pa.array([D("9223372036854775807"), None, D("-1")], pa.decimal128(38, 0)),
    "large": pa.array([D("9223372036854775808"), None, D("1")], pa.decimal128(38, 0)),
    "view": pa.array(["x", None, "longer than twelve bytes"], pa.string_view()),
    "midnight": pa.array([dt.datetime(2024, 1, 1), None, dt.datetime(2024, 1, 2)], pa.timestamp("us")),
    "inf": pa.array([float("inf"), None, 1.5], pa.float64()),
    "vec": pa.array([[1.0, 2.0], None, [3.5, 4.0]], pa.list_(pa.float64())),
    "in": pa.array([{"d": 2000, "t": b"p"}, None, {"d": -1, "t": b"q"}], pa.struct([("d", pa.duration("ms")), ("t", pa.binary())])),
})
pq.write_table(table, "columns.parquet")
runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["p", "q"]))
small = pa.RunEndEncodedArray.from_arrays(pa.array([1, 3], pa.int32()), pa.array([7, None], pa.int32()))
ipc(table.append_column("runs", runs).append_column("few", small)
    .append_column("tens", pa.array([D("1200"), None, D("100")], pa.decimal128(5, -2)))
    .append_column("views", pa.array([[1.0], None, [2.0]], pa.list_view(pa.float64()))), "columns.arrow")

# What Arrow has no type for: integers of 128 bits, beside a duration.
wide = {"id": [1, 2, 3], "w": pl.Series([1, None, -5], dtype=pl.Int128), "large": pl.Series([2**100, None, 0], dtype=pl.Int128)}
pl.DataFrame({**wide, "d": [dt.timedelta(seconds=1.5), None, dt.timedelta(0)]}).write_parquet("int128.parquet")

# Three row groups of INT96, with and without values that are missing.
instants = [dt.datetime(2024, 1, 5, 10, 11, 12), None, None, dt.datetime(1969, 12, 31, 23, 59, 59, 250000), dt.datetime(1700, 1, 1)]
pq.write_table(pa.table({"t": pa.array(instants, pa.timestamp("ms")), "n": pa.array([1, 2, 3, 4, 5])}), "int96.parquet",
               row_group_size=2, use_deprecated_int96_timestamps=True)

# The same integers as Arrow IPC, and ones without a sign.
large = {"u": pl.Series([2**128 - 1, None, 7], dtype=pl.UInt128), "i": pl.Series([-2**127, 2**127 - 1, None], dtype=pl.Int128)}
table = pl.DataFrame({**wide, "d": [dt.timedelta(seconds=1.5), None, dt.timedelta(0)], **large})
table.write_ipc("int128.arrow")
table.write_ipc_stream("int128.arrows", compression="zstd")


def with_codec(codec, name):
    """Writes a file of two columns, of which v has another codec than it says."""
    pq.write_table(pa.table({"id": [1, 2], "v": ["a", "b"]}), name, compression={"id": "snappy", "v": "lz4"}, use_dictionary=False)
    content = open(name, "rb").read()
    assert content.count(b"\x18\x01v\x15\x0e") == 1
    open(name, "wb").write(content.replace(b"\x18\x01v\x15\x0e", b"\x18\x01v\x15" + codec))


with_codec(b"\x0a", "lz4.parquet")  # LZ4, one block without frames, as Arrow wrote it once
with_codec(b"\x06", "lzo.parquet")  # LZO

# A logical type that does not exist yet, in the place of STRING.
pq.write_table(pa.table({"id": [1, 2], "j": ["1", "[2]"]}), "unknown_type.parquet", store_schema=False)
content = open("unknown_type.parquet", "rb").read()
size = int.from_bytes(content[-8:-4], "little")
footer = content[-8 - size:-8]
assert footer.count(b"L\x1c\x00\x00\x00") == 1
footer = footer.replace(b"L\x1c\x00\x00\x00", b"L\x0c\xf6\x27\x00\x00\x00")
open("unknown_type.parquet", "wb").write(content[:-8 - size] + footer + len(footer).to_bytes(4, "little") + b"PAR1")

duckdb.sql("COPY (SELECT 1 AS id, INTERVAL '1 month 2 days' AS span) TO 'interval.parquet'")

# Names that a path cannot have: dots, none, the same one twice.
ipc(pa.table({"id": [1, 2], "s": pa.array([{"a.b": 1, "": 2, "c": 3}, {"a.b": 4, "": 5, "c": None}]),
              "t.u": [6, 7], "t": pa.array([{"u": 8}, {"u": 9}])}), "names.arrow")
