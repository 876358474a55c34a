"""Answers the rows of a CSV file with FastAPI, from memory.

BENCH_CSV names the file, whose columns are those of Row.
"""

import csv
import os

import orjson
from fastapi import FastAPI, Response
from pydantic import BaseModel


class Row(BaseModel):
    i: int
    a: float
    b: float
    c: float
    j: int
    s: str


def read(path):
    with open(path, newline="") as file:
        return [
            {
                "i": int(r["i"]),
                "a": float(r["a"]),
                "b": float(r["b"]),
                "c": float(r["c"]),
                "j": int(r["j"]),
                "s": r["s"],
            }
            for r in csv.DictReader(file)
        ]


rows = read(os.environ["BENCH_CSV"])
app = FastAPI()


@app.get("/ready")
def ready():
    return True


@app.get("/rows")
def plain():
    """The rows as they are, as most would write it."""
    return rows


@app.get("/rows/typed")
def typed() -> list[Row]:
    """The rows by a declared model, which Pydantic checks and serializes."""
    return rows


@app.get("/rows/orjson")
def dumped():
    """The fastest way that gives up FastAPI's own: no check, no model."""
    return Response(orjson.dumps(rows), media_type="application/json")
