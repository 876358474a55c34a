#!/usr/bin/env bash
# daft 0.7.26 (Python): one whole second in a column of NDJSON cuts the fractions of all
# its date-times.
#
# The unit of the column is the coarsest that one of its texts needs. For the text
# 20:21:09.000Z that is a second, for 20:21:09.123Z a millisecond. If both are there, in
# any order, both are read as 20:21:09 without an error. With a schema that has
# timestamp("ms", "UTC"), the milliseconds stay.
#
# Input:  {"at":"2019-03-23T20:21:08.123Z"} and {"at":"2019-03-23T20:21:09.000Z"}
# Output: Timestamp[s; +00:00], without microseconds
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check daft==0.7.26 pyarrow==25.0.1
cd "$work"
DAFT_ANALYTICS_ENABLED=0 DO_NOT_TRACK=true DAFT_PROGRESS_BAR=0 v/bin/python - <<'PY'
import daft


def read(times, **options):
    with open("at.ndjson", "w") as file:
        file.writelines(f'{{"at":"2019-03-23T{time}"}}\n' for time in times)
    frame = daft.read_json("at.ndjson", **options)
    got = [at.time().isoformat("milliseconds") for at in frame.to_pydict()["at"]]
    print(*times, "are read as", frame.schema()["at"].dtype, *got)
    return got


fraction, whole = "20:21:08.123Z", "20:21:09.000Z"
schema = {"at": daft.DataType.timestamp("ms", "UTC")}
seen = [read([fraction]), read([fraction, whole]), read([whole, fraction]), read([fraction, whole], schema=schema)]
assert seen == [
    ["20:21:08.123"],
    ["20:21:08.000", "20:21:09.000"],
    ["20:21:09.000", "20:21:08.000"],
    ["20:21:08.123", "20:21:09.000"],
], "the behaviour has changed"
PY
