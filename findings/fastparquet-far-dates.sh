#!/usr/bin/env bash
# fastparquet 2026.9.0 (Python): dates before 1677 and after 2262 are read as others.
#
# Days become nanoseconds in 64 bits without a check, which wrap. 9999-12-31, which many
# tables have for "without an end", is read as 1816-03-29, and 1492-10-12 as 2077-05-01.
# date-times in milliseconds or microseconds are read right, and so are dates by pyarrow.
#
# Output: 9999-12-31 is read as 1816-03-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check fastparquet==2026.9.0 pandas==3.1.1 pyarrow==26.0.1
cd "$work"
v/bin/python - <<'PY'
import datetime

import fastparquet
import pyarrow
import pyarrow.parquet

days = [datetime.date(2019, 3, 23), datetime.date(9999, 12, 31), datetime.date(1492, 10, 12)]
times = [datetime.datetime(day.year, day.month, day.day) for day in days]
pyarrow.parquet.write_table(pyarrow.table({"day": days, "time": times}), "days.parquet")
got = fastparquet.ParquetFile("days.parquet").to_pandas()
for day, read in zip(days, got.day):
    print(day, "is read as", read.date())
read = [day.date().isoformat() for day in got.day]
assert read == ["2019-03-23", "1816-03-29", "2077-05-01"], "the behaviour has changed"
assert [time.isoformat() for time in got.time] == [time.isoformat() for time in times], "the behaviour has changed"
assert pyarrow.parquet.read_table("days.parquet")["day"].to_pylist() == days
PY
