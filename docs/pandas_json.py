"""Reads the rows at a URL with pandas as docs/formats.md says, and as pandas does by
default, and writes how many values of each column differ from those that were sent.

    pandas_json.py URL
"""

import json
import sys
import urllib.request
import warnings

import pandas

warnings.simplefilter("error")  # what pandas is about to drop is nothing to advise

url = sys.argv[1]
with urllib.request.urlopen(url) as answer:
    sent = json.load(answer)

readings = {
    "JSON by default": pandas.read_json(url),
    "JSON": pandas.read_json(url, precise_float=True, dtype=False),
    "CSV by default": pandas.read_csv(url + "?format=csv"),
    "CSV": pandas.read_csv(url + "?format=csv", dtype={"code": "str", "day": "str"}),
    "Parquet": pandas.read_parquet(url + "?format=parquet").astype({"day": "str"}),
}
differ = {}
for name, frame in readings.items():
    if len(frame) != len(sent):
        sys.exit(f"{name}: {len(frame)} rows for {len(sent)}")
    differ[name] = {
        column: sum(type(got) is not type(row[column]) or got != row[column] for got, row in zip(frame[column].tolist(), sent))
        for column in frame.columns
    }
print(json.dumps(differ))
