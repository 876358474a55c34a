# Writes the typed files beside it, by libraries that are not Herbarium's:
#
#   python3 -m venv venv && venv/bin/pip install pyarrow pandas && venv/bin/python typed.py
import datetime as dt
import decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

utc = dt.timezone.utc
table = pa.table({
    "n": pa.array([7.5, None, float("nan"), -0.0], pa.float64()),
    "f": pa.array([0.1, 2, None, 3.5], pa.float32()),
    "d": pa.array([decimal.Decimal("12.50"), None, decimal.Decimal("0.01"), decimal.Decimal("-1")], pa.decimal128(9, 2)),
    "i": pa.array([2**53 + 1, -(2**63), None, 0], pa.int64()),
    "u": pa.array([255, 0, None, 1], pa.uint8()),
    "b": pa.array([True, False, None, True]),
    "s": pa.array(["a", "", None, "é"]),
    "e": pa.array(["x", "y", None, "x"]).dictionary_encode(),
    "day": pa.array([dt.date(2019, 3, 23), dt.date(1, 1, 1), None, dt.date(9999, 12, 31)], pa.date32()),
    "at": pa.array([dt.datetime(2019, 3, 23, 20, 21, 9, 250000, utc), dt.datetime(1969, 12, 31, 23, 59, 59, 999000, utc), None, dt.datetime(1970, 1, 1, tzinfo=utc)], pa.timestamp("us", "UTC")),
    "local": pa.array([dt.datetime(2019, 3, 23, 20, 21, 9), dt.datetime(2019, 7, 1), None, dt.datetime(1970, 1, 1)], pa.timestamp("ns")),
    "geo": pa.array([{"lon": 13.4, "xy": [1, 2]}, {"lon": None, "xy": []}, None, {"lon": 1.0, "xy": [5]}],
                    pa.struct([("lon", pa.float64()), ("xy", pa.list_(pa.int32()))])),
})
pq.write_table(table, "typed.parquet", row_group_size=3, version="2.6")
with pa.OSFile("typed.arrow", "wb") as f, pa.ipc.new_file(f, table.schema) as w:
    for batch in table.to_batches(max_chunksize=3):
        w.write_batch(batch)
with pa.OSFile("typed.arrows", "wb") as f, pa.ipc.new_stream(f, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as w:
    for batch in table.to_batches(max_chunksize=3):
        w.write_batch(batch)
frame = pd.DataFrame({"day": pd.to_datetime(["2019-03-23", "2020-02-29"]), "n": [1, 2]}, index=["p", "q"])
frame.to_parquet("pandas.parquet")
wrong = pa.table({
    "n": pa.array([1.0, float("inf"), 3.0]),
    "i": pa.array([1.0, 2.5, None]),
    "s": pa.array([1, 2, 3]),
    "e": pa.array(["x", "z", "x"]),
    "day": pa.array([dt.datetime(2019, 3, 23), dt.datetime(2019, 3, 23, 1), None], pa.timestamp("s")),
    "at": pa.array([1, 1_000_000, None], pa.timestamp("us")),
})
pq.write_table(wrong, "wrong.parquet")
