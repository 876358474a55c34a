"""Answers questions about the rows of a Parquet file with polars, lazily.

ask_polars.py PARQUET: holds the table and answers each line of standard input, a
question as JSON, with a line of JSON: the rows if "rows" is true, else how many there
are. "upper" is the upper bound of b, and "page" and "rows_of_page" the page of an order.
"""

import json
import sys

import polars as pl

table = pl.read_parquet(sys.argv[1]).rechunk().lazy()
NUMBERS = "abcd"


def bounded(question):
    return table.filter((pl.col("a") >= question["lower"]) & (pl.col("b") <= question["upper"]))


def spreads(question):
    measures = [
        getattr(pl.col(name), measure)().alias(f"{measure}_{name}")
        for name in NUMBERS
        for measure in ("count", "sum", "min", "max", "mean", "std")
    ]
    return [bounded(question).group_by("kind").agg(measures).sort("kind")]


def months(question):
    local = pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin")
    by_month = bounded(question).group_by(local.dt.truncate("1mo")).agg(pl.col("d").mean())
    return [by_month.with_columns(pl.col("at").dt.strftime("%Y-%m")).sort("at")]


def quantiles(by):
    def ask(question):
        c = pl.col("c")
        of = [c.median().alias("median"), c.quantile(0.95, "linear").alias("p95")]
        return [bounded(question).group_by(by).agg(of).sort(by)]

    return ask


def distinct(name, with_bounds):
    def ask(question):
        rows = bounded(question) if with_bounds else table
        counts = rows.group_by(name).agg(pl.len().alias("count"))
        top = counts.sort(["count", name], descending=[True, False]).head(10)
        return [rows.select(pl.col(name).n_unique()), top]

    return ask


def page(question):
    rows = question["rows_of_page"]
    ordered = bounded(question).sort("c", maintain_order=True)
    return [ordered.slice((question["page"] - 1) * rows, rows).select("a", "b", "c", "d", "kind")]


QUESTIONS = {
    "Q1": spreads,
    "Q2": months,
    "Q3": quantiles("kind"),
    "Q3 1,000": quantiles("many"),
    "Q4 1,000": distinct("many", False),
    "Q4 1,000 bounds": distinct("many", True),
    "Q4 1,000,000": distinct("most", False),
    "Q4 1,000,000 bounds": distinct("most", True),
    "Q5": page,
}

for line in sys.stdin:
    question = json.loads(line)
    answers = pl.collect_all(QUESTIONS[question["name"]](question))
    if question["rows"]:
        print(json.dumps([row for answer in answers for row in answer.rows()]), flush=True)
    else:
        print(sum(len(answer) for answer in answers), flush=True)
