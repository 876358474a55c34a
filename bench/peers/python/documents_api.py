"""Answers rows of a MongoDB collection with FastAPI and pymongo.

BENCH_MONGODB is the server's URI, BENCH_CSV a file of the rows: it fills the
collection, which is called after it. Its last column is text, the others are
numbers. BENCH_SELECTOR is the property that picks rows by the text, BENCH_TEXT
what the text is called in answers.
"""

import csv
import os
import pathlib

import pymongo
from fastapi import FastAPI
from pydantic import BaseModel, create_model

path = pathlib.Path(os.environ["BENCH_CSV"])
selector = os.environ["BENCH_SELECTOR"]
text = os.environ["BENCH_TEXT"]
collection = pymongo.MongoClient(os.environ["BENCH_MONGODB"])["bench"][path.stem]


class Bounds(BaseModel):
    lower: dict[str, float] = {}
    upper: dict[str, float] = {}


Query = create_model("Query", __base__=Bounds, **{selector: (str | list[str] | None, None)})


def fill():
    with path.open(newline="") as file:
        lines = csv.reader(file)
        names = [*next(lines)[:-1], text]
        rows = [
            dict(zip(names, [*map(float, line[:-1]), line[-1]], strict=True))
            for line in lines
        ]
    collection.delete_many({})
    collection.insert_many(rows)


fill()
app = FastAPI()


@app.get("/ready")
def ready():
    return True


@app.post("/rows")
def rows(query: Query):
    match = {}
    wanted = getattr(query, selector)
    if wanted is not None:
        match[text] = {"$in": wanted} if isinstance(wanted, list) else wanted
    for field, bound in query.lower.items():
        match.setdefault(field, {})["$gte"] = bound
    for field, bound in query.upper.items():
        match.setdefault(field, {})["$lte"] = bound
    pipeline = [{"$match": match}, {"$project": {"_id": 0}}]
    return list(collection.aggregate(pipeline))
